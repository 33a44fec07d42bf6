//! `encrypted-in-transit`.

use overt_record::Finding;

use crate::gaps::Gap;
use crate::held::Held;
use crate::outcome::{Answer, Verdict};
use crate::scope::{self, Proof};
use crate::statement::Statement;

use super::collects::Seen;
use super::{labels, wording};

/// Whether the finding's data goes out in clear wherever it goes: one clear address among several may be another's.
fn clear(finding: &Finding) -> bool {
    !finding.endpoints.is_empty()
        && finding.endpoints.iter().all(|one| one.tls.as_deref() == Some("cleartext"))
}

/// Whether each address is known and encrypted with the server's certificate checked.
fn sealed(finding: &Finding) -> bool {
    !finding.endpoints.is_empty() && finding.endpoints.iter().all(|one| one.tls.as_deref() == Some("tls"))
}

/// `encrypted-in-transit`. A cipher inside a connection in clear is not what the words mean; it is mentioned.
pub(super) fn in_transit(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let data = scope::data(statement);
    let seen: Vec<Seen<'_>> = held.iter().map(|held| Seen::of(held, &statement.packages, &data)).collect();
    let gaps: Vec<Gap> = seen.iter().flat_map(|one| one.gaps.clone()).collect();
    let shown: Vec<(&Held<'_>, &Finding)> = seen
        .iter()
        .flat_map(|one| one.with(Proof::Shown).into_iter().map(|finding| (one.held, finding)))
        .collect();
    let open: Vec<(&Held<'_>, &Finding)> =
        shown.iter().copied().filter(|(_, finding)| clear(finding)).collect();
    if !open.is_empty() {
        let findings: Vec<&Finding> = open.iter().map(|(_, finding)| *finding).collect();
        let builds: Vec<&Held<'_>> = seen
            .iter()
            .map(|one| one.held)
            .filter(|held| open.iter().any(|(other, _)| other.digest == held.digest))
            .collect();
        let ciphered =
            findings.iter().any(|finding| finding.transforms.iter().any(|one| one.kind == "cipher"));
        let inner = if ciphered {
            " Some of it passes a cipher of the app's own before, whose key is in the code."
        } else {
            ""
        };
        let because = format!(
            "In the {}, this leaves over connections in clear: {}.{inner}",
            labels(&builds),
            wording::leaving(&findings, &data)
        );
        return Answer::new(statement, Verdict::Contradicted, because).citing(open).lacking(gaps);
    }
    let unsealed: Vec<&Finding> =
        shown.iter().map(|(_, finding)| *finding).filter(|finding| !sealed(finding)).collect();
    let others = seen.iter().any(|one| one.findings.len() != one.with(Proof::Shown).len());
    if unsealed.is_empty() && gaps.is_empty() && !others {
        let because = format!(
            "In the {}, what leaves goes to addresses with TLS only; everything was read.",
            labels(held)
        );
        return Answer::new(statement, Verdict::Upheld, because).citing(shown);
    }
    let because = if unsealed.is_empty() {
        format!("What was found to leave goes to addresses with TLS. {}", wording::gaps(&gaps))
    } else {
        format!(
            "For some of it, the address or its protection is not known, differs from address to address, or the certificate is not checked: {}. {}",
            wording::leaving(&unsealed, &data),
            wording::gaps(&gaps)
        )
    };
    Answer::new(statement, Verdict::NotDecidable, because.trim_end()).citing(shown).lacking(gaps)
}
