//! What a place of the catalogue gives to this package on this phone: the platform keeps some data back from those who do
//! not hold a permission, and some permissions are asked of the owner first.

use std::collections::BTreeSet;

use overt_catalogue::{Place, PlaceId, Selector, Withheld};
use overt_flow::{Ends, Label};
use overt_record::finding::{Finding, Gate};
use overt_record::words::{Confidence, GateKind};

use crate::finding::{Maker, list};

/// What a place gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gives {
    /// What it says.
    Datum,
    /// That depends on packages that are not in the input.
    Perhaps,
    /// Nothing, or something made up.
    Nothing,
}

/// The platform's first level at which permissions are asked of the owner (AOSP, "Runtime permissions").
const ASKED_SINCE: u32 = 23;

impl Maker<'_, '_> {
    /// What a place gives to this package.
    pub(crate) fn gives(&self, place: &Place) -> Gives {
        let unit = self.unit;
        if self.is_own(place) {
            return Gives::Nothing;
        }
        let Some(withheld) = &place.withheld else { return Gives::Datum };
        if unit.manifest.is_none() || !withheld.applies(unit.build.sdk, unit.package.target_sdk) {
            return Gives::Datum;
        }
        let passes = !withheld.unless.is_empty() && unit.holds_all && !withheld.strictly;
        if passes || withheld.unless.iter().any(|name| unit.permissions.contains(name)) {
            return Gives::Datum;
        }
        if !withheld.unless.is_empty() && unit.user_in_part { Gives::Perhaps } else { Gives::Nothing }
    }

    /// Are these rows of the package's own provider, of which the catalogue says that they are not the owner's?
    fn is_own(&self, place: &Place) -> bool {
        let (Selector::Named(named), Some(manifest)) = (&place.selector, self.unit.manifest) else {
            return false;
        };
        !named.own
            && named.texts.iter().filter_map(|uri| uri.strip_prefix("content://")).any(|uri| {
                let authority = uri.split('/').next().unwrap_or(uri);
                manifest.components.iter().any(|one| one.authorities.iter().any(|own| own == authority))
            })
    }

    /// What a source of the analysis gives to this package.
    pub(crate) fn gives_source(&self, ends: &Ends, source: u32) -> Gives {
        let known = source_place(ends, source).and_then(|place| self.index.catalogue.place(place));
        known.map_or(Gives::Datum, |place| self.gives(place))
    }

    /// The places that a finding of code rests on: says what is not sure about them, and what the owner is asked for first.
    pub(crate) fn tell_rights(&self, places: &BTreeSet<PlaceId>, finding: &mut Finding, more: &mut String) {
        let places: Vec<&Place> =
            places.iter().filter_map(|place| self.index.catalogue.place(*place)).collect();
        if !places.is_empty() && places.iter().all(|place| self.gives(place) == Gives::Perhaps) {
            finding.confidence = Confidence::Low;
            let doubt: BTreeSet<String> = places
                .iter()
                .filter_map(|place| place.withheld.as_ref())
                .map(|one| self.doubt(one))
                .collect();
            for sentence in &doubt {
                more.push(' ');
                more.push_str(sentence);
            }
        }
        self.tell_consent(&places, finding);
    }

    fn doubt(&self, withheld: &Withheld) -> String {
        let named: Vec<String> = withheld.unless.iter().map(|name| short(name).to_owned()).collect();
        let user = self.unit.package.runs_as.shared_user.as_deref().unwrap_or("the package's user");
        format!(
            "From API level {} on only holders of {} are given it: no package of {user} in the input is, and others of it \
             may be missing there.",
            withheld.from,
            list(&named, 3)
        )
    }

    /// Where all places need permissions that are only asked of the owner, the owner's consent is a gate, and nothing of it is
    /// silent.
    fn tell_consent(&self, places: &[&Place], finding: &mut Finding) {
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        for place in places {
            let Some(names) = self.asked_for(place) else { return };
            asked.extend(names);
        }
        if asked.is_empty() {
            return;
        }
        let names: Vec<String> = asked.iter().map(|name| short(name).to_owned()).collect();
        finding.gates.push(Gate {
            kind: GateKind::UserConsent,
            value: Some(asked.into_iter().collect::<Vec<_>>().join(", ")),
            says: format!("the owner was asked for the permission {} and agreed", list(&names, 3)),
        });
        finding.gates.sort_by(|a, b| (a.kind, &a.value).cmp(&(b.kind, &b.value)));
        for trigger in &mut finding.triggers {
            trigger.silent = false;
        }
        finding.triggers.sort();
        finding.triggers.dedup();
    }

    /// The permissions that a place needs, where none of them is held from the start and the owner may give one later.
    fn asked_for<'p>(&self, place: &'p Place) -> Option<Vec<&'p str>> {
        let unit = self.unit;
        let asks = unit.build.sdk.is_some_and(|sdk| sdk >= ASKED_SINCE);
        if !asks || unit.manifest.is_none() || unit.holds_all || place.needs.is_empty() {
            return None;
        }
        if place.needs.iter().any(|name| unit.package.granted_permissions.contains(name)) {
            return None;
        }
        let dangerous =
            |name: &str| (unit.level_of)(name).is_some_and(|level| level.starts_with("dangerous"));
        let later: Vec<&str> = (place.needs.iter().map(String::as_str))
            .filter(|name| unit.permissions.contains(*name) && dangerous(name))
            .collect();
        (!later.is_empty()).then_some(later)
    }
}

/// The place of the catalogue that a source is.
pub(crate) fn source_place(ends: &Ends, source: u32) -> Option<PlaceId> {
    match ends.sources.get(source as usize)?.label {
        Label::Place(place) => Some(place),
        Label::Line(_) => None,
    }
}

fn short(permission: &str) -> &str {
    permission.rsplit('.').next().unwrap_or(permission)
}
