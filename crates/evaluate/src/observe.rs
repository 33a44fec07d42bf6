//! What is noted while code runs: strings where they come out, and what they are used as.

use overt_program::MethodId;
use rustc_hash::FxHashMap;

pub use crate::form::Use;
use crate::form::form;
use crate::heap::{Native, Object};
use crate::linkage::MethodTarget;
use crate::machine::Machine;
use crate::origin::{Kind, Origin};
use crate::value::Value;

/// Shortest run of bytes that is taken for text.
const SHORTEST_BYTES: usize = 3;
/// Longest value noted, in characters.
const LONGEST: usize = 16 << 10;

/// A string and where it came out.
#[derive(Clone, Debug)]
pub struct Found {
    /// The string; parts that are not known stand as `‹name›`.
    pub value: String,
    /// The method in which it comes out.
    pub method: MethodId,
    /// Where, in code units.
    pub offset: u32,
    /// How it came about.
    pub origin: Origin,
    /// What it was used as.
    pub used: Use,
}

/// What was noted.
#[derive(Debug, Default)]
pub struct Recorder {
    rows: Vec<Found>,
    index: FxHashMap<(String, MethodId, u32), usize>,
    counts: FxHashMap<(MethodId, u32), usize>,
    most: usize,
}

impl Recorder {
    pub(crate) fn new(most: usize) -> Recorder {
        Recorder { most, ..Recorder::default() }
    }

    fn add(&mut self, found: Found) {
        let key = (found.value.clone(), found.method, found.offset);
        if let Some(at) = self.index.get(&key) {
            let Some(row) = self.rows.get_mut(*at) else { return };
            row.used = row.used.and(found.used);
            if found.origin.kind > row.origin.kind
                || found.origin.kind == row.origin.kind
                    && row.origin.cipher.is_none()
                    && found.origin.cipher.is_some()
            {
                row.origin = found.origin;
            }
            return;
        }
        let count = self.counts.entry((found.method, found.offset)).or_insert(0);
        if *count >= self.most {
            return;
        }
        *count += 1;
        self.index.insert(key, self.rows.len());
        self.rows.push(found);
    }

    /// All that was noted.
    #[must_use]
    pub fn into_rows(self) -> Vec<Found> {
        self.rows
    }
}

/// Characters that texts hold: bytes that are no text show others.
fn is_readable(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
        && !text.contains('\u{fffd}')
}

impl Machine<'_> {
    /// What a value is for a reader: a string, or bytes or units that spell one.
    fn shown(&self, value: Value) -> Option<(String, bool)> {
        let object = self.object(value)?;
        let (text, known) = match &object.native {
            Native::Text(text) if text.units.len() > LONGEST => return None,
            Native::Text(text) => (text.show(|hole| self.label(hole).to_owned()), text.is_known()),
            Native::Array(array) if array.len() > LONGEST => return None,
            Native::Array(array) => {
                let text = match (array.bytes(), array.units()) {
                    (Some(bytes), _) if bytes.len() >= SHORTEST_BYTES => String::from_utf8(bytes).ok()?,
                    (_, Some(units)) if units.len() >= SHORTEST_BYTES => String::from_utf16(&units).ok()?,
                    _ => return None,
                };
                (text, true)
            }
            _ => return None,
        };
        is_readable(&text).then_some((text, known))
    }

    /// Notes a value at the instruction under way.
    pub(crate) fn note_value(&mut self, value: Value, used: Use) {
        if self.recorder.is_none() {
            return;
        }
        let Some(frame) = self.frames.last() else { return };
        let method = frame.method;
        let Some(offset) = frame.body.instructions.get(frame.at as usize).map(|one| one.offset) else {
            return;
        };
        let origin = self.origins.get(self.origin(value)).clone();
        let Some((shown, known)) = self.shown(value) else {
            self.note_raw_key(value, used, method, offset, origin);
            return;
        };
        let by_form = form(&shown);
        // With holes, only what is an address or the like says enough.
        if !known && (by_form == Use::OTHER || shown.starts_with('‹')) {
            return;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.add(Found { value: shown, method, offset, origin, used: used.and(by_form) });
        }
    }

    /// A key that spells nothing is noted as hexadecimal digits.
    fn note_raw_key(&mut self, value: Value, used: Use, method: MethodId, offset: u32, origin: Origin) {
        if used.0 & Use::KEY.0 == 0 {
            return;
        }
        let bytes = match self.object(value).map(|object| &object.native) {
            Some(Native::Array(array)) => array.bytes(),
            _ => None,
        };
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty() && bytes.len() <= 1024) else { return };
        let value = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(recorder) = &mut self.recorder {
            recorder.add(Found { value, method, offset, origin, used });
        }
    }

    /// A method of the app gave something back to the lowest frame.
    pub(crate) fn note_returned(&mut self, value: Value, _by: MethodId) {
        if self.recorder.is_none() {
            return;
        }
        let elements: Vec<Value> = match self.object(value).map(|object| &object.native) {
            Some(Native::Array(array)) if array.kind == b'L' => {
                (0..array.len().min(256)).filter_map(|index| array.get(index)).collect()
            }
            Some(Native::Text(_) | Native::Array(_)) => vec![value],
            _ => return,
        };
        for value in elements {
            if self.origins.get(self.origin(value)).kind > Kind::Literal {
                self.note_value(value, Use::default());
            }
        }
    }

    /// A method of the platform made something in the lowest frame.
    pub(crate) fn note_made(&mut self, value: Value, values: &[Value], target: &MethodTarget) {
        if self.recorder.is_none() || self.frames.len() != 1 {
            return;
        }
        let made = if &*target.name == "<init>" { values.first().copied().unwrap_or(value) } else { value };
        match self.object(made) {
            Some(Object { native: Native::Text(_), origin, .. })
            | Some(Object { native: Native::Array(_), origin, .. }) => {
                let kind = self.origins.get(*origin).kind;
                let is_text = matches!(self.object(made), Some(Object { native: Native::Text(_), .. }));
                if kind == Kind::Evaluated || is_text && kind > Kind::Literal {
                    self.note_value(made, Use::default());
                }
            }
            _ => {}
        }
    }

    /// A method of the platform is given strings.
    pub(crate) fn note_use(&mut self, target: &MethodTarget, values: &[Value], modelled: bool) {
        if self.recorder.is_none() {
            return;
        }
        let used = use_of(&target.class, &target.name);
        for value in values {
            let Some(object) = self.object(*value) else { continue };
            let known = matches!(&object.native, Native::Text(_))
                || matches!(&object.native, Native::Array(array) if array.kind == b'B');
            if !known {
                continue;
            }
            let kind = self.origins.get(object.origin).kind;
            // Of what makes a key, the bytes are the key; the text names its algorithm.
            let is_key = used == Some(Use::KEY) && matches!(&object.native, Native::Array(_));
            if used == Some(Use::KEY) && !is_key {
                continue;
            }
            let deep = !modelled && self.frames.len() > 1;
            if is_key
                || kind > Kind::Literal
                    && (used.is_some() || deep)
                    && matches!(&object.native, Native::Text(_))
            {
                self.note_value(*value, used.unwrap_or_default());
            }
        }
    }
}

/// What a method of the platform uses its strings as.
fn use_of(class: &str, name: &str) -> Option<Use> {
    Some(match (class, name) {
        ("Ljava/net/URL;" | "Ljava/net/URI;", "<init>" | "create") => Use::URL,
        (
            "Lorg/apache/http/client/methods/HttpPost;"
            | "Lorg/apache/http/client/methods/HttpGet;"
            | "Lorg/apache/http/client/methods/HttpPut;"
            | "Lorg/apache/http/client/methods/HttpHead;",
            "<init>",
        ) => Use::URL,
        ("Lorg/apache/http/HttpHost;", "<init>") => Use::HOST,
        ("Landroid/webkit/WebView;", "loadUrl") => Use::URL,
        ("Landroid/net/Uri;", "parse") => Use::URI,
        ("Ljava/net/Socket;" | "Ljava/net/InetSocketAddress;", "<init>") => Use::HOST,
        ("Ljava/net/InetAddress;", "getByName" | "getAllByName") => Use::HOST,
        ("Landroid/content/Intent;", "<init>" | "setAction") => Use::ACTION,
        ("Landroid/content/IntentFilter;", "<init>" | "addAction") => Use::ACTION,
        ("Ljava/lang/Runtime;", "exec") => Use::COMMAND,
        ("Ljava/lang/ProcessBuilder;", "<init>" | "command") => Use::COMMAND,
        (
            "Ljava/io/File;"
            | "Ljava/io/FileInputStream;"
            | "Ljava/io/FileOutputStream;"
            | "Ljava/io/FileReader;",
            "<init>",
        ) => Use::FILE,
        ("Ldalvik/system/DexClassLoader;" | "Ldalvik/system/PathClassLoader;", "<init>") => Use::FILE,
        ("Ljava/lang/System;" | "Ljava/lang/Runtime;", "load") => Use::FILE,
        ("Ljava/lang/Class;", "forName") => Use::CLASS,
        (
            "Ljava/lang/ClassLoader;"
            | "Ldalvik/system/DexClassLoader;"
            | "Ldalvik/system/PathClassLoader;"
            | "Ldalvik/system/DexFile;",
            "loadClass",
        ) => Use::CLASS,
        (
            "Ljavax/crypto/spec/SecretKeySpec;"
            | "Ljavax/crypto/spec/DESKeySpec;"
            | "Ljavax/crypto/spec/DESedeKeySpec;",
            "<init>",
        ) => Use::KEY,
        _ => return None,
    })
}
