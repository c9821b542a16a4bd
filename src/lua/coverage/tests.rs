//! What the lines and decisions of code are, before any run.

use super::*;

fn functions(source: &str) -> Vec<FunctionReached> {
    let coverage = Coverage::default();
    coverage.add_file("./a.lua", source.as_bytes());
    coverage.reached()
}

fn lines(function: &FunctionReached) -> Vec<u32> {
    function.lines.iter().map(|(line, _)| *line).collect()
}

fn branches(function: &FunctionReached) -> Vec<u32> {
    function.branches.iter().map(|(line, _)| *line).collect()
}

#[test]
fn lines_are_those_that_code_can_reach() {
    let found = functions(
        "local x = 1\n\nlocal function f(...)\n\tif x then\n\t\treturn 1\n\telse\n\t\treturn 2\n\tend\nend\nreturn f\n",
    );
    assert_eq!(found.len(), 2);
    assert_eq!((&*found[0].file, found[0].line, lines(&found[0])), ("a.lua", 0, vec![1, 3, 10]), "the file itself");
    // Nobody gets to the `end` of f.
    assert_eq!((found[1].line, found[1].last_line, lines(&found[1])), (3, 9, vec![4, 5, 7]));
    assert_eq!(branches(&found[1]), [4]);
    assert_eq!(found[1].called, None);
}

#[test]
fn what_decides() {
    let one = |source: &str| branches(&functions(source)[0]);
    assert_eq!(one("for i = 1, x do\n\tf(i)\nend"), [1]);
    assert_eq!(one("for k in pairs(x) do\n\tf(k)\nend"), [1]);
    assert_eq!(one("while x do\n\tf()\nend"), [1]);
    assert_eq!(one("repeat\n\tf()\nuntil x < 1"), [3]);
    assert_eq!(one("local a = x and y\n\tor z"), [1, 2]);
    // A comparison that only makes a value.
    assert_eq!(one("local a = x < y"), [] as [u32; 0]);
    assert_eq!(one("while true do f() end"), [] as [u32; 0]);
    assert_eq!(one("local t = { 1, 2, f() }\nreturn t"), [] as [u32; 0]);
}

#[test]
fn only_files_of_users_count() {
    assert_eq!(users_file(b"@./services/x.lua").as_deref(), Some("services/x.lua"));
    assert_eq!(users_file(b"@skysim.lua").as_deref(), Some("skysim.lua"));
    for other in ["@./skysim/lualib/skynet.lua", "@./.skynet/lualib/skynet.lua", "=text", "return 1", "@\u{fffd}"] {
        assert!(users_file(other.as_bytes()).is_none() || other == "@\u{fffd}", "{other}");
    }
    assert_eq!(users_file(b"@\xff"), None);
}

#[test]
fn the_first_run_is_kept() {
    let coverage = Coverage::default();
    coverage.add_file("./a.lua", b"return 1");
    let function = coverage.functions.lock().unwrap().values().next().unwrap().clone();
    function.note(0, 7);
    function.note(0, 9);
    assert_eq!(coverage.reached()[0].lines, [(1, Some(7))]);
    function.note(0, 3);
    assert_eq!(coverage.reached()[0].called, Some(3));
}
