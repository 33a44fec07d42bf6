//! Flows against what the lines of their sinks say.

use super::{Annotation, Mark, Mismatches, Verb};
use crate::fixture::Fixture;

/// A flow that was reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportedFlow {
    /// Kind of the data.
    pub kind: String,
    /// Name of the method that takes it.
    pub from: String,
    /// DEX descriptor of the class with the sink.
    pub class: String,
    /// Line of the sink by the debug table.
    pub line: Option<u32>,
}

/// Compares the flows found in a fixture with what its lines expect. Kinds that the fixture does not speak of are left
/// out of account.
///
/// # Errors
/// Every disagreement.
pub fn check_flows(fixture: &Fixture, reported: &[ReportedFlow]) -> Result<(), Mismatches> {
    let kinds = &fixture.settings.flows;
    let reported: Vec<&ReportedFlow> = reported.iter().filter(|flow| kinds.contains(&flow.kind)).collect();
    let mut wrong = Vec::new();
    let mut expected = vec![false; reported.len()];
    let claims = fixture.annotations.iter().filter(|one| matches!(one.verb, Verb::Flow | Verb::NoFlow));
    for claim in claims {
        let at = format!("{}/{}:{}", fixture.slug, claim.file, claim.line);
        if !claim.behaviour.is_empty() && !kinds.contains(&claim.behaviour) {
            wrong.push(format!("{at}: `{}` is not among the `flows` of app.toml", claim.behaviour));
        }
        let mut found = false;
        for (number, flow) in reported.iter().enumerate() {
            if fits(claim, flow) {
                found = true;
                // What is not expected is said once, by its claim.
                expected[number] = true;
            }
        }
        let kind = &claim.behaviour;
        match (claim.mark, claim.verb, found) {
            (Mark::Holds, Verb::Flow, false) => {
                wrong.push(format!("{at}: expected `flow {kind}`, nothing arrives"))
            }
            (Mark::Holds, Verb::NoFlow, true) => {
                wrong.push(format!("{at}: `none flow {kind}`, but one is reported"))
            }
            (Mark::Missing, _, true) => {
                wrong.push(format!("{at}: `flow {kind}` is no longer MISSING: take the mark away"));
            }
            (Mark::Spurious, _, false) => {
                wrong.push(format!("{at}: `flow {kind}` is no longer SPURIOUS: write `none flow {kind}`"));
            }
            _ => {}
        }
    }
    for (flow, _) in reported.iter().zip(&expected).filter(|(_, expected)| !**expected) {
        let line = flow.line.map_or_else(|| "?".to_owned(), |line| line.to_string());
        wrong.push(format!(
            "{}: `flow {} from {}` at {} line {line}, and no annotation expects it",
            fixture.slug, flow.kind, flow.from, flow.class
        ));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Mismatches(wrong)) }
}

fn fits(claim: &Annotation, flow: &ReportedFlow) -> bool {
    flow.class == claim.class
        && flow.line == Some(claim.line)
        && (claim.behaviour.is_empty() || claim.behaviour == flow.kind)
        && (claim.from.is_empty() || claim.from == flow.from)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::expect::annotations;
    use crate::smali::Source;

    const TEXT: &str = "\
.class public Lp/C;
.super Ljava/lang/Object;
.method public onCreate()V
    .locals 1
    invoke-static {}, La/B;->one()V   #~ flow imei from give
    invoke-static {}, La/B;->two()V   #~ none flow
    invoke-static {}, La/B;->three()V   #~ MISSING flow imei -- not seen yet
    invoke-static {}, La/B;->four()V   #~ SPURIOUS flow imei -- taken for another
    invoke-static {}, La/B;->five()V
    return-void
.end method
";

    fn fixture() -> Fixture {
        let source = Source::parse("smali/C.smali", TEXT).expect("a class");
        let annotations = annotations(&source).expect("understood");
        Fixture {
            slug: "app".into(),
            package: "p".into(),
            settings: toml::from_str("says = \"a\"\nflows = [\"imei\"]\n").expect("read"),
            sources: vec![source],
            annotations,
            apk: PathBuf::new(),
        }
    }

    fn flow(line: u32, from: &str) -> ReportedFlow {
        ReportedFlow { kind: "imei".into(), from: from.into(), class: "Lp/C;".into(), line: Some(line) }
    }

    fn wrong(flows: &[ReportedFlow]) -> Vec<String> {
        check_flows(&fixture(), flows).err().map(|mismatches| mismatches.0).unwrap_or_default()
    }

    #[test]
    fn what_lines_say_holds() {
        assert_eq!(wrong(&[flow(5, "give"), flow(8, "give")]), Vec::<String>::new());
    }

    #[test]
    fn every_disagreement_is_said_once() {
        assert_eq!(wrong(&[flow(8, "give")]).len(), 1, "line 5 lacks its flow");
        assert_eq!(
            wrong(&[flow(5, "other"), flow(8, "give")]).len(),
            2,
            "another source is not the one expected"
        );
        assert_eq!(wrong(&[flow(5, "give"), flow(6, "give"), flow(8, "give")]).len(), 1, "`none flow`");
        assert_eq!(wrong(&[flow(5, "give"), flow(7, "give"), flow(8, "give")]).len(), 1, "no longer MISSING");
        assert_eq!(wrong(&[flow(5, "give")]).len(), 1, "no longer SPURIOUS");
        assert_eq!(wrong(&[flow(5, "give"), flow(8, "give"), flow(9, "give")]).len(), 1, "nobody expects it");
    }

    #[test]
    fn other_kinds_are_left_out() {
        let other = ReportedFlow { kind: "sms_body".into(), ..flow(6, "give") };
        assert_eq!(wrong(&[flow(5, "give"), flow(8, "give"), other]), Vec::<String>::new());
    }
}
