//! The fixed words in plain language, for people.

use std::collections::BTreeSet;

use overt_record::evidence::Role;
use overt_record::finding::{Endpoint, How, RunsAs, Trigger};
use overt_record::native::NativeCode;
use overt_record::record::Depth;
use overt_record::words::{DataKind, Effect, Rung, Severity, Theme, TriggerKind, Via};

/// A kind of datum, to follow "can read" or "sends".
#[must_use]
pub fn data(kind: DataKind) -> &'static str {
    match kind {
        DataKind::Imei => "IMEI (the handset's number)",
        DataKind::Imsi => "IMSI (the subscriber's number)",
        DataKind::SimSerial => "SIM serial number",
        DataKind::PhoneNumber => "phone number",
        DataKind::Mac => "MAC address",
        DataKind::Serial => "device serial number",
        DataKind::AndroidId => "Android ID",
        DataKind::AdvertisingId => "advertising ID",
        DataKind::SmsBody => "text of SMS messages",
        DataKind::SmsMetadata => "who sent SMS messages to whom and when",
        DataKind::CallLog => "call history",
        DataKind::Contacts => "contacts",
        DataKind::LocationFine => "precise location",
        DataKind::LocationCoarse => "approximate location",
        DataKind::CellId => "radio cell (location)",
        DataKind::WifiScan => "Wi-Fi networks in reach (location)",
        DataKind::Accounts => "accounts on the device",
        DataKind::AppList => "list of installed apps",
        DataKind::AppUsage => "which apps are used and when",
        DataKind::AppEvents => "events inside apps",
        DataKind::BrowserHistory => "browser history",
        DataKind::Calendar => "calendar",
        DataKind::Clipboard => "clipboard",
        DataKind::Microphone => "microphone",
        DataKind::Camera => "camera",
        DataKind::Screen => "contents of the screen",
        DataKind::Keystrokes => "keystrokes",
        DataKind::Files => "files",
        DataKind::DeviceStatus => "state of the device",
        DataKind::SystemLog => "system log",
        DataKind::AccountCredentials => "passwords or tokens of accounts",
    }
}

/// An effect, to follow "can".
#[must_use]
pub fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Exec => "run commands",
        Effect::Install => "install apps",
        Effect::Uninstall => "remove apps",
        Effect::AppDisable => "disable apps",
        Effect::AppControl => "stop apps or clear their data",
        Effect::DynamicCode => "load code that is not part of the app",
        Effect::SettingsWrite => "change settings",
        Effect::VerificationOff => "switch off the verification of apps",
        Effect::PermissionGrant => "grant permissions",
        Effect::SmsSend => "send SMS messages",
        Effect::SmsWrite => "change or delete SMS messages",
        Effect::CallPlace => "place calls",
        Effect::DataRead => "hand out data",
        Effect::DataWrite => "change data",
        Effect::DataDelete => "delete data",
        Effect::FileRead => "read files",
        Effect::FileWrite => "write files",
        Effect::FileDelete => "delete files",
        Effect::Wipe => "erase the device",
        Effect::Flash => "replace the firmware",
        Effect::Reboot => "restart the device",
        Effect::LogCapture => "capture the system log",
        Effect::ScreenCapture => "capture the screen",
        Effect::NetworkConfig => "change the network configuration",
        Effect::ComponentStart => "start parts of other apps",
    }
}

/// What wakes a behaviour, to follow "woken by".
#[must_use]
pub fn trigger(trigger: &Trigger) -> String {
    let what = match trigger.kind {
        TriggerKind::Boot => "the start of the device",
        TriggerKind::Connectivity => "a change of the network",
        TriggerKind::Power => "charging or the battery",
        TriggerKind::Screen => "the screen going on or off",
        TriggerKind::PackageEvent => "an app being installed or removed",
        TriggerKind::Push => "a push message",
        TriggerKind::Sms => "an SMS message",
        TriggerKind::Call => "a call",
        TriggerKind::Timer => "a timer",
        TriggerKind::User => "the user",
        TriggerKind::AppStart => "the start of the app",
        TriggerKind::ProviderQuery => "a query of its provider",
        TriggerKind::OtherApp => "another app",
        TriggerKind::Native => "native code",
    };
    let mut text = what.to_owned();
    if let Some(seconds) = trigger.period_seconds {
        text.push_str(&format!(" every {}", period(seconds)));
    }
    if trigger.silent {
        text.push_str(" (silently)");
    }
    text
}

/// Who can reach a behaviour.
#[must_use]
pub fn reach(from: &str, guard: Option<&str>) -> String {
    let what = match from {
        "exported" => match guard {
            None => return "any app: the manifest asks for no permission".to_owned(),
            Some(_) => "other apps",
        },
        "internal" => "the app itself",
        "nowhere" => "no entry point that was found",
        "unknown-manifest" => "an entry point that only a manifest could confirm, which was not found",
        other => match TriggerKind::parse(other) {
            Some(kind) => {
                let text = trigger(&Trigger { kind, period_seconds: None, silent: false });
                return match guard {
                    None => text,
                    Some(guard) => format!("{text}, guarded by {guard}"),
                };
            }
            None => other,
        },
    };
    match guard {
        None => what.to_owned(),
        Some(guard) => format!("{what}, guarded by {guard}"),
    }
}

/// A channel.
#[must_use]
pub fn via(via: Via) -> &'static str {
    match via {
        Via::Intent => "an intent",
        Via::Result => "an activity's result",
        Via::Broadcast => "a broadcast",
        Via::Binder => "a binder call",
        Via::Messenger => "a messenger",
        Via::Provider => "a content provider",
        Via::Preferences => "preferences",
        Via::Database => "a database",
        Via::File => "a file",
        Via::Archive => "an archive",
        Via::Socket => "a local socket",
        Via::Native => "native code",
        Via::Property => "a system property",
        Via::Static => "a static field",
    }
}

/// What a rung means.
#[must_use]
pub fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Indicator => {
            "a string, host, package name or certificate known from elsewhere is present; no more is shown"
        }
        Rung::Capability => {
            "the code that can do it exists and can be reached from an entry point; that it happens is not shown"
        }
        Rung::Flow => {
            "a data flow from source to sink is proven by analysis, every step with its place in the code"
        }
        Rung::Observed => "seen in captured traffic, and tied to the code that sent it",
    }
}

/// What a depth covers, for the reader who wonders why something is absent.
#[must_use]
pub fn depth(depth: Depth) -> &'static str {
    match depth {
        Depth::Inventory => "inventory: packages, signers, rights and components; code was not judged",
        Depth::Capability => "capability: what reachable code is able to do; flows were not looked for",
        Depth::Flow => "flow: proven flows inside an app",
        Depth::Full => "full: everything this version can do",
    }
}

/// What a piece of evidence shows.
#[must_use]
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Entry => "entry",
        Role::Manifest => "manifest",
        Role::Source => "source",
        Role::Step => "step",
        Role::Sink => "sink",
        Role::Guard => "guard",
        Role::Decoder => "decoder",
        Role::Key => "key",
        Role::Channel => "channel",
    }
}

/// How an assumption is put to people.
#[must_use]
pub fn assumption(kind: &str) -> &str {
    match kind {
        "havoc" => "what happens here is unknown, and anything was assumed",
        "default-model" => "a method without a model was assumed to pass its arguments on",
        "native" => "native code was assumed to pass its arguments on",
        "reflection" => "the target of a reflective call was inferred",
        "unresolved-key" => "a key could not be resolved",
        other => other,
    }
}

/// The ink of a severity.
#[must_use]
pub fn severity_ink(severity: Severity) -> crate::style::Ink {
    use crate::style::Ink;
    match severity {
        Severity::Critical => Ink::Alarm,
        Severity::High => Ink::Warning,
        Severity::Medium => Ink::Notice,
        Severity::Low => Ink::Plain,
        Severity::Info => Ink::Faint,
    }
}

/// A destination: the URL or as much of it as is known, and what protects the way there.
#[must_use]
pub fn endpoint(endpoint: &Endpoint) -> String {
    let place = match (&endpoint.url, &endpoint.host) {
        (Some(url), _) => url.clone(),
        (None, Some(host)) => {
            let scheme = endpoint.scheme.as_ref().map(|scheme| format!("{scheme}://")).unwrap_or_default();
            format!("{scheme}{host}{}", endpoint.path.as_deref().unwrap_or_default())
        }
        (None, None) => match &endpoint.path {
            Some(path) => format!("an unknown host, path {path}"),
            None => "an unknown host".to_owned(),
        },
    };
    let mut remarks = Vec::new();
    if let Some(method) = &endpoint.method {
        remarks.push(method.clone());
    }
    match endpoint.tls.as_deref() {
        Some("tls") => remarks.push("TLS".to_owned()),
        Some("cleartext") => remarks.push("cleartext".to_owned()),
        Some("tls-unchecked") => remarks.push("TLS with its checks switched off".to_owned()),
        Some(other) => remarks.push(other.to_owned()),
        None => {}
    }
    if let Some(how) = &endpoint.how {
        let mut text = way(&how.kind).to_owned();
        if let Some(algorithm) = &how.algorithm {
            text.push_str(&format!(", {algorithm}"));
        }
        remarks.push(text);
    }
    if remarks.is_empty() { place } else { format!("{place} ({})", remarks.join("; ")) }
}

/// How a value was learnt.
fn way(kind: &str) -> &str {
    match kind {
        "literal" => "written in the code",
        "built" => "put together in the code",
        "evaluated" => "recovered by evaluating the code",
        "resource" => "from a resource",
        "native" => "from native code",
        other => other,
    }
}

/// How a value was learnt, with the cipher, its key, and the place.
#[must_use]
pub fn learnt(how: &How) -> String {
    let mut text = way(&how.kind).to_owned();
    for (before, part) in [
        (", ", &how.algorithm),
        ("/", &how.mode),
        (", key ", &how.key),
        (", iv ", &how.iv),
        (", in ", &how.file),
    ] {
        if let Some(part) = part {
            text.push_str(&format!("{before}{part}"));
        }
    }
    if let (Some(class), Some(method)) = (&how.class, &how.method) {
        text.push_str(&format!(", at {class} › {method}"));
        if let Some(offset) = how.offset {
            text.push_str(&format!(" › {offset:04x}"));
        }
    }
    text
}

/// What a theme is about, as a heading.
#[must_use]
pub fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::Privacy => "Data of the owner",
        Theme::RemoteControl => "What it can do, and who commands it",
        Theme::Exposure => "Doors open to other apps",
        Theme::Bypass => "Ways around permissions",
        Theme::Targeting => "Selection by a server",
        Theme::Concealment => "Concealment",
        Theme::Transport => "Protection on the way",
        Theme::Schedule => "When it runs",
        Theme::Supply => "Origin and build",
    }
}

/// The user something runs as.
#[must_use]
pub fn runs_as(runs_as: &RunsAs) -> String {
    match (runs_as.uid, &runs_as.shared_user) {
        (Some(uid), Some(shared)) => format!("{} (uid {uid}, {shared})", uid_name(uid)),
        (Some(uid), None) => format!("{} (uid {uid})", uid_name(uid)),
        (None, Some(shared)) => format!("an ordinary app that shares {shared}"),
        (None, None) => "an ordinary app".to_owned(),
    }
}

/// The name of a fixed uid (AOSP, `android_filesystem_config.h`).
#[must_use]
pub fn uid_name(uid: u32) -> &'static str {
    match uid {
        0 => "root",
        1000 => "system",
        1001 => "phone",
        1002 => "Bluetooth",
        1013 => "media",
        1021 => "GPS",
        1027 => "NFC",
        1068 => "secure element",
        1073 => "network stack",
        2000 => "shell",
        _ => "a fixed user",
    }
}

/// A period in its largest whole unit.
#[must_use]
pub fn period(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0 => (0, "second"),
        s if s % 86_400 == 0 => (s / 86_400, "day"),
        s if s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    plural(count, unit)
}

/// A number with its noun.
#[must_use]
pub fn plural(count: u64, noun: &str) -> String {
    if count == 1 {
        return format!("1 {noun}");
    }
    let many = if let Some(stem) = noun.strip_suffix("ry") {
        format!("{stem}ries")
    } else if noun.ends_with('s') {
        format!("{noun}es")
    } else {
        format!("{noun}s")
    };
    format!("{} {many}", number(count))
}

/// A number with its thousands set apart.
#[must_use]
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The sockets of native code, each in a line.
pub(crate) fn sockets(code: &NativeCode) -> BTreeSet<String> {
    let lines = code.sockets.iter().map(|socket| {
        let does = if socket.role == "server" { "serves" } else { "connects to" };
        format!("{does} {} ({})", socket.name, socket.namespace)
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_periods() {
        for (value, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_204_224, "1,204,224")] {
            assert_eq!(number(value), expected);
        }
        for (value, expected) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "90 seconds"),
            (600, "10 minutes"),
            (21_600, "6 hours"),
            (86_400, "1 day"),
            (259_200, "3 days"),
        ] {
            assert_eq!(period(value), expected);
        }
    }

    #[test]
    fn nouns_agree_with_their_number() {
        for (count, noun, expected) in [
            (1, "file", "1 file"),
            (0, "file", "0 files"),
            (2, "library", "2 libraries"),
            (2, "class", "2 classes"),
            (1_500, "entry", "1,500 entries"),
        ] {
            assert_eq!(plural(count, noun), expected);
        }
    }

    #[test]
    fn reach_names_the_guard() {
        assert_eq!(reach("exported", None), "any app: the manifest asks for no permission");
        assert_eq!(reach("exported", Some("a.B")), "other apps, guarded by a.B");
        assert_eq!(reach("boot", None), "the start of the device");
        assert_eq!(reach("internal", None), "the app itself");
    }
}
