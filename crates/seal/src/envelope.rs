//! Envelopes: what DSSE version 1 calls so (payload, its type, signatures over both).

use std::fmt;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use crate::key::{PrivateKey, PublicKey};

/// Signatures of one envelope.
const MOST_SIGNATURES: usize = 64;

/// A signed payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// What the payload is, as a media type.
    pub payload_type: String,
    /// Base64 of the payload.
    pub payload: String,
    /// Signatures over type and payload.
    pub signatures: Vec<Signature>,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The key's id: a hint, the signature itself decides.
    pub keyid: String,
    /// Base64 of the signature.
    pub sig: String,
}

/// What an envelope held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The payload.
    pub payload: Vec<u8>,
    /// The trusted keys whose signatures hold, in the order of the keys.
    pub signers: Vec<PublicKey>,
}

/// Why an envelope was not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Not an envelope.
    NotAnEnvelope(String),
    /// An envelope of something else.
    OtherType {
        /// What it says it holds.
        found: String,
        /// What was wanted.
        wanted: String,
    },
    /// Nobody who is trusted signed it.
    NoTrustedSigner {
        /// Ids of the keys it names.
        named: Vec<String>,
    },
    /// A key that is trusted is named, and its signature does not hold: the payload is not what was signed.
    Broken {
        /// The key's id.
        key: String,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::NotAnEnvelope(why) => write!(f, "it is no signed envelope: {why}"),
            Refused::OtherType { found, wanted } => write!(f, "it holds {found:?}, not {wanted:?}"),
            Refused::NoTrustedSigner { named } if named.is_empty() => f.write_str("nobody signed it"),
            Refused::NoTrustedSigner { named } => {
                write!(f, "no key that is trusted signed it; it names {}", named.join(", "))
            }
            Refused::Broken { key } => {
                write!(f, "the signature of the key {key} does not hold: what it signed was something else")
            }
        }
    }
}

impl std::error::Error for Refused {}

/// DSSE's pre-authentication encoding: what is signed instead of the payload, so that no type can be taken for another.
fn authenticated(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

impl Envelope {
    /// Signs a payload with each of the keys.
    #[must_use]
    pub fn seal(payload_type: &str, payload: &[u8], keys: &[PrivateKey]) -> Envelope {
        let message = authenticated(payload_type, payload);
        let signatures = keys
            .iter()
            .map(|key| Signature { keyid: key.public().id(), sig: BASE64.encode(&key.sign(&message)) });
        Envelope {
            payload_type: payload_type.to_owned(),
            payload: BASE64.encode(payload),
            signatures: signatures.collect(),
        }
    }

    /// Reads an envelope; nothing of it is believed yet.
    ///
    /// # Errors
    /// It is not one.
    pub fn read(text: &str) -> Result<Envelope, Refused> {
        let envelope: Envelope =
            serde_json::from_str(text).map_err(|error| Refused::NotAnEnvelope(error.to_string()))?;
        if envelope.signatures.len() > MOST_SIGNATURES {
            return Err(Refused::NotAnEnvelope(format!("it has more than {MOST_SIGNATURES} signatures")));
        }
        Ok(envelope)
    }

    /// The text of its file.
    #[must_use]
    pub fn to_file(&self) -> String {
        // A struct of texts has nothing that JSON could refuse.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The payload, when it is of that type and a trusted key signed it.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn open(&self, payload_type: &str, trusted: &[PublicKey]) -> Result<Opened, Refused> {
        if self.payload_type != payload_type {
            return Err(Refused::OtherType {
                found: self.payload_type.clone(),
                wanted: payload_type.to_owned(),
            });
        }
        let payload = BASE64
            .decode(self.payload.as_bytes())
            .map_err(|error| Refused::NotAnEnvelope(format!("its payload is no Base64: {error}")))?;
        let message = authenticated(payload_type, &payload);
        let mut signers = Vec::new();
        for key in trusted {
            let id = key.id();
            let named: Vec<&Signature> = self.signatures.iter().filter(|one| one.keyid == id).collect();
            let holds = |one: &&Signature| {
                let bytes =
                    BASE64.decode(one.sig.as_bytes()).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
                bytes.is_some_and(|bytes| key.holds(&message, &bytes))
            };
            if named.iter().any(holds) {
                signers.push(key.clone());
            } else if !named.is_empty() {
                return Err(Refused::Broken { key: id });
            }
        }
        if signers.is_empty() {
            let named = self.signatures.iter().map(|one| one.keyid.clone()).collect();
            return Err(Refused::NoTrustedSigner { named });
        }
        Ok(Opened { payload, signers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "application/vnd.overt.test+json";

    fn key(fill: u8) -> PrivateKey {
        PrivateKey::of_seed([fill; 32], "k")
    }

    #[test]
    fn the_encoding_is_that_of_the_specification() {
        // The example of the DSSE protocol document.
        assert_eq!(
            authenticated("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn what_was_signed_comes_out() {
        let (a, b) = (key(1), key(2));
        let sealed = Envelope::seal(TYPE, b"payload", &[key(1), key(2)]);
        let read = Envelope::read(&sealed.to_file()).expect("its own file");
        let opened = read.open(TYPE, &[a.public(), b.public(), key(3).public()]).expect("signed");
        assert_eq!((opened.payload.as_slice(), opened.signers.len()), (&b"payload"[..], 2));
        assert_eq!(read.open(TYPE, &[b.public()]).expect("one is enough").signers, [b.public()]);
    }

    #[test]
    fn each_way_to_cheat_is_refused_with_its_reason() {
        let trusted = [key(1).public()];
        let sealed = Envelope::seal(TYPE, b"payload", &[key(1)]);
        let mut altered = sealed.clone();
        altered.payload = BASE64.encode(b"Payload");
        assert!(matches!(altered.open(TYPE, &trusted), Err(Refused::Broken { .. })));
        let mut other = sealed.clone();
        other.payload_type = "application/other".into();
        assert!(matches!(other.open(TYPE, &trusted), Err(Refused::OtherType { .. })));
        // The type is signed, too.
        assert!(matches!(other.open("application/other", &trusted), Err(Refused::Broken { .. })));
        let mut swapped = sealed.clone();
        swapped.signatures[0].sig = Envelope::seal(TYPE, b"payload", &[key(2)]).signatures[0].sig.clone();
        assert!(matches!(swapped.open(TYPE, &trusted), Err(Refused::Broken { .. })));
        assert!(matches!(sealed.open(TYPE, &[key(2).public()]), Err(Refused::NoTrustedSigner { .. })));
        let mut nobody = sealed.clone();
        nobody.signatures.clear();
        assert!(matches!(nobody.open(TYPE, &trusted), Err(Refused::NoTrustedSigner { .. })));
        assert!(matches!(sealed.open(TYPE, &[]), Err(Refused::NoTrustedSigner { .. })));
        let mut torn = sealed;
        torn.payload.push('!');
        assert!(matches!(torn.open(TYPE, &trusted), Err(Refused::NotAnEnvelope(_))));
        assert!(Envelope::read("{}").is_err());
    }
}
