//! `resources.arsc`.

use overt_apk::resource_table::ResourceTable;
use overt_base::bytes::View;

use crate::Target;

pub const TARGET: Target = Target {
    name: "resource_table",
    says: "a resource table: values and references of many ids",
    seeds: &["apk!resources.arsc"],
    run,
};

fn run(data: &[u8]) {
    let Ok(table) = ResourceTable::open(View::from_vec(data.to_vec())) else { return };
    let _ = table.trouble();
    for package in table.packages().iter().take(8) {
        for kind in 1..8u32 {
            for entry in 0..8u32 {
                let id = (package << 24) | (kind << 16) | entry;
                let _ = (table.value(id, Default::default()), table.text(id, Default::default()));
            }
        }
    }
}
