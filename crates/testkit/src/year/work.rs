//! What staff do on ordinary days, and the mistakes that they make.
//!
//! Every look has the care relationship that the log would keep; what the work writes into records is there as events.

use super::town::{Job, Person, Staff, Town, at_work, hospital, practice};
use super::{Chance, DAY_MS, DAYS, Diary, HOUR_MS, MINUTE_MS, is_weekday};
use gate::RelationKind;
use std::sync::Arc;
use trust::reconcile::{Access, Appointment, EventKind};

const APPOINTMENTS: usize = 22;
const PRESCRIPTIONS: usize = 8;
const MESSAGES: usize = 5;
const TASKS: usize = 3;
const ONLY_REGISTERED: usize = 3;
const EMERGENCIES: usize = 14;
const VISITS_EACH: usize = 6;
/// Wrong people looked up in the whole town each day.
const MISTAKES: usize = 20;

/// Writes the whole year's ordinary work.
pub(super) fn ordinary(town: &Town, chance: &mut Chance, diary: &mut Diary) {
    for day in 0..DAYS {
        let mut work = Work { town, chance, diary, day };
        if is_weekday(day) {
            (0..4).for_each(|number| work.practice(number));
            work.visits();
        }
        work.hospital();
        work.care_homes();
        (0..MISTAKES).for_each(|_| work.mistake());
    }
}

/// A look of a member of staff at a person.
pub(super) fn look(staff: &Staff, part: u32, at_ms: i64, relation: Option<RelationKind>) -> Access {
    let (who, organisation) = (Arc::clone(&staff.who), Arc::clone(&staff.organisation));
    Access { entry: 0, at_ms, staff: who, organisation, part, relation }
}

struct Work<'a> {
    town: &'a Town,
    chance: &'a mut Chance,
    diary: &'a mut Diary,
    day: i64,
}

impl<'a> Work<'a> {
    fn practice(&mut self, number: usize) {
        for _ in 0..APPOINTMENTS {
            self.appointment(number);
        }
        for _ in 0..PRESCRIPTIONS {
            if let Some((doctor, at_ms, part)) = self.at_practice(number, Job::Doctor, self.day) {
                self.registered(doctor, part, at_ms);
                self.write(EventKind::Note, doctor, part, at_ms + MINUTE_MS);
            }
        }
        for _ in 0..MESSAGES {
            let Some((desk, at_ms, part)) = self.at_practice(number, Job::Desk, self.day) else { continue };
            let sent_ms = at_ms - self.chance.between(HOUR_MS, 48 * HOUR_MS);
            self.diary.event(EventKind::Message, part, sent_ms, (&"Patient/somebody".into(), &"".into()));
            self.registered(desk, part, at_ms);
        }
        for _ in 0..TASKS {
            let Some((nurse, at_ms, part)) = self.at_practice(number, Job::PracticeNurse, self.day) else { continue };
            let given_ms = at_ms - self.chance.between(HOUR_MS, 10 * DAY_MS);
            self.diary.event(EventKind::Task, part, given_ms, (&"service/tasks".into(), &nurse.organisation));
            self.registered(nurse, part, at_ms);
        }
        for _ in 0..ONLY_REGISTERED {
            if let Some((desk, at_ms, part)) = self.at_practice(number, Job::Desk, self.day) {
                self.registered(desk, part, at_ms);
            }
        }
    }

    /// Booked at the desk or online, seen, perhaps with a sample taken or a referral written.
    fn appointment(&mut self, number: usize) {
        let job = if self.chance.percent(70) { Job::Doctor } else { Job::PracticeNurse };
        let Some((seen_by, at_ms, part)) = self.at_practice(number, job, self.day) else { return };
        if self.chance.percent(85) {
            let lead = self.chance.between(0, 12) * DAY_MS;
            if let Some(desk) = self.town.one(self.chance, &seen_by.organisation, Job::Desk) {
                let booked_ms = at_ms - lead - self.chance.between(MINUTE_MS, HOUR_MS / 2);
                let day = (booked_ms - super::BEGIN_MS).div_euclid(DAY_MS);
                let booked_ms = if is_weekday(day.rem_euclid(7)) { booked_ms } else { booked_ms - 2 * DAY_MS };
                self.registered(desk, part, booked_ms);
                self.write(EventKind::Booking, desk, part, booked_ms + 2 * MINUTE_MS);
            }
        }
        if self.chance.percent(90) {
            let with = vec![Arc::clone(&seen_by.who), Arc::clone(&seen_by.organisation)];
            self.diary.facts.people.entry(part).or_default().appointments.push(Appointment { at_ms, with });
        }
        self.registered(seen_by, part, at_ms);
        if self.chance.percent(85) {
            self.write(EventKind::Note, seen_by, part, at_ms + 10 * MINUTE_MS);
        }
        if self.chance.percent(35) {
            self.result(number, part);
        }
        if self.chance.percent(8) {
            self.write(EventKind::Referral, seen_by, part, at_ms + 12 * MINUTE_MS);
            self.outpatient(part);
        }
    }

    fn result(&mut self, number: usize, part: u32) {
        let day = self.day + self.chance.between(2, 6);
        let Some((doctor, at_ms, _)) = self.at_practice(number, Job::Doctor, weekday_from(day)) else { return };
        let arrived_ms = at_ms - self.chance.between(HOUR_MS, 20 * HOUR_MS);
        self.diary.event(EventKind::Result, part, arrived_ms, (&"service/laboratory".into(), &"".into()));
        self.registered(doctor, part, at_ms);
    }

    fn outpatient(&mut self, part: u32) {
        let Some(consultant) = self.town.one(self.chance, &hospital(), Job::Consultant) else { return };
        let read = weekday_from(self.day + self.chance.between(3, 14));
        let seen = weekday_from(read + self.chance.between(14, 50));
        let read_ms = at_work(self.chance, Job::Consultant, read);
        let seen_ms = at_work(self.chance, Job::Consultant, seen);
        self.diary.look(look(consultant, part, read_ms, Some(RelationKind::Referral)));
        self.diary.look(look(consultant, part, seen_ms, Some(RelationKind::Appointment)));
        self.write(EventKind::Note, consultant, part, seen_ms + 20 * MINUTE_MS);
    }

    fn hospital(&mut self) {
        for _ in 0..EMERGENCIES {
            let at_ms = at_work(self.chance, Job::Emergency, self.day);
            let part = self.town.alive(self.chance, at_ms, None).part;
            let Some(first) = self.town.one(self.chance, &hospital(), Job::Emergency) else { return };
            // Who arrives is looked up by name before the contact is opened; some leave before that.
            self.diary.look(look(first, part, at_ms, None));
            if self.chance.percent(4) {
                continue;
            }
            let opened_ms = at_ms + self.chance.between(2 * MINUTE_MS, 30 * MINUTE_MS);
            self.write(EventKind::Encounter, first, part, opened_ms);
            for _ in 0..2 + self.chance.below(3) {
                let then_ms = opened_ms + self.chance.between(MINUTE_MS, 4 * HOUR_MS);
                self.in_hospital(Job::Emergency, part, then_ms);
            }
            if self.chance.percent(35) {
                self.admitted(part, opened_ms);
            }
        }
    }

    fn admitted(&mut self, part: u32, opened_ms: i64) {
        let days = self.chance.between(1, 7);
        for day in 0..days {
            for _ in 0..2 {
                let then_ms = opened_ms + 4 * HOUR_MS + day * DAY_MS + self.chance.between(0, 18 * HOUR_MS);
                self.in_hospital(Job::Ward, part, then_ms);
            }
        }
        let after = weekday_from((opened_ms - super::BEGIN_MS) / DAY_MS + days + self.chance.between(1, 20));
        let then_ms = at_work(self.chance, Job::Consultant, after);
        self.in_hospital(Job::Consultant, part, then_ms);
    }

    fn in_hospital(&mut self, job: Job, part: u32, at_ms: i64) {
        if let Some(staff) = self.town.one(self.chance, &hospital(), job) {
            self.diary.look(look(staff, part, at_ms, Some(RelationKind::OpenEncounter)));
        }
    }

    fn care_homes(&mut self) {
        for (home, residents) in &self.town.residents {
            for part in residents {
                let at_ms = at_work(self.chance, Job::CareHome, self.day);
                if !self.chance.percent(50) || !self.town.person(*part).is_some_and(|one| one.is_alive(at_ms)) {
                    continue;
                }
                if let Some(nurse) = self.town.one(self.chance, home, Job::CareHome) {
                    self.diary.look(look(nurse, *part, at_ms, Some(RelationKind::Residence)));
                }
            }
        }
    }

    fn visits(&mut self) {
        for nurse in self.town.staff.iter().filter(|one| one.job == Job::Community) {
            for _ in 0..VISITS_EACH {
                let at_ms = at_work(self.chance, Job::Community, self.day);
                let Some(part) = self.chance.of(&self.town.caseload).copied() else { return };
                if self.town.person(part).is_some_and(|one| one.is_alive(at_ms)) {
                    self.diary.look(look(nurse, part, at_ms, Some(RelationKind::Caseload)));
                }
            }
        }
    }

    /// A wrong name typed, or a person who is not in anybody's care here.
    fn mistake(&mut self) {
        let Some(staff) = self.chance.of(&self.town.staff) else { return };
        if !is_weekday(self.day) && !matches!(staff.job, Job::Emergency | Job::Ward | Job::CareHome) {
            return;
        }
        let at_ms = at_work(self.chance, staff.job, self.day);
        let person = self.town.anybody(self.chance);
        self.diary.look(look(staff, person.part, at_ms, relation_of(staff, person)));
    }

    /// Somebody of a practice at work, a time on that day, and somebody who is registered there.
    fn at_practice(&mut self, number: usize, job: Job, day: i64) -> Option<(&'a Staff, i64, u32)> {
        let staff = self.town.one(self.chance, &practice(number), job)?;
        let at_ms = at_work(self.chance, job, day);
        Some((staff, at_ms, self.town.alive(self.chance, at_ms, Some(number)).part))
    }

    fn registered(&mut self, staff: &Staff, part: u32, at_ms: i64) {
        self.diary.look(look(staff, part, at_ms, Some(RelationKind::RegisteredPractice)));
    }

    fn write(&mut self, kind: EventKind, staff: &Staff, part: u32, at_ms: i64) {
        self.diary.event(kind, part, at_ms, (&staff.who, &staff.organisation));
    }
}

/// The relationship that anybody of a practice has with those who are registered there.
pub(super) fn relation_of(staff: &Staff, person: &Person) -> Option<RelationKind> {
    (staff.organisation == practice(person.practice)).then_some(RelationKind::RegisteredPractice)
}

/// This day of the year, or the next Monday.
fn weekday_from(day: i64) -> i64 {
    (day..).find(|day| is_weekday(*day)).unwrap_or(day)
}
