//! Methods that nobody writes by hand: each ends, in time, without panic.
#![allow(missing_docs)]

use std::time::{Duration, Instant};

use overt_base::View;
use overt_catalogue::Catalogue;
use overt_dex::DexFile;
use overt_flow::session::Session;
use overt_flow::{Ancestors, AppFlows, Ends, Entry, Life, analyse};
use overt_program::{ClassId, ClassTable, MethodId};
use overt_testkit::dex_builder::{Body, Class, DexBuilder, Unit, method};

/// A method may take this long. Unoptimised code is given more: it is not what is measured.
const TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 120 } else { 10 });
/// Calls are followed on the stack, which the pipeline makes this deep.
const STACK: usize = 1 << 30;
const STATIC: u32 = 0x9;

fn raw(units: &[u16]) -> Vec<Unit> {
    units.iter().copied().map(Unit::Raw).collect()
}

/// `getSerial()` into v0.
fn source() -> Vec<Unit> {
    let mut units =
        vec![Unit::Raw(0x0071), method("Landroid/os/Build;->getSerial()Ljava/lang/String;"), Unit::Raw(0)];
    units.extend(raw(&[0x000c]));
    units
}

/// `Log.i(first, first + 1)`.
fn sink(first: u16) -> Vec<Unit> {
    let log = method("Landroid/util/Log;->i(Ljava/lang/String;Ljava/lang/String;)I");
    vec![Unit::Raw(0x0277), log, Unit::Raw(first)]
}

fn class() -> Class {
    Class::new("Lp/C;")
}

fn follow(class: Class, main: &str) -> AppFlows {
    let built = DexBuilder::new(35).class(class).build();
    let dex = DexFile::parse(View::from_vec(built.bytes)).expect("a DEX");
    let table = ClassTable::link(None, vec![dex]);
    let start = Instant::now();
    let flows = std::thread::scope(|scope| {
        let work = || {
            let catalogue = Catalogue::builtin();
            let ends = Ends::of_catalogue(&catalogue);
            let ancestors = Ancestors::new(&table, &catalogue);
            let classes: Vec<ClassId> = table.own_classes().map(|(id, _)| id).collect();
            let mut session = Session::new(&table, &classes, &catalogue, &ancestors, &ends);
            let methods: Vec<MethodId> = (table.own_methods())
                .filter(|(_, method)| table.text(method.name) == main)
                .map(|(id, _)| id)
                .collect();
            assert_eq!(methods.len(), 1);
            let entry = Entry {
                life: Life::Other,
                class: None,
                name: "main".into(),
                exported: false,
                authorities: Vec::new(),
                actions: Vec::new(),
                methods,
            };
            analyse(&mut session, &[entry], &[])
        };
        let thread =
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread");
        thread.join().expect("no panic")
    });
    let took = start.elapsed();
    assert!(took < TIME, "took {took:?}");
    flows
}

#[test]
fn a_switch_with_five_thousand_cases() {
    const CASES: u16 = 5_000;
    let mut units = source();
    // move-object v2, v0; v1 := v0.length()
    units.extend(raw(&[0x0207]));
    units.extend([
        Unit::Raw(0x106e),
        method("Ljava/lang/String;->length()I"),
        Unit::Raw(0),
        Unit::Raw(0x010a),
    ]);
    let switch = units.len();
    let first = switch + 3 + 1;
    // Each case: const/16 v3, N; move-object v2, v0; goto/32 end.
    let size = 2 + 1 + 3;
    let end = first + usize::from(CASES) * size;
    // packed-switch v1 (its table's place is put in below); return-void
    units.extend(raw(&[0x012b, 0, 0, 0x000e]));
    for case in 0..CASES {
        units.extend(raw(&[0x0313, case, 0x0207]));
        let distance = (end - units.len()) as u32;
        units.extend(raw(&[0x002a, distance as u16, (distance >> 16) as u16]));
    }
    assert_eq!(units.len(), end);
    // move-object v3, v2
    units.extend(raw(&[0x2307]));
    units.extend(sink(2));
    units.extend(raw(&[0x000e]));
    // The table stands behind the code, at an even unit.
    if units.len() % 2 == 1 {
        units.push(Unit::Raw(0));
    }
    let table = units.len();
    units[switch + 1] = Unit::Raw((table - switch) as u16);
    units[switch + 2] = Unit::Raw(((table - switch) >> 16) as u16);
    units.extend(raw(&[0x0100, CASES, 0, 0]));
    for case in 0..usize::from(CASES) {
        let to = (first + case * size - switch) as u32;
        units.extend(raw(&[to as u16, (to >> 16) as u16]));
    }
    let flows = follow(class().direct("main", "()V", STATIC, Body::new(4, 0, 2, units)), "main");
    assert_eq!(flows.flows.len(), 1);
}

/// Moves v0 along all registers; a branch behind every `every` moves.
fn moves(registers: u16, every: Option<u16>) -> AppFlows {
    let mut units = source();
    for to in 1..registers {
        units.extend(raw(&[0x0009, to, to - 1]));
        if every.is_some_and(|every| to % every == 0) {
            // if-eqz v0, to the next instruction
            units.extend(raw(&[0x0038, 0x0002]));
        }
    }
    units.extend(sink(registers - 2));
    units.extend(raw(&[0x000e]));
    follow(class().direct("main", "()V", STATIC, Body::new(registers, 0, 2, units)), "main")
}

#[test]
fn twenty_thousand_registers_in_a_row() {
    assert_eq!(moves(20_000, None).flows.len(), 1);
}

#[test]
fn twenty_thousand_registers_and_branches() {
    assert_eq!(moves(20_000, Some(100)).flows.len(), 1);
}

/// `mN(String)String`: calls the numbers that `callees` says, one after the other.
fn chain(count: usize, callees: impl Fn(usize) -> Vec<usize>) -> AppFlows {
    let proto = "(Ljava/lang/String;)Ljava/lang/String;";
    let mut class = class();
    let mut units = source();
    units.extend([Unit::Raw(0x1071), method(&format!("Lp/C;->m0{proto}")), Unit::Raw(0)]);
    // move-result-object v0; move-object v1, v0
    units.extend(raw(&[0x000c, 0x0107]));
    units.extend(sink(0));
    units.extend(raw(&[0x000e]));
    class = class.direct("main", "()V", STATIC, Body::new(2, 0, 2, units));
    for number in 0..count {
        // v0 is free, v1 the argument: move-object v0, v1
        let mut units = raw(&[0x1007]);
        for callee in callees(number) {
            // if-eqz v0, behind the call; v0 := mCALLEE(v0)
            units.extend(raw(&[0x0038, 6]));
            units.extend([Unit::Raw(0x1071), method(&format!("Lp/C;->m{callee}{proto}")), Unit::Raw(0)]);
            units.extend(raw(&[0x000c]));
        }
        units.extend(raw(&[0x0011]));
        class = class.direct(&format!("m{number}"), proto, STATIC, Body::new(2, 1, 1, units));
    }
    follow(class, "main")
}

#[test]
fn calls_a_thousand_deep() {
    let flows = chain(1_000, |number| if number + 1 < 1_000 { vec![number + 1] } else { Vec::new() });
    assert_eq!(flows.flows.len(), 1);
}

#[test]
fn three_hundred_methods_that_call_each_other() {
    let flows = chain(300, |number| vec![(number + 1) % 300, (number + 7) % 300]);
    assert_eq!(flows.flows.len(), 1);
}

#[test]
fn a_method_that_calls_itself() {
    assert_eq!(chain(1, |_| vec![0, 0, 0]).flows.len(), 1);
}

#[test]
fn ten_thousand_tries_with_one_handler() {
    const TRIES: u16 = 10_000;
    let mut units = source();
    let first = units.len() as u32;
    for _ in 0..TRIES {
        // v0.length()
        units.extend([Unit::Raw(0x106e), method("Ljava/lang/String;->length()I"), Unit::Raw(0)]);
    }
    units.extend(raw(&[0x000e]));
    let handler = units.len() as u32;
    // move-exception v2; move-object v1, v0
    units.extend(raw(&[0x020d, 0x0107]));
    units.extend(sink(0));
    units.extend(raw(&[0x000e]));
    let mut body = Body::new(3, 0, 2, units);
    body.tries = (0..u32::from(TRIES)).map(|number| (first + 3 * number, 3, vec![(None, handler)])).collect();
    let found = follow(class().direct("main", "()V", STATIC, body), "main");
    assert_eq!(found.flows.len(), 1, "{:?}", found.statistics);
}
