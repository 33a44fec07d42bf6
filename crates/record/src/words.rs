//! Words with a fixed spelling. They are the product's public vocabulary: more may be added, none renamed.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum $name { $(#[serde(rename = $text)] $variant,)* }

        impl $name {
            /// All words, in their fixed order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word as it is spelt.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// Reads the word.
            #[must_use]
            pub fn parse(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// What kind of datum leaves or is read.
    DataKind {
        Imei = "imei", Imsi = "imsi", SimSerial = "sim_serial", PhoneNumber = "phone_number", Mac = "mac",
        Serial = "serial", AndroidId = "android_id", AdvertisingId = "advertising_id", SmsBody = "sms_body",
        SmsMetadata = "sms_metadata", CallLog = "call_log", Contacts = "contacts", LocationFine = "location_fine",
        LocationCoarse = "location_coarse", CellId = "cell_id", WifiScan = "wifi_scan", Accounts = "accounts",
        AppList = "app_list", AppUsage = "app_usage", AppEvents = "app_events", BrowserHistory = "browser_history",
        Calendar = "calendar", Clipboard = "clipboard", Microphone = "microphone", Camera = "camera",
        Screen = "screen", Keystrokes = "keystrokes", Files = "files", DeviceStatus = "device_status",
        SystemLog = "system_log", AccountCredentials = "account_credentials",
    }
}

words! {
    /// What a command or a caller can make the phone do.
    Effect {
        Exec = "exec", Install = "install", Uninstall = "uninstall", AppDisable = "app_disable",
        AppControl = "app_control", DynamicCode = "dynamic_code", SettingsWrite = "settings_write",
        VerificationOff = "verification_off", PermissionGrant = "permission_grant", SmsSend = "sms_send",
        SmsWrite = "sms_write", CallPlace = "call_place", DataRead = "data_read", DataWrite = "data_write",
        DataDelete = "data_delete", FileRead = "file_read", FileWrite = "file_write", FileDelete = "file_delete",
        Wipe = "wipe", Flash = "flash", Reboot = "reboot", LogCapture = "log_capture",
        ScreenCapture = "screen_capture", NetworkConfig = "network_config", ComponentStart = "component_start",
    }
}

words! {
    /// What a finding is about.
    Theme {
        Privacy = "privacy", RemoteControl = "remote-control", Exposure = "exposure", Bypass = "bypass",
        Targeting = "targeting", Concealment = "concealment", Transport = "transport", Schedule = "schedule",
        Supply = "supply",
    }
}

words! {
    /// What wakes a behaviour.
    TriggerKind {
        Boot = "boot", Connectivity = "connectivity", Power = "power", Screen = "screen",
        PackageEvent = "package-event", Push = "push", Sms = "sms", Call = "call", Timer = "timer", User = "user",
        AppStart = "app-start", ProviderQuery = "provider-query", OtherApp = "other-app", Native = "native",
    }
}

words! {
    /// What must hold before a behaviour happens.
    GateKind {
        ElapsedDays = "elapsed-days", Uptime = "uptime", Counter = "counter", ServerSwitch = "server-switch",
        Country = "country", Operator = "operator", Sim = "sim", BuildProperty = "build-property",
        UserConsent = "user-consent", Other = "other",
    }
}

words! {
    /// The channel a datum passed on its way.
    Via {
        Intent = "intent", Result = "result", Broadcast = "broadcast", Binder = "binder", Messenger = "messenger",
        Provider = "provider", Preferences = "preferences", Database = "database", File = "file",
        Archive = "archive", Socket = "socket", Native = "native", Property = "property", Static = "static",
    }
}

words! {
    /// How much is proven, lowest first. A finding states its rung and never more.
    Rung {
        Indicator = "indicator", Capability = "capability", Flow = "flow", Observed = "observed",
    }
}

words! {
    /// How bad it is, by rule from data or effect, rights, reach and silence; lowest first.
    Severity {
        Info = "info", Low = "low", Medium = "medium", High = "high", Critical = "critical",
    }
}

impl Severity {
    /// One less.
    #[must_use]
    pub fn lower(self) -> Severity {
        match self {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium => Severity::Low,
            Severity::Low | Severity::Info => Severity::Info,
        }
    }
}

words! {
    /// How sure the analysis is, lowest first.
    Confidence {
        Low = "low", Medium = "medium", High = "high",
    }
}

words! {
    /// What became of a thing from one build to another.
    Change {
        New = "new", Gone = "gone", Unchanged = "unchanged", Moved = "moved", MoreConcealed = "more-concealed",
        LessConcealed = "less-concealed", GuardAdded = "guard-added", GuardRemoved = "guard-removed",
        DestinationChanged = "destination-changed", PeriodChanged = "period-changed", Dormant = "dormant",
        Active = "active", Unknown = "unknown",
    }
}

impl Change {
    /// The same seen from the other build.
    #[must_use]
    pub fn mirrored(self) -> Change {
        match self {
            Change::New => Change::Gone,
            Change::Gone => Change::New,
            Change::MoreConcealed => Change::LessConcealed,
            Change::LessConcealed => Change::MoreConcealed,
            Change::GuardAdded => Change::GuardRemoved,
            Change::GuardRemoved => Change::GuardAdded,
            Change::Dormant => Change::Active,
            Change::Active => Change::Dormant,
            Change::Unchanged
            | Change::Moved
            | Change::DestinationChanged
            | Change::PeriodChanged
            | Change::Unknown => self,
        }
    }
}

words! {
    /// What kind of thing a row of a comparison speaks of.
    Subject {
        Behaviour = "behaviour", Package = "package", Permission = "permission", Component = "component",
        Signer = "signer", Native = "native", Coverage = "coverage", Property = "property",
    }
}
