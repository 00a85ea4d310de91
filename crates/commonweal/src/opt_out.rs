//! `commonweal opt-out`: the exchange of files with the national check, and lists of type 1 objections.
//!
//! Only valid NHS numbers are asked about, since one that is not would spoil the whole file. What comes back is kept beside the
//! record and expires. Answers and lists may come while the server runs: then they go through the record's inbox.

use crate::commands::{AnswerOptOuts, AskOptOuts, Objections};
use crate::wiring;
use anyhow::{Context, anyhow, bail};
use fhir::{NhsNumber, ResourceType};
use gate::Action;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use record::log::Draft;
use record::opt_out::file::{asking, day_of_name, set_of};
use record::opt_out::{nhs_number, take_answer, take_objections};
use record::{Clock, Resource};
use std::path::Path;
use std::process::ExitCode;

/// Runs `opt-out ask`.
pub fn ask(arguments: &AskOptOuts) -> anyhow::Result<ExitCode> {
    let (name, day) = named(&arguments.out)?;
    let today = day_in_london(crate::clock::MachineClock.now_ms())?;
    if day != today {
        bail!("{name} says another day than today: call it MAILBOX-{}-NNNN.dat", today.strftime("%d%m%y"));
    }
    let folder = &arguments.folder.data;
    if record::is_in_use(folder) {
        bail!("the server has the record in {} open. Stop it, ask, and start it again", folder.display());
    }
    let (gate, record) = (wiring::gate()?, wiring::record(&arguments.folder, wiring::Behaviour::default())?);
    let permit = wiring::command_permit(&gate, &record, "opt-out", Action::Export)?;
    let (mut numbers, mut without_number) = (Vec::<NhsNumber>::new(), 0_u64);
    let mut each = |patient: &Resource| {
        match fhir::json::parse(&patient.body).ok().as_ref().and_then(nhs_number) {
            Some(number) => numbers.push(number),
            None => without_number += 1,
        }
        Ok(())
    };
    record.export(&permit, ResourceType::PATIENT, &mut each).map_err(|error| anyhow!("{error}"))?;
    let numbers = set_of(&numbers);
    let count = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    record.log_event(Draft { count, query: name.clone(), ..deed(record.now_ms(), "AskOptOuts")? })?;
    write_new(&arguments.out, &asking(&numbers))?;
    println!("{count} NHS numbers written to {}.", arguments.out.display());
    if without_number > 0 {
        println!(
            "{without_number} people have no NHS number that could be asked about: their data stay out of use beyond care."
        );
    }
    println!(
        "Send it to the check for national data opt-outs (workflow SPINE_NTT_UPHOLDING), then run: commonweal opt-out answer"
    );
    Ok(ExitCode::SUCCESS)
}

/// Runs `opt-out answer`.
pub fn answer(arguments: &AnswerOptOuts) -> anyhow::Result<ExitCode> {
    let (name, day) = named(&arguments.asked)?;
    let asked_ms = day.to_zoned(london()?).context("while reading the day of the file")?.timestamp().as_millisecond();
    let (asked, answer) = (read(&arguments.asked)?, read(&arguments.file)?);
    let taken = wiring::beside_a_server(&arguments.folder, |keeper| {
        let entry = Draft { query: name.clone(), ..deed(keeper.now_ms(), "TakeOptOuts")? };
        let taken = take_answer(keeper, (&name, asked_ms), (&asked, &answer), &entry);
        taken.map_err(|error| anyhow!("{} was not taken: {error}", arguments.file.display()))
    })?;
    let until = Timestamp::from_millisecond(taken.until_ms).context("while telling the time")?.to_zoned(london()?);
    println!("{} people asked about, {} of them have opted out.", taken.asked, taken.opted_out);
    println!("The answer holds until {}: ask again before.", until.strftime("%-d %B %Y, %H:%M"));
    Ok(ExitCode::SUCCESS)
}

/// Runs `opt-out objections`.
pub fn objections(arguments: &Objections) -> anyhow::Result<ExitCode> {
    let text = String::from_utf8(read(&arguments.file)?);
    let text = text.map_err(|_| anyhow!("{} is not text. Nothing was changed", arguments.file.display()))?;
    let lines = wiring::beside_a_server(&arguments.folder, |keeper| {
        let taken = take_objections(keeper, &text, &deed(keeper.now_ms(), "TakeObjections")?);
        taken.map_err(|error| anyhow!("{} was not taken: {error}", arguments.file.display()))
    })?;
    println!("{lines} lines taken. The latest word of each person holds, here or in the GP record.");
    Ok(ExitCode::SUCCESS)
}

/// An entry of the log about something that this command did.
fn deed(now_ms: i64, action: &str) -> anyhow::Result<Draft> {
    let asker = wiring::command_asker("opt-out")?;
    let purpose = gate::Purpose::Administration.name().to_owned();
    Ok(Draft { action: action.to_owned(), purpose, via: "command".to_owned(), ..Draft::about(&asker, now_ms) })
}

fn named(path: &Path) -> anyhow::Result<(String, Date)> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let day = day_of_name(&name).map_err(|error| anyhow!("{}: {error}", path.display()))?;
    Ok((name, day))
}

fn london() -> anyhow::Result<TimeZone> {
    TimeZone::get("Europe/London").context("while looking up the time in London")
}

fn day_in_london(now_ms: i64) -> anyhow::Result<Date> {
    let now: Zoned = Timestamp::from_millisecond(now_ms).context("while reading the clock")?.to_zoned(london()?);
    Ok(now.date())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|error| anyhow!("{} cannot be read ({error}). Give the path of the file", path.display()))
}

/// Writes a file that was not there, whole or not at all, for its owner's eyes.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map(drop).map_err(|error| error.error)
    });
    written.map_err(|error| {
        anyhow!("{} cannot be written ({error}). Give the path of a new file in a folder that is yours", path.display())
    })
}
