//! `commonweal export`: everything out again, one file a type.

use crate::commands::Export;
use crate::{data_use, wiring};
use anyhow::{Context, anyhow, bail};
use fhir::ResourceType;
use gate::Action;
use record::Exported;
use record::uses::Way;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

/// Runs the command.
pub fn run(arguments: &Export) -> anyhow::Result<ExitCode> {
    let out = &arguments.out;
    std::fs::create_dir_all(out).with_context(|| format!("the folder {} cannot be made", out.display()))?;
    if std::fs::read_dir(out).with_context(|| format!("while reading {}", out.display()))?.next().is_some() {
        bail!("{} is not empty. Give a new folder, so that nothing is mixed up", out.display());
    }
    let gate = wiring::gate()?;
    let record = wiring::record(&arguments.folder, wiring::Behaviour::default())?;
    let data_use = data_use::declared(&record, (&arguments.purpose, Way::Files, "export"))?;
    let permit = match &data_use {
        None => wiring::command_permit(&gate, &record, "export", Action::Export)?,
        Some(declared) => {
            let asker = declared.asker(wiring::every_scope()?).ok_or_else(|| anyhow!("the use has no name"))?;
            let purpose = declared.purpose().ok_or_else(|| anyhow!("the use has no purpose"))?;
            wiring::permit(&gate, &record, asker, (purpose, Action::Export))?
        }
    };
    let (mut total, mut people, mut entries) = (0, Exported::default().people, Vec::new());
    for kind in ResourceType::all() {
        let path = out.join(format!("{}.ndjson", kind.name()));
        let mut file: Option<BufWriter<File>> = None;
        let exported = record
            .export(&permit, kind, &mut |resource| {
                let file = match &mut file {
                    Some(file) => file,
                    none => none.insert(BufWriter::with_capacity(1 << 20, File::create(&path)?)),
                };
                file.write_all(&resource.body)?;
                file.write_all(b"\n")
            })
            .map_err(|error| anyhow!("{error}"))?;
        if let Some(file) = file {
            file.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|file| file.sync_all())?;
            eprintln!("{:>9} {}", exported.count, kind.name());
            entries.push((kind, exported.count));
        }
        total += exported.count;
        people |= exported.people;
    }
    if data_use.is_some() {
        record.use_ran(&permit, &people, &entries)?;
    }
    println!("{}", data_use::told(data_use.as_ref()));
    println!("{total} resources written to {}.", out.display());
    Ok(ExitCode::SUCCESS)
}
