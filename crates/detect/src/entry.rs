//! Entry points of a package: what Android itself starts, who else can, and what wakes it.

use std::collections::BTreeSet;

use overt_apk::manifest::{Component, ComponentKind, Manifest};
use overt_catalogue::{Catalogue, TriggerSign};
use overt_program::{ClassId, ClassTable, Root};
use overt_record::finding::Trigger;
use overt_record::words::TriggerKind;

/// How strongly a permission keeps other apps away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guarding {
    /// Any app can pass.
    Open,
    /// A permission that any app gets by asking for it, or that nobody declares, so that any app may.
    Weak,
    /// A permission that the owner must grant.
    Owner,
    /// Only apps of the same signer, privileged apps or the system.
    Strong,
}

/// The permission in front of an entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryGuard {
    /// Its name.
    pub permission: String,
    /// Its protection level in this build.
    pub level: Option<String>,
    /// What that means.
    pub guarding: Guarding,
}

/// What kind of thing Android starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A component of the manifest.
    Component(ComponentKind),
    /// The application class: runs before every component.
    Application,
    /// A class named in a layout, or a method named by `onClick`.
    Layout,
    /// `main` of a program that the shell or init starts with `app_process`.
    Main,
    /// A class that could be a component, of a package whose manifest is missing.
    Candidate,
}

/// Where Android enters a package.
#[derive(Debug, Clone)]
pub struct EntryPoint {
    /// What it is.
    pub kind: EntryKind,
    /// Dotted class name (or what the layout says).
    pub name: String,
    /// Other apps can start it, as far as the manifest tells.
    pub exported: bool,
    /// Not disabled in the manifest.
    pub enabled: bool,
    /// The permission in front of it.
    pub guard: Option<EntryGuard>,
    /// What wakes it.
    pub triggers: Vec<Trigger>,
    /// Actions of its intent filters.
    pub actions: Vec<String>,
    /// Of a provider: its authorities.
    pub authorities: Vec<String>,
    /// Where reachability starts.
    pub root: Root,
}

impl EntryPoint {
    /// Can any app on the phone start it without a permission that means something?
    #[must_use]
    pub fn open_to_all(&self) -> bool {
        self.exported
            && matches!(self.kind, EntryKind::Component(_))
            && self.guard.as_ref().is_none_or(|guard| guard.guarding <= Guarding::Weak)
    }

    /// How strongly its permission keeps other apps away.
    pub(crate) fn guard_rank(&self) -> Guarding {
        self.guard.as_ref().map_or(Guarding::Open, |guard| guard.guarding)
    }
}

/// Protection level of a permission in the build; `None` when nobody declares it.
pub type LevelOf<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// What a level means to a caller.
#[must_use]
pub fn guarding(level: Option<&str>) -> Guarding {
    match level.map(|level| level.split('|').next().unwrap_or(level)) {
        None | Some("normal") => Guarding::Weak,
        Some("dangerous") => Guarding::Owner,
        Some(_) => Guarding::Strong,
    }
}

/// What a permission in front of something means in this build.
pub(crate) fn guard(permission: Option<&String>, level_of: &LevelOf<'_>) -> Option<EntryGuard> {
    let permission = permission?.clone();
    let level = level_of(&permission);
    let guarding = guarding(level.as_deref());
    Some(EntryGuard { permission, level, guarding })
}

/// The guard of a component: for a provider, the weaker of what reading and writing need.
#[must_use]
pub fn component_guard(component: &Component, level_of: &LevelOf<'_>) -> Option<EntryGuard> {
    if component.kind != ComponentKind::Provider {
        return guard(component.permission.as_ref(), level_of);
    }
    let (read, write) = provider_guards(component, level_of);
    weaker(read, write)
}

/// The guards of a provider: of reading and of writing.
pub(crate) fn provider_guards(
    component: &Component,
    level_of: &LevelOf<'_>,
) -> (Option<EntryGuard>, Option<EntryGuard>) {
    let either = component.permission.as_ref();
    (
        guard(component.read_permission.as_ref().or(either), level_of),
        guard(component.write_permission.as_ref().or(either), level_of),
    )
}

/// The weaker of two guards.
pub(crate) fn weaker(one: Option<EntryGuard>, other: Option<EntryGuard>) -> Option<EntryGuard> {
    let (one, other) = (one?, other?);
    Some(if other.guarding < one.guarding { other } else { one })
}

pub(crate) fn descriptor(dotted: &str) -> String {
    format!("L{};", dotted.replace('.', "/"))
}

/// Entry points from the manifest. Components whose class is not in the code are left out (second list).
pub fn from_manifest(
    catalogue: &Catalogue,
    table: &ClassTable,
    manifest: &Manifest,
    level_of: &LevelOf<'_>,
) -> (Vec<EntryPoint>, Vec<String>) {
    let mut entries = Vec::new();
    let mut absent = BTreeSet::new();
    let own = |name: &str| table.find(&descriptor(name)).filter(|class| table.is_own(*class));
    if let Some(name) = &manifest.application_class {
        match own(name) {
            Some(class) => entries.push(EntryPoint {
                kind: EntryKind::Application,
                name: name.clone(),
                exported: false,
                enabled: true,
                guard: None,
                triggers: application_triggers(catalogue, manifest),
                actions: Vec::new(),
                authorities: Vec::new(),
                root: Root { classes: vec![class], methods: Vec::new() },
            }),
            None => {
                absent.insert(name.clone());
            }
        }
    }
    for name in
        [&manifest.component_factory, &manifest.backup_agent, &manifest.zygote_preload].into_iter().flatten()
    {
        if let Some(class) = own(name) {
            entries.push(EntryPoint {
                kind: EntryKind::Application,
                name: name.clone(),
                exported: false,
                enabled: true,
                guard: None,
                triggers: vec![Trigger { kind: TriggerKind::AppStart, period_seconds: None, silent: true }],
                actions: Vec::new(),
                authorities: Vec::new(),
                root: Root { classes: vec![class], methods: Vec::new() },
            });
        }
    }
    for component in &manifest.components {
        let class_name = component.target_activity.as_ref().unwrap_or(&component.name);
        let Some(class) = own(class_name) else {
            absent.insert(class_name.clone());
            continue;
        };
        entries.push(EntryPoint {
            kind: EntryKind::Component(component.kind),
            name: component.name.clone(),
            exported: component.exported,
            enabled: component.enabled,
            guard: component_guard(component, level_of),
            triggers: component_triggers(catalogue, component),
            actions: component.actions().into_iter().map(str::to_owned).collect(),
            authorities: component.authorities.clone(),
            root: Root { classes: vec![class], methods: Vec::new() },
        });
    }
    (entries, absent.into_iter().collect())
}

/// The entry point for what layouts name: custom views and fragments, and the methods of `onClick`.
pub fn from_layouts(table: &ClassTable, classes: &[String], on_click: &[String]) -> Option<EntryPoint> {
    let mut root = Root::default();
    root.classes
        .extend(classes.iter().filter_map(|name| table.find(&descriptor(name))).filter(|c| table.is_own(*c)));
    if let Some(proto) = table.names().get("(Landroid/view/View;)V") {
        let names: BTreeSet<_> = on_click.iter().filter_map(|name| table.names().get(name)).collect();
        for (id, method) in table.own_methods() {
            if method.proto == proto && names.contains(&method.name) {
                root.methods.push(id);
            }
        }
    }
    (!root.classes.is_empty() || !root.methods.is_empty()).then(|| EntryPoint {
        kind: EntryKind::Layout,
        name: "layouts".into(),
        exported: false,
        enabled: true,
        guard: None,
        triggers: vec![Trigger { kind: TriggerKind::User, period_seconds: None, silent: false }],
        actions: Vec::new(),
        authorities: Vec::new(),
        root,
    })
}

/// Entry points of code without a manifest: programs with `main` and, for an app whose manifest is missing, classes that
/// could be its components. (Receivers in libraries of the framework are registered by code, not by a manifest.)
#[must_use]
pub fn without_manifest(catalogue: &Catalogue, table: &ClassTable, is_app: bool) -> Vec<EntryPoint> {
    let mut entries = Vec::new();
    let main = table.names().get("main").zip(table.names().get("([Ljava/lang/String;)V"));
    for (id, class) in table.own_classes() {
        let name = dotted(table.text(class.descriptor));
        if let Some((main, proto)) = main
            && let Some(method) = table.defined(id, main, proto)
        {
            entries.push(candidate(
                EntryKind::Main,
                &name,
                TriggerKind::Native,
                Root { classes: Vec::new(), methods: vec![method] },
            ));
        }
        if !is_app || !class.is_concrete() {
            continue;
        }
        if let Some(kind) = component_kind(catalogue, table, id) {
            let trigger = match kind {
                "application" => TriggerKind::AppStart,
                _ => TriggerKind::OtherApp,
            };
            let root = Root { classes: vec![id], methods: Vec::new() };
            let mut entry = candidate(EntryKind::Candidate, &name, trigger, root);
            entry.triggers.clear();
            entries.push(entry);
        }
    }
    entries
}

fn candidate(kind: EntryKind, name: &str, trigger: TriggerKind, root: Root) -> EntryPoint {
    EntryPoint {
        kind,
        name: name.to_owned(),
        exported: false,
        enabled: true,
        guard: None,
        triggers: vec![Trigger { kind: trigger, period_seconds: None, silent: true }],
        actions: Vec::new(),
        authorities: Vec::new(),
        root,
    }
}

/// Kinds of library classes whose subclasses Android creates because a manifest names them.
const COMPONENT_KINDS: &[&str] = &["activity", "service", "receiver", "provider", "application"];

fn component_kind<'c>(catalogue: &'c Catalogue, table: &ClassTable, class: ClassId) -> Option<&'c str> {
    let supertypes = table.supertypes(class);
    supertypes.into_iter().find_map(|name| {
        let known = catalogue.entry_points().kind_of(table.text(name))?;
        COMPONENT_KINDS.contains(&known.kind.as_str()).then_some(known.kind.as_str())
    })
}

/// `p.C` for `Lp/C;`.
#[must_use]
pub fn dotted(descriptor: &str) -> String {
    descriptor
        .strip_prefix('L')
        .and_then(|text| text.strip_suffix(';'))
        .unwrap_or(descriptor)
        .replace('/', ".")
}

fn push(triggers: &mut Vec<Trigger>, kind: &str, silent: bool) {
    if let Some(kind) = TriggerKind::parse(kind)
        && triggers.iter().all(|trigger| trigger.kind != kind)
    {
        triggers.push(Trigger { kind, period_seconds: None, silent });
    }
}

fn application_triggers(catalogue: &Catalogue, manifest: &Manifest) -> Vec<Trigger> {
    let mut triggers = Vec::new();
    push(&mut triggers, "app-start", true);
    for rule in catalogue.trigger_rules() {
        if let TriggerSign::Attribute(name) = &rule.sign
            && name == "persistent"
            && manifest.persistent
        {
            push(&mut triggers, &rule.kind, rule.silent);
        }
    }
    triggers.sort();
    triggers
}

fn component_triggers(catalogue: &Catalogue, component: &Component) -> Vec<Trigger> {
    let actions: Vec<String> =
        component.filters.iter().flat_map(|filter| filter.actions.iter().cloned()).collect();
    let categories: Vec<String> =
        component.filters.iter().flat_map(|filter| filter.categories.iter().cloned()).collect();
    let word = match component.kind {
        ComponentKind::Activity | ComponentKind::ActivityAlias => "activity",
        ComponentKind::Service => "service",
        ComponentKind::Receiver => "receiver",
        ComponentKind::Provider => "provider",
    };
    triggers(catalogue, word, component.exported, &actions, &categories)
}

/// What wakes a component of this kind that takes these actions and categories.
pub(crate) fn triggers(
    catalogue: &Catalogue,
    word: &str,
    exported: bool,
    actions: &[String],
    categories: &[String],
) -> Vec<Trigger> {
    let mut triggers = Vec::new();
    for rule in catalogue.trigger_rules() {
        let shown = match &rule.sign {
            TriggerSign::Received(wanted) => {
                word == "receiver" && wanted.iter().any(|action| actions.contains(action))
            }
            TriggerSign::Component { kind, actions: wanted, categories: needed } => {
                // A rule without a filter is about the door itself, which other apps find only where it is exported.
                kind == word
                    && (exported || !wanted.is_empty() || !needed.is_empty())
                    && (wanted.is_empty() || wanted.iter().any(|action| actions.contains(action)))
                    && (needed.is_empty() || needed.iter().any(|category| categories.contains(category)))
            }
            _ => false,
        };
        if shown {
            push(&mut triggers, &rule.kind, rule.silent);
        }
    }
    triggers.sort();
    triggers
}

#[cfg(test)]
mod tests {
    use super::*;
    use overt_apk::resource_table::Device;
    use overt_base::{Cancel, Cx, Limits, Locus, Problems, progress::Silent};

    /// The trigger words of the only component.
    fn triggers(component: &str) -> Vec<&'static str> {
        let text = format!(
            "<manifest xmlns:android='http://schemas.android.com/apk/res/android' package='p.q'>
               <uses-sdk android:targetSdkVersion='23'/><application>{component}</application></manifest>"
        );
        let limits = Limits::default();
        let problems = Problems::new(limits.problems_per_code);
        let cancel = Cancel::default();
        let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
        let manifest = Manifest::read(text.as_bytes(), None, Device::default(), &Locus::input(), &cx)
            .expect("a manifest");
        let component = manifest.components.first().expect("a component");
        let triggers = component_triggers(&Catalogue::builtin(), component);
        triggers.iter().map(|trigger| trigger.kind.as_str()).collect()
    }

    #[test]
    fn an_exported_door_is_a_trigger_by_itself() {
        for kind in ["activity", "service", "receiver"] {
            assert_eq!(
                triggers(&format!("<{kind} android:name='.C' android:exported='true'/>")),
                ["other-app"]
            );
            assert!(triggers(&format!("<{kind} android:name='.C' android:exported='false'/>")).is_empty());
        }
        let provider = |exported| {
            triggers(&format!(
                "<provider android:name='.C' android:authorities='a' android:exported='{exported}'/>"
            ))
        };
        assert_eq!(provider(true), ["provider-query"]);
        assert!(provider(false).is_empty());
    }

    #[test]
    fn a_filter_is_a_trigger_without_being_exported() {
        let boot =
            "<intent-filter><action android:name='android.intent.action.BOOT_COMPLETED'/></intent-filter>";
        assert_eq!(
            triggers(&format!("<receiver android:name='.C' android:exported='false'>{boot}</receiver>")),
            ["boot"]
        );
        assert_eq!(
            triggers(&format!("<receiver android:name='.C'>{boot}</receiver>")),
            ["boot", "other-app"]
        );
    }
}
