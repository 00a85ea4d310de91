//! What every command needs put together: the gate, the record, and leave for what the command does.

use crate::clock::MachineClock;
use crate::commands::DataFolder;
use crate::folder;
use anyhow::{Context, anyhow, bail};
use gate::{Action, AgentId, Asker, Gate, Permit, Policies, Purpose, RequestId, SmartScopes};
use record::log::Durability;
use record::{Inbox, Keeper, Options, Record, References, SystemIds};
use std::sync::Arc;
use std::time::Duration;

/// How the record behaves, as the command line says.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// When the log entries of reads must be on the disk.
    pub reads: Durability,
    /// What to do about references to resources that are not there.
    pub references: References,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { reads: Durability::Ordered, references: References::Report }
    }
}

/// The rules, from the policies built into the program.
pub fn gate() -> anyhow::Result<Arc<Gate>> {
    Ok(Arc::new(Gate::load(&Policies::built_in()).context("while reading the policies")?))
}

/// The options of a real record: the machine's clock and randomness.
pub fn options(folder: &DataFolder, behaviour: Behaviour) -> Options {
    let (Behaviour { reads, references }, origin) = (behaviour, folder.origin.clone());
    Options { clock: Arc::new(MachineClock), ids: Arc::new(SystemIds), reads, references, origin }
}

/// The record in `folder`.
pub fn record(folder: &DataFolder, behaviour: Behaviour) -> anyhow::Result<Record> {
    let (folder, options) = (folder.data.as_path(), options(folder, behaviour));
    folder::usable(folder)?;
    Record::open(folder, options)
        .map_err(|error| anyhow!("the record in {} cannot be opened: {error}", folder.display()))
}

/// A record, or the inbox of one that a server has open.
pub enum Opened {
    /// The record: no server is running.
    Here(Record),
    /// Its inbox.
    Beside(Inbox),
}

impl Opened {
    /// Opens the record in a folder, or its inbox.
    pub fn of(data: &DataFolder) -> anyhow::Result<Self> {
        folder::usable(&data.data)?;
        let options = options(data, Behaviour::default());
        match Record::open(&data.data, options.clone()) {
            Ok(record) => Ok(Self::Here(record)),
            Err(_) if record::is_in_use(&data.data) => Ok(Self::Beside(Inbox::of(&data.data, &options))),
            Err(error) => bail!("the record in {} cannot be opened: {error}", data.data.display()),
        }
    }

    /// What keeps things.
    pub fn keeper(&self) -> &dyn Keeper {
        match self {
            Self::Here(record) => record,
            Self::Beside(inbox) => inbox,
        }
    }

    /// The record, if no server has it.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Here(record) => Some(record),
            Self::Beside(_) => None,
        }
    }
}

/// Keeps something in the record, or in the inbox of one that a server has open.
pub fn beside_a_server<T>(data: &DataFolder, keep: impl FnOnce(&dyn Keeper) -> anyhow::Result<T>) -> anyhow::Result<T> {
    keep(Opened::of(data)?.keeper())
}

/// HTTP to others: it waits so long at most, follows nobody elsewhere, and takes an answer for what it is.
pub fn http(answer_within: Duration) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(answer_within))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    config.into()
}

/// Leave for a command that works on the whole record; it stands in the log under the command's name.
pub fn command_permit(gate: &Gate, record: &Record, command: &str, action: Action) -> anyhow::Result<Permit> {
    permit(gate, record, command_asker(command)?, (Purpose::Administration, action))
}

/// A command as somebody who asks.
pub fn command_asker(command: &str) -> anyhow::Result<Asker> {
    let who =
        AgentId::parse(&format!("command/{command}")).ok_or_else(|| anyhow!("{command} is no name for the log"))?;
    Ok(Asker::service(who, &format!("The command {command}"), every_scope()?))
}

/// Scopes that narrow nothing.
pub fn every_scope() -> anyhow::Result<SmartScopes> {
    SmartScopes::parse("system/*.cruds").context("while reading the command's scopes")
}

/// Leave for one purpose and action.
pub fn permit(
    gate: &Gate,
    record: &Record,
    asker: Asker,
    (purpose, action): (Purpose, Action),
) -> anyhow::Result<Permit> {
    let id = record::new_resource_id(record.ids()).context("while making a request id")?;
    let request = RequestId::parse(id.as_str()).ok_or_else(|| anyhow!("the request id is not one"))?;
    gate.permit(&Arc::new(asker), purpose, action, request).map_err(|denied| anyhow!("{denied}"))
}
