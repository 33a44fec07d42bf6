//! The exit code of a verb that finished.

use overt_record::{Coverage, Severity};

use crate::exit::Code;

/// Findings at or above `fail_on` come first; without them, holes in the coverage are not a pass.
pub fn verdict(
    severities: impl IntoIterator<Item = Severity>,
    coverage: &Coverage,
    fail_on: Severity,
) -> Code {
    if severities.into_iter().any(|severity| severity >= fail_on) {
        Code::Findings
    } else if has_holes(coverage) {
        Code::Incomplete
    } else {
        Code::Done
    }
}

/// Whether something that is there, or should be, was not looked at.
pub fn has_holes(coverage: &Coverage) -> bool {
    !coverage.unreadable.is_empty()
        || !coverage.missing.is_empty()
        || coverage.packages_incomplete > 0
        || coverage.methods_incomplete > 0
}

#[cfg(test)]
mod tests {
    use overt_record::{Missing, Unreadable};

    use super::*;

    #[test]
    fn findings_win_over_holes_and_holes_over_nothing() {
        let whole = Coverage { complete: true, ..Coverage::default() };
        let unknown = Coverage::default();
        let missing = Coverage {
            missing: vec![Missing { path: "/a".into(), why: "listed".into(), size: None }],
            ..Coverage::default()
        };
        let unreadable = Coverage {
            unreadable: vec![Unreadable {
                locus: "input".into(),
                code: "a/b".into(),
                consequence: "c".into(),
                detail: "d".into(),
            }],
            ..Coverage::default()
        };
        let torn_package = Coverage { packages_incomplete: 1, ..Coverage::default() };
        let torn_method = Coverage { methods_incomplete: 1, ..Coverage::default() };
        for (found, coverage, fail_on, expected) in [
            (&[][..], &whole, Severity::High, Code::Done),
            (&[], &unknown, Severity::High, Code::Done),
            (&[], &missing, Severity::High, Code::Incomplete),
            (&[], &unreadable, Severity::High, Code::Incomplete),
            (&[], &torn_package, Severity::High, Code::Incomplete),
            (&[], &torn_method, Severity::High, Code::Incomplete),
            (&[Severity::Medium], &whole, Severity::High, Code::Done),
            (&[Severity::Medium], &missing, Severity::High, Code::Incomplete),
            (&[Severity::Medium], &missing, Severity::Medium, Code::Findings),
            (&[Severity::Info, Severity::Critical], &whole, Severity::High, Code::Findings),
            (&[Severity::Info], &whole, Severity::Info, Code::Findings),
            (&[Severity::High], &whole, Severity::Critical, Code::Done),
        ] {
            assert_eq!(verdict(found.iter().copied(), coverage, fail_on), expected, "{found:?} {coverage:?}");
        }
    }
}
