//! The permissions that Android itself declares, for builds that do not contain the package `android`.

use std::collections::BTreeMap;

use super::Level;

/// Made by the example `platform_permissions` of this crate; sources and licence are in the NOTICE beside it.
const TABLE: &str = include_str!("../../../../catalogue/permissions/platform.txt");

/// The highest API level of the table.
pub const NEWEST: u32 = 36;

/// Names and levels at an API level. Levels between two of the table are those of the lower one; a build that does not say its level, or says one
/// beyond the table, gets the newest; one before it, the oldest.
#[must_use]
pub fn permissions(sdk: Option<u32>) -> BTreeMap<&'static str, Level> {
    let sdk = sdk.unwrap_or(NEWEST).max(4);
    lines()
        .filter_map(|(name, changes)| {
            let last = changes.take_while(|(from, _)| *from <= sdk).last()?;
            Some((name, last.1?))
        })
        .collect()
}

/// Each name with its changes: from which level on it has which protection level, `None` for none.
fn lines() -> impl Iterator<Item = (&'static str, impl Iterator<Item = (u32, Option<Level>)>)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let changes = words.filter_map(|word| {
            let (from, level) = word.split_once(':')?;
            Some((from.parse().ok()?, Level::parse(level)))
        });
        Some((name, changes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_word_of_it_reads() {
        let mut before = "";
        let mut count = 0;
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let name = words.next().expect("a name");
            assert!(name > before, "{name}");
            before = name;
            let mut last = 0u32;
            for word in words {
                let (from, level) = word.split_once(':').expect("from:level");
                let from: u32 = from.parse().expect("a level");
                assert!(from > last && from <= NEWEST, "{line}");
                last = from;
                assert!(
                    level == "-" || Level::parse(level).is_some_and(|read| read.to_string() == level),
                    "{line}"
                );
            }
            assert!(last > 0, "{line}");
            count += 1;
        }
        assert_eq!(count, 1059);
        assert!(TABLE.len() < 300_000);
    }

    #[test]
    fn levels_follow_the_release() {
        let at = |sdk: u32, name: &str| permissions(Some(sdk)).get(name).map(Level::to_string);
        assert_eq!(at(15, "android.permission.READ_LOGS").as_deref(), Some("dangerous"));
        assert_eq!(
            at(19, "android.permission.READ_LOGS").as_deref(),
            Some("signature|privileged|development")
        );
        assert_eq!(at(23, "android.permission.READ_SMS").as_deref(), Some("dangerous"));
        assert_eq!(at(23, "android.permission.INSTALL_PACKAGES").as_deref(), Some("signature|privileged"));
        assert_eq!(at(23, "android.permission.INTERNET").as_deref(), Some("normal"));
        assert_eq!(at(36, "android.permission.no"), None);
        // Between two releases of the table, and beyond its ends.
        assert_eq!(permissions(Some(20)).len(), permissions(Some(19)).len());
        assert_eq!(permissions(Some(40)).len(), permissions(Some(36)).len());
        assert_eq!(permissions(None).len(), permissions(Some(36)).len());
        assert_eq!(permissions(Some(1)).len(), permissions(Some(4)).len());
        assert_eq!(permissions(Some(23)).len(), 315);
        assert_eq!(permissions(Some(36)).len(), 1029);
    }
}
