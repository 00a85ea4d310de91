//! `commonweal passkey-code`: a code with which somebody makes a passkey.
//!
//! For the first administrator of a locality, who gives codes to others from then on, and for when none is left. Works beside a running
//! server; the log says that the operator gave it.

use crate::commands::PasskeyCode;
use crate::wiring;
use anyhow::{Context, anyhow};
use fhir::ResourceId;
use gate::{AgentId, Asker, Role};
use record::Keeper;
use record::log::Draft;
use std::process::ExitCode;

/// Runs the command.
pub fn run(arguments: &PasskeyCode) -> anyhow::Result<ExitCode> {
    let who = person(&arguments.who)?;
    let code = wiring::beside_a_server(&arguments.folder, |keeper| {
        trust::passkey::issue(keeper, &who, &entry(keeper, &who)?).context("while giving the code")
    })?;
    println!("{}", code.reveal());
    Ok(ExitCode::SUCCESS)
}

/// Somebody who can have a passkey.
fn person(text: &str) -> anyhow::Result<AgentId> {
    let parts = text.split_once('/').filter(|(kind, id)| {
        let is_person = matches!(*kind, "Practitioner" | "Patient");
        is_person && ResourceId::parse(id).is_ok()
    });
    let who = parts.and_then(|_| AgentId::parse(text));
    who.ok_or_else(|| {
        anyhow!("`{text}` is nobody who signs in: say Practitioner/ID or Patient/ID, as the record has it")
    })
}

fn entry(keeper: &dyn Keeper, who: &AgentId) -> anyhow::Result<Draft> {
    let operator = AgentId::parse("service/operator").ok_or_else(|| anyhow!("the operator has no name"))?;
    let operator = Asker::new(operator, "Whoever runs this server", Role::Administrator);
    Ok(Draft {
        action: "GivePasskeyCode".to_owned(),
        purpose: gate::Purpose::Administration.name().to_owned(),
        via: "command".to_owned(),
        query: who.as_str().to_owned(),
        ..Draft::about(&operator, keeper.now_ms())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_for_a_person_or_a_member_of_staff() {
        assert_eq!(person("Practitioner/7c1f").unwrap().as_str(), "Practitioner/7c1f");
        assert!(person("Patient/ann").is_ok());
        for wrong in ["", "Practitioner", "Practitioner/", "Practitioner/a b", "Organization/elm", "khan"] {
            assert!(person(wrong).unwrap_err().to_string().contains("say Practitioner/ID"), "{wrong}");
        }
    }
}
