//! A first file of statements, made of the CSV that the Google Play Console exports for "Data safety": what a vendor
//! declared there, as claims to be held against builds.

use std::collections::{BTreeMap, BTreeSet};

use overt_record::words::DataKind;
use serde::Deserialize;

/// Bytes of such a file; the real ones have some tens of thousands.
pub const LARGEST: usize = 4 << 20;

#[derive(Deserialize)]
struct Known {
    types: BTreeMap<String, Vec<DataKind>>,
}

/// What the questionnaire calls things, in our words.
fn known() -> Known {
    toml::from_str(include_str!("data_safety.toml")).unwrap_or(Known { types: BTreeMap::new() })
}

/// What was declared.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Whether any data is collected.
    pub collects: Option<bool>,
    /// Whether it is encrypted on the way.
    pub encrypted: Option<bool>,
    /// Types of data that are collected or shared, by the questionnaire's ids.
    pub types: BTreeSet<String>,
    /// Of these, types that no word stands for.
    pub without_word: BTreeSet<String>,
    /// Of these, types that this version does not know.
    pub unknown: BTreeSet<String>,
    /// What of our data the types stand for.
    pub data: BTreeSet<DataKind>,
}

/// Reads the export.
///
/// # Errors
/// It is not one.
pub fn read(text: &str) -> Result<Declared, String> {
    if text.len() > LARGEST {
        return Err(format!("it has {} bytes, more than any such export", text.len()));
    }
    let mut rows = rows(text.trim_start_matches('\u{feff}')).into_iter();
    let head = rows.next().ok_or("it is empty")?;
    let column = |name: &str| {
        head.iter().position(|cell| cell.trim().to_ascii_lowercase().starts_with(name)).ok_or_else(|| {
            format!(
                "its first line has no column {name:?}; export it from Play Console, App content, Data safety"
            )
        })
    };
    let (question, response, value) =
        (column("question id")?, column("response id")?, column("response value")?);
    let known = known();
    let mut declared = Declared::default();
    for row in rows {
        let cell = |at: usize| row.get(at).map_or("", |cell| cell.trim());
        let truth = match cell(value).to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        match cell(question) {
            "PSL_DATA_COLLECTION_COLLECTS_PERSONAL_DATA" => declared.collects = truth,
            "PSL_DATA_COLLECTION_ENCRYPTED_IN_TRANSIT" => declared.encrypted = truth,
            name if name.starts_with("PSL_DATA_TYPES_") && truth == Some(true) => {
                let kind = cell(response);
                if kind.is_empty() {
                    continue;
                }
                declared.types.insert(kind.to_owned());
                match known.types.get(kind) {
                    Some(data) if data.is_empty() => _ = declared.without_word.insert(kind.to_owned()),
                    Some(data) => declared.data.extend(data),
                    None => _ = declared.unknown.insert(kind.to_owned()),
                }
            }
            _ => {}
        }
    }
    if declared.collects.is_none() && declared.types.is_empty() {
        return Err(
            "it answers none of the questions that are known here (PSL_DATA_COLLECTION_…, PSL_DATA_TYPES_…)"
                .into(),
        );
    }
    Ok(declared)
}

/// The file of statements: to be looked through and completed by whoever knows the app and the day.
#[must_use]
pub fn statements(declared: &Declared, package: Option<&str>, day: Option<&str>) -> String {
    let list = |items: &mut dyn Iterator<Item = &str>| {
        items.map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ")
    };
    let name = package.unwrap_or("CHANGE.ME");
    let packages = list(&mut [name].into_iter());
    let date = day.unwrap_or("1970-01-01");
    let mut text = String::from(
        "# Made of a Data safety export. Look it through: who declared it and when, which package it is of, and what the\n\
         # types of the questionnaire mean in this app. Then: overt claims check FILE BUILD\n",
    );
    if package.is_none() {
        text.push_str(
            "# CHANGE.ME: the export does not name its app (overt claims start --package NAME does).\n",
        );
    }
    if day.is_none() {
        text.push_str("# 1970-01-01: nor does it say when it was declared (--date).\n");
    }
    text.push_str("schema = \"overt.statements/1\"\n");
    let mut claim = |id: &str, kind: &str, says: &str, rest: &str| {
        text.push_str(&format!(
            "\n[[claim]]\nid = \"data-safety-{id}\"\nspeaker = \"the app's publisher\"\ndate = {date}\nsays = \"{says}\"\n\
             source = \"Data safety section, Google Play\"\nkind = \"{kind}\"\npackages = [{packages}]\n{rest}"
        ));
    };
    if declared.collects == Some(false) {
        claim("none", "does-not-collect", "The app collects and shares none of the data asked about.", "");
    } else {
        let data = list(&mut declared.data.iter().map(|kind| kind.as_str()));
        let mut rest = format!("data = [{data}]\n");
        let types =
            |kinds: &BTreeSet<String>| kinds.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        rest.push_str(&format!("# declared: {}\n", types(&declared.types)));
        if !declared.without_word.is_empty() {
            rest.push_str(&format!("# not looked for by Overt: {}\n", types(&declared.without_word)));
        }
        if !declared.unknown.is_empty() {
            rest.push_str(&format!(
                "# not known to this version, add what they mean: {}\n",
                types(&declared.unknown)
            ));
        }
        if declared.data.is_empty() {
            claim(
                "none",
                "does-not-collect",
                "Of the data that Overt looks for, none is declared.",
                rest.replacen("data = []\n", "", 1).as_str(),
            );
        } else {
            claim("only", "collects-only", "The app collects or shares these data and no other.", &rest);
        }
    }
    if declared.encrypted == Some(true) {
        claim("encrypted", "encrypted-in-transit", "What the app collects is encrypted in transit.", "");
    }
    text
}

/// Rows of a CSV file (RFC 4180: quoted cells may hold commas, quotes and line feeds). Never fails: what is not closed ends
/// with the text.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quoted) {
            ('"', true) if characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            ('"', true) => quoted = false,
            ('"', false) if cell.is_empty() => quoted = true,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => {}
            ('\n', false) => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (other, _) => cell.push(other),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::{Kind, Statements};

    const HEAD: &str = "Question ID (machine readable),Response ID (machine readable),Response value,Answer requirement,Human-friendly question label\n";

    #[test]
    fn the_words_of_the_questionnaire_are_known() {
        let known = known();
        assert!(known.types.len() >= 38, "{}", known.types.len());
        let said: BTreeSet<DataKind> = known.types.values().flatten().copied().collect();
        // Only account credentials have no type of their own there.
        let silent: Vec<&str> =
            DataKind::ALL.iter().filter(|kind| !said.contains(kind)).map(|kind| kind.as_str()).collect();
        assert_eq!(silent, ["account_credentials"]);
    }

    #[test]
    fn an_export_becomes_statements() {
        let csv = format!(
            "\u{feff}{HEAD}PSL_DATA_COLLECTION_COLLECTS_PERSONAL_DATA,,true,REQUIRED,\"Does your app collect, or share …?\"\r\n\
             PSL_DATA_COLLECTION_ENCRYPTED_IN_TRANSIT,,TRUE,MAYBE_REQUIRED,x\r\n\
             PSL_DATA_TYPES_IDENTIFIERS,PSL_DEVICE_ID,true,MULTIPLE_CHOICE,\"Device \"\"IDs\"\"\nand more\"\r\n\
             PSL_DATA_TYPES_PERSONAL,PSL_NAME,true,MULTIPLE_CHOICE,x\r\n\
             PSL_DATA_TYPES_CONTACTS,PSL_CONTACTS,,MULTIPLE_CHOICE,x\r\n\
             PSL_DATA_TYPES_NEW,PSL_NEW_TYPE,true,MULTIPLE_CHOICE,x\r\n"
        );
        let declared = read(&csv).expect("an export");
        assert_eq!(declared.collects, Some(true));
        assert!(declared.data.contains(&DataKind::Imei) && !declared.data.contains(&DataKind::Contacts));
        assert_eq!(declared.without_word.iter().collect::<Vec<_>>(), ["PSL_NAME"]);
        assert_eq!(declared.unknown.iter().collect::<Vec<_>>(), ["PSL_NEW_TYPE"]);
        let text = statements(&declared, Some("com.example.app"), Some("2024-05-01"));
        let read = Statements::parse(&text).expect(&text);
        assert_eq!(
            read.claims.iter().map(|claim| claim.kind).collect::<Vec<_>>(),
            [Kind::CollectsOnly, Kind::EncryptedInTransit]
        );
        assert_eq!(read.claims[0].packages, ["com.example.app"]);
    }

    #[test]
    fn nothing_collected_is_a_statement_too() {
        let declared = read(&format!("{HEAD}PSL_DATA_COLLECTION_COLLECTS_PERSONAL_DATA,,false,REQUIRED,x\n"))
            .expect("an export");
        let read =
            Statements::parse(&statements(&declared, None, None)).expect("readable before it is completed");
        assert_eq!(read.claims.len(), 1);
        assert_eq!(read.claims[0].kind, Kind::DoesNotCollect);
    }

    #[test]
    fn something_else_is_refused() {
        assert!(read("").is_err());
        assert!(read("a,b\n1,2\n").expect_err("no columns").contains("question id"));
        assert!(read(HEAD).expect_err("no answers").contains("none of the questions"));
        // Never closed: ends with the text.
        assert!(read(&format!("{HEAD}\"PSL_DATA")).is_err());
    }
}
