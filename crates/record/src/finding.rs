//! A finding: one behaviour of one package, its rung, and the evidence.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::evidence::Evidence;
use crate::words::{Confidence, DataKind, Effect, GateKind, Rung, Severity, Theme, TriggerKind, Via};

/// One behaviour of one package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable identity: see [`Finding::identity`].
    pub id: String,
    /// The catalogue's name of the behaviour, `theme/slug`.
    pub behaviour: String,
    /// What it is about.
    pub theme: Theme,
    /// How much is proven.
    pub rung: Rung,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the analysis is.
    pub confidence: Confidence,
    /// Package name; `null` where only code without a manifest was found.
    pub package: Option<String>,
    /// Where the package lies on the device (tells packages without a name apart).
    pub path: String,
    /// The rights it happens with.
    pub runs_as: RunsAs,
    /// One line.
    pub title: String,
    /// Plain sentences that never say more than the rung.
    pub says: String,
    /// Data concerned.
    pub data: Vec<DataKind>,
    /// Effects concerned.
    pub effects: Vec<Effect>,
    /// Channels on the way.
    pub via: Vec<Via>,
    /// Where it goes to, or who commands it.
    pub endpoints: Vec<Endpoint>,
    /// What wakes it.
    pub triggers: Vec<Trigger>,
    /// What must hold first.
    pub gates: Vec<Gate>,
    /// Runs only when a server turns it on.
    pub dormant: bool,
    /// Who can reach it.
    pub reach: Reach,
    /// What happens to the datum on the way.
    pub transforms: Vec<Transform>,
    /// What was assumed.
    pub assumptions: Vec<Assumption>,
    /// What would make this finding wrong.
    pub would_be_wrong_if: Option<String>,
    /// Never empty.
    pub evidence: Vec<Evidence>,
    /// Call sites found; `evidence` names at most the limit of them.
    pub sites: u32,
}

impl Finding {
    /// The identity of a behaviour of a package: the same in the next build, on every rung, after any rename of classes,
    /// methods or files. `package` is the package name or, for code without a manifest, the name of its folder.
    #[must_use]
    pub fn identity(behaviour: &str, package: &str, discriminator: &str) -> String {
        let mut hasher = Sha256::new();
        for part in ["overt.finding/1", behaviour, package, discriminator] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The user an app or process runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunsAs {
    /// The fixed uid, where the build fixes one (`android.uid.system` is 1000).
    pub uid: Option<u32>,
    /// `sharedUserId`.
    pub shared_user: Option<String>,
}

/// A place on the network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// Whole URL; holes are written `‹imei›`.
    pub url: Option<String>,
    /// `http`, `https`, `ftp`, `tcp` …
    pub scheme: Option<String>,
    /// Host name or address.
    pub host: Option<String>,
    /// Path with query.
    pub path: Option<String>,
    /// Request method.
    pub method: Option<String>,
    /// `tls`, `cleartext`, `tls-unchecked`.
    pub tls: Option<String>,
    /// How the value was learnt.
    pub how: Option<How>,
}

/// How a value was learnt.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct How {
    /// `literal`, `built`, `evaluated`, `resource`, `native`.
    pub kind: String,
    /// Class of the place.
    pub class: Option<String>,
    /// Method of the place; in native code the address of the function, in hexadecimal.
    pub method: Option<String>,
    /// Prototype of the method.
    pub descriptor: Option<String>,
    /// Offset in code units; in native code the address in the file of the bytes it was made of.
    pub offset: Option<u32>,
    /// What came out at the place: the address, or the longest part of it.
    pub value: Option<String>,
    /// The method that decodes it, `Lp/C;->m(I)Ljava/lang/String;`; in native code the address of a function.
    pub decoder: Option<String>,
    /// Cipher or encoding.
    pub algorithm: Option<String>,
    /// The cipher's mode.
    pub mode: Option<String>,
    /// Hard-coded key: text, or `hex:` and digits.
    pub key: Option<String>,
    /// The cipher's initialisation vector, likewise.
    pub iv: Option<String>,
    /// The native file, for `native`.
    pub file: Option<String>,
}

/// What wakes a behaviour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Trigger {
    /// The kind.
    pub kind: TriggerKind,
    /// Period of a timer.
    pub period_seconds: Option<u64>,
    /// Whether it happens without the user doing or seeing anything.
    pub silent: bool,
}

/// What must hold before a behaviour happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gate {
    /// The kind.
    pub kind: GateKind,
    /// Its value, where known.
    pub value: Option<String>,
    /// In words.
    pub says: String,
}

/// Who can reach a behaviour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reach {
    /// `exported`, `boot`, another trigger word, `internal`, or `nowhere` for code that no entry point reaches.
    pub from: String,
    /// The permission that guards it.
    pub guard: Option<String>,
}

/// What happens to a datum on the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Transform {
    /// `hash`, `cipher`, `compress`, `encode`, `json`, `multipart` …
    pub kind: String,
    /// Algorithm.
    pub algorithm: Option<String>,
    /// Key.
    pub key: Option<String>,
    /// Field it is put in.
    pub field: Option<String>,
}

/// Something the analysis had to assume.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Assumption {
    /// `havoc`, `default-model`, `native`, `reflection`, `unresolved-key`.
    pub kind: String,
    /// Where.
    pub at: String,
}
