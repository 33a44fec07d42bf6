//! How much may be held unfolded in memory: one account for all containers of an input.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use overt_base::Limits;

use crate::ReadError;

/// The account. Clones draw on the same one.
#[derive(Clone, Debug)]
pub struct Memory {
    left: Arc<AtomicU64>,
    allowed: u64,
}

impl Memory {
    /// As much as the limits allow.
    #[must_use]
    pub fn of(limits: &Limits) -> Memory {
        let allowed = limits.unfolded_memory_bytes;
        Memory { left: Arc::new(AtomicU64::new(allowed)), allowed }
    }

    /// Bytes that may still be taken.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Bytes that may be taken in all.
    #[must_use]
    pub fn allowed(&self) -> u64 {
        self.allowed
    }

    /// Takes `bytes` for good.
    ///
    /// # Errors
    /// [`ReadError::TooLarge`] when less is left; then nothing is taken.
    pub fn take(&self, bytes: u64) -> Result<(), ReadError> {
        let less = |left: u64| left.checked_sub(bytes);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Ok(()),
            Err(_) => Err(ReadError::TooLarge { limit: "unfolded_memory_bytes", allowed: self.allowed }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_what_is_left() {
        let memory = Memory::of(&Limits { unfolded_memory_bytes: 10, ..Limits::default() });
        let other = memory.clone();
        memory.take(7).expect("there");
        assert!(other.take(4).is_err());
        assert_eq!(other.left(), 3, "a refusal takes nothing");
        other.take(3).expect("there");
    }
}
