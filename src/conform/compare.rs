//! Whether two transcripts agree.

use std::collections::BTreeSet;

use similar::TextDiff;

use super::transcript::{SCENARIO, Transcript};
use crate::base::{Table, Value};
use crate::faults::is_runtime;
use crate::seri;
use crate::world::Got;

/// How the line begins that says of a service that it was started.
const LAUNCH: &str = "LAUNCH ";

/// The wall clock during all runs, in seconds since 1970: two numbers that lie in it are moments, and agree.
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
    /// Answers and logs that agree: those in which a service says something, and not only that it was started.
    pub agreed: usize,
    /// Answers and logs that are other ones in other orders, and agree in none of them.
    pub by_timing: usize,
}

/// Compares what real Skynet did with what skysim does. `real` and `ours` are runs of the same plan, in such orders as came
/// about there and were tried here; the first of each is told where they differ. `describe` says an event of the plan in
/// words.
#[must_use]
pub fn compare(
    real: &[Transcript],
    ours: &[Transcript],
    moments: Moments,
    describe: impl Fn(usize) -> String,
) -> Comparison {
    let mut found = Comparison::default();
    let (Some(theirs), Some(mine)) = (real.first(), ours.first()) else { return found };
    let both = || real.iter().chain(ours);
    found.count(
        real,
        ours,
        |real, ours| real.failed_launches == ours.failed_launches,
        |transcript| !transcript.failed_launches.is_empty(),
        || {
            let (theirs, mine) = (&theirs.failed_launches, &mine.failed_launches);
            format!("services that did not start: {theirs:?} on real Skynet, {mine:?} in skysim")
        },
    );
    let events: BTreeSet<usize> = both().flat_map(|transcript| transcript.outcomes.keys().copied()).collect();
    for event in events {
        let times = both().map(|transcript| transcript.outcomes.get(&event).map_or(0, Vec::len)).max().unwrap_or(0);
        for nth in 0..times {
            found.count(
                real,
                ours,
                |real, ours| {
                    let judge = Judge { real, ours, moments };
                    judge.same_outcome(outcome(real, event, nth), outcome(ours, event, nth))
                },
                |transcript| *outcome(transcript, event, nth) != Got::Nothing,
                || {
                    let what = describe(event);
                    let time = if nth == 0 { String::new() } else { format!(", time {}", nth + 1) };
                    let (theirs, mine) = (shown(outcome(theirs, event, nth)), shown(outcome(mine, event, nth)));
                    format!("{what}{time}\n  real Skynet: {theirs}\n  skysim:      {mine}")
                },
            );
        }
    }
    let services: BTreeSet<&String> = both().flat_map(|transcript| transcript.logs.keys()).collect();
    for service in services {
        let of = |transcript: &'_ Transcript| transcript.logs.get(service).cloned().unwrap_or_default();
        found.count(
            real,
            ours,
            |real, ours| of(real) == of(ours),
            |transcript| !is_of_any_node(service) && of(transcript).iter().any(|line| !line.starts_with(LAUNCH)),
            || difference(&format!("log of {service}"), &of(theirs), &of(mine)),
        );
    }
    found.count(
        real,
        ours,
        |real, ours| real.prints == ours.prints,
        |transcript| !transcript.prints.is_empty(),
        || difference("what services print, sorted", &theirs.prints, &mine.prints),
    );
    found
}

/// Whether every node has that service, so that what it logs says nothing of the scenario.
fn is_of_any_node(service: &str) -> bool {
    service == SCENARIO || is_runtime(service.split(' ').next().unwrap_or_default())
}

/// What came of an event that time.
fn outcome(transcript: &Transcript, event: usize, nth: usize) -> &Got {
    transcript.outcomes.get(&event).and_then(|outcomes| outcomes.get(nth)).unwrap_or(&Got::Nothing)
}

impl Comparison {
    /// Compares one thing of all runs, as `agree` does. `says` tells whether there is anything of it in a run.
    fn count(
        &mut self,
        real: &[Transcript],
        ours: &[Transcript],
        agree: impl Fn(&Transcript, &Transcript) -> bool,
        says: impl Fn(&Transcript) -> bool,
        differ: impl Fn() -> String,
    ) {
        let varies = |runs: &[Transcript]| runs.iter().skip(1).any(|run| !agree(&runs[0], run));
        if real.iter().any(|real| ours.iter().any(|ours| agree(real, ours))) {
            self.agreed += usize::from(real.iter().any(says));
        } else if varies(ours) || varies(real) {
            self.by_timing += 1;
        } else {
            self.differences.push(differ());
        }
    }
}

fn difference(what: &str, real: &[String], ours: &[String]) -> String {
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let (real, ours) = (text(real), text(ours));
    let diff = TextDiff::from_lines(&real, &ours);
    format!("{what}\n{}", diff.unified_diff().context_radius(1).header("real Skynet", "skysim"))
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
        compare(&[transcript(9, real, "x")], &[transcript(8, ours, "x")], MOMENTS, describe).differences.len()
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
        let run = |handle, number: i64, line| transcript(handle, number.into(), line);
        let ours = [run(8, 1, "a"), run(8, 2, "b")];
        let possible = compare(&[run(8, 2, "b")], &ours, MOMENTS, describe);
        assert_eq!(possible, Comparison { agreed: 2, ..Comparison::default() });
        let other = compare(&[run(8, 3, "a")], &ours, MOMENTS, describe);
        assert_eq!(other, Comparison { agreed: 1, by_timing: 1, ..Comparison::default() });
        // Real Skynet's own runs count as well.
        let again = compare(&[run(8, 3, "a"), run(8, 1, "c")], &ours[..1], MOMENTS, describe);
        assert_eq!(again, Comparison { agreed: 2, ..Comparison::default() });
        let never = compare(&[run(8, 3, "a"), run(8, 4, "a")], &ours[..1], MOMENTS, describe);
        assert_eq!(never, Comparison { agreed: 1, by_timing: 1, ..Comparison::default() });
        // What is a moment in all of them does not depend on timing: real Skynet says something else.
        let ours = [run(8, 1001, "a"), run(8, 1002, "a")];
        assert_eq!(compare(&[run(8, 3, "a")], &ours, MOMENTS, describe).differences.len(), 1);
    }

    #[test]
    fn that_services_are_started_is_not_enough_to_agree() {
        let mut silent = Transcript::default();
        silent.logs.insert("ann".to_owned(), vec!["LAUNCH snlua ann".to_owned()]);
        silent.logs.insert("bootstrap".to_owned(), vec!["KILL self".to_owned()]);
        silent.outcomes.insert(0, vec![Got::Nothing]);
        assert_eq!(compare(&[silent.clone()], &[silent], MOMENTS, |_| String::new()), Comparison::default());
    }

    #[test]
    fn a_difference_in_words() {
        let describe = |event| format!("event {event}");
        let (real, ours) = (transcript(9, 1.into(), "a"), transcript(9, 2.into(), "b"));
        let found = compare(&[real], &[ours], MOMENTS, describe).differences;
        assert_eq!(found[0], "event 0\n  real Skynet: 1\n  skysim:      2");
        assert_eq!(found[1], "log of ann\n--- real Skynet\n+++ skysim\n@@ -1 +1 @@\n-a\n+b\n");
    }
}
