//! What tests over fixture apps share: the classes of a fixture, and the line on which an instruction stands.

use overt_apk::apk::Apk;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problems, View};
use overt_dex::DexFile;
use overt_program::ClassTable;
use overt_testkit::Fixture;

/// The classes of a fixture app.
pub fn table(fixture: &Fixture) -> ClassTable {
    let limits = Limits::default();
    let problems = Problems::new(limits.problems_per_code);
    let cancel = Cancel::default();
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let apk = Apk::open(View::from_vec(fixture.bytes().expect("built fixture")), &Locus::input(), &cx)
        .expect("an APK");
    let dexes = (apk.dex_entries().into_iter())
        .map(|entry| DexFile::parse(apk.archive().read(entry, &cx).expect("an entry")).expect("a DEX"))
        .collect();
    ClassTable::link(None, dexes)
}

/// The line of the source on which the instruction at `offset` of a method stands.
pub fn line(table: &ClassTable, class: &str, method: &str, descriptor: &str, offset: u32) -> Option<u32> {
    let names = table.names();
    let class = table.find(class)?;
    let method = table.defined(class, names.get(method)?, names.get(descriptor)?)?;
    let definition = table.method(method);
    let dex = &table.dexes()[usize::from(definition.dex)].dex;
    let lines = dex.code(definition.code_off).ok()?.line_numbers();
    lines.iter().filter(|line| line.offset <= offset).max_by_key(|line| line.offset).map(|line| line.line)
}
