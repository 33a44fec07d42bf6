//! Ciphers with their modes and paddings, as `javax.crypto.Cipher` names them.

use std::rc::Rc;

use aes::{Aes128, Aes192, Aes256};
use blowfish::Blowfish;
use cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use des::{Des, TdesEde3};

/// A cipher that was used, with what it was given.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CipherUse {
    /// `DES`, `AES` …
    pub algorithm: String,
    /// `CBC`, `ECB` …; empty for stream ciphers.
    pub mode: String,
    /// The key's bytes.
    pub key: Vec<u8>,
    /// The initialisation vector; empty where the mode has none.
    pub iv: Vec<u8>,
}

/// What went wrong, by the name of Java's exception.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// No such algorithm, mode or padding here: nothing can be said.
    NotModelled,
    /// `InvalidKeyException`.
    Key,
    /// `InvalidAlgorithmParameterException`.
    Parameter,
    /// `IllegalBlockSizeException`.
    BlockSize,
    /// `BadPaddingException`.
    Padding,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Algorithm {
    Des,
    TripleDes,
    Aes,
    Blowfish,
    Rc4,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Ecb,
    Cbc,
    Cfb,
    Cfb8,
    Ofb,
    Ctr,
    Gcm,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Padding {
    None,
    Pkcs,
    Zeros,
    /// ISO 10126: only the last byte, the length, counts.
    Last,
}

/// A `Cipher` object.
#[derive(Clone, Debug)]
pub struct CipherState {
    algorithm: Algorithm,
    name: String,
    mode: Mode,
    padding: Padding,
    /// Encrypts; decrypts; not initialised.
    pub encrypts: Option<bool>,
    key: Vec<u8>,
    iv: Vec<u8>,
    /// What `update` was given.
    pub fed: Vec<u8>,
    /// Data that GCM authenticates besides.
    pub beside: Vec<u8>,
    tag_bits: u32,
}

impl CipherState {
    /// By a transformation such as `DES/CBC/PKCS5Padding`.
    #[must_use]
    pub fn named(transformation: &str) -> Option<CipherState> {
        let upper = transformation.to_ascii_uppercase();
        let mut parts = upper.split('/').map(str::trim);
        let name = parts.next()?;
        let (algorithm, shown) = match name {
            "DES" => (Algorithm::Des, "DES"),
            "DESEDE" | "TRIPLEDES" => (Algorithm::TripleDes, "DESede"),
            "AES" | "RIJNDAEL" => (Algorithm::Aes, "AES"),
            "BLOWFISH" => (Algorithm::Blowfish, "Blowfish"),
            "RC4" | "ARC4" | "ARCFOUR" => (Algorithm::Rc4, "RC4"),
            _ => return None,
        };
        let mode = match parts.next().unwrap_or("ECB") {
            "ECB" | "NONE" | "" => Mode::Ecb,
            "CBC" => Mode::Cbc,
            "CFB" | "CFB64" | "CFB128" => Mode::Cfb,
            "CFB8" => Mode::Cfb8,
            "OFB" | "OFB64" | "OFB128" => Mode::Ofb,
            "CTR" | "SIC" => Mode::Ctr,
            "GCM" => Mode::Gcm,
            _ => return None,
        };
        let padding = match parts.next().unwrap_or("PKCS5PADDING") {
            "PKCS5PADDING" | "PKCS7PADDING" => Padding::Pkcs,
            "NOPADDING" => Padding::None,
            "ZEROBYTEPADDING" | "ZEROPADDING" => Padding::Zeros,
            "ISO10126PADDING" | "ISO10126-2PADDING" => Padding::Last,
            _ => return None,
        };
        Some(CipherState {
            algorithm,
            name: shown.to_owned(),
            mode,
            padding,
            encrypts: None,
            key: Vec::new(),
            iv: Vec::new(),
            fed: Vec::new(),
            beside: Vec::new(),
            tag_bits: 128,
        })
    }

    /// `init`.
    pub fn start(&mut self, encrypts: bool, key: &[u8], iv: Option<&[u8]>, tag_bits: u32) {
        self.encrypts = Some(encrypts);
        self.key = key.to_vec();
        self.iv = iv.map_or_else(Vec::new, <[u8]>::to_vec);
        self.fed.clear();
        self.beside.clear();
        self.tag_bits = if tag_bits == 0 { 128 } else { tag_bits };
    }

    /// The vector it was given.
    #[must_use]
    pub fn iv(&self) -> &[u8] {
        &self.iv
    }

    /// Bytes in a block.
    #[must_use]
    pub fn block(&self) -> usize {
        match self.algorithm {
            Algorithm::Aes => 16,
            Algorithm::Rc4 => 0,
            _ => 8,
        }
    }

    /// What is told of its use.
    #[must_use]
    pub fn in_use(&self) -> Rc<CipherUse> {
        let mode = match (self.algorithm, self.mode) {
            (Algorithm::Rc4, _) => "",
            (_, Mode::Ecb) => "ECB",
            (_, Mode::Cbc) => "CBC",
            (_, Mode::Cfb) => "CFB",
            (_, Mode::Cfb8) => "CFB8",
            (_, Mode::Ofb) => "OFB",
            (_, Mode::Ctr) => "CTR",
            (_, Mode::Gcm) => "GCM",
        };
        Rc::new(CipherUse {
            algorithm: self.name.clone(),
            mode: mode.to_owned(),
            key: self.key.clone(),
            iv: if self.mode == Mode::Ecb { Vec::new() } else { self.iv.clone() },
        })
    }

    /// `doFinal` on what was fed, and `data`.
    ///
    /// # Errors
    /// A [`Fault`].
    pub fn finish(&self, data: &[u8]) -> Result<Vec<u8>, Fault> {
        let all = [&self.fed[..], data].concat();
        let encrypts = self.encrypts.ok_or(Fault::NotModelled)?;
        if self.algorithm == Algorithm::Rc4 {
            return rc4(&self.key, &all);
        }
        let engine = Engine::new(self.algorithm, &self.key)?;
        if self.mode == Mode::Gcm {
            return gcm(&engine, self, encrypts, &all);
        }
        let streams = matches!(self.mode, Mode::Cfb | Mode::Cfb8 | Mode::Ofb | Mode::Ctr);
        let size = self.block();
        if self.mode != Mode::Ecb && self.iv.len() != size {
            // With no vector given, decryption throws, and encryption draws one.
            return Err(if self.iv.is_empty() { Fault::NotModelled } else { Fault::Parameter });
        }
        let mut bytes = all;
        if encrypts {
            pad(&mut bytes, size, self.padding, streams);
        }
        if !streams && !bytes.len().is_multiple_of(size) {
            return Err(Fault::BlockSize);
        }
        self.transform(&engine, encrypts, &mut bytes);
        if !encrypts {
            unpad(&mut bytes, size, self.padding, streams)?;
        }
        Ok(bytes)
    }

    fn transform(&self, engine: &Engine, encrypts: bool, bytes: &mut [u8]) {
        let size = self.block();
        let mut last = self.iv.clone();
        match self.mode {
            Mode::Ecb => bytes.chunks_exact_mut(size).for_each(|block| engine.run(encrypts, block)),
            Mode::Cbc => {
                for block in bytes.chunks_exact_mut(size) {
                    if encrypts {
                        mix(block, &last);
                        engine.run(true, block);
                        last.copy_from_slice(block);
                    } else {
                        let before = block.to_vec();
                        engine.run(false, block);
                        mix(block, &last);
                        last = before;
                    }
                }
            }
            Mode::Cfb => {
                for part in bytes.chunks_mut(size) {
                    engine.run(true, &mut last);
                    let before = part.to_vec();
                    mix(part, &last);
                    let sent: &[u8] = if encrypts { part } else { &before };
                    if let Some(front) = last.get_mut(..sent.len()) {
                        front.copy_from_slice(sent);
                    }
                }
            }
            Mode::Cfb8 => {
                for byte in bytes {
                    let mut key = last.clone();
                    engine.run(true, &mut key);
                    let before = *byte;
                    *byte ^= key.first().copied().unwrap_or(0);
                    last.rotate_left(1);
                    if let Some(end) = last.last_mut() {
                        *end = if encrypts { *byte } else { before };
                    }
                }
            }
            Mode::Ofb => {
                for part in bytes.chunks_mut(size) {
                    engine.run(true, &mut last);
                    mix(part, &last);
                }
            }
            Mode::Ctr | Mode::Gcm => counter(engine, &mut last, bytes),
        }
    }
}

fn counter(engine: &Engine, block: &mut [u8], bytes: &mut [u8]) {
    let size = block.len().max(1);
    for part in bytes.chunks_mut(size) {
        let mut key = block.to_vec();
        engine.run(true, &mut key);
        mix(part, &key);
        for byte in block.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }
}

fn mix(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to ^= from;
    }
}

fn pad(bytes: &mut Vec<u8>, size: usize, padding: Padding, streams: bool) {
    let missing = size - bytes.len() % size;
    match padding {
        Padding::Pkcs | Padding::Last if !streams => {
            bytes.extend(std::iter::repeat_n(missing as u8, missing));
        }
        Padding::Zeros if missing != size && !streams => bytes.extend(std::iter::repeat_n(0, missing)),
        _ => {}
    }
}

fn unpad(bytes: &mut Vec<u8>, size: usize, padding: Padding, streams: bool) -> Result<(), Fault> {
    if streams {
        return Ok(());
    }
    match padding {
        Padding::None => {}
        Padding::Zeros => {
            while bytes.last() == Some(&0) {
                bytes.pop();
            }
        }
        Padding::Pkcs | Padding::Last => {
            let Some(last) = bytes.last().copied() else { return Ok(()) };
            let count = usize::from(last);
            if count == 0 || count > size || count > bytes.len() {
                return Err(Fault::Padding);
            }
            let from = bytes.len() - count;
            if padding == Padding::Pkcs && bytes.iter().skip(from).any(|byte| *byte != last) {
                return Err(Fault::Padding);
            }
            bytes.truncate(from);
        }
    }
    Ok(())
}

enum Engine {
    Des(Des),
    TripleDes(TdesEde3),
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
    Blowfish(Box<Blowfish>),
}

fn keyed<T: KeyInit>(key: &[u8]) -> Result<T, Fault> {
    T::new_from_slice(key).map_err(|_| Fault::Key)
}

fn one<T: BlockSizeUser + BlockCipherEncrypt + BlockCipherDecrypt>(
    engine: &T,
    encrypts: bool,
    bytes: &mut [u8],
) {
    if let Ok(block) = <&mut Block<T>>::try_from(bytes) {
        if encrypts {
            engine.encrypt_block(block);
        } else {
            engine.decrypt_block(block);
        }
    }
}

impl Engine {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Engine, Fault> {
        Ok(match (algorithm, key.len()) {
            // Providers take the first bytes of a DES key that is too long only through DESKeySpec.
            (Algorithm::Des, 8) => Engine::Des(keyed(key)?),
            (Algorithm::TripleDes, 24) => Engine::TripleDes(keyed(key)?),
            (Algorithm::TripleDes, 16) => {
                let first = key.get(..8).unwrap_or(&[]);
                Engine::TripleDes(keyed(&[key, first].concat())?)
            }
            (Algorithm::Aes, 16) => Engine::Aes128(keyed(key)?),
            (Algorithm::Aes, 24) => Engine::Aes192(keyed(key)?),
            (Algorithm::Aes, 32) => Engine::Aes256(keyed(key)?),
            (Algorithm::Blowfish, 4..=56) => Engine::Blowfish(Box::new(keyed(key)?)),
            _ => return Err(Fault::Key),
        })
    }

    fn run(&self, encrypts: bool, block: &mut [u8]) {
        match self {
            Engine::Des(engine) => one(engine, encrypts, block),
            Engine::TripleDes(engine) => one(engine, encrypts, block),
            Engine::Aes128(engine) => one(engine, encrypts, block),
            Engine::Aes192(engine) => one(engine, encrypts, block),
            Engine::Aes256(engine) => one(engine, encrypts, block),
            Engine::Blowfish(engine) => one(&**engine, encrypts, block),
        }
    }
}

fn rc4(key: &[u8], data: &[u8]) -> Result<Vec<u8>, Fault> {
    if key.is_empty() {
        return Err(Fault::Key);
    }
    let mut state: Vec<u8> = (0..=255).collect();
    let mut j = 0u8;
    for (i, key) in (0..=255u8).zip(key.iter().cycle()) {
        j = j.wrapping_add(state[usize::from(i)]).wrapping_add(*key);
        state.swap(usize::from(i), usize::from(j));
    }
    let (mut i, mut j) = (0u8, 0u8);
    Ok(data
        .iter()
        .map(|byte| {
            i = i.wrapping_add(1);
            j = j.wrapping_add(state[usize::from(i)]);
            state.swap(usize::from(i), usize::from(j));
            byte ^ state[usize::from(state[usize::from(i)].wrapping_add(state[usize::from(j)]))]
        })
        .collect())
}

/// NIST SP 800-38D.
fn gcm(engine: &Engine, state: &CipherState, encrypts: bool, data: &[u8]) -> Result<Vec<u8>, Fault> {
    if state.block() != 16 {
        return Err(Fault::NotModelled);
    }
    let mut zero = [0u8; 16];
    engine.run(true, &mut zero);
    let subkey = u128::from_be_bytes(zero);
    let mut first = [0u8; 16];
    if state.iv.is_empty() {
        return Err(Fault::NotModelled);
    } else if let (12, Some(front)) = (state.iv.len(), first.get_mut(..12)) {
        front.copy_from_slice(&state.iv);
        first[15] = 1;
    } else {
        first = ghash(subkey, &[], &state.iv).to_be_bytes();
    }
    let tag_length = (state.tag_bits as usize / 8).min(16);
    let (body, tag) = if encrypts {
        (data, None)
    } else {
        let at = data.len().checked_sub(tag_length).ok_or(Fault::Padding)?;
        let (body, tag) = data.split_at(at);
        (body, Some(tag))
    };
    let mut next = first;
    let low = u32::from_be_bytes([next[12], next[13], next[14], next[15]]).wrapping_add(1);
    next[12..].copy_from_slice(&low.to_be_bytes());
    let mut bytes = body.to_vec();
    counter(engine, &mut next, &mut bytes);
    let sealed: &[u8] = if encrypts { &bytes } else { body };
    let mut check = ghash(subkey, &state.beside, sealed).to_be_bytes();
    engine.run(true, &mut first);
    mix(&mut check, &first);
    let check = &check[..tag_length];
    match tag {
        None => bytes.extend_from_slice(check),
        Some(tag) if tag != check => return Err(Fault::Padding),
        Some(_) => {}
    }
    Ok(bytes)
}

fn ghash(subkey: u128, beside: &[u8], sealed: &[u8]) -> u128 {
    let mut sum = 0u128;
    let mut add = |bytes: &[u8]| {
        let mut block = [0u8; 16];
        for (to, from) in block.iter_mut().zip(bytes) {
            *to = *from;
        }
        sum = multiply(sum ^ u128::from_be_bytes(block), subkey);
    };
    beside.chunks(16).for_each(&mut add);
    sealed.chunks(16).for_each(&mut add);
    let lengths = (beside.len() as u128 * 8) << 64 | (sealed.len() as u128 * 8);
    add(&lengths.to_be_bytes());
    sum
}

fn multiply(a: u128, b: u128) -> u128 {
    let (mut product, mut b) = (0u128, b);
    for bit in (0..128).rev() {
        if a >> bit & 1 == 1 {
            product ^= b;
        }
        let carry = b & 1;
        b >>= 1;
        if carry == 1 {
            b ^= 0xe1 << 120;
        }
    }
    product
}

#[cfg(test)]
#[path = "cipher_tests.rs"]
mod tests;
