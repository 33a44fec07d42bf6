//! Renders records for people and programs.
