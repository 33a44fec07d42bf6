//! Calls whose effect on constants and types the engine knows itself: strings, class objects, reflection, views.

use overt_program::classes::MethodKey;
use overt_program::ir::InvokeKind;
use smallvec::SmallVec;

use crate::frame::Frame;
use crate::object::{Cell, ObjectKind};
use crate::reference::Reference;
use crate::template::literal;
use crate::trace::Note;
use crate::value::{Constant, Constants, Data, Value, join_data, mark};

/// A call that the engine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intrinsic {
    /// `new StringBuilder(x)`.
    BuilderNew,
    /// `append(x)`.
    BuilderAppend,
    /// `toString()` of a builder.
    BuilderToString,
    /// Both texts, one after the other.
    Concatenate,
    /// The text itself, or the text of a number.
    ValueOf,
    /// A text made from a text and constants: `substring`, `trim`, `replace` …
    Transform,
    /// `equals` of two constants.
    Equals,
    /// `Class.forName`, `loadClass`.
    ClassForName,
    /// `getClass()`.
    GetClass,
    /// `Class.getName()`.
    ClassName,
    /// `Class.newInstance`, `Constructor.newInstance`.
    NewInstance,
    /// `getMethod`, `getDeclaredMethod`.
    GetMethod,
    /// `getConstructor`: the class goes on.
    GetConstructor,
    /// `Method.invoke`.
    Invoke,
    /// `Array.newInstance`.
    NewArray,
    /// `findViewById`.
    FindView,
    /// `String.format`.
    Format,
    /// A text of an array of characters or bytes.
    OfChars,
    /// `charAt` of a table of characters.
    CharAt,
    /// `getColumnIndex`: the number stands for the name.
    ColumnNumber,
    /// A value of a cursor's row by the number of its column.
    ColumnValue,
    /// `execSQL` with values to bind.
    Execute,
    /// A value bound to a compiled statement.
    Bind,
    /// `UriMatcher.addURI`.
    AddUri,
    /// `UriMatcher.match`.
    MatchUri,
    /// `addJavascriptInterface`: pages call the object's methods and get what they return.
    GiveToPage,
}

impl Intrinsic {
    /// What is known of a method.
    #[must_use]
    pub fn of(class: &str, name: &str, proto: &str) -> Option<Intrinsic> {
        Some(match (class, name) {
            ("Ljava/lang/StringBuilder;" | "Ljava/lang/StringBuffer;", _) => match (name, proto) {
                ("<init>", "(Ljava/lang/String;)V" | "()V" | "(I)V") => Intrinsic::BuilderNew,
                ("append", _) if !proto.contains("II)") => Intrinsic::BuilderAppend,
                ("toString", _) => Intrinsic::BuilderToString,
                _ => return None,
            },
            ("Ljava/lang/String;", "concat") => Intrinsic::Concatenate,
            ("Ljava/lang/String;", "valueOf") if !proto.starts_with("([C") => Intrinsic::ValueOf,
            ("Ljava/lang/String;", "toString" | "intern") => Intrinsic::ValueOf,
            ("Ljava/lang/String;", "substring" | "trim" | "replace" | "toLowerCase" | "toUpperCase") => {
                Intrinsic::Transform
            }
            ("Ljava/lang/String;", "equals" | "equalsIgnoreCase") => Intrinsic::Equals,
            ("Ljava/lang/Class;", "forName") => Intrinsic::ClassForName,
            (
                "Ljava/lang/ClassLoader;"
                | "Ldalvik/system/DexClassLoader;"
                | "Ldalvik/system/PathClassLoader;",
                "loadClass",
            ) => Intrinsic::ClassForName,
            ("Ljava/lang/Class;", "getName" | "getCanonicalName") => Intrinsic::ClassName,
            (_, "getClass") if proto == "()Ljava/lang/Class;" => Intrinsic::GetClass,
            ("Ljava/lang/Class;" | "Ljava/lang/reflect/Constructor;", "newInstance") => {
                Intrinsic::NewInstance
            }
            ("Ljava/lang/Class;", "getMethod" | "getDeclaredMethod") => Intrinsic::GetMethod,
            ("Ljava/lang/Class;", "getConstructor" | "getDeclaredConstructor") => Intrinsic::GetConstructor,
            ("Ljava/lang/reflect/Method;", "invoke") => Intrinsic::Invoke,
            ("Ljava/lang/reflect/Array;", "newInstance") => Intrinsic::NewArray,
            (_, "findViewById") => Intrinsic::FindView,
            ("Ljava/lang/String;", "format") => Intrinsic::Format,
            ("Ljava/lang/String;", "valueOf" | "copyValueOf") if proto.starts_with("([C)") => {
                Intrinsic::OfChars
            }
            ("Ljava/lang/String;", "<init>")
                if proto.starts_with("([C)")
                    || proto.starts_with("([B)")
                    || proto.starts_with("([BLjava/") =>
            {
                Intrinsic::OfChars
            }
            ("Ljava/lang/String;", "charAt") => Intrinsic::CharAt,
            ("Landroid/content/UriMatcher;", "addURI") => Intrinsic::AddUri,
            ("Landroid/content/UriMatcher;", "match") => Intrinsic::MatchUri,
            ("Landroid/database/sqlite/SQLiteDatabase;", "execSQL") if proto.contains('[') => {
                Intrinsic::Execute
            }
            ("Landroid/database/sqlite/SQLiteProgram;" | "Landroid/database/sqlite/SQLiteStatement;", _)
                if name.starts_with("bind") && proto.starts_with("(I") =>
            {
                Intrinsic::Bind
            }
            (_, "getColumnIndex" | "getColumnIndexOrThrow")
                if class.starts_with("Landroid/database/") && proto.starts_with("(Ljava/lang/String;)") =>
            {
                Intrinsic::ColumnNumber
            }
            (_, "getString" | "getInt" | "getLong" | "getShort" | "getFloat" | "getDouble" | "getBlob")
                if class.starts_with("Landroid/database/")
                    && class.ends_with("Cursor;") | class.ends_with("CursorWrapper;")
                    && proto.starts_with("(I)") =>
            {
                Intrinsic::ColumnValue
            }
            ("Landroid/webkit/WebView;", "addJavascriptInterface") => Intrinsic::GiveToPage,
            _ => return None,
        })
    }
}

impl<'a> Frame<'_, 'a> {
    /// Applies an intrinsic; `None` when the model or the default shall do it.
    pub(crate) fn intrinsic(
        &mut self,
        intrinsic: Intrinsic,
        reference: &Reference<'a>,
        receiver: Option<&Value>,
        declared: &[Value],
    ) -> Option<Value> {
        let first = declared.first().cloned().unwrap_or_default();
        match intrinsic {
            Intrinsic::BuilderNew => {
                let text = if reference.parameters.len() == 1
                    && first.objects.is_empty()
                    && &*self.session.texts.get(reference.parameters[0]) == "I"
                    || declared.is_empty()
                {
                    Value::constant(Constant::Text(self.session.text("")))
                } else {
                    self.plain(&first)
                };
                self.store(receiver?, Cell::Content, &Value::NOTHING);
                self.put_text(receiver?, &text, true);
                Some(Value::NOTHING)
            }
            Intrinsic::BuilderAppend => {
                let receiver = receiver?;
                let more = self.plain(&first);
                let prototype = self.session.table.text(reference.key.proto);
                let more = self.written_as(more, prototype);
                self.put_text(receiver, &more, false);
                Some(receiver.clone())
            }
            Intrinsic::BuilderToString => {
                let receiver = receiver?;
                let text = self.builder_text();
                let mut value = self.load_from(receiver, text);
                let rest = self.load_from(receiver, Cell::Content);
                value = value.with_data(&rest.data);
                if value.constants == Constants::None {
                    value = value.with_constants(Constants::Any);
                }
                Some(self.plain_value(&value))
            }
            Intrinsic::Concatenate => {
                let (text, more) = (self.plain(receiver?), self.plain(&first));
                Some(self.concatenated(&text, &more))
            }
            Intrinsic::ValueOf => {
                let value = self.plain(receiver.unwrap_or(&first));
                let prototype = self.session.table.text(reference.key.proto);
                let value = self.written_as(value, prototype);
                Some(if value.is_nothing() { Value::any() } else { value })
            }
            Intrinsic::ClassName => {
                let mut names = Value::NOTHING;
                for class in self.class_constants(receiver?) {
                    let descriptor = self.session.texts.get(class);
                    let name = descriptor.trim_start_matches('L').trim_end_matches(';').replace('/', ".");
                    let name = self.session.text(&name);
                    names.join(&Value::constant(Constant::Text(name)));
                }
                Some(if names.is_nothing() { Value::any() } else { names })
            }
            Intrinsic::Transform => {
                let receiver = &self.plain(receiver?);
                let name = self.session.texts.get(reference.name);
                let mut data = receiver.data.clone();
                for value in declared {
                    join_data(&mut data, &value.data);
                }
                let data = self.marked(data, 0, Note::Derived);
                let constants = match self.transformed(&name, receiver, declared) {
                    Some(text) => {
                        let text = self.session.text(&literal(&text));
                        Constants::Some(smallvec::smallvec![Constant::Text(text)])
                    }
                    None => Constants::Any,
                };
                Some(Value::from(crate::value::Parts { objects: SmallVec::new(), constants, data }))
            }
            Intrinsic::Equals => match (receiver?.single(), first.single()) {
                (Some(Constant::Text(a)), Some(Constant::Text(b))) => {
                    let same = if &*self.session.texts.get(reference.name) == "equals" {
                        a == b
                    } else {
                        self.session.texts.get(a).eq_ignore_ascii_case(&self.session.texts.get(b))
                    };
                    Some(Value::number(i64::from(same)))
                }
                _ => {
                    if !self.session.implicit {
                        return Some(Value::any());
                    }
                    let mut data = receiver?.data.clone();
                    join_data(&mut data, &first.data);
                    let data = self.marked(data, mark::IMPLICIT, Note::Derived);
                    Some(Value::of_data(data))
                }
            },
            Intrinsic::ClassForName => {
                let constants = first.known_constants()?.to_vec();
                let mut classes = Value::NOTHING;
                for constant in constants {
                    let Constant::Text(name) = constant else { continue };
                    let descriptor = format!("L{};", self.session.texts.get(name).replace('.', "/"));
                    let class = self.session.text(&descriptor);
                    classes.join(&Value::constant(Constant::Class(class)));
                }
                (!classes.is_nothing()).then_some(classes)
            }
            Intrinsic::GetClass => {
                let mut classes = Value::NOTHING;
                for object in receiver?.objects.clone() {
                    let (known, exact) = self.classes_of(object);
                    if !exact {
                        return Some(Value::any());
                    }
                    for class in known {
                        classes.join(&Value::constant(Constant::Class(class)));
                    }
                }
                Some(if classes.is_nothing() { Value::any() } else { classes })
            }
            Intrinsic::GetConstructor => Some(receiver?.clone()),
            Intrinsic::NewInstance => self.new_instance(receiver?, declared),
            Intrinsic::GetMethod => {
                let classes = self.class_constants(receiver?);
                let names = first.known_constants()?.to_vec();
                let mut methods = Value::NOTHING;
                for class in classes {
                    for name in &names {
                        if let Constant::Text(name) = name {
                            methods.join(&Value::constant(Constant::Method(class, *name)));
                        }
                    }
                }
                (!methods.is_nothing()).then_some(methods)
            }
            Intrinsic::Invoke => self.invoke_reflected(receiver?, declared),
            Intrinsic::NewArray => {
                let object = self.session.objects.made(self.place, None, false, self.in_loop);
                let value = Value::object(object);
                // The arrays in an array of arrays are not told apart from it.
                self.store(&value, Cell::Content, &value);
                Some(value)
            }
            Intrinsic::Format => self.formatted(declared),
            Intrinsic::OfChars => {
                let text = self.chars_of(&first)?;
                match receiver {
                    Some(made) => {
                        let [object] = made.objects.as_slice() else { return None };
                        let constants = Constants::Some(smallvec::smallvec![text]);
                        for register in &mut self.state.registers {
                            if register.objects.as_slice() == [*object] {
                                *register = register.with_constants(constants.clone());
                            }
                        }
                        Some(Value::NOTHING)
                    }
                    None => {
                        let data = self.held(&first);
                        Some(Value::of_data(data).with_constants(Constants::Some(smallvec::smallvec![text])))
                    }
                }
            }
            Intrinsic::CharAt => {
                let text = receiver?;
                // The text is a table: what stands at a position says which position was asked for.
                if first.data.is_empty() || text.known_constants().is_none() {
                    return None;
                }
                let mut data = self.marked(first.data.clone(), mark::ENCODE, Note::Derived);
                join_data(&mut data, &text.data);
                Some(Value::of_data(data))
            }
            Intrinsic::ColumnNumber => Some(Value::any().with_constants(first.constants.clone())),
            Intrinsic::ColumnValue => {
                let value = self.column(receiver?, &first);
                let name = self.session.texts.get(reference.name);
                let value = self.noted(&value, Note::Derived);
                Some(self.taken_as(value, crate::rows::read_as(&name)))
            }
            Intrinsic::Execute => {
                let tables = self.tables(receiver, &first);
                let inline = self.noted(&Value::of_data(first.data.clone()), Note::Derived);
                for table in tables.objects.clone() {
                    if !inline.data.is_empty() {
                        self.store_weakly(table, Cell::Content, &inline);
                    }
                }
                let values = declared.get(1).cloned().unwrap_or_default();
                if self.bind(&tables, &first, &values).is_none() {
                    let held = self.load_from(&values, Cell::Content);
                    for table in tables.objects.clone() {
                        self.store_weakly(table, Cell::Content, &held);
                    }
                }
                Some(Value::NOTHING)
            }
            Intrinsic::Bind => {
                let receiver = receiver?;
                let (table, statement) =
                    (Cell::Named(self.session.text("table")), Cell::Named(self.session.text("statement")));
                let tables = self.load_from(receiver, table);
                let statement = self.load_from(receiver, statement);
                let cell = self.bound_column(&statement, &first);
                let value = declared.get(1).map(|value| self.noted(value, Note::Kept)).unwrap_or_default();
                for table in tables.objects.clone() {
                    self.store_weakly(table, cell, &value);
                }
                Some(Value::NOTHING)
            }
            Intrinsic::AddUri => {
                let path = declared.get(1).cloned().unwrap_or_default();
                self.add_uri(&first, &path, declared.get(2));
                Some(Value::NOTHING)
            }
            Intrinsic::MatchUri => Some(self.matched_uri(&first)),
            Intrinsic::GiveToPage => {
                self.give_to_page(reference, &first);
                Some(Value::NOTHING)
            }
            Intrinsic::FindView => {
                let view = self.library_result(Value::NOTHING, reference.returns);
                if let (Some(source), Some(Constant::Number(id))) =
                    (self.session.ends.passwords, first.single())
                    && self.session.password_views.contains(&id)
                {
                    let datum = self.source_datum(source);
                    return Some(view.with_data(&[datum]));
                }
                Some(view)
            }
        }
    }

    /// What the methods of an object return goes to the page that was given the object.
    fn give_to_page(&mut self, reference: &Reference<'a>, given: &Value) {
        let table = self.session.table;
        let mut told = Data::new();
        for object in given.objects.clone() {
            let (classes, _) = self.classes_of(object);
            for class in classes {
                let Some(own) = self.session.own_class(class) else { continue };
                for method in table.class(own).methods.clone().map(overt_program::MethodId) {
                    let definition = table.method(method);
                    // `ACC_PUBLIC`, and no constructor.
                    if definition.direct || definition.access & 1 == 0 || definition.code_off == 0 {
                        continue;
                    }
                    let signature = self.session.signature(method);
                    let mut arguments = vec![Value::object(object)];
                    arguments.resize(signature.parameters.len().max(1), Value::any());
                    if let Some(returned) = self.call_own(method, &arguments) {
                        let data = self.deep(&returned);
                        join_data(&mut told, &data);
                    }
                }
            }
        }
        for sink in &reference.sinks {
            self.hit(self.place, *sink, told.clone(), &Value::NOTHING);
        }
    }

    fn builder_text(&mut self) -> Cell {
        Cell::Named(self.session.text("text"))
    }

    /// A value as text: data of all it holds, constants where they are texts or numbers.
    fn plain(&mut self, value: &Value) -> Value {
        if value.objects.is_empty() {
            return value.clone();
        }
        // The text of a builder that is appended to another.
        let text = self.builder_text();
        let mut inner = Value::NOTHING;
        for object in value.objects.clone() {
            if let Some(held) = self.state.heap.get(object, text).cloned() {
                inner.join(&held);
            }
        }
        let data = self.held(value);
        let constants = match (&value.constants, inner.is_nothing()) {
            (Constants::Some(_), true) => value.constants.clone(),
            (_, true) => Constants::Any,
            _ => inner.constants.clone(),
        };
        Value::from(crate::value::Parts { objects: SmallVec::new(), constants, data })
    }

    fn put_text(&mut self, builder: &Value, more: &Value, fresh: bool) {
        let cell = self.builder_text();
        for object in builder.objects.clone() {
            let port = self.session.objects.is_port(object);
            let value = if fresh {
                more.clone()
            } else {
                match self.state.heap.get(object, cell).cloned() {
                    Some(before) => self.concatenated(&before, more),
                    // A builder made here and not filled yet is empty.
                    None if !port => more.clone(),
                    None => {
                        let before = self.load(object, cell);
                        self.concatenated(&Value::of_data(before.data.clone()), more)
                    }
                }
            };
            let value = self.noted(&value, Note::Derived);
            let known = *self.session.objects.get(object);
            // Of builders made in a loop the newest is meant: its text is its own, its data may be those of an older one.
            let newest = matches!(known.kind, ObjectKind::Made(place, None) if place.method == self.method);
            if builder.objects.len() == 1 && known.many && newest && !self.driver {
                let before = self.state.heap.get(object, cell).map(|held| held.data.clone());
                let value = value.with_data(&before.unwrap_or_default());
                self.state.heap.set(object, cell, value);
            } else if builder.objects.len() == 1 && !known.many {
                self.state.heap.set(object, cell, value);
            } else {
                self.store_weakly(object, cell, &value);
            }
        }
    }

    fn concatenated(&mut self, a: &Value, b: &Value) -> Value {
        let mut data: Data = a.data.clone();
        join_data(&mut data, &b.data);
        if !self.control.is_empty() {
            let control = self.control.clone();
            join_data(&mut data, &control);
        }
        let constants = self.all_joined(a, "", b);
        Value::from(crate::value::Parts { objects: SmallVec::new(), constants, data })
    }

    /// A string method on constants. Positions count UTF-16 units; texts beyond ASCII are left alone.
    fn transformed(&self, name: &str, receiver: &Value, declared: &[Value]) -> Option<String> {
        let Constant::Text(text) = receiver.single()? else { return None };
        let text = self.session.texts.get(text);
        if !text.is_ascii() || text.len() > 4096 {
            return None;
        }
        let position = |at: usize| match declared.get(at).map(|value| value.single()) {
            Some(Some(Constant::Number(number))) => usize::try_from(number).ok(),
            _ => None,
        };
        let part = |at: usize| match declared.get(at)?.single()? {
            Constant::Text(text) => Some(self.session.texts.get(text).to_string()),
            Constant::Number(number) => char::from_u32(u32::try_from(number).ok()?).map(String::from),
            _ => None,
        };
        match name {
            "substring" if declared.len() == 1 => text.get(position(0)?..).map(str::to_owned),
            "substring" => text.get(position(0)?..position(1)?).map(str::to_owned),
            "trim" => Some(text.trim_matches(|c: char| c <= ' ').to_owned()),
            "toLowerCase" => Some(text.to_ascii_lowercase()),
            "toUpperCase" => Some(text.to_ascii_uppercase()),
            "replace" => Some(text.replace(&part(0)?, &part(1)?)),
            _ => None,
        }
    }

    /// A value as `append` and `valueOf` write it, given the type they take: a character is not its number.
    fn written_as(&mut self, value: Value, prototype: &str) -> Value {
        let (is_char, is_bool) = (prototype.starts_with("(C)"), prototype.starts_with("(Z)"));
        if !is_char && !is_bool && !prototype.starts_with("(F)") && !prototype.starts_with("(D)") {
            return value;
        }
        let Constants::Some(some) = &value.constants else { return value };
        let texts: Option<Vec<String>> = (some.iter())
            .map(|constant| match *constant {
                Constant::Number(number) if is_char => {
                    u32::try_from(number).ok().and_then(char::from_u32).map(String::from)
                }
                Constant::Number(number) if is_bool => Some((number != 0).to_string()),
                _ => None,
            })
            .collect();
        let constants = match texts {
            Some(texts) => {
                let mut all: SmallVec<[Constant; 2]> =
                    texts.iter().map(|text| Constant::Text(self.session.text(&literal(text)))).collect();
                all.sort_unstable();
                all.dedup();
                Constants::Some(all)
            }
            None => Constants::Any,
        };
        value.with_constants(constants)
    }

    /// `String.format`: the pattern with the texts of its arguments in it.
    fn formatted(&mut self, declared: &[Value]) -> Option<Value> {
        let [pattern, values] = declared.get(declared.len().checked_sub(2)?..)? else { return None };
        let mut data = pattern.data.clone();
        let held = self.held(values);
        join_data(&mut data, &held);
        let data = self.marked(data, 0, Note::Derived);
        let value = Value::of_data(data);
        let Some(Constant::Text(text)) = pattern.single() else {
            return Some(value);
        };
        let text = self.session.texts.get(text);
        let mut written = Value::constant(Constant::Text(self.session.text("")));
        let (mut rest, mut next) = (&*text, 0);
        while let Some((before, behind)) = rest.split_once('%') {
            let plain = Value::constant(Constant::Text(self.session.text(before)));
            written = self.concatenated(&written, &plain);
            let end = behind.find(|c: char| c.is_ascii_alphabetic() || c == '%')?;
            let (flags, kind) = (behind.get(..end)?, behind.get(end..)?.chars().next()?);
            rest = behind.get(end + kind.len_utf8()..)?;
            let part = match kind {
                '%' => Value::constant(Constant::Text(self.session.text("%"))),
                'n' => Value::constant(Constant::Text(self.session.text("\n"))),
                _ => {
                    let (number, flags) = match flags.split_once('$') {
                        Some((number, flags)) => (number.parse::<i64>().ok()? - 1, flags),
                        None => {
                            next += 1;
                            (next - 1, flags)
                        }
                    };
                    let one = self.load_from(values, Cell::Index(number));
                    if flags.is_empty() && matches!(kind, 's' | 'd') {
                        self.plain(&one)
                    } else {
                        Value::any()
                    }
                }
            };
            written = self.concatenated(&written, &part);
        }
        let plain = Value::constant(Constant::Text(self.session.text(rest)));
        written = self.concatenated(&written, &plain);
        Some(value.with_constants(written.constants.clone()))
    }

    fn new_instance(&mut self, class: &Value, declared: &[Value]) -> Option<Value> {
        let classes = self.class_constants(class);
        if classes.is_empty() {
            return None;
        }
        let mut made = Value::NOTHING;
        for class in classes {
            let object = self.session.objects.made(self.place, Some(class), true, self.in_loop);
            let value = Value::object(object);
            if let Some(own) = self.session.own_class(class) {
                let table = self.session.table;
                let init = table.names().get("<init>");
                let count = declared.first().map_or(0, |_| 1);
                for method in table.class(own).methods.clone().map(overt_program::MethodId) {
                    if Some(table.method(method).name) != init {
                        continue;
                    }
                    let signature = self.session.signature(method);
                    if count == 0 && signature.parameters.len() > 1 {
                        continue;
                    }
                    let arguments = self.spread(value.clone(), declared.last(), signature.parameters.len());
                    self.call_own(method, &arguments);
                }
            }
            made.join(&value);
        }
        Some(made)
    }

    /// A receiver and the elements of an argument array.
    fn spread(&mut self, receiver: Value, array: Option<&Value>, count: usize) -> Vec<Value> {
        let mut all = vec![receiver];
        for position in 0..count.saturating_sub(1) {
            let value =
                array.map(|array| self.load_from(array, Cell::Index(position as i64))).unwrap_or_default();
            all.push(value);
        }
        all
    }

    fn invoke_reflected(&mut self, method: &Value, declared: &[Value]) -> Option<Value> {
        let constants = method.known_constants()?.to_vec();
        let table = self.session.table;
        let mut result: Option<Value> = None;
        for constant in constants {
            let Constant::Method(class, name) = constant else { return None };
            let (class_text, name_text) = (self.session.texts.get(class), self.session.texts.get(name));
            let Some(name) = table.names().get(&name_text) else { continue };
            let receiver = declared.first().cloned().unwrap_or_default();
            let own = self.session.own_class(class);
            let mut found: Vec<(overt_program::MethodId, Value)> = Vec::new();
            if let Some(own) = own {
                for class in table.superclasses(own).collect::<Vec<_>>() {
                    for method in table.class(class).methods.clone().map(overt_program::MethodId) {
                        if table.method(method).name == name && table.own_index(method).is_some() {
                            found.push((method, receiver.clone()));
                        }
                    }
                    if !found.is_empty() {
                        break;
                    }
                }
            }
            let mut value = Value::NOTHING;
            let before = self.state.heap.clone();
            for (method, receiver) in found {
                let signature = self.session.signature(method);
                let mut arguments = self.spread(
                    receiver,
                    declared.get(1),
                    signature.parameters.len() + usize::from(signature.is_static),
                );
                if signature.is_static {
                    arguments.remove(0);
                }
                // A method of a subclass may be meant: the class was found on the object.
                let definition = *table.method(method);
                let target = match arguments.first().and_then(|first| first.objects.first().copied()) {
                    Some(object) if !signature.is_static => {
                        let (classes, exact) = self.classes_of(object);
                        let exact = exact.then(|| classes.first().copied()).flatten();
                        exact
                            .and_then(|class| self.session.own_class(class))
                            .and_then(|class| self.session.dispatch(class, definition.name, definition.proto))
                            .unwrap_or(method)
                    }
                    _ => method,
                };
                if let Some(returned) = self.call_own(target, &arguments) {
                    value.join(&returned);
                }
            }
            if value.is_nothing() && own.is_none() {
                // A method of the platform that the code also names somewhere, or that takes nothing.
                for proto in ["()Ljava/lang/String;", "()I", "()V", "()Ljava/lang/Object;"] {
                    let (Some(class), Some(proto)) =
                        (table.names().get(&class_text), table.names().get(proto))
                    else {
                        continue;
                    };
                    let reference = self.session.resolve(MethodKey { class, name, proto });
                    if reference.sources.is_empty() && reference.sinks.is_empty() {
                        continue;
                    }
                    if let Some(returned) =
                        self.call(InvokeKind::Direct, &reference, std::slice::from_ref(&receiver))
                    {
                        value.join(&returned);
                    }
                }
                self.join_with(&before);
            }
            let data = self.marked(value.data.clone(), mark::REFLECTION, Note::Returned);
            let value = Value::from(crate::value::Parts { data, ..(*value).clone() });
            match &mut result {
                None => result = Some(value),
                Some(known) => {
                    known.join(&value);
                }
            }
        }
        result.filter(|value| !value.is_nothing())
    }

    fn join_with(&mut self, before: &crate::heap::Heap) {
        let mut heap = std::mem::take(&mut self.state.heap);
        self.join_heaps(&mut heap, before);
        self.state.heap = heap;
    }
}
