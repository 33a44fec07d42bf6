//! Keys and the files that hold them: JSON of one object, so that they can be read and compared by people.

use data_encoding::BASE64;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Schema of a private key's file.
pub const PRIVATE: &str = "overt.private-key/1";
/// Schema of a public key's file.
pub const PUBLIC: &str = "overt.public-key/1";
/// The only algorithm.
const ALGORITHM: &str = "ed25519";

/// A key that signs. Its file is a secret.
pub struct PrivateKey {
    key: SigningKey,
    name: String,
}

/// A key that checks what another signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    algorithm: String,
    /// Who signs with it, in words; not signed by anybody.
    name: String,
    /// Digest of the public key.
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private: Option<String>,
    public: String,
}

impl PrivateKey {
    /// The key of a seed: 32 bytes of the machine's best random numbers.
    #[must_use]
    pub fn of_seed(seed: [u8; 32], name: &str) -> PrivateKey {
        PrivateKey { key: SigningKey::from_bytes(&seed), name: name.to_owned() }
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey { key: self.key.verifying_key(), name: self.name.clone() }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// The text of its file.
    #[must_use]
    pub fn to_file(&self) -> String {
        let public = self.public();
        written(&File {
            schema: PRIVATE.into(),
            algorithm: ALGORITHM.into(),
            name: self.name.clone(),
            id: public.id(),
            private: Some(BASE64.encode(&self.key.to_bytes())),
            public: BASE64.encode(public.key.as_bytes()),
        })
    }

    /// Reads its file.
    ///
    /// # Errors
    /// It is not one.
    pub fn read(text: &str) -> Result<PrivateKey, String> {
        let file = read(text, PRIVATE)?;
        let seed = bytes(file.private.as_deref().unwrap_or_default())?;
        let key = PrivateKey::of_seed(seed, &file.name);
        if key.public().id() != file.id {
            return Err("its halves do not belong together".into());
        }
        Ok(key)
    }
}

impl PublicKey {
    /// SHA-256 of the key, in hexadecimal: how envelopes name it.
    #[must_use]
    pub fn id(&self) -> String {
        Sha256::digest(self.key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whose it is, as its file says.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn holds(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        // The strict check also refuses weak keys and signatures that have two forms.
        self.key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }

    /// The text of its file.
    #[must_use]
    pub fn to_file(&self) -> String {
        written(&File {
            schema: PUBLIC.into(),
            algorithm: ALGORITHM.into(),
            name: self.name.clone(),
            id: self.id(),
            private: None,
            public: BASE64.encode(self.key.as_bytes()),
        })
    }

    /// Reads its file.
    ///
    /// # Errors
    /// It is not one.
    pub fn read(text: &str) -> Result<PublicKey, String> {
        let file = read(text, PUBLIC)?;
        let key =
            VerifyingKey::from_bytes(&bytes(&file.public)?).map_err(|_| "it is no Ed25519 key".to_owned())?;
        let key = PublicKey { key, name: file.name };
        if key.id() != file.id {
            return Err("its id is another key's".into());
        }
        Ok(key)
    }
}

fn written(file: &File) -> String {
    // A struct of texts has nothing that JSON could refuse.
    let mut text = serde_json::to_string_pretty(file).unwrap_or_default();
    text.push('\n');
    text
}

fn read(text: &str, schema: &str) -> Result<File, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if file.schema != schema {
        return Err(format!("its schema is {:?}, and {schema:?} is wanted", file.schema));
    }
    if file.algorithm != ALGORITHM {
        return Err(format!("its algorithm is {:?}, and only {ALGORITHM:?} is known", file.algorithm));
    }
    Ok(file)
}

fn bytes(text: &str) -> Result<[u8; 32], String> {
    BASE64
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "its key is not 32 bytes of Base64".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_to_files_and_back() {
        let key = PrivateKey::of_seed([7; 32], "lab");
        let again = PrivateKey::read(&key.to_file()).expect("its own file");
        assert_eq!(again.public(), key.public());
        assert_eq!(PublicKey::read(&key.public().to_file()).expect("its own file"), key.public());
        assert_eq!(key.public().id().len(), 64);
        assert!(!key.public().to_file().contains("private\":"));
    }

    #[test]
    fn files_that_are_no_keys_are_refused() {
        let key = PrivateKey::of_seed([7; 32], "lab");
        let other = PrivateKey::of_seed([8; 32], "lab");
        for text in [
            "",
            "{}",
            &key.public().to_file(),
            &key.to_file().replace(ALGORITHM, "rsa"),
            &key.to_file().replace(&key.public().id(), &other.public().id()),
            &key.to_file().replace("\"private\": \"", "\"private\": \"AA"),
        ] {
            assert!(PrivateKey::read(text).is_err(), "{text}");
        }
        assert!(PublicKey::read(&key.to_file()).is_err(), "a secret is not handed out as a public key");
        assert!(
            PublicKey::read(&key.public().to_file().replace(&key.public().id(), &other.public().id()))
                .is_err()
        );
    }
}
