//! What stays at home: rows of a provider that the package declares itself are no other app's data.

use overt_flow::flow::Flow;

use crate::unit::Code;

/// Effects on what a provider holds; their flows tell its address.
const ON_ROWS: &[&str] = &["data_read", "data_write", "data_delete"];

/// Does the effect at the end of a flow go to a provider of the same package, whichever way it takes?
pub(crate) fn is_own_rows(code: Code<'_>, kind: &str, flow: &Flow) -> bool {
    ON_ROWS.contains(&kind)
        && !flow.addresses.is_empty()
        && flow.addresses.iter().all(|address| {
            authority(address).is_some_and(|authority| {
                code.entries.iter().any(|entry| entry.authorities.iter().any(|own| own == authority))
            })
        })
}

/// The authority that a content URI begins with, where it is written out; of a text that is no URI, the text: some methods
/// are given the authority alone.
fn authority(address: &str) -> Option<&str> {
    let authority = match address.split_once("://") {
        Some(("content", rest)) => rest.split(['/', '?', '#']).next()?,
        Some(_) => return None,
        None => address,
    };
    // Before it may stand the number of a user.
    let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
    (!authority.is_empty() && !authority.contains(overt_flow::value::HOLE)).then_some(authority)
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn an_authority_must_be_written_out() {
        assert_eq!(authority("content://com.example/rows/\u{fdd0}"), Some("com.example"));
        assert_eq!(authority("content://10@com.example"), Some("com.example"));
        assert_eq!(authority("com.example"), Some("com.example"));
        assert_eq!(authority("content://com.example\u{fdd0}"), None);
        assert_eq!(authority("\u{fdd0}"), None);
        assert_eq!(authority("file:///data/x"), None);
    }
}
