//! Effects: calls at which something happens instead of data leaving, and what of their arguments decides what.

use overt_catalogue::model::OpenKind;
use smallvec::SmallVec;

use crate::call::Mapping;
use crate::frame::Frame;
use crate::object::{Cell, ObjectId, ObjectKind};
use crate::value::{Constant, Constants, Data, HOLE, Marks, Origin, Value, join_constants, join_data, mark};

/// Parts of an Intent that decide who gets it. What is sent along decides nothing here.
const ADDRESSING: &[&str] = &["action", "target", "package"];

/// Effects at which a file is used up whole: what stands in it decides as much as its name.
const WHOLE_FILES: &[&str] = &["install", "dynamic_code", "flash"];

/// Classes out of which one takes values by name.
const HOLDERS: &[&str] = &[
    "Landroid/content/Intent;",
    "Landroid/os/Bundle;",
    "Landroid/os/BaseBundle;",
    "Landroid/os/Parcel;",
    "Landroid/net/Uri;",
    "Lorg/json/JSONObject;",
    "Lorg/json/JSONArray;",
];

/// The mark of what a call takes out of an Intent or a bundle: a number or a text.
pub(crate) fn taken(class: &str, name: &str) -> Marks {
    match (class, name) {
        ("Ljava/lang/Integer;", "parseInt")
        | ("Ljava/lang/Long;", "parseLong")
        | ("Landroid/content/ContentUris;", "parseId") => mark::NUMBER,
        _ if !HOLDERS.contains(&class) => 0,
        (
            _,
            "getIntExtra" | "getLongExtra" | "getBooleanExtra" | "getInt" | "getLong" | "getBoolean"
            | "readInt" | "readLong" | "getDouble" | "optInt" | "optLong" | "optBoolean" | "optDouble",
        ) => mark::NUMBER,
        (
            _,
            "getStringExtra"
            | "getString"
            | "optString"
            | "readString"
            | "getData"
            | "getDataString"
            | "getParcelableExtra"
            | "getParcelable"
            | "getSerializableExtra"
            | "getStringArrayExtra"
            | "getStringArrayListExtra"
            | "getByteArrayExtra"
            | "getCharSequenceExtra"
            | "getLastPathSegment"
            | "getPathSegments"
            | "getQueryParameter"
            | "getPath",
        ) => mark::TEXT,
        _ => 0,
    }
}

/// The effect whose words are told: which program a command starts matters as much as who completes it.
const COMMAND: &str = "exec";

/// Most words of a command.
const WORDS: i64 = 8;

impl Frame<'_, '_> {
    /// The data that decide what happens at an effect of this kind.
    pub(crate) fn deciding(&mut self, kind: &str, carried: &[Value]) -> Data {
        let mut data = Data::new();
        for value in carried {
            if kind == "component_start" {
                let all = self.addressing(value);
                join_data(&mut data, &all);
                continue;
            }
            let all = self.deep(value);
            join_data(&mut data, &all);
            if WHOLE_FILES.contains(&kind) {
                let all = self.inside(value);
                join_data(&mut data, &all);
            }
        }
        data
    }

    /// What decides who gets an Intent: nothing, where the code itself names a class.
    fn addressing(&mut self, intent: &Value) -> Data {
        let mut data = Data::new();
        let target = Cell::Named(self.session.target_name());
        let mut whole = intent.objects.is_empty();
        for object in intent.objects.clone() {
            let named = self.load(object, target);
            if named.data.is_empty() && named.known_constants().is_some_and(|known| !known.is_empty()) {
                continue;
            }
            whole = true;
            for part in ADDRESSING {
                let part = Cell::Named(self.session.text(part));
                let held = self.load(object, part);
                let all = self.deep(&held);
                join_data(&mut data, &all);
            }
        }
        if whole {
            join_data(&mut data, &intent.data);
        }
        data
    }

    /// The words of a command, or whom an effect is for, as far as they are known: a text in the place of an address.
    pub(crate) fn told(&mut self, kind: &str, carried: &[Value]) -> Value {
        let (COMMAND, [command, ..]) = (kind, carried) else { return self.meant(kind, carried) };
        if command.objects.is_empty() {
            return Value::any().with_constants(command.constants.clone());
        }
        let mut texts = Constants::None;
        for object in command.objects.clone() {
            join_constants(&mut texts, &self.words_of(object));
        }
        Value::any().with_constants(texts)
    }

    /// The words that an array holds, as one text.
    fn words_of(&mut self, array: ObjectId) -> Constants {
        if !self.driver && self.session.objects.is_port(array) {
            // The caller knows it.
            return Constants::Some(smallvec::smallvec![Constant::Of(array)]);
        }
        let whole = Cell::Named(self.session.text("words"));
        if let Some(whole) = self.state.heap.get(array, whole) {
            return whole.constants.clone();
        }
        let size = Cell::Named(self.session.size_name());
        let count = match self.state.heap.get(array, size).and_then(Value::single) {
            Some(Constant::Number(count)) => count.min(WORDS),
            _ => 1,
        };
        let mut text = Value::any();
        for position in 0..count {
            let word = self.load(array, Cell::Index(position));
            text = match position {
                0 => word.with_objects(SmallVec::new()),
                _ => Value::any().with_constants(self.all_joined(&text, " ", &word)),
            };
        }
        match count {
            1 => self.all_joined(&text, " ", &Value::any()),
            _ => text.constants.clone(),
        }
    }

    /// The words of a command, or whom an effect is for, in the caller's terms.
    pub(crate) fn map_told(&mut self, kind: &str, told: &Value, mapping: &mut Mapping) -> Value {
        if kind != COMMAND {
            return self.map_meant(kind, told, mapping);
        }
        let Constants::Some(some) = &told.constants else { return told.clone() };
        let mut all = Constants::None;
        for constant in some.clone() {
            let theirs = match constant {
                Constant::Of(port) => {
                    let theirs = self.map_object(port, mapping);
                    match theirs.objects.is_empty() {
                        true => theirs.constants.clone(),
                        false => self.told(COMMAND, &[theirs]).constants.clone(),
                    }
                }
                Constant::Template(text) if self.is_open(text) => self.filled(text, mapping),
                other => Constants::Some(smallvec::smallvec![other]),
            };
            join_constants(&mut all, &theirs);
        }
        Value::any().with_constants(all)
    }

    /// What stands in the files that a value names.
    fn inside(&mut self, value: &Value) -> Data {
        let mut names = value.clone();
        for part in ["path", "text"] {
            let part = Cell::Named(self.session.text(part));
            names.join(&self.load_from(value, part));
        }
        let Constants::Some(some) = &names.constants else { return Data::new() };
        let mut files = Value::NOTHING;
        for constant in some.clone() {
            if let Constant::Text(text) | Constant::Template(text) = constant
                && self.session.texts.get(text).contains(HOLE)
            {
                // It may be any file.
                continue;
            }
            let file = self.named_thing(OpenKind::File, constant);
            if matches!(self.session.objects.get(file).kind, ObjectKind::Thing(_, Some(_))) {
                files.join(&Value::object(file));
            }
        }
        self.deep(&files)
    }

    /// What of the data may arrive at a sink: at an effect, what somebody outside tells, and what the caller must fill in.
    pub(crate) fn arriving(&self, sink: u32, mut data: Data) -> Data {
        let ends = self.session.ends;
        if !ends.is_effect(sink) {
            return data;
        }
        let counts = |origin| match self.session.origins.get(origin) {
            Origin::Source(_, source) => ends.is_order(source),
            Origin::Read(..) => false,
            _ => true,
        };
        data.retain(|datum| counts(datum.origin));
        data
    }
}
