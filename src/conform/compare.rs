//! Whether two transcripts agree.

use similar::TextDiff;

use super::transcript::Transcript;
use crate::base::{Table, Value};
use crate::seri;
use crate::world::Got;

/// The wall clock during both runs, in seconds since 1970: two numbers that lie in it are moments, and agree.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// The first.
    pub from_s: f64,
    /// The last.
    pub to_s: f64,
}

/// What comparing came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What differs, a paragraph each.
    pub differences: Vec<String>,
    /// Answers and logs that are other ones in other orders of skysim, too, and on real Skynet were none of them.
    pub by_timing: usize,
}

/// Compares what real Skynet did with what skysim does: in the order of one worker (`ours`, the first) and in others.
/// `describe` says an event of the plan in words.
#[must_use]
pub fn compare(
    real: &Transcript,
    ours: &[Transcript],
    moments: Moments,
    describe: impl Fn(usize) -> String,
) -> Comparison {
    let mut found = Comparison::default();
    let Some((first, others)) = ours.split_first() else { return found };
    if real.failed_launches != first.failed_launches {
        found.differences.push(format!(
            "services that did not start: {:?} on real Skynet, {:?} in skysim",
            real.failed_launches, first.failed_launches
        ));
    }
    let mut events: Vec<usize> = real.outcomes.keys().chain(first.outcomes.keys()).copied().collect();
    events.sort_unstable();
    events.dedup();
    for event in events {
        let times = |transcript: &Transcript| transcript.outcomes.get(&event).map_or(0, Vec::len);
        for nth in 0..times(real).max(times(first)) {
            let (theirs, mine) = (outcome(real, event, nth), outcome(first, event, nth));
            let agree =
                |ours: &Transcript| Judge { real, ours, moments }.same_outcome(theirs, outcome(ours, event, nth));
            if ours.iter().any(agree) {
                continue;
            }
            if others.iter().any(|other| outcome(other, event, nth) != mine) {
                found.by_timing += 1;
                continue;
            }
            let what = describe(event);
            let time = if nth == 0 { String::new() } else { format!(", time {}", nth + 1) };
            let text = format!("{what}{time}\n  real Skynet: {}\n  skysim:      {}", shown(theirs), shown(mine));
            found.differences.push(text);
        }
    }
    let mut services: Vec<&String> = real.logs.keys().chain(first.logs.keys()).collect();
    services.sort();
    services.dedup();
    for service in services {
        let lines = |transcript: &Transcript| transcript.logs.get(service).cloned().unwrap_or_default();
        found.add_lines(&format!("log of {service}"), &lines(real), &ours.iter().map(lines).collect::<Vec<_>>());
    }
    let prints: Vec<Vec<String>> = ours.iter().map(|transcript| transcript.prints.clone()).collect();
    found.add_lines("what services print, sorted", &real.prints, &prints);
    found
}

/// What came of an event that time.
fn outcome(transcript: &Transcript, event: usize, nth: usize) -> &Got {
    transcript.outcomes.get(&event).and_then(|outcomes| outcomes.get(nth)).unwrap_or(&Got::Nothing)
}

impl Comparison {
    fn add_lines(&mut self, what: &str, real: &[String], ours: &[Vec<String>]) {
        let Some(first) = ours.first() else { return };
        if ours.iter().any(|lines| lines == real) {
            return;
        }
        if ours.iter().any(|lines| lines != first) {
            self.by_timing += 1;
        } else {
            self.differences.extend(difference(what, real, first));
        }
    }
}

fn difference(what: &str, real: &[String], ours: &[String]) -> Option<String> {
    if real == ours {
        return None;
    }
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let (real, ours) = (text(real), text(ours));
    let diff = TextDiff::from_lines(&real, &ours);
    Some(format!("{what}\n{}", diff.unified_diff().context_radius(1).header("real Skynet", "skysim")))
}

fn shown(got: &Got) -> String {
    match got {
        Got::Values(values) => seri::display(values),
        Got::Error(text) => format!("error: {text}"),
        Got::Nothing => "no answer".to_owned(),
    }
}

struct Judge<'a> {
    real: &'a Transcript,
    ours: &'a Transcript,
    moments: Moments,
}

impl Judge<'_> {
    fn same_outcome(&self, real: &Got, ours: &Got) -> bool {
        match (real, ours) {
            (Got::Values(real), Got::Values(ours)) => {
                let (real, ours) = (without_nils(real), without_nils(ours));
                real.len() == ours.len() && real.iter().zip(ours).all(|(real, ours)| self.same(real, ours))
            }
            (Got::Error(real), Got::Error(ours)) => self.same_text(real, ours),
            (real, ours) => real == ours,
        }
    }

    fn same(&self, real: &Value, ours: &Value) -> bool {
        if real == ours {
            return true;
        }
        match (real, ours) {
            (Value::Integer(real), Value::Integer(ours)) if self.same_service(*real, *ours) => true,
            (Value::Integer(_) | Value::Float(_), Value::Integer(_) | Value::Float(_)) => {
                self.is_moment(real) && self.is_moment(ours)
            }
            (Value::String(real), Value::String(ours)) => {
                self.same_text(&String::from_utf8_lossy(real), &String::from_utf8_lossy(ours))
            }
            (Value::Table(real), Value::Table(ours)) => {
                let (real, ours) = (entries(real), entries(ours));
                let has = |(key, value): &(Value, Value)| {
                    ours.iter().any(|(other, found)| self.same(key, other) && self.same(value, found))
                };
                real.len() == ours.len() && real.iter().all(has)
            }
            _ => false,
        }
    }

    /// Both are the address of the same service.
    fn same_service(&self, real: i64, ours: i64) -> bool {
        let name = |transcript: &Transcript, handle: i64| {
            u32::try_from(handle).ok().and_then(|handle| transcript.names.get(&handle).cloned())
        };
        name(self.real, real).is_some_and(|found| Some(found) == name(self.ours, ours))
    }

    fn is_moment(&self, number: &Value) -> bool {
        let seconds = match number {
            Value::Integer(number) => *number as f64,
            Value::Float(number) => *number,
            _ => return false,
        };
        (self.moments.from_s..=self.moments.to_s).contains(&seconds)
    }

    fn same_text(&self, real: &str, ours: &str) -> bool {
        real == ours || self.real.with_names(real) == self.ours.with_names(ours)
    }
}

fn without_nils(values: &[Value]) -> &[Value] {
    let length = values.iter().rposition(|value| *value != Value::Nil).map_or(0, |last| last + 1);
    &values[..length]
}

/// A table's pairs, the array's among them.
fn entries(table: &Table) -> Vec<(Value, Value)> {
    let array = table.array.iter().zip(1..).map(|(value, index)| (Value::Integer(index), value.clone()));
    array.chain(table.pairs.iter().cloned()).filter(|(_, value)| *value != Value::Nil).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENTS: Moments = Moments { from_s: 1000.0, to_s: 1010.0 };

    fn transcript(handle: u32, value: Value, line: &str) -> Transcript {
        let mut transcript = Transcript::default();
        transcript.names.insert(handle, "ann".to_owned());
        transcript.outcomes.insert(0, vec![Got::Values(vec![value])]);
        transcript.logs.insert("ann".to_owned(), vec![line.to_owned()]);
        transcript
    }

    fn differences(real: Value, ours: Value) -> usize {
        let describe = |event| format!("event {event}");
        compare(&transcript(9, real, "x"), &[transcript(8, ours, "x")], MOMENTS, describe).differences.len()
    }

    #[test]
    fn addresses_moments_and_order_are_no_differences() {
        assert_eq!(differences(Value::Integer(9), Value::Integer(8)), 0);
        assert_eq!(differences(Value::Integer(8), Value::Integer(9)), 1);
        assert_eq!(differences(Value::Float(1000.5), Value::Integer(1009)), 0);
        assert_eq!(differences(Value::Float(999.0), Value::Integer(1009)), 1);
        assert_eq!(differences("to :00000009".into(), "to :00000008".into()), 0);
        let table = |order: [&str; 2]| Value::table(order.map(|key| (key.into(), true.into())).to_vec());
        assert_eq!(differences(table(["a", "b"]), table(["b", "a"])), 0);
        assert_eq!(differences(table(["a", "b"]), table(["b", "c"])), 1);
    }

    #[test]
    fn what_other_orders_change_is_not_held_against_anybody() {
        let describe = |event| format!("event {event}");
        let ours = [1, 2].map(|number| transcript(8, number.into(), if number == 1 { "a" } else { "b" }));
        let possible = compare(&transcript(8, 2.into(), "b"), &ours, MOMENTS, describe);
        assert_eq!(possible, Comparison::default());
        let other = compare(&transcript(8, 3.into(), "a"), &ours, MOMENTS, describe);
        assert_eq!(other, Comparison { differences: Vec::new(), by_timing: 1 });
    }

    #[test]
    fn a_difference_in_words() {
        let describe = |event| format!("event {event}");
        let (real, ours) = (transcript(9, 1.into(), "a"), transcript(9, 2.into(), "b"));
        let found = compare(&real, &[ours], MOMENTS, describe).differences;
        assert_eq!(found[0], "event 0\n  real Skynet: 1\n  skysim:      2");
        assert_eq!(found[1], "log of ann\n--- real Skynet\n+++ skysim\n@@ -1 +1 @@\n-a\n+b\n");
    }
}
