//! The call graph that reachability leaves behind: who reaches what, from which root, by which chain.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;

/// A step of a call chain: at `offset` of the own method at position `method`, control goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// Position among the table's own methods.
    pub method: usize,
    /// Offset in code units of the instruction that leads on.
    pub offset: u32,
}

/// An edge. Nodes below the method count are methods; the others stand for classes that exist and for call shapes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub from: u32,
    pub to: u32,
    /// Offset in `from`, when `from` is a method.
    pub offset: u32,
    /// Rests on an assumption about a library class that nobody described.
    pub assumed: bool,
}

/// Edges by their start.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    starts: Vec<u32>,
    edges: Vec<Edge>,
}

impl Graph {
    pub(crate) fn build(nodes: usize, mut edges: Vec<Edge>) -> Graph {
        edges.sort_by_key(|edge| (edge.from, edge.offset, edge.to));
        edges.dedup_by_key(|edge| (edge.from, edge.offset, edge.to));
        let mut starts = vec![0u32; nodes + 1];
        for edge in &edges {
            starts[edge.from as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        Graph { starts, edges }
    }

    pub(crate) fn nodes(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(crate) fn from(&self, node: u32) -> &[Edge] {
        &self.edges[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// Nodes reachable from `roots`; without assumed edges when `certain`.
    pub(crate) fn closure(&self, roots: impl IntoIterator<Item = u32>, certain: bool) -> FixedBitSet {
        let mut seen = FixedBitSet::with_capacity(self.nodes());
        let mut work: Vec<u32> = roots.into_iter().collect();
        while let Some(node) = work.pop() {
            if seen.put(node as usize) {
                continue;
            }
            work.extend(self.from(node).iter().filter(|e| !(certain && e.assumed)).map(|e| e.to));
        }
        seen
    }

    /// Nodes that `roots` reach without passing an avoided one.
    pub(crate) fn around(&self, roots: &[u32], avoided: &dyn Fn(u32) -> bool) -> FixedBitSet {
        let mut seen = FixedBitSet::with_capacity(self.nodes());
        let mut work: Vec<u32> = roots.to_vec();
        while let Some(node) = work.pop() {
            if avoided(node) || seen.put(node as usize) {
                continue;
            }
            work.extend(self.from(node).iter().map(|edge| edge.to));
        }
        seen
    }

    /// For each node, the set of roots that reach it, as rows of `words` 64-bit words.
    pub(crate) fn spread(&self, roots: &[Vec<u32>]) -> RootSets {
        let words = roots.len().div_ceil(64);
        let mut sets = RootSets { words, bits: vec![0; words * self.nodes()] };
        let mut queued = FixedBitSet::with_capacity(self.nodes());
        let mut work = VecDeque::new();
        for (root, nodes) in roots.iter().enumerate() {
            for node in nodes {
                sets.bits[*node as usize * words + root / 64] |= 1 << (root % 64);
                if !queued.put(*node as usize) {
                    work.push_back(*node);
                }
            }
        }
        while let Some(node) = work.pop_front() {
            queued.set(node as usize, false);
            for edge in self.from(node) {
                if sets.merge(node as usize, edge.to as usize) && !queued.put(edge.to as usize) {
                    work.push_back(edge.to);
                }
            }
        }
        sets
    }

    /// Predecessors on shortest ways from `roots`: for each node the edge it was first reached by.
    pub(crate) fn shortest(&self, roots: &[u32]) -> Vec<Option<Edge>> {
        let mut first: Vec<Option<Edge>> = vec![None; self.nodes()];
        let mut seen = FixedBitSet::with_capacity(self.nodes());
        let mut work: VecDeque<u32> = VecDeque::new();
        for root in roots {
            if !seen.put(*root as usize) {
                work.push_back(*root);
            }
        }
        while let Some(node) = work.pop_front() {
            for edge in self.from(node) {
                if !seen.put(edge.to as usize) {
                    first[edge.to as usize] = Some(*edge);
                    work.push_back(edge.to);
                }
            }
        }
        first
    }
}

/// Sets of roots, one row a node.
#[derive(Debug, Default)]
pub(crate) struct RootSets {
    words: usize,
    bits: Vec<u64>,
}

impl RootSets {
    fn merge(&mut self, from: usize, to: usize) -> bool {
        let mut changed = false;
        for word in 0..self.words {
            let value = self.bits[from * self.words + word];
            let slot = &mut self.bits[to * self.words + word];
            changed |= *slot | value != *slot;
            *slot |= value;
        }
        changed
    }

    pub(crate) fn of(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.words).flat_map(move |word| {
            let mut bits = self.bits[node * self.words + word];
            std::iter::from_fn(move || {
                (bits != 0).then(|| {
                    let bit = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    word * 64 + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: u32, to: u32) -> Edge {
        Edge { from, to, offset: 0, assumed: from == 9 }
    }

    #[test]
    fn roots_spread_through_cycles() {
        let graph = Graph::build(10, vec![edge(0, 1), edge(1, 2), edge(2, 1), edge(3, 2), edge(9, 4)]);
        let sets = graph.spread(&[vec![0], vec![3]]);
        assert_eq!(sets.of(1).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(sets.of(2).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(sets.of(3).collect::<Vec<_>>(), [1]);
        assert_eq!(sets.of(4).count(), 0);
        assert!(graph.closure([9], false).contains(4));
        assert!(!graph.closure([9], true).contains(4));
        assert_eq!(graph.shortest(&[0])[2].expect("reached").from, 1);
    }
}
