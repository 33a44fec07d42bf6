//! XML as a tree, whether it was binary or text: the form in which manifests and `res/xml` files are read.

use std::borrow::Cow;

use overt_base::Limits;

use crate::binary_xml::{BinaryXml, Element, Event, NotBinaryXml, Oddity};
use crate::value::Value;

/// Namespace of the platform's attributes.
pub const ANDROID: &str = "http://schemas.android.com/apk/res/android";
/// Namespace of attributes that an app declares itself.
pub const APP: &str = "http://schemas.android.com/apk/res-auto";

/// An attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct XmlAttribute {
    /// Namespace URI.
    pub namespace: Option<String>,
    /// Name; may be empty in obfuscated binary documents.
    pub name: String,
    /// Resource id of the name; 0 in text documents and where the resource map has none.
    pub resource_id: u32,
    /// The value; always [`Value::Text`] in text documents.
    pub value: Value,
    /// The value as it was written in the source, where the compiler kept it.
    pub raw: Option<String>,
}

/// An element with everything inside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct XmlElement {
    /// Name without prefix.
    pub name: String,
    /// Attributes in the order of the file.
    pub attributes: Vec<XmlAttribute>,
    /// Child elements in the order of the file.
    pub children: Vec<XmlElement>,
    /// Character data directly inside, joined.
    pub text: String,
}

/// A document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct XmlDocument {
    /// The outermost element.
    pub root: XmlElement,
    /// Attributes carry resource ids. Where they do, Android finds its own by id and never by name.
    pub has_resource_ids: bool,
    /// What was wrong and was passed over.
    pub oddities: Vec<Oddity>,
}

/// Why bytes are no XML document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotXml(pub String);

impl From<NotBinaryXml> for NotXml {
    fn from(error: NotBinaryXml) -> NotXml {
        NotXml(error.0)
    }
}

impl XmlDocument {
    /// Reads binary or text XML, whichever it is.
    ///
    /// # Errors
    /// [`NotXml`] with the reason when it is neither.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<XmlDocument, NotXml> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        if text.first() == Some(&b'<') {
            return XmlDocument::read_text(bytes, limits);
        }
        XmlDocument::read_binary(bytes, limits)
    }

    /// Reads binary XML.
    ///
    /// # Errors
    /// [`NotXml`] when there is no element.
    pub fn read_binary(bytes: &[u8], limits: &Limits) -> Result<XmlDocument, NotXml> {
        let mut document = BinaryXml::open(bytes)?;
        let mut open: Vec<XmlElement> = Vec::new();
        let mut root: Option<XmlElement> = None;
        let mut elements = 0usize;
        let mut too_deep = 0usize;
        let mut cut = None;
        let mut budget = limits.xml_text_bytes;
        while let Some(event) = document.next_event() {
            match event {
                Event::Start(element) => {
                    elements = elements.saturating_add(1);
                    if elements > limits.xml_elements {
                        cut = Some(format!(
                            "more than {} elements; the rest was not read",
                            limits.xml_elements
                        ));
                        break;
                    }
                    if open.len() >= limits.xml_depth {
                        too_deep = too_deep.saturating_add(1);
                        continue;
                    }
                    // An element that is only half read would say something else than the whole.
                    let Some(read) = own_element(&element, &mut budget) else {
                        cut = Some(format!(
                            "more than {} bytes of text; the rest was not read",
                            limits.xml_text_bytes
                        ));
                        break;
                    };
                    open.push(read);
                }
                Event::End => {
                    if too_deep > 0 {
                        too_deep = too_deep.saturating_sub(1);
                        continue;
                    }
                    if let Some(closed) = open.pop() {
                        close(closed, &mut open, &mut root);
                    }
                }
                Event::Text(text) => {
                    if let Some(top) = open.last_mut()
                        && let Some(left) = budget.checked_sub(text.len())
                    {
                        budget = left;
                        top.text.push_str(&text);
                    }
                }
            }
        }
        let unclosed = open.len();
        while let Some(closed) = open.pop() {
            close(closed, &mut open, &mut root);
        }
        let mut oddities = document.oddities().to_vec();
        if unclosed > 0 && cut.is_none() {
            cut = Some(format!("{unclosed} elements are not closed"));
        }
        if let Some(what) = cut {
            oddities.push(Oddity { at: bytes.len(), what, fatal_for_android: true });
        }
        let root = root.ok_or_else(|| NotXml("the document has no element".into()))?;
        Ok(XmlDocument { root, has_resource_ids: document.has_resource_map(), oddities })
    }

    /// Reads text XML; document type declarations are refused.
    ///
    /// # Errors
    /// [`NotXml`] with the parser's message.
    pub fn read_text(bytes: &[u8], limits: &Limits) -> Result<XmlDocument, NotXml> {
        let text = std::str::from_utf8(bytes).map_err(|error| NotXml(format!("not UTF-8: {error}")))?;
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let options = roxmltree::ParsingOptions {
            allow_dtd: false,
            nodes_limit: u32::try_from(limits.xml_elements).unwrap_or(u32::MAX).saturating_mul(4),
            ..roxmltree::ParsingOptions::default()
        };
        let document = roxmltree::Document::parse_with_options(text, options)
            .map_err(|error| NotXml(error.to_string()))?;
        let mut oddities = Vec::new();
        let root = from_text(document.root_element(), 0, limits, &mut oddities);
        Ok(XmlDocument { root, has_resource_ids: false, oddities })
    }
}

fn from_text(
    node: roxmltree::Node<'_, '_>,
    depth: usize,
    limits: &Limits,
    oddities: &mut Vec<Oddity>,
) -> XmlElement {
    let mut element = XmlElement {
        name: node.tag_name().name().to_owned(),
        attributes: node
            .attributes()
            .map(|attribute| XmlAttribute {
                namespace: attribute.namespace().map(str::to_owned),
                name: attribute.name().to_owned(),
                resource_id: 0,
                value: Value::Text(attribute.value().to_owned()),
                raw: None,
            })
            .collect(),
        children: Vec::new(),
        text: node.children().filter_map(|child| if child.is_text() { child.text() } else { None }).collect(),
    };
    if depth >= limits.xml_depth {
        if node.has_children() && oddities.is_empty() {
            let what = format!("deeper than {} elements; the inner ones were not read", limits.xml_depth);
            oddities.push(Oddity { at: node.range().start, what, fatal_for_android: false });
        }
        return element;
    }
    for child in node.children().filter(roxmltree::Node::is_element) {
        element.children.push(from_text(child, depth.saturating_add(1), limits, oddities));
    }
    element
}

/// The element with its attributes; `None` when the budget of text is used up.
fn own_element(element: &Element<'_>, budget: &mut usize) -> Option<XmlElement> {
    let mut own = |text: Cow<'_, str>| {
        *budget = budget.checked_sub(text.len())?;
        Some(text.into_owned())
    };
    let name = own(element.name())?;
    let mut attributes = Vec::new();
    for attribute in element.attributes() {
        let namespace = match attribute.namespace() {
            Some(uri) => Some(own(uri)?),
            None => None,
        };
        let raw = match attribute.raw() {
            Some(raw) => Some(own(raw)?),
            None => None,
        };
        let value = match attribute.text() {
            Some(text) => Value::Text(own(text)?),
            None => attribute.value(),
        };
        let name = own(attribute.name())?;
        attributes.push(XmlAttribute { namespace, name, resource_id: attribute.resource_id, value, raw });
    }
    Some(XmlElement { name, attributes, ..XmlElement::default() })
}

fn close(closed: XmlElement, open: &mut [XmlElement], root: &mut Option<XmlElement>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(closed),
        // Android's parsers stop at the end of the first outermost element.
        None => {
            root.get_or_insert(closed);
        }
    }
}

impl XmlElement {
    /// The child elements named `name`.
    pub fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a XmlElement> + 'a {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Text of the attribute without a namespace that is named `name`. The source text goes before the typed
    /// value, as in `XmlBlock.Parser.getAttributeValue`, by which Android reads `package` and its like.
    #[must_use]
    pub fn plain(&self, name: &str) -> Option<String> {
        self.attributes
            .iter()
            .find(|attribute| {
                attribute.name == name && attribute.namespace.as_deref().unwrap_or("").is_empty()
            })
            .and_then(|attribute| attribute.raw.clone().or_else(|| attribute.value.as_text()))
    }
}
