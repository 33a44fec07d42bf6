//! No file states the same place twice.

use std::collections::BTreeMap;

use super::{Lint, Report, file_of};
use crate::{Catalogue, MethodSelector, Owner, Place, Selector};

pub(super) static LINT: Lint = Lint {
    id: "duplicate-place",
    says: "Within one file no method, field or text is selected twice by places of the same kind, unless their conditions, parameters or permissions differ.",
    do_this: "Merge the places, or give them conditions that tell them apart.",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    let mut seen: BTreeMap<(&Owner, String), u32> = BTreeMap::new();
    for (_, owner, place) in catalogue.places() {
        for key in keys(place) {
            if let Some(first) = seen.insert((owner, key.clone()), place.line) {
                let found = format!("{key} is selected here and in line {first}");
                report.remark(file_of(owner), place.line, found);
            }
        }
    }
    let mut access = BTreeMap::new();
    for (position, entry) in catalogue.access_methods().iter().enumerate() {
        for key in method_keys("at", &entry.method) {
            let key = (entry.naming, entry.access, key);
            if access.insert(key.clone(), position).is_some() {
                let file = format!("access/{}.toml", entry.naming.as_str());
                report.remark(file, 0, format!("{} is selected twice for {}", key.2, entry.access));
            }
        }
    }
    let mut constants = BTreeMap::new();
    for constant in catalogue.named_constants() {
        if constants.insert((constant.class.as_str(), constant.name.as_str()), ()).is_some() {
            let file = format!("access/{}.toml", constant.naming.as_str());
            report.remark(file, 0, format!("{}->{} stands here twice", constant.class, constant.name));
        }
    }
}

/// What a place selects, one key each; equal keys select the same thing under the same circumstances.
fn keys(place: &Place) -> Vec<String> {
    let circumstances = format!("{:?} {:?}", place.needs, place.unless);
    match &place.selector {
        Selector::Call { method, conditions } => {
            method_keys(&format!("call {conditions:?} {circumstances}"), method)
        }
        Selector::Callback { method, body } => {
            // One method can be handed more than one thing.
            let gives = place.gives;
            method_keys(&format!("callback {body:?} {gives:?} {circumstances}"), method)
        }
        Selector::Field { class, names } => names.iter().map(|name| format!("{class}->{name}")).collect(),
        Selector::Named(named) => named
            .texts
            .iter()
            .map(|text| {
                format!(
                    "{} \"{text}\" {} {:?} {circumstances}",
                    named.naming.as_str(),
                    named.access,
                    named.tables
                )
            })
            .collect(),
        Selector::Received(actions) => actions.iter().map(|action| format!("received {action}")).collect(),
        Selector::Literal { starts_with, .. } => {
            starts_with.iter().map(|text| format!("literal {text}")).collect()
        }
    }
}

fn method_keys(kind: &str, method: &MethodSelector) -> Vec<String> {
    let any = [String::new()];
    let params = if method.params.is_empty() { &any[..] } else { &method.params };
    let mut keys = Vec::new();
    for name in &method.names {
        for params in params {
            keys.push(format!("{kind} {}->{name}{params}", method.class));
        }
    }
    keys
}
