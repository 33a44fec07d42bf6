//! What is publicly known by name: packages, certificates and hosts that somebody reported.

use std::collections::BTreeSet;

use overt_catalogue::{Behaviour, IndicatorKind, Noise};
use overt_record::Finding;
use overt_record::evidence::{Evidence, Role};
use overt_record::words::{Confidence, Rung};

use crate::endpoint::host_of;
use crate::finding::{Maker, claimable, file_evidence, list};

impl Maker<'_, '_> {
    /// A publicly known name is present.
    pub(crate) fn indicator(&self, behaviour: &Behaviour, kind: IndicatorKind) -> Option<Finding> {
        let catalogue = self.index.catalogue;
        let package = self.unit.package;
        let mut named: BTreeSet<String> = BTreeSet::new();
        let mut sources: BTreeSet<String> = BTreeSet::new();
        let mut evidence = Vec::new();
        for indicator in catalogue.indicators() {
            let mut hit = |name: &str, place: Evidence| {
                named.insert(name.to_owned());
                sources.insert(format!("{}, {}", indicator.source, indicator.date));
                evidence.push(place);
            };
            match kind {
                IndicatorKind::Package => {
                    if let Some(name) =
                        package.package.as_ref().filter(|name| indicator.packages.contains(name))
                    {
                        hit(name, file_evidence(Role::Manifest, Some(name), self.unit.manifest_locus, None));
                    }
                }
                IndicatorKind::Certificate => {
                    for signer in &package.signer {
                        if indicator.certificates.contains(&signer.sha256) {
                            let name = package.package.as_ref();
                            hit(
                                &signer.sha256,
                                file_evidence(Role::Manifest, name, self.unit.manifest_locus, None),
                            );
                        }
                    }
                }
                IndicatorKind::Host => {
                    let Some(code) = self.unit.code else { continue };
                    for url in &code.occurrences.urls {
                        let Some(host) = host_of(&url.text) else { continue };
                        let known = indicator.hosts.iter().any(|known| {
                            host == *known
                                || host.strip_suffix(known.as_str()).is_some_and(|h| h.ends_with('.'))
                        });
                        if known {
                            hit(&host, self.place(code, Role::Step, url.method, url.offset));
                        }
                    }
                }
            }
        }
        if evidence.is_empty() {
            return None;
        }
        let rung = claimable(behaviour, &[Rung::Indicator])?;
        let mut finding = self.start(behaviour, rung);
        finding.confidence = Confidence::High;
        finding.sites = evidence.len() as u32;
        evidence.truncate(self.unit.limits.evidence_sites);
        finding.evidence = evidence;
        let mut words = self.words();
        words.set("indicator", list(&named.into_iter().collect::<Vec<_>>(), 4));
        words.set("source", sources.into_iter().collect::<Vec<_>>().join("; "));
        self.finish(behaviour, &mut finding, Noise::Low, &words);
        Some(finding)
    }
}
