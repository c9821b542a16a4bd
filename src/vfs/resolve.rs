//! From a path to a node, as Linux walks it: name by name, following links, `..` leading back the
//! way that was come. Reads a mounted directory's names when a walk first enters it.

use crate::vfs::host::HostKind;
use crate::vfs::limits::{LINKS_MAX, NAME_BYTES_MAX, PATH_BYTES_MAX};
use crate::vfs::tree::{Bytes, Content, Directory, FileId, Node, Source};
use crate::vfs::{Errno, Vfs};

/// What to do with a symbolic link at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Use what it leads to.
    Follow,
    /// Use the link itself.
    Keep,
}

/// Where a path leads. Of a new file the node is missing, all else is there.
#[derive(Debug)]
pub(super) struct Place {
    /// The directories walked through, from the root to the one that holds `name`.
    pub(super) trail: Vec<(Box<[u8]>, FileId)>,
    /// The name in the last directory of the trail; none when the path ends in that directory
    /// itself (`/`, `a/..`).
    pub(super) name: Option<Box<[u8]>>,
    /// What is there.
    pub(super) node: Option<FileId>,
    /// Whether the path ended in `/`: then only a directory will do.
    pub(super) slash: bool,
    /// Whether it ended in `.` or `..`: such a name cannot be made, moved or removed.
    pub(super) dots: bool,
}

impl Place {
    /// The directory that holds the name.
    pub(super) fn parent(&self) -> FileId {
        self.trail.last().expect("a trail starts at the root").1
    }

    /// What is there, or `ENOENT`.
    pub(super) fn existing(&self) -> Result<FileId, Errno> {
        self.node.ok_or(Errno::NotFound)
    }

    /// The name in the parent, for operations that need one.
    pub(super) fn named(&self, otherwise: Errno) -> Result<&[u8], Errno> {
        self.name.as_deref().filter(|_| !self.dots).ok_or(otherwise)
    }

    /// The absolute path, without links, `.` and `..`.
    pub(super) fn path(&self) -> Vec<u8> {
        let mut path = Vec::new();
        for name in self.trail.iter().skip(1).map(|(name, _)| name).chain(&self.name) {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        if path.is_empty() {
            path.push(b'/');
        }
        path
    }
}

impl Vfs {
    /// Walks `path`, which may be relative to the working directory.
    pub(super) fn resolve(&mut self, path: &[u8], links: Links) -> Result<Place, Errno> {
        if path.is_empty() {
            return Err(Errno::NotFound);
        }
        if path.len() > PATH_BYTES_MAX {
            return Err(Errno::NameTooLong);
        }
        let mut names = Vec::new();
        push_names(&mut names, path);
        if path[0] != b'/' {
            push_names(&mut names, &self.working);
        }
        let slash = path.ends_with(b"/");
        let mut trail = vec![(Box::default(), self.root)];
        let mut followed = 0;
        while let Some(name) = names.pop() {
            let (_, here) = *trail.last().expect("a trail starts at the root");
            self.fill(here)?;
            match &*name {
                b"." => continue,
                b".." => {
                    trail.truncate((trail.len() - 1).max(1));
                    continue;
                }
                _ if name.len() > NAME_BYTES_MAX => return Err(Errno::NameTooLong),
                _ => (),
            }
            let last = names.is_empty();
            let node = self.nodes.directory(here)?.entries.get(&name).copied();
            match node.and_then(|id| self.nodes.get(id)).map(|node| &node.content) {
                None if !last => return Err(Errno::NotFound),
                Some(Content::Link(target)) if !last || slash || links == Links::Follow => {
                    followed += 1;
                    if followed > LINKS_MAX {
                        return Err(Errno::TooManyLinks);
                    }
                    push_names(&mut names, target);
                    trail.truncate(1);
                }
                Some(Content::Refused(errno)) if !last || slash || links == Links::Follow => return Err(*errno),
                Some(content) if last && slash && !matches!(content, Content::Directory(_)) => {
                    return Err(Errno::NotDirectory);
                }
                _ if last => return Ok(Place { trail, name: Some(name), node, slash, dots: false }),
                _ => trail.extend(node.map(|id| (name, id))),
            }
        }
        Ok(ended_in_directory(trail, slash))
    }

    /// What is at `path`, links followed.
    ///
    /// # Errors
    /// `ENOENT`, and those of a walk.
    pub(super) fn find(&mut self, path: &[u8]) -> Result<FileId, Errno> {
        match self.find_plainly(path) {
            Some(found) => found,
            None => self.resolve(path, Links::Follow)?.existing(),
        }
    }

    /// As [`Vfs::find`], where all that is on the way is a directory whose names are there already: no links, no `..`, no
    /// mount that is entered for the first time. Needs no memory, which most of a walk's time goes to.
    fn find_plainly(&self, path: &[u8]) -> Option<Result<FileId, Errno>> {
        if path.is_empty() || path.len() > PATH_BYTES_MAX || path.ends_with(b"/") {
            return None;
        }
        let working = if path[0] == b'/' { &b""[..] } else { &self.working };
        let parts = working.split(|byte| *byte == b'/').chain(path.split(|byte| *byte == b'/'));
        let mut here = self.root;
        for name in parts.filter(|name| !name.is_empty()) {
            let directory = self.nodes.directory(here).ok().filter(|directory| directory.pending.is_empty())?;
            if name == b"." {
                continue;
            }
            if name == b".." || name.len() > NAME_BYTES_MAX {
                return None;
            }
            let Some(id) = directory.entries.get(name) else { return Some(Err(Errno::NotFound)) };
            here = *id;
            if matches!(self.nodes.get(here)?.content, Content::Link(_) | Content::Refused(_)) {
                return None;
            }
        }
        Some(Ok(here))
    }

    /// Makes sure that a directory's entries hold the names of the host directories behind it.
    fn fill(&mut self, id: FileId) -> Result<(), Errno> {
        let (start, pending) = (self.start, std::mem::take(&mut self.nodes.directory_mut(id)?.pending));
        for (host, mounted_at) in pending {
            for entry in host.entries() {
                let present = self.nodes.directory(id)?.entries.get(&entry.name).copied();
                if let Some(present) = present {
                    // Two trees meet: a directory shows the names of both.
                    if let (HostKind::Directory(below), Ok(directory)) =
                        (&entry.kind, self.nodes.directory_mut(present))
                    {
                        directory.pending.push((below.clone(), mounted_at.clone()));
                    }
                    continue;
                }
                let content = match &entry.kind {
                    HostKind::File(file) => Content::File(Bytes(Source::Host(file.clone()))),
                    HostKind::Directory(below) => Content::Directory(Directory {
                        pending: vec![(below.clone(), mounted_at.clone())],
                        ..Directory::default()
                    }),
                    HostKind::Link(target) => Content::Link([&*mounted_at, b"/", target].concat().into()),
                    HostKind::Refused(errno) => Content::Refused(*errno),
                };
                let node = self.nodes.insert(Node::original(content, start));
                self.nodes.directory_mut(id)?.entries.insert(entry.name.clone(), node);
            }
        }
        Ok(())
    }

    /// A directory whose names are all there.
    pub(super) fn filled(&mut self, id: FileId) -> Result<&mut Directory, Errno> {
        self.fill(id)?;
        self.nodes.directory_mut(id)
    }
}

/// A walk that ended without a name left: `/`, `a/.`, `a/..`. The trail's last step is the place.
fn ended_in_directory(mut trail: Vec<(Box<[u8]>, FileId)>, slash: bool) -> Place {
    let node = trail.last().map(|(_, id)| *id);
    let name = if trail.len() > 1 { trail.pop().map(|(name, _)| name) } else { None };
    let dots = name.is_some();
    Place { trail, name, node, slash, dots }
}

/// Puts the names of a path on a stack, the first on top.
fn push_names(stack: &mut Vec<Box<[u8]>>, path: &[u8]) {
    stack.extend(path.split(|byte| *byte == b'/').rev().filter(|name| !name.is_empty()).map(Box::from));
}
