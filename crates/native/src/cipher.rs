//! The formula that leads from the bytes of the file to the text, found by trying.

use crate::mark::{ADD, LOGIC, LOOKUP, MULTIPLY, SHIFT, SUBTRACT, XOR};

/// Longest repeating key tried.
const LONGEST_KEY: usize = 32;

/// The algorithm's word and the key.
pub(crate) fn name(flags: u16, cipher: Option<&[u8]>, plain: &[u8]) -> (String, Option<String>) {
    if let Some(cipher) = cipher.filter(|cipher| cipher.len() == plain.len() && plain.len() >= 3)
        && let Some(found) = formula(flags, cipher, plain)
    {
        return found;
    }
    let mut words = Vec::new();
    for (flag, word) in [(LOOKUP, "lookup"), (XOR, "xor"), (ADD, "add"), (SUBTRACT, "subtract")] {
        if flags & flag != 0 {
            words.push(word);
        }
    }
    if words.is_empty() {
        words.push(if flags & SHIFT != 0 {
            "shift"
        } else if flags & (MULTIPLY | LOGIC) != 0 {
            "arithmetic"
        } else {
            "copy"
        });
    }
    (words.join("+"), None)
}

fn formula(flags: u16, cipher: &[u8], plain: &[u8]) -> Option<(String, Option<String>)> {
    let pairs = || cipher.iter().zip(plain);
    let xor: Vec<u8> = pairs().map(|(c, p)| c ^ p).collect();
    let sum: Vec<u8> = pairs().map(|(c, p)| p.wrapping_sub(*c)).collect();
    let simple = |keys: &[u8]| same(keys).or_else(|| walk(keys));
    // The code says which of several formulas that fit is the one.
    if flags & XOR != 0
        && let Some(key) = simple(&xor)
    {
        return Some(("xor".to_owned(), Some(key)));
    }
    if flags & (ADD | SUBTRACT) != 0 && flags & LOOKUP == 0 {
        let minus: Vec<u8> = sum.iter().map(|key| key.wrapping_neg()).collect();
        let subtracts = flags & SUBTRACT != 0 || same(&sum).is_some() && sum.first() >= Some(&0x80);
        let (word, keys) = if subtracts { ("subtract", minus) } else { ("add", sum) };
        if let Some(key) = simple(&keys) {
            return Some((word.to_owned(), Some(key)));
        }
    }
    if flags & LOGIC != 0 && pairs().all(|(c, p)| !c == *p) {
        return Some(("not".to_owned(), None));
    }
    if flags & SHIFT != 0
        && let Some(by) = (1..8).find(|by| pairs().all(|(c, p)| c.rotate_left(*by) == *p))
    {
        return Some(("rotate".to_owned(), Some(by.to_string())));
    }
    if flags & XOR != 0
        && let Some(key) = repeating(&xor)
    {
        return Some(("xor".to_owned(), Some(key)));
    }
    None
}

fn same(keys: &[u8]) -> Option<String> {
    let first = keys.first()?;
    keys.iter().all(|key| key == first).then(|| format!("{first:#04x}"))
}

/// A key that changes by the same step from byte to byte.
fn walk(keys: &[u8]) -> Option<String> {
    let (first, second) = (keys.first()?, keys.get(1)?);
    let step = second.wrapping_sub(*first);
    let fits = keys.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    fits.then(|| match step {
        1 => format!("{first:#04x}+i"),
        255 => format!("{first:#04x}-i"),
        _ => format!("{first:#04x}+{step}*i"),
    })
}

/// A key that repeats at least twice, as hexadecimal bytes.
fn repeating(keys: &[u8]) -> Option<String> {
    let most = LONGEST_KEY.min(keys.len() / 2);
    let length = (2..=most).find(|length| keys.iter().zip(keys.iter().skip(*length)).all(|(a, b)| a == b))?;
    Some(keys.iter().take(length).map(|key| format!("{key:02x}")).collect())
}
