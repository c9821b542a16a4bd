//! Copies of templates against each other, and against what no template may be.

use std::rc::Rc;

use mlua::ffi;

use super::super::code;
use super::super::native::load::load_chunk;
use super::super::vm::bytes;
use super::image::{ImageError, Specimen};
use super::*;

/// What a program sees of addresses, orders and memory.
const LOOK: &[u8] = br#"
    local out = {}
    local function say(...) out[#out + 1] = table.concat({...}, " ") end
    say(collectgarbage "count", tostring({}), tostring(print), tostring(coroutine.create(print)))
    for key in pairs(_G) do say(key) end
    for key, value in pairs(package.loaded) do say(key, tostring(value)) end
    local things = {}
    for i = 1, 40 do things[i % 2 == 0 and {} or coroutine.create(print)] = i end
    for _, i in pairs(things) do say(i) end
    things = nil
    collectgarbage()
    say(collectgarbage "count", math.random(1 << 30))
    for i = 1, 20000 do local t = { i, tostring(i) } end
    say(collectgarbage "count")
    return table.concat(out, "\n")
"#;

fn copy(template: &Arc<Template>, node: &Rc<super::super::LuaNode>) -> *mut Vm {
    let vm = Vm::boxed(node, Arena::new(5), Stream::new(Seed(1), "test"));
    // SAFETY: a fresh record.
    unsafe {
        (*vm).main = template.copy_into(&mut (*vm).arena, vm);
        (*vm).active = (*vm).main;
        (*vm).work = template.work(&(*vm).arena);
        (*vm).template = Some(template.clone());
        (*vm).unopened = template.unopened();
    }
    vm
}

/// Looks, from inside a copy, at everything that could differ.
fn look(library: Library) -> String {
    let template = Template::of(Seed(3), library, std::iter::empty());
    let node = open::bare_node(library);
    let vm = copy(&template, &node);
    // SAFETY: a live VM of our own, closed at the end.
    unsafe {
        let l = (*vm).main;
        ffi::lua_gc(l, ffi::LUA_GCRESTART);
        let chunk = code::compile(b"look.lua", LOOK).ok().unwrap();
        assert_eq!(load_chunk(l, chunk), ffi::LUA_OK);
        let status = ffi::lua_pcall(l, 0, 1, 0);
        let seen = String::from_utf8_lossy(bytes(l, -1)).into_owned();
        assert_eq!(status, ffi::LUA_OK, "{seen}");
        ffi::lua_close(l);
        assert_eq!((*vm).arena.used(), 0, "every byte of a copy is accounted for");
        drop(Box::from_raw(vm));
        seen
    }
}

#[test]
fn copies_are_equal_in_every_thread() {
    for library in [Library::BuiltIn, Library::Checkout] {
        let first = look(library);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!((0..3).all(|_| look(library) == first)));
            }
        });
    }
}

#[test]
fn templates_do_not_depend_on_where_they_were_made() {
    for seed in 0..4 {
        let code = code::compile(b"look.lua", LOOK).ok().unwrap();
        let make = |colour| open::make(seed, Library::BuiltIn, std::slice::from_ref(&code), colour).specimen;
        let (one, two, three) = (make(3), make(100), make(201));
        let mut first = Image::new(&one, &two).unwrap().0;
        assert!(first.content() == Image::new(&three, &one).unwrap().0.content(), "hash seed {seed}");
        // The main thread, the work thread; Lua's allocator has one owner.
        assert_eq!(first.addresses()[1..], [2, 1]);
    }
}

#[test]
fn what_differs_otherwise_is_refused() {
    let one = open::make(1, Library::Checkout, &[], 3).specimen;
    let two = open::make(2, Library::Checkout, &[], 100).specimen;
    assert!(Image::new(&one, &two).is_err(), "another hash seed");
    let words = |word: u64| {
        let mut recorder = super::recorder::Recorder::new(word);
        let block = recorder.allocate(16).cast::<u64>();
        // SAFETY: 16 bytes of our own.
        unsafe { block.write(word) };
        let node = open::bare_node(Library::Checkout);
        // SAFETY: just made.
        let record = unsafe { Box::from_raw(Vm::boxed(&node, Arena::new(0), Stream::new(Seed(0), ""))) };
        Specimen { recorder, record }
    };
    assert!(matches!(Image::new(&words(1), &words(2)), Err(ImageError::Word { at: 0, .. })));
}

#[test]
fn hash_seeds_are_few_and_fixed() {
    let seeds: std::collections::BTreeSet<u32> = (0..2000).map(|seed| hash_seed(Seed(seed))).collect();
    assert_eq!(seeds.len() as u64, HASH_SEEDS);
}
