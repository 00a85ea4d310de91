//! What a copy or a token is wanted for: the options of the command line as an entry of the register of data uses.

use crate::commands::{ForUse, WantedFor, Why};
use crate::wiring;
use anyhow::{Context, anyhow, bail};
use gate::Purpose;
use jiff::tz::TimeZone;
use record::Keeper;
use record::log::Draft;
use record::uses::{DataUse, Exemption, NewUse, Way, declare};

/// Makes the entry of the register; none for administration, which is no use beyond care.
pub fn declared(keeper: &dyn Keeper, (asked, way, command): (&ForUse, Way, &str)) -> anyhow::Result<Option<DataUse>> {
    let purpose = match asked.purpose {
        WantedFor::Administration => {
            if asked.title.is_some() || asked.by.is_some() || asked.opt_outs_do_not_apply.is_some() {
                bail!("the register is for planning and research: say --purpose planning or --purpose research");
            }
            return Ok(None);
        }
        WantedFor::Planning => Purpose::Planning,
        WantedFor::Research => Purpose::Research,
    };
    let said = |option: &Option<String>, name: &str| {
        option.clone().ok_or_else(|| anyhow!("a use beyond care stands in the public register: say {name}"))
    };
    let until = asked.until.ok_or_else(|| anyhow!("a use beyond care ends: say --until YYYY-MM-DD"))?;
    let london = TimeZone::get("Europe/London").context("while looking up the time in London")?;
    let end = until.tomorrow().and_then(|day| day.to_zoned(london)).context("while reading --until")?;
    let new = NewUse {
        title: said(&asked.title, "--title")?,
        by: said(&asked.by, "--by")?,
        purpose,
        basis: said(&asked.basis, "--basis")?,
        exemption: exemption(asked)?,
        way,
        until_ms: end.timestamp().as_millisecond(),
    };
    let entry = Draft { via: "command".to_owned(), ..Draft::about(&wiring::command_asker(command)?, keeper.now_ms()) };
    declare(keeper, new, &entry).map(Some).map_err(|error| anyhow!("{error}"))
}

fn exemption(asked: &ForUse) -> anyhow::Result<Option<(Exemption, String)>> {
    let (Some(why), Some(because)) = (asked.opt_outs_do_not_apply, &asked.because) else { return Ok(None) };
    let exemption = match (why, &asked.study) {
        (Why::Law, _) => Exemption::Law,
        (Why::PublicInterest, _) => Exemption::PublicInterest,
        (Why::Consent, Some(study)) => {
            Exemption::Consent { study: study.clone(), project: asked.project.as_deref().map(project).transpose()? }
        }
        (Why::Consent, None) => bail!("say with --study to which study people have agreed, as their Consents name it"),
    };
    Ok(Some((exemption, because.clone())))
}

/// The code of a project, as `SYSTEM|CODE`.
fn project(written: &str) -> anyhow::Result<String> {
    match written.split_once('|') {
        Some((system, code)) if !system.is_empty() && !code.is_empty() && !code.contains('|') => {
            Ok(gate::consent::project(system, code))
        }
        _ => bail!("write --project as SYSTEM|CODE, as the Consents name what the study is done for"),
    }
}

/// Whether opt-outs were applied, in a sentence.
pub fn told(data_use: Option<&DataUse>) -> String {
    match data_use {
        None => "Opt-outs were not applied: this is the whole record, for whoever keeps it. For planning or research say --purpose.".to_owned(),
        Some(DataUse { exemption: None, .. }) => {
            "Opt-outs were applied: people who have opted out, or about whom that is not known, are left out.".to_owned()
        }
        Some(DataUse { exemption: Some((why, _)), .. }) => {
            format!("Opt-outs were not applied: {}. The register says so at /transparency/uses.", why.phrase())
        }
    }
}
