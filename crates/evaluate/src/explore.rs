//! A method run for every way through it: parameters are not known, and where control parts on something that is not
//! known, one way is taken now and the other kept for later, as long as it leads to code not yet seen.

use fixedbitset::FixedBitSet;
use overt_program::MethodId;
use overt_program::classes::ACC_STATIC;
use overt_program::ir::{Block, BlockId};
use rustc_hash::FxHashMap;

use crate::heap::RunHeap;
use crate::linkage::FieldId;
use crate::machine::{Arguments, End, Machine};
use crate::value::Value;

/// A way not yet taken: the lowest frame as it was, and where to go on.
#[derive(Clone, Debug)]
struct Way {
    registers: Vec<Value>,
    heap: RunHeap,
    statics: FxHashMap<FieldId, Value>,
    to: BlockId,
    caught: Value,
}

/// Ways through the method in the lowest frame.
#[derive(Debug)]
pub(crate) struct Ways {
    seen: FixedBitSet,
    counts: Vec<u16>,
    kept: Vec<Way>,
    left: usize,
    /// Branches on unknowns on this way.
    parted: u32,
}

/// How far the steps for a method went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Every way was run.
    Whole,
    /// They were used up while a method of the app ran that gives back a string, an array or an object.
    Decoding,
    /// They were used up elsewhere.
    Elsewhere,
}

/// Branches on unknowns that one way may take: loops that wait for a device end here.
const PARTED: u32 = 400;

impl Ways {
    fn new(blocks: usize, most: usize) -> Ways {
        Ways {
            seen: FixedBitSet::with_capacity(blocks),
            counts: vec![0; blocks],
            kept: Vec::new(),
            left: most,
            parted: 0,
        }
    }

    pub(crate) fn visit(&mut self, block: BlockId) {
        if block.index() < self.seen.len() {
            self.seen.insert(block.index());
            self.counts[block.index()] = self.counts[block.index()].saturating_add(1);
        }
    }
}

impl Machine<'_> {
    fn keep(&mut self, to: BlockId, caught: Value) {
        let Some(frame) = self.frames.last() else { return };
        let registers = self.registers.get(frame.base..).map_or_else(Vec::new, <[Value]>::to_vec);
        let (heap, statics) = (self.heap.run.clone(), self.statics.run.clone());
        if let Some(ways) = &mut self.ways
            && ways.left > 0
        {
            ways.left -= 1;
            ways.kept.push(Way { registers, heap, statics, to, caught });
        }
    }

    /// Where to go at a branch on something that is not known. `None`: this way has gone on for long enough.
    pub(crate) fn choose(&mut self, block: &Block) -> Option<BlockId> {
        let ways = self.ways.as_mut()?;
        ways.parted += 1;
        if ways.parted > PARTED {
            return None;
        }
        let seen = |ways: &Ways, to: &BlockId| ways.seen.contains(to.index());
        let unseen: Vec<BlockId> = block.successors.iter().filter(|to| !seen(ways, to)).copied().collect();
        match unseen.split_first() {
            Some((first, others)) => {
                let mut others: Vec<BlockId> = others.to_vec();
                others.dedup();
                for other in others.into_iter().rev() {
                    self.keep(other, Value::NULL);
                }
                Some(*first)
            }
            None => block
                .successors
                .iter()
                .min_by_key(|to| ways.counts.get(to.index()).copied().unwrap_or(u16::MAX))
                .copied(),
        }
    }

    /// A call of something not followed may throw: the handlers are ways, too.
    pub(crate) fn part_to_handlers(&mut self, block: &Block) {
        let Some(ways) = &self.ways else { return };
        let unseen: Vec<BlockId> = (block.handlers.iter().map(|handler| handler.block))
            .filter(|to| !ways.seen.contains(to.index()))
            .collect();
        let kept: Vec<BlockId> = ways.kept.iter().map(|way| way.to).collect();
        for to in unseen {
            if !kept.contains(&to) {
                let hole = self.hole("exception", true);
                self.keep(to, Value::Unknown(hole));
            }
        }
    }

    /// Runs `method` for all its ways. `this` is the receiver where it has one.
    pub(crate) fn explore(&mut self, method: MethodId, this: Option<Value>, limit: u64) -> Reach {
        let table = self.link.table;
        let definition = table.method(method);
        let Some(body) = self.link.body(method) else { return Reach::Whole };
        let mut arguments = Arguments::new();
        if definition.access & ACC_STATIC == 0 {
            let hole = self.hole("this", true);
            let this = match this {
                Some(this) => this,
                None => self.stand_in(definition.class, hole),
            };
            arguments.push(this);
        }
        let proto = table.text(definition.proto);
        let parameters =
            proto.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or("", |(all, _)| all);
        for (number, kind) in crate::linkage::kinds(parameters).iter().enumerate() {
            let hole = self.hole(&format!("parameter {}", number + 1), matches!(kind, b'L' | b'['));
            arguments.push(Value::Unknown(hole));
        }
        self.forgiving = true;
        self.ways = Some(Ways::new(body.blocks.len(), self.budget.ways));
        self.step_limit = self.steps.saturating_add(limit);
        let mut reach = Reach::Whole;
        if self.push(method, arguments, None) {
            if let Some(ways) = &mut self.ways {
                ways.visit(BlockId(0));
            }
            loop {
                let end = self.run();
                if matches!(end, End::Exhausted(_)) && self.steps >= self.step_limit {
                    reach = self.reach();
                    break;
                }
                if !self.next_way(method) {
                    break;
                }
            }
        }
        self.ways = None;
        reach
    }

    fn reach(&self) -> Reach {
        let table = self.link.table;
        let mut called = self.frames.iter().skip(1).map(|frame| table.text(table.method(frame.method).proto));
        if called.any(|proto| proto.contains(")L") || proto.contains(")[")) {
            Reach::Decoding
        } else {
            Reach::Elsewhere
        }
    }

    /// Goes back to a way that was kept. `false`: there is none.
    fn next_way(&mut self, method: MethodId) -> bool {
        let way = loop {
            let Some(ways) = &mut self.ways else { return false };
            match ways.kept.pop() {
                Some(way) if ways.seen.contains(way.to.index()) => {}
                Some(way) => break way,
                None => return false,
            }
        };
        self.frames.clear();
        self.registers.clear();
        self.call_limit = u64::MAX;
        if !self.push(method, Arguments::new(), None) {
            return false;
        }
        self.call_limit = u64::MAX;
        self.registers = way.registers;
        self.heap.run = way.heap;
        self.statics.run = way.statics;
        let Some(ways) = &mut self.ways else { return false };
        ways.visit(way.to);
        ways.parted = 0;
        if let Some(frame) = self.frames.last_mut() {
            frame.block = way.to;
            frame.at = frame.body.blocks.get(way.to.index()).map_or(0, |block| block.instructions.start);
            frame.caught = way.caught;
        }
        true
    }
}
