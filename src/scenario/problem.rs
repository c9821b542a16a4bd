//! The kinds of problems of a scenario file and their words: what is wrong, a few words at the
//! place itself, and the remedy.

/// What is wrong at one place of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// The text is not TOML.
    #[error("this is not TOML: {0}")]
    Syntax(String),
    /// The file does not say which format it has.
    #[error("`schema` is missing: the file does not say which version of the format it has")]
    SchemaMissing,
    /// The file has a format that is not known here.
    #[error("schema `{0}` is not known: this skysim reads schema 1")]
    SchemaUnknown(String),
    /// A key that the format does not have.
    #[error("unknown key `{key}` in {place}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The table that it is in.
        place: String,
        /// What to write instead.
        advice: String,
    },
    /// A key that must be there is not.
    #[error("{place} has no `{key}`")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The table.
        place: String,
    },
    /// A value of another TOML type.
    #[error("`{key}` must be {wanted}, not {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What is needed.
        wanted: &'static str,
        /// The type that was found.
        found: &'static str,
    },
    /// A value of the right type that makes no sense.
    #[error("`{key}`: {reason}")]
    Refused {
        /// The key.
        key: String,
        /// Why it is refused, with the value and the remedy.
        reason: String,
    },
    /// None of some keys is there, and one is needed.
    #[error("{place} does not say {meaning}")]
    Unsaid {
        /// The table.
        place: String,
        /// What the keys say.
        meaning: &'static str,
        /// How many of them it needs.
        needed: &'static str,
        /// The keys.
        keys: String,
    },
    /// Several of some keys are there, and only one can be.
    #[error("{place} says {meaning} more than once: {found}")]
    SaidTwice {
        /// The table.
        place: String,
        /// What the keys say.
        meaning: &'static str,
        /// Those found.
        found: String,
    },
    /// Two keys that exclude each other.
    #[error("{place} has both `{key}` and `{other}`")]
    Conflict {
        /// The table.
        place: String,
        /// The one at this place.
        key: String,
        /// The other one.
        other: &'static str,
    },
    /// A key that means something only beside another one.
    #[error("`{key}` means nothing in {place} without {needs}")]
    Alone {
        /// The table.
        place: String,
        /// The key.
        key: String,
        /// What it needs.
        needs: &'static str,
    },
    /// A name that nothing in the file has.
    #[error("no service is called `{name}`")]
    UnknownService {
        /// The name.
        name: String,
        /// The most similar name of the file.
        suggestion: Option<String>,
    },
    /// A name given twice.
    #[error("the name `{name}` is taken: {what} in line {line} has it")]
    DuplicateName {
        /// The name.
        name: String,
        /// What has it already.
        what: &'static str,
        /// Where.
        line: u32,
    },
    /// More than one `[[node]]`.
    #[error("several nodes are not simulated yet")]
    SeveralNodes,
}

impl ProblemKind {
    /// A few words for the place itself.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            ProblemKind::Syntax(_) => "here".into(),
            ProblemKind::SchemaMissing => "the file begins here".into(),
            ProblemKind::SchemaUnknown(_) => "not 1".into(),
            ProblemKind::UnknownKey { .. } => "not a key of this table".into(),
            ProblemKind::MissingKey { key, .. } => format!("needs `{key}`"),
            ProblemKind::WrongType { found, .. } => format!("this is {found}"),
            ProblemKind::Refused { .. } => "this value".into(),
            ProblemKind::Unsaid { .. } => "incomplete".into(),
            ProblemKind::SaidTwice { .. } => "one too many".into(),
            ProblemKind::Conflict { other, .. } => format!("excludes `{other}`"),
            ProblemKind::Alone { needs, .. } => format!("needs {needs}"),
            ProblemKind::UnknownService { .. } => "nothing in this file is called so".into(),
            ProblemKind::DuplicateName { .. } => "again".into(),
            ProblemKind::SeveralNodes => "the second node".into(),
        }
    }

    /// The remedy, if the message does not contain it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            ProblemKind::Syntax(_) | ProblemKind::WrongType { .. } | ProblemKind::Refused { .. } => return None,
            ProblemKind::SchemaMissing => "write `schema = 1` in the first line".into(),
            ProblemKind::SchemaUnknown(_) => "write `schema = 1`, or use the skysim that the file was made for".into(),
            ProblemKind::UnknownKey { advice, .. } => advice.clone(),
            ProblemKind::MissingKey { key, place } => format!("add `{key} = ..` to {place}"),
            ProblemKind::Unsaid { keys, needed, .. } => format!("add {needed} of {keys}"),
            ProblemKind::SaidTwice { .. } => "keep one of them".into(),
            ProblemKind::Conflict { key, other, .. } => format!("remove `{key}` or `{other}`"),
            ProblemKind::Alone { key, needs, .. } => format!("remove `{key}`, or add {needs}"),
            ProblemKind::UnknownService { suggestion: Some(name), .. } => format!("did you mean `{name}`?"),
            ProblemKind::UnknownService { .. } => {
                "name a [[service]] of this file, a local name such as `.launcher`, or a pattern with * or ?".into()
            }
            ProblemKind::DuplicateName { .. } => "give each its own name (with `repeat`, write {i} into it)".into(),
            ProblemKind::SeveralNodes => "keep one [node]".into(),
        })
    }
}
