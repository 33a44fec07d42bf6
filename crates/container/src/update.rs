//! What an incremental update starts from.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use overt_base::{Cx, Problems};

use crate::open::{self, OpenError};
use crate::source::Source;

/// The build before, as far as it is known. Full updates need none of it.
#[derive(Clone, Debug, Default)]
pub struct Update {
    from: Option<Arc<str>>,
    earlier: Option<Arc<BTreeMap<String, Arc<dyn Source>>>>,
}

impl Update {
    /// An update that starts from the build with these partitions' images, by name without slot.
    #[must_use]
    pub fn starting_from(partitions: BTreeMap<String, Arc<dyn Source>>) -> Update {
        Update { from: None, earlier: Some(Arc::new(partitions)) }
    }

    /// An update that starts from the build at `path`: a package, an image or a folder of images, whose partitions are
    /// taken as they are.
    ///
    /// # Errors
    /// When it cannot be read at all or is of no known format.
    pub fn open(path: &Path, cx: &Cx<'_>) -> Result<Update, OpenError> {
        let mut images = BTreeMap::new();
        // What is wrong inside counts only where the update needs it, and is told there.
        let problems = Problems::new(0);
        open::images(path, &mut images, &Cx { problems: &problems, ..*cx })?;
        Ok(Update::starting_from(images))
    }

    /// The same, of which a package says that it starts from the build of this fingerprint.
    #[must_use]
    pub(crate) fn said_to_start_from(&self, fingerprint: Option<&str>) -> Update {
        Update { from: fingerprint.map(Arc::from), earlier: self.earlier.clone() }
    }

    /// The fingerprint of the build it starts from.
    pub(crate) fn from(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// The image of a partition in the build it starts from.
    pub(crate) fn earlier(&self, partition: &str) -> Option<&Arc<dyn Source>> {
        self.earlier.as_ref()?.get(partition)
    }
}
