//! What is more private than usual: people and entries that carry a security tag, and the pharmacy that somebody chose.
//!
//! Who carries which follows from the number of the person alone, so that it shifts no other chance. Nobody of the story
//! is marked: guides and tests speak of them as they are. It refuses to decide who sees what: `gate` does. Next: `registration`.

use crate::codes::ACT_CODE;
use crate::places::{self, Organisation};
use crate::population::{Part, Person};

/// A security tag: system and code.
pub(crate) type Mark = (&'static str, &'static str);

const RESTRICTED: Mark = ("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R");
const SEALED: Mark = (ACT_CODE, "NODSCLCDS");
const HIDDEN_ONLINE: Mark = (ACT_CODE, "NOPAT");
const STAFF: Mark = ("urn:commonweal:label", "staff");

/// Whether somebody is one of so many, counted from `first`; nobody of the story is.
fn is_one_of(person: &Person, so_many: usize, first: usize) -> bool {
    person.part == Part::Nobody && person.number % so_many == first
}

/// The tags of a Patient: one in 200 lives where nobody is to know, one in 50 works at the hospital and wants to be a patient
/// there only of those who are named in her care.
pub(crate) fn of_person(person: &Person) -> Vec<Mark> {
    let restricted = is_one_of(person, 200, 11).then_some(RESTRICTED);
    let staff = works_at_the_hospital(person).then_some(STAFF);
    restricted.into_iter().chain(staff).collect()
}

/// Whether the hospital is the employer.
pub(crate) fn works_at_the_hospital(person: &Person) -> bool {
    is_one_of(person, 50, 23) && person.care_home.is_none() && person.died.is_none()
}

/// The tags of a long-term condition, by its place: one person in 40 has sealed the first.
pub(crate) fn of_condition(person: &Person, place: usize) -> Vec<Mark> {
    (place == 0 && is_one_of(person, 40, 7)).then_some(SEALED).into_iter().collect()
}

/// The tags of a letter from a clinic: of one person in 60 the practice keeps them off the online view.
pub(crate) fn of_letter(person: &Person) -> Vec<Mark> {
    is_one_of(person, 60, 31).then_some(HIDDEN_ONLINE).into_iter().collect()
}

/// The pharmacy that somebody chose for her prescriptions, in the area of her practice: six in ten did, and all of the story.
pub(crate) fn pharmacy(person: &Person) -> Option<&'static Organisation> {
    let chose = person.part != Part::Nobody || person.number % 10 < 6;
    places::PHARMACIES.get(person.practice).filter(|_| chose)
}
