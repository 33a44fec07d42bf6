//! The overt binary.
fn main() {}
