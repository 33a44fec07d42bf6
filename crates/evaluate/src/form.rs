//! What a string is, by its form.

/// Words of the contract for what a string is used as, in order.
pub const USES: &[(&str, u16)] = &[
    ("url", 1),
    ("host", 2),
    ("uri", 4),
    ("action", 8),
    ("command", 16),
    ("file", 32),
    ("key", 64),
    ("class", 128),
    ("other", 256),
];

/// A set of [`USES`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Use(pub u16);

impl Use {
    /// An address with scheme.
    pub const URL: Use = Use(1);
    /// A name of a host.
    pub const HOST: Use = Use(2);
    /// A content URI.
    pub const URI: Use = Use(4);
    /// An action of Intents.
    pub const ACTION: Use = Use(8);
    /// A command of a shell.
    pub const COMMAND: Use = Use(16);
    /// The name of a file.
    pub const FILE: Use = Use(32);
    /// A key of a cipher.
    pub const KEY: Use = Use(64);
    /// The name of a class.
    pub const CLASS: Use = Use(128);
    /// None of these.
    pub const OTHER: Use = Use(256);

    /// Both.
    #[must_use]
    pub fn and(self, other: Use) -> Use {
        Use(self.0 | other.0)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        let known = USES.iter().filter(|(_, bit)| self.0 & bit != 0 && *bit != 256).map(|(word, _)| *word);
        let words: Vec<&str> = known.collect();
        if words.is_empty() { vec!["other"] } else { words }
    }
}

/// Tops of names that hosts commonly end in; two letters are taken for a country.
const TOPS: &[&str] = &[
    "com", "net", "org", "info", "biz", "io", "mobi", "top", "xyz", "online", "site", "club", "app", "dev",
    "cloud", "shop", "link", "live", "tech", "store", "space", "website", "vip", "pro", "name", "asia", "tv",
    "me", "work",
];

/// Endings of two letters that files and pages have, not hosts.
const NO_COUNTRIES: &[&str] = &["so", "sh", "md", "db", "js", "py", "gz", "do", "rc", "ko"];

/// What system properties begin with.
const PROPERTIES: &[&str] = &[
    "ro", "persist", "sys", "gsm", "init", "debug", "ril", "vendor", "service", "hw", "log", "dhcp", "wlan",
];

/// Words that commands of a shell begin with, and what may follow: nothing listed, anything.
const COMMANDS: &[(&str, &[&str])] = &[
    ("su", &[]),
    (
        "pm",
        &[
            "install",
            "uninstall",
            "grant",
            "revoke",
            "disable",
            "enable",
            "hide",
            "unhide",
            "list",
            "clear",
            "path",
            "disable-user",
            "set-install-location",
        ],
    ),
    (
        "am",
        &[
            "start",
            "startservice",
            "start-foreground-service",
            "broadcast",
            "force-stop",
            "kill",
            "instrument",
        ],
    ),
    ("sh", &[]),
    ("mount", ARGUMENTS),
    ("umount", ARGUMENTS),
    ("chmod", &[]),
    ("chown", &[]),
    ("cat", ARGUMENTS),
    ("rm", ARGUMENTS),
    ("cp", ARGUMENTS),
    ("mv", ARGUMENTS),
    ("ls", ARGUMENTS),
    ("mkdir", ARGUMENTS),
    ("touch", ARGUMENTS),
    ("ln", ARGUMENTS),
    ("kill", ARGUMENTS),
    ("ping", ARGUMENTS),
    ("tar", ARGUMENTS),
    ("dd", &[]),
    ("setprop", &[]),
    ("getprop", &[]),
    ("input", &["tap", "swipe", "text", "keyevent", "touchscreen", "press", "roll"]),
    ("screencap", ARGUMENTS),
    ("screenrecord", ARGUMENTS),
    ("logcat", ARGUMENTS),
    ("reboot", &["recovery", "bootloader", "-p"]),
    ("dumpsys", &[]),
    ("settings", &["put", "get", "delete", "list"]),
    ("svc", &["wifi", "data", "power", "usb", "nfc", "bluetooth"]),
    ("iptables", ARGUMENTS),
    ("busybox", &[]),
    ("ps", ARGUMENTS),
];

/// Stands for a path, an option, a number, or something that is not known.
const ARGUMENTS: &[&str] = &["/", "-", "‹", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "$", "~", "|"];

fn is_command(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let Some(first) = words.next() else { return false };
    let first = first.rsplit('/').next().unwrap_or(first);
    let Some((_, follow)) = COMMANDS.iter().find(|(name, _)| *name == first) else { return false };
    match words.next() {
        None => first == "su",
        // `getprop x=…` is what somebody says of it.
        Some(second) if first.ends_with("prop") => !second.contains('='),
        Some(second) if std::ptr::eq(*follow, ARGUMENTS) => {
            ARGUMENTS.iter().any(|start| second.starts_with(start)) || second.contains('/')
        }
        Some(second) => follow.is_empty() || follow.contains(&second),
    }
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let labels: Vec<&str> = host.split('.').collect();
    if labels.len() < 2 || text.len() > 253 {
        return false;
    }
    let fine = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
    };
    if !labels.iter().all(fine) {
        return false;
    }
    let is_port = port.is_none_or(|port| {
        !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) || port.starts_with('‹')
    });
    if !is_port {
        return false;
    }
    if labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok()) {
        return true;
    }
    // A class is spelled `Name`, a host is not.
    let top = match labels.last() {
        Some(top) if host.bytes().all(|b| !b.is_ascii_lowercase()) => top.to_ascii_lowercase(),
        Some(top) => (*top).to_owned(),
        None => return false,
    };
    let first = labels.first().copied().unwrap_or("");
    let country = top.len() == 2
        && top.bytes().all(|b| b.is_ascii_lowercase())
        && !NO_COUNTRIES.contains(&&*top)
        && !PROPERTIES.contains(&first);
    // `com.example.app` is a package, not a host.
    let reversed = matches!(first, "com" | "org" | "net" | "android" | "java" | "javax" | "cn" | "gov");
    (TOPS.contains(&&*top) || country) && !(reversed && labels.len() > 2 && !TOPS[..3].contains(&&*top))
}

/// What `text` looks like.
#[must_use]
pub fn form(text: &str) -> Use {
    let trimmed = text.trim();
    if let Some((scheme, rest)) = trimmed.split_once("://") {
        let plain = !scheme.is_empty()
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'));
        if plain && !rest.is_empty() {
            return match scheme {
                "content" | "android.resource" => Use::URI,
                "file" => Use::URI.and(Use::FILE),
                _ => Use::URL,
            };
        }
    }
    let spaced = trimmed.contains(char::is_whitespace);
    if is_command(trimmed) {
        return Use::COMMAND;
    }
    if spaced || trimmed.is_empty() {
        return Use::OTHER;
    }
    if trimmed.starts_with('/') && trimmed.len() > 1 && trimmed[1..].contains('/') {
        return Use::FILE;
    }
    if is_host(trimmed.split('/').next().unwrap_or(trimmed)) {
        return if trimmed.contains('/') { Use::URL } else { Use::HOST };
    }
    let words: Vec<&str> = trimmed.split('.').collect();
    let named = words.len() >= 3
        && words.iter().all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))
        });
    if named {
        let last = words.last().copied().unwrap_or("");
        let shouted = last.bytes().any(|b| b.is_ascii_uppercase())
            && last.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if shouted && trimmed.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Use::ACTION;
        }
        if last.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Use::CLASS;
        }
    }
    Use::OTHER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        for (text, wanted) in [
            ("http://a.example/x", Use::URL),
            ("push.example.com", Use::HOST),
            ("push.example.com/x.do", Use::URL),
            ("10.0.0.1:80", Use::HOST),
            ("content://sms/inbox", Use::URI),
            ("/data/local/tmp", Use::FILE),
            ("android.intent.action.BOOT_COMPLETED", Use::ACTION),
            ("com.example.app.Main", Use::CLASS),
            ("com.example.app", Use::OTHER),
            ("pm install -r x.apk", Use::COMMAND),
            ("input tap 10 20", Use::COMMAND),
            ("input not found", Use::OTHER),
            ("cat /proc/cpuinfo", Use::COMMAND),
            ("cat sat on a mat", Use::OTHER),
            ("getprop a.b=1", Use::OTHER),
            ("fetch.do", Use::OTHER),
            ("persist.radio.probe.in:‹get›", Use::OTHER),
            ("a.example.header.To", Use::CLASS),
            ("PUSH.EXAMPLE.COM", Use::HOST),
            ("push.example.cn:‹port›", Use::HOST),
            ("hello world", Use::OTHER),
            ("", Use::OTHER),
        ] {
            assert_eq!(form(text), wanted, "{text}");
        }
    }
}
