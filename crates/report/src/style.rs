//! How text is laid out: decided once by whoever knows the terminal, and obeyed here.

/// How text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns to fill.
    pub width: usize,
    /// Whether ANSI colours may be used.
    pub colour: bool,
}

impl Style {
    /// What files and pipes get, whatever machine they are written on.
    pub const PLAIN: Style = Style { width: 100, colour: false };

    /// For a terminal of `columns` columns; too narrow and too wide ones get the nearest readable width.
    #[must_use]
    pub fn terminal(columns: usize, colour: bool) -> Style {
        Style { width: columns.clamp(80, 120), colour }
    }
}

/// How a piece of text is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// As it is.
    #[default]
    Plain,
    /// Headings and names.
    Strong,
    /// Labels and small print.
    Faint,
    /// Critical.
    Alarm,
    /// High, and what could not be looked at.
    Warning,
    /// Medium.
    Notice,
}

impl Ink {
    /// The ANSI sequence that switches it on; empty for plain text.
    pub(crate) fn on(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Strong => "\x1b[1m",
            Ink::Faint => "\x1b[2m",
            Ink::Alarm => "\x1b[1;31m",
            Ink::Warning => "\x1b[31m",
            Ink::Notice => "\x1b[33m",
        }
    }

    /// The ANSI sequence that switches it off.
    pub(crate) fn off(self) -> &'static str {
        match self {
            Ink::Plain => "",
            _ => "\x1b[0m",
        }
    }
}
