//! A sound file, read completely.

mod common;

use overt_base::View;
use overt_dex::{
    Annotation, DexFile, FieldIdx, LineNumber, MethodIdx, Op, ProtoIdx, StringIdx, SwitchCase, TypeIdx, Value,
};
use overt_testkit::dex_builder::{DexBuilder, method};

fn parse(bytes: Vec<u8>) -> DexFile {
    DexFile::parse(View::from_vec(bytes)).expect("a DEX")
}

#[test]
fn header_and_tables() {
    let dex = parse(common::sample().build().bytes);
    assert_eq!(dex.version(), 35);
    assert_eq!(dex.problems(), []);
    assert_eq!(dex.class_count(), 2);
    let strings: Vec<_> =
        (0..dex.string_count()).map(|i| dex.string(StringIdx(i)).expect("a string")).collect();
    assert!(strings.iter().any(|s| s == "größe"));
    assert!(strings.iter().any(|s| s == "zero\0inside"));
    assert!(strings.iter().any(|s| s == "\u{1f600}"));
    let types: Vec<_> = (0..dex.type_count()).map(|i| dex.descriptor(TypeIdx(i)).expect("a type")).collect();
    assert!(types.iter().any(|t| t == "[Lp/C;"));
    let protos: Vec<_> = (0..dex.proto_count()).map(|i| dex.prototype(ProtoIdx(i))).collect();
    assert!(protos.contains(&"([JLp/C;D)Ljava/lang/String;".to_owned()), "{protos:?}");
    let later = (0..dex.method_count())
        .map(|i| dex.method(MethodIdx(i)).expect("a method"))
        .find(|m| dex.string(m.name).expect("a name") == "later")
        .expect("the method");
    assert_eq!(dex.descriptor(later.class).expect("a type"), "Lp/C;");
    let proto = dex.proto(later.proto).expect("a prototype");
    assert_eq!(dex.string(proto.shorty).expect("a shorty"), "LLLD");
    assert_eq!(proto.parameters.len(), 3);
    let count = (0..dex.field_count())
        .map(|i| dex.field(FieldIdx(i)).expect("a field"))
        .find(|f| dex.string(f.name).expect("a name") == "count")
        .expect("the field");
    assert_eq!(dex.descriptor(count.type_).expect("a type"), "I");
}

#[test]
fn indices_outside_are_bad_and_never_shift() {
    let dex = parse(common::sample().build().bytes);
    assert!(dex.string(StringIdx(dex.string_count())).is_err());
    assert!(dex.descriptor(TypeIdx(u32::MAX)).is_err());
    assert!(dex.method(MethodIdx(dex.method_count())).is_err());
    assert!(dex.prototype(ProtoIdx(9999)).contains("bad"));
    assert!(dex.code(0).is_err());
}

#[test]
fn classes_and_members() {
    let dex = parse(common::sample().build().bytes);
    let classes: Vec<_> = dex.class_defs().map(|(_, class)| class.expect("a class")).collect();
    let class = &classes[0];
    assert_eq!(dex.descriptor(class.class).expect("a type"), "Lp/C;");
    assert_eq!(dex.descriptor(class.superclass.expect("one")).expect("a type"), "Ljava/lang/Object;");
    assert_eq!(class.interfaces.len(), 1);
    assert_eq!(dex.string(class.source_file.expect("one")).expect("a string"), "C.java");
    let data = dex.class_data(class);
    assert_eq!(data.bad, None);
    assert_eq!(
        (
            data.static_fields.len(),
            data.instance_fields.len(),
            data.direct_methods.len(),
            data.virtual_methods.len()
        ),
        (2, 1, 1, 2)
    );
    assert_eq!(dex.static_values(class), [Ok(Value::Int(-2)), Ok(Value::Long(-1))]);
    let annotations = dex.annotations(class);
    assert_eq!(annotations.bad, None);
    let set = dex.annotation_set(annotations.class);
    let item = set[0].as_ref().expect("an annotation");
    assert_eq!(item.visibility, 1);
    let Annotation { type_, elements } = &item.annotation;
    assert_eq!(dex.descriptor(*type_).expect("a type"), "Lp/Mark;");
    assert_eq!(elements, &[]);
    let empty = dex.class_data(&classes[1]);
    assert_eq!(empty.methods().count() + empty.fields().count(), 0);
}

#[test]
fn code_payloads_tries_and_lines() {
    let built = common::sample().build();
    let dex = parse(built.bytes.clone());
    let code = dex.code(built.at("code Lp/C;->run(I)V") as u32).expect("code");
    assert_eq!((code.registers, code.ins, code.outs, code.unit_count()), (6, 2, 2, 38));
    let insns: Vec<_> = code.instructions().map(|insn| insn.expect("an instruction")).collect();
    let text: Vec<_> = insns.iter().map(|i| format!("{:02x} {}", i.offset, i.display(&dex))).collect();
    assert_eq!(
        text,
        [
            "00 const-string v2, \"größe\"",
            "02 invoke-static {v2, v5}, Lp/Helper;->log(Ljava/lang/String;I)V",
            "05 iget v3, v5, Lp/C;->count:I",
            "07 packed-switch v3, :0012",
            "0a fill-array-data v3, :001a",
            "0d sparse-switch v3, :0020",
            "10 return-void",
            "11 nop",
        ]
    );
    let cases = code.switch_targets(&insns[3]).expect("cases");
    assert_eq!(cases, [SwitchCase { key: -1, target: 10 }, SwitchCase { key: 0, target: 16 }]);
    assert_eq!(code.switch_targets(&insns[5]).expect("cases"), [SwitchCase { key: 100, target: 16 }]);
    let array = code.array_payload(&insns[4]).expect("an array");
    assert_eq!(array.iter().collect::<Vec<_>>(), [-1, -128, 7]);
    assert!(code.switch_targets(&insns[4]).is_err());
    assert!(code.array_payload(&insns[3]).is_err());

    let (tries, bad) = code.tries_checked();
    assert_eq!(bad, None);
    assert_eq!((tries[0].start, tries[0].end), (0, 5));
    let names: Vec<_> = tries[0]
        .handlers
        .iter()
        .map(|(t, at)| (t.map(|t| dex.descriptor(t).expect("a type").into_owned()), *at))
        .collect();
    assert_eq!(names, [(Some("Ljava/lang/Exception;".to_owned()), 16), (None, 0)]);
    assert_eq!(tries[1].handlers.len(), 1);

    assert_eq!(code.line_numbers(), [LineNumber { offset: 0, line: 11 }, LineNumber { offset: 2, line: 13 }]);
    assert_eq!(code.parameter_names(), [None]);
    assert_eq!(code.instruction_at(5).expect("there").op, Op::Iget);
    assert!(code.instruction_at(0x12).is_err(), "a payload");
    assert!(code.instruction_at(500).is_err());
}

#[test]
fn restored_instructions_replace_those_of_the_same_length_only() {
    let built = common::sample().build();
    let dex = parse(built.bytes.clone());
    let at = built.at("code Lp/C;-><init>()V") as u32;
    let with = |bytes: &[u8]| {
        let map = std::collections::HashMap::from([(at, bytes.into())]);
        dex.with_restored(std::sync::Arc::new(map))
    };
    let nops = with(&[0; 8]);
    assert!(nops.code(at).expect("code").instructions().all(|i| i.expect("sound").op == Op::Nop));
    let wrong = with(&[0; 6]);
    assert_eq!(
        wrong.code(at).expect("code").instruction_bytes(),
        dex.code(at).expect("code").instruction_bytes()
    );
}

#[test]
fn handles_and_call_sites() {
    let builder = common::sample()
        .with_version(38)
        .method_handle(4, method("Lp/Helper;->boot()V"))
        .call_site(&[3, 0x16, 0, 0x17, 1, 0x15, 0]);
    let dex = parse(builder.build().bytes);
    assert_eq!((dex.version(), dex.method_handle_count(), dex.call_site_count()), (38, 1, 1));
    let handle = dex.method_handle(0).expect("a handle");
    let target = dex.method(handle.method().expect("of a method")).expect("a method");
    assert_eq!(dex.string(target.name).expect("a name"), "boot");
    assert_eq!(handle.field(), None);
    let site = dex.call_site(0).expect("a call site");
    assert_eq!((site.bootstrap, site.name, site.proto), (0, StringIdx(1), ProtoIdx(0)));
    assert!(dex.call_site(1).is_err());
}

#[test]
fn a_container_holds_several_files() {
    let parts = [common::sample().with_version(41), common::sample().with_version(41)];
    let bytes = DexBuilder::build_container(&parts);
    let all = DexFile::parse_all(View::from_vec(bytes)).expect("a container");
    assert_eq!(all.len(), 2);
    assert!(all[1].header_offset() > 0);
    for dex in &all {
        assert_eq!((dex.version(), dex.problems()), (41, &[][..]));
        let names: Vec<_> =
            dex.class_defs().map(|(_, c)| dex.descriptor(c.expect("one").class).expect("one")).collect();
        assert_eq!(names, ["Lp/C;", "Lp/Empty;"]);
        let class = dex.class_def(0).expect("a class");
        let methods = dex.class_data(&class);
        assert_eq!(methods.methods().filter(|m| m.code_off != 0 && dex.code(m.code_off).is_ok()).count(), 2);
    }
}
