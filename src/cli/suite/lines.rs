//! Line numbers in the text of a state: `function services/room.lua:12`. A comment more at the top of a file moves all of them
//! and changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A file and a line of it.
static PLACES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([^ \t\n:"'()@]+\.lua):([0-9]+)"#).unwrap_or_else(|error| panic!("bug in skysim: {error}"))
});

/// Whether two texts are the same but for line numbers whose order in each file is the same: who stood first still does.
pub(super) fn same_but_moved(one: &str, two: &str) -> bool {
    ranked(one) == ranked(two)
}

/// Each line's number as its place among those of its file that the text names.
fn ranked(text: &str) -> String {
    let mut lines: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for (_, [file, line]) in PLACES.captures_iter(text).map(|found| found.extract()) {
        lines.entry(file).or_default().insert(line.parse().unwrap_or(u64::MAX));
    }
    let rank = |found: &Captures<'_>| {
        let line = found[2].parse().unwrap_or(u64::MAX);
        let rank = lines.get(&found[1]).map_or(0, |lines| lines.range(..line).count());
        format!("{}:#{rank}", &found[1])
    };
    PLACES.replace_all(text, rank).into_owned()
}

/// The text without line numbers.
pub(super) fn without(text: &str) -> String {
    PLACES.replace_all(text, "$1").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_move_and_not_change_places() {
        let text = "a = function x.lua:7\nb = function x.lua:12\nc = function y.lua:12\ne = \"x.lua:12: broken\"";
        let moved = text.replace("x.lua:7", "x.lua:9").replace("x.lua:12", "x.lua:13");
        assert!(same_but_moved(text, &moved));
        assert!(!same_but_moved(text, &text.replace("b = function x.lua:12", "b = function x.lua:6")));
        assert!(!same_but_moved(text, &text.replace("b = function x.lua:12", "b = function x.lua:7")));
        assert!(!same_but_moved(text, &text.replace("y.lua", "x.lua")));
        assert!(!same_but_moved("at = 7", "at = 8"));
        assert_eq!(without("a = function lib/x.lua:7, at 8:30"), "a = function lib/x.lua, at 8:30");
    }
}
