//! Public keys, and whether a signature was made with the private half.
//!
//! RSA and DSA are the textbook formulas over `crypto-bigint`: verification has no secrets, needs one or two modular
//! powers, and the `rsa` and `dsa` crates bring key generation and padding for encryption along (and `rsa` an open
//! advisory about its private-key half). The curves are RustCrypto's.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero};
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;

use super::der::{Elements, Malformed, dotted, tag};
use super::hash::Hash;

/// Bits of the largest modulus that is computed with: a larger one costs seconds.
const MODULUS_BITS: u32 = 16 * 1024;
/// Bits of the largest DSA parameters: the standard ends at 3072 and 256.
const DSA_BITS: (u32, u32) = (8 * 1024, 512);
/// Bits of the largest public exponent: BoringSSL, which Android uses, takes 33.
const EXPONENT_BITS: u32 = 64;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA.
    Rsa {
        /// Modulus, big-endian.
        modulus: Vec<u8>,
        /// Public exponent, big-endian.
        exponent: Vec<u8>,
    },
    /// DSA.
    Dsa {
        /// Prime modulus.
        p: Vec<u8>,
        /// Order of the subgroup.
        q: Vec<u8>,
        /// Generator.
        g: Vec<u8>,
        /// Public value.
        y: Vec<u8>,
    },
    /// A point on a curve.
    EllipticCurve {
        /// Which curve.
        curve: Curve,
        /// The point (SEC 1, 2.3.3).
        point: Vec<u8>,
    },
    /// Something else; its object identifier in dotted form.
    Unknown(String),
}

/// A named curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
}

/// How a signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1,
    /// RSASSA-PSS, MGF1 with the same digest, salt as long as the digest.
    RsaPss,
    /// DSA.
    Dsa,
    /// ECDSA.
    Ecdsa,
}

/// Why a signature was not found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was not made over these bytes with this key.
    Mismatch,
    /// It cannot be checked here, for the reason given.
    Unsupported(String),
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7; key formats of RFC 3279, 2.3).
    ///
    /// # Errors
    /// [`Malformed`] when the structure is not that of a key.
    pub fn parse(spki: &[u8]) -> Result<PublicKey, Malformed> {
        let mut outer = Elements::new(spki).expect(tag::SEQUENCE, "public key")?.inside();
        let mut algorithm = outer.expect(tag::SEQUENCE, "key algorithm")?.inside();
        let identifier = algorithm.expect(tag::OBJECT_IDENTIFIER, "key algorithm")?.content;
        let key = outer.expect(tag::BIT_STRING, "key")?;
        let bits = key.bits().ok_or_else(|| Malformed("the key is no whole number of bytes".into()))?;
        let number = |elements: &mut Elements<'_>, what: &str| {
            elements
                .expect(tag::INTEGER, what)?
                .unsigned()
                .map(<[u8]>::to_vec)
                .ok_or_else(|| Malformed(format!("{what} is negative")))
        };
        match identifier {
            RSA | RSA_PSS => {
                let mut key = Elements::new(bits).expect(tag::SEQUENCE, "RSA key")?.inside();
                Ok(PublicKey::Rsa {
                    modulus: number(&mut key, "modulus")?,
                    exponent: number(&mut key, "exponent")?,
                })
            }
            DSA => {
                let mut parameters = algorithm.expect(tag::SEQUENCE, "DSA parameters")?.inside();
                Ok(PublicKey::Dsa {
                    p: number(&mut parameters, "p")?,
                    q: number(&mut parameters, "q")?,
                    g: number(&mut parameters, "g")?,
                    y: number(&mut Elements::new(bits), "y")?,
                })
            }
            EC => {
                let curve = match algorithm.next_element()? {
                    Some(name) if name.tag == tag::OBJECT_IDENTIFIER => match name.content {
                        P256 => Curve::P256,
                        P384 => Curve::P384,
                        P521 => Curve::P521,
                        other => return Ok(PublicKey::Unknown(format!("curve {}", dotted(other)))),
                    },
                    _ => return Ok(PublicKey::Unknown("curve with explicit parameters".into())),
                };
                Ok(PublicKey::EllipticCurve { curve, point: bits.to_vec() })
            }
            other => Ok(PublicKey::Unknown(dotted(other))),
        }
    }

    /// Kind and size: `RSA 2048`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            PublicKey::Rsa { modulus, .. } => format!("RSA {}", bit_length(modulus)),
            PublicKey::Dsa { p, .. } => format!("DSA {}", bit_length(p)),
            PublicKey::EllipticCurve { curve, .. } => match curve {
                Curve::P256 => "EC P-256".into(),
                Curve::P384 => "EC P-384".into(),
                Curve::P521 => "EC P-521".into(),
            },
            PublicKey::Unknown(what) => what.clone(),
        }
    }

    /// Checks `signature` over the digest of `parts` put together.
    ///
    /// # Errors
    /// [`Refusal`] when it is not good or cannot be checked.
    pub fn verify(
        &self,
        padding: Padding,
        hash: Hash,
        parts: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), Refusal> {
        match (self, padding) {
            (PublicKey::Rsa { modulus, exponent }, Padding::RsaPkcs1) => {
                let encoded = rsa_public(modulus, exponent, signature)?;
                let digest = hash.digest(parts);
                let matches = [true, false].into_iter().any(|parameters| {
                    pkcs1_encoding(hash, &digest, encoded.len(), parameters) == Some(encoded.clone())
                });
                if matches { Ok(()) } else { Err(Refusal::Mismatch) }
            }
            (PublicKey::Rsa { modulus, exponent }, Padding::RsaPss) => {
                let encoded = rsa_public(modulus, exponent, signature)?;
                let bits = bit_length(modulus);
                if pss_matches(hash, &hash.digest(parts), &encoded, bits) {
                    Ok(())
                } else {
                    Err(Refusal::Mismatch)
                }
            }
            (PublicKey::Dsa { p, q, g, y }, Padding::Dsa) => dsa(p, q, g, y, &hash.digest(parts), signature),
            (PublicKey::EllipticCurve { curve, point }, Padding::Ecdsa) => {
                ecdsa(*curve, point, &hash.digest(parts), signature)
            }
            (PublicKey::Unknown(what), _) => {
                Err(Refusal::Unsupported(format!("key of an unknown kind ({what})")))
            }
            (key, _) => Err(Refusal::Unsupported(format!(
                "a signature of kind {padding:?} with a key of {}",
                key.describe()
            ))),
        }
    }
}

fn bit_length(number: &[u8]) -> u32 {
    BoxedUint::from_be_slice_vartime(number).bits_vartime()
}

/// `base ^ exponent mod modulus`; `None` when the modulus is even or the base not below it.
fn power(base: &[u8], exponent: &BoxedUint, modulus: &BoxedUint) -> Option<BoxedUint> {
    let precision = modulus.bits_precision();
    let base = BoxedUint::from_be_slice(strip_zeros(base), precision).ok()?;
    if base.cmp_vartime(modulus).is_ge() {
        return None;
    }
    let parameters = BoxedMontyParams::new_vartime(modulus.as_odd_vartime()?.clone());
    let form = BoxedMontyForm::new(base, &parameters);
    Some(form.pow_bounded_exp(exponent, exponent.bits_vartime()).retrieve())
}

fn strip_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or(&[])
}

/// RSAVP1 and I2OSP (RFC 8017, 5.2.2 and 4.1): the encoded message, as long as the modulus.
fn rsa_public(modulus: &[u8], exponent: &[u8], signature: &[u8]) -> Result<Vec<u8>, Refusal> {
    let number = BoxedUint::from_be_slice_vartime(modulus);
    let bits = number.bits_vartime();
    if !(256..=MODULUS_BITS).contains(&bits) {
        return Err(Refusal::Unsupported(format!("an RSA modulus of {bits} bits")));
    }
    let exponent = BoxedUint::from_be_slice_vartime(exponent);
    if exponent.bits_vartime() > EXPONENT_BITS {
        return Err(Refusal::Unsupported(format!("an RSA exponent of {} bits", exponent.bits_vartime())));
    }
    let size = (bits as usize).div_ceil(8);
    if strip_zeros(signature).len() > size {
        return Err(Refusal::Mismatch);
    }
    let message = power(signature, &exponent, &number).ok_or(Refusal::Mismatch)?;
    let bytes = message.to_be_bytes();
    let bytes = strip_zeros(&bytes);
    let mut encoded = vec![0; size.saturating_sub(bytes.len())];
    encoded.extend_from_slice(bytes);
    Ok(encoded)
}

/// EMSA-PKCS1-v1_5 (RFC 8017, 9.2), with the NULL parameters that the standard demands or without.
fn pkcs1_encoding(hash: Hash, digest: &[u8], size: usize, parameters: bool) -> Option<Vec<u8>> {
    let identifier = hash.object_identifier();
    let null: &[u8] = if parameters { &[0x05, 0x00] } else { &[] };
    // DigestInfo: all lengths fit one byte.
    let algorithm = identifier.len().checked_add(2)?.checked_add(null.len())?;
    let total = algorithm.checked_add(2)?.checked_add(2)?.checked_add(digest.len())?;
    let mut info = vec![0x30, u8::try_from(total).ok()?, 0x30, u8::try_from(algorithm).ok()?, 0x06];
    info.push(u8::try_from(identifier.len()).ok()?);
    info.extend_from_slice(identifier);
    info.extend_from_slice(null);
    info.extend_from_slice(&[0x04, u8::try_from(digest.len()).ok()?]);
    info.extend_from_slice(digest);
    let filling = size.checked_sub(info.len())?.checked_sub(3)?;
    if filling < 8 {
        return None;
    }
    let mut encoded = vec![0x00, 0x01];
    encoded.resize(filling.checked_add(2)?, 0xff);
    encoded.push(0x00);
    encoded.extend_from_slice(&info);
    Some(encoded)
}

/// EMSA-PSS-VERIFY (RFC 8017, 9.1.2).
fn pss_matches(hash: Hash, digest: &[u8], encoded: &[u8], modulus_bits: u32) -> bool {
    let inner = || -> Option<bool> {
        let size = hash.size();
        let bits = (modulus_bits as usize).checked_sub(1)?;
        let length = bits.div_ceil(8);
        // With a modulus of 8n+1 bits the encoded message is one byte shorter than the modulus.
        let surplus = encoded.len().checked_sub(length)?;
        let (zeros, encoded) = encoded.split_at_checked(surplus)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Some(false);
        }
        let block = length.checked_sub(size)?.checked_sub(1)?;
        let (masked, tail) = encoded.split_at_checked(block)?;
        let (stored, trailer) = tail.split_at_checked(size)?;
        if trailer != [0xbc] {
            return Some(false);
        }
        let unused = (length.checked_mul(8)?.checked_sub(bits)?) as u32;
        let top = 0xffu8.checked_shr(unused).unwrap_or(0);
        if masked.first()? & !top != 0 {
            return Some(false);
        }
        let mut data = Vec::with_capacity(block);
        let mut counter = 0u32;
        while data.len() < block {
            data.extend(hash.digest(&[stored, &counter.to_be_bytes()]));
            counter = counter.checked_add(1)?;
        }
        for (byte, mask) in data.iter_mut().zip(masked) {
            *byte ^= mask;
        }
        data.truncate(block);
        if let Some(first) = data.first_mut() {
            *first &= top;
        }
        let padding = block.checked_sub(size)?.checked_sub(1)?;
        let (zeros, rest) = data.split_at_checked(padding)?;
        let (one, salt) = rest.split_first()?;
        if zeros.iter().any(|byte| *byte != 0) || *one != 1 {
            return Some(false);
        }
        Some(hash.digest(&[&[0u8; 8], digest, salt]) == stored)
    };
    inner().unwrap_or(false)
}

/// FIPS 186-4, 4.7.
fn dsa(p: &[u8], q: &[u8], g: &[u8], y: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), Refusal> {
    let unsupported = |what: &str| Refusal::Unsupported(format!("DSA parameters: {what}"));
    let (p, q) = (BoxedUint::from_be_slice_vartime(p), BoxedUint::from_be_slice_vartime(q));
    let (p_bits, q_bits) = (p.bits_vartime(), q.bits_vartime());
    if p_bits > DSA_BITS.0 || !(64..=DSA_BITS.1).contains(&q_bits) || q_bits >= p_bits {
        return Err(unsupported(&format!("p has {p_bits} bits, q {q_bits}")));
    }
    let (Some(order), Some(_)) = (q.as_odd_vartime(), p.as_odd_vartime()) else {
        return Err(unsupported("p or q is even"));
    };
    let (r, s) = two_numbers(signature).ok_or(Refusal::Mismatch)?;
    let precision = q.bits_precision();
    let below_q = |bytes: &[u8]| {
        let number = BoxedUint::from_be_slice(bytes, precision).ok()?;
        (bool::from(number.is_nonzero()) && number.cmp_vartime(&q).is_lt()).then_some(number)
    };
    let (Some(r), Some(s)) = (below_q(r), below_q(s)) else { return Err(Refusal::Mismatch) };
    // The leftmost bits of the digest, as many as q has; q is a whole number of bytes in every standard size.
    let kept = digest.get(..digest.len().min(q_bits.div_ceil(8) as usize)).unwrap_or(digest);
    let mut z =
        BoxedUint::from_be_slice(strip_zeros(kept), precision.max(512)).map_err(|_| Refusal::Mismatch)?;
    let surplus = (kept.len() as u32).saturating_mul(8).saturating_sub(q_bits);
    if surplus > 0 {
        z = z.overflowing_shr(surplus).map_or(BoxedUint::zero(), |shifted| shifted);
    }
    let modulus = NonZero::new(q.clone()).into_option().ok_or_else(|| unsupported("q is zero"))?;
    let z = z.rem_vartime(&modulus);
    let inverse = s.invert_odd_mod_vartime(order).into_option().ok_or(Refusal::Mismatch)?;
    let u1 = z.mul_mod(&inverse, &modulus);
    let u2 = r.mul_mod(&inverse, &modulus);
    let first = power(g, &u1, &p).ok_or_else(|| unsupported("g is not below p"))?;
    let second = power(y, &u2, &p).ok_or_else(|| unsupported("y is not below p"))?;
    let field = NonZero::new(p).into_option().ok_or_else(|| unsupported("p is zero"))?;
    let product = first.mul_mod(&second, &field);
    let v = product.rem_vartime(&modulus);
    if v.cmp_vartime(&r).is_eq() { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279, 2.2.2).
fn two_numbers(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut list = Elements::new(signature).expect(tag::SEQUENCE, "signature").ok()?.inside();
    let r = list.expect(tag::INTEGER, "r").ok()?.unsigned()?;
    let s = list.expect(tag::INTEGER, "s").ok()?.unsigned()?;
    Some((r, s))
}

fn ecdsa(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), Refusal> {
    let (r, s) = two_numbers(signature).ok_or(Refusal::Mismatch)?;
    let size = match curve {
        Curve::P256 => 32,
        Curve::P384 => 48,
        Curve::P521 => 66,
    };
    let mut fixed = Vec::new();
    for number in [r, s] {
        let zeros = usize::checked_sub(size, number.len()).ok_or(Refusal::Mismatch)?;
        fixed.resize(fixed.len().saturating_add(zeros), 0);
        fixed.extend_from_slice(number);
    }
    // A digest shorter than the field is a small number; the crate refuses very short ones unless they are filled up.
    let mut padded = vec![0; usize::saturating_sub(size, digest.len())];
    padded.extend_from_slice(digest);
    let bad_point = |_| Refusal::Unsupported("the key is no point of its curve".into());
    let mismatch = |_| Refusal::Mismatch;
    match curve {
        Curve::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map_err(bad_point)?
            .verify_prehash(&padded, &p256::ecdsa::Signature::from_slice(&fixed).map_err(mismatch)?)
            .map_err(mismatch),
        Curve::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map_err(bad_point)?
            .verify_prehash(&padded, &p384::ecdsa::Signature::from_slice(&fixed).map_err(mismatch)?)
            .map_err(mismatch),
        Curve::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map_err(bad_point)?
            .verify_prehash(&padded, &p521::ecdsa::Signature::from_slice(&fixed).map_err(mismatch)?)
            .map_err(mismatch),
    }
}
