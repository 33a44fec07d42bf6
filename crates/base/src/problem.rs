//! What is wrong with the input. A problem is data, never a reason to stop: it says where, and what was done instead.

use std::sync::Mutex;

use crate::Locus;

/// One misfortune: the input's fault, not ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The innermost file concerned.
    pub locus: Locus,
    /// A kebab-case path such as `dex/string-truncated`: part of the public vocabulary, never reused.
    pub code: &'static str,
    /// What was found, with offsets and numbers.
    pub detail: String,
    /// What Overt did instead, and what therefore cannot be said.
    pub consequence: String,
}

/// Collects problems of one file or stage. Keeps at most `limit` per code; the rest are counted.
#[derive(Debug)]
pub struct Problems {
    limit: usize,
    kept: Mutex<Vec<Problem>>,
    dropped: Mutex<std::collections::BTreeMap<&'static str, usize>>,
}

impl Problems {
    /// A collector that keeps at most `limit` problems of each code.
    #[must_use]
    pub fn new(limit: usize) -> Problems {
        Problems { limit, kept: Mutex::default(), dropped: Mutex::default() }
    }

    /// Records a problem.
    pub fn report(
        &self,
        locus: &Locus,
        code: &'static str,
        detail: impl Into<String>,
        consequence: impl Into<String>,
    ) {
        self.push(Problem {
            locus: locus.clone(),
            code,
            detail: detail.into(),
            consequence: consequence.into(),
        });
    }

    /// Records a problem that was made elsewhere.
    pub fn push(&self, problem: Problem) {
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.iter().filter(|p| p.code == problem.code).count() < self.limit {
            kept.push(problem);
        } else {
            let mut dropped = self.dropped.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *dropped.entry(problem.code).or_default() += 1;
        }
    }

    /// Everything recorded, sorted; for each code that overflowed, the last kept problem says how many more there were.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Problem> {
        let mut kept = self.kept.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let dropped = self.dropped.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.sort();
        for (code, count) in dropped {
            if let Some(last) = kept.iter_mut().rev().find(|p| p.code == code) {
                last.detail.push_str(&format!(" (and {count} more of this kind)"));
            }
        }
        kept.dedup();
        kept
    }
}
