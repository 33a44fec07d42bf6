//! `indicators/<slug>.toml`: names that public reports tie to a behaviour. Presence of a name proves no behaviour.

use crate::place::owned;
use crate::read::Section;

/// Names known from elsewhere, with the public source that names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// From the path.
    pub slug: String,
    /// A noun phrase: what the names belong to, as the source puts it.
    pub says: String,
    /// Who published it.
    pub source: String,
    /// When, as `2016-11` or `2016-11-15`.
    pub date: String,
    /// Host names, lower case; a name stands for its subdomains too.
    pub hosts: Vec<String>,
    /// Package names.
    pub packages: Vec<String>,
    /// SHA-256 of signing certificates, lower-case hexadecimal.
    pub certificates: Vec<String>,
}

impl Indicator {
    /// Whether a host name is one of those listed or below one of them.
    #[must_use]
    pub fn names_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.iter().any(|known| {
            host.strip_suffix(known.as_str()).is_some_and(|front| front.is_empty() || front.ends_with('.'))
        })
    }

    pub(crate) fn read(slug: &str, file: Section<'_, '_>) -> Indicator {
        let hosts = file.texts("hosts");
        for host in &hosts {
            let valid = host.value.contains('.')
                && host
                    .value
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-'));
            if !valid {
                file.reading.error(
                    host.at,
                    format!("\"{}\" is no host name in lower case", host.value),
                    None,
                );
            }
        }
        let certificates = file.texts("certificates");
        for digest in &certificates {
            let valid = digest.value.len() == 64
                && digest.value.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
            if !valid {
                file.reading.error(digest.at, "no SHA-256 in lower-case hexadecimal", None);
            }
        }
        let date = file.required("date");
        if !is_date(date.value) {
            file.reading.error(date.at, format!("\"{}\" is no date such as 2016-11", date.value), None);
        }
        let packages = file.texts("packages");
        if hosts.is_empty() && packages.is_empty() && certificates.is_empty() {
            file.reading.error(file.at, "names nothing: hosts, packages or certificates", None);
        }
        let indicator = Indicator {
            slug: slug.to_owned(),
            says: file.required("says").value.trim().to_owned(),
            source: file.required("source").value.trim().to_owned(),
            date: date.value.to_owned(),
            hosts: owned(&hosts),
            packages: owned(&packages),
            certificates: owned(&certificates),
        };
        file.finish();
        indicator
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        [year, month] => digits(year, 4) && digits(month, 2),
        [year, month, day] => digits(year, 4) && digits(month, 2) && digits(day, 2),
        _ => false,
    }
}
