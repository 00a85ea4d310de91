//! The locality as a whole, before a record is written: who lives and works there, and what is booked.
//!
//! Everything in it follows from the options. It refuses to hold resources: `Life::record` makes them one person at a
//! time, so that a large locality needs little memory. Next: `life`.

use crate::calendar::{Day, Moment};
use crate::diary::Diary;
use crate::places;
use crate::population::{self, Person};
use crate::shape::Pen;
use crate::staff::Workforce;
use crate::{Options, Resource};

/// Who lives and works in Kelderby.
#[derive(Debug)]
pub(crate) struct Town {
    /// The seed of every stream.
    pub(crate) seed: u64,
    /// The moment of the demo, in local time.
    pub(crate) now: Moment,
    /// Its day.
    pub(crate) today: Day,
    /// Those who work here.
    pub(crate) workforce: Workforce,
    /// What is booked in the practices' diaries.
    pub(crate) diary: Diary,
    people: Vec<Person>,
}

impl Town {
    /// Founds the town.
    pub(crate) fn found(options: &Options) -> Self {
        let now = Moment::of(options.now);
        let people = population::people(options.people.max(4), options.seed, now.day);
        let workforce = Workforce::hire(options.seed);
        let diary = Diary::book(&people, now.day, options.seed);
        Self { seed: options.seed, now, today: now.day, workforce, diary, people }
    }

    /// Everybody who lives here, and those who died lately.
    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    /// The resources that belong to nobody: organisations, places, staff, schedules and slots.
    pub(crate) fn shared(&self) -> Vec<Resource> {
        let mut pen = Pen::new("kelderby", places::BOARD.ods);
        places::write(&mut pen);
        self.workforce.write(&mut pen);
        self.diary.write(self, &mut pen);
        pen.finish()
    }
}
