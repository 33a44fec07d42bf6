//! Schemes v2, v3 and v3.1: signatures in the signing block, over the whole archive
//! (<https://source.android.com/docs/security/features/apksigning/v2> and `/v3`;
//! `ApkSignatureSchemeV2Verifier.java`, `ApkSignatureSchemeV3Verifier.java`).

use overt_base::Reader;

use super::certificate::Certificate;
use super::content_digest::{Content, ContentDigest};
use super::hash::Hash;
use super::lineage;
use super::public_key::{Padding, PublicKey, Refusal};
use super::signing_block::{prefixed, sequence};
use super::{Platform, Scheme, Signer, Verdict};

/// Signers, certificates, digests and signatures of one block that are looked at (Android: ten signers).
const AT_MOST: usize = 64;

/// Attribute of a v2 signer: the archive was also signed with this newer scheme.
const STRIPPING_PROTECTION: u32 = 0xbeef_f00d;
/// Attribute of a v3 signer: earlier keys, each vouching for the next.
const PROOF_OF_ROTATION: u32 = 0x3ba0_6f8c;

/// A signature algorithm of the block schemes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Algorithm {
    pub(super) id: u32,
    pub(super) padding: Padding,
    pub(super) hash: Hash,
    content: ContentDigest,
}

const fn algorithm(id: u32, padding: Padding, hash: Hash, content: ContentDigest) -> Algorithm {
    Algorithm { id, padding, hash, content }
}

/// All algorithms, the one that Android prefers last (`compareSignatureAlgorithm`: by content digest, SHA-256 below
/// SHA-512; the Merkle tree is taken only where nothing else is there).
const ALGORITHMS: &[Algorithm] = &[
    algorithm(0x0421, Padding::RsaPkcs1, Hash::Sha256, ContentDigest::VeritySha256),
    algorithm(0x0423, Padding::Ecdsa, Hash::Sha256, ContentDigest::VeritySha256),
    algorithm(0x0425, Padding::Dsa, Hash::Sha256, ContentDigest::VeritySha256),
    algorithm(0x0101, Padding::RsaPss, Hash::Sha256, ContentDigest::ChunkedSha256),
    algorithm(0x0103, Padding::RsaPkcs1, Hash::Sha256, ContentDigest::ChunkedSha256),
    algorithm(0x0201, Padding::Ecdsa, Hash::Sha256, ContentDigest::ChunkedSha256),
    algorithm(0x0301, Padding::Dsa, Hash::Sha256, ContentDigest::ChunkedSha256),
    algorithm(0x0102, Padding::RsaPss, Hash::Sha512, ContentDigest::ChunkedSha512),
    algorithm(0x0104, Padding::RsaPkcs1, Hash::Sha512, ContentDigest::ChunkedSha512),
    algorithm(0x0202, Padding::Ecdsa, Hash::Sha512, ContentDigest::ChunkedSha512),
];

impl Algorithm {
    pub(super) fn by_id(id: u32) -> Option<Algorithm> {
        ALGORITHMS.iter().find(|algorithm| algorithm.id == id).copied()
    }

    fn rank(id: u32) -> Option<usize> {
        ALGORITHMS.iter().position(|algorithm| algorithm.id == id)
    }
}

/// Why a signer could not even be named.
pub(super) type Trouble = String;

/// The parts of one signer.
struct Parts<'a> {
    signed: &'a [u8],
    digests: Vec<(u32, &'a [u8])>,
    certificates: Vec<&'a [u8]>,
    attributes: Vec<(u32, &'a [u8])>,
    signatures: Vec<(u32, &'a [u8])>,
    key: &'a [u8],
    sdks: Option<(u32, u32)>,
    sdks_agree: bool,
}

/// All signers of one value of the signing block. `present` are the schemes whose values the block has.
pub(super) fn verify(
    scheme: Scheme,
    value: &[u8],
    content: &mut Content<'_>,
    present: &[Scheme],
    platform: Platform,
) -> Vec<Result<Signer, Trouble>> {
    let signers = prefixed(&mut Reader::new(value)).and_then(|signers| sequence(signers, AT_MOST));
    let Some(signers) = signers else { return vec![Err("the list of signers is cut".into())] };
    if signers.is_empty() {
        return vec![Err("the list of signers is empty".into())];
    }
    signers.into_iter().map(|signer| one(scheme, signer, content, present, platform)).collect()
}

fn one(
    scheme: Scheme,
    bytes: &[u8],
    content: &mut Content<'_>,
    present: &[Scheme],
    platform: Platform,
) -> Result<Signer, Trouble> {
    let parts = Parts::parse(scheme, bytes).ok_or("a signer is cut")?;
    let first = parts.certificates.first().ok_or("a signer has no certificate")?;
    let certificate =
        Certificate::parse(first).map_err(|error| format!("a signer's certificate: {error}"))?;
    let mut signer = Signer::new(scheme, &certificate, Verdict::Invalid, String::new());
    signer.sdks = parts.sdks;
    (signer.verdict, signer.reason) = parts.judge(scheme, &certificate, content, present, platform);
    let rotation = parts.attributes.iter().find(|(id, _)| *id == PROOF_OF_ROTATION);
    if let Some((_, proof)) = rotation {
        match lineage::verify(proof) {
            Ok(keys) if keys.last() == Some(&certificate.sha256) => {
                signer.reason.push_str(&format!("; {} keys, each vouched for by the one before", keys.len()));
                signer.lineage = keys;
            }
            // "Terminal certificate in Proof-of-rotation record does not match APK signing certificate"
            Ok(keys) => {
                signer.verdict = Verdict::Invalid;
                signer.reason = "the proof of rotation ends with another certificate".into();
                signer.lineage = keys;
            }
            Err((verdict, why)) => {
                if signer.verdict == Verdict::Valid {
                    signer.verdict = verdict;
                    signer.reason = String::new();
                }
                if !signer.reason.is_empty() {
                    signer.reason.push_str("; ");
                }
                signer.reason.push_str(&format!("the proof of rotation: {why}"));
            }
        }
    }
    Ok(signer)
}

impl<'a> Parts<'a> {
    fn parse(scheme: Scheme, bytes: &'a [u8]) -> Option<Parts<'a>> {
        let with_sdks = scheme != Scheme::V2;
        let mut reader = Reader::new(bytes);
        let signed = prefixed(&mut reader)?;
        let sdks = if with_sdks { Some((reader.u32().ok()?, reader.u32().ok()?)) } else { None };
        let signatures = prefixed(&mut reader)?;
        let key = prefixed(&mut reader)?;
        let mut inner = Reader::new(signed);
        let digests = prefixed(&mut inner)?;
        let certificates = prefixed(&mut inner)?;
        let signed_sdks = if with_sdks { Some((inner.u32().ok()?, inner.u32().ok()?)) } else { None };
        // Early signers wrote no attributes at all.
        let attributes = if inner.remaining() >= 4 { prefixed(&mut inner)? } else { &[] };
        let with_length = |record: &'a [u8]| {
            let mut reader = Reader::new(record);
            Some((reader.u32().ok()?, prefixed(&mut reader)?))
        };
        Some(Parts {
            signed,
            digests: sequence(digests, AT_MOST)?.into_iter().map(with_length).collect::<Option<_>>()?,
            certificates: sequence(certificates, AT_MOST)?,
            attributes: sequence(attributes, AT_MOST)?
                .into_iter()
                .map(|record| {
                    let mut reader = Reader::new(record);
                    Some((reader.u32().ok()?, reader.bytes(reader.remaining()).ok()?))
                })
                .collect::<Option<_>>()?,
            signatures: sequence(signatures, AT_MOST)?.into_iter().map(with_length).collect::<Option<_>>()?,
            key,
            sdks,
            sdks_agree: sdks == signed_sdks,
        })
    }

    fn judge(
        &self,
        scheme: Scheme,
        certificate: &Certificate,
        content: &mut Content<'_>,
        present: &[Scheme],
        platform: Platform,
    ) -> (Verdict, String) {
        let invalid = |why: String| (Verdict::Invalid, why);
        let best = self.signatures.iter().filter_map(|(id, _)| Algorithm::rank(*id)).max();
        let Some(best) = best.and_then(|rank| ALGORITHMS.get(rank)) else {
            let ids: Vec<String> = self.signatures.iter().map(|(id, _)| format!("{id:#06x}")).collect();
            return (Verdict::Unverified, format!("no known signature algorithm ({})", ids.join(", ")));
        };
        let key = match PublicKey::parse(self.key) {
            Ok(key) => key,
            Err(error) => return invalid(format!("the public key: {error}")),
        };
        let signature =
            self.signatures.iter().find(|(id, _)| *id == best.id).map_or(&[][..], |(_, bytes)| *bytes);
        match key.verify(best.padding, best.hash, &[self.signed], signature) {
            Ok(()) => {}
            Err(Refusal::Mismatch) => return invalid("the signature is not one over the signed data".into()),
            Err(Refusal::Unsupported(what)) => return (Verdict::Unverified, what),
        }
        if !self.sdks_agree {
            return invalid("the signed platform versions differ from those outside".into());
        }
        let signed_ids: Vec<u32> = self.digests.iter().map(|(id, _)| *id).collect();
        let used_ids: Vec<u32> = self.signatures.iter().map(|(id, _)| *id).collect();
        if signed_ids != used_ids {
            return invalid("digests and signatures are not of the same algorithms".into());
        }
        if certificate.key_info != self.key {
            return invalid("the signing key is not the certificate's".into());
        }
        for (id, stated) in &self.digests {
            let Some(algorithm) = Algorithm::by_id(*id) else { continue };
            match content.digest(algorithm.content) {
                Some(computed) if computed == *stated => {}
                Some(_) => {
                    return invalid(format!(
                        "the archive's content was changed ({:?} differs)",
                        algorithm.content
                    ));
                }
                None => {
                    return invalid(format!(
                        "the archive has no content to digest ({:?})",
                        algorithm.content
                    ));
                }
            }
        }
        let mut reason = format!("{} with {}; the content matches", key.describe(), best.hash.as_str());
        for (id, value) in &self.attributes {
            // The number of a newer scheme that must be there too; platforms that know it refuse its absence.
            let newer = (*id == STRIPPING_PROTECTION && scheme == Scheme::V2)
                .then(|| Reader::new(value).u32().ok())
                .flatten();
            if newer == Some(3) && !present.contains(&Scheme::V3) {
                let why = "it says that the archive was also signed with scheme v3, whose block is gone (stripped?)";
                if platform.is_at_least(28) {
                    return invalid(format!("{why}; the platform (API level 28 or later) refuses that"));
                }
                reason.push_str(&format!("; {why}; platforms before API level 28 do not look"));
            }
        }
        (Verdict::Valid, reason)
    }
}
