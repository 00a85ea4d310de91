//! Bedside observations with the National Early Warning Score (NEWS2, Royal College of Physicians 2017).
//!
//! A set is seven observations and the total, which is derived from them. The score's table is the college's; the
//! function is compared with its published bands by a test. It refuses people under 16, for whom the score is not made.
//! Next: `hospital`, which takes the sets.

use crate::calendar::Moment;
use crate::codes::{self, OBSERVATION_CATEGORY};
use crate::life::Life;
use crate::results::{Sign, blood_pressure, sign_body};
use crate::shape::{coded, quantity, sct, with};
use serde_json::{Value, json};

/// What was seen at the bedside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bedside {
    /// Breaths a minute.
    pub(crate) breaths: i32,
    /// Oxygen saturation in per cent.
    pub(crate) saturation: i32,
    /// Whether oxygen was given.
    pub(crate) oxygen: bool,
    /// Systolic blood pressure.
    pub(crate) systolic: i32,
    /// Heart beats a minute.
    pub(crate) pulse: i32,
    /// Whether newly confused.
    pub(crate) confused: bool,
    /// Temperature in tenths of a degree Celsius.
    pub(crate) temperature: i32,
}

impl Bedside {
    /// The total score, by scale 1 for oxygen.
    pub(crate) fn news2(&self) -> i32 {
        let breaths = match self.breaths {
            ..=8 | 25.. => 3,
            9..=11 => 1,
            12..=20 => 0,
            21..=24 => 2,
        };
        let saturation = match self.saturation {
            ..=91 => 3,
            92..=93 => 2,
            94..=95 => 1,
            96.. => 0,
        };
        let systolic = match self.systolic {
            ..=90 | 220.. => 3,
            91..=100 => 2,
            101..=110 => 1,
            111..=219 => 0,
        };
        let pulse = match self.pulse {
            ..=40 | 131.. => 3,
            41..=50 | 91..=110 => 1,
            51..=90 => 0,
            111..=130 => 2,
        };
        let temperature = match self.temperature {
            ..=350 => 3,
            351..=360 | 381..=390 => 1,
            361..=380 => 0,
            391.. => 2,
        };
        breaths
            + saturation
            + systolic
            + pulse
            + temperature
            + 2 * i32::from(self.oxygen)
            + 3 * i32::from(self.confused)
    }
}

const BREATHS: Sign = Sign {
    loinc: ("9279-1", "Respiratory rate"),
    snomed: Some(("86290005", "Respiratory rate")),
    text: "Breathing rate",
    unit: ("breaths/minute", "/min"),
    decimals: 0,
};
const SATURATION: Sign = Sign {
    loinc: ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
    snomed: Some(("431314004", "Peripheral oxygen saturation")),
    text: "Oxygen level",
    unit: ("%", "%"),
    decimals: 0,
};
const PULSE: Sign = Sign {
    loinc: ("8867-4", "Heart rate"),
    snomed: Some(("364075005", "Heart rate")),
    text: "Heart rate",
    unit: ("beats/minute", "/min"),
    decimals: 0,
};
const TEMPERATURE: Sign = Sign {
    loinc: ("8310-5", "Body temperature"),
    snomed: Some(("386725007", "Body temperature")),
    text: "Temperature",
    unit: ("degrees C", "Cel"),
    decimals: 1,
};

/// Where and by whom a set was taken.
pub(crate) struct Taken<'t> {
    /// When.
    pub(crate) when: Moment,
    /// By whom.
    pub(crate) by: &'t Value,
    /// During which encounter.
    pub(crate) encounter: Option<&'t str>,
}

/// Writes a set of observations and its total; gives the reference of the total.
pub(crate) fn write(life: &mut Life<'_>, seen: &Bedside, taken: &Taken<'_>) -> String {
    let at = (taken.when, taken.by);
    let diastolic = f64::from(seen.systolic) * 0.42 + 24.0;
    let bodies = [
        sign_body(life, &BREATHS, f64::from(seen.breaths), at),
        sign_body(life, &SATURATION, f64::from(seen.saturation), at),
        finding(life, None, if seen.oxygen { &codes::ON_OXYGEN } else { &codes::ROOM_AIR }, at),
        blood_pressure(life, (f64::from(seen.systolic), diastolic), taken.when, taken.by),
        sign_body(life, &PULSE, f64::from(seen.pulse), at),
        finding(life, Some(&codes::ACVPU), if seen.confused { &codes::CONFUSED } else { &codes::ALERT }, at),
        sign_body(life, &TEMPERATURE, f64::from(seen.temperature) / 10.0, at),
    ];
    let parts: Vec<Value> = bodies
        .into_iter()
        .map(|body| json!({ "reference": life.pen.write("Observation", &placed(body, taken.encounter)) }))
        .collect();
    let total = json!({
        "status": "final",
        "category": [coded(OBSERVATION_CATEGORY, "survey", "Survey")],
        "code": sct(&codes::NEWS2_TOTAL),
        "subject": life.subject(),
        "effectiveDateTime": taken.when.to_string(),
        "performer": [taken.by],
        "valueQuantity": quantity(f64::from(seen.news2()), 0, "score", "{ScoreOf}"),
        "derivedFrom": parts,
    });
    life.pen.write("Observation", &placed(total, taken.encounter))
}

fn finding(
    life: &Life<'_>,
    question: Option<&codes::Concept>,
    answer: &codes::Concept,
    (when, by): (Moment, &Value),
) -> Value {
    let body = json!({
        "status": "final",
        "category": [coded(OBSERVATION_CATEGORY, if question.is_some() { "survey" } else { "vital-signs" }, if question.is_some() { "Survey" } else { "Vital Signs" })],
        "code": sct(question.unwrap_or(answer)),
        "subject": life.subject(),
        "effectiveDateTime": when.to_string(),
        "performer": [by],
    });
    match question {
        Some(_) => with(body, "valueCodeableConcept", sct(answer)),
        None => with(body, "valueBoolean", json!(true)),
    }
}

fn placed(body: Value, encounter: Option<&str>) -> Value {
    match encounter {
        Some(reference) => with(body, "encounter", json!({ "reference": reference })),
        None => body,
    }
}

/// A made-up set for somebody who is `ill` by so much (0 well, 10 gravely).
pub(crate) fn draw(life: &mut Life<'_>, ill: f64) -> Bedside {
    let chance = &mut life.chance;
    let mut near = |mean: f64, deviation: f64| crate::calendar::whole(chance.around(mean, deviation));
    let (breaths, saturation) = (near(15.5 + ill * 0.75, 1.2), near(97.3 - ill * 0.42, 0.8).min(100));
    let (systolic, pulse, temperature) =
        (near(132.0 - ill * 2.6, 9.0), near(74.0 + ill * 3.6, 6.0), near(366.0 + ill * 1.9, 3.0));
    let oxygen = saturation < 92;
    let saturation = if oxygen { saturation + 3 } else { saturation };
    Bedside {
        breaths,
        saturation,
        oxygen,
        systolic,
        pulse,
        confused: ill > 7.0 && life.chance.happens(300),
        temperature,
    }
}

#[cfg(test)]
mod tests {
    use super::Bedside;

    const WELL: Bedside = Bedside {
        breaths: 16,
        saturation: 97,
        oxygen: false,
        systolic: 124,
        pulse: 72,
        confused: false,
        temperature: 368,
    };

    #[test]
    fn a_well_person_scores_nothing() {
        assert_eq!(WELL.news2(), 0);
    }

    #[test]
    fn each_band_of_the_table_scores_as_the_college_says() {
        let cases = [
            (Bedside { breaths: 8, ..WELL }, 3),
            (Bedside { breaths: 11, ..WELL }, 1),
            (Bedside { breaths: 21, ..WELL }, 2),
            (Bedside { breaths: 25, ..WELL }, 3),
            (Bedside { saturation: 91, ..WELL }, 3),
            (Bedside { saturation: 93, ..WELL }, 2),
            (Bedside { saturation: 95, ..WELL }, 1),
            (Bedside { oxygen: true, ..WELL }, 2),
            (Bedside { systolic: 90, ..WELL }, 3),
            (Bedside { systolic: 100, ..WELL }, 2),
            (Bedside { systolic: 110, ..WELL }, 1),
            (Bedside { systolic: 220, ..WELL }, 3),
            (Bedside { pulse: 40, ..WELL }, 3),
            (Bedside { pulse: 50, ..WELL }, 1),
            (Bedside { pulse: 91, ..WELL }, 1),
            (Bedside { pulse: 111, ..WELL }, 2),
            (Bedside { pulse: 131, ..WELL }, 3),
            (Bedside { confused: true, ..WELL }, 3),
            (Bedside { temperature: 350, ..WELL }, 3),
            (Bedside { temperature: 360, ..WELL }, 1),
            (Bedside { temperature: 381, ..WELL }, 1),
            (Bedside { temperature: 391, ..WELL }, 2),
        ];

        for (seen, score) in cases {
            assert_eq!(seen.news2(), score, "{seen:?}");
        }
    }
}
