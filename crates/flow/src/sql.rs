//! What a statement of SQL does, as far as data go: which tables, and which column each value is for.
//!
//! Not a parser of SQLite's language: names are found by the words around them ("SQL As Understood By SQLite": INSERT,
//! UPDATE, SELECT, DELETE). What is not understood has no tables.

use crate::value::HOLE;

/// A statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Tables that it names.
    pub tables: Vec<String>,
    /// The column that each `?` is for, where it is written to one.
    pub bound: Vec<Option<String>>,
    /// Columns that it selects, in order; `None` where they are not all plain names.
    pub selected: Option<Vec<String>>,
}

fn words(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first == '\'' {
            rest.get(1..).and_then(|behind| behind.find('\'')).map_or(rest.len(), |at| at + 2)
        } else if first.is_alphanumeric() || matches!(first, '_' | '.' | '"' | '`' | '[' | ']' | '$' | HOLE) {
            let fits =
                |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '`' | '[' | ']' | '$' | HOLE);
            rest.find(|c: char| !fits(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if !word.trim().is_empty() {
            all.push(word);
        }
        rest = behind;
    }
    all
}

/// The bare name: without quotes, database or alias in front.
fn name(word: &str) -> String {
    let bare = word.trim_matches(['"', '`', '[', ']']);
    bare.rsplit('.').next().unwrap_or(bare).trim_matches(['"', '`', '[', ']']).to_owned()
}

fn is_name(word: &str) -> bool {
    word.chars().next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '"' | '`' | '['))
        && !word.contains(HOLE)
}

/// Reads a statement; a bare name is that of a table.
pub(crate) fn read(text: &str) -> Statement {
    let words = words(text);
    let mut statement = Statement::default();
    if words.len() <= 1 {
        statement.tables.extend(words.first().filter(|word| is_name(word)).map(|word| name(word)));
        return statement;
    }
    let is = |at: usize, wanted: &str| words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    let table_at = |at: usize| words.get(at).filter(|word| is_name(word)).map(|word| name(word));
    for at in 0..words.len() {
        let follows = is(at, "from")
            || is(at, "into")
            || is(at, "join")
            || is(at, "table")
            || at == 0 && is(at, "update");
        if follows {
            let mut next = at + 1;
            while ["if", "not", "exists", "or", "replace", "ignore"].iter().any(|word| is(next, word)) {
                next += 1;
            }
            statement.tables.extend(table_at(next));
            // A list of tables: `from a, b`.
            while is(at, "from") && is(next + 1, ",") {
                next += 2;
                statement.tables.extend(table_at(next));
            }
        }
    }
    // A list of tables where a name is wanted: `a LEFT JOIN b`, `a, b`.
    if statement.tables.len() <= 1
        && !["select", "insert", "update", "replace", "delete", "create"].iter().any(|word| is(0, word))
    {
        let first = table_at(0);
        statement.tables.extend(first);
    }
    statement.tables.sort();
    statement.tables.dedup();
    if is(0, "insert") || is(0, "replace") {
        inserted(&words, &mut statement);
    } else if is(0, "update") {
        updated(&words, &mut statement);
    } else if is(0, "select") {
        statement.selected = selected(&words);
    }
    statement
}

/// `insert into t (a, b) values (?, ?)`.
fn inserted(words: &[&str], statement: &mut Statement) {
    let Some(values) = words.iter().position(|word| word.eq_ignore_ascii_case("values")) else { return };
    let open = words.iter().take(values).position(|word| *word == "(");
    let columns: Vec<String> = match open {
        Some(open) => words
            .get(open..values)
            .unwrap_or(&[])
            .iter()
            .filter(|word| is_name(word))
            .map(|word| name(word))
            .collect(),
        None => Vec::new(),
    };
    let (mut column, mut depth) = (0, 0);
    for word in words.get(values + 1..).unwrap_or(&[]) {
        match *word {
            "(" => {
                depth += 1;
                column = if depth == 1 { 0 } else { column };
            }
            ")" => depth -= 1,
            "," if depth == 1 => column += 1,
            "?" => statement.bound.push(columns.get(column).cloned()),
            _ => {}
        }
    }
}

/// `update t set a = ?, b = ? where c = ?`.
fn updated(words: &[&str], statement: &mut Statement) {
    let mut condition = false;
    let mut column: Option<String> = None;
    for (at, word) in words.iter().enumerate() {
        if word.eq_ignore_ascii_case("where") {
            condition = true;
        }
        if words.get(at + 1) == Some(&"=") && is_name(word) {
            column = Some(name(word));
        }
        if *word == "?" {
            statement.bound.push(column.take().filter(|_| !condition));
        }
    }
}

/// `select a, t.b from t`.
fn selected(words: &[&str]) -> Option<Vec<String>> {
    let from = words.iter().position(|word| word.eq_ignore_ascii_case("from"))?;
    let list = words.get(1..from)?;
    let mut columns = Vec::new();
    for one in list.split(|word| *word == ",") {
        match one {
            [only] if is_name(only) => columns.push(name(only)),
            _ => return None,
        }
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tables_and_columns_are_found() {
        let tables = |text: &str| read(text).tables;
        assert_eq!(tables("calls"), ["calls"]);
        assert_eq!(tables("select * from a, b where x = 'from c'"), ["a", "b"]);
        assert_eq!(tables("SELECT x FROM \"a\" LEFT JOIN main.b ON 1"), ["a", "b"]);
        assert_eq!(tables("a LEFT JOIN b ON a.i = b.i"), ["a", "b"]);
        assert_eq!(tables("create table if not exists t (a text)"), ["t"]);
        assert_eq!(tables("delete from t where a = ?"), ["t"]);
        assert_eq!(tables(&format!("delete from {HOLE}")), [""; 0]);
        let insert = read("insert or replace into t (one, two) values (?, lower(?))");
        assert_eq!(insert.tables, ["t"]);
        assert_eq!(insert.bound, [Some("one".to_owned()), Some("two".to_owned())]);
        assert_eq!(read("insert into t values (?,?)").bound, [None, None]);
        let update = read("update t set a=?, b = ? where c = ?");
        assert_eq!(update.tables, ["t"]);
        assert_eq!(update.bound, [Some("a".to_owned()), Some("b".to_owned()), None]);
        assert_eq!(read("select a, t.b from t").selected, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read("select count(*) from t").selected, None);
    }

    /// Words and signs of statements, in any order, and anything else.
    fn statements() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            8 => prop::sample::select(vec![
                "select", "INSERT", "into", "values", "update", "set", "from", "join", "where", "table", "if", "not",
                "exists", "replace", "delete", "a", "b.c", "\"d\"", "[e]", "`f`", "main.g", "'h i'", "(", ")", ",", "?",
                "=", "*", "'", "\"", "\u{fdd0}", ".", "é",
            ])
            .prop_map(str::to_owned),
            1 => ".{0,4}",
        ];
        (prop::collection::vec(word, 0..24), prop::sample::select(vec![" ", ""]))
            .prop_map(|(words, between)| words.join(between))
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in prop_oneof![statements(), ".{0,64}".boxed()]) {
            let statement = read(&text);
            // What is found stands there.
            for table in &statement.tables {
                prop_assert!(text.contains(table.as_str()), "{table} in {text}");
                prop_assert!(!table.contains(HOLE));
            }
            let columns = statement.bound.iter().flatten().chain(statement.selected.iter().flatten());
            for column in columns {
                prop_assert!(text.contains(column.as_str()), "{column} in {text}");
            }
            prop_assert!(statement.bound.len() <= text.matches('?').count());
            prop_assert!(statement.tables.is_sorted_by(|a, b| a < b));
        }
    }
}
