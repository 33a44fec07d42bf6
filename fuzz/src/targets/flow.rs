//! The data-flow engine over damaged programs, with a small budget.

use std::sync::OnceLock;

use overt_base::bytes::View;
use overt_catalogue::Catalogue;
use overt_dex::DexFile;
use overt_flow::session::{Budget, Session};
use overt_flow::{Ancestors, Ends, Entry, Life, analyse};
use overt_program::{ClassId, ClassTable, MethodId};

use crate::Target;

pub const TARGET: Target = Target {
    name: "flow",
    says: "the fixpoint over a DEX file, each class a component",
    seeds: &["apk!.dex"],
    run,
};

/// Methods of a program that is looked at.
const METHODS: usize = 96;
/// Calls are followed on the stack.
const STACK: usize = 1 << 28;

fn run(data: &[u8]) {
    let Ok(dex) = DexFile::parse(View::from_vec(data.to_vec())) else { return };
    if dex.class_defs().count() > 24 {
        return;
    }
    let table = ClassTable::link(None, vec![dex]);
    if table.own_method_count() > METHODS {
        return;
    }
    let implicit = data.last().is_some_and(|byte| byte & 1 == 1);
    std::thread::scope(|scope| {
        let work = || follow(&table, implicit);
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        if let Ok(Err(panic)) = thread.map(std::thread::ScopedJoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
    });
}

fn follow(table: &ClassTable, implicit: bool) {
    static CATALOGUE: OnceLock<(Catalogue, Ends)> = OnceLock::new();
    let (catalogue, ends) = CATALOGUE.get_or_init(|| {
        let catalogue = Catalogue::builtin();
        let ends = Ends::of_catalogue(&catalogue);
        (catalogue, ends)
    });
    let ancestors = Ancestors::new(table, catalogue);
    let classes: Vec<ClassId> = table.own_classes().map(|(id, _)| id).collect();
    let mut session = Session::new(table, &classes, catalogue, &ancestors, ends);
    session.channels = true;
    session.joined = true;
    session.package = Some("p".to_owned());
    session.implicit = implicit;
    session.budget =
        Budget { steps_per_method: 2_000, specials_per_method: 2, depth: 24, rounds: 2, ..Budget::default() };
    let methods: Vec<(MethodId, ClassId)> =
        table.own_methods().map(|(id, method)| (id, method.class)).collect();
    let lives =
        [Life::Activity, Life::Service, Life::Receiver, Life::Provider, Life::Other, Life::Application];
    let entries: Vec<Entry> = (classes.iter().enumerate())
        .map(|(number, class)| Entry {
            life: lives[number % lives.len()],
            class: Some(*class),
            name: table.text(table.class(*class).descriptor).to_owned(),
            exported: true,
            actions: Vec::new(),
            authorities: vec!["a.b".to_owned()],
            methods: methods.iter().filter(|(_, of)| of == class).map(|(id, _)| *id).collect(),
        })
        .collect();
    let initializers: Vec<MethodId> = (methods.iter())
        .filter(|(id, _)| table.text(table.method(*id).name) == "<clinit>")
        .map(|(id, _)| *id)
        .collect();
    let found = analyse(&mut session, &entries, &initializers);
    for flow in &found.flows {
        assert!(
            (flow.source.end as usize) < ends.sources.len() && (flow.sink.end as usize) < ends.sinks.len()
        );
    }
}
