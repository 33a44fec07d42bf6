//! The phone around the packages: properties, init services, permissions, uids, native executables.
