//! Objects that stand for a constant: what was made from it, straight-line code carries to where it becomes effective.

use overt_program::body::Carrier;

/// Library calls that wrap their argument: class, name, start of the prototype, declared argument (from 1), and whether
/// the object is the receiver (a constructor) or the result.
const CARRIERS: &[(&str, &str, &str, u8, bool)] = &[
    ("Landroid/net/Uri;", "parse", "(Ljava/lang/String;)", 1, false),
    ("Landroid/net/Uri;", "withAppendedPath", "(Landroid/net/Uri;", 1, false),
    ("Landroid/content/ContentUris;", "withAppendedId", "(Landroid/net/Uri;", 1, false),
    ("Landroid/net/Uri;", "buildUpon", "()", 0, false),
    ("Landroid/net/Uri$Builder;", "build", "()", 0, false),
    ("Landroid/content/Intent;", "<init>", "(Ljava/lang/String;", 1, true),
    ("Landroid/content/Intent;", "setAction", "(Ljava/lang/String;)", 1, true),
    ("Landroid/content/IntentFilter;", "<init>", "(Ljava/lang/String;", 1, true),
    ("Ljava/io/File;", "<init>", "(Ljava/lang/String;)", 1, true),
    ("Ljava/lang/String;", "trim", "()", 0, false),
    ("Ljava/lang/String;", "intern", "()", 0, false),
];

/// How the call wraps a constant, if it does. `is_static` says whether argument registers begin with the receiver.
pub(crate) fn carrier(class: &str, name: &str, proto: &str) -> Option<Carrier> {
    let (_, _, _, argument, into_receiver) =
        CARRIERS.iter().find(|(c, n, start, _, _)| *c == class && *n == name && proto.starts_with(start))?;
    let is_static = matches!(name, "parse" | "withAppendedPath" | "withAppendedId");
    // Static methods have no receiver in front of their arguments.
    let from = if is_static { argument.saturating_sub(1) } else { *argument };
    Some(Carrier { from, into_receiver: *into_receiver })
}
