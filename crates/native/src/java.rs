//! What Java offers to native code: `JavaVM` and `JNIEnv`, and what is registered through them.

use std::collections::BTreeMap;

use crate::facts::JavaMethod;
use crate::image::{Image, Machine};
use crate::library::argument;
use crate::machine::Cpu;
use crate::mark::{ARGUMENT, Mark, Value};
use crate::memory::{Fault, JAVA, Memory};
use crate::text::{self, FILLER};

/// The functions of `JNIEnv`.
const FUNCTIONS: u64 = 233;
/// Those of `JavaVM` come behind.
const VM: u64 = 256;
const VM_FUNCTIONS: u64 = 8;
/// Methods registered at once.
const MOST: u64 = 512;

/// Names of the functions that are told of, by their place in the table of the JNI specification.
const NAMES: &[(u64, &str)] = &[
    (6, "FindClass"),
    (14, "ThrowNew"),
    (21, "NewGlobalRef"),
    (25, "NewLocalRef"),
    (33, "GetMethodID"),
    (94, "GetFieldID"),
    (113, "GetStaticMethodID"),
    (144, "GetStaticFieldID"),
    (167, "NewStringUTF"),
    (169, "GetStringUTFChars"),
    (215, "RegisterNatives"),
    (219, "GetJavaVM"),
    (VM + 4, "AttachCurrentThread"),
    (VM + 6, "GetEnv"),
];

/// The objects that stand for `JavaVM*` and `JNIEnv*`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Java {
    pub(crate) vm: u64,
    pub(crate) env: u64,
}

impl Java {
    /// Builds both in memory.
    pub(crate) fn build(image: &Image, memory: &mut Memory<'_>) -> Result<Java, Fault> {
        let size = word(image);
        let mut table = |first: u64, count: u64| -> Result<u64, Fault> {
            let object = memory.allocate((count + 1) * size).ok_or(Fault)?;
            memory.store(Value::known(object), Value::known(object + size), size)?;
            for index in 0..count {
                let slot = Value::known(object + (index + 1) * size);
                memory.store(slot, Value::known(JAVA + 16 * (first + index)), size)?;
            }
            Ok(object)
        };
        Ok(Java { env: table(0, FUNCTIONS)?, vm: table(VM, VM_FUNCTIONS)? })
    }
}

fn word(image: &Image) -> u64 {
    if image.machine == Machine::Arm { 4 } else { 8 }
}

/// The name of the function at an address of the tables.
pub(crate) fn name(address: u64) -> &'static str {
    let index = address.wrapping_sub(JAVA) / 16;
    NAMES.iter().find(|entry| entry.0 == index).map_or("JNI", |entry| entry.1)
}

/// Plays a function of `JNIEnv` or `JavaVM`. `classes` are the handles given out so far.
pub(crate) fn call(
    cpu: &mut Cpu<'_>,
    name: &str,
    java: Java,
    classes: &mut BTreeMap<u64, String>,
    methods: &mut Vec<JavaMethod>,
) -> Result<Value, Fault> {
    let size = word(cpu.image);
    let second = argument(cpu, 1);
    let object = |cpu: &mut Cpu<'_>| cpu.memory.allocate(32).unwrap_or(0);
    Ok(match name {
        "FindClass" => {
            let class = text::read(&cpu.memory, second);
            let handle = object(cpu);
            if !class.empty {
                classes.insert(handle, class.text);
            }
            Value::known(handle)
        }
        "NewGlobalRef" | "NewLocalRef" => second,
        "GetMethodID" | "GetStaticMethodID" | "GetFieldID" | "GetStaticFieldID" | "NewStringUTF" => {
            Value::known(object(cpu))
        }
        "GetStringUTFChars" => {
            let place = object(cpu);
            for at in 0..16 {
                cpu.memory.set(place + at, FILLER, Mark::unknown(ARGUMENT))?;
            }
            cpu.memory.set(place + 16, 0, Mark::KNOWN)?;
            Value { bits: place, mark: Mark::unknown(ARGUMENT) }
        }
        "GetJavaVM" => {
            cpu.memory.store(second, Value::known(java.vm), size)?;
            Value::known(0)
        }
        "GetEnv" | "AttachCurrentThread" => {
            cpu.memory.store(second, Value::known(java.env), size)?;
            Value::known(0)
        }
        "RegisterNatives" => {
            let class = classes.get(&second.bits).cloned();
            register(cpu, class, argument(cpu, 2), argument(cpu, 3), methods)?;
            Value::known(0)
        }
        _ => Value::unknown(0, ARGUMENT),
    })
}

/// Reads a table of `JNINativeMethod`.
pub(crate) fn register(
    cpu: &Cpu<'_>,
    class: Option<String>,
    table: Value,
    count: Value,
    methods: &mut Vec<JavaMethod>,
) -> Result<(), Fault> {
    let size = word(cpu.image);
    let count = if count.mark.is_unknown() { 0 } else { count.bits.min(MOST) };
    for index in 0..count {
        let field = |number: u64| {
            let at = table.bits.wrapping_add((3 * index + number) * size);
            cpu.memory.load(Value { bits: at, mark: table.mark }, size)
        };
        let (name, descriptor, function) = (field(0)?, field(1)?, field(2)?);
        let (name, descriptor) = (text::read(&cpu.memory, name), text::read(&cpu.memory, descriptor));
        if name.empty || name.text.is_empty() || cpu.image.code(function.bits & !1).is_none() {
            continue;
        }
        methods.push(JavaMethod {
            class: class.as_ref().map(|class| format!("L{class};")),
            name: name.text,
            descriptor: (!descriptor.empty).then_some(descriptor.text),
            function: function.bits,
        });
    }
    Ok(())
}

/// The class and method of an exported `Java_…` name, as the JNI specification mangles them.
pub(crate) fn exported(name: &str) -> Option<(String, String, Option<String>)> {
    let rest = name.strip_prefix("Java_")?;
    let (path, arguments) = match rest.find("__") {
        Some(at) => (rest.get(..at)?, rest.get(at + 2..)),
        None => (rest, None),
    };
    let plain = decode(path)?;
    let (class, method) = plain.rsplit_once('/')?;
    let arguments = arguments.and_then(decode).map(|list| format!("({list})"));
    Some((format!("L{class};"), method.to_owned(), arguments))
}

fn decode(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '_' {
            out.push(char);
            continue;
        }
        let mut ahead = chars.clone();
        match ahead.next() {
            Some('1') => out.push('_'),
            Some('2') => out.push(';'),
            Some('3') => out.push('['),
            Some('0') => {
                let digits: String = ahead.by_ref().take(4).collect();
                out.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
            }
            _ => {
                out.push('/');
                continue;
            }
        }
        chars = ahead;
    }
    Some(out)
}
