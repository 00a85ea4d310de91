//! Who lives in Kelderby: ages and sexes by England's pyramid, households, registration with a practice, care homes.
//!
//! Ages are dealt out by quota, so that even a small locality has the right pyramid; couples, parents and children are
//! then put together from those people. People of the story come first. It refuses to say anything of their health:
//! `problems` does. Next: `registration`, which writes the Patient.

use crate::calendar::Day;
use crate::chance::Chance;
use crate::names::{self, Background};
use crate::places::{self, Home};
use crate::story;

/// Administrative sex as the record holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    /// FHIR's administrative gender.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

/// Who somebody is in the story that the demo plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// An ordinary inhabitant.
    Nobody,
    /// Mrs A: 82, lives in a care home, in the emergency department now.
    MrsA,
    /// Her daughter, registered with another practice, her proxy.
    Daughter,
    /// Mrs B, who objects to uses beyond her own care.
    MrsB,
    /// A citizen with an ordinary record.
    Citizen,
}

/// One inhabitant, alive or dead.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The logical id of the Patient.
    pub(crate) id: String,
    /// Place in the list: the name of the stream of chances.
    pub(crate) number: usize,
    /// Part in the story.
    pub(crate) part: Part,
    /// Sex.
    pub(crate) sex: Sex,
    /// Day of birth.
    pub(crate) born: Day,
    /// Day of death.
    pub(crate) died: Option<Day>,
    /// First given name.
    pub(crate) given: String,
    /// Family name.
    pub(crate) family: String,
    /// Ethnic category: code of the English list.
    pub(crate) ethnic: &'static str,
    /// BCP-47 code of the language they speak with professionals.
    pub(crate) language: &'static str,
    /// Address.
    pub(crate) home: Home,
    /// Which practice they are registered with.
    pub(crate) practice: usize,
    /// Which care home they live in.
    pub(crate) care_home: Option<usize>,
    /// Husband, wife or partner, by place in the list.
    pub(crate) partner: Option<usize>,
    /// Mother, by place in the list, of those under 20.
    pub(crate) mother: Option<usize>,
    /// The ten digits.
    pub(crate) nhs_number: String,
}

impl Person {
    /// Age on a day.
    pub(crate) fn age_on(&self, day: Day) -> i32 {
        day.age(self.born)
    }

    /// The name as it is shown.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// The reference to the Patient.
    pub(crate) fn reference(&self) -> String {
        format!("Patient/{}", self.id)
    }

    /// The usual title.
    pub(crate) fn prefix(&self, today: Day) -> &'static str {
        match (
            self.sex,
            self.partner.is_some() || matches!(self.part, Part::MrsA | Part::MrsB | Part::Daughter),
            self.age_on(today),
        ) {
            (Sex::Female, true, _) => "Mrs",
            (Sex::Female, false, 0..18) => "Miss",
            (Sex::Female, false, _) => "Ms",
            (Sex::Male, _, 0..13) => "Master",
            (Sex::Male, _, _) => "Mr",
        }
    }
}

/// England's pyramid (mid-2021): share of each five-year band in 1,000, and women in 1,000 of it.
const PYRAMID: &[(i32, i32)] = &[
    (54, 487),
    (59, 487),
    (60, 487),
    (56, 486),
    (60, 486),
    (65, 494),
    (70, 504),
    (67, 508),
    (63, 506),
    (64, 504),
    (69, 506),
    (67, 508),
    (58, 510),
    (50, 515),
    (50, 522),
    (36, 533),
    (25, 556),
    (16, 604),
    (10, 680),
];

/// Makes everybody.
pub(crate) fn people(count: usize, seed: u64, today: Day) -> Vec<Person> {
    let mut chance = Chance::new(seed, 0x0050_4f50);
    let mut people = story::cast(today);
    let ordinary = count.saturating_sub(people.len());
    let ages = ages(ordinary, &mut chance);
    for (years, sex) in ages {
        let number = people.len() + 1;
        people.push(somebody(number, years, sex, (&mut chance, today)));
    }
    join_couples(&mut people, today, &mut chance);
    give_mothers(&mut people, today, &mut chance);
    fill_care_homes(&mut people, today, &mut chance);
    let numbers = nhs_numbers(people.len(), seed);
    for (person, number) in people.iter_mut().zip(numbers) {
        person.nhs_number = number;
        mark_death(person, today, &mut chance);
    }
    people
}

/// Age and sex of each ordinary person, dealt by quota and then shuffled.
fn ages(count: usize, chance: &mut Chance) -> Vec<(i32, Sex)> {
    let total: i32 = PYRAMID.iter().map(|(share, _)| share).sum();
    let mut ages: Vec<(i32, Sex)> = (0..count)
        .map(|place| {
            // The quota: place p of n falls where p/n of the pyramid lies below it.
            let mark = i32::try_from((2 * place + 1) * usize::try_from(total).unwrap_or(1) / (2 * count)).unwrap_or(0);
            let mut below = 0;
            for (band, (share, women)) in (0_i32..).zip(PYRAMID) {
                below += share;
                if mark < below {
                    let years = band * 5 + chance.between(0, if band == 18 { 7 } else { 4 });
                    return (years, if chance.happens(*women) { Sex::Female } else { Sex::Male });
                }
            }
            (40, Sex::Female)
        })
        .collect();
    for last in (1..ages.len()).rev() {
        ages.swap(last, chance.below(last + 1));
    }
    ages
}

/// Ethnic category by weight in 1,000, with where the names come from and the languages other than English.
type Ethnic = (&'static str, Background, &'static [&'static str]);
const ETHNIC: &[(i32, Ethnic)] = &[
    (760, ("A", Background::English, &[])),
    (9, ("B", Background::English, &[])),
    (58, ("C", Background::European, &["pl", "ro"])),
    (9, ("D", Background::English, &[])),
    (4, ("E", Background::African, &[])),
    (8, ("F", Background::SouthAsian, &[])),
    (31, ("H", Background::SouthAsian, &["gu", "pa"])),
    (40, ("J", Background::SouthAsian, &["ur", "pa"])),
    (9, ("K", Background::SouthAsian, &["bn"])),
    (10, ("M", Background::African, &[])),
    (24, ("N", Background::African, &["fr", "so"])),
    (7, ("R", Background::English, &["zh"])),
    (16, ("S", Background::SouthAsian, &["ar"])),
    (15, ("Z", Background::English, &[])),
];

fn somebody(number: usize, years: i32, sex: Sex, (chance, today): (&mut Chance, Day)) -> Person {
    let born = today.plus(-chance.between(0, 364)).years_before(f64::from(years));
    let (ethnic, background, languages) = chance.weighted(ETHNIC).copied().unwrap_or(("Z", Background::English, &[]));
    let speaks_other = !languages.is_empty() && years > 18 && chance.happens(350);
    let practice = chance.below(places::PRACTICES.len());
    Person {
        id: format!("p{number:05}"),
        number,
        part: Part::Nobody,
        sex,
        born,
        died: None,
        given: names::given(chance, background, sex, born.parts().0).to_owned(),
        family: names::family(chance, background).to_owned(),
        ethnic,
        language: if speaks_other {
            chance.pick(languages)
        } else if chance.happens(2) {
            "bfi"
        } else {
            "en"
        },
        home: places::address(chance, practice),
        practice,
        care_home: None,
        partner: None,
        mother: None,
        nhs_number: String::new(),
    }
}

/// Puts six in ten adults together with somebody of the other sex near their age; they share home, name and practice.
fn join_couples(people: &mut [Person], today: Day, chance: &mut Chance) {
    let mut adults: Vec<usize> = people
        .iter()
        .enumerate()
        .filter(|(_, p)| p.part == Part::Nobody && p.age_on(today) >= 23)
        .map(|(i, _)| i)
        .collect();
    adults.sort_by_key(|i| people.get(*i).map_or(0, |p| p.born.0));
    let mut waiting: Vec<usize> = Vec::new();
    for index in adults {
        if !chance.happens(760) {
            continue;
        }
        let Some((sex, ethnic)) = people.get(index).map(|p| (p.sex, p.ethnic)) else { continue };
        let found =
            waiting.iter().position(|other| people.get(*other).is_some_and(|o| o.sex != sex && o.ethnic == ethnic));
        match found {
            Some(place) => marry(people, waiting.remove(place), index),
            None if waiting.len() < COUPLES_WAIT_MAX => waiting.push(index),
            None => {
                waiting.remove(0);
                waiting.push(index);
            }
        }
    }
}

/// How many wait for a partner before the first gives up; keeps couples near in age.
const COUPLES_WAIT_MAX: usize = 6;

fn marry(people: &mut [Person], first: usize, second: usize) {
    let Some((home, practice, family)) = people.get(first).map(|p| (p.home.clone(), p.practice, p.family.clone()))
    else {
        return;
    };
    if let Some(person) = people.get_mut(first) {
        person.partner = Some(second);
    }
    if let Some(person) = people.get_mut(second) {
        (person.home, person.practice, person.family, person.partner) = (home, practice, family, Some(first));
    }
}

/// Gives everybody under 20 a mother between 18 and 42 years older, and her home, name and practice.
fn give_mothers(people: &mut [Person], today: Day, chance: &mut Chance) {
    let women: Vec<usize> = people
        .iter()
        .enumerate()
        .filter(|(_, p)| p.part == Part::Nobody && p.sex == Sex::Female && (19..62).contains(&p.age_on(today)))
        .map(|(i, _)| i)
        .collect();
    if women.is_empty() {
        return;
    }
    for child in 0..people.len() {
        let Some((born, ethnic)) = people.get(child).filter(|p| p.age_on(today) < 20).map(|p| (p.born, p.ethnic))
        else {
            continue;
        };
        for attempt in 0..MOTHERS_TRIED_MAX {
            let candidate = chance.pick(&women);
            let Some(mother) = people.get(candidate) else { continue };
            let apart = born.years_since(mother.born);
            let alike = mother.ethnic == ethnic || attempt > MOTHERS_TRIED_MAX / 2;
            if !(18.0..42.0).contains(&apart) || !alike {
                continue;
            }
            let (home, practice, family) = (mother.home.clone(), mother.practice, mother.family.clone());
            if let Some(person) = people.get_mut(child) {
                (person.home, person.practice, person.family, person.mother) =
                    (home, practice, family, Some(candidate));
            }
            break;
        }
    }
}

/// How many women are tried as the mother of a child; who finds none lives alone in the record.
const MOTHERS_TRIED_MAX: usize = 60;

/// Moves some of the oldest who live alone into the care homes: about 7 in 1,000 people.
fn fill_care_homes(people: &mut [Person], today: Day, chance: &mut Chance) {
    for person in people.iter_mut().filter(|p| p.part == Part::Nobody && p.partner.is_none()) {
        let per_mille = match person.age_on(today) {
            90.. => 330,
            85.. => 220,
            80.. => 110,
            75.. => 40,
            _ => 0,
        };
        if chance.happens(per_mille) {
            let home = chance.below(places::CARE_HOMES.len());
            person.care_home = Some(home);
            if let Some(organisation) = places::CARE_HOMES.get(home) {
                person.home = places::care_home_address(organisation);
            }
            person.practice = if home == 0 { 0 } else { 3 };
        }
    }
}

/// Some of the oldest died within the last two years; they stay in the record.
fn mark_death(person: &mut Person, today: Day, chance: &mut Chance) {
    let per_mille = match person.age_on(today) {
        90.. => 260,
        80.. => 120,
        70.. => 45,
        60.. => 15,
        _ => 1,
    };
    let days_ago = chance.between(3, 700);
    if person.part == Part::Nobody && chance.happens(per_mille) && person.age_on(today) > 2 {
        person.died = Some(today.plus(-days_ago));
    }
}

/// NHS numbers of the never-issued 999 range, each once, with their check digits.
fn nhs_numbers(count: usize, seed: u64) -> impl Iterator<Item = String> {
    let start = seed % 1_000_000;
    // 7,919 shares no factor with a million, so the walk meets every number once.
    (0_u64..1_000_000).map(move |step| (start + step * 7_919) % 1_000_000).filter_map(nhs_number).take(count)
}

/// The NHS number 999 followed by six digits, unless its check digit would be 10.
fn nhs_number(six: u64) -> Option<String> {
    let nine = format!("999{six:06}");
    let sum: u32 =
        nine.chars().filter_map(|c| c.to_digit(10)).zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        10 => None,
        11 => Some(format!("{nine}0")),
        check => Some(format!("{nine}{check}")),
    }
    .filter(|number| number != "9999999999")
}

#[cfg(test)]
mod tests {
    use super::{Sex, people};
    use crate::calendar::Day;
    use std::collections::HashSet;

    #[test]
    fn every_nhs_number_is_given_once() {
        let people = people(3_000, 5, Day::ymd(2026, 11, 22));

        let numbers: HashSet<&str> = people.iter().map(|p| p.nhs_number.as_str()).collect();

        assert_eq!(numbers.len(), 3_000);
        assert!(numbers.iter().all(|n| n.starts_with("999") && n.len() == 10));
    }

    #[test]
    fn children_live_with_their_mothers_and_couples_share_a_home() {
        let today = Day::ymd(2026, 11, 22);
        let people = people(1_000, 5, today);

        let children: Vec<_> = people.iter().filter(|p| p.age_on(today) < 16).collect();
        let with_mother = children.iter().filter(|c| c.mother.is_some()).count();

        assert!(with_mother * 10 >= children.len() * 9, "{with_mother} of {}", children.len());
        for person in &people {
            let Some(partner) = person.partner.and_then(|i| people.get(i)) else { continue };
            assert!(person.sex != partner.sex || person.sex == Sex::Female);
            assert_eq!(person.home.postcode, partner.home.postcode);
        }
    }
}
