//! Where a version shows that never goes back.

use std::fmt;
use std::str::FromStr;

use super::glob::Glob;

/// What a wrong one is told.
const REMEDY: &str = "write `state SERVICE.VARIABLE` or `reply SERVICE.COMMAND[1]`, the command as a pattern";

/// A place at which a service shows its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionPlace {
    /// A variable of its state, and what is in it: `state ledger.generation`.
    State {
        /// The service.
        service: String,
        /// The variable and the keys below it.
        path: Vec<String>,
    },
    /// A value of its answers: `reply ledger.*[1]`.
    Reply {
        /// The service.
        service: String,
        /// The command of the request: its first value.
        command: Glob,
        /// Which value, from 1.
        index: usize,
    },
}

impl VersionPlace {
    /// The service that shows it.
    #[must_use]
    pub fn service(&self) -> &str {
        match self {
            VersionPlace::State { service, .. } | VersionPlace::Reply { service, .. } => service,
        }
    }
}

impl fmt::Display for VersionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VersionPlace::State { service, path } => write!(f, "state {service}.{}", path.join(".")),
            VersionPlace::Reply { service, command, index } => write!(f, "reply {service}.{command}[{index}]"),
        }
    }
}

impl FromStr for VersionPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<VersionPlace, String> {
        let wrong = || format!("`{text}` is no place of a version: {REMEDY}");
        let (kind, rest) = text.split_once(' ').ok_or_else(wrong)?;
        let (service, place) = rest.split_once('.').ok_or_else(wrong)?;
        if service.is_empty() || place.is_empty() {
            return Err(wrong());
        }
        let service = service.to_owned();
        match kind {
            "state" => {
                let path: Vec<String> = place.split('.').map(str::to_owned).collect();
                let whole = path.iter().all(|key| !key.is_empty());
                whole.then_some(VersionPlace::State { service, path }).ok_or_else(wrong)
            }
            "reply" => {
                let (command, index) =
                    place.strip_suffix(']').and_then(|place| place.rsplit_once('[')).ok_or_else(wrong)?;
                let index = index.parse().ok().filter(|index| *index > 0 && !command.is_empty()).ok_or_else(wrong)?;
                Ok(VersionPlace::Reply { service, command: Glob::new(command), index })
            }
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back() {
        for text in
            ["state ledger.generation", "state room.rooms.lobby.version", "reply ledger.*[1]", "reply a.b.c[12]"]
        {
            assert_eq!(text.parse::<VersionPlace>().unwrap().to_string(), text);
        }
        for text in ["", "state", "state ledger", "state ledger.", "state a..b", "reply a.b", "reply a.b[0]", "log a.b"]
        {
            assert!(text.parse::<VersionPlace>().unwrap_err().contains("reply SERVICE.COMMAND[1]"), "{text}");
        }
    }
}
