//! Writes the demo locality as NDJSON, one file a resource type: `cargo run -p synthetic --example write -- OUT --people 100`.
//!
//! `--seed N` makes another town, `--date YYYY-MM-DD` plays at noon of another day. It refuses to overwrite nothing: files of
//! the same name are replaced.

use std::collections::BTreeMap;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|place| arguments.get(place + 1));
    let out = PathBuf::from(arguments.first().filter(|a| !a.starts_with("--")).map_or("demo-locality", String::as_str));
    let date: jiff::civil::Date = option("--date").map_or("2026-11-22", String::as_str).parse()?;
    let mut options = synthetic::Options::at(date.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC)?.timestamp());
    options.people = option("--people").map_or(Ok(1_000), |n| n.parse())?;
    options.seed = option("--seed").map_or(Ok(options.seed), |n| n.parse())?;

    let locality = synthetic::locality(&options);
    let mut files: BTreeMap<&str, (u64, Vec<u8>)> = BTreeMap::new();
    for resource in locality.resources() {
        let (count, bytes) = files.entry(resource.kind).or_default();
        *count += 1;
        bytes.extend_from_slice(&resource.json);
        bytes.push(b'\n');
    }
    std::fs::create_dir_all(&out)?;
    for (kind, (count, bytes)) in files {
        std::fs::write(out.join(format!("{kind}.ndjson")), &bytes)?;
        println!("{count:>8} {kind} ({} bytes)", bytes.len());
    }
    for persona in locality.personas() {
        println!("sign in as {:<16} {} - {}", persona.id, persona.name, persona.about);
    }
    Ok(())
}
