//! Where the store lies when nobody says where.

use std::path::{Path, PathBuf};

/// `overt/store.sqlite` in the user's data folder: `$XDG_DATA_HOME`, else `~/.local/share` (XDG Base Directory
/// Specification; a relative `XDG_DATA_HOME` is to be ignored). `None` where neither variable is set.
#[must_use]
pub fn default_path(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))?;
    Some(folder.join(Path::new("overt/store.sqlite")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(variables: &[(&str, &str)]) -> Option<PathBuf> {
        default_path(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_data_folder_of_the_user() {
        let home = ("HOME", "/home/a");
        for (variables, expected) in [
            (&[home, ("XDG_DATA_HOME", "/data")][..], Some("/data/overt/store.sqlite")),
            (&[home][..], Some("/home/a/.local/share/overt/store.sqlite")),
            (&[home, ("XDG_DATA_HOME", "")][..], Some("/home/a/.local/share/overt/store.sqlite")),
            (&[home, ("XDG_DATA_HOME", "relative")][..], Some("/home/a/.local/share/overt/store.sqlite")),
            (&[][..], None),
        ] {
            assert_eq!(located(variables), expected.map(PathBuf::from));
        }
    }
}
