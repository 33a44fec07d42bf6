//! What earlier scans found out and later ones may take from here, by the digest of everything that it depends on.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use overt_base::Digest;
use rusqlite::{OptionalExtension as _, TransactionBehavior, params};

use crate::error::Result;
use crate::store::Store;

/// How long to wait for other writers. What could not be kept is worked out again: nothing is worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes that one thing may unfold to.
const MOST_BYTES: u64 = 256 << 20;

/// Things kept for later scans, in the file of a store. Never fails: what cannot be read is not there, what cannot be
/// written is not kept.
#[derive(Debug)]
pub struct Shelf {
    store: Mutex<Store>,
    limit: u64,
    taken: Mutex<BTreeSet<[u8; 32]>>,
}

impl Shelf {
    /// Bytes that may be kept unless somebody says otherwise.
    pub const LIMIT: u64 = 512 << 20;

    /// Opens the shelf in the store at `path`, which keeps at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(path: &Path, limit: u64) -> Result<Shelf> {
        let store = Store::open(path)?;
        store.connection.busy_timeout(PATIENCE).map_err(store.failed("opening"))?;
        Ok(Shelf { store: Mutex::new(store), limit, taken: Mutex::default() })
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept under `key`.
    #[must_use]
    pub fn get(&self, key: &Digest) -> Option<Vec<u8>> {
        let row: Option<(Vec<u8>, Vec<u8>)> = self
            .store()
            .connection
            .prepare_cached("SELECT check_sum, deflated FROM kept WHERE key = ?1")
            .and_then(|mut statement| {
                statement.query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .ok()
            .flatten();
        let (sum, deflated) = row?;
        let mut bytes = Vec::new();
        DeflateDecoder::new(deflated.as_slice()).take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
        if Digest::of_parts([&key.0[..], &bytes]).0 != sum.as_slice() {
            return None;
        }
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(key.0);
        Some(bytes)
    }

    /// Keeps `bytes` under `key`, in the place of what was there.
    pub fn put(&self, key: &Digest, bytes: &[u8]) {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let Ok(deflated) = encoder.write_all(bytes).and_then(|()| encoder.finish()) else { return };
        if bytes.len() as u64 > MOST_BYTES || deflated.len() as u64 > self.limit {
            return;
        }
        let sum = Digest::of_parts([&key.0[..], bytes]);
        // Not kept is not wrong.
        let _ = self.store().connection.execute(
            "INSERT OR REPLACE INTO kept (key, size, used, check_sum, deflated)
             VALUES (?1, ?2, (SELECT ifnull(max(used), 0) FROM kept), ?3, ?4)",
            params![key.0, deflated.len() as i64, sum.0, deflated],
        );
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(key.0);
    }

    /// Notes what this scan took or put, and throws away what was not used for longest until the rest is small enough.
    pub fn tidy(&self) {
        let taken = std::mem::take(&mut *self.taken.lock().unwrap_or_else(PoisonError::into_inner));
        // Left for the next scan when somebody else is writing.
        let _ = self.try_tidy(&taken);
    }

    fn try_tidy(&self, taken: &BTreeSet<[u8; 32]>) -> rusqlite::Result<()> {
        let mut store = self.store();
        let transaction = store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Scans are counted instead of looking at a clock.
        let now: i64 =
            transaction.query_row("SELECT ifnull(max(used), 0) + 1 FROM kept", [], |row| row.get(0))?;
        {
            let mut touch = transaction.prepare("UPDATE kept SET used = ?1 WHERE key = ?2")?;
            for key in taken {
                touch.execute(params![now, key])?;
            }
        }
        let mut size: i64 =
            transaction.query_row("SELECT ifnull(sum(size), 0) FROM kept", [], |row| row.get(0))?;
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        if size > limit {
            let mut oldest = transaction.prepare("SELECT key, size FROM kept ORDER BY used, key")?;
            let mut drop = transaction.prepare("DELETE FROM kept WHERE key = ?1")?;
            let mut rows = oldest.query([])?;
            let mut thrown: Vec<[u8; 32]> = Vec::new();
            while size > limit
                && let Some(row) = rows.next()?
            {
                size -= row.get::<_, i64>(1)?;
                thrown.push(row.get(0)?);
            }
            for key in thrown {
                drop.execute([key])?;
            }
        }
        transaction.commit()
    }
}
