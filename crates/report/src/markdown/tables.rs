//! Servers and packages, in tables.

use std::io::{self, Write};

use overt_record::Record;

use super::mark::{code, prose};
use crate::peers;
use crate::rights::{Rights, groups, open, signer};
use crate::words::plural;

/// Rows of a table.
const ROWS: usize = 300;
/// Apps, and ways of learning an address, named in a row.
const NAMED: usize = 3;

pub(super) fn peers(out: &mut dyn Write, record: &Record) -> io::Result<()> {
    let all = peers::all(record);
    writeln!(out, "## Servers\n")?;
    if all.is_empty() {
        return writeln!(out, "No address was found in what was looked at.\n");
    }
    writeln!(
        out,
        "An address that code names is not an address that anything is sent to: “stands” says how much is shown.\n"
    )?;
    writeln!(out, "| address | stands | protection | apps | learnt |\n|---|---|---|---|---|")?;
    for peer in all.iter().take(ROWS) {
        let apps = peer.apps();
        let mut named: Vec<String> = apps.iter().take(NAMED).map(|app| code(app)).collect();
        if apps.len() > NAMED {
            named.push(format!("{} more", apps.len() - NAMED));
        }
        let learnt: Vec<String> = peer.learnt.iter().take(NAMED).map(|way| prose(way)).collect();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            code(&peer.place),
            peer.stands(),
            peer.protection,
            named.join(", "),
            learnt.join("; ")
        )?;
    }
    more(out, all.len())
}

pub(super) fn packages(out: &mut dyn Write, record: &Record) -> io::Result<()> {
    writeln!(out, "## Apps by rights\n")?;
    for (rights, packages) in groups(&record.packages) {
        writeln!(out, "### {} ({})\n", prose(&rights.says()), plural(packages.len() as u64, "package"))?;
        if !matches!(rights, Rights::Fixed(_) | Rights::Privileged) {
            continue;
        }
        writeln!(out, "| package | label | version | path | signer | open |\n|---|---|---|---|---|---|")?;
        for package in packages.iter().take(ROWS) {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                code(package.package.as_deref().unwrap_or_default()),
                code(package.label.as_deref().unwrap_or_default()),
                code(package.version_name.as_deref().unwrap_or_default()),
                code(&package.path),
                signer(package),
                open(package)
            )?;
        }
        more(out, packages.len())?;
    }
    Ok(())
}

fn more(out: &mut dyn Write, all: usize) -> io::Result<()> {
    if let Some(rest) = all.checked_sub(ROWS).filter(|rest| *rest > 0) {
        writeln!(out, "\nand {}, in the record", plural(rest as u64, "more row"))?;
    }
    writeln!(out)
}
