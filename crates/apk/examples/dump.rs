use overt_apk::apk::Apk;
use overt_apk::signing;
use overt_base::*;
use std::time::Instant;
fn main() {
    let (limits, problems, cancel) = (Limits::default(), Problems::new(20), Cancel::default());
    let cx = Cx { limits: &limits, problems: &problems, progress: &progress::Silent, cancel: &cancel };
    let paths: Vec<String> = std::env::args().skip(2).collect();
    let mode = std::env::args().nth(1).unwrap();
    let views: Vec<View> = paths.iter().map(|path| View::map(path.as_ref()).unwrap()).collect();
    for _ in 0..3 {
        let t = Instant::now();
        let archives: Vec<_> = views
            .iter()
            .map(|v| overt_container::zip::Archive::open(v.clone(), &Locus::input(), &cx).unwrap())
            .collect();
        let a = t.elapsed();
        let t = Instant::now();
        let apks: Vec<_> =
            views.iter().map(|v| Apk::open(v.clone(), &Locus::input(), &cx).unwrap()).collect();
        let b = t.elapsed();
        let t = Instant::now();
        let l: usize = apks.iter().map(|x| x.layouts(&cx).files).sum();
        let c = t.elapsed();
        let t = Instant::now();
        let mut n = 0;
        if mode != "nosig" {
            for x in &apks {
                n += signing::verify(x.archive(), signing::Platform(Some(23)), &cx).signers.len();
            }
        }
        let d = t.elapsed();
        let t = Instant::now();
        let mut bytes = 0;
        for x in &archives {
            for e in x.entries() {
                if !e.is_directory() {
                    bytes += x.read(e, &cx).map(|v| v.len()).unwrap_or(0);
                }
            }
        }
        let e = t.elapsed();
        println!(
            "archives {a:?} apks {b:?} layouts {c:?} ({l}) signatures {d:?} ({n}) read all {e:?} {bytes}"
        );
    }
}
