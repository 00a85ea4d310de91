//! The record of one case: who is there, what is written about them, and what they have chosen.
//!
//! Who may see what of it is said in `model`, which questions are put to it in `requests`.

use super::choices::{Choice, Second, choice, second};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use testkit::World;

/// A made-up resource with what the model must know of it.
#[derive(Clone, Debug)]
pub struct Made {
    pub json: String,
    pub kind: &'static str,
    /// Whose record it is in; none for the directory.
    pub person: Option<usize>,
    /// How private it is.
    pub mark: Mark,
    /// The day in October on which it was, for a result.
    pub day: Option<u8>,
    /// Whether it is about a sensitive topic.
    pub topic: bool,
}

impl Made {
    /// Whether it is the first person's grant.
    pub fn is_grant(&self) -> bool {
        self.json.contains(r#""id":"grant""#)
    }

    /// Whether it is the result of this number.
    pub fn is_result(&self, number: u8) -> bool {
        self.json.contains(&format!(r#""id":"o{number}","#))
    }
}

/// How private an entry is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    Usual,
    VeryRestricted,
    Sealed,
    LegallyProtected,
    HiddenOnline,
}

impl Mark {
    /// The tag that says so.
    const fn tag(self) -> Option<(&'static str, &'static str)> {
        match self {
            Mark::Usual => None,
            Mark::VeryRestricted => Some(("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "V")),
            Mark::Sealed => Some((gate::LABEL_SYSTEM, "sealed")),
            Mark::LegallyProtected => Some((gate::LABEL_SYSTEM, "legally-protected")),
            Mark::HiddenOnline => Some(("http://terminology.hl7.org/CodeSystem/v3-ActCode", "NOPAT")),
        }
    }
}

impl Mark {
    /// Whether professionals do not see what is marked so, but for an emergency.
    pub const fn is_for_her_own_eyes(self) -> bool {
        matches!(self, Mark::VeryRestricted | Mark::Sealed | Mark::LegallyProtected)
    }
}

fn mark() -> impl Strategy<Value = Mark> {
    prop_oneof![
        6 => Just(Mark::Usual),
        1 => Just(Mark::VeryRestricted),
        1 => Just(Mark::Sealed),
        1 => Just(Mark::LegallyProtected),
        1 => Just(Mark::HiddenOnline),
    ]
}

/// One person: which practice, whether she is in hospital, and what she has chosen.
#[derive(Clone, Debug)]
pub struct Resident {
    pub practice: &'static str,
    in_hospital: bool,
    pub choice: Choice,
    /// What she has said besides, in a Consent of its own.
    pub second: Option<Second>,
    /// Whether she works at her practice and wants to be a patient there only of those who are named in her care.
    pub is_staff: bool,
}

fn resident() -> impl Strategy<Value = Resident> {
    let practice = prop::sample::select(vec!["elm", "oak"]);
    let all = (practice, any::<bool>(), choice(), prop::option::weighted(0.4, second()), prop::bool::weighted(0.2));
    all.prop_map(|(practice, in_hospital, choice, second, is_staff)| Resident {
        practice,
        in_hospital,
        choice,
        second,
        is_staff,
    })
}

#[derive(Clone, Debug)]
struct Result_ {
    person: usize,
    code: u8,
    day: u8,
    value: u8,
    mark: Mark,
    topic: bool,
    /// The result from which it was derived, by number; there may be none of that number.
    from: Option<u8>,
    /// Whether it was taken at the visit, if there was one.
    at_visit: bool,
}

fn result(people: usize) -> impl Strategy<Value = Result_> {
    let marks = (mark(), prop::bool::weighted(0.3));
    let ties = (prop::option::weighted(0.8, 0..10_u8), any::<bool>());
    let all = (0..people, 0..3_u8, 1..28_u8, 0..100_u8, marks, ties);
    all.prop_map(|(person, code, day, value, (mark, topic), (from, at_visit))| Result_ {
        person,
        code,
        day,
        value,
        mark,
        topic,
        from,
        at_visit,
    })
}

prop_compose! {
    /// Some people, what is written about them, and what they have refused.
    pub fn locality()(residents in prop::collection::vec(resident(), 2..5))
        (results in prop::collection::vec(result(residents.len()), 0..14), limit in limit(), residents in Just(residents))
        -> (Vec<Resident>, Vec<Made>) {
        let results: Vec<Result_> =
            results.iter().enumerate().map(|(number, result)| unsaid(&residents, number, result)).collect();
        let mut made = vec![organisation("elm"), organisation("oak"), organisation("royal"), friend()];
        made.extend(residents.iter().enumerate().map(|(number, resident)| patient(number, resident)));
        made.push(grant(limit));
        let in_hospital = residents.iter().enumerate().filter(|(_, resident)| resident.in_hospital);
        made.extend(in_hospital.map(|(number, _)| visit(number)));
        made.extend(results.iter().enumerate().map(|(number, result)| observation(number, result)));
        made.extend(results.iter().enumerate().filter_map(|(number, result)| problem(number, result)));
        made.extend(results.iter().enumerate().flat_map(|(number, result)| letter(number, result)));
        made.extend(residents.iter().enumerate().flat_map(|(number, resident)| consents(number, resident)));
        (residents, made)
    }
}

/// Somebody is told that one of her entries is locked: it is none here that is hidden from herself.
fn unsaid(residents: &[Resident], number: usize, result: &Result_) -> Result_ {
    let is_locked = residents
        .get(result.person)
        .is_some_and(|resident| matches!(resident.choice, Choice::EntryLocked(entry) if usize::from(entry) == number));
    let mark = if is_locked && result.mark == Mark::HiddenOnline { Mark::Sealed } else { result.mark };
    Result_ { mark, ..result.clone() }
}

/// A problem that rests on a result, with the words of whoever wrote it; marked as the result is.
fn problem(number: usize, result: &Result_) -> Option<Made> {
    let Result_ { person, code, day, mark, topic, at_visit, .. } = result;
    if code % 2 == 1 {
        return None;
    }
    let tags = security(*mark, *topic);
    let visit =
        if *at_visit { format!(r#","encounter":{{"reference":"Encounter/e{person}"}}"#) } else { String::new() };
    let json = format!(
        r#"{{"resourceType":"Condition","id":"d{number}",{tags}"clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}}]}},"code":{{"coding":[{{"system":"urn:c","code":"c{code}"}}]}},"subject":{{"reference":"Patient/p{person}"}},"recordedDate":"2026-10-{day:02}","evidence":[{{"detail":[{{"reference":"Observation/o{number}"}}]}}]{visit}}}"#
    );
    Some(Made { json, kind: "Condition", person: Some(*person), mark: *mark, day: Some(*day), topic: *topic })
}

/// A letter about a result, with its text and the file that it names; each marked as the result is.
fn letter(number: usize, result: &Result_) -> Vec<Made> {
    let Result_ { person, code, day, value, mark, topic, at_visit, .. } = result;
    if value % 2 == 1 {
        return Vec::new();
    }
    let tags = security(*mark, *topic);
    let text = STANDARD.encode(format!("Letter {number} about c{code}"));
    let visit = if *at_visit {
        format!(r#","context":{{"encounter":[{{"reference":"Encounter/e{person}"}}]}}"#)
    } else {
        String::new()
    };
    let letter = format!(
        r#"{{"resourceType":"DocumentReference","id":"f{number}",{tags}"status":"current","type":{{"coding":[{{"system":"urn:c","code":"c{code}"}}]}},"subject":{{"reference":"Patient/p{person}"}},"date":"2026-10-{day:02}T10:00:00Z","description":"Letter {number}","content":[{{"attachment":{{"contentType":"text/plain","data":"{text}"}}}},{{"attachment":{{"contentType":"text/plain","url":"Binary/b{number}"}}}}]{visit}}}"#
    );
    let file = format!(
        r#"{{"resourceType":"Binary","id":"b{number}",{tags}"contentType":"text/plain","securityContext":{{"reference":"Patient/p{person}"}},"data":"{text}"}}"#
    );
    let made = |kind, json, day| Made { json, kind, person: Some(*person), mark: *mark, day, topic: *topic };
    vec![made("DocumentReference", letter, Some(*day)), made("Binary", file, None)]
}

fn organisation(id: &str) -> Made {
    let json = format!(r#"{{"resourceType":"Organization","id":"{id}","name":"{id} health"}}"#);
    Made { json, kind: "Organization", person: None, mark: Mark::Usual, day: None, topic: false }
}

fn patient(number: usize, resident: &Resident) -> Made {
    let (practice, month) = (resident.practice, number + 1);
    // A relationship is known to both sides. Where the visit that makes one may be refused, she names the hospital as well,
    // so that the record without the visit is one with the same relationships.
    let has_chosen = resident.choice != Choice::Nothing || resident.second.is_some();
    let is_named = resident.in_hospital && has_chosen;
    let hospital = if is_named { r#",{"reference":"Organization/royal"}"# } else { "" };
    let staff = if resident.is_staff {
        format!(
            r#","meta":{{"security":[{{"system":"{}","code":"staff"}}]}},"contact":[{{"relationship":[{{"coding":[{{"code":"E"}}]}}],"organization":{{"reference":"Organization/{practice}"}}}}]"#,
            gate::LABEL_SYSTEM
        )
    } else {
        String::new()
    };
    let json = format!(
        r#"{{"resourceType":"Patient","id":"p{number}"{staff},"name":[{{"family":"Fam{number}"}}],"gender":"female","birthDate":"1980-0{month}-01","generalPractitioner":[{{"reference":"Organization/{practice}"}}{hospital}]}}"#
    );
    Made { json, kind: "Patient", person: Some(number), mark: Mark::Usual, day: None, topic: false }
}

/// Somebody from elsewhere, by number.
const FRIEND: usize = 99;

/// Who acts for the first person.
fn friend() -> Made {
    let json = r#"{"resourceType":"Patient","id":"kim","name":[{"family":"Kimber"}],"birthDate":"1975-05-05"}"#;
    of_person(FRIEND, "Patient", json.to_owned())
}

/// What limits the first person's grant: nothing, kinds of data, what is marked as sensitive, both, or that nothing is copied.
fn limit() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", RESULTS, DISCREET, RESULTS_DISCREET, LOOKS])
}

const RESULTS: &str = r#","class":[{"code":"Observation"}]"#;
const DISCREET: &str = r#","provision":[{"type":"deny","securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}]"#;
const RESULTS_DISCREET: &str = r#","class":[{"code":"Observation"}],"provision":[{"type":"deny","securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}]"#;
const LOOKS: &str = r#","action":[{"coding":[{"code":"access"}]}]"#;

/// The first person's grant to her.
fn grant(limit: &str) -> Made {
    let coded = |system: &str, code: &str| {
        format!(r#"{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/{system}","code":"{code}"}}]}}"#)
    };
    let (scope, category) = (coded("consentscope", "patient-privacy"), coded("v3-ActCode", "INFA"));
    let json = format!(
        r#"{{"resourceType":"Consent","id":"grant","status":"active","scope":{scope},"category":[{category}],"patient":{{"reference":"Patient/p0"}},"dateTime":"2026-11-01","policyRule":{{"text":"proxy"}},"provision":{{"type":"permit","actor":[{{"role":{{"text":"proxy"}},"reference":{{"reference":"Patient/kim"}}}}]{limit}}}}}"#
    );
    of_person(0, "Consent", json)
}

/// Something unmarked in the record of a person.
fn of_person(person: usize, kind: &'static str, json: String) -> Made {
    Made { json, kind, person: Some(person), mark: Mark::Usual, day: None, topic: false }
}

fn visit(number: usize) -> Made {
    let json = format!(
        r#"{{"resourceType":"Encounter","id":"e{number}","status":"in-progress","class":{{"code":"EMER"}},"subject":{{"reference":"Patient/p{number}"}},"serviceProvider":{{"reference":"Organization/royal"}},"period":{{"start":"2026-11-22T08:00:00Z"}}}}"#
    );
    Made { json, kind: "Encounter", person: Some(number), mark: Mark::Usual, day: None, topic: false }
}

/// The tags of an entry, as a member of it.
fn security(mark: Mark, topic: bool) -> String {
    let about = topic.then_some(("http://terminology.hl7.org/CodeSystem/v3-ActCode", "HIV"));
    let tags = mark.tag().into_iter().chain(about);
    let tags = tags.map(|(system, code)| format!(r#"{{"system":"{system}","code":"{code}"}}"#));
    let tags = tags.collect::<Vec<_>>().join(",");
    if tags.is_empty() { tags } else { format!(r#""meta":{{"security":[{tags}]}},"#) }
}

fn observation(number: usize, result: &Result_) -> Made {
    let Result_ { person, code, day, value, mark, topic, from, at_visit } = result;
    let from =
        from.map(|from| format!(r#","derivedFrom":[{{"reference":"Observation/o{from}"}}]"#)).unwrap_or_default();
    let visit =
        if *at_visit { format!(r#","encounter":{{"reference":"Encounter/e{person}"}}"#) } else { String::new() };
    let security = security(*mark, *topic);
    let json = format!(
        r#"{{"resourceType":"Observation","id":"o{number}",{security}"status":"final","code":{{"coding":[{{"system":"urn:c","code":"c{code}"}}]}},"subject":{{"reference":"Patient/p{person}"}},"effectiveDateTime":"2026-10-{day:02}","valueQuantity":{{"value":{value},"unit":"mmol/mol"}}{visit}{from}}}"#
    );
    Made { json, kind: "Observation", person: Some(*person), mark: *mark, day: Some(*day), topic: *topic }
}

/// The Consents that say what a person has chosen. What somebody refuses is for herself alone.
fn consents(number: usize, resident: &Resident) -> Vec<Made> {
    let first = resident.choice.provision(resident.practice).map(|provision| (format!("c{number}"), provision));
    let second = resident.second.map(|second| (format!("s{number}"), second.provision()));
    let scope =
        r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]}"#;
    let category = r#"[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}]"#;
    let made = |(id, provision): (String, String)| {
        let json = format!(
            r#"{{"resourceType":"Consent","id":"{id}","status":"active","scope":{scope},"category":{category},"patient":{{"reference":"Patient/p{number}"}},"policy":[{{"uri":"urn:p"}}],"provision":{{{provision}}}}}"#
        );
        Made { mark: Mark::LegallyProtected, ..of_person(number, "Consent", json) }
    };
    first.into_iter().chain(second).map(made).collect()
}

/// Puts on the locks of a locality. An entry that is not there, or not hers, cannot be locked.
pub fn lock(world: &World, residents: &[Resident]) {
    for (number, resident) in residents.iter().enumerate() {
        let entry = match resident.choice {
            Choice::RecordLocked => None,
            Choice::EntryLocked(entry) => Some(format!("Observation/o{entry}")),
            _ => continue,
        };
        let _ = world.lock(&format!("p{number}"), entry.as_deref(), record::Against::Others);
    }
}
