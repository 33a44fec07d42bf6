//! What Android can make run: rapid type analysis from the roots that a caller names.
//!
//! A class that exists (created in reachable code, or by Android because the manifest or a layout names it) may have
//! those of its methods called that override something of a class outside the package: that covers components,
//! threads, tasks, handlers, listeners and receivers registered in code with one rule. Which methods of a library
//! class that is not in the build are called is [`Knowledge`]; for undescribed ones every overridable method is
//! assumed to be called, and the edge is marked.

use fixedbitset::FixedBitSet;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::body::{Bodies, Dispatch, Use};
use crate::classes::{ACC_PRIVATE, ACC_STATIC, ClassId, ClassTable, MethodId, MethodKey};
use crate::graph::{Edge, Graph, Hop, RootSets};
use crate::names::Sym;

/// What is known of a library class that is not in the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LibraryCall {
    /// The library calls this method of its subclasses.
    Called,
    /// The class is described completely, and this method is not called.
    NotCalled,
    /// Nobody described the class.
    Unknown,
}

/// Knowledge about library classes.
pub trait Knowledge {
    /// Does the library call `name` with `proto` on objects that extend or implement `class` (a descriptor)?
    fn calls(&self, class: &str, name: &str, proto: &str) -> LibraryCall;
}

/// Where Android enters.
#[derive(Debug, Clone, Default)]
pub struct Root {
    /// Classes that Android creates.
    pub classes: Vec<ClassId>,
    /// Methods that Android calls.
    pub methods: Vec<MethodId>,
}

/// What runs.
#[derive(Debug)]
pub struct Reach {
    graph: Graph,
    roots: Vec<Vec<u32>>,
    sets: RootSets,
    reached: FixedBitSet,
    certain: FixedBitSet,
    methods: usize,
    created: Vec<ClassId>,
}

impl Reach {
    /// Finds what runs from `roots`.
    #[must_use]
    pub fn compute(table: &ClassTable, bodies: &Bodies, roots: &[Root], knowledge: &dyn Knowledge) -> Reach {
        let mut solver = Solver::new(table, bodies, knowledge);
        solver.started = roots.iter().flat_map(|root| root.classes.iter().copied()).collect();
        let mut root_nodes = Vec::with_capacity(roots.len());
        for root in roots {
            let mut nodes = Vec::new();
            for class in &root.classes {
                if let Some(node) = solver.create(*class) {
                    nodes.push(node);
                    // Android calls the constructor itself; which one is not asked.
                    for method in table.class(*class).methods.clone().map(MethodId) {
                        if table.text(table.method(method).name) == "<init>" {
                            nodes.extend(solver.reach_method(method));
                        }
                    }
                }
            }
            for method in &root.methods {
                nodes.extend(solver.reach_method(*method));
            }
            root_nodes.push(nodes);
        }
        solver.run();
        solver.finish(root_nodes)
    }

    /// Does any root reach the own method at this position?
    #[must_use]
    pub fn is_reached(&self, method: usize) -> bool {
        self.reached.contains(method)
    }

    /// … without any assumption about undescribed library classes?
    #[must_use]
    pub fn is_certain(&self, method: usize) -> bool {
        self.certain.contains(method)
    }

    /// The roots (by position in the list given) that reach this method.
    pub fn roots_of(&self, method: usize) -> impl Iterator<Item = usize> + '_ {
        self.sets.of(method)
    }

    /// Classes of which objects exist.
    #[must_use]
    pub fn created(&self) -> &[ClassId] {
        &self.created
    }

    /// How many own methods run.
    #[must_use]
    pub fn reached_count(&self) -> usize {
        (0..self.methods).filter(|method| self.reached.contains(*method)).count()
    }

    /// Own methods that one root reaches without passing a method that is avoided.
    #[must_use]
    pub fn around(&self, root: usize, avoided: &dyn Fn(usize) -> bool) -> FixedBitSet {
        let nodes = self.roots.get(root).map_or(&[][..], |nodes| nodes);
        self.graph.around(nodes, &|node| (node as usize) < self.methods && avoided(node as usize))
    }

    /// Shortest ways from one root: ask [`Ways::to`].
    #[must_use]
    pub fn ways(&self, root: usize) -> Ways {
        let nodes = self.roots.get(root).map_or(&[][..], |nodes| nodes);
        Ways { methods: self.methods, first: self.graph.shortest(nodes) }
    }
}

/// Shortest ways from one root.
#[derive(Debug)]
pub struct Ways {
    methods: usize,
    first: Vec<Option<Edge>>,
}

impl Ways {
    /// The calls that lead from the root to the method: each hop names a method and the instruction where it leads on.
    /// Empty when the method is where Android enters.
    #[must_use]
    pub fn to(&self, method: usize) -> Vec<Hop> {
        let mut hops = Vec::new();
        let mut node = method;
        while let Some(edge) = self.first.get(node).copied().flatten() {
            node = edge.from as usize;
            if node < self.methods {
                hops.push(Hop { method: node, offset: edge.offset });
            }
            if hops.len() > self.first.len() {
                break;
            }
        }
        hops.reverse();
        hops
    }
}

/// Shape of a virtual call: the class it is declared in, name and prototype.
#[derive(Debug)]
struct Shape {
    node: u32,
    declared: Sym,
    targets: u32,
}

struct Solver<'a> {
    table: &'a ClassTable,
    bodies: &'a Bodies,
    knowledge: &'a dyn Knowledge,
    methods: u32,
    next_node: u32,
    edges: Vec<Edge>,
    reached: FixedBitSet,
    work: Vec<usize>,
    class_nodes: FxHashMap<ClassId, u32>,
    /// Classes of roots: components that code may start by naming their class.
    started: FxHashSet<ClassId>,
    created: Vec<ClassId>,
    shapes: Vec<Shape>,
    shape_of: FxHashMap<MethodKey, usize>,
    /// Shapes by (name, prototype).
    asked: FxHashMap<(Sym, Sym), Vec<usize>>,
    /// Definitions that created classes offer, by (name, prototype).
    offered: FxHashMap<(Sym, Sym), Vec<(ClassId, MethodId)>>,
    supertypes: FxHashMap<ClassId, Vec<Sym>>,
    init: Option<Sym>,
    class_init: Option<Sym>,
    object: Option<Sym>,
}

impl<'a> Solver<'a> {
    fn new(table: &'a ClassTable, bodies: &'a Bodies, knowledge: &'a dyn Knowledge) -> Solver<'a> {
        let methods = table.own_method_count() as u32;
        Solver {
            table,
            bodies,
            knowledge,
            methods,
            next_node: methods,
            edges: Vec::new(),
            reached: FixedBitSet::with_capacity(methods as usize),
            work: Vec::new(),
            class_nodes: FxHashMap::default(),
            started: FxHashSet::default(),
            created: Vec::new(),
            shapes: Vec::new(),
            shape_of: FxHashMap::default(),
            asked: FxHashMap::default(),
            offered: FxHashMap::default(),
            supertypes: FxHashMap::default(),
            init: table.names().get("<init>"),
            class_init: table.names().get("<clinit>"),
            object: table.names().get("Ljava/lang/Object;"),
        }
    }

    fn edge(&mut self, from: u32, to: u32, offset: u32, assumed: bool) {
        self.edges.push(Edge { from, to, offset, assumed });
    }

    /// Marks an own method as running and gives its node.
    fn reach_method(&mut self, method: MethodId) -> Option<u32> {
        let index = self.table.own_index(method)?;
        if !self.reached.put(index) {
            self.work.push(index);
        }
        Some(index as u32)
    }

    fn supertypes(&mut self, class: ClassId) -> &[Sym] {
        let table = self.table;
        self.supertypes.entry(class).or_insert_with(|| table.supertypes(class))
    }

    /// Marks an own class as existing and gives its node.
    fn create(&mut self, class: ClassId) -> Option<u32> {
        if !self.table.is_own(class) {
            return None;
        }
        if let Some(node) = self.class_nodes.get(&class) {
            return Some(*node);
        }
        let node = self.next_node;
        self.next_node += 1;
        self.class_nodes.insert(class, node);
        self.created.push(class);
        self.initialise(class, node, 0);
        let table = self.table;
        let outside: Vec<Sym> = self
            .supertypes(class)
            .to_vec()
            .into_iter()
            .filter(|name| table.class_named(*name).is_none_or(|found| !table.is_own(found)))
            .collect();
        let own_chain: Vec<ClassId> = table.superclasses(class).take_while(|c| table.is_own(*c)).collect();
        let mut seen: FxHashMap<(Sym, Sym), ()> = FxHashMap::default();
        for at in own_chain {
            for method in table.class(at).methods.clone().map(MethodId) {
                let definition = table.method(method);
                if definition.direct || definition.access & (ACC_STATIC | ACC_PRIVATE) != 0 {
                    continue;
                }
                let shape = (definition.name, definition.proto);
                if seen.insert(shape, ()).is_some() {
                    continue;
                }
                self.offered.entry(shape).or_default().push((class, method));
                for asked in self.asked.get(&shape).cloned().unwrap_or_default() {
                    self.dispatch(asked, class, method);
                }
                if let Some(assumed) = self.library_calls(&outside, shape)
                    && let Some(target) = self.reach_method(method)
                {
                    self.edge(node, target, 0, assumed);
                }
            }
        }
        // Default methods of own interfaces are offered where no class of the chain defines them.
        let interfaces: Vec<Sym> = self.supertypes(class).to_vec();
        for name in interfaces {
            let Some(interface) = table.class_named(name).filter(|c| table.is_own(*c)) else { continue };
            if table.class(interface).access & crate::classes::ACC_INTERFACE == 0 {
                continue;
            }
            for method in table.class(interface).methods.clone().map(MethodId) {
                let definition = table.method(method);
                let shape = (definition.name, definition.proto);
                if definition.code_off == 0 || definition.direct || seen.insert(shape, ()).is_some() {
                    continue;
                }
                self.offered.entry(shape).or_default().push((class, method));
                for asked in self.asked.get(&shape).cloned().unwrap_or_default() {
                    self.dispatch(asked, class, method);
                }
            }
        }
        Some(node)
    }

    /// Does anything outside the package call a method of this shape on such objects? `Some(true)` when only assumed.
    fn library_calls(&self, outside: &[Sym], (name, proto): (Sym, Sym)) -> Option<bool> {
        let mut assumed = false;
        for class in outside {
            match self.table.class_named(*class) {
                Some(found) => {
                    if self.table.defined(found, name, proto).is_some() {
                        return Some(false);
                    }
                }
                None if Some(*class) == self.object => {
                    if is_object_method(self.table.text(name), self.table.text(proto)) {
                        return Some(false);
                    }
                }
                None => match self.knowledge.calls(
                    self.table.text(*class),
                    self.table.text(name),
                    self.table.text(proto),
                ) {
                    LibraryCall::Called => return Some(false),
                    LibraryCall::NotCalled => {}
                    LibraryCall::Unknown => assumed = true,
                },
            }
        }
        assumed.then_some(true)
    }

    /// The class is used: its static initialiser runs (and those of its superclasses).
    fn initialise(&mut self, class: ClassId, from: u32, offset: u32) {
        let table = self.table;
        let Some(class_init) = self.class_init else { return };
        for at in table.superclasses(class).take_while(|c| table.is_own(*c)).collect::<Vec<_>>() {
            let methods = table.class(at).methods.clone();
            for method in methods.map(MethodId) {
                if table.method(method).name == class_init
                    && let Some(target) = self.reach_method(method)
                {
                    self.edge(from, target, offset, false);
                }
            }
        }
    }

    fn dispatch(&mut self, shape: usize, class: ClassId, target: MethodId) {
        let declared = self.shapes[shape].declared;
        if self.supertypes(class).binary_search(&declared).is_err() {
            return;
        }
        if let Some(to) = self.reach_method(target) {
            self.shapes[shape].targets += 1;
            let from = self.shapes[shape].node;
            self.edge(from, to, 0, false);
        }
    }

    fn virtual_call(&mut self, from: u32, offset: u32, key: MethodKey) {
        let shape = match self.shape_of.get(&key) {
            Some(shape) => *shape,
            None => {
                let shape = self.shapes.len();
                self.shapes.push(Shape { node: self.next_node, declared: key.class, targets: 0 });
                self.next_node += 1;
                self.shape_of.insert(key, shape);
                self.asked.entry((key.name, key.proto)).or_default().push(shape);
                for (class, method) in self.offered.get(&(key.name, key.proto)).cloned().unwrap_or_default() {
                    self.dispatch(shape, class, method);
                }
                shape
            }
        };
        let node = self.shapes[shape].node;
        self.edge(from, node, offset, false);
    }

    fn run(&mut self) {
        loop {
            while let Some(index) = self.work.pop() {
                self.visit(index);
            }
            if !self.assume_receivers() {
                break;
            }
        }
    }

    /// A call on an own class of which no object is seen to be made: something unseen (a serialiser, native code)
    /// must make it, or the call does nothing. The declared class's own definition is taken, marked as assumed.
    fn assume_receivers(&mut self) -> bool {
        let mut keys: Vec<(usize, MethodKey)> = self
            .shape_of
            .iter()
            .filter(|(_, shape)| self.shapes[**shape].targets == 0)
            .map(|(key, shape)| (*shape, *key))
            .collect();
        keys.sort_by_key(|(shape, _)| *shape);
        let mut changed = false;
        for (shape, key) in keys {
            self.shapes[shape].targets += 1;
            let Some(method) = self.table.resolve(key) else { continue };
            if self.table.method(method).code_off == 0 {
                continue;
            }
            if let Some(to) = self.reach_method(method) {
                let from = self.shapes[shape].node;
                self.edge(from, to, 0, true);
                changed = true;
            }
        }
        changed
    }

    fn visit(&mut self, index: usize) {
        let table = self.table;
        let bodies = self.bodies;
        let method = table.method(table.own_method_at(index));
        let linked = &table.dexes()[usize::from(method.dex)];
        let body = bodies.body(index);
        let from = index as u32;
        let mut reflects = false;
        for call in bodies.calls(body) {
            let Some(key) = linked.method_key(call.method) else { continue };
            reflects |= is_class_lookup(table.text(key.class), table.text(key.name));
            match call.dispatch {
                Dispatch::Virtual => self.virtual_call(from, call.offset, key),
                Dispatch::Direct => {
                    let Some(target) = table.resolve(key) else { continue };
                    if let Some(to) = self.reach_method(target) {
                        self.edge(from, to, call.offset, false);
                        if Some(key.name) != self.init {
                            self.initialise(table.method(target).class, from, call.offset);
                        }
                    }
                }
            }
        }
        for used in bodies.types(body) {
            let Some(class) = linked.type_name(used.class).and_then(|name| table.class_named(name)) else {
                continue;
            };
            if !table.is_own(class) {
                continue;
            }
            match used.is {
                Use::Access => self.initialise(class, from, used.offset),
                Use::Create => {
                    if let Some(node) = self.create(class) {
                        self.edge(from, node, used.offset, false);
                    }
                }
                // Naming a component's class is how its own package starts it.
                Use::Name => {
                    if self.started.contains(&class)
                        && let Some(node) = self.create(class)
                    {
                        self.edge(from, node, used.offset, false);
                    }
                }
            }
        }
        if reflects {
            for (offset, string) in bodies.class_names(body) {
                let Ok(text) = linked.dex.string(*string) else { continue };
                let descriptor = format!("L{};", text.replace('.', "/"));
                let Some(class) = table.find(&descriptor) else { continue };
                let Some(node) = self.create(class) else { continue };
                self.edge(from, node, *offset, true);
                for constructor in table.class(class).methods.clone().map(MethodId) {
                    if Some(table.method(constructor).name) == self.init
                        && let Some(to) = self.reach_method(constructor)
                    {
                        self.edge(node, to, 0, true);
                    }
                }
            }
        }
    }

    fn finish(self, roots: Vec<Vec<u32>>) -> Reach {
        let graph = Graph::build(self.next_node as usize, self.edges);
        let all_roots = || roots.iter().flatten().copied();
        let reached = graph.closure(all_roots(), false);
        let certain = graph.closure(all_roots(), true);
        let sets = graph.spread(&roots);
        Reach { sets, reached, certain, methods: self.methods as usize, created: self.created, graph, roots }
    }
}

/// Methods of `java.lang.Object` that library code calls on any object.
fn is_object_method(name: &str, proto: &str) -> bool {
    matches!(
        (name, proto),
        ("toString", "()Ljava/lang/String;")
            | ("hashCode", "()I")
            | ("equals", "(Ljava/lang/Object;)Z")
            | ("finalize", "()V")
            | ("clone", "()Ljava/lang/Object;")
    )
}

/// Calls that turn a name into a class.
fn is_class_lookup(class: &str, name: &str) -> bool {
    matches!(
        (class, name),
        ("Ljava/lang/Class;", "forName")
            | (
                "Ljava/lang/ClassLoader;"
                    | "Ldalvik/system/PathClassLoader;"
                    | "Ldalvik/system/DexClassLoader;",
                "loadClass"
            )
    )
}
