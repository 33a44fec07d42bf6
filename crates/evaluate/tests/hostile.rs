//! Code that wants to keep the sandbox busy ends in its budget, and what is asked of single calls.
#![allow(missing_docs)]

use overt_base::View;
use overt_dex::DexFile;
use overt_evaluate::{Budget, Exhausted, NoResources, Outcome, Plain, Sandbox, strings};
use overt_program::{ClassTable, MethodId};
use overt_testkit::dex_builder::{Body, Class, DexBuilder, Unit, method, type_};

fn table(name: &str, proto: &str, registers: u16, ins: u16, units: Vec<Unit>) -> ClassTable {
    let body = Body::new(registers, ins, 3, units);
    let built = DexBuilder::new(35).class(Class::new("Lp/C;").direct(name, proto, 9, body)).build();
    ClassTable::link(None, vec![DexFile::parse(View::from_vec(built.bytes)).expect("a DEX")])
}

fn raw(units: &[u16]) -> Vec<Unit> {
    units.iter().copied().map(Unit::Raw).collect()
}

fn small() -> Budget {
    Budget {
        call_steps: 20_000,
        method_steps: 20_000,
        first_steps: 5_000,
        bytes: 1 << 20,
        length: 1 << 12,
        depth: 64,
        ..Budget::default()
    }
}

fn run(table: &ClassTable, arguments: &[Plain]) -> Outcome {
    let first = table.own_methods().map(|(id, _)| id).next().unwrap_or(MethodId(0));
    let outcome = Sandbox::new(table, &NoResources, small()).evaluate_call(first, arguments).outcome;
    // Exploring the same must end, too.
    let _ = strings(table, &NoResources, small(), true);
    outcome
}

#[test]
fn an_endless_loop_ends() {
    // goto +0 is not allowed by the verifier; nop; goto -1 is.
    let table = table("f", "()V", 1, 0, raw(&[0x0000, 0xff28]));
    assert_eq!(run(&table, &[]), Outcome::Exhausted(Exhausted::Steps));
}

#[test]
fn a_huge_array_is_not_made() {
    // const v0, 0x7fffffff; new-array v0, v0, [I; return-void
    let units = vec![
        Unit::Raw(0x0014),
        Unit::Raw(0xffff),
        Unit::Raw(0x7fff),
        Unit::Raw(0x0023),
        type_("[I"),
        Unit::Raw(0x000e),
    ];
    assert_eq!(run(&table("f", "()V", 1, 0, units), &[]), Outcome::Exhausted(Exhausted::Length));
}

#[test]
fn many_arrays_are_too_many_bytes() {
    // 0: const/16 v0, 0xfff; 2: new-array v1, v0, [I; 4: goto -2
    let units = vec![Unit::Raw(0x0013), Unit::Raw(0x0fff), Unit::Raw(0x0123), type_("[I"), Unit::Raw(0xfe28)];
    assert_eq!(run(&table("f", "()V", 2, 0, units), &[]), Outcome::Exhausted(Exhausted::Bytes));
}

#[test]
fn recursion_ends() {
    // invoke-static {}, f; return-void
    let units = vec![Unit::Raw(0x0071), method("Lp/C;->f()V"), Unit::Raw(0), Unit::Raw(0x000e)];
    assert_eq!(run(&table("f", "()V", 0, 0, units), &[]), Outcome::Exhausted(Exhausted::Depth));
}

#[test]
fn a_string_that_doubles_ends() {
    // 0: invoke-virtual {v0, v0}, concat; 3: move-result-object v0; 4: goto -4
    let units = vec![
        Unit::Raw(0x206e),
        method("Ljava/lang/String;->concat(Ljava/lang/String;)Ljava/lang/String;"),
        Unit::Raw(0x0000),
        Unit::Raw(0x000c),
        Unit::Raw(0xfc28),
    ];
    let outcome = run(&table("f", "(Ljava/lang/String;)V", 1, 1, units), &[Plain::Text("ab".into())]);
    assert_eq!(outcome, Outcome::Exhausted(Exhausted::Length));
}

#[test]
fn calls_are_evaluated_and_what_is_not_known_is_said() {
    // add-int/lit8 v0, v0, 1; return v0
    let add = table("f", "(I)I", 1, 1, raw(&[0x00d8, 0x0100, 0x000f]));
    assert_eq!(
        run(&add, &[Plain::Number(i64::from(i32::MAX))]),
        Outcome::Value(Plain::Number(i64::from(i32::MIN)))
    );
    let unknown = run(&add, &[Plain::Unknown("imei".into())]);
    assert_eq!(unknown, Outcome::Value(Plain::Unknown("imei".into())));
    // if-eqz v0, +2; return v0
    let branch = table("f", "(I)I", 1, 1, raw(&[0x0038, 0x0002, 0x000f]));
    assert_eq!(run(&branch, &[Plain::Unknown("imei".into())]), Outcome::Unknown("imei".into()));
    // const/4 v1, 0; div-int v0, v0, v1; return v0
    let divide = table("f", "(I)I", 2, 1, raw(&[0x0012, 0x0193, 0x0001, 0x010f]));
    assert_eq!(run(&divide, &[Plain::Number(7)]), Outcome::Threw("Ljava/lang/ArithmeticException;".into()));
}

#[test]
fn any_code_can_be_run() {
    // A linear congruential generator: the same code in every run.
    let mut state = 0x1234_5678_9abc_def1u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u16
    };
    let tiny = Budget { call_steps: 500, method_steps: 500, first_steps: 500, ways: 8, ..small() };
    for _ in 0..2_000 {
        let length = 1 + next() % 40;
        let units = (0..length)
            .map(|_| match next() % 4 {
                0 => Unit::Raw(next() % 16),
                1 => Unit::Raw(u16::MAX - next() % 16),
                // Arithmetic on low registers.
                2 => Unit::Raw((0x90 + next() % 0x53) | (next() % 4) << 8),
                _ => Unit::Raw(next()),
            })
            .collect();
        let table = table("f", "(ILjava/lang/String;)V", 4 + next() % 4, 2, units);
        let _ = strings(&table, &NoResources, tiny, true);
        let first = table.own_methods().map(|(id, _)| id).next();
        if let Some(first) = first {
            Sandbox::new(&table, &NoResources, tiny)
                .evaluate_call(first, &[Plain::Number(3), Plain::Text("abc".into())]);
        }
    }
}

#[test]
fn a_stream_that_never_ends_is_given_up_soon() {
    // g: 0: invoke-virtual {v1}, readLine; 3: move-result-object v0; 4: if-nez v0, -4; 6: return-void
    let mut reads = vec![
        Unit::Raw(0x106e),
        method("Ljava/io/BufferedReader;->readLine()Ljava/lang/String;"),
        Unit::Raw(0x0001),
    ];
    reads.extend(raw(&[0x000c, 0x0039, 0xfffc, 0x000e]));
    // f: invoke-static {v0}, g; return-void
    let calls = vec![
        Unit::Raw(0x1071),
        method("Lp/C;->g(Ljava/io/BufferedReader;)V"),
        Unit::Raw(0x0000),
        Unit::Raw(0x000e),
    ];
    let class = Class::new("Lp/C;")
        .direct("f", "(Ljava/io/BufferedReader;)V", 9, Body::new(1, 1, 1, calls))
        .direct("g", "(Ljava/io/BufferedReader;)V", 9, Body::new(2, 1, 1, reads));
    let built = DexBuilder::new(35).class(class).build();
    let table = ClassTable::link(None, vec![DexFile::parse(View::from_vec(built.bytes)).expect("a DEX")]);
    let found = strings(&table, &NoResources, Budget::default(), true);
    assert_eq!(found.left_out, 0);
    assert!(found.steps < 5_000, "{} steps", found.steps);
}
