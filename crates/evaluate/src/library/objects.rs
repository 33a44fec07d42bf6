//! `Object`, `Throwable`, `Thread`, `System`, references, and static fields of the platform.

use super::Table;
use super::arguments::{at, java_name};
use crate::charset::Charset;
use crate::heap::{Native, Object};
use crate::machine::{Answer, Machine, Raised};
use crate::value::Value;

/// Elements that follow the last known one of a stack: who called is not known.
const CALLERS: usize = 8;

const THROWABLES: &[&str] = &[
    "Ljava/lang/Throwable;",
    "Ljava/lang/Exception;",
    "Ljava/lang/Error;",
    "Ljava/lang/RuntimeException;",
    "Ljava/lang/IllegalStateException;",
    "Ljava/lang/IllegalArgumentException;",
    "Ljava/lang/NullPointerException;",
    "Ljava/lang/UnsupportedOperationException;",
    "Ljava/io/IOException;",
    "Ljava/lang/IndexOutOfBoundsException;",
    "Ljava/lang/ArithmeticException;",
    "Ljava/lang/ArrayIndexOutOfBoundsException;",
    "Ljava/lang/NumberFormatException;",
    "Ljava/lang/ClassCastException;",
    "Ljava/util/NoSuchElementException;",
    "Ljava/lang/AssertionError;",
    "Ljava/lang/SecurityException;",
    "Ljava/security/GeneralSecurityException;",
    "Ljava/lang/ClassNotFoundException;",
    "Ljava/io/FileNotFoundException;",
    "Ljava/lang/InterruptedException;",
    "Ljava/lang/NoClassDefFoundError;",
];

pub(super) const TABLES: &[Table] = &[
    (
        &["Ljava/lang/Object;"],
        &[
            ("<init>", "()", |_, _, _| Ok(Value::NULL)),
            ("getClass", "()", |m, v, _| {
                let Some(class) = m.object(at(v, 0)).map(|object| object.class) else {
                    return Err(m.unfit(at(v, 0)));
                };
                Ok(m.class_object(class))
            }),
            ("equals", "(Ljava/lang/Object;)", |m, v, _| {
                if at(v, 0).is_unknown() || at(v, 1).is_unknown() {
                    return m.answer_hole("equals");
                }
                let (a, b) = (m.key(at(v, 0))?, m.key(at(v, 1))?);
                Ok(Value::of_bool(a == b))
            }),
            ("wait", "()", |_, _, _| Ok(Value::NULL)),
            ("notify", "()", |_, _, _| Ok(Value::NULL)),
            ("notifyAll", "()", |_, _, _| Ok(Value::NULL)),
        ],
    ),
    (
        &["Ljava/util/Objects;"],
        &[
            ("equals", "(Ljava/lang/Object;Ljava/lang/Object;)", |m, v, _| {
                let (a, b) = (m.key(at(v, 0))?, m.key(at(v, 1))?);
                Ok(Value::of_bool(a == b))
            }),
            ("requireNonNull", "(Ljava/lang/Object;)", |m, v, _| {
                if at(v, 0) == Value::NULL {
                    Err(m.throw("Ljava/lang/NullPointerException;", ""))
                } else {
                    Ok(at(v, 0))
                }
            }),
        ],
    ),
    (
        THROWABLES,
        &[
            ("<init>", "()", |m, v, _| thrown(m, v, Value::NULL)),
            ("<init>", "(Ljava/lang/String;)", |m, v, _| thrown(m, v, at(v, 1))),
            ("<init>", "(Ljava/lang/Object;)", |m, v, _| thrown(m, v, at(v, 1))),
            ("<init>", "(Ljava/lang/String;Ljava/lang/Throwable;)", |m, v, _| thrown(m, v, at(v, 1))),
            ("<init>", "(Ljava/lang/Throwable;)", |m, v, _| thrown(m, v, Value::NULL)),
            ("getMessage", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Throwable(message, _), .. }) => Ok(*message),
                _ => Err(m.unfit(at(v, 0))),
            }),
            ("getLocalizedMessage", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Throwable(message, _), .. }) => Ok(*message),
                _ => Err(m.unfit(at(v, 0))),
            }),
            ("getStackTrace", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Throwable(_, trace), .. }) if *trace != Value::NULL => {
                    Ok(*trace)
                }
                _ => Err(Raised::Unmodelled),
            }),
            ("printStackTrace", "()", |_, _, _| Ok(Value::NULL)),
            ("getCause", "()", |m, _, _| m.answer_hole("getCause")),
            ("initCause", "(Ljava/lang/Throwable;)", |_, v, _| Ok(at(v, 0))),
            ("fillInStackTrace", "()", |_, v, _| Ok(at(v, 0))),
            ("toString", "()", |m, v, _| {
                let text = m.shown_text(at(v, 0), b'L');
                m.answer_text(text)
            }),
        ],
    ),
    (
        &["Ljava/lang/Thread;"],
        &[
            ("currentThread", "()", |m, _, _| {
                let hole = m.hole("thread", true);
                Ok(m.make_native("Ljava/lang/Thread;", Native::Outside(hole)))
            }),
            ("getStackTrace", "()", |m, _, _| {
                let first = m.make_native("Ljava/lang/StackTraceElement;", Native::None);
                let second = m.make_native("Ljava/lang/StackTraceElement;", Native::None);
                stack(m, &[first, second])
            }),
            ("sleep", "(J)", |_, _, _| Ok(Value::NULL)),
        ],
    ),
    (
        &["Ljava/lang/StackTraceElement;"],
        &[
            ("getClassName", "()", |m, v, _| {
                let Some(Native::Frame(method)) = m.object(at(v, 0)).map(|object| object.native.clone())
                else {
                    return Err(m.unfit(at(v, 0)));
                };
                let table = m.link.table;
                let name = java_name(table.text(table.class(table.method(method).class).descriptor));
                Ok(m.make_text(&name))
            }),
            ("getMethodName", "()", |m, v, _| {
                let Some(Native::Frame(method)) = m.object(at(v, 0)).map(|object| object.native.clone())
                else {
                    return Err(m.unfit(at(v, 0)));
                };
                let table = m.link.table;
                let name = table.text(table.method(method).name);
                Ok(m.make_text(name))
            }),
        ],
    ),
    (
        &["Ljava/lang/System;"],
        &[
            ("getProperty", "(Ljava/lang/String;)", |m, v, _| {
                let name = m.string(at(v, 0))?;
                match name.as_str() {
                    "line.separator" => Ok(m.make_text("\n")),
                    "file.separator" => Ok(m.make_text("/")),
                    "path.separator" => Ok(m.make_text(":")),
                    other => m.answer_hole(other),
                }
            }),
            ("lineSeparator", "()", |m, _, _| Ok(m.make_text("\n"))),
            ("gc", "()", |_, _, _| Ok(Value::NULL)),
        ],
    ),
    (
        &[
            "Ljava/util/concurrent/atomic/AtomicReference;",
            "Ljava/util/concurrent/atomic/AtomicInteger;",
            "Ljava/util/concurrent/atomic/AtomicLong;",
            "Ljava/util/concurrent/atomic/AtomicBoolean;",
            "Ljava/lang/ref/WeakReference;",
            "Ljava/lang/ref/SoftReference;",
            "Ljava/lang/ThreadLocal;",
        ],
        &[
            ("<init>", "()", |m, v, _| m.construct(at(v, 0), Native::Cell(Value::NULL))),
            ("<init>", "(I)", |m, v, _| m.construct(at(v, 0), Native::Cell(at(v, 1)))),
            ("<init>", "(J)", |m, v, _| m.construct(at(v, 0), Native::Cell(at(v, 1)))),
            ("<init>", "(Z)", |m, v, _| m.construct(at(v, 0), Native::Cell(at(v, 1)))),
            ("<init>", "(Ljava/lang/Object;)", |m, v, _| m.construct(at(v, 0), Native::Cell(at(v, 1)))),
            ("get", "()", |m, v, _| cell(m, v)),
            ("set", "(I)", |m, v, _| m.construct(at(v, 0), Native::Cell(at(v, 1)))),
            ("set", "(Z)", |m, v, _| m.construct(at(v, 0), Native::Cell(at(v, 1)))),
            ("set", "(Ljava/lang/Object;)", |m, v, _| m.construct(at(v, 0), Native::Cell(at(v, 1)))),
            ("incrementAndGet", "()", |m, v, _| {
                let old = cell(m, v)?;
                let new = Value::of_int(m.int(old)?.wrapping_add(1));
                m.construct(at(v, 0), Native::Cell(new))?;
                Ok(new)
            }),
            ("getAndIncrement", "()", |m, v, _| {
                let old = cell(m, v)?;
                let new = Value::of_int(m.int(old)?.wrapping_add(1));
                m.construct(at(v, 0), Native::Cell(new))?;
                Ok(old)
            }),
        ],
    ),
];

fn cell(m: &mut Machine<'_>, v: &[Value]) -> Answer {
    match m.object(at(v, 0)) {
        Some(Object { native: Native::Cell(value), .. }) => Ok(*value),
        _ => Err(m.unfit(at(v, 0))),
    }
}

fn thrown(m: &mut Machine<'_>, v: &[Value], message: Value) -> Answer {
    let trace = stack(m, &[])?;
    m.construct(at(v, 0), Native::Throwable(message, trace))
}

/// The stack as an array: `first`, then the methods that run, innermost first, then callers that are not known.
fn stack(m: &mut Machine<'_>, first: &[Value]) -> Answer {
    let table = m.link.table;
    let mut methods: Vec<_> = m.frames.iter().rev().map(|frame| frame.method).collect();
    // Constructors of the exception itself are left out.
    if first.is_empty() {
        while methods.len() > 1
            && methods.first().is_some_and(|method| {
                let definition = table.method(*method);
                table.text(definition.name) == "<init>"
                    && table.superclasses(definition.class).last().is_some_and(|top| {
                        table.class(top).superclass.is_some_and(|name| {
                            let name = table.text(name);
                            name.ends_with("Exception;")
                                || name.ends_with("Error;")
                                || name.ends_with("Throwable;")
                        })
                    })
            })
        {
            methods.remove(0);
        }
    }
    let mut all = first.to_vec();
    for method in methods.into_iter().take(64) {
        all.push(m.make_native("Ljava/lang/StackTraceElement;", Native::Frame(method)));
    }
    let hole = m.hole("caller", true);
    all.extend(std::iter::repeat_n(Value::Unknown(hole), CALLERS));
    m.answer_objects("[Ljava/lang/StackTraceElement;", all)
}

/// A static field of the platform whose value is the same everywhere.
pub(super) fn static_field(m: &mut Machine<'_>, class: &str, name: &str) -> Option<Value> {
    Some(match (class, name) {
        ("Ljava/lang/Boolean;", "TRUE") => m.make_native(class, Native::Boxed(b'Z', 1)),
        ("Ljava/lang/Boolean;", "FALSE") => m.make_native(class, Native::Boxed(b'Z', 0)),
        ("Ljava/io/File;", "separator") => m.make_text("/"),
        ("Ljava/io/File;", "separatorChar") => Value::of_int(47),
        ("Ljava/io/File;", "pathSeparator") => m.make_text(":"),
        ("Ljava/nio/charset/StandardCharsets;" | "Lcom/google/common/base/Charsets;", name) => {
            let set = Charset::named(name)?;
            m.make_native("Ljava/nio/charset/Charset;", Native::Charset(set))
        }
        _ => return None,
    })
}
