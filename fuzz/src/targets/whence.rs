//! Addresses followed back through damaged programs, from every call.

use overt_base::bytes::View;
use overt_dex::DexFile;
use overt_evaluate::{Budget, NoResources, strings, whence};
use overt_program::ClassTable;
use overt_program::ir::{Operation, blocks};

use crate::Target;

pub const TARGET: Target = Target {
    name: "whence",
    says: "what every call of a DEX file is given, followed back",
    seeds: &["apk!.dex"],
    run,
};

fn run(data: &[u8]) {
    let Ok(dex) = DexFile::parse(View::from_vec(data.to_vec())) else { return };
    if dex.class_defs().count() > 48 {
        return;
    }
    let table = ClassTable::link(None, vec![dex]);
    if table.own_method_count() > 192 {
        return;
    }
    let budget = Budget {
        call_steps: 2_000,
        initialiser_steps: 2_000,
        method_steps: 2_000,
        first_steps: 1_000,
        app_steps: 20_000,
        more_steps: 20_000,
        bytes: 1 << 20,
        static_bytes: 4 << 20,
        depth: 64,
        length: 1 << 14,
        ways: 8,
        ..Budget::default()
    };
    let mut calls: Vec<whence::Call> = Vec::new();
    for (id, method) in table.own_methods().filter(|(_, method)| method.code_off != 0) {
        let Some(linked) = table.dexes().first() else { return };
        let Ok(code) = linked.dex.code(method.code_off) else { continue };
        let body = blocks(&code);
        let invokes =
            body.instructions.iter().filter(|one| matches!(one.operation, Operation::Invoke { .. }));
        calls.extend(invokes.map(|one| (id, one.offset).into()));
    }
    calls.truncate(64);
    let recovered = strings(&table, &NoResources, budget, false).strings;
    let found = whence::sinks(&table, &NoResources, budget, &calls, &recovered, &|_| true);
    assert!(found.is_sorted());
    assert!(found.iter().all(|sink| !sink.local || sink.hosts.is_empty()));
}
