//! Every budget in one place. Hitting one is a problem that is reported, never a crash and never silent.

use crate::Digest;

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $ty:ty = $default:expr;)*) => {
        /// Budgets of one scan. Other limits are another analysis, so [`Limits::digest`] is part of the record.
        #[derive(Clone, Debug)]
        pub struct Limits { $($(#[$doc])* pub $name: $ty,)* }

        impl Default for Limits {
            fn default() -> Limits { Limits { $($name: $default,)* } }
        }

        impl Limits {
            /// Digest over all names and values.
            #[must_use]
            pub fn digest(&self) -> Digest {
                let mut text = String::new();
                $(text.push_str(&format!("{}={}\n", stringify!($name), self.$name));)*
                Digest::of(text.as_bytes())
            }

            /// All names and values, in declaration order.
            #[must_use]
            pub fn entries(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name as u64),)*]
            }
        }
    };
}

limits! {
    /// Containers inside containers (image, partition, archive, archive …).
    nesting_depth: usize = 8;
    /// Files in the whole input, containers unfolded.
    files: usize = 2_000_000;
    /// Directory levels in one file system or folder.
    directory_depth: usize = 64;
    /// Bytes of one path on the device.
    path_bytes: usize = 4096;
    /// Bytes one compressed file may unfold to.
    unfolded_file_bytes: u64 = 2 << 30;
    /// Bytes all compressed files of one archive may unfold to.
    unfolded_archive_bytes: u64 = 16 << 30;
    /// Bytes of containers inside containers held unfolded in memory, all together.
    unfolded_memory_bytes: u64 = 4 << 30;
    /// How many times larger than its compressed form a file may get (beyond one mebibyte).
    unfold_ratio: u64 = 1100;
    /// Bytes read to compare second copies of the same partition.
    compared_bytes: u64 = 4 << 30;
    /// Problems of one code kept per file.
    problems_per_code: usize = 20;
    /// XML elements in one binary or text XML file.
    xml_elements: usize = 500_000;
    /// Nesting of XML elements.
    xml_depth: usize = 256;
    /// Bytes of decoded text in one XML file: strings of binary XML may be pointed at again and again.
    xml_text_bytes: usize = 64 << 20;
    /// Bytes of one text configuration file (properties, init script, permission XML).
    configuration_file_bytes: usize = 16 << 20;
    /// Files one property file or init script may pull in, directly and indirectly.
    configuration_imports: usize = 512;
    /// Imported symbols kept of one native file.
    native_imports: usize = 100_000;
    /// Instructions run in the sandbox for one native file.
    native_steps: u64 = 3_000_000;
    /// Instructions of one way through a native function.
    native_path_steps: u64 = 100_000;
    /// Instructions without anything new after which a way through a native function ends.
    native_idle_steps: u64 = 6_000;
    /// Ways tried through one native function where something unknown decides.
    native_forks: usize = 48;
    /// Pages of 4096 bytes that one way through a native function may write.
    native_pages: usize = 192;
    /// Calls inside calls in the sandbox.
    native_depth: usize = 24;
    /// Decoded texts kept of one native file, and calls.
    native_kept: usize = 4096;
    /// Call sites named as evidence in one finding.
    evidence_sites: usize = 8;
    /// Steps of a call chain printed in one finding.
    chain_steps: usize = 24;
}
