//! Which instructions may have written a register: reaching definitions, asked for one use at a time.

use std::rc::Rc;

use super::blocks::Body;
use super::operation::{Operation, Register};
use fixedbitset::FixedBitSet;

/// Most definitions of one use; a register that more may have written is one of them.
const MOST: usize = 16;

/// A body with the edges backwards.
#[derive(Debug)]
pub struct Definitions {
    /// The body.
    pub body: Rc<Body>,
    /// Block of each instruction.
    blocks: Vec<u32>,
    /// Before each block: the block, and whether its instructions were run (not on the way to a handler).
    before: Vec<Vec<(u32, bool)>>,
}

/// Who wrote a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// The instruction at this position.
    At(u32),
    /// The caller: it is an argument.
    Argument,
}

impl Definitions {
    /// The edges of `body`, backwards.
    #[must_use]
    pub fn new(body: Rc<Body>) -> Definitions {
        let mut blocks = vec![0; body.instructions.len()];
        let mut before = vec![Vec::new(); body.blocks.len()];
        for (number, block) in body.blocks.iter().enumerate() {
            let range = block.instructions.start as usize..block.instructions.end as usize;
            if let Some(own) = blocks.get_mut(range) {
                own.fill(number as u32);
            }
            for to in &block.successors {
                if let Some(list) = before.get_mut(to.index()) {
                    list.push((number as u32, true));
                }
            }
            for handler in &block.handlers {
                if let Some(list) = before.get_mut(handler.block.index()) {
                    list.push((number as u32, false));
                }
            }
        }
        Definitions { body, blocks, before }
    }

    /// The block of an instruction.
    #[must_use]
    pub fn block_of(&self, at: u32) -> u32 {
        self.blocks.get(at as usize).copied().unwrap_or(0)
    }

    /// The first position of a block.
    #[must_use]
    pub fn start_of(&self, block: u32) -> u32 {
        self.body.blocks.get(block as usize).map_or(0, |block| block.instructions.start)
    }

    /// Blocks that come before a block, each with the position up to which it was run.
    #[must_use]
    pub fn blocks_before(&self, block: u32) -> Vec<(u32, u32)> {
        let mut all: Vec<(u32, u32)> = Vec::new();
        for (before, run) in self.before.get(block as usize).into_iter().flatten() {
            if let Some(range) =
                self.body.blocks.get(*before as usize).map(|block| block.instructions.clone())
            {
                all.push((*before, if *run { range.end } else { range.start }));
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Is what `register` holds before `at` the object made by the instruction at `made`, moved or not?
    #[must_use]
    pub fn is_made_at(&self, at: u32, register: Register, made: u32) -> bool {
        let (mut at, mut register) = (at, register);
        for _ in 0..4 {
            let definitions = self.definitions(at, register);
            if definitions.contains(&Definition::At(made)) {
                return true;
            }
            let [Definition::At(position)] = definitions.as_slice() else { return false };
            match self.body.instructions.get(*position as usize).map(|one| one.operation) {
                Some(Operation::Move { from, .. }) => (at, register) = (*position, from),
                Some(Operation::Cast { register: from, .. }) => (at, register) = (*position, from),
                _ => return false,
            }
        }
        false
    }

    /// Who may have written `register` as it is before the instruction at `at`.
    #[must_use]
    pub fn definitions(&self, at: u32, register: Register) -> Vec<Definition> {
        let mut found = Vec::new();
        let mut seen = FixedBitSet::with_capacity(self.body.blocks.len() * 2);
        let block = self.blocks.get(at as usize).copied().unwrap_or(0);
        let mut open: Vec<(u32, u32)> = vec![(block, at)];
        while let Some((block, until)) = open.pop() {
            let Some(range) = self.body.blocks.get(block as usize).map(|block| block.instructions.clone())
            else {
                continue;
            };
            let written = (range.start..until.min(range.end)).rev().find(|position| {
                self.body
                    .instructions
                    .get(*position as usize)
                    .is_some_and(|one| one.operation.written() == Some(register))
            });
            if let Some(position) = written {
                let definition = Definition::At(position);
                if !found.contains(&definition) && found.len() < MOST {
                    found.push(definition);
                }
                continue;
            }
            if block == 0 && register >= self.body.first_argument && !found.contains(&Definition::Argument) {
                found.push(Definition::Argument);
            }
            for (before, run) in self.before.get(block as usize).into_iter().flatten() {
                let slot = *before as usize * 2 + usize::from(*run);
                if slot < seen.len() && !seen.put(slot) {
                    let end =
                        self.body.blocks.get(*before as usize).map_or(0, |block| block.instructions.end);
                    let start =
                        self.body.blocks.get(*before as usize).map_or(0, |block| block.instructions.start);
                    open.push((*before, if *run { end } else { start }));
                }
            }
        }
        found
    }
}
