//! Records for tests of everything right of the waist: one made by hand, many made by chance.

mod arbitrary;
mod sample;
mod telling;

pub use arbitrary::{finding, record};
pub use sample::{clean, sample, sized};
pub use telling::telling;
