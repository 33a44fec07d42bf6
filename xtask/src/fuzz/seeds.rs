//! What a target starts from: fixtures and samples of the repository, nothing else.

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
    match seed.split_once('!') {
        _ if seed == "apk" => folder("fixtures/built"),
        _ if seed == "daemon" => Ok(vec![samples::daemon()]),
        _ if seed == "record" => Ok(vec![record::sample().to_json()?.into_bytes()]),
        Some(("apk", suffix)) => {
            let packages = folder("fixtures/built")?;
            Ok(packages.into_iter().flat_map(|package| entries(package, suffix)).collect())
        }
        _ if seed.ends_with('/') => folder(seed),
        _ => Ok(vec![std::fs::read(root.join(seed)).with_context(|| seed.to_owned())?]),
    }
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
        assert_eq!(read("Cargo.toml").expect("committed").len(), 1);
        assert!(read("no/such/file").is_err());
    }
}
