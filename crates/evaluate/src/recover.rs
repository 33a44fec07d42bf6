//! All strings of an app: those in its table, and those that its code makes.

use overt_dex::StringIdx;
use overt_program::{ClassId, ClassTable, MethodId};

use crate::budget::Budget;
use crate::explore::Reach;
use crate::form::{Use, form};
use crate::observe::{Found, Recorder};
use crate::origin::{Decoder, Kind};
use crate::resources::Resources;
use crate::sandbox::Sandbox;

/// A string and how it came about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recovered {
    /// The string; parts that are not known stand as `‹name›`.
    pub value: String,
    /// The class in which it comes out.
    pub class: String,
    /// Its method.
    pub method: String,
    /// The method's prototype.
    pub descriptor: String,
    /// Where, in code units.
    pub offset: u32,
    /// How.
    pub how: How,
    /// What it is used as, or looks like.
    pub used: Use,
}

/// How a string came about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct How {
    /// `literal`, `built`, `evaluated` or `resource`.
    pub kind: &'static str,
    /// Who decoded it, as `Lp/C;->m(I)V`.
    pub decoder: Option<String>,
    /// The cipher, where one was used.
    pub algorithm: Option<String>,
    /// Its mode.
    pub mode: Option<String>,
    /// Its key: as text where it spells one, else as `hex:…`.
    pub key: Option<String>,
    /// Its initialisation vector, likewise.
    pub iv: Option<String>,
}

/// What was recovered from an app, and at what cost.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    /// Sorted.
    pub strings: Vec<Recovered>,
    /// Steps taken.
    pub steps: u64,
    /// Methods explored.
    pub methods: usize,
    /// Methods not run to their end because the app's steps were used up.
    pub left_out: usize,
}

/// Recovers the strings that code of the app makes. With `literals`, those of its table as well, where code names them.
#[must_use]
pub fn strings(table: &ClassTable, resources: &dyn Resources, budget: Budget, literals: bool) -> Strings {
    let mut sandbox = ready(table, resources, budget);
    let mut all = Strings::default();
    // A little for every method, then more for those that it did not suffice for, those first in which a decoder was
    // under way: one that loops must not take from others.
    let (mut unfinished, mut others) = (Vec::new(), Vec::new());
    for (method, _) in table.own_methods().filter(|(_, definition)| definition.code_off != 0) {
        all.methods += 1;
        match sandbox.explore(method, budget.first_steps) {
            Reach::Whole => {}
            Reach::Decoding => unfinished.push(method),
            Reach::Elsewhere => others.push(method),
        }
    }
    unfinished.append(&mut others);
    let limit = sandbox.machine.steps.saturating_add(budget.more_steps);
    for steps in [budget.method_steps / 8, budget.method_steps] {
        let mut still = Vec::new();
        for method in unfinished {
            let left = limit.saturating_sub(sandbox.machine.steps);
            if left == 0 || sandbox.explore(method, left.min(steps)) != Reach::Whole {
                still.push(method);
            }
        }
        unfinished = still;
    }
    all.left_out = unfinished.len();
    finish(sandbox, table, literals, &mut all);
    all
}

/// Recovers the strings that running these methods makes, with the initialisers of all classes run before as
/// [`strings`] does: what it found in one of them comes out again, unless it took a caller to show it.
#[must_use]
pub fn strings_of(
    table: &ClassTable,
    resources: &dyn Resources,
    budget: Budget,
    methods: &[MethodId],
) -> Strings {
    let mut sandbox = ready(table, resources, budget);
    let mut all = Strings { methods: methods.len(), ..Strings::default() };
    for method in methods {
        all.left_out += usize::from(sandbox.explore(*method, budget.method_steps) != Reach::Whole);
    }
    finish(sandbox, table, false, &mut all);
    all
}

/// A sandbox in which the classes are initialised and strings are noted.
fn ready<'a>(table: &'a ClassTable, resources: &'a dyn Resources, budget: Budget) -> Sandbox<'a> {
    let mut sandbox = Sandbox::new(table, resources, budget);
    let classes: Vec<ClassId> = table.own_classes().map(|(id, _)| id).collect();
    for class in classes {
        sandbox.initialise(class);
    }
    sandbox.machine.recorder = Some(Recorder::new(budget.values_per_place));
    sandbox
}

fn finish(mut sandbox: Sandbox<'_>, table: &ClassTable, literals: bool, all: &mut Strings) {
    all.steps = sandbox.machine.steps;
    let found = sandbox.machine.recorder.take().map_or_else(Vec::new, Recorder::into_rows);
    all.strings.extend(found.into_iter().map(|found| recovered(table, found)));
    if literals {
        literal(table, &mut all.strings);
    }
    all.strings.sort();
    all.strings.dedup_by(|a, b| {
        (&a.value, &a.class, &a.method, &a.descriptor, a.offset)
            == (&b.value, &b.class, &b.method, &b.descriptor, b.offset)
    });
}

impl Sandbox<'_> {
    /// Explores a method, noting strings.
    fn explore(&mut self, method: MethodId, steps: u64) -> Reach {
        self.machine.reset();
        let reach = self.machine.explore(method, None, steps);
        self.machine.reset();
        reach
    }
}

/// Bytes as text where they spell one, else as digits.
#[must_use]
pub fn spelled(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.chars().all(|c| !c.is_control()) => text.to_owned(),
        _ => format!("hex:{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    }
}

fn signature(table: &ClassTable, method: MethodId) -> String {
    let (class, name, proto) = names(table, method);
    format!("{class}->{name}{proto}")
}

fn names(table: &ClassTable, method: MethodId) -> (&str, &str, &str) {
    let method = table.method(method);
    (table.text(table.class(method.class).descriptor), table.text(method.name), table.text(method.proto))
}

fn recovered(table: &ClassTable, found: Found) -> Recovered {
    let (class, method, descriptor) = names(table, found.method);
    let cipher = found.origin.cipher.as_deref();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Recovered {
        class: class.to_owned(),
        method: method.to_owned(),
        descriptor: descriptor.to_owned(),
        offset: found.offset,
        how: How {
            kind: found.origin.kind.word(),
            decoder: found.origin.decoder.as_ref().map(|decoder| match decoder {
                Decoder::App(method) => signature(table, *method),
                Decoder::Platform(signature) => signature.to_string(),
            }),
            algorithm: cipher.and_then(|cipher| some(&cipher.algorithm)),
            mode: cipher.and_then(|cipher| some(&cipher.mode)),
            key: cipher.map(|cipher| spelled(&cipher.key)),
            iv: cipher.filter(|cipher| !cipher.iv.is_empty()).map(|cipher| spelled(&cipher.iv)),
        },
        used: of_class(table, &found.value, found.used),
        value: found.value,
    }
}

/// What is the name of a class of the app is no host and no action, whatever it looks like.
fn of_class(table: &ClassTable, value: &str, used: Use) -> Use {
    let looks = used.0 & (Use::HOST.0 | Use::ACTION.0) != 0 && value.contains('.');
    if looks && table.find(&format!("L{};", value.replace('.', "/"))).is_some() {
        Use(used.0 & !(Use::HOST.0 | Use::ACTION.0)).and(Use::CLASS)
    } else {
        used
    }
}

/// Adds the strings of the table where code names them.
fn literal(table: &ClassTable, all: &mut Vec<Recovered>) {
    let how =
        How { kind: Kind::Literal.word(), decoder: None, algorithm: None, mode: None, key: None, iv: None };
    for (id, method) in table.own_methods() {
        let Some(linked) = table.dexes().get(usize::from(method.dex)) else { continue };
        let Ok(code) = linked.dex.code(method.code_off) else { continue };
        for instruction in code.instructions().map_while(Result::ok) {
            // const-string, const-string/jumbo.
            if !matches!(instruction.op as u8, 0x1a | 0x1b) {
                continue;
            }
            let Ok(value) = linked.dex.string(StringIdx(instruction.index)) else { continue };
            let (class, name, descriptor) = names(table, id);
            all.push(Recovered {
                class: class.to_owned(),
                method: name.to_owned(),
                descriptor: descriptor.to_owned(),
                offset: instruction.offset,
                how: how.clone(),
                used: of_class(table, &value, form(&value)),
                value: value.into_owned(),
            });
        }
    }
}
