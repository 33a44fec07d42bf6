//! Addresses as endpoints of a finding.

use std::collections::BTreeSet;

use overt_evaluate::whence::Sink;
use overt_flow::{AppFlows, Ends};
use overt_program::MethodId;
use overt_record::finding::{Endpoint, How};

use crate::climb::AWAY;

/// Calls at which data leaves for another computer.
#[must_use]
pub fn away(ends: &Ends, found: &AppFlows) -> Vec<(MethodId, u32)> {
    let sinks = found.flows.iter().map(|flow| &flow.sink).chain(found.taken.iter().map(|taken| &taken.sink));
    let mut all: Vec<(MethodId, u32)> = sinks
        .filter(|sink| {
            ends.sinks.get(sink.end as usize).is_some_and(|sink| AWAY.contains(&sink.kind.as_str()))
        })
        .map(|sink| (sink.place.method, sink.place.offset))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Says with which method of HTTP endpoints are asked, where the calls that ask them leave no choice. `only`: the one call
/// that asks; without it, all that name the host.
pub(crate) fn tell_requests(endpoints: &mut [Endpoint], sinks: &[Sink], only: Option<(MethodId, u32)>) {
    for endpoint in endpoints.iter_mut().filter(|endpoint| endpoint.method.is_none()) {
        let asks = |sink: &&Sink| match only {
            Some(place) => (sink.method, sink.offset) == place,
            None => endpoint.host.as_ref().is_some_and(|host| sink.hosts.contains(host)),
        };
        let requests: BTreeSet<&str> =
            sinks.iter().filter(asks).flat_map(|sink| &sink.requests).copied().collect();
        let mut requests = requests.into_iter();
        if let (Some(request), None) = (requests.next(), requests.next()) {
            endpoint.method = Some(request.to_owned());
        }
    }
}

/// Host of a URL, lower case, without user and port.
#[must_use]
pub fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let plausible =
        !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    plausible.then(|| host.to_ascii_lowercase())
}

/// The endpoint a literal URL names.
#[must_use]
pub fn endpoint_of(url: &str, how: How) -> Option<Endpoint> {
    let host = host_of(url)?;
    let (scheme, rest) = url.split_once("://")?;
    let path = rest.find('/').and_then(|at| rest.get(at..)).map(str::to_owned);
    Some(Endpoint {
        url: Some(url.to_owned()),
        scheme: Some(scheme.to_owned()),
        host: Some(host),
        path,
        method: None,
        tls: match scheme {
            "https" | "wss" => Some("tls".into()),
            "http" | "ws" | "ftp" => Some("cleartext".into()),
            _ => None,
        },
        how: Some(how),
    })
}
