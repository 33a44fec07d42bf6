//! Android's own: resources, assets, `TextUtils`, logging.

use super::Table;
use super::arguments::at;
use crate::heap::Native;
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine, Raised};
use crate::text::Text;
use crate::value::Value;

const CONTEXTS: &[&str] = &[
    "Landroid/content/Context;",
    "Landroid/content/ContextWrapper;",
    "Landroid/app/Activity;",
    "Landroid/app/Service;",
    "Landroid/app/IntentService;",
    "Landroid/app/Application;",
    "Landroid/app/Fragment;",
    "Landroid/support/v4/app/Fragment;",
    "Landroidx/fragment/app/Fragment;",
    "Landroid/support/v4/app/FragmentActivity;",
    "Landroid/support/v7/app/AppCompatActivity;",
    "Landroidx/appcompat/app/AppCompatActivity;",
    "Landroid/content/res/Resources;",
    "Landroid/preference/PreferenceActivity;",
];

pub(super) const TABLES: &[Table] = &[
    (
        CONTEXTS,
        &[
            ("getString", "(I)", string),
            ("getText", "(I)", string),
            ("getString", "(I[Ljava/lang/Object;)", |m, v, t| {
                let pattern = string(m, v, t)?;
                let format =
                    super::find("Ljava/lang/String;", "format", "(Ljava/lang/String;[Ljava/lang/Object;)")
                        .ok_or(Raised::Unmodelled)?;
                format(m, &[pattern, at(v, 2)], t)
            }),
            ("openRawResource", "(I)", |m, v, _| {
                let id = m.int(at(v, 1))?;
                match m.resources.raw(id as u32) {
                    Some(bytes) => input(m, bytes),
                    None => Err(Raised::Unmodelled),
                }
            }),
            ("getIdentifier", "(Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;)", |m, v, _| {
                let (name, kind) = (m.string(at(v, 1))?, m.string(at(v, 2))?);
                match m.resources.identifier(&kind, &name) {
                    Some(id) => Ok(Value::of_int(id as i32)),
                    None => Err(Raised::Unmodelled),
                }
            }),
            ("getPackageName", "()", |m, _, _| match m.resources.package() {
                Some(name) => Ok(m.make_text(&name)),
                None => Err(Raised::Unmodelled),
            }),
        ],
    ),
    (
        &["Landroid/content/res/AssetManager;"],
        &[("open", "(Ljava/lang/String;)", asset), ("open", "(Ljava/lang/String;I)", asset)],
    ),
    (
        &["Landroid/text/TextUtils;"],
        &[
            ("isEmpty", "(Ljava/lang/CharSequence;)", |m, v, _| {
                if at(v, 0) == Value::NULL {
                    return Ok(Value::of_bool(true));
                }
                let text = m.any_text(at(v, 0))?;
                let (empty, known) = (text.units.is_empty(), text.is_known());
                if empty && !known {
                    m.units(at(v, 0)).map(|_| Value::NULL)
                } else {
                    Ok(Value::of_bool(empty))
                }
            }),
            ("equals", "(Ljava/lang/CharSequence;Ljava/lang/CharSequence;)", |m, v, _| {
                if at(v, 0) == Value::NULL || at(v, 1) == Value::NULL {
                    return Ok(Value::of_bool(at(v, 0) == at(v, 1)));
                }
                let a = m.units(at(v, 0))?.to_vec();
                Ok(Value::of_bool(m.units(at(v, 1))? == a))
            }),
            ("join", "(Ljava/lang/CharSequence;[Ljava/lang/Object;)", |m, v, t| joined(m, v, t)),
            ("join", "(Ljava/lang/CharSequence;Ljava/lang/Iterable;)", |m, v, t| joined(m, v, t)),
            ("getReverse", "(Ljava/lang/CharSequence;II)", |m, v, _| {
                let (from, to) = (m.size(at(v, 1))?, m.size(at(v, 2))?);
                let mut part = m.units(at(v, 0))?.get(from..to).unwrap_or(&[]).to_vec();
                part.reverse();
                m.answer_units(part)
            }),
        ],
    ),
    (
        &["Landroid/util/Log;"],
        &[
            ("d", "(Ljava/lang/String;Ljava/lang/String;)", silent),
            ("i", "(Ljava/lang/String;Ljava/lang/String;)", silent),
            ("e", "(Ljava/lang/String;Ljava/lang/String;)", silent),
            ("w", "(Ljava/lang/String;Ljava/lang/String;)", silent),
            ("v", "(Ljava/lang/String;Ljava/lang/String;)", silent),
            ("e", "(Ljava/lang/String;Ljava/lang/String;Ljava/lang/Throwable;)", silent),
        ],
    ),
    (&["Ljava/lang/System;"], &[("loadLibrary", "(Ljava/lang/String;)", silent)]),
    (
        &["Landroid/net/Uri;"],
        &[
            ("parse", "(Ljava/lang/String;)", |m, v, t| {
                let text = m.any_text(at(v, 0))?.clone();
                let _ = t;
                // What it is made of is what it shows as.
                Ok(m.make_native("Landroid/net/Uri;", Native::Builder(text)))
            }),
            ("withAppendedPath", "(Landroid/net/Uri;Ljava/lang/String;)", |m, v, _| {
                let mut text = m.any_text(at(v, 0))?.clone();
                let part = m.shown_text(at(v, 1), b'L');
                text.push(&Text::of("/"));
                text.push(&part);
                m.long_enough(text.units.len())?;
                Ok(m.make_native("Landroid/net/Uri;", Native::Builder(text)))
            }),
        ],
    ),
];

fn silent(_: &mut Machine<'_>, _: &[Value], _: &MethodTarget) -> Answer {
    Ok(Value::NULL)
}

fn joined(m: &mut Machine<'_>, v: &[Value], t: &MethodTarget) -> Answer {
    let join = super::find("Ljava/lang/String;", "join", "(Ljava/lang/CharSequence;Ljava/lang/Iterable;)")
        .ok_or(Raised::Unmodelled)?;
    join(m, v, t)
}

fn string(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let id = m.int(at(v, 1))?;
    match m.resources.string(id as u32) {
        Some(text) => {
            m.note.resource = true;
            m.answer_text(Text::of(&text))
        }
        None => Err(Raised::Unmodelled),
    }
}

fn input(m: &mut Machine<'_>, bytes: Vec<u8>) -> Answer {
    if bytes.len() > m.budget.length {
        return Err(Raised::Unmodelled);
    }
    m.note.resource = true;
    Ok(m.make_native("Ljava/io/ByteArrayInputStream;", Native::Input(bytes.into(), 0)))
}

fn asset(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let name = m.string(at(v, 1))?;
    match m.resources.asset(&name) {
        Some(bytes) => input(m, bytes),
        None => Err(m.throw("Ljava/io/FileNotFoundException;", &name)),
    }
}
