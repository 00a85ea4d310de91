//! What people choose about sharing: as Consents say it, and what follows from it.
//!
//! What follows is worked out from the sentences of decision 0008: an entry is withheld where a refusal is about it and no permission about
//! it is stronger; a permission is stronger inside the refusal that it is an exception from, or where it is more specific in one respect
//! and less in none; who permits only some things refuses the rest.

use super::locality::Made;
use proptest::prelude::*;
use testkit::Person;

/// What a person has refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// Nothing.
    Nothing,
    /// Any use by anybody.
    Everything,
    /// Any use but by her practice.
    AllButPractice,
    /// Use by the hospital.
    Hospital,
    /// Use of a sensitive topic.
    Topic,
    /// Use of one entry, by number.
    OneEntry(u8),
    /// Use of what was before the middle of October.
    Earlier,
    /// Use of anything but results with one code.
    AllButCode(u8),
    /// Nothing; but a privacy officer has locked her record.
    RecordLocked,
    /// Nothing; but a privacy officer has locked one entry, by number.
    EntryLocked(u8),
}

/// What a person has said in a second Consent, which may say the contrary of the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Second {
    /// Use by the hospital is allowed, and no other.
    PermitsHospital,
    /// Use of what has one code is allowed, and no other.
    PermitsCode(u8),
    /// Use by the hospital of what has one code is allowed, and no other.
    PermitsHospitalCode(u8),
    /// Use of one entry is allowed, and no other.
    PermitsEntry(u8),
    /// Use of what has one code is refused.
    RefusesCode(u8),
    /// Use by the hospital of one entry is refused.
    RefusesHospitalEntry(u8),
}

/// Any choice.
pub fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        3 => Just(Choice::Nothing),
        1 => Just(Choice::Everything),
        1 => Just(Choice::AllButPractice),
        1 => Just(Choice::Hospital),
        1 => Just(Choice::Topic),
        2 => (0..14_u8).prop_map(Choice::OneEntry),
        1 => Just(Choice::Earlier),
        1 => (0..3_u8).prop_map(Choice::AllButCode),
        1 => Just(Choice::RecordLocked),
        1 => (0..14_u8).prop_map(Choice::EntryLocked),
    ]
}

/// Any second choice.
pub fn second() -> impl Strategy<Value = Second> {
    prop_oneof![
        1 => Just(Second::PermitsHospital),
        1 => (0..3_u8).prop_map(Second::PermitsCode),
        1 => (0..3_u8).prop_map(Second::PermitsHospitalCode),
        1 => (0..14_u8).prop_map(Second::PermitsEntry),
        1 => (0..3_u8).prop_map(Second::RefusesCode),
        1 => (0..14_u8).prop_map(Second::RefusesHospitalEntry),
    ]
}

const HOSPITAL: &str = "Organization/royal";

fn actor(reference: &str) -> String {
    format!(r#""actor":[{{"role":{{"text":"reader"}},"reference":{{"reference":"{reference}"}}}}]"#)
}

fn code(code: u8) -> String {
    format!(r#""code":[{{"coding":[{{"system":"urn:c","code":"c{code}"}}]}}]"#)
}

fn entry(entry: u8) -> String {
    format!(r#""data":[{{"meaning":"instance","reference":{{"reference":"Observation/o{entry}"}}}}]"#)
}

impl Choice {
    /// What stands in the provision of its Consent; none where there is none.
    pub fn provision(self, practice: &str) -> Option<String> {
        let but = |rest: &str| format!(r#""type":"deny","provision":[{{"type":"permit",{rest}}}]"#);
        Some(match self {
            Self::Nothing | Self::RecordLocked | Self::EntryLocked(_) => return None,
            Self::Everything => r#""type":"deny""#.to_owned(),
            Self::AllButPractice => but(&actor(&format!("Organization/{practice}"))),
            Self::Hospital => format!(r#""type":"deny",{}"#, actor(HOSPITAL)),
            Self::Topic => {
                let system = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
                format!(r#""type":"deny","securityLabel":[{{"system":"{system}","code":"HIV"}}]"#)
            }
            Self::OneEntry(number) => format!(r#""type":"deny",{}"#, entry(number)),
            Self::Earlier => r#""type":"deny","dataPeriod":{"end":"2026-10-14"}"#.to_owned(),
            Self::AllButCode(number) => but(&code(number)),
        })
    }

    fn says(self, practice: &'static str) -> Vec<Says> {
        match self {
            Self::Nothing | Self::RecordLocked | Self::EntryLocked(_) => Vec::new(),
            Self::Everything => vec![Says::refuses(What::Everything)],
            Self::AllButPractice => {
                vec![
                    Says::refuses(What::Everything),
                    Says { is_exception: true, ..Says::permits(What::Everything) }.of(practice),
                ]
            }
            Self::Hospital => vec![Says::refuses(What::Everything).of("royal")],
            Self::Topic => vec![Says::refuses(What::Topic)],
            Self::OneEntry(number) => vec![Says::refuses(What::Entry(number))],
            Self::Earlier => vec![Says::refuses(What::Earlier)],
            Self::AllButCode(number) => {
                vec![Says::refuses(What::Everything), Says { is_exception: true, ..Says::permits(What::Code(number)) }]
            }
        }
    }
}

impl Second {
    /// What stands in the provision of its Consent.
    pub fn provision(self) -> String {
        match self {
            Self::PermitsHospital => format!(r#""type":"permit",{}"#, actor(HOSPITAL)),
            Self::PermitsCode(number) => format!(r#""type":"permit",{}"#, code(number)),
            Self::PermitsHospitalCode(number) => format!(r#""type":"permit",{},{}"#, actor(HOSPITAL), code(number)),
            Self::PermitsEntry(number) => format!(r#""type":"permit",{}"#, entry(number)),
            Self::RefusesCode(number) => format!(r#""type":"deny",{}"#, code(number)),
            Self::RefusesHospitalEntry(number) => format!(r#""type":"deny",{},{}"#, actor(HOSPITAL), entry(number)),
        }
    }

    fn says(self) -> Vec<Says> {
        let rest = Says { is_rest: true, ..Says::refuses(What::Everything) };
        match self {
            Self::PermitsHospital => vec![Says::permits(What::Everything).of("royal"), rest],
            Self::PermitsCode(number) => vec![Says::permits(What::Code(number)), rest],
            Self::PermitsHospitalCode(number) => vec![Says::permits(What::Code(number)).of("royal"), rest],
            Self::PermitsEntry(number) => vec![Says::permits(What::Entry(number)), rest],
            Self::RefusesCode(number) => vec![Says::refuses(What::Code(number))],
            Self::RefusesHospitalEntry(number) => vec![Says::refuses(What::Entry(number)).of("royal")],
        }
    }
}

/// What something in a Consent is about.
#[derive(Clone, Copy)]
enum What {
    Everything,
    Earlier,
    Topic,
    Code(u8),
    Entry(u8),
}

/// One thing that a Consent says.
#[derive(Clone, Copy)]
struct Says {
    permits: bool,
    what: What,
    /// Whom it is about; none for everybody.
    whom: Option<&'static str>,
    /// Whether it is an exception from what is refused in the same Consent.
    is_exception: bool,
    /// Whether it is the rest that somebody refuses who permits only some things.
    is_rest: bool,
}

impl Says {
    const fn refuses(what: What) -> Self {
        Self { permits: false, what, whom: None, is_exception: false, is_rest: false }
    }

    const fn permits(what: What) -> Self {
        Self { permits: true, ..Self::refuses(what) }
    }

    const fn of(self, organisation: &'static str) -> Self {
        Self { whom: Some(organisation), ..self }
    }

    /// How specific it is about data and about people.
    const fn specificity(self) -> [u8; 2] {
        let data = match self.what {
            What::Everything => 0,
            What::Earlier => 1,
            What::Topic => 2,
            What::Code(_) => 3,
            What::Entry(_) => 4,
        };
        [data, if self.whom.is_some() { 1 } else { 0 }]
    }

    fn is_about(self, reader: &Person, made: &Made) -> bool {
        let names = |name: &str| reader.asker.acts_as.contains(&format!("Organization/{name}"));
        self.whom.is_none_or(names)
            && match self.what {
                What::Everything => true,
                // What has no day, such as a grant or a file, could be of any; a stay is of now.
                What::Earlier => made.kind != "Encounter" && made.day.is_none_or(|day| day <= 14),
                What::Topic => made.topic,
                What::Code(code) => made.json.contains(&format!(r#""code":"c{code}""#)),
                What::Entry(number) => made.is_result(number),
            }
    }
}

/// Whether somebody who has chosen so withholds this entry from this reader.
pub fn withhold(
    (choice, second): (Choice, Option<Second>),
    practice: &'static str,
    reader: &Person,
    made: &Made,
) -> bool {
    let said: Vec<(u8, Says)> = [choice.says(practice), second.map(Second::says).unwrap_or_default()]
        .into_iter()
        .zip(0_u8..)
        .flat_map(|(says, consent)| says.into_iter().map(move |one| (consent, one)))
        .filter(|(_, one)| one.is_about(reader, made))
        .collect();
    let is_stronger = |(of, permit): &(u8, Says), (from, refusal): &(u8, Says)| {
        let (own, other) = (permit.specificity(), refusal.specificity());
        refusal.is_rest
            || (permit.is_exception && of == from)
            || (own != other && own.iter().zip(other).all(|(own, other)| *own >= other))
    };
    let permits: Vec<&(u8, Says)> = said.iter().filter(|(_, one)| one.permits).collect();
    let stands = |refusal: &(u8, Says)| !permits.iter().any(|permit| is_stronger(permit, refusal));
    said.iter().filter(|(_, one)| !one.permits).any(stands)
}
