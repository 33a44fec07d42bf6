//! A record on which every question of a label has an answer: the sample, and flows across apps, orders from a server,
//! open doors, selection and bypass. All names and hosts are made up.

use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Endpoint, Finding, Gate, Reach, RunsAs, Trigger};
use overt_record::record::Record;
use overt_record::words::{Confidence, DataKind, Effect, GateKind, Rung, Severity, Theme, TriggerKind, Via};

use super::sample::sample;

/// What all these findings have in common.
fn flow(model: &Finding, behaviour: &str, title: &str, says: &str) -> Finding {
    let package = model.package.clone().unwrap_or_default();
    Finding {
        id: Finding::identity(behaviour, &package, title),
        behaviour: behaviour.into(),
        rung: Rung::Flow,
        severity: Severity::High,
        confidence: Confidence::High,
        title: title.into(),
        says: says.into(),
        data: Vec::new(),
        effects: Vec::new(),
        via: Vec::new(),
        gates: Vec::new(),
        dormant: false,
        transforms: Vec::new(),
        assumptions: Vec::new(),
        would_be_wrong_if: None,
        sites: 1,
        ..model.clone()
    }
}

fn of(evidence: &Evidence, role: Role, package: &str, class: &str, method: &str, line: &str) -> Evidence {
    Evidence {
        role,
        package: Some(package.into()),
        class: Some(class.into()),
        method: Some(method.into()),
        locus: format!("input!/system/app/{package}.apk!classes.dex"),
        instruction: Some(line.into()),
        ..evidence.clone()
    }
}

/// The record.
#[must_use]
pub fn telling() -> Record {
    let mut record = sample();
    let Some(model) = record.findings.iter().find(|finding| finding.rung == Rung::Flow).cloned() else {
        return record;
    };
    let Some(piece) = model.evidence.last().cloned() else { return record };
    let host = |host: &str| Endpoint {
        url: Some(format!("http://{host}/t")),
        scheme: Some("http".into()),
        host: Some(host.into()),
        path: Some("/t".into()),
        method: Some("GET".into()),
        tls: Some("cleartext".into()),
        how: None,
    };
    let across = Finding {
        theme: Theme::Privacy,
        data: vec![DataKind::Calendar],
        via: vec![Via::Provider],
        triggers: vec![Trigger { kind: TriggerKind::Timer, period_seconds: Some(21_600), silent: true }],
        endpoints: vec![host("up.sync.invalid")],
        evidence: vec![
            of(&piece, Role::Entry, "com.example.store", "Lcom/example/store/Keep;", "onCreate", "called"),
            of(
                &piece,
                Role::Source,
                "com.example.store",
                "Lcom/example/store/Keep;",
                "onCreate",
                "invoke-virtual {v1}, Landroid/content/ContentResolver;->query()V",
            ),
            of(
                &piece,
                Role::Channel,
                "com.example.store",
                "Lcom/example/store/Keep;",
                "put",
                "insert content://store.invalid/calendar",
            ),
            of(
                &piece,
                Role::Channel,
                "com.example.sync",
                "Lcom/example/sync/Take;",
                "take",
                "query content://store.invalid/calendar",
            ),
            of(
                &piece,
                Role::Sink,
                "com.example.sync",
                "Lcom/example/sync/Net;",
                "post",
                "invoke-virtual {v1}, Ljava/io/OutputStream;->write([B)V",
            ),
        ],
        ..flow(
            &model,
            "privacy/calendar",
            "Sends the calendar to a server",
            "The code reads appointments, hands them to another app, and that app sends them.",
        )
    };
    let obeys = Finding {
        theme: Theme::RemoteControl,
        effects: vec![Effect::Exec],
        endpoints: vec![host("tasks.sync.invalid")],
        severity: Severity::Critical,
        ..flow(
            &model,
            "remote-control/exec",
            "Runs shell commands that come from a server",
            "What tasks.sync.invalid sends decides that the code goes on to run shell commands.",
        )
    };
    let installs = Finding {
        theme: Theme::RemoteControl,
        effects: vec![Effect::Install],
        endpoints: vec![host("tasks.sync.invalid")],
        dormant: true,
        gates: vec![Gate {
            kind: GateKind::ServerSwitch,
            value: Some("enable=1".into()),
            says: "only after the server has switched it on".into(),
        }],
        ..flow(
            &model,
            "remote-control/install",
            "Installs apps that a server names",
            "What tasks.sync.invalid sends decides that the code goes on to put apps on the phone.",
        )
    };
    let door = Finding {
        theme: Theme::Exposure,
        effects: vec![Effect::FileDelete],
        endpoints: Vec::new(),
        triggers: vec![Trigger { kind: TriggerKind::OtherApp, period_seconds: None, silent: true }],
        reach: Reach { from: "exported".into(), guard: None },
        ..flow(
            &model,
            "exposure/file-delete",
            "Any app can delete files through it",
            "What the caller of service Diag hands over decides which file is deleted. Guard on the way: none.",
        )
    };
    let picks = Finding {
        theme: Theme::Targeting,
        data: vec![DataKind::SmsBody],
        endpoints: vec![host("words.sync.invalid")],
        ..flow(
            &model,
            "targeting/messages-by-server-words",
            "Picks messages by words that a server sends",
            "Text messages are compared with words that words.sync.invalid sends.",
        )
    };
    let around = Finding {
        theme: Theme::Bypass,
        data: vec![DataKind::Contacts],
        endpoints: Vec::new(),
        runs_as: RunsAs::default(),
        ..flow(
            &model,
            "bypass/through-another-app",
            "Gets through another app what its own permissions deny",
            "com.example.sync does not hold the permission for contacts, and gets them through another app.",
        )
    };
    // The same app lies in a second place, and the same was found in both.
    let copy = Finding { path: "/vendor/app/Sync/Sync.apk".into(), ..obeys.clone() };
    record.findings.extend([across, obeys, installs, door, picks, around, copy]);
    record.canonicalise();
    record
}
