//! A body as blocks and edges.

use std::ops::Range;

use overt_base::id;
use overt_dex::TypeIdx;

use super::live::Live;
use super::operation::{Instruction, Register};

id! {
    /// A block of a [`Body`]; the entry is 0.
    pub struct BlockId(u32);
}

/// Where an exception raised in a block goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handler {
    /// What it catches; `None`: everything.
    pub catches: Option<TypeIdx>,
    /// Where it starts.
    pub block: BlockId,
}

/// Instructions that run one after the other.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// Positions in [`Body::instructions`].
    pub instructions: Range<u32>,
    /// Where control goes. Of a two-way branch: taken first, then not taken. Of a switch: the cases, then the default.
    pub successors: Vec<BlockId>,
    /// Of a switch: the key of each successor but the last.
    pub keys: Vec<i32>,
    /// Handlers of what its first instruction throws, innermost first.
    pub handlers: Vec<Handler>,
    /// Lies on a cycle of edges: what it does may be done more than once.
    pub in_loop: bool,
    /// How many edges come in.
    pub predecessors: u32,
}

/// A method's code, ready for data flow.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// How many registers.
    pub registers: u32,
    /// The first register of the arguments (they are the last registers).
    pub first_argument: Register,
    /// All instructions, in order of their offsets.
    pub instructions: Vec<Instruction>,
    /// Blocks, in order of their offsets; unreachable ones included.
    pub blocks: Vec<Block>,
    /// Position of each block in reverse post-order from the entry; `u32::MAX` where no edge leads.
    pub order: Vec<u32>,
    /// Registers needed at the start of each block.
    pub(super) live: Live,
    /// Why the code could not be read to its end.
    pub cut: Option<&'static str>,
}

impl Body {
    /// A block.
    #[must_use]
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }

    /// Its instructions.
    #[must_use]
    pub fn of(&self, block: &Block) -> &[Instruction] {
        &self.instructions[block.instructions.start as usize..block.instructions.end as usize]
    }

    /// Is the register read, before it is written, from the start of `block` on?
    #[must_use]
    pub fn live(&self, block: BlockId, register: Register) -> bool {
        self.live.contains(block, register)
    }

    /// Blocks that edges or handlers of `block` lead to.
    pub fn next(&self, block: BlockId) -> impl Iterator<Item = BlockId> + '_ {
        let block = self.block(block);
        block.successors.iter().copied().chain(block.handlers.iter().map(|handler| handler.block))
    }

    /// Reverse post-order, predecessor counts and cycles.
    pub(super) fn arrange(&mut self) {
        let count = self.blocks.len();
        self.order = vec![u32::MAX; count];
        if count == 0 {
            return;
        }
        for at in 0..count {
            let next: Vec<BlockId> = self.next(BlockId(at as u32)).collect();
            for to in next {
                self.blocks[to.index()].predecessors += 1;
            }
        }
        let next: Vec<Vec<BlockId>> = (0..count).map(|at| self.next(BlockId(at as u32)).collect()).collect();
        let (components, post) = components(&next);
        for (number, block) in post.iter().rev().enumerate() {
            self.order[*block as usize] = number as u32;
        }
        for component in &components {
            let cyclic = match component.as_slice() {
                [one] => next[*one as usize].contains(&BlockId(*one)),
                _ => true,
            };
            for block in component {
                self.blocks[*block as usize].in_loop = cyclic;
            }
        }
    }
}

/// Strongly connected components of what block 0 reaches (Tarjan 1972, without recursion), and the post-order of the same walk.
fn components(next: &[Vec<BlockId>]) -> (Vec<Vec<u32>>, Vec<u32>) {
    const NEW: u32 = u32::MAX;
    let mut number = vec![NEW; next.len()];
    let mut low = vec![0u32; next.len()];
    let mut open = vec![false; next.len()];
    let (mut stack, mut found, mut post) = (Vec::new(), Vec::new(), Vec::new());
    let mut walk: Vec<(u32, usize)> = Vec::new();
    let mut counter = 0u32;
    let mut enter = |block: u32, walk: &mut Vec<(u32, usize)>, number: &mut [u32], low: &mut [u32]| {
        number[block as usize] = counter;
        low[block as usize] = counter;
        counter += 1;
        walk.push((block, 0));
    };
    enter(0, &mut walk, &mut number, &mut low);
    stack.push(0u32);
    open[0] = true;
    while let Some((block, position)) = walk.pop() {
        let here = block as usize;
        if let Some(to) = next[here].get(position) {
            walk.push((block, position + 1));
            let there = to.index();
            if number[there] == NEW {
                enter(to.0, &mut walk, &mut number, &mut low);
                stack.push(to.0);
                open[there] = true;
            } else if open[there] {
                low[here] = low[here].min(number[there]);
            }
            continue;
        }
        post.push(block);
        if low[here] == number[here] {
            let mut component = Vec::new();
            while let Some(top) = stack.pop() {
                open[top as usize] = false;
                component.push(top);
                if top == block {
                    break;
                }
            }
            found.push(component);
        }
        if let Some((parent, _)) = walk.last() {
            let parent = *parent as usize;
            low[parent] = low[parent].min(low[here]);
        }
    }
    (found, post)
}
