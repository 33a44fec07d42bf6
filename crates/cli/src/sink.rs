//! Where results go.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use overt_report::{Output, Style, Subject};

use crate::exit::Failure;

/// Standard output or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Standard output.
    Stdout,
    /// `--out FILE`.
    File(PathBuf),
}

impl Sink {
    /// Whether the sink can be written at all: asked before long work, not after.
    ///
    /// # Errors
    /// It cannot.
    pub fn check(&self) -> Result<(), Failure> {
        let Sink::File(path) = self else { return Ok(()) };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let refused =
            |why: &str| Failure::wrong_use(format!("--out {} cannot be written: {why}", path.display()));
        if path.is_dir() {
            return Err(refused("it is a folder. Name a file"));
        }
        if !folder.is_dir() {
            return Err(refused("its folder does not exist. Make the folder first"));
        }
        Ok(())
    }

    /// Renders `subject`.
    ///
    /// # Errors
    /// It cannot be written. A reader of standard output that has seen enough is no error.
    pub fn render(&self, output: &Output, subject: &Subject<'_>, style: &Style) -> Result<(), Failure> {
        self.judge(match self {
            Sink::Stdout => write(output, subject, style, io::stdout().lock()),
            Sink::File(path) => File::create(path).and_then(|file| write(output, subject, style, file)),
        })
    }

    /// Writes what is rendered already.
    ///
    /// # Errors
    /// As [`Sink::render`].
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.judge(match self {
            Sink::Stdout => io::stdout().lock().write_all(bytes),
            Sink::File(path) => std::fs::write(path, bytes),
        })
    }

    fn judge(&self, written: io::Result<()>) -> Result<(), Failure> {
        match written {
            Err(error) if *self == Sink::Stdout && error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::own(match self {
                Sink::Stdout => format!("the result cannot be written to standard output: {error}"),
                Sink::File(path) => format!(
                    "the result cannot be written to {}: {error}. Check that the place is writable and has room",
                    path.display()
                ),
            })),
            Ok(()) => Ok(()),
        }
    }
}

fn write(output: &Output, subject: &Subject<'_>, style: &Style, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    (output.render)(subject, style, &mut out)?;
    out.flush()
}
