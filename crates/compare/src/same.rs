//! How much code two packages share, whatever it is called.

use std::collections::BTreeSet;

use overt_record::Package;

use crate::likeness::{self, Sketch};
use crate::pairing::called;

/// From this share of the smaller package's code on, packages of different names are taken for the same one.
const SAME: f64 = 0.5;

/// Code that so many packages of a build have is a library.
const CARRIERS: usize = 4;

/// Code of the packages of two lists.
pub(crate) struct Code {
    a: Vec<Held>,
    b: Vec<Held>,
    common: BTreeSet<u32>,
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
    /// `all` are the packages of either build, by which libraries that many use are told.
    pub(crate) fn of(a: &[&Package], b: &[&Package], all: [&[Package]; 2]) -> Code {
        let mut common = BTreeSet::new();
        for packages in all {
            let sketches: Vec<(&str, Sketch)> = packages
                .iter()
                .filter_map(|package| Some((called(package), Sketch::of_package(package.shape.as_ref()?))))
                .collect();
            common.extend(likeness::common(sketches.iter().map(|(name, sketch)| (*name, sketch)), CARRIERS));
        }
        Code { a: a.iter().map(Held::of).collect(), b: b.iter().map(Held::of).collect(), common }
    }

    /// 0 for strangers, up to 1000 for the same code.
    pub(crate) fn likeness(&self, a: usize, b: usize) -> u32 {
        let (Some(a), Some(b)) = (self.a.get(a), self.b.get(b)) else { return 0 };
        if !a.dexes.is_empty() && a.dexes == b.dexes {
            return 1000;
        }
        match (&a.sketch, &b.sketch) {
            (Some(x), Some(y)) => {
                let alike = x.similarity_without(y, &self.common);
                if alike >= SAME { (alike * 999.0) as u32 } else { 0 }
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
