//! Who would really look at whose record, and when: told by what happens to people, and by nothing that the check knows.
//!
//! The mixture is in the constants below and in the comments beside them. Delays are those of work: some results wait for weeks,
//! some letters are typed after the relationship is over, one look in thirty is done at home in the evening.

use super::locality::{BEGIN_MS, DAY_MS, DAYS, END_MS, Locality, Thing};
use super::running::{Author, Write};
use serde_json::{Value, json};
use testkit::year::Chance;

pub const MINUTE_MS: i64 = 60 * 1_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Office work that is done in the evening, after the shift: in 100.
const EVENINGS: usize = 3;
/// Sessions in the year of a doctor who helps out at another practice, signed in for it.
const LOCUM_SESSIONS: usize = 120;
/// Days on which a doctor answers for another practice without being signed in for it; nothing of that is in the record.
const COVER_DAYS: usize = 60;
/// Telephone calls of people to their practice each working day, and repeat prescriptions that wait there for a signature: of
/// neither is there anything in the record.
const CALLS: usize = 1;
const SIGNATURES: usize = 2;
/// Wrong people opened in the whole town each working day.
const MISTAKES: usize = 2;
/// Times in the year at which a nurse goes through a list of people to recall.
const RECALLS: usize = 10;

/// What somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// Who the person is, which opens the record to those who care for her.
    Person,
    /// Stays: what coders work on.
    Stays,
}

/// Somebody looks.
#[derive(Clone, Debug)]
pub struct Look {
    pub at_ms: i64,
    pub staff: usize,
    /// For whom she acts.
    pub organisation: String,
    pub person: usize,
    pub sees: Sees,
}

/// What the year brings.
#[derive(Default)]
pub struct Year {
    pub writes: Vec<Write>,
    pub looks: Vec<Look>,
}

/// Works the whole year through.
pub fn ordinary(town: &Locality, chance: &mut Chance) -> Year {
    let mut work = Work { town, chance, year: Year::default() };
    for thing in &town.things {
        work.write(thing);
        work.thing(thing);
    }
    for (place, person) in town.people.iter().enumerate() {
        work.death(place, person.died_ms);
    }
    work.residents();
    for day in 0..DAYS {
        if is_weekday(day) {
            work.practices(day);
            (0..MISTAKES).for_each(|_| work.mistake(day));
        }
    }
    (0..LOCUM_SESSIONS).for_each(|_| work.locum());
    (0..COVER_DAYS).for_each(|_| work.cover());
    (0..RECALLS).for_each(|_| work.recall());
    let mut year = work.year;
    year.looks.retain(|look| (BEGIN_MS..END_MS).contains(&look.at_ms));
    year.writes.retain(|write| (BEGIN_MS..END_MS).contains(&write.at_ms));
    year
}

/// Whether a day of the year is one of Monday to Friday; the first is a Saturday.
pub const fn is_weekday(day: i64) -> bool {
    day % 7 >= 2
}

struct Work<'a> {
    town: &'a Locality,
    chance: &'a mut Chance,
    year: Year,
}

const DOCTORS: [&str; 1] = ["GP"];
const PRACTICE: [&str; 2] = ["GP", "Practice nurse"];
const DESK: [&str; 1] = ["Receptionist"];
const EMERGENCY: [&str; 2] = ["Emergency nurse", "Emergency medicine doctor"];
const CONSULTANTS: [&str; 1] = ["Hospital consultant"];
const HOSPITAL: &str = "org-hospital";

impl Work<'_> {
    /// What the record gets: half of the practices work in it themselves, the other systems send what they have.
    fn write(&mut self, thing: &Thing) {
        let system = Author::System(thing.source.clone());
        let mut add = |at_ms: i64, author: &Author, json| {
            self.year.writes.push(Write { at_ms, author: author.clone(), json });
        };
        match (thing.kind, thing.until_ms) {
            ("Encounter", Some(end_ms)) if end_ms - thing.from_ms > HOUR_MS => {
                let open = json!({ "start": thing.json["period"]["start"] });
                add(thing.from_ms, &system, thing.with(&[("status", json!("in-progress")), ("period", open)]));
                add(end_ms, &system, thing.json.clone());
            }
            ("Encounter", Some(end_ms)) => {
                let doctor = thing.professional().and_then(|id| self.town.staff_with(&id));
                let in_it_themselves = ["org-elm-surgery", "org-market-place", "org-station-road"];
                let author = match doctor {
                    Some(place) if in_it_themselves.contains(&thing.source.as_str()) => Author::Staff(place),
                    _ => system,
                };
                add(end_ms, &author, thing.json.clone());
            }
            ("Appointment", Some(start_ms)) => {
                add(thing.from_ms, &system, thing.with(&[("status", json!("booked"))]));
                if start_ms < END_MS {
                    add(start_ms, &system, thing.json.clone());
                }
            }
            ("ServiceRequest", _) => {
                add(thing.from_ms, &system, thing.with(&[("status", json!("active"))]));
                add(thing.from_ms + 90 * DAY_MS, &system, thing.json.clone());
            }
            _ => add(thing.from_ms, &system, thing.json.clone()),
        }
    }

    fn death(&mut self, person: usize, died_ms: Option<i64>) {
        let Some(died_ms) = died_ms.filter(|at_ms| *at_ms >= BEGIN_MS) else { return };
        let one = &self.town.people[person];
        let found =
            self.town.before.iter().find(|json| json["resourceType"] == "Patient" && json["id"] == one.id.as_str());
        let Some(mut patient) = found.cloned() else { return };
        let day = jiff::Timestamp::from_millisecond(died_ms).unwrap().to_string();
        patient["deceasedDateTime"] = json!(day.get(..10));
        let author = Author::System(one.practice.clone());
        self.year.writes.push(Write { at_ms: died_ms + DAY_MS, author, json: patient });
        // The doctor writes the certificate, the desk the letters.
        self.later(&PRACTICE, &one.practice.clone(), person, (died_ms, 0, 4));
        self.later(&DESK, &one.practice.clone(), person, (died_ms, 1, 20));
    }

    fn thing(&mut self, thing: &Thing) {
        match (thing.kind, thing.source.as_str()) {
            ("Encounter", HOSPITAL) if thing.class() == "EMER" => self.attendance(thing),
            ("Encounter", HOSPITAL) if thing.class() == "IMP" => self.stay(thing),
            ("Encounter", HOSPITAL) => self.clinic(thing),
            ("Encounter", "org-community" | "org-social-care" | "org-ambulance") => self.visit(thing),
            ("Encounter", _) => self.consultation(thing),
            ("DiagnosticReport", _) => self.result(thing),
            ("MedicationRequest", _) => self.prescription(thing),
            ("ServiceRequest", _) => self.referral(thing),
            ("Task", _) => self.practice_later(thing, (0, 12)),
            _ => {}
        }
    }

    /// Booked by telephone, some triaged by another doctor, seen, some opened again for a letter or a second thought.
    fn consultation(&mut self, thing: &Thing) {
        let Some(doctor) = thing.professional().and_then(|id| self.town.staff_with(&id)) else { return };
        let (practice, start_ms) = (thing.source.clone(), thing.from_ms);
        if self.chance.percent(70) {
            self.later(&DESK, &practice, thing.person, (start_ms - 10 * DAY_MS, 0, 9));
        }
        if thing.class() == "VR" {
            let triaged_ms = (start_ms - self.chance.between(20 * MINUTE_MS, 4 * HOUR_MS))
                .max(start_ms / DAY_MS * DAY_MS + 8 * HOUR_MS);
            if self.chance.percent(60) {
                self.one_of(&PRACTICE, &practice, thing.person, triaged_ms);
            }
        } else if self.chance.percent(80) {
            let arrived_ms = start_ms - self.chance.between(MINUTE_MS, 15 * MINUTE_MS);
            self.one_of(&DESK, &practice, thing.person, arrived_ms);
        }
        let opened_ms = start_ms - self.chance.between(0, 8 * MINUTE_MS);
        self.look(doctor, thing.person, opened_ms);
        if self.chance.percent(12) {
            let again_ms = self.office((start_ms, 1, 9));
            self.look(doctor, thing.person, again_ms);
        }
        if self.chance.percent(3) {
            self.later(&PRACTICE, &practice, thing.person, (start_ms, 1, 10));
        }
    }

    /// Read by who asked for it or by a colleague on cover, now and then weeks late; in hospital also after the discharge.
    fn result(&mut self, thing: &Thing) {
        let practice = self.town.people[thing.person].practice.clone();
        let is_of_hospital = |other: &&Thing| {
            let until_ms = other.until_ms.unwrap_or(other.from_ms);
            other.kind == "Encounter"
                && other.person == thing.person
                && other.source == HOSPITAL
                && (other.from_ms - HOUR_MS..=until_ms + HOUR_MS).contains(&thing.from_ms)
        };
        if self.town.things.iter().any(|other| is_of_hospital(&other)) {
            let read_ms = thing.from_ms + self.chance.between(5 * MINUTE_MS, 6 * HOUR_MS);
            self.one_of(&EMERGENCY, HOSPITAL, thing.person, read_ms);
            match self.chance.below(100) {
                0..=34 => self.later(&CONSULTANTS, HOSPITAL, thing.person, (thing.from_ms, 1, 20)),
                35..=38 => self.later(&CONSULTANTS, HOSPITAL, thing.person, (thing.from_ms, 35, 75)),
                _ => {}
            }
            return;
        }
        let days = if self.chance.percent(3) { (15, 40) } else { (0, 5) };
        self.later(&DOCTORS, &practice, thing.person, (thing.from_ms, days.0, days.1));
    }

    /// Signed at the practice; the pharmacy looks only when there is a question, and not always that which the person chose.
    fn prescription(&mut self, thing: &Thing) {
        if self.chance.percent(30) {
            self.practice_later(thing, (0, 1));
        }
        if self.chance.percent(12) {
            let chosen = self.town.people[thing.person].pharmacy.clone().filter(|_| !self.chance.percent(6));
            let pharmacies = ["elm", "weir", "market", "beacon", "station", "mill"];
            let near = self.chance.of(&pharmacies).map(|name| format!("org-{name}-pharmacy"));
            let Some(pharmacy) = chosen.or(near) else { return };
            self.later(&["Community pharmacist"], &pharmacy, thing.person, (thing.from_ms, 0, 4));
        }
    }

    /// Read by the consultant, booked by the desk.
    fn referral(&mut self, thing: &Thing) {
        let Some(to) = thing.json["performer"][0]["reference"].as_str() else { return };
        let consultant = self.town.staff_with(&to.replace("Practitioner/", ""));
        let read_ms = self.office((thing.from_ms, 3, 14));
        if let Some(consultant) = consultant {
            self.look(consultant, thing.person, read_ms);
        }
        self.later(&DESK, HOSPITAL, thing.person, (thing.from_ms, 4, 20));
    }

    /// Prepared, held, and a letter after it, some of them very late.
    fn clinic(&mut self, thing: &Thing) {
        let Some(doctor) = thing.professional().and_then(|id| self.town.staff_with(&id)) else { return };
        let prepared_ms = self.office((thing.from_ms - 2 * DAY_MS, 0, 1));
        self.look(doctor, thing.person, prepared_ms);
        self.look(doctor, thing.person, thing.from_ms);
        let days = if self.chance.percent(8) { (31, 60) } else { (0, 14) };
        let written_ms = self.office((thing.from_ms, days.0, days.1));
        self.look(doctor, thing.person, written_ms);
        if self.chance.percent(40) {
            self.practice_later(thing, (3, 20));
        }
    }

    /// Looked up at the door before the contact is opened; some leave before that. The practice reads the letter.
    fn attendance(&mut self, thing: &Thing) {
        let (person, start_ms) = (thing.person, thing.from_ms);
        if self.chance.percent(25) {
            let at_ms = start_ms - self.chance.between(15 * MINUTE_MS, 50 * MINUTE_MS);
            self.one_of(&["Paramedic"], "org-ambulance", person, at_ms);
        }
        let door_ms = start_ms - self.chance.between(0, 6 * MINUTE_MS);
        self.one_of(&EMERGENCY[..1], HOSPITAL, person, door_ms);
        for _ in 0..2 + self.chance.below(2) {
            let at_ms = start_ms + self.chance.between(8 * MINUTE_MS, 170 * MINUTE_MS);
            self.one_of(&EMERGENCY, HOSPITAL, person, at_ms);
        }
        if self.chance.percent(4) {
            let left = self.chance.below(self.town.people.len());
            self.one_of(&EMERGENCY[..1], HOSPITAL, left, start_ms + 20 * MINUTE_MS);
        }
        if self.chance.percent(60) {
            self.practice_later(thing, (1, 5));
        }
    }

    /// Two nurses a day, one of them at night, a round; the summary, the codes and the practice come after the discharge.
    fn stay(&mut self, thing: &Thing) {
        let (person, end_ms) = (thing.person, thing.until_ms.unwrap_or(thing.from_ms + DAY_MS));
        let mut day_ms = thing.from_ms;
        while day_ms < end_ms {
            for (titles, from, to) in
                [(["Ward nurse"], 1, 9), (["Ward nurse"], 10, 22), (["Hospital consultant"], 2, 6)]
            {
                let at_ms = day_ms + self.chance.between(from * HOUR_MS, to * HOUR_MS);
                self.one_of(&titles, HOSPITAL, person, at_ms.min(end_ms));
            }
            day_ms += DAY_MS;
        }
        self.later(&CONSULTANTS, HOSPITAL, person, (end_ms, 0, 4));
        let coders = self.town.team(HOSPITAL, &["Clinical coder"]);
        if let Some(coder) = self.chance.of(&coders).copied() {
            // One in seven waits for a missing letter, past the time for which the relationship lasts.
            let days = if self.chance.percent(15) { (31, 55) } else { (2, 25) };
            let at_ms = self.office((end_ms, days.0, days.1));
            self.push(Look { at_ms, staff: coder, organisation: HOSPITAL.to_owned(), person, sees: Sees::Stays });
        }
        self.practice_later(thing, (1, 5));
        let practice = self.town.people[person].practice.clone();
        self.later(&DESK, &practice, person, (end_ms, 1, 4));
    }

    /// Prepared, done, written up.
    fn visit(&mut self, thing: &Thing) {
        let Some(nurse) = thing.professional().and_then(|id| self.town.staff_with(&id)) else { return };
        let before_ms = thing.from_ms - self.chance.between(0, 2 * HOUR_MS);
        let after_ms = thing.until_ms.unwrap_or(thing.from_ms) + self.chance.between(0, 5 * HOUR_MS);
        self.look(nurse, thing.person, before_ms);
        self.look(nurse, thing.person, after_ms);
        let others = ["Community nurse", "Social worker"];
        if self.chance.percent(20) {
            self.later(&others, &thing.source.clone(), thing.person, (thing.from_ms, 1, 7));
        }
    }

    /// Residents are looked at on two days of five; now and then by somebody of the other home who helps out.
    fn residents(&mut self) {
        let homes = ["org-rowan-house", "org-lakeview"];
        for (place, home) in homes.into_iter().enumerate() {
            let (team, other) = (self.nurses_of(home), self.nurses_of(homes[1 - place]));
            let lives_there = |one: &&Value| {
                one["resourceType"] == "EpisodeOfCare"
                    && one["managingOrganization"]["reference"] == format!("Organization/{home}").as_str()
            };
            let residents: Vec<String> = self
                .town
                .before
                .iter()
                .filter(lives_there)
                .map(|one| one["patient"]["reference"].to_string())
                .collect();
            let is_resident = |one: &usize| residents.contains(&format!("\"Patient/{}\"", self.town.people[*one].id));
            for person in (0..self.town.people.len()).filter(is_resident).collect::<Vec<_>>() {
                for day in 0..DAYS {
                    let at_ms = BEGIN_MS + day * DAY_MS + self.chance.between(7 * HOUR_MS, 21 * HOUR_MS);
                    if !self.chance.percent(40) || !self.town.people[person].is_alive(at_ms) {
                        continue;
                    }
                    let helper = self.chance.percent(5);
                    if let Some(staff) = self.chance.of(if helper { &other } else { &team }).copied() {
                        self.push(Look { at_ms, staff, organisation: home.to_owned(), person, sees: Sees::Person });
                    }
                }
            }
        }
    }

    fn nurses_of(&self, home: &str) -> Vec<usize> {
        self.town.team(home, &["Care home nurse"])
    }

    /// What nothing in the record tells of: calls, and signatures under repeats.
    fn practices(&mut self, day: i64) {
        for practice in self.all_practices() {
            let at_ms = BEGIN_MS + day * DAY_MS;
            for (titles, times) in [(DESK, CALLS), (DOCTORS, SIGNATURES)] {
                for _ in 0..times {
                    let Some(person) = self.registered(&practice, at_ms) else { continue };
                    self.later(&titles, &practice, person, (at_ms, 0, 0));
                }
            }
        }
    }

    /// A wrong name chosen from a list: half of them at the own practice.
    fn mistake(&mut self, day: i64) {
        let staff = self.chance.below(self.town.staff.len());
        let mut person = self.chance.below(self.town.people.len());
        if self.chance.percent(50) {
            person = self.registered(&self.town.staff[staff].organisation, BEGIN_MS).unwrap_or(person);
        }
        let at_ms = self.office((BEGIN_MS + day * DAY_MS, 0, 0));
        self.look(staff, person, at_ms);
    }

    /// A doctor of one practice works a session for another, signed in for it.
    fn locum(&mut self) {
        let (Some(doctor), Some(practice)) = (self.any_doctor(), self.any_practice()) else { return };
        let day_ms = BEGIN_MS + self.chance.between(0, DAYS) * DAY_MS;
        let begin_ms = self.office((day_ms, 0, 0));
        for step in 0..8 {
            let Some(person) = self.registered(&practice, begin_ms) else { return };
            let at_ms = begin_ms + step * 15 * MINUTE_MS;
            self.push(Look { at_ms, staff: doctor, organisation: practice.clone(), person, sees: Sees::Person });
        }
    }

    /// A doctor answers questions about people of another practice, signed in for her own.
    fn cover(&mut self) {
        let (Some(doctor), Some(practice)) = (self.any_doctor(), self.any_practice()) else { return };
        let day_ms = BEGIN_MS + self.chance.between(0, DAYS) * DAY_MS;
        for _ in 0..2 + self.chance.below(4) {
            let Some(person) = self.registered(&practice, day_ms) else { return };
            let at_ms = self.office((day_ms, 0, 0));
            self.look(doctor, person, at_ms);
        }
    }

    /// A practice nurse goes through those who are due for a review, and writes to most of them.
    fn recall(&mut self) {
        let Some(practice) = self.any_practice() else { return };
        let nurses = self.town.team(&practice, &["Practice nurse"]);
        let Some(nurse) = self.chance.of(&nurses).copied() else { return };
        let day_ms = BEGIN_MS + self.chance.between(20, DAYS - 7) * DAY_MS;
        let begin_ms = self.office((day_ms, 0, 0));
        for step in 0..self.chance.between(14, 22) {
            let Some(person) = self.registered(&practice, begin_ms) else { return };
            let at_ms = begin_ms + step * 4 * MINUTE_MS;
            self.look(nurse, person, at_ms);
            if self.chance.percent(85) {
                let patient = json!({ "reference": format!("Patient/{}", self.town.people[person].id) });
                let json = json!({
                    "resourceType": "Communication", "id": "new", "status": "completed", "subject": patient,
                    "payload": [{ "contentString": "It is time for your review. Please book an appointment." }],
                });
                self.year.writes.push(Write { at_ms: at_ms + 2 * MINUTE_MS, author: Author::Staff(nurse), json });
            }
        }
    }

    fn all_practices(&self) -> Vec<String> {
        let mut practices: Vec<String> = self.town.people.iter().map(|one| one.practice.clone()).collect();
        practices.sort();
        practices.dedup();
        practices
    }

    fn any_practice(&mut self) -> Option<String> {
        let practices = self.all_practices();
        self.chance.of(&practices).cloned()
    }

    fn any_doctor(&mut self) -> Option<usize> {
        let doctors: Vec<usize> =
            (0..self.town.staff.len()).filter(|one| self.town.staff[*one].title == "GP").collect();
        self.chance.of(&doctors).copied()
    }

    /// Somebody who is registered with a practice and alive.
    fn registered(&mut self, practice: &str, at_ms: i64) -> Option<usize> {
        let fits = |one: &usize| self.town.people[*one].practice == practice && self.town.people[*one].is_alive(at_ms);
        let people: Vec<usize> = (0..self.town.people.len()).filter(fits).collect();
        self.chance.of(&people).copied()
    }

    /// Somebody of the practice with which the person is registered, that many days after.
    fn practice_later(&mut self, thing: &Thing, (from, to): (i64, i64)) {
        let practice = self.town.people[thing.person].practice.clone();
        let at_ms = thing.until_ms.filter(|_| thing.kind == "Encounter").unwrap_or(thing.from_ms);
        self.later(&PRACTICE, &practice, thing.person, (at_ms, from, to));
    }

    fn later(&mut self, titles: &[&str], organisation: &str, person: usize, days: (i64, i64, i64)) {
        let at_ms = self.office(days);
        self.one_of(titles, organisation, person, at_ms);
    }

    /// A time at which offices work, from so many to so many days after a time; now and then the evening at home.
    fn office(&mut self, (after_ms, from, to): (i64, i64, i64)) -> i64 {
        let is_evening = self.chance.percent(EVENINGS);
        let (begin, end) = if is_evening { (18 * HOUR_MS, 22 * HOUR_MS) } else { (8 * HOUR_MS, 18 * HOUR_MS) };
        let time = self.chance.between(begin, end);
        let first = (after_ms - BEGIN_MS).div_euclid(DAY_MS) + self.chance.between(from, to + 1);
        let fits = |day: &i64| is_weekday(day.rem_euclid(7)) && BEGIN_MS + day * DAY_MS + time >= after_ms;
        BEGIN_MS + (first..).find(fits).unwrap_or(first) * DAY_MS + time
    }

    fn one_of(&mut self, titles: &[&str], organisation: &str, person: usize, at_ms: i64) {
        let team = self.town.team(organisation, titles);
        if let Some(staff) = self.chance.of(&team).copied() {
            self.look(staff, person, at_ms);
        }
    }

    fn look(&mut self, staff: usize, person: usize, at_ms: i64) {
        let organisation = self.town.staff[staff].organisation.clone();
        self.push(Look { at_ms, staff, organisation, person, sees: Sees::Person });
    }

    fn push(&mut self, look: Look) {
        // Who looks at herself is another matter.
        if self.town.staff[look.staff].own != Some(look.person) {
            self.year.looks.push(look);
        }
    }
}
