//! Rules against messages made by hand.

use super::{Enabled, FaultRules, reaches};
use crate::base::{EventNumber, Handle, MessageKind, Seed, Session, Span, Value, VirtualTime};
use crate::kernel::{Interceptor, Message, Ruling, Sending, Verdict};
use crate::memory::PayloadStore;
use crate::scenario::{Budget, Dose, FaultKind, FaultRule, Glob, Scenario};
use crate::seri;

const HEAD: &str = "schema = 1\n[node]\nstart = \"main\"\n";

fn rules(text: &str) -> Vec<FaultRule> {
    let scenario = Scenario::from_toml("test.toml", &format!("{HEAD}{text}")).unwrap();
    scenario.expand(Seed(7)).faults
}

/// Messages from one service to another, one each microsecond.
struct Post {
    rules: FaultRules,
    payloads: PayloadStore,
    now: u64,
    /// How many messages wait before each.
    waiting: usize,
}

impl Post {
    fn new(text: &str, seed: u64) -> Post {
        Post::with(&rules(text), seed)
    }

    fn with(rules: &[FaultRule], seed: u64) -> Post {
        let rules = FaultRules::new(rules, &Budget::default(), Seed(seed)).unwrap();
        Post { rules, payloads: PayloadStore::new(), now: 0, waiting: 0 }
    }

    fn send(&mut self, from: &str, to: &str, command: &str) -> Option<Ruling> {
        self.post(from, to, command, MessageKind::LUA, 5)
    }

    fn post(&mut self, from: &str, to: &str, command: &str, kind: MessageKind, session: i32) -> Option<Ruling> {
        self.now += 1_000;
        let mut message = Message::bare(Handle(1), Session(session), kind, EventNumber(1));
        message.data = self.payloads.copy(&seri::encode(&[command.into(), Value::Integer(1)]).unwrap());
        let now = VirtualTime::from_nanos(self.now);
        let sending = Sending { now, from: Some(from), to: Handle(2), to_label: to, waiting: self.waiting };
        self.rules.judge(sending, &message)
    }

    fn verdicts(&mut self, times: u32) -> Vec<Option<Verdict>> {
        (0..times).map(|_| self.send("ann", "room", "say").map(|ruling| ruling.verdict)).collect()
    }
}

#[test]
fn the_first_matching_rule_wins() {
    let mut post = Post::new(
        r#"
        [[fault]]
        match = { to = "room", command = "join" }
        delay = "5ms"
        [[fault]]
        match = { from = "a*", to = "room" }
        drop = true
        "#,
        1,
    );
    let delay = Verdict::Delay(Span::from_millis(5));
    assert_eq!(post.send("ann", "room", "join"), Some(Ruling { rule: 0, verdict: delay }));
    assert_eq!(post.send("ann", "room", "say"), Some(Ruling { rule: 1, verdict: Verdict::Drop }));
    assert_eq!(post.send("bob", "room", "say"), None);
    assert_eq!(post.send("ann", "hall", "join"), None);
    let counts = post.rules.counts();
    assert_eq!((counts[0].matches, counts[0].effects, counts[1].effects), (1, 1, 1));
    assert_eq!(post.rules.rule_name(1), "fault-2");
}

#[test]
fn a_rule_that_takes_a_message_and_does_nothing_keeps_it_from_the_next() {
    let mut post = Post::new(
        "[[fault]]\nmatch = { to = \"room\" }\ndrop = false\n[[fault]]\nmatch = { to = \"room\" }\ndrop = true\n",
        1,
    );
    assert_eq!(post.send("ann", "room", "say"), None);
    assert_eq!(post.rules.counts()[0].enabled, Enabled::No);
    assert_eq!((post.rules.counts()[1].matches, post.rules.counts()[1].effects), (1, 0));
}

#[test]
fn the_nth_message_only() {
    let mut post = Post::new("[[fault]]\nmatch = { to = \"room\", nth = 3 }\ndrop = true\n", 1);
    assert_eq!(post.verdicts(5), [None, None, Some(Verdict::Drop), None, None]);
    assert_eq!(post.rules.counts()[0].matches, 1);
}

#[test]
fn a_window_of_time() {
    let mut post = Post::new("[[fault]]\nmatch = { after = \"2us\", before = \"4us\" }\ndrop = true\n", 1);
    let dropped = Some(Verdict::Drop);
    assert_eq!(post.verdicts(5), [None, dropped, dropped, None, None]);
}

#[test]
fn types_and_requests() {
    let mut post = Post::new("[[fault]]\nmatch = { type = \"response\" }\nerror = true\n", 1);
    assert_eq!(post.send("ann", "room", "say"), None);
    assert_eq!(post.post("ann", "room", "say", MessageKind::RESPONSE, 5), None, "an answer has no asker");
    let mut post = Post::new("[[fault]]\nerror = true\n", 1);
    assert_eq!(post.verdicts(1), [Some(Verdict::Error)]);
    assert_eq!(post.post("ann", "room", "say", MessageKind::LUA, 0), None, "nobody waits for a plain send");
    assert!(
        FaultRules::new(&rules("[[fault]]\nmatch = { type = \"letter\" }\ndrop = true\n"), &Budget::default(), Seed(1))
            .is_err()
    );
}

#[test]
fn the_node_itself_is_met_only_by_name() {
    let mut post = Post::new("[[fault]]\ndrop = true\n", 1);
    assert_eq!(post.send("driver", "room", "say"), None);
    assert_eq!(post.send("room", "launcher", "LAUNCH"), None);
    assert!(post.send("ann", "room", "say").is_some());
    let mut post = Post::new("[[fault]]\nmatch = { from = \"driver\" }\ndrop = true\n", 1);
    assert!(post.send("driver", "room", "say").is_some());
    assert!(reaches(&Glob::new("logger"), "logger") && !reaches(&Glob::new("log*"), "logger"));
}

#[test]
fn a_late_copy() {
    let mut post = Post::new("[[fault]]\nduplicate = true\ndelay = \"1ms\"\n", 1);
    assert_eq!(post.verdicts(1), [Some(Verdict::Duplicate(Span::from_millis(1)))]);
    let mut post = Post::new("[[fault]]\nduplicate = true\n", 1);
    assert_eq!(post.verdicts(1), [Some(Verdict::Duplicate(Span::ZERO))]);
}

#[test]
fn one_rules_draws_do_not_shift_anothers() {
    let second = "[[fault]]\nname = \"b\"\nmatch = { to = \"room\" }\ndrop = 0.5\ndelay = [\"1ms\", \"9ms\"]\n";
    let first = "[[fault]]\nname = \"a\"\nmatch = { to = \"hall\" }\ndrop = 0.5\n";
    let alone = Post::new(second, 3).verdicts(50);
    let shadowed = format!("[[fault]]\nname = \"c\"\nprobability = 0.5\nduplicate = true\n{second}");
    let behind = Post::new(&shadowed, 3).verdicts(50);
    let copied = |verdict: &Option<Verdict>| *verdict == Some(Verdict::Duplicate(Span::ZERO));
    assert!(behind.iter().zip(&alone).all(|(behind, alone)| copied(behind) || behind == alone));
    let mut both = Post::new(&format!("{first}{second}"), 3);
    let mixed: Vec<_> = (0..50)
        .map(|_| {
            both.send("ann", "hall", "say");
            both.verdicts(1)[0]
        })
        .collect();
    assert_eq!(alone, mixed);
    assert!(alone.contains(&Some(Verdict::Drop)));
    assert_ne!(alone, Post::new(second, 4).verdicts(50));
}

#[test]
fn pinned_rules_repeat_what_was_drawn_under_any_seed() {
    let text = "[[fault]]\ndrop = 0.2\nduplicate = 0.3\nerror = 0.1\ndelay = [\"0ms\", \"4ms\"]\n";
    let mut drawn = Post::new(text, 11);
    let verdicts = drawn.verdicts(200);
    let pinned = drawn.rules.pinned();
    assert!(pinned.iter().all(|rule| !rule.is_random()));
    assert_eq!(Post::with(&pinned, 12).verdicts(200), verdicts);
}

#[test]
fn what_drew_nothing_is_pinned_to_nothing() {
    let post = Post::new("[[fault]]\ndrop = 0.2\ndelay = [\"1ms\", \"4ms\"]\n", 11);
    let pinned = post.rules.pinned();
    assert_eq!(pinned[0].doses[&FaultKind::Drop], Dose::Matches([].into()));
    assert_eq!(pinned[0].doses[&FaultKind::Delay], Dose::Amounts([].into()));
    assert_eq!(FaultRules::new(&pinned, &Budget::default(), Seed(0)).unwrap().counts()[0].enabled, Enabled::No);
}

#[test]
fn a_message_overtakes_only_what_waits() {
    let mut post = Post::new("[[fault]]\nreorder = 3\n", 1);
    assert_eq!(post.verdicts(1), [None], "nobody waits");
    post.waiting = 2;
    assert_eq!(post.verdicts(1), [Some(Verdict::Overtake(2))]);
    assert_eq!((post.rules.counts()[0].matches, post.rules.counts()[0].effects), (2, 1));
    assert_eq!(post.rules.pinned()[0].doses[&FaultKind::Reorder], Dose::Amounts([(2, 3)].into()));
}

#[test]
fn what_a_rule_does_not_take_is_left_to_the_next() {
    let text = "[[fault]]\nprobability = 0.5\ndrop = true\n[[fault]]\nprobability = 0.5\nduplicate = true\n";
    let mut drawn = Post::new(text, 5);
    let verdicts = drawn.verdicts(100);
    let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
    let counts = [Some(Verdict::Drop), Some(Verdict::Duplicate(Span::ZERO)), None].map(count);
    assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
    let pinned = drawn.rules.pinned();
    assert!(pinned.iter().all(|rule| !rule.is_random()));
    assert_eq!(Post::with(&pinned, 6).verdicts(100), verdicts);
}
