//! How skysim ends. Scripts depend on these numbers.

use std::process::ExitCode;

/// What a run of skysim came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything that must hold did.
    Passed = 0,
    /// Something that must hold did not; or, for `diff`, the two files differ; or, for `doctor`,
    /// something is wrong with this machine or build.
    Failed = 1,
    /// The command line or a file is wrong.
    Usage = 2,
    /// A snapshot differs, is missing, empty or an orphan.
    SnapshotDiffers = 3,
    /// The same plan gave two different runs.
    Nondeterminism = 4,
    /// Nothing went wrong, but something that should have been tried never happened.
    Vacuous = 5,
    /// A bug in skysim.
    Bug = 70,
    /// Ctrl-C; the number that shells use for it.
    Interrupted = 130,
}

/// The end of `skysim --help`.
pub const HELP: &str = "\
Exit codes:
    0  passed
    1  something that must hold did not (property, expectation, hang, unexpected error in Lua)
    2  wrong usage or input
    3  a snapshot differs, is missing, empty or an orphan
    4  nondeterminism: the same plan gave two different runs
    5  vacuous: an enabled fault never acted, or a `sometimes` was never true
   70  a bug in skysim
  130  interrupted (Ctrl-C)

Data goes to stdout, what skysim says about it to stderr.";

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The one of two ends that must be told: what makes the other meaningless comes first.
    #[must_use]
    pub fn or(self, other: Exit) -> Exit {
        const ORDER: [Exit; 8] = [
            Exit::Bug,
            Exit::Interrupted,
            Exit::Usage,
            Exit::Nondeterminism,
            Exit::Failed,
            Exit::SnapshotDiffers,
            Exit::Vacuous,
            Exit::Passed,
        ];
        ORDER.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(self)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_end_is_told() {
        assert_eq!(Exit::Passed.or(Exit::Vacuous), Exit::Vacuous);
        assert_eq!(Exit::SnapshotDiffers.or(Exit::Failed), Exit::Failed);
        assert_eq!(Exit::Failed.or(Exit::Nondeterminism), Exit::Nondeterminism);
        assert_eq!(Exit::Passed.or(Exit::Passed), Exit::Passed);
    }

    #[test]
    fn the_help_tells_every_number() {
        let all = [
            Exit::Passed,
            Exit::Failed,
            Exit::Usage,
            Exit::SnapshotDiffers,
            Exit::Nondeterminism,
            Exit::Vacuous,
            Exit::Bug,
            Exit::Interrupted,
        ];
        for exit in all {
            let number = format!("{:5}  ", exit.code());
            assert!(HELP.lines().any(|line| line.starts_with(&number)), "{exit:?}");
        }
    }
}
