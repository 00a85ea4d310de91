//! What all connections of a store have in common.

use crate::dictionary::Dictionary;
use crate::lists::EventParams;
use crate::options::Limits;
use crate::packing::Dictionaries;
use crate::visibility::KindSet;
use fhir::ResourceType;
use fhir::search::{ParamKind, param};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Shared by the writer, the readers and the packers.
pub(crate) struct Shared {
    pub(crate) dictionary: Arc<Dictionary>,
    pub(crate) packs: Arc<Dictionaries>,
    pub(crate) events: Vec<Option<EventParams>>,
    pub(crate) limits: Limits,
    pub(crate) relation_epoch: AtomicU64,
    pub(crate) watched: KindSet,
    pub(crate) watched_epoch: AtomicU64,
}

/// What happened, by type: the first of these token parameters that the type has.
const CODES: [&str; 4] = ["code", "vaccine-code", "type", "category"];
/// When: the first of these date parameters.
const DATES: [&str; 7] =
    ["date", "onset-date", "authoredon", "effective-time", "whenhandedover", "authored-on", "period"];

/// The event parameters of every type, by type code.
pub(crate) fn events() -> Vec<Option<EventParams>> {
    ResourceType::all().map(events_of).collect()
}

fn events_of(kind: ResourceType) -> Option<EventParams> {
    let first = |names: &[&str], of: ParamKind| {
        names.iter().filter_map(|name| param(kind, name)).find(|param| param.kind == of).map(|param| param.id)
    };
    Some(EventParams { code: first(&CODES, ParamKind::Token)?, date: first(&DATES, ParamKind::Date)? })
}
