//! Fixtures, byte builders and expectation matching for tests.
