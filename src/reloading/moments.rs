//! Before which messages reloads happen.

use std::collections::BTreeSet;

use crate::base::{Seed, Stream};

/// `tries` lists of `times` moments out of the messages behind the first `early`, each list in its order. One reload a try, and
/// no more messages than tries: each message once.
#[must_use]
pub fn draw(seed: Seed, early: u64, messages: u64, tries: u64, times: u64) -> Vec<Vec<u64>> {
    let late = messages.saturating_sub(early);
    if late == 0 {
        return Vec::new();
    }
    if times == 1 && late <= tries {
        return (early + 1..=messages).map(|nth| vec![nth]).collect();
    }
    let mut stream = Stream::new(seed, "reloads");
    let mut seen = BTreeSet::new();
    let mut one = || (0..times).map(|_| early + 1 + stream.below(late)).collect::<BTreeSet<u64>>();
    let drawn = (0..tries).map(|_| one());
    drawn.filter(|moments| seen.insert(moments.clone())).map(|moments| moments.into_iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_messages_are_all_tried_and_many_drawn() {
        assert_eq!(draw(Seed(1), 2, 5, 20, 1), [[3], [4], [5]]);
        let many = draw(Seed(1), 2, 1000, 20, 1);
        assert!(many.len() > 15 && many.iter().flatten().all(|nth| (3..=1000).contains(nth)));
        assert_eq!(many, draw(Seed(1), 2, 1000, 20, 1));
        assert!(draw(Seed(1), 3, 3, 20, 1).is_empty());
        assert_ne!(many, draw(Seed(2), 2, 1000, 20, 1));
        assert!(
            draw(Seed(1), 0, 50, 20, 2).iter().all(|moments| moments.is_sorted() && (1..=2).contains(&moments.len()))
        );
    }
}
