//! Behaviours of the catalogue held against a program: the only maker of findings.
