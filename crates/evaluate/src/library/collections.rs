//! Lists, queues, sets, iterators.

use super::Table;
use super::arguments::at;
use crate::heap::{Key, Map, Native, Object};
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine, Raised};
use crate::value::Value;

const LISTS: &[&str] = &[
    "Ljava/util/List;",
    "Ljava/util/ArrayList;",
    "Ljava/util/LinkedList;",
    "Ljava/util/Vector;",
    "Ljava/util/Stack;",
    "Ljava/util/ArrayDeque;",
    "Ljava/util/concurrent/CopyOnWriteArrayList;",
];
const SETS: &[&str] =
    &["Ljava/util/Set;", "Ljava/util/HashSet;", "Ljava/util/LinkedHashSet;", "Ljava/util/TreeSet;"];

pub(super) const TABLES: &[Table] = &[
    (
        LISTS,
        &[
            ("<init>", "()", |m, v, _| m.construct(at(v, 0), Native::List(Vec::new()))),
            ("<init>", "(I)", |m, v, _| m.construct(at(v, 0), Native::List(Vec::new()))),
            ("<init>", "(Ljava/util/Collection;)", |m, v, _| {
                let all = m.elements(at(v, 1))?;
                m.construct(at(v, 0), Native::List(all))
            }),
            ("add", "(Ljava/lang/Object;)", |m, v, _| {
                let one = at(v, 1);
                list(m, v, |l| l.push(one)).map(|()| Value::of_bool(true))
            }),
            ("addElement", "(Ljava/lang/Object;)", |m, v, _| {
                let one = at(v, 1);
                list(m, v, |l| l.push(one)).map(|()| Value::NULL)
            }),
            ("addLast", "(Ljava/lang/Object;)", |m, v, _| {
                let one = at(v, 1);
                list(m, v, |l| l.push(one)).map(|()| Value::NULL)
            }),
            ("offer", "(Ljava/lang/Object;)", |m, v, _| {
                let one = at(v, 1);
                list(m, v, |l| l.push(one)).map(|()| Value::of_bool(true))
            }),
            ("addFirst", "(Ljava/lang/Object;)", |m, v, _| {
                let one = at(v, 1);
                list(m, v, |l| l.insert(0, one)).map(|()| Value::NULL)
            }),
            ("push", "(Ljava/lang/Object;)", |m, v, t| {
                let one = at(v, 1);
                // A stack grows at its end, a deque at its front.
                let stack = &*t.class == "Ljava/util/Stack;";
                list(m, v, |l| if stack { l.push(one) } else { l.insert(0, one) }).map(|()| one)
            }),
            ("pop", "()", |m, v, t| {
                let stack = &*t.class == "Ljava/util/Stack;";
                let one = list(m, v, |l| {
                    if stack {
                        l.pop()
                    } else if l.is_empty() {
                        None
                    } else {
                        Some(l.remove(0))
                    }
                })?;
                some(m, one, "Ljava/util/EmptyStackException;")
            }),
            ("peek", "()", |m, v, t| {
                let stack = &*t.class == "Ljava/util/Stack;";
                let one = list(m, v, |l| if stack { l.last().copied() } else { l.first().copied() })?;
                Ok(one.unwrap_or(Value::NULL))
            }),
            ("poll", "()", |m, v, _| {
                list(m, v, |l| if l.is_empty() { None } else { Some(l.remove(0)) })
                    .map(|one| one.unwrap_or(Value::NULL))
            }),
            ("pollFirst", "()", |m, v, _| {
                list(m, v, |l| if l.is_empty() { None } else { Some(l.remove(0)) })
                    .map(|one| one.unwrap_or(Value::NULL))
            }),
            ("pollLast", "()", |m, v, _| list(m, v, Vec::pop).map(|one| one.unwrap_or(Value::NULL))),
            ("removeFirst", "()", |m, v, _| {
                let one = list(m, v, |l| if l.is_empty() { None } else { Some(l.remove(0)) })?;
                some(m, one, "Ljava/util/NoSuchElementException;")
            }),
            ("removeLast", "()", |m, v, _| {
                let one = list(m, v, Vec::pop)?;
                some(m, one, "Ljava/util/NoSuchElementException;")
            }),
            ("getFirst", "()", |m, v, _| {
                let one = list(m, v, |l| l.first().copied())?;
                some(m, one, "Ljava/util/NoSuchElementException;")
            }),
            ("getLast", "()", |m, v, _| {
                let one = list(m, v, |l| l.last().copied())?;
                some(m, one, "Ljava/util/NoSuchElementException;")
            }),
            ("firstElement", "()", |m, v, _| {
                let one = list(m, v, |l| l.first().copied())?;
                some(m, one, "Ljava/util/NoSuchElementException;")
            }),
            ("add", "(ILjava/lang/Object;)", |m, v, _| {
                let (index, one) = (m.size(at(v, 1))?, at(v, 2));
                let fits = list(m, v, |l| {
                    if index <= l.len() {
                        l.insert(index, one);
                        true
                    } else {
                        false
                    }
                })?;
                some(m, fits.then_some(Value::NULL), "Ljava/lang/IndexOutOfBoundsException;")
            }),
            ("get", "(I)", get),
            ("elementAt", "(I)", get),
            ("set", "(ILjava/lang/Object;)", |m, v, _| {
                let (index, one) = (m.size(at(v, 1))?, at(v, 2));
                let old = list(m, v, |l| l.get_mut(index).map(|slot| std::mem::replace(slot, one)))?;
                some(m, old, "Ljava/lang/IndexOutOfBoundsException;")
            }),
            ("remove", "(I)", |m, v, _| {
                let index = m.size(at(v, 1))?;
                let old = list(m, v, |l| if index < l.len() { Some(l.remove(index)) } else { None })?;
                some(m, old, "Ljava/lang/IndexOutOfBoundsException;")
            }),
            ("subList", "(II)", |m, v, _| {
                let (from, to) = (m.size(at(v, 1))?, m.size(at(v, 2))?);
                match list(m, v, |l| l.get(from..to).map(<[Value]>::to_vec))? {
                    Some(part) => Ok(m.make_native("Ljava/util/ArrayList;", Native::List(part))),
                    None => Err(m.throw("Ljava/lang/IndexOutOfBoundsException;", "")),
                }
            }),
            ("indexOf", "(Ljava/lang/Object;)", |m, v, _| {
                Ok(position(m, v)?.map_or(Value::of_int(-1), |at| Value::of_int(at as i32)))
            }),
        ],
    ),
    (
        LISTS,
        &[
            ("size", "()", |m, v, _| m.elements(at(v, 0)).map(|all| Value::of_int(all.len() as i32))),
            ("isEmpty", "()", |m, v, _| m.elements(at(v, 0)).map(|all| Value::of_bool(all.is_empty()))),
            ("contains", "(Ljava/lang/Object;)", |m, v, _| Ok(Value::of_bool(position(m, v)?.is_some()))),
            ("clear", "()", |m, v, _| list(m, v, Vec::clear).map(|()| Value::NULL)),
            ("addAll", "(Ljava/util/Collection;)", |m, v, _| {
                let all = m.elements(at(v, 1))?;
                let any = !all.is_empty();
                list(m, v, |l| l.extend(all)).map(|()| Value::of_bool(any))
            }),
            ("remove", "(Ljava/lang/Object;)", |m, v, _| {
                let found = position(m, v)?;
                list(m, v, |l| found.map(|at| l.remove(at))).map(|old| Value::of_bool(old.is_some()))
            }),
            ("iterator", "()", iterator),
            ("listIterator", "()", iterator),
            ("elements", "()", iterator),
            ("descendingIterator", "()", |m, v, _| {
                let mut all = m.elements(at(v, 0))?;
                all.reverse();
                Ok(m.make_native("Ljava/util/Iterator;", Native::Iterator(all, 0)))
            }),
            ("toArray", "()", |m, v, _| {
                let all = m.elements(at(v, 0))?;
                m.answer_objects("[Ljava/lang/Object;", all)
            }),
            ("toArray", "([Ljava/lang/Object;)", to_array),
            ("toString", "()", |m, v, _| {
                let text = m.shown_text(at(v, 0), b'L');
                m.answer_text(text)
            }),
        ],
    ),
    (
        SETS,
        &[
            ("<init>", "()", |m, v, t| {
                m.construct(at(v, 0), Native::Set(Map { sorted: t.class.contains("Tree"), ..Map::default() }))
            }),
            ("<init>", "(I)", |m, v, _| m.construct(at(v, 0), Native::Set(Map::default()))),
            ("<init>", "(Ljava/util/Collection;)", |m, v, t| {
                let mut set = Map { sorted: t.class.contains("Tree"), ..Map::default() };
                for one in m.elements(at(v, 1))? {
                    let key = m.key(one)?;
                    set.put(key, one, Value::NULL);
                }
                m.construct(at(v, 0), Native::Set(set))
            }),
            ("add", "(Ljava/lang/Object;)", |m, v, _| {
                let (key, one) = (m.key(at(v, 1))?, at(v, 1));
                set(m, v, |s| s.put(key, one, Value::NULL).is_none()).map(Value::of_bool)
            }),
            ("addAll", "(Ljava/util/Collection;)", |m, v, _| {
                for one in m.elements(at(v, 1))? {
                    let key = m.key(one)?;
                    set(m, v, |s| s.put(key, one, Value::NULL))?;
                }
                Ok(Value::of_bool(true))
            }),
            ("contains", "(Ljava/lang/Object;)", |m, v, _| {
                let key = m.key(at(v, 1))?;
                set(m, v, |s| s.get(&key).is_some()).map(Value::of_bool)
            }),
            ("remove", "(Ljava/lang/Object;)", |m, v, _| {
                let key = m.key(at(v, 1))?;
                set(m, v, |s| s.remove(&key).is_some()).map(Value::of_bool)
            }),
            ("size", "()", |m, v, _| set(m, v, |s| s.len()).map(|n| Value::of_int(n as i32))),
            ("isEmpty", "()", |m, v, _| set(m, v, |s| s.len()).map(|n| Value::of_bool(n == 0))),
            ("clear", "()", |m, v, _| set(m, v, Map::clear).map(|()| Value::NULL)),
            ("iterator", "()", iterator),
            ("toArray", "()", |m, v, _| {
                let all = m.elements(at(v, 0))?;
                m.answer_objects("[Ljava/lang/Object;", all)
            }),
            ("toArray", "([Ljava/lang/Object;)", to_array),
        ],
    ),
    (
        &[
            "Ljava/util/Iterator;",
            "Ljava/util/ListIterator;",
            "Ljava/util/Enumeration;",
            "Ljava/util/StringTokenizer;",
        ],
        &[
            ("hasNext", "()", |m, v, _| steps(m, v).map(|(all, at)| Value::of_bool(at < all))),
            ("hasMoreElements", "()", |m, v, _| steps(m, v).map(|(all, at)| Value::of_bool(at < all))),
            ("hasMoreTokens", "()", |m, v, _| steps(m, v).map(|(all, at)| Value::of_bool(at < all))),
            ("countTokens", "()", |m, v, _| steps(m, v).map(|(all, at)| Value::of_int((all - at) as i32))),
            ("next", "()", next),
            ("nextElement", "()", next),
            ("nextToken", "()", next),
            ("<init>", "(Ljava/lang/String;)", tokens),
            ("<init>", "(Ljava/lang/String;Ljava/lang/String;)", tokens),
        ],
    ),
    (
        &["Ljava/util/Collections;"],
        &[
            ("reverse", "(Ljava/util/List;)", |m, v, _| list(m, v, |l| l.reverse()).map(|()| Value::NULL)),
            ("sort", "(Ljava/util/List;)", |m, v, _| {
                let all = m.elements(at(v, 0))?;
                let mut keyed = Vec::with_capacity(all.len());
                for one in all {
                    keyed.push((m.key(one)?, one));
                }
                if keyed.iter().any(|(key, _)| matches!(key, Key::Identity(_))) {
                    return Err(Raised::Unmodelled);
                }
                keyed.sort_by(|a, b| match (&a.0, &b.0) {
                    (Key::Text(a), Key::Text(b)) => a.cmp(b),
                    (Key::Number(_, a), Key::Number(_, b)) => a.cmp(b),
                    _ => std::cmp::Ordering::Equal,
                });
                let sorted = keyed.into_iter().map(|(_, one)| one).collect();
                list(m, v, |l| *l = sorted).map(|()| Value::NULL)
            }),
            ("swap", "(Ljava/util/List;II)", |m, v, _| {
                let (a, b) = (m.size(at(v, 1))?, m.size(at(v, 2))?);
                let fits = list(m, v, |l| {
                    if a.max(b) < l.len() {
                        l.swap(a, b);
                        true
                    } else {
                        false
                    }
                })?;
                some(m, fits.then_some(Value::NULL), "Ljava/lang/IndexOutOfBoundsException;")
            }),
            ("addAll", "(Ljava/util/Collection;[Ljava/lang/Object;)", |m, v, _| {
                let all = m.elements(at(v, 1))?;
                list(m, v, |l| l.extend(all)).map(|()| Value::of_bool(true))
            }),
            ("shuffle", "(Ljava/util/List;Ljava/util/Random;)", |m, v, t| {
                let nexter = super::find("Ljava/util/Random;", "nextInt", "(I)").ok_or(Raised::Unmodelled)?;
                let length = m.elements(at(v, 0))?.len();
                for index in (2..=length).rev() {
                    let other = nexter(m, &[at(v, 1), Value::of_int(index as i32)], t)?;
                    let other = m.size(other)?;
                    list(m, v, |l| l.swap(index - 1, other))?;
                }
                Ok(Value::NULL)
            }),
            ("unmodifiableList", "(Ljava/util/List;)", |_, v, _| Ok(at(v, 0))),
            ("unmodifiableMap", "(Ljava/util/Map;)", |_, v, _| Ok(at(v, 0))),
            ("unmodifiableSet", "(Ljava/util/Set;)", |_, v, _| Ok(at(v, 0))),
            ("synchronizedList", "(Ljava/util/List;)", |_, v, _| Ok(at(v, 0))),
            ("synchronizedMap", "(Ljava/util/Map;)", |_, v, _| Ok(at(v, 0))),
            ("singletonList", "(Ljava/lang/Object;)", |m, v, _| {
                Ok(m.make_native("Ljava/util/ArrayList;", Native::List(vec![at(v, 0)])))
            }),
            ("emptyList", "()", |m, _, _| {
                Ok(m.make_native("Ljava/util/ArrayList;", Native::List(Vec::new())))
            }),
            ("emptyMap", "()", |m, _, _| {
                Ok(m.make_native("Ljava/util/HashMap;", Native::Map(Map::default())))
            }),
        ],
    ),
];

fn list<T>(m: &mut Machine<'_>, v: &[Value], work: impl FnOnce(&mut Vec<Value>) -> T) -> Result<T, Raised> {
    let most = m.budget.length;
    m.bytes += 16;
    m.steps += 1;
    let length = match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::List(all), .. }) if all.len() < most => {
            let done = work(all);
            let length = all.len();
            m.steps += length as u64 / 256;
            return Ok(done);
        }
        Some(Object { native: Native::List(all), .. }) => all.len(),
        _ => return Err(m.unfit(at(v, 0))),
    };
    m.long_enough(length + 1)?;
    Err(Raised::Unmodelled)
}

fn set<T>(m: &mut Machine<'_>, v: &[Value], work: impl FnOnce(&mut Map) -> T) -> Result<T, Raised> {
    m.bytes += 96;
    m.steps += 1;
    match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Set(all), .. }) => Ok(work(all)),
        _ => Err(m.unfit(at(v, 0))),
    }
}

fn some(m: &mut Machine<'_>, value: Option<Value>, otherwise: &str) -> Answer {
    match value {
        Some(value) => Ok(value),
        None => Err(m.throw(otherwise, "")),
    }
}

fn get(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let index = m.size(at(v, 1))?;
    let one = list(m, v, |l| l.get(index).copied())?;
    some(m, one, "Ljava/lang/IndexOutOfBoundsException;")
}

fn position(m: &mut Machine<'_>, v: &[Value]) -> Result<Option<usize>, Raised> {
    let all = m.elements(at(v, 0))?;
    let wanted = m.key(at(v, 1))?;
    for (number, one) in all.into_iter().enumerate() {
        if m.key(one)? == wanted {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

fn iterator(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let all = m.elements(at(v, 0))?;
    Ok(m.make_native("Ljava/util/Iterator;", Native::Iterator(all, 0)))
}

fn to_array(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let all = m.elements(at(v, 0))?;
    let class = m.object(at(v, 1)).map(|object| object.class);
    let class = class.map_or_else(|| "[Ljava/lang/Object;".into(), |class| m.link.text(class));
    m.answer_objects(&class, all)
}

fn steps(m: &mut Machine<'_>, v: &[Value]) -> Result<(usize, usize), Raised> {
    match m.object(at(v, 0)) {
        Some(Object { native: Native::Iterator(all, at), .. }) => Ok((all.len(), *at)),
        _ => Err(m.unfit(at(v, 0))),
    }
}

fn next(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let one = match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Iterator(all, at), .. }) => {
            *at += 1;
            all.get(*at - 1).copied()
        }
        _ => return Err(m.unfit(at(v, 0))),
    };
    some(m, one, "Ljava/util/NoSuchElementException;")
}

fn tokens(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let between =
        if v.len() > 2 { m.units(at(v, 2))?.to_vec() } else { " \t\n\r\u{c}".encode_utf16().collect() };
    let units = m.units(at(v, 1))?.to_vec();
    let mut all = Vec::new();
    for part in units.split(|unit| between.contains(unit)).filter(|part| !part.is_empty()) {
        all.push(m.answer_units(part.to_vec())?);
    }
    m.construct(at(v, 0), Native::Iterator(all, 0))
}

impl Machine<'_> {
    /// The elements of a list, set or array of objects.
    pub(super) fn elements(&mut self, of: Value) -> Result<Vec<Value>, Raised> {
        let all = match self.object(of).map(|object| &object.native) {
            Some(Native::List(all)) => all.clone(),
            Some(Native::Iterator(all, at)) => all.get(*at..).unwrap_or(&[]).to_vec(),
            Some(Native::Set(set)) => set.in_order().iter().map(|(key, _)| *key).collect(),
            Some(Native::Array(array)) => (0..array.len()).filter_map(|index| array.get(index)).collect(),
            _ => return Err(self.unfit(of)),
        };
        self.steps += all.len() as u64 / 32;
        Ok(all)
    }
}
