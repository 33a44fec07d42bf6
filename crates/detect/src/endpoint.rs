//! Addresses as endpoints of a finding.

use overt_record::finding::{Endpoint, How};

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
