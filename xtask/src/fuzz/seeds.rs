//! What a target starts from: fixtures and samples of the repository, nothing else.

mod images;
mod oat;

use std::path::Path;

use anyhow::Context as _;
use overt_base::bytes::View;
use overt_base::digest::Digest;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problems};
use overt_container::zip::Archive;
use overt_testkit::record;

use crate::{samples, workspace};

/// Puts the seeds into `corpus`, named by digest so that planting twice changes nothing.
pub fn plant(corpus: &Path, seeds: &[String]) -> anyhow::Result<()> {
    for seed in seeds {
        for bytes in read(seed)? {
            let name = Digest::of(&bytes).to_string();
            let path = corpus.join(format!("seed-{}", name.get(..16).unwrap_or_default()));
            if !path.exists() {
                std::fs::write(path, bytes)?;
            }
        }
    }
    Ok(())
}

fn read(seed: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let root = workspace::root();
    let folder = |place: &str| -> anyhow::Result<Vec<Vec<u8>>> {
        let paths = workspace::walk(&root.join(place), &|_| true)?;
        paths.iter().map(|path| Ok(std::fs::read(root.join(place).join(path))?)).collect()
    };
    match seed {
        "apk" => return folder("fixtures/built"),
        "certificate" => {
            return folder("fixtures/keys")
                .map(|files| files.iter().filter_map(|pem| decode_pem(pem)).collect());
        }
        "daemon" => return Ok(vec![samples::daemon()]),
        "image" => return images::all(&root.join("samples/firmware.img")),
        "jar-signature" => {
            return folder("crates/apk/tests/data")
                .map(|files| files.iter().filter_map(|f| jar(f)).collect());
        }
        "level" => return Ok(LEVELS.iter().map(|text| text.as_bytes().to_vec()).collect()),
        "listing" => return Ok(LISTINGS.iter().map(|text| text.as_bytes().to_vec()).collect()),
        "oat" => {
            return Ok(folder_entries(&folder("fixtures/built")?, "classes.dex")
                .iter()
                .map(|dex| oat::around(dex))
                .collect());
        }
        "signing-block" => {
            return folder("crates/apk/tests/data")
                .map(|files| files.iter().filter_map(|f| pairs(f)).collect());
        }
        "record" => return Ok(vec![record::sample().to_json()?.into_bytes()]),
        _ => {}
    }
    match seed.split_once('!') {
        Some(("apk", suffix)) => Ok(folder_entries(&folder("fixtures/built")?, suffix)),
        _ if seed.ends_with('/') => folder(seed),
        _ => Ok(vec![std::fs::read(root.join(seed)).with_context(|| seed.to_owned())?]),
    }
}

/// A line of each shape that dumps come with.
const LISTINGS: &[&str] = &[
    "./system/app/A/A.apk\n./system/build.prop\n",
    "123 system/app/A/A.apk\n4096 system/build.prop\n",
    "system/app/A/A.apk 123\nsystem/build.prop 4096\n",
    "d41d8cd98f00b204e9800998ecf8427e  system/app/A/A.apk\n",
];

/// Protection levels as manifests write them.
const LEVELS: &[&str] = &[
    "normal",
    "signature|privileged|development",
    "signatureOrSystem",
    "0x12",
    "3",
    "internal|role|0x1000000",
];

/// The three files of a v1 signature, the first two behind their lengths in two bytes.
fn jar(package: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for suffix in ["META-INF/MANIFEST.MF", ".SF", ".RSA"] {
        let file = entries(package.to_vec(), suffix).into_iter().next()?;
        if suffix != ".RSA" {
            out.extend(u16::try_from(file.len()).ok()?.to_le_bytes());
        }
        out.extend(file);
    }
    Some(out)
}

/// The pairs of an APK's signing block: between its two sizes, the second of which stands before the magic.
fn pairs(package: &[u8]) -> Option<Vec<u8>> {
    let magic = package.windows(16).rposition(|bytes| bytes == b"APK Sig Block 42")?;
    let end = magic.checked_sub(8)?;
    let size = u64::from_le_bytes(*package.get(end..)?.first_chunk()?);
    let start = (end + 24).checked_sub(usize::try_from(size).ok()?)?;
    Some(package.get(start..end)?.to_vec())
}

/// What stands between the marks of a PEM file.
fn decode_pem(pem: &[u8]) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = std::str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END")?;
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::new());
    for byte in body.bytes() {
        let Some(value) = ALPHABET.iter().position(|one| *one == byte) else { continue };
        bits = (bits << 6 | value as u32) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

fn folder_entries(packages: &[Vec<u8>], suffix: &str) -> Vec<Vec<u8>> {
    packages.iter().flat_map(|package| entries(package.clone(), suffix)).collect()
}

fn entries(package: Vec<u8>, suffix: &str) -> Vec<Vec<u8>> {
    let (limits, problems, cancel) = (Limits::default(), Problems::new(1), Cancel::default());
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let Ok(archive) = Archive::open(View::from_vec(package), &Locus::input(), &cx) else { return Vec::new() };
    let wanted = archive.entries().iter().filter(|entry| entry.name.ends_with(suffix));
    wanted.filter_map(|entry| Some(archive.read(entry, &cx).ok()?.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_found() {
        assert!(read("apk").expect("committed").len() > 10);
        let dexes = read("apk!.dex").expect("committed");
        assert!(dexes.len() > 10 && dexes.iter().all(|dex| dex.starts_with(b"dex\n")));
        assert!(read("oat").expect("committed").iter().all(|oat| oat.starts_with(b"\x7fELF")));
        let certificates = read("certificate").expect("committed");
        assert!(certificates.len() == 3 && certificates.iter().all(|der| der.starts_with(&[0x30, 0x82])));
        assert!(read("signing-block").expect("committed").len() > 5);
        assert!(read("jar-signature").expect("committed").len() > 2);
        assert!(read("image").expect("committed").len() == 3);
        assert_eq!(read("Cargo.toml").expect("committed").len(), 1);
        assert!(read("no/such/file").is_err());
    }
}
