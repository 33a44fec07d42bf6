//! Where something lies: the whole chain from the input to the innermost file.

use std::fmt;
use std::sync::Arc;

/// A chain such as `input!super!system_a!/app/X/X.apk!classes.dex`. The first step is always `input`: the host's
/// path is nobody's business in a record. Steps that contain `!` or `%` have them percent-encoded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locus(Arc<str>);

impl Locus {
    /// The input itself.
    #[must_use]
    pub fn input() -> Locus {
        Locus("input".into())
    }

    /// A thing inside this one.
    #[must_use]
    pub fn child(&self, step: &str) -> Locus {
        if step.contains(['!', '%']) {
            Locus(format!("{}!{}", self.0, step.replace('%', "%25").replace('!', "%21")).into())
        } else {
            Locus(format!("{}!{step}", self.0).into())
        }
    }

    /// Parses the printed form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Locus> {
        (text == "input" || text.starts_with("input!")).then(|| Locus(text.into()))
    }

    /// The steps behind `input`, decoded.
    pub fn steps(&self) -> impl Iterator<Item = String> + '_ {
        self.0.split('!').skip(1).map(|step| step.replace("%21", "!").replace("%25", "%"))
    }

    /// The printed form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Locus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Locus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_survive_printing() {
        let locus = Locus::input().child("system").child("/a!b%21.apk");
        assert_eq!(locus.as_str(), "input!system!/a%21b%2521.apk");
        let back = Locus::parse(locus.as_str()).expect("starts with input");
        assert_eq!(back.steps().collect::<Vec<_>>(), ["system", "/a!b%21.apk"]);
        assert!(Locus::parse("inputs!x").is_none());
    }
}
