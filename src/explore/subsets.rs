//! Leaving out as much of a list as possible: delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
//! Failure-Inducing Input", 2002), complements only, since what fails here seldom fails with a small part of it.

/// The indices of a list that must stay, in order: leaving out any single one of them is not `good` any more, as
/// far as `good` could be asked. It is asked with candidates that are always smaller than the last good one.
pub(super) fn needed(length: usize, mut good: impl FnMut(&[usize]) -> bool) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..length).collect();
    let mut chunk = length;
    while chunk > 0 && !kept.is_empty() {
        let mut start = 0;
        let mut shrunk = false;
        while start < kept.len() {
            let end = (start + chunk).min(kept.len());
            let candidate = [&kept[..start], &kept[end..]].concat();
            if good(&candidate) {
                kept = candidate;
                shrunk = true;
            } else {
                start = end;
            }
        }
        // What could not be left out may be, now that something else is gone.
        if chunk > 1 {
            chunk = (chunk / 2).min(kept.len().max(1));
        } else if !shrunk {
            break;
        }
    }
    kept
}
