//! What marks a single entry as more private than its kind.
//!
//! An entry with no label is as visible as its kind. A label can only take away: a reader whose rule does not name the label
//! does not see the entry. Labels are read from `meta.security` when a resource is written, and kept with it as a bit mask;
//! bits are never re-used, since stored rows carry them. Bit 31 belongs to the store.

use crate::consent;
use crate::topics::{self, TOPIC_SYSTEM, Topic};
use crate::words::closed_list;
use fhir::json::Json;

closed_list! {
    /// A mark on an entry; its code is its bit.
    Label {
        /// Confidentiality R: more private than is usual.
        Restricted => "restricted" / "cyfyngedig",
        /// Confidentiality V: the person's own eyes, and whoever she lets see it.
        VeryRestricted => "very restricted" / "cyfyngedig iawn",
        /// A sensitive topic: mental health, sexual health, substance use, abuse and the like.
        Sensitive => "sensitive" / "sensitif",
        /// Sealed by the person: for nobody but her, and in a declared emergency.
        Sealed => "sealed" / "wedi'i selio",
        /// Kept from everybody by law but the person: the Gender Recognition Act 2004 section 22, the Human Fertilisation and
        /// Embryology Act 1990 section 33A. No emergency opens it.
        LegallyProtected => "legally protected" / "wedi'i ddiogelu gan y gyfraith",
        /// Hidden from the online view of the person and of who acts for her, without a trace there; professionals see it.
        HiddenOnline => "hidden from the online view" / "wedi'i guddio o'r golwg ar-lein",
        /// No tag means this one: a rule that lets it through shows who a restricted person is, and not where she lives.
        WithoutWhereabouts => "restricted, without where they live" / "cyfyngedig, heb ble maen nhw'n byw",
    }
}

pub(crate) const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// The code system of labels that have no place in HL7's own lists.
pub const LABEL_SYSTEM: &str = "urn:commonweal:label";

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

    /// What is very restricted or more: the top of the ladder of confidentiality, as a mask.
    pub(crate) const fn very_restricted_up() -> u32 {
        Label::VeryRestricted.bit() | Label::Sealed.bit() | Label::LegallyProtected.bit()
    }

    /// What is restricted or more, as a mask. A sensitive topic makes an entry restricted, whether it is tagged so or not.
    pub(crate) fn restricted_up() -> u32 {
        Label::Restricted.bit() | Label::Sensitive.bit() | Topic::all_bits() | Label::very_restricted_up()
    }

    /// The label that a security tag means, if it means one.
    #[must_use]
    pub fn of_tag(system: &str, code: &str) -> Option<Label> {
        match (system, code) {
            (CONFIDENTIALITY, "R") => Some(Label::Restricted),
            (CONFIDENTIALITY, "V") => Some(Label::VeryRestricted),
            // "No disclosure without the information subject's consent directive", and "no disclosure to patient, family or
            // caregivers".
            (ACT_CODE, "NODSCLCDS") | (LABEL_SYSTEM, "sealed") => Some(Label::Sealed),
            (ACT_CODE, "NOPAT") | (LABEL_SYSTEM, "hidden-online") => Some(Label::HiddenOnline),
            (LABEL_SYSTEM, "legally-protected") => Some(Label::LegallyProtected),
            (ACT_CODE, code) if SENSITIVE.contains(&code) => Some(Label::Sensitive),
            _ => None,
        }
    }
}

/// Counts the changes of how [`labels_of`] reads a resource that are not in a list: add one when you make one.
const READING: u32 = 1;

/// Everything that decides what [`labels_of`] says, as a text: when it is another, what was labelled before is labelled anew.
#[must_use]
pub fn labelling_rules() -> String {
    format!("{READING}\n{SENSITIVE:?}\n{:?}\n{:?}\n{}", Label::ALL, Topic::ALL, topics::TEXT)
}

/// The labels of a resource, as a mask: its `meta.security`, the topics of its codes, and for a person's own choice about her
/// record the strictest label, since it tells what she would not have told.
#[must_use]
pub fn labels_of(resource: &Json<'_>) -> u32 {
    let tags = resource.get("meta").and_then(|meta| meta.get("security")).map(Json::items).unwrap_or_default();
    let tagged = tags.iter().fold(0, |mask, coding| mask | labels_of_coding(coding));
    let topics = topics::of_codes(resource);
    let coarse = if topics == 0 { 0 } else { Label::Sensitive.bit() };
    let own = if consent::is_a_limit(resource) { Label::VeryRestricted.bit() } else { 0 };
    tagged | topics | coarse | own
}

/// What one security tag means, as a mask: nothing when it is not known.
pub(crate) fn labels_of_coding(coding: &Json<'_>) -> u32 {
    let text = |key: &str| coding.get(key).and_then(Json::text);
    let (Some(system), Some(code)) = (text("system"), text("code")) else { return 0 };
    let topics = match system {
        ACT_CODE => Topic::of_act_code(code),
        TOPIC_SYSTEM => Topic::parse(code).map_or(0, Topic::bit),
        _ => 0,
    };
    let label = if topics == 0 { Label::of_tag(system, code) } else { Some(Label::Sensitive) };
    topics | label.map_or(0, Label::bit)
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
    fn what_is_sealed_protected_or_hidden_online_is_known_by_the_codes_of_hl7_or_ours() {
        let of = Label::of_tag;

        assert_eq!((of(ACT_CODE, "NODSCLCDS"), of(LABEL_SYSTEM, "sealed")), (Some(Label::Sealed), Some(Label::Sealed)));
        assert_eq!(of(ACT_CODE, "NOPAT"), Some(Label::HiddenOnline));
        assert_eq!(of(LABEL_SYSTEM, "hidden-online"), Some(Label::HiddenOnline));
        assert_eq!(of(LABEL_SYSTEM, "legally-protected"), Some(Label::LegallyProtected));
        assert_eq!((of(LABEL_SYSTEM, "NOPAT"), of(ACT_CODE, "sealed")), (None, None));
    }

    #[test]
    fn each_tag_that_means_a_label_sets_its_bit() {
        let text = format!(
            r#"{{"meta":{{"security":[{{"system":"{CONFIDENTIALITY}","code":"R"}},{{"system":"{ACT_CODE}","code":"HIV"}},
               {{"system":"{CONFIDENTIALITY}","code":"N"}}]}}}}"#
        );
        let resource = fhir::json::parse(text.as_bytes()).unwrap();

        assert_eq!(labels_of(&resource), Label::Restricted.bit() | Label::Sensitive.bit() | Topic::Hiv.bit());
    }
}
