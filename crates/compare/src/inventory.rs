//! Rows of what is there: packages with their signers, rights and components, native files, properties, coverage.

use std::collections::{BTreeMap, BTreeSet};

use overt_record::diff::{Because, Row, State};
use overt_record::package::{Component, Guard};
use overt_record::shape::{DIGITS, Shape, text_digest};
use overt_record::words::{Change, Subject};
use overt_record::{Build, Native, Package, Record};

use crate::absence::{Absence, Absences};
use crate::findings::strength;
use crate::pairing::{Pair, called};
use crate::same;

/// A row about a thing that has one name.
fn row(kind: Subject, change: Change, id: String, package: Option<String>) -> Row {
    Row {
        kind,
        change,
        id,
        package,
        behaviour: None,
        before: None,
        after: None,
        reason: String::new(),
        because: Because::Firmware,
        differs: false,
    }
}

/// A word for a thing that is on one side only.
fn one_sided(in_b: bool) -> Change {
    if in_b { Change::New } else { Change::Gone }
}

fn placed(mut row: Row, state: State, in_b: bool) -> Row {
    if in_b {
        row.after = Some(state);
    } else {
        row.before = Some(state);
    }
    row
}

/// By what the rows of a pair go.
fn pair_name(pair: Pair<'_>) -> String {
    let mut names: Vec<&str> =
        [pair.a, pair.b].into_iter().flatten().filter_map(|p| p.package.as_deref()).collect();
    names.sort_unstable();
    match (names.first(), pair.a.or(pair.b)) {
        (Some(name), _) => (*name).to_owned(),
        (None, _) => {
            let paths = [pair.a, pair.b].into_iter().flatten().map(|p| p.path.as_str());
            paths.min().unwrap_or_default().to_owned()
        }
    }
}

fn package_state(package: &Package) -> State {
    State {
        id: called(package).to_owned(),
        says: package.label.clone().unwrap_or_else(|| called(package).to_owned()),
        package: package.package.clone(),
        path: Some(package.path.clone()),
        version: version(package),
        sha256: package.sha256.clone(),
        ..State::default()
    }
}

fn version(package: &Package) -> Option<String> {
    match (&package.version_name, package.version_code) {
        (Some(name), Some(code)) => Some(format!("{name} ({code})")),
        (Some(name), None) => Some(name.clone()),
        (None, Some(code)) => Some(format!("({code})")),
        (None, None) => None,
    }
}

/// The row of a package.
pub(crate) fn package(pair: Pair<'_>, absent_a: &Absences<'_>, absent_b: &Absences<'_>) -> Row {
    let name = pair_name(pair);
    let start = |change| row(Subject::Package, change, name.clone(), Some(name.clone()));
    match (pair.a, pair.b) {
        (Some(a), Some(b)) => {
            let moved = a.path != b.path || a.package != b.package;
            let mut row = start(if moved { Change::Moved } else { Change::Unchanged });
            let (before, after) = (package_state(a), package_state(b));
            let mut told = Vec::new();
            if a.package != b.package {
                told.push(format!("called {} before and {} now", called(a), called(b)));
            }
            if a.path != b.path {
                told.push(format!("at {} before and {} now", a.path, b.path));
            }
            if before.version != after.version {
                let word = |version: &Option<String>| version.clone().unwrap_or_else(|| "unknown".into());
                told.push(format!("version {} before, {} now", word(&before.version), word(&after.version)));
            }
            let code = match (same::same_bytes(a, b), a.sha256 == b.sha256 && a.sha256.is_some()) {
                (_, true) => "the same file".to_owned(),
                (true, false) => "another file with the same code".to_owned(),
                (false, false) => "other code".to_owned(),
            };
            row.differs = a.sha256 != b.sha256 || before.version != after.version;
            told.push(code);
            row.reason = told.join("; ");
            row.before = Some(before);
            row.after = Some(after);
            row
        }
        (Some(one), None) | (None, Some(one)) => {
            let in_b = pair.b.is_some();
            let absent = if in_b { absent_a } else { absent_b };
            let (change, because, reason) = match absent.of_package(&one.path) {
                Absence::Shown(why) => (one_sided(in_b), Because::Firmware, why),
                Absence::Unknown(why) => (Change::Unknown, Because::Coverage, why),
            };
            let mut row = placed(start(change), package_state(one), in_b);
            row.because = because;
            row.reason = reason;
            row.differs = because == Because::Firmware;
            row
        }
        (None, None) => start(Change::Unknown),
    }
}

/// Rows of what a package that both builds have is and may; of `all`, also what stayed.
/// `whole`: both builds were there as a whole, as far as packages go.
pub(crate) fn inside(pair: Pair<'_>, all: bool, whole: bool) -> Vec<Row> {
    let (Some(a), Some(b)) = (pair.a, pair.b) else { return Vec::new() };
    // A package entry without a manifest tells nothing of these.
    if a.package.is_none() || b.package.is_none() {
        return Vec::new();
    }
    let name = pair_name(pair);
    let mut rows = concealment(a, b, &name);
    type ByName = BTreeMap<String, String>;
    let lists: [(Subject, ByName, ByName); 2] =
        [(Subject::Permission, permissions(a), permissions(b)), (Subject::Signer, signers(a), signers(b))];
    for (kind, before, after) in lists {
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let (was, is) = (before.get(key), after.get(key));
            let change = match (was, is) {
                (Some(_), Some(_)) => Change::Unchanged,
                (Some(_), None) => Change::Gone,
                _ => Change::New,
            };
            if change == Change::Unchanged && !all {
                continue;
            }
            let mut row = row(kind, change, format!("{name} {key}"), Some(name.clone()));
            let state = |says: &String, package: &Package| State {
                id: key.clone(),
                says: says.clone(),
                package: package.package.clone(),
                path: Some(package.path.clone()),
                ..State::default()
            };
            row.before = was.map(|says| state(says, a));
            row.after = is.map(|says| state(says, b));
            row.differs = change != Change::Unchanged;
            row.reason = "by the manifests and signatures of both files".into();
            rows.push(row);
        }
    }
    held(a, b, &name, whole, &mut rows);
    components(a, b, &name, all, &mut rows);
    rows
}

/// Rows of the permissions that a package holds. Which it holds depends on who else declares them and how: where something
/// of either build was not there, only what follows from the package's own wishes is told.
fn held(a: &Package, b: &Package, name: &str, whole: bool, rows: &mut Vec<Row>) {
    let set = |list: &'_ [String]| -> BTreeSet<String> { list.iter().cloned().collect() };
    let (was, is) = (set(&a.granted_permissions), set(&b.granted_permissions));
    let (asked_before, asked_now) = (set(&a.requested_permissions), set(&b.requested_permissions));
    let mut undecided = 0;
    for permission in was.symmetric_difference(&is) {
        let in_b = is.contains(permission);
        let asked_in_both = asked_before.contains(permission) == asked_now.contains(permission);
        if asked_in_both && !whole {
            undecided += 1;
            continue;
        }
        let id = format!("{name} holds {permission}");
        let mut one = row(Subject::Permission, one_sided(in_b), id.clone(), Some(name.to_owned()));
        let package = if in_b { b } else { a };
        let state = State {
            id,
            says: format!("holds {permission} from first boot on"),
            package: package.package.clone(),
            path: Some(package.path.clone()),
            ..State::default()
        };
        one.reason =
            if asked_in_both { "asked for in both" } else { "follows from what the manifest asks for" }
                .into();
        one.differs = true;
        rows.push(placed(one, state, in_b));
    }
    if undecided > 0 {
        let mut one =
            row(Subject::Permission, Change::Unknown, format!("{name} holds"), Some(name.to_owned()));
        one.because = Because::Coverage;
        one.reason = format!(
            "{undecided} permissions that it asks for in both are held in one of them; that may be for what was not there of \
             the other, which decides who holds what"
        );
        rows.push(one);
    }
}

/// What a package hides now and did not before, or the other way round.
fn concealment(a: &Package, b: &Package, name: &str) -> Vec<Row> {
    let (Some(x), Some(y)) = (&a.shape, &b.shape) else { return Vec::new() };
    let more = newly_hidden(x, y);
    let less = newly_hidden(y, x);
    let mut rows = Vec::new();
    for (texts, change, says) in [
        (more, Change::MoreConcealed, "stood in the code as text and is made by code now"),
        (less, Change::LessConcealed, "was made by code and stands in it as text now"),
    ] {
        if texts.is_empty() {
            continue;
        }
        let mut one = row(Subject::Package, change, name.to_owned(), Some(name.to_owned()));
        one.before = Some(package_state(a));
        one.after = Some(package_state(b));
        one.differs = true;
        one.reason = format!("{}: {says}", texts.join(", "));
        rows.push(one);
    }
    rows
}

/// Texts that stand in `plain`'s code and that `hiding`'s makes.
fn newly_hidden(plain: &Shape, hiding: &Shape) -> Vec<String> {
    let known: BTreeSet<&str> =
        plain.plain.as_bytes().chunks(DIGITS).filter_map(|chunk| std::str::from_utf8(chunk).ok()).collect();
    hiding
        .conceals
        .iter()
        .filter(|text| known.contains(text_digest(&text.value).as_str()))
        .map(|text| text.value.clone())
        .collect()
}

/// Permissions that a package asks for, holds and declares.
fn permissions(package: &Package) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for name in &package.requested_permissions {
        all.insert(format!("asks for {name}"), format!("asks for {name}"));
    }
    for one in &package.declared_permissions {
        all.insert(
            format!("declares {} {}", one.name, one.level),
            format!("declares {} with the level {}", one.name, one.level),
        );
    }
    if let Some(user) = &package.runs_as.shared_user {
        all.insert(format!("runs as {user}"), format!("runs as the shared user {user}"));
    }
    if package.privileged {
        all.insert("privileged".into(), "may hold privileged permissions (it lies in priv-app)".into());
    }
    all
}

fn signers(package: &Package) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for signer in &package.signer {
        let mut says = signer.subject.clone();
        if signer.test_key {
            says.push_str(", a published test key");
        }
        if signer.platform == Some(true) {
            says.push_str(", the platform's key");
        }
        all.insert(signer.sha256.clone(), says);
    }
    all
}

fn component_state(component: &Component, package: &Package) -> State {
    let mut says = format!("{} {}", component.kind, component.name);
    if !component.actions.is_empty() {
        says.push_str(&format!(", actions {}", component.actions.join(", ")));
    }
    if !component.authorities.is_empty() {
        says.push_str(&format!(", authorities {}", component.authorities.join(", ")));
    }
    State {
        id: format!("{} {}", component.kind, component.name),
        says,
        package: package.package.clone(),
        path: Some(package.path.clone()),
        reach: Some(if component.exported { "exported" } else { "internal" }.into()),
        guard: component.guard.as_ref().map(|guard| guard.permission.clone()),
        dormant: Some(!component.enabled),
        ..State::default()
    }
}

fn components(a: &Package, b: &Package, name: &str, all: bool, rows: &mut Vec<Row>) {
    fn by_name(package: &Package) -> BTreeMap<(&str, &str), &Component> {
        package.components.iter().map(|one| ((one.kind.as_str(), one.name.as_str()), one)).collect()
    }
    let (before, after) = (by_name(a), by_name(b));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for key in keys {
        let (was, is) = (before.get(&key), after.get(&key));
        let mut changes: Vec<(Change, String)> = Vec::new();
        match (was, is) {
            (Some(_), None) => changes.push((Change::Gone, "the manifest declares it no more".into())),
            (None, Some(_)) => changes.push((Change::New, "the manifest declares it".into())),
            (Some(was), Some(is)) => changes.extend(component_changes(was, is)),
            (None, None) => {}
        }
        if changes.is_empty() {
            if !all {
                continue;
            }
            changes.push((Change::Unchanged, "declared alike in both".into()));
        }
        for (change, reason) in changes {
            let id = format!("{name} {} {}", key.0, key.1);
            let mut row = row(Subject::Component, change, id, Some(name.to_owned()));
            row.before = was.map(|one| component_state(one, a));
            row.after = is.map(|one| component_state(one, b));
            row.reason = reason;
            row.differs = change != Change::Unchanged;
            rows.push(row);
        }
    }
}

/// How strong two guards are, to be compared: one of which nobody knows how strong it is is more than none, and else as strong
/// as the other.
fn strengths(was: Option<&Guard>, is: Option<&Guard>) -> (u8, u8) {
    match (strength(was), strength(is)) {
        (Some(before), Some(after)) => (before, after),
        (Some(0), None) => (0, 1),
        (None, Some(0)) => (1, 0),
        _ => (0, 0),
    }
}

fn component_changes(was: &Component, is: &Component) -> Vec<(Change, String)> {
    let mut changes = Vec::new();
    let (before, after) = strengths(was.guard.as_ref(), is.guard.as_ref());
    let guard = |one: &Component| {
        one.guard.as_ref().map_or_else(
            || "no permission".to_owned(),
            |guard| {
                format!("{} ({})", guard.permission, guard.level.as_deref().unwrap_or("of unknown level"))
            },
        )
    };
    match (was.exported, is.exported) {
        (true, false) => changes.push((Change::GuardAdded, "no longer open to other apps".to_owned())),
        (false, true) => {
            changes.push((Change::GuardRemoved, format!("open to other apps now, guarded by {}", guard(is))));
        }
        _ if after > before => {
            changes.push((
                Change::GuardAdded,
                format!("guarded by {} before, by {} now", guard(was), guard(is)),
            ));
        }
        _ if after < before => {
            changes.push((
                Change::GuardRemoved,
                format!("guarded by {} before, by {} now", guard(was), guard(is)),
            ));
        }
        _ => {}
    }
    match (was.enabled, is.enabled) {
        (true, false) => changes.push((Change::Dormant, "switched off in the manifest now".to_owned())),
        (false, true) => changes.push((Change::Active, "was switched off in the manifest before".to_owned())),
        _ => {}
    }
    changes
}

/// Rows of native files outside packages.
pub(crate) fn natives(a: &Record, b: &Record, absent_a: &Absences<'_>, absent_b: &Absences<'_>) -> Vec<Row> {
    fn by_path(record: &Record) -> BTreeMap<&str, &Native> {
        record.natives.iter().map(|native| (native.path.as_str(), native)).collect()
    }
    let (before, after) = (by_path(a), by_path(b));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let mut rows = Vec::new();
    for path in keys {
        let (was, is) = (before.get(path), after.get(path));
        let mut one = row(Subject::Native, Change::Unchanged, format!("native {path}"), None);
        one.before = was.map(|native| native_state(native));
        one.after = is.map(|native| native_state(native));
        match (was, is) {
            (Some(was), Some(is)) => {
                if was.sha256.is_none() != is.sha256.is_none() {
                    one.change = Change::Unknown;
                    one.because = Because::Coverage;
                    one.reason = "init names it in both; only one of the inputs holds the file".into();
                } else if was.sha256 != is.sha256 || was.starts_as != is.starts_as || was.setuid != is.setuid
                {
                    one.differs = true;
                    let mut told = Vec::new();
                    if was.sha256 != is.sha256 {
                        told.push("other bytes".to_owned());
                    }
                    if was.starts_as != is.starts_as {
                        let user =
                            |native: &Native| native.starts_as.clone().unwrap_or_else(|| "nobody".into());
                        told.push(format!("started as {} before, as {} now", user(was), user(is)));
                    }
                    if was.setuid != is.setuid {
                        told.push("its set-user-id bit differs".to_owned());
                    }
                    one.reason = told.join("; ");
                } else {
                    continue;
                }
            }
            (Some(_), None) | (None, Some(_)) => {
                let in_b = is.is_some();
                let absent = if in_b { absent_a } else { absent_b };
                match absent.of_path(path) {
                    Absence::Shown(why) => {
                        one.change = one_sided(in_b);
                        one.reason = why;
                        one.differs = true;
                    }
                    Absence::Unknown(why) => {
                        one.change = Change::Unknown;
                        one.because = Because::Coverage;
                        one.reason = why;
                    }
                }
            }
            (None, None) => continue,
        }
        rows.push(one);
    }
    rows
}

fn native_state(native: &Native) -> State {
    State {
        id: native.path.clone(),
        says: match &native.starts_as {
            Some(user) => format!("{}, started as {user}", native.kind),
            None => native.kind.clone(),
        },
        path: Some(native.path.clone()),
        sha256: native.sha256.clone(),
        ..State::default()
    }
}

/// Rows of what the builds say they are: an old value gone, a new one there.
pub(crate) fn properties(a: &Build, b: &Build) -> Vec<Row> {
    fn values(build: &Build) -> [(&'static str, Option<String>); 11] {
        [
            ("android", build.android.clone()),
            ("brand", build.brand.clone()),
            ("build_date", build.build_date.clone()),
            ("build_type", build.build_type.clone()),
            ("device", build.device.clone()),
            ("fingerprint", build.fingerprint.clone()),
            ("incremental", build.incremental.clone()),
            ("model", build.model.clone()),
            ("sdk", build.sdk.map(|sdk| sdk.to_string())),
            ("security_patch", build.security_patch.clone()),
            ("tags", build.tags.clone()),
        ]
    }
    let mut rows = Vec::new();
    for ((name, was), (_, is)) in values(a).into_iter().zip(values(b)) {
        if was == is {
            continue;
        }
        for (value, in_b) in [(was, false), (is, true)] {
            let Some(value) = value else { continue };
            let id = format!("{name}={value}");
            let mut one = row(Subject::Property, one_sided(in_b), id.clone(), None);
            one.reason = "by the build's properties".into();
            one.differs = true;
            rows.push(placed(one, State { id, says: value, ..State::default() }, in_b));
        }
    }
    rows
}

/// Rows of holes: *new* is a hole that was not there before.
pub(crate) fn coverage(a: &Record, b: &Record) -> Vec<Row> {
    /// Holes that concern packages, each with what it is. What names a method or a count is told, not part of the name.
    fn holes(record: &Record) -> BTreeMap<String, (String, String)> {
        let mut all = BTreeMap::new();
        let files = record.coverage.missing.iter();
        for file in files.filter(|file| crate::absence::is_package_file(&file.path)) {
            all.insert(format!("missing {}", file.path), (file.path.clone(), file.why.clone()));
        }
        for one in &record.coverage.unreadable {
            let id = format!("{} {}", one.code, one.locus);
            all.entry(id)
                .or_insert_with(|| (one.locus.clone(), format!("{}: {}", one.detail, one.consequence)));
        }
        all
    }
    let (before, after) = (holes(a), holes(b));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut rows = Vec::new();
    for key in keys {
        let (was, is) = (before.get(key), after.get(key));
        if was.is_some() == is.is_some() {
            continue;
        }
        let in_b = is.is_some();
        let Some((path, says)) = was.or(is) else { continue };
        let mut one = row(Subject::Coverage, one_sided(in_b), key.clone(), None);
        one.because = Because::Coverage;
        one.reason = if in_b { "could not be looked at now" } else { "could not be looked at before" }.into();
        one.differs = true;
        let state =
            State { id: key.clone(), says: says.clone(), path: Some(path.clone()), ..State::default() };
        rows.push(placed(one, state, in_b));
    }
    rows
}
