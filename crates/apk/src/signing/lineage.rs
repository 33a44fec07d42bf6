//! The proof of rotation of scheme v3: a list of certificates, each signed with the key of the one before
//! (`V3SigningCertificateLineage.java`; "Key rotation" in the documentation of scheme v3).

use overt_base::{Digest, Reader};

use super::Verdict;
use super::block_signer::Algorithm;
use super::certificate::Certificate;
use super::public_key::Refusal;
use super::signing_block::{prefixed, sequence};

const VERSION: u32 = 1;
const AT_MOST: usize = 256;

/// The certificates, oldest first.
pub(super) fn verify(proof: &[u8]) -> Result<Vec<Digest>, (Verdict, String)> {
    let invalid = |why: String| (Verdict::Invalid, why);
    let cut = || invalid("it is cut".into());
    let mut reader = Reader::new(proof);
    let version = reader.u32().map_err(|_| cut())?;
    if version != VERSION {
        return Err((Verdict::Unverified, format!("version {version} is not known")));
    }
    let nodes = sequence(reader.bytes(reader.remaining()).map_err(|_| cut())?, AT_MOST).ok_or_else(cut)?;
    let mut digests: Vec<Digest> = Vec::new();
    let mut previous: Option<(Certificate, u32)> = None;
    for node in nodes {
        let node = Node::parse(node).ok_or_else(cut)?;
        if let Some((certificate, algorithm_id)) = &previous {
            let algorithm = Algorithm::by_id(*algorithm_id)
                .ok_or_else(|| (Verdict::Unverified, format!("signature algorithm {algorithm_id:#06x}")))?;
            match certificate.key.verify(algorithm.padding, algorithm.hash, &[node.signed], node.signature) {
                Ok(()) => {}
                Err(Refusal::Mismatch) => {
                    return Err(invalid(format!(
                        "certificate {} is not signed by the one before",
                        digests.len()
                    )));
                }
                Err(Refusal::Unsupported(what)) => return Err((Verdict::Unverified, what)),
            }
            if node.parent_algorithm != *algorithm_id {
                return Err(invalid("two entries name different algorithms for the same signature".into()));
            }
        }
        let certificate = Certificate::parse(node.certificate).map_err(|error| invalid(error.0))?;
        if digests.contains(&certificate.sha256) {
            return Err(invalid("a certificate is in it twice".into()));
        }
        digests.push(certificate.sha256);
        previous = Some((certificate, node.algorithm));
    }
    if digests.is_empty() {
        return Err(invalid("it has no certificate".into()));
    }
    Ok(digests)
}

struct Node<'a> {
    signed: &'a [u8],
    certificate: &'a [u8],
    /// Algorithm with which the certificate before this one signed it.
    parent_algorithm: u32,
    /// Algorithm with which this certificate signs the next.
    algorithm: u32,
    signature: &'a [u8],
}

impl<'a> Node<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Node<'a>> {
        let mut reader = Reader::new(bytes);
        let signed = prefixed(&mut reader)?;
        let _capabilities = reader.u32().ok()?;
        let algorithm = reader.u32().ok()?;
        let signature = prefixed(&mut reader)?;
        let mut inner = Reader::new(signed);
        let certificate = prefixed(&mut inner)?;
        let parent_algorithm = inner.u32().ok()?;
        Some(Node { signed, certificate, parent_algorithm, algorithm, signature })
    }
}
