//! Keys and signed files, as they lie on disk.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use overt_seal::{Envelope, PrivateKey, PublicKey};

use crate::exit::{Code, Failure};

/// No key or envelope of ours is as large.
const LARGEST: u64 = 1 << 30;

fn unreadable(path: &Path, what: &str, why: impl std::fmt::Display) -> Failure {
    Failure { code: Code::Unreadable, text: format!("{} cannot be used as {what}: {why}", path.display()) }
}

/// A text file of limited size.
pub fn text(path: &Path, what: &str, largest: u64) -> Result<String, Failure> {
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, what, error))?.len();
    if size > largest {
        return Err(unreadable(path, what, format!("it has {size} bytes, and {largest} are the most")));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(path, what, error))
}

/// Keys that sign.
pub fn private(paths: &[impl AsRef<Path>]) -> Result<Vec<PrivateKey>, Failure> {
    let read = |path: &Path| {
        let text = text(path, "a private key", 1 << 16)?;
        PrivateKey::read(&text).map_err(|why| unreadable(path, "a private key", why))
    };
    paths.iter().map(|path| read(path.as_ref())).collect()
}

/// Keys that are trusted.
pub fn public(paths: &[impl AsRef<Path>]) -> Result<Vec<PublicKey>, Failure> {
    let read = |path: &Path| {
        let text = text(path, "a public key", 1 << 16)?;
        PublicKey::read(&text).map_err(|why| unreadable(path, "a public key", why))
    };
    paths.iter().map(|path| read(path.as_ref())).collect()
}

/// The payload of a signed file, when a trusted key signed it.
pub fn opened(
    path: &Path,
    what: &str,
    payload_type: &str,
    trusted: &[PublicKey],
) -> Result<Vec<u8>, Failure> {
    let text = text(path, what, LARGEST)?;
    let envelope = Envelope::read(&text).map_err(|why| unreadable(path, what, why))?;
    envelope
        .open(payload_type, trusted)
        .map(|opened| opened.payload)
        .map_err(|why| unreadable(path, what, why))
}

/// Random numbers of the machine.
pub fn seed() -> Result<[u8; 32], Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::own(format!("the machine gives no random numbers: {error}")))?;
    Ok(seed)
}

/// Makes a key of the machine's random numbers and writes its two files, neither of which may be there.
pub fn make(path: &Path, name: &str) -> Result<PublicKey, Failure> {
    let key = PrivateKey::of_seed(seed()?, name);
    let public = key.public();
    let beside = path.with_extension("pub");
    if beside == path {
        return Err(Failure::wrong_use(
            "name the secret otherwise: the ending .pub is for what others trust",
        ));
    }
    if beside.exists() {
        return Err(Failure::wrong_use(format!(
            "{} is there already and was left as it is",
            beside.display()
        )));
    }
    create(path, key.to_file().as_bytes(), 0o600)?;
    create(&beside, public.to_file().as_bytes(), 0o644)?;
    Ok(public)
}

#[cfg_attr(not(unix), allow(unused_variables, reason = "modes are Unix's"))]
fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|error| Failure::wrong_use(format!("{} cannot be made: {error}", path.display())))
}
