//! What the app carries besides its code.

/// Resources and assets of the app that is looked at.
pub trait Resources {
    /// The string with this number, in the default language.
    fn string(&self, id: u32) -> Option<String>;
    /// A file under `assets/`.
    fn asset(&self, name: &str) -> Option<Vec<u8>>;
    /// The content of the raw resource with this number.
    fn raw(&self, id: u32) -> Option<Vec<u8>>;
    /// The number of the resource with this name (`string`, `app_name`).
    fn identifier(&self, kind: &str, name: &str) -> Option<u32>;
    /// The package's name.
    fn package(&self) -> Option<String>;
    /// The strings of the array with this number.
    fn strings(&self, id: u32) -> Vec<String>;
    /// What the manifest states of the application, or of a part of it, under this name.
    fn meta_data(&self, name: &str) -> Option<String>;
    /// What files of settings that come with the app (properties, JSON) hold under this key, in the order of the files.
    fn setting(&self, key: &str) -> Vec<String>;
}

/// An app without resources.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoResources;

impl Resources for NoResources {
    fn string(&self, _: u32) -> Option<String> {
        None
    }

    fn asset(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn raw(&self, _: u32) -> Option<Vec<u8>> {
        None
    }

    fn identifier(&self, _: &str, _: &str) -> Option<u32> {
        None
    }

    fn package(&self) -> Option<String> {
        None
    }

    fn strings(&self, _: u32) -> Vec<String> {
        Vec::new()
    }

    fn meta_data(&self, _: &str) -> Option<String> {
        None
    }

    fn setting(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}
