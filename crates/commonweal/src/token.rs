//! `commonweal token`: a bearer token for scripts.
//!
//! Works beside a running server: then the token lies in the record's inbox until the server meets it for the first time.

use crate::commands::{Token, WantedFor};
use crate::{data_use, personas, wiring};
use anyhow::{Context, anyhow, bail};
use gate::{AgentId, Asker, SmartScopes};
use record::Record;
use record::uses::Way;
use std::process::ExitCode;
use trust::NewToken;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Runs the command.
pub fn run(arguments: &Token) -> anyhow::Result<ExitCode> {
    if arguments.persona.is_some() && arguments.purpose.purpose != WantedFor::Administration {
        bail!("a use beyond care is a system's, not a persona's: say --service NAME");
    }
    let (folder, opened) = (&arguments.folder.data, wiring::Opened::of(&arguments.folder)?);
    let keeper = opened.keeper();
    let asker = match (&arguments.persona, &arguments.service) {
        (Some(persona), _) => {
            let asker = as_persona(opened.record(), folder, persona)?;
            Asker { scopes: Some(scopes(&arguments.scope)?), ..asker }
        }
        (None, Some(name)) => as_service(name, &arguments.scope)?,
        (None, None) => bail!("say for whom the token is: --service NAME or --as PERSONA"),
    };
    let until_ms = keeper.now_ms() + i64::from(arguments.hours) * HOUR_MS;
    let data_use = data_use::declared(keeper, (&arguments.purpose, Way::Token, "token"))?;
    let (asker, until_ms) = match &data_use {
        None => (asker, until_ms),
        Some(declared) => {
            let asker = declared.asker(scopes(&arguments.scope)?).ok_or_else(|| anyhow!("the use has no name"))?;
            (asker, until_ms.min(declared.until_ms))
        }
    };
    let token = trust::tokens::issue(keeper, &NewToken { asker, until_ms }).context("while issuing the token")?;
    println!("{}", token.reveal());
    Ok(ExitCode::SUCCESS)
}

fn as_service(name: &str, scope: &str) -> anyhow::Result<Asker> {
    let who = AgentId::parse(&format!("service/{name}"));
    let who = who.ok_or_else(|| {
        anyhow!("`{name}` is no name for a service account: use up to 90 letters, digits and signs, no spaces")
    })?;
    Ok(Asker::service(who, name, scopes(scope)?))
}

fn scopes(scope: &str) -> anyhow::Result<SmartScopes> {
    SmartScopes::parse(scope).with_context(|| format!("the scopes `{scope}` are not understood"))
}

fn as_persona(record: Option<&Record>, folder: &std::path::Path, persona: &str) -> anyhow::Result<Asker> {
    let personas = match record {
        Some(record) => personas::kept(record)?,
        None => personas::beside(folder)?,
    };
    let names: Vec<String> = personas.iter().map(|one| one.id.clone()).collect();
    let found = personas.into_iter().find(|one| one.id == persona);
    found.map(|one| one.asker).ok_or_else(|| match names.is_empty() {
        true => anyhow!("there are no personas in {}: they exist only in a demo locality", folder.display()),
        false => anyhow!("there is no persona `{persona}`. There are: {}", names.join(", ")),
    })
}
