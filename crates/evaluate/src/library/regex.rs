//! Patterns that programs split and replace by: literals, classes, repetition, alternatives. Others are not taken.

use super::Table;
use super::arguments::at;
use crate::machine::{Answer, Machine, Raised};
use crate::value::Value;

pub(super) const TABLES: &[Table] = &[
    (
        &["Ljava/lang/String;"],
        &[
            ("replaceAll", "(Ljava/lang/String;Ljava/lang/String;)", |m, v, _| replace(m, v, true)),
            ("replaceFirst", "(Ljava/lang/String;Ljava/lang/String;)", |m, v, _| replace(m, v, false)),
            ("matches", "(Ljava/lang/String;)", |m, v, _| {
                let units = m.units(at(v, 0))?.to_vec();
                let pattern = m.string(at(v, 1))?;
                let pattern = Pattern::parse(&pattern).ok_or(Raised::Unmodelled)?;
                let whole = pattern.match_at(&units, 0, true, &mut m.steps);
                Ok(Value::of_bool(whole.is_some()))
            }),
        ],
    ),
    (
        &["Ljava/util/regex/Pattern;"],
        &[("quote", "(Ljava/lang/String;)", |m, v, _| {
            let text = m.string(at(v, 0))?;
            let quoted: String = text
                .chars()
                .flat_map(|c| (!c.is_alphanumeric()).then_some('\\').into_iter().chain([c]))
                .collect();
            Ok(m.make_text(&quoted))
        })],
    ),
    (
        &["Landroid/text/TextUtils;"],
        &[("split", "(Ljava/lang/String;Ljava/lang/String;)", super::strings::split)],
    ),
];

#[derive(Debug, Clone)]
enum One {
    Unit(u16),
    Any,
    Class(Vec<(u16, u16)>, bool),
}

impl One {
    fn fits(&self, unit: u16) -> bool {
        match self {
            One::Unit(own) => *own == unit,
            One::Any => unit != 10,
            One::Class(ranges, inverted) => {
                ranges.iter().any(|(a, b)| (*a..=*b).contains(&unit)) != *inverted
            }
        }
    }
}

/// A pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// Alternatives of pieces: what, least and most times.
    ways: Vec<Vec<(One, usize, usize)>>,
}

fn class_of(letter: char) -> Option<One> {
    let (ranges, inverted): (&[(char, char)], bool) = match letter {
        'd' => (&[('0', '9')], false),
        'D' => (&[('0', '9')], true),
        's' => (&[(' ', ' '), ('\t', '\r')], false),
        'S' => (&[(' ', ' '), ('\t', '\r')], true),
        'w' => (&[('0', '9'), ('a', 'z'), ('A', 'Z'), ('_', '_')], false),
        'W' => (&[('0', '9'), ('a', 'z'), ('A', 'Z'), ('_', '_')], true),
        _ => return None,
    };
    Some(One::Class(ranges.iter().map(|(a, b)| (*a as u16, *b as u16)).collect(), inverted))
}

fn escape(letter: char) -> Option<char> {
    Some(match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        c if !c.is_alphanumeric() => c,
        _ => return None,
    })
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Option<Pattern> {
        if text.len() > 256 {
            return None;
        }
        let mut ways = vec![Vec::new()];
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let one = match c {
                '|' => {
                    ways.push(Vec::new());
                    continue;
                }
                '(' | ')' | '{' | '}' | '^' | '$' => return None,
                '*' | '+' | '?' => return None,
                '.' => One::Any,
                '\\' => {
                    let letter = chars.next()?;
                    match class_of(letter) {
                        Some(class) => class,
                        None => One::Unit(escape(letter)? as u16),
                    }
                }
                '[' => {
                    let inverted = chars.next_if_eq(&'^').is_some();
                    let mut ranges = Vec::new();
                    loop {
                        let mut from = chars.next()?;
                        match from {
                            ']' => break,
                            '[' | '&' => return None,
                            '\\' => {
                                let letter = chars.next()?;
                                if let Some(One::Class(more, false)) = class_of(letter) {
                                    ranges.extend(more);
                                    continue;
                                }
                                from = escape(letter)?;
                            }
                            _ => {}
                        }
                        let mut to = from;
                        let mut ahead = chars.clone();
                        if ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']') {
                            chars.next();
                            to = chars.next()?;
                        }
                        ranges.push((from as u16, to as u16));
                    }
                    One::Class(ranges, inverted)
                }
                c if (c as u32) < 0x1_0000 => One::Unit(c as u16),
                _ => return None,
            };
            let (least, most) = match chars.peek() {
                Some('*') => (0, usize::MAX),
                Some('+') => (1, usize::MAX),
                Some('?') => (0, 1),
                _ => (1, 1),
            };
            if (least, most) != (1, 1) {
                chars.next();
            }
            ways.last_mut()?.push((one, least, most));
        }
        Some(Pattern { ways })
    }

    /// The end of a match that starts at `from`.
    fn match_at(&self, all: &[u16], from: usize, whole: bool, steps: &mut u64) -> Option<usize> {
        self.ways.iter().find_map(|way| pieces(way, all, from, whole, steps))
    }

    /// The first match at or behind `from`: start and end.
    pub(super) fn search(&self, all: &[u16], from: usize, steps: &mut u64) -> Option<(usize, usize)> {
        (from..=all.len()).find_map(|start| {
            *steps += 1;
            self.match_at(all, start, false, steps).map(|end| (start, end))
        })
    }
}

/// Matches greedily with backtracking; a pattern is short, and each piece gives back one unit at a time.
fn pieces(
    way: &[(One, usize, usize)],
    all: &[u16],
    from: usize,
    whole: bool,
    steps: &mut u64,
) -> Option<usize> {
    *steps += 1;
    let Some(((one, least, most), rest)) = way.split_first() else {
        return (!whole || from == all.len()).then_some(from);
    };
    let fitting = all.get(from..)?.iter().take(*most).take_while(|unit| one.fits(**unit)).count();
    *steps += fitting as u64 / 16;
    // What a piece takes is given back a limited number of times: patterns that explode find nothing.
    let mut tries = 0;
    (*least..=fitting).rev().find_map(|count| {
        tries += 1;
        if tries > 64 && !rest.is_empty() { None } else { pieces(rest, all, from + count, whole, steps) }
    })
}

fn replace(m: &mut Machine<'_>, v: &[Value], every: bool) -> Answer {
    let units = m.units(at(v, 0))?.to_vec();
    let pattern = m.string(at(v, 1))?;
    let with = m.string(at(v, 2))?;
    if with.contains('$') {
        return Err(Raised::Unmodelled);
    }
    let with: Vec<u16> =
        with.replace("\\\\", "\u{0}").replace('\\', "").replace('\u{0}', "\\").encode_utf16().collect();
    let pattern = Pattern::parse(&pattern).ok_or(Raised::Unmodelled)?;
    let mut made = Vec::new();
    let mut start = 0;
    while let Some((found, end)) = pattern.search(&units, start, &mut m.steps) {
        made.extend_from_slice(&units[start..found]);
        made.extend_from_slice(&with);
        m.long_enough(made.len())?;
        if end == found {
            match units.get(found) {
                Some(unit) => made.push(*unit),
                None => {
                    start = units.len();
                    break;
                }
            }
            start = found + 1;
        } else {
            start = end;
        }
        if !every {
            break;
        }
    }
    made.extend_from_slice(units.get(start..).unwrap_or(&[]));
    m.answer_units(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<(usize, usize)> {
        Pattern::parse(pattern)?.search(&text.encode_utf16().collect::<Vec<_>>(), 0, &mut 0)
    }

    #[test]
    fn plain_patterns_are_found() {
        assert_eq!(found("\\|", "a|b"), Some((1, 2)));
        assert_eq!(found("[0-9]+", "ab12c"), Some((2, 4)));
        assert_eq!(found("x|ab", "cab"), Some((1, 3)));
        assert_eq!(found("\\s*,\\s*", "a , b"), Some((1, 4)));
        assert_eq!(found("[^a-c]", "abcd"), Some((3, 4)));
        assert!(Pattern::parse("(a)\\1").is_none());
    }
}
