//! Whether two records know equally much: a difference between records made otherwise need not be one of the firmware.

use overt_record::Record;

/// How the making of two records compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knowledge {
    /// The same engine, catalogue and limits.
    pub same_making: bool,
    /// The same depth.
    pub same_depth: bool,
}

impl Knowledge {
    /// How the records compare.
    #[must_use]
    pub fn of(a: &Record, b: &Record) -> Knowledge {
        Knowledge {
            same_making: a.engine == b.engine && a.catalogue == b.catalogue && a.limits == b.limits,
            same_depth: a.depth == b.depth,
        }
    }

    /// Every difference is one of the firmware (or of what was there to be read).
    #[must_use]
    pub fn is_same(self) -> bool {
        self.same_making && self.same_depth
    }

    /// Why not, in words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match (self.same_making, self.same_depth) {
            (true, true) => "both records were made alike",
            (false, true) => "the two records were made by different engines, catalogues or limits",
            (true, false) => "the two scans did not look equally deep",
            (false, false) => {
                "the two records were made by different engines, catalogues or limits, and the scans did not look equally \
                 deep"
            }
        }
    }
}
