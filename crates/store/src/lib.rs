//! Keeps records: builds, findings, sources, in one SQLite file.
