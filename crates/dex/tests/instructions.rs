//! Every opcode: its size, its operands, its text.

mod common;

use overt_base::View;
use overt_dex::{DexFile, Format, IndexKind, Insn, Op};
use overt_testkit::dex_builder::{Body, Class, DexBuilder, Unit};

fn decode(units: &[u16]) -> Vec<Insn> {
    let body = Body::new(16, 1, 0, units.iter().copied().map(Unit::Raw).collect());
    let built = DexBuilder::new(35).class(Class::new("Lp/C;").direct("<init>", "()V", 1, body)).build();
    let dex = DexFile::parse(View::from_vec(built.bytes.clone())).expect("a DEX");
    let code = dex.code(built.at("code Lp/C;-><init>()V") as u32).expect("code");
    code.instructions().collect::<Result<_, _>>().expect("sound")
}

#[test]
fn numbers_and_names() {
    let mut names = std::collections::BTreeSet::new();
    for byte in 0..=255u8 {
        let op = Op::from_byte(byte);
        assert_eq!(op.byte(), byte);
        assert!(names.insert(op.name()), "{} twice", op.name());
        assert_eq!(op.is_unused(), op.name().starts_with("unused"));
    }
    assert_eq!(Op::from_byte(0x6e), Op::InvokeVirtual);
    assert_eq!(Op::from_byte(0x73).name(), "return-void-no-barrier");
    assert_eq!(Op::from_byte(0xe9), Op::InvokeVirtualQuick);
    assert_eq!(Op::from_byte(0xf2).name(), "iget-short-quick");
    assert_eq!(Op::from_byte(0xd1).name(), "rsub-int");
    assert_eq!(Op::from_byte(0xe2).name(), "ushr-int/lit8");
}

#[test]
fn every_opcode_takes_the_units_of_its_format() {
    for byte in 0..=255u8 {
        let op = Op::from_byte(byte);
        let insn = decode(&[u16::from(byte), 0, 0, 0, 0])[0];
        assert_eq!((insn.op, insn.units), (op, op.format().units()));
    }
}

#[test]
fn how_control_goes_on() {
    for op in [
        Op::ReturnVoid,
        Op::ReturnVoidNoBarrier,
        Op::Throw,
        Op::Goto,
        Op::Goto16,
        Op::Goto32,
        Op::ReturnObject,
    ] {
        assert!(!op.can_continue(), "{op:?}");
    }
    for op in [Op::IfEq, Op::IfLez, Op::PackedSwitch, Op::InvokeStatic, Op::Nop, Op::IgetQuick, Op::Unused3E]
    {
        assert!(op.can_continue(), "{op:?}");
    }
    assert!(Op::IfEqz.is_branch() && Op::Goto.is_branch() && !Op::SparseSwitch.is_branch());
    assert!(Op::SparseSwitch.is_switch());
    assert!(Op::ReturnVoidNoBarrier.is_quick() && Op::ReturnVoidNoBarrier.is_return());
    assert!(Op::InvokeVirtualRangeQuick.is_quick() && Op::InvokeVirtualRangeQuick.is_invoke());
    assert!(
        Op::Throw.is_throw() && Op::Throw.can_throw() && Op::DivInt.can_throw() && !Op::DivFloat.can_throw()
    );
    assert_eq!(Op::InvokeCustom.index_kind(), IndexKind::CallSite);
    assert_eq!(Op::IputObjectQuick.index_kind(), IndexKind::FieldOffset);
    assert_eq!((0..=255).filter(|b| Op::from_byte(*b).is_quick()).count(), 17);
    assert_eq!((0..=255).filter(|b| Op::from_byte(*b).is_unused()).count(), 6 + 2 + 7);
}

#[test]
fn operands_of_every_format() {
    let one = |units: &[u16]| decode(units)[0];
    let i = one(&[0x2101]); // 12x move v1, v2
    assert_eq!((i.a, i.b), (1, 2));
    let i = one(&[0xf112]); // 11n const/4 v1, -1
    assert_eq!((i.a, i.literal), (1, -1));
    let i = one(&[0xff10]); // 11x return-wide v255
    assert_eq!(i.a, 255);
    let i = one(&[0xfe28]); // 10t goto -2
    assert_eq!((i.target, i.branch_target()), (-2, None));
    let i = one(&[0x0029, 0x8000]); // 20t
    assert_eq!(i.target, -32768);
    let i = one(&[0x0102, 0xffff]); // 22x
    assert_eq!((i.a, i.b), (1, 65535));
    let i = one(&[0x0538, 0xfffd]); // 21t
    assert_eq!((i.a, i.target), (5, -3));
    let i = one(&[0x0213, 0xfffd]); // 21s
    assert_eq!((i.a, i.literal), (2, -3));
    let i = one(&[0x0215, 0x8001]); // 21h const/high16
    assert_eq!(i.literal, -0x7fff_0000);
    let i = one(&[0x0219, 0x8001]); // 21h const-wide/high16
    assert_eq!(i.literal as u64, 0x8001_0000_0000_0000);
    let i = one(&[0x021a, 0xfffe]); // 21c
    assert_eq!((i.a, i.index), (2, 0xfffe));
    let i = one(&[0x0190, 0x0302]); // 23x add-int v1, v2, v3
    assert_eq!((i.a, i.b, i.c), (1, 2, 3));
    let i = one(&[0x01d8, 0xff02]); // 22b add-int/lit8 v1, v2, -1
    assert_eq!((i.a, i.b, i.literal), (1, 2, -1));
    let i = one(&[0x2132, 0x0010]); // 22t if-eq v1, v2
    assert_eq!((i.a, i.b, i.branch_target()), (1, 2, Some(16)));
    let i = one(&[0x21d0, 0x8000]); // 22s
    assert_eq!((i.a, i.b, i.literal), (1, 2, -32768));
    let i = one(&[0x2152, 7]); // 22c iget
    assert_eq!((i.a, i.b, i.index), (1, 2, 7));
    let i = one(&[0x21e5, 8]); // 22c iget-object-quick
    assert_eq!((i.a, i.b, i.index, i.op.index_kind()), (1, 2, 8, IndexKind::FieldOffset));
    let i = one(&[0x002a, 0xffff, 0x7fff]); // 30t
    assert_eq!(i.target, i32::MAX);
    let i = one(&[0x0003, 0x0102, 0x0304]); // 32x
    assert_eq!((i.a, i.b), (0x0102, 0x0304));
    let i = one(&[0x0114, 0, 0x8000]); // 31i const
    assert_eq!((i.a, i.literal), (1, i64::from(i32::MIN)));
    let i = one(&[0x012b, 5, 0]); // 31t
    assert_eq!((i.a, i.target), (1, 5));
    let i = one(&[0x011b, 2, 1]); // 31c const-string/jumbo
    assert_eq!((i.a, i.index), (1, 0x0001_0002));
    let i = one(&[0x516e, 9, 0x4321]); // 35c with all five
    assert_eq!((i.index, i.args.iter().collect::<Vec<_>>()), (9, vec![1, 2, 3, 4, 1]));
    let i = one(&[0xf06e, 9, 0x4321]); // 35c with a count that does not exist
    assert_eq!(i.args.len(), 5);
    let i = one(&[0x0374, 9, 0xfffe]); // 3rc
    assert_eq!(i.args.iter().collect::<Vec<_>>(), [0xfffe, 0xffff, 0x10000]);
    let i = one(&[0x20fa, 9, 0x0021, 4]); // 45cc
    assert_eq!((i.index, i.index2, i.args.iter().collect::<Vec<_>>()), (9, 4, vec![1, 2]));
    let i = one(&[0x02fb, 9, 0x0021, 4]); // 4rcc
    assert_eq!((i.index, i.index2, i.args.len()), (9, 4, 2));
    let i = one(&[0x0118, 1, 2, 3, 0x8004]); // 51l
    assert_eq!(i.literal as u64, 0x8004_0003_0002_0001);
    assert_eq!(Op::ConstWide.format(), Format::F51l);
}

#[test]
fn text_of_what_the_tables_do_not_have() {
    let built = common::sample().build();
    let dex = DexFile::parse(View::from_vec(built.bytes)).expect("a DEX");
    let text = |units: &[u16]| decode(units)[0].display(&dex).to_string();
    assert_eq!(text(&[0x011a, 0xffff]), "const-string v1, ⟨bad string 65535⟩");
    assert_eq!(text(&[0x0374, 0xffff, 4]), "invoke-virtual/range {v4 .. v6}, ⟨bad method 65535⟩");
    assert_eq!(text(&[0x10e9, 0x10, 0]), "invoke-virtual-quick {v0}, vtable@0x10");
    assert_eq!(text(&[0x21e3, 0x0c]), "iget-quick v1, v2, field-offset@0xc");
    assert_eq!(text(&[0xf112]), "const/4 v1, -0x1");
    assert_eq!(text(&[0x00fc, 3, 0]), "invoke-custom {}, call_site@3");
    assert_eq!(text(&[0x003e]), "unused-3e");
}
