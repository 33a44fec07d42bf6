//! Built files belong to their sources: a list of digests, written when they are built and checked by a test.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use overt_base::digest::Digest;

use crate::fixture::files;
use crate::smali::comment_start;

/// Changes when the recipe changes, so that everything is built anew.
pub const RECIPE: &str = "overt.fixtures/1";

/// Digests of inputs and outputs by name, as written in `built.lock`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The tools used, a line each, for the message when another machine builds other bytes.
    pub tools: Vec<String>,
    /// Name to (digest of the inputs, digest of the output).
    pub built: BTreeMap<String, (String, String)>,
}

impl Lock {
    /// Reads the text form; lines that make no sense are left out and so found missing.
    #[must_use]
    pub fn parse(text: &str) -> Lock {
        let mut lock = Lock::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(tool) = line.strip_prefix("tool ") {
                lock.tools.push(tool.to_owned());
            } else if let [name, inputs, output] = line.split_whitespace().collect::<Vec<_>>()[..] {
                lock.built.insert(name.to_owned(), (inputs.to_owned(), output.to_owned()));
            }
        }
        lock
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Written by `cargo xtask`, never by hand: name, digest of the sources, digest of the built file."
        )?;
        for tool in &self.tools {
            writeln!(f, "tool {tool}")?;
        }
        for (name, (inputs, output)) in &self.built {
            writeln!(f, "{name} {inputs} {output}")?;
        }
        Ok(())
    }
}

/// The digest of the sources of an app: every file of its folder and the `keys` it may be signed with. Annotations do not
/// count: they change no byte of what is built.
///
/// # Errors
/// A sentence, when a file cannot be read.
pub fn inputs(place: &Path, keys: &[&Path]) -> Result<Digest, String> {
    let mut parts: Vec<Vec<u8>> = vec![RECIPE.as_bytes().to_vec()];
    let read = |path: &Path| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    for path in files(place, "")? {
        let bytes = read(&place.join(&path))?;
        let bytes = if path.ends_with(".smali") { without_annotations(&bytes) } else { bytes };
        parts.push(path.into_bytes());
        parts.push(bytes);
    }
    for key in keys {
        parts.push(read(key)?);
    }
    Ok(Digest::of_parts(parts.iter().map(Vec::as_slice)))
}

fn without_annotations(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::new();
    for line in text.lines() {
        let start = comment_start(line);
        let is_annotation = line.get(start..).is_some_and(|comment| comment.starts_with("#~"));
        out.push_str(if is_annotation { line.get(..start).unwrap_or(line) } else { line }.trim_end());
        out.push('\n');
    }
    out.into_bytes()
}

/// Compares a lock with sources and built files: `inputs` and `outputs` by name as they are now.
#[must_use]
pub fn stale(
    lock: &Lock,
    inputs: &BTreeMap<String, Digest>,
    outputs: &BTreeMap<String, Digest>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, digest) in inputs {
        match lock.built.get(name) {
            None => wrong.push(format!("{name} was never built")),
            Some((inputs, _)) if *inputs != digest.to_string() => {
                wrong.push(format!("{name} changed since it was built"))
            }
            Some((_, output)) => match outputs.get(name) {
                None => wrong.push(format!("the built form of {name} is missing")),
                Some(digest) if *output != digest.to_string() => {
                    wrong.push(format!("the built form of {name} is not what was built"));
                }
                Some(_) => {}
            },
        }
    }
    for name in lock.built.keys().chain(outputs.keys()).filter(|name| !inputs.contains_key(*name)) {
        wrong.push(format!("{name} has no sources"));
    }
    wrong.dedup();
    wrong
}

#[cfg(test)]
#[path = "lock/tests.rs"]
mod tests;
