//! A run as a page for a browser, live or recorded: one HTML file that needs nothing else. Owns what the page is
//! told and how it looks; must not know servers, files or flags.
//!
//! | file | owns |
//! |---|---|
//! | `recording` | what is taken down while a run is played |
//! | `panel` | what a monitor shows |
//! | `traced` | the same from a trace |
//! | `page.html`, `page.css`, `page.js` | the page |
//!
//! The page is told everything by one JSON object (`Page`), and by further ones of the same form while a run goes on:
//!
//! | key | value |
//! |---|---|
//! | `live` | whether there is a server to ask for more; not in further ones, nor are the next six |
//! | `title`, `scenario`, `seed`, `schedule`, `lua`, `until` | what was run; `until` in nanoseconds or null |
//! | `now`, `event` | how far the run is |
//! | `samples` | each with `t`, `mail` (pairs of service and length of its mailbox) and `panels`; null where nothing changed |
//! | `messages` | each `[event, cause, t, from, to, kind, what]` |
//! | `lines` | each `[t, service, text]` |
//! | `missed` | how many messages and lines were too many |
//! | `complaint` | what is wrong with the monitor, or null |
//! | `end` | null, or `verdict`, `ending`, `failures` (texts) and `states` (a text for each service) |

use serde_json::{Value as Json, json};

use super::heading::Heading;
use crate::base::VirtualTime;
use crate::world::{RunReport, Standing};

mod panel;
mod recording;
mod traced;

pub use panel::{Cell, Panel, panels};
pub use recording::{Known, Line, Recording};
pub use traced::traced;

const SHELL: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Whether a page has somebody to ask for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A server that plays the run.
    Server,
    /// Nobody: all there is stands in the page.
    Itself,
}

/// What a page knows before anything has happened.
#[must_use]
pub fn head(heading: &Heading, until: Option<VirtualTime>, source: Source) -> Json {
    json!({
        "live": source == Source::Server,
        "title": heading.title,
        "scenario": heading.scenario,
        "seed": heading.seed.to_string(),
        "schedule": heading.schedule,
        "lua": heading.lua,
        "until": until.map(VirtualTime::as_nanos),
    })
}

/// How a run ended, and how its services stood then.
#[must_use]
pub fn end(report: &RunReport, last: &Standing) -> Json {
    let states: serde_json::Map<String, Json> =
        last.services.iter().map(|service| (service.name.clone(), json!(service.state))).collect();
    json!({
        "verdict": report.verdict.as_str(),
        "ending": report.ending.reason(),
        "failures": report.failures.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "states": states,
    })
}

/// All keys of several objects in one.
#[must_use]
pub fn merged(parts: impl IntoIterator<Item = Json>) -> Json {
    let mut all = serde_json::Map::new();
    for part in parts {
        if let Json::Object(part) = part {
            all.extend(part);
        }
    }
    Json::Object(all)
}

/// The page with what it is told.
#[must_use]
pub fn page(told: &Json) -> String {
    // Inside of <script> nothing is read but its end, which begins with this sign.
    let told = told.to_string().replace('<', "\\u003c");
    let mut page = String::with_capacity(SHELL.len() + STYLE.len() + SCRIPT.len() + told.len());
    let mut rest = SHELL;
    for (mark, text) in [("/*style*/", STYLE), ("/*told*/", &told), ("/*script*/", SCRIPT)] {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(text);
        rest = after;
    }
    page.push_str(rest);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_whole_and_holds_what_it_is_told() {
        let page = page(&json!({ "title": "</script><b>" }));
        assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
        assert!(page.contains(STYLE) && page.contains(SCRIPT));
        assert!(page.contains(r#"{"title":"\u003c/script>\u003cb>"}"#));
        assert_eq!(page.matches("</script>").count(), 2, "the data and the script, and nothing that data ends");
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for text in [SHELL, STYLE, SCRIPT] {
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"));
        }
    }
}
