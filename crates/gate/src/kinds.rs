//! The kind of data that each FHIR resource type is.
//!
//! Rules speak about kinds, not about 146 types. Each type of R4 has exactly one kind; a test checks that none is missing or
//! listed twice. A type that were missing would be of no kind, and so denied to everybody. Kinds are as fine as roles differ
//! (`docs/decisions/0012-roles.md`): a pharmacist needs medicines and results, not letters.
//!
//! [`TypeSet`] is the set of resource types that a permit hands to the store.

use crate::words::closed_list;
use fhir::ResourceType;
use std::sync::LazyLock;

closed_list! {
    /// What a resource tells, as rules see it.
    DataKind {
        /// Who somebody is and how to reach them.
        Demographics => "name, address and contact details" / "enw, cyfeiriad a manylion cyswllt",
        /// Bookings of a person.
        Appointments => "appointments" / "apwyntiadau",
        /// What of health and care has no kind of its own: forms, lists, devices, provenance.
        Clinical => "other health and care entries" / "cofnodion iechyd a gofal eraill",
        /// Letters and other documents.
        Documents => "letters and documents" / "llythyrau a dogfennau",
        /// Choices and objections.
        Consent => "choices about sharing" / "dewisiadau am rannu",
        /// Organisations, staff, places, services and free slots: about no person in care.
        Directory => "the directory of services" / "y cyfeiriadur gwasanaethau",
        /// Who looked at what.
        Audit => "the log of who looked" / "y log o bwy edrychodd",
        /// Money, cover and the platform's own records.
        Administration => "administrative entries" / "cofnodion gweinyddol",
        /// Definitions, terminology and other published knowledge.
        Knowledge => "published definitions" / "diffiniadau cyhoeddedig",
        /// What whoever treats somebody must know first.
        Alerts => "allergies and alerts" / "alergeddau a rhybuddion",
        /// Medicines and vaccines, ordered, given and taken.
        Medicines => "medicines and vaccinations" / "meddyginiaethau a brechiadau",
        /// What somebody has or had, and what was done about it.
        Problems => "health problems and procedures" / "problemau iechyd a thriniaethau",
        /// What was measured, seen and found.
        Results => "test results and measurements" / "canlyniadau profion a mesuriadau",
        /// When somebody was in whose care.
        Contacts => "visits and stays" / "ymweliadau ac arosiadau",
        /// What is planned, with which help, and who takes part.
        Plans => "care plans and who is involved" / "cynlluniau gofal a phwy sy'n rhan ohonynt",
        /// What one service asks of or tells another.
        Requests => "referrals, tasks and messages" / "atgyfeiriadau, tasgau a negeseuon",
    }
}

const DEMOGRAPHICS: &[&str] = &["Patient", "Person"];
const APPOINTMENTS: &[&str] = &["Appointment", "AppointmentResponse"];
const CLINICAL: &[&str] = &[
    "BiologicallyDerivedProduct",
    "BodyStructure",
    "Device",
    "DeviceMetric",
    "Group",
    "GuidanceResponse",
    "List",
    "Provenance",
    "QuestionnaireResponse",
    "ResearchSubject",
];
const ALERTS: &[&str] = &["AdverseEvent", "AllergyIntolerance", "DetectedIssue", "Flag", "RiskAssessment"];
const MEDICINES: &[&str] = &[
    "Immunization",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
];
const PROBLEMS: &[&str] = &["ClinicalImpression", "Condition", "FamilyMemberHistory", "Procedure"];
const RESULTS: &[&str] = &[
    "DiagnosticReport",
    "ImagingStudy",
    "Media",
    "MolecularSequence",
    "Observation",
    "Specimen",
    "VisionPrescription",
];
const CONTACTS: &[&str] = &["Encounter", "EpisodeOfCare"];
const PLANS: &[&str] = &[
    "CarePlan",
    "CareTeam",
    "DeviceRequest",
    "DeviceUseStatement",
    "Goal",
    "NutritionOrder",
    // Whom a person is close to is no part of who that person is: nobody finds it without a relationship.
    "RelatedPerson",
];
const REQUESTS: &[&str] = &[
    "Communication",
    "CommunicationRequest",
    "RequestGroup",
    "ServiceRequest",
    "SupplyDelivery",
    "SupplyRequest",
    "Task",
];
const DOCUMENTS: &[&str] = &["Binary", "Bundle", "Composition", "DocumentManifest", "DocumentReference"];
const CONSENT: &[&str] = &["Consent"];
const DIRECTORY: &[&str] = &[
    "Endpoint",
    "HealthcareService",
    "Location",
    "Organization",
    "OrganizationAffiliation",
    "Practitioner",
    "PractitionerRole",
    "Schedule",
    "Slot",
];
const AUDIT: &[&str] = &["AuditEvent"];
const ADMINISTRATION: &[&str] = &[
    "Account",
    "Basic",
    "ChargeItem",
    "Claim",
    "ClaimResponse",
    "Contract",
    "Coverage",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "EnrollmentRequest",
    "EnrollmentResponse",
    "ExplanationOfBenefit",
    "Invoice",
    "Linkage",
    "MeasureReport",
    "MessageHeader",
    "OperationOutcome",
    "Parameters",
    "PaymentNotice",
    "PaymentReconciliation",
    "Subscription",
    "TestReport",
    "VerificationResult",
];
const KNOWLEDGE: &[&str] = &[
    "ActivityDefinition",
    "CapabilityStatement",
    "CatalogEntry",
    "ChargeItemDefinition",
    "CodeSystem",
    "CompartmentDefinition",
    "ConceptMap",
    "DeviceDefinition",
    "EffectEvidenceSynthesis",
    "EventDefinition",
    "Evidence",
    "EvidenceVariable",
    "ExampleScenario",
    "GraphDefinition",
    "ImplementationGuide",
    "InsurancePlan",
    "Library",
    "Measure",
    "Medication",
    "MedicationKnowledge",
    "MedicinalProduct",
    "MedicinalProductAuthorization",
    "MedicinalProductContraindication",
    "MedicinalProductIndication",
    "MedicinalProductIngredient",
    "MedicinalProductInteraction",
    "MedicinalProductManufactured",
    "MedicinalProductPackaged",
    "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect",
    "MessageDefinition",
    "NamingSystem",
    "ObservationDefinition",
    "OperationDefinition",
    "PlanDefinition",
    "Questionnaire",
    "ResearchDefinition",
    "ResearchElementDefinition",
    "ResearchStudy",
    "RiskEvidenceSynthesis",
    "SearchParameter",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "Substance",
    "SubstanceNucleicAcid",
    "SubstancePolymer",
    "SubstanceProtein",
    "SubstanceReferenceInformation",
    "SubstanceSourceMaterial",
    "SubstanceSpecification",
    "TerminologyCapabilities",
    "TestScript",
    "ValueSet",
];

impl DataKind {
    /// The names of the resource types of this kind.
    #[must_use]
    pub const fn type_names(self) -> &'static [&'static str] {
        match self {
            DataKind::Demographics => DEMOGRAPHICS,
            DataKind::Appointments => APPOINTMENTS,
            DataKind::Clinical => CLINICAL,
            DataKind::Documents => DOCUMENTS,
            DataKind::Consent => CONSENT,
            DataKind::Directory => DIRECTORY,
            DataKind::Audit => AUDIT,
            DataKind::Administration => ADMINISTRATION,
            DataKind::Knowledge => KNOWLEDGE,
            DataKind::Alerts => ALERTS,
            DataKind::Medicines => MEDICINES,
            DataKind::Problems => PROBLEMS,
            DataKind::Results => RESULTS,
            DataKind::Contacts => CONTACTS,
            DataKind::Plans => PLANS,
            DataKind::Requests => REQUESTS,
        }
    }

    /// The resource types of this kind.
    #[must_use]
    pub fn types(self) -> TypeSet {
        TYPES_OF_KIND.get(usize::from(self.code())).copied().unwrap_or(TypeSet::EMPTY)
    }

    /// The kind of a resource type; none would mean a type that this table does not know, which nobody may see.
    #[must_use]
    pub fn of(resource: ResourceType) -> Option<DataKind> {
        KIND_OF_TYPE.get(usize::from(resource.code())).copied().flatten()
    }
}

static TYPES_OF_KIND: LazyLock<Vec<TypeSet>> = LazyLock::new(|| {
    let set = |kind: &DataKind| kind.type_names().iter().filter_map(|name| ResourceType::parse(name)).collect();
    DataKind::ALL.iter().map(set).collect()
});

static KIND_OF_TYPE: LazyLock<Vec<Option<DataKind>>> = LazyLock::new(|| {
    let kind_of = |code| {
        let resource = ResourceType::from_code(code)?;
        DataKind::ALL.iter().copied().find(|kind| kind.types().contains(resource))
    };
    (0..=u8::MAX).map(kind_of).collect()
});

/// A set of resource types: one bit for each type's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct TypeSet([u64; 4]);

impl TypeSet {
    /// No type.
    pub const EMPTY: TypeSet = TypeSet([0; 4]);

    /// Every type of R4.
    #[must_use]
    pub fn all() -> TypeSet {
        (0..=u8::MAX).filter_map(ResourceType::from_code).collect()
    }

    /// The set with one more type.
    #[must_use]
    pub fn with(mut self, resource: ResourceType) -> TypeSet {
        let code = resource.code();
        if let Some(word) = self.0.get_mut(usize::from(code / 64)) {
            *word |= 1 << (code % 64);
        }
        self
    }

    /// Whether the type is in the set.
    #[must_use]
    pub fn contains(&self, resource: ResourceType) -> bool {
        let code = resource.code();
        self.0.get(usize::from(code / 64)).is_some_and(|word| word & (1 << (code % 64)) != 0)
    }

    /// Whether no type is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// How many types are in the set.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Types in both sets.
    #[must_use]
    pub fn intersection(self, other: TypeSet) -> TypeSet {
        self.zip_with(other, |a, b| a & b)
    }

    /// Types in either set.
    #[must_use]
    pub fn union(self, other: TypeSet) -> TypeSet {
        self.zip_with(other, |a, b| a | b)
    }

    /// The types in the set, in the order of their codes.
    pub fn iter(self) -> impl Iterator<Item = ResourceType> {
        (0..=u8::MAX).filter_map(ResourceType::from_code).filter(move |resource| self.contains(*resource))
    }

    /// The bits, lowest code first, for a store that keeps sets in the same way.
    #[must_use]
    pub const fn words(self) -> [u64; 4] {
        self.0
    }

    fn zip_with(self, other: TypeSet, join: impl Fn(u64, u64) -> u64) -> TypeSet {
        let mut joined = self.0;
        joined.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine = join(*mine, theirs));
        TypeSet(joined)
    }
}

impl FromIterator<ResourceType> for TypeSet {
    fn from_iter<I: IntoIterator<Item = ResourceType>>(types: I) -> TypeSet {
        types.into_iter().fold(TypeSet::EMPTY, TypeSet::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_type_has_exactly_one_kind() {
        let listed: Vec<&str> = DataKind::ALL.iter().flat_map(|kind| kind.type_names()).copied().collect();

        for resource in TypeSet::all().iter() {
            let times = listed.iter().filter(|name| **name == resource.name()).count();
            assert_eq!(times, 1, "{} is listed {times} times", resource.name());
        }

        assert_eq!(u32::try_from(listed.len()).unwrap(), TypeSet::all().len(), "a listed name is not a type of R4");
    }

    #[test]
    fn a_set_of_types_holds_what_was_put_in() {
        let set: TypeSet =
            ["Patient", "VisionPrescription"].iter().filter_map(|name| ResourceType::parse(name)).collect();

        let names: Vec<&str> = set.iter().map(|resource| resource.name()).collect();

        assert_eq!(names, ["Patient", "VisionPrescription"]);
        assert_eq!(set.intersection(DataKind::Demographics.types()).len(), 1);
    }
}
