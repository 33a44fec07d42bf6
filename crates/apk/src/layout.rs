//! What layouts, menus and preference screens name: code that the platform calls because a resource says so.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::attribute;
use crate::binary_xml::{Attribute, BinaryXml, Element, Event};
use crate::resource_table::{Device, ResourceTable};
use crate::value::Value;

/// Facts from `res/`. Every name comes with the first entry (by name) that has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layouts {
    /// Method names of `android:onClick`: called on the activity that shows the layout.
    pub on_click: BTreeMap<String, String>,
    /// Classes of views, preferences and other elements that are made by name, full dotted names.
    pub views: BTreeMap<String, String>,
    /// Classes of fragments, full dotted names; those that begin with a dot belong to the package.
    pub fragments: BTreeMap<String, String>,
    /// Classes named in attributes: action views, action providers, layout behaviours and managers.
    pub named_classes: BTreeMap<String, String>,
    /// Resource ids of input fields for passwords.
    pub password_fields: BTreeSet<u32>,
    /// How many files were read.
    pub files: usize,
    /// Entries that are no binary XML.
    pub unreadable: Vec<String>,
    /// Bytes of text decoded so far.
    text_bytes: usize,
}

/// Bytes of text that all layouts of one package together may decode: real packages stay below a tenth. Names may be
/// pointed at again and again, so the size of the files says nothing.
const TEXT_BYTES: usize = 256 << 20;

/// Folders of `res/` whose XML names no code.
const SILENT_FOLDERS: &[&str] = &[
    "anim",
    "animator",
    "color",
    "drawable",
    "font",
    "interpolator",
    "mipmap",
    "raw",
    "transition",
    "values",
];

/// Whether an entry may hold a layout, menu, preference screen or navigation graph. Names that follow no convention
/// (shortened by resource packers) are all looked at.
#[must_use]
pub fn is_candidate(entry: &str) -> bool {
    if !entry.ends_with(".xml")
        || entry == "AndroidManifest.xml"
        || entry.starts_with("META-INF/")
        || entry.starts_with("assets/")
    {
        return false;
    }
    let Some(folder) =
        entry.strip_prefix("res/").and_then(|rest| rest.split_once('/')).map(|(folder, _)| folder)
    else {
        return true;
    };
    let kind = folder.split('-').next().unwrap_or(folder);
    !SILENT_FOLDERS.contains(&kind)
}

impl Layouts {
    /// Adds the facts of one file.
    pub fn add(&mut self, entry: &str, bytes: &[u8], table: Option<&ResourceTable>, device: Device) {
        // Packages carry text XML of their own, which the platform never reads as a layout.
        if bytes.trim_ascii_start().first() == Some(&b'<') || bytes.starts_with(b"\xef\xbb\xbf") {
            return;
        }
        let Ok(mut document) = BinaryXml::open(bytes) else {
            self.unreadable.push(entry.to_owned());
            return;
        };
        self.files = self.files.saturating_add(1);
        while let Some(event) = document.next_event() {
            if let Event::Start(element) = event {
                self.element(entry, &element, table, device);
                if self.text_bytes > TEXT_BYTES {
                    self.unreadable.push(entry.to_owned());
                    return;
                }
            }
        }
    }

    fn element(&mut self, entry: &str, element: &Element<'_>, table: Option<&ResourceTable>, device: Device) {
        let tag = element.name();
        self.text_bytes = self.text_bytes.saturating_add(tag.len());
        let is_fragment =
            matches!(tag.as_ref(), "fragment" | "dialog") || tag.ends_with("FragmentContainerView");
        if tag.contains('.') {
            keep(&mut self.views, &tag, entry);
        }
        let mut id = 0;
        let mut password = false;
        for attribute in element.attributes() {
            if self.text_bytes > TEXT_BYTES {
                return;
            }
            match attribute.resource_id {
                id if id == attribute::ON_CLICK.id => {
                    self.keep_text(|it| &mut it.on_click, &attribute, entry, table, device);
                }
                known if known == attribute::NAME.id && is_fragment => {
                    self.keep_text(|it| &mut it.fragments, &attribute, entry, table, device);
                }
                known if known == attribute::FRAGMENT.id => {
                    self.keep_text(|it| &mut it.fragments, &attribute, entry, table, device);
                }
                known
                    if known == attribute::ACTION_VIEW_CLASS.id
                        || known == attribute::ACTION_PROVIDER_CLASS.id =>
                {
                    self.keep_text(|it| &mut it.named_classes, &attribute, entry, table, device);
                }
                known if known == attribute::ID.id => {
                    if let Value::Reference(number) = attribute.value() {
                        id = number;
                    }
                }
                known if known == attribute::INPUT_TYPE.id => {
                    password |= attribute.integer().is_some_and(is_password_type);
                }
                known if known == attribute::PASSWORD.id => {
                    password |= attribute.integer().is_some_and(|flag| flag != 0);
                }
                // The platform's other attributes name no code.
                known if known >> 24 == 0x01 => {}
                _ => match self.counted(attribute.name()).as_ref() {
                    "class" if tag == "fragment" => {
                        self.keep_text(|it| &mut it.fragments, &attribute, entry, table, device);
                    }
                    "class" if tag == "view" => {
                        self.keep_text(|it| &mut it.views, &attribute, entry, table, device);
                    }
                    "layout_behavior" | "layoutManager" | "actionViewClass" | "actionProviderClass" => {
                        self.keep_text(|it| &mut it.named_classes, &attribute, entry, table, device);
                    }
                    _ => {}
                },
            }
        }
        if password && id != 0 {
            self.password_fields.insert(id);
        }
    }

    fn counted<'t>(&mut self, text: Cow<'t, str>) -> Cow<'t, str> {
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        text
    }

    fn keep_text(
        &mut self,
        set: impl Fn(&mut Layouts) -> &mut BTreeMap<String, String>,
        attribute: &Attribute<'_>,
        entry: &str,
        table: Option<&ResourceTable>,
        device: Device,
    ) {
        let text = attribute.text().or_else(|| match attribute.value() {
            Value::Reference(id) => table.and_then(|table| table.text(id, device)).map(Cow::Owned),
            _ => None,
        });
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.text_bytes = self.text_bytes.saturating_add(text.len());
            keep(set(self), &text, entry);
        }
    }
}

fn keep(names: &mut BTreeMap<String, String>, name: &str, entry: &str) {
    match names.get_mut(name) {
        None => {
            names.insert(name.to_owned(), entry.to_owned());
        }
        Some(first) => {
            if entry < first.as_str() {
                *first = entry.to_owned();
            }
        }
    }
}

/// `InputType`: a class in the low four bits, a variation in the next eight.
fn is_password_type(input_type: u32) -> bool {
    const TEXT: u32 = 0x1;
    const NUMBER: u32 = 0x2;
    match (input_type & 0xf, input_type & 0xff0) {
        (TEXT, variation) => matches!(variation, 0x80 | 0x90 | 0xe0),
        (NUMBER, variation) => variation == 0x10,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_what_names_code() {
        for (entry, expected) in [
            ("res/layout/main.xml", true),
            ("res/layout-land-v21/main.xml", true),
            ("res/menu/main.xml", true),
            ("res/xml/preferences.xml", true),
            ("res/navigation/graph.xml", true),
            ("res/0b.xml", true),
            ("r/a/b.xml", true),
            ("res/drawable-v21/x.xml", false),
            ("res/values-de/strings.xml", false),
            ("AndroidManifest.xml", false),
            ("assets/config.xml", false),
            ("res/layout/main.png", false),
        ] {
            assert_eq!(is_candidate(entry), expected, "{entry}");
        }
    }

    #[test]
    fn password_types() {
        for (kind, expected) in [
            (0x81, true),
            (0x91, true),
            (0xe1, true),
            (0x12, true),
            (0x1, false),
            (0x2, false),
            (0x21, false),
            (0x83, false),
        ] {
            assert_eq!(is_password_type(kind), expected, "{kind:#x}");
        }
    }
}
