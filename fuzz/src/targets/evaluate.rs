//! The sandbox over damaged programs, with a small budget.

use overt_base::bytes::View;
use overt_dex::DexFile;
use overt_evaluate::{Budget, NoResources, Plain, Sandbox, strings};
use overt_program::{ClassTable, MethodId};

use crate::Target;

pub const TARGET: Target = Target {
    name: "evaluate",
    says: "every method of a DEX file run in the sandbox",
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
        call_steps: 5_000,
        initialiser_steps: 5_000,
        method_steps: 5_000,
        first_steps: 2_000,
        app_steps: 100_000,
        bytes: 1 << 20,
        static_bytes: 4 << 20,
        depth: 64,
        length: 1 << 14,
        ways: 16,
        ..Budget::default()
    };
    let found = strings(&table, &NoResources, budget, true);
    assert!(found.strings.is_sorted());
    let methods: Vec<MethodId> = table.own_methods().map(|(id, _)| id).take(16).collect();
    let mut sandbox = Sandbox::new(&table, &NoResources, budget);
    for method in methods {
        sandbox.evaluate_call(
            method,
            &[Plain::Text("abc".to_owned()), Plain::Number(1), Plain::Bytes(vec![1, 2])],
        );
    }
}
