//! Patterns over names: `*` is any run of characters, `?` any one. Names of services contain `:` and
//! `.`, which are ordinary characters here.

use std::fmt;

/// A pattern that names are compared with; a text without `*` and `?` matches only itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glob(String);

impl Glob {
    /// The pattern as it is written. Every text is a pattern.
    #[must_use]
    pub fn new(pattern: impl Into<String>) -> Glob {
        Glob(pattern.into())
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one name that the pattern can match, if there is only one.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        (!self.0.contains(['*', '?'])).then_some(&*self.0)
    }

    /// Whether the whole of `name` matches. Takes time in the order of both lengths multiplied.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let mut pattern = self.0.chars();
        let mut rest = name.chars();
        // Where to go on when what follows the last star does not fit: the star takes one more.
        let mut retry = None;
        loop {
            let wanted = pattern.next();
            if wanted == Some('*') {
                retry = Some((pattern.clone(), rest.clone()));
                continue;
            }
            let fits = match (wanted, rest.next()) {
                (None, None) => return true,
                (Some(wanted), Some(found)) => wanted == '?' || wanted == found,
                _ => false,
            };
            if fits {
                continue;
            }
            let Some((after_star, mut taken)) = retry.take() else { return false };
            if taken.next().is_none() {
                return false;
            }
            pattern = after_star.clone();
            rest = taken.clone();
            retry = Some((after_star, taken));
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        let matches = |pattern: &str, name: &str| Glob::new(pattern).matches(name);
        assert!(matches("room", "room") && !matches("room", "rooms") && !matches("rooms", "room"));
        assert!(matches("user:*", "user:1") && matches("user:*", "user:") && !matches("user:*", "user"));
        assert!(matches("*", "") && matches("*", "é") && matches("**a*", "bab"));
        assert!(matches("?", "é") && !matches("?", "") && matches("a?c*e", "abcdcde"));
        assert!(matches("", "") && !matches("", "a") && !matches("*a", "ab"));
        assert!(matches("*ab*ab", "abxabab"));
    }

    #[test]
    fn only_plain_names_are_literal() {
        assert_eq!(Glob::new("a.b:c").literal(), Some("a.b:c"));
        assert_eq!(Glob::new("a*").literal(), None);
    }
}
