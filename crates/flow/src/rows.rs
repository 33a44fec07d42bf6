//! Rows of tables and cursors: which table, which column.

use overt_catalogue::model::OpenKind;

use crate::frame::Frame;
use crate::object::Cell;
use crate::sql::{self, Statement};
use crate::template::{closed, is_open};
use crate::value::{Constant, Constants, HOLE, Marks, Value, mark};

/// The mark of what a cursor's method reads out of a column.
pub(crate) fn read_as(method: &str) -> Marks {
    match method {
        "getInt" | "getLong" | "getShort" | "getFloat" | "getDouble" => mark::COUNT,
        _ => 0,
    }
}

impl Frame<'_, '_> {
    /// Statements (or names of tables) that a value may be, and whether all are known.
    fn statements(&self, value: &Value) -> (Vec<Statement>, bool) {
        let Constants::Some(some) = &value.constants else { return (Vec::new(), false) };
        let mut all = Vec::new();
        for constant in some {
            match *constant {
                Constant::Text(text) | Constant::Template(text) => {
                    all.push(sql::read(&closed(&self.session.texts.get(text))));
                }
                _ => return (all, false),
            }
        }
        (all, true)
    }

    /// The tables that a name or statement speaks of, in the database of this receiver.
    pub(crate) fn tables(&mut self, database: Option<&Value>, named: &Value) -> Value {
        let mut opened = Value::NOTHING;
        let Constants::Some(some) = named.constants.clone() else {
            return Value::object(self.session.objects.thing(OpenKind::Table, None));
        };
        let name = Cell::Named(self.session.text("name"));
        let of = match database {
            Some(database) => self.load_from(database, name),
            None => Value::any(),
        };
        let databases = match self.alternatives(&of) {
            some if some.len() <= 3 => some,
            _ => smallvec::smallvec![(HOLE.to_string(), false)],
        };
        for constant in some {
            let mut tables: Vec<String> = Vec::new();
            match constant {
                Constant::Of(_) if !self.driver => {
                    let known = self.alternatives(&Value::constant(constant));
                    tables.extend(known.into_iter().map(|(text, _)| text));
                }
                Constant::Text(text) | Constant::Template(text) => {
                    let text = self.session.texts.get(text);
                    tables = sql::read(&text).tables;
                    if tables.is_empty() && is_open(&text) {
                        tables.push(text.to_string());
                    }
                }
                _ => {}
            }
            if tables.is_empty() {
                opened.join(&Value::object(self.session.objects.thing(OpenKind::Table, None)));
            }
            for table in tables {
                for (database, _) in &databases {
                    let key = self.session.text(&format!("{database}\n{table}"));
                    let thing = self.named_thing(OpenKind::Table, Constant::Template(key));
                    opened.join(&Value::object(thing));
                }
            }
        }
        opened
    }

    /// Writes the values bound to a statement into the columns that they are for; `None` where the statement is not known.
    pub(crate) fn bind(&mut self, tables: &Value, statement: &Value, values: &Value) -> Option<()> {
        let (statements, known) = self.statements(statement);
        if !known {
            self.wish_constants(statement);
            return None;
        }
        for statement in statements {
            for (position, column) in statement.bound.iter().enumerate() {
                let value = self.load_from(values, Cell::Index(position as i64));
                let cell = match column {
                    Some(column) => Cell::Key(self.session.text(column)),
                    None => Cell::Content,
                };
                for table in tables.objects.clone() {
                    self.store_weakly(table, cell, &value);
                }
            }
        }
        Some(())
    }

    /// The column of a statement's parameter, counted from 1.
    pub(crate) fn bound_column(&mut self, statement: &Value, number: &Value) -> Cell {
        let (statements, known) = self.statements(statement);
        let (Some(Constant::Number(number)), [statement], true) = (number.single(), &*statements, known)
        else {
            self.wish_constants(statement);
            return Cell::Content;
        };
        let position = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        match position.and_then(|position| statement.bound.get(position)) {
            Some(Some(column)) => Cell::Key(self.session.text(column)),
            _ => Cell::Content,
        }
    }

    /// What a cursor has in a column; its number is kept as its name where it was asked for by name.
    pub(crate) fn column(&mut self, cursor: &Value, number: &Value) -> Value {
        let mut cells: Vec<Cell> = Vec::new();
        match &number.constants {
            Constants::Some(some) => {
                for constant in some.clone() {
                    match constant {
                        Constant::Text(name) | Constant::Template(name) if !self.is_open(name) => {
                            cells.push(Cell::Key(name));
                        }
                        Constant::Number(-1) => {}
                        Constant::Number(position) => cells.extend(self.column_at(cursor, position)),
                        Constant::Of(_) => {
                            self.wish_constants(number);
                            cells.push(Cell::Content);
                        }
                        _ => cells.push(Cell::Content),
                    }
                }
            }
            _ => cells.push(Cell::Content),
        }
        let row = Cell::Named(self.session.text("row"));
        let rows = self.load_from(cursor, row);
        let mut value = Value::NOTHING;
        for cell in cells {
            value.join(&self.load_from(&rows, cell));
        }
        let value = value.with_data(&cursor.data);
        if value.is_nothing() { Value::any() } else { value }
    }

    /// The columns that stand at a position of what was asked for.
    fn column_at(&mut self, cursor: &Value, position: i64) -> Vec<Cell> {
        let columns = Cell::Named(self.session.text("columns"));
        let asked = self.load_from(cursor, columns);
        let mut cells = Vec::new();
        let listed = self.load_from(&asked, Cell::Index(position));
        if let Some(some) = listed.known_constants() {
            cells.extend(some.iter().filter_map(|constant| match constant {
                Constant::Text(name) => Some(Cell::Key(*name)),
                _ => None,
            }));
        }
        if cells.is_empty() {
            let (statements, true) = self.statements(&asked) else { return vec![Cell::Content] };
            for statement in statements {
                let name =
                    statement.selected.as_ref().and_then(|all| all.get(usize::try_from(position).ok()?));
                cells.push(name.map_or(Cell::Content, |name| Cell::Key(self.session.text(name))));
            }
        }
        if cells.is_empty() { vec![Cell::Content] } else { cells }
    }
}
