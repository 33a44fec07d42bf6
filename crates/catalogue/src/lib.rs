//! Loads, validates and lints the knowledge: sources, effects, behaviours, entry points.
