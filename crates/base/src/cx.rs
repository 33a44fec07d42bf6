//! The only context there is.

use crate::{Cancel, Limits, Problems, Progress};

/// What a stage may use besides its input. Four fields and no more: a stage that wants a fifth wants a parameter.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// The budgets.
    pub limits: &'a Limits,
    /// Where misfortunes go.
    pub problems: &'a Problems,
    /// Who is told what is being worked on.
    pub progress: &'a dyn Progress,
    /// Whether to stop.
    pub cancel: &'a Cancel,
}
