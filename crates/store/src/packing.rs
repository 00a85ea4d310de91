//! Compression of bodies: zstd with a dictionary per resource type, trained on the store's own resources.
//!
//! A dictionary makes small resources several times smaller and is faster than none. Each has a number that rows name,
//! and none is ever changed or removed, so that every row stays readable. Training happens when a type has enough
//! samples, outside the writer. Before that, rows are compressed without.

use crate::body::Body;
use crate::dictionary::Dictionary;
use crate::error::StoreError;
use crate::vector::SearchVector;
use fhir::ResourceType;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use zstd::zstd_safe::{CCtx, CDict, DCtx, DDict};

/// How a body was stored: plain, compressed without a dictionary, or with the dictionary of that number (from 2).
pub(crate) type Encoding = u32;
const PLAIN: Encoding = 0;
const NO_DICTIONARY: Encoding = 1;
/// The first number a dictionary can have.
pub(crate) const FIRST_DICTIONARY: Encoding = 2;

/// Effort of compression, by measurement (docs/decisions/0002-store.md).
const LEVEL: i32 = 3;
/// Size of a dictionary in bytes.
const DICTIONARY_BYTES: usize = 24 * 1024;
/// How many resources a dictionary is trained on at least, and at most.
pub(crate) const SAMPLES_MIN: usize = 400;
pub(crate) const SAMPLES_MAX: usize = 2_000;
/// The largest body that is read back: far above what the doors let in.
const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Every zstd frame starts with these; we do not keep them.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Bytes for the row's `enc` and `body`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) encoding: Encoding,
    pub(crate) bytes: Vec<u8>,
    /// The vector with words for its common groups.
    pub(crate) vector: Vec<u8>,
}

impl Packed {
    /// Whether it was compressed before its type had a dictionary.
    pub(crate) fn lacks_dictionary(&self) -> bool {
        self.encoding == NO_DICTIONARY
    }
}

struct Pack {
    number: Encoding,
    compress: CDict<'static>,
}

/// All dictionaries of a store, shared by all threads.
#[derive(Default)]
pub(crate) struct Dictionaries {
    newest: RwLock<HashMap<u8, Arc<Pack>>>,
    readers: RwLock<HashMap<Encoding, Arc<DDict<'static>>>>,
}

impl Dictionaries {
    /// Makes a dictionary known; it becomes the one for new bodies of its type.
    pub(crate) fn add(&self, number: Encoding, kind: u8, bytes: &[u8]) -> Result<(), StoreError> {
        let damaged = StoreError::Damaged("a compression dictionary cannot be read");
        let (Some(compress), Some(read)) = (CDict::try_create(bytes, LEVEL), DDict::try_create(bytes)) else {
            return Err(damaged);
        };
        self.readers.write().unwrap_or_else(PoisonError::into_inner).insert(number, Arc::new(read));
        let newest = Arc::new(Pack { number, compress });
        self.newest.write().unwrap_or_else(PoisonError::into_inner).insert(kind, newest);
        Ok(())
    }

    /// Whether bodies of the type have a dictionary already.
    pub(crate) fn has(&self, kind: ResourceType) -> bool {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).contains_key(&kind.code())
    }

    fn newest(&self, kind: ResourceType) -> Option<Arc<Pack>> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).get(&kind.code()).cloned()
    }

    fn reader(&self, number: Encoding) -> Option<Arc<DDict<'static>>> {
        self.readers.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }
}

/// Trains a dictionary, when the samples have enough in common.
pub(crate) fn train(samples: &[&[u8]]) -> Option<Vec<u8>> {
    zstd::dict::from_samples(samples, DICTIONARY_BYTES).ok()
}

/// Compresses bodies; one for each thread that prepares resources.
pub struct Packer {
    dictionaries: Arc<Dictionaries>,
    words: Arc<Dictionary>,
    context: CCtx<'static>,
}

impl Packer {
    pub(crate) fn new(dictionaries: Arc<Dictionaries>, words: Arc<Dictionary>) -> Self {
        Self { dictionaries, words, context: CCtx::create() }
    }

    /// The stored form of a body: places, then the bytes in whichever form is shortest.
    pub(crate) fn pack(
        &mut self,
        kind: ResourceType,
        (body, vector): (&Body, &SearchVector),
    ) -> Result<Packed, StoreError> {
        let plain = body.plain();
        let mut squeezed = Vec::with_capacity(zstd::zstd_safe::compress_bound(plain.len()));
        let newest = self.dictionaries.newest(kind);
        let done = match &newest {
            Some(dictionary) => self.context.compress_using_cdict(&mut squeezed, plain, &dictionary.compress),
            None => self.context.compress(&mut squeezed, plain, LEVEL),
        };
        done.map_err(|_| StoreError::Damaged("zstd refused a body"))?;
        let number = newest.map_or(NO_DICTIONARY, |dictionary| dictionary.number);
        let mut bytes = Vec::with_capacity(squeezed.len() + 4);
        body.put_places(&mut bytes);
        let encoding = match squeezed.strip_prefix(&MAGIC) {
            Some(frame) if frame.len() < plain.len() => {
                bytes.extend_from_slice(frame);
                number
            }
            _ => {
                bytes.extend_from_slice(plain);
                PLAIN
            }
        };
        let vector = vector.stored(|group| group.is_repeatable().then(|| self.words.number(group.bytes)).flatten());
        Ok(Packed { encoding, bytes, vector })
    }
}

/// Reads bodies back; one for each connection.
pub(crate) struct Unpacker {
    dictionaries: Arc<Dictionaries>,
    context: DCtx<'static>,
    frame: Vec<u8>,
    plain: Vec<u8>,
}

impl Unpacker {
    pub(crate) fn new(dictionaries: Arc<Dictionaries>) -> Self {
        Self { dictionaries, context: DCtx::create(), frame: Vec::new(), plain: Vec::new() }
    }

    /// The plain bytes behind the places of a stored body; good until the next call.
    pub(crate) fn unpack<'u>(&'u mut self, encoding: Encoding, bytes: &'u [u8]) -> Result<&'u [u8], StoreError> {
        if encoding == PLAIN {
            return Ok(bytes);
        }
        self.frame.clear();
        self.frame.extend_from_slice(&MAGIC);
        self.frame.extend_from_slice(bytes);
        let damaged = || StoreError::Damaged("a compressed body cannot be read");
        let size = zstd::zstd_safe::get_frame_content_size(&self.frame).ok().flatten().ok_or_else(damaged)?;
        let size = usize::try_from(size).ok().filter(|size| *size <= BODY_BYTES_MAX).ok_or_else(damaged)?;
        self.plain.clear();
        self.plain.reserve(size);
        let done = if encoding == NO_DICTIONARY {
            self.context.decompress(&mut self.plain, &self.frame)
        } else {
            let dictionary = self.dictionaries.reader(encoding).ok_or_else(damaged)?;
            self.context.decompress_using_ddict(&mut self.plain, &self.frame, &dictionary)
        };
        done.map_err(|_| damaged())?;
        Ok(&self.plain)
    }
}
