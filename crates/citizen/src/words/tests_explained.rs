//! Everyday words for tests and measurements, by LOINC code (and SNOMED CT where the record has no LOINC code).
//!
//! Only common tests; the rest keep the words of the record. Next: `conditions`.

use super::{Plain, Words, look_up};

/// What a test is, if we have words for it.
pub(crate) fn test(code: &str) -> Option<Plain> {
    look_up(TESTS, code)
}

/// Code, what people call it, what it shows.
pub(super) const TESTS: Words = &[
    (
        "59261-8",
        "Blood sugar over 3 months (HbA1c)",
        "This shows how much sugar was in your blood over the last 2 to 3 months.",
    ),
    (
        "4548-4",
        "Blood sugar over 3 months (HbA1c)",
        "This shows how much sugar was in your blood over the last 2 to 3 months.",
    ),
    (
        "62238-1",
        "Kidney function (eGFR)",
        "This shows how well your kidneys clean your blood. A higher number is better.",
    ),
    (
        "33914-3",
        "Kidney function (eGFR)",
        "This shows how well your kidneys clean your blood. A higher number is better.",
    ),
    ("14682-9", "Creatinine (kidneys)", "This is a waste that your kidneys take out of your blood."),
    ("38483-4", "Creatinine (kidneys)", "This is a waste that your kidneys take out of your blood."),
    ("2951-2", "Sodium (salt in the blood)", "Sodium is a salt. It helps to keep the water in your body right."),
    ("2823-3", "Potassium (a salt in the blood)", "Potassium is a salt that your heart and muscles need."),
    ("14647-2", "Cholesterol", "Cholesterol is a fat in your blood. Too much can block the tubes that carry blood."),
    ("2093-3", "Cholesterol", "Cholesterol is a fat in your blood. Too much can block the tubes that carry blood."),
    (
        "14646-4",
        "Good cholesterol (HDL)",
        "This kind of fat helps to keep the tubes of your blood clear. A higher number is better.",
    ),
    (
        "718-7",
        "Haemoglobin (iron in the blood)",
        "This carries oxygen round your body. If it is low you may feel tired.",
    ),
    ("6690-2", "White blood cells", "These cells fight germs. The number can go up when you are ill."),
    ("777-3", "Platelets (blood clotting)", "These help your blood to clot when you get a cut."),
    ("3016-3", "Thyroid test (TSH)", "This shows how well the thyroid gland in your neck works."),
    ("1988-5", "CRP (signs of infection)", "This goes up when there is an infection or swelling in your body."),
    ("2524-7", "Lactate", "This can go up when your body is under strain, such as when you are very ill."),
    (
        "85354-9",
        "Blood pressure",
        "This shows how hard your blood pushes. The first number is when your heart beats, the second when it rests.",
    ),
    ("8867-4", "Heart rate", "This is how often your heart beats in a minute."),
    ("9279-1", "Breathing rate", "This is how often you breathe in a minute."),
    ("59408-5", "Oxygen level", "This shows how much oxygen is in your blood."),
    ("2708-6", "Oxygen level", "This shows how much oxygen is in your blood."),
    ("8310-5", "Temperature", "This is how warm your body is."),
    ("29463-7", "Weight", "This is how much you weigh."),
    ("8302-2", "Height", "This is how tall you are."),
    ("39156-5", "Body mass index (BMI)", "This is your weight set against your height."),
    ("72166-2", "Smoking", "This is what you told us about smoking."),
    (
        "1104051000000101",
        "Early warning score (NEWS2)",
        "Staff use this to see fast if somebody gets more ill. 0 is well. 7 or more needs help at once.",
    ),
    ("1104441000000107", "How awake you are", "This is how awake and clear you were when staff checked."),
    ("722742002", "Breathing air", "You were breathing normal air when staff checked."),
    ("371825009", "Breathing oxygen", "You were given oxygen when staff checked."),
];
