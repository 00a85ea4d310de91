//! Whether an AuditEvent, made from the log a moment ago, fits what a search asks.
//!
//! The store never sees these events, so its index cannot be asked; what a condition means is the same, from [`fhir::search`].

use fhir::issue::IssueCode;
use fhir::search::{Condition, Entry, ParamId, Prefix, Span, Test, Value, date_is, matches};
use fhir::{FhirDateTime, ResourceType};
use record::error::RecordError;

/// Whether all conditions hold for the event with these bytes.
///
/// # Errors
/// 400 for a condition on other resources.
pub(super) fn all_hold(conditions: &[Condition], body: &[u8]) -> Result<bool, RecordError> {
    if conditions.is_empty() {
        return Ok(true);
    }
    let tree = fhir::json::parse(body)
        .map_err(|_| RecordError::bad_request(IssueCode::Exception, "An entry of the log cannot be shown."))?;
    let values = fhir::search::extract(ResourceType::AUDIT_EVENT, &tree);
    let event = Event { tree: &tree, values };
    conditions.iter().try_fold(true, |holds, condition| Ok(event.meets(condition)? && holds))
}

struct Event<'e> {
    tree: &'e fhir::Json<'e>,
    values: Vec<Entry<'e>>,
}

impl Event<'_> {
    fn meets(&self, condition: &Condition) -> Result<bool, RecordError> {
        let any =
            |param: ParamId, tests: &[Test]| self.of(param).any(|value| tests.iter().any(|test| matches(test, value)));
        Ok(match condition {
            Condition::Any { param, tests } => any(*param, tests),
            Condition::NoneOf { param, tests } => !any(*param, tests),
            Condition::Missing { param, missing } => self.of(*param).next().is_none() == *missing,
            Condition::Id(ids) => ids.iter().any(|id| self.text("id") == Some(id.as_str())),
            Condition::LastUpdated(asked) => self.is_recorded(asked),
            Condition::Compartment { kind, id, params } => {
                let owner = [Test::Reference { kind: Some(*kind), id: id.clone() }];
                params.iter().any(|param| any(*param, &owner))
            }
            Condition::AnyOf(conditions) => {
                conditions.iter().try_fold(false, |holds, inner| Ok::<_, RecordError>(self.meets(inner)? || holds))?
            }
            Condition::Chain { .. } | Condition::Has { .. } => {
                let sentence =
                    "The log of a person is searched by what its entries say themselves: leave out chains and `_has`.";
                return Err(RecordError::bad_request(IssueCode::NotSupported, sentence));
            }
        })
    }

    fn of(&self, param: ParamId) -> impl Iterator<Item = &Value<'_>> {
        self.values.iter().filter(move |entry| entry.param == param).map(|entry| &entry.value)
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.tree.get(member).and_then(fhir::Json::text)
    }

    /// An event is never changed: it was last updated when it was recorded.
    fn is_recorded(&self, asked: &[(Prefix, Span)]) -> bool {
        let recorded = self.text("recorded").and_then(|text| FhirDateTime::parse_search(text).ok());
        recorded.is_some_and(|at| asked.iter().any(|(prefix, span)| date_is(*prefix, *span, at.span())))
    }
}
