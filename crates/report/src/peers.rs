//! The places on the network that findings name, each once, with who names them and on which rung.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use overt_record::finding::Endpoint;
use overt_record::{Finding, Record, Rung};

use crate::words;

/// An address and what protects the way there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Address {
    host: Option<String>,
    place: String,
    tls: Option<String>,
}

/// A place on the network.
pub(crate) struct Peer<'a> {
    /// The whole address, as far as it is known.
    pub place: String,
    /// What protects the way there; empty where that is unknown.
    pub protection: &'static str,
    /// How its value was learnt, each way once.
    pub learnt: Vec<String>,
    /// The highest rung of a finding that names it.
    pub rung: Rung,
    /// Findings that name it.
    pub findings: Vec<&'a Finding>,
}

impl Peer<'_> {
    /// What its rung lets us say of it.
    pub(crate) fn stands(&self) -> &'static str {
        match self.rung {
            Rung::Indicator => "named in code",
            Rung::Capability => "named by code that can start",
            Rung::Flow => "data flow to or from it",
            Rung::Observed => "seen in traffic",
        }
    }

    /// Apps that name it, each once, by package or path.
    pub(crate) fn apps(&self) -> Vec<&str> {
        let mut apps: Vec<&str> =
            self.findings.iter().map(|finding| finding.package.as_deref().unwrap_or(&finding.path)).collect();
        apps.sort_unstable();
        apps.dedup();
        apps
    }
}

/// What protects the way to an endpoint.
fn protection(tls: Option<&str>) -> &'static str {
    match tls {
        Some("tls") => "TLS",
        Some("cleartext") => "none: cleartext",
        Some("tls-unchecked") => "TLS, checks switched off",
        _ => "",
    }
}

/// Every endpoint of every living finding: what data flow to first, then by host.
pub(crate) fn all(record: &Record) -> Vec<Peer<'_>> {
    let mut peers: BTreeMap<Address, Peer<'_>> = BTreeMap::new();
    for finding in &record.findings {
        for endpoint in &finding.endpoints {
            let Endpoint { how, method: _, .. } = endpoint;
            let bare = Endpoint { how: None, tls: None, method: None, ..endpoint.clone() };
            let address = Address {
                host: endpoint.host.clone(),
                place: words::endpoint(&bare),
                tls: endpoint.tls.clone(),
            };
            let peer = peers.entry(address.clone()).or_insert_with(|| Peer {
                place: address.place,
                protection: protection(address.tls.as_deref()),
                learnt: Vec::new(),
                rung: finding.rung,
                findings: Vec::new(),
            });
            peer.rung = peer.rung.max(finding.rung);
            peer.findings.push(finding);
            if let Some(how) = how {
                let learnt = words::learnt(how);
                if !peer.learnt.contains(&learnt) {
                    peer.learnt.push(learnt);
                }
            }
        }
    }
    let mut peers: Vec<Peer<'_>> = peers.into_values().collect();
    for peer in &mut peers {
        peer.learnt.sort();
    }
    peers.sort_by_key(|peer| Reverse(peer.rung));
    peers
}
