//! `cargo xtask debt`: the known gaps that fixtures admit.

use anyhow::anyhow;
use overt_testkit::Fixture;
use overt_testkit::expect::Mark;

/// Lists every MISSING and SPURIOUS annotation.
///
/// # Errors
/// When a fixture cannot be read.
pub fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let mut count = 0usize;
    for fixture in Fixture::all().map_err(|error| anyhow!(error))? {
        for annotation in fixture.annotations.iter().filter(|annotation| annotation.mark != Mark::Holds) {
            count += 1;
            println!(
                "{}/{}:{}: {:?} {} -- {}",
                fixture.slug,
                annotation.file,
                annotation.line,
                annotation.mark,
                annotation.behaviour,
                annotation.reason
            );
        }
    }
    println!("{count} known gaps");
    Ok(())
}
