//! What marks a single entry as more private than its kind.
//!
//! An entry with no label is as visible as its kind. A label can only take away: a reader whose rule does not name the label
//! does not see the entry. Labels are read from `meta.security` when a resource is written, and kept with it as a bit mask;
//! bits are never re-used, since stored rows carry them. Bit 31 belongs to the store.

use crate::words::closed_list;
use fhir::json::Json;

closed_list! {
    /// A mark on an entry; its code is its bit.
    Label {
        /// Confidentiality R: more private than is usual.
        Restricted => "restricted",
        /// Confidentiality V: the person's own eyes, and whoever she lets see it.
        VeryRestricted => "very restricted",
        /// A sensitive topic: mental health, sexual health, substance use, abuse and the like.
        Sensitive => "sensitive",
    }
}

const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// Codes of sensitive topics in HL7's ActCode list.
const SENSITIVE: &[&str] = &[
    "ADOL", "ALC", "BH", "CEL", "COGN", "DV", "ETH", "ETHUD", "GDIS", "HIV", "MH", "OPIOIDUD", "PREGNANT", "PSY",
    "PSYTHPN", "SCA", "SDV", "SEV", "SEX", "SICKLE", "SPI", "STD", "SUD", "SUICIDE", "TBOO", "VIO",
];

impl Label {
    /// The bit of this label in a mask.
    #[must_use]
    pub const fn bit(self) -> u32 {
        1 << self.code()
    }

    /// Every label's bit.
    #[must_use]
    pub fn all_bits() -> u32 {
        Label::ALL.iter().map(|label| label.bit()).sum()
    }

    /// The label that a security tag means, if it means one.
    #[must_use]
    pub fn of_tag(system: &str, code: &str) -> Option<Label> {
        match (system, code) {
            (CONFIDENTIALITY, "R") => Some(Label::Restricted),
            (CONFIDENTIALITY, "V") => Some(Label::VeryRestricted),
            (ACT_CODE, code) if SENSITIVE.contains(&code) => Some(Label::Sensitive),
            _ => None,
        }
    }
}

/// The labels of a resource, as a mask, from its `meta.security`.
#[must_use]
pub fn labels_of(resource: &Json<'_>) -> u32 {
    let Some(all) = resource.get("meta").and_then(|meta| meta.get("security")) else { return 0 };
    all.items().iter().filter_map(label_of_coding).fold(0, |mask, label| mask | label.bit())
}

fn label_of_coding(coding: &Json<'_>) -> Option<Label> {
    let text = |key: &str| coding.get(key).and_then(Json::text);
    Label::of_tag(text("system")?, text("code")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_without_security_tags_has_no_label() {
        let resource = fhir::json::parse(br#"{"resourceType":"Observation","meta":{"versionId":"1"}}"#).unwrap();

        assert_eq!(labels_of(&resource), 0);
    }

    #[test]
    fn each_tag_that_means_a_label_sets_its_bit() {
        let text = format!(
            r#"{{"meta":{{"security":[{{"system":"{CONFIDENTIALITY}","code":"R"}},{{"system":"{ACT_CODE}","code":"HIV"}},
               {{"system":"{CONFIDENTIALITY}","code":"N"}}]}}}}"#
        );
        let resource = fhir::json::parse(text.as_bytes()).unwrap();

        assert_eq!(labels_of(&resource), Label::Restricted.bit() | Label::Sensitive.bit());
    }
}
