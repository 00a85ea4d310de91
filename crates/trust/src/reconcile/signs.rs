//! Signs of suspicion: what, together with a weak reason or none, makes a look worth a question.
//!
//! A sign never accuses. Each says which explanations it outweighs: that somebody has the same surname means nothing when she
//! had an appointment with this doctor, and something when all that is known is that she is one of ten thousand who are
//! registered there.

use super::explain::Strength;
use super::facts::{Access, Facts};
use super::story::Story;
use gate::RelationKind;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use std::collections::{HashMap, HashSet};

const MINUTE_MS: i64 = 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// After a death, letters, certificates and questions still need the record for this long.
const AFTER_DEATH_MS: i64 = 28 * DAY_MS;
/// More different people than this, looked at without an occasion ...
const SWEEP_PEOPLE: usize = 12;
/// ... within this time.
pub(super) const SWEEP_MS: i64 = 60 * MINUTE_MS;
/// This many people with numbers in a row ...
const SEQUENCE_PEOPLE: usize = 4;
/// ... with no longer pause than this.
const SEQUENCE_PAUSE_MS: i64 = 10 * MINUTE_MS;
/// Off shift can be told only of somebody who looked so often.
const SHIFT_LOOKS_MIN: usize = 60;
/// Off shift: on fewer than one in so many of the days on which she looked did she look near that time of day ...
const SHIFT_RARE: usize = 40;
/// ... which is so many hours before or after: who stays late is not off shift.
const SHIFT_HOURS: i8 = 2;
/// Coming back on so many days ...
const CAME_BACK_DAYS: usize = 3;
/// ... within this time.
const CAME_BACK_MS: i64 = 60 * DAY_MS;

/// What speaks against a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// They declared an emergency.
    Emergency,
    /// They said themselves that they care for the person.
    SelfClaimed,
    /// They live at the same address.
    SameAddress,
    /// The person is marked as somebody in the public eye.
    Flagged,
    /// Many people in an hour, without an occasion.
    Sweep,
    /// The person works for the same organisation.
    Colleague,
    /// The person had died a while before.
    Deceased,
    /// They have the same surname.
    SameSurname,
    /// People with numbers in a row.
    Sequence,
    /// The person used to be in their care.
    FormerPatient,
    /// They keep coming back.
    CameBack,
    /// At a time at which they do not work.
    OffShift,
}

impl Sign {
    /// Every sign, heaviest first.
    pub const ALL: [Sign; 12] = [
        Sign::Emergency,
        Sign::SelfClaimed,
        Sign::SameAddress,
        Sign::Flagged,
        Sign::Sweep,
        Sign::Colleague,
        Sign::Deceased,
        Sign::SameSurname,
        Sign::OffShift,
        Sign::Sequence,
        Sign::CameBack,
        Sign::FormerPatient,
    ];

    /// Its code, as it is kept.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Sign::Emergency => "emergency",
            Sign::SelfClaimed => "self-claimed",
            Sign::SameAddress => "same-address",
            Sign::Flagged => "flagged",
            Sign::Sweep => "sweep",
            Sign::Colleague => "colleague",
            Sign::Deceased => "deceased",
            Sign::SameSurname => "same-surname",
            Sign::Sequence => "sequence",
            Sign::FormerPatient => "former-patient",
            Sign::CameBack => "came-back",
            Sign::OffShift => "off-shift",
        }
    }

    /// The sign with this code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Sign> {
        Sign::ALL.into_iter().find(|sign| sign.code() == code)
    }

    /// How much it adds to the score.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Sign::Emergency => 60,
            Sign::SelfClaimed => 55,
            Sign::SameAddress => 50,
            Sign::Flagged | Sign::Sweep => 45,
            Sign::Colleague | Sign::Deceased => 42,
            Sign::SameSurname => 40,
            Sign::OffShift => 36,
            Sign::Sequence => 35,
            Sign::CameBack => 30,
            Sign::FormerPatient => 15,
        }
    }

    /// The strongest explanation against which it still counts.
    #[must_use]
    pub const fn outweighs(self) -> Strength {
        match self {
            Sign::Emergency | Sign::SelfClaimed => Strength::Personal,
            Sign::SameAddress | Sign::Flagged => Strength::Circle,
            _ => Strength::Broad,
        }
    }

    /// The reason as a whole sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Sign::Emergency => "They declared an emergency to open the record: every case is checked.",
            Sign::SelfClaimed => "They said themselves that they care for the person: every case is checked.",
            Sign::SameAddress => "They live at the same address as the person.",
            Sign::Flagged => "The person is marked as somebody in the public eye.",
            Sign::Sweep => "They looked at many people within an hour, without an occasion.",
            Sign::Colleague => "The person works for the same organisation.",
            Sign::Deceased => "The person had died more than four weeks before.",
            Sign::SameSurname => "They have the same surname as the person.",
            Sign::Sequence => "They looked at people in the order of their numbers.",
            Sign::FormerPatient => "The person is no longer in their organisation's care.",
            Sign::CameBack => "They came back to this person on several days.",
            Sign::OffShift => "It was at a time at which they do not usually work.",
        }
    }
}

/// The signs of each access, in the order of the accesses. `strengths` says how well each is explained.
pub(super) fn found(story: &Story<'_>, strengths: &[Option<Strength>], facts: &Facts) -> Vec<Vec<Sign>> {
    let mut found: Vec<Vec<Sign>> =
        story.accesses.iter().zip(strengths).map(|(one, strength)| of_one(one, *strength, story, facts)).collect();
    let mut add = |place: usize, sign: Sign| {
        if let Some(signs) = found.get_mut(place) {
            signs.push(sign);
        }
    };
    let is_weak = |place: &usize| strengths.get(*place).is_some_and(|one| one.is_none_or(|one| one <= Strength::Broad));
    let is_nothing = |place: &usize| strengths.get(*place).is_some_and(Option::is_none);
    for places in story.each_staff() {
        let looks = |wanted: &dyn Fn(&usize) -> bool| -> Vec<(usize, &Access)> {
            places.iter().filter(|place| wanted(place)).filter_map(|place| Some((*place, story.at(*place)?))).collect()
        };
        let (weak, all) = (looks(&is_weak), looks(&|_| true));
        sweeps(&weak).into_iter().for_each(|place| add(place, Sign::Sweep));
        sequences(&weak).into_iter().for_each(|place| add(place, Sign::Sequence));
        off_shift(&all).into_iter().for_each(|place| add(place, Sign::OffShift));
        came_back(&looks(&is_nothing)).into_iter().for_each(|place| add(place, Sign::CameBack));
    }
    found
}

/// What is told by the access and the two people alone.
fn of_one(access: &Access, strength: Option<Strength>, story: &Story<'_>, facts: &Facts) -> Vec<Sign> {
    let mut signs = Vec::new();
    match access.relation {
        Some(RelationKind::Emergency) => signs.push(Sign::Emergency),
        Some(RelationKind::SelfClaimed) => signs.push(Sign::SelfClaimed),
        _ => {}
    }
    if strength.is_none() && was_in_care(access, story) {
        signs.push(Sign::FormerPatient);
    }
    let Some(person) = facts.people.get(&access.part) else { return signs };
    if person.is_flagged {
        signs.push(Sign::Flagged);
    }
    if person.died_ms.is_some_and(|died| access.at_ms.saturating_sub(died) > AFTER_DEATH_MS) {
        signs.push(Sign::Deceased);
    }
    if !access.organisation.is_empty() && person.works_for.contains(&access.organisation) {
        signs.push(Sign::Colleague);
    }
    let Some(staff) = facts.staff.get(&access.staff) else { return signs };
    if staff.homes.iter().any(|home| person.homes.contains(home)) {
        signs.push(Sign::SameAddress);
    }
    if staff.surnames.iter().any(|name| person.surnames.contains(name)) {
        signs.push(Sign::SameSurname);
    }
    signs
}

/// Whether the same organisation had a care relationship with the person before, and none since.
fn was_in_care(access: &Access, story: &Story<'_>) -> bool {
    story.looks_like(access).iter().any(|other| other.at_ms < access.at_ms && other.relation.is_some())
}

/// Looks at too many people within an hour. The looks are of one member of staff, oldest first.
fn sweeps(looks: &[(usize, &Access)]) -> HashSet<usize> {
    let mut swept = HashSet::new();
    let mut begin = 0;
    for (end, (_, last)) in looks.iter().enumerate() {
        while looks.get(begin).is_some_and(|(_, first)| last.at_ms - first.at_ms > SWEEP_MS) {
            begin += 1;
        }
        let window = looks.get(begin..=end).unwrap_or_default();
        if window.len() <= SWEEP_PEOPLE {
            continue;
        }
        let people: HashSet<u32> = window.iter().map(|(_, look)| look.part).collect();
        if people.len() > SWEEP_PEOPLE {
            swept.extend(window.iter().map(|(place, _)| *place));
        }
    }
    swept
}

/// Looks at people whose numbers follow one another.
fn sequences(looks: &[(usize, &Access)]) -> HashSet<usize> {
    let mut in_sequence = HashSet::new();
    let mut run: Vec<usize> = Vec::new();
    let mut before: Option<&Access> = None;
    for (place, look) in looks {
        let follows = before.is_some_and(|before| {
            look.part == before.part.saturating_add(1) && look.at_ms - before.at_ms <= SEQUENCE_PAUSE_MS
        });
        if !follows {
            run.clear();
        }
        run.push(*place);
        if run.len() >= SEQUENCE_PEOPLE {
            in_sequence.extend(run.iter().copied());
        }
        before = Some(look);
    }
    in_sequence
}

/// Looks at hours at which this member of staff hardly ever looks at anything. Days are counted and not looks: one late session of
/// many looks is no habit.
fn off_shift(looks: &[(usize, &Access)]) -> Vec<usize> {
    if looks.len() < SHIFT_LOOKS_MIN {
        return Vec::new();
    }
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let times: Vec<(usize, (bool, i8), Date)> =
        looks.iter().map(|(place, look)| (*place, hour_of(look.at_ms, &zone), day(look.at_ms))).collect();
    let mut days: HashMap<(bool, i8), HashSet<Date>> = HashMap::new();
    for (_, hour, day) in &times {
        days.entry(*hour).or_default().insert(*day);
    }
    let all: HashSet<Date> = times.iter().map(|(.., day)| *day).collect();
    let on_other_days = |(is_weekend, hour): (bool, i8), own: &Date| -> usize {
        let hours = (24 - SHIFT_HOURS..=24 + SHIFT_HOURS).map(|step| (is_weekend, (hour + step) % 24));
        let near: HashSet<&Date> =
            hours.filter_map(|hour| days.get(&hour)).flatten().filter(|day| *day != own).collect();
        near.len()
    };
    let mut known: HashMap<((bool, i8), Date), bool> = HashMap::new();
    let mut is_rare = |hour: (bool, i8), day: Date| {
        *known.entry((hour, day)).or_insert_with(|| on_other_days(hour, &day) * SHIFT_RARE < all.len())
    };
    times.into_iter().filter(|(_, hour, day)| is_rare(*hour, *day)).map(|(place, ..)| place).collect()
}

fn hour_of(at_ms: i64, zone: &TimeZone) -> (bool, i8) {
    let local = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    (matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday), local.hour())
}

/// Looks at the same person on several days, none of them explained.
fn came_back(looks: &[(usize, &Access)]) -> HashSet<usize> {
    let mut by_person: HashMap<u32, Vec<(usize, i64)>> = HashMap::new();
    for (place, look) in looks {
        by_person.entry(look.part).or_default().push((*place, look.at_ms));
    }
    let mut back = HashSet::new();
    for looks in by_person.values() {
        for (place, at_ms) in looks {
            let near = looks.iter().filter(|(_, other)| (other - at_ms).abs() <= CAME_BACK_MS);
            let days: HashSet<Date> = near.map(|(_, other)| day(*other)).collect();
            if days.len() >= CAME_BACK_DAYS {
                back.insert(*place);
            }
        }
    }
    back
}

fn day(at_ms: i64) -> Date {
    kit::format::day(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH))
}
