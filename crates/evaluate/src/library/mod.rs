//! Methods of the platform, one file a family of classes. To add a class: a file with its table, and a line in
//! `FAMILIES`.
//!
//! A row is looked up by class, name and parameters (not by what it returns, which covariant overrides change). A call on
//! an object goes by what the object is ([`class_of`]), so that rows stand once however the code refers to them.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::heap::Native;
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine};
use crate::value::Value;

mod arguments;
mod arrays;
mod boxes;
mod builders;
mod coding;
mod collections;
mod crypto;
mod format;
mod maps;
mod objects;
mod platform;
mod random;
mod reflection;
mod regex;
mod streams;
mod strings;

/// A model of a method: what it does with its arguments, the receiver first.
pub type Function = fn(&mut Machine<'_>, &[Value], &MethodTarget) -> Answer;

/// A class and its rows: name, parameters, model.
type Table = (&'static [&'static str], &'static [(&'static str, &'static str, Function)]);

const FAMILIES: &[&[Table]] = &[
    arrays::TABLES,
    boxes::TABLES,
    builders::TABLES,
    coding::TABLES,
    collections::TABLES,
    crypto::TABLES,
    format::TABLES,
    maps::TABLES,
    objects::TABLES,
    platform::TABLES,
    random::TABLES,
    reflection::TABLES,
    regex::TABLES,
    streams::TABLES,
    strings::TABLES,
];

type Index = FxHashMap<(&'static str, &'static str, &'static str), Function>;

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = FxHashMap::default();
        for (classes, rows) in FAMILIES.iter().copied().flatten() {
            for class in *classes {
                for (name, parameters, function) in *rows {
                    index.insert((*class, *name, *parameters), *function);
                }
            }
        }
        index
    })
}

/// The model of a method; `parameters` as `(ILp/C;)`.
#[must_use]
pub fn find(class: &str, name: &str, parameters: &str) -> Option<Function> {
    index().get(&(class, name, parameters)).copied()
}

/// How many methods are modelled.
#[must_use]
pub fn count() -> usize {
    index().len()
}

/// The class under which rows for an object stand.
#[must_use]
pub fn class_of(native: &Native) -> Option<&'static str> {
    Some(match native {
        Native::None | Native::Outside(_) => return None,
        Native::Text(_) => "Ljava/lang/String;",
        Native::Builder(_) => "Ljava/lang/StringBuilder;",
        Native::Boxed(kind, _) => match kind {
            b'C' => "Ljava/lang/Character;",
            b'Z' => "Ljava/lang/Boolean;",
            _ => "Ljava/lang/Number;",
        },
        Native::Array(_) => "[",
        Native::List(_) => "Ljava/util/List;",
        Native::Map(_) => "Ljava/util/Map;",
        Native::Set(_) => "Ljava/util/Set;",
        Native::Entry(..) => "Ljava/util/Map$Entry;",
        Native::Iterator(..) => "Ljava/util/Iterator;",
        Native::Random(_) => "Ljava/util/Random;",
        Native::Digest(..) => "Ljava/security/MessageDigest;",
        Native::Mac(..) => "Ljavax/crypto/Mac;",
        Native::Checksum(..) => "Ljava/util/zip/Checksum;",
        Native::Cipher(_) => "Ljavax/crypto/Cipher;",
        Native::Key(..) => "Ljavax/crypto/SecretKey;",
        Native::Iv(..) => "Ljavax/crypto/spec/IvParameterSpec;",
        Native::Password(..) => "Ljavax/crypto/spec/PBEKeySpec;",
        Native::Factory(_) => "Ljavax/crypto/SecretKeyFactory;",
        Native::Class(_) => "Ljava/lang/Class;",
        Native::Method(..) => "Ljava/lang/reflect/Method;",
        Native::Field(..) => "Ljava/lang/reflect/Field;",
        Native::Constructor(_) => "Ljava/lang/reflect/Constructor;",
        Native::Throwable(..) => "Ljava/lang/Throwable;",
        Native::Frame(_) => "Ljava/lang/StackTraceElement;",
        Native::Input(..) => "Ljava/io/InputStream;",
        Native::Reader(..) => "Ljava/io/Reader;",
        Native::Output(_) => "Ljava/io/ByteArrayOutputStream;",
        Native::Charset(_) => "Ljava/nio/charset/Charset;",
        Native::Cell(_) => "Ljava/util/concurrent/atomic/AtomicReference;",
        Native::Bits(_) => "Ljava/util/BitSet;",
        Native::Inflater(..) => "Ljava/util/zip/Inflater;",
        Native::Big(_) => "Ljava/math/BigInteger;",
    })
}

/// A static field of the platform.
pub(crate) fn static_field(machine: &mut Machine<'_>, class: &str, name: &str) -> Option<Value> {
    objects::static_field(machine, class, name)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
