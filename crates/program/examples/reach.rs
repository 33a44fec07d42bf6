//! Links DEX files and prints how much of them runs when every class that extends an unknown class is created.
#![allow(clippy::print_stdout, missing_docs)]

use overt_program::{Bodies, ClassTable, Knowledge, LibraryCall, Reach, Root};

struct Nothing;

impl Knowledge for Nothing {
    fn calls(&self, _class: &str, _name: &str, _proto: &str) -> LibraryCall {
        LibraryCall::Unknown
    }
}

fn main() {
    let dexes = std::env::args()
        .skip(1)
        .map(|path| {
            let view = overt_base::View::map(path.as_ref()).expect("readable");
            overt_dex::DexFile::parse(view).expect("a DEX")
        })
        .collect();
    let start = std::time::Instant::now();
    let table = ClassTable::link(None, dexes);
    println!("link {:?}", start.elapsed());
    let bodies = Bodies::read(&table, &[]);
    println!("bodies {:?} {} methods {} instructions", start.elapsed(), bodies.methods, bodies.instructions);
    let components: Vec<_> = table
        .own_classes()
        .filter(|(_, class)| {
            class.superclass.is_some_and(|name| {
                let text = table.text(name);
                text.starts_with("Landroid/app/") || text.starts_with("Landroid/content/")
            })
        })
        .map(|(id, _)| Root { classes: vec![id], methods: Vec::new() })
        .collect();
    let reach = Reach::compute(&table, &bodies, &components, &Nothing);
    println!(
        "reach {:?}: {} roots, {} of {} methods, {} classes created",
        start.elapsed(),
        components.len(),
        reach.reached_count(),
        table.own_method_count(),
        reach.created().len()
    );
}
