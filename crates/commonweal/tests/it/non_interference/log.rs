//! Who looked, in two worlds alike.
//!
//! What others did with what a reader may not see stands in the log that she may read: the log is about her, and says who, when and
//! with which kinds of data. So both worlds are given the same log, entry by entry, and the law is: what it tells her must not depend on
//! whether what an entry names is hidden from her or not there at all. Only the numbers under which people stand in a log differ.

use super::locality::Made;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Purpose, Role};
use record::Against;
use record::locks::LOCKED;
use record::log::{Draft, Durability};
use testkit::{World, clinician, officer};

/// Where the numbers of people begin who stand in the log and are not in the record.
const NOT_THERE: u32 = 1_000;

/// Doctors look at what is there: at single entries, by searches, and in the history.
pub fn doctors_look(world: &World) {
    let readers = [clinician("khan", "elm"), clinician("reed", "royal")];
    for reader in &readers {
        for number in 0..6 {
            for kind in ["Observation/o", "DocumentReference/f", "Binary/b", "Consent/c"] {
                let _ = world.read(reader, &format!("{kind}{number}"));
            }
        }
        let searches: [(&str, &[(&str, &str)]); 4] = [
            ("Observation", &[("code", "urn:c|c1")]),
            ("Condition", &[("_id", "d0,d2,d4")]),
            ("DocumentReference", &[("patient", "p0")]),
            ("Patient", &[("family", "Fam1")]),
        ];
        for (kind, params) in searches {
            let _ = world.found(reader, kind, params);
        }
    }
}

/// A record that holds some of these, with the log of the record that holds them all; and with the locks on the record of somebody who
/// is told of them, which are no secret to her.
pub fn with_the_same_log(
    whole: &World,
    all: &[Made],
    told_of_locks: Option<&ResourceId>,
    is_there: impl Fn(&Made) -> bool,
) -> World {
    let less = World::new();
    for made in all {
        let next = less.record().log().count() + 1;
        if is_there(made) {
            less.put(&made.json);
            assert_eq!(less.record().log().count(), next, "one change, one entry: {}", made.json);
        } else {
            let draft = of_other_people(whole, &less, next);
            less.record().log().append(vec![draft], Durability::Ordered).unwrap();
        }
    }
    for number in less.record().log().count() + 1..=whole.record().log().count() {
        let draft = of_other_people(whole, &less, number);
        let is_hers = |person: &&ResourceId| {
            let part = number_of(&less, person);
            draft.subjects.iter().any(|subject| Some(subject.part) == part)
        };
        match told_of_locks.filter(|_| draft.action == LOCKED).filter(is_hers) {
            None => drop(less.record().log().append(vec![draft], Durability::Ordered).unwrap()),
            Some(person) => {
                let entry = draft
                    .target
                    .as_ref()
                    .map(|target| format!("{}/{}", ResourceType::from_code(target.kind).unwrap().name(), target.id));
                less.lock(person.as_str(), entry.as_deref(), Against::Others).unwrap();
            }
        }
    }
    less
}

/// An entry with the numbers that people have in the other record.
fn of_other_people(whole: &World, less: &World, number: u64) -> Draft {
    let mut draft = whole.record().log().entry(number).unwrap().unwrap().draft;
    for subject in &mut draft.subjects {
        let reader = whole.leave(&officer(Role::PrivacyOfficer, Purpose::Audit), Action::Read);
        let person = whole.record().person_of(&reader, subject.part).unwrap();
        let known = person.and_then(|person| number_of(less, &person));
        subject.part = known.unwrap_or(NOT_THERE + subject.part);
    }
    draft
}

/// The number of a person in the log of a world, if she is there.
pub fn number_of(world: &World, person: &ResourceId) -> Option<u32> {
    let reader = world.leave(&officer(Role::PrivacyOfficer, Purpose::Audit), Action::Read);
    world.record().person_number(&reader, person).unwrap()
}
