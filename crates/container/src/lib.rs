//! Opens anything that contains files: folders, archives, images, partitions.
