//! Pairs things of two sides that resemble each other, the most alike first; seen from the other side it is the same pairing.

/// More than so many comparisons are not made: no real build has as much that fits nowhere.
const COMPARISONS: usize = 4_000_000;

/// Pairs members of two lists of names. `likeness` says how alike two are (0: not at all; they are then not paired); the
/// names give an order among equals that does not depend on the side.
pub(crate) fn match_up(
    a: &[String],
    b: &[String],
    likeness: impl Fn(usize, usize) -> u32,
) -> Vec<(usize, usize)> {
    if a.len().saturating_mul(b.len()) > COMPARISONS {
        return Vec::new();
    }
    let mut candidates = Vec::new();
    for (left, x) in a.iter().enumerate() {
        for (right, y) in b.iter().enumerate() {
            let alike = likeness(left, right);
            if alike > 0 {
                // The names as a pair without an order, so that both sides sort alike.
                let names = if x <= y { (x, y) } else { (y, x) };
                candidates.push((u32::MAX - alike, names, left.min(right), left.max(right), (left, right)));
            }
        }
    }
    candidates.sort_unstable();
    let mut taken = (vec![false; a.len()], vec![false; b.len()]);
    let mut pairs = Vec::new();
    for (.., (left, right)) in candidates {
        if let (Some(x), Some(y)) = (taken.0.get_mut(left), taken.1.get_mut(right))
            && !*x
            && !*y
        {
            *x = true;
            *y = true;
            pairs.push((left, right));
        }
    }
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_most_alike_first_and_the_same_from_both_sides() {
        let (a, b) = (names(&["x", "y", "z"]), names(&["y", "x", "w"]));
        let like = |x: &String, y: &String| if x == y { 5 } else { u32::from(x != "z" && y != "w") };
        let there = match_up(&a, &b, |x, y| like(&a[x], &b[y]));
        assert_eq!(there, [(0, 1), (1, 0)]);
        let back = match_up(&b, &a, |x, y| like(&a[y], &b[x]));
        assert_eq!(back.into_iter().map(|(x, y)| (y, x)).collect::<Vec<_>>(), [(1, 0), (0, 1)]);
    }

    #[test]
    fn strangers_stay_alone() {
        assert_eq!(match_up(&names(&["x"]), &names(&["x"]), |_, _| 0), []);
        assert_eq!(match_up(&names(&[]), &names(&["x"]), |_, _| 1), []);
    }
}
