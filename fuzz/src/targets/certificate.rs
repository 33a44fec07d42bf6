//! X.509 certificates in DER.

use overt_apk::signing::certificate::Certificate;

use crate::Target;

pub const TARGET: Target =
    Target { name: "certificate", says: "a certificate in DER", seeds: &["certificate"], run };

fn run(data: &[u8]) {
    let _ = Certificate::parse(data);
}
