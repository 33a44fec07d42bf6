//! A small text XML document with the lines of its elements.

use std::sync::Arc;

use crate::properties::Origin;

/// A parsed document.
pub(super) struct Document<'a> {
    tree: roxmltree::Document<'a>,
    path: Arc<str>,
    /// Offsets at which lines begin: the parser's own line count would scan the text for each element.
    lines: Vec<usize>,
}

impl<'a> Document<'a> {
    /// Parses `text`. Documents with a document type are refused: Android's parser expands no entities, and neither do we.
    pub fn parse(text: &'a str, path: &str, elements: usize) -> Result<Document<'a>, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let options = roxmltree::ParsingOptions {
            allow_dtd: false,
            // Texts and attributes count as nodes, too.
            nodes_limit: u32::try_from(elements.saturating_mul(4)).unwrap_or(u32::MAX),
            ..roxmltree::ParsingOptions::default()
        };
        let tree =
            roxmltree::Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
        let lines = std::iter::once(0)
            .chain(
                text.bytes()
                    .enumerate()
                    .filter(|(_, byte)| *byte == b'\n')
                    .map(|(at, _)| at.saturating_add(1)),
            )
            .collect();
        Ok(Document { tree, path: path.into(), lines })
    }

    pub fn root(&self) -> Element<'_, 'a> {
        Element { document: self, node: self.tree.root_element() }
    }
}

/// An element of a document.
pub(super) struct Element<'d, 'a> {
    document: &'d Document<'a>,
    node: roxmltree::Node<'d, 'a>,
}

impl<'d, 'a> Element<'d, 'a> {
    pub fn name(&self) -> &'d str {
        self.node.tag_name().name()
    }

    pub fn attribute(&self, name: &str) -> Option<&'d str> {
        self.node.attribute(name).map(str::trim).filter(|value| !value.is_empty())
    }

    pub fn children(&self) -> impl Iterator<Item = Element<'d, 'a>> + use<'d, 'a> {
        let document = self.document;
        self.node.children().filter(roxmltree::Node::is_element).map(move |node| Element { document, node })
    }

    pub fn origin(&self) -> Origin {
        let start = self.node.range().start;
        let line = self.document.lines.partition_point(|begin| *begin <= start);
        Origin { file: Arc::clone(&self.document.path), line: u32::try_from(line).unwrap_or(u32::MAX) }
    }
}
