//! The headings of the record, in the order of the record standard, with the resource types that stand under each.
//!
//! A heading without entries says so in its own words; the words never claim more than is known: "none recorded here", not "none".

use fhir::ResourceType;

/// A heading of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Heading {
    /// What must be known first.
    Alerts,
    /// Allergies and adverse reactions.
    Allergies,
    /// Medicines.
    Medicines,
    /// Problems.
    Problems,
    /// Results and measurements.
    Results,
    /// Visits, stays and appointments.
    Contacts,
    /// Immunisations.
    Immunisations,
    /// Procedures.
    Procedures,
    /// Care plans and wishes.
    Plans,
    /// Letters and other documents.
    Documents,
}

impl Heading {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Alerts,
        Self::Allergies,
        Self::Medicines,
        Self::Problems,
        Self::Results,
        Self::Contacts,
        Self::Immunisations,
        Self::Procedures,
        Self::Plans,
        Self::Documents,
    ];

    /// Its name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Alerts => "Alerts",
            Self::Allergies => "Allergies and adverse reactions",
            Self::Medicines => "Medicines",
            Self::Problems => "Problems",
            Self::Results => "Results and measurements",
            Self::Contacts => "Contacts and appointments",
            Self::Immunisations => "Immunisations",
            Self::Procedures => "Procedures",
            Self::Plans => "Plans and wishes",
            Self::Documents => "Documents",
        }
    }

    /// Its name in an address.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Allergies => "allergies",
            Self::Medicines => "medicines",
            Self::Problems => "problems",
            Self::Results => "results",
            Self::Contacts => "contacts",
            Self::Immunisations => "immunisations",
            Self::Procedures => "procedures",
            Self::Plans => "plans",
            Self::Documents => "documents",
        }
    }

    /// The heading with that name in an address.
    #[must_use]
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|heading| heading.slug() == slug)
    }

    /// The resource types that stand under it.
    #[must_use]
    pub fn types(self) -> Vec<ResourceType> {
        let names: &[&str] = match self {
            Self::Alerts => &["Flag"],
            Self::Allergies => &["AllergyIntolerance"],
            Self::Medicines => &["MedicationRequest", "MedicationStatement"],
            Self::Problems => &["Condition"],
            Self::Results => &["Observation", "DiagnosticReport"],
            Self::Contacts => &["Encounter", "Appointment"],
            Self::Immunisations => &["Immunization"],
            Self::Procedures => &["Procedure"],
            Self::Plans => &["CarePlan"],
            Self::Documents => &["DocumentReference"],
        };
        names.iter().filter_map(|name| ResourceType::parse(name)).collect()
    }

    /// What it says when there is nothing under it.
    #[must_use]
    pub fn none_recorded(self) -> &'static str {
        match self {
            Self::Alerts => "No organisation that shares with this record has raised an alert.",
            Self::Allergies => "This does not mean that there are no allergies: ask the person.",
            Self::Medicines => "No medicine is recorded here. Ask what the person takes, bought medicines included.",
            Self::Problems => "No organisation that shares with this record has recorded a problem.",
            Self::Results => "No result or measurement is recorded here.",
            Self::Contacts => "No visit, stay or appointment is recorded here.",
            Self::Immunisations => "No immunisation is recorded here.",
            Self::Procedures => "No procedure is recorded here.",
            Self::Plans => "No care plan and no wish for an emergency is recorded here.",
            Self::Documents => "No letter or other document is held here.",
        }
    }

    /// How many entries the one screen shows.
    #[must_use]
    pub fn shown_max(self) -> usize {
        match self {
            Self::Alerts | Self::Allergies | Self::Plans => 12,
            Self::Medicines | Self::Problems => 10,
            Self::Results => 0,
            _ => 5,
        }
    }
}
