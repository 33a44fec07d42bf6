//! What a branch decides: the blocks whose running depends on it (Ferrante, Ottenstein, Warren 1987).

use super::blocks::{BlockId, Body};
use fixedbitset::FixedBitSet;

/// Most blocks for which regions are computed; larger methods have none.
const MAX_BLOCKS: usize = 2_000;

/// For each block that branches, the blocks that it decides.
#[derive(Debug, Default)]
pub struct Regions {
    decided: Vec<Vec<BlockId>>,
}

impl Regions {
    /// Regions of a body. Handlers do not count as branches.
    #[must_use]
    pub fn of(body: &Body) -> Regions {
        let count = body.blocks.len();
        if count == 0 || count > MAX_BLOCKS {
            return Regions { decided: vec![Vec::new(); count] };
        }
        // Post-dominators as sets, over the edges without handlers; blocks without successors are exits.
        let mut sets: Vec<FixedBitSet> = Vec::with_capacity(count);
        for block in &body.blocks {
            let mut set = FixedBitSet::with_capacity(count);
            if !block.successors.is_empty() {
                set.insert_range(..);
            }
            sets.push(set);
        }
        for (number, set) in sets.iter_mut().enumerate() {
            set.insert(number);
        }
        let mut changed = true;
        while changed {
            changed = false;
            for number in (0..count).rev() {
                let successors = &body.blocks[number].successors;
                if successors.is_empty() {
                    continue;
                }
                let mut meet = FixedBitSet::with_capacity(count);
                meet.insert_range(..);
                for next in successors {
                    meet.intersect_with(&sets[next.index()]);
                }
                meet.insert(number);
                if meet != sets[number] {
                    sets[number] = meet;
                    changed = true;
                }
            }
        }
        let mut decided = vec![Vec::new(); count];
        for (number, block) in body.blocks.iter().enumerate() {
            if block.successors.len() < 2 {
                continue;
            }
            let mut all = FixedBitSet::with_capacity(count);
            for next in &block.successors {
                // From the successor on until the branch's own post-dominators begin.
                let mut open = vec![next.index()];
                while let Some(at) = open.pop() {
                    if sets[number].contains(at) && at != number || all.put(at) {
                        continue;
                    }
                    open.extend(body.blocks[at].successors.iter().map(|next| next.index()));
                }
            }
            decided[number] = all.ones().map(|block| BlockId(block as u32)).collect();
        }
        Regions { decided }
    }

    /// Blocks that `branch` decides.
    #[must_use]
    pub fn decided_by(&self, branch: BlockId) -> &[BlockId] {
        self.decided.get(branch.index()).map_or(&[], |all| all)
    }
}
