//! The sections of the record, in the order of the page.
//!
//! Names are those that people know from other health services. Next: `facts`.

/// A section of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Tests and measurements.
    Results,
    /// Medicines.
    Medicines,
    /// Health conditions.
    Conditions,
    /// Allergies and reactions.
    Allergies,
    /// Vaccinations.
    Vaccinations,
    /// Appointments.
    Appointments,
    /// Visits and hospital stays.
    Visits,
    /// Operations and treatments.
    Procedures,
    /// Letters and plans.
    Documents,
    /// Care plans, care teams and alerts.
    Support,
    /// Who acts for me, and what I said no to.
    Choices,
}

impl Section {
    /// All of them, in the order of the page.
    pub const ALL: [Section; 11] = [
        Self::Results,
        Self::Medicines,
        Self::Conditions,
        Self::Allergies,
        Self::Vaccinations,
        Self::Appointments,
        Self::Visits,
        Self::Procedures,
        Self::Documents,
        Self::Support,
        Self::Choices,
    ];

    /// The word in the address.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Medicines => "medicines",
            Self::Conditions => "conditions",
            Self::Allergies => "allergies",
            Self::Vaccinations => "vaccinations",
            Self::Appointments => "appointments",
            Self::Visits => "visits",
            Self::Procedures => "operations",
            Self::Documents => "documents",
            Self::Support => "support",
            Self::Choices => "choices",
        }
    }

    /// The section with a word.
    #[must_use]
    pub fn parse(slug: &str) -> Option<Section> {
        Self::ALL.into_iter().find(|section| section.slug() == slug)
    }

    /// The heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Results => "Test results",
            Self::Medicines => "Medicines",
            Self::Conditions => "Health conditions",
            Self::Allergies => "Allergies",
            Self::Vaccinations => "Vaccinations",
            Self::Appointments => "Appointments",
            Self::Visits => "Visits and hospital stays",
            Self::Procedures => "Operations and treatments",
            Self::Documents => "Letters and plans",
            Self::Support => "Care plans and support",
            Self::Choices => "Who acts for me, and my choices",
        }
    }

    /// What the section is about, in a sentence.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Results => "Blood tests, blood pressure and other tests",
            Self::Medicines => "What you take now and what you took before",
            Self::Conditions => "What you have now and what has passed",
            Self::Allergies => "What your body reacts badly to",
            Self::Vaccinations => "Jabs you have had",
            Self::Appointments => "What is booked and what is past",
            Self::Visits => "When you saw or spoke to somebody",
            Self::Procedures => "What was done",
            Self::Documents => "Letters, hospital summaries and care plans",
            Self::Support => "Teams that support you, and what staff should know",
            Self::Choices => "People who may act for you, and what you said no to",
        }
    }

    /// The resource types that feed it; when none of them may be seen, the section is not shown online.
    #[must_use]
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Results => &["Observation"],
            Self::Medicines => &["MedicationStatement", "MedicationRequest"],
            Self::Conditions => &["Condition"],
            Self::Allergies => &["AllergyIntolerance"],
            Self::Vaccinations => &["Immunization"],
            Self::Appointments => &["Appointment"],
            Self::Visits => &["Encounter"],
            Self::Procedures => &["Procedure"],
            Self::Documents => &["DocumentReference"],
            Self::Support => &["CarePlan", "CareTeam", "EpisodeOfCare", "Flag"],
            Self::Choices => &["Consent"],
        }
    }

    /// What is said when nothing is recorded.
    #[must_use]
    pub fn none(self) -> &'static str {
        match self {
            Self::Results => "No test results are in your record.",
            Self::Medicines => "No medicines are in your record.",
            Self::Conditions => "No health conditions are in your record.",
            Self::Allergies => "No allergies are in your record. If you have one, tell your GP practice.",
            Self::Vaccinations => "No vaccinations are in your record. Jabs from long ago may only be on paper.",
            Self::Appointments => "No appointments are in your record.",
            Self::Visits => "No visits are in your record.",
            Self::Procedures => "No operations or treatments are in your record.",
            Self::Documents => "No letters or plans are in your record.",
            Self::Support => "No care plans or teams are in your record.",
            Self::Choices => "Nobody acts for you, and you have not said no to any use of your record.",
        }
    }
}
