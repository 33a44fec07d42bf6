//! Anything that contains files, unfolded to a device tree; and each image format by itself.

use std::sync::Arc;

use overt_base::bytes::View;
use overt_base::{Cx, Locus};
use overt_container::formats::{Blob, FORMATS, Opened};
use overt_container::open_bytes;

use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "container",
    says: "any container, with all that is inside, as a device tree",
    seeds: &["image", "fixtures/bytes/", "apk"],
    run,
};

/// Files read in one run.
const FILES: usize = 64;

fn run(data: &[u8]) {
    with_context(|cx| {
        let Ok(tree) = open_bytes(View::from_vec(data.to_vec()), "system.img", cx) else { return };
        for file in tree.files().iter().take(FILES) {
            let _ = tree.resolve(&file.path);
            if file.size < 1 << 20 {
                let _ = file.read(cx);
            }
        }
    });
}

/// Opens the bytes as the format of this name and reads what comes out.
pub(super) fn open_as(format: &str, data: &[u8]) {
    with_context(|cx| {
        let format = FORMATS.iter().find(|one| one.doc().name == format).expect("the format is in the list");
        let blob = Blob::of(Arc::new(View::from_vec(data.to_vec())), Locus::input(), cx.limits);
        let _ = format.sniff(&blob.head());
        if let Ok(opened) = format.open(&blob, cx) {
            read(&opened, cx);
        }
    });
}

fn read(opened: &Opened, cx: &Cx<'_>) {
    let mut head = [0u8; 4096];
    match opened {
        Opened::Bytes(source) => {
            let _ = source.read_at(source.len() / 2, &mut head);
        }
        Opened::Parts(parts) => {
            for (_, source) in parts.iter().take(16) {
                let _ = source.read_at(source.len().saturating_sub(4096), &mut head);
            }
        }
        Opened::Files(members) => {
            for member in members.files.iter().take(FILES) {
                if let Some(contents) = member.contents.as_ref().filter(|_| member.size < 1 << 20) {
                    let _ = (contents.head(4096, cx), contents.read(cx));
                }
            }
        }
    }
}
