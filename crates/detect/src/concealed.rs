//! Addresses and keys that code makes or uses, and that stand in it not as text: what evaluation recovered.

use std::collections::{BTreeMap, BTreeSet};

use overt_dex::StringIdx;
use overt_evaluate::{Recovered, Use};
use overt_program::{ClassTable, MethodId, Reach};
use overt_record::finding::{Endpoint, How, Transform};

/// Where a recovered value comes out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The method.
    pub method: MethodId,
    /// Offset in code units.
    pub offset: u32,
}

/// What living code of a package conceals.
#[derive(Debug, Clone, Default)]
pub struct Concealed {
    /// Addresses whose host stands in no string of the code, with where each comes out first.
    pub addresses: BTreeMap<Endpoint, Site>,
    /// Ciphers whose key stands in the code, with where a value comes out of each first.
    pub keys: BTreeMap<Transform, Site>,
}

/// Schemes of addresses on a network.
const SCHEMES: &[&str] = &["http", "https", "ftp", "ws", "wss", "tcp", "mqtt", "ssl"];

/// Ends of names that are countries as well as kinds of files and scripts.
const LIKE_FILES: &[&str] = &["cc", "do", "md", "pl", "ps", "py", "rs", "sh", "so", "st", "tf", "ws"];

impl Concealed {
    /// Sorts out what was recovered from a package. Only what comes out of reached methods counts.
    #[must_use]
    pub fn of(table: &ClassTable, reach: &Reach, recovered: &[Recovered]) -> Concealed {
        let mut all = Concealed::default();
        let mut candidates: Vec<(Endpoint, String, Site)> = Vec::new();
        for one in recovered.iter().filter(|one| !matches!(one.how.kind, "literal" | "resource")) {
            let Some(method) = method_of(table, one) else { continue };
            if !table.own_index(method).is_some_and(|index| reach.is_reached(index)) {
                continue;
            }
            let site = Site { method, offset: one.offset };
            if let Some(algorithm) = &one.how.algorithm
                && one.how.key.is_some()
            {
                let transform = Transform {
                    kind: "cipher".into(),
                    algorithm: Some(match &one.how.mode {
                        Some(mode) => format!("{algorithm}/{mode}"),
                        None => algorithm.clone(),
                    }),
                    key: one.how.key.clone(),
                    field: None,
                };
                keep_first(&mut all.keys, transform, site.clone());
            }
            if let Some((endpoint, host)) = address(one) {
                candidates.push((endpoint, host, site));
            }
        }
        let hosts: BTreeSet<&str> = candidates.iter().map(|(_, host, _)| host.as_str()).collect();
        let plain = standing_as_text(table, &hosts);
        // The same address may come out in many places: the first tells how.
        candidates.sort_by(|a, b| (&a.0.url, &a.0.host, &a.2).cmp(&(&b.0.url, &b.0.host, &b.2)));
        candidates.dedup_by(|a, b| (&a.0.url, &a.0.host) == (&b.0.url, &b.0.host));
        for (endpoint, host, site) in candidates {
            if !plain.contains(&host) {
                keep_first(&mut all.addresses, endpoint, site);
            }
        }
        all
    }
}

fn keep_first<K: Ord>(map: &mut BTreeMap<K, Site>, key: K, site: Site) {
    map.entry(key).and_modify(|known| *known = site.clone().min(known.clone())).or_insert(site);
}

/// The method in which a recovered value comes out.
#[must_use]
pub fn method_of(table: &ClassTable, one: &Recovered) -> Option<MethodId> {
    let names = table.names();
    table.defined(table.find(&one.class)?, names.get(&one.method)?, names.get(&one.descriptor)?)
}

/// The address that a recovered string is, with its host in lower case; holes in a host make it none.
fn address(one: &Recovered) -> Option<(Endpoint, String)> {
    let words = one.used.words();
    let is = |of: Use| of.words().iter().all(|word| words.contains(word));
    let (scheme, rest) = match one.value.split_once("://") {
        Some((scheme, rest)) if is(Use::URL) && SCHEMES.contains(&scheme) => (Some(scheme), rest),
        None if is(Use::HOST) => (None, one.value.as_str()),
        _ => return None,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    if host.is_empty() || !host.contains('.') || !host.is_ascii() {
        return None;
    }
    // `list.do` is more often the name of a script than a host of the Dominican Republic.
    if scheme.is_none() && host.split_once('.').is_some_and(|(_, top)| LIKE_FILES.contains(&top)) {
        return None;
    }
    let endpoint = Endpoint {
        url: scheme.is_some().then(|| one.value.clone()),
        scheme: scheme.map(str::to_owned),
        host: Some(host.clone()),
        path: scheme.is_some().then(|| path.to_owned()).filter(|path| !path.is_empty()),
        method: None,
        tls: match scheme {
            Some("https" | "wss" | "ssl") => Some("tls".into()),
            Some(_) => Some("cleartext".into()),
            None => None,
        },
        how: Some(How {
            kind: one.how.kind.to_owned(),
            class: Some(one.class.clone()),
            method: Some(one.method.clone()),
            offset: Some(one.offset),
            algorithm: one.how.algorithm.clone().or_else(|| one.how.decoder.clone()),
            key: one.how.key.clone(),
        }),
    };
    Some((endpoint, host))
}

/// Which of `hosts` some string of the code contains.
fn standing_as_text(table: &ClassTable, hosts: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if hosts.is_empty() {
        return found;
    }
    for linked in table.dexes() {
        let dex = &linked.dex;
        for index in 0..dex.string_count() {
            let Ok(text) = dex.string(StringIdx(index)) else { continue };
            // A host has a point; most strings have none.
            if !text.contains('.') {
                continue;
            }
            let text = text.to_ascii_lowercase();
            found.extend(hosts.iter().filter(|host| text.contains(**host)).map(|host| (*host).to_owned()));
        }
    }
    found
}
