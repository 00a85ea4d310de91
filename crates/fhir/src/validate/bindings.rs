//! Codes where a value set is required: a `code` must be in it, of a Coding or CodeableConcept one coding must be.
//!
//! Value sets that the package cannot list (media types, units, currencies) are not checked but for their form.

use super::{Pass, quoted};
use crate::IssueCode;
use crate::definitions::{Property, ValueSet};
use crate::json::Json;

/// How many codes a sentence offers.
const OFFERED_MAX: usize = 12;

impl<'r> Pass<'r> {
    /// A `code` at the present place.
    pub(super) fn code(&mut self, code: &str, property: &'static Property) {
        let Some(binding) = self.definitions.element_of(property).and_then(|element| element.binding) else { return };
        match self.definitions.codes_of(&binding) {
            Some(set) if !set.has_code(code) => {
                let sentence = format!("{} is not a code of {}; {}.", quoted(code), set.name, offer(set));
                self.error(IssueCode::CodeInvalid, sentence);
            }
            None if binding.value_set == "currencies" && !is_currency(code) => {
                self.error(IssueCode::CodeInvalid, format!("{} is not a currency: write GBP.", quoted(code)));
            }
            _ => {}
        }
    }

    /// A Coding or CodeableConcept at the present place.
    pub(super) fn concept(&mut self, value: &'r Json<'r>, property: &'static Property) {
        let codings = match property.type_code {
            "CodeableConcept" => value.get("coding").map_or(&[][..], Json::items),
            "Coding" => std::slice::from_ref(value),
            _ => return,
        };
        let binding = self.definitions.element_of(property).and_then(|element| element.binding);
        let Some(set) = binding.and_then(|binding| self.definitions.codes_of(&binding)) else { return };
        let is_member = |coding: &Json<'_>| {
            let code = coding.get("code").and_then(Json::text).unwrap_or_default();
            coding.get("system").and_then(Json::text).is_some_and(|system| set.has(system, code))
        };
        if codings.iter().any(is_member) {
            return;
        }
        if codings.is_empty() {
            self.warn(IssueCode::CodeInvalid, format!("There should be a code of {}; {}.", set.name, offer(set)));
            return;
        }
        let sentence = format!("None of the codings is in the required value set {}; {}.", set.name, offer(set));
        self.error(IssueCode::CodeInvalid, sentence);
    }
}

fn offer(set: &ValueSet) -> String {
    let codes: Vec<&str> = set.systems.iter().flat_map(|(_, codes)| codes).copied().collect();
    let shown = codes.iter().take(OFFERED_MAX).copied().collect::<Vec<_>>().join(", ");
    if codes.len() > OFFERED_MAX {
        format!("it has {} codes, such as {shown}", codes.len())
    } else {
        format!("it has {shown}")
    }
}

/// ISO 4217 has three capital letters; the list itself is not in the package.
fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}
