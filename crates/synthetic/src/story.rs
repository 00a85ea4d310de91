//! The people of the story: Mrs A, her daughter, Mrs B, and a citizen with an ordinary record - who they are.
//!
//! Their facts are fixed, whatever the seed, so that guides, journeys and tests can name them. What happened to Mrs A
//! today stands in `mrs_a`. It refuses to use chance. Next: `mrs_a`, `personas`.

use crate::calendar::Day;
use crate::places::{self, CARE_HOMES, Home};
use crate::population::{Part, Person, Sex};

/// The logical id of Mrs A.
pub(crate) const MRS_A: &str = "mrs-a";
/// The logical id of her daughter.
pub(crate) const DAUGHTER: &str = "daughter";
/// The logical id of Mrs B.
pub(crate) const MRS_B: &str = "mrs-b";
/// The logical id of the citizen with an ordinary record.
pub(crate) const CITIZEN: &str = "citizen";

/// The people of the story, in the order of their numbers.
pub(crate) fn cast(today: Day) -> Vec<Person> {
    let (year, _, _) = today.parts();
    vec![
        Person {
            care_home: Some(0),
            home: CARE_HOMES.first().map_or_else(|| street("2 Rowan Avenue", "KB1 6ZY"), places::care_home_address),
            ..person(1, Part::MrsA, (MRS_A, "Alice", "Ashdown"), born(today, Day::ymd(year - 82, 3, 14), 82))
        },
        Person {
            practice: 1,
            home: street("27 Weir Lane", "KB2 1ZX"),
            ..person(2, Part::Daughter, (DAUGHTER, "Joanne", "Pryce"), born(today, Day::ymd(year - 54, 6, 2), 54))
        },
        Person {
            practice: 2,
            home: street("8 Church Lane", "KB3 4ZY"),
            ..person(3, Part::MrsB, (MRS_B, "Beatrice", "Bowman"), born(today, Day::ymd(year - 67, 9, 21), 67))
        },
        Person {
            practice: 0,
            sex: Sex::Male,
            home: street("51 Hawthorn Close", "KB1 3ZZ"),
            ..person(4, Part::Citizen, (CITIZEN, "Daniel", "Cole"), born(today, Day::ymd(year - 46, 1, 30), 46))
        },
    ]
}

/// A mother and her child at Elm Surgery for whom nobody acts: the first of the locality who are marked in no way. None in a small one.
pub(crate) fn parent_and_child(people: &[Person], today: Day) -> Option<(&Person, &Person)> {
    let is_plain = |person: &&Person| {
        person.part == Part::Nobody
            && person.practice == 0
            && person.died.is_none()
            && crate::discretion::of_person(person).is_empty()
    };
    let of_age = |person: &&Person| (3..10).contains(&person.age_on(today));
    let mut children = people.iter().filter(of_age).filter(is_plain);
    children.find_map(|child| Some((people.get(child.mother?).filter(is_plain)?, child)))
}

/// The birthday moved by a year where it would not give the age on that day.
fn born(today: Day, birthday: Day, age: i32) -> Day {
    let (year, _, _) = birthday.parts();
    birthday.in_year(year + today.age(birthday) - age)
}

fn street(line: &str, postcode: &str) -> Home {
    Home { lines: vec![line.to_owned()], postcode: postcode.to_owned() }
}

fn person(number: usize, part: Part, (id, given, family): (&str, &str, &str), born: Day) -> Person {
    Person {
        id: id.to_owned(),
        number,
        part,
        sex: Sex::Female,
        born,
        died: None,
        given: given.to_owned(),
        family: family.to_owned(),
        ethnic: "A",
        language: "en",
        home: Home { lines: Vec::new(), postcode: String::new() },
        practice: 0,
        care_home: None,
        partner: None,
        mother: None,
        nhs_number: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::cast;
    use crate::calendar::Day;

    #[test]
    fn mrs_a_is_82_on_every_day_of_the_year() {
        for offset in 0..366 {
            let today = Day::ymd(2026, 1, 1).plus(offset);
            let ages: Vec<i32> = cast(today).iter().map(|p| p.age_on(today)).collect();

            assert_eq!(ages, [82, 54, 67, 46]);
        }
    }
}
