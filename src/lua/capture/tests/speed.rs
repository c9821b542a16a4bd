//! How long a capture takes: `cargo test --release speed -- --ignored --nocapture`.

#![expect(clippy::disallowed_types, reason = "a measurement looks at the host's clock")]

use std::time::Instant;

use super::{Service, with_state};
use crate::state::render;

const CASES: [(&str, &str); 8] = [
    ("nothing", ""),
    ("10,000 integers", "for i = 1, 10000 do state[i] = i end"),
    ("10,000 string keys", "for i = 1, 10000 do state['key' .. i] = i end"),
    ("10,000 records", "for i = 1, 10000 do state[i] = { id = i, name = 'name' .. i, pos = { x = i, y = 0.5 } } end"),
    ("10,000 sparse keys", "for i = 1, 10000 do state[i * 7919 % 100003] = i end"),
    ("10,000 table keys", "for i = 1, 10000 do state[{ i }] = i end"),
    ("list of 10,000", "local t = state for i = 1, 10000 do t.next = { value = i } t = t.next end"),
    ("10,000 closures", "for i = 1, 10000 do state[i] = function() return i end end"),
];

#[test]
#[ignore = "a measurement"]
fn speed() {
    for (name, code) in CASES {
        let mut service = Service::new();
        service.run(&with_state(code));
        let image = service.arena.save();
        let mut best = [u128::MAX; 2];
        let (mut values, mut bytes) = (0, 0);
        for _ in 0..9 {
            let start = Instant::now();
            // SAFETY: the arena is restored below.
            let graph = unsafe { service.capture_touching() }.unwrap();
            best[0] = best[0].min(start.elapsed().as_nanos());
            let start = Instant::now();
            bytes = render(&graph).len();
            best[1] = best[1].min(start.elapsed().as_nanos());
            values = graph.len();
            service.arena.restore(&image);
        }
        let each = best.map(|nanos| nanos / values as u128);
        println!(
            "{name:20} {values:7} values {bytes:8} bytes  capture {:9} ns ({} each)  render {:9} ns ({} each)",
            best[0], each[0], best[1], each[1]
        );
    }
}
