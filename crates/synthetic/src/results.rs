//! Results: laboratory reports and measurements at the practice, with trends over the years.
//!
//! Who has diabetes gets HbA1c twice a year, who has kidney disease sees the eGFR fall slowly, and so on; values outside
//! the reference range carry an interpretation. LOINC codes say which test, UCUM which unit. It refuses bedside
//! observations: `vital_signs` has them. Next: `hospital`.

use crate::calendar::{Day, Moment};
use crate::codes::{Concept, LOINC, OBSERVATION_CATEGORY, SNOMED, said, same};
use crate::life::Life;
use crate::places::HOSPITAL;
use crate::population::Sex;
use crate::shape::{coded, link, number, quantity, sct};
use crate::staff::Job;
use serde_json::{Value, json};

/// A test: its codes, words, unit and reference range.
pub(crate) struct Test {
    loinc: (&'static str, &'static str),
    snomed: Option<(&'static str, &'static str)>,
    text: &'static str,
    unit: (&'static str, &'static str),
    decimals: usize,
    range: (Option<f64>, Option<f64>),
}

const fn test(
    loinc: (&'static str, &'static str),
    text: &'static str,
    unit: (&'static str, &'static str),
    decimals: usize,
    range: (Option<f64>, Option<f64>),
) -> Test {
    Test { loinc, snomed: None, text, unit, decimals, range }
}

const MMOL: (&str, &str) = ("mmol/L", "mmol/L");
const HBA1C: Test = Test {
    snomed: Some(("43396009", "Hemoglobin A1c measurement")),
    ..test(
        ("59261-8", "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol"),
        "HbA1c",
        ("mmol/mol", "mmol/mol"),
        0,
        (Some(20.0), Some(42.0)),
    )
};
const SODIUM: Test = Test {
    snomed: Some(("25197003", "Sodium measurement")),
    ..test(("2951-2", "Sodium [Moles/volume] in Serum or Plasma"), "Sodium", MMOL, 0, (Some(133.0), Some(146.0)))
};
const POTASSIUM: Test = Test {
    snomed: Some(("59573005", "Potassium measurement")),
    ..test(("2823-3", "Potassium [Moles/volume] in Serum or Plasma"), "Potassium", MMOL, 1, (Some(3.5), Some(5.3)))
};
const CREATININE: Test = test(
    ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma"),
    "Creatinine",
    ("umol/L", "umol/L"),
    0,
    (Some(45.0), Some(104.0)),
);
const EGFR: Test = Test {
    snomed: Some(("80274001", "Glomerular filtration rate")),
    ..test(
        (
            "62238-1",
            "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI)",
        ),
        "Kidney function (eGFR)",
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
        0,
        (Some(60.0), None),
    )
};
const CHOLESTEROL: Test = Test {
    snomed: Some(("121868005", "Total cholesterol measurement")),
    ..test(
        ("14647-2", "Cholesterol [Moles/volume] in Serum or Plasma"),
        "Total cholesterol",
        MMOL,
        1,
        (None, Some(5.0)),
    )
};
const HDL: Test = test(
    ("14646-4", "Cholesterol in HDL [Moles/volume] in Serum or Plasma"),
    "HDL cholesterol",
    MMOL,
    1,
    (Some(1.0), None),
);
const HAEMOGLOBIN: Test =
    test(("718-7", "Hemoglobin [Mass/volume] in Blood"), "Haemoglobin", ("g/L", "g/L"), 0, (Some(115.0), Some(165.0)));
const WHITE_CELLS: Test = test(
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count"),
    "White cell count",
    ("10*9/L", "10*9/L"),
    1,
    (Some(4.0), Some(11.0)),
);
const PLATELETS: Test = Test {
    snomed: Some(("61928009", "Platelet count")),
    ..test(
        ("777-3", "Platelets [#/volume] in Blood by Automated count"),
        "Platelets",
        ("10*9/L", "10*9/L"),
        0,
        (Some(150.0), Some(400.0)),
    )
};
const TSH: Test = test(
    ("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma"),
    "Thyroid stimulating hormone",
    ("mU/L", "m[IU]/L"),
    2,
    (Some(0.27), Some(4.2)),
);
/// C-reactive protein.
pub(crate) const CRP: Test = Test {
    snomed: Some(("55235003", "C-reactive protein measurement")),
    ..test(
        ("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma"),
        "C-reactive protein (CRP)",
        ("mg/L", "mg/L"),
        0,
        (None, Some(5.0)),
    )
};
/// Lactate.
pub(crate) const LACTATE: Test =
    test(("2524-7", "Lactate [Moles/volume] in Serum or Plasma"), "Lactate", MMOL, 1, (Some(0.5), Some(2.0)));

/// A value of a test.
pub(crate) type Value1 = (&'static Test, f64);

/// The makings of one laboratory report.
pub(crate) struct Report<'r> {
    /// LOINC code and name of the panel.
    pub(crate) panel: (&'static str, &'static str),
    /// What people call it.
    pub(crate) text: &'static str,
    /// When the sample was taken.
    pub(crate) taken: Moment,
    /// The values.
    pub(crate) values: &'r [Value1],
    /// The encounter, if it belongs to one.
    pub(crate) encounter: Option<&'r str>,
}

const RENAL: ((&str, &str), &str) =
    (("24362-6", "Renal function 2000 panel - Serum or Plasma"), "Kidney function blood test");
const LIPIDS: ((&str, &str), &str) =
    (("57698-3", "Lipid panel with direct LDL - Serum or Plasma"), "Cholesterol blood test");
const FULL_COUNT: ((&str, &str), &str) = (("58410-2", "CBC panel - Blood by Automated count"), "Full blood count");
/// Single tests report under their own code.
const DIABETES: ((&str, &str), &str) =
    (("59261-8", "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol"), "Diabetes blood test (HbA1c)");
const THYROID: ((&str, &str), &str) =
    (("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma"), "Thyroid blood test");

/// Writes the regular tests and measurements.
pub(crate) fn write(life: &mut Life<'_>) {
    laboratory(life);
    measurements(life);
}

fn laboratory(life: &mut Life<'_>) {
    let diabetic = life.has("type-2-diabetes") || life.has("type-1-diabetes");
    let renal = life.has("kidney-disease");
    let circulation = diabetic || renal || life.has("hypertension") || life.has("heart-disease") || life.has("stroke");
    if diabetic {
        hba1c(life);
    }
    if renal || diabetic || life.has("heart-failure") {
        kidneys(life, 6);
    } else if circulation || life.has("bipolar") {
        kidneys(life, 3);
    }
    if circulation {
        lipids(life, 3);
    } else if life.age() >= 40 && life.chance.happens(550) {
        lipids(life, 1);
    }
    if life.has("hypothyroidism") {
        for day in dates(life, 3) {
            let value = life.chance.around(2.4, 1.2).max(0.1);
            report(life, THYROID, day, &[(&TSH, value)]);
        }
    }
    let counts = if renal || life.has("rheumatoid-arthritis") || life.age() > 74 {
        3
    } else {
        usize::from(life.age() > 18 && life.chance.happens(300))
    };
    for day in dates(life, counts) {
        let (base, low) = if life.person.sex == Sex::Female { (131.0, 8.0) } else { (146.0, 9.0) };
        let renal_loss = if renal { 14.0 } else { 0.0 };
        let values = [
            (&HAEMOGLOBIN, life.chance.around(base - renal_loss, low)),
            (&WHITE_CELLS, life.chance.around(6.9, 1.5)),
            (&PLATELETS, life.chance.around(255.0, 50.0)),
        ];
        report(life, FULL_COUNT, day, &values);
    }
}

/// Days spread evenly back over about four years, the last some weeks ago.
fn dates(life: &mut Life<'_>, count: usize) -> Vec<Day> {
    let steps = i32::try_from(count).unwrap_or(1).max(1);
    let gap = (365 * 4 / steps).min(365);
    let last = life.chance.between(12, gap.min(180));
    let born = life.person.born;
    (0..steps)
        .rev()
        .map(|step| life.end.plus(-last - step * gap + life.chance.between(-9, 9)).working())
        .filter(|day| *day > born && count > 0 && *day <= life.end)
        .collect()
}

fn hba1c(life: &mut Life<'_>) {
    let base = life.chance.around(57.0, 9.0);
    let slope = life.chance.around(0.9, 1.8);
    for (step, day) in (0_u8..).zip(dates(life, 8)) {
        let value = life.chance.around(base + slope * f64::from(step) / 2.0, 2.2).max(36.0);
        report(life, DIABETES, day, &[(&HBA1C, value)]);
    }
}

fn kidneys(life: &mut Life<'_>, count: usize) {
    let age = f64::from(life.age());
    let start = if life.has("kidney-disease") {
        life.chance.around(50.0, 4.0)
    } else {
        life.chance.around(112.0 - age * 0.5, 7.0)
    };
    let loss = if life.has("kidney-disease") { 1.6 } else { 0.7 };
    for (step, day) in (0_u8..).zip(dates(life, count)) {
        let egfr = life.chance.around(start - loss * f64::from(step) * 0.7, 1.6).clamp(16.0, 90.0);
        // Creatinine moves against the eGFR; the made-up curve passes near the published formula for the middle-aged.
        let creatinine = (5_900.0 / egfr + if life.person.sex == Sex::Male { 14.0 } else { 0.0 }).max(46.0);
        let values = [
            (&SODIUM, life.chance.around(139.5, 2.0)),
            (&POTASSIUM, life.chance.around(4.4, 0.35)),
            (&CREATININE, creatinine),
            (&EGFR, egfr),
        ];
        report(life, RENAL, day, &values);
    }
}

fn lipids(life: &mut Life<'_>, count: usize) {
    let treated = life.has("type-2-diabetes") || life.has("heart-disease") || life.has("stroke");
    let base = life.chance.around(if treated { 4.2 } else { 5.3 }, 0.7);
    for day in dates(life, count) {
        let values =
            [(&CHOLESTEROL, life.chance.around(base, 0.25).max(2.4)), (&HDL, life.chance.around(1.4, 0.2).max(0.7))];
        report(life, LIPIDS, day, &values);
    }
}

fn report(life: &mut Life<'_>, panel: ((&'static str, &'static str), &'static str), day: Day, values: &[Value1]) {
    let taken = day.at(9, 40);
    write_report(life, &Report { panel: panel.0, text: panel.1, taken, values, encounter: None });
}

/// Writes the observations of a report and the report.
pub(crate) fn write_report(life: &mut Life<'_>, report: &Report<'_>) -> String {
    life.pen.write_for(HOSPITAL.ods);
    let mut results = Vec::with_capacity(report.values.len());
    for (test, value) in report.values {
        let body = observation(life, (test, *value), report);
        results.push(link(&life.pen.write("Observation", &body), test.text));
    }
    let mut body = json!({
        "status": "final",
        "category": [coded("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB", "Laboratory")],
        "code": { "coding": [{ "system": LOINC, "code": report.panel.0, "display": report.panel.1 }], "text": report.text },
        "subject": life.subject(),
        "effectiveDateTime": report.taken.to_string(),
        "issued": report.taken.plus(if report.encounter.is_some() { 55 } else { 1_530 }).to_string(),
        "performer": [HOSPITAL.link()],
        "result": results,
    });
    if let (Some(encounter), Some(object)) = (report.encounter, body.as_object_mut()) {
        object.insert("encounter".to_owned(), json!({ "reference": encounter }));
    }
    let reference = life.pen.write("DiagnosticReport", &body);
    life.pen.write_for(life.practice().ods);
    reference
}

fn observation(life: &Life<'_>, (test, value): (&Test, f64), report: &Report<'_>) -> Value {
    let mut coding = vec![json!({ "system": LOINC, "code": test.loinc.0, "display": test.loinc.1 })];
    if let Some((code, display)) = test.snomed {
        coding.push(json!({ "system": SNOMED, "code": code, "display": display }));
    }
    let mut body = json!({
        "status": "final",
        "category": [coded(OBSERVATION_CATEGORY, "laboratory", "Laboratory")],
        "code": { "coding": coding, "text": test.text },
        "subject": life.subject(),
        "effectiveDateTime": report.taken.to_string(),
        "performer": [HOSPITAL.link()],
        "valueQuantity": quantity(value, test.decimals, test.unit.0, test.unit.1),
        "referenceRange": [range(test)],
    });
    let Some(object) = body.as_object_mut() else { return body };
    let shown = number(value, test.decimals).as_f64().unwrap_or(value);
    let verdict = match test.range {
        (Some(low), _) if shown < low => Some(("L", "Low")),
        (_, Some(high)) if shown > high => Some(("H", "High")),
        _ => None,
    };
    if let Some((code, display)) = verdict {
        let flag = coded("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", code, display);
        object.insert("interpretation".to_owned(), json!([flag]));
    }
    if let Some(encounter) = report.encounter {
        object.insert("encounter".to_owned(), json!({ "reference": encounter }));
    }
    body
}

fn range(test: &Test) -> Value {
    let mut range = serde_json::Map::new();
    if let Some(low) = test.range.0 {
        range.insert("low".to_owned(), quantity(low, test.decimals, test.unit.0, test.unit.1));
    }
    if let Some(high) = test.range.1 {
        range.insert("high".to_owned(), quantity(high, test.decimals, test.unit.0, test.unit.1));
    }
    Value::Object(range)
}

/// Blood pressure, weight and smoking at the practice.
fn measurements(life: &mut Life<'_>) {
    if life.age() < 16 {
        return;
    }
    let raised = life.has("hypertension");
    let count = if raised {
        6
    } else if life.age() >= 40 {
        2
    } else {
        usize::from(life.chance.happens(500))
    };
    let base = life.chance.around(if raised { 142.0 } else { 124.0 }, 8.0);
    for (step, day) in (0_u8..).zip(dates(life, count)) {
        let treated = if raised { f64::from(step) * 1.3 } else { 0.0 };
        let systolic = life.chance.around(base - treated, 6.0).clamp(92.0, 205.0);
        let diastolic = life.chance.around(systolic * 0.42 + 26.0, 4.0).clamp(48.0, 118.0);
        let performer = life.by(life.practice(), Job::PracticeNurse, 0);
        let body = blood_pressure(life, (systolic, diastolic), day.at(10, 20), &performer);
        life.pen.write("Observation", &body);
    }
    body_mass(life);
    smoking(life);
}

/// The body of a blood pressure reading.
pub(crate) fn blood_pressure(
    life: &Life<'_>,
    (systolic, diastolic): (f64, f64),
    when: Moment,
    performer: &Value,
) -> Value {
    let part = |loinc: (&str, &str), snomed: (&str, &str), value| {
        json!({
            "code": { "coding": [
                { "system": LOINC, "code": loinc.0, "display": loinc.1 },
                { "system": SNOMED, "code": snomed.0, "display": snomed.1 },
            ] },
            "valueQuantity": quantity(value, 0, "mmHg", "mm[Hg]"),
        })
    };
    json!({
        "status": "final",
        "category": [coded(OBSERVATION_CATEGORY, "vital-signs", "Vital Signs")],
        "code": {
            "coding": [
                { "system": LOINC, "code": "85354-9", "display": "Blood pressure panel with all children optional" },
                { "system": SNOMED, "code": "75367002", "display": "Blood pressure" },
            ],
            "text": "Blood pressure",
        },
        "subject": life.subject(),
        "effectiveDateTime": when.to_string(),
        "performer": [performer],
        "component": [
            part(("8480-6", "Systolic blood pressure"), ("271649006", "Systolic blood pressure"), systolic),
            part(("8462-4", "Diastolic blood pressure"), ("271650006", "Diastolic blood pressure"), diastolic),
        ],
    })
}

/// One vital sign with a LOINC code and, where there is one, a SNOMED CT code.
pub(crate) struct Sign {
    /// LOINC code and name.
    pub(crate) loinc: (&'static str, &'static str),
    /// SNOMED CT code and term.
    pub(crate) snomed: Option<(&'static str, &'static str)>,
    /// What people call it.
    pub(crate) text: &'static str,
    /// Unit in words and in UCUM.
    pub(crate) unit: (&'static str, &'static str),
    /// Decimals shown.
    pub(crate) decimals: usize,
}

/// The body of a vital sign.
pub(crate) fn sign_body(life: &Life<'_>, sign: &Sign, value: f64, (when, performer): (Moment, &Value)) -> Value {
    let mut coding = vec![json!({ "system": LOINC, "code": sign.loinc.0, "display": sign.loinc.1 })];
    if let Some((code, display)) = sign.snomed {
        coding.push(json!({ "system": SNOMED, "code": code, "display": display }));
    }
    json!({
        "status": "final",
        "category": [coded(OBSERVATION_CATEGORY, "vital-signs", "Vital Signs")],
        "code": { "coding": coding, "text": sign.text },
        "subject": life.subject(),
        "effectiveDateTime": when.to_string(),
        "performer": [performer],
        "valueQuantity": quantity(value, sign.decimals, sign.unit.0, sign.unit.1),
    })
}

const HEIGHT: Sign =
    Sign { loinc: ("8302-2", "Body height"), snomed: None, text: "Height", unit: ("cm", "cm"), decimals: 0 };
const WEIGHT: Sign =
    Sign { loinc: ("29463-7", "Body weight"), snomed: None, text: "Weight", unit: ("kg", "kg"), decimals: 1 };
const MASS_INDEX: Sign = Sign {
    loinc: ("39156-5", "Body mass index (BMI) [Ratio]"),
    snomed: Some(("60621009", "Body mass index")),
    text: "Body mass index (BMI)",
    unit: ("kg/m2", "kg/m2"),
    decimals: 1,
};

fn body_mass(life: &mut Life<'_>) {
    let watched =
        life.has("obesity") || life.has("type-2-diabetes") || life.has("hypertension") || life.has("heart-failure");
    let count = if watched { 3 } else { usize::from(life.chance.happens(450)) };
    let days = dates(life, count);
    if days.is_empty() {
        return;
    }
    let height = life.chance.around(if life.person.sex == Sex::Female { 162.0 } else { 175.5 }, 6.5);
    let mut index = if life.has("obesity") {
        life.chance.around(34.5, 3.0).max(30.2)
    } else {
        life.chance.around(25.8, 2.6).clamp(18.0, 29.8)
    };
    let performer = life.by(life.practice(), Job::PracticeNurse, 0);
    for (place, day) in days.iter().enumerate() {
        let when = (day.at(10, 25), &performer);
        if place == 0 {
            let body = sign_body(life, &HEIGHT, height, when);
            life.pen.write("Observation", &body);
        }
        let weight = index * height * height / 10_000.0;
        let body = sign_body(life, &WEIGHT, weight, when);
        life.pen.write("Observation", &body);
        let body = sign_body(life, &MASS_INDEX, index, when);
        life.pen.write("Observation", &body);
        index = life.chance.around(index, 0.5);
    }
}

const SMOKES: Concept = same("77176002", "Smoker");
const STOPPED: Concept = said("8517006", "Ex-smoker", "Stopped smoking");
const NEVER: Concept = said("266919005", "Never smoked tobacco", "Never smoked");

fn smoking(life: &mut Life<'_>) {
    if !life.chance.happens(700) {
        return;
    }
    let answer = if life.has("copd") { (450, 950) } else { (125, 390) };
    let draw = life.chance.between(0, 999);
    let status = if draw < answer.0 {
        &SMOKES
    } else if draw < answer.1 {
        &STOPPED
    } else {
        &NEVER
    };
    let day = life.some_day();
    let body = json!({
        "status": "final",
        "category": [coded(OBSERVATION_CATEGORY, "social-history", "Social History")],
        "code": {
            "coding": [
                { "system": LOINC, "code": "72166-2", "display": "Tobacco smoking status" },
                { "system": SNOMED, "code": "365981007", "display": "Finding of tobacco smoking behavior" },
            ],
            "text": "Smoking",
        },
        "subject": life.subject(),
        "effectiveDateTime": day.to_string(),
        "performer": [life.by(life.practice(), Job::PracticeNurse, 0)],
        "valueCodeableConcept": sct(status),
    });
    life.pen.write("Observation", &body);
}
