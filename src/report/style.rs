//! Colours, where they are wanted.

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// For files, pipes and `NO_COLOR`.
    Plain,
    /// For terminals.
    Colour,
}

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// It is well.
    Good,
    /// It is not.
    Bad,
    /// Neither.
    Doubtful,
    /// Less important than the rest.
    Dim,
    /// More important than the rest.
    Strong,
}

impl Style {
    /// The text in that colour, if there are colours.
    #[must_use]
    pub fn paint(self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Good => "32;1",
            Colour::Bad => "31;1",
            Colour::Doubtful => "33;1",
            Colour::Dim => "2",
            Colour::Strong => "1",
        };
        match self {
            Style::Plain => text.to_owned(),
            Style::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}
