//! Class names as people write them, turned into the descriptors that DEX files use.

/// `android.os.Build$VERSION` becomes `Landroid/os/Build$VERSION;`. Nothing if the text is not a class name.
pub(crate) fn class_descriptor(name: &str) -> Option<String> {
    let valid = name.split('.').all(|part| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
    });
    valid.then(|| format!("L{};", name.replace('.', "/")))
}

/// `Landroid/os/Build$VERSION;` becomes `android.os.Build$VERSION`. A text that is no class descriptor stays as it is.
#[must_use]
pub fn class_name(descriptor: &str) -> String {
    match descriptor.strip_prefix('L').and_then(|rest| rest.strip_suffix(';')) {
        Some(inner) => inner.replace('/', "."),
        None => descriptor.to_owned(),
    }
}

/// Whether the text is a list of parameter descriptors in brackets, such as `(I[BLjava/lang/String;)`.
pub(crate) fn is_parameter_list(text: &str) -> bool {
    let Some(mut rest) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return false };
    while !rest.is_empty() {
        match skip_type(rest) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

/// How many parameters a list such as `(IJ[B)` has; 0 for a text that is none.
pub(crate) fn parameter_count(text: &str) -> usize {
    let mut rest = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or("");
    let mut count = 0;
    while let Some(after) = Some(rest).filter(|rest| !rest.is_empty()).and_then(skip_type) {
        rest = after;
        count += 1;
    }
    count
}

/// Whether the text is one field or return type descriptor (`V` included).
pub(crate) fn is_return_type(text: &str) -> bool {
    text == "V" || skip_type(text).is_some_and(str::is_empty)
}

fn skip_type(text: &str) -> Option<&str> {
    let text = text.trim_start_matches('[');
    if let Some(class) = text.strip_prefix('L') {
        let (name, after) = class.split_once(';')?;
        let valid = name.split('/').all(|part| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '-'))
        });
        return valid.then_some(after);
    }
    text.strip_prefix(['Z', 'B', 'S', 'C', 'I', 'J', 'F', 'D'])
}

/// A method name as DEX allows it in practice.
pub(crate) fn is_member_name(text: &str) -> bool {
    matches!(text, "<init>" | "<clinit>")
        || (!text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_names_into_descriptors_and_back() {
        assert_eq!(
            class_descriptor("android.os.Build$VERSION").as_deref(),
            Some("Landroid/os/Build$VERSION;")
        );
        assert_eq!(class_name("Landroid/os/Build$VERSION;"), "android.os.Build$VERSION");
        for bad in ["", "a..b", ".a", "a.", "a.1b", "a b", "La/b;", "a/b"] {
            assert_eq!(class_descriptor(bad), None, "{bad}");
        }
    }

    #[test]
    fn knows_parameter_lists() {
        for good in ["()", "(I)", "(I[BLjava/lang/String;)", "([[J)", "(ZBSCIJFD)"] {
            assert!(is_parameter_list(good), "{good}");
        }
        for bad in ["", "(", "I", "(V)", "(Ljava/lang/String)", "([)", "(L;)", "(I)V", "(java.lang.String)"] {
            assert!(!is_parameter_list(bad), "{bad}");
        }
    }

    #[test]
    fn counts_parameters() {
        assert_eq!(parameter_count("()"), 0);
        assert_eq!(parameter_count("(IJ[B[[Ljava/lang/String;)"), 4);
        assert_eq!(parameter_count("IJ"), 0);
    }

    #[test]
    fn knows_return_types() {
        assert!(is_return_type("V") && is_return_type("[I") && is_return_type("La/B;"));
        assert!(!is_return_type("") && !is_return_type("II") && !is_return_type("[V"));
    }
}
