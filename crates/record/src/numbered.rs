//! Resources that name their person by NHS number and not by a reference, as messages of national services do.
//!
//! Where exactly one person here has the number, the reference is filled in before the resource is stored: it is then in her
//! record, found by its searches and under its rules like any other. Where nobody has it, or two have, the resource is refused:
//! kept in nobody's record it would be seen by nobody who cares for her.

use crate::error::{RecordError, Refusal};
use fhir::issue::IssueCode;
use fhir::json::Json;
use fhir::search::{Handling, Query};
use fhir::{NhsNumber, ResourceId, ResourceType};
use std::borrow::Cow;
use store::{PageRequest, Row, SearchAnswer, Store, StoreError, Visibility, Writer};

/// The elements that say whom a resource is about.
const ABOUT: [&str; 4] = ["patient", "subject", "for", "beneficiary"];
/// How many people with one number are told apart: two are enough to know that there is not one.
const PEOPLE_MAX: usize = 2;

/// Where it can be asked who has a number: the store, or its writer in the middle of a change.
pub(crate) trait Ask {
    fn ask(&self, visibility: &Visibility, query: &Query, page: &PageRequest) -> Result<SearchAnswer, StoreError>;
}

impl Ask for Store {
    fn ask(&self, visibility: &Visibility, query: &Query, page: &PageRequest) -> Result<SearchAnswer, StoreError> {
        self.read(|reader| reader.search(visibility, query, page))
    }
}

impl Ask for Writer<'_> {
    fn ask(&self, visibility: &Visibility, query: &Query, page: &PageRequest) -> Result<SearchAnswer, StoreError> {
        self.search(visibility, query, page)
    }
}

/// The NHS number of an identifier, as written there.
pub(crate) fn nhs_number<'j>(identifier: &'j Json<'_>) -> Option<&'j str> {
    let is_nhs = identifier.get("system").and_then(Json::text) == Some(NhsNumber::SYSTEM);
    identifier.get("value").and_then(Json::text).filter(|_| is_nhs)
}

/// The NHS numbers of a Patient resource, as written there.
pub(crate) fn numbers_of<'j>(patient: &'j Json<'_>) -> Vec<&'j str> {
    let identifiers = patient.get("identifier").map(Json::items).unwrap_or_default();
    identifiers.iter().filter_map(nhs_number).collect()
}

/// Whether the resource says by NHS number alone whom it is about.
pub(crate) fn is_by_number(resource: &Json<'_>) -> bool {
    let about = ABOUT.iter().filter_map(|element| resource.get(element)).flat_map(Json::items);
    about.into_iter().any(|reference| number_alone(reference).is_some())
}

/// The number of a reference that has nothing else to say which Patient it means.
fn number_alone<'j>(reference: &'j Json<'_>) -> Option<&'j str> {
    let kind = reference.get("type").and_then(Json::text);
    let may_be_patient = kind.is_none_or(|kind| kind == ResourceType::PATIENT.name());
    if !may_be_patient || reference.get("reference").is_some() {
        return None;
    }
    nhs_number(reference.get("identifier")?)
}

/// The people with a number among those whom `visibility` shows; two where there are more. It is compared as it is written: whether
/// its last digit is right is for whoever gives numbers, and examples of the national services have some in which it is not.
pub(crate) fn rows_with(of: &dyn Ask, visibility: &Visibility, number: &str) -> Result<Vec<Row>, RecordError> {
    // What is no number could mean something in a search.
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Vec::new());
    }
    let params = [("identifier".to_owned(), format!("{}|{number}", NhsNumber::SYSTEM))];
    let query = fhir::search::parse(ResourceType::PATIENT, &params, Handling::Strict)
        .map_err(|issues| RecordError::of(Refusal::BadRequest, issues))?
        .query;
    Ok(of.ask(visibility, &query, &PageRequest::first(PEOPLE_MAX))?.matches)
}

/// The one person with a number among those whom `visibility` shows; none where nobody has it, or more than one.
pub(crate) fn person_with(
    of: &dyn Ask,
    visibility: &Visibility,
    number: &str,
) -> Result<Option<ResourceId>, RecordError> {
    let mut people = rows_with(of, visibility, number)?;
    let person = people.pop();
    Ok(person.filter(|_| people.is_empty()).map(|row| row.id))
}

/// Fills in the references to the people whom the resource is about, as `find` knows them by their numbers.
pub(crate) fn fill_in(
    resource: &mut Json<'_>,
    find: &dyn Fn(&str) -> Result<Option<ResourceId>, RecordError>,
) -> Result<(), RecordError> {
    let Json::Object(members) = resource else { return Ok(()) };
    for (_, about) in members.iter_mut().filter(|(name, _)| ABOUT.contains(&name.as_ref())) {
        let references = match about {
            Json::Array(items) => items.as_mut_slice(),
            other => std::slice::from_mut(other),
        };
        for reference in references {
            let Some(number) = number_alone(reference) else { continue };
            if let (Some(person), Json::Object(members)) = (find(number)?, reference) {
                let literal = format!("{}/{}", ResourceType::PATIENT.name(), person.as_str());
                members.insert(0, (Cow::Borrowed("reference"), Json::Text(Cow::Owned(literal))));
            }
        }
    }
    Ok(())
}

/// The refusal of a resource that still says by number alone whom it is about.
pub(crate) fn unknown() -> RecordError {
    let sentence = "The resource says by an NHS number whom it is about, and not exactly one person here has that number. \
                    Send the Patient first, then this again.";
    RecordError::new(Refusal::Unprocessable, IssueCode::NotFound, sentence)
}
