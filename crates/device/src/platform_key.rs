//! The build's platform key: the certificates of whoever is the system.

use std::collections::BTreeMap;
use std::fmt;

use overt_base::Digest;

use crate::permission::PLATFORM;
use crate::rights::{PackageRights, same};

/// By which rule the key was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It signs the package `android`: what Android itself goes by.
    Framework,
    /// The package `android` is not in the input. Of the packages with a valid signature that ask to run as `android.uid.system`, `agree` of
    /// `of` are signed with it: Android starts none of them that is not.
    SystemUser {
        /// Packages signed with the key.
        agree: usize,
        /// Packages that ask.
        of: usize,
    },
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            How::Framework => f.write_str("signs the package `android`"),
            How::SystemUser { agree, of } => {
                write!(
                    f,
                    "signs {agree} of {of} packages that run as android.uid.system; the package `android` is not there"
                )
            }
        }
    }
}

/// The platform key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformKey {
    /// The certificates, sorted; nearly always one.
    pub signers: Vec<Digest>,
    /// By which rule they were found.
    pub how: How,
}

impl PlatformKey {
    /// Finds the platform key of a build. `None` when no package shows it, or when as many packages show one key as another.
    #[must_use]
    pub fn find(packages: &[PackageRights]) -> Option<PlatformKey> {
        let mut platform: Vec<&PackageRights> =
            packages.iter().filter(|one| one.package == PLATFORM && !one.signers.is_empty()).collect();
        platform.sort_by_key(|one| (crate::partition::scan_rank(&one.path), &one.path));
        if let Some(first) = platform.first() {
            return Some(PlatformKey { signers: sorted(&first.signers), how: How::Framework });
        }
        let mut votes: BTreeMap<Vec<Digest>, usize> = BTreeMap::new();
        for one in packages {
            let asks = one.shared_user.as_deref() == Some("android.uid.system");
            if asks && one.verified && !one.signers.is_empty() {
                let count = votes.entry(sorted(&one.signers)).or_default();
                *count = count.saturating_add(1);
            }
        }
        let of = votes.values().sum();
        let agree = votes.values().copied().max()?;
        let mut winners = votes.into_iter().filter(|(_, count)| *count == agree);
        let (signers, _) = winners.next()?;
        if winners.next().is_some() {
            return None;
        }
        Some(PlatformKey { signers, how: How::SystemUser { agree, of } })
    }

    /// Whether these certificates are the platform's.
    #[must_use]
    pub fn is(&self, signers: &[Digest]) -> bool {
        same(&self.signers, signers)
    }
}

fn sorted(signers: &[Digest]) -> Vec<Digest> {
    let mut out = signers.to_vec();
    out.sort_unstable();
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Digest {
        Digest([byte; 32])
    }

    fn package(name: &str, signer: u8, system: bool, verified: bool) -> PackageRights {
        PackageRights {
            package: name.to_owned(),
            path: format!("/system/app/{name}/{name}.apk"),
            signers: vec![key(signer)],
            verified,
            shared_user: system.then(|| "android.uid.system".to_owned()),
            ..PackageRights::default()
        }
    }

    #[test]
    fn the_package_android_decides() {
        let found = PlatformKey::find(&[
            package("a", 1, true, true),
            package("b", 1, true, true),
            package("android", 2, true, false),
        ])
        .expect("found");
        assert_eq!(found, PlatformKey { signers: vec![key(2)], how: How::Framework });
        assert!(
            found.is(&[key(2)]) && !found.is(&[key(1)]) && !found.is(&[]) && !found.is(&[key(1), key(2)])
        );
    }

    #[test]
    fn without_it_most_packages_of_the_system_user_decide() {
        let found = PlatformKey::find(&[
            package("a", 1, true, true),
            package("b", 1, true, true),
            package("c", 2, true, true),
            package("d", 3, false, true),
            package("e", 2, true, false),
            package("f", 2, true, false),
        ])
        .expect("found");
        assert_eq!(found.signers, [key(1)]);
        assert_eq!(found.how, How::SystemUser { agree: 2, of: 3 });
        assert!(found.how.to_string().contains("2 of 3"));
    }

    #[test]
    fn no_key_is_better_than_a_guess() {
        assert_eq!(PlatformKey::find(&[]), None);
        assert_eq!(PlatformKey::find(&[package("a", 1, false, true)]), None);
        assert_eq!(PlatformKey::find(&[package("a", 1, true, true), package("b", 2, true, true)]), None);
        assert_eq!(PlatformKey::find(&[package("a", 1, true, false)]), None);
    }

    #[test]
    fn several_certificates_are_compared_as_a_set() {
        let mut one = package("a", 1, true, true);
        one.signers = vec![key(2), key(1), key(2)];
        let found = PlatformKey::find(&[one]).expect("found");
        assert_eq!(found.signers, [key(1), key(2)]);
        assert!(found.is(&[key(2), key(1)]) && !found.is(&[key(1)]));
    }
}
