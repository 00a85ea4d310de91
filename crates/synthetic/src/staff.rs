//! The people who work in the locality: practitioners, each with a role in one organisation.
//!
//! Registration numbers are made up (GMC-like numbers begin with 99). Everybody has a PractitionerRole, because the
//! permit system reads from it for whom a professional works. It refuses to give anybody a permission: `policies/` do.
//! Next: `personas`, those of them one can sign in as.

use crate::chance::Chance;
use crate::codes::{self};
use crate::names::{self, Background};
use crate::places::{self, Organisation};
use crate::population::Sex;
use crate::shape::{Pen, coded, link};
use serde_json::{Value, json};

/// What somebody does in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// General practitioner.
    Gp,
    /// Nurse in a general practice.
    PracticeNurse,
    /// Receptionist.
    Receptionist,
    /// Doctor in the emergency department.
    EmergencyDoctor,
    /// Nurse in the emergency department.
    EmergencyNurse,
    /// Hospital consultant.
    Consultant,
    /// Nurse on a ward.
    WardNurse,
    /// Nurse in a care home.
    CareHomeNurse,
    /// Nurse who visits people at home.
    CommunityNurse,
    /// Paramedic.
    Paramedic,
    /// Community pharmacist.
    Pharmacist,
    /// Social worker.
    SocialWorker,
    /// Privacy officer.
    PrivacyOfficer,
    /// Administrator of the platform.
    Administrator,
    /// Mental health nurse.
    MentalHealthNurse,
    /// Clinical coder.
    ClinicalCoder,
    /// Caldicott guardian.
    CaldicottGuardian,
    /// Clinical safety officer.
    SafetyOfficer,
    /// Analyst.
    Analyst,
    /// Researcher.
    Researcher,
}

impl Job {
    /// The code and words of the national list of job roles; none where we know of no code that fits.
    fn role(self) -> Option<(&'static str, &'static str)> {
        let known = match self {
            Self::Gp => ("R0260", "General Medical Practitioner"),
            Self::PracticeNurse | Self::EmergencyNurse | Self::WardNurse | Self::CareHomeNurse => {
                ("R0620", "Staff Nurse")
            }
            Self::EmergencyDoctor | Self::Consultant => ("R0050", "Consultant"),
            Self::CommunityNurse => ("R0700", "Community Nurse"),
            Self::Paramedic => ("R1070", "Paramedic"),
            Self::Pharmacist => ("R1290", "Pharmacist"),
            Self::SocialWorker => ("R1330", "Social Worker"),
            Self::Receptionist => ("R1730", "Receptionist"),
            Self::PrivacyOfficer => ("R0001", "Privacy Officer"),
            Self::Administrator => ("R5007", "System Administrator"),
            Self::MentalHealthNurse => ("R0620", "Staff Nurse"),
            Self::ClinicalCoder | Self::CaldicottGuardian | Self::SafetyOfficer | Self::Analyst | Self::Researcher => {
                return None;
            }
        };
        Some(known)
    }

    /// What the person is called on a page.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Gp => "GP",
            Self::PracticeNurse => "Practice nurse",
            Self::Receptionist => "Receptionist",
            Self::EmergencyDoctor => "Emergency medicine doctor",
            Self::EmergencyNurse => "Emergency nurse",
            Self::Consultant => "Hospital consultant",
            Self::WardNurse => "Ward nurse",
            Self::CareHomeNurse => "Care home nurse",
            Self::CommunityNurse => "Community nurse",
            Self::Paramedic => "Paramedic",
            Self::Pharmacist => "Community pharmacist",
            Self::SocialWorker => "Social worker",
            Self::PrivacyOfficer => "Privacy officer",
            Self::Administrator => "Administrator",
            Self::MentalHealthNurse => "Mental health nurse",
            Self::ClinicalCoder => "Clinical coder",
            Self::CaldicottGuardian => "Caldicott guardian",
            Self::SafetyOfficer => "Clinical safety officer",
            Self::Analyst => "Analyst",
            Self::Researcher => "Researcher",
        }
    }

    /// The role that somebody in this job has, by its name in the policies.
    pub(crate) fn role_in_policies(self) -> &'static str {
        match self {
            Self::Gp | Self::PracticeNurse => "Gp",
            Self::Receptionist => "Receptionist",
            Self::EmergencyDoctor | Self::EmergencyNurse => "EmergencyClinician",
            Self::Consultant | Self::WardNurse => "WardClinician",
            Self::CareHomeNurse => "CareHomeStaff",
            Self::CommunityNurse => "CommunityClinician",
            Self::MentalHealthNurse => "MentalHealthClinician",
            Self::Paramedic => "Paramedic",
            Self::Pharmacist => "Pharmacist",
            Self::SocialWorker => "SocialWorker",
            Self::PrivacyOfficer => "PrivacyOfficer",
            Self::Administrator => "Administrator",
            Self::ClinicalCoder => "ClinicalCoder",
            Self::CaldicottGuardian => "CaldicottGuardian",
            Self::SafetyOfficer => "SafetyOfficer",
            Self::Analyst => "Analyst",
            Self::Researcher => "Researcher",
        }
    }

    fn is_doctor(self) -> bool {
        matches!(self, Self::Gp | Self::EmergencyDoctor | Self::Consultant)
    }

    /// The identifier system of the professional register, and how its made-up numbers begin.
    fn register(self) -> (&'static str, &'static str) {
        match self {
            Self::Gp | Self::EmergencyDoctor | Self::Consultant => ("https://fhir.hl7.org.uk/Id/gmc-number", "990"),
            Self::Pharmacist => ("https://fhir.hl7.org.uk/Id/gphc-number", "299"),
            Self::Paramedic | Self::SocialWorker => ("https://fhir.hl7.org.uk/Id/hcpc-number", "PA99"),
            Self::PracticeNurse
            | Self::EmergencyNurse
            | Self::WardNurse
            | Self::CareHomeNurse
            | Self::CommunityNurse
            | Self::MentalHealthNurse => ("https://fhir.hl7.org.uk/Id/nmc-number", "99A"),
            Self::Receptionist
            | Self::PrivacyOfficer
            | Self::Administrator
            | Self::ClinicalCoder
            | Self::CaldicottGuardian
            | Self::SafetyOfficer
            | Self::Analyst
            | Self::Researcher => ("https://fhir.nhs.uk/Id/sds-user-id", "55599000"),
        }
    }
}

/// Somebody who works in the locality.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    /// The logical id of the Practitioner.
    pub(crate) id: String,
    /// The name as it is shown, with the title.
    pub(crate) name: String,
    /// What they do.
    pub(crate) job: Job,
    /// For whom.
    pub(crate) organisation: &'static Organisation,
    /// The practice setting of the role: 600 is general practice.
    setting: (&'static str, &'static str),
    given: String,
    family: String,
    prefix: &'static str,
    number: usize,
}

impl Staff {
    /// The reference to the Practitioner, with name and organisation for a reader.
    pub(crate) fn link(&self) -> Value {
        link(&self.reference(), &format!("{}, {}", self.name, self.organisation.name))
    }

    /// The reference to the Practitioner.
    pub(crate) fn reference(&self) -> String {
        format!("Practitioner/{}", self.id)
    }

    /// The reference to the PractitionerRole.
    pub(crate) fn role_reference(&self) -> String {
        format!("PractitionerRole/{}-role", self.id)
    }
}

/// Everybody who works here.
#[derive(Clone, Debug)]
pub(crate) struct Workforce {
    people: Vec<Staff>,
}

/// A fixed name: the people of the story, and those one can sign in as.
type Named = (&'static str, Sex, &'static str, &'static str);

impl Workforce {
    /// Hires everybody; the first in each job of the story's organisations has a fixed name.
    pub(crate) fn hire(seed: u64) -> Self {
        let mut hiring = Hiring { chance: Chance::new(seed, 0x5747_4646), people: Vec::new() };
        for practice in &places::PRACTICES {
            hiring.team(practice, Job::Gp, 3, ("600", "General Medical Practice"));
            hiring.team(practice, Job::PracticeNurse, 1, ("950", "Nursing"));
            hiring.team(practice, Job::Receptionist, 1, ("600", "General Medical Practice"));
        }
        hiring.team(&places::HOSPITAL, Job::EmergencyDoctor, 3, ("180", "Emergency Medicine"));
        hiring.team(&places::HOSPITAL, Job::EmergencyNurse, 3, ("180", "Emergency Medicine"));
        for setting in SPECIALTIES {
            hiring.team(&places::HOSPITAL, Job::Consultant, 1, *setting);
        }
        hiring.team(&places::HOSPITAL, Job::WardNurse, 6, ("950", "Nursing"));
        hiring.team(&places::HOSPITAL, Job::Receptionist, 1, ("180", "Emergency Medicine"));
        for home in &places::CARE_HOMES {
            hiring.team(home, Job::CareHomeNurse, 2, ("950", "Nursing"));
        }
        for pharmacy in &places::PHARMACIES {
            hiring.team(pharmacy, Job::Pharmacist, 1, ("960", "Allied Health Professional"));
        }
        hiring.team(&places::COMMUNITY, Job::CommunityNurse, 3, ("900", "Community Medicine"));
        hiring.team(&places::AMBULANCE, Job::Paramedic, 2, ("180", "Emergency Medicine"));
        hiring.team(&places::SOCIAL_CARE, Job::SocialWorker, 3, ("900", "Community Medicine"));
        hiring.team(&places::BOARD, Job::PrivacyOfficer, 1, ("903", "Public Health Medicine"));
        hiring.team(&places::BOARD, Job::Administrator, 1, ("903", "Public Health Medicine"));
        hiring.team(&places::COMMUNITY, Job::MentalHealthNurse, 1, ("710", "Adult Mental Illness"));
        hiring.team(&places::HOSPITAL, Job::ClinicalCoder, 1, ("300", "General Internal Medicine"));
        for job in [Job::CaldicottGuardian, Job::SafetyOfficer, Job::Analyst, Job::Researcher] {
            hiring.team(&places::BOARD, job, 1, ("903", "Public Health Medicine"));
        }
        Self { people: hiring.people }
    }

    /// Those who do a job in an organisation.
    pub(crate) fn team(&self, organisation: &Organisation, job: Job) -> impl Iterator<Item = &Staff> {
        let id = organisation.id;
        self.people.iter().filter(move |s| s.job == job && s.organisation.id == id)
    }

    /// The n-th of those who do a job in an organisation (counting round).
    pub(crate) fn nth(&self, organisation: &Organisation, job: Job, n: usize) -> Option<&Staff> {
        let count = self.team(organisation, job).count().max(1);
        self.team(organisation, job).nth(n % count)
    }

    /// The consultant of a specialty, by the code of its practice setting.
    pub(crate) fn consultant(&self, setting: &str) -> Option<&Staff> {
        self.people.iter().find(|s| s.job == Job::Consultant && s.setting.0 == setting)
    }

    /// Writes a Practitioner and a PractitionerRole for everybody.
    pub(crate) fn write(&self, pen: &mut Pen) {
        for staff in &self.people {
            pen.write_for(staff.organisation.ods);
            pen.write_as("Practitioner", &staff.id, &practitioner(staff));
            pen.write_as("PractitionerRole", &format!("{}-role", staff.id), &role(staff));
        }
    }
}

/// The specialties of the hospital's outpatient clinics and wards.
const SPECIALTIES: &[(&str, &str)] = &[
    ("300", "General Internal Medicine"),
    ("430", "Geriatric Medicine"),
    ("320", "Cardiology"),
    ("302", "Endocrinology and Diabetes"),
    ("110", "Trauma and Orthopaedics"),
    ("340", "Respiratory Medicine"),
    ("100", "General Surgery"),
    ("130", "Ophthalmology"),
    ("301", "Gastroenterology"),
    ("420", "Paediatrics"),
];

/// Fixed names, by organisation and job; each is the first of its team.
const NAMED: &[(&str, Job, Named)] = &[
    ("org-elm-surgery", Job::Gp, ("Dr", Sex::Male, "Samir", "Khan")),
    ("org-elm-surgery", Job::Receptionist, ("Ms", Sex::Female, "Tina", "Rudd")),
    ("org-riverside-practice", Job::Gp, ("Dr", Sex::Female, "Helen", "Marsh")),
    ("org-hospital", Job::EmergencyDoctor, ("Dr", Sex::Female, "Amara", "Okafor")),
    ("org-hospital", Job::WardNurse, ("Mr", Sex::Male, "Owen", "Price")),
    ("org-rowan-house", Job::CareHomeNurse, ("Ms", Sex::Female, "Grace", "Mensah")),
    ("org-elm-pharmacy", Job::Pharmacist, ("Ms", Sex::Female, "Priya", "Nair")),
    ("org-ambulance", Job::Paramedic, ("Mr", Sex::Male, "Luke", "Dawson")),
    ("org-social-care", Job::SocialWorker, ("Mrs", Sex::Female, "Ruth", "Ellison")),
    ("org-board", Job::PrivacyOfficer, ("Ms", Sex::Female, "Frances", "Ward")),
    ("org-board", Job::Administrator, ("Mr", Sex::Male, "Colin", "Birch")),
    ("org-community", Job::CommunityNurse, ("Mrs", Sex::Female, "Joan", "Fisher")),
    ("org-community", Job::MentalHealthNurse, ("Mr", Sex::Male, "David", "Osei")),
    ("org-hospital", Job::ClinicalCoder, ("Ms", Sex::Female, "Nina", "Holt")),
    ("org-board", Job::CaldicottGuardian, ("Dr", Sex::Female, "Miriam", "Stone")),
    ("org-board", Job::SafetyOfficer, ("Dr", Sex::Male, "Alan", "Reed")),
    ("org-board", Job::Analyst, ("Mr", Sex::Male, "Imran", "Shah")),
    ("org-board", Job::Researcher, ("Dr", Sex::Female, "Elin", "Morgan")),
];

struct Hiring {
    chance: Chance,
    people: Vec<Staff>,
}

impl Hiring {
    fn team(
        &mut self,
        organisation: &'static Organisation,
        job: Job,
        count: usize,
        setting: (&'static str, &'static str),
    ) {
        for place in 0..count {
            let fixed =
                NAMED.iter().find(|(id, j, _)| place == 0 && *id == organisation.id && *j == job).map(|named| named.2);
            let (prefix, _sex, given, family) = fixed.unwrap_or_else(|| self.anybody(job));
            let number = self.people.len() + 1;
            self.people.push(Staff {
                id: format!("staff-{}-{}", family.to_ascii_lowercase(), number),
                name: format!("{prefix} {given} {family}"),
                job,
                organisation,
                setting,
                given: given.to_owned(),
                family: family.to_owned(),
                prefix,
                number,
            });
        }
    }

    fn anybody(&mut self, job: Job) -> Named {
        let chance = &mut self.chance;
        let background = chance.pick(&[
            Background::English,
            Background::English,
            Background::English,
            Background::SouthAsian,
            Background::African,
            Background::European,
        ]);
        let sex = if chance.happens(600) { Sex::Female } else { Sex::Male };
        let prefix = if job.is_doctor() {
            "Dr"
        } else if sex == Sex::Female {
            "Ms"
        } else {
            "Mr"
        };
        (prefix, sex, names::given(chance, background, sex, 1975), names::family(chance, background))
    }
}

fn practitioner(staff: &Staff) -> Value {
    let (system, start) = staff.job.register();
    json!({
        "identifier": [
            { "system": "https://fhir.nhs.uk/Id/sds-user-id", "value": format!("5559{:08}", staff.number) },
            { "system": system, "value": format!("{start}{:04}", staff.number) },
        ],
        "active": true,
        "name": [{ "use": "official", "text": staff.name, "family": staff.family, "given": [staff.given], "prefix": [staff.prefix] }],
        "telecom": [{ "system": "phone", "value": format!("01632 960{:03}", staff.organisation.phone), "use": "work" }],
    })
}

fn role(staff: &Staff) -> Value {
    let system = "https://fhir.hl7.org.uk/CodeSystem/UKCore-SDSJobRoleName";
    let mut role = staff.job.role().map_or_else(|| json!({}), |(code, display)| coded(system, code, display));
    if let Some(object) = role.as_object_mut() {
        object.insert("text".to_owned(), json!(staff.job.title()));
    }
    json!({
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": format!("5558{:08}", staff.number) }],
        "active": true,
        "practitioner": link(&staff.reference(), &staff.name),
        "organization": staff.organisation.link(),
        "code": [role],
        "specialty": [coded(codes::PRACTICE_SETTING, staff.setting.0, staff.setting.1)],
        "location": [staff.organisation.site()],
    })
}
