//! What is known of a run before it starts.

use crate::base::Seed;
use crate::lua::LUA_VERSION;
use crate::scenario::Plan;

/// What a run is a function of, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// What the user called it: a path.
    pub scenario: String,
    /// What must hold, in a sentence; may be empty.
    pub title: String,
    /// What chance is drawn from.
    pub seed: Seed,
    /// Who picks what runs next.
    pub schedule: String,
    /// The version of Lua.
    pub lua: &'static str,
    /// The file of the scenario, for places in it.
    pub file: String,
    /// The command that repeats the run.
    pub repeat: String,
}

impl Heading {
    /// Of a plan that `path` named, and that the command `repeat` runs again.
    #[must_use]
    pub fn new(path: &str, plan: &Plan, repeat: String) -> Heading {
        Heading {
            scenario: path.to_owned(),
            title: plan.title.clone(),
            seed: plan.seed,
            schedule: plan.schedule.clone(),
            lua: LUA_VERSION,
            file: plan.file.clone(),
            repeat,
        }
    }
}

/// A word of a command as a shell reads it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./:=+,@%".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quoted("scenarios/chat_room"), "scenarios/chat_room");
        assert_eq!(quoted("5 ticks"), "'5 ticks'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
