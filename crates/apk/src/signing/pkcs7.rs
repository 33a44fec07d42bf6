//! The signature block files of signed JARs: CMS `SignedData` without content (RFC 5652; PKCS #7).

use super::certificate::{Certificate, name};
use super::der::{Element, Elements, Malformed, dotted, tag};
use super::hash::Hash;
use super::public_key::{Padding, PublicKey, Refusal};

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// Signers and certificates of one block that are looked at.
const AT_MOST: usize = 64;

/// A parsed block.
#[derive(Debug)]
pub(super) struct SignedData<'a> {
    /// Certificates that could be read.
    pub(super) certificates: Vec<Certificate>,
    /// What was wrong with the others.
    pub(super) unreadable: Vec<String>,
    signers: Vec<SignerInfo<'a>>,
}

#[derive(Debug)]
struct SignerInfo<'a> {
    identifier: Element<'a>,
    digest: &'a [u8],
    attributes: Option<Element<'a>>,
    algorithm: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> SignedData<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<SignedData<'a>, Malformed> {
        let mut outer = Elements::new(bytes).expect(tag::SEQUENCE, "signature block")?.inside();
        let kind = outer.expect(tag::OBJECT_IDENTIFIER, "content type")?;
        if kind.content != SIGNED_DATA {
            return Err(Malformed(format!("the content is of type {}", dotted(kind.content))));
        }
        let mut data =
            outer.expect(tag::CONTEXT_0, "content")?.inside().expect(tag::SEQUENCE, "signed data")?.inside();
        data.expect(tag::INTEGER, "version")?;
        data.expect(tag::SET, "digest algorithms")?;
        data.expect(tag::SEQUENCE, "encapsulated content")?;
        let mut certificates = Vec::new();
        let mut unreadable = Vec::new();
        if let Some(set) = data.optional(tag::CONTEXT_0)? {
            let mut elements = set.inside();
            while let Some(element) = elements.next_element()? {
                if certificates.len() >= AT_MOST {
                    break;
                }
                match Certificate::parse(element.whole) {
                    Ok(certificate) => certificates.push(certificate),
                    Err(error) => unreadable.push(error.0),
                }
            }
        }
        let _revocations = data.optional(0xa1)?;
        let mut signers = Vec::new();
        let mut elements = data.expect(tag::SET, "signers")?.inside();
        while let Some(element) = elements.next_element()? {
            if signers.len() >= AT_MOST {
                break;
            }
            signers.push(SignerInfo::parse(&element)?);
        }
        Ok(SignedData { certificates, unreadable, signers })
    }

    /// Checks the block over `content`: the certificate of the first signer that is good. On platforms before
    /// Android 7 only the first signer is looked at; the others never differ in practice.
    pub(super) fn verify(
        &self,
        content: &[u8],
    ) -> Result<(&Certificate, String), (Option<&Certificate>, Refusal)> {
        let mut first = None;
        for signer in &self.signers {
            let certificate = self.certificates.iter().find(|certificate| signer.names(certificate));
            let outcome = match certificate {
                Some(certificate) => signer
                    .verify(&certificate.key, content)
                    .map(|how| (certificate, how))
                    .map_err(|why| (Some(certificate), why)),
                None => {
                    Err((None, Refusal::Unsupported("the signer's certificate is not in the block".into())))
                }
            };
            match outcome {
                Ok(good) => return Ok(good),
                Err(bad) => first = first.or(Some(bad)),
            }
        }
        Err(first.unwrap_or((None, Refusal::Unsupported("the block has no signer".into()))))
    }
}

impl<'a> SignerInfo<'a> {
    fn parse(element: &Element<'a>) -> Result<SignerInfo<'a>, Malformed> {
        let mut fields = element.inside();
        fields.expect(tag::INTEGER, "signer's version")?;
        let identifier =
            fields.next_element()?.ok_or_else(|| Malformed("the signer has no identifier".into()))?;
        let digest = algorithm(&mut fields, "digest algorithm")?;
        let attributes = fields.optional(tag::CONTEXT_0)?;
        let algorithm = algorithm(&mut fields, "signature algorithm")?;
        let signature = fields
            .next_element()?
            .and_then(|element| element.octets())
            .ok_or_else(|| Malformed("the signer has no signature".into()))?
            .into_owned();
        Ok(SignerInfo { identifier, digest, attributes, algorithm, signature })
    }

    /// By issuer and serial number, or by key identifier (RFC 5652, 5.3).
    fn names(&self, certificate: &Certificate) -> bool {
        if self.identifier.tag == tag::SEQUENCE {
            let mut fields = self.identifier.inside();
            let (Ok(Some(issuer)), Ok(Some(serial))) = (fields.next_element(), fields.next_element()) else {
                return false;
            };
            // Names are compared as text without case, as `X500Principal.equals` does: real signers write the issuer
            // in another string type than the certificate has it in.
            serial.content == certificate.serial_octets
                && name(&issuer).eq_ignore_ascii_case(&certificate.issuer)
        } else {
            certificate.key_identifier.as_deref() == Some(self.identifier.content)
        }
    }

    fn verify(&self, key: &PublicKey, content: &[u8]) -> Result<String, Refusal> {
        let digest = Hash::from_object_identifier(self.digest)
            .ok_or_else(|| Refusal::Unsupported(format!("digest algorithm {}", dotted(self.digest))))?;
        let (padding, hash) = signature_algorithm(self.algorithm, digest)
            .ok_or_else(|| Refusal::Unsupported(format!("signature algorithm {}", dotted(self.algorithm))))?;
        let describe = format!("{} with {}", key.describe(), hash.as_str());
        let Some(attributes) = &self.attributes else {
            key.verify(padding, hash, &[content], &self.signature)?;
            return Ok(describe);
        };
        // With signed attributes the signature is over them, encoded as a SET, and they hold the content's digest
        // (RFC 5652, 5.4).
        let stated = message_digest(attributes).ok_or(Refusal::Mismatch)?;
        if stated != digest.digest(&[content]) {
            return Err(Refusal::Mismatch);
        }
        let encoded = attributes.whole.get(1..).unwrap_or(&[]);
        key.verify(padding, hash, &[&[tag::SET], encoded], &self.signature)?;
        Ok(describe)
    }
}

fn algorithm<'a>(fields: &mut Elements<'a>, what: &str) -> Result<&'a [u8], Malformed> {
    let mut inner = fields.expect(tag::SEQUENCE, what)?.inside();
    Ok(inner.expect(tag::OBJECT_IDENTIFIER, what)?.content)
}

fn message_digest<'a>(attributes: &Element<'a>) -> Option<&'a [u8]> {
    let mut list = attributes.inside();
    while let Some(attribute) = list.next_element().ok()? {
        let mut fields = attribute.inside();
        let kind = fields.next_element().ok()??;
        let values = fields.next_element().ok()??;
        if kind.content == MESSAGE_DIGEST {
            return values.inside().expect(tag::OCTET_STRING, "digest").ok().map(|value| value.content);
        }
    }
    None
}

/// Signature algorithms by object identifier; those that name only a key are used with the signer's digest.
fn signature_algorithm(identifier: &[u8], digest: Hash) -> Option<(Padding, Hash)> {
    const PKCS1: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
    const X9_57: [u8; 6] = [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04];
    const X9_62: [u8; 5] = [0x2a, 0x86, 0x48, 0xce, 0x3d];
    const NIST: [u8; 7] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04];
    if let Some([last]) = identifier.strip_prefix(&PKCS1) {
        return match last {
            1 => Some((Padding::RsaPkcs1, digest)),
            4 => Some((Padding::RsaPkcs1, Hash::Md5)),
            5 => Some((Padding::RsaPkcs1, Hash::Sha1)),
            11 => Some((Padding::RsaPkcs1, Hash::Sha256)),
            12 => Some((Padding::RsaPkcs1, Hash::Sha384)),
            13 => Some((Padding::RsaPkcs1, Hash::Sha512)),
            14 => Some((Padding::RsaPkcs1, Hash::Sha224)),
            _ => None,
        };
    }
    if let Some([last]) = identifier.strip_prefix(&X9_57) {
        return match last {
            1 => Some((Padding::Dsa, digest)),
            3 => Some((Padding::Dsa, Hash::Sha1)),
            _ => None,
        };
    }
    if let Some([3, last]) = identifier.strip_prefix(&NIST) {
        return match last {
            1 => Some((Padding::Dsa, Hash::Sha224)),
            2 => Some((Padding::Dsa, Hash::Sha256)),
            _ => None,
        };
    }
    match identifier.strip_prefix(&X9_62)? {
        [2, 1] => Some((Padding::Ecdsa, digest)),
        [4, 1] => Some((Padding::Ecdsa, Hash::Sha1)),
        [4, 3, 1] => Some((Padding::Ecdsa, Hash::Sha224)),
        [4, 3, 2] => Some((Padding::Ecdsa, Hash::Sha256)),
        [4, 3, 3] => Some((Padding::Ecdsa, Hash::Sha384)),
        [4, 3, 4] => Some((Padding::Ecdsa, Hash::Sha512)),
        _ => None,
    }
}
