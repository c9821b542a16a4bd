//! `skysim serve` and `skysim report`, as a browser meets them; what the page makes of it is tested in
//! `tests/browser`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value as Json, json};

use crate::support::Test;

const COUNTER: &str = r#"
local skynet = require "skynet"
local count = 0
local CMD = {}
function CMD.add(by) count = count + by skynet.error("now " .. count) return count end
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...) skynet.retpack(CMD[command](...)) end)
end)
"#;

const SCENARIO: &str = r#"
schema = 1
until = "10500ms"
[node]
luaservice = "./?.lua"
[[service]]
name = "counter"
file = "counter"
[[event]]
every = "1s"
call = { to = "counter", args = ["add", 2] }
"#;

const MONITOR: &str = r#"
return function(world)
	local counter = world.services.counter
	local count = counter and counter.state and counter.state.count or 0
	return {
		{ title = "Counted", lines = { { "count", count } } },
		{ title = "As a table", columns = { "what", "part" }, rows = { { "count", { part = count / 20 } } } },
	}
end
"#;

fn counter() -> Test {
    Test::new().file("s/counter.lua", COUNTER).file("s/scenario.toml", SCENARIO).file("s/monitor.lua", MONITOR)
}

struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(test: &Test, arguments: &[&str]) -> Served {
        let mut command = test.command(&[&["serve", "--port", "0"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        Served { child, address }
    }

    /// The first line of an answer, and its body.
    fn ask(&self, request: &str, host: &str, more: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let text = format!(
            "{request} HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    fn post(&self, place: &str, wanted: &Json) -> Json {
        let (status, body) = self.ask(&format!("POST {place}"), &self.address, "", &wanted.to_string());
        assert_eq!(status, "HTTP/1.1 200 OK", "{body}");
        serde_json::from_str(&body).unwrap()
    }

    fn advance(&self, to: u64, samples: usize, messages: usize) -> Json {
        self.post("/advance", &json!({ "to": to, "samples": samples, "messages": messages, "lines": 0 }))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn length(answer: &Json, key: &str) -> usize {
    answer[key].as_array().unwrap().len()
}

#[test]
fn a_run_is_played_as_far_as_somebody_wants_to_see() {
    let test = counter();
    let served = Served::start(&test, &["s", "--every", "500ms"]);
    let (status, page) = served.ask("GET /", &served.address, "", "");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(page.contains(r#""live":true"#) && page.contains(r#""messages":[]"#), "{page}");

    let first = served.advance(3_500_000_000, 0, 0);
    assert!(first["now"].as_u64().unwrap() >= 3_500_000_000 && first["end"].is_null(), "{first}");
    let (samples, messages) = (length(&first, "samples"), length(&first, "messages"));
    let last = first["samples"].as_array().unwrap().iter().rev().find(|sample| !sample["panels"].is_null()).unwrap();
    let panels = json!([
        { "title": "Counted", "lines": [["count", 6.0]] },
        { "title": "As a table", "columns": ["what", "part"], "rows": [["count", { "part": 0.3 }]] },
    ]);
    assert_eq!(last["panels"], panels);
    let lines: Vec<&str> = first["lines"].as_array().unwrap().iter().map(|line| line[2].as_str().unwrap()).collect();
    assert!(lines.iter().any(|line| line.ends_with("now 6")), "{lines:?}");

    // Nothing new, then more.
    let same = served.advance(3_000_000_000, samples, messages);
    assert_eq!((length(&same, "messages"), &same["event"]), (0, &first["event"]));
    let end = served.advance(60_000_000_000, samples, messages);
    assert!(length(&end, "messages") > 10);
    assert_eq!(end["end"]["verdict"], "passed", "{end}");
    assert!(end["end"]["states"]["counter"].as_str().unwrap().contains("count = "));

    // The state of before, in any order.
    let find = |text: &str| {
        let all = served.advance(0, 0, 0);
        let found = all["messages"].as_array().unwrap().iter().rev().find(|message| message[6] == text);
        found.unwrap()[0].as_u64().unwrap()
    };
    for count in [8, 4, 12] {
        let event = find(&count.to_string());
        let answer = served.post("/state", &json!({ "service": "counter", "event": event }));
        assert!(answer["text"].as_str().unwrap().contains(&format!("count = {count}")), "{answer}");
    }
    assert!(served.post("/state", &json!({ "service": "nobody", "event": 1 }))["text"].is_null());
}

#[test]
fn only_this_machine_is_answered() {
    let test = counter();
    let served = Served::start(&test, &["s"]);
    let status = |request: &str, host: &str, more: &str| served.ask(request, host, more, "").0;
    let own = served.address.as_str();
    assert_eq!(status("GET /", own, ""), "HTTP/1.1 200 OK");
    assert_eq!(status("GET /", "rebound.example:7007", ""), "HTTP/1.1 403 Forbidden");
    assert_eq!(status("POST /advance", own, "Origin: http://elsewhere.example\r\n"), "HTTP/1.1 403 Forbidden");
    assert_eq!(status("POST /advance", own, &format!("Origin: http://{own}\r\n")), "HTTP/1.1 400 Bad Request");
    assert_eq!(status("GET /etc/passwd", own, ""), "HTTP/1.1 404 Not Found");
}

#[test]
fn a_page_in_a_file_has_the_whole_run() {
    let test = counter();
    let ran = test.run(&["report", "s"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "passed: wrote report.html\n"));
    let told = told(&test.read("report.html"));
    let run: Json = serde_json::from_str(&test.run(&["run", "s", "--format", "json"]).stdout).unwrap();
    assert_eq!((&told["event"], &told["now"]), (&run["run"]["events"], &run["run"]["time"]), "the run is the same");
    assert_eq!(told["live"], false);

    // The same run from its trace: the same messages.
    test.run(&["run", "s", "--trace", "s.jsonl"]);
    assert_eq!(test.run(&["report", "s.jsonl", "-o", "traced.html"]).status, 0);
    let traced = self::told(&test.read("traced.html"));
    assert_eq!((&traced["event"], &traced["end"]["verdict"]), (&told["event"], &told["end"]["verdict"]));
    let ids = |told: &Json| -> Vec<Json> {
        let messages = told["messages"].as_array().unwrap().iter();
        messages
            .filter(|message| message[5] != "action")
            .map(|message| json!([message[0], message[2], message[3], message[4]]))
            .collect()
    };
    assert_eq!(ids(&traced), ids(&told));
    assert!(ids(&traced).iter().any(|message| message[2] == "driver" && message[3] == "counter"));
    // A step may have several events; all of them are listed.
    let actions = |told: &Json| {
        let messages = told["messages"].as_array().unwrap().iter();
        messages.filter(|message| message[5] == "action").map(|message| message[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!((actions(&traced), actions(&told).len()), (actions(&told), 10));
}

#[test]
fn what_cannot_be_shown_is_told() {
    let test = counter().file("odd.lua", "return 7").file("wrong.lua", "return function() return { {} } end");
    let ran = test.run(&["report", "s", "--monitor", "odd.lua"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("the monitor `odd.lua`"), "{}", ran.stderr);
    test.run(&["run", "s", "--trace", "s.jsonl"]);
    let ran = test.run(&["report", "s.jsonl", "--seed", "3"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("is a trace"), "{}", ran.stderr);
    // What a monitor gets wrong during the run stands in the page.
    assert_eq!(test.run(&["report", "s", "--monitor", "wrong.lua"]).status, 0);
    assert_eq!(told(&test.read("report.html"))["complaint"], "panel 1: it needs a `title`");
}

fn told(page: &str) -> Json {
    let (_, rest) = page.split_once(r#"<script id="told" type="application/json">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}
