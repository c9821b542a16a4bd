use skysim::{base::*, kernel::*, lua::*, lua::node::*, schedule, trace::Tracer, vfs::*};
use std::rc::Rc;
struct Out;
impl Output for Out {
    fn print(&mut self, b: &[u8]) { use std::io::Write; std::io::stdout().write_all(b).unwrap(); }
    fn print_error(&mut self, b: &[u8]) { use std::io::Write; std::io::stderr().write_all(b).unwrap(); }
    fn log(&mut self, _: VirtualTime, _: Handle, l: &[u8], _: Option<&str>) { use std::io::Write; let mut o = std::io::stdout(); o.write_all(l).unwrap(); o.write_all(b"\n").unwrap(); }
    fn append(&mut self, _: &str, _: &[u8]) {}
    fn incident(&mut self, _: VirtualTime, _: Incident) {}
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let path = std::path::PathBuf::from(&a[1]);
    let mut vfs = Vfs::new(0);
    vfs.mount(b"/", &HostDirectory::open(path.parent().unwrap()).unwrap()).unwrap();
    let mut lib = None;
    if let Ok(d) = std::env::var("CHECKOUT") { for s in ["lualib", "service"] { vfs.mount(format!("/skynet/{s}").as_bytes(), &HostDirectory::open(&std::path::Path::new(&d).join(s)).unwrap()).unwrap(); } lib = Some(()); }
    vfs.embed(b"/skysim", library::FILES).unwrap();
    let seed = Seed(std::env::var("SEED").ok().map_or(7, |s| s.parse().unwrap()));
    let settings = NodeSettings { seed, library: if lib.is_some() { Library::Checkout } else { Library::BuiltIn }, detail: Detail::Plain, bytecode: Bytecode::Refused, memory_max_bytes: None, instructions_max: 1 << 40, metered_event: None };
    let node = LuaNode::new(settings, vfs);
    let mut env = skysim::kernel::environment::Environment::default();
    let (lp, ls) = if lib.is_some() { ("./skynet/lualib/?.lua;./?.lua", "./skynet/service/?.lua;./?.lua") } else { ("./skysim/lualib/?.lua;./?.lua", "./skysim/service/?.lua;./?.lua") };
    if lib.is_some() { env.set_default("lualoader", "./skynet/lualib/loader.lua"); }
    for (k, v) in [("lua_path", lp), ("luaservice", ls), ("start", path.file_stem().unwrap().to_str().unwrap()), ("harbor", "0"), ("thread", "1"), ("snax", "./mod/?.lua"), ("conf_number", "42"), ("conf_true", "true"), ("conf_text", "some text"), ("profile","false"), ("bootstrap","snlua bootstrap"), ("logservice","logger"), ("cpath","./cservice/?.so"), ("daemon_unused","")] { env.set_default(k, v); }
    let tracer = match std::env::var("TRACE") { Ok(f) => Tracer::to(Box::new(std::fs::File::create(f).unwrap())), _ => Tracer::off() };
    let mut k = Kernel::new(NodeOptions { environment: env, harbor: 0, start_time_s: 1704067200, cost: Span::from_nanos(1000), log_file: None, schedule: schedule::by_name(&std::env::var("SCHED").unwrap_or("skynet".into()), seed).unwrap(), output: Box::new(Out), tracer });
    k.add_module(Rc::new(SnluaModule(node)));
    k.boot();
    let until = VirtualTime::from_nanos(std::env::var("UNTIL").ok().map_or(100, |s| s.parse::<u64>().unwrap()) * 1_000_000_000);
    loop { match k.step(until) { Step::Idle | Step::Halted | Step::Reached => break, _ => {} } }
    eprintln!("end {} event {} {:?}", k.now(), k.event(), k.halted());
    k.shut_down();
}
