//! What a run did to its files: the part of the tree that belongs to the state of the node.

use std::collections::BTreeMap;

use crate::vfs::Vfs;
use crate::vfs::tree::{Bytes, Content};

/// One path where the tree differs from what the run started with.
#[derive(Clone, Debug)]
pub struct Change {
    /// Absolute, without links.
    pub path: Vec<u8>,
    /// What is different.
    pub what: Changed,
}

/// How a path differs from what the run started with.
#[derive(Clone, Debug)]
pub enum Changed {
    /// A file was written, or came here; its content now.
    Written(Bytes),
    /// A directory was made, or came here. Files that came with it unwritten are not listed.
    Directory,
    /// A link came here.
    Link,
    /// What was here is gone.
    Removed,
}

impl Vfs {
    /// All changes, sorted by path. Reads nothing from the host that was not read before.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let mut found: BTreeMap<Vec<u8>, Changed> =
            self.removed.iter().map(|path| (path.clone(), Changed::Removed)).collect();
        let mut open = vec![(Vec::new(), self.root)];
        while let Some((path, id)) = open.pop() {
            let Some(node) = self.nodes.get(id) else { continue };
            if let Content::Directory(directory) = &node.content {
                for (name, id) in &directory.entries {
                    open.push(([&path, &b"/"[..], name].concat(), *id));
                }
            }
            if node.changed {
                let what = match &node.content {
                    Content::File(bytes) => Changed::Written(bytes.clone()),
                    Content::Directory(_) => Changed::Directory,
                    Content::Link(_) | Content::Refused(_) => Changed::Link,
                };
                found.insert(path, what);
            }
        }
        found.into_iter().map(|(path, what)| Change { path, what }).collect()
    }
}
