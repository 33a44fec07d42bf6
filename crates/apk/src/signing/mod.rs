//! Who signed a package, scheme by scheme: facts and a verdict with its reason, never a boolean.
//!
//! Own, because the crate that verifies APKs refuses DSA and MD5 (real packages have both) and rotated keys, and says
//! yes or no; the arithmetic is RustCrypto's. Android trusts a key, not an issuer: certificate chains and dates are
//! not checked, here as there.

pub mod certificate;
pub mod der;
pub mod hash;
pub mod known;
pub mod public_key;

mod block_signer;
mod content_digest;
mod jar;
mod jar_manifest;
mod lineage;
mod pkcs7;
mod signing_block;

use overt_base::{Cx, Digest};
use overt_container::zip::Archive;

use certificate::Certificate;
use content_digest::Content;
use signing_block::SigningBlock;

/// A signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// JAR signing: single entries.
    V1,
    /// The whole file; Android 7.0 (API level 24).
    V2,
    /// As v2, with key rotation; Android 9 (28).
    V3,
    /// As v3, for a rotated key on newer platforms only; Android 13 (33).
    V31,
}

impl Scheme {
    /// `v1`, `v2`, `v3`, `v3.1`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::V1 => "v1",
            Scheme::V2 => "v2",
            Scheme::V3 => "v3",
            Scheme::V31 => "v3.1",
        }
    }

    /// The first platform that looks at it.
    #[must_use]
    pub fn since(self) -> u32 {
        match self {
            Scheme::V1 => 1,
            Scheme::V2 => 24,
            Scheme::V3 => 28,
            Scheme::V31 => 33,
        }
    }
}

/// What came out of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Made with this key over exactly this content.
    Valid,
    /// Not made with this key over this content, or refused by the platform for a reason that is named.
    Invalid,
    /// Could not be checked.
    Unverified,
}

impl Verdict {
    /// `valid`, `invalid`, `unverified`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Valid => "valid",
            Verdict::Invalid => "invalid",
            Verdict::Unverified => "unverified",
        }
    }
}

/// The platform that a package is judged for: its API level, or unknown, which stands for the newest. Some rules
/// (removed schemes, missing entries) exist only since a certain level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Platform(pub Option<u32>);

impl Platform {
    fn is_at_least(self, level: u32) -> bool {
        self.0.is_none_or(|sdk| sdk >= level)
    }
}

/// One certificate in one scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The scheme.
    pub scheme: Scheme,
    /// SHA-256 of the certificate.
    pub certificate_sha256: Digest,
    /// Subject of the certificate, most specific part first.
    pub subject: String,
    /// Issuer of the certificate.
    pub issuer: String,
    /// Serial number of the certificate, hexadecimal.
    pub serial: String,
    /// Beginning of the certificate's validity; Android does not look.
    pub not_before: String,
    /// End of the certificate's validity; Android does not look.
    pub not_after: String,
    /// Kind and size of the key, `RSA 2048`.
    pub key: String,
    /// What came out.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// First and last platform that the signer speaks for (v3 and later).
    pub sdks: Option<(u32, u32)>,
    /// Certificates of the keys before and this one, oldest first, when keys were rotated and the proof holds.
    pub lineage: Vec<Digest>,
}

impl Signer {
    fn new(scheme: Scheme, certificate: &Certificate, verdict: Verdict, reason: String) -> Signer {
        Signer {
            scheme,
            certificate_sha256: certificate.sha256,
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            serial: certificate.serial.clone(),
            not_before: certificate.not_before.clone(),
            not_after: certificate.not_after.clone(),
            key: certificate.key.describe(),
            verdict,
            reason,
            sdks: None,
            lineage: Vec::new(),
        }
    }

    /// The name of the published AOSP test key that this is, if it is one.
    #[must_use]
    pub fn aosp_test_key(&self) -> Option<&'static str> {
        known::aosp_test_key(&self.certificate_sha256.to_string())
    }
}

/// Everything that signs a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatures {
    /// One entry a certificate and scheme: v1, v2, v3, v3.1, each in the file's order.
    pub signers: Vec<Signer>,
    /// Schemes of which there is something in the file, be it readable or not.
    pub present: Vec<Scheme>,
}

impl Signatures {
    /// The scheme that a platform goes by: the newest one it knows that is there. It looks at no older one, whatever
    /// comes out. (A v3.1 block speaks only for the platforms its signer names; the v3 block for the others.)
    #[must_use]
    pub fn checked_by(&self, sdk: u32) -> Option<Scheme> {
        self.present
            .iter()
            .copied()
            .filter(|scheme| scheme.since() <= sdk)
            .filter(|scheme| {
                *scheme != Scheme::V31
                    || self
                        .of(Scheme::V31)
                        .any(|signer| signer.sdks.is_none_or(|(least, most)| (least..=most).contains(&sdk)))
            })
            .max()
    }

    /// The signers of one scheme.
    pub fn of(&self, scheme: Scheme) -> impl Iterator<Item = &Signer> {
        self.signers.iter().filter(move |signer| signer.scheme == scheme)
    }
}

/// Checks every signature of every scheme in an archive. What cannot be attributed to a certificate becomes a problem.
#[must_use]
pub fn verify(archive: &Archive, platform: Platform, cx: &Cx<'_>) -> Signatures {
    let mut signatures = Signatures::default();
    let block = SigningBlock::find(archive);
    if let Some(trouble) = block.as_ref().and_then(|block| block.trouble.as_deref()) {
        cx.problems.report(
            archive.locus(),
            "signature/block-damaged",
            trouble,
            "what lies before was read; Android takes such a file for one without signing block",
        );
    }
    let schemes =
        [(Scheme::V2, signing_block::V2), (Scheme::V3, signing_block::V3), (Scheme::V31, signing_block::V31)];
    let values: Vec<(Scheme, &[u8])> = block
        .iter()
        .flat_map(|block| schemes.iter().filter_map(|(scheme, id)| Some((*scheme, block.value(*id)?))))
        .collect();
    let others: Vec<Scheme> = values.iter().map(|(scheme, _)| *scheme).collect();
    if jar::is_signed(archive) {
        signatures.present.push(Scheme::V1);
    }
    signatures.present.extend(&others);
    signatures.signers = jar::verify(archive, platform, &others, cx);
    if let Some(block) = &block {
        let mut content = Content::new(archive, block.range.clone());
        for (scheme, value) in values {
            for signer in block_signer::verify(scheme, value, &mut content, &others, platform) {
                match signer {
                    Ok(signer) => signatures.signers.push(signer),
                    Err(trouble) => cx.problems.report(
                        archive.locus(),
                        "signature/block-unreadable",
                        format!("scheme {}: {trouble}", scheme.as_str()),
                        "no signer is named for it; platforms that look at this scheme refuse the package",
                    ),
                }
            }
        }
    }
    signatures
}
