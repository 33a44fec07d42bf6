//! `cargo xtask rename [--overt PROGRAM] [APK…]`: renames, reorders and re-assembles apps, and asks whether they are known again.
//!
//! Every class that no manifest, layout or other resource names gets a new name in a new Java package (the tree of packages
//! keeps its form, as obfuscators leave it), private methods and fields get new names, texts that spell a renamed class are
//! changed with it, debug information is dropped, and everything is assembled anew, which sorts all tables anew. Without
//! APKs the fixtures are taken, and the phones where they are there. Needs Debian's `libsmali-java`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::tool::{BAKSMALI, SMALI};
use crate::{corpora, workspace};

/// Share of finding ids that must stay.
const LEAST_KEPT: f64 = 0.95;
/// Share of finding ids that apps without anything in common may share.
const MOST_SHARED: f64 = 0.01;
/// Apps of each phone that are taken, the largest number of findings first.
const APPS: usize = 10;

/// Renames and compares.
///
/// # Errors
/// When a tool is missing or fails, or an app is not known again.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = workspace::root();
    let mut program = root.join("target/release/overt");
    let mut apks: Vec<PathBuf> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--overt" => program = PathBuf::from(rest.next().context("--overt needs a program")?),
            flag if flag.starts_with('-') => bail!("rename [--overt PROGRAM] [APK…]: no flag `{flag}`"),
            path => apks.push(PathBuf::from(path)),
        }
    }
    if !program.is_file() {
        bail!("{} is missing: cargo build --release --bin overt, or --overt PROGRAM", program.display());
    }
    if apks.is_empty() {
        apks = chosen(&root)?;
    }
    let scratch = root.join("target/xtask/rename");
    let (mut kept, mut all, mut families_kept, mut families_all) = (0, 0, 0, 0);
    let mut ids: Vec<(String, BTreeSet<String>)> = Vec::new();
    let mut worst = Vec::new();
    for apk in &apks {
        let name = apk.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let folder = scratch.join(&name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let renamed = folder.join("renamed.apk");
        let classes = rename(apk, &folder, &renamed).with_context(|| name.clone())?;
        let (before, after) = (scan(&program, apk)?, scan(&program, &renamed)?);
        let (x, y) = (finding_ids(&before), finding_ids(&after));
        let same = x.intersection(&y).count();
        let (f, g) = (families(&before), families(&after));
        let again = f.iter().filter(|family| g.iter().any(|other| alike(family, other))).count();
        println!(
            "{name}: {classes} classes renamed, {same} of {} ids kept, {again} of {} families, whole app {:.2}",
            x.len(),
            f.len(),
            similarity(&sketch(&before), &sketch(&after)),
        );
        for lost in x.difference(&y) {
            worst.push(format!("{name}: {}", said(&before, lost)));
        }
        kept += same;
        all += x.len();
        families_kept += again;
        families_all += f.len();
        ids.push((name, x));
        std::fs::remove_dir_all(&folder)?;
    }
    let (mut shared, mut possible) = (0, 0);
    for (number, (_, a)) in ids.iter().enumerate() {
        for (_, b) in ids.iter().skip(number + 1) {
            shared += a.intersection(b).count();
            possible += a.len().min(b.len());
        }
    }
    let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
    println!(
        "{} apps: {:.1} % of {all} finding ids kept, {:.1} % of {families_all} families; apps share {:.2} % of theirs",
        apks.len(),
        100.0 * share(kept, all),
        100.0 * share(families_kept, families_all),
        if possible == 0 { 0.0 } else { 100.0 * share(shared, possible) },
    );
    worst.iter().take(40).for_each(|line| println!("lost: {line}"));
    if share(kept, all) < LEAST_KEPT || share(families_kept, families_all) < LEAST_KEPT {
        bail!("too little is known again");
    }
    if possible > 0 && share(shared, possible) > MOST_SHARED {
        bail!("apps that have nothing in common share finding ids");
    }
    Ok(())
}

/// Fixtures with findings, and the apps of the phones.
fn chosen(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut apks: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(root.join("fixtures/built"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "apk") {
            apks.push(path);
        }
    }
    apks.sort();
    let step = (apks.len() / (2 * APPS)).max(1);
    let mut chosen: Vec<PathBuf> = apks.into_iter().step_by(step).collect();
    if let Some(phone) = corpora::folder().map(|folder| folder.join("phone-2016")) {
        let mut found = Vec::new();
        for part in ["system/app", "system/priv-app"] {
            let Ok(entries) = std::fs::read_dir(phone.join(part)) else { continue };
            for entry in entries.flatten() {
                let folder = entry.path();
                let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
                let Some(name) = name else { continue };
                let apk = folder.join(format!("{name}.apk"));
                let size = std::fs::metadata(&apk).map_or(0, |metadata| metadata.len());
                // Neither toys nor what assembling takes minutes for.
                if (200_000..2_500_000).contains(&size) {
                    found.push(apk);
                }
            }
        }
        found.sort();
        let step = (found.len() / APPS).max(1);
        chosen.extend(found.into_iter().step_by(step).take(APPS));
    }
    Ok(chosen)
}

/// Writes a renamed copy of `apk`; how many classes were renamed.
fn rename(apk: &Path, folder: &Path, renamed: &Path) -> anyhow::Result<usize> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(apk)?)?;
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number)?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        entries.push((entry.name()?.into_owned(), bytes));
    }
    let is_dex = |name: &str| name.starts_with("classes") && name.ends_with(".dex");
    let mut named: BTreeSet<String> = BTreeSet::new();
    for (_, bytes) in entries.iter().filter(|(name, _)| !is_dex(name)) {
        words(bytes, &mut named);
    }
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (name, bytes) in entries.iter().filter(|(name, _)| is_dex(name)) {
        std::fs::write(folder.join(name), bytes)?;
        let out = format!("{name}.smali");
        BAKSMALI.run(folder, &["disassemble", "--output", &out, name])?;
        collect(&folder.join(&out), &mut files)?;
    }
    let names = Names::of(&files, &named);
    for (path, text) in &files {
        std::fs::write(path, names.apply(text))?;
    }
    for (name, bytes) in entries.iter_mut().filter(|(name, _)| is_dex(name)) {
        let (from, to) = (format!("{name}.smali"), format!("{name}.new"));
        SMALI.run(folder, &["assemble", "--output", &to, &from])?;
        *bytes = std::fs::read(folder.join(&to))?;
    }
    let mut out = zip::ZipWriter::new(std::fs::File::create(renamed)?);
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in &entries {
        out.start_file(name.as_str(), options)?;
        out.write_all(bytes)?;
    }
    out.finish()?;
    Ok(names.classes.len())
}

/// Words of a file that may name a class: in UTF-8 and in UTF-16.
fn words(bytes: &[u8], found: &mut BTreeSet<String>) {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'/');
    let mut one = |text: &mut String| {
        if text.len() > 2 {
            found.insert(text.replace('/', "."));
        }
        text.clear();
    };
    let mut text = String::new();
    for &byte in bytes {
        if part(byte) { text.push(char::from(byte)) } else { one(&mut text) }
    }
    one(&mut text);
    for start in [0, 1] {
        for pair in bytes.get(start..).unwrap_or_default().chunks_exact(2) {
            match pair {
                [byte, 0] if part(*byte) => text.push(char::from(*byte)),
                _ => one(&mut text),
            }
        }
        one(&mut text);
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, String>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            let text = std::fs::read_to_string(&path)?;
            files.insert(path, text);
        }
    }
    Ok(())
}

/// Old names and new ones.
struct Names {
    /// Descriptors without `L` and `;`.
    classes: BTreeMap<String, String>,
    /// `Lp/C;->name(`, or `Lp/C;->name:`, to the new name.
    members: BTreeMap<String, String>,
}

impl Names {
    fn of(files: &BTreeMap<PathBuf, String>, named: &BTreeSet<String>) -> Names {
        let mut classes = BTreeMap::new();
        let mut tree: BTreeMap<String, String> = BTreeMap::new();
        let mut members = BTreeMap::new();
        for text in files.values() {
            let Some(class) = class_of(text) else { continue };
            let dotted = class.replace('/', ".");
            let last = dotted.rsplit('.').next().unwrap_or(&dotted);
            // Manifests may leave the package out.
            let kept = named.contains(&dotted)
                || named.contains(&format!(".{last}"))
                || class.starts_with("android/");
            let mut number = 0;
            for line in text.lines() {
                let Some(member) = private_member(line) else { continue };
                let (name, mark) = member;
                members.entry(format!("L{class};->{name}{mark}")).or_insert_with(|| {
                    number += 1;
                    format!("m{}{number}", dotted.len())
                });
            }
            if kept {
                continue;
            }
            let (package, _) = class.rsplit_once('/').unwrap_or(("", &class));
            let package = new_package(package, &mut tree);
            // Backwards, so that the order of the names is another one as well.
            let name = format!("{package}/z{:05}", 99_999 - classes.len() % 99_999);
            classes.insert(class, name);
        }
        Names { classes, members }
    }

    /// Renames in the text of a file: descriptors, members, texts that spell classes; without debug information.
    fn apply(&self, text: &str) -> String {
        let own = class_of(text).unwrap_or_default();
        let mut out = String::with_capacity(text.len());
        for line in text.lines() {
            let bare = line.trim_start();
            let debug = [
                ".line ",
                ".source ",
                ".prologue",
                ".local ",
                ".end local",
                ".restart local",
                ".param ",
                ".end param",
            ];
            if debug[..6].iter().any(|word| bare.starts_with(word)) {
                continue;
            }
            out.push_str(&self.line(line, &own));
            out.push('\n');
        }
        out
    }

    fn line(&self, line: &str, own: &str) -> String {
        let mut line = line.to_owned();
        // Members first: they are known by the old name of their class.
        if let Some((name, mark)) = private_member(&line) {
            if let Some(new) = self.members.get(&format!("L{own};->{name}{mark}")) {
                line = line.replacen(&format!(" {name}{mark}"), &format!(" {new}{mark}"), 1);
            }
        } else if let Some(at) = line.find(";->") {
            let start = line.get(..at).and_then(|before| before.rfind('L'));
            let end = line.get(at..).and_then(|rest| rest.find(['(', ':'])).map(|end| at + end);
            if let (Some(start), Some(end)) = (start, end)
                && let Some(key) = line.get(start..=end)
                && let Some(new) = self.members.get(key)
            {
                line.replace_range(at + 3..end, new);
            }
        }
        self.descriptors(&line)
    }

    fn descriptors(&self, line: &str) -> String {
        let mut out = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(at) = rest.find(['L', '"']) {
            let (before, behind) = rest.split_at(at);
            out.push_str(before);
            if behind.starts_with('"') {
                let end = closing(behind);
                let (text, after) = behind.split_at(end);
                out.push_str(&self.spelt(text));
                rest = after;
                continue;
            }
            let name = behind.get(1..).and_then(|tail| tail.find(';').and_then(|end| tail.get(..end)));
            match name.and_then(|name| Some((name, self.classes.get(name)?))) {
                Some((name, new)) => {
                    out.push_str(&format!("L{new};"));
                    rest = behind.get(name.len() + 2..).unwrap_or_default();
                }
                None => {
                    out.push('L');
                    rest = behind.get(1..).unwrap_or_default();
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// A text with its quotes.
    fn spelt(&self, text: &str) -> String {
        let bare = text.trim_matches('"');
        match self.classes.get(&bare.replace('.', "/")) {
            Some(new) if bare.contains('.') => format!("\"{}\"", new.replace('/', ".")),
            _ => text.to_owned(),
        }
    }
}

/// Where the text that begins with a quote ends, behind its closing quote.
fn closing(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn class_of(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(".class "))?;
    let descriptor = line.rsplit(' ').next()?;
    Some(descriptor.strip_prefix('L')?.strip_suffix(';')?.to_owned())
}

/// Name of the private member that a line declares, and what follows the name.
fn private_member(line: &str) -> Option<(&str, char)> {
    let (rest, mark) = match (line.strip_prefix(".method "), line.strip_prefix(".field ")) {
        (Some(rest), _) => (rest, '('),
        (_, Some(rest)) => (rest, ':'),
        _ => return None,
    };
    let declaration = rest.get(..rest.find(mark)?)?;
    let mut words: Vec<&str> = declaration.split(' ').collect();
    let name = words.pop()?;
    let renamed = words.contains(&"private")
        && !words.contains(&"native")
        && !name.starts_with('<')
        // Called by the runtime through their names.
        && !["readObject", "writeObject", "readResolve", "writeReplace", "serialVersionUID"].contains(&name);
    renamed.then_some((name, mark))
}

/// The new name of a Java package, its parents renamed likewise.
fn new_package(package: &str, tree: &mut BTreeMap<String, String>) -> String {
    if package.is_empty() {
        return "q".to_owned();
    }
    if let Some(known) = tree.get(package) {
        return known.clone();
    }
    let parent = package.rsplit_once('/').map_or("", |(parent, _)| parent);
    let parent = if parent.is_empty() { String::new() } else { format!("{}/", new_package(parent, tree)) };
    let new = format!("{parent}y{}", 999 - tree.len() % 999);
    tree.insert(package.to_owned(), new.clone());
    new
}

fn scan(program: &Path, apk: &Path) -> anyhow::Result<Value> {
    let output = Command::new(program).arg("scan").arg(apk).args(["--no-store", "--json"]).output()?;
    if !matches!(output.status.code(), Some(0 | 1 | 4)) {
        bail!("scanning {} failed: {}", apk.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn finding_ids(record: &Value) -> BTreeSet<String> {
    let lists = [&record["findings"], &record["dead"]];
    let all = lists.into_iter().filter_map(Value::as_array).flatten();
    all.filter_map(|finding| finding["id"].as_str()).map(str::to_owned).collect()
}

fn said(record: &Value, id: &str) -> String {
    let lists = [&record["findings"], &record["dead"]];
    let mut all = lists.into_iter().filter_map(Value::as_array).flatten();
    let found = all.find(|finding| finding["id"] == id);
    found.map_or_else(String::new, |finding| format!("{} {}", finding["behaviour"], finding["title"]))
}

fn sketch(record: &Value) -> Sketch {
    let shape = &record["packages"][0]["shape"];
    read(shape)
}

/// Digest, number of shapes, least shapes.
type Sketch = (String, u64, BTreeSet<String>);

fn read(value: &Value) -> Sketch {
    let text = value["sketch"].as_str().unwrap_or_default();
    let words = text.as_bytes().chunks(8).map(|word| String::from_utf8_lossy(word).into_owned());
    (
        value["digest"].as_str().unwrap_or_default().to_owned(),
        value["methods"].as_u64().unwrap_or(0),
        words.collect(),
    )
}

fn families(record: &Value) -> Vec<Sketch> {
    let list = record["packages"][0]["shape"]["families"].as_array();
    list.into_iter().flatten().map(read).collect()
}

fn alike(a: &Sketch, b: &Sketch) -> bool {
    a.0 == b.0 || similarity(a, b) >= 0.5
}

fn similarity(a: &Sketch, b: &Sketch) -> f64 {
    let common = a.2.intersection(&b.2).count();
    let smaller = a.2.len().min(b.2.len());
    if smaller == 0 { 0.0 } else { common as f64 / smaller as f64 }
}
