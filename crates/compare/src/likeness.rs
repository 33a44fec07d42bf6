//! How much two sets of method shapes have in common, estimated from their sketches.

use std::collections::{BTreeMap, BTreeSet};

use overt_record::shape::{DIGITS, Family, Shape};

/// A set of shapes: how many, and the least of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Members of the set.
    pub members: u32,
    /// The least of them.
    pub least: BTreeSet<u32>,
    /// How many are kept at most.
    size: usize,
}

/// With fewer common shapes chance or a shared library's corner decides.
const LEAST_COMMON: usize = 4;

impl Sketch {
    /// Reads a sketch as records keep it; what is not hexadecimal is left out.
    #[must_use]
    pub fn read(members: u32, text: &str, size: usize) -> Sketch {
        let digits: Vec<u32> = text
            .as_bytes()
            .chunks(DIGITS)
            .filter_map(|chunk| u32::from_str_radix(std::str::from_utf8(chunk).ok()?, 16).ok())
            .take(size)
            .collect();
        Sketch { members, least: digits.into_iter().collect(), size }
    }

    /// Of a package.
    #[must_use]
    pub fn of_package(shape: &Shape) -> Sketch {
        Sketch::read(shape.methods, &shape.sketch, overt_record::shape::PACKAGE_SKETCH)
    }

    /// Of a family.
    #[must_use]
    pub fn of_family(family: &Family) -> Sketch {
        Sketch::read(family.methods, &family.sketch, overt_record::shape::FAMILY_SKETCH)
    }

    /// The share of the smaller set that is also in the other, 0 to 1. An estimate: the least shapes of both sets together
    /// are a sample of them, and of each of these it is known whether both have it.
    #[must_use]
    pub fn similarity(&self, other: &Sketch) -> f64 {
        let size = self.size.min(other.size);
        let smaller = self.members.min(other.members);
        if smaller == 0 || size == 0 {
            return 0.0;
        }
        let sample: BTreeSet<u32> = self.least.union(&other.least).copied().take(size).collect();
        let common =
            sample.iter().filter(|shape| self.least.contains(shape) && other.least.contains(shape)).count();
        if common < LEAST_COMMON.min(smaller as usize) {
            return 0.0;
        }
        let share = common as f64 / sample.len() as f64;
        // |A ∩ B| = J/(1+J) · (|A| + |B|).
        let both = share / (1.0 + share) * (f64::from(self.members) + f64::from(other.members));
        (both / f64::from(smaller)).clamp(0.0, 1.0)
    }
}

impl Sketch {
    /// As [`Sketch::similarity`], of what is left without `common`: libraries that everybody uses make strangers alike. 0 where
    /// what is left is too little, or one has more than twice as much of its own as the other.
    #[must_use]
    pub fn similarity_without(&self, other: &Sketch, common: &BTreeSet<u32>) -> f64 {
        // Above the last shape that a full sketch keeps, it says nothing.
        let end = |sketch: &Sketch| {
            if sketch.least.len() < sketch.size { None } else { sketch.least.last().copied() }
        };
        let limit = [end(self), end(other)].into_iter().flatten().min().unwrap_or(u32::MAX);
        let own = |sketch: &Sketch| -> BTreeSet<u32> {
            sketch.least.range(..=limit).filter(|shape| !common.contains(shape)).copied().collect()
        };
        let (x, y) = (own(self), own(other));
        let both = x.intersection(&y).count();
        let (smaller, larger) = (x.len().min(y.len()), x.len().max(y.len()));
        if both < LEAST_COMMON || smaller * 2 < larger {
            return 0.0;
        }
        both as f64 / smaller as f64
    }
}

/// Shapes that so many of the named sketches have, each name counted once.
#[must_use]
pub fn common<'s>(sketches: impl Iterator<Item = (&'s str, &'s Sketch)>, names: usize) -> BTreeSet<u32> {
    let mut carriers: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for (name, sketch) in sketches {
        for shape in &sketch.least {
            let known = carriers.entry(*shape).or_default();
            if known.len() < names {
                known.insert(name);
            }
        }
    }
    carriers.into_iter().filter(|(_, known)| known.len() >= names).map(|(shape, _)| shape).collect()
}

/// [`Sketch::similarity`] of the code of two packages.
#[must_use]
pub fn packages(a: &Shape, b: &Shape) -> f64 {
    Sketch::of_package(a).similarity(&Sketch::of_package(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: impl Iterator<Item = u32>) -> Sketch {
        // Spread as digests are.
        let all: BTreeSet<u32> =
            members.map(|member| member.wrapping_mul(0x9e37_79b9).rotate_left(7)).collect();
        Sketch { members: all.len() as u32, least: all.into_iter().take(64).collect(), size: 64 }
    }

    #[test]
    fn the_same_the_half_and_strangers() {
        let all = set(0..2000);
        assert_eq!(all.similarity(&all), 1.0);
        assert_eq!(all.similarity(&set(5000..7000)), 0.0);
        let half = all.similarity(&set(1000..3000));
        assert!((0.3..0.7).contains(&half), "{half}");
        let part = all.similarity(&set(0..1000));
        assert!(part > 0.75, "{part}");
        assert_eq!(all.similarity(&set(0..0)), 0.0);
    }

    #[test]
    fn a_library_that_everybody_uses_makes_nobody_alike() {
        let apps: Vec<Sketch> =
            (0..5).map(|app| set((0..900).chain(10_000 * app..10_000 * app + 100))).collect();
        let names = ["a", "b", "c", "d", "e"];
        let everybody = common(names.iter().copied().zip(&apps), 4);
        assert!(!everybody.is_empty());
        assert!(apps[1].similarity(&apps[2]) > 0.5);
        assert_eq!(apps[1].similarity_without(&apps[2], &everybody), 0.0);
        assert!(apps[1].similarity_without(&apps[1], &everybody) > 0.99);
    }
}
