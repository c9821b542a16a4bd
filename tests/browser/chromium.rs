//! A browser under the test's control: Chromium without a window, which takes orders of its DevTools protocol
//! through a pair of pipes. Each order and answer is a JSON object, ended by a zero byte.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// Where a Chromium may be found, if `SKYSIM_BROWSER` names none.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// How long a page may stand still while something is waited for. How long a run takes is the machine's business.
const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks.
const LOOK_PERIOD: Duration = Duration::from_millis(30);

/// What moves on a page as long as a run is played.
const PULSE: &str = "document.querySelector('#time')?.innerText ?? ''";

/// A browser with one page.
pub struct Browser {
    child: Child,
    orders: File,
    answers: BufReader<File>,
    session: String,
    next: u64,
    /// What went wrong in the page: errors on its console, exceptions, files that were not there.
    pub complaints: Vec<String>,
    _folder: TempDir,
}

/// The program, if there is one.
fn program() -> Option<String> {
    let named = std::env::var("SKYSIM_BROWSER").ok();
    let names = named.iter().map(String::as_str).chain(NAMES);
    let runs = |name: &&str| {
        let mut command = Command::new(name);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    names.into_iter().find(runs).map(str::to_owned)
}

impl Browser {
    /// A browser with an empty page of this size; none if there is no Chromium on this machine.
    pub fn start(width: u32, height: u32) -> Option<Browser> {
        let program = program()?;
        let folder = TempDir::new().expect("a folder for the browser");
        let (orders, answers) = (folder.path().join("orders"), folder.path().join("answers"));
        let made = Command::new("mkfifo").args([&orders, &answers]).status().expect("mkfifo");
        assert!(made.success(), "no pipes for the browser");
        let child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<\"$ORDERS\" 4>\"$ANSWERS\"", "sh", &program])
            .args(["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage", "--lang=en"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .env("ORDERS", &orders)
            .env("ANSWERS", &answers)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts");
        // Opening a pipe waits for its other end; in this order, as the shell does.
        let orders = OpenOptions::new().write(true).open(&orders).expect("a pipe");
        let answers = BufReader::new(File::open(&answers).expect("a pipe"));
        let mut browser = Browser {
            child,
            orders,
            answers,
            session: String::new(),
            next: 1,
            complaints: Vec::new(),
            _folder: folder,
        };
        let target = browser.order("Target.createTarget", json!({ "url": "about:blank" }));
        let wanted = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.order("Target.attachToTarget", wanted);
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        for part in ["Page.enable", "Runtime.enable", "Log.enable"] {
            browser.order(part, json!({}));
        }
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser.order("Emulation.setDeviceMetricsOverride", size);
        Some(browser)
    }

    /// Goes to a page.
    pub fn open(&mut self, address: &str) {
        let answer = self.order("Page.navigate", json!({ "url": address }));
        assert!(answer.get("errorText").is_none(), "{answer}");
        // The page before was complete, too.
        self.until(&format!("location.href === {} && document.readyState === 'complete'", json!(address)));
    }

    /// What an expression of JavaScript comes to.
    pub fn value(&mut self, expression: &str) -> Json {
        let wanted = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.order("Runtime.evaluate", wanted);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"].get("value").cloned().unwrap_or(Json::Null)
    }

    /// The text of the first element that a selector finds.
    pub fn text(&mut self, selector: &str) -> String {
        let text =
            self.value(&format!("document.querySelector({})?.innerText ?? '(no such element)'", json!(selector)));
        text.as_str().expect("a text").to_owned()
    }

    /// Waits until an expression holds.
    pub fn until(&mut self, expression: &str) {
        let (mut still_since, mut pulse) = (Instant::now(), Json::Null);
        while self.value(&format!("!!({expression})")) != json!(true) {
            let now = self.value(PULSE);
            if now != pulse {
                (still_since, pulse) = (Instant::now(), now);
            }
            assert!(still_since.elapsed() < PATIENCE, "never: {expression}; at {pulse}; {:?}", self.complaints);
            std::thread::sleep(LOOK_PERIOD);
        }
    }

    /// Waits until the first element that a selector finds has this text.
    pub fn until_text(&mut self, selector: &str, text: &str) {
        self.until(&format!("document.querySelector({})?.innerText === {}", json!(selector), json!(text)));
    }

    /// Presses the mouse on an element, where it lies on the screen.
    pub fn click(&mut self, selector: &str) {
        let place = self.value(&format!(
            "(() => {{ const found = document.querySelector({}); found.scrollIntoView({{ block: 'center' }}); \
             const box = found.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.order("Input.dispatchMouseEvent", event);
        }
    }

    /// Types into what has the focus; a line feed is the return key.
    pub fn keys(&mut self, text: &str) {
        for character in text.chars() {
            let (key, typed) = match character {
                '\n' => ("Enter".to_owned(), "\r".to_owned()),
                other => (other.to_string(), other.to_string()),
            };
            let code = if character == '\n' { 13 } else { u32::from(character.to_ascii_uppercase()) };
            let down = json!({ "type": "keyDown", "key": key, "text": typed, "windowsVirtualKeyCode": code });
            self.order("Input.dispatchKeyEvent", down);
            self.order("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code }));
        }
    }

    /// `light` or `dark`.
    pub fn colours(&mut self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.order("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// What it looks like, as PNG in Base64.
    pub fn picture(&mut self) -> String {
        let answer = self.order("Page.captureScreenshot", json!({ "format": "png", "optimizeForSpeed": false }));
        answer["data"].as_str().expect("a picture").to_owned()
    }

    fn order(&mut self, method: &str, parameters: Json) -> Json {
        let number = self.next;
        self.next += 1;
        let mut order = json!({ "id": number, "method": method, "params": parameters });
        if !self.session.is_empty() {
            order["sessionId"] = json!(self.session);
        }
        let mut bytes = order.to_string().into_bytes();
        bytes.push(0);
        self.orders.write_all(&bytes).expect("the browser lives");
        loop {
            let mut answer = Vec::new();
            self.answers.read_until(0, &mut answer).expect("the browser lives");
            assert_eq!(answer.pop(), Some(0), "the browser has gone");
            let answer: Json = serde_json::from_slice(&answer).expect("JSON");
            if answer["id"] == json!(number) {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.notice(&answer);
        }
    }

    fn notice(&mut self, event: &Json) {
        let parameters = &event["params"];
        let bad = match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => true,
            "Runtime.consoleAPICalled" => parameters["type"] == "error" || parameters["type"] == "warning",
            "Log.entryAdded" => parameters["entry"]["level"] == "error",
            _ => false,
        };
        if bad {
            self.complaints.push(parameters.to_string());
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its own children leave with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
