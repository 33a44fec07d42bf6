//! Connections whose TLS checks are switched off: where a check that says yes to everything is handed to them.

use std::collections::BTreeSet;

use overt_catalogue::{Catalogue, Owner, Selector};
use overt_program::body::Use;
use overt_program::{ClassId, MethodId};

use crate::unit::Code;

/// Behaviours that are such checks.
const CHECKS: &[&str] = &["transport/accepts-any-certificate", "transport/accepts-any-host-name"];
/// What gives a check to one connection or client.
const FOR_ONE: &[&str] =
    &["setHostnameVerifier", "setSSLSocketFactory", "hostnameVerifier", "sslSocketFactory"];
/// What gives it to every `HttpsURLConnection` of the process.
const FOR_ALL: &[&str] = &["setDefaultHostnameVerifier", "setDefaultSSLSocketFactory"];

/// Where checks are off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lax {
    /// For every `HttpsURLConnection`.
    everywhere: bool,
    /// For the connections of these methods.
    methods: BTreeSet<usize>,
}

impl Lax {
    /// What reached code of a package switches off. A check counts where the method that hands it over makes it, or names
    /// the platform's own that says yes.
    pub(crate) fn of(catalogue: &Catalogue, code: Code<'_>) -> Lax {
        let mut classes: BTreeSet<ClassId> = BTreeSet::new();
        let mut makers: BTreeSet<usize> = BTreeSet::new();
        for occurrence in &code.occurrences.places {
            let is_check = catalogue
                .owner(occurrence.place)
                .is_some_and(|owner| matches!(owner, Owner::Behaviour(id) if CHECKS.contains(&id.as_str())));
            if !is_check {
                continue;
            }
            match catalogue.place(occurrence.place).map(|place| &place.selector) {
                Some(Selector::Callback { .. }) => {
                    classes.insert(code.table.method(code.table.own_method_at(occurrence.method)).class);
                }
                _ => {
                    makers.insert(occurrence.method);
                }
            }
        }
        let mut lax = Lax::default();
        if classes.is_empty() && makers.is_empty() {
            return lax;
        }
        for method in (0..code.bodies.len()).filter(|method| code.reach.is_reached(*method)) {
            let body = code.bodies.body(method);
            let definition = code.table.method(code.table.own_method_at(method));
            let Some(linked) = code.table.dexes().get(usize::from(definition.dex)) else { continue };
            let makes = makers.contains(&method)
                || code.bodies.types(body).iter().any(|used| {
                    used.is == Use::Create
                        && linked
                            .type_name(used.class)
                            .and_then(|name| code.table.class_named(name))
                            .is_some_and(|class| classes.contains(&class))
                });
            if !makes {
                continue;
            }
            for call in code.bodies.calls(body) {
                let Some(key) = linked.method_key(call.method) else { continue };
                let name = code.table.text(key.name);
                lax.everywhere |= FOR_ALL.contains(&name);
                if FOR_ONE.contains(&name) {
                    lax.methods.insert(method);
                }
            }
        }
        lax
    }

    /// Are the checks of what this method opens switched off? `api` is what it calls to send.
    pub(crate) fn holds(&self, code: Code<'_>, method: MethodId, api: &str) -> bool {
        let by_url = api.contains("URLConnection;") || api.starts_with("Ljava/net/URL;");
        self.everywhere && by_url
            || code.table.own_index(method).is_some_and(|method| self.methods.contains(&method))
    }
}
