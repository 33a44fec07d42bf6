//! `javax.crypto`, `MessageDigest`, checksums.

use std::rc::Rc;

use super::Table;
use super::arguments::at;
use crate::charset::Charset;
use crate::cipher::{CipherState, Fault};
use crate::hash::Algorithm;
use crate::heap::{Native, Object};
use crate::linkage::MethodTarget;
use crate::machine::{Answer, Machine, Raised};
use crate::value::Value;

pub(super) const TABLES: &[Table] = &[
    (
        &["Ljava/security/MessageDigest;"],
        &[
            ("getInstance", "(Ljava/lang/String;)", digest),
            ("getInstance", "(Ljava/lang/String;Ljava/lang/String;)", digest),
            ("update", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                feed(m, v, &bytes)
            }),
            ("update", "(B)", |m, v, _| {
                let byte = m.int(at(v, 1))? as u8;
                feed(m, v, &[byte])
            }),
            ("update", "([BII)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                let part = m.part_of(&bytes, at(v, 2), at(v, 3))?.to_vec();
                feed(m, v, &part)
            }),
            ("digest", "()", finish_digest),
            ("digest", "([B)", |m, v, t| {
                let bytes = m.byte_array(at(v, 1))?;
                feed(m, v, &bytes)?;
                finish_digest(m, v, t)
            }),
            ("reset", "()", |m, v, _| {
                if let Some(Object { native: Native::Digest(_, fed), .. }) = m.object_mut(at(v, 0)) {
                    fed.clear();
                }
                Ok(Value::NULL)
            }),
            ("isEqual", "([B[B)", |m, v, _| {
                let (a, b) = (m.byte_array(at(v, 0))?, m.byte_array(at(v, 1))?);
                Ok(Value::of_bool(a == b))
            }),
        ],
    ),
    (
        &["Ljavax/crypto/Mac;"],
        &[
            ("getInstance", "(Ljava/lang/String;)", |m, v, _| {
                let name = m.string(at(v, 0))?;
                match Algorithm::named(&name) {
                    Some(algorithm) => {
                        Ok(m.make_native("Ljavax/crypto/Mac;", Native::Mac(algorithm, None, Vec::new())))
                    }
                    None => Err(Raised::Unmodelled),
                }
            }),
            ("init", "(Ljava/security/Key;)", |m, v, _| {
                let (_, bytes) = m.key_bytes(at(v, 1))?;
                if let Some(Object { native: Native::Mac(_, key, _), .. }) = m.object_mut(at(v, 0)) {
                    *key = Some(bytes.to_vec());
                }
                Ok(Value::NULL)
            }),
            ("update", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                feed(m, v, &bytes)
            }),
            ("doFinal", "()", finish_mac),
            ("doFinal", "([B)", |m, v, t| {
                let bytes = m.byte_array(at(v, 1))?;
                feed(m, v, &bytes)?;
                finish_mac(m, v, t)
            }),
        ],
    ),
    (
        &["Ljava/util/zip/CRC32;", "Ljava/util/zip/Adler32;", "Ljava/util/zip/Checksum;"],
        &[
            ("<init>", "()", |m, v, t| {
                let adler = t.class.contains("Adler");
                m.construct(at(v, 0), Native::Checksum(adler, u32::from(adler)))
            }),
            ("update", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                sum(m, v, &bytes)
            }),
            ("update", "(I)", |m, v, _| {
                let byte = m.int(at(v, 1))? as u8;
                sum(m, v, &[byte])
            }),
            ("getValue", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Checksum(_, value), .. }) => {
                    Ok(Value::Number(i64::from(*value)))
                }
                _ => Err(m.unfit(at(v, 0))),
            }),
        ],
    ),
    (
        &["Ljavax/crypto/spec/SecretKeySpec;"],
        &[
            ("<init>", "([BLjava/lang/String;)", |m, v, _| {
                let (bytes, name) = (m.byte_array(at(v, 1))?, m.string(at(v, 2))?);
                m.construct(at(v, 0), Native::Key(name.into(), bytes.into()))
            }),
            ("<init>", "([BIILjava/lang/String;)", |m, v, _| {
                let (bytes, name) = (m.byte_array(at(v, 1))?, m.string(at(v, 4))?);
                let part: Vec<u8> = m.part_of(&bytes, at(v, 2), at(v, 3))?.to_vec();
                m.construct(at(v, 0), Native::Key(name.into(), part.into()))
            }),
        ],
    ),
    (
        &["Ljavax/crypto/SecretKey;", "Ljava/security/Key;", "Ljavax/crypto/spec/SecretKeySpec;"],
        &[
            ("getEncoded", "()", |m, v, _| {
                let (_, bytes) = m.key_bytes(at(v, 0))?;
                m.answer_bytes(&bytes)
            }),
            ("getAlgorithm", "()", |m, v, _| {
                let (name, _) = m.key_bytes(at(v, 0))?;
                Ok(m.make_text(&name))
            }),
        ],
    ),
    (
        &["Ljavax/crypto/spec/DESKeySpec;"],
        &[
            ("<init>", "([B)", |m, v, _| key_spec(m, v, "DES", 8)),
            ("getKey", "()", |m, v, _| {
                let (_, bytes) = m.key_bytes(at(v, 0))?;
                m.answer_bytes(&bytes)
            }),
        ],
    ),
    (&["Ljavax/crypto/spec/DESedeKeySpec;"], &[("<init>", "([B)", |m, v, _| key_spec(m, v, "DESede", 24))]),
    (
        &["Ljavax/crypto/spec/IvParameterSpec;"],
        &[
            ("<init>", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                m.construct(at(v, 0), Native::Iv(bytes.into(), 0))
            }),
            ("<init>", "([BII)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                let part: Vec<u8> = m.part_of(&bytes, at(v, 2), at(v, 3))?.to_vec();
                m.construct(at(v, 0), Native::Iv(part.into(), 0))
            }),
            ("getIV", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Iv(bytes, _), .. }) => {
                    let bytes = Rc::clone(bytes);
                    m.answer_bytes(&bytes)
                }
                _ => Err(m.unfit(at(v, 0))),
            }),
        ],
    ),
    (
        &["Ljavax/crypto/spec/GCMParameterSpec;"],
        &[("<init>", "(I[B)", |m, v, _| {
            let (bits, bytes) = (m.int(at(v, 1))?, m.byte_array(at(v, 2))?);
            m.construct(at(v, 0), Native::Iv(bytes.into(), bits as u32))
        })],
    ),
    (
        &["Ljavax/crypto/spec/PBEKeySpec;"],
        &[("<init>", "([C[BII)", |m, v, _| {
            let (password, salt) = (m.char_array(at(v, 1))?, m.byte_array(at(v, 2))?);
            let (rounds, bits) = (m.int(at(v, 3))?, m.int(at(v, 4))?);
            m.construct(
                at(v, 0),
                Native::Password(password.into(), salt.into(), rounds.max(1) as u32, bits.max(0) as u32),
            )
        })],
    ),
    (
        &["Ljavax/crypto/SecretKeyFactory;"],
        &[
            ("getInstance", "(Ljava/lang/String;)", |m, v, _| {
                let name = m.string(at(v, 0))?;
                Ok(m.make_native("Ljavax/crypto/SecretKeyFactory;", Native::Factory(name.into())))
            }),
            ("generateSecret", "(Ljava/security/spec/KeySpec;)", generate),
        ],
    ),
    (
        &["Ljavax/crypto/Cipher;"],
        &[
            ("getInstance", "(Ljava/lang/String;)", cipher),
            ("getInstance", "(Ljava/lang/String;Ljava/lang/String;)", cipher),
            ("init", "(ILjava/security/Key;)", init),
            ("init", "(ILjava/security/Key;Ljava/security/SecureRandom;)", init),
            ("init", "(ILjava/security/Key;Ljava/security/spec/AlgorithmParameterSpec;)", init),
            (
                "init",
                "(ILjava/security/Key;Ljava/security/spec/AlgorithmParameterSpec;Ljava/security/SecureRandom;)",
                init,
            ),
            ("update", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                let length = m.budget.length;
                if let Some(Object { native: Native::Cipher(state), .. }) = m.object_mut(at(v, 0)) {
                    let state = Rc::make_mut(state);
                    if state.fed.len() < length {
                        state.fed.extend(bytes);
                    }
                }
                // What comes out before the end is left to the end: programs join the two.
                m.answer_bytes(&[])
            }),
            ("updateAAD", "([B)", |m, v, _| {
                let bytes = m.byte_array(at(v, 1))?;
                if let Some(Object { native: Native::Cipher(state), .. }) = m.object_mut(at(v, 0)) {
                    Rc::make_mut(state).beside.extend(bytes);
                }
                Ok(Value::NULL)
            }),
            ("doFinal", "()", |m, v, t| finish(m, at(v, 0), &[], t)),
            ("doFinal", "([B)", |m, v, t| {
                let bytes = m.byte_array(at(v, 1))?;
                finish(m, at(v, 0), &bytes, t)
            }),
            ("doFinal", "([BII)", |m, v, t| {
                let bytes = m.byte_array(at(v, 1))?;
                let part = m.part_of(&bytes, at(v, 2), at(v, 3))?.to_vec();
                finish(m, at(v, 0), &part, t)
            }),
            ("getBlockSize", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Cipher(state), .. }) => Ok(Value::of_int(state.block() as i32)),
                _ => Err(m.unfit(at(v, 0))),
            }),
            ("getIV", "()", |m, v, _| match m.object(at(v, 0)) {
                Some(Object { native: Native::Cipher(state), .. }) => {
                    let iv = state.iv().to_vec();
                    m.answer_bytes(&iv)
                }
                _ => Err(m.unfit(at(v, 0))),
            }),
        ],
    ),
];

fn digest(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let name = m.string(at(v, 0))?;
    match Algorithm::named(&name) {
        Some(algorithm) => {
            Ok(m.make_native("Ljava/security/MessageDigest;", Native::Digest(algorithm, Vec::new())))
        }
        None => Err(m.throw("Ljava/security/NoSuchAlgorithmException;", &name)),
    }
}

fn feed(m: &mut Machine<'_>, v: &[Value], bytes: &[u8]) -> Answer {
    let most = m.budget.length;
    let length = match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Digest(_, fed) | Native::Mac(_, _, fed), .. }) => {
            if fed.len() + bytes.len() <= most {
                fed.extend_from_slice(bytes);
            }
            fed.len() + bytes.len()
        }
        _ => return Err(m.unfit(at(v, 0))),
    };
    m.long_enough(length.min(most + 1) / 8)?;
    Ok(Value::NULL)
}

fn finish_digest(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let made = match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Digest(algorithm, fed), .. }) => {
            let made = algorithm.digest(fed);
            fed.clear();
            made
        }
        _ => return Err(m.unfit(at(v, 0))),
    };
    m.answer_bytes(&made)
}

fn finish_mac(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let made = match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Mac(algorithm, Some(key), fed), .. }) => {
            let made = algorithm.authenticate(key, fed);
            fed.clear();
            made
        }
        _ => return Err(m.unfit(at(v, 0))),
    };
    m.answer_bytes(&made)
}

fn sum(m: &mut Machine<'_>, v: &[Value], bytes: &[u8]) -> Answer {
    m.steps += bytes.len() as u64 / 4;
    match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Checksum(true, value), .. }) => {
            let (mut a, mut b) = (*value & 0xffff, *value >> 16);
            for byte in bytes {
                a = (a + u32::from(*byte)) % 65521;
                b = (b + a) % 65521;
            }
            *value = b << 16 | a;
        }
        Some(Object { native: Native::Checksum(false, value), .. }) => {
            let mut crc = !*value;
            for byte in bytes {
                crc ^= u32::from(*byte);
                for _ in 0..8 {
                    crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
                }
            }
            *value = !crc;
        }
        _ => return Err(m.unfit(at(v, 0))),
    }
    Ok(Value::NULL)
}

/// A key spec takes the first bytes of what it is given.
fn key_spec(m: &mut Machine<'_>, v: &[Value], name: &str, length: usize) -> Answer {
    let bytes = m.byte_array(at(v, 1))?;
    match bytes.get(..length) {
        Some(first) => m.construct(at(v, 0), Native::Key(name.into(), first.into())),
        None => Err(m.throw("Ljava/security/InvalidKeyException;", "")),
    }
}

fn generate(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let name = match m.object(at(v, 0)) {
        Some(Object { native: Native::Factory(name), .. }) => Rc::clone(name),
        _ => return Err(m.unfit(at(v, 0))),
    };
    let key = match m.object(at(v, 1)).map(|object| &object.native) {
        Some(Native::Key(_, bytes)) => Native::Key(name, Rc::clone(bytes)),
        Some(Native::Password(password, salt, rounds, bits)) => {
            let upper = name.to_ascii_uppercase();
            let Some(hash) = upper.strip_prefix("PBKDF2WITH") else { return Err(Raised::Unmodelled) };
            let hash = if hash.starts_with("HMACSHA1") { "SHA1" } else { hash };
            let algorithm = Algorithm::named(hash).ok_or(Raised::Unmodelled)?;
            let (password, salt, rounds, bits) =
                (Charset::Utf8.encode(password), Rc::clone(salt), *rounds, *bits);
            if bits > 4096 {
                return Err(Raised::Unmodelled);
            }
            // A round is two compressions; it is paid for before it is run.
            m.steps += u64::from(rounds) * u64::from(bits.div_ceil(160)) * 8;
            if m.steps > m.step_limit || m.steps > m.call_limit {
                return Err(Raised::Exhausted(crate::Exhausted::Steps));
            }
            Native::Key(name, algorithm.derive(&password, &salt, rounds, bits as usize / 8).into())
        }
        _ => return Err(m.unfit(at(v, 1))),
    };
    Ok(m.make_native("Ljavax/crypto/spec/SecretKeySpec;", key))
}

fn cipher(m: &mut Machine<'_>, v: &[Value], _: &MethodTarget) -> Answer {
    let name = m.string(at(v, 0))?;
    match CipherState::named(&name) {
        Some(state) => Ok(m.make_native("Ljavax/crypto/Cipher;", Native::Cipher(Rc::new(state)))),
        None => Err(Raised::Unmodelled),
    }
}

fn init(m: &mut Machine<'_>, v: &[Value], t: &MethodTarget) -> Answer {
    let mode = m.int(at(v, 1))?;
    let (_, key) = m.key_bytes(at(v, 2))?;
    let given = if t.prototype.contains("AlgorithmParameterSpec") { at(v, 3) } else { Value::NULL };
    let (iv, bits) = match m.object(given) {
        Some(Object { native: Native::Iv(bytes, bits), .. }) => (Some(Rc::clone(bytes)), *bits),
        _ if given == Value::NULL => (None, 0),
        _ => return Err(m.unfit(given)),
    };
    match m.object_mut(at(v, 0)) {
        Some(Object { native: Native::Cipher(state), .. }) => {
            Rc::make_mut(state).start(matches!(mode, 1 | 3), &key, iv.as_deref(), bits);
            Ok(Value::NULL)
        }
        _ => Err(m.unfit(at(v, 0))),
    }
}

fn finish(m: &mut Machine<'_>, cipher: Value, bytes: &[u8], t: &MethodTarget) -> Answer {
    let (made, used, decrypts) = match m.object_mut(cipher) {
        Some(Object { native: Native::Cipher(state), .. }) => {
            let state = Rc::make_mut(state);
            let made = state.finish(bytes);
            state.fed.clear();
            (made, state.in_use(), state.encrypts == Some(false))
        }
        _ => return Err(m.unfit(cipher)),
    };
    m.steps += bytes.len() as u64;
    match made {
        Ok(bytes) => {
            if m.ciphers.len() < 4096 {
                m.ciphers.push(Rc::clone(&used));
            }
            if decrypts {
                m.note.decoder = Some(crate::origin::Decoder::Platform(t.signature().into()));
            }
            m.note.cipher = Some(used);
            m.answer_bytes(&bytes)
        }
        Err(Fault::NotModelled) => Err(Raised::Unmodelled),
        Err(Fault::Key) => Err(m.throw("Ljava/security/InvalidKeyException;", "")),
        Err(Fault::Parameter) => Err(m.throw("Ljava/security/InvalidAlgorithmParameterException;", "")),
        Err(Fault::BlockSize) => Err(m.throw("Ljavax/crypto/IllegalBlockSizeException;", "")),
        Err(Fault::Padding) => Err(m.throw("Ljavax/crypto/BadPaddingException;", "")),
    }
}

impl Machine<'_> {
    fn key_bytes(&mut self, key: Value) -> Result<(Rc<str>, Rc<[u8]>), Raised> {
        match self.object(key) {
            Some(Object { native: Native::Key(name, bytes), .. }) => Ok((Rc::clone(name), Rc::clone(bytes))),
            _ => Err(self.unfit(key)),
        }
    }
}
