//! Certificates (RFC 5280), as far as they say who signed.

use overt_base::Digest;

use super::der::{Element, Elements, Malformed, dotted, tag};
use super::public_key::PublicKey;

/// A certificate. Android never checks who issued it or whether it has expired: it is a name for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the encoded certificate.
    pub sha256: Digest,
    /// Subject, most specific part first, as `apksigner` prints it.
    pub subject: String,
    /// Issuer, likewise.
    pub issuer: String,
    /// Serial number, lower-case hexadecimal without leading zeros.
    pub serial: String,
    /// Beginning of validity, `2008-04-15T22:40:50Z`.
    pub not_before: String,
    /// End of validity.
    pub not_after: String,
    /// The key.
    pub key: PublicKey,
    /// The encoded key (`SubjectPublicKeyInfo`).
    pub key_info: Vec<u8>,
    /// The serial number's octets: with the issuer, how a CMS signer names its certificate.
    pub(super) serial_octets: Vec<u8>,
    /// The subject key identifier extension: the other way.
    pub(super) key_identifier: Option<Vec<u8>>,
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`Malformed`] when the structure is not that of a certificate.
    pub fn parse(bytes: &[u8]) -> Result<Certificate, Malformed> {
        let whole = Elements::new(bytes).expect(tag::SEQUENCE, "certificate")?;
        let mut body = whole.inside().expect(tag::SEQUENCE, "certificate body")?.inside();
        let _version = body.optional(tag::CONTEXT_0)?;
        let serial = body.expect(tag::INTEGER, "serial number")?;
        let _algorithm = body.expect(tag::SEQUENCE, "signature algorithm")?;
        let issuer = body.expect(tag::SEQUENCE, "issuer")?;
        let mut validity = body.expect(tag::SEQUENCE, "validity")?.inside();
        let not_before = time(validity.next_element()?);
        let not_after = time(validity.next_element()?);
        let subject = body.expect(tag::SEQUENCE, "subject")?;
        let key_info = body.expect(tag::SEQUENCE, "public key")?;
        let key = PublicKey::parse(key_info.whole).unwrap_or_else(|error| PublicKey::Unknown(error.0));
        let mut key_identifier = None;
        while let Ok(Some(element)) = body.next_element() {
            if element.tag == tag::CONTEXT_3 {
                key_identifier = subject_key_identifier(&element);
            }
        }
        Ok(Certificate {
            sha256: Digest::of(whole.whole),
            subject: name(&subject),
            issuer: name(&issuer),
            serial: hexadecimal(serial.content),
            not_before,
            not_after,
            key,
            key_info: key_info.whole.to_vec(),
            serial_octets: serial.content.to_vec(),
            key_identifier,
        })
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0".into() } else { trimmed.to_owned() }
}

/// Extension 2.5.29.14 (RFC 5280, 4.2.1.2).
fn subject_key_identifier(extensions: &Element<'_>) -> Option<Vec<u8>> {
    let mut list = extensions.inside().expect(tag::SEQUENCE, "extensions").ok()?.inside();
    while let Some(extension) = list.next_element().ok()? {
        let mut fields = extension.inside();
        if fields.next_element().ok()??.content != [0x55, 0x1d, 0x0e] {
            continue;
        }
        let mut value = fields.next_element().ok()??;
        if value.tag == 0x01 {
            value = fields.next_element().ok()??;
        }
        let inner = Elements::new(value.content).expect(tag::OCTET_STRING, "key identifier").ok()?;
        return Some(inner.content.to_vec());
    }
    None
}

/// UTCTime has two digits of the year, meaning 1950 to 2049 (RFC 5280, 4.1.2.5.1).
fn time(element: Option<Element<'_>>) -> String {
    let Some(element) = element else { return String::new() };
    let text: String = element.content.iter().map(|byte| char::from(*byte)).collect();
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let (year, rest) = match element.tag {
        tag::UTC_TIME if digits.len() >= 10 => {
            let (year, rest) = digits.split_at(2);
            (format!("{}{year}", if year < "50" { "20" } else { "19" }), rest)
        }
        tag::GENERALIZED_TIME if digits.len() >= 12 => {
            let (year, rest) = digits.split_at(4);
            (year.to_owned(), rest)
        }
        _ => return text.escape_default().to_string(),
    };
    let pair = |index: usize| rest.get(index..index.saturating_add(2)).unwrap_or("00");
    let zone = text.get(digits.len()..).filter(|zone| zone.starts_with(['+', '-'])).unwrap_or("Z");
    format!("{year}-{}-{}T{}:{}:{}{zone}", pair(0), pair(2), pair(4), pair(6), pair(8))
}

/// A distinguished name in the form that Java's `X500Name` prints: last part first, values with special characters
/// in quotation marks.
pub(super) fn name(element: &Element<'_>) -> String {
    let mut parts = Vec::new();
    let mut sets = element.inside();
    while let Ok(Some(set)) = sets.next_element() {
        let mut pairs = set.inside();
        let mut part = Vec::new();
        while let Ok(Some(pair)) = pairs.next_element() {
            let mut fields = pair.inside();
            let (Ok(Some(kind)), Ok(Some(value))) = (fields.next_element(), fields.next_element()) else {
                continue;
            };
            part.push(format!("{}={}", attribute_type(kind.content), attribute_value(&value)));
        }
        parts.push(part.join(" + "));
    }
    parts.reverse();
    parts.join(", ")
}

fn attribute_type(identifier: &[u8]) -> String {
    let known = match identifier {
        [0x55, 0x04, last] => match last {
            3 => "CN",
            4 => "SURNAME",
            5 => "SERIALNUMBER",
            6 => "C",
            7 => "L",
            8 => "ST",
            9 => "STREET",
            10 => "O",
            11 => "OU",
            12 => "T",
            42 => "GIVENNAME",
            43 => "INITIALS",
            44 => "GENERATION",
            46 => "DNQ",
            _ => "",
        },
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01] => "EMAILADDRESS",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01] => "UID",
        _ => "",
    };
    if known.is_empty() { format!("OID.{}", dotted(identifier)) } else { known.to_owned() }
}

fn attribute_value(value: &Element<'_>) -> String {
    let text = match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => String::from_utf8_lossy(value.content).into_owned(),
        // TeletexString: taken for Latin-1, as everybody does
        0x14 => value.content.iter().map(|byte| char::from(*byte)).collect(),
        // BMPString
        0x1e => {
            let units: Vec<u16> = value
                .content
                .chunks_exact(2)
                .map(|pair| match pair {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    _ => 0,
                })
                .collect();
            String::from_utf16_lossy(&units)
        }
        _ => return format!("#{}", value.whole.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    };
    let text: String =
        text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    let special = |c: char| matches!(c, ',' | '+' | '=' | '<' | '>' | '#' | ';' | '"' | '\\');
    if text.contains(special) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text
    }
}
