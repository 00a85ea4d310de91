//! The people one can sign in as in the demo, with one sentence on each.
//!
//! Professionals and citizens of the story. What each may see is decided by the policies; the sentence only says who they
//! are. It refuses passwords: a persona is for the demo alone. Next: `trust`, which signs them in.

use crate::places::{self, Organisation};
use crate::population::Part;
use crate::staff::Job;
use crate::story;
use crate::town::Town;

/// Somebody to sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// The word to sign in with, `ae-doctor`.
    pub id: &'static str,
    /// The name as it is shown.
    pub name: String,
    /// What they do, in two or three words.
    pub title: &'static str,
    /// The role, by its name in the policies: `Gp`.
    pub role: &'static str,
    /// The reference of the organisation they work for; nothing for a citizen.
    pub organisation: Option<String>,
    /// Its name.
    pub organisation_name: Option<&'static str>,
    /// The reference of the Practitioner.
    pub practitioner: Option<String>,
    /// The reference of the PractitionerRole.
    pub practitioner_role: Option<String>,
    /// The reference of the Patient whom a citizen is.
    pub patient: Option<String>,
    /// The Patients for whom a citizen may act, each reference with the name.
    pub acts_for: Vec<(String, String)>,
    /// One sentence on who they are.
    pub about: String,
}

type Worker = (&'static str, &'static Organisation, Job, usize, &'static str);

const HOSPITAL: &Organisation = &places::HOSPITAL;
const ELM: &Organisation = &places::PRACTICES[0];

const WORKERS: &[Worker] = &[
    ("ae-doctor", HOSPITAL, Job::EmergencyDoctor, 0, "Sees Mrs A in the emergency department now."),
    ("paramedic", &places::AMBULANCE, Job::Paramedic, 0, "Brought Mrs A from the care home to the hospital."),
    ("gp", ELM, Job::Gp, 0, "Is the GP of Mrs A and of Daniel Cole."),
    ("other-gp", &places::PRACTICES[1], Job::Gp, 0, "Is a GP at another practice: of the daughter, not of Mrs A."),
    ("ward-nurse", HOSPITAL, Job::WardNurse, 0, "Works on the wards of the hospital."),
    (
        "care-home-nurse",
        &places::CARE_HOMES[0],
        Job::CareHomeNurse,
        0,
        "Looks after the residents of Rowan House, Mrs A among them.",
    ),
    ("pharmacist", &places::PHARMACIES[0], Job::Pharmacist, 0, "Runs the pharmacy next to Elm Surgery."),
    ("social-worker", &places::SOCIAL_CARE, Job::SocialWorker, 0, "Supports adults at home for the council."),
    (
        "community-nurse",
        &places::COMMUNITY,
        Job::CommunityNurse,
        0,
        "Visits people at home, Mrs A at Rowan House among them.",
    ),
    (
        "mental-health-nurse",
        &places::COMMUNITY,
        Job::MentalHealthNurse,
        0,
        "Supports people with mental health problems at home.",
    ),
    (
        "receptionist",
        ELM,
        Job::Receptionist,
        0,
        "Books appointments at Elm Surgery; sees names and times, not records.",
    ),
    (
        "privacy-officer",
        &places::BOARD,
        Job::PrivacyOfficer,
        0,
        "Watches who looked at records and answers questions about it.",
    ),
    (
        "caldicott-guardian",
        &places::BOARD,
        Job::CaldicottGuardian,
        0,
        "Answers for confidentiality; reads the log, not the record.",
    ),
    ("clinical-coder", HOSPITAL, Job::ClinicalCoder, 0, "Puts codes on finished stays at the hospital."),
    ("safety-officer", &places::BOARD, Job::SafetyOfficer, 0, "Keeps the platform safe to use; sees no record."),
    ("analyst", &places::BOARD, Job::Analyst, 0, "Plans services with figures; sees nobody\u{2019}s entries."),
    ("researcher", &places::BOARD, Job::Researcher, 0, "Does approved research; sees nobody\u{2019}s entries."),
    ("administrator", &places::BOARD, Job::Administrator, 0, "Runs the platform and sees no record."),
];

type Inhabitant = (&'static str, Part, &'static str, &'static str);

const CITIZENS: &[Inhabitant] = &[
    (
        story::MRS_A,
        Part::MrsA,
        "Resident of Rowan House",
        "Is 82, lives in a care home, and is in the emergency department today.",
    ),
    (
        story::DAUGHTER,
        Part::Daughter,
        "Daughter of Mrs A",
        "Acts for her mother online; is registered with another practice.",
    ),
    (story::MRS_B, Part::MrsB, "Objects to research use", "Said no to the use of her record for research."),
    (story::CITIZEN, Part::Citizen, "Has asthma", "Has an ordinary record and an appointment next week."),
];

/// Everybody one can sign in as, professionals first.
pub(crate) fn personas(town: &Town) -> Vec<Persona> {
    let workers = WORKERS.iter().filter_map(|worker| from_worker(town, worker));
    let citizens = CITIZENS.iter().filter_map(|(id, part, title, about)| {
        let person = town.people().iter().find(|p| p.part == *part)?;
        Some(Persona {
            id,
            name: format!("{} {}", person.prefix(town.today), person.name()),
            title,
            role: "Citizen",
            organisation: None,
            organisation_name: None,
            practitioner: None,
            practitioner_role: None,
            patient: Some(person.reference()),
            acts_for: acts_for(town, *part),
            about: (*about).to_owned(),
        })
    });
    workers.chain(citizens).chain(parent(town)).collect()
}

/// A mother for whose child nobody acts yet: reception at Elm Surgery can record it, with what is said of her here.
fn parent(town: &Town) -> Option<Persona> {
    let (mother, child) = story::parent_and_child(town.people(), town.today)?;
    Some(Persona {
        id: "parent",
        name: format!("{} {}", mother.prefix(town.today), mother.name()),
        title: "Mother of a child at Elm Surgery",
        role: "Citizen",
        organisation: None,
        organisation_name: None,
        practitioner: None,
        practitioner_role: None,
        patient: Some(mother.reference()),
        acts_for: Vec::new(),
        about: format!(
            "Does not act yet for her child {} (NHS number {}). Reception can record that she may: she was born on {} and has the NHS number {}.",
            child.name(),
            child.nhs_number,
            mother.born,
            mother.nhs_number
        ),
    })
}

/// The daughter acts for Mrs A: the Consent in the record says so too.
fn acts_for(town: &Town, part: Part) -> Vec<(String, String)> {
    let mother = town.people().iter().find(|p| part == Part::Daughter && p.part == Part::MrsA);
    mother.map(|m| (m.reference(), format!("{} {}", m.prefix(town.today), m.name()))).into_iter().collect()
}

fn from_worker(town: &Town, (id, organisation, job, n, about): &Worker) -> Option<Persona> {
    let staff = town.workforce.nth(organisation, *job, *n)?;
    Some(Persona {
        id,
        name: staff.name.clone(),
        title: staff.job.title(),
        role: staff.job.role_in_policies(),
        organisation: Some(organisation.reference()),
        organisation_name: Some(organisation.name),
        practitioner: Some(staff.reference()),
        practitioner_role: Some(staff.role_reference()),
        patient: None,
        acts_for: Vec::new(),
        about: (*about).to_owned(),
    })
}
