//! From the bytes of a file to the text of its resources.
//!
//! NDJSON gives a piece a line; a JSON file gives one piece, the whole of it. A line that is too long or cannot be read is a
//! piece with an error in its place, so that one bad line does not stop the others.

use super::find::plain_name;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Longest line or JSON file, in bytes: far above any real resource, below what would exhaust a small machine.
pub const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The text of one resource or Bundle.
#[derive(Debug)]
pub struct Piece {
    /// The line that it stands on, counted from 1.
    pub line: u64,
    /// Its bytes, or why there are none.
    pub bytes: Result<Vec<u8>, String>,
}

/// Opens `path` and gives `each` its pieces, in order, until it answers false.
///
/// # Errors
/// When the file cannot be opened. What goes wrong later is told in a piece.
pub fn read(path: &Path, mut each: impl FnMut(Piece) -> bool) -> std::io::Result<()> {
    let file = File::open(path)?;
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain: Box<dyn Read> = if name.ends_with(".gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else if name.ends_with(".zst") {
        Box::new(zstd::Decoder::new(file)?)
    } else {
        Box::new(file)
    };
    let mut reader = BufReader::with_capacity(256 * 1024, plain);
    if plain_name(path).ends_with(".json") {
        let mut bytes = Vec::new();
        let outcome = reader.take(LINE_BYTES_MAX + 1).read_to_end(&mut bytes);
        let outcome = outcome.map(|_| bytes).map_err(|error| unreadable(&error)).and_then(bounded);
        each(Piece { line: 1, bytes: outcome });
        return Ok(());
    }
    let mut line = 0;
    loop {
        line += 1;
        let mut bytes = Vec::new();
        match (&mut reader).take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut bytes) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                each(Piece { line, bytes: Err(unreadable(&error)) });
                return Ok(());
            }
        }
        if !bytes.ends_with(b"\n") && bounded_length(&bytes) {
            reader.skip_until(b'\n')?;
        }
        let trimmed = bytes.trim_ascii();
        if trimmed.is_empty() {
            continue;
        }
        let outcome = if trimmed.len() == bytes.len() { bounded(bytes) } else { bounded(trimmed.to_vec()) };
        if !each(Piece { line, bytes: outcome }) {
            return Ok(());
        }
    }
}

fn bounded_length(bytes: &[u8]) -> bool {
    u64::try_from(bytes.len()).is_ok_and(|length| length > LINE_BYTES_MAX)
}

fn bounded(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    if bounded_length(&bytes) { Err(format!("longer than {LINE_BYTES_MAX} bytes")) } else { Ok(bytes) }
}

fn unreadable(error: &std::io::Error) -> String {
    format!("the rest of the file cannot be read: {error}")
}
