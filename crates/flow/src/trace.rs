//! How a datum came to where it is: steps, kept as a shared list that is only ever added to.

use std::hash::BuildHasher as _;

use overt_base::id;

use crate::object::Place;

id! {
    /// A way in a [`Traces`] table.
    pub struct TraceId(u32);
}

/// No step.
pub const NO_TRACE: TraceId = TraceId(0);

/// What happens to the datum at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Note {
    /// It is handed out here.
    Source,
    /// It goes into a call.
    Passed,
    /// It comes back from a call.
    Returned,
    /// A library method derives something from it.
    Derived,
    /// A library method without a model is assumed to pass it on.
    Assumed,
    /// It is put into a field, array or container.
    Kept,
    /// It leaves here.
    Sink,
}

impl Note {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Note::Source => "handed out here",
            Note::Passed => "passed to a method",
            Note::Returned => "returned to the caller",
            Note::Derived => "passes through a library method",
            Note::Assumed => "assumed to pass through a library method without a model",
            Note::Kept => "kept in an object",
            Note::Sink => "leaves here",
        }
    }
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// Where.
    pub place: Place,
    /// What.
    pub note: Note,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Node {
    Empty,
    Step(TraceId, Step),
    Both(TraceId, TraceId),
}

/// All ways of one analysis.
#[derive(Debug)]
pub struct Traces {
    nodes: Vec<Node>,
    /// Nodes made lately, by hash, with their numbers: the same step is mostly asked for again soon, and a table of all
    /// of them would be far larger than the nodes.
    recent: Vec<(Node, TraceId)>,
}

/// Leaves out what is only gone round again: of the same steps twice in a row, the second time.
fn fold(steps: &mut Vec<Step>) {
    /// Most steps of one round.
    const ROUND: usize = 12;
    for length in 2..=ROUND {
        let mut at = 0;
        while at + 2 * length <= steps.len() {
            if steps[at..at + length] == steps[at + length..at + 2 * length] {
                steps.drain(at + length..at + 2 * length);
            } else {
                at += 1;
            }
        }
    }
}

/// How many nodes are remembered; a power of two.
const RECENT: usize = 1 << 15;

impl Default for Traces {
    fn default() -> Traces {
        Traces { nodes: vec![Node::Empty], recent: vec![(Node::Empty, NO_TRACE); RECENT] }
    }
}

impl Traces {
    fn add(&mut self, node: Node) -> TraceId {
        let hash = rustc_hash::FxBuildHasher.hash_one(node);
        let slot = &mut self.recent[(hash >> 40) as usize & (RECENT - 1)];
        if slot.0 == node {
            return slot.1;
        }
        let made = TraceId(self.nodes.len() as u32);
        self.nodes.push(node);
        *slot = (node, made);
        made
    }

    /// `trace`, then a step. The same step twice in a row is one.
    pub fn step(&mut self, trace: TraceId, place: Place, note: Note) -> TraceId {
        let step = Step { place, note };
        if let Node::Step(_, last) = self.nodes[trace.index()]
            && last == step
        {
            return trace;
        }
        self.add(Node::Step(trace, step))
    }

    /// `first`, then `second`.
    pub fn then(&mut self, first: TraceId, second: TraceId) -> TraceId {
        if second == NO_TRACE {
            return first;
        }
        if first == NO_TRACE {
            return second;
        }
        self.add(Node::Both(first, second))
    }

    /// The steps, in order; at most `limit` (the middle is left out).
    #[must_use]
    pub fn steps(&self, trace: TraceId, limit: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut open = vec![trace];
        while let Some(next) = open.pop() {
            match self.nodes[next.index()] {
                Node::Empty => {}
                Node::Step(before, step) => {
                    steps.push(step);
                    open.push(before);
                }
                Node::Both(first, second) => {
                    open.push(first);
                    open.push(second);
                }
            }
            // Ways can be long where code was iterated; the end nearest to the sink is kept whole.
            if steps.len() >= limit.saturating_mul(8) {
                break;
            }
        }
        steps.reverse();
        steps.dedup();
        fold(&mut steps);
        if steps.len() > limit {
            let tail = steps.split_off(steps.len() - limit / 2);
            steps.truncate(limit - limit / 2);
            steps.extend(tail);
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use overt_program::MethodId;

    use super::*;

    #[test]
    fn rounds_are_told_once() {
        let step = |offset: u32| Step { place: Place { method: MethodId(0), offset }, note: Note::Passed };
        let mut steps: Vec<Step> = [1, 2, 3, 2, 3, 2, 3, 4, 5, 6, 4, 5, 6, 7].map(step).to_vec();
        fold(&mut steps);
        assert_eq!(steps, [1, 2, 3, 4, 5, 6, 7].map(step));
    }
}
