//! Recovered values derived once more: the input's code is run again where a record says that a value comes out.

use std::collections::BTreeMap;

use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Problems};
use overt_detect::concealed;
use overt_dex::DexFile;
use overt_evaluate::Recovered;
use overt_program::{ClassTable, MethodId};
use overt_record::derivation::{Derivation, Verdict};
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Endpoint, Finding, How, Transform};
use overt_record::native::DecodedText;

use crate::code::LoadedDex;
use crate::inspect::{Inspector, around};
use crate::inventory::Draft;
use crate::isolate::isolate;
use crate::{artifact, boot, code, inventory, quick, rights, strings};

/// Bytes of stack for third-party readers, as for a scan.
const STACK: usize = 16 << 20;
/// Other values told where the expected one did not come out.
const TOLD: usize = 4;

/// Is this a value that code makes, so that running the code again can show it?
#[must_use]
pub fn is_recovered(how: &How) -> bool {
    matches!(how.kind.as_str(), "built" | "evaluated" | "native")
}

/// Does the finding hold values that can be derived again?
#[must_use]
pub fn derives(finding: &Finding) -> bool {
    finding.endpoints.iter().filter_map(|endpoint| endpoint.how.as_ref()).any(is_recovered)
        || finding.transforms.iter().any(|transform| transform.key.is_some())
}

/// A package of the input, with its code linked as a scan links it.
struct Linked {
    draft: Draft,
    table: ClassTable,
    loaded: Vec<LoadedDex>,
}

impl Inspector {
    /// Runs the code again at each place where a value of `finding` came out: first the method of the place alone, then,
    /// for what only a caller shows, the whole package. One answer for each recovered endpoint and key, in their order.
    #[must_use]
    pub fn derive(&self, finding: &Finding) -> Vec<Derivation> {
        if !derives(finding) {
            return Vec::new();
        }
        let work = || {
            let problems = Problems::new(self.limits.problems_per_code);
            let cancel = Cancel::default();
            let cx = Cx { limits: &self.limits, problems: &problems, progress: &Silent, cancel: &cancel };
            let linked = self.link(&finding.path, &cx);
            match linked {
                Some(linked) => {
                    Rerun { linked: &linked, cx: &cx, alone: BTreeMap::new(), whole: None }.all(finding)
                }
                None => {
                    let why = format!("{} is not in this input", finding.path);
                    let endpoints = finding
                        .endpoints
                        .iter()
                        .filter_map(|endpoint| Some((endpoint, endpoint.how.as_ref()?)));
                    let endpoints = endpoints.filter(|(_, how)| is_recovered(how));
                    endpoints.map(|(endpoint, how)| not_tried(name(endpoint), how.clone(), &why)).collect()
                }
            }
        };
        match rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).build() {
            Ok(pool) => pool.install(work),
            Err(_) => work(),
        }
    }

    /// Links the package at a device path as a scan does.
    fn link(&self, path: &str, cx: &Cx<'_>) -> Option<Linked> {
        let sdk = rights::Device::read(&self.tree, cx).sdk();
        let files = self.tree.files().iter().filter(|file| file.link.is_none());
        let artifacts = artifact::group(files.map(|file| file.path.as_str()));
        let framework_role = overt_device::partition::Role::Framework;
        let mut wanted = None;
        let mut framework: Vec<Draft> = Vec::new();
        for one in artifacts {
            let is_wanted = one.path == path;
            if !is_wanted && overt_device::partition::role(&one.path) != framework_role {
                continue;
            }
            // The natives of the framework have no part in it.
            let draft = inventory::take(one, &self.tree, sdk, is_wanted, None, cx);
            if is_wanted {
                wanted = Some(draft);
            } else if boot::is_framework(&draft) {
                framework.push(draft);
            }
        }
        let draft = wanted?;
        let below: Vec<&Draft> = framework.iter().collect();
        let boot_dexes = boot::dexes(&below, &self.tree, &self.limits, &Silent, cx.cancel);
        let layouts = quick::FrameworkLayouts::new(boot_dexes.clone());
        let mut code = code::find(&draft, &self.tree, cx);
        quick::restore(&mut code, &layouts, &draft, cx);
        let dexes: Vec<DexFile> = code.used.iter().map(|loaded| loaded.dex.clone()).collect();
        let table = ClassTable::link(Some(boot::link(boot_dexes)), dexes);
        Some(Linked { draft, table, loaded: code.used })
    }
}

fn name(endpoint: &Endpoint) -> String {
    endpoint.url.clone().or_else(|| endpoint.host.clone()).unwrap_or_default()
}

fn not_tried(of: String, how: How, why: &str) -> Derivation {
    Derivation {
        of,
        verdict: Verdict::NotTried,
        says: format!("not re-derived: {why}"),
        value: None,
        how,
        instruction: None,
        locus: None,
        code_sha256: None,
    }
}

/// The place of a value, as [`Recovered`] and records spell it.
type Spot<'a> = (&'a str, &'a str, Option<&'a str>, u32);

struct Rerun<'a> {
    linked: &'a Linked,
    cx: &'a Cx<'a>,
    /// What came out of methods run alone.
    alone: BTreeMap<MethodId, Vec<Recovered>>,
    /// What comes out of the whole package, once it was needed.
    whole: Option<Vec<Recovered>>,
}

impl Rerun<'_> {
    fn all(&mut self, finding: &Finding) -> Vec<Derivation> {
        let mut all = Vec::new();
        for endpoint in &finding.endpoints {
            match &endpoint.how {
                Some(how) if how.kind == "native" => all.push(self.native(endpoint, how)),
                Some(how) if is_recovered(how) => all.push(self.endpoint(endpoint, how)),
                _ => {}
            }
        }
        for transform in finding.transforms.iter().filter(|transform| transform.key.is_some()) {
            all.push(self.key(transform, &finding.evidence));
        }
        all
    }

    fn run(&mut self, method: MethodId) -> &[Recovered] {
        let (linked, cx) = (self.linked, self.cx);
        self.alone.entry(method).or_insert_with(|| {
            let work = || strings::recover_of(&linked.draft, &linked.table, &[method], None, cx).strings;
            isolate(cx, &linked.draft.locus, "running a method again", work).unwrap_or_default()
        })
    }

    fn run_whole(&mut self) -> &[Recovered] {
        let (linked, cx) = (self.linked, self.cx);
        self.whole.get_or_insert_with(|| {
            let work = || strings::recover(&linked.draft, &linked.table, false, None, cx).strings;
            isolate(cx, &linked.draft.locus, "running the package again", work).unwrap_or_default()
        })
    }

    /// The methods of a class with this name, and prototype where one is told.
    fn methods(&self, class: &str, method: &str, descriptor: Option<&str>) -> Vec<MethodId> {
        let table = &self.linked.table;
        let own = table.own_methods().filter(|(_, definition)| {
            table.text(table.class(definition.class).descriptor) == class
                && table.text(definition.name) == method
                && descriptor.is_none_or(|descriptor| table.text(definition.proto) == descriptor)
        });
        own.map(|(id, _)| id).collect()
    }

    /// What comes out at a place and is `wanted`: of the method run alone, else of the package. Else what else came out.
    fn at(
        &mut self,
        spot: Spot<'_>,
        wanted: impl Fn(&Recovered) -> bool,
    ) -> Result<Recovered, Vec<Recovered>> {
        let (class, method, descriptor, offset) = spot;
        let here = |one: &&Recovered| {
            one.class == class
                && one.method == method
                && descriptor.is_none_or(|descriptor| one.descriptor == descriptor)
                && one.offset == offset
        };
        for id in self.methods(class, method, descriptor) {
            if let Some(found) = self.run(id).iter().filter(here).find(|one| wanted(one)) {
                return Ok(found.clone());
            }
        }
        let whole = self.run_whole();
        match whole.iter().filter(here).find(|one| wanted(one)) {
            Some(found) => Ok(found.clone()),
            None => Err(whole.iter().filter(here).cloned().collect()),
        }
    }

    fn endpoint(&mut self, endpoint: &Endpoint, how: &How) -> Derivation {
        let of = name(endpoint);
        let (Some(class), Some(method), Some(offset)) = (&how.class, &how.method, how.offset) else {
            return not_tried(
                of,
                how.clone(),
                "it has no place of its own: it is put together along the flow that the evidence shows",
            );
        };
        // Records of earlier versions do not say what came out.
        let expected = how.value.clone().unwrap_or_else(|| of.clone());
        let spot = (class.as_str(), method.as_str(), how.descriptor.as_deref(), offset);
        let belongs = url_holds(endpoint, &expected);
        match self.at(spot, |one| one.value == expected) {
            Ok(found) => {
                let again = concealed::how(&found);
                let same = same_way(how, &again) && belongs;
                let says = match (belongs, same) {
                    (false, _) => {
                        format!("re-derived: the code gives “{expected}”, which is no part of {of}")
                    }
                    (true, true) => "re-derived: same value".to_owned(),
                    (true, false) => {
                        format!("re-derived: same value, but in another way: {}", differing(how, &again))
                    }
                };
                self.derived(of, same, says, Some(found.value), again)
            }
            Err(others) => {
                let says = unlike(&expected, others.iter().map(|one| one.value.as_str()));
                let value = others.first().map(|one| one.value.clone());
                let again = others.first().map_or_else(|| how.clone(), concealed::how);
                self.derived(of, false, says, value, again)
            }
        }
    }

    /// A key: something deciphered or enciphered with it comes out at one of the places of the evidence.
    fn key(&mut self, transform: &Transform, evidence: &[Evidence]) -> Derivation {
        let algorithm = transform.algorithm.clone().unwrap_or_default();
        let of = format!("{algorithm} with the key {}", transform.key.as_deref().unwrap_or_default());
        let with_key = |one: &Recovered| {
            one.how.key == transform.key && concealed::cipher_of(one).is_some_and(|name| name == algorithm)
        };
        let places = evidence.iter().filter(|one| matches!(one.role, Role::Key | Role::Decoder));
        let spots: Vec<Spot<'_>> = places
            .filter_map(|one| {
                Some((one.class.as_deref()?, one.method.as_deref()?, one.descriptor.as_deref(), one.offset?))
            })
            .collect();
        for (class, method, descriptor, offset) in &spots {
            for id in self.methods(class, method, *descriptor) {
                let found = self.run(id).iter().find(|one| one.offset == *offset && with_key(one)).cloned();
                if let Some(found) = found {
                    let says = "re-derived: same key".to_owned();
                    return self.derived(of, true, says, Some(found.value.clone()), concealed::how(&found));
                }
            }
        }
        // Its place may be one of those that the evidence had no room for, or take a caller.
        match self.run_whole().iter().find(|one| with_key(one)).cloned() {
            Some(found) => {
                let says = "re-derived: same key".to_owned();
                self.derived(of, true, says, Some(found.value.clone()), concealed::how(&found))
            }
            None => {
                let how = How { kind: "evaluated".into(), key: transform.key.clone(), ..How::default() };
                self.derived(of, false, "re-derived: no cipher of the code uses this key".into(), None, how)
            }
        }
    }

    fn native(&self, endpoint: &Endpoint, how: &How) -> Derivation {
        let of = name(endpoint);
        let natives = &self.linked.draft.package.natives;
        let Some(file) = natives.iter().find(|native| Some(&native.path) == how.file.as_ref()) else {
            let says = format!("{} is not in this input", how.file.as_deref().unwrap_or("the native file"));
            return not_tried(of, how.clone(), &says);
        };
        let decoded: &[DecodedText] = file.code.as_ref().map_or(&[], |code| &code.decoded);
        let expected = how.value.clone().unwrap_or_else(|| of.clone());
        let made = |text: &&DecodedText| text.value == expected;
        let again = |text: &DecodedText| concealed::native_how(&file.path, text);
        let alike = decoded.iter().filter(made).find(|text| same_way(how, &again(text)));
        let (same, found) = match alike {
            Some(text) => (url_holds(endpoint, &expected), Some(text)),
            None => (false, decoded.iter().find(made)),
        };
        let says = match (same, found) {
            (true, _) => "re-derived: same value".to_owned(),
            (false, Some(text)) => {
                format!("re-derived: same value, but in another way: {}", differing(how, &again(text)))
            }
            (false, None) => unlike(&expected, decoded.iter().map(|text| text.value.as_str())),
        };
        let value = found.map(|text| text.value.clone());
        let again = found.map_or_else(|| how.clone(), again);
        let mut derivation = self.derived(of, same, says, value, again);
        derivation.code_sha256 = Some(file.sha256.clone());
        derivation
    }

    fn derived(&self, of: String, same: bool, says: String, value: Option<String>, how: How) -> Derivation {
        let verdict = if same { Verdict::Same } else { Verdict::Different };
        let mut derivation =
            Derivation { of, verdict, says, value, how, instruction: None, locus: None, code_sha256: None };
        let how = &derivation.how;
        if let (Some(class), Some(method), Some(offset)) = (&how.class, &how.method, how.offset)
            && let Some(id) = self.methods(class, method, how.descriptor.as_deref()).first()
        {
            let definition = self.linked.table.method(*id);
            if let Some(loaded) = self.linked.loaded.get(usize::from(definition.dex)) {
                derivation.locus = Some(loaded.place.locus.clone());
                derivation.code_sha256 = Some(loaded.place.sha256.clone());
            }
            if let Some(dex) = self.linked.table.dexes().get(usize::from(definition.dex)) {
                let lines = around(&dex.dex, definition.code_off, offset, 0).unwrap_or_default();
                derivation.instruction = lines.into_iter().find(|line| line.marked).map(|line| line.text);
            }
        }
        derivation
    }
}

/// Is what came out the address, or a part of it?
fn url_holds(endpoint: &Endpoint, value: &str) -> bool {
    let holds = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| {
            // A part that is not known is written in one way by the flow and in another by the sandbox.
            text.to_ascii_lowercase().contains(&value.to_ascii_lowercase()) || value.contains('‹')
        })
    };
    holds(&endpoint.url)
        || holds(&endpoint.host)
        || (endpoint.url.is_none() && value.contains(endpoint.host.as_deref().unwrap_or("\0")))
}

type Part = fn(&How) -> &Option<String>;

const PARTS: &[(&str, Part)] = &[
    ("decoder", |how| &how.decoder),
    ("algorithm", |how| &how.algorithm),
    ("mode", |how| &how.mode),
    ("key", |how| &how.key),
    ("iv", |how| &how.iv),
];

/// Records of earlier versions lack decoder, mode and vector: nothing is held against what is not told.
fn same_way(recorded: &How, again: &How) -> bool {
    let old = recorded.value.is_none();
    PARTS.iter().all(|(_, part)| part(recorded) == part(again) || old && part(recorded).is_none())
}

fn differing(recorded: &How, again: &How) -> String {
    let text = |part: &Option<String>| part.clone().unwrap_or_else(|| "none".into());
    let parts = PARTS.iter().filter(|(_, part)| part(recorded) != part(again));
    let parts: Vec<String> = parts
        .map(|(name, part)| format!("{name} was {}, is {}", text(part(recorded)), text(part(again))))
        .collect();
    parts.join("; ")
}

fn unlike<'v>(expected: &str, others: impl Iterator<Item = &'v str>) -> String {
    let mut others: Vec<&str> = others.collect();
    others.sort_unstable();
    others.dedup();
    if others.is_empty() {
        return format!("re-derived: nothing comes out there; the record says “{expected}”");
    }
    let more = others.len().saturating_sub(TOLD);
    let shown: Vec<String> = others.iter().take(TOLD).map(|value| format!("“{value}”")).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("re-derived: another value: {}{more}; the record says “{expected}”", shown.join(", "))
}
