//! Fixtures, byte builders and expectation matching for tests.

pub mod record;
