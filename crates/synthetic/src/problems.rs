//! Long-term conditions at the prevalence that English practices record, by age and sex.
//!
//! One table says, for each condition, how many in 1,000 have it at each tenth year of age. People of the story have fixed
//! conditions. It refuses to treat them: `medicines` does, and `results` watches them. Next: `medicines`.

use crate::calendar::Day;
use crate::chance::Chance;
use crate::codes::{Concept, said, same};
use crate::discretion;
use crate::life::Life;
use crate::population::{Part, Person, Sex};
use crate::shape::{coded, sct};
use serde_json::{Value, json};

/// A long-term condition.
#[derive(Debug)]
pub(crate) struct LongTerm {
    /// The word by which other chapters ask for it.
    pub(crate) key: &'static str,
    /// What is written in the record.
    pub(crate) concept: Concept,
    /// How many in 1,000 have it at ages 0, 10, 20 ... 90.
    at_ages: [i32; 10],
    /// Per cent of that figure for women, and for men.
    by_sex: (i32, i32),
}

/// Somebody's long-term condition.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Which.
    pub(crate) of: &'static LongTerm,
    /// Since when.
    pub(crate) since: Day,
    /// The Condition that was written.
    pub(crate) reference: String,
}

const fn long(key: &'static str, concept: Concept, at_ages: [i32; 10], by_sex: (i32, i32)) -> LongTerm {
    LongTerm { key, concept, at_ages, by_sex }
}

/// The conditions; the figures follow the Quality and Outcomes Framework's registers and published age profiles.
pub(crate) const LONG_TERM: &[LongTerm] = &[
    long(
        "hypertension",
        said("59621000", "Essential hypertension", "High blood pressure (essential hypertension)"),
        [0, 0, 4, 15, 58, 145, 260, 400, 520, 560],
        (97, 103),
    ),
    long(
        "type-2-diabetes",
        said("44054006", "Diabetes mellitus type 2", "Type 2 diabetes mellitus"),
        [0, 0, 2, 9, 32, 80, 135, 175, 180, 150],
        (86, 114),
    ),
    long(
        "type-1-diabetes",
        said("46635009", "Diabetes mellitus type 1", "Type 1 diabetes mellitus"),
        [0, 3, 5, 6, 6, 6, 5, 4, 3, 2],
        (95, 105),
    ),
    long("asthma", same("195967001", "Asthma"), [8, 50, 68, 64, 64, 70, 75, 75, 70, 50], (110, 90)),
    long(
        "copd",
        said("13645005", "Chronic obstructive lung disease", "Chronic obstructive pulmonary disease (COPD)"),
        [0, 0, 0, 1, 6, 21, 48, 78, 85, 60],
        (94, 106),
    ),
    long(
        "kidney-disease",
        same("433144002", "Chronic kidney disease stage 3"),
        [0, 0, 0, 2, 8, 20, 55, 140, 280, 350],
        (108, 92),
    ),
    long(
        "heart-disease",
        said("414545008", "Ischemic heart disease", "Coronary heart disease"),
        [0, 0, 0, 1, 8, 30, 72, 135, 205, 220],
        (60, 140),
    ),
    long(
        "atrial-fibrillation",
        same("49436004", "Atrial fibrillation"),
        [0, 0, 0, 1, 3, 9, 29, 78, 165, 220],
        (85, 115),
    ),
    long("heart-failure", same("84114007", "Heart failure"), [0, 0, 0, 0, 1, 5, 15, 37, 88, 140], (85, 115)),
    long(
        "stroke",
        said("230690007", "Cerebrovascular accident", "Stroke"),
        [0, 0, 0, 1, 4, 13, 33, 72, 130, 160],
        (90, 110),
    ),
    long(
        "depression",
        same("35489007", "Depressive disorder"),
        [0, 20, 105, 145, 155, 155, 130, 100, 90, 80],
        (130, 70),
    ),
    long("anxiety", same("197480006", "Anxiety disorder"), [0, 25, 85, 95, 95, 85, 65, 55, 45, 40], (130, 70)),
    long("dementia", same("52448006", "Dementia"), [0, 0, 0, 0, 0, 1, 5, 26, 112, 260], (110, 90)),
    long("epilepsy", same("84757009", "Epilepsy"), [4, 7, 7, 8, 8, 9, 9, 10, 10, 10], (100, 100)),
    long("hypothyroidism", same("40930008", "Hypothyroidism"), [0, 1, 8, 20, 35, 50, 70, 90, 100, 100], (160, 40)),
    long("osteoarthritis", same("396275006", "Osteoarthritis"), [0, 0, 2, 8, 30, 90, 180, 280, 360, 400], (120, 80)),
    long("osteoporosis", same("64859006", "Osteoporosis"), [0, 0, 0, 0, 3, 12, 40, 90, 180, 250], (160, 40)),
    long("obesity", same("414916001", "Obesity"), [0, 20, 70, 115, 145, 165, 155, 125, 75, 40], (105, 95)),
    long(
        "reflux",
        said("235595009", "Gastroesophageal reflux disease", "Gastro-oesophageal reflux disease"),
        [5, 3, 15, 30, 50, 70, 90, 100, 100, 90],
        (100, 100),
    ),
    long("psoriasis", same("9014002", "Psoriasis"), [3, 8, 15, 20, 24, 28, 30, 28, 22, 15], (100, 100)),
    long("eczema", same("43116000", "Eczema"), [130, 90, 60, 50, 40, 35, 35, 35, 35, 35], (105, 95)),
    long("migraine", same("37796009", "Migraine"), [0, 25, 65, 85, 85, 65, 35, 20, 10, 5], (155, 45)),
    long(
        "breast-cancer",
        said("254837009", "Malignant neoplasm of breast", "Breast cancer"),
        [0, 0, 0, 4, 14, 32, 52, 72, 80, 80],
        (100, 0),
    ),
    long(
        "prostate-cancer",
        said("399068003", "Malignant tumor of prostate", "Prostate cancer"),
        [0, 0, 0, 0, 1, 10, 40, 92, 130, 140],
        (0, 100),
    ),
    long(
        "rheumatoid-arthritis",
        same("69896004", "Rheumatoid arthritis"),
        [0, 0, 1, 3, 6, 10, 15, 20, 20, 15],
        (145, 55),
    ),
    long("schizophrenia", same("58214004", "Schizophrenia"), [0, 0, 3, 6, 8, 9, 8, 6, 4, 2], (85, 115)),
    long("bipolar", same("13746004", "Bipolar disorder"), [0, 0, 3, 5, 6, 6, 5, 4, 3, 2], (110, 90)),
    long(
        "learning-disability",
        said("110359009", "Intellectual disability", "Learning disability"),
        [2, 7, 7, 6, 5, 5, 4, 3, 2, 1],
        (80, 120),
    ),
    long(
        "gout",
        said("90560007", "Inflammatory disorder due to increased blood urate level", "Gout"),
        [0, 0, 1, 6, 15, 28, 45, 65, 75, 70],
        (35, 165),
    ),
    long("glaucoma", same("23986001", "Glaucoma"), [0, 0, 0, 1, 4, 12, 26, 52, 82, 100], (100, 100)),
    long("hearing-loss", same("15188001", "Hearing loss"), [3, 4, 4, 6, 12, 30, 75, 160, 280, 380], (95, 105)),
    long("parkinsons", same("49049000", "Parkinson's disease"), [0, 0, 0, 0, 0, 1, 3, 10, 20, 20], (80, 120)),
    long(
        "irritable-bowel",
        same("10743008", "Irritable bowel syndrome"),
        [0, 8, 35, 48, 48, 45, 38, 30, 22, 15],
        (140, 60),
    ),
    long("frailty", said("404904002", "Frail elderly", "Frailty"), [0, 0, 0, 0, 0, 0, 8, 60, 240, 480], (110, 90)),
];

/// The condition with a key.
pub(crate) fn long_term(key: &str) -> Option<&'static LongTerm> {
    LONG_TERM.iter().find(|c| c.key == key)
}

impl LongTerm {
    /// How many in 1,000 people of this age and sex have it.
    fn per_mille(&self, age: i32, sex: Sex) -> i32 {
        let decade = usize::try_from(age / 10).unwrap_or(0).min(9);
        let here = self.at_ages.get(decade).copied().unwrap_or(0);
        let next = self.at_ages.get(decade + 1).copied().unwrap_or(here);
        let factor = if sex == Sex::Female { self.by_sex.0 } else { self.by_sex.1 };
        (here * 10 + (next - here) * (age % 10)) * factor / 1_000
    }
}

/// Writes a Condition for each long-term condition.
pub(crate) fn write(life: &mut Life<'_>) {
    let chosen = match fixed(life.person.part) {
        Some(keys) => {
            keys.iter().filter_map(|(key, years)| Some((long_term(key)?, life.end.years_before(*years)))).collect()
        }
        None => drawn(life.person, life.end, &mut life.chance),
    };
    for (place, (of, since)) in chosen.into_iter().enumerate() {
        let body = condition(life, of, since);
        let reference = life.pen.mark(discretion::of_condition(life.person, place)).write("Condition", &body);
        life.problems.push(Problem { of, since, reference });
    }
}

fn drawn(person: &Person, end: Day, chance: &mut Chance) -> Vec<(&'static LongTerm, Day)> {
    let age = person.age_on(end);
    let mut chosen = Vec::new();
    for of in LONG_TERM {
        let mut per_mille = of.per_mille(age, person.sex);
        if person.care_home.is_some() {
            per_mille = match of.key {
                "dementia" => 650,
                "frailty" => 850,
                _ => per_mille * 12 / 10,
            };
        }
        if of.key == "type-2-diabetes" && chosen.iter().any(|(c, _): &(&LongTerm, Day)| c.key == "type-1-diabetes") {
            continue;
        }
        if chance.happens(per_mille) {
            let most = f64::from(age.min(22)).max(1.0);
            let years = 0.3 + chance.fraction() * chance.fraction() * most;
            chosen.push((of, end.years_before(years.min(f64::from(age).max(0.4)))));
        }
    }
    chosen
}

/// The conditions of the people of the story, with years since the diagnosis.
fn fixed(part: Part) -> Option<&'static [(&'static str, f64)]> {
    match part {
        Part::Nobody => None,
        Part::MrsA => Some(&[
            ("hypertension", 21.0),
            ("type-2-diabetes", 14.2),
            ("osteoarthritis", 12.4),
            ("hearing-loss", 9.1),
            ("atrial-fibrillation", 6.3),
            ("kidney-disease", 5.2),
            ("osteoporosis", 4.6),
            ("heart-failure", 2.8),
            ("frailty", 2.1),
        ]),
        Part::Daughter => Some(&[("migraine", 17.0)]),
        Part::MrsB => Some(&[("hypertension", 8.0), ("hypothyroidism", 11.5), ("breast-cancer", 4.2)]),
        Part::Citizen => Some(&[("asthma", 30.0), ("hypertension", 2.4), ("eczema", 25.0)]),
    }
}

fn condition(life: &Life<'_>, of: &LongTerm, since: Day) -> Value {
    json!({
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed"),
        "category": [coded("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "Problem List Item")],
        "code": sct(&of.concept),
        "subject": life.subject(),
        "onsetDateTime": since.to_string(),
        "recordedDate": since.plus(5).min(life.end).to_string(),
        "recorder": life.usual_gp(),
    })
}
