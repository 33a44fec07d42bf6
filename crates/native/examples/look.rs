#![allow(clippy::print_stdout, missing_docs)]
fn main() {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).unwrap();
        let begin = std::time::Instant::now();
        let facts = overt_native::analyse(&bytes, &overt_native::Budget::default());
        println!("{path} {:?} seen {} run {} opaque {:?}", begin.elapsed(), facts.functions_seen, facts.functions_run, facts.opaque);
        for text in &facts.recovered { println!("  TEXT {text:x?}"); }
        for call in &facts.calls { println!("  CALL {:x} {:x} {:?} {} {:?} from {:?} {}", call.function, call.address, call.kind, call.name, call.arguments, call.comes_from, call.hidden); }
        for socket in &facts.sockets { println!("  SOCKET {socket:x?}"); }
        for method in &facts.java { println!("  JAVA {method:x?}"); }
        for function in &facts.functions { if path.ends_with("fotabinder") {println!("  FN {:x} {:?}", function.address, function.calls);} }
    }
}
