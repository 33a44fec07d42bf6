//! Maps.

use super::Table;
use super::arguments::at;
use crate::heap::{Map, Native, Object};
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine, Raised};
use crate::value::Value;

const MAPS: &[&str] = &[
    "Ljava/util/Map;",
    "Ljava/util/HashMap;",
    "Ljava/util/LinkedHashMap;",
    "Ljava/util/TreeMap;",
    "Ljava/util/Hashtable;",
    "Ljava/util/Properties;",
    "Ljava/util/concurrent/ConcurrentHashMap;",
    "Ljava/util/WeakHashMap;",
    "Landroid/util/SparseArray;",
    "Landroid/support/v4/util/ArrayMap;",
    "Landroid/util/ArrayMap;",
    "Landroid/util/SparseIntArray;",
    "Landroid/util/LruCache;",
];

pub(super) const TABLES: &[Table] = &[
    (
        MAPS,
        &[
            ("<init>", "()", start),
            ("<init>", "(I)", start),
            ("<init>", "(IF)", start),
            ("<init>", "(Ljava/util/Map;)", |m, v, t| {
                start(m, v, t)?;
                put_all(m, v)
            }),
            ("put", "(Ljava/lang/Object;Ljava/lang/Object;)", put),
            ("setProperty", "(Ljava/lang/String;Ljava/lang/String;)", put),
            ("put", "(ILjava/lang/Object;)", put),
            ("append", "(ILjava/lang/Object;)", put),
            ("put", "(II)", put),
            ("putIfAbsent", "(Ljava/lang/Object;Ljava/lang/Object;)", |m, v, t| {
                let there = get(m, v, t)?;
                if there == Value::NULL { put(m, v, t) } else { Ok(there) }
            }),
            ("putAll", "(Ljava/util/Map;)", |m, v, _| put_all(m, v)),
            ("get", "(Ljava/lang/Object;)", get),
            ("getProperty", "(Ljava/lang/String;)", get),
            ("get", "(I)", get),
            ("getOrDefault", "(Ljava/lang/Object;Ljava/lang/Object;)", |m, v, t| {
                let there = get(m, v, t)?;
                Ok(if there == Value::NULL { at(v, 2) } else { there })
            }),
            ("containsKey", "(Ljava/lang/Object;)", |m, v, _| {
                let key = m.key(at(v, 1))?;
                let (there, open) = map(m, v, |map| (map.get(&key).is_some(), map.open))?;
                if !there && open { m.answer_hole("containsKey") } else { Ok(Value::of_bool(there)) }
            }),
            ("remove", "(Ljava/lang/Object;)", |m, v, _| {
                let key = m.key(at(v, 1))?;
                map(m, v, |map| map.remove(&key)).map(|old| old.unwrap_or(Value::NULL))
            }),
            ("clear", "()", |m, v, _| map(m, v, Map::clear).map(|()| Value::NULL)),
            ("size", "()", |m, v, _| map(m, v, |map| map.len()).map(|n| Value::of_int(n as i32))),
            ("isEmpty", "()", |m, v, _| map(m, v, |map| map.len()).map(|n| Value::of_bool(n == 0))),
            ("keySet", "()", |m, v, _| {
                let all = map(m, v, |map| map.in_order())?;
                Ok(m.make_native(
                    "Ljava/util/ArrayList;",
                    Native::List(all.into_iter().map(|(key, _)| key).collect()),
                ))
            }),
            ("values", "()", |m, v, _| {
                let all = map(m, v, |map| map.in_order())?;
                Ok(m.make_native(
                    "Ljava/util/ArrayList;",
                    Native::List(all.into_iter().map(|(_, value)| value).collect()),
                ))
            }),
            ("entrySet", "()", |m, v, _| {
                let all = map(m, v, |map| map.in_order())?;
                let entries = all
                    .into_iter()
                    .map(|(key, value)| m.make_native("Ljava/util/Map$Entry;", Native::Entry(key, value)))
                    .collect();
                Ok(m.make_native("Ljava/util/ArrayList;", Native::List(entries)))
            }),
        ],
    ),
    (
        &["Ljava/util/Map$Entry;"],
        &[
            ("getKey", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Entry(key, _), .. }) => Ok(*key),
                _ => Err(m.unfit(at(v, 0))),
            }),
            ("getValue", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Entry(_, value), .. }) => Ok(*value),
                _ => Err(m.unfit(at(v, 0))),
            }),
        ],
    ),
];

fn map<T>(m: &mut Machine<'_>, v: &[Value], work: impl FnOnce(&mut Map) -> T) -> Result<T, Raised> {
    m.bytes += 96;
    m.steps += 1;
    match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Map(all), .. }) => Ok(work(all)),
        _ => Err(m.unfit(at(v, 0))),
    }
}

fn start(m: &mut Machine<'_>, v: &[Value], t: &MethodTarget) -> Answer {
    m.construct(
        at(v, 0),
        Native::Map(Map {
            sorted: t.class.contains("TreeMap") || t.class.contains("Sparse"),
            ..Map::default()
        }),
    )
}

fn put(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let (shown, value) = (at(v, 1), at(v, 2));
    match m.key(shown) {
        Ok(key) => map(m, v, |map| map.put(key, shown, value)).map(|old| old.unwrap_or(Value::NULL)),
        Err(Raised::Hole(hole)) => {
            map(m, v, |map| map.open = true)?;
            Err(Raised::Hole(hole))
        }
        Err(other) => Err(other),
    }
}

fn put_all(m: &mut Machine<'_>, v: &[Value]) -> Answer {
    let all = map(m, &[at(v, 1)], |map| map.in_order())?;
    for (shown, value) in all {
        let key = m.key(shown)?;
        map(m, v, |map| map.put(key, shown, value))?;
    }
    Ok(Value::NULL)
}

fn get(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let key = m.key(at(v, 1))?;
    let (found, open) = map(m, v, |map| (map.get(&key).map(|(_, value)| value), map.open))?;
    match found {
        Some(value) => Ok(value),
        None if open => m.answer_hole("get"),
        None => Ok(Value::NULL),
    }
}
