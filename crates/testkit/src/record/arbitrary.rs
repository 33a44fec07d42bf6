//! Records made by chance: every shape the types allow, within what the contract promises.

use overt_record::build::Build;
use overt_record::coverage::{Coverage, Missing, Unreadable};
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Assumption, Endpoint, Finding, Gate, How, Reach, RunsAs, Transform, Trigger};
use overt_record::native::Native;
use overt_record::package::{
    Code, CodeProblem, Component, DeclaredPermission, Guard, Package, PackageNative, Quick, Signer,
};
use overt_record::record::{Depth, Record, SCHEMA};
use overt_record::words::{Confidence, DataKind, Effect, GateKind, Rung, Severity, Theme, TriggerKind, Via};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// Any text, control characters and all: names come from hostile files.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => "[a-zA-Z0-9./_-]{0,12}",
        1 => any::<String>(),
    ]
    .boxed()
}

fn maybe() -> BoxedStrategy<Option<String>> {
    of(text()).boxed()
}

fn texts() -> BoxedStrategy<Vec<String>> {
    vec(text(), 0..3).boxed()
}

fn digest() -> BoxedStrategy<String> {
    "[0-9a-f]{64}".boxed()
}

fn locus() -> BoxedStrategy<String> {
    "input(![a-zA-Z0-9/%._-]{1,12}){0,3}".boxed()
}

fn problem_code() -> BoxedStrategy<String> {
    "[a-z]{1,6}/[a-z]{1,8}".boxed()
}

fn one_of(words: &'static [&'static str]) -> BoxedStrategy<String> {
    select(words).prop_map(str::to_owned).boxed()
}

fn word<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> BoxedStrategy<T> {
    select(all).boxed()
}

fn build() -> BoxedStrategy<Build> {
    (
        (maybe(), maybe(), maybe(), maybe(), maybe(), any::<Option<u32>>()),
        (maybe(), maybe(), maybe(), maybe(), maybe()),
    )
        .prop_map(|((fingerprint, brand, model, device, android, sdk), rest)| {
            let (security_patch, build_date, build_type, tags, incremental) = rest;
            Build {
                fingerprint,
                brand,
                model,
                device,
                android,
                sdk,
                security_patch,
                build_date,
                build_type,
                tags,
                incremental,
            }
        })
        .boxed()
}

fn coverage() -> BoxedStrategy<Coverage> {
    let missing =
        (text(), text(), any::<Option<u64>>()).prop_map(|(path, why, size)| Missing { path, why, size });
    let unreadable = (locus(), problem_code(), text(), text())
        .prop_map(|(locus, code, consequence, detail)| Unreadable { locus, code, consequence, detail });
    (any::<(bool, u32, u32, u64, u64)>(), vec(missing, 0..3), vec(unreadable, 0..3), maybe())
        .prop_map(|(numbers, missing, unreadable, listing)| {
            let (complete, packages_seen, packages_incomplete, methods_seen, methods_incomplete) = numbers;
            Coverage {
                complete,
                packages_seen,
                packages_incomplete,
                methods_seen,
                methods_incomplete,
                missing,
                unreadable,
                listing,
            }
        })
        .boxed()
}

fn runs_as() -> BoxedStrategy<RunsAs> {
    (any::<Option<u32>>(), maybe()).prop_map(|(uid, shared_user)| RunsAs { uid, shared_user }).boxed()
}

fn signer() -> BoxedStrategy<Signer> {
    (
        (digest(), text(), one_of(&["v1", "v2", "v3", "v3.1"])),
        any::<(Option<bool>, bool)>(),
        (one_of(&["valid", "invalid", "unverified"]), text()),
    )
        .prop_map(|((sha256, subject, scheme), (platform, test_key), (verdict, reason))| Signer {
            sha256,
            subject,
            scheme,
            platform,
            test_key,
            verdict,
            reason,
        })
        .boxed()
}

fn component() -> BoxedStrategy<Component> {
    let guard = (text(), maybe()).prop_map(|(permission, level)| Guard { permission, level });
    (
        one_of(&["activity", "activity-alias", "service", "receiver", "provider"]),
        text(),
        any::<(bool, bool)>(),
        of(guard),
        texts(),
        texts(),
        maybe(),
    )
        .prop_map(|(kind, name, (exported, enabled), guard, actions, authorities, process)| Component {
            kind,
            name,
            exported,
            enabled,
            guard,
            actions,
            authorities,
            process,
            shape: None,
        })
        .boxed()
}

fn code() -> BoxedStrategy<Code> {
    let quick = (any::<(Option<u32>, Option<u32>, Option<u32>)>(), texts()).prop_map(
        |((exact, not_restorable, wrong), missing_classes)| Quick {
            exact,
            not_restorable,
            wrong,
            missing_classes,
        },
    );
    let problem = (problem_code(), any::<u32>()).prop_map(|(code, count)| CodeProblem { code, count });
    (
        (one_of(&["dex", "oat", "vdex", "cdex"]), text(), text(), digest(), text()),
        any::<(u32, u32, Option<u64>, bool)>(),
        quick,
        vec(problem, 0..3),
    )
        .prop_map(|((kind, path, entry, sha256, version), numbers, quick, problems)| {
            let (classes, methods, instructions, analysed) = numbers;
            Code {
                kind,
                path,
                entry,
                sha256,
                version,
                classes,
                methods,
                instructions,
                quick,
                analysed,
                problems,
            }
        })
        .boxed()
}

fn package() -> BoxedStrategy<Package> {
    let native = (text(), digest(), texts()).prop_map(|(path, sha256, imports)| PackageNative {
        path,
        sha256,
        imports,
        code: None,
    });
    let declared = (text(), text()).prop_map(|(name, level)| DeclaredPermission { name, level });
    (
        (maybe(), maybe(), maybe(), any::<Option<u64>>(), text(), of(digest()), text()),
        (one_of(&["app", "priv-app", "framework", "overlay", "plain"]), runs_as()),
        any::<(bool, bool, bool, Option<u32>, Option<u32>)>(),
        (vec(signer(), 0..3), texts(), texts(), vec(declared, 0..3)),
        (vec(component(), 0..3), vec(code(), 0..3), vec(native, 0..3), vec(word(DataKind::ALL), 0..3)),
    )
        .prop_map(|(identity, (kind, runs_as), flags, trust, content)| {
            let (package, label, version_name, version_code, path, sha256, partition) = identity;
            let (privileged, debuggable, persistent, min_sdk, target_sdk) = flags;
            let (signer, requested_permissions, granted_permissions, declared_permissions) = trust;
            let (components, code, natives, reads) = content;
            Package {
                package,
                label,
                version_name,
                version_code,
                path,
                sha256,
                partition,
                kind,
                runs_as,
                privileged,
                debuggable,
                persistent,
                min_sdk,
                target_sdk,
                signer,
                requested_permissions,
                granted_permissions,
                declared_permissions,
                components,
                code,
                natives,
                reads,
                shape: None,
            }
        })
        .boxed()
}

fn native() -> BoxedStrategy<Native> {
    (
        text(),
        of(digest()),
        one_of(&["executable", "library", "script", "module", "link", "unknown"]),
        maybe(),
        maybe(),
        texts(),
        any::<Option<bool>>(),
    )
        .prop_map(|(path, sha256, kind, starts_as, started_by, imports, setuid)| Native {
            path,
            sha256,
            kind,
            starts_as,
            started_by,
            imports,
            setuid,
            code: None,
            named_by: Vec::new(),
        })
        .boxed()
}

fn endpoint() -> BoxedStrategy<Endpoint> {
    let how = (
        one_of(&["literal", "built", "evaluated", "resource", "native"]),
        maybe(),
        maybe(),
        any::<Option<u32>>(),
        (maybe(), maybe(), maybe(), maybe()),
        (maybe(), maybe(), maybe(), maybe()),
    )
        .prop_map(|(kind, class, method, offset, (descriptor, value, decoder, file), cipher)| {
            let (algorithm, mode, key, iv) = cipher;
            How { kind, class, method, descriptor, offset, value, decoder, algorithm, mode, key, iv, file }
        });
    (maybe(), maybe(), maybe(), maybe(), maybe(), of(one_of(&["tls", "cleartext", "tls-unchecked"])), of(how))
        .prop_map(|(url, scheme, host, path, method, tls, how)| Endpoint {
            url,
            scheme,
            host,
            path,
            method,
            tls,
            how,
        })
        .boxed()
}

fn evidence() -> BoxedStrategy<Evidence> {
    const ROLES: &[Role] = &[
        Role::Entry,
        Role::Manifest,
        Role::Source,
        Role::Step,
        Role::Sink,
        Role::Guard,
        Role::Decoder,
        Role::Key,
        Role::Channel,
    ];
    let code = (maybe(), text(), text(), text(), any::<u32>(), digest(), locus(), maybe(), word(ROLES))
        .prop_map(|(package, class, method, descriptor, offset, code_sha256, locus, instruction, role)| {
            Evidence {
                role,
                package,
                class: Some(class),
                method: Some(method),
                descriptor: Some(descriptor),
                offset: Some(offset),
                code_sha256: Some(code_sha256),
                locus,
                instruction,
            }
        });
    let place =
        (maybe(), locus(), maybe(), word(ROLES)).prop_map(|(package, locus, instruction, role)| Evidence {
            role,
            package,
            class: None,
            method: None,
            descriptor: None,
            offset: None,
            code_sha256: None,
            locus,
            instruction,
        });
    prop_oneof![3 => code, 1 => place].boxed()
}

/// A finding that keeps the promises of the ladder: no proven flow over what the analysis lost.
pub fn finding() -> BoxedStrategy<Finding> {
    const FROM: &[&str] = &["exported", "internal", "nowhere", "boot", "timer", "user", "other-app"];
    let trigger = (word(TriggerKind::ALL), any::<(Option<u64>, bool)>())
        .prop_map(|(kind, (period_seconds, silent))| Trigger { kind, period_seconds, silent });
    let gate =
        (word(GateKind::ALL), maybe(), text()).prop_map(|(kind, value, says)| Gate { kind, value, says });
    let transform = (text(), maybe(), maybe(), maybe()).prop_map(|(kind, algorithm, key, field)| Transform {
        kind,
        algorithm,
        key,
        field,
    });
    let assumption = (one_of(&["havoc", "default-model", "native", "reflection", "unresolved-key"]), text())
        .prop_map(|(kind, at)| Assumption { kind, at });
    let reach = (one_of(FROM), maybe()).prop_map(|(from, guard)| Reach { from, guard });
    (
        ("[0-9a-f]{16}", "[a-z]{1,8}/[a-z]{1,8}", maybe(), text(), runs_as(), text(), text()),
        (word(Theme::ALL), word(Rung::ALL), word(Severity::ALL), word(Confidence::ALL)),
        (
            vec(word(DataKind::ALL), 0..3),
            vec(word(Effect::ALL), 0..3),
            vec(word(Via::ALL), 0..3),
            vec(endpoint(), 0..3),
        ),
        (vec(trigger, 0..3), vec(gate, 0..3), any::<(bool, u32)>(), reach),
        (vec(transform, 0..3), vec(assumption, 0..3), maybe(), vec(evidence(), 1..4)),
    )
        .prop_map(|(identity, words, kinds, when, how)| {
            let (id, behaviour, package, path, runs_as, title, says) = identity;
            let (theme, mut rung, severity, mut confidence) = words;
            let (data, effects, via, endpoints) = kinds;
            let (triggers, gates, (dormant, sites), reach) = when;
            let (transforms, assumptions, would_be_wrong_if, evidence) = how;
            let assumed =
                |word: &str| assumptions.iter().any(|assumption: &Assumption| assumption.kind == word);
            if rung == Rung::Flow {
                if assumed("havoc") || assumed("unresolved-key") {
                    rung = Rung::Capability;
                } else if !assumptions.is_empty() {
                    confidence = confidence.min(Confidence::Medium);
                }
            }
            Finding {
                id,
                behaviour,
                theme,
                rung,
                severity,
                confidence,
                package,
                path,
                runs_as,
                title,
                says,
                data,
                effects,
                via,
                endpoints,
                triggers,
                gates,
                dormant,
                reach,
                transforms,
                assumptions,
                would_be_wrong_if,
                evidence,
                sites,
            }
        })
        .boxed()
}

/// A record in canonical order.
pub fn record() -> BoxedStrategy<Record> {
    const DEPTHS: &[Depth] = &[Depth::Inventory, Depth::Capability, Depth::Flow, Depth::Full];
    (
        (text(), digest(), digest(), word(DEPTHS)),
        (build(), coverage()),
        vec(package(), 0..4),
        vec(native(), 0..4),
        vec(finding(), 0..6),
        vec(finding(), 0..3),
    )
        .prop_map(|(head, (build, coverage), packages, natives, findings, dead)| {
            let (engine, catalogue, limits, depth) = head;
            let mut record = Record {
                schema: SCHEMA.into(),
                engine,
                catalogue,
                limits,
                depth,
                build,
                coverage,
                packages,
                natives,
                findings,
                dead,
            };
            record.canonicalise();
            record
        })
        .boxed()
}
