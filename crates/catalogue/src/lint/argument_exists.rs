//! Ports and conditions name arguments that the method has.

use super::{Lint, Report, file_of};
use crate::descriptor::parameter_count;
use crate::{Catalogue, MethodSelector, Port, Selector};

pub(super) static LINT: Lint = Lint {
    id: "argument-exists",
    says: "Where the parameter lists are given, every port and condition names an argument that all of them have; a callback gives parameters, a call gives arguments.",
    do_this: "Count the declared parameters from 1; a long or double counts once.",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    for (_, owner, place) in catalogue.places() {
        let (method, conditions, callback) = match &place.selector {
            Selector::Call { method, conditions } => (method, conditions.as_slice(), false),
            Selector::Callback { method, .. } => (method, &[][..], true),
            _ => continue,
        };
        for port in place.gives.iter().chain(&place.carries) {
            let fits = match port {
                Port::Return => !callback,
                Port::This => true,
                Port::Argument(n) => !callback && has(method, *n),
                Port::Parameter(n) => callback && has(method, *n),
            };
            if !fits {
                let name = method.names.join(", ");
                report.remark(file_of(owner), place.line, format!("{name} has no port \"{port}\""));
            }
        }
        for condition in conditions {
            if !has(method, condition.argument) {
                let name = method.names.join(", ");
                report.remark(
                    file_of(owner),
                    place.line,
                    format!("{name} has no argument {}", condition.argument),
                );
            }
        }
    }
    for access in catalogue.access_methods() {
        if let Port::Argument(n) = access.subject
            && !has(&access.method, n)
        {
            let file = format!("access/{}.toml", access.naming.as_str());
            report.remark(file, 0, format!("{} has no argument {n}", access.method.names.join(", ")));
        }
    }
}

fn has(method: &MethodSelector, argument: u8) -> bool {
    method.params.iter().all(|params| usize::from(argument) <= parameter_count(params))
}
