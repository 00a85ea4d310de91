//! That a choice of the person kept one entry from somebody who asked for it by its name, noted in her log.
//!
//! To who asked, the entry is absent, as if it had never been: answer, work and the count of what was absent are the same. Only
//! the log says more, to her and to the privacy officer: whose entry it was, its kind, and that her choice kept it back. What a
//! search leaves out is not noted, for a search asks for nobody's entry.

use crate::Inner;
use crate::choices::names;
use crate::error::RecordError;
use crate::log::Draft;
use crate::view::View;
use fhir::{ResourceId, ResourceType};
use gate::Permit;
use std::sync::Arc;
use store::{Found, Part, Visibility};

/// What an entry of the log names instead of a rule, where a choice of the person kept back what was asked for.
pub const BY_CHOICE: &str = "choice-of-the-person";

/// Fills in the entry about something absent, if rules and locks would have shown it to the holder of `permit`.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn note(
    inner: &Inner,
    permit: &Permit,
    view: &View,
    (kind, id): (ResourceType, &ResourceId),
    entry: &mut Draft,
) -> Result<(), RecordError> {
    if view.visibility.withheld.0.is_empty() {
        return Ok(());
    }
    let locks = inner.choices.locked(inner, permit.purpose(), &names(permit))?;
    let without_choices = Visibility { withheld: Arc::new(locks), ..view.visibility.clone() };
    let (now, otherwise) = inner
        .store
        .read(|reader| Ok((reader.get(&view.visibility, kind, id)?, reader.get(&without_choices, kind, id)?)))?;
    if let (None, Some(Found::Here(row))) = (now, otherwise)
        && row.rid.part() != Part::SHARED
    {
        BY_CHOICE.clone_into(&mut entry.rule);
        entry.subjects.extend(view.subject(row.rid.part()));
        entry.kinds.push(kind.code());
    }
    Ok(())
}
