//! Allergies and vaccinations.
//!
//! Vaccinations follow the schedule of England by age and year of birth: babies, pre-school, teenagers, and from 65 on
//! the yearly flu vaccine, pneumococcal and shingles. It refuses to guess what a person had before records began. Next:
//! `medicines`, which respects the allergies.

use crate::calendar::Day;
use crate::codes::{Concept, said, same};
use crate::life::Life;
use crate::population::{Part, Sex};
use crate::shape::{coded, number, sct};
use crate::staff::Job;
use serde_json::{Value, json};

/// An allergy: what is written, what happens on contact, which kind, and how many in 1,000 have it.
struct Allergy {
    concept: Concept,
    reaction: Concept,
    category: &'static str,
    per_mille: i32,
}

const HIVES: Concept = said("126485001", "Urticaria", "Hives");
const RASH: Concept = said("271807003", "Eruption of skin", "Rash");
const ANAPHYLAXIS: Concept = same("39579001", "Anaphylaxis");

const ALLERGIES: &[Allergy] = &[
    Allergy {
        concept: same("91936005", "Allergy to penicillin"),
        reaction: RASH,
        category: "medication",
        per_mille: 58,
    },
    Allergy { concept: same("293586001", "Allergy to aspirin"), reaction: HIVES, category: "medication", per_mille: 9 },
    Allergy { concept: same("91935009", "Allergy to peanut"), reaction: ANAPHYLAXIS, category: "food", per_mille: 12 },
    Allergy { concept: same("300916003", "Allergy to latex"), reaction: HIVES, category: "environment", per_mille: 7 },
];

/// Writes the allergies; most people have none, and that is said too for those who were asked.
pub(crate) fn write_allergies(life: &mut Life<'_>) {
    let mut any = false;
    for allergy in ALLERGIES {
        let fixed = match life.person.part {
            Part::Nobody => None,
            Part::MrsA => Some(allergy.concept.code == "91936005"),
            Part::Citizen => Some(allergy.concept.code == "91935009"),
            Part::Daughter | Part::MrsB => Some(false),
        };
        let drawn = life.chance.happens(allergy.per_mille);
        if !fixed.unwrap_or(drawn && life.age() > 2) {
            continue;
        }
        any = true;
        life.avoids_penicillin |= allergy.concept.code == "91936005";
        life.avoids_aspirin |= allergy.concept.code == "293586001";
        let severe = allergy.reaction == ANAPHYLAXIS || life.plays(Part::MrsA);
        let body = allergy_body(life, allergy, severe);
        life.pen.write("AllergyIntolerance", &body);
    }
    if !any && life.chance.happens(350) {
        let body = none_known(life);
        life.pen.write("AllergyIntolerance", &body);
    }
}

fn allergy_body(life: &mut Life<'_>, allergy: &Allergy, severe: bool) -> Value {
    let most = f64::from(life.age().clamp(1, 40));
    let since = life.end.years_before(life.chance.fraction() * most);
    let reaction = if severe && allergy.category == "medication" { &ANAPHYLAXIS } else { &allergy.reaction };
    json!({
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "confirmed", "Confirmed"),
        "type": "allergy",
        "category": [allergy.category],
        "criticality": if severe { "high" } else { "low" },
        "code": sct(&allergy.concept),
        "patient": life.subject(),
        "recordedDate": since.to_string(),
        "recorder": life.usual_gp(),
        "reaction": [{ "manifestation": [sct(reaction)], "severity": if severe { "severe" } else { "mild" } }],
    })
}

fn none_known(life: &Life<'_>) -> Value {
    json!({
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "confirmed", "Confirmed"),
        "code": sct(&said("716186003", "No known allergy", "No known allergies")),
        "patient": life.subject(),
        "recorder": life.usual_gp(),
    })
}

/// A vaccine: what is written, and the illnesses it protects against in plain words.
struct Vaccine {
    concept: Concept,
    against: &'static str,
}

const SIX_IN_ONE: Vaccine = Vaccine {
    concept: said(
        "871896006",
        "Vaccine product containing Bordetella pertussis and Clostridium tetani and Corynebacterium diphtheriae and Haemophilus influenzae type B and Hepatitis B virus and Human poliovirus antigens",
        "6-in-1 vaccine",
    ),
    against: "Diphtheria, tetanus, whooping cough, polio, Hib and hepatitis B",
};
const ROTAVIRUS: Vaccine = Vaccine {
    concept: said("836387005", "Vaccine product containing Rotavirus antigen", "Rotavirus vaccine"),
    against: "Rotavirus",
};
const MENINGITIS_B: Vaccine = Vaccine {
    concept: said(
        "1981000221108",
        "Vaccine product containing only Neisseria meningitidis serogroup B antigen",
        "MenB vaccine",
    ),
    against: "Meningitis B",
};
const PNEUMOCOCCAL: Vaccine = Vaccine {
    concept: said("836398006", "Vaccine product containing Streptococcus pneumoniae antigen", "Pneumococcal vaccine"),
    against: "Pneumococcal disease",
};
const HIB_MENINGITIS_C: Vaccine = Vaccine {
    concept: said(
        "836500008",
        "Vaccine product containing only Haemophilus influenzae type B and Neisseria meningitidis serogroup C antigens",
        "Hib/MenC vaccine",
    ),
    against: "Hib and meningitis C",
};
const MMR: Vaccine = Vaccine {
    concept: said(
        "836494009",
        "Vaccine product containing Measles morbillivirus and Mumps orthorubulavirus and Rubella virus antigens",
        "MMR vaccine",
    ),
    against: "Measles, mumps and rubella",
};
const FOUR_IN_ONE: Vaccine = Vaccine {
    concept: said(
        "836508001",
        "Vaccine product containing Bordetella pertussis and Clostridium tetani and Corynebacterium diphtheriae and Human poliovirus antigens",
        "4-in-1 pre-school booster",
    ),
    against: "Diphtheria, tetanus, whooping cough and polio",
};
const HPV: Vaccine = Vaccine {
    concept: said("836379009", "Vaccine product containing Human papillomavirus antigen", "HPV vaccine"),
    against: "Human papillomavirus",
};
const THREE_IN_ONE: Vaccine = Vaccine {
    concept: said(
        "836505003",
        "Vaccine product containing Clostridium tetani and Corynebacterium diphtheriae and Human poliovirus antigens",
        "3-in-1 teenage booster",
    ),
    against: "Diphtheria, tetanus and polio",
};
const MENINGITIS_ACWY: Vaccine = Vaccine {
    concept: said("836401009", "Vaccine product containing Neisseria meningitidis antigen", "MenACWY vaccine"),
    against: "Meningitis A, C, W and Y",
};
const FLU: Vaccine = Vaccine {
    concept: said("836377006", "Vaccine product containing Influenza virus antigen", "Flu vaccine"),
    against: "Flu",
};
const SHINGLES: Vaccine = Vaccine {
    concept: said("836495005", "Vaccine product containing Human alphaherpesvirus 3 antigen", "Shingles vaccine"),
    against: "Shingles",
};

/// The schedule of childhood: age in weeks, vaccine, dose number, and the first year of birth that was offered it.
const CHILDHOOD: &[(i32, &Vaccine, u8, i32)] = &[
    (8, &SIX_IN_ONE, 1, 2017),
    (8, &ROTAVIRUS, 1, 2013),
    (8, &MENINGITIS_B, 1, 2015),
    (12, &SIX_IN_ONE, 2, 2017),
    (12, &ROTAVIRUS, 2, 2013),
    (12, &PNEUMOCOCCAL, 1, 2020),
    (16, &SIX_IN_ONE, 3, 2017),
    (16, &MENINGITIS_B, 2, 2015),
    (53, &HIB_MENINGITIS_C, 1, 2006),
    (53, &PNEUMOCOCCAL, 2, 2006),
    (53, &MMR, 1, 1988),
    (53, &MENINGITIS_B, 3, 2015),
    (175, &FOUR_IN_ONE, 1, 2001),
    (175, &MMR, 2, 1993),
];

/// The schedule of the teenage years.
const TEENAGE: &[(i32, &Vaccine, u8, i32)] =
    &[(650, &HPV, 1, 2006), (730, &THREE_IN_ONE, 1, 1990), (730, &MENINGITIS_ACWY, 1, 2001)];

/// Vaccinations before this year are on paper.
const RECORDS_BEGIN: i32 = 1995;

/// Writes the vaccinations.
pub(crate) fn write_immunisations(life: &mut Life<'_>) {
    let born = life.person.born.parts().0;
    let believes = life.chance.happens(930);
    let schedule = CHILDHOOD.iter().chain(TEENAGE).filter(|(weeks, ..)| *weeks < 600 || believes);
    for (weeks, vaccine, dose, since) in schedule {
        let teenage_boy = vaccine.concept == HPV.concept && life.person.sex == Sex::Male && born < 2008;
        let late = life.chance.between(0, 25);
        let day = life.person.born.plus(weeks * 7 + late).working();
        let offered = born >= *since && !teenage_boy && day < life.end && day.parts().0 >= RECORDS_BEGIN;
        if offered && life.chance.happens(if believes { 960 } else { 400 }) {
            given(life, vaccine, day, *dose);
        }
    }
    adulthood(life);
}

fn adulthood(life: &mut Life<'_>) {
    let at_risk =
        ["asthma", "copd", "type-2-diabetes", "type-1-diabetes", "heart-disease", "heart-failure", "kidney-disease"]
            .iter()
            .any(|key| life.has(key));
    let (year, _, _) = life.end.parts();
    for season in (year - 4)..=year {
        let day = Day::ymd(season, 9, 20).plus(life.chance.between(0, 70)).working();
        let age = life.person.age_on(day);
        let per_mille = if age >= 65 {
            780
        } else if age >= 16 && at_risk {
            460
        } else if (2..11).contains(&age) {
            480
        } else {
            0
        };
        let taken = life.plays(Part::MrsA) || life.chance.happens(per_mille);
        if per_mille > 0 && taken && day < life.end {
            given(life, &FLU, day, 1);
        }
    }
    for (age, vaccine, per_mille) in [(65, &PNEUMOCOCCAL, 700), (70, &SHINGLES, 480)] {
        let day = life.person.born.plus(age * 365 + 90 + life.chance.between(0, 200)).working();
        if day < life.end && day.parts().0 >= 2013 && life.chance.happens(per_mille) {
            given(life, vaccine, day, 1);
        }
    }
}

fn given(life: &mut Life<'_>, vaccine: &Vaccine, day: Day, dose: u8) {
    let batch = life.chance.between(1_000, 9_999);
    let body = json!({
        "status": "completed",
        "vaccineCode": sct(&vaccine.concept),
        "patient": life.subject(),
        "occurrenceDateTime": day.to_string(),
        "recorded": day.to_string(),
        "primarySource": true,
        "location": life.practice().site(),
        "lotNumber": format!("KB{batch}"),
        "performer": [
            { "actor": life.by(life.practice(), Job::PracticeNurse, 0) },
            { "actor": life.practice().link() },
        ],
        "protocolApplied": [{
            "targetDisease": [{ "text": vaccine.against }],
            "doseNumberPositiveInt": number(f64::from(dose), 0),
        }],
    });
    life.pen.write("Immunization", &body);
}
