//! One method, analysed: its blocks are visited until nothing changes, with registers and heap at each point.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use overt_program::MethodId;
use overt_program::ir::{self, BlockId, Body, Operation};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::heap::Heap;
use crate::object::{Cell, ObjectId, ObjectKind, Place};
use crate::reference::Signature;
use crate::session::Session;
use crate::summary::{Arrival, Hit, Known, Subject, Summary, Wish};
use crate::trace::NO_TRACE;
use crate::value::{Constant, Constants, Data, Datum, Origin, Parts, Value, join_data, mark};

/// What holds at one point of a method.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub registers: Vec<Value>,
    pub heap: Heap,
    /// At the start of a handler: what was caught.
    pub caught: Value,
}

/// Where the analysis of a method stands.
pub(crate) struct Frame<'s, 'a> {
    pub session: &'s mut Session<'a>,
    /// The method; of the driver, any.
    pub method: MethodId,
    /// Nobody calls it: what is not in the heap is not there at all.
    pub driver: bool,
    /// Of the driver: the call may not happen, so what it writes takes nothing away.
    pub uncertain: bool,
    pub dex: u16,
    pub state: State,
    pub place: Place,
    pub in_loop: bool,
    /// Data that decides whether the present block runs.
    pub control: Data,
    pub signature: Rc<Signature>,
    pub special: FxHashMap<ObjectId, Known>,
    pub hits: BTreeMap<(Place, u32), Vec<Hit>>,
    pub wishes: BTreeSet<Wish>,
    pub callees: Vec<Rc<Subject>>,
    /// What the present instruction throws.
    pub raised: Value,
    thrown: Value,
    thrown_heap: Option<Heap>,
    returned: Option<Value>,
    returned_heap: Option<Heap>,
    pub steps: u64,
    /// What is remembered of the heap.
    pub memory: crate::holds::Memory,
    /// Of the driver: what any object has held in a field.
    pub any: FxHashMap<Cell, Value>,
}

impl<'s, 'a> Frame<'s, 'a> {
    pub(crate) fn new(session: &'s mut Session<'a>, method: MethodId, driver: bool) -> Frame<'s, 'a> {
        let signature = session.signature(method);
        let dex = session.table.method(method).dex;
        Frame {
            session,
            method,
            driver,
            uncertain: false,
            dex,
            state: State::default(),
            place: Place { method, offset: 0 },
            in_loop: driver,
            control: Data::new(),
            signature,
            special: FxHashMap::default(),
            hits: BTreeMap::new(),
            wishes: BTreeSet::new(),
            callees: Vec::new(),
            raised: Value::NOTHING,
            thrown: Value::NOTHING,
            thrown_heap: None,
            returned: None,
            returned_heap: None,
            steps: 0,
            memory: crate::holds::Memory::default(),
            any: FxHashMap::default(),
        }
    }

    /// Analyses a method.
    pub(crate) fn analyse(session: &'s mut Session<'a>, subject: &Subject) -> Summary {
        session.statistics.analyses += 1;
        let mut frame = Frame::new(session, subject.method, false);
        frame.special = subject.special.iter().cloned().collect();
        let definition = *frame.session.table.method(subject.method);
        let table = frame.session.table;
        let code = (definition.code_off != 0)
            .then(|| table.dexes()[usize::from(definition.dex)].dex.code(definition.code_off).ok())
            .flatten();
        let Some(code) = code else {
            // A method of an interface or an abstract class of which no object is ever made: nobody runs it.
            const ACC_NATIVE: u32 = 0x100;
            if definition.access & ACC_NATIVE == 0 {
                let returned = frame.library_result(Value::NOTHING, frame.signature.returns);
                return Summary { returned, thrown: Value::any(), ..Summary::default() };
            }
            return frame.opaque(mark::NATIVE);
        };
        let body = frame.session.body(subject.method, &code);
        let complete = frame.run(&body);
        frame.session.statistics.steps += frame.steps;
        *frame.session.spent.entry(subject.method).or_default() += frame.steps;
        match complete {
            Ok(()) => frame.finish(),
            Err(reason) => {
                // What was found until then holds for the paths that were followed; what was not followed may let
                // through whatever goes in.
                frame.session.statistics.given_up.push((subject.method, reason));
                let rest = frame.opaque(mark::HAVOC);
                let mut summary = frame.finish();
                summary.returned.join(&rest.returned);
                summary.never_returns = false;
                summary.havoc = true;
                summary
            }
        }
    }

    /// A method whose code is not there, or was given up: everything that goes in may come out.
    fn opaque(&mut self, marks: u32) -> Summary {
        let mut data = Data::new();
        let count = self.signature.parameters.len();
        for number in 0..count {
            let port = self.session.objects.parameter(number as u16);
            let origin = self.session.port(Origin::Within(port));
            join_data(&mut data, &[Datum { origin, marks, trace: NO_TRACE }]);
        }
        let returned = self.library_result(Value::of_data(data), self.signature.returns);
        Summary { returned, thrown: Value::any(), callees: self.callees.clone(), ..Summary::default() }
    }

    fn entry(&mut self, body: &Body) -> State {
        let mut registers = vec![Value::NOTHING; body.registers as usize];
        let mut register = body.first_argument as usize;
        let parameters = self.signature.parameters.clone();
        for (number, class) in parameters.iter().enumerate() {
            let port = self.session.objects.parameter(number as u16);
            let value = self.port_value(port, Some(*class));
            if let Some(slot) = registers.get_mut(register) {
                *slot = value;
            }
            let text = self.session.texts.get(*class);
            register += if matches!(&*text, "J" | "D") { 2 } else { 1 };
        }
        State { registers, heap: Heap::default(), caught: Value::NOTHING }
    }

    /// What a port is worth inside the method.
    pub(crate) fn port_value(&mut self, port: ObjectId, class: Option<crate::text::Text>) -> Value {
        let value = self.any_port_value(port, class);
        self.as_known(value)
    }

    /// What a port is worth where nothing is known of it.
    pub(crate) fn any_port_value(&mut self, port: ObjectId, class: Option<crate::text::Text>) -> Value {
        let origin = self.session.port(Origin::At(port));
        let plain = class.is_some_and(|class| self.session.texts.is_plain(class));
        let mut parts = Parts::default();
        if !plain {
            parts.objects.push(port);
        }
        parts.constants = Constants::Some(smallvec::smallvec![Constant::Of(port)]);
        // Data of a reference are those of what it refers to in the caller: the object says it.
        if plain {
            parts.data.push(Datum { origin, marks: 0, trace: NO_TRACE });
        }
        Value::from(parts)
    }

    /// A port's value with the constants that the method is analysed for.
    pub(crate) fn as_known(&self, value: Value) -> Value {
        if self.special.is_empty() {
            return value;
        }
        match value.single() {
            Some(Constant::Of(port)) => match self.special.get(&port) {
                Some(Known::Constants(constants)) => {
                    value.with_constants(Constants::Some(constants.iter().copied().collect()))
                }
                _ => value,
            },
            _ => value,
        }
    }

    fn run(&mut self, body: &Body) -> Result<(), &'static str> {
        if body.blocks.is_empty() {
            return Ok(());
        }
        let regions = if self.session.implicit { Some(ir::Regions::of(body)) } else { None };
        let mut states: Vec<Option<State>> = vec![None; body.blocks.len()];
        let mut visits = vec![0u32; body.blocks.len()];
        let mut controls: Vec<Data> = vec![Data::new(); body.blocks.len()];
        states[0] = Some(self.entry(body));
        if self.session.implicit {
            let port = self.session.objects.parameter(crate::call::CONTROL);
            let origin = self.session.port(Origin::At(port));
            for control in &mut controls {
                control.push(Datum { origin, marks: mark::IMPLICIT, trace: NO_TRACE });
            }
        }
        let mut work: BTreeSet<(u32, BlockId)> = BTreeSet::from([(body.order[0], BlockId(0))]);
        let per = self.session.budget.steps_per_instruction;
        let budget = self.session.budget.steps_per_method + per * body.instructions.len() as u64;
        while let Some((_, id)) = work.pop_first() {
            let block = body.block(id);
            let Some(state) = &states[id.index()] else { continue };
            self.state = state.clone();
            self.in_loop = block.in_loop;
            visits[id.index()] += 1;
            self.control = controls[id.index()].clone();
            let handled = !block.handlers.is_empty();
            let entry = handled.then(|| self.state.clone());
            let mut outcome: SmallVec<[BlockId; 4]> = SmallVec::new();
            let mut falls = true;
            for (number, instruction) in body.of(block).iter().enumerate() {
                self.steps += 1;
                if self.steps > budget {
                    return Err("more steps than the budget");
                }
                self.place = Place { method: self.method, offset: instruction.offset };
                self.raised = Value::NOTHING;
                let goes_on = self.step(instruction, block, &mut outcome);
                if !self.raised.is_nothing() {
                    let raised = std::mem::take(&mut self.raised);
                    let left = match (&entry, number) {
                        (Some(entry), 0) => {
                            let mut before = entry.clone();
                            let now = self.state.heap.clone();
                            self.join_heaps(&mut before.heap, &now);
                            self.raise(body, block, raised, &before, &mut states, &mut work, &visits)
                        }
                        _ => raised,
                    };
                    if !left.is_nothing() {
                        self.thrown.join(&left);
                        // Any call of the platform may throw; what it leaves behind then is what it found.
                        if !left.objects.is_empty() {
                            let heap = self.state.heap.clone();
                            self.leave_by_throw(heap);
                        }
                    }
                }
                if !goes_on {
                    falls = false;
                    break;
                }
            }
            if falls {
                if outcome.is_empty() {
                    outcome.extend(block.successors.iter().copied());
                }
                if let Some(regions) = &regions {
                    self.mark_regions(body, regions, id, &mut controls, &states, &mut work);
                }
                let state = std::mem::take(&mut self.state);
                for to in outcome {
                    let widen = visits[to.index()] > 3;
                    if self.flow(body, to, &state, &mut states[to.index()], widen) {
                        work.insert((body.order[to.index()], to));
                    }
                }
            }
        }
        Ok(())
    }

    /// A branch on data makes what it decides tell that data.
    fn mark_regions(
        &mut self,
        body: &Body,
        regions: &ir::Regions,
        id: BlockId,
        controls: &mut [Data],
        states: &[Option<State>],
        work: &mut BTreeSet<(u32, BlockId)>,
    ) {
        let block = body.block(id);
        let Some(last) = body.of(block).last() else { return };
        let mut data = self.control.clone();
        match last.operation {
            Operation::If { a, b, .. } => {
                join_data(&mut data, &self.register(a).data.clone());
                if let Some(b) = b {
                    join_data(&mut data, &self.register(b).data.clone());
                }
            }
            Operation::Switch { on } => {
                join_data(&mut data, &self.register(on).data.clone());
            }
            _ => return,
        }
        for datum in &mut data {
            datum.marks |= mark::IMPLICIT;
        }
        for decided in regions.decided_by(id) {
            if join_data(&mut controls[decided.index()], &data) && states[decided.index()].is_some() {
                work.insert((body.order[decided.index()], *decided));
            }
        }
    }

    /// Joins `state` into the entry of a block.
    fn flow(
        &mut self,
        body: &Body,
        to: BlockId,
        state: &State,
        slot: &mut Option<State>,
        widen: bool,
    ) -> bool {
        let Some(known) = slot else {
            let mut fresh = state.clone();
            for (register, value) in fresh.registers.iter_mut().enumerate() {
                if !body.live(to, register as u32) {
                    *value = Value::NOTHING;
                }
            }
            *slot = Some(fresh);
            return true;
        };
        let mut changed = false;
        for (register, value) in state.registers.iter().enumerate() {
            if value.is_nothing() || !body.live(to, register as u32) {
                continue;
            }
            let mine = &mut known.registers[register];
            if mine.join(value) {
                changed = true;
                if widen {
                    mine.widen();
                }
            }
        }
        changed |= known.caught.join(&state.caught);
        let heap = state.heap.clone();
        changed | self.join_heaps(&mut known.heap, &heap)
    }

    pub(crate) fn join_heaps(&mut self, mine: &mut Heap, other: &Heap) -> bool {
        let this = self;
        this.steps += mine.all().len() as u64 / 4;
        mine.join(other, |object, cell| this.absent(object, cell))
    }

    /// Sends what was raised to the handlers of the block; returns what none of them surely catches.
    #[allow(clippy::too_many_arguments, reason = "the state of the visit is one thing in many pieces")]
    fn raise(
        &mut self,
        body: &Body,
        block: &ir::Block,
        raised: Value,
        before: &State,
        states: &mut [Option<State>],
        work: &mut BTreeSet<(u32, BlockId)>,
        visits: &[u32],
    ) -> Value {
        let mut left = raised;
        for handler in &block.handlers {
            if left.is_nothing() {
                break;
            }
            let (caught, rest) = match handler.catches {
                None => (std::mem::take(&mut left), Value::NOTHING),
                Some(class) => self.split_by_class(&left, class),
            };
            left = rest;
            if caught.is_nothing() {
                continue;
            }
            let state = State { caught, ..before.clone() };
            let to = handler.block;
            let widen = visits[to.index()] > 3;
            if self.flow(body, to, &state, &mut states[to.index()], widen) {
                work.insert((body.order[to.index()], to));
            }
        }
        left
    }

    /// What a handler of `class` may catch, and what it surely does not.
    fn split_by_class(&mut self, raised: &Value, class: overt_dex::TypeIdx) -> (Value, Value) {
        let Some(wanted) = self.type_text(class) else { return (raised.clone(), raised.clone()) };
        let (mut caught, mut rest) = (SmallVec::new(), SmallVec::new());
        for object in &raised.objects {
            let known = *self.session.objects.get(*object);
            match known.class {
                Some(its) if known.exact => {
                    if self.session.is_a(its, wanted) {
                        caught.push(*object);
                    } else {
                        rest.push(*object);
                    }
                }
                _ => {
                    caught.push(*object);
                    rest.push(*object);
                }
            }
        }
        let everything = matches!(
            &*self.session.texts.get(wanted),
            "Ljava/lang/Exception;" | "Ljava/lang/Throwable;" | "Ljava/lang/RuntimeException;"
        );
        let unknown = raised.objects.is_empty() || raised.constants == Constants::Any;
        let caught = if caught.is_empty() && !unknown { Value::NOTHING } else { raised.with_objects(caught) };
        let rest = if rest.is_empty() && (everything || !unknown) {
            Value::NOTHING
        } else {
            raised.with_objects(rest)
        };
        (caught, rest)
    }

    fn leave_by_throw(&mut self, heap: Heap) {
        match self.thrown_heap.take() {
            None => self.thrown_heap = Some(heap),
            Some(mut known) => {
                self.join_heaps(&mut known, &heap);
                self.thrown_heap = Some(known);
            }
        }
    }

    pub(crate) fn leave_by_return(&mut self, value: Value) {
        match &mut self.returned {
            None => self.returned = Some(value),
            Some(known) => {
                known.join(&value);
            }
        }
        let heap = self.state.heap.clone();
        match self.returned_heap.take() {
            None => self.returned_heap = Some(heap),
            Some(mut known) => {
                self.join_heaps(&mut known, &heap);
                self.returned_heap = Some(known);
            }
        }
    }

    /// The summary of what was found.
    fn finish(mut self) -> Summary {
        let never_returns = self.returned.is_none();
        let returned = self.returned.take().unwrap_or_default();
        let thrown = std::mem::take(&mut self.thrown);
        let heap = match (self.returned_heap.take(), self.thrown_heap.take()) {
            (Some(heap), None) | (None, Some(heap)) => heap,
            (Some(mut heap), Some(thrown_heap)) => {
                // What a throwing path wrote counts as written, but takes no certainty from the normal one: a
                // caller that goes on after a caught exception joins both states itself.
                let mut extra = Heap::default();
                for (object, cell, value) in thrown_heap.all() {
                    if heap.get(*object, *cell).is_none() {
                        extra.set(*object, *cell, value.clone());
                    }
                }
                self.join_heaps(&mut heap, &extra);
                heap
            }
            (None, None) => Heap::default(),
        };
        self.state.heap = heap;
        self.drain();
        let mut cells = self.visible(&returned, &thrown);
        let (mut returned, mut thrown) = (returned, thrown);
        if cells.len() > self.session.budget.exact_cells {
            self.coarsen(&mut cells, &mut returned, &mut thrown);
        }
        if cells.len() > self.session.budget.cells {
            // What holds neither data nor references goes first.
            cells.retain(|(_, _, value)| !value.objects.is_empty() || !value.data.is_empty());
            if cells.len() > self.session.budget.cells {
                self.session.statistics.given_up.push((self.method, "more cells than the budget"));
                cells.truncate(self.session.budget.cells);
            }
        }
        let hits = std::mem::take(&mut self.hits);
        let (mut open, mut arrivals): (Vec<Hit>, Vec<Arrival>) = (Vec::new(), Vec::new());
        for hit in hits.into_values().flatten() {
            // Whoever calls may know the address better: then the sources go on to it too.
            let open_address = !hit.address.objects.is_empty()
                || hit.address.constant_ports().next().is_some()
                || self.has_open(&hit.address);
            arrivals.extend(self.arrivals_of(&hit));
            let mut data = hit.data;
            if !open_address {
                data.retain(|datum| !datum.origin.is_source());
            }
            if !data.is_empty() {
                open.push(Hit { data, ..hit });
            }
        }
        self.callees.sort_by(|a, b| (a.method, &a.special).cmp(&(b.method, &b.special)));
        self.callees.dedup();
        Summary {
            returned,
            thrown,
            cells,
            hits: open,
            wishes: self.wishes.iter().copied().collect(),
            arrivals,
            callees: std::mem::take(&mut self.callees),
            never_returns,
            havoc: false,
        }
    }

    /// Takes the way of what has arrived at sinks so far (of the driver, whose analysis has no end of its own).
    pub(crate) fn take_arrivals(&mut self) -> Vec<Arrival> {
        let hits = std::mem::take(&mut self.hits);
        hits.into_values().flatten().flat_map(|hit| self.arrivals_of(&hit)).collect()
    }

    fn arrivals_of(&self, hit: &Hit) -> Vec<Arrival> {
        (hit.data.iter())
            .filter(|datum| datum.origin.is_source())
            .map(|datum| Arrival {
                origin: datum.origin,
                place: hit.place,
                sink: hit.sink,
                marks: datum.marks,
                trace: datum.trace,
                address: hit.address.clone(),
            })
            .collect()
    }

    /// Cells that a caller can see: of ports, and of what can be reached from there or from what leaves.
    fn visible(&mut self, returned: &Value, thrown: &Value) -> Vec<(ObjectId, Cell, Value)> {
        let mut seen: FxHashSet<ObjectId> = FxHashSet::default();
        let mut open: Vec<ObjectId> = Vec::new();
        let push = |seen: &mut FxHashSet<ObjectId>, open: &mut Vec<ObjectId>, value: &Value| {
            for object in &value.objects {
                if seen.insert(*object) {
                    open.push(*object);
                }
            }
        };
        push(&mut seen, &mut open, returned);
        push(&mut seen, &mut open, thrown);
        let mut last = None;
        for (object, cell, _) in self.state.heap.all() {
            let root = last == Some(*object)
                || self.session.objects.is_port(*object)
                || matches!(self.session.objects.get(*object).kind, ObjectKind::Component(_))
                || matches!(cell, Cell::Listener(_) | Cell::Drain(..));
            if root && seen.insert(*object) {
                open.push(*object);
            }
            last = root.then_some(*object);
        }
        let mut found = Vec::new();
        while let Some(object) = open.pop() {
            for (_, _, value) in self.state.heap.of(object) {
                push(&mut seen, &mut open, value);
            }
            found.push(object);
        }
        found.sort_unstable();
        let mut cells = Vec::new();
        for object in found {
            cells.extend(self.state.heap.of(object).iter().cloned());
        }
        cells
    }

    pub(crate) fn register(&self, register: u32) -> Value {
        self.state.registers.get(register as usize).cloned().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, register: u32, value: Value) {
        // What a register holds is some number, text or reference: without a known one, any; or a join with `null`
        // would make it certainly `null`.
        let value = if value.constants == Constants::None && !value.is_nothing() {
            value.with_constants(Constants::Any)
        } else {
            value
        };
        let value = if self.control.is_empty() { value } else { value.with_data(&self.control) };
        if let Some(slot) = self.state.registers.get_mut(register as usize) {
            *slot = value;
        }
    }

    pub(crate) fn type_text(&mut self, class: overt_dex::TypeIdx) -> Option<crate::text::Text> {
        let table = self.session.table;
        let name = table.dexes().get(usize::from(self.dex))?.type_name(class)?;
        Some(self.session.text(table.text(name)))
    }

    /// The declared class of an object as this method sees it, and whether it is exact.
    pub(crate) fn classes_of(&mut self, object: ObjectId) -> (SmallVec<[crate::text::Text; 2]>, bool) {
        if let Some(Known::Classes(classes)) = self.special.get(&object) {
            return (classes.iter().copied().collect(), true);
        }
        let known = *self.session.objects.get(object);
        match (known.kind, known.class) {
            (ObjectKind::Parameter(number), _) => {
                (self.signature.parameters.get(usize::from(number)).copied().into_iter().collect(), false)
            }
            (_, class) => (class.into_iter().collect(), known.exact),
        }
    }

    /// The value as one that is its data: a text or a number, not a thing that holds something.
    pub(crate) fn plain_value(&mut self, value: &Value) -> Value {
        if value.objects.is_empty() {
            return value.clone();
        }
        let data = self.held(value);
        Value::from(Parts { objects: SmallVec::new(), constants: value.constants.clone(), data })
    }

    /// The value without objects that cannot be of type `wanted`.
    pub(crate) fn of_type(&mut self, value: Value, wanted: crate::text::Text) -> Value {
        if value.objects.is_empty() {
            return value;
        }
        if self.session.texts.is_plain(wanted) {
            return self.plain_value(&value);
        }
        let mut kept: SmallVec<[ObjectId; 2]> = SmallVec::new();
        for object in &value.objects {
            let (classes, exact) = self.classes_of(*object);
            let fits = classes.is_empty()
                || classes.iter().any(|class| {
                    if exact {
                        self.session.is_a(*class, wanted)
                    } else {
                        self.session.compatible(*class, wanted)
                    }
                });
            if fits {
                kept.push(*object);
            }
        }
        if kept.len() == value.objects.len() { value } else { value.with_objects(kept) }
    }

    /// Is a constant of this port worth asking for: a number or a text handed over by the caller?
    pub(crate) fn wish_constants(&mut self, value: &Value) {
        if self.driver {
            return;
        }
        let ports: SmallVec<[ObjectId; 2]> = value.constant_ports().collect();
        for port in ports {
            if self.stems_from_parameter(port) && !self.special.contains_key(&port) {
                self.wishes.insert(Wish::Constants(port));
            }
        }
    }

    fn stems_from_parameter(&self, port: ObjectId) -> bool {
        let mut at = port;
        loop {
            match self.session.objects.get(at).kind {
                ObjectKind::Part(of, _) => at = of,
                ObjectKind::Parameter(_) => return true,
                _ => return false,
            }
        }
    }

    pub(crate) fn is_special(&self, port: ObjectId) -> bool {
        self.special.contains_key(&port)
    }
}
