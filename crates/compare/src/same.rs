//! How much code two packages share, whatever it is called.

use std::collections::BTreeSet;

use overt_record::Package;

use crate::likeness::Sketch;

/// From this share of the smaller package's code on, packages of different names are taken for the same one.
const SAME: f64 = 0.5;

/// Code of the packages of two lists.
pub(crate) struct Code {
    a: Vec<Held>,
    b: Vec<Held>,
}

struct Held {
    dexes: BTreeSet<String>,
    sketch: Option<Sketch>,
}

impl Held {
    fn of(package: &&Package) -> Held {
        Held { dexes: digests(package), sketch: package.shape.as_ref().map(Sketch::of_package) }
    }
}

impl Code {
    pub(crate) fn of(a: &[&Package], b: &[&Package]) -> Code {
        Code { a: a.iter().map(Held::of).collect(), b: b.iter().map(Held::of).collect() }
    }

    /// 0 for strangers, up to 1000 for the same code.
    pub(crate) fn likeness(&self, a: usize, b: usize) -> u32 {
        let (Some(a), Some(b)) = (self.a.get(a), self.b.get(b)) else { return 0 };
        if !a.dexes.is_empty() && a.dexes == b.dexes {
            return 1000;
        }
        match (&a.sketch, &b.sketch) {
            (Some(x), Some(y)) => {
                // A small app inside a large one is not the large one.
                let sizes = f64::from(x.members.min(y.members)) / f64::from(x.members.max(y.members).max(1));
                let alike = x.similarity(y);
                if alike >= SAME && sizes >= SAME { (alike * 999.0) as u32 } else { 0 }
            }
            _ => 0,
        }
    }
}

/// Digests of the package's DEX files.
pub(crate) fn digests(package: &Package) -> BTreeSet<String> {
    package.code.iter().filter(|code| code.classes > 0).map(|code| code.sha256.clone()).collect()
}

/// Whether the code that was analysed of two packages is the same, byte for byte.
pub(crate) fn same_bytes(a: &Package, b: &Package) -> bool {
    let analysed = |package: &Package| -> BTreeSet<String> {
        package.code.iter().filter(|code| code.analysed).map(|code| code.sha256.clone()).collect()
    };
    let (a, b) = (analysed(a), analysed(b));
    !a.is_empty() && a == b
}
