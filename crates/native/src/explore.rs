//! Runs the functions of a file, one after the other, each along several ways.
//!
//! Where a branch depends on something unknown both ways are tried, so a call that happens only after a server's answer is seen, too.
//! What is found is therefore what the code *can* do; nothing says that it will.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::facts::{Budget, Call, JavaMethod, Socket};
use crate::harvest::Harvest;
use crate::image::{Image, Machine};
use crate::java::{self, Java};
use crate::library::{self, Outcome};
use crate::machine::{Cpu, Stop};
use crate::mark::{ARGUMENT, Value};
use crate::memory::{IMPORTS, JAVA, Memory, REGION, RETURN, STACK, UNKNOWNS};
use crate::text::HOLE;
use crate::{a64, arm, thumb, watch};

/// Writes remembered of one function's run.
const WRITES: usize = 8192;

/// Calls with different arguments kept of one call instruction.
const SITE: usize = 64;

#[derive(Clone)]
struct Frame {
    /// Where the function begins.
    function: u64,
    /// Where it returns to.
    back: u64,
    stack: u64,
    /// Steps taken when it was entered.
    steps: u64,
    written: Vec<(u64, u8)>,
}

#[derive(Clone)]
struct Path<'i> {
    cpu: Cpu<'i>,
    frames: Vec<Frame>,
    classes: BTreeMap<u64, String>,
    steps: u64,
    /// Steps taken when something new happened: a branch taken for the first time, text decoded, a call told.
    news: u64,
    /// The last instruction that was not part of a stub of the linkage table.
    site: u64,
}

/// What the exploration collects.
pub(crate) struct Explorer<'i> {
    image: &'i Image,
    budget: Budget,
    base: Memory<'i>,
    java: Java,
    pub(crate) left: u64,
    pub(crate) harvest: Harvest<'i>,
    pub(crate) calls: BTreeSet<Call>,
    pub(crate) sockets: BTreeSet<Socket>,
    pub(crate) methods: BTreeSet<JavaMethod>,
    /// Functions found on the way.
    pub(crate) reached: BTreeSet<u64>,
    /// Functions that were run from their beginning.
    pub(crate) run: BTreeSet<u64>,
    threads: Vec<(u64, Value)>,
    /// Different calls seen by call instruction.
    sites: BTreeMap<(u64, String), usize>,
    /// Ways that ended at an instruction or address that the sandbox does not know.
    pub(crate) broken: usize,
}

impl<'i> Explorer<'i> {
    pub(crate) fn new(image: &'i Image, budget: Budget) -> Explorer<'i> {
        let mut base = Memory::new(image, budget.pages);
        let java = Java::build(image, &mut base).unwrap_or_default();
        Explorer {
            image,
            budget,
            base,
            java,
            left: budget.steps,
            harvest: Harvest::new(image, budget.kept),
            calls: BTreeSet::new(),
            sockets: BTreeSet::new(),
            methods: BTreeSet::new(),
            reached: BTreeSet::new(),
            run: BTreeSet::new(),
            threads: Vec::new(),
            sites: BTreeMap::new(),
            broken: 0,
        }
    }

    /// Runs everything.
    pub(crate) fn all(&mut self) {
        let image = self.image;
        for function in &image.initialisers {
            self.root(*function, &[], true);
        }
        let main = image.exports.get("JNI_OnLoad").copied();
        if let Some(function) = image.entry.filter(|_| main.is_none()) {
            self.root(function, &[], true);
        }
        if let Some(function) = main {
            self.root(function, &[Value::known(self.java.vm)], true);
        }
        let mut index = 0;
        while let Some((function, value)) = self.threads.get(index).copied() {
            self.root(function, &[value], true);
            index += 1;
        }
        let mut exported = BTreeSet::new();
        for (name, function) in &image.exports {
            if name.starts_with("Java_") {
                exported.insert(*function);
            }
        }
        exported.extend(self.methods.iter().map(|method| method.function));
        for function in exported {
            self.root(function, &[Value::known(self.java.env)], false);
        }
        let mut done = self.run.clone();
        loop {
            let next: Vec<u64> = image
                .functions
                .iter()
                .chain(&self.reached)
                .copied()
                .filter(|at| !done.contains(at))
                .collect();
            if next.is_empty() || self.left == 0 {
                break;
            }
            for function in next {
                done.insert(function);
                self.root(function, &[], false);
            }
        }
    }

    /// Runs one function with arguments; those not given are unknown. `keep`: what it leaves in static memory holds for later runs.
    fn root(&mut self, function: u64, arguments: &[Value], keep: bool) {
        if self.left == 0
            || self.image.code(function & !u64::from(self.image.machine == Machine::Arm)).is_none()
        {
            return;
        }
        self.run.insert(function);
        // What is kept may use a third of the budget; every other function a share of what is left, and what others leave over.
        let waiting = (self.image.functions.len() as u64).saturating_sub(self.run.len() as u64) + 1;
        let share = if keep { self.budget.steps / 3 } else { self.left / waiting * 8 + 2_000 };
        let floor = self.left.saturating_sub(share);
        let mut cpu = Cpu::new(self.image, self.base.clone());
        let registers = if self.image.machine == Machine::Arm { 4 } else { 8 };
        for index in 0..registers {
            cpu.r[index] = arguments
                .get(index)
                .copied()
                .unwrap_or(Value::unknown(UNKNOWNS + REGION * index as u64, ARGUMENT));
        }
        match self.image.machine {
            Machine::Arm => {
                cpu.r[13] = Value::known(STACK);
                cpu.r[14] = Value::known(RETURN);
                cpu.exchange(function);
            }
            Machine::Arm64 => {
                cpu.r[31] = Value::known(STACK);
                cpu.r[30] = Value::known(RETURN);
                cpu.pc = function;
            }
        }
        let frame = Frame { function, back: RETURN, stack: STACK, steps: 0, written: Vec::new() };
        let path = Path { cpu, frames: vec![frame], classes: BTreeMap::new(), steps: 0, news: 0, site: 0 };
        let mut queue = VecDeque::from([path]);
        let mut seen = BTreeSet::new();
        let mut forks = if keep { 8 * self.budget.forks } else { self.budget.forks };
        let mut first = true;
        while let Some(mut path) = queue.pop_front() {
            let decoded = self.follow(&mut path, &mut queue, &mut seen, &mut forks);
            if first && (keep || decoded) {
                self.base.adopt(&path.cpu.memory);
            }
            first = false;
            if self.left <= floor {
                return;
            }
        }
    }

    /// Follows one way to its end. Answers whether it decoded something.
    fn follow(
        &mut self,
        path: &mut Path<'i>,
        queue: &mut VecDeque<Path<'i>>,
        seen: &mut BTreeSet<(u64, u64)>,
        forks: &mut usize,
    ) -> bool {
        let root = path.frames.first().map_or(0, |frame| frame.function);
        let mut decoded = false;
        while path.steps < self.budget.path_steps
            && path.steps - path.news < self.budget.idle_steps
            && self.left > 0
        {
            let pc = path.cpu.pc;
            while let Some(frame) = path.frames.last()
                && frame.back == pc
                && self.stack(&path.cpu) >= frame.stack
            {
                decoded |= self.leave(path, root);
            }
            if pc == RETURN || path.frames.is_empty() {
                break;
            }
            path.steps += 1;
            self.left -= 1;
            if (IMPORTS..RETURN).contains(&pc) {
                match self.import(path) {
                    Ok(true) => continue,
                    Ok(false) => break,
                    Err(_) => {
                        self.broken += 1;
                        break;
                    }
                }
            }
            let outcome = match (self.image.machine, path.cpu.thumb) {
                (Machine::Arm64, _) => a64::step(&mut path.cpu),
                (Machine::Arm, true) => thumb::step(&mut path.cpu),
                (Machine::Arm, false) => arm::step(&mut path.cpu),
            };
            if let Err(stop) = outcome {
                self.broken += usize::from(stop == Stop::Instruction);
                break;
            }
            let cpu = &mut path.cpu;
            if cpu.news {
                cpu.news = false;
                path.news = path.steps;
            }
            if let Some(frame) = path.frames.last_mut() {
                if frame.written.len() < WRITES {
                    frame.written.append(&mut cpu.written);
                } else {
                    cpu.written.clear();
                }
            }
            if let Some(other) = cpu.fork.take() {
                let taken = cpu.pc;
                if seen.insert((pc, taken)) {
                    path.news = path.steps;
                }
                if *forks > 0 && seen.insert((pc, other & !1)) {
                    *forks -= 1;
                    let mut way = path.clone();
                    way.cpu.pc = other & !u64::from(self.image.machine == Machine::Arm);
                    way.cpu.link = None;
                    way.steps = path.steps / 2;
                    way.news = way.steps;
                    for frame in &mut way.frames {
                        frame.steps = frame.steps.min(way.steps.saturating_sub(16));
                    }
                    queue.push_back(way);
                }
            }
            if let Some(back) = path.cpu.link.take() {
                self.enter(path, pc, back);
            }
        }
        while !path.frames.is_empty() {
            decoded |= self.leave(path, root);
        }
        decoded
    }

    fn stack(&self, cpu: &Cpu<'_>) -> u64 {
        cpu.r[if self.image.machine == Machine::Arm { 13 } else { 31 }].bits
    }

    fn enter(&mut self, path: &mut Path<'i>, site: u64, back: u64) {
        let target = path.cpu.pc | u64::from(path.cpu.thumb);
        let known = (IMPORTS..RETURN).contains(&path.cpu.pc) || self.image.code(path.cpu.pc).is_some();
        if !known || path.frames.len() >= self.budget.depth {
            // A call of something unknown returns something unknown.
            path.cpu.r[0] = Value::unknown(0, ARGUMENT);
            path.cpu.thumb = self.image.machine == Machine::Arm && path.cpu.r[14].bits & 1 == 1;
            path.cpu.pc = back;
            return;
        }
        path.site = site;
        let stack = self.stack(&path.cpu);
        path.frames.push(Frame { function: target, back, stack, steps: path.steps, written: Vec::new() });
    }

    fn leave(&mut self, path: &mut Path<'i>, root: u64) -> bool {
        let Some(mut frame) = path.frames.pop() else { return false };
        if frame.steps + 6 < path.steps && self.image.code(frame.function & !1).is_some() {
            // Only what was called properly counts as a function; stubs are too short.
            self.reached.insert(frame.function);
        }
        let caller = path.frames.last().map_or(root, |frame| frame.function);
        let caller = if path.frames.is_empty() { frame.function } else { caller };
        self.harvest.gather(&path.cpu.memory, &mut frame.written, frame.function, caller)
    }

    /// Plays an imported function. Answers whether the way goes on.
    fn import(&mut self, path: &mut Path<'i>) -> Result<bool, Stop> {
        let pc = path.cpu.pc;
        let image = self.image;
        let number = ((pc - IMPORTS) / 16) as u32;
        let name = if pc >= JAVA {
            java::name(pc)
        } else {
            image.imports.get(number as usize).map_or("", String::as_str)
        };
        // A frame that is only a few steps old is the stub of the linkage table.
        let stub =
            path.frames.last().is_some_and(|frame| frame.steps + 6 >= path.steps) && path.frames.len() > 1;
        let frame = if stub { path.frames.len() - 2 } else { path.frames.len() - 1 };
        let function = path.frames.get(frame).map_or(0, |frame| frame.function);
        let site = if stub { path.site } else { function };
        self.tell(path, name, function, site, frame);
        let outcome = if pc >= JAVA {
            let mut methods = Vec::new();
            let value = java::call(&mut path.cpu, name, self.java, &mut path.classes, &mut methods)?;
            self.registered(methods);
            Outcome::Return(value)
        } else if matches!(
            name,
            "jniRegisterNativeMethods"
                | "_ZN7android14AndroidRuntime21registerNativeMethodsEP7_JNIEnvPKcPK15JNINativeMethodi"
        ) {
            let class = crate::text::read(&path.cpu.memory, library::argument(&path.cpu, 1));
            let mut methods = Vec::new();
            let (table, count) = (library::argument(&path.cpu, 2), library::argument(&path.cpu, 3));
            java::register(&path.cpu, (!class.empty).then_some(class.text), table, count, &mut methods)?;
            self.registered(methods);
            Outcome::Return(Value::known(0))
        } else {
            library::call(&mut path.cpu, name, number)?
        };
        let value = match outcome {
            Outcome::End => return Ok(false),
            Outcome::Enter(target, arguments) => {
                if image.code(target & !1).is_none() {
                    return Ok(false);
                }
                self.reached.insert(target);
                path.cpu.r[..3].copy_from_slice(&arguments);
                if image.machine == Machine::Arm {
                    path.cpu.exchange(target);
                } else {
                    path.cpu.pc = target;
                }
                if let Some(frame) = path.frames.last_mut() {
                    frame.function = target;
                    frame.steps = path.steps;
                }
                return Ok(true);
            }
            Outcome::Spawn(target, argument, value) => {
                if image.code(target & !1).is_some()
                    && !self.run.contains(&target)
                    && self.threads.len() < 64
                    && !self.threads.iter().any(|thread| thread.0 == target)
                {
                    self.threads.push((target, argument));
                }
                value
            }
            Outcome::Return(value) => value,
        };
        path.cpu.r[0] = value;
        if image.machine == Machine::Arm {
            path.cpu.r[0].bits &= 0xffff_ffff;
            let back = path.cpu.r[14].bits;
            path.cpu.exchange(back);
        } else {
            path.cpu.pc = path.cpu.r[30].bits;
        }
        Ok(true)
    }

    fn registered(&mut self, methods: Vec<JavaMethod>) {
        for method in methods {
            if self.methods.len() < self.budget.kept {
                self.methods.insert(method);
            }
        }
    }

    /// Writes down a call that says something.
    fn tell(&mut self, path: &mut Path<'i>, name: &str, function: u64, site: u64, frame: usize) {
        let Some(seen) = watch::look(&path.cpu, name) else { return };
        if self.calls.len() >= self.budget.kept {
            return;
        }
        // Decoded text may be used before the function that decodes it in place returns.
        if let Some(frame) = path.frames.get_mut(frame) {
            let mut written = std::mem::take(&mut frame.written);
            self.harvest.gather(&path.cpu.memory, &mut written, function, function);
        }
        let comes_from = seen.unknown.filter(|from| *from != ARGUMENT);
        let comes_from = comes_from.and_then(|from| self.image.imports.get(from as usize)).cloned();
        if let Some(socket) = seen.socket(self.image.plain(function)) {
            self.sockets.insert(socket);
        }
        let mut arguments = seen.arguments;
        for argument in &mut arguments {
            if argument.is_empty() && seen.unknown.is_some() {
                argument.push_str(HOLE);
            }
        }
        let call = Call {
            kind: seen.kind,
            name: name.to_owned(),
            arguments,
            function: self.image.plain(function),
            address: self.image.plain(site),
            comes_from,
            hidden: seen.hidden,
        };
        let same = self.sites.entry((call.address, call.name.clone())).or_default();
        if *same < SITE && !self.calls.contains(&call) {
            *same += 1;
            self.calls.insert(call);
            path.news = path.steps;
        }
    }
}
