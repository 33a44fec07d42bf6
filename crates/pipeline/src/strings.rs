//! Strings of single packages, concealed ones included: from an input to the lines of `overt strings`.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use overt_apk::apk::Apk;
use overt_apk::manifest::Manifest;
use overt_apk::resource_table::Device;
use overt_base::{Cancel, Cx, Digest, Problems, Progress};
use overt_container::zip::Entry;
use overt_dex::StringIdx;
use overt_evaluate::form::form;
use overt_evaluate::{Budget, Recovered, Resources, Strings, Use};
use overt_program::{ClassTable, MethodId};
use overt_record::analysis::RestsOn;
use overt_record::native::NativeCode;
use overt_record::strings::{StringHow, StringLine, StringList};
use rayon::prelude::*;

use crate::artifact::{self, Artifact};
use crate::code;
use crate::inventory::{self, Draft};
use crate::isolate::isolate;
use crate::rights;
use crate::scan::{ScanError, ScanOptions};
use crate::settings::{self, Settings};

/// Bytes of an asset or raw resource that code under evaluation may read.
const ASSET_BYTES: u64 = 1 << 20;

/// Begins the name of what is no entry, where answers are noted.
const ASKED: char = '?';

/// What an archive holds besides its code.
struct ArchiveResources<'a> {
    apk: &'a Apk,
    package: Option<String>,
    read: Option<&'a Read>,
    manifest: Option<&'a Manifest>,
    settings: OnceCell<Settings>,
    cx: &'a Cx<'a>,
}

/// What was read of an archive besides its code: digests of the answers.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) strings: Mutex<BTreeMap<u32, Option<String>>>,
    pub(crate) entries: Mutex<BTreeMap<String, Option<String>>>,
}

fn short(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// Does the archive still answer so?
pub(crate) fn answers(draft: &Draft, rests: &RestsOn, cx: &Cx<'_>) -> bool {
    let Some(apk) = &draft.apk else { return rests.strings.is_empty() && rests.entries.is_empty() };
    let (manifest, settings) = (draft.manifest(), OnceCell::new());
    let resources = ArchiveResources { apk, package: None, read: None, manifest, settings, cx };
    rests
        .strings
        .iter()
        .all(|(id, answer)| resources.string(*id).map(|text| short(text.as_bytes())) == *answer)
        && (rests.entries.iter())
            .all(|(name, answer)| resources.entry(name).map(|bytes| short(&bytes)) == *answer)
}

impl ArchiveResources<'_> {
    fn entry(&self, name: &str) -> Option<Vec<u8>> {
        if let Some(question) = name.strip_prefix(ASKED) {
            return self.answer(question);
        }
        let entry = self.apk.archive().find(name).filter(|entry| entry.size <= ASSET_BYTES)?;
        self.apk.archive().read(entry, self.cx).ok().map(|bytes| bytes.to_vec())
    }

    /// What was asked of more than one entry, so that it is noted like one.
    fn answer(&self, question: &str) -> Option<Vec<u8>> {
        let (what, which) = question.split_once(' ')?;
        match what {
            "array" => {
                let all = self.apk.resources()?.array(which.parse().ok()?, Device { sdk: None });
                let texts: Vec<String> = all.into_iter().filter_map(|value| value.as_text()).collect();
                Some(texts.join("\0").into_bytes())
            }
            "meta-data" => {
                let manifest = self.manifest?;
                let parts = manifest.components.iter().flat_map(|component| &component.meta_data);
                let stated = manifest.meta_data.iter().chain(parts).find(|stated| stated.name == which)?;
                let text = stated.value.clone().or_else(|| self.text(stated.resource?))?;
                Some(text.into_bytes())
            }
            "settings" => Some(self.settings().under(which).join("\0").into_bytes()),
            _ => None,
        }
    }

    fn settings(&self) -> &Settings {
        self.settings.get_or_init(|| {
            let mut settings = Settings::default();
            let entries = self.apk.archive().entries().iter();
            let fits =
                |entry: &&Entry| entry.size <= settings::FILE_BYTES && settings::is_settings(&entry.name);
            for entry in entries.filter(fits).take(settings::FILES) {
                if let Ok(bytes) = self.apk.archive().read(entry, self.cx) {
                    settings.read(&entry.name, &bytes);
                }
            }
            settings
        })
    }

    /// The texts of an answer.
    fn texts(&self, question: &str) -> Vec<String> {
        let answer =
            self.noted(&format!("{ASKED}{question}")).and_then(|bytes| String::from_utf8(bytes).ok());
        let texts = answer.iter().flat_map(|text| text.split('\0')).filter(|text| !text.is_empty());
        texts.map(str::to_owned).collect()
    }

    fn noted(&self, name: &str) -> Option<Vec<u8>> {
        let bytes = self.entry(name);
        if let Some(read) = self.read {
            let mut entries = read.entries.lock().unwrap_or_else(PoisonError::into_inner);
            entries.entry(name.to_owned()).or_insert_with(|| bytes.as_deref().map(short));
        }
        bytes
    }

    fn text(&self, id: u32) -> Option<String> {
        match self.apk.resources()?.value(id, Device { sdk: None })? {
            overt_apk::value::Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Resources for ArchiveResources<'_> {
    fn string(&self, id: u32) -> Option<String> {
        let text = self.text(id);
        if let Some(read) = self.read {
            let mut strings = read.strings.lock().unwrap_or_else(PoisonError::into_inner);
            strings.entry(id).or_insert_with(|| text.as_deref().map(|text| short(text.as_bytes())));
        }
        text
    }

    fn asset(&self, name: &str) -> Option<Vec<u8>> {
        self.noted(&format!("assets/{name}"))
    }

    fn raw(&self, id: u32) -> Option<Vec<u8>> {
        self.noted(&self.string(id)?)
    }

    fn identifier(&self, _kind: &str, _name: &str) -> Option<u32> {
        None
    }

    fn package(&self) -> Option<String> {
        self.package.clone()
    }

    fn strings(&self, id: u32) -> Vec<String> {
        self.texts(&format!("array {id}"))
    }

    fn meta_data(&self, name: &str) -> Option<String> {
        self.texts(&format!("meta-data {name}")).into_iter().next()
    }

    fn setting(&self, key: &str) -> Vec<String> {
        self.texts(&format!("settings {key}"))
    }
}

/// Runs the code of a package, linked as `table`, for the strings that it makes.
pub(crate) fn recover(
    draft: &Draft,
    table: &ClassTable,
    literals: bool,
    read: Option<&Read>,
    cx: &Cx<'_>,
) -> Strings {
    with_resources(draft, read, cx, |resources| {
        overt_evaluate::strings(table, resources, Budget::default(), literals)
    })
}

/// The same of these methods alone.
pub(crate) fn recover_of(
    draft: &Draft,
    table: &ClassTable,
    methods: &[MethodId],
    read: Option<&Read>,
    cx: &Cx<'_>,
) -> Strings {
    with_resources(draft, read, cx, |resources| {
        overt_evaluate::strings_of(table, resources, Budget::default(), methods)
    })
}

pub(crate) fn with_resources<T>(
    draft: &Draft,
    read: Option<&Read>,
    cx: &Cx<'_>,
    run: impl FnOnce(&dyn Resources) -> T,
) -> T {
    match &draft.apk {
        Some(apk) => {
            let package = draft.manifest().map(|manifest| manifest.package.clone());
            let (manifest, settings) = (draft.manifest(), OnceCell::new());
            run(&ArchiveResources { apk, package, read, manifest, settings, cx })
        }
        None => run(&overt_evaluate::NoResources),
    }
}

/// Finds the strings of each package of `input`, which is named `name` in the result. With `hidden`, only those that
/// stand in no string table.
///
/// # Errors
/// See [`ScanError`].
pub fn strings(
    input: &Path,
    name: &str,
    hidden: bool,
    options: &ScanOptions,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<StringList, ScanError> {
    let problems = Problems::new(options.limits.problems_per_code);
    let cx = Cx { limits: &options.limits, problems: &problems, progress, cancel };
    let tree = overt_container::open(input, &cx).map_err(|error| ScanError::Unreadable(error.to_string()))?;
    let artifacts =
        artifact::group(tree.files().iter().filter(|f| f.link.is_none()).map(|f| f.path.as_str()));
    let single = artifacts.len() == 1;
    let one = |artifact: Artifact| {
        let draft = inventory::take(artifact, &tree, None, true, None, &cx);
        let apk = if single { name.to_owned() } else { format!("{name}!{}", draft.artifact.path) };
        let package = draft.manifest().map(|manifest| manifest.package.clone());
        let found = isolate(&cx, &draft.locus, "recovering strings", || {
            let code = code::find(&draft, &tree, &cx);
            let dexes = code.used.iter().map(|loaded| loaded.dex.clone()).collect();
            let table = ClassTable::link(None, dexes);
            let found = recover(&draft, &table, !hidden, None, &cx);
            (found, if hidden { literals(&table) } else { HashSet::new() })
        });
        found.map(|(found, literals)| {
            let mut list = lines(found, &literals, hidden, &apk, package.as_deref());
            for native in &draft.package.natives {
                let code = native.code.iter();
                list.strings
                    .extend(code.flat_map(|code| native_lines(code, &native.path, &apk, package.as_deref())));
            }
            list
        })
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.jobs.max(1)).build();
    // Large packages first, so that no thread is left with a large one at the end; results keep the order of the tree.
    let weight = |artifact: &Artifact| -> u64 {
        let files = std::iter::once(&artifact.path).chain(&artifact.oats);
        files.filter_map(|path| tree.get(path)).map(|file| file.size).sum()
    };
    let mut order: Vec<(usize, Artifact)> = artifacts.into_iter().enumerate().collect();
    order.sort_by_key(|(number, artifact)| (std::cmp::Reverse(weight(artifact)), *number));
    let work = || -> Vec<(usize, Option<StringList>)> {
        order
            .into_par_iter()
            .with_max_len(1)
            .map(|(number, artifact)| (number, if cancel.is_cancelled() { None } else { one(artifact) }))
            .collect()
    };
    let mut found = match pool {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    };
    if cancel.is_cancelled() {
        return Err(ScanError::Cancelled);
    }
    let mut list = StringList::default();
    found.sort_by_key(|(number, _)| *number);
    for part in found.into_iter().filter_map(|(_, part)| part) {
        list.strings.extend(part.strings);
        list.methods += part.methods;
        list.left_out += part.left_out;
    }
    // Files outside packages: daemons, tools, shared libraries.
    let own: HashSet<String> = list.strings.iter().filter_map(|one| one.file.clone()).collect();
    let device = rights::Device::read(&tree, &cx);
    for native in device.natives(&tree, true, None, &cx).iter().filter(|native| !own.contains(&native.path)) {
        let apk = format!("{name}!{}", native.path);
        let code = native.code.iter();
        list.strings.extend(code.flat_map(|code| native_lines(code, &native.path, &apk, None)));
    }
    list.problems = problems
        .into_sorted()
        .iter()
        .map(|problem| format!("{}: {}", problem.locus, problem.detail))
        .collect();
    Ok(list)
}

/// Texts that native code makes. A function that implements a Java method is named as that.
fn native_lines<'n>(
    code: &'n NativeCode,
    path: &'n str,
    apk: &'n str,
    package: Option<&'n str>,
) -> impl Iterator<Item = StringLine> + 'n {
    let number = |text: &str| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    code.decoded.iter().map(move |text| {
        let java = code.java.iter().find(|method| method.function == text.function);
        let place = text.address.as_deref().and_then(number).or_else(|| number(&text.function));
        StringLine {
            used_as: form(&text.value).words().into_iter().map(str::to_owned).collect(),
            value: text.value.clone(),
            apk: apk.to_owned(),
            package: package.map(str::to_owned),
            class: java.and_then(|method| method.class.clone()),
            method: java.map_or_else(|| text.function.clone(), |method| method.name.clone()),
            descriptor: java.and_then(|method| method.descriptor.clone()),
            offset: place.unwrap_or_default(),
            file: Some(path.to_owned()),
            how: StringHow {
                kind: "native".into(),
                decoder: Some(text.decoder.clone()),
                algorithm: Some(text.algorithm.clone()),
                mode: None,
                key: text.key.clone(),
                iv: None,
            },
        }
    })
}

/// Every string of the tables.
pub(crate) fn literals(table: &ClassTable) -> HashSet<String> {
    let tables = table.dexes().iter();
    tables
        .flat_map(|linked| {
            let dex = &linked.dex;
            (0..dex.string_count()).filter_map(|index| dex.string(StringIdx(index)).ok().map(String::from))
        })
        .collect()
}

fn lines(
    found: Strings,
    literals: &HashSet<String>,
    hidden: bool,
    apk: &str,
    package: Option<&str>,
) -> StringList {
    // A string is used as what any place of the app uses it as.
    let mut uses: BTreeMap<String, Use> = BTreeMap::new();
    for one in &found.strings {
        let all = uses.entry(one.value.clone()).or_default();
        *all = all.and(one.used);
    }
    let line = |one: Recovered| StringLine {
        used_as: uses
            .get(&one.value)
            .map_or_else(Vec::new, |used| used.words().into_iter().map(str::to_owned).collect()),
        value: one.value,
        apk: apk.to_owned(),
        package: package.map(str::to_owned),
        class: Some(one.class),
        method: one.method,
        descriptor: Some(one.descriptor),
        offset: one.offset,
        file: None,
        how: StringHow {
            kind: one.how.kind.to_owned(),
            decoder: one.how.decoder,
            algorithm: one.how.algorithm,
            mode: one.how.mode,
            key: one.how.key,
            iv: one.how.iv,
        },
    };
    let shown = |one: &Recovered| {
        !hidden || !literals.contains(&one.value) && one.how.kind != "literal" && one.how.kind != "resource"
    };
    StringList {
        strings: found.strings.into_iter().filter(shown).map(line).collect(),
        methods: found.methods as u64,
        left_out: found.left_out as u64,
        problems: Vec::new(),
    }
}
