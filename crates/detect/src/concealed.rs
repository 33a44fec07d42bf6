//! Addresses and keys that code makes or uses, and that stand in it not as text: what evaluation recovered.

use std::collections::{BTreeMap, BTreeSet};

use overt_dex::{IndexKind, MethodIdx, StringIdx};
use overt_evaluate::{Recovered, Use};
use overt_program::{ClassTable, MethodId, Reach};
use overt_record::finding::{Endpoint, How, Transform};
use overt_record::native::DecodedText;
use overt_record::package::PackageNative;

/// Where a recovered value comes out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The value was made elsewhere and only goes through here: a place where its decoder is called comes first.
    pub passing: bool,
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
    /// Addresses that native libraries make and whose host no string of the code contains. Only of libraries that the
    /// code names, as it must to load them.
    pub native: BTreeSet<Endpoint>,
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
            let site = Site { passing: !is_decoded_at(table, method, one), method, offset: one.offset };
            if let Some(algorithm) = cipher_of(one)
                && one.how.key.is_some()
            {
                let transform = Transform {
                    kind: "cipher".into(),
                    algorithm: Some(algorithm),
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

impl Concealed {
    /// Adds the addresses that the package's native libraries make.
    #[must_use]
    pub fn with_natives(mut self, table: &ClassTable, natives: &[PackageNative]) -> Concealed {
        let mut candidates: Vec<(Endpoint, String)> = Vec::new();
        for native in natives {
            let decoded = native.code.iter().flat_map(|code| &code.decoded);
            let found: Vec<_> = decoded
                .filter_map(|text| {
                    let used = overt_evaluate::form::form(&text.value);
                    address_of(&text.value, used, native_how(&native.path, text))
                })
                .collect();
            if !found.is_empty() && is_named(table, &native.path) {
                candidates.extend(found);
            }
        }
        let hosts: BTreeSet<&str> = candidates.iter().map(|(_, host)| host.as_str()).collect();
        let plain = standing_as_text(table, &hosts);
        // The same address may come out in several libraries, one for each instruction set: the first tells how.
        candidates.sort();
        candidates.dedup_by(|a, b| (&a.0.url, &a.1) == (&b.0.url, &b.1));
        self.native =
            candidates.into_iter().filter(|(_, host)| !plain.contains(host)).map(|(end, _)| end).collect();
        self
    }
}

/// Does some string of the code name this library, as `System.loadLibrary` and `System.load` want it?
fn is_named(table: &ClassTable, path: &str) -> bool {
    let file = path.rsplit(['/', '!']).next().unwrap_or(path);
    let stem = file.strip_prefix("lib").and_then(|rest| rest.strip_suffix(".so")).unwrap_or(file);
    table.dexes().iter().any(|linked| {
        let dex = &linked.dex;
        (0..dex.string_count())
            .any(|index| dex.string(StringIdx(index)).is_ok_and(|text| text == stem || text.ends_with(file)))
    })
}

fn keep_first<K: Ord>(map: &mut BTreeMap<K, Site>, key: K, site: Site) {
    map.entry(key).and_modify(|known| *known = site.clone().min(known.clone())).or_insert(site);
}

/// Does the instruction at which a value comes out call its decoder?
fn is_decoded_at(table: &ClassTable, method: MethodId, one: &Recovered) -> bool {
    let Some((_, member)) = one.how.decoder.as_deref().and_then(|decoder| decoder.split_once("->")) else {
        return false;
    };
    let definition = table.method(method);
    let Some(linked) = table.dexes().get(usize::from(definition.dex)) else { return false };
    let dex = &linked.dex;
    let Ok(code) = dex.code(definition.code_off) else { return false };
    let mut all = code.instructions().map_while(Result::ok);
    let Some(instruction) = all.find(|instruction| instruction.offset == one.offset) else { return false };
    if instruction.op.index_kind() != IndexKind::Method {
        return false;
    }
    // The class may be one below the decoder's own.
    let Ok(called) = dex.method(MethodIdx(instruction.index)) else { return false };
    let Ok(name) = dex.string(called.name) else { return false };
    member.strip_prefix(name.as_ref()).is_some_and(|proto| proto == dex.prototype(called.proto))
}

/// The method in which a recovered value comes out.
#[must_use]
pub fn method_of(table: &ClassTable, one: &Recovered) -> Option<MethodId> {
    let names = table.names();
    table.defined(table.find(&one.class)?, names.get(&one.method)?, names.get(&one.descriptor)?)
}

/// The cipher that a recovered string went through, with its mode.
#[must_use]
pub fn cipher_of(one: &Recovered) -> Option<String> {
    let algorithm = one.how.algorithm.as_ref()?;
    Some(match &one.how.mode {
        Some(mode) => format!("{algorithm}/{mode}"),
        None => algorithm.clone(),
    })
}

/// How a text that native code decodes was learnt. `path` is the file's.
#[must_use]
pub fn native_how(path: &str, text: &DecodedText) -> How {
    let address = |text: &str| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    How {
        kind: "native".into(),
        method: Some(text.function.clone()),
        offset: text.address.as_deref().and_then(address),
        value: Some(text.value.clone()),
        decoder: Some(text.decoder.clone()),
        algorithm: Some(text.algorithm.clone()),
        key: text.key.clone(),
        file: Some(path.to_owned()),
        ..How::default()
    }
}

/// How a recovered string was learnt, as the record says it.
#[must_use]
pub fn how(one: &Recovered) -> How {
    How {
        kind: one.how.kind.to_owned(),
        class: Some(one.class.clone()),
        method: Some(one.method.clone()),
        descriptor: Some(one.descriptor.clone()),
        offset: Some(one.offset),
        value: Some(one.value.clone()),
        decoder: one.how.decoder.clone(),
        algorithm: one.how.algorithm.clone(),
        mode: one.how.mode.clone(),
        key: one.how.key.clone(),
        iv: one.how.iv.clone(),
        file: None,
    }
}

/// The address that a recovered string is, with its host in lower case; holes in a host make it none.
fn address(one: &Recovered) -> Option<(Endpoint, String)> {
    address_of(&one.value, one.used, how(one))
}

fn address_of(value: &str, used: Use, how: How) -> Option<(Endpoint, String)> {
    let words = used.words();
    let is = |of: Use| of.words().iter().all(|word| words.contains(word));
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) if is(Use::URL) && SCHEMES.contains(&scheme) => (Some(scheme), rest),
        None if is(Use::HOST) => (None, value),
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
        url: scheme.is_some().then(|| value.to_owned()),
        scheme: scheme.map(str::to_owned),
        host: Some(host.clone()),
        path: scheme.is_some().then(|| path.to_owned()).filter(|path| !path.is_empty()),
        method: None,
        tls: match scheme {
            Some("https" | "wss" | "ssl") => Some("tls".into()),
            Some(_) => Some("cleartext".into()),
            None => None,
        },
        how: Some(how),
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
