//! Code systems, and the SNOMED CT concepts that are used in more than one place.
//!
//! SNOMED CT concepts come from the Global Patient Set (CC BY 4.0, SNOMED International) and nowhere else; the UK codes
//! that are not in it stand in one table, [`UK_CODES`], and a test compares everything that is made with both. Laboratory
//! tests and vital signs carry LOINC codes too. It refuses to hold a hierarchy or a mapping. Next: `problems`, `results`.

/// A SNOMED CT concept: its code, its term as published, and the words that a British record would use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Concept {
    /// The SNOMED CT code.
    pub(crate) code: &'static str,
    /// The term as published (American spelling).
    pub(crate) term: &'static str,
    /// The words used in this record.
    pub(crate) text: &'static str,
}

/// A concept whose published term is also the term in use.
pub(crate) const fn same(code: &'static str, term: &'static str) -> Concept {
    Concept { code, term, text: term }
}

/// A concept with the words that are used for it here.
pub(crate) const fn said(code: &'static str, term: &'static str, text: &'static str) -> Concept {
    Concept { code, term, text }
}

/// SNOMED CT.
pub(crate) const SNOMED: &str = "http://snomed.info/sct";
/// LOINC.
pub(crate) const LOINC: &str = "http://loinc.org";
/// UCUM units.
pub(crate) const UCUM: &str = "http://unitsofmeasure.org";
/// NHS numbers.
pub(crate) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
/// ODS codes of organisations.
pub(crate) const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// Kinds of observation.
pub(crate) const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
/// Participation types of version 3.
pub(crate) const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
/// Act codes of version 3: encounter classes and consent topics.
pub(crate) const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// Specialties of practitioners and services.
pub(crate) const PRACTICE_SETTING: &str = "https://fhir.hl7.org.uk/CodeSystem/UKCore-PracticeSettingCode";

/// National early warning score, total.
pub(crate) const NEWS2_TOTAL: Concept = said(
    "1104051000000101",
    "Royal College of Physicians NEWS2 (National Early Warning Score 2) total score",
    "NEWS2 total score",
);
/// Level of consciousness on the ACVPU scale.
pub(crate) const ACVPU: Concept = said(
    "1104441000000107",
    "ACVPU (Alert Confusion Voice Pain Unresponsive) scale score",
    "Level of consciousness (ACVPU)",
);
/// Mentally alert.
pub(crate) const ALERT: Concept = said("248234008", "Mentally alert", "Alert");
/// New confusion.
pub(crate) const CONFUSED: Concept = said("130987000", "Acute confusion", "New confusion");
/// Responds to voice.
pub(crate) const TO_VOICE: Concept = said("300202002", "Responds to voice", "Responds to voice");
/// Breathing room air.
pub(crate) const ROOM_AIR: Concept = same("722742002", "Breathing room air");
/// On oxygen.
pub(crate) const ON_OXYGEN: Concept = same("371825009", "Patient on oxygen");
/// ReSPECT: recommended summary plan for emergency care and treatment.
pub(crate) const RESPECT: Concept = said(
    "1382601000000107",
    "ReSPECT (Recommended Summary Plan for Emergency Care and Treatment) form",
    "ReSPECT plan (recommended summary plan for emergency care and treatment)",
);
/// Personalised care and support plan.
pub(crate) const SUPPORT_PLAN: Concept = same("2181441000000107", "Personalised care and support plan");
/// Emergency health care plan.
pub(crate) const EMERGENCY_PLAN: Concept = same("887701000000100", "Emergency health care plan");
/// Mental health crisis plan.
pub(crate) const CRISIS_PLAN: Concept = same("736253002", "Mental health crisis plan");

/// UK codes, and international ones outside the Global Patient Set, that the design names: NEWS2 and pointer types.
pub const UK_CODES: &[&str] = &[
    NEWS2_TOTAL.code,
    ACVPU.code,
    ALERT.code,
    TO_VOICE.code,
    ROOM_AIR.code,
    RESPECT.code,
    SUPPORT_PLAN.code,
    EMERGENCY_PLAN.code,
    CRISIS_PLAN.code,
];
