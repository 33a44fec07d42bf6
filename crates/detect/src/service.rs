//! Whose service a sign-in token is for: a token of an account goes back to the maker of the account's type all day long, and
//! that is what it was made for.

use std::collections::BTreeSet;

use overt_catalogue::Selector;
use overt_program::body::Constant;
use overt_record::finding::{Endpoint, Finding};
use overt_record::words::{DataKind, Severity};

use crate::finding::{Maker, list};
use crate::unit::Code;

/// Calls that ask for the accounts of one type, which is their first argument.
const OF_TYPE: &str = "getAccountsByType";
const ACCOUNTS: &str = "Landroid/accounts/AccountManager;";

impl Maker<'_, '_> {
    /// Where tokens of accounts go to nobody but the maker of the accounts, says so, and that nothing is wrong with it.
    /// `known`: every way's address is known.
    pub(crate) fn tell_own_service(
        &self,
        code: Code<'_>,
        known: bool,
        finding: &mut Finding,
        more: &mut String,
    ) {
        if !known || finding.data != [DataKind::AccountCredentials] || finding.endpoints.is_empty() {
            return;
        }
        let Some(types) = self.account_types(code).filter(|types| !types.is_empty()) else { return };
        let of_makers = |endpoint: &Endpoint| {
            let host = endpoint.host.as_deref().unwrap_or_default();
            types.iter().filter_map(|kind| maker_of(kind)).any(|maker| is_below(host, &maker))
        };
        if !finding.endpoints.iter().all(of_makers) {
            return;
        }
        finding.severity = Severity::Info;
        let types: Vec<String> = types.into_iter().collect();
        more.push_str(&format!(
            " The accounts are of the type {}, and it goes to hosts of the maker that the type names: the service that the \
             token is for.",
            list(&types, 3)
        ));
    }

    /// The types of the accounts that the package asks for; `None` where it also asks for others or one is not known.
    fn account_types(&self, code: Code<'_>) -> Option<BTreeSet<String>> {
        let mut types = BTreeSet::new();
        for occurrence in &code.occurrences.places {
            let place = self.index.catalogue.place(occurrence.place)?;
            let Selector::Call { method, .. } = &place.selector else { continue };
            if method.class != ACCOUNTS || !method.names.iter().any(|name| name.starts_with(OF_TYPE)) {
                continue;
            }
            let body = code.bodies.body(occurrence.method);
            let site = code.bodies.sites(body).iter().find(|site| site.offset == occurrence.offset)?;
            let given = site.arguments.iter().find(|argument| argument.position == 1)?;
            let Constant::String(text) = given.value else { return None };
            let definition = code.table.method(code.table.own_method_at(occurrence.method));
            let dex = &code.table.dexes().get(usize::from(definition.dex))?.dex;
            types.insert(dex.string(text).ok()?.into_owned());
        }
        Some(types)
    }
}

/// The domain of the maker that a name like `org.example.account` begins with, `example.org`.
fn maker_of(name: &str) -> Option<String> {
    /// Second labels under which a country registers names.
    const REGISTRIES: &[&str] = &["ac", "co", "com", "edu", "gov", "net", "org"];
    let labels: Vec<&str> = name.split('.').collect();
    let (top, second) = (labels.first()?, labels.get(1)?);
    let registry = top.len() == 2 && REGISTRIES.contains(second);
    let labels = labels.get(..if registry { 3 } else { 2 })?;
    if labels.iter().any(|label| label.is_empty()) {
        return None;
    }
    let domain: Vec<&str> = labels.iter().rev().copied().collect();
    Some(domain.join(".").to_ascii_lowercase())
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_it_is() {
        assert_eq!(maker_of("org.example").as_deref(), Some("example.org"));
        assert_eq!(maker_of("org.example.mail.account").as_deref(), Some("example.org"));
        assert_eq!(maker_of("uk.co.example.account").as_deref(), Some("example.co.uk"));
        assert!(maker_of("account").is_none() && maker_of("uk.co").is_none() && maker_of("org..x").is_none());
        assert!(is_below("www.example.org", "example.org") && is_below("example.org", "example.org"));
        assert!(!is_below("notexample.org", "example.org") && !is_below("example.org.other", "example.org"));
    }
}
