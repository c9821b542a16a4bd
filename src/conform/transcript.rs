//! What came of a run, in a form that two runs can share: addresses, positions in library files and tracebacks are
//! not in it.

use std::collections::{BTreeMap, BTreeSet};

use super::driver::{DRIVER, LAST_WORDS};
use crate::seri;
use crate::world::Got;

/// How the service that speaks for the scenario is called in both.
pub(super) const SCENARIO: &str = "(the scenario)";

/// Services of which nothing is compared: the log's own lines name its file.
const SILENT: [&str; 1] = ["logger"];

/// What a run left, as it was found.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// What came of each event: its place in the plan, in the order in which they happened.
    pub outcomes: Vec<(usize, Got)>,
    /// Services that did not start.
    pub failed_launches: Vec<String>,
    /// Whole messages of the log: address, colon and text.
    pub log: Vec<String>,
    /// What services printed.
    pub prints: Vec<u8>,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// By the event's place in the plan: what came of it each time.
    pub outcomes: BTreeMap<usize, Vec<Got>>,
    /// Services that did not start.
    pub failed_launches: BTreeSet<String>,
    /// By service: what it logged.
    pub logs: BTreeMap<String, Vec<String>>,
    /// The lines that services printed, sorted: nobody knows whose they are.
    pub prints: Vec<String>,
    /// Addresses, and whose they are.
    pub names: BTreeMap<u32, String>,
}

impl Transcript {
    /// Takes what a run left. `libraries` are the folders of Skynet's own files, as positions in errors begin.
    #[must_use]
    pub fn new(gathered: Gathered, libraries: &[&str]) -> Transcript {
        let mut transcript =
            Transcript { failed_launches: gathered.failed_launches.into_iter().collect(), ..Transcript::default() };
        for (event, got) in gathered.outcomes {
            transcript.outcomes.entry(event).or_default().push(in_short(got));
        }
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for message in gathered.log {
            let Some((handle, text)) = apart(&message) else { continue };
            if text == LAST_WORDS {
                break;
            }
            if let Some(arguments) = text.strip_prefix("LAUNCH ") {
                let count = counts.entry(arguments.to_owned()).or_default();
                *count += 1;
                transcript.names.insert(handle, name_of(arguments, *count));
            }
            let name = transcript.name(handle);
            if SILENT.contains(&&*name) || text.contains(DRIVER) {
                continue;
            }
            let text = transcript.plain(text, libraries);
            transcript.logs.entry(name).or_default().push(text);
        }
        let prints = String::from_utf8_lossy(&gathered.prints).into_owned();
        transcript.prints = prints.lines().map(|line| transcript.plain(line, libraries)).collect();
        transcript.prints.sort();
        transcript
    }

    /// An address without zeros in front, as the node itself writes it: a word of its own, and that of a service.
    fn short_handle(&self, before: &str, text: &str) -> Option<(u32, usize)> {
        let digits = text[1..].bytes().take_while(u8::is_ascii_hexdigit).count();
        let ends = !text[1 + digits..].starts_with(|c: char| c.is_alphanumeric());
        let handle = u32::from_str_radix(&text[1..=digits], 16).ok()?;
        let known = self.names.contains_key(&handle);
        (ends && known && (before.is_empty() || before.ends_with(' '))).then_some((handle, 1 + digits))
    }

    fn name(&self, handle: u32) -> String {
        // The simulator's own has no line that says it started.
        self.names.get(&handle).cloned().unwrap_or_else(|| SCENARIO.to_owned())
    }

    /// A text without what is by chance.
    #[must_use]
    pub fn plain(&self, text: &str, libraries: &[&str]) -> String {
        let text = text.split("\nstack traceback:").next().unwrap_or(text);
        let text = text.strip_prefix("error: ").unwrap_or(text);
        let text = without_colours(text);
        let words = text.split(' ').filter(|word| !libraries.iter().any(|folder| is_position(word, folder)));
        let words: Vec<&str> = words.collect();
        let text = words.join(" ");
        without_pointers(&self.with_names(&self.call_with_names(&text).unwrap_or(text)))
    }

    /// `lua call [8 to :a : 3 msgsz = 9] ..`, where the first address has no colon. How many requests the driver
    /// has made before differs.
    fn call_with_names(&self, text: &str) -> Option<String> {
        let (source, rest) = text.strip_prefix("lua call [")?.split_once(" to ")?;
        let (to, rest) = rest.split_once(" : ")?;
        let (session, rest) = rest.split_once(" msgsz")?;
        let source = self.name(u32::from_str_radix(source, 16).ok()?);
        let session = if source == SCENARIO { "?" } else { session };
        Some(format!("lua call [<{source}> to {to} : {session} msgsz{rest}"))
    }

    /// With services' names for addresses.
    pub(super) fn with_names(&self, text: &str) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some(colon) = rest.find(':') {
            let (before, from) = rest.split_at(colon);
            result.push_str(before);
            rest = match handle(from).map(|handle| (handle, 9)).or_else(|| self.short_handle(&result, from)) {
                Some((handle, length)) => {
                    result.push_str(&format!(":<{}>", self.name(handle)));
                    &from[length..]
                }
                None => {
                    result.push(':');
                    &from[1..]
                }
            };
        }
        result + rest
    }
}

impl Gathered {
    /// What the driver on the real node wrote down, its log file, and what was printed there. Of an event of which
    /// nothing is written nothing came.
    ///
    /// # Errors
    /// In words: it is not what a driver writes, or the driver did not come to the end.
    pub fn from_real(transcript: &str, log: &str, prints: Vec<u8>) -> Result<Gathered, String> {
        let mut by_place: BTreeMap<(usize, usize), Got> = BTreeMap::new();
        let mut gathered = Gathered { prints, log: messages(log), ..Gathered::default() };
        let strange = |line: &str| format!("the driver wrote `{line}`");
        let mut ended = false;
        for line in transcript.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["end"] => ended = true,
                ["launch", name, _reason] => {
                    let name = bytes(name).ok_or_else(|| strange(line))?;
                    gathered.failed_launches.push(String::from_utf8_lossy(&name).into_owned());
                }
                [kind @ ("values" | "error"), event, nth, data] => {
                    let place = event.parse().ok().zip(nth.parse().ok()).ok_or_else(|| strange(line))?;
                    let data = bytes(data).ok_or_else(|| strange(line))?;
                    let got = match *kind {
                        "values" => Got::Values(seri::decode(&data).map_err(|error| error.to_string())?),
                        _ => Got::Error(String::from_utf8_lossy(&data).into_owned()),
                    };
                    by_place.insert(place, got);
                }
                _ => return Err(strange(line)),
            }
        }
        if !ended {
            return Err("the driver did not come to the end".to_owned());
        }
        let mut last = (usize::MAX, 0);
        for ((event, nth), got) in by_place {
            let before = if last.0 == event { last.1 } else { 0 };
            gathered.outcomes.extend((before + 1..nth).map(|_| (event, Got::Nothing)));
            gathered.outcomes.push((event, got));
            last = (event, nth);
        }
        Ok(gathered)
    }
}

/// Errors by what they say, as far as the two say the same in other words.
fn in_short(got: Got) -> Got {
    match got {
        Got::Error(text) if text.contains("no live service") || text.contains("call to invalid address") => {
            Got::Error("no live service".to_owned())
        }
        Got::Error(text) if text.ends_with("call failed") => Got::Error("call failed".to_owned()),
        other => other,
    }
}

/// The text of digits behind a sign.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.strip_prefix('-')?.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}

/// What the log file calls a service, with its number among those that were started with the same words.
fn name_of(arguments: &str, count: u32) -> String {
    let words = arguments.strip_prefix("snlua ").unwrap_or(arguments).trim();
    if words == DRIVER {
        return SCENARIO.to_owned();
    }
    let words = if arguments.starts_with("logger") { "logger" } else { words };
    if count == 1 { words.to_owned() } else { format!("{words} #{count}") }
}

/// The messages of a log file: each begins with the time and an address, and may have several lines.
fn messages(log: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in log.lines() {
        let begins = line.find(" [:").filter(|at| *at <= 24 && apart(&line[at + 1..]).is_some());
        match (begins, found.last_mut()) {
            (Some(at), _) => found.push(line[at + 1..].to_owned()),
            (None, Some(last)) => last.push_str(&format!("\n{line}")),
            (None, None) => {}
        }
    }
    found
}

/// `[:0000000a] text` in two.
fn apart(message: &str) -> Option<(u32, &str)> {
    let handle = handle(message.strip_prefix('[')?)?;
    Some((handle, message.get(11..)?.strip_prefix(' ')?))
}

/// The address at the beginning of `:0000000a`.
fn handle(text: &str) -> Option<u32> {
    let digits = text.strip_prefix(':')?.get(..8)?;
    let is_handle = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_handle.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

fn is_position(word: &str, folder: &str) -> bool {
    word.starts_with(folder) && word.contains(".lua:") && word.ends_with(':')
}

/// Skynet's master paints errors red.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

/// Addresses of Lua objects say nothing.
fn without_pointers(text: &str) -> String {
    let mut result = text.to_owned();
    for kind in ["table: ", "function: ", "thread: ", "userdata: "] {
        let mut parts = result.split(kind);
        let first = parts.next().unwrap_or_default().to_owned();
        result = parts.fold(first, |text, part| {
            let digits = part.strip_prefix("0x").unwrap_or(part).trim_start_matches(|c: char| c.is_ascii_hexdigit());
            text + kind + if part.len() - digits.len() >= 8 { digits } else { part }
        });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
23/11/26 01:02:03.04 [:00000001] LAUNCH logger /tmp/log
23/11/26 01:02:03.04 [:0000000a] LAUNCH snlua user ann
23/11/26 01:02:03.04 [:0000000b] LAUNCH snlua user ann
23/11/26 01:02:03.05 [:0000000a] lua call [c to :a : 7 msgsz = 1] error : \u{1b}[31m/skynet/lualib/skynet.lua:12: ./user.lua:3: no
stack traceback:
\t[C]: in ?
23/11/26 01:02:03.05 [:0000000c] KILL :a
23/11/26 01:02:03.06 [:0000000b] table: 0x1234567890 is here
23/11/26 01:02:03.06 [:0000000c] skysim: the timeline is over
23/11/26 01:02:03.06 [:0000000b] too late
";

    #[test]
    fn a_log_without_what_is_by_chance() {
        let gathered = Gathered::from_real("end\n", LOG, b"b\na\n".to_vec()).unwrap();
        let transcript = Transcript::new(gathered, &["/skynet/"]);
        let lines = |name: &str| transcript.logs[name].join("\n");
        assert_eq!(
            lines("user ann"),
            "LAUNCH snlua user ann\nlua call [<(the scenario)> to :<user ann> : ? msgsz = 1] error : ./user.lua:3: no"
        );
        assert_eq!(lines("user ann #2"), "LAUNCH snlua user ann\ntable:  is here");
        assert_eq!(lines(SCENARIO), "KILL :<user ann>");
        assert_eq!(transcript.logs.len(), 3);
        assert_eq!(transcript.prints, ["a", "b"]);
    }

    #[test]
    fn what_the_driver_writes() {
        let text = "values 3 2 -02\nerror 1 1 -63616c6c206661696c6564\nlaunch -61 -62\nend\n";
        let gathered = Gathered::from_real(text, "", Vec::new()).unwrap();
        let one = Got::Values(seri::decode(b"\x02").unwrap());
        assert_eq!(gathered.outcomes, [(1, Got::Error("call failed".to_owned())), (3, Got::Nothing), (3, one)]);
        assert_eq!(gathered.failed_launches, ["a"]);
        assert!(Gathered::from_real("values 3 2", "", Vec::new()).is_err());
        assert!(Gathered::from_real("", "", Vec::new()).unwrap_err().contains("to the end"));
    }
}
