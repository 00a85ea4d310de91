//! The resource types of FHIR R4, as one byte each.
//!
//! The list is sorted by name and closed: a name outside it is not a resource type, and the abstract types (`Resource`,
//! `DomainResource`) are not in it. The byte is part of stored row ids, so the order must never change for R4.

use std::fmt;

/// A concrete resource type of FHIR R4: its place in the sorted list of names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceType(u8);

macro_rules! resource_types {
    ($($constant:ident $name:literal,)*) => {
        #[expect(non_camel_case_types, reason = "only counts the constants")]
        #[expect(clippy::upper_case_acronyms, reason = "only counts the constants")]
        #[derive(Clone, Copy)]
        enum Place { $($constant,)* }

        const NAMES: &[&str] = &[$($name,)*];

        impl ResourceType {
            $(
                #[doc = concat!("`", $name, "`")]
                pub const $constant: ResourceType = ResourceType(Place::$constant as u8);
            )*
        }
    };
}

impl ResourceType {
    /// How many types there are.
    pub const COUNT: usize = NAMES.len();

    /// The type of that name, in the right case.
    pub fn parse(name: &str) -> Option<ResourceType> {
        NAMES.binary_search(&name).ok().and_then(|place| u8::try_from(place).ok()).map(ResourceType)
    }

    /// The name: `Patient`.
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// The place in the sorted list.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The type at that place.
    pub fn from_code(code: u8) -> Option<ResourceType> {
        (usize::from(code) < NAMES.len()).then_some(ResourceType(code))
    }

    /// Every type, sorted by name.
    pub fn all() -> impl Iterator<Item = ResourceType> {
        (0..=u8::MAX).map_while(ResourceType::from_code)
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

resource_types! {
    ACCOUNT "Account",
    ACTIVITY_DEFINITION "ActivityDefinition",
    ADVERSE_EVENT "AdverseEvent",
    ALLERGY_INTOLERANCE "AllergyIntolerance",
    APPOINTMENT "Appointment",
    APPOINTMENT_RESPONSE "AppointmentResponse",
    AUDIT_EVENT "AuditEvent",
    BASIC "Basic",
    BINARY "Binary",
    BIOLOGICALLY_DERIVED_PRODUCT "BiologicallyDerivedProduct",
    BODY_STRUCTURE "BodyStructure",
    BUNDLE "Bundle",
    CAPABILITY_STATEMENT "CapabilityStatement",
    CARE_PLAN "CarePlan",
    CARE_TEAM "CareTeam",
    CATALOG_ENTRY "CatalogEntry",
    CHARGE_ITEM "ChargeItem",
    CHARGE_ITEM_DEFINITION "ChargeItemDefinition",
    CLAIM "Claim",
    CLAIM_RESPONSE "ClaimResponse",
    CLINICAL_IMPRESSION "ClinicalImpression",
    CODE_SYSTEM "CodeSystem",
    COMMUNICATION "Communication",
    COMMUNICATION_REQUEST "CommunicationRequest",
    COMPARTMENT_DEFINITION "CompartmentDefinition",
    COMPOSITION "Composition",
    CONCEPT_MAP "ConceptMap",
    CONDITION "Condition",
    CONSENT "Consent",
    CONTRACT "Contract",
    COVERAGE "Coverage",
    COVERAGE_ELIGIBILITY_REQUEST "CoverageEligibilityRequest",
    COVERAGE_ELIGIBILITY_RESPONSE "CoverageEligibilityResponse",
    DETECTED_ISSUE "DetectedIssue",
    DEVICE "Device",
    DEVICE_DEFINITION "DeviceDefinition",
    DEVICE_METRIC "DeviceMetric",
    DEVICE_REQUEST "DeviceRequest",
    DEVICE_USE_STATEMENT "DeviceUseStatement",
    DIAGNOSTIC_REPORT "DiagnosticReport",
    DOCUMENT_MANIFEST "DocumentManifest",
    DOCUMENT_REFERENCE "DocumentReference",
    EFFECT_EVIDENCE_SYNTHESIS "EffectEvidenceSynthesis",
    ENCOUNTER "Encounter",
    ENDPOINT "Endpoint",
    ENROLLMENT_REQUEST "EnrollmentRequest",
    ENROLLMENT_RESPONSE "EnrollmentResponse",
    EPISODE_OF_CARE "EpisodeOfCare",
    EVENT_DEFINITION "EventDefinition",
    EVIDENCE "Evidence",
    EVIDENCE_VARIABLE "EvidenceVariable",
    EXAMPLE_SCENARIO "ExampleScenario",
    EXPLANATION_OF_BENEFIT "ExplanationOfBenefit",
    FAMILY_MEMBER_HISTORY "FamilyMemberHistory",
    FLAG "Flag",
    GOAL "Goal",
    GRAPH_DEFINITION "GraphDefinition",
    GROUP "Group",
    GUIDANCE_RESPONSE "GuidanceResponse",
    HEALTHCARE_SERVICE "HealthcareService",
    IMAGING_STUDY "ImagingStudy",
    IMMUNIZATION "Immunization",
    IMMUNIZATION_EVALUATION "ImmunizationEvaluation",
    IMMUNIZATION_RECOMMENDATION "ImmunizationRecommendation",
    IMPLEMENTATION_GUIDE "ImplementationGuide",
    INSURANCE_PLAN "InsurancePlan",
    INVOICE "Invoice",
    LIBRARY "Library",
    LINKAGE "Linkage",
    LIST "List",
    LOCATION "Location",
    MEASURE "Measure",
    MEASURE_REPORT "MeasureReport",
    MEDIA "Media",
    MEDICATION "Medication",
    MEDICATION_ADMINISTRATION "MedicationAdministration",
    MEDICATION_DISPENSE "MedicationDispense",
    MEDICATION_KNOWLEDGE "MedicationKnowledge",
    MEDICATION_REQUEST "MedicationRequest",
    MEDICATION_STATEMENT "MedicationStatement",
    MEDICINAL_PRODUCT "MedicinalProduct",
    MEDICINAL_PRODUCT_AUTHORIZATION "MedicinalProductAuthorization",
    MEDICINAL_PRODUCT_CONTRAINDICATION "MedicinalProductContraindication",
    MEDICINAL_PRODUCT_INDICATION "MedicinalProductIndication",
    MEDICINAL_PRODUCT_INGREDIENT "MedicinalProductIngredient",
    MEDICINAL_PRODUCT_INTERACTION "MedicinalProductInteraction",
    MEDICINAL_PRODUCT_MANUFACTURED "MedicinalProductManufactured",
    MEDICINAL_PRODUCT_PACKAGED "MedicinalProductPackaged",
    MEDICINAL_PRODUCT_PHARMACEUTICAL "MedicinalProductPharmaceutical",
    MEDICINAL_PRODUCT_UNDESIRABLE_EFFECT "MedicinalProductUndesirableEffect",
    MESSAGE_DEFINITION "MessageDefinition",
    MESSAGE_HEADER "MessageHeader",
    MOLECULAR_SEQUENCE "MolecularSequence",
    NAMING_SYSTEM "NamingSystem",
    NUTRITION_ORDER "NutritionOrder",
    OBSERVATION "Observation",
    OBSERVATION_DEFINITION "ObservationDefinition",
    OPERATION_DEFINITION "OperationDefinition",
    OPERATION_OUTCOME "OperationOutcome",
    ORGANIZATION "Organization",
    ORGANIZATION_AFFILIATION "OrganizationAffiliation",
    PARAMETERS "Parameters",
    PATIENT "Patient",
    PAYMENT_NOTICE "PaymentNotice",
    PAYMENT_RECONCILIATION "PaymentReconciliation",
    PERSON "Person",
    PLAN_DEFINITION "PlanDefinition",
    PRACTITIONER "Practitioner",
    PRACTITIONER_ROLE "PractitionerRole",
    PROCEDURE "Procedure",
    PROVENANCE "Provenance",
    QUESTIONNAIRE "Questionnaire",
    QUESTIONNAIRE_RESPONSE "QuestionnaireResponse",
    RELATED_PERSON "RelatedPerson",
    REQUEST_GROUP "RequestGroup",
    RESEARCH_DEFINITION "ResearchDefinition",
    RESEARCH_ELEMENT_DEFINITION "ResearchElementDefinition",
    RESEARCH_STUDY "ResearchStudy",
    RESEARCH_SUBJECT "ResearchSubject",
    RISK_ASSESSMENT "RiskAssessment",
    RISK_EVIDENCE_SYNTHESIS "RiskEvidenceSynthesis",
    SCHEDULE "Schedule",
    SEARCH_PARAMETER "SearchParameter",
    SERVICE_REQUEST "ServiceRequest",
    SLOT "Slot",
    SPECIMEN "Specimen",
    SPECIMEN_DEFINITION "SpecimenDefinition",
    STRUCTURE_DEFINITION "StructureDefinition",
    STRUCTURE_MAP "StructureMap",
    SUBSCRIPTION "Subscription",
    SUBSTANCE "Substance",
    SUBSTANCE_NUCLEIC_ACID "SubstanceNucleicAcid",
    SUBSTANCE_POLYMER "SubstancePolymer",
    SUBSTANCE_PROTEIN "SubstanceProtein",
    SUBSTANCE_REFERENCE_INFORMATION "SubstanceReferenceInformation",
    SUBSTANCE_SOURCE_MATERIAL "SubstanceSourceMaterial",
    SUBSTANCE_SPECIFICATION "SubstanceSpecification",
    SUPPLY_DELIVERY "SupplyDelivery",
    SUPPLY_REQUEST "SupplyRequest",
    TASK "Task",
    TERMINOLOGY_CAPABILITIES "TerminologyCapabilities",
    TEST_REPORT "TestReport",
    TEST_SCRIPT "TestScript",
    VALUE_SET "ValueSet",
    VERIFICATION_RESULT "VerificationResult",
    VISION_PRESCRIPTION "VisionPrescription",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name_and_its_code() {
        assert!(NAMES.is_sorted());

        for kind in ResourceType::all() {
            assert_eq!(ResourceType::parse(kind.name()), Some(kind));
            assert_eq!(ResourceType::from_code(kind.code()), Some(kind));
        }

        assert_eq!(ResourceType::all().count(), ResourceType::COUNT);
        assert_eq!(ResourceType::PATIENT.name(), "Patient");
    }

    #[test]
    fn a_name_outside_the_list_is_no_type() {
        for name in ["patient", "Patients", "", "Resource", "DomainResource", "Element"] {
            assert_eq!(ResourceType::parse(name), None, "{name}");
        }
        assert_eq!(ResourceType::from_code(u8::MAX), None);
    }
}
