//! How long parsing and validating take, and what validation says: `cargo run --release -p fhir --example validate_speed -- FOLDER...`
//!
//! Reads `.json` and `.ndjson` files (also `.zst`) below the folders, prints microseconds a resource and the findings by sentence.

use fhir::{Severity, json, validate};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn main() -> std::io::Result<()> {
    let started = Instant::now();
    let shapes = fhir::definitions().shapes().len();
    println!("definitions: {shapes} shapes in {:?}", started.elapsed());
    for folder in std::env::args().skip(1) {
        let mut files = Vec::new();
        collect(Path::new(&folder), &mut files)?;
        files.sort();
        let texts = files.iter().map(|path| read(path)).collect::<std::io::Result<Vec<_>>>()?;
        measure(&folder, &files, &texts);
    }
    Ok(())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

fn read(path: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    let name = path.to_string_lossy();
    let bytes = std::fs::read(path)?;
    let bytes = if name.ends_with(".zst") { zstd::decode_all(bytes.as_slice())? } else { bytes };
    if !name.contains(".ndjson") {
        return Ok(if name.ends_with(".json") { vec![bytes] } else { Vec::new() });
    }
    Ok(bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
}

fn measure(folder: &str, files: &[PathBuf], texts: &[Vec<Vec<u8>>]) {
    let (mut parsed, mut validated, mut bytes, mut count) = (Duration::ZERO, Duration::ZERO, 0, 0u32);
    for text in texts.iter().flatten() {
        let started = Instant::now();
        let tree = json::parse(text);
        parsed += started.elapsed();
        let started = Instant::now();
        let issues = tree.as_ref().map(validate);
        validated += started.elapsed();
        drop(issues);
        let started = Instant::now();
        drop(tree);
        parsed += started.elapsed();
        bytes += text.len();
        count += 1;
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(count.max(1));
    println!(
        "{folder}: {count} texts, {bytes} bytes, parse {:.2} us, validate {:.2} us",
        each(parsed),
        each(validated)
    );
    report(files, texts);
}

fn report(files: &[PathBuf], texts: &[Vec<Vec<u8>>]) {
    let mut sentences: BTreeMap<(Severity, String), (usize, String)> = BTreeMap::new();
    let mut refused = 0;
    for (file, texts) in files.iter().zip(texts) {
        for text in texts {
            let tree = json::parse(text);
            let issues = tree.as_ref().map_or_else(|error| vec![fhir::Issue::from(error)], validate);
            refused += usize::from(issues.iter().any(fhir::Issue::is_error));
            for issue in issues {
                let place = format!("{} in {}", issue.expression.unwrap_or_default(), file.display());
                sentences.entry((issue.severity, issue.diagnostics)).or_insert((0, place)).0 += 1;
            }
        }
    }
    println!("  refused: {refused}");
    for ((severity, sentence), (count, place)) in sentences.into_iter().take(60) {
        println!("  {count:6} {} {sentence} ({place})", severity.code());
    }
}
