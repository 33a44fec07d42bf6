//! How much code two packages share, whatever it is called.

use std::collections::BTreeSet;

use overt_record::Package;

/// Code of the packages of two lists.
pub(crate) struct Code {
    a: Vec<BTreeSet<String>>,
    b: Vec<BTreeSet<String>>,
}

impl Code {
    pub(crate) fn of(a: &[&Package], b: &[&Package]) -> Code {
        Code {
            a: a.iter().map(|package| digests(package)).collect(),
            b: b.iter().map(|package| digests(package)).collect(),
        }
    }

    /// 0 for strangers, up to 1000 for the same code.
    pub(crate) fn likeness(&self, a: usize, b: usize) -> u32 {
        let (Some(a), Some(b)) = (self.a.get(a), self.b.get(b)) else { return 0 };
        if !a.is_empty() && a == b { 1000 } else { 0 }
    }
}

/// Digests of the package's DEX files.
pub(crate) fn digests(package: &Package) -> BTreeSet<String> {
    package.code.iter().filter(|code| code.classes > 0).map(|code| code.sha256.clone()).collect()
}

/// Whether two packages hold the very same code, byte for byte, and some.
pub(crate) fn same_bytes(a: &Package, b: &Package) -> bool {
    let analysed = |package: &Package| -> BTreeSet<String> {
        package.code.iter().filter(|code| code.analysed).map(|code| code.sha256.clone()).collect()
    };
    let (a, b) = (analysed(a), analysed(b));
    !a.is_empty() && a == b
}
