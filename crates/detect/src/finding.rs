//! From occurrences and facts to findings: rung, severity, words and evidence.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::{Behaviour, Noise, Owner, Place, PlaceId, Selector, Status, Subject};
use overt_program::reach::Ways;
use overt_program::{Hop, MethodId};
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Assumption, Endpoint, How, Reach as ReachedFrom, Trigger};
use overt_record::words::{Confidence, DataKind, Effect, Rung, Severity, Theme, TriggerKind};
use overt_record::{Build, Finding};

use crate::asked::Asked;
use crate::endpoint::endpoint_of;
use crate::entry::{EntryKind, EntryPoint, Guarding, dotted};
use crate::facts::{self, BuildProperties};
use crate::index::Index;
use crate::lax::Lax;
use crate::occurrence::{Occurrence, Strength};
pub(crate) use crate::sentence::{Words, fill, list, short};
use crate::unit::{Code, Unit};
use crate::waits::Waits;
use crate::withheld::Gives;

/// Findings of one package.
#[derive(Debug, Default)]
pub struct Findings {
    /// What runs.
    pub living: Vec<Finding>,
    /// What no entry point reaches.
    pub dead: Vec<Finding>,
}

/// Holds every behaviour against one package.
#[must_use]
pub fn of_package(index: &Index<'_>, unit: &Unit<'_>, properties: BuildProperties) -> Findings {
    made_by(&mut Maker::new(index, unit, properties))
}

pub(crate) fn made_by(maker: &mut Maker<'_, '_>) -> Findings {
    let mut found = Findings::default();
    let mut by_place: BTreeMap<PlaceId, Vec<&Occurrence>> = BTreeMap::new();
    if let Some(code) = maker.unit.code {
        for occurrence in &code.occurrences.places {
            by_place.entry(occurrence.place).or_default().push(occurrence);
        }
    }
    for behaviour in maker.index.catalogue.behaviours() {
        if behaviour.status != Status::Retired && behaviour.per != Subject::Build {
            maker.behaviour(behaviour, &by_place, &mut found);
        }
    }
    found
}

/// Holds the behaviours that speak of a whole build against it.
#[must_use]
pub fn of_build(index: &Index<'_>, build: &Build, properties: BuildProperties, locus: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for behaviour in index.catalogue.behaviours() {
        let matches = &behaviour.matches;
        if behaviour.status == Status::Retired || behaviour.per != Subject::Build {
            continue;
        }
        let holds = |name: &str| {
            facts::BUILD_FACTS.iter().any(|(known, fact)| *known == name && fact(build, properties))
        };
        let applies = matches.facts.iter().all(|fact| holds(fact))
            && (matches.any_fact.is_empty() || matches.any_fact.iter().any(|fact| holds(fact)))
            && !matches.no_fact.iter().any(|fact| holds(fact));
        let Some(rung) =
            applies.then(|| claimable(behaviour, &[Rung::Capability, Rung::Indicator])).flatten()
        else {
            continue;
        };
        let severity = index.catalogue.severity(behaviour, rung.as_str(), &[], &[], Noise::Low, &holds);
        let mut finding = blank(behaviour, rung, "build");
        finding.severity = Severity::parse(severity).unwrap_or(Severity::Info);
        finding.confidence = Confidence::High;
        finding.title = behaviour.titles.get(rung.as_str()).cloned().unwrap_or_default();
        finding.says = behaviour.says.get(rung.as_str()).cloned().unwrap_or_default();
        finding.evidence.push(file_evidence(Role::Manifest, None, locus, None));
        found.push(finding);
    }
    found
}

/// The first of `rungs` that the behaviour has words for.
pub(crate) fn claimable(behaviour: &Behaviour, rungs: &[Rung]) -> Option<Rung> {
    rungs.iter().copied().find(|rung| behaviour.titles.contains_key(rung.as_str()))
}

fn blank(behaviour: &Behaviour, rung: Rung, identity: &str) -> Finding {
    Finding {
        id: Finding::identity(&behaviour.id, identity, ""),
        behaviour: behaviour.id.clone(),
        theme: Theme::parse(&behaviour.theme).unwrap_or(Theme::Supply),
        rung,
        severity: Severity::Info,
        confidence: Confidence::Low,
        package: None,
        path: String::new(),
        runs_as: overt_record::finding::RunsAs::default(),
        title: String::new(),
        says: String::new(),
        data: Vec::new(),
        effects: Vec::new(),
        via: Vec::new(),
        endpoints: Vec::new(),
        triggers: Vec::new(),
        gates: Vec::new(),
        dormant: false,
        reach: ReachedFrom { from: "internal".into(), guard: None },
        transforms: Vec::new(),
        assumptions: Vec::new(),
        would_be_wrong_if: Some(behaviour.would_be_wrong_if.clone()).filter(|text| !text.is_empty()),
        evidence: Vec::new(),
        sites: 0,
    }
}

pub(crate) fn file_evidence(
    role: Role,
    package: Option<&String>,
    locus: &str,
    instruction: Option<String>,
) -> Evidence {
    Evidence {
        role,
        package: package.cloned(),
        class: None,
        method: None,
        descriptor: None,
        offset: None,
        code_sha256: None,
        locus: locus.to_owned(),
        instruction,
    }
}

pub(crate) struct Maker<'a, 'c> {
    pub(crate) index: &'a Index<'c>,
    pub(crate) unit: &'a Unit<'a>,
    pub(crate) properties: BuildProperties,
    /// Shortest ways from entries already asked for.
    pub(crate) ways: BTreeMap<usize, Ways>,
    /// Connections without checks, once they were asked for.
    pub(crate) lax: OnceCell<Lax>,
    /// What the code waits for, once it was asked for.
    pub(crate) waits: OnceCell<Waits<'a>>,
    /// Who asked for answers, once it was asked for.
    pub(crate) asked: OnceCell<Asked<'a>>,
}

impl<'a, 'c> Maker<'a, 'c> {
    pub(crate) fn new(
        index: &'a Index<'c>,
        unit: &'a Unit<'a>,
        properties: BuildProperties,
    ) -> Maker<'a, 'c> {
        let (lax, waits, asked) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Maker { index, unit, properties, ways: BTreeMap::new(), lax, waits, asked }
    }

    pub(crate) fn holds(&self, fact: &str) -> bool {
        facts::holds(self.unit, self.properties, fact)
    }

    fn behaviour(
        &mut self,
        behaviour: &Behaviour,
        by_place: &BTreeMap<PlaceId, Vec<&Occurrence>>,
        found: &mut Findings,
    ) {
        let matches = &behaviour.matches;
        let catalogue = self.index.catalogue;
        let component_facts: Vec<&String> = matches
            .facts
            .iter()
            .chain(&matches.any_fact)
            .filter(|fact| facts::COMPONENT_FACTS.iter().any(|(known, _)| known == fact))
            .collect();
        let package_applies =
            matches.facts.iter().all(|fact| component_facts.contains(&fact) || self.holds(fact))
                && (matches.any_fact.is_empty() || matches.any_fact.iter().any(|fact| self.holds(fact)))
                && !matches.no_fact.iter().any(|fact| self.holds(fact));
        if !package_applies || !self.may(&behaviour.needs_any_permission) {
            return;
        }
        if let Some(kind) = matches.indicator {
            found.living.extend(self.indicator(behaviour, kind));
            return;
        }
        let mut wanted: Vec<PlaceId> = Vec::new();
        for entry in matches.data.iter().filter_map(|word| catalogue.datum(word)) {
            wanted.extend(catalogue.places_of_datum(entry).map(|(id, _)| id));
        }
        for entry in matches.effects.iter().filter_map(|word| catalogue.effect(word)) {
            wanted.extend(catalogue.places_of_effect(entry).map(|(id, _)| id));
        }
        wanted.extend(catalogue.places_of_behaviour(behaviour).map(|(id, _)| id));
        if wanted.is_empty() {
            found.living.extend(self.shown_by_facts(behaviour, &component_facts));
            return;
        }
        let exposes = behaviour.per == Subject::Component && !matches.effects.is_empty();
        if !exposes && !component_facts.is_empty() && !component_facts.iter().all(|fact| self.holds(fact)) {
            return;
        }
        let Some(code) = self.unit.code else { return };
        let mut living = Vec::new();
        let mut dead = Vec::new();
        for place in wanted {
            let Some(occurrences) = by_place.get(&place) else { continue };
            let counts = |known: &Place| {
                // What is not known of a package is taken as held, so that a better word for the same thing is chosen.
                self.may(&known.needs)
                    && (known.unless.is_empty() || !self.may(&known.unless))
                    && self.gives(known) != Gives::Nothing
            };
            if !catalogue.place(place).is_some_and(counts) {
                continue;
            }
            for occurrence in occurrences {
                let list = if code.reach.is_reached(occurrence.method) { &mut living } else { &mut dead };
                list.push(*occurrence);
            }
        }
        let commanded = match code.flows {
            Some(flows) if self.unit.manifest.is_some() => {
                let mut all = crate::order::commanded(catalogue, behaviour, flows, code);
                let gives = |source| self.gives_source(flows.ends, source);
                all.extend(flows.named_sources(catalogue, behaviour, code.table, gives));
                all
            }
            _ => Vec::new(),
        };
        let there = |one: &&Occurrence| {
            code.reach.is_reached(one.method)
                && !living.iter().any(|known| (known.method, known.offset) == (one.method, one.offset))
        };
        let more: Vec<&Occurrence> = commanded.iter().filter(there).collect();
        living.extend(more);
        if behaviour.theme == Theme::Targeting.as_str() {
            found.living.extend(self.targeted(behaviour, code));
            return;
        }
        if exposes {
            found.living.extend(self.exposed(behaviour, &living));
            return;
        }
        if !living.is_empty() {
            found.living.extend(self.shown_by_code(behaviour, code, &living, true));
        }
        if !dead.is_empty() {
            found.dead.extend(self.shown_by_code(behaviour, code, &dead, false));
        }
    }

    /// Does the package hold one of these permissions, or may it ask for one? Unknown without a manifest: yes.
    pub(crate) fn may(&self, permissions: &[String]) -> bool {
        permissions.is_empty()
            || self.unit.holds_all
            || self.unit.manifest.is_none()
            || permissions.iter().any(|permission| self.unit.permissions.contains(permission))
    }

    pub(crate) fn start(&self, behaviour: &Behaviour, rung: Rung) -> Finding {
        let mut finding = blank(behaviour, rung, self.unit.identity);
        finding.package.clone_from(&self.unit.package.package);
        finding.path.clone_from(&self.unit.package.path);
        finding.runs_as = self.unit.package.runs_as.clone();
        finding
    }

    pub(crate) fn finish(&self, behaviour: &Behaviour, finding: &mut Finding, noise: Noise, words: &Words) {
        let data: Vec<&str> = finding.data.iter().map(|word| word.as_str()).collect();
        let effects: Vec<&str> = finding.effects.iter().map(|word| word.as_str()).collect();
        let severity = self.index.catalogue.severity(
            behaviour,
            finding.rung.as_str(),
            &data,
            &effects,
            noise,
            &|fact| self.holds(fact),
        );
        finding.severity = Severity::parse(severity).unwrap_or(Severity::Info);
        let text = |texts: &BTreeMap<String, String>| {
            words.fill(texts.get(finding.rung.as_str()).map_or("", String::as_str))
        };
        finding.title = text(&behaviour.titles);
        finding.says = text(&behaviour.says);
    }

    pub(crate) fn words(&self) -> Words {
        let package = self.unit.package;
        let mut words = Words::default();
        words.set("package", package.package.clone().unwrap_or_else(|| package.path.clone()));
        words.set("runs_as", runs_as(package));
        words
    }

    /// A behaviour that rests on facts alone.
    fn shown_by_facts(&self, behaviour: &Behaviour, component_facts: &[&String]) -> Option<Finding> {
        let rung = claimable(behaviour, &[Rung::Capability, Rung::Indicator])?;
        let mut finding = self.start(behaviour, rung);
        finding.confidence = Confidence::High;
        let mut words = self.words();
        let package = self.unit.package.package.as_ref();
        if let Some(code) = self.unit.code
            && let Some(concealed) = code.concealed
            && self.shown_by_evaluation(behaviour, code, concealed, &mut finding, &mut words)
        {
            // Its evidence is code.
        } else if component_facts.is_empty() {
            let named = behaviour.matches.facts.iter().find_map(|fact| facts::shown_at(self.unit, fact));
            finding.evidence.push(match named {
                Some((locus, says)) => file_evidence(Role::Manifest, package, &locus, Some(says)),
                None => file_evidence(Role::Manifest, package, self.unit.manifest_locus, None),
            });
            finding.sites = 1;
        } else {
            let manifest = self.unit.manifest?;
            let must =
                |component: &overt_apk::manifest::Component| {
                    behaviour
                        .matches
                        .facts
                        .iter()
                        .all(|fact| facts::holds_for_component(self.unit, component, fact).unwrap_or(true))
                        && (behaviour.matches.any_fact.is_empty()
                            || behaviour.matches.any_fact.iter().any(|fact| {
                                facts::holds_for_component(self.unit, component, fact)
                                    .unwrap_or_else(|| self.holds(fact))
                            }))
                        && !behaviour.matches.no_fact.iter().any(|fact| {
                            facts::holds_for_component(self.unit, component, fact).unwrap_or(false)
                        })
                };
            let matching: Vec<&overt_apk::manifest::Component> =
                manifest.components.iter().filter(|c| must(c)).collect();
            if matching.is_empty() {
                return None;
            }
            finding.sites = matching.len() as u32;
            for component in matching.iter().take(self.unit.limits.evidence_sites) {
                let line = format!("<{} android:name=\"{}\">", component.kind.as_str(), component.name);
                finding.evidence.push(file_evidence(
                    Role::Manifest,
                    package,
                    self.unit.manifest_locus,
                    Some(line),
                ));
            }
            let names: Vec<String> =
                matching.iter().map(|c| c.name.rsplit('.').next().unwrap_or(&c.name).to_owned()).collect();
            words.set("component", list(&names, 4));
            finding.reach.from = "exported".into();
            let guard = matching.iter().find_map(|c| crate::entry::component_guard(c, self.unit.level_of));
            words.set(
                "guard",
                guard.as_ref().map_or_else(|| "no permission".into(), |g| g.permission.clone()),
            );
            finding.reach.guard = guard.map(|guard| guard.permission);
            finding.triggers =
                vec![Trigger { kind: TriggerKind::OtherApp, period_seconds: None, silent: true }];
        }
        let weak: Vec<String> = self
            .unit
            .package
            .declared_permissions
            .iter()
            .filter(|declared| crate::entry::guarding(Some(&declared.level)) <= Guarding::Weak)
            .map(|declared| declared.name.clone())
            .collect();
        words.set("permission", list(&weak, 3));
        self.finish(behaviour, &mut finding, Noise::Low, &words);
        Some(finding)
    }

    /// Fills in addresses and keys that evaluation of the code recovered; `false` where the behaviour is not of them.
    fn shown_by_evaluation(
        &self,
        behaviour: &Behaviour,
        code: Code<'_>,
        concealed: &crate::concealed::Concealed,
        finding: &mut Finding,
        words: &mut Words,
    ) -> bool {
        let rests_on = |fact: &str| behaviour.matches.facts.iter().any(|known| known == fact);
        let evidence = |role, site: &crate::concealed::Site| {
            code.table.own_index(site.method).map(|method| self.place(code, role, method, site.offset))
        };
        let most = self.unit.limits.evidence_sites;
        if rests_on("conceals-addresses") {
            finding.endpoints = concealed.addresses.keys().chain(&concealed.native).cloned().collect();
            finding.endpoints.sort();
            finding.sites = finding.endpoints.len() as u32;
            let places: BTreeSet<_> = concealed.addresses.values().collect();
            finding
                .evidence
                .extend(places.into_iter().take(most).filter_map(|at| evidence(Role::Decoder, at)));
            finding
                .evidence
                .extend(concealed.native.iter().take(most).filter_map(|end| self.native_decoder(end)));
            if !concealed.native.is_empty() {
                let at = "native code of a library that the app names is taken to run".into();
                finding.assumptions.push(Assumption { kind: "native".into(), at });
            }
            let hosts: BTreeSet<&str> =
                finding.endpoints.iter().filter_map(|endpoint| endpoint.host.as_deref()).collect();
            let hosts: Vec<String> = hosts.into_iter().map(str::to_owned).collect();
            words.set("endpoint", list(&hosts, 6));
        } else if rests_on("keeps-keys-in-code") {
            finding.transforms = concealed.keys.keys().cloned().collect();
            finding.sites = concealed.keys.len() as u32;
            let places: BTreeSet<_> = concealed.keys.values().collect();
            finding.evidence.extend(places.into_iter().take(most).filter_map(|at| evidence(Role::Key, at)));
            let keys: Vec<String> = (concealed.keys.keys())
                .map(|one| {
                    let (algorithm, key) = (one.algorithm.as_deref(), one.key.as_deref());
                    format!("{} “{}”", algorithm.unwrap_or("a cipher"), key.unwrap_or(""))
                })
                .collect();
            words.set("value", list(&keys, 4));
        } else {
            return false;
        }
        // What evaluation found is what the code can make; other ways through it were not all tried.
        finding.confidence = Confidence::Medium;
        true
    }

    /// The function of a native library that makes an address.
    fn native_decoder(&self, endpoint: &Endpoint) -> Option<Evidence> {
        let how = endpoint.how.as_ref()?;
        let (path, function) = (how.file.as_ref()?, how.method.as_ref()?);
        // Libraries lie in the archive, or were unpacked into the folder that it lies in.
        let archive =
            self.unit.manifest_locus.strip_suffix("!AndroidManifest.xml").unwrap_or(self.unit.manifest_locus);
        let own = &self.unit.package.path;
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
        let locus = match (path.strip_prefix(own.as_str()), path.strip_prefix(folder)) {
            (Some(inner), _) => format!("{archive}{inner}"),
            (None, Some(beside)) => match archive.strip_suffix(own.get(folder.len()..)?) {
                Some(outer) => format!("{outer}{beside}"),
                None => path.clone(),
            },
            (None, None) => path.clone(),
        };
        let decoder = how.decoder.as_deref().unwrap_or(function);
        let says = format!("function {function}, decoded by {decoder}");
        Some(file_evidence(Role::Decoder, self.unit.package.package.as_ref(), &locus, Some(says)))
    }

    /// A behaviour shown by places in code.
    fn shown_by_code(
        &mut self,
        behaviour: &Behaviour,
        code: Code<'a>,
        occurrences: &[&Occurrence],
        living: bool,
    ) -> Option<Finding> {
        let catalogue = self.index.catalogue;
        let literal = |occurrence: &&Occurrence| {
            let selector = catalogue.place(occurrence.place).map(|place| &place.selector);
            matches!(selector, Some(Selector::Literal { .. }))
        };
        // A text constant proves no behaviour.
        let highest =
            if occurrences.iter().all(literal) { &[Rung::Indicator][..] } else { &[Rung::Capability] };
        let rung = claimable(behaviour, highest)?;
        let mut finding = self.start(behaviour, rung);
        let mut data = BTreeSet::new();
        let mut effects = BTreeSet::new();
        let mut noise = Noise::High;
        for occurrence in occurrences {
            noise = noise.min(catalogue.place(occurrence.place).map_or(Noise::Low, |place| place.noise));
            match catalogue.owner(occurrence.place) {
                Some(Owner::Data(word)) => data.extend(DataKind::parse(word)),
                Some(Owner::Effect(word)) => effects.extend(Effect::parse(word)),
                _ => {}
            }
        }
        if data.is_empty() && effects.is_empty() {
            data.extend(behaviour.matches.data.iter().filter_map(|word| DataKind::parse(word)));
        }
        finding.data = data.into_iter().collect();
        finding.effects = effects.into_iter().collect();

        // Best shown first: directly, certainly reached, then by place in the code.
        let mut ordered: Vec<&Occurrence> = occurrences.to_vec();
        ordered.sort_by_key(|o| {
            (std::cmp::Reverse((o.strength, code.reach.is_certain(o.method))), o.method, o.offset, o.place)
        });
        ordered.dedup_by_key(|o| (o.method, o.offset));
        let best = *ordered.first()?;
        finding.sites = ordered.len() as u32;
        finding.confidence = match best.strength {
            _ if self.is_guess(code, &ordered) => Confidence::Low,
            Strength::SameClass => Confidence::Low,
            Strength::SameMethod => Confidence::Medium,
            Strength::Direct if living && !code.reach.is_certain(best.method) => Confidence::Medium,
            Strength::Direct => Confidence::High,
        };
        if living && !code.reach.is_certain(best.method) {
            finding.assumptions.push(Assumption {
                kind: "default-model".into(),
                at: format!("a library class calls {}", self.method_name(code, best.method)),
            });
        }
        let mut words = self.words();
        let mut way: Vec<(MethodId, u32)> = Vec::new();
        if living {
            way = self.reached_from(code, &ordered, &mut finding, &mut words);
        } else {
            finding.id = Finding::identity(&behaviour.id, self.unit.identity, "dead");
            finding.reach.from = "nowhere".into();
            words.set("entry", "no entry point".into());
        }
        for occurrence in ordered.iter().take(self.unit.limits.evidence_sites) {
            let role = match catalogue.owner(occurrence.place) {
                Some(Owner::Data(_) | Owner::Source(_)) => Role::Source,
                _ => Role::Sink,
            };
            finding.evidence.push(self.place(code, role, occurrence.method, occurrence.offset));
        }
        let mut endpoints = BTreeSet::new();
        for occurrence in ordered.iter().filter(literal_address) {
            let place = self.place(code, Role::Step, occurrence.method, occurrence.offset);
            let how = How {
                kind: "literal".into(),
                class: place.class,
                method: place.method,
                descriptor: place.descriptor,
                offset: place.offset,
                value: occurrence.text.clone(),
                ..How::default()
            };
            endpoints.extend(occurrence.text.as_deref().and_then(|text| endpoint_of(text, how)));
        }
        finding.endpoints = endpoints.into_iter().collect();
        words.set("apis", self.api_names(code, ordered.iter().copied()));
        words.set("sites", finding.sites.to_string());
        let values: Vec<String> =
            ordered.iter().filter_map(|o| o.text.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        words.set("value", list(&values, 4));
        let (mut more, mut asks, mut told) = (String::new(), false, None);
        let mut addressed = false;
        let mut rests_on: BTreeSet<PlaceId> = ordered.iter().map(|occurrence| occurrence.place).collect();
        // Without a manifest it is not known what starts the code: a flow through it would be a guess.
        if living
            && self.unit.manifest.is_some()
            && let Some(flows) = code.flows
        {
            let place = |role, at: overt_flow::object::Place| {
                way.push((at.method, at.offset));
                Some(self.place(code, role, code.table.own_index(at.method)?, at.offset))
            };
            let unchecked = |method, api: &str| {
                let lax = self.lax.get_or_init(|| Lax::of(catalogue, code));
                lax.holds(code, method, api)
            };
            let gives = |source| self.gives_source(flows.ends, source);
            if let Some(shown) = crate::climb::climb(flows, behaviour, &mut finding, gives, unchecked, place)
            {
                rests_on = shown.places;
                addressed = shown.addressed;
                let sources = ordered.iter().filter(|occurrence| rests_on.contains(&occurrence.place));
                if sources.clone().next().is_some() {
                    words.set("apis", self.api_names(code, sources.copied()));
                }
                crate::endpoint::tell_requests(&mut finding.endpoints, flows.sinks, None);
                let hosts: BTreeSet<&str> =
                    finding.endpoints.iter().filter_map(|endpoint| endpoint.host.as_deref()).collect();
                let hosts: Vec<String> = hosts.into_iter().map(str::to_owned).collect();
                words.set(
                    "endpoint",
                    match hosts.is_empty() {
                        true => "a network connection".into(),
                        false => list(&hosts, 4),
                    },
                );
            }
            self.ordered(behaviour, code, flows, &ordered, &mut finding, &mut words, &mut more, &mut asks);
            told = self.decided(behaviour, code, flows, &ordered, &mut finding, &mut words);
        }
        if living {
            finding.gates = self.waits(code).gates(&way);
            self.tell_rights(&rests_on, &mut finding, &mut more);
        }
        if living && self.is_guess(code, &ordered) {
            finding.would_be_wrong_if = Some(format!(
                "{} The manifest of this code is not in the input: the finding is wrong if it does not name the class \
                 that the chain starts in.",
                behaviour.would_be_wrong_if
            ));
        }
        self.finish(behaviour, &mut finding, noise, &words);
        if let Some(told) = told {
            told.word(&mut finding);
        }
        self.tell_own_service(code, addressed, &mut finding, &mut more);
        finding.says.push_str(&more);
        if asks && finding.severity >= Severity::High {
            finding.severity = finding.severity.lower().lower();
        }
        Some(finding)
    }

    /// Is it reached only from classes that could be components, of a package whose manifest is missing?
    fn is_guess(&self, code: Code<'_>, occurrences: &[&Occurrence]) -> bool {
        self.unit.manifest.is_none()
            && occurrences
                .iter()
                .flat_map(|occurrence| code.reach.roots_of(occurrence.method))
                .filter_map(|entry| code.entries.get(entry))
                .all(|entry| entry.kind == EntryKind::Candidate)
    }

    pub(crate) fn asked(&self, code: Code<'a>) -> &Asked<'a> {
        self.asked.get_or_init(|| Asked::new(self.index.catalogue, code.table, code.occurrences))
    }

    pub(crate) fn waits(&self, code: Code<'a>) -> &Waits<'a> {
        self.waits.get_or_init(|| Waits::of(self.index.catalogue, code))
    }

    /// Who can start it: fills reach, triggers and the chain from the most exposed entry point. Gives the instructions on
    /// that way.
    pub(crate) fn reached_from(
        &mut self,
        code: Code<'a>,
        ordered: &[&Occurrence],
        finding: &mut Finding,
        words: &mut Words,
    ) -> Vec<(MethodId, u32)> {
        let mut entries: BTreeMap<usize, &Occurrence> = BTreeMap::new();
        for occurrence in ordered {
            for entry in code.reach.roots_of(occurrence.method) {
                entries.entry(entry).or_insert(occurrence);
            }
        }
        let mut triggers: BTreeSet<Trigger> = BTreeSet::new();
        for entry in entries.keys().filter_map(|entry| code.entries.get(*entry)) {
            triggers.extend(entry.triggers.iter().cloned());
        }
        let best = ordered.first().copied();
        let chosen = entries
            .iter()
            .filter_map(|(number, occurrence)| Some((*number, code.entries.get(*number)?, *occurrence)))
            .min_by_key(|(number, entry, occurrence)| (exposure(entry), Some(*occurrence) != best, *number));
        let Some((number, entry, occurrence)) = chosen else {
            finding.triggers = triggers.into_iter().collect();
            return Vec::new();
        };
        finding.reach = ReachedFrom {
            from: match entry.kind {
                EntryKind::Component(_) if entry.exported => "exported".into(),
                EntryKind::Candidate => "unknown-manifest".into(),
                _ => entry.triggers.first().map_or_else(|| "internal".into(), |t| t.kind.as_str().to_owned()),
            },
            guard: entry.guard.as_ref().map(|guard| guard.permission.clone()),
        };
        words.set(
            "entry",
            match entry.kind {
                EntryKind::Layout => "a layout".to_owned(),
                kind => format!("{} {}", kind_word(kind), entry.name),
            },
        );
        words.set("component", entry.name.clone());
        words.set(
            "guard",
            entry.guard.as_ref().map_or_else(|| "no permission".into(), |g| g.permission.clone()),
        );
        let ways = self.ways.entry(number).or_insert_with(|| code.reach.ways(number));
        let hops: Vec<Hop> = ways.to(occurrence.method);
        let id = |method: usize| code.table.own_method_at(method);
        let mut way: Vec<(MethodId, u32)> = hops.iter().map(|hop| (id(hop.method), hop.offset)).collect();
        way.push((id(occurrence.method), occurrence.offset));
        let sites = ordered.iter().map(|occurrence| (occurrence.method, occurrence.offset));
        triggers.extend(self.waits(code).timers(entries.keys().copied(), &way, sites));
        // That there is a timer says less than how often.
        let told: BTreeSet<TriggerKind> =
            (triggers.iter()).filter(|one| one.period_seconds.is_some()).map(|one| one.kind).collect();
        triggers.retain(|one| one.period_seconds.is_some() || !told.contains(&one.kind));
        finding.triggers = triggers.into_iter().collect();
        let package = self.unit.package.package.as_ref();
        match entry.kind {
            EntryKind::Component(_) => finding.evidence.push(self.manifest_line(entry)),
            EntryKind::Application => {
                let line = format!("<application android:name=\"{}\">", entry.name);
                finding.evidence.push(file_evidence(
                    Role::Manifest,
                    package,
                    self.unit.manifest_locus,
                    Some(line),
                ));
            }
            EntryKind::Layout | EntryKind::Main | EntryKind::Candidate => {}
        }
        let first = hops.first().map_or(occurrence.method, |hop| hop.method);
        let mut entry_evidence = self.place(code, Role::Entry, first, 0);
        entry_evidence.instruction = None;
        finding.evidence.push(entry_evidence);
        let shown = self.unit.limits.chain_steps;
        let skipped = hops.len().saturating_sub(shown);
        for (position, hop) in hops.iter().enumerate() {
            if skipped > 0 && position >= shown / 2 && position < shown / 2 + skipped {
                continue;
            }
            finding.evidence.push(self.place(code, Role::Step, hop.method, hop.offset));
        }
        way
    }

    /// The line of the manifest that declares a component.
    pub(crate) fn manifest_line(&self, entry: &EntryPoint) -> Evidence {
        let line = format!("<{} android:name=\"{}\">", kind_word(entry.kind), entry.name);
        let package = self.unit.package.package.as_ref();
        file_evidence(Role::Manifest, package, self.unit.manifest_locus, Some(line))
    }

    fn method_name(&self, code: Code<'_>, method: usize) -> String {
        let definition = code.table.method(code.table.own_method_at(method));
        let class = code.table.class(definition.class);
        format!("{}->{}", code.table.text(class.descriptor), code.table.text(definition.name))
    }

    pub(crate) fn place(&self, code: Code<'_>, role: Role, method: usize, offset: u32) -> Evidence {
        let definition = code.table.method(code.table.own_method_at(method));
        let class = code.table.class(definition.class);
        let dex = &code.table.dexes()[usize::from(definition.dex)].dex;
        let place = code.places.get(usize::from(definition.dex));
        let instruction = dex
            .code(definition.code_off)
            .ok()
            .and_then(|body| body.instruction_at(offset).ok())
            .map(|insn| insn.display(dex).to_string());
        Evidence {
            role,
            package: self.unit.package.package.clone(),
            class: Some(code.table.text(class.descriptor).to_owned()),
            method: Some(code.table.text(definition.name).to_owned()),
            descriptor: Some(code.table.text(definition.proto).to_owned()),
            offset: Some(offset),
            code_sha256: place.map(|place| place.sha256.clone()),
            locus: place.map_or_else(String::new, |place| place.locus.clone()),
            instruction,
        }
    }

    /// `TelephonyManager.getDeviceId`, or the text for named places.
    pub(crate) fn api_name(&self, _code: Code<'_>, occurrence: &Occurrence) -> String {
        let Some(place) = self.index.catalogue.place(occurrence.place) else { return String::new() };
        let simple = |class: &str| {
            let name = dotted(class);
            name.rsplit('.').next().unwrap_or(&name).replace('$', ".")
        };
        match &place.selector {
            Selector::Call { method, .. } | Selector::Callback { method, .. } => {
                let called = self.called_name(_code, occurrence);
                let name = called
                    .filter(|name| method.names.contains(name))
                    .or_else(|| method.names.first().cloned())
                    .unwrap_or_default();
                match &occurrence.text {
                    Some(text) => format!("{}.{}(\"{}\")", simple(&method.class), name, short(text)),
                    None => format!("{}.{}", simple(&method.class), name),
                }
            }
            Selector::Field { class, names } => {
                format!("{}.{}", simple(class), names.first().map_or("", String::as_str))
            }
            Selector::Received(actions) => {
                let action = actions.first().map_or("", |action| action.rsplit('.').next().unwrap_or(action));
                format!("broadcast {action}")
            }
            Selector::Named(_) | Selector::Literal { .. } => {
                format!("\"{}\"", short(occurrence.text.as_deref().unwrap_or_default()))
            }
        }
    }

    /// Names of what occurrences call, each once.
    fn api_names<'o>(&self, code: Code<'_>, occurrences: impl Iterator<Item = &'o Occurrence>) -> String {
        let mut apis: Vec<String> = Vec::new();
        for occurrence in occurrences {
            let name = self.api_name(code, occurrence);
            if !apis.contains(&name) {
                apis.push(name);
            }
        }
        list(&apis, 4)
    }

    fn called_name(&self, code: Code<'_>, occurrence: &Occurrence) -> Option<String> {
        let definition = code.table.method(code.table.own_method_at(occurrence.method));
        let linked = &code.table.dexes()[usize::from(definition.dex)];
        let insn = linked.dex.code(definition.code_off).ok()?.instruction_at(occurrence.offset).ok()?;
        if !insn.op.is_invoke() {
            return Some(code.table.text(definition.name).to_owned());
        }
        let key = linked.method_key(overt_dex::MethodIdx(insn.index))?;
        Some(code.table.text(key.name).to_owned())
    }
}

/// Does the occurrence's text name a place on a network?
fn literal_address(occurrence: &&&Occurrence) -> bool {
    let scheme = occurrence.text.as_deref().and_then(|text| text.split_once("://"));
    scheme.is_some_and(|(scheme, _)| crate::index::is_network_scheme(scheme))
}

/// Most exposed first.
fn exposure(entry: &EntryPoint) -> u8 {
    match entry.kind {
        EntryKind::Component(_) if entry.open_to_all() && entry.enabled => 0,
        _ if entry.triggers.iter().any(|trigger| trigger.kind == TriggerKind::Boot) => 1,
        EntryKind::Component(_) if entry.exported => 2,
        EntryKind::Application => 3,
        EntryKind::Component(_) => 4,
        EntryKind::Layout | EntryKind::Main => 5,
        EntryKind::Candidate => 6,
    }
}

fn kind_word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Component(kind) => kind.as_str(),
        EntryKind::Application => "application",
        EntryKind::Layout => "layout",
        EntryKind::Main => "program",
        EntryKind::Candidate => "class",
    }
}

fn runs_as(package: &overt_record::Package) -> String {
    match (&package.runs_as.shared_user, package.runs_as.uid) {
        (Some(user), _) => user.clone(),
        (None, Some(uid)) => format!("uid {uid}"),
        // A library or program runs as whoever loads or starts it; a missing manifest cannot tell.
        (None, None) if package.package.is_none() => "a user that is not known".into(),
        (None, None) => "an ordinary app's own user".into(),
    }
}
