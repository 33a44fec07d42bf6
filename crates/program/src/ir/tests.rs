//! Small methods, lowered.

use overt_base::View;
use overt_dex::DexFile;
use overt_testkit::dex_builder::{Body as Source, Class, DexBuilder, Unit, method, type_};

use super::{Block, BlockId, Body, Literal, Operation, lower};

fn lowered(source: Source) -> Body {
    let built = DexBuilder::new(35).class(Class::new("Lp/C;").direct("f", "()V", 9, source)).build();
    let dex = DexFile::parse(View::from_vec(built.bytes)).expect("a DEX");
    let (_, class) = dex.class_defs().next().expect("a class");
    let class = class.expect("readable");
    let code_off = dex.class_data(&class).methods().next().expect("a method").code_off;
    let body = lower(&dex.code(code_off).expect("code"));
    check(&body);
    body
}

fn raw(registers: u16, units: &[u16]) -> Body {
    lowered(Source::new(registers, 0, 0, units.iter().copied().map(Unit::Raw).collect()))
}

/// What holds for every body.
fn check(body: &Body) {
    let mut next = 0;
    for (number, block) in body.blocks.iter().enumerate() {
        assert_eq!(block.instructions.start, next, "each instruction is in one block");
        assert!(block.instructions.end > next, "no block is empty");
        next = block.instructions.end;
        let inner = &body.of(block)[..body.of(block).len() - 1];
        for instruction in inner {
            assert!(
                !matches!(
                    instruction.operation,
                    Operation::If { .. }
                        | Operation::Switch { .. }
                        | Operation::Return { .. }
                        | Operation::Throw { .. }
                        | Operation::Goto
                        | Operation::Stop
                ),
                "control leaves at the end of a block only"
            );
        }
        assert!(block.successors.iter().all(|to| to.index() < body.blocks.len()));
        assert!(block.handlers.iter().all(|handler| handler.block.index() < body.blocks.len()));
        assert!(block.keys.is_empty() || block.keys.len() + 1 == block.successors.len());
        let coming = (0..body.blocks.len() as u32)
            .flat_map(|from| body.next(BlockId(from)))
            .filter(|to| to.index() == number)
            .count();
        assert_eq!(block.predecessors as usize, coming);
    }
    assert_eq!(next as usize, body.instructions.len());
    assert!(body.instructions.is_sorted_by(|a, b| a.offset < b.offset));
}

fn to(block: &Block) -> Vec<u32> {
    block.successors.iter().map(|id| id.0).collect()
}

#[test]
fn a_straight_line_is_one_block() {
    // const/4 v0, 1; move v1, v0; return-void
    let body = raw(2, &[0x1012, 0x0101, 0x000e]);
    assert_eq!(body.blocks.len(), 1);
    assert!(body.blocks[0].successors.is_empty() && !body.blocks[0].in_loop);
    assert_eq!(body.instructions[0].operation, Operation::Constant { to: 0, value: Literal::Number(1) });
    assert_eq!(body.order, [0]);
    assert_eq!(body.cut, None);
}

#[test]
fn a_branch_goes_taken_first() {
    // 0: const/4 v0, 0; 1: if-eqz v0, +4; 3: const/4 v1, 1; 4: return-void; 5: return-void
    let body = raw(2, &[0x0012, 0x0038, 0x0004, 0x1112, 0x000e, 0x000e]);
    assert_eq!(body.blocks.len(), 3);
    assert_eq!(to(&body.blocks[0]), [2, 1]);
    assert_eq!(body.order[0], 0);
}

#[test]
fn a_cycle_is_a_loop_and_what_leads_there_is_not() {
    // 0: const/4 v0, 0; 1: add-int/lit8 v0, v0, 1; 3: if-nez v0, -2; 5: return-void
    let body = raw(1, &[0x0012, 0x00d8, 0x0100, 0x0039, 0xfffe, 0x000e]);
    let in_loop: Vec<bool> = body.blocks.iter().map(|block| block.in_loop).collect();
    assert_eq!(in_loop, [false, true, false]);
    assert_eq!(to(&body.blocks[1]), [1, 2]);
    assert_eq!(body.blocks[1].predecessors, 2);
}

#[test]
fn a_switch_has_its_keys_and_a_default() {
    // 0: packed-switch v0, +8; 3: return-void; 4: return-void; 5: return-void; 6: nop (alignment); 8: payload, 2 cases from 7
    let body = raw(1, &[0x002b, 8, 0, 0x000e, 0x000e, 0x000e, 0, 0, 0x0100, 2, 7, 0, 4, 0, 5, 0]);
    let block = &body.blocks[0];
    assert_eq!(block.keys, [7, 8]);
    assert_eq!(to(block), [2, 3, 1]);
    assert!(matches!(body.of(block)[0].operation, Operation::Switch { on: 0 }));
}

#[test]
fn what_can_throw_in_a_try_begins_its_block() {
    let units = vec![
        // 0: const/4 v0, 0; 1: const/4 v1, 1
        Unit::Raw(0x0012),
        Unit::Raw(0x1112),
        // 2: invoke-static {}, f; 5: const/4 v1, 2; 6: return-void
        Unit::Raw(0x0071),
        method("Lp/C;->g()V"),
        Unit::Raw(0),
        Unit::Raw(0x2112),
        Unit::Raw(0x000e),
        // 7: move-exception v0; 8: throw v0
        Unit::Raw(0x000d),
        Unit::Raw(0x0027),
    ];
    let mut source = Source::new(2, 0, 0, units);
    source.tries = vec![(1, 5, vec![(Some("Ljava/lang/Error;".into()), 7), (None, 7)])];
    let body = lowered(source);
    assert_eq!(body.blocks.len(), 3);
    assert!(body.blocks[0].handlers.is_empty(), "nothing in it can throw");
    assert!(matches!(body.of(&body.blocks[1])[0].operation, Operation::Invoke { .. }));
    let handlers = &body.blocks[1].handlers;
    assert_eq!(handlers.len(), 2);
    assert!(handlers[0].catches.is_some() && handlers[1].catches.is_none());
    assert!(handlers.iter().all(|handler| handler.block == BlockId(2)));
    assert!(body.order.iter().all(|order| *order != u32::MAX));
}

#[test]
fn a_call_takes_its_result() {
    let units = vec![
        // 0: invoke-static {}, g; 3: move-result v1; 4: return-void
        Unit::Raw(0x0071),
        method("Lp/C;->g()I"),
        Unit::Raw(0),
        Unit::Raw(0x010a),
        Unit::Raw(0x000e),
    ];
    let body = lowered(Source::new(2, 0, 0, units));
    assert_eq!(body.instructions.len(), 2);
    assert!(matches!(body.instructions[0].operation, Operation::Invoke { to: Some(1), .. }));
}

#[test]
fn a_register_lives_from_its_write_to_its_last_read() {
    // 0: const/4 v0, 0; 1: const/4 v1, 1; 2: if-eqz v0, +3; 4: return v1; 5: const/4 v1, 2; 6: return v1
    let body = raw(2, &[0x0012, 0x1112, 0x0038, 0x0003, 0x010f, 0x2112, 0x010f]);
    assert_eq!(body.blocks.len(), 3);
    assert!(!body.live(BlockId(0), 0) && !body.live(BlockId(0), 1));
    assert!(body.live(BlockId(1), 1) && !body.live(BlockId(1), 0));
    assert!(!body.live(BlockId(2), 1), "written before it is read");
}

#[test]
fn a_register_that_a_handler_reads_lives_before_the_throw() {
    let units = vec![
        // 0: const/4 v0, 3; 1: new-instance v0, C; 3: return v0; 4: return v0
        Unit::Raw(0x3012),
        Unit::Raw(0x0022),
        type_("Lp/C;"),
        Unit::Raw(0x000f),
        Unit::Raw(0x000f),
    ];
    let mut source = Source::new(1, 0, 0, units);
    source.tries = vec![(1, 2, vec![(None, 4)])];
    let body = lowered(source);
    // The write at 1 does not happen when it throws.
    assert!(body.live(BlockId(1), 0));
}

#[test]
fn a_register_of_a_loop_lives_around_it() {
    // 0: const/4 v0, 5; 1: const/4 v1, 1; 2: add-int/lit8 v0, v0, -1; 4: if-nez v0, -2; 6: return v1
    let body = raw(2, &[0x5012, 0x1112, 0x00d8, 0xff00, 0x0039, 0xfffe, 0x010f]);
    assert!(body.live(BlockId(1), 0) && body.live(BlockId(1), 1));
    assert!(!body.live(BlockId(2), 0) && body.live(BlockId(2), 1));
}

#[test]
fn code_cut_short_ends_in_stop() {
    // const/4 v0, 0; the first half of a const
    let body = raw(1, &[0x0012, 0x0014]);
    assert!(body.cut.is_some());
    assert!(matches!(body.instructions.last().map(|one| one.operation), Some(Operation::Stop)));
}

#[test]
fn control_does_not_run_out_of_a_method() {
    // const/4 v0, 0, and nothing behind it
    let body = raw(1, &[0x0012]);
    assert!(body.cut.is_some());
    assert!(matches!(body.instructions[0].operation, Operation::Stop));
    assert!(body.blocks[0].successors.is_empty());
}

#[test]
fn a_jump_out_of_the_method_or_into_an_instruction_stops() {
    // goto +100; return-void
    let body = raw(1, &[0x6428, 0x000e]);
    assert!(matches!(body.instructions[0].operation, Operation::Stop));
    // 0: goto +2; 1: const/16 v0, 5 (its second unit is 2); 3: return-void
    let body = raw(1, &[0x0228, 0x0013, 0x0005, 0x000e]);
    assert!(matches!(body.instructions[0].operation, Operation::Stop));
    assert!(body.cut.is_some());
}

#[test]
fn a_switch_without_its_table_stops() {
    // packed-switch v0, +100; return-void
    let body = raw(1, &[0x002b, 100, 0, 0x000e]);
    assert!(matches!(body.instructions[0].operation, Operation::Stop));
}

#[test]
fn any_units_can_be_lowered() {
    // A fixed walk over the space of short bodies: every opcode with damaged operands.
    for op in 0..=0xffu16 {
        for operand in [0u16, 1, 0x7fff, 0x8000, 0xffff] {
            let body = raw(4, &[op | (operand & 0xff) << 8, operand, operand, 0x0012, 0x000e]);
            assert!(!body.blocks.is_empty());
        }
    }
}

#[test]
fn random_code_with_tries_can_be_lowered() {
    // A linear congruential generator: the same code in every run.
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u16
    };
    for _ in 0..3_000 {
        let length = 1 + next() % 48;
        let units = (0..length)
            .map(|_| match next() % 3 {
                // Small operands, so that jumps stay inside now and then.
                0 => Unit::Raw(next() % 16),
                1 => Unit::Raw(u16::MAX - next() % 16),
                _ => Unit::Raw(next()),
            })
            .collect();
        let mut source = Source::new(next() % 8, 0, 0, units);
        source.tries = vec![(
            u32::from(next() % length),
            1 + next() % length,
            vec![(None, u32::from(next() % (length + 2)))],
        )];
        lowered(source);
    }
}
