//! Records as files: what `overt scan PATH --format json` prints.

use std::path::Path;

use overt_record::{Record, SCHEMA};
use serde::Deserialize;

use crate::error::{Error, Result};

/// No record is as large as this; whoever names such a file means something else (an image, say).
const LARGEST: u64 = 4 << 30;

#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
}

/// Reads a record file.
///
/// # Errors
/// The file cannot be read, or holds something else.
pub fn read(path: &Path) -> Result<Record> {
    let refused = |why: String| Error::RecordFile { path: path.to_owned(), why };
    let metadata = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?;
    if !metadata.is_file() {
        return Err(refused("it is not a file".into()));
    }
    if metadata.len() > LARGEST {
        return Err(refused(format!("it has {} bytes, more than any record", metadata.len())));
    }
    let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    let head: Head =
        serde_json::from_slice(&bytes).map_err(|error| refused(format!("it is not JSON: {error}")))?;
    match head.schema.as_deref() {
        Some(SCHEMA) => {}
        Some(other) => {
            return Err(refused(format!("its schema is {other:?}, and this version reads {SCHEMA:?}")));
        }
        None => return Err(refused(format!("it names no schema, and this version reads {SCHEMA:?}"))),
    }
    serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string()))
}
