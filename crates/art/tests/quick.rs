//! Quickened code that was made up, restored from class layouts.

use overt_art::oat::Release;
use overt_art::quick::{self, Comparison, Layouts, Outcome};
use overt_base::View;
use overt_dex::DexFile;
use overt_testkit::dex_builder::{Body, Class, DexBuilder, Unit, field, method, string, type_};

const OBJECT: &str = "Ljava/lang/Object;";
const QUICK: u16 = 0xe9;

fn dex(builder: &DexBuilder) -> DexFile {
    DexFile::parse(View::from_vec(builder.build().bytes)).expect("a DEX")
}

fn raw(units: &[u16]) -> Vec<Unit> {
    units.iter().copied().map(Unit::Raw).collect()
}

fn body(registers: u16, ins: u16, units: Vec<Unit>) -> Body {
    Body::new(registers, ins, 4, units)
}

fn empty() -> Body {
    body(4, 1, raw(&[0x0e]))
}

/// `java.lang.Object` with the methods equals (0), hashCode (1) and toString (2); eight bytes.
fn boot() -> DexBuilder {
    let returns_zero = || body(4, 2, raw(&[0x0012, 0x000f]));
    DexBuilder::new(35)
        .class(
            Class::new(OBJECT)
                .instance_field("shadow$_klass_", "Ljava/lang/Class;", 2)
                .instance_field("shadow$_monitor_", "I", 2)
                .method("equals", "(Ljava/lang/Object;)Z", 1, returns_zero())
                .method("hashCode", "()I", 1, returns_zero())
                .method("toString", "()Ljava/lang/String;", 1, returns_zero()),
        )
        .class(Class::new("Ljava/lang/String;").access(0x11))
        .class(Class::new("Ljava/lang/Throwable;").method("getMessage", "()Ljava/lang/String;", 1, empty()))
        .class(Class::new("Ljava/lang/Runnable;").access(0x601).abstract_method("run", "()V", 0x401))
}

fn layouts(release: Release, app: &DexFile) -> Layouts {
    Layouts::new(release, vec![dex(&boot())]).with(vec![app.clone()])
}

/// Restores the method `run` of `Lp/Main;` and gives its text and outcome.
fn restored(app: &DexBuilder) -> (Vec<String>, Outcome) {
    restored_as(Release::Marshmallow, app)
}

fn restored_as(release: Release, app: &DexBuilder) -> (Vec<String>, Outcome) {
    let app = dex(app);
    let restored = quick::restore(&app, &layouts(release, &app));
    let [method] = &restored.methods[..] else { panic!("one quickened method: {:?}", restored.methods) };
    let code = restored.dex.code(method.code_off).expect("code");
    let text = code.instructions().map(|i| i.expect("sound").display(&app).to_string()).collect();
    // A second time, nothing that was restored changes any more.
    let again = quick::restore(&restored.dex, &layouts(release, &app));
    assert_eq!(again.methods.is_empty(), method.outcome == Outcome::Exact);
    let code_again = again.dex.code(method.code_off).expect("code");
    assert_eq!(code_again.instruction_bytes(), code.instruction_bytes());
    (text, method.outcome.clone())
}

/// A class `Lp/Main;` with a static `run(<parameters>)V`, parameters in the last of four registers.
fn main_with(parameters: &str, ins: u16, units: Vec<Unit>) -> Class {
    Class::new("Lp/Main;").direct("run", &format!("({parameters})V"), 9, body(4, ins, units))
}

fn exact(result: &(Vec<String>, Outcome), first: &str) {
    assert_eq!((result.0[0].as_str(), &result.1), (first, &Outcome::Exact), "{result:?}");
}

fn not_restorable(result: &(Vec<String>, Outcome), missing: Option<&str>, reason: &str) {
    match &result.1 {
        Outcome::NotRestorable { missing: class, reason: why } => {
            assert_eq!(class.as_deref(), missing);
            assert!(why.contains(reason), "{why}");
        }
        Outcome::Exact => panic!("restored: {:?}", result.0),
    }
}

fn base() -> Class {
    Class::new("Lp/Base;")
        .instance_field("flag", "Z", 1)
        .instance_field("name", "Ljava/lang/String;", 1)
        .instance_field("time", "J", 1)
        .method("act", "()V", 1, empty())
        .method("toString", "()Ljava/lang/String;", 1, empty())
}

fn child() -> Class {
    Class::new("Lp/Child;")
        .superclass("Lp/Base;")
        .interface("Ljava/lang/Runnable;")
        .instance_field("count", "I", 1)
        .method("act", "()V", 1, empty())
        .method("more", "(IJ)Lp/Base;", 1, empty())
        .method("run", "()V", 1, empty())
}

#[test]
fn return_void_needs_no_layout() {
    let app = DexBuilder::new(35).class(main_with("", 0, raw(&[0x73])));
    exact(&restored(&app), "return-void");
}

#[test]
fn fields_by_offset() {
    // Base: name at 8, flag in the gap at 12, time at 16; 24 bytes. Child: count at 24.
    let app = |op: u16, offset: u16| {
        DexBuilder::new(35).class(base()).class(child()).class(main_with(
            "Lp/Child;",
            1,
            raw(&[0x3000 | op, offset, 0x0e]),
        ))
    };
    exact(&restored(&app(0xe5, 8)), "iget-object v0, v3, Lp/Base;->name:Ljava/lang/String;");
    exact(&restored(&app(0xef, 12)), "iget-boolean v0, v3, Lp/Base;->flag:Z");
    exact(&restored(&app(0xe4, 16)), "iget-wide v0, v3, Lp/Base;->time:J");
    exact(&restored(&app(0xe3, 24)), "iget v0, v3, Lp/Child;->count:I");
    exact(&restored(&app(0xe6, 24)), "iput v0, v3, Lp/Child;->count:I");
    not_restorable(&restored(&app(0xe3, 28)), None, "no field at this offset");
    not_restorable(&restored(&app(0xe3, 16)), None, "does not fit");
}

#[test]
fn android_5_lays_fields_out_in_another_way() {
    // Base: name at 8, flag (four bytes) at 12, time at 16; 24 bytes.
    let app = |offset: u16| {
        DexBuilder::new(35).class(base()).class(child()).class(main_with(
            "Lp/Child;",
            1,
            raw(&[0x30e3, offset, 0x0e]),
        ))
    };
    exact(&restored_as(Release::Lollipop, &app(24)), "iget v0, v3, Lp/Child;->count:I");
}

#[test]
fn the_class_itself_is_named_where_the_file_names_it() {
    // Both Lp/Base;->name and Lp/Child;->name are in the table and mean the same field.
    let app = DexBuilder::new(35)
        .class(base())
        .class(child())
        .reference(field("Lp/Child;->name:Ljava/lang/String;"))
        .class(main_with("Lp/Child;", 1, raw(&[0x30e5, 8, 0x0e])));
    exact(&restored(&app), "iget-object v0, v3, Lp/Child;->name:Ljava/lang/String;");
}

#[test]
fn methods_by_position() {
    // Object 0–2; Base: act 3 (toString overrides 2); Child: more 4, run 5.
    let app = |position: u16, ins: u16, units: &[u16]| {
        let mut code = vec![QUICK | units[0], position, units[1]];
        code.extend(&units[2..]);
        let parameters = if ins == 1 { "Lp/Child;" } else { "ILp/Child;" };
        DexBuilder::new(35)
            .class(base())
            .class(child())
            .reference(method("Ljava/lang/Object;->hashCode()I"))
            .class(main_with(parameters, ins, raw(&code)))
    };
    exact(&restored(&app(3, 1, &[0x1000, 0x0003, 0x0e])), "invoke-virtual {v3}, Lp/Child;->act()V");
    exact(&restored(&app(5, 1, &[0x1000, 0x0003, 0x0e])), "invoke-virtual {v3}, Lp/Child;->run()V");
    exact(
        &restored(&app(2, 1, &[0x1000, 0x0003, 0x0e])),
        "invoke-virtual {v3}, Lp/Base;->toString()Ljava/lang/String;",
    );
    exact(
        &restored(&app(1, 1, &[0x1000, 0x0003, 0x0e])),
        "invoke-virtual {v3}, Ljava/lang/Object;->hashCode()I",
    );
    not_restorable(&restored(&app(6, 1, &[0x1000, 0x0003, 0x0e])), None, "no such method");
    // What is passed does not fit: act() takes nothing.
    not_restorable(&restored(&app(3, 1, &[0x2000, 0x0023, 0x0e])), None, "not those it was compiled with");
    // act() returns nothing that could be fetched.
    not_restorable(
        &restored(&app(3, 1, &[0x1000, 0x0003, 0x000a, 0x0e])),
        None,
        "not those it was compiled with",
    );
}

#[test]
fn arguments_of_every_width() {
    // const-wide/16 v1, 7; const/4 v0, 1; invoke-virtual-quick {v3, v0, v1, v2}, vtable@4.
    let code = [0x0116, 7, 0x1012, 0x4000 | QUICK, 4, 0x2103, 0x000c, 0x0e];
    let app = DexBuilder::new(35).class(base()).class(child()).class(main_with("Lp/Child;", 1, raw(&code)));
    let (text, outcome) = restored(&app);
    assert_eq!(text[2], "invoke-virtual {v3, v0, v1, v2}, Lp/Child;->more(IJ)Lp/Base;");
    assert_eq!(outcome, Outcome::Exact);
    // An object where an int belongs.
    let code = [0x0116, 7, 0x3007, 0x4000 | QUICK, 4, 0x2103, 0x0e];
    let app = DexBuilder::new(35).class(base()).class(child()).class(main_with("Lp/Child;", 1, raw(&code)));
    not_restorable(&restored(&app), None, "not those it was compiled with");
}

#[test]
fn ranges() {
    let app = DexBuilder::new(35).class(base()).class(child()).class(main_with(
        "Lp/Child;",
        1,
        raw(&[0x01ea, 3, 3, 0x0e]),
    ));
    exact(&restored(&app), "invoke-virtual/range {v3 .. v3}, Lp/Child;->act()V");
}

#[test]
fn results_have_the_type_that_the_method_returns() {
    // v0 = v3.more(0, 0L) (a Base); v0.act()
    let code = [0x0012, 0x0116, 0, 0x4000 | QUICK, 4, 0x2103, 0x000c, 0x1000 | QUICK, 3, 0, 0x0e];
    let app = DexBuilder::new(35).class(base()).class(child()).class(main_with("Lp/Child;", 1, raw(&code)));
    let (text, outcome) = restored(&app);
    assert_eq!((text[4].as_str(), outcome), ("invoke-virtual {v0}, Lp/Base;->act()V", Outcome::Exact));
}

#[test]
fn methods_of_interfaces_that_an_abstract_class_leaves_out_have_a_place() {
    let partial = Class::new("Lp/Partial;").access(0x401).interface("Ljava/lang/Runnable;");
    let full = Class::new("Lp/Full;").superclass("Lp/Partial;").method("after", "()V", 1, empty());
    // Object 0–2, run of the interface 3, after 4.
    let app = |position| {
        DexBuilder::new(35)
            .class(partial.clone())
            .class(full.clone())
            .reference(method("Lp/Full;->run()V"))
            .class(main_with("Lp/Full;", 1, raw(&[0x1000 | QUICK, position, 3, 0x0e])))
    };
    exact(&restored(&app(4)), "invoke-virtual {v3}, Lp/Full;->after()V");
    exact(&restored(&app(3)), "invoke-virtual {v3}, Lp/Full;->run()V");
}

#[test]
fn an_interface_that_is_missing_hides_what_comes_behind() {
    let partial = Class::new("Lp/Partial;").interface("Lgone/Listener;").method("own", "()V", 1, empty());
    let full = Class::new("Lp/Full;").superclass("Lp/Partial;").method("after", "()V", 1, empty());
    let app = |position| {
        DexBuilder::new(35).class(partial.clone()).class(full.clone()).class(main_with(
            "Lp/Full;",
            1,
            raw(&[0x1000 | QUICK, position, 3, 0x0e]),
        ))
    };
    exact(&restored(&app(3)), "invoke-virtual {v3}, Lp/Partial;->own()V");
    not_restorable(&restored(&app(4)), Some("Lgone/Listener;"), "missing");
}

#[test]
fn package_private_methods_are_overridden_in_their_package_only() {
    let inner = |class: &str| Class::new(class).superclass("Lp/Top;").method("quiet", "()V", 0, empty());
    let top = Class::new("Lp/Top;").method("quiet", "()V", 0, empty());
    let app = |class: &str, position| {
        DexBuilder::new(35)
            .class(top.clone())
            .class(inner("Lp/Same;"))
            .class(inner("Lq/Other;"))
            .class(main_with(class, 1, raw(&[0x1000 | QUICK, position, 3, 0x0e])))
    };
    exact(&restored(&app("Lp/Same;", 3)), "invoke-virtual {v3}, Lp/Same;->quiet()V");
    not_restorable(&restored(&app("Lp/Same;", 4)), None, "no such method");
    // Elsewhere it is a new method, and the inherited one stays at its place.
    exact(&restored(&app("Lq/Other;", 4)), "invoke-virtual {v3}, Lq/Other;->quiet()V");
    exact(&restored(&app("Lq/Other;", 3)), "invoke-virtual {v3}, Lp/Top;->quiet()V");
}

#[test]
fn what_a_missing_class_hides_and_what_it_does_not() {
    let activity = Class::new("Lp/Screen;")
        .superclass("Landroid/app/Activity;")
        .instance_field("name", "Ljava/lang/String;", 1)
        .method("act", "()V", 1, empty());
    let app = |units: &[u16]| {
        DexBuilder::new(35)
            .class(activity.clone())
            .reference(method("Ljava/lang/Object;->toString()Ljava/lang/String;"))
            .class(main_with("Lp/Screen;", 1, raw(units)))
    };
    not_restorable(&restored(&app(&[0x30e5, 200, 0x0e])), Some("Landroid/app/Activity;"), "missing");
    not_restorable(
        &restored(&app(&[0x1000 | QUICK, 90, 3, 0x0e])),
        Some("Landroid/app/Activity;"),
        "missing",
    );
    // The methods of java.lang.Object are where they always are.
    exact(
        &restored(&app(&[0x1000 | QUICK, 2, 3, 0x0e])),
        "invoke-virtual {v3}, Ljava/lang/Object;->toString()Ljava/lang/String;",
    );
    // Two references fit, and what lies between is not known.
    let two =
        app(&[0x1000 | QUICK, 2, 3, 0x0e]).reference(method("Lgone/View;->toString()Ljava/lang/String;"));
    not_restorable(&restored(&two), None, "several references");
    // One of an interface does not.
    let call = vec![
        Unit::Raw(0x1072),
        method("Lgone/View;->toString()Ljava/lang/String;"),
        Unit::Raw(3),
        Unit::Raw(0x0e),
    ];
    let interface = two.class(Class::new("Lp/Use;").direct("use", "(Lgone/View;)V", 9, body(4, 1, call)));
    exact(&restored(&interface), "invoke-virtual {v3}, Ljava/lang/Object;->toString()Ljava/lang/String;");
}

#[test]
fn without_any_boot_class_path_the_root_is_missing() {
    let app = dex(&DexBuilder::new(35).class(base()).class(main_with(
        "Lp/Base;",
        1,
        raw(&[0x1000 | QUICK, 3, 3, 0x0e]),
    )));
    let layouts = Layouts::new(Release::Marshmallow, vec![app.clone()]);
    let restored = quick::restore(&app, &layouts);
    let missing = |outcome: &Outcome| match outcome {
        Outcome::NotRestorable { missing, .. } => missing.clone(),
        Outcome::Exact => None,
    };
    assert_eq!(missing(&restored.methods[0].outcome).as_deref(), Some(OBJECT));
}

/// `v0 = new Child(); v0.act()` where both Base and Child name the method.
fn fresh(debug: Option<Vec<u8>>) -> DexBuilder {
    let mut run = body(
        4,
        0,
        vec![
            Unit::Raw(0x0022),
            type_("Lp/Child;"),
            Unit::Raw(0x1070),
            method("Lp/Child;-><init>()V"),
            Unit::Raw(0),
            Unit::Raw(0x1000 | QUICK),
            Unit::Raw(3),
            Unit::Raw(0),
            Unit::Raw(0x0e),
        ],
    );
    run.debug = debug;
    DexBuilder::new(35)
        .class(base())
        .class(child())
        .class(Class::new("Lp/Main;").direct("run", "()V", 9, run))
}

#[test]
fn what_was_just_allocated_may_be_declared_as_anything_above() {
    not_restorable(&restored(&fresh(None)), None, "several references");
    // v0 is a local variable of this type from unit 5 on.
    let types = |descriptor: &str| {
        let app = dex(&fresh(None));
        let found = (0..app.type_count())
            .find(|i| app.descriptor(overt_dex::TypeIdx(*i)).is_ok_and(|d| d == descriptor));
        found.expect("a type") as u8
    };
    for (descriptor, expected) in [("Lp/Base;", "Lp/Base;"), ("Lp/Child;", "Lp/Child;")] {
        // line 1, no parameters; advance to unit 5; start local v0, no name, this type; end.
        let debug = vec![1, 0, 0x01, 5, 0x03, 0, 0, types(descriptor) + 1, 0x00];
        let (text, outcome) = restored(&fresh(Some(debug)));
        assert_eq!(
            (text[2].clone(), outcome),
            (format!("invoke-virtual {{v0}}, {expected}->act()V"), Outcome::Exact)
        );
    }
}

#[test]
fn two_types_meet() {
    // if-eqz v2: v0 = a Child (v3), else v0 = a Sibling (v2); v0.act()
    let sibling = Class::new("Lp/Sibling;").superclass("Lp/Base;");
    let code = [0x0238, 4, 0x3007, 0x0228, 0x2007, 0x1000 | QUICK, 3, 0, 0x0e];
    let app = |position: u16| {
        let mut code = code;
        code[6] = position;
        DexBuilder::new(35).class(base()).class(child()).class(sibling.clone()).class(main_with(
            "Lp/Sibling;Lp/Child;",
            2,
            raw(&code),
        ))
    };
    let (text, outcome) = restored(&app(3));
    assert_eq!((text[4].as_str(), outcome), ("invoke-virtual {v0}, Lp/Base;->act()V", Outcome::Exact));
    // Position 4 is more() of Child and nothing of Sibling.
    not_restorable(&restored(&app(4)), None, "no such method");
}

#[test]
fn caught_exceptions_have_the_type_of_the_handler() {
    let mut run = body(
        4,
        1,
        vec![
            Unit::Raw(0x1071),
            method("Lp/Main;->other()V"),
            Unit::Raw(0),
            Unit::Raw(0x0e),
            Unit::Raw(0x000d), // move-exception v0
            Unit::Raw(0x1000 | QUICK),
            Unit::Raw(3),
            Unit::Raw(0),
            Unit::Raw(0x0e),
        ],
    );
    run.units[0] = Unit::Raw(0x0071);
    run.tries = vec![(0, 3, vec![(None, 4)])];
    let app = DexBuilder::new(35)
        .reference(method("Ljava/lang/Throwable;->getMessage()Ljava/lang/String;"))
        .class(Class::new("Lp/Main;").direct("run", "(I)V", 9, run));
    let (text, outcome) = restored(&app);
    assert_eq!(text[3], "invoke-virtual {v0}, Ljava/lang/Throwable;->getMessage()Ljava/lang/String;");
    assert_eq!(outcome, Outcome::Exact);
}

#[test]
fn arrays() {
    // v0 = v3[v2]; v0.act(), where v3 is an array of Base
    let element = DexBuilder::new(35).class(base()).class(main_with(
        "I[Lp/Base;",
        2,
        raw(&[0x0046, 0x0203, 0x1000 | QUICK, 3, 0, 0x0e]),
    ));
    let (text, outcome) = restored(&element);
    assert_eq!((text[1].as_str(), outcome), ("invoke-virtual {v0}, Lp/Base;->act()V", Outcome::Exact));
    let own = DexBuilder::new(35)
        .class(main_with("[I", 1, raw(&[0x1000 | QUICK, 1, 3, 0x0e])))
        .reference(method("Ljava/lang/Object;->hashCode()I"));
    exact(&restored(&own), "invoke-virtual {v3}, Ljava/lang/Object;->hashCode()I");
}

#[test]
fn methods_of_object_are_called_on_interfaces_virtually() {
    let app = DexBuilder::new(35)
        .class(main_with("Ljava/lang/Runnable;", 1, raw(&[0x1000 | QUICK, 1, 3, 0x0e])))
        .reference(method("Ljava/lang/Object;->hashCode()I"));
    exact(&restored(&app), "invoke-virtual {v3}, Ljava/lang/Object;->hashCode()I");
}

#[test]
fn a_removed_check_cast_makes_types_unreliable() {
    let app = DexBuilder::new(35).class(base()).class(main_with(
        "Lp/Base;",
        1,
        raw(&[0x0000, 0x0000, 0x1000 | QUICK, 3, 3, 0x73]),
    ));
    let result = restored(&app);
    not_restorable(&result, None, "check-cast");
    assert_eq!(result.0.last().map(String::as_str), Some("return-void"), "what is certain is restored");
}

#[test]
fn null_and_unreachable() {
    let null =
        DexBuilder::new(35).class(base()).class(main_with("", 0, raw(&[0x0012, 0x1000 | QUICK, 3, 0, 0x0e])));
    not_restorable(&restored(&null), None, "null");
    let dead = DexBuilder::new(35).class(base()).class(main_with(
        "Lp/Base;",
        1,
        raw(&[0x0e, 0x1000 | QUICK, 3, 3, 0x0e]),
    ));
    not_restorable(&restored(&dead), None, "no way");
}

#[test]
fn endless_and_absurd_hierarchies_end() {
    let circle = DexBuilder::new(35)
        .class(Class::new("La/A;").superclass("La/B;").method("m", "()V", 1, empty()))
        .class(Class::new("La/B;").superclass("La/A;"))
        .class(main_with("La/A;", 1, raw(&[0x1000 | QUICK, 3, 3, 0x0e])));
    assert!(matches!(restored(&circle).1, Outcome::NotRestorable { missing: Some(_), .. }));
    let own_parent = DexBuilder::new(35)
        .class(Class::new("La/A;").superclass("La/A;").interface("La/A;"))
        .class(main_with("La/A;", 1, raw(&[0x30e3, 8, 0x0e])));
    assert!(matches!(restored(&own_parent).1, Outcome::NotRestorable { missing: Some(_), .. }));
    let mut deep = DexBuilder::new(35).class(Class::new("Ld/C0;"));
    for i in 1..2000 {
        deep = deep.class(Class::new(&format!("Ld/C{i};")).superclass(&format!("Ld/C{};", i - 1)));
    }
    let deep = deep.class(main_with("Ld/C1999;", 1, raw(&[0x30e3, 8, 0x0e])));
    assert!(matches!(restored(&deep).1, Outcome::NotRestorable { missing: Some(_), .. }));
}

#[test]
fn the_first_definition_counts_and_the_parent_is_asked_first() {
    // The application brings its own java.lang.String with a field; the boot class path's has none.
    let app = dex(&DexBuilder::new(35).class(
        Class::new("Ljava/lang/String;").instance_field("mine", "I", 1).direct(
            "run",
            "()V",
            1,
            body(4, 1, raw(&[0x30e3, 8, 0x0e])),
        ),
    ));
    let restored = quick::restore(&app, &layouts(Release::Marshmallow, &app));
    assert!(matches!(restored.methods[0].outcome, Outcome::NotRestorable { .. }));
}

#[test]
fn comparing() {
    let original = |literal: u16| {
        dex(&DexBuilder::new(35).reference(string("padding")).class(base()).class(main_with(
            "Lp/Base;",
            1,
            vec![
                Unit::Raw(0x306e & 0x00ff | 0x1000),
                method("Lp/Base;->act()V"),
                Unit::Raw(3),
                Unit::Raw(literal),
                Unit::Raw(0x0e),
            ],
        )))
    };
    let quickened = dex(&DexBuilder::new(35).class(base()).class(main_with(
        "Lp/Base;",
        1,
        raw(&[0x1000 | QUICK, 3, 3, 0x1012, 0x73]),
    )));
    let result = |ours: &DexFile, theirs: &DexFile| {
        let all = quick::compare(ours, theirs);
        all.into_iter().find(|m| m.method == "Lp/Main;->run(Lp/Base;)V").expect("the method").result
    };
    assert_eq!(result(&quickened, &original(0x1012)), Comparison::EqualBut { quickened: 2 });
    let restored = quick::restore(&quickened, &layouts(Release::Marshmallow, &quickened));
    // The tables differ; what is named does not.
    assert_eq!(result(&restored.dex, &original(0x1012)), Comparison::Equal);
    assert_eq!(result(&restored.dex, &original(0x2012)), Comparison::Different { offset: 3 });
    let other = dex(&DexBuilder::new(35).class(Class::new("Lp/Main;")));
    assert_eq!(result(&restored.dex, &other), Comparison::OnlyRestored);
    assert_eq!(result(&other, &restored.dex), Comparison::OnlyOriginal);
}

#[test]
fn every_changed_byte_is_survived() {
    let code = [0x0012, 0x0116, 0, 0x4000 | QUICK, 4, 0x2103, 0x000c, 0x1000 | QUICK, 3, 0, 0x30e3, 24, 0x73];
    let built =
        DexBuilder::new(35).class(base()).class(child()).class(main_with("Lp/Child;", 1, raw(&code))).build();
    let boot = Layouts::new(Release::Marshmallow, vec![dex(&boot())]);
    for at in 8..built.bytes.len() {
        for with in [0x00, 0x01, 0x7f, 0xff] {
            let Ok(app) = DexFile::parse(View::from_vec(built.patch_at(at, &[with]))) else { continue };
            let restored = quick::restore(&app, &boot.with(vec![app.clone()]));
            let _ = quick::compare(&restored.dex, &app);
        }
    }
    for length in 0..built.bytes.len() {
        let Ok(app) = DexFile::parse(View::from_vec(built.bytes[..length].to_vec())) else { continue };
        let _ = quick::restore(&app, &boot.with(vec![app.clone()]));
    }
}
