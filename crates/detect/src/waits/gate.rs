//! Gates: what must hold on the way to a behaviour. Only comparisons that decide whether the way is gone count, and only
//! with values of which the catalogue says what they are.

use std::collections::BTreeSet;

use overt_catalogue::{Catalogue, GateSign};
use overt_flow::Ancestors;
use overt_program::MethodId;
use overt_program::ir::{Arithmetic, BlockId, Comparison, Definition, Operation, Register};
use overt_record::finding::Gate;
use overt_record::words::GateKind;

use super::held::{Frame, Part, Read, Reader};

/// Least and most milliseconds that are a delay: below are pauses of a screen, above are dates.
const DELAY: std::ops::RangeInclusive<i64> = 60_000..=315_360_000_000;
/// Most texts told of one comparison.
const MOST_TEXTS: usize = 4;
/// Longest text told.
const LONGEST: usize = 40;

/// A gate, and whether it is known which way round it is compared.
pub(crate) struct Compared {
    pub(crate) gate: Gate,
    pub(crate) sure: bool,
}

/// What decides whether the instruction of `method` at `offset` is come to, by the comparisons of that method.
pub(crate) fn gates_at(
    catalogue: &Catalogue,
    ancestors: &Ancestors<'_>,
    reader: &Reader<'_>,
    method: MethodId,
    offset: u32,
) -> Vec<Compared> {
    let Some(read) = reader.read(method) else { return Vec::new() };
    let frame = reader.frame(method, &read);
    let body = &read.definitions.body;
    let Ok(at) = body.instructions.binary_search_by_key(&offset, |one| one.offset) else { return Vec::new() };
    if body.blocks.len() < 2 {
        return Vec::new();
    }
    let block = BlockId(read.definitions.block_of(at as u32));
    let branches = (0..body.blocks.len())
        .map(|number| BlockId(number as u32))
        .filter(|branch| read.regions().decided_by(*branch).contains(&block));
    branches.flat_map(|branch| at_branch(catalogue, ancestors, reader, &frame, branch, block)).collect()
}

/// The two sides of a comparison, and what holds between them where the way goes on; `None`: not known.
struct Sides {
    first: BTreeSet<Part>,
    second: BTreeSet<Part>,
    holds: Option<Comparison>,
}

fn at_branch(
    catalogue: &Catalogue,
    ancestors: &Ancestors<'_>,
    reader: &Reader<'_>,
    frame: &Frame<'_>,
    branch: BlockId,
    block: BlockId,
) -> Vec<Compared> {
    let Some(sides) = sides(reader, frame, branch, block) else { return Vec::new() };
    let asks = |parts: &BTreeSet<Part>, kind: &str| {
        catalogue.gate_rules().iter().filter(|rule| rule.kind == kind).any(|rule| {
            parts.iter().any(|part| match (&rule.sign, part) {
                (GateSign::Call(method), Part::Called { class, name, proto, .. }) => {
                    method.fits(name, proto)
                        && (*class == method.class
                            || method.subclasses && ancestors.is_named(class, &method.class))
                }
                (GateSign::Field(class, names), Part::Field { class: of, name }) => {
                    class == of && names.contains(name)
                }
                _ => false,
            })
        })
    };
    let mut all = Vec::new();
    for word in catalogue.gate_words() {
        let (in_first, in_second) = (asks(&sides.first, &word.kind), asks(&sides.second, &word.kind));
        let Some(kind) = GateKind::parse(&word.kind).filter(|_| in_first || in_second) else { continue };
        let parts = || sides.first.iter().chain(&sides.second);
        let (value, sure) = match kind {
            GateKind::ElapsedDays | GateKind::Uptime => {
                let delay = parts().filter_map(|part| match part {
                    Part::Number(number) if DELAY.contains(number) => Some(*number),
                    _ => None,
                });
                let Some(delay) = delay.max() else { continue };
                let sure = match sides.holds {
                    Some(Comparison::Greater | Comparison::GreaterOrEqual) => in_first && !in_second,
                    Some(Comparison::Less | Comparison::LessOrEqual) => in_second && !in_first,
                    _ => false,
                };
                // Known to be the other way round: it happens within that time, which keeps nothing back.
                if sides.holds.is_some() && !sure && in_first != in_second {
                    continue;
                }
                (Some(duration(delay)), sure)
            }
            GateKind::UserConsent => (None, true),
            _ => {
                let texts: BTreeSet<&str> = parts()
                    .filter_map(|part| match part {
                        Part::Text(text) if !text.trim().is_empty() && text.chars().count() <= LONGEST => {
                            Some(text.as_str())
                        }
                        _ => None,
                    })
                    .collect();
                if texts.is_empty() || texts.len() > MOST_TEXTS {
                    continue;
                }
                let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
                let asked: BTreeSet<&str> = parts().filter_map(|part| property(&word.kind, part)).collect();
                let quoted = quoted.join(", ");
                match asked.into_iter().collect::<Vec<_>>()[..] {
                    [name] => (Some(format!("{name}: {quoted}")), true),
                    _ => (Some(quoted), true),
                }
            }
        };
        let text = if sure { &word.says } else { &word.compares };
        let says = text.replace("{value}", value.as_deref().unwrap_or(""));
        all.push(Compared { gate: Gate { kind, value, says }, sure });
    }
    all
}

fn sides(reader: &Reader<'_>, frame: &Frame<'_>, branch: BlockId, block: BlockId) -> Option<Sides> {
    let body = &frame.read.definitions.body;
    let at = body.block(branch).instructions.end.checked_sub(1)?;
    let (what, a, b) = match body.instructions.get(at as usize)?.operation {
        Operation::If { what, a, b } => (Some(what), a, b),
        Operation::Switch { on } => (None, on, None),
        _ => return None,
    };
    let holds = what.and_then(|what| {
        let successors = &body.block(branch).successors;
        let taken = leads(frame.read, branch, *successors.first()?, block);
        let passed = leads(frame.read, branch, *successors.get(1)?, block);
        match (taken, passed) {
            (true, false) => Some(what),
            (false, true) => Some(negated(what)),
            _ => None,
        }
    });
    let two = |at: u32, a: Register, b: Register, holds| Sides {
        first: reader.parts(frame, at, a),
        second: reader.parts(frame, at, b),
        holds,
    };
    if let Some(b) = b {
        return Some(two(at, a, b, holds));
    }
    // `cmp-long` and then a branch on its sign.
    if let [Definition::At(made)] = frame.read.definitions.definitions(at, a)[..]
        && let Operation::Compute { what: Arithmetic::Compare, a, b: Some(b), .. } =
            body.instructions.get(made as usize)?.operation
    {
        return Some(two(made, a, b, holds));
    }
    Some(Sides { first: reader.parts(frame, at, a), second: BTreeSet::new(), holds: None })
}

/// Does the way from `next` come to `block` inside what `branch` decides?
pub(crate) fn leads(read: &Read, branch: BlockId, next: BlockId, block: BlockId) -> bool {
    let decided = read.regions().decided_by(branch);
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    let mut open = vec![next];
    while let Some(at) = open.pop() {
        if at == block {
            return true;
        }
        if at == branch || !decided.contains(&at) || !seen.insert(at.0) {
            continue;
        }
        open.extend(&read.definitions.body.block(at).successors);
    }
    false
}

fn negated(what: Comparison) -> Comparison {
    match what {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
    }
}

/// The name of the property that is asked for.
fn property<'p>(kind: &str, part: &'p Part) -> Option<&'p str> {
    match part {
        Part::Called { class, key: Some(key), .. } if kind == GateKind::BuildProperty.as_str() => {
            class.ends_with("Properties;").then_some(key.as_str())
        }
        Part::Field { class, name } if class == "Landroid/os/Build;" => Some(name),
        _ => None,
    }
}

/// Milliseconds for people.
fn duration(milliseconds: i64) -> String {
    let minutes = milliseconds / 60_000;
    let counted = |number: i64, unit: &str| match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    };
    match minutes {
        _ if minutes % 1_440 == 0 => counted(minutes / 1_440, "day"),
        _ if minutes % 60 == 0 => counted(minutes / 60, "hour"),
        _ => counted(minutes, "minute"),
    }
}
