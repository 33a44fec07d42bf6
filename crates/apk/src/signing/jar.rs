//! Scheme v1: JAR signing as Android checks it (`StrictJarVerifier.java`; `apksig`'s `V1SchemeVerifier.java`).
//!
//! A block file signs an `.SF` file, that one the sections of `MANIFEST.MF`, and those the entries. Entries below
//! `META-INF/` are signed by nothing.

use std::fmt::Write as _;

use overt_base::{Cx, View};
use overt_container::zip::{Archive, Entry};

use super::certificate::Certificate;
use super::hash::Hash;
use super::jar_manifest::{JarManifest, Section, base64};
use super::pkcs7::SignedData;
use super::public_key::Refusal;
use super::{Platform, Scheme, Signer, Verdict};

const DIRECTORY: &str = "META-INF/";
const MANIFEST: &str = "META-INF/MANIFEST.MF";
/// Which other schemes the archive was signed with, by number: a v1 signature on its own is then a rest.
const OTHER_SCHEMES: &str = "X-Android-APK-Signed";

/// Endings of signature block files.
const BLOCKS: &[&str] = &["RSA", "DSA", "EC"];

/// Blocks of one archive that are checked: each costs a pass over the manifest.
const AT_MOST: usize = 32;
/// Bytes of the largest manifest, signature file or block that is read.
const METADATA_BYTES: u64 = 64 << 20;

/// Digest attributes that Android 4.3 and later looks for, strongest first.
const DIGESTS: &[(&str, Hash)] =
    &[("SHA-512", Hash::Sha512), ("SHA-384", Hash::Sha384), ("SHA-256", Hash::Sha256), ("SHA1", Hash::Sha1)];

const NO_DIGEST: &str = "no digest that Android 4.3 or later looks at (SHA-1 or stronger)";

/// What is wrong with the entries, for all signers alike.
#[derive(Default)]
struct Entries {
    checked: usize,
    mismatched: Vec<String>,
    unlisted: Vec<String>,
    undigested: Vec<String>,
    unreadable: Vec<String>,
    missing: Vec<String>,
}

/// Whether `name` lies in `META-INF/` itself and has one of the endings.
fn is_metadata(name: &str, endings: &[&str]) -> bool {
    let Some(rest) = strip_directory(name) else { return false };
    !rest.contains('/')
        && rest
            .rsplit_once('.')
            .is_some_and(|(_, ending)| endings.iter().any(|it| ending.eq_ignore_ascii_case(it)))
}

fn strip_directory(name: &str) -> Option<&str> {
    let (directory, rest) = name.split_at_checked(DIRECTORY.len())?;
    directory.eq_ignore_ascii_case(DIRECTORY).then_some(rest)
}

fn find_ignoring_case<'a>(archive: &'a Archive, name: &str) -> Option<&'a Entry> {
    archive
        .find(name)
        .or_else(|| archive.entries().iter().find(|entry| entry.name.eq_ignore_ascii_case(name)))
}

fn read_metadata(archive: &Archive, entry: &Entry, cx: &Cx<'_>) -> Result<View, String> {
    if entry.size > METADATA_BYTES {
        return Err(format!("{} bytes, more than {METADATA_BYTES}", entry.size));
    }
    archive.read(entry, cx).map_err(|error| error.to_string())
}

/// Whether there is a signature block file.
pub(super) fn is_signed(archive: &Archive) -> bool {
    archive.entries().iter().any(|entry| is_metadata(&entry.name, BLOCKS))
}

/// All v1 signers. `others` are the schemes whose blocks the archive has.
pub(super) fn verify(archive: &Archive, platform: Platform, others: &[Scheme], cx: &Cx<'_>) -> Vec<Signer> {
    let mut blocks: Vec<&Entry> =
        archive.entries().iter().filter(|entry| is_metadata(&entry.name, BLOCKS)).collect();
    if blocks.is_empty() {
        return Vec::new();
    }
    let unreadable = |entry: &str, why: &str| {
        cx.problems.report(
            &archive.locus().child(entry),
            "signature/v1-unreadable",
            why,
            "no v1 signer is named for it; Android refuses such an archive unless a newer scheme holds",
        );
    };
    let Some(manifest_entry) = find_ignoring_case(archive, MANIFEST) else {
        unreadable(MANIFEST, "there are signature blocks but no MANIFEST.MF");
        return Vec::new();
    };
    let manifest_bytes = match read_metadata(archive, manifest_entry, cx) {
        Ok(bytes) => bytes,
        Err(error) => {
            unreadable(MANIFEST, &error);
            return Vec::new();
        }
    };
    if blocks.len() > AT_MOST {
        unreadable(DIRECTORY, &format!("{} signature blocks, of which {AT_MOST} were read", blocks.len()));
        blocks.truncate(AT_MOST);
    }
    let manifest = JarManifest::parse(&manifest_bytes);
    let mut entries: Option<Entries> = None;
    let mut signers = Vec::new();
    for entry in blocks {
        let block_bytes = match read_metadata(archive, entry, cx) {
            Ok(bytes) => bytes,
            Err(error) => {
                unreadable(&entry.name, &error);
                continue;
            }
        };
        let block = match SignedData::parse(&block_bytes) {
            Ok(block) => block,
            Err(error) => {
                unreadable(&entry.name, &error.0);
                continue;
            }
        };
        for why in &block.unreadable {
            unreadable(&entry.name, &format!("a certificate: {why}"));
        }
        let checked = check_block(archive, entry, &block, &manifest, &manifest_bytes, cx);
        let (certificate, outcome) = match checked {
            Ok((certificate, how, signature_file)) => {
                let entries = entries.get_or_insert_with(|| check_entries(archive, &manifest, cx));
                (Some(certificate), judge(&manifest, &signature_file, entries, platform, others, &how))
            }
            Err((certificate, verdict, reason)) => (certificate, (verdict, reason)),
        };
        // Somebody has signed; where it cannot be said who, the block's first certificate claims it.
        match certificate.or(block.certificates.first()) {
            Some(certificate) => {
                signers.push(Signer::new(
                    Scheme::V1,
                    certificate,
                    outcome.0,
                    format!("{}: {}", entry.name, outcome.1),
                ));
            }
            None => unreadable(&entry.name, &outcome.1),
        }
    }
    signers
}

type Checked<'a> = Result<(&'a Certificate, String, JarManifest), (Option<&'a Certificate>, Verdict, String)>;

/// Block over signature file, signature file over manifest.
fn check_block<'a>(
    archive: &Archive,
    entry: &Entry,
    block: &'a SignedData<'_>,
    manifest: &JarManifest,
    manifest_bytes: &[u8],
    cx: &Cx<'_>,
) -> Checked<'a> {
    let stem = entry.name.rsplit_once('.').map_or(entry.name.as_str(), |(stem, _)| stem);
    let name = format!("{stem}.SF");
    let Some(signature_entry) = find_ignoring_case(archive, &name) else {
        return Err((None, Verdict::Invalid, format!("there is no {name}")));
    };
    let bytes = read_metadata(archive, signature_entry, cx)
        .map_err(|error| (None, Verdict::Unverified, format!("{name} cannot be read: {error}")))?;
    let (certificate, how) = block.verify(&bytes).map_err(|(certificate, refusal)| match refusal {
        Refusal::Mismatch => (certificate, Verdict::Invalid, format!("the signature is not one over {name}")),
        Refusal::Unsupported(what) => (certificate, Verdict::Unverified, what),
    })?;
    let signature_file = JarManifest::parse(&bytes);
    let fail = |verdict, why| Err((Some(certificate), verdict, why));
    if signature_file.main.get("Signature-Version").is_none() {
        return fail(Verdict::Invalid, format!("{name} has no Signature-Version"));
    }
    let by_signtool = signature_file.main.get("Created-By").is_some_and(|tool| tool.contains("signtool"));
    // `signtool` wrote neither of these two.
    if !by_signtool
        && matches(
            &signature_file.main,
            "-Digest-Manifest-Main-Attributes",
            section(manifest_bytes, &manifest.main),
        ) == Some(false)
    {
        return fail(
            Verdict::Invalid,
            format!("the main attributes of MANIFEST.MF are not those that {name} signs"),
        );
    }
    let whole = if by_signtool { "-Digest" } else { "-Digest-Manifest" };
    if matches(&signature_file.main, whole, manifest_bytes) != Some(true) {
        for (entry, signed) in signature_file.entries() {
            let Some(listed) = manifest.entry(entry) else {
                return fail(
                    Verdict::Invalid,
                    format!("{name} signs {entry}, which MANIFEST.MF does not list"),
                );
            };
            let bytes = section(manifest_bytes, listed);
            let good = match matches(signed, "-Digest", bytes) {
                Some(good) => {
                    good || by_signtool
                        && matches(signed, "-Digest", without_last_line_end(bytes)) == Some(true)
                }
                None => return fail(Verdict::Unverified, format!("{NO_DIGEST} in {name} for {entry}")),
            };
            if !good {
                return fail(
                    Verdict::Invalid,
                    format!("the section of MANIFEST.MF for {entry} is not the one that {name} signs"),
                );
            }
        }
    }
    Ok((certificate, how, signature_file))
}

fn section<'a>(bytes: &'a [u8], section: &Section) -> &'a [u8] {
    bytes.get(section.range.clone()).unwrap_or(&[])
}

fn without_last_line_end(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).unwrap_or(bytes)
}

/// The strongest digest attribute with this ending.
fn digest<'a>(section: &'a Section, ending: &str) -> Option<(Hash, &'a str)> {
    let mut name = String::with_capacity(48);
    DIGESTS.iter().find_map(|(prefix, hash)| {
        name.clear();
        let _ = write!(name, "{prefix}{ending}");
        section.get(&name).map(|value| (*hash, value))
    })
}

/// Whether the strongest digest attribute is that of `bytes`; `None` when there is no such attribute.
fn matches(section: &Section, ending: &str, bytes: &[u8]) -> Option<bool> {
    let (hash, stated) = digest(section, ending)?;
    Some(base64(stated).is_some_and(|stated| stated == hash.digest(&[bytes])))
}

/// Every entry against MANIFEST.MF, each inflated once.
fn check_entries(archive: &Archive, manifest: &JarManifest, cx: &Cx<'_>) -> Entries {
    let mut entries = Entries::default();
    for entry in archive.entries() {
        // Directories and META-INF are not signed (`V1SchemeVerifier.isJarEntryDigestNeededInManifest`).
        if entry.is_directory() || entry.name.starts_with(DIRECTORY) {
            continue;
        }
        if cx.cancel.is_cancelled() {
            entries.unreadable.push("(stopped)".into());
            break;
        }
        let Some(section) = manifest.entry(&entry.name) else {
            entries.unlisted.push(entry.name.clone());
            continue;
        };
        if digest(section, "-Digest").is_none() {
            entries.undigested.push(entry.name.clone());
            continue;
        }
        match archive.read(entry, cx) {
            Ok(bytes) => {
                entries.checked = entries.checked.saturating_add(1);
                if matches(section, "-Digest", &bytes) != Some(true) {
                    entries.mismatched.push(entry.name.clone());
                }
            }
            Err(_) => entries.unreadable.push(entry.name.clone()),
        }
    }
    entries.missing = manifest
        .entries()
        .filter(|(name, _)| !name.ends_with('/') && archive.find(name).is_none())
        .map(|(name, _)| name.to_owned())
        .collect();
    entries
}

/// `3 entries, the first is x`.
fn several(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(one.clone()),
        [first, ..] => Some(format!("{} entries, the first is {first}", names.len())),
    }
}

fn judge(
    manifest: &JarManifest,
    signature_file: &JarManifest,
    entries: &Entries,
    platform: Platform,
    others: &[Scheme],
    how: &str,
) -> (Verdict, String) {
    let invalid = |why: String| (Verdict::Invalid, why);
    if let Some(what) = several(&entries.mismatched) {
        return invalid(format!("the digest in MANIFEST.MF is not that of the entry: {what}"));
    }
    if let Some(what) = several(&entries.unlisted) {
        return invalid(format!("not signed, because not listed in MANIFEST.MF: {what}"));
    }
    if let Some(name) = manifest.duplicates.first().or(signature_file.duplicates.first()) {
        return invalid(format!("listed twice: {name}"));
    }
    let uncovered: Vec<String> = manifest
        .entries()
        .map(|(name, _)| name)
        .filter(|name| {
            signature_file.entry(name).is_none() && !name.starts_with(DIRECTORY) && !name.ends_with('/')
        })
        .map(str::to_owned)
        .collect();
    if let Some(what) = several(&uncovered) {
        return invalid(format!("listed in MANIFEST.MF but not signed by this signer: {what}"));
    }
    if let Some(what) = several(&entries.undigested) {
        return (Verdict::Unverified, format!("{NO_DIGEST} in MANIFEST.MF for {what}"));
    }
    if let Some(what) = several(&entries.unreadable) {
        return (Verdict::Unverified, format!("cannot be unfolded: {what}"));
    }
    let mut notes = String::new();
    if let Some(what) = several(&entries.missing) {
        let why = format!("listed in MANIFEST.MF but not in the archive: {what}");
        if platform.is_at_least(24) {
            return invalid(format!("{why}; Android 7 and later refuses that"));
        }
        let _ = write!(notes, "; {why}; only Android 7 and later refuses that");
    }
    for (number, scheme, since) in [("2", Scheme::V2, 24), ("3", Scheme::V3, 28)] {
        let marked = signature_file
            .main
            .get(OTHER_SCHEMES)
            .is_some_and(|list| list.split(',').any(|part| part.trim() == number));
        if !marked || others.contains(&scheme) {
            continue;
        }
        let why = format!(
            "it says that the archive was also signed with scheme {}, whose block is gone (stripped?)",
            scheme.as_str()
        );
        if platform.is_at_least(since) {
            return invalid(format!("{why}; the platform (API level {since} or later) refuses that"));
        }
        let _ = write!(notes, "; {why}; platforms before API level {since} do not look");
    }
    (Verdict::Valid, format!("{how}; {} entries match{notes}", entries.checked))
}
