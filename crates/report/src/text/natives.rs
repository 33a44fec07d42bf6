//! Executables and services outside packages: only what stands out.

use std::collections::BTreeSet;
use std::io;

use overt_record::Native;
use overt_record::native::{DecodedText, NativeCall, NativeCode};

use super::canvas::Canvas;
use crate::words::{number, plural, sockets};

/// Files named for each remark.
const SHOWN: usize = 12;

/// The section of the report; nothing when the build has none.
pub(super) fn section(canvas: &mut Canvas<'_>, natives: &[Native]) -> io::Result<()> {
    if natives.is_empty() {
        return Ok(());
    }
    canvas.heading("NATIVE FILES")?;
    let started = natives.iter().filter(|native| native.started_by.is_some()).count();
    let executables = natives.iter().filter(|native| native.kind == "executable").count();
    canvas.paragraph(
        2,
        &format!(
            "{} outside packages, {} of them executables; {} started by init.",
            plural(natives.len() as u64, "native file"),
            number(executables as u64),
            number(started as u64)
        ),
    )?;
    list(canvas, "started as root by init", natives, |native| {
        native.started_by.is_some() && native.starts_as.as_deref() == Some("root")
    })?;
    list(canvas, "with the set-user-id or set-group-id bit", natives, |native| native.setuid == Some(true))?;
    list(canvas, "named by init, and not there", natives, |native| {
        native.started_by.is_some() && native.sha256.is_none()
    })?;
    let telling: Vec<&Native> = natives.iter().filter(|native| hides(native)).collect();
    for native in telling.iter().take(SHOWN) {
        shown(canvas, native)?;
    }
    if let Some(rest) = telling.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
        canvas.paragraph(2, &format!("{} more that hide texts are in the record.", number(rest as u64)))?;
    }
    Ok(())
}

/// Whether a file makes texts that it does not hold, or an app names what is its own.
fn hides(native: &Native) -> bool {
    native.code.as_ref().is_some_and(|code| !code.decoded.is_empty()) || !native.named_by.is_empty()
}

/// One file in full: what it hides, what it runs, its sockets, who starts it, who names it.
fn shown(canvas: &mut Canvas<'_>, native: &Native) -> io::Result<()> {
    canvas.gap()?;
    canvas.wrapped(2, 4, &[(crate::style::Ink::Strong, &native.path)])?;
    let started = match (&native.started_by, &native.starts_as) {
        (Some(by), Some(user)) => format!("{by}, as {user}"),
        (Some(by), None) => by.clone(),
        (None, _) => "no starter found in the init scripts of this build".to_owned(),
    };
    canvas.field(4, "started by", &started)?;
    let Some(code) = &native.code else { return Ok(()) };
    canvas.fields(4, "hides", cut(code.decoded.iter().map(decoded).collect()))?;
    canvas.fields(4, "sockets", cut(sockets(code).into_iter().collect()))?;
    canvas.fields(4, "runs", cut(of_kind(code, &["exec"])))?;
    canvas.fields(4, "hosts", cut(of_kind(code, &["host"])))?;
    let hidden =
        code.calls.iter().filter(|call| call.hidden && !matches!(call.kind.as_str(), "exec" | "host"));
    let hidden: BTreeSet<String> = hidden.map(call).collect();
    canvas.fields(4, "uses hidden", cut(hidden.into_iter().collect()))?;
    let named: BTreeSet<String> = native
        .named_by
        .iter()
        .map(|by| {
            let who = by.package.as_deref().unwrap_or(&by.path);
            match (&by.class, &by.method, by.offset) {
                (Some(class), Some(method), Some(offset)) => {
                    format!("{who} comes out with {:?} in {class}->{method} at {offset} (indicator)", by.text)
                }
                _ => format!("{who} holds {:?} (indicator)", by.text),
            }
        })
        .collect();
    canvas.fields(4, "named by", cut(named.into_iter().collect()))?;
    if let Some(why) = &code.opaque {
        canvas.field(4, "opaque", why)?;
    }
    Ok(())
}

fn decoded(text: &DecodedText) -> String {
    let key = text.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
    let place = text.address.as_deref().unwrap_or("constants");
    format!("{:?}: {}{key} of {place} in function {}", text.value, text.algorithm, text.decoder)
}

fn call(call: &NativeCall) -> String {
    let from = call.comes_from.as_ref().map(|from| format!(", from {from}")).unwrap_or_default();
    format!("{}({}){from} at {}", call.name, call.arguments.join(", ").escape_debug(), call.address)
}

fn of_kind(code: &NativeCode, kinds: &[&str]) -> Vec<String> {
    code.calls.iter().filter(|call| kinds.contains(&call.kind.as_str())).map(call).collect()
}

/// At most [`SHOWN`] lines, the last of them saying how many more there are.
fn cut(mut lines: Vec<String>) -> Vec<String> {
    if let Some(rest) = lines.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
        lines.truncate(SHOWN);
        lines.push(format!("and {} more in the record", number(rest as u64)));
    }
    lines
}

fn list(
    canvas: &mut Canvas<'_>,
    says: &str,
    natives: &[Native],
    wanted: impl Fn(&Native) -> bool,
) -> io::Result<()> {
    let paths: Vec<&str> =
        natives.iter().filter(|native| wanted(native)).map(|native| native.path.as_str()).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let mut text =
        format!("{} {says}: {}", number(paths.len() as u64), paths[..paths.len().min(SHOWN)].join(", "));
    if let Some(rest) = paths.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
        text.push_str(&format!(", and {} more in the record", number(rest as u64)));
    }
    canvas.wrapped(2, 4, &[(crate::style::Ink::Plain, &text)])
}
