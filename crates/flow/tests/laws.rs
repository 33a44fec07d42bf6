//! The laws of abstract values and heaps.
//!
//! Without caps a join is a least upper bound: idempotent, commutative, associative, monotone. The caps weaken that for
//! objects and data: a full value takes nothing more, so which of two values keeps its surplus depends on the order.
//! What holds always: the left side is kept, a join is idempotent, and constants (which fall back to "any") obey all laws.
#![allow(missing_docs)]

use overt_flow::heap::Heap;
use overt_flow::object::{Cell, ObjectId, Place};
use overt_flow::text::Text;
use overt_flow::trace::NO_TRACE;
use overt_flow::value::{
    Constant, Constants, Data, Datum, MAX_CONSTANTS, MAX_OBJECTS, MAX_PORTS, MAX_SOURCES, Origin, Origins,
    Parts, Value,
};
use overt_program::MethodId;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

/// How many different objects, ports and sources values are made of.
#[derive(Clone, Copy)]
struct Pool {
    objects: u32,
    ports: u32,
    sources: u32,
}

/// So few that no union of them is full.
const SMALL: Pool =
    Pool { objects: MAX_OBJECTS as u32, ports: MAX_PORTS as u32, sources: MAX_SOURCES as u32 };
/// Enough to go over every cap.
const LARGE: Pool =
    Pool { objects: 3 * MAX_OBJECTS as u32, ports: 3 * MAX_PORTS as u32, sources: 2 * MAX_SOURCES as u32 };

fn datum(origin: Origin, marks: u32, origins: &mut Origins) -> Datum {
    Datum { origin: origins.intern(origin), marks, trace: NO_TRACE }
}

/// The same numbers in every case: each origin of the pool is interned in the same order.
fn origins() -> Origins {
    let mut origins = Origins::default();
    for number in 0..LARGE.ports {
        origins.intern(Origin::At(ObjectId(number)));
    }
    for number in 0..LARGE.sources {
        origins.intern(source(number));
    }
    origins
}

fn source(number: u32) -> Origin {
    Origin::Source(Place { method: MethodId(1), offset: number }, 0)
}

fn constants() -> impl Strategy<Value = Constants> {
    let one = prop_oneof![
        (-3i64..3).prop_map(Constant::Number),
        (0u32..4).prop_map(|text| Constant::Text(Text(text))),
        (0u32..3).prop_map(|port| Constant::Of(ObjectId(port))),
    ];
    prop_oneof![
        1 => Just(Constants::None),
        6 => btree_set(one, 1..=MAX_CONSTANTS).prop_map(|some| Constants::Some(some.into_iter().collect())),
        1 => Just(Constants::Any),
    ]
}

fn value(pool: Pool) -> impl Strategy<Value = Value> {
    let objects = btree_set(0..pool.objects, 0..=MAX_OBJECTS);
    let ports = btree_map(0..pool.ports, 0u32..8, 0..=MAX_PORTS);
    let sources = btree_map(0..pool.sources, 0u32..8, 0..=MAX_SOURCES);
    (objects, constants(), ports, sources).prop_map(|(objects, constants, ports, sources)| {
        let mut origins = origins();
        let mut data = Data::new();
        for (port, marks) in ports {
            data.push(datum(Origin::At(ObjectId(port)), marks, &mut origins));
        }
        for (number, marks) in sources {
            data.push(datum(source(number), marks, &mut origins));
        }
        data.sort_by_key(|datum| datum.origin);
        Value::from(Parts { objects: objects.into_iter().map(ObjectId).collect(), constants, data })
    })
}

/// Only the constants of a value.
fn only_constants(constants: Constants) -> Value {
    Value::from(Parts { constants, ..Parts::default() })
}

/// Is everything of `b` in `a`, checked without `join`?
fn holds(a: &Value, b: &Value) -> bool {
    let constants = match (&a.constants, &b.constants) {
        (Constants::Any, _) | (_, Constants::None) => true,
        (Constants::Some(a), Constants::Some(b)) => b.iter().all(|one| a.contains(one)),
        _ => false,
    };
    constants
        && b.objects.iter().all(|one| a.objects.contains(one))
        && b.data.iter().all(|one| {
            a.data.iter().any(|other| other.origin == one.origin && other.marks & one.marks == one.marks)
        })
}

fn is_sound(value: &Value) -> bool {
    let ports = value.data.iter().filter(|datum| !datum.origin.is_source()).count();
    value.objects.len() <= MAX_OBJECTS
        && ports <= MAX_PORTS
        && value.data.len() - ports <= MAX_SOURCES
        && value.objects.is_sorted_by(|a, b| a < b)
        && value.data.is_sorted_by(|a, b| a.origin < b.origin)
        && match &value.constants {
            Constants::Some(some) => {
                !some.is_empty() && some.len() <= MAX_CONSTANTS && some.is_sorted_by(|a, b| a < b)
            }
            _ => true,
        }
}

proptest! {
    #[test]
    fn join_is_idempotent(a in value(LARGE)) {
        let mut joined = a.clone();
        prop_assert!(!joined.join(&Value::from((*a).clone())));
        prop_assert_eq!(joined, a);
    }

    #[test]
    fn join_commutes_below_the_caps(a in value(SMALL), b in value(SMALL)) {
        prop_assert_eq!(a.joined(&b), b.joined(&a));
    }

    #[test]
    fn join_associates_below_the_caps(a in value(SMALL), b in value(SMALL), c in value(SMALL)) {
        prop_assert_eq!(a.joined(&b).joined(&c), a.joined(&b.joined(&c)));
    }

    #[test]
    fn join_is_monotone_below_the_caps(a in value(SMALL), b in value(SMALL), c in value(SMALL)) {
        let larger = a.joined(&b);
        prop_assert!(holds(&larger.joined(&c), &a.joined(&c)));
    }

    #[test]
    fn join_holds_both_below_the_caps(a in value(SMALL), b in value(SMALL)) {
        let joined = a.joined(&b);
        prop_assert!(holds(&joined, &a) && holds(&joined, &b));
        prop_assert!(is_sound(&joined));
    }

    #[test]
    fn join_tells_change_below_the_caps(a in value(SMALL), b in value(SMALL)) {
        let mut joined = a.clone();
        let changed = joined.join(&b);
        prop_assert_eq!(changed, joined != a);
    }

    #[test]
    fn join_keeps_the_left_side_and_the_caps(a in value(LARGE), b in value(LARGE)) {
        let joined = a.joined(&b);
        prop_assert!(holds(&joined, &a));
        prop_assert!(is_sound(&joined));
        // Nothing is made up.
        for object in &joined.objects {
            prop_assert!(a.objects.contains(object) || b.objects.contains(object));
        }
    }

    #[test]
    fn a_chain_of_joins_ends(start in value(LARGE), others in vec(value(LARGE), 1..24)) {
        let mut at = start;
        for _ in 0..2 {
            for other in &others {
                at.join(other);
            }
        }
        let settled = at.clone();
        for other in &others {
            at.join(other);
        }
        prop_assert_eq!(at, settled);
    }

    #[test]
    fn constants_obey_every_law(a in constants(), b in constants(), c in constants()) {
        let (a, b, c) = (only_constants(a), only_constants(b), only_constants(c));
        prop_assert_eq!(a.joined(&b), b.joined(&a));
        prop_assert_eq!(a.joined(&b).joined(&c), a.joined(&b.joined(&c)));
        prop_assert!(holds(&a.joined(&b), &b));
        prop_assert!(holds(&a.joined(&b).joined(&c), &a.joined(&c)));
    }

    #[test]
    fn widening_goes_up_and_settles(a in value(LARGE)) {
        let mut wide = a.clone();
        wide.widen();
        prop_assert!(holds(&wide, &a));
        let mut again = wide.clone();
        again.widen();
        prop_assert_eq!(again, wide);
    }
}

/// Were it said to have changed, loops over full values would end with the budget alone.
#[test]
fn a_full_value_says_whether_it_changed() {
    let of = |range: std::ops::Range<u32>| {
        Value::from(Parts { objects: range.map(ObjectId).collect(), ..Parts::default() })
    };
    let mut full = of(0..MAX_OBJECTS as u32);
    let before = full.clone();
    let changed = full.join(&of(50..51));
    assert_eq!(full, before, "nothing more fits");
    assert!(!changed, "said to have changed");
}

fn heap(pool: Pool) -> impl Strategy<Value = Heap> {
    btree_map((0u32..4, 0i64..3), value(pool), 0..6).prop_map(|cells| {
        let mut heap = Heap::default();
        for ((object, index), value) in cells {
            heap.set(ObjectId(object), Cell::Index(index), value);
        }
        heap
    })
}

fn joined(a: &Heap, b: &Heap, absent: &Value) -> (Heap, bool) {
    let mut heap = a.clone();
    let changed = heap.join(b, |_, _| absent.clone());
    (heap, changed)
}

fn is_sorted(heap: &Heap) -> bool {
    heap.all().is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1))
}

proptest! {
    #[test]
    fn heaps_join_idempotently(a in heap(LARGE), absent in value(SMALL)) {
        let mut copy = Heap::default();
        for (object, cell, value) in a.all() {
            copy.set(*object, *cell, value.clone());
        }
        let (joined, changed) = joined(&a, &copy, &absent);
        prop_assert!(!changed && joined == a);
    }

    #[test]
    fn heaps_commute_and_associate_below_the_caps(
        a in heap(SMALL), b in heap(SMALL), c in heap(SMALL), absent in value(SMALL)
    ) {
        prop_assert!(joined(&a, &b, &absent).0 == joined(&b, &a, &absent).0);
        let left = joined(&joined(&a, &b, &absent).0, &c, &absent).0;
        let right = joined(&a, &joined(&b, &c, &absent).0, &absent).0;
        prop_assert!(left == right);
        prop_assert!(is_sorted(&left));
    }

    #[test]
    fn heaps_hold_both_and_tell_change(a in heap(SMALL), b in heap(SMALL), absent in value(SMALL)) {
        let (all, changed) = joined(&a, &b, &absent);
        prop_assert_eq!(changed, all != a);
        for (object, cell, value) in all.all() {
            prop_assert!(holds(value, a.get(*object, *cell).unwrap_or(&absent)));
            prop_assert!(holds(value, b.get(*object, *cell).unwrap_or(&absent)));
        }
        let (again, changed) = joined(&all, &b, &absent);
        prop_assert!(!changed && again == all);
    }

    #[test]
    fn a_cell_holds_what_was_set_last(a in heap(SMALL), object in 0u32..4, index in 0i64..3, one in value(SMALL)) {
        let mut heap = a.clone();
        heap.set(ObjectId(object), Cell::Index(index), one.clone());
        prop_assert_eq!(heap.get(ObjectId(object), Cell::Index(index)), Some(&one));
        prop_assert!(is_sorted(&heap));
        let of = heap.of(ObjectId(object)).len();
        prop_assert_eq!(of, heap.all().iter().filter(|(o, ..)| *o == ObjectId(object)).count());
        heap.remove(ObjectId(object), Cell::Index(index));
        prop_assert_eq!(heap.get(ObjectId(object), Cell::Index(index)), None);
    }
}
