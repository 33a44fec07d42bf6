//! Findings over all stored builds.

use crate::error::Result;
use crate::store::Store;

/// A finding of a stored record, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Whole id of the finding.
    pub id: String,
    /// Digest of the record.
    pub digest: String,
    /// Sequence of the scan: the greater, the later.
    pub sequence: i64,
    /// Among the record's `dead` instead of its `findings`.
    pub dead: bool,
    /// Index in that list.
    pub ordinal: usize,
    /// The behaviour.
    pub behaviour: String,
    /// The package's name, or its path.
    pub package: String,
}

impl Candidate {
    /// One line that tells it apart from others.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {} in {}", self.id, self.behaviour, self.package)
    }
}

/// A text that is greater than every text that begins with `prefix` and that people write.
fn after(prefix: &str) -> String {
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
    /// Findings whose id begins with `prefix`, in one record or in all, the latest scan first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn findings(&self, prefix: &str, record: Option<&str>) -> Result<Vec<Candidate>> {
        // CROSS JOIN keeps SQLite to this order: findings by id, then each build by the key of `found`.
        let read = || -> rusqlite::Result<Vec<_>> {
            self.connection
                .prepare(
                    "SELECT finding.finding, scan.digest, scan.sequence, found.dead, found.ordinal, behaviour.text,
                            coalesce(package.text, path.text)
                     FROM finding
                     CROSS JOIN scan
                     CROSS JOIN found ON found.scan = scan.id AND found.finding = finding.id
                     JOIN name AS behaviour ON behaviour.id = finding.behaviour
                     JOIN name AS path ON path.id = finding.path
                     LEFT JOIN name AS package ON package.id = finding.package
                     WHERE finding.finding >= ?1 AND finding.finding < ?2 AND (?3 IS NULL OR scan.digest = ?3)
                     ORDER BY scan.sequence DESC, found.dead, found.ordinal",
                )?
                .query_map(rusqlite::params![prefix, after(prefix), record], |row| {
                    Ok(Candidate {
                        id: row.get(0)?,
                        digest: row.get(1)?,
                        sequence: row.get(2)?,
                        dead: row.get(3)?,
                        ordinal: usize::try_from(row.get::<_, i64>(4)?).unwrap_or(usize::MAX),
                        behaviour: row.get(5)?,
                        package: row.get(6)?,
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
