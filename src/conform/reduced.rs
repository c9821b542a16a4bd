//! What of a plan can be played on real Skynet. The rest is left out on both sides, and told.

use std::path::Path;

use crate::base::{Span, VirtualTime};
use crate::scenario::{Action, Answer, Dialect, Event, Expect, Glob, Permission, Plan, Reload, Trigger};

/// A plan without what only a simulator can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced {
    /// The plan that both play.
    pub plan: Plan,
    /// What is not in it, in words.
    pub left_out: Vec<String>,
}

/// The playable part of a plan, or why there is none.
///
/// # Errors
/// In words: what of the plan has no meaning on real Skynet, or would be a danger to the host.
pub fn reduce(plan: &Plan) -> Result<Reduced, String> {
    refuse(plan)?;
    let mut left_out = Counts::default();
    let mut reduced = plan.clone();
    left_out.add("fault rule", plan.faults.len());
    left_out.add("pin", plan.pins.len());
    left_out.add("branch", plan.branches.len());
    reduced.faults.clear();
    reduced.pins.clear();
    reduced.branches.clear();
    reduced.reloads.clear();
    reduced.checks.clear();
    reduced.expect = Expect::default();
    reduced.buggify = Permission::Refused;
    reduced.detect.clear();
    reduced.schedule = "skynet".to_owned();
    reduced.node.thread = Some(1);
    reduced.events.clear();
    for event in &plan.events {
        match event.action {
            Action::Pause(_) => left_out.add("pause", 1),
            Action::Resume(_) => left_out.add("resume", 1),
            _ if matches!(event.trigger, Trigger::When(_)) => left_out.add("`when`", 1),
            Action::Reload(ref name) => match plan.reload(name).and_then(Reload::spelled_out) {
                Some(actions) => {
                    reduced.events.extend(actions.into_iter().map(|action| Event { action, ..event.clone() }));
                }
                None => left_out.add("reload", 1),
            },
            _ => {
                let events = for_each_service(plan, event);
                if events.is_empty() {
                    left_out.add("event on services that are not in the plan", 1);
                }
                reduced.events.extend(events.into_iter().map(in_ticks));
            }
        }
    }
    Ok(Reduced { plan: reduced, left_out: left_out.words() })
}

/// What real Skynet counts time in.
const TICK: Span = Span::from_ticks(1);

/// An event at a moment that real Skynet knows: it counts ticks. Moments become earlier, as they do there; spans longer.
fn in_ticks(mut event: Event) -> Event {
    let down = |at: VirtualTime| VirtualTime::from_ticks(at.as_ticks());
    let up = |span: Span| Span::from_ticks(span.as_nanos().div_ceil(TICK.as_nanos()));
    match &mut event.trigger {
        Trigger::At(at) => *at = down(*at),
        Trigger::Every { period, from, .. } => {
            *from = down(*from);
            *period = up(*period);
        }
        Trigger::When(_) => {}
    }
    match &mut event.action {
        Action::Kill { restart_after, .. } | Action::Exit { restart_after, .. } => {
            *restart_after = restart_after.map(up);
        }
        _ => {}
    }
    event
}

fn refuse(plan: &Plan) -> Result<(), String> {
    if plan.dialect == Dialect::Tutorial {
        return Err("its services use names of the dialect `tutorial`, which real Skynet lacks".to_owned());
    }
    let node = &plan.node;
    let own = [
        ("config", node.config.is_some()),
        ("bootstrap", node.bootstrap.is_some()),
        ("lualoader", node.lualoader.is_some()),
        ("logger", node.logger.is_some()),
        ("harbor", node.harbor.is_some_and(|harbor| harbor != 0)),
    ];
    if let Some((key, _)) = own.iter().find(|(_, given)| *given) {
        return Err(format!("[node] has a `{key}` of its own"));
    }
    let written = plan.events.iter().filter_map(|event| match &event.action {
        Action::Write { path, .. } => Some(path),
        _ => None,
    });
    let new = plan.reloads.iter().flat_map(|reload| reload.files.iter().map(|file| &file.path));
    if let Some(path) = written.chain(new).find(|path| Path::new(path).is_absolute()) {
        return Err(format!("it writes `{path}`, which may be a file of this machine"));
    }
    Ok(())
}

/// An event on several services as one event on each: the driver knows only the plan's own.
fn for_each_service(plan: &Plan, event: &Event) -> Vec<Event> {
    let named = |glob: &Glob| -> Vec<Glob> {
        let known = plan.services.iter().filter(|service| glob.matches(&service.name));
        match glob.literal() {
            Some(name) if name.starts_with('.') => vec![glob.clone()],
            _ => known.map(|service| Glob::new(&*service.name)).collect(),
        }
    };
    let with = |action: Action| Event { action, ..event.clone() };
    match &event.action {
        Action::Call { to, args, kind, .. } => {
            let (to, args, kind) = (to.clone(), args.clone(), kind.clone());
            let known = !named(&Glob::new(&*to)).is_empty();
            let call = Action::Call { to, args, kind, expect: Answer::Any };
            known.then(|| with(call)).into_iter().collect()
        }
        Action::Send { to, args, kind } => {
            let send = |to| with(Action::Send { to, args: args.clone(), kind: kind.clone() });
            named(to).into_iter().map(send).collect()
        }
        Action::Inject { to, file, args } => {
            let inject = |to| with(Action::Inject { to, file: file.clone(), args: args.clone() });
            named(to).into_iter().map(inject).collect()
        }
        Action::Kill { service, restart_after } => {
            let kill = |service| with(Action::Kill { service, restart_after: *restart_after });
            named(service).into_iter().map(kill).collect()
        }
        Action::Exit { service, restart_after } => {
            let exit = |service| with(Action::Exit { service, restart_after: *restart_after });
            named(service).into_iter().map(exit).collect()
        }
        Action::Restart(service) => named(service).into_iter().map(|service| with(Action::Restart(service))).collect(),
        Action::Pause(_) | Action::Resume(_) | Action::Write { .. } | Action::Reload(_) | Action::Log(_) => {
            vec![event.clone()]
        }
    }
}

/// The moment at which the plan's timeline has nothing more to do, if it ends at all.
#[must_use]
pub fn last_event(plan: &Plan) -> Option<VirtualTime> {
    let mut ends = plan.events.iter().map(|event| match &event.trigger {
        Trigger::At(at) => Some(*at),
        Trigger::Every { from, to, period, times } => {
            let by_times = times.map(|times| {
                let span = period.as_nanos().saturating_mul(times.saturating_sub(1));
                VirtualTime::from_nanos(from.as_nanos().saturating_add(span))
            });
            [*to, by_times].into_iter().flatten().min()
        }
        Trigger::When(_) => Some(VirtualTime::ZERO),
    });
    ends.try_fold(VirtualTime::ZERO, |last, end| Some(last.max(end?)))
}

#[derive(Default)]
struct Counts(Vec<(&'static str, usize)>);

impl Counts {
    fn add(&mut self, what: &'static str, count: usize) {
        match self.0.iter_mut().find(|(known, _)| *known == what) {
            Some((_, sum)) => *sum += count,
            None if count > 0 => self.0.push((what, count)),
            None => {}
        }
    }

    fn words(self) -> Vec<String> {
        self.0.into_iter().map(|(what, count)| format!("{count} {what}{}", if count == 1 { "" } else { "s" })).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn plan(more: &str) -> Plan {
        let services = "[[service]]\nname = \"a1\"\nfile = \"a\"\n[[service]]\nname = \"a2\"\nfile = \"a\"\n";
        let scenario = Scenario::from_toml("test.toml", &format!("schema = 1\n{services}{more}")).unwrap();
        scenario.expand(scenario.seed())
    }

    #[test]
    fn what_only_a_simulator_can_do_is_left_out_and_told() {
        let plan = plan(
            "[[event]]\nat = \"1s\"\nkill = \"a*\"\n[[event]]\nat = \"1s\"\npause = \"a1\"\n\
             [[event]]\nat = \"1s\"\nkill = \"b*\"\n[[event]]\nwhen = { service = \"a1\" }\nkill = \"a2\"\n\
             [[fault]]\ndrop = 0.5\n",
        );
        let reduced = reduce(&plan).unwrap();
        let killed: Vec<&Action> = reduced.plan.events.iter().map(|event| &event.action).collect();
        let kill = |name: &str| Action::Kill { service: Glob::new(name), restart_after: None };
        assert_eq!(killed, [&kill("a1"), &kill("a2")]);
        let told = ["1 fault rule", "1 pause", "1 event on services that are not in the plan", "1 `when`"];
        assert_eq!(reduced.left_out, told);
    }

    #[test]
    fn plans_of_which_nothing_can_be_played() {
        let write = "[[event]]\nat = \"1s\"\nwrite = { path = \"/etc/x\", text = \"\" }\n";
        assert!(reduce(&plan(write)).unwrap_err().contains("/etc/x"));
        let dialect = Scenario::from_toml("test.toml", "schema = 1\ndialect = \"tutorial\"\n").unwrap();
        assert!(reduce(&dialect.expand(dialect.seed())).unwrap_err().contains("dialect"));
        assert!(reduce(&plan("[node]\nharbor = 1\n")).unwrap_err().contains("harbor"));
    }

    #[test]
    fn both_sides_count_ticks() {
        let reduced = reduce(&plan(
            "[[event]]\nat = \"1009ms\"\nkill = \"a1\"\nrestart_after = \"1ms\"\n\
             [[event]]\nevery = \"21ms\"\nfrom = \"19ms\"\nlog = \"x\"\n",
        ));
        let events = reduced.unwrap().plan.events;
        assert_eq!(events[0].trigger, Trigger::At(VirtualTime::from_ticks(100)));
        assert!(matches!(events[0].action, Action::Kill { restart_after: Some(after), .. } if after == TICK));
        let Trigger::Every { period, from, .. } = events[1].trigger else { panic!("{events:?}") };
        assert_eq!((period, from), (Span::from_ticks(3), VirtualTime::from_ticks(1)));
    }

    #[test]
    fn the_last_event() {
        let every = "[[event]]\nevery = \"1s\"\nfrom = \"2s\"\ntimes = 3\nlog = \"x\"\n";
        assert_eq!(last_event(&plan(every)), Some(VirtualTime::from_nanos(4_000_000_000)));
        assert_eq!(last_event(&plan("[[event]]\nevery = \"1s\"\nlog = \"x\"\n")), None);
    }
}
