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

/// Words that commands of a shell begin with.
const COMMANDS: &[&str] = &[
    "su",
    "pm",
    "am",
    "sh",
    "mount",
    "chmod",
    "chown",
    "cat",
    "rm",
    "cp",
    "mv",
    "dd",
    "setprop",
    "getprop",
    "input",
    "screencap",
    "logcat",
    "reboot",
    "dumpsys",
    "settings",
    "svc",
    "iptables",
    "busybox",
    "ps",
    "kill",
    "ping",
    "ls",
];

fn is_host(text: &str) -> bool {
    let host = text.split(':').next().unwrap_or(text);
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
    if labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok()) {
        return true;
    }
    let top = labels.last().map_or(String::new(), |top| top.to_ascii_lowercase());
    // `com.example.app` is a package, not a host.
    let reversed = labels
        .first()
        .is_some_and(|first| matches!(*first, "com" | "org" | "net" | "android" | "java" | "javax" | "cn"));
    let country = top.len() == 2
        && top.bytes().all(|b| b.is_ascii_lowercase())
        && !matches!(&*top, "so" | "sh" | "md" | "db" | "js" | "py" | "gz");
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
    if let Some(first) = trimmed.split_whitespace().next()
        && (spaced || matches!(first, "su"))
        && COMMANDS.contains(&first.rsplit('/').next().unwrap_or(first))
    {
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
        if shouted {
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
            ("hello world", Use::OTHER),
            ("", Use::OTHER),
        ] {
            assert_eq!(form(text), wanted, "{text}");
        }
    }
}
