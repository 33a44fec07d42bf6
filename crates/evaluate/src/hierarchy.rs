//! Who extends whom among the platform's classes that the sandbox makes objects of, and that handlers catch.

/// A class and its direct supertypes.
const ABOVE: &[(&str, &[&str])] = &[
    ("Ljava/lang/String;", &["Ljava/lang/CharSequence;", "Ljava/lang/Comparable;", "Ljava/io/Serializable;"]),
    ("Ljava/lang/StringBuilder;", &["Ljava/lang/CharSequence;", "Ljava/lang/Appendable;"]),
    ("Ljava/lang/StringBuffer;", &["Ljava/lang/CharSequence;", "Ljava/lang/Appendable;"]),
    ("Ljava/lang/Integer;", &["Ljava/lang/Number;", "Ljava/lang/Comparable;"]),
    ("Ljava/lang/Long;", &["Ljava/lang/Number;", "Ljava/lang/Comparable;"]),
    ("Ljava/lang/Short;", &["Ljava/lang/Number;", "Ljava/lang/Comparable;"]),
    ("Ljava/lang/Byte;", &["Ljava/lang/Number;", "Ljava/lang/Comparable;"]),
    ("Ljava/lang/Float;", &["Ljava/lang/Number;", "Ljava/lang/Comparable;"]),
    ("Ljava/lang/Double;", &["Ljava/lang/Number;", "Ljava/lang/Comparable;"]),
    ("Ljava/lang/Character;", &["Ljava/lang/Comparable;"]),
    ("Ljava/lang/Boolean;", &["Ljava/lang/Comparable;"]),
    ("Ljava/lang/Number;", &[]),
    ("Ljava/lang/CharSequence;", &[]),
    ("Ljava/lang/Comparable;", &[]),
    ("Ljava/util/ArrayList;", &["Ljava/util/AbstractList;", "Ljava/util/RandomAccess;"]),
    ("Ljava/util/LinkedList;", &["Ljava/util/AbstractList;", "Ljava/util/Deque;"]),
    ("Ljava/util/Vector;", &["Ljava/util/AbstractList;"]),
    ("Ljava/util/Stack;", &["Ljava/util/Vector;"]),
    ("Ljava/util/ArrayDeque;", &["Ljava/util/Deque;"]),
    ("Ljava/util/AbstractList;", &["Ljava/util/AbstractCollection;", "Ljava/util/List;"]),
    ("Ljava/util/AbstractCollection;", &["Ljava/util/Collection;"]),
    ("Ljava/util/List;", &["Ljava/util/Collection;"]),
    ("Ljava/util/Deque;", &["Ljava/util/Queue;"]),
    ("Ljava/util/Queue;", &["Ljava/util/Collection;"]),
    ("Ljava/util/Set;", &["Ljava/util/Collection;"]),
    ("Ljava/util/Collection;", &["Ljava/lang/Iterable;"]),
    ("Ljava/util/HashSet;", &["Ljava/util/Set;"]),
    ("Ljava/util/LinkedHashSet;", &["Ljava/util/HashSet;"]),
    ("Ljava/util/TreeSet;", &["Ljava/util/SortedSet;"]),
    ("Ljava/util/SortedSet;", &["Ljava/util/Set;"]),
    ("Ljava/util/HashMap;", &["Ljava/util/Map;"]),
    ("Ljava/util/LinkedHashMap;", &["Ljava/util/HashMap;"]),
    ("Ljava/util/TreeMap;", &["Ljava/util/SortedMap;"]),
    ("Ljava/util/SortedMap;", &["Ljava/util/Map;"]),
    ("Ljava/util/Hashtable;", &["Ljava/util/Map;"]),
    ("Ljava/util/Properties;", &["Ljava/util/Hashtable;"]),
    ("Ljava/util/concurrent/ConcurrentHashMap;", &["Ljava/util/Map;"]),
    ("Ljava/util/Map;", &[]),
    ("Ljava/lang/Throwable;", &["Ljava/io/Serializable;"]),
    ("Ljava/lang/Exception;", &["Ljava/lang/Throwable;"]),
    ("Ljava/lang/Error;", &["Ljava/lang/Throwable;"]),
    ("Ljava/lang/RuntimeException;", &["Ljava/lang/Exception;"]),
    ("Ljava/lang/ArithmeticException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/NullPointerException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/ClassCastException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/IllegalArgumentException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/IllegalStateException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/UnsupportedOperationException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/NegativeArraySizeException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/ArrayStoreException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/SecurityException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/NumberFormatException;", &["Ljava/lang/IllegalArgumentException;"]),
    ("Ljava/lang/IndexOutOfBoundsException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/ArrayIndexOutOfBoundsException;", &["Ljava/lang/IndexOutOfBoundsException;"]),
    ("Ljava/lang/StringIndexOutOfBoundsException;", &["Ljava/lang/IndexOutOfBoundsException;"]),
    ("Ljava/util/NoSuchElementException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/util/EmptyStackException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/util/ConcurrentModificationException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/util/MissingResourceException;", &["Ljava/lang/RuntimeException;"]),
    ("Ljava/lang/ReflectiveOperationException;", &["Ljava/lang/Exception;"]),
    ("Ljava/lang/ClassNotFoundException;", &["Ljava/lang/ReflectiveOperationException;"]),
    ("Ljava/lang/NoSuchMethodException;", &["Ljava/lang/ReflectiveOperationException;"]),
    ("Ljava/lang/NoSuchFieldException;", &["Ljava/lang/ReflectiveOperationException;"]),
    ("Ljava/lang/IllegalAccessException;", &["Ljava/lang/ReflectiveOperationException;"]),
    ("Ljava/lang/InstantiationException;", &["Ljava/lang/ReflectiveOperationException;"]),
    ("Ljava/lang/reflect/InvocationTargetException;", &["Ljava/lang/ReflectiveOperationException;"]),
    ("Ljava/lang/InterruptedException;", &["Ljava/lang/Exception;"]),
    ("Ljava/lang/CloneNotSupportedException;", &["Ljava/lang/Exception;"]),
    ("Ljava/io/IOException;", &["Ljava/lang/Exception;"]),
    ("Ljava/io/FileNotFoundException;", &["Ljava/io/IOException;"]),
    ("Ljava/io/EOFException;", &["Ljava/io/IOException;"]),
    ("Ljava/io/UnsupportedEncodingException;", &["Ljava/io/IOException;"]),
    ("Ljava/net/MalformedURLException;", &["Ljava/io/IOException;"]),
    ("Ljava/util/zip/DataFormatException;", &["Ljava/lang/Exception;"]),
    ("Ljava/security/GeneralSecurityException;", &["Ljava/lang/Exception;"]),
    ("Ljava/security/NoSuchAlgorithmException;", &["Ljava/security/GeneralSecurityException;"]),
    ("Ljava/security/KeyException;", &["Ljava/security/GeneralSecurityException;"]),
    ("Ljava/security/InvalidKeyException;", &["Ljava/security/KeyException;"]),
    ("Ljava/security/InvalidAlgorithmParameterException;", &["Ljava/security/GeneralSecurityException;"]),
    ("Ljava/security/spec/InvalidKeySpecException;", &["Ljava/security/GeneralSecurityException;"]),
    ("Ljavax/crypto/BadPaddingException;", &["Ljava/security/GeneralSecurityException;"]),
    ("Ljavax/crypto/AEADBadTagException;", &["Ljavax/crypto/BadPaddingException;"]),
    ("Ljavax/crypto/IllegalBlockSizeException;", &["Ljava/security/GeneralSecurityException;"]),
    ("Ljavax/crypto/NoSuchPaddingException;", &["Ljava/security/GeneralSecurityException;"]),
    ("Landroid/content/res/Resources$NotFoundException;", &["Ljava/lang/RuntimeException;"]),
    ("Lorg/json/JSONException;", &["Ljava/lang/Exception;"]),
    ("Ljava/lang/VirtualMachineError;", &["Ljava/lang/Error;"]),
    ("Ljava/lang/StackOverflowError;", &["Ljava/lang/VirtualMachineError;"]),
    ("Ljava/lang/OutOfMemoryError;", &["Ljava/lang/VirtualMachineError;"]),
    ("Ljava/lang/LinkageError;", &["Ljava/lang/Error;"]),
    ("Ljava/lang/ExceptionInInitializerError;", &["Ljava/lang/LinkageError;"]),
    ("Ljava/lang/NoClassDefFoundError;", &["Ljava/lang/LinkageError;"]),
    ("Ljava/lang/AssertionError;", &["Ljava/lang/Error;"]),
    ("Ljavax/crypto/spec/SecretKeySpec;", &["Ljavax/crypto/SecretKey;", "Ljava/security/spec/KeySpec;"]),
    ("Ljavax/crypto/SecretKey;", &["Ljava/security/Key;"]),
];

fn above(class: &str) -> Option<&'static [&'static str]> {
    ABOVE.iter().find(|(name, _)| *name == class).map(|(_, above)| *above)
}

/// Is the platform's class a subtype of `target`? `None`: not known.
#[must_use]
pub fn is_subtype(class: &str, target: &str) -> Option<bool> {
    if class == target || target == "Ljava/lang/Object;" {
        return Some(true);
    }
    if class == "Ljava/lang/Object;" {
        return Some(false);
    }
    if class.starts_with('[') || target.starts_with('[') {
        return match (class.strip_prefix('['), target.strip_prefix('[')) {
            (Some(a), Some(b)) if a.len() > 1 && b.len() > 1 => is_subtype(a, b),
            (Some(_), None) => Some(matches!(target, "Ljava/lang/Cloneable;" | "Ljava/io/Serializable;")),
            _ => Some(false),
        };
    }
    let mut work: Vec<&str> = above(class)?.to_vec();
    let mut known = true;
    while let Some(name) = work.pop() {
        if name == target {
            return Some(true);
        }
        match above(name) {
            Some(more) => work.extend(more),
            None => {
                known &= matches!(
                    name,
                    "Ljava/io/Serializable;"
                        | "Ljava/lang/Iterable;"
                        | "Ljava/util/RandomAccess;"
                        | "Ljava/lang/Appendable;"
                        | "Ljava/security/Key;"
                        | "Ljava/security/spec/KeySpec;"
                )
            }
        }
    }
    // What has no row is no subtype of what has one, unless its own row is missing.
    known.then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_caught_by_what_they_are() {
        assert_eq!(is_subtype("Ljava/lang/NumberFormatException;", "Ljava/lang/Exception;"), Some(true));
        assert_eq!(is_subtype("Ljava/lang/NumberFormatException;", "Ljava/io/IOException;"), Some(false));
        assert_eq!(is_subtype("Lsome/Other;", "Ljava/io/IOException;"), None);
        assert_eq!(is_subtype("[Ljava/lang/String;", "[Ljava/lang/Object;"), Some(true));
    }
}
