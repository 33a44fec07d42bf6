//! Data that newer platforms keep back: from which API level on, and from whom.
//!
//! ```toml
//! withheld = { from = 23, unless = ["android.permission.LOCAL_MAC_ADDRESS"], strictly = true }
//! withheld = { from = 28, target = 28 }
//! ```

use crate::place::permissions;
use crate::read::Section;

/// Who is given nothing, or something made up, where the datum was once handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// The first API level of a build that keeps it back.
    pub from: u32,
    /// Only from packages that target this API level or a later one.
    pub target: u32,
    /// Not from holders of one of these permissions; empty: from everybody.
    pub unless: Vec<String>,
    /// The platform asks which permissions were granted, instead of letting the system's own user pass.
    pub strictly: bool,
}

impl Withheld {
    pub(crate) fn read(section: Section<'_, '_>) -> Withheld {
        let from = section.required_number("from", 1..=u8::MAX);
        let target = section.number("target").and_then(|level| u32::try_from(level).ok());
        let withheld = Withheld {
            from: u32::from(from),
            target: target.unwrap_or(0),
            unless: permissions(&section, "unless"),
            strictly: section.flag("strictly").unwrap_or(false),
        };
        section.finish();
        withheld
    }

    /// Is it kept back from a package that targets this API level and holds none of [`Withheld::unless`], on a build of
    /// this API level? Where a level is not known it is taken to be handed out.
    #[must_use]
    pub fn applies(&self, build: Option<u32>, target: Option<u32>) -> bool {
        build.is_some_and(|level| level >= self.from)
            && (self.target == 0 || target.is_some_and(|level| level >= self.target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_level_keeps_something_back() {
        let of_target = Withheld { from: 28, target: 28, unless: Vec::new(), strictly: false };
        assert!(of_target.applies(Some(28), Some(30)) && !of_target.applies(Some(30), Some(27)));
        assert!(!of_target.applies(Some(27), Some(28)) && !of_target.applies(None, Some(28)));
        assert!(!of_target.applies(Some(28), None));
        let of_all = Withheld { target: 0, from: 23, ..of_target };
        assert!(of_all.applies(Some(23), None) && !of_all.applies(Some(22), Some(33)));
    }
}
