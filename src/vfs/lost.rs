//! What crashes take: writes that were not flushed, and all that one service wrote.

use std::collections::BTreeSet;

use crate::vfs::tree::{Bytes, Content, FileId};
use crate::vfs::{Links, Vfs};

/// Whether the content before writes is kept until they are flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffering {
    /// It is not: nothing can be lost.
    Forgotten,
    /// It is.
    Kept,
}

impl Vfs {
    /// Says whether writes may be lost later.
    pub fn set_buffering(&mut self, buffering: Buffering) {
        self.buffering = buffering;
    }

    /// Says who uses the files from now on; nobody of the node if `None`.
    pub fn set_writer(&mut self, writer: Option<u32>) {
        self.writer = writer;
    }

    /// The content of a file that is about to be written, if writes may be lost.
    #[must_use]
    pub fn before_write(&self, file: FileId) -> Option<Bytes> {
        if self.buffering == Buffering::Forgotten {
            return None;
        }
        match &self.nodes.get(file)?.content {
            Content::File(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }

    /// Takes a file back to what it was before writes that were not flushed, but for the first bytes that
    /// they added.
    pub fn lose_writes(&mut self, file: FileId, before: &Bytes, torn: u64) {
        let Ok(content) = self.content_mut(file) else { return };
        let written: &[u8] = content;
        let added = written.get(before.len()..).unwrap_or_default();
        let reached = usize::try_from(torn).unwrap_or(usize::MAX).min(added.len());
        let bytes = [before, &added[..reached]].concat();
        // It was found a moment ago.
        let _lost = self.replace(file, bytes);
    }

    /// Removes every file that one of these wrote last.
    pub fn remove_written_by(&mut self, writers: &BTreeSet<u32>) {
        let mut open = vec![(Vec::new(), self.root)];
        let mut found = Vec::new();
        while let Some((path, id)) = open.pop() {
            let Some(node) = self.nodes.get(id) else { continue };
            match &node.content {
                Content::Directory(directory) => {
                    for (name, id) in &directory.entries {
                        open.push(([&path, &b"/"[..], name].concat(), *id));
                    }
                }
                Content::File(_) if node.writer.is_some_and(|writer| writers.contains(&writer)) => found.push(path),
                _ => {}
            }
        }
        for path in found {
            if let Ok(place) = self.resolve(&path, Links::Keep) {
                // It was found a moment ago.
                let _removed = self.unlink(&place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::OpenMode;

    #[test]
    fn what_was_not_flushed_is_lost_but_for_its_first_bytes() {
        let mut vfs = Vfs::new(0);
        let file = vfs.open(b"/a", OpenMode::Append, 0).unwrap();
        assert!(vfs.before_write(file).is_none());
        vfs.set_buffering(Buffering::Kept);
        vfs.write_at(file, 0, b"one", 0).unwrap();
        let before = vfs.before_write(file).unwrap();
        vfs.write_at(file, 3, b"two", 0).unwrap();
        vfs.lose_writes(file, &before, 2);
        assert_eq!(vfs.bytes(file), Ok(&b"onetw"[..]));
        vfs.lose_writes(file, &before, 0);
        assert_eq!(vfs.bytes(file), Ok(&b"one"[..]));
    }

    #[test]
    fn only_what_a_writer_wrote_goes() {
        let mut vfs = Vfs::new(0);
        for (writer, path) in [(Some(1), &b"/a"[..]), (Some(2), b"/b"), (None, b"/c")] {
            vfs.set_writer(writer);
            let file = vfs.open(path, OpenMode::Truncate, 0).unwrap();
            vfs.write_at(file, 0, b"x", 0).unwrap();
            vfs.close(file);
        }
        vfs.remove_written_by(&[1].into());
        let there = [&b"/a"[..], b"/b", b"/c"].map(|path| vfs.read(path).is_ok());
        assert_eq!(there, [false, true, true]);
    }
}
