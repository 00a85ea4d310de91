//! The log's codes in words for the person whose record it is.
//!
//! Short words, no codes, no resource types. What has no better word is "other entries".

use fhir::ResourceType;
use gate::{Gate, Language, Purpose, RelationKind, Role, Rule};
use record::log::{Draft, Subject};

/// How many kinds of data a sentence names before it says "and 4 other kinds".
const KINDS_NAMED_MAX: usize = 4;

/// What is said of somebody to whom a choice of the person closed her record.
pub(crate) const NOT_SHOWN: &str = "was not shown some of";

/// What a resource type is to people.
#[must_use]
pub fn data_word(kind: ResourceType) -> &'static str {
    match kind.name() {
        "Patient" | "Person" => "name and contact details",
        "RelatedPerson" => "family and carers",
        "Appointment" | "AppointmentResponse" => "appointments",
        "AllergyIntolerance" => "allergies",
        "Condition" => "health problems",
        "MedicationRequest" | "MedicationStatement" | "MedicationDispense" | "MedicationAdministration" => "medicines",
        "Observation" | "DiagnosticReport" | "Specimen" | "MolecularSequence" => "test results",
        "Encounter" | "EpisodeOfCare" => "visits",
        "Immunization" | "ImmunizationEvaluation" | "ImmunizationRecommendation" => "vaccinations",
        "Procedure" => "procedures",
        "CarePlan" | "CareTeam" | "Goal" => "care plans",
        "ImagingStudy" | "Media" => "scans",
        "DocumentReference" | "DocumentManifest" | "Composition" | "Binary" | "Bundle" => "documents",
        "ServiceRequest" | "Task" | "RequestGroup" => "referrals",
        "Communication" | "CommunicationRequest" => "messages",
        "Flag" | "DetectedIssue" | "AdverseEvent" => "alerts",
        "FamilyMemberHistory" => "family history",
        "QuestionnaireResponse" => "forms you filled in",
        "Consent" => "choices about sharing",
        "AuditEvent" => "list of who looked",
        _ => "other entries",
    }
}

/// The words for several resource types, each once, in the order of the types' numbers.
#[must_use]
pub fn data_words(kinds: &[u8]) -> Vec<&'static str> {
    let mut words: Vec<&'static str> = Vec::new();
    for word in kinds.iter().filter_map(|code| ResourceType::from_code(*code)).map(data_word) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    // "Other entries" says least, so it stands last.
    words.sort_by_key(|word| *word == "other entries");
    words
}

/// "medicines, allergies and test results"; long lists end in "and 4 other kinds of data".
#[must_use]
pub fn listed(words: &[&str]) -> String {
    let Some((last, first)) = words.split_last() else { return "record".to_owned() };
    if words.len() > KINDS_NAMED_MAX {
        let named: Vec<&str> = words.iter().take(KINDS_NAMED_MAX - 1).copied().collect();
        return format!("{} and {} other kinds of data", named.join(", "), words.len() + 1 - KINDS_NAMED_MAX);
    }
    if first.is_empty() { (*last).to_owned() } else { format!("{} and {last}", first.join(", ")) }
}

/// What was done, as a verb in the past: "saw", "changed".
#[must_use]
pub fn deed(action: &str) -> &'static str {
    match action {
        "Create" | "Import" => "added to",
        "Update" => "changed",
        "Delete" => "removed some of",
        "Export" => "took a copy of",
        record::emergency::DECLARED => "declared an emergency to open",
        record::claim::CLAIMED => "said that they care for you, to open",
        crate::passkey::GIVEN => "gave a code to sign in to",
        record::locks::LOCKED => "locked",
        record::locks::LIFTED => "unlocked",
        record::locks::WITHHELD => "decided what may be shown of",
        record::holdings::COUNTED => "counted the entries of",
        record::simulate::SIMULATED => "checked who may see",
        "Ask" => "asked about a look in",
        "Answer" => "answered a question about",
        "Decide" => "checked a look in",
        "Breach" => "looked into a suspected breach of",
        "ChooseMail" => "chose about e-mail for",
        record::told_later::DEFERRED => "asked that you be told later that they opened",
        "OpenCase" => "wrote down a request about",
        "ReadCase" => "read a request about",
        "NoteCase" => "worked on a request about",
        "ExtendCase" => "took more time for a request about",
        "DecideCase" => "answered a request about",
        _ => "saw",
    }
}

/// What an entry of the log says was done, as a verb; that nothing was shown, where a choice of the person kept it back.
#[must_use]
pub fn deed_of(draft: &Draft) -> &'static str {
    if is_kept_back(draft) { NOT_SHOWN } else { deed(&draft.action) }
}

/// Whether a choice of the person kept back what was asked for.
#[must_use]
pub fn is_kept_back(draft: &Draft) -> bool {
    draft.rule == record::kept_back::BY_CHOICE
}

/// What the data were wanted for, as people say it.
#[must_use]
pub fn purpose(name: &str) -> &'static str {
    purpose_in(name, Language::English)
}

/// What the data were wanted for, in a language.
#[must_use]
pub fn purpose_in(name: &str, language: Language) -> &'static str {
    let other = if language == Language::Welsh { "diben arall" } else { "another purpose" };
    Purpose::parse(name).map_or(other, |purpose| purpose.phrase_in(language))
}

/// The role of an entry, as people say it.
#[must_use]
pub fn role(name: &str) -> &'static str {
    role_in(name, Language::English)
}

/// The role of an entry, in a language.
#[must_use]
pub fn role_in(name: &str, language: Language) -> &'static str {
    let other = if language == Language::Welsh { "rhywun" } else { "somebody" };
    Role::parse(name).map_or(other, |role| role.phrase_in(language))
}

/// Why it was allowed, as the end of "... saw your results because".
#[must_use]
pub fn because(gate: &Gate, draft: &Draft, subject: Subject) -> String {
    because_in(gate, draft, subject, Language::English)
}

/// Why it was allowed: the end of a sentence in English, a clause of its own in Welsh. What somebody wrote stays as it is.
#[must_use]
pub fn because_in(gate: &Gate, draft: &Draft, subject: Subject, language: Language) -> String {
    let is_welsh = language == Language::Welsh;
    if is_kept_back(draft) {
        let chosen =
            if is_welsh { "fe wnaethoch chi ddewis peidio \u{e2}'i rannu" } else { "you chose not to share that" };
        return chosen.to_owned();
    }
    if Role::parse(&draft.role).is_some_and(Role::is_public) {
        return if is_welsh { "maen nhw'n gweithredu ar eich rhan" } else { "they act for you" }.to_owned();
    }
    if [record::emergency::DECLARED, record::claim::CLAIMED].contains(&draft.action.as_str()) {
        return draft.query.clone();
    }
    if draft.action == crate::passkey::GIVEN {
        let checked = if is_welsh { "fe wnaethon nhw wirio mai chi oedd yno" } else { "they checked that it was you" };
        return checked.to_owned();
    }
    // The log keeps the relationship one higher than its code, and 0 for none.
    if let Some(kind) = subject.relation.checked_sub(1).and_then(RelationKind::from_code) {
        return kind.phrase_in(language).to_owned();
    }
    let unknown =
        if is_welsh { "roedd rheol ar y pryd yn caniat\u{e1}u hynny" } else { "a rule of that time allowed it" };
    gate.rule(&draft.rule).map_or(unknown, |rule| rule.because_in(language)).to_owned()
}

/// The rule as a whole sentence.
#[must_use]
pub fn rule_sentence<'g>(gate: &'g Gate, draft: &Draft, language: Language) -> &'g str {
    if is_kept_back(draft) {
        return match language {
            Language::English => "What a person has chosen not to share is kept back.",
            Language::Welsh => "Cedwir yn \u{f4}l yr hyn y mae person wedi dewis peidio \u{e2}'i rannu.",
        };
    }
    gate.rule(&draft.rule).map_or("", |rule: &Rule| rule.plain_in(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_data_has_a_word() {
        for resource in ResourceType::all() {
            assert!(!data_word(resource).is_empty(), "{}", resource.name());
        }
    }

    #[test]
    fn a_list_reads_as_one_says_it() {
        assert_eq!(listed(&[]), "record");
        assert_eq!(listed(&["allergies"]), "allergies");
        assert_eq!(listed(&["allergies", "medicines"]), "allergies and medicines");
        assert_eq!(listed(&["a", "b", "c", "d"]), "a, b, c and d");
        assert_eq!(listed(&["a", "b", "c", "d", "e"]), "a, b, c and 2 other kinds of data");
    }
}
