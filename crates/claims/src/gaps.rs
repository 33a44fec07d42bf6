//! What of a build was not looked at, as far as it concerns a statement. A gap never proves anything; it only forbids to say
//! *upheld*, or that something is gone.

use overt_record::words::Effect;
use overt_record::{Depth, Package};
use serde::{Deserialize, Serialize};

use crate::held::Held;
use crate::scope;

/// Why there may be more than was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// Files or code were not read: even what the code is able to do is not wholly known.
    NotRead,
    /// Code was read, and the way of data through it was not followed to the end.
    NotFollowed,
    /// Code runs there that is not in the build, or that Overt does not run.
    NotInBuild,
}

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// Digest of the record.
    pub record_sha256: String,
    /// The package, where it is one package's.
    pub package: Option<String>,
    /// Which kind of gap.
    pub kind: GapKind,
    /// What it is.
    pub says: String,
}

/// Problem code of methods that were not followed to the end.
const GIVEN_UP: &str = "flow/given-up";
/// Problem code of components whose class is nowhere in the code.
const CLASS_MISSING: &str = "program/component-class-missing";
/// Files that a package is made of.
const PACKAGE_FILES: &[&str] = &[".apk", ".jar", ".odex", ".vdex", ".oat", ".apex"];

/// What was not looked at of the packages that are meant; without patterns, of the build.
#[must_use]
pub fn of(held: &Held<'_>, patterns: &[String]) -> Vec<Gap> {
    if patterns.is_empty() {
        return of_build(held);
    }
    let mut gaps: Vec<Gap> =
        scope::packages(held, patterns).into_iter().flat_map(|one| of_package(held, one)).collect();
    gaps.extend(shallow(held));
    gaps
}

fn gap(held: &Held<'_>, package: Option<&str>, kind: GapKind, says: impl Into<String>) -> Gap {
    Gap {
        record_sha256: held.digest.to_owned(),
        package: package.map(str::to_owned),
        kind,
        says: says.into(),
    }
}

fn shallow(held: &Held<'_>) -> Option<Gap> {
    let depth = held.record.depth;
    let word = match depth {
        Depth::Full => return None,
        Depth::Flow => "flow: ways from one app to another were not followed",
        Depth::Capability => "capability: the way of data was not followed",
        Depth::Inventory => "inventory: no code was read",
    };
    let kind = if depth == Depth::Inventory { GapKind::NotRead } else { GapKind::NotFollowed };
    Some(gap(held, None, kind, format!("the scan went to depth {word}")))
}

/// What was not looked at of a whole build.
fn of_build(held: &Held<'_>) -> Vec<Gap> {
    let coverage = &held.record.coverage;
    let mut gaps: Vec<Gap> = shallow(held).into_iter().collect();
    for missing in &coverage.missing {
        gaps.push(gap(held, None, GapKind::NotRead, format!("{} is missing: {}", missing.path, missing.why)));
    }
    for one in &coverage.unreadable {
        let kind = if one.code == GIVEN_UP { GapKind::NotFollowed } else { GapKind::NotRead };
        gaps.push(gap(held, None, kind, format!("{} ({}): {}", one.locus, one.code, one.detail)));
    }
    if coverage.packages_incomplete > 0 || coverage.methods_incomplete > 0 {
        let says = format!(
            "{} packages and {} methods were not wholly read",
            coverage.packages_incomplete, coverage.methods_incomplete
        );
        gaps.push(gap(held, None, GapKind::NotRead, says));
    }
    if !coverage.complete && gaps.is_empty() {
        gaps.push(gap(held, None, GapKind::NotRead, "no listing says what belongs to the build"));
    }
    for package in &held.record.packages {
        gaps.extend(open_ends(held, package));
    }
    gaps
}

/// What was not looked at of a package.
#[must_use]
pub fn of_package(held: &Held<'_>, package: &Package) -> Vec<Gap> {
    let name = package.package.as_deref();
    let coverage = &held.record.coverage;
    let mut gaps = Vec::new();
    let mut add = |kind, says: String| gaps.push(gap(held, name.or(Some(package.path.as_str())), kind, says));
    if package.sha256.is_none() {
        add(GapKind::NotRead, format!("{} is not there", package.path));
    }
    for code in package.code.iter().filter(|code| code.analysed) {
        // The runtime edits code in place and leaves the old sum.
        for problem in code.problems.iter().filter(|problem| problem.code != "dex/checksum-wrong") {
            add(GapKind::NotRead, format!("{}: {} times {}", code.entry, problem.count, problem.code));
        }
        let lost = code.quick.not_restorable.unwrap_or(0);
        if lost > 0 {
            add(GapKind::NotRead, format!("{}: {lost} quickened methods could not be restored", code.entry));
        }
    }
    let loads = loads_code(held, package);
    for one in coverage.unreadable.iter().filter(|one| is_of(&one.locus, package)) {
        match one.code.as_str() {
            GIVEN_UP => add(GapKind::NotFollowed, one.detail.clone()),
            // A class that is nowhere in code that was read, and that nothing can load, cannot run.
            CLASS_MISSING if !loads => {}
            CLASS_MISSING => add(GapKind::NotInBuild, one.detail.clone()),
            _ => add(GapKind::NotRead, format!("{}: {}", one.code, one.detail)),
        }
    }
    // Compiled copies of code that was read from the package itself show nothing more.
    let has_code = package.code.iter().any(|code| code.analysed);
    for missing in coverage.missing.iter().filter(|missing| is_beside(&missing.path, package)) {
        let is_copy = PACKAGE_FILES.iter().skip(2).any(|ending| missing.path.ends_with(ending));
        if !(has_code && is_copy) {
            add(GapKind::NotRead, format!("{} is missing: {}", missing.path, missing.why));
        }
    }
    gaps.extend(open_ends(held, package));
    gaps
}

/// Code of a package that is not in the build, or that was not run.
fn open_ends(held: &Held<'_>, package: &Package) -> Vec<Gap> {
    let name = package.package.as_deref().or(Some(package.path.as_str()));
    let mut gaps = Vec::new();
    if loads_code(held, package) {
        gaps.push(gap(held, name, GapKind::NotInBuild, "it can load code that is not part of it"));
    }
    for native in &package.natives {
        let why = match &native.code {
            None => "was not run".to_owned(),
            Some(code) => match &code.opaque {
                Some(why) => format!("was not wholly followed: {why}"),
                None => continue,
            },
        };
        gaps.push(gap(held, name, GapKind::NotFollowed, format!("the native code of {} {why}", native.path)));
    }
    gaps
}

fn loads_code(held: &Held<'_>, package: &Package) -> bool {
    held.record
        .findings
        .iter()
        .any(|one| one.path == package.path && one.effects.contains(&Effect::DynamicCode))
}

/// Whether a locus (`input!super!system_a!/app/X/X.apk!classes.dex`) lies in the package's file or folder.
fn is_of(locus: &str, package: &Package) -> bool {
    locus.split('!').any(|step| {
        step.starts_with('/')
            && (package.path == step || package.path.ends_with(step) || is_beside(step, package))
    })
}

/// Whether a file lies in the package's own folder. Folders that packages share (`/system/framework`) say nothing.
fn is_beside(path: &str, package: &Package) -> bool {
    let mut steps = package.path.rsplit('/');
    let (Some(file), Some(folder), Some(above)) = (steps.next(), steps.next(), steps.next()) else {
        return false;
    };
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    // A package's own folder bears its name, or is the only thing that an `app` folder can hold.
    let own = stem == folder || above.ends_with("app");
    own && path.contains(&format!("/{above}/{folder}/"))
}

/// Whether a build surely has no package of that name: nothing is left that may be it.
///
/// # Errors
/// Why that is not known.
pub fn lacks(held: &Held<'_>, name: &str) -> Result<(), String> {
    let coverage = &held.record.coverage;
    if coverage.complete {
        return Ok(());
    }
    if coverage.listing.is_none() {
        return Err(format!(
            "no listing says what belongs to the build, so {name} may be in a part that was not read"
        ));
    }
    let is_package = |path: &str| PACKAGE_FILES.iter().any(|ending| path.ends_with(ending));
    let unread = coverage.missing.iter().filter(|missing| is_package(&missing.path)).count();
    let nameless =
        held.record.packages.iter().filter(|one| one.package.is_none() && one.kind != "framework").count();
    if unread + nameless + coverage.packages_incomplete as usize == 0 {
        return Ok(());
    }
    Err(format!(
        "{unread} files of packages that the listing names are missing from what was read, {nameless} pieces of code have no \
         manifest: {name} may be one of them"
    ))
}
