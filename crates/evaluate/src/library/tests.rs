//! The tables.

use std::collections::HashSet;

use super::*;

#[test]
fn a_row_stands_once_and_its_parameters_are_descriptors() {
    let mut seen = HashSet::new();
    for (classes, rows) in FAMILIES.iter().copied().flatten() {
        for class in *classes {
            assert!(class.starts_with(['L', '[']), "{class}");
            for (name, parameters, _) in *rows {
                assert!(
                    parameters.starts_with('(') && parameters.ends_with(')'),
                    "{class}->{name}{parameters}"
                );
                assert!(seen.insert((class, name, parameters)), "{class}->{name}{parameters} stands twice");
            }
        }
    }
    assert!(count() > 500);
}
