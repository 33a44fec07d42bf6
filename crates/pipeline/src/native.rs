//! Native code in the record: what the sandbox showed, and which apps name the same things.

use std::collections::{BTreeMap, BTreeSet};

use overt_base::{Cx, Digest, Locus};
use overt_dex::{DexFile, StringIdx};
use overt_native::{Budget, Facts, SocketRole};
use overt_record::native::{
    DecodedText, NamedBy, Native, NativeCall, NativeCode, NativeMethod, NativeSocket,
};

use crate::isolate::isolate;
use crate::reuse::Reuse;

/// Shortest name or text that two places share for a reason.
const SHORTEST: usize = 5;

/// Runs the code of a file; `None` for files that are not ARM or AArch64 code.
pub(crate) fn code(
    bytes: &[u8],
    locus: &Locus,
    reuse: Option<&Reuse<'_>>,
    cx: &Cx<'_>,
) -> Option<NativeCode> {
    if !bytes.starts_with(b"\x7fELF") {
        return None;
    }
    let work = || {
        isolate(cx, locus, "running native code", || overt_native::analyse(bytes, &Budget::of(cx.limits)))
            .map(shape)
    };
    match reuse {
        Some(reuse) => reuse.native(bytes, work),
        None => work(),
    }
}

fn hexadecimal(address: u64) -> String {
    format!("{address:#x}")
}

fn shape(facts: Facts) -> NativeCode {
    NativeCode {
        decoded: facts
            .recovered
            .into_iter()
            .map(|text| DecodedText {
                value: text.value,
                function: hexadecimal(text.function),
                address: text.source.map(hexadecimal),
                decoder: hexadecimal(text.decoder),
                algorithm: text.algorithm,
                key: text.key,
            })
            .collect(),
        calls: facts
            .calls
            .into_iter()
            .map(|call| NativeCall {
                kind: call.kind.as_str().to_owned(),
                name: call.name,
                arguments: call.arguments,
                function: hexadecimal(call.function),
                address: hexadecimal(call.address),
                comes_from: call.comes_from,
                hidden: call.hidden,
            })
            .collect(),
        sockets: facts
            .sockets
            .into_iter()
            .map(|socket| NativeSocket {
                name: socket.name,
                namespace: socket.namespace.to_owned(),
                role: match socket.role {
                    SocketRole::Server => "server",
                    SocketRole::Client => "client",
                }
                .to_owned(),
                function: hexadecimal(socket.function),
            })
            .collect(),
        java: facts
            .java
            .into_iter()
            .map(|method| NativeMethod {
                class: method.class,
                name: method.name,
                descriptor: method.descriptor,
                function: hexadecimal(method.function),
            })
            .collect(),
        opaque: facts.opaque,
    }
}

/// Places kept of one name in one app.
const PLACES: usize = 4;

/// An app's code comes out with a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention {
    pub(crate) text: String,
    /// Class, method and offset; `None` when only the string table holds it.
    pub(crate) place: Option<(String, String, u32)>,
}

/// What native files outside packages name: sockets of their own, and texts they hide.
pub(crate) struct Names {
    /// The files of each name, as indices of the record's natives.
    files: BTreeMap<String, BTreeSet<usize>>,
}

impl Names {
    pub(crate) fn of(natives: &[Native]) -> Names {
        let mut files: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (index, native) in natives.iter().enumerate() {
            let Some(code) = &native.code else { continue };
            let sockets = code
                .sockets
                .iter()
                .filter(|socket| !socket.namespace.starts_with("inet"))
                .map(|socket| socket.name.trim_start_matches("/dev/socket/"));
            let texts = code.decoded.iter().map(|text| text.value.as_str());
            for name in sockets.chain(texts) {
                if name.len() >= SHORTEST && !name.contains('‹') {
                    files.entry(name.to_owned()).or_default().insert(index);
                }
            }
        }
        Names { files }
    }

    /// A digest of all names.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of_parts(self.files.keys().map(String::as_bytes))
    }

    pub(crate) fn all(&self) -> BTreeSet<String> {
        self.files.keys().cloned().collect()
    }

    /// Short digests of every text that [`Names::among`] compares, sorted.
    pub(crate) fn texts(dexes: &[DexFile], recovered: &[overt_evaluate::Recovered]) -> Vec<u32> {
        let own = recovered.iter().map(|text| Names::short(&text.value));
        let tables = dexes.iter().flat_map(|dex| {
            (0..dex.string_count())
                .filter_map(|index| Some(Names::short(&dex.string(StringIdx(index)).ok()?)))
        });
        let all: BTreeSet<u32> = own.chain(tables).collect();
        all.into_iter().collect()
    }

    /// Would [`Names::among`] find the same among texts of which it looked for `looked` before?
    pub(crate) fn find_no_more(&self, looked: &BTreeSet<String>, texts: &[u32]) -> bool {
        let new = self.files.keys().filter(|name| !looked.contains(*name));
        new.into_iter().all(|name| texts.binary_search(&Names::short(name)).is_err())
    }

    fn short(text: &str) -> u32 {
        // FNV-1a. Two texts that fall together only cost a hit.
        text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    /// Where an app's code comes out with one of the names: texts it builds or decodes, else what its string tables hold.
    pub(crate) fn among(
        &self,
        dexes: &[DexFile],
        recovered: &[overt_evaluate::Recovered],
    ) -> BTreeSet<Mention> {
        let mut out = BTreeSet::new();
        if self.files.is_empty() {
            return out;
        }
        let mut placed: BTreeMap<&str, usize> = BTreeMap::new();
        for text in recovered {
            if let Some((name, _)) = self.files.get_key_value(&text.value) {
                let count = placed.entry(name).or_default();
                *count += 1;
                if *count <= PLACES {
                    let place = (text.class.clone(), text.method.clone(), text.offset);
                    out.insert(Mention { text: name.clone(), place: Some(place) });
                }
            }
        }
        for dex in dexes {
            for index in 0..dex.string_count() {
                if let Ok(text) = dex.string(StringIdx(index))
                    && let Some((name, _)) = self.files.get_key_value(text.as_ref())
                    && !placed.contains_key(name.as_str())
                {
                    out.insert(Mention { text: name.clone(), place: None });
                }
            }
        }
        out
    }

    /// Writes down what an app mentions.
    pub(crate) fn tell(
        &self,
        natives: &mut [Native],
        mentions: &BTreeSet<Mention>,
        package: Option<&str>,
        path: &str,
    ) {
        for mention in mentions {
            for index in self.files.get(&mention.text).into_iter().flatten() {
                if let Some(native) = natives.get_mut(*index) {
                    native.named_by.push(NamedBy {
                        package: package.map(str::to_owned),
                        path: path.to_owned(),
                        text: mention.text.clone(),
                        class: mention.place.as_ref().map(|place| place.0.clone()),
                        method: mention.place.as_ref().map(|place| place.1.clone()),
                        offset: mention.place.as_ref().map(|place| place.2),
                    });
                    native.named_by.sort();
                    native.named_by.dedup();
                }
            }
        }
    }
}
