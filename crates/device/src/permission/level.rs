//! Protection levels.

use std::fmt;
use std::str::FromStr;

/// The base of a protection level (`PermissionInfo.PROTECTION_MASK_BASE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// Granted to whoever asks.
    Normal,
    /// Granted by the owner (before Android 6: at installation).
    Dangerous,
    /// Granted to packages signed like the declarer or the platform.
    Signature,
    /// Managed by the system; only flags grant it.
    Internal,
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
        impl Flags {
            $($(#[$doc])* pub const $name: Flags = Flags($bit);)*
        }
        /// All flags with their spelling, lowest bit first.
        const SPELLINGS: &[(Flags, &str)] = &[$((Flags::$name, $text),)*];
    };
}

/// The flags of a protection level: further ways in which a permission is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags(u32);

flags! {
    /// To privileged packages. Called `system` before Android 6.
    PRIVILEGED = 0x10, "privileged";
    /// By the development shell.
    DEVELOPMENT = 0x20, "development";
    /// By an app operation that the owner sets.
    APPOP = 0x40, "appop";
    /// To packages that target a release before Android 6.
    PRE23 = 0x80, "pre23";
    /// To the package installer.
    INSTALLER = 0x100, "installer";
    /// To the package verifier.
    VERIFIER = 0x200, "verifier";
    /// To any package of the system image.
    PREINSTALLED = 0x400, "preinstalled";
    /// To the set-up wizard.
    SETUP = 0x800, "setup";
    /// To instant apps as well.
    INSTANT = 0x1000, "instant";
    /// Only to packages that target Android 6 or later.
    RUNTIME = 0x2000, "runtime";
    /// To packages of the OEM partition that its list allows.
    OEM = 0x4000, "oem";
    /// To privileged packages of the vendor partition, too.
    VENDOR_PRIVILEGED = 0x8000, "vendorPrivileged";
    /// To the text classifier.
    TEXT_CLASSIFIER = 0x1_0000, "textClassifier";
    /// To the well-being app.
    WELLBEING = 0x2_0000, "wellbeing";
    /// To the documents app.
    DOCUMENTER = 0x4_0000, "documenter";
    /// To the device configurator.
    CONFIGURATOR = 0x8_0000, "configurator";
    /// To the approver of incident reports.
    INCIDENT_REPORT_APPROVER = 0x10_0000, "incidentReportApprover";
    /// To the app predictor.
    APP_PREDICTOR = 0x20_0000, "appPredictor";
    /// To modules of the system.
    MODULE = 0x40_0000, "module";
    /// To the companion device manager.
    COMPANION = 0x80_0000, "companion";
    /// To the retail demonstration app.
    RETAIL_DEMO = 0x100_0000, "retailDemo";
    /// To the recents app.
    RECENTS = 0x200_0000, "recents";
    /// To the holders of a role.
    ROLE = 0x400_0000, "role";
    /// To packages signed with a certificate that the declarer lists.
    KNOWN_SIGNER = 0x800_0000, "knownSigner";
}

impl Flags {
    /// Whether any of `other`'s flags is set.
    #[must_use]
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }
}

/// A protection level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level {
    /// The base.
    pub base: Base,
    /// The flags.
    pub flags: Flags,
}

impl Level {
    /// What a permission without `android:protectionLevel` has.
    pub const NORMAL: Level = Level { base: Base::Normal, flags: Flags(0) };

    /// Reads the number that a binary manifest holds, as `PermissionInfo.fixProtectionLevel` does. A base that no release knows counts
    /// as `internal` without flags: nothing grants it.
    #[must_use]
    pub fn from_bits(bits: u32) -> Level {
        let mut flags = bits & !0xf;
        let base = match bits & 0xf {
            0 => Base::Normal,
            1 => Base::Dangerous,
            2 => Base::Signature,
            3 => {
                flags |= Flags::PRIVILEGED.0;
                Base::Signature
            }
            4 => Base::Internal,
            _ => return Level { base: Base::Internal, flags: Flags(0) },
        };
        Level::fixed(base, flags)
    }

    /// Reads the text form: words joined by `|` in any order (`signatureOrSystem`, and `system` and `ephemeral` for what is now `privileged` and `instant`,
    /// included), or a number. `None` for a word that is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Level> {
        let text = text.trim();
        if let Some(hex) = text.strip_prefix("0x") {
            return u32::from_str_radix(hex, 16).ok().map(Level::from_bits);
        }
        if let Ok(bits) = text.parse() {
            return Some(Level::from_bits(bits));
        }
        let mut base = Base::Normal;
        let mut flags = 0;
        for word in text.split('|').map(str::trim) {
            match word {
                "normal" => {}
                "dangerous" => base = Base::Dangerous,
                "signature" => base = Base::Signature,
                "signatureOrSystem" => {
                    base = Base::Signature;
                    flags |= Flags::PRIVILEGED.0;
                }
                "internal" => base = Base::Internal,
                "system" => flags |= Flags::PRIVILEGED.0,
                "ephemeral" => flags |= Flags::INSTANT.0,
                // A bit that has no name yet.
                word if word.starts_with("0x") => {
                    flags |= u32::from_str_radix(word.get(2..)?, 16).ok()? & !0xf;
                }
                word => flags |= SPELLINGS.iter().find(|(_, spelling)| *spelling == word)?.0.0,
            }
        }
        Some(Level::fixed(base, flags))
    }

    fn fixed(base: Base, flags: u32) -> Level {
        // `vendorPrivileged` means nothing without `privileged`.
        let lonely = flags & Flags::PRIVILEGED.0 == 0;
        let flags = if lonely { flags & !Flags::VENDOR_PRIVILEGED.0 } else { flags };
        Level { base, flags: Flags(flags) }
    }

    /// Whether a flag is set.
    #[must_use]
    pub fn has(self, flag: Flags) -> bool {
        self.flags.has(flag)
    }

    /// Whether any app that asks can get it: without more than the owner's consent.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self.base, Base::Normal | Base::Dangerous)
    }
}

/// The text is no protection level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoLevel;

impl fmt::Display for NoLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a protection level")
    }
}

impl std::error::Error for NoLevel {}

impl FromStr for Level {
    type Err = NoLevel;

    fn from_str(text: &str) -> Result<Level, NoLevel> {
        Level::parse(text).ok_or(NoLevel)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.base {
            Base::Normal => "normal",
            Base::Dangerous => "dangerous",
            Base::Signature => "signature",
            Base::Internal => "internal",
        })?;
        for (flag, spelling) in SPELLINGS {
            if self.has(*flag) {
                write!(f, "|{spelling}")?;
            }
        }
        let named = SPELLINGS.iter().fold(0, |bits, (flag, _)| bits | flag.0);
        match self.flags.0 & !named {
            0 => Ok(()),
            unnamed => write!(f, "|{unnamed:#x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_mean_the_same() {
        for (bits, text, printed) in [
            (0u32, "normal", "normal"),
            (1, "dangerous", "dangerous"),
            (2, "signature", "signature"),
            (3, "signatureOrSystem", "signature|privileged"),
            (0x12, "signature|system", "signature|privileged"),
            (0x12, "system|signature", "signature|privileged"),
            (0x32, "signature|privileged|development", "signature|privileged|development"),
            (0x4c2, "signature|preinstalled|appop|pre23", "signature|appop|pre23|preinstalled"),
            (4, "internal", "internal"),
            (0x0400_0004, "internal|role", "internal|role"),
            (0x8012, "signature|privileged|vendorPrivileged", "signature|privileged|vendorPrivileged"),
            (0x8002, "signature|vendorPrivileged", "signature"),
            (0x1001, "dangerous|ephemeral", "dangerous|instant"),
        ] {
            let level = Level::from_bits(bits);
            assert_eq!(Some(level), Level::parse(text), "{text}");
            assert_eq!(level.to_string(), printed);
            assert_eq!(Level::parse(&format!("{bits:#x}")), Some(level));
            assert_eq!(Level::parse(&bits.to_string()), Some(level));
        }
    }

    #[test]
    fn unknown_words_and_bases() {
        assert_eq!(Level::parse("signature|moon"), None);
        assert_eq!(Level::parse(""), None);
        assert_eq!(Level::from_bits(9).base, Base::Internal);
        assert_eq!(Level::from_bits(u32::MAX).to_string(), "internal");
        assert_eq!(Level::from_bits(0x1000_0000).to_string(), "normal|0x10000000");
        assert_eq!("normal|0x10000000".parse(), Ok(Level::from_bits(0x1000_0000)));
        assert_eq!("moon".parse::<Level>(), Err(NoLevel));
    }

    #[test]
    fn only_normal_and_dangerous_are_open() {
        assert!(Level::NORMAL.is_open());
        assert!(Level::from_bits(1).is_open());
        assert!(!Level::from_bits(2).is_open());
        assert!(!Level::from_bits(4).is_open());
    }

    #[test]
    fn the_manifest_s_spelling_is_the_same() {
        for base in 0..=4u32 {
            for bit in 4..29 {
                let bits = base | 0x10 | 1 << bit;
                let spelt = overt_apk::manifest::protection_level(bits);
                assert_eq!(Level::from_bits(bits).to_string(), spelt);
                assert_eq!(spelt.parse(), Ok(Level::from_bits(bits)));
            }
        }
    }
}
