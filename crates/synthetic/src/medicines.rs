//! Medicines: what is taken for each long-term condition, short courses, and the issues of both.
//!
//! A repeat medicine is a MedicationStatement (what the person takes) with the last issues as MedicationRequests. Names
//! are the text a prescription shows; a SNOMED CT product code stands beside it where the Global Patient Set has one (the
//! dictionary of medicines and devices is licensed and not here). It refuses penicillins to those allergic to them.
//! Next: `contacts`, which prescribes the short courses.

use crate::calendar::Day;
use crate::codes::SNOMED;
use crate::life::Life;
use crate::problems::long_term;
use crate::shape::{days, link};
use crate::staff::Job;
use serde_json::{Value, json};

/// A medicine as prescribed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Medicine {
    /// Name, strength and form.
    pub(crate) name: &'static str,
    /// Code and term of the product in the Global Patient Set.
    product: Option<(&'static str, &'static str)>,
    /// The instruction on the label.
    pub(crate) dose: &'static str,
    /// How many of what are supplied.
    supply: (i32, &'static str),
}

const fn medicine(name: &'static str, dose: &'static str, supply: (i32, &'static str)) -> Medicine {
    Medicine { name, product: None, dose, supply }
}

const fn coded(
    name: &'static str,
    dose: &'static str,
    supply: (i32, &'static str),
    product: (&'static str, &'static str),
) -> Medicine {
    Medicine { name, product: Some(product), dose, supply }
}

/// For a condition, the alternatives: how many in 1,000 take each (they add to what is taken, one by one).
type Treatment = (&'static str, &'static [(i32, Medicine)]);

const TREATMENTS: &[Treatment] = &[
    (
        "hypertension",
        &[
            (620, medicine("Ramipril 5mg capsules", "One capsule once a day", (28, "capsule"))),
            (
                480,
                coded(
                    "Amlodipine 5mg tablets",
                    "One tablet once a day",
                    (28, "tablet"),
                    ("108537001", "Product containing amlodipine"),
                ),
            ),
            (200, medicine("Indapamide 2.5mg tablets", "One tablet each morning", (28, "tablet"))),
        ],
    ),
    (
        "type-2-diabetes",
        &[
            (
                820,
                coded(
                    "Metformin 500mg tablets",
                    "One tablet twice a day with food",
                    (56, "tablet"),
                    ("109081006", "Product containing metformin"),
                ),
            ),
            (260, medicine("Gliclazide 80mg tablets", "One tablet each morning with food", (28, "tablet"))),
            (320, medicine("Dapagliflozin 10mg tablets", "One tablet once a day", (28, "tablet"))),
            (640, medicine("Atorvastatin 20mg tablets", "One tablet at night", (28, "tablet"))),
        ],
    ),
    (
        "type-1-diabetes",
        &[
            (
                1000,
                medicine(
                    "Insulin glargine 100units/ml solution for injection 3ml pre-filled pens",
                    "As directed, once a day",
                    (5, "pen"),
                ),
            ),
            (
                950,
                medicine(
                    "Insulin aspart 100units/ml solution for injection 3ml pre-filled pens",
                    "As directed, with meals",
                    (5, "pen"),
                ),
            ),
        ],
    ),
    (
        "asthma",
        &[
            (850, medicine("Salbutamol 100micrograms/dose inhaler", "Two puffs when needed", (1, "inhaler"))),
            (650, medicine("Beclometasone 100micrograms/dose inhaler", "Two puffs twice a day", (1, "inhaler"))),
        ],
    ),
    (
        "copd",
        &[
            (800, medicine("Tiotropium bromide 2.5micrograms/dose inhaler", "Two puffs once a day", (1, "inhaler"))),
            (850, medicine("Salbutamol 100micrograms/dose inhaler", "Two puffs when needed", (1, "inhaler"))),
        ],
    ),
    (
        "heart-disease",
        &[
            (
                820,
                coded(
                    "Aspirin 75mg dispersible tablets",
                    "One tablet once a day",
                    (28, "tablet"),
                    ("7947003", "Product containing aspirin"),
                ),
            ),
            (850, medicine("Atorvastatin 80mg tablets", "One tablet at night", (28, "tablet"))),
            (700, medicine("Bisoprolol 2.5mg tablets", "One tablet once a day", (28, "tablet"))),
            (
                500,
                coded(
                    "Glyceryl trinitrate 400micrograms/dose sublingual spray",
                    "One or two sprays under the tongue when needed",
                    (1, "spray"),
                    ("71759000", "Product containing glyceryl trinitrate"),
                ),
            ),
        ],
    ),
    (
        "atrial-fibrillation",
        &[
            (760, medicine("Apixaban 5mg tablets", "One tablet twice a day", (56, "tablet"))),
            (
                120,
                coded(
                    "Warfarin 1mg tablets",
                    "As directed by the clinic",
                    (28, "tablet"),
                    ("48603004", "Product containing warfarin"),
                ),
            ),
            (600, medicine("Bisoprolol 2.5mg tablets", "One tablet once a day", (28, "tablet"))),
            (
                110,
                coded(
                    "Digoxin 125microgram tablets",
                    "One tablet once a day",
                    (28, "tablet"),
                    ("796001", "Product containing digoxin"),
                ),
            ),
        ],
    ),
    (
        "heart-failure",
        &[
            (850, medicine("Furosemide 40mg tablets", "One tablet each morning", (28, "tablet"))),
            (700, medicine("Bisoprolol 2.5mg tablets", "One tablet once a day", (28, "tablet"))),
            (450, medicine("Spironolactone 25mg tablets", "One tablet once a day", (28, "tablet"))),
        ],
    ),
    (
        "stroke",
        &[
            (
                700,
                coded(
                    "Clopidogrel 75mg tablets",
                    "One tablet once a day",
                    (28, "tablet"),
                    ("108979001", "Product containing clopidogrel"),
                ),
            ),
            (800, medicine("Atorvastatin 40mg tablets", "One tablet at night", (28, "tablet"))),
        ],
    ),
    ("kidney-disease", &[(550, medicine("Atorvastatin 20mg tablets", "One tablet at night", (28, "tablet")))]),
    (
        "depression",
        &[
            (420, medicine("Sertraline 50mg tablets", "One tablet once a day", (28, "tablet"))),
            (160, medicine("Mirtazapine 15mg tablets", "One tablet at night", (28, "tablet"))),
        ],
    ),
    (
        "anxiety",
        &[(
            180,
            coded(
                "Propranolol 40mg tablets",
                "One tablet when needed, up to three times a day",
                (28, "tablet"),
                ("55745002", "Product containing propranolol"),
            ),
        )],
    ),
    ("dementia", &[(450, medicine("Donepezil 10mg tablets", "One tablet at night", (28, "tablet")))]),
    ("epilepsy", &[(700, medicine("Lamotrigine 100mg tablets", "One tablet twice a day", (56, "tablet")))]),
    (
        "hypothyroidism",
        &[(
            980,
            coded(
                "Levothyroxine 75microgram tablets",
                "One tablet each morning before food",
                (28, "tablet"),
                ("61020000", "Product containing thyroid hormone"),
            ),
        )],
    ),
    (
        "osteoarthritis",
        &[(480, medicine("Paracetamol 500mg tablets", "Two tablets up to four times a day", (100, "tablet")))],
    ),
    (
        "osteoporosis",
        &[
            (
                620,
                medicine("Alendronic acid 70mg tablets", "One tablet once a week, standing, with water", (4, "tablet")),
            ),
            (750, medicine("Colecalciferol 800unit capsules", "One capsule once a day", (30, "capsule"))),
        ],
    ),
    (
        "reflux",
        &[(750, medicine("Omeprazole 20mg gastro-resistant capsules", "One capsule once a day", (28, "capsule")))],
    ),
    ("eczema", &[(500, medicine("Emollient cream", "Apply often", (500, "g")))]),
    ("psoriasis", &[(500, medicine("Calcipotriol with betamethasone gel", "Apply once a day", (60, "g")))]),
    ("migraine", &[(500, medicine("Sumatriptan 50mg tablets", "One tablet at the start of an attack", (6, "tablet")))]),
    (
        "breast-cancer",
        &[(
            350,
            coded(
                "Tamoxifen 20mg tablets",
                "One tablet once a day",
                (30, "tablet"),
                ("75959001", "Product containing tamoxifen"),
            ),
        )],
    ),
    (
        "rheumatoid-arthritis",
        &[
            (650, medicine("Methotrexate 2.5mg tablets", "Six tablets once a week, on the same day", (24, "tablet"))),
            (
                650,
                medicine(
                    "Folic acid 5mg tablets",
                    "One tablet once a week, not on the methotrexate day",
                    (4, "tablet"),
                ),
            ),
        ],
    ),
    ("schizophrenia", &[(700, medicine("Olanzapine 10mg tablets", "One tablet at night", (28, "tablet")))]),
    (
        "bipolar",
        &[(500, medicine("Lithium carbonate 400mg modified-release tablets", "One tablet at night", (28, "tablet")))],
    ),
    ("gout", &[(550, medicine("Allopurinol 300mg tablets", "One tablet once a day", (28, "tablet")))]),
    (
        "glaucoma",
        &[(850, medicine("Latanoprost 50micrograms/ml eye drops", "One drop in each eye at night", (1, "bottle")))],
    ),
    (
        "parkinsons",
        &[(800, medicine("Co-careldopa 25mg/100mg tablets", "One tablet three times a day", (84, "tablet")))],
    ),
];

/// A short course: the key that `contacts` asks for.
pub(crate) const SHORT_COURSES: &[(&str, Medicine)] = &[
    (
        "penicillin",
        coded(
            "Amoxicillin 500mg capsules",
            "One capsule three times a day for 5 days",
            (15, "capsule"),
            ("27658006", "Product containing amoxicillin"),
        ),
    ),
    (
        "other-antibiotic",
        medicine("Doxycycline 100mg capsules", "Two on the first day, then one a day", (6, "capsule")),
    ),
    (
        "urine",
        medicine(
            "Nitrofurantoin 100mg modified-release capsules",
            "One capsule twice a day for 3 days",
            (6, "capsule"),
        ),
    ),
    ("pain", medicine("Naproxen 500mg tablets", "One tablet twice a day with food", (28, "tablet"))),
    ("mild-pain", medicine("Paracetamol 500mg tablets", "Two tablets up to four times a day", (32, "tablet"))),
    ("urine-kidneys", medicine("Trimethoprim 200mg tablets", "One tablet twice a day for 3 days", (6, "tablet"))),
    ("skin", medicine("Hydrocortisone 1% cream", "Apply thinly twice a day for 7 days", (15, "g"))),
    (
        "eyes",
        medicine("Chloramphenicol 0.5% eye drops", "One drop every 2 hours, then four times a day", (1, "bottle")),
    ),
    ("steroid", medicine("Prednisolone 5mg tablets", "Six tablets each morning for 5 days", (30, "tablet"))),
];

/// The short course with a key.
pub(crate) fn short_course(key: &str) -> Option<&'static Medicine> {
    SHORT_COURSES.iter().find(|(k, _)| *k == key).map(|(_, m)| m)
}

/// Writes the repeat medicines of every long-term condition.
pub(crate) fn write(life: &mut Life<'_>) {
    let story = life.plays(crate::population::Part::MrsA);
    let mut taken: Vec<&'static str> = Vec::new();
    for condition in life.conditions() {
        let Some((_, options)) = TREATMENTS.iter().find(|(key, _)| *key == condition.key) else { continue };
        for (per_mille, medicine) in *options {
            let prescribed = if story { *per_mille >= 550 } else { life.chance.happens(*per_mille) };
            let first_word = medicine.name.split(' ').next().unwrap_or("");
            if !prescribed || taken.contains(&first_word) || life.age() < 5 || is_unsafe(life, first_word, &taken) {
                continue;
            }
            taken.push(first_word);
            repeat(life, condition.key, medicine);
        }
    }
}

/// Whether no prescriber would give this medicine to this person, with what they take already.
fn is_unsafe(life: &Life<'_>, first_word: &str, taken: &[&str]) -> bool {
    let anticoagulated = taken.contains(&"Apixaban") || taken.contains(&"Warfarin");
    match first_word {
        "Propranolol" | "Bisoprolol" => life.has("asthma"),
        "Aspirin" => life.avoids_aspirin || life.has("atrial-fibrillation"),
        "Clopidogrel" => life.has("atrial-fibrillation"),
        "Warfarin" | "Apixaban" => anticoagulated,
        "Methotrexate" | "Lithium" => life.has("kidney-disease"),
        _ => false,
    }
}

/// The short course that suits the person: no penicillin for the allergic, no naproxen where it does harm, no
/// nitrofurantoin for failing kidneys.
fn suitable<'k>(life: &Life<'_>, key: &'k str) -> &'k str {
    let at_risk =
        ["kidney-disease", "heart-failure", "atrial-fibrillation", "heart-disease", "stroke", "asthma", "hypertension"];
    match key {
        "penicillin" if life.avoids_penicillin => "other-antibiotic",
        "pain" if life.avoids_aspirin || life.age() > 65 || at_risk.iter().any(|key| life.has(key)) => "mild-pain",
        "urine" if life.has("kidney-disease") => "urine-kidneys",
        key => key,
    }
}

/// Writes what is taken, and its last issues.
fn repeat(life: &mut Life<'_>, key: &str, medicine: &'static Medicine) {
    let Some((since, reason)) = life.problem(key).map(|p| (p.since, p.reference.clone())) else { return };
    let words = long_term(key).map_or("", |c| c.concept.text);
    let started = since.plus(20).min(life.end);
    let reason = link(&reason, words);
    let interval = if life.age() > 60 { 28 } else { 56 };
    let back = life.chance.between(1, interval - 1);
    let issues: Vec<Day> = [interval + back, back]
        .iter()
        .map(|ago| life.end.plus(-ago).working().min(life.end))
        .filter(|d| *d > started)
        .collect();
    let mut last = None;
    for (place, day) in issues.iter().enumerate() {
        let open = place + 1 == issues.len() && life.is_alive();
        let body = request(life, medicine, &Issue { day: *day, open, reason: &reason, encounter: None, repeat: true });
        last = Some(life.pen.write("MedicationRequest", &body));
    }
    let mut body = json!({
        "status": if life.is_alive() { "active" } else { "stopped" },
        "medicationCodeableConcept": medicine.concept(),
        "subject": life.subject(),
        "effectivePeriod": days(started, life.person.died),
        "dateAsserted": issues.last().copied().unwrap_or(started).to_string(),
        "informationSource": life.usual_gp(),
        "reasonReference": [reason],
        "dosage": [{ "text": medicine.dose }],
    });
    if let (Some(request), Some(object)) = (last, body.as_object_mut()) {
        object.insert("basedOn".to_owned(), json!([{ "reference": request }]));
    }
    life.pen.write("MedicationStatement", &body);
}

/// Writes a short course that was prescribed in a contact.
pub(crate) fn prescribe(life: &mut Life<'_>, key: &str, day: Day, encounter: &str, reason: &Value) {
    let Some(medicine) = short_course(suitable(life, key)) else { return };
    let issue = Issue { day, open: false, reason, encounter: Some(encounter), repeat: false };
    let body = request(life, medicine, &issue);
    life.pen.write("MedicationRequest", &body);
}

/// One issue of a medicine.
struct Issue<'i> {
    day: Day,
    open: bool,
    reason: &'i Value,
    encounter: Option<&'i str>,
    repeat: bool,
}

fn request(life: &Life<'_>, medicine: &Medicine, issue: &Issue<'_>) -> Value {
    let course = if issue.repeat {
        ("continuous", "Continuous long term therapy")
    } else {
        ("acute", "Short course (acute) therapy")
    };
    let mut body = json!({
        "status": if issue.open { "active" } else { "completed" },
        "intent": "order",
        "medicationCodeableConcept": medicine.concept(),
        "subject": life.subject(),
        "authoredOn": issue.day.at(9, 30).to_string(),
        "requester": life.by(life.practice(), Job::Gp, life.person.number.saturating_sub(1)),
        "courseOfTherapyType": crate::shape::coded("http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy", course.0, course.1),
        "dosageInstruction": [{ "text": medicine.dose }],
        "dispenseRequest": { "quantity": { "value": medicine.supply.0, "unit": medicine.supply.1 } },
    });
    if let Some(object) = body.as_object_mut() {
        match issue.encounter {
            Some(encounter) => {
                object.insert("encounter".to_owned(), json!({ "reference": encounter }));
                object.insert("reasonCode".to_owned(), json!([issue.reason]));
            }
            None => {
                object.insert("reasonReference".to_owned(), json!([issue.reason]));
            }
        }
    }
    body
}

impl Medicine {
    /// The medicine as a codeable concept.
    pub(crate) fn concept(&self) -> Value {
        match self.product {
            Some((code, term)) => {
                json!({ "coding": [{ "system": SNOMED, "code": code, "display": term }], "text": self.name })
            }
            None => json!({ "text": self.name }),
        }
    }
}
