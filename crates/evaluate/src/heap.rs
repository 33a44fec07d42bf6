//! Objects. Those that static initialisers leave are shared by all runs; what a run changes of them it changes for itself.

use std::rc::Rc;

use overt_program::{ClassId, MethodId};
use rustc_hash::FxHashMap;

use crate::cipher::CipherState;
use crate::hash::Algorithm;
use crate::linkage::{FieldId, Type};
use crate::origin::OriginId;
use crate::text::Text;
use crate::value::{Handle, Hole, Value};

/// Handles of objects of a run have this bit.
const OF_RUN: u32 = 1 << 31;

/// Elements of an array.
#[derive(Clone, Debug)]
pub enum Cells {
    /// `byte[]` and `boolean[]`.
    Bytes(Vec<i8>),
    /// `char[]`.
    Chars(Vec<u16>),
    /// `int[]`.
    Ints(Vec<i32>),
    /// Every other array, and those with an element that is not known.
    Values(Vec<Value>),
    /// So many elements of which nothing is known.
    Forgotten(usize, Hole),
}

/// An array.
#[derive(Clone, Debug)]
pub struct Array {
    /// First letter of the element's descriptor.
    pub kind: u8,
    /// The elements.
    pub cells: Cells,
}

impl Array {
    /// An array of zeros.
    #[must_use]
    pub fn new(kind: u8, length: usize) -> Array {
        let cells = match kind {
            b'B' | b'Z' => Cells::Bytes(vec![0; length]),
            b'C' => Cells::Chars(vec![0; length]),
            b'I' => Cells::Ints(vec![0; length]),
            _ => Cells::Values(vec![Value::NULL; length]),
        };
        Array { kind, cells }
    }

    /// How many elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.cells {
            Cells::Bytes(all) => all.len(),
            Cells::Chars(all) => all.len(),
            Cells::Ints(all) => all.len(),
            Cells::Values(all) => all.len(),
            Cells::Forgotten(length, _) => *length,
        }
    }

    /// Has it none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An element.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Value> {
        match &self.cells {
            Cells::Bytes(all) => all.get(index).map(|one| Value::Number(i64::from(*one))),
            Cells::Chars(all) => all.get(index).map(|one| Value::Number(i64::from(*one))),
            Cells::Ints(all) => all.get(index).map(|one| Value::Number(i64::from(*one))),
            Cells::Values(all) => all.get(index).copied(),
            Cells::Forgotten(length, hole) => (index < *length).then_some(Value::Unknown(*hole)),
        }
    }

    fn all(&self) -> Vec<Value> {
        (0..self.len()).filter_map(|index| self.get(index)).collect()
    }

    /// Writes an element, narrowed to the array's type; `false` outside.
    pub fn put(&mut self, index: usize, value: Value) -> bool {
        if index >= self.len() {
            return false;
        }
        match self.cells {
            Cells::Values(_) => {}
            Cells::Forgotten(..) if value.is_unknown() => return true,
            Cells::Forgotten(..) => self.cells = Cells::Values(self.all()),
            _ if matches!(value, Value::Number(_)) => {}
            _ => self.cells = Cells::Values(self.all()),
        }
        let number = match value {
            Value::Number(number) => number,
            _ => 0,
        };
        match &mut self.cells {
            Cells::Bytes(all) => all[index] = number as i8,
            Cells::Chars(all) => all[index] = number as u16,
            Cells::Ints(all) => all[index] = number as i32,
            Cells::Values(all) => {
                all[index] = match value {
                    Value::Number(number) => Value::Number(narrow(self.kind, number)),
                    other => other,
                }
            }
            Cells::Forgotten(..) => {}
        }
        true
    }

    /// Makes every element unknown.
    pub fn forget(&mut self, hole: Hole) {
        self.cells = Cells::Forgotten(self.len(), hole);
    }

    /// The bytes of a `byte[]` that is known throughout.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        if self.kind != b'B' {
            return None;
        }
        match &self.cells {
            Cells::Bytes(all) => Some(all.iter().map(|byte| *byte as u8).collect()),
            Cells::Values(all) => numbers(all).map(|all| all.iter().map(|byte| *byte as u8).collect()),
            _ => None,
        }
    }

    /// The units of a `char[]` that is known throughout.
    #[must_use]
    pub fn units(&self) -> Option<Vec<u16>> {
        if self.kind != b'C' {
            return None;
        }
        match &self.cells {
            Cells::Chars(all) => Some(all.clone()),
            Cells::Values(all) => numbers(all).map(|all| all.iter().map(|unit| *unit as u16).collect()),
            _ => None,
        }
    }

    /// A `byte[]`.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Array {
        Array { kind: b'B', cells: Cells::Bytes(bytes.iter().map(|byte| *byte as i8).collect()) }
    }
}

fn numbers(all: &[Value]) -> Option<Vec<i64>> {
    all.iter()
        .map(|value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        })
        .collect()
}

/// What a field or element of this type keeps of a number.
#[must_use]
pub fn narrow(kind: u8, number: i64) -> i64 {
    match kind {
        b'B' => i64::from(number as i8),
        b'Z' => number & 1,
        b'C' => i64::from(number as u16),
        b'S' => i64::from(number as i16),
        b'J' | b'D' => number,
        _ => i64::from(number as i32),
    }
}

/// Equality of map keys and set elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A string.
    Text(Vec<u16>),
    /// A boxed number: letter of its type, and value.
    Number(u8, i64),
    /// Any other object, by identity; `null` too.
    Identity(Value),
}

/// A map or set that keeps the order of insertion.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// Entries; `None` where one was removed.
    pub entries: Vec<Option<(Key, Value, Value)>>,
    pub(crate) index: FxHashMap<Key, usize>,
    /// Kept sorted by key when it is read.
    pub sorted: bool,
    /// Something unknown was put in under an unknown key: absence says nothing.
    pub open: bool,
}

impl Map {
    /// What stands under the key: key and value.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<(Value, Value)> {
        let (_, key, value) = self.entries.get(*self.index.get(key)?)?.as_ref()?;
        Some((*key, *value))
    }

    /// Puts a value; returns the one before.
    pub fn put(&mut self, key: Key, shown: Value, value: Value) -> Option<Value> {
        if let Some(at) = self.index.get(&key)
            && let Some(Some(entry)) = self.entries.get_mut(*at)
        {
            return Some(std::mem::replace(&mut entry.2, value));
        }
        self.index.insert(key.clone(), self.entries.len());
        self.entries.push(Some((key, shown, value)));
        None
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &Key) -> Option<Value> {
        let at = self.index.remove(key)?;
        self.entries.get_mut(at)?.take().map(|(_, _, value)| value)
    }

    /// How many entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.index.clear();
    }

    /// Entries in the order in which they are given out.
    #[must_use]
    pub fn in_order(&self) -> Vec<(Value, Value)> {
        let mut all: Vec<&(Key, Value, Value)> = self.entries.iter().flatten().collect();
        if self.sorted {
            all.sort_by(|a, b| match (&a.0, &b.0) {
                (Key::Text(a), Key::Text(b)) => a.cmp(b),
                (Key::Number(_, a), Key::Number(_, b)) => a.cmp(b),
                _ => std::cmp::Ordering::Equal,
            });
        }
        all.into_iter().map(|(_, key, value)| (*key, *value)).collect()
    }
}

/// What an object of the platform holds.
#[derive(Clone, Debug, Default)]
pub enum Native {
    /// Nothing: an object of the app, or one not yet constructed.
    #[default]
    None,
    /// An object of a platform class that is not modelled, with its name.
    Outside(Hole),
    /// `String`.
    Text(Text),
    /// `StringBuilder`, `StringBuffer`, `StringWriter`.
    Builder(Text),
    /// A boxed number: letter of its type, and its bits.
    Boxed(u8, i64),
    /// An array.
    Array(Array),
    /// Every list and queue.
    List(Vec<Value>),
    /// Every map.
    Map(Map),
    /// Every set.
    Set(Map),
    /// `Map.Entry`.
    Entry(Value, Value),
    /// `Iterator`, `Enumeration`, `StringTokenizer`: what comes, and how far it is. The list it came from, for `remove`.
    Iterator(Vec<Value>, usize),
    /// `Random`, by its scrambled seed.
    Random(i64),
    /// `MessageDigest` with what it was fed.
    Digest(Algorithm, Vec<u8>),
    /// `Mac`: algorithm, key, what it was fed.
    Mac(Algorithm, Option<Vec<u8>>, Vec<u8>),
    /// `CRC32`, `Adler32`.
    Checksum(bool, u32),
    /// `Cipher`.
    Cipher(Rc<CipherState>),
    /// A key: algorithm and bytes.
    Key(Rc<str>, Rc<[u8]>),
    /// An initialisation vector; with the length of the tag in bits where it was given.
    Iv(Rc<[u8]>, u32),
    /// `PBEKeySpec`: password, salt, rounds, bits.
    Password(Rc<[u16]>, Rc<[u8]>, u32, u32),
    /// `SecretKeyFactory`, `KeyGenerator`: algorithm.
    Factory(Rc<str>),
    /// `Class`.
    Class(Type),
    /// `reflect.Method`: class and name.
    Method(Type, Rc<str>),
    /// `reflect.Field`.
    Field(Type, Rc<str>),
    /// `reflect.Constructor`.
    Constructor(Type),
    /// A `Throwable`: its message, and the stack when it was made.
    Throwable(Value, Value),
    /// `StackTraceElement`.
    Frame(MethodId),
    /// Every stream and reader: what it gives, and how far it was read.
    Input(Rc<[u8]>, usize),
    /// A `Reader` over text.
    Reader(Rc<[u16]>, usize),
    /// `ByteArrayOutputStream`.
    Output(Vec<u8>),
    /// `Charset`.
    Charset(crate::charset::Charset),
    /// `AtomicInteger` and its like, `AtomicReference`, `ThreadLocal`, `WeakReference`.
    Cell(Value),
    /// `BitSet`.
    Bits(Vec<u32>),
    /// `Inflater`: what it was given.
    Inflater(Vec<u8>, usize, bool),
    /// `BigInteger`, as its big-endian two's complement bytes.
    Big(Rc<[u8]>),
}

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its class.
    pub class: Type,
    /// How strings and arrays came about.
    pub origin: OriginId,
    /// Fields that are not set are unknown, not zero.
    pub open: Option<Hole>,
    /// Fields of the app's classes.
    pub fields: Vec<(FieldId, Value)>,
    /// What the platform's part of it holds.
    pub native: Native,
}

impl Object {
    /// An object of `class`.
    #[must_use]
    pub fn new(class: Type, native: Native) -> Object {
        Object { class, origin: OriginId::LITERAL, open: None, fields: Vec::new(), native }
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        128 + match &self.native {
            Native::Text(text) | Native::Builder(text) => text.units.len() * 2 + text.holes.len() * 16,
            Native::Array(array) => match &array.cells {
                Cells::Bytes(all) => all.len(),
                Cells::Chars(all) => all.len() * 2,
                Cells::Ints(all) => all.len() * 4,
                Cells::Values(all) => all.len() * 16,
                Cells::Forgotten(..) => 0,
            },
            Native::List(all) | Native::Iterator(all, _) => all.len() * 16,
            Native::Map(map) | Native::Set(map) => map.entries.len() * 96,
            Native::Input(bytes, _) => bytes.len(),
            Native::Output(bytes) | Native::Digest(_, bytes) | Native::Mac(_, _, bytes) => bytes.len(),
            Native::Reader(units, _) => units.len() * 2,
            _ => 0,
        }
    }
}

/// What a run made and changed; cheap to copy where ways part.
#[derive(Clone, Debug, Default)]
pub struct RunHeap {
    objects: Vec<Rc<Object>>,
    changed: FxHashMap<u32, Rc<Object>>,
}

/// All objects.
#[derive(Debug, Default)]
pub struct Heap {
    base: Vec<Rc<Object>>,
    /// Of the run under way.
    pub run: RunHeap,
    /// Objects made now belong to all runs.
    pub to_base: bool,
}

impl Heap {
    /// Adds an object.
    pub fn add(&mut self, object: Object) -> Handle {
        if self.to_base {
            self.base.push(Rc::new(object));
            Handle((self.base.len() - 1) as u32)
        } else {
            self.run.objects.push(Rc::new(object));
            Handle((self.run.objects.len() - 1) as u32 | OF_RUN)
        }
    }

    /// Adds an object that all runs share although a run is under way; nobody writes to it.
    pub fn add_shared(&mut self, object: Object) -> Handle {
        self.base.push(Rc::new(object));
        Handle((self.base.len() - 1) as u32)
    }

    /// An object.
    #[must_use]
    pub fn get(&self, handle: Handle) -> Option<&Object> {
        if handle.0 & OF_RUN != 0 {
            return self.run.objects.get((handle.0 & !OF_RUN) as usize).map(|object| &**object);
        }
        if !self.run.changed.is_empty()
            && let Some(object) = self.run.changed.get(&handle.0)
        {
            return Some(object);
        }
        self.base.get(handle.0 as usize).map(|object| &**object)
    }

    /// An object, to change it.
    pub fn get_mut(&mut self, handle: Handle) -> Option<&mut Object> {
        if handle.0 & OF_RUN != 0 {
            return self.run.objects.get_mut((handle.0 & !OF_RUN) as usize).map(Rc::make_mut);
        }
        let shared = self.base.get_mut(handle.0 as usize)?;
        if self.to_base {
            return Some(Rc::make_mut(shared));
        }
        let own = self.run.changed.entry(handle.0).or_insert_with(|| Rc::clone(shared));
        Some(Rc::make_mut(own))
    }
}

/// Where the statics of a class are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Its initialiser is running.
    Running,
    /// It ran to its end.
    Ready,
    /// It was broken off: what it did not set is unknown.
    Partial,
}

/// The statics.
#[derive(Debug, Default)]
pub struct Statics {
    /// As initialisers left them.
    pub base: FxHashMap<FieldId, Value>,
    /// As the run under way changed them.
    pub run: FxHashMap<FieldId, Value>,
    /// Classes whose initialiser began.
    pub classes: FxHashMap<ClassId, Readiness>,
}

impl Heap {
    /// Is it an object of the run under way?
    #[must_use]
    pub fn is_of_run(&self, handle: Handle) -> bool {
        handle.0 & OF_RUN != 0
    }

    /// Is it the object made last?
    #[must_use]
    pub fn is_latest(&self, handle: Handle) -> bool {
        if self.is_of_run(handle) {
            (handle.0 & !OF_RUN) as usize + 1 == self.run.objects.len()
        } else {
            self.to_base && handle.0 as usize + 1 == self.base.len()
        }
    }
}
