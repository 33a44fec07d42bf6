//! Packages, each with what Android would know of it.

use std::io;

use overt_record::Package;
use overt_record::package::{Code, Component};

use super::canvas::Canvas;
use super::{build, coverage, short};
use crate::rights::{self, Rights};
use crate::style::Ink;
use crate::subject::PackageList;
use crate::words::{self, number, plural};

/// Open components named for each package.
const OPEN_SHOWN: usize = 6;

/// Parts of the code named for each package.
const PARTS_SHOWN: usize = 8;

/// What `overt packages` prints.
pub(super) fn list(canvas: &mut Canvas<'_>, list: &PackageList<'_>) -> io::Result<()> {
    build::title(canvas, list.record)?;
    coverage::brief(canvas, &list.record.coverage, short(list.digest))?;
    let all = list.record.packages.len() as u64;
    let shown = list.packages.len() as u64;
    let text = if list.asked.is_empty() {
        plural(shown, "package")
    } else {
        format!("{} of {} ({})", number(shown), plural(all, "package"), list.asked)
    };
    canvas.field(2, "shown", &text)?;
    for (rights, packages) in rights::groups(list.packages.iter().copied()) {
        canvas.heading(&format!("{} · {}", rights.says().to_uppercase(), number(packages.len() as u64)))?;
        for package in packages {
            canvas.gap()?;
            one(canvas, package)?;
        }
    }
    Ok(())
}

/// Java packages that the code is made of, the largest first: libraries and the app's own.
fn parts(package: &Package) -> String {
    let mut families: Vec<_> = package.shape.iter().flat_map(|shape| &shape.families).collect();
    families.sort_by(|a, b| b.methods.cmp(&a.methods).then_with(|| a.name.cmp(&b.name)));
    let mut shown: Vec<String> = families
        .iter()
        .take(PARTS_SHOWN)
        .map(|family| format!("{} ({})", family.name, number(u64::from(family.methods))))
        .collect();
    if families.len() > PARTS_SHOWN {
        shown.push(format!("{} more", families.len() - PARTS_SHOWN));
    }
    shown.join(", ")
}

fn one(canvas: &mut Canvas<'_>, package: &Package) -> io::Result<()> {
    let mut described = String::new();
    if let Some(label) = &package.label {
        described.push_str(&format!(" “{label}”"));
    }
    match (&package.version_name, package.version_code) {
        (Some(name), Some(code)) => described.push_str(&format!(" {name} ({code})")),
        (Some(name), None) => described.push_str(&format!(" {name}")),
        (None, Some(code)) => described.push_str(&format!(" ({code})")),
        (None, None) => {}
    }
    let file = package.path.rsplit('/').next().unwrap_or(&package.path);
    let name = package.package.as_deref().unwrap_or(file);
    canvas.wrapped(2, 4, &[(Ink::Strong, name), (Ink::Plain, &described)])?;
    canvas.field(4, "path", &package.path)?;
    canvas.field(
        4,
        "sha256",
        package.sha256.as_deref().unwrap_or("the file is not there, only code compiled from it"),
    )?;
    canvas.field(4, "rights", &rights_of(package))?;
    canvas.fields(4, "signed by", signers(package))?;
    canvas.field(4, "permissions", &permissions(package))?;
    canvas.field(4, "components", &components(package))?;
    canvas.fields(4, "code", package.code.iter().map(code))?;
    canvas.field(4, "parts", &parts(package))?;
    if !package.natives.is_empty() {
        let decoded = package.natives.iter().filter_map(|native| native.code.as_ref());
        let decoded = decoded.map(|code| code.decoded.len() as u64).sum::<u64>();
        let mut line = plural(package.natives.len() as u64, "library");
        if decoded > 0 {
            line.push_str(&format!(
                ", whose code makes {} that the files do not hold",
                plural(decoded, "text")
            ));
        }
        canvas.field(4, "native", &line)?;
    }
    canvas.field(
        4,
        "can read",
        &package.reads.iter().map(|kind| words::data(*kind)).collect::<Vec<_>>().join(", "),
    )
}

fn rights_of(package: &Package) -> String {
    let mut parts = vec![match Rights::of(package) {
        Rights::Framework => "those of whoever loads it".to_owned(),
        Rights::Unknown => "unknown: there is no manifest".to_owned(),
        Rights::Overlay => "none of its own: resources only".to_owned(),
        _ => format!("runs as {}", words::runs_as(&package.runs_as)),
    }];
    if package.privileged {
        parts.push("privileged".into());
    }
    if package.persistent {
        parts.push("always running".into());
    }
    if package.debuggable {
        parts.push("debuggable".into());
    }
    parts.join(", ")
}

fn signers(package: &Package) -> Vec<String> {
    if package.signer.is_empty() {
        return match package.package {
            Some(_) => vec!["nobody".into()],
            None => Vec::new(),
        };
    }
    package
        .signer
        .iter()
        .map(|signer| {
            let mut text = format!("{} ({}", signer.subject, signer.scheme);
            match signer.platform {
                Some(true) => text.push_str(", the build's platform key"),
                Some(false) => {}
                None => text.push_str(", the build's platform key is unknown"),
            }
            if signer.test_key {
                text.push_str(", a test key published with AOSP");
            }
            text.push_str(&format!("; {}", signer.verdict));
            if signer.verdict != "valid" && !signer.reason.is_empty() {
                text.push_str(&format!(": {}", signer.reason));
            }
            text.push(')');
            text
        })
        .collect()
}

fn permissions(package: &Package) -> String {
    if package.package.is_none() {
        return String::new();
    }
    let mut text = format!(
        "{} asked for, {} held",
        number(package.requested_permissions.len() as u64),
        number(package.granted_permissions.len() as u64)
    );
    if package.runs_as.shared_user.is_some() {
        text.push_str(" with those of its shared user");
    }
    if !package.declared_permissions.is_empty() {
        text.push_str(&format!(", {} declared", number(package.declared_permissions.len() as u64)));
    }
    text
}

fn components(package: &Package) -> String {
    if package.components.is_empty() {
        return String::new();
    }
    let mut open: Vec<&Component> =
        package.components.iter().filter(|c| c.exported && c.enabled && c.guard.is_none()).collect();
    // What works without anybody looking comes first.
    open.sort_by_key(|component| match component.kind.as_str() {
        "provider" => 0,
        "service" => 1,
        "receiver" => 2,
        _ => 3,
    });
    let mut text = number(package.components.len() as u64);
    if open.is_empty() {
        text.push_str(", none open to every app");
    } else {
        let named: Vec<String> = open
            .iter()
            .take(OPEN_SHOWN)
            .map(|component| format!("{} {}", component.kind, component.name))
            .collect();
        text.push_str(&format!(", {} open to every app: {}", number(open.len() as u64), named.join(", ")));
        if let Some(rest) = open.len().checked_sub(OPEN_SHOWN).filter(|rest| *rest > 0) {
            text.push_str(&format!(" and {rest} more"));
        }
    }
    text
}

fn code(code: &Code) -> String {
    let mut text = format!("{} {}, {}", code.kind, code.version, plural(u64::from(code.methods), "method"));
    match code.instructions {
        Some(instructions) => text.push_str(&format!(", {}", plural(instructions, "instruction"))),
        None => text.push_str(", their instructions not read"),
    }
    if !code.analysed {
        text.push_str(", a copy that was only compared");
    }
    if let Some(methods) = code.quick.not_restorable.filter(|methods| *methods > 0) {
        text.push_str(&format!(
            ", {} with instructions that could not be restored",
            plural(u64::from(methods), "method")
        ));
        if let Some(class) = code.quick.missing_classes.first() {
            let rest = code.quick.missing_classes.len() - 1;
            text.push_str(&format!(" (missing: {class}"));
            if rest > 0 {
                text.push_str(&format!(" and {}", plural(rest as u64, "more class")));
            }
            text.push(')');
        }
    }
    if let Some(methods) = code.quick.wrong.filter(|methods| *methods > 0) {
        text.push_str(&format!(", {} unlike the APK's copy", plural(u64::from(methods), "method")));
    }
    for problem in &code.problems {
        text.push_str(&format!(", {} × {}", problem.code, number(u64::from(problem.count))));
    }
    text
}
