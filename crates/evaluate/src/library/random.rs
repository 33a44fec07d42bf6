//! `java.util.Random`: a linear congruence of 48 bits, the same on every machine for the same seed.

use super::Table;
use super::arguments::at;
use crate::heap::{Native, Object};
use crate::machine::{Machine, Raised};
use crate::value::Value;

const MULTIPLIER: i64 = 0x5_deec_e66d;
const MASK: i64 = (1 << 48) - 1;

pub(super) const TABLES: &[Table] = &[(
    &["Ljava/util/Random;"],
    &[
        ("<init>", "(J)", |m, v, _| {
            let seed = m.number(at(v, 1))?;
            m.construct(at(v, 0), Native::Random(scrambled(seed)))
        }),
        ("setSeed", "(J)", |m, v, _| {
            let seed = m.number(at(v, 1))?;
            m.construct(at(v, 0), Native::Random(scrambled(seed)))
        }),
        ("nextInt", "()", |m, v, _| next(m, at(v, 0), 32).map(Value::of_int)),
        ("nextInt", "(I)", |m, v, _| {
            let bound = m.int(at(v, 1))?;
            if bound <= 0 {
                return Err(m.throw("Ljava/lang/IllegalArgumentException;", "bound"));
            }
            if bound & (bound - 1) == 0 {
                return next(m, at(v, 0), 31)
                    .map(|n| Value::of_int(((i64::from(bound) * i64::from(n)) >> 31) as i32));
            }
            loop {
                m.steps += 1;
                let bits = next(m, at(v, 0), 31)?;
                let value = bits % bound;
                if bits.wrapping_sub(value).wrapping_add(bound - 1) >= 0 {
                    return Ok(Value::of_int(value));
                }
            }
        }),
        ("nextLong", "()", |m, v, _| {
            let (high, low) = (next(m, at(v, 0), 32)?, next(m, at(v, 0), 32)?);
            Ok(Value::Number((i64::from(high) << 32).wrapping_add(i64::from(low))))
        }),
        ("nextBoolean", "()", |m, v, _| next(m, at(v, 0), 1).map(|bit| Value::of_bool(bit != 0))),
        ("nextFloat", "()", |m, v, _| {
            next(m, at(v, 0), 24)
                .map(|n| Value::Number(i64::from((n as f32 / (1 << 24) as f32).to_bits() as i32)))
        }),
        ("nextDouble", "()", |m, v, _| {
            let (high, low) = (next(m, at(v, 0), 26)?, next(m, at(v, 0), 27)?);
            let value = ((i64::from(high) << 27) + i64::from(low)) as f64 / (1i64 << 53) as f64;
            Ok(Value::Number(value.to_bits() as i64))
        }),
        ("nextBytes", "([B)", |m, v, _| {
            let length = m.any_array(at(v, 1))?.len();
            let mut bits = 0;
            for index in 0..length {
                if index % 4 == 0 {
                    bits = next(m, at(v, 0), 32)?;
                }
                if let Some(Object { native: Native::Array(array), .. }) = m.object_mut(at(v, 1)) {
                    array.put(index, Value::of_int(i32::from(bits as i8)));
                }
                bits >>= 8;
            }
            Ok(Value::NULL)
        }),
    ],
)];

fn scrambled(seed: i64) -> i64 {
    (seed ^ MULTIPLIER) & MASK
}

fn next(m: &mut Machine<'_>, random: Value, bits: u32) -> Result<i32, Raised> {
    match m.object_mut(random) {
        Some(Object { native: Native::Random(seed), .. }) => {
            *seed = seed.wrapping_mul(MULTIPLIER).wrapping_add(0xb) & MASK;
            Ok((*seed >> (48 - bits)) as i32)
        }
        _ => Err(m.unfit(random)),
    }
}
