//! Behaviour by example, and against a model: a sorted map from paths to contents.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use crate::vfs::{Changed, Errno, HostDirectory, Kind, Links, OpenMode, Vfs};

const NOW: i64 = 1_704_067_200;

fn vfs() -> Vfs {
    Vfs::new(NOW)
}

fn text(vfs: &mut Vfs, path: &str) -> Result<String, Errno> {
    vfs.read(path.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn names(vfs: &mut Vfs, path: &str) -> Vec<String> {
    let list = vfs.list(path.as_bytes()).unwrap();
    list.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

#[test]
fn paths_are_walked_as_linux_does() {
    let mut vfs = vfs();
    vfs.put(b"/a/b/c.txt", b"hi", NOW).unwrap();
    for path in ["/a/b/c.txt", "a/b/c.txt", "//a///b/./c.txt", "a/../a/b/../b/c.txt", "../../a/b/c.txt"] {
        assert_eq!(text(&mut vfs, path).as_deref(), Ok("hi"), "{path}");
    }
    vfs.change_directory(b"a/b/..").unwrap();
    assert_eq!(vfs.current_directory(), b"/a");
    assert_eq!(text(&mut vfs, "b/c.txt").as_deref(), Ok("hi"));
    assert_eq!(text(&mut vfs, "missing/../b/c.txt"), Err(Errno::NotFound));
    assert_eq!(text(&mut vfs, "b/c.txt/"), Err(Errno::NotDirectory));
    assert_eq!(text(&mut vfs, "b/c.txt/.."), Err(Errno::NotDirectory));
    assert_eq!(text(&mut vfs, "b"), Err(Errno::IsDirectory));
    assert_eq!(text(&mut vfs, ""), Err(Errno::NotFound));
    assert_eq!(text(&mut vfs, &"x".repeat(256)), Err(Errno::NameTooLong));
    assert_eq!(text(&mut vfs, &"x/".repeat(3000)), Err(Errno::NameTooLong));
}

#[test]
fn removed_files_live_while_open() {
    let mut vfs = vfs();
    let file = vfs.open(b"/f", OpenMode::Truncate, NOW).unwrap();
    vfs.write_at(file, 3, b"abc", NOW).unwrap();
    vfs.remove(b"/f", NOW).unwrap();
    assert_eq!(vfs.bytes(file).unwrap(), b"\0\0\0abc");
    vfs.close(file);
    assert_eq!(vfs.bytes(file), Err(Errno::BadDescriptor));
    assert_eq!(vfs.write_at(file, 0, b"x", NOW), Err(Errno::BadDescriptor));
    let next = vfs.open_unnamed(NOW).unwrap();
    assert_ne!(next, file);
    vfs.close(next);
    assert_eq!(vfs.used, 0);
}

#[test]
fn far_writes_fail_instead_of_filling_memory() {
    let mut vfs = vfs();
    let file = vfs.open(b"/f", OpenMode::Truncate, NOW).unwrap();
    assert_eq!(vfs.write_at(file, 1 << 40, b"x", NOW), Err(Errno::TooLarge));
    assert_eq!(vfs.write_at(file, u64::MAX, b"x", NOW), Err(Errno::TooLarge));
    vfs.used = crate::vfs::limits::WRITTEN_BYTES_MAX - 3;
    assert_eq!(vfs.write_at(file, 0, b"four", NOW), Err(Errno::NoSpace));
    assert_eq!(vfs.make_directory(b"/d", NOW), Err(Errno::NoSpace));
    assert_eq!(vfs.put(b"/f", b"", NOW), Err(Errno::NoSpace));
    assert_eq!(vfs.write_at(file, 0, b"abc", NOW), Ok(()));
}

#[test]
fn renames_follow_posix() {
    let mut vfs = vfs();
    vfs.put(b"/a/one", b"1", NOW).unwrap();
    vfs.put(b"/b/two", b"2", NOW).unwrap();
    vfs.make_directory(b"/empty/", NOW).unwrap();
    assert_eq!(vfs.rename(b"/a", b"/b", NOW), Err(Errno::NotEmpty));
    assert_eq!(vfs.rename(b"/a", b"/a/x", NOW), Err(Errno::Invalid));
    assert_eq!(vfs.rename(b"/a/one", b"/a", NOW), Err(Errno::NotEmpty));
    assert_eq!(vfs.rename(b"/a", b"/b/two", NOW), Err(Errno::NotDirectory));
    assert_eq!(vfs.rename(b"/a/one", b"/empty", NOW), Err(Errno::IsDirectory));
    assert_eq!(vfs.rename(b"/no", b"/yes", NOW), Err(Errno::NotFound));
    assert_eq!(vfs.rename(b"/", b"/yes", NOW), Err(Errno::Busy));
    assert_eq!(vfs.rename(b"/a", b"/empty", NOW), Ok(()));
    assert_eq!(vfs.rename(b"/empty/one", b"/b/two", NOW), Ok(()));
    assert_eq!(text(&mut vfs, "/b/two").as_deref(), Ok("1"));
    assert_eq!(names(&mut vfs, "/"), ["b", "empty", "tmp"]);
    assert_eq!(vfs.make_directory(b"/b", NOW), Err(Errno::Exists));
    assert_eq!(vfs.make_directory(b"/", NOW), Err(Errno::Exists));
    assert_eq!(vfs.remove(b"/b", NOW), Err(Errno::NotEmpty));
    assert_eq!(vfs.remove(b"/", NOW), Err(Errno::Busy));
    assert_eq!(vfs.remove_directory(b"/b/two", NOW), Err(Errno::NotDirectory));
}

fn host() -> (tempfile::TempDir, HostDirectory) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("sub/deep")).unwrap();
    fs::write(root.join("main.lua"), "main").unwrap();
    fs::write(root.join("sub/x.lua"), "x").unwrap();
    fs::write(folder.path().join("secret"), "secret").unwrap();
    symlink("../../secret", root.join("sub/out")).unwrap();
    symlink("../main.lua", root.join("sub/in")).unwrap();
    symlink("..", root.join("sub/up")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    let host = HostDirectory::open(&root).unwrap();
    (folder, host)
}

#[test]
fn mounts_are_read_once_and_never_written() {
    let (folder, host) = host();
    let root = folder.path().join("root");
    let mut vfs = vfs();
    vfs.mount(b"/srv/app", &host).unwrap();
    assert_eq!(text(&mut vfs, "/srv/app/main.lua").as_deref(), Ok("main"));
    fs::write(root.join("main.lua"), "changed on the host").unwrap();
    fs::write(root.join("new.lua"), "new on the host").unwrap();
    assert_eq!(text(&mut vfs, "/srv/app/main.lua").as_deref(), Ok("main"));
    assert_eq!(text(&mut vfs, "/srv/app/new.lua"), Err(Errno::NotFound));
    let mut other = Vfs::new(0);
    other.mount(b"/", &host).unwrap();
    assert_eq!(text(&mut other, "main.lua").as_deref(), Ok("main"));
    assert!(vfs.changes().is_empty());

    let file = vfs.open(b"/srv/app/main.lua", OpenMode::Append, NOW + 5).unwrap();
    vfs.write_at(file, 4, b" more", NOW + 5).unwrap();
    vfs.close(file);
    vfs.rename(b"/srv/app/sub/x.lua", b"/y.lua", NOW).unwrap();
    vfs.remove(b"/srv/app/sub/in", NOW).unwrap();
    assert_eq!(text(&mut vfs, "/srv/app/main.lua").as_deref(), Ok("main more"));
    assert_eq!(text(&mut other, "main.lua").as_deref(), Ok("main"));
    assert_eq!(fs::read(root.join("sub/x.lua")).unwrap(), b"x");
    assert_eq!(vfs.metadata(b"/srv/app/main.lua", Links::Follow).unwrap().modified, NOW + 5);
    assert_eq!(vfs.metadata(b"/srv/app/sub", Links::Follow).unwrap().kind, Kind::Directory);
    let changes: Vec<String> = vfs
        .changes()
        .iter()
        .map(|change| {
            let what = match &change.what {
                Changed::Written(bytes) => format!("={}", bytes.len()),
                Changed::Removed => " gone".to_owned(),
                Changed::Directory | Changed::Link => " new".to_owned(),
            };
            format!("{}{what}", String::from_utf8_lossy(&change.path))
        })
        .collect();
    assert_eq!(changes, ["/srv/app/main.lua=9", "/srv/app/sub/in gone", "/srv/app/sub/x.lua gone", "/y.lua=1"]);
}

#[test]
fn links_stay_inside_the_mount() {
    let (_folder, host) = host();
    let mut vfs = vfs();
    vfs.mount(b"/m", &host).unwrap();
    assert_eq!(text(&mut vfs, "/m/sub/out"), Err(Errno::Denied));
    assert_eq!(text(&mut vfs, "/m/dangling"), Err(Errno::NotFound));
    assert_eq!(text(&mut vfs, "/m/loop"), Err(Errno::TooManyLinks));
    assert_eq!(text(&mut vfs, "/m/sub/in").as_deref(), Ok("main"));
    assert_eq!(text(&mut vfs, "/m/sub/up/sub/up/sub/x.lua").as_deref(), Ok("x"));
    assert_eq!(vfs.metadata(b"/m/sub/up", Links::Keep).unwrap().kind, Kind::Link);
    assert_eq!(vfs.metadata(b"/m/sub/out", Links::Keep).unwrap().kind, Kind::Other);
    let endless = format!("/m/{}main.lua", "sub/up/".repeat(41));
    assert_eq!(text(&mut vfs, &endless), Err(Errno::TooManyLinks));
    vfs.change_directory(b"/m/sub/up/sub").unwrap();
    assert_eq!(vfs.current_directory(), b"/m/sub");
}

#[test]
fn embedded_files_win_and_are_read_only() {
    let (_folder, host) = host();
    let mut vfs = vfs();
    vfs.mount(b"/", &host).unwrap();
    vfs.embed(b"/", &[("main.lua", b"ours"), ("sub/extra.lua", b"extra")]).unwrap();
    assert!(vfs.changes().is_empty());
    assert_eq!(text(&mut vfs, "main.lua").as_deref(), Ok("ours"));
    assert_eq!(names(&mut vfs, "sub"), ["deep", "extra.lua", "in", "out", "up", "x.lua"]);
    assert_eq!(vfs.open(b"main.lua", OpenMode::Update, NOW), Err(Errno::Denied));
    assert_eq!(vfs.remove(b"main.lua", NOW), Err(Errno::Denied));
    assert_eq!(vfs.rename(b"main.lua", b"x", NOW), Err(Errno::Denied));
    assert_eq!(vfs.rename(b"sub/x.lua", b"main.lua", NOW), Err(Errno::Denied));
    vfs.put(b"main.lua", b"replaced", NOW).unwrap();
    assert_eq!(text(&mut vfs, "main.lua").as_deref(), Ok("replaced"));
    // The other way round, too.
    let mut vfs = Vfs::new(NOW);
    vfs.embed(b"/", &[("main.lua", b"ours"), ("sub/extra.lua", b"extra")]).unwrap();
    vfs.mount(b"/", &host).unwrap();
    assert_eq!(text(&mut vfs, "main.lua").as_deref(), Ok("ours"));
    assert_eq!(names(&mut vfs, "sub"), ["deep", "extra.lua", "in", "out", "up", "x.lua"]);
}

#[test]
fn temporary_names_skip_what_is_there() {
    let mut vfs = vfs();
    vfs.put(b"/tmp/lua_000002", b"", NOW).unwrap();
    assert_eq!(vfs.temporary_name(NOW).unwrap(), b"/tmp/lua_000001");
    assert_eq!(vfs.temporary_name(NOW).unwrap(), b"/tmp/lua_000003");
}

/// The model: `None` is a directory.
type Model = BTreeMap<String, Option<Vec<u8>>>;

#[derive(Clone, Debug)]
enum Step {
    Write(String, usize, Vec<u8>),
    Put(String, Vec<u8>),
    Make(String),
    Remove(String),
    Rename(String, String),
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn below<'a>(model: &'a Model, path: &str) -> Vec<&'a String> {
    let prefix = format!("{path}/");
    model.keys().filter(|key| key.starts_with(&prefix)).collect()
}

/// What stands in the way of using a name in `path`'s directory.
fn blocked(model: &Model, path: &str) -> Option<Errno> {
    let mut sofar = String::new();
    for name in parent(path).split('/').filter(|name| !name.is_empty()) {
        sofar = format!("{sofar}/{name}");
        match model.get(&sofar) {
            None => return Some(Errno::NotFound),
            Some(Some(_)) => return Some(Errno::NotDirectory),
            Some(None) => (),
        }
    }
    None
}

fn model_rename(model: &mut Model, from: &str, to: &str) -> Result<(), Errno> {
    blocked(model, from).map_or(Ok(()), Err)?;
    let source = model.get(from).ok_or(Errno::NotFound)?.clone();
    blocked(model, to).map_or(Ok(()), Err)?;
    if from == to {
        return Ok(());
    }
    if to.starts_with(&format!("{from}/")) {
        return Err(Errno::Invalid);
    }
    if from.starts_with(&format!("{to}/")) {
        return Err(Errno::NotEmpty);
    }
    match (source.is_none(), model.get(to)) {
        (true, Some(Some(_))) => return Err(Errno::NotDirectory),
        (false, Some(None)) => return Err(Errno::IsDirectory),
        (true, Some(None)) if !below(model, to).is_empty() => return Err(Errno::NotEmpty),
        _ => (),
    }
    let moved: Vec<String> = below(model, from).into_iter().cloned().collect();
    for key in moved {
        let content = model.remove(&key).unwrap();
        model.insert(format!("{to}{}", &key[from.len()..]), content);
    }
    model.remove(from);
    model.insert(to.to_owned(), source);
    Ok(())
}

fn model_step(model: &mut Model, step: &Step) -> Result<(), Errno> {
    match step {
        Step::Write(path, offset, bytes) => {
            blocked(model, path).map_or(Ok(()), Err)?;
            let content = model.entry(path.clone()).or_insert(Some(Vec::new()));
            let content = content.as_mut().ok_or(Errno::IsDirectory)?;
            if !bytes.is_empty() {
                content.resize(content.len().max(offset + bytes.len()), 0);
                content[*offset..offset + bytes.len()].copy_from_slice(bytes);
            }
        }
        Step::Put(path, bytes) => {
            let mut above = String::new();
            for name in parent(path).split('/').filter(|name| !name.is_empty()) {
                above = format!("{above}/{name}");
                if model.entry(above.clone()).or_default().is_some() {
                    return Err(Errno::NotDirectory);
                }
            }
            if model.get(path) == Some(&None) {
                return Err(Errno::IsDirectory);
            }
            model.insert(path.clone(), Some(bytes.clone()));
        }
        Step::Make(path) => {
            blocked(model, path).map_or(Ok(()), Err)?;
            if model.contains_key(path) {
                return Err(Errno::Exists);
            }
            model.insert(path.clone(), None);
        }
        Step::Remove(path) => {
            blocked(model, path).map_or(Ok(()), Err)?;
            if !model.contains_key(path) {
                return Err(Errno::NotFound);
            }
            if !below(model, path).is_empty() {
                return Err(Errno::NotEmpty);
            }
            model.remove(path);
        }
        Step::Rename(from, to) => model_rename(model, from, to)?,
    }
    Ok(())
}

fn vfs_step(vfs: &mut Vfs, step: &Step) -> Result<(), Errno> {
    match step {
        Step::Write(path, offset, bytes) => {
            let file = vfs.open(path.as_bytes(), OpenMode::Append, NOW)?;
            let written = vfs.write_at(file, *offset as u64, bytes, NOW);
            vfs.close(file);
            written
        }
        Step::Put(path, bytes) => vfs.put(path.as_bytes(), bytes, NOW),
        Step::Make(path) => vfs.make_directory(path.as_bytes(), NOW),
        Step::Remove(path) => vfs.remove(path.as_bytes(), NOW),
        Step::Rename(from, to) => vfs.rename(from.as_bytes(), to.as_bytes(), NOW),
    }
}

fn everything(vfs: &mut Vfs) -> Model {
    let mut found = Model::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        for name in names(vfs, &format!("{folder}/")) {
            let path = format!("{folder}/{name}");
            match vfs.read(path.as_bytes()) {
                Ok(bytes) => found.insert(path, Some(bytes.to_vec())),
                Err(_) => {
                    open.push(path.clone());
                    found.insert(path, None)
                }
            };
        }
    }
    found
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[abc]", 1..4).prop_map(|names| format!("/{}", names.join("/")))
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..5);
    prop_oneof![
        (path(), 0..6_usize, bytes()).prop_map(|(path, offset, bytes)| Step::Write(path, offset, bytes)),
        (path(), bytes()).prop_map(|(path, bytes)| Step::Put(path, bytes)),
        path().prop_map(Step::Make),
        path().prop_map(Step::Remove),
        (path(), path()).prop_map(|(from, to)| Step::Rename(from, to)),
    ]
}

proptest! {
    #[test]
    fn behaves_as_the_model(steps in proptest::collection::vec(step(), 0..60)) {
        let (mut model, mut vfs) = (Model::from([("/tmp".to_owned(), None)]), vfs());
        for step in &steps {
            let before = vfs.clone();
            prop_assert_eq!(vfs_step(&mut vfs, step), model_step(&mut model, step), "{:?}", step);
            prop_assert_eq!(&everything(&mut vfs), &model);
            drop(before);
        }
        let written: u64 = model.values().flatten().map(|bytes| bytes.len() as u64).sum();
        prop_assert_eq!(vfs.used, written + 256 * (model.len() as u64 - 1));
    }

    #[test]
    fn a_clone_is_a_checkpoint(first in proptest::collection::vec(step(), 0..20), then in proptest::collection::vec(step(), 0..20)) {
        let mut vfs = vfs();
        for step in &first {
            let _ = vfs_step(&mut vfs, step);
        }
        let (mut saved, before) = (vfs.clone(), everything(&mut vfs));
        for step in &then {
            let _ = vfs_step(&mut vfs, step);
        }
        prop_assert_eq!(everything(&mut saved), before);
    }

    #[test]
    fn garbage_never_panics(a in proptest::collection::vec(any::<u8>(), 0..40), b in "[./a\\x00]{0,12}", offset: u64) {
        let mut vfs = vfs();
        for path in [a.as_slice(), b.as_bytes()] {
            let _ = vfs.put(path, b"x", NOW);
            let _ = vfs.make_directory(path, NOW);
            let _ = vfs.metadata(path, Links::Keep);
            let _ = vfs.list(path);
            let _ = vfs.change_directory(path);
            if let Ok(file) = vfs.open(path, OpenMode::Append, NOW) {
                let _ = vfs.write_at(file, offset, b"y", NOW);
                vfs.close(file);
                vfs.close(file);
            }
            let _ = vfs.rename(&a, path, NOW);
            let _ = vfs.remove(path, NOW);
            let _ = vfs.remove_directory(path, NOW);
        }
    }
}
