//! Stored records: they come back from files that anybody may have written.

use overt_record::Record;

use crate::Target;

pub const TARGET: Target =
    Target { name: "record_json", says: "a record in JSON, read and written again", seeds: &["record"], run };

fn run(data: &[u8]) {
    let Ok(record) = serde_json::from_slice::<Record>(data) else { return };
    let written = record.to_json().expect("a record that was read can be written");
    let again: Record = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(again.to_json().ok(), Some(written), "writing is stable");
}
