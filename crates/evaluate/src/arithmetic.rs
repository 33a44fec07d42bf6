//! What the machine computes: 32- and 64-bit integers that wrap, IEEE floats ("Dalvik bytecode", the arithmetic rows).
//!
//! Registers hold 64 bits: a narrow value is kept sign-extended, a float as its bits.

use overt_dex::Op;

/// Division or remainder by zero: `ArithmeticException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByZero;

fn float(bits: i64) -> f32 {
    f32::from_bits(bits as u32)
}

fn double(bits: i64) -> f64 {
    f64::from_bits(bits as u64)
}

fn of_float(value: f32) -> i64 {
    i64::from(value.to_bits() as i32)
}

fn of_double(value: f64) -> i64 {
    value.to_bits() as i64
}

/// The three-way comparison of floats; `unordered` where one of them is no number.
fn compare<T: PartialOrd>(a: T, b: T, unordered: i64) -> i64 {
    match a.partial_cmp(&b) {
        Some(order) => order as i64,
        None => unordered,
    }
}

/// Computes `op` on the operands; of a form with a literal, `b` is the literal. `None`: not arithmetic.
///
/// # Errors
/// [`ByZero`].
pub fn compute(op: Op, a: i64, b: i64) -> Result<Option<i64>, ByZero> {
    let byte = op as u8;
    Ok(Some(match byte {
        0x2d => compare(float(a), float(b), -1),
        0x2e => compare(float(a), float(b), 1),
        0x2f => compare(double(a), double(b), -1),
        0x30 => compare(double(a), double(b), 1),
        0x31 => a.cmp(&b) as i64,
        0x7b..=0x8f => unary(byte, a),
        0x90..=0xaf => return binary(byte - 0x90, a, b).map(Some),
        0xb0..=0xcf => return binary(byte - 0xb0, a, b).map(Some),
        0xd0..=0xd7 => return literal(byte - 0xd0, a, b).map(Some),
        0xd8..=0xe2 => return literal(byte - 0xd8, a, b).map(Some),
        _ => return Ok(None),
    }))
}

fn unary(op: u8, a: i64) -> i64 {
    let int = a as i32;
    match op {
        0x7b => i64::from(int.wrapping_neg()),
        0x7c => i64::from(!int),
        0x7d => a.wrapping_neg(),
        0x7e => !a,
        0x7f => of_float(-float(a)),
        0x80 => of_double(-double(a)),
        0x81 => i64::from(int),
        0x82 => of_float(int as f32),
        0x83 => of_double(f64::from(int)),
        0x84 => i64::from(int),
        0x85 => of_float(a as f32),
        0x86 => of_double(a as f64),
        // Conversions to integers saturate and take "not a number" to zero, here and there.
        0x87 => i64::from(float(a) as i32),
        0x88 => float(a) as i64,
        0x89 => of_double(f64::from(float(a))),
        0x8a => i64::from(double(a) as i32),
        0x8b => double(a) as i64,
        0x8c => of_float(double(a) as f32),
        0x8d => i64::from(int as i8),
        0x8e => i64::from(int as u16),
        _ => i64::from(int as i16),
    }
}

/// The order of `binop`: eleven on ints, eleven on longs, five on floats, five on doubles.
fn binary(number: u8, a: i64, b: i64) -> Result<i64, ByZero> {
    Ok(match number {
        0..=10 => i64::from(int(number, a as i32, b as i32)?),
        11..=21 => long(number - 11, a, b)?,
        22..=26 => {
            let (a, b) = (float(a), float(b));
            of_float(match number {
                22 => a + b,
                23 => a - b,
                24 => a * b,
                25 => a / b,
                _ => a % b,
            })
        }
        _ => {
            let (a, b) = (double(a), double(b));
            of_double(match number {
                27 => a + b,
                28 => a - b,
                29 => a * b,
                30 => a / b,
                _ => a % b,
            })
        }
    })
}

fn int(number: u8, a: i32, b: i32) -> Result<i32, ByZero> {
    Ok(match number {
        0 => a.wrapping_add(b),
        1 => a.wrapping_sub(b),
        2 => a.wrapping_mul(b),
        3 | 4 if b == 0 => return Err(ByZero),
        3 => a.wrapping_div(b),
        4 => a.wrapping_rem(b),
        5 => a & b,
        6 => a | b,
        7 => a ^ b,
        // Only the low five bits of a distance count.
        8 => a.wrapping_shl(b as u32),
        9 => a.wrapping_shr(b as u32),
        _ => (a as u32).wrapping_shr(b as u32) as i32,
    })
}

fn long(number: u8, a: i64, b: i64) -> Result<i64, ByZero> {
    Ok(match number {
        0 => a.wrapping_add(b),
        1 => a.wrapping_sub(b),
        2 => a.wrapping_mul(b),
        3 | 4 if b == 0 => return Err(ByZero),
        3 => a.wrapping_div(b),
        4 => a.wrapping_rem(b),
        5 => a & b,
        6 => a | b,
        7 => a ^ b,
        // The distance is an int; its low six bits count.
        8 => a.wrapping_shl(b as u32),
        9 => a.wrapping_shr(b as u32),
        _ => (a as u64).wrapping_shr(b as u32) as i64,
    })
}

/// The order of `binop/lit16` and `binop/lit8`: as of ints, but subtraction takes the register from the literal.
fn literal(number: u8, a: i64, b: i64) -> Result<i64, ByZero> {
    let (a, b) = (a as i32, b as i32);
    Ok(i64::from(match number {
        1 => b.wrapping_sub(a),
        _ => int(number, a, b)?,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(op: u8, a: i64, b: i64) -> Result<i64, ByZero> {
        compute(Op::from_byte(op), a, b).map(|value| value.expect("arithmetic"))
    }

    #[test]
    fn corners_are_those_of_the_machine() {
        let least = i64::from(i32::MIN);
        assert_eq!(run(0x90, i64::from(i32::MAX), 1), Ok(least), "add-int wraps");
        assert_eq!(run(0x93, least, -1), Ok(least), "div-int of the least by -1");
        assert_eq!(run(0x94, least, -1), Ok(0));
        assert_eq!(run(0x93, 1, 0), Err(ByZero));
        assert_eq!(run(0x9e, 1, 0), Err(ByZero));
        assert_eq!(run(0x93, -7, 2), Ok(-3), "towards zero");
        assert_eq!(run(0x94, -7, 2), Ok(-1));
        assert_eq!(run(0x98, 1, 33), Ok(2), "the distance is taken modulo 32");
        assert_eq!(run(0x9a, -1, 28), Ok(15));
        assert_eq!(run(0xa3, 1, 65), Ok(2));
        assert_eq!(run(0xa5, -1, 60), Ok(15));
        assert_eq!(run(0x8d, 0x1ff, 0), Ok(-1));
        assert_eq!(run(0x8e, -1, 0), Ok(0xffff));
        assert_eq!(run(0xd9, 3, 10), Ok(7), "rsub-int");
        assert_eq!(run(0x8a, f64::NAN.to_bits() as i64, 0), Ok(0));
        assert_eq!(run(0x8a, 1e30f64.to_bits() as i64, 0), Ok(i64::from(i32::MAX)));
        assert_eq!(run(0x2f, f64::NAN.to_bits() as i64, 0), Ok(-1));
        assert_eq!(run(0x30, f64::NAN.to_bits() as i64, 0), Ok(1));
    }

    proptest! {
        #[test]
        fn narrow_results_stay_narrow(op in 0x90u8..=0x9a, a: i32, b: i32) {
            if let Ok(value) = run(op, i64::from(a), i64::from(b)) {
                prop_assert_eq!(value, i64::from(value as i32));
            }
        }

        #[test]
        fn forms_agree(number in 0u8..32, a: i64, b: i64) {
            prop_assert_eq!(run(0x90 + number, a, b), run(0xb0 + number, a, b));
        }

        #[test]
        fn literals_are_ints(number in 0u8..11, a: i32, b: i8) {
            let (a, b) = (i64::from(a), i64::from(b));
            let wanted = if number == 1 { run(0x91, b, a) } else { run(0x90 + number, a, b) };
            prop_assert_eq!(run(0xd8 + number, a, b), wanted);
        }

        #[test]
        fn dividing_and_multiplying_back(a: i32, b: i32) {
            prop_assume!(b != 0);
            let (a, b) = (i64::from(a), i64::from(b));
            let (quotient, rest) = (run(0x93, a, b).unwrap(), run(0x94, a, b).unwrap());
            prop_assert_eq!(run(0x90, run(0x92, quotient, b).unwrap(), rest), Ok(a));
        }
    }
}
