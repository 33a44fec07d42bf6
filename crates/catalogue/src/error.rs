//! What is wrong with a catalogue file, and where.

use std::fmt;

/// One mistake in one file of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CatalogueError {
    /// The file, relative to the catalogue's folder.
    pub file: String,
    /// Line, from 1; 0 when the mistake concerns the file as a whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when the mistake concerns the file as a whole.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The known word that is nearest to the one written.
    pub meant: Option<String>,
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.meant {
            Some(word) => write!(f, "; did you mean \"{word}\"?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CatalogueError {}

/// All mistakes found, sorted by file and line. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueErrors(pub Vec<CatalogueError>);

impl fmt::Display for CatalogueErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CatalogueErrors {}
