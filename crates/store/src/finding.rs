//! Findings over all stored builds.

use crate::error::Result;
use crate::store::Store;

/// What a finding's id stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Whole id.
    pub id: String,
    /// The behaviour.
    pub behaviour: String,
    /// The package's name, or its path.
    pub package: String,
}

/// Where a finding occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Digest of the record.
    pub digest: String,
    /// Sequence of the scan: the greater, the later.
    pub sequence: i64,
    /// Among the record's `dead` instead of its `findings`.
    pub dead: bool,
    /// Index in that list.
    pub ordinal: usize,
}

/// A text that is greater than every text that begins with `prefix` and that people write.
pub(crate) fn after(prefix: &str) -> String {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = ((u32::from(last) + 1)..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            characters.push(next);
            return characters.into_iter().collect();
        }
    }
    char::MAX.to_string()
}

impl Store {
    /// Different ids that begin with `prefix`, over all builds, each with a behaviour and a package it belongs to; at most
    /// `limit` of them, sorted.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn finding_ids(&self, prefix: &str, limit: usize) -> Result<Vec<Identity>> {
        let read = || -> rusqlite::Result<Vec<_>> {
            self.connection
                .prepare(
                    "SELECT finding.finding, behaviour.text, coalesce(package.text, path.text)
                     FROM finding
                     JOIN name AS behaviour ON behaviour.id = finding.behaviour
                     JOIN name AS path ON path.id = finding.path
                     LEFT JOIN name AS package ON package.id = finding.package
                     WHERE finding.finding >= ?1 AND finding.finding < ?2
                     GROUP BY finding.finding
                     ORDER BY finding.finding
                     LIMIT ?3",
                )?
                .query_map(
                    rusqlite::params![prefix, after(prefix), i64::try_from(limit).unwrap_or(i64::MAX)],
                    |row| Ok(Identity { id: row.get(0)?, behaviour: row.get(1)?, package: row.get(2)? }),
                )?
                .collect()
        };
        read().map_err(self.failed("reading"))
    }

    /// Where the finding of that (whole) id occurs, the latest scan first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn occurrences(&self, id: &str) -> Result<Vec<Occurrence>> {
        // CROSS JOIN keeps SQLite to this order: findings by id, then each build by the key of `found`.
        let read = || -> rusqlite::Result<Vec<_>> {
            self.connection
                .prepare(
                    "SELECT scan.digest, scan.sequence, found.dead, found.ordinal
                     FROM finding
                     CROSS JOIN scan
                     CROSS JOIN found ON found.scan = scan.id AND found.finding = finding.id
                     WHERE finding.finding = ?1
                     ORDER BY scan.sequence DESC, found.dead, found.ordinal",
                )?
                .query_map([id], |row| {
                    Ok(Occurrence {
                        digest: row.get(0)?,
                        sequence: row.get(1)?,
                        dead: row.get(2)?,
                        ordinal: usize::try_from(row.get::<_, i64>(3)?).unwrap_or(usize::MAX),
                    })
                })?
                .collect()
        };
        read().map_err(self.failed("reading"))
    }
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn ranges_of_prefixes() {
        assert_eq!(after("ab"), "ac");
        assert_eq!(after("a9"), "a:");
        assert_eq!(after("a\u{d7ff}"), "a\u{e000}");
        assert_eq!(after("a\u{10ffff}"), "b");
        assert_eq!(after(""), "\u{10ffff}");
    }
}
