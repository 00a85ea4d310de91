//! The demo locality: Kelderby, a made-up English town, from a seed.
//!
//! [`locality`] gives a [`Locality`] whose resources are FHIR R4 JSON (UK Core profiles), always the same for the same
//! [`Options`]. Nobody in it is real: NHS numbers are of the never-issued 999 range, telephones of Ofcom's drama numbers,
//! postcodes of an area that does not exist. It refuses to read a clock, a file or the operating system's randomness.
//!
//! Map: `chance` and `calendar` are the tools; `places`, `names`, `staff` and `population` found the `town`; `life` writes
//! one person's record, chapter by chapter (`registration`, `problems`, `prevention`, `medicines`, `contacts`, `results`,
//! `vital_signs`, `hospital`, `outpatients`, `care_home`, `support`, `permissions`, `diary`); `story`, `mrs_a` and
//! `personas` hold the people whom guides and tests name; `discretion` what is more private than usual; `codes` and `shape` are the words of FHIR.

mod calendar;
mod care_home;
mod chance;
mod codes;
mod contacts;
mod diary;
mod discretion;
mod documents;
mod hospital;
mod life;
mod medicines;
mod mrs_a;
mod names;
mod outpatients;
mod permissions;
mod personas;
mod places;
mod population;
mod prevention;
mod problems;
mod registration;
mod results;
mod shape;
mod staff;
mod story;
mod support;
mod town;
mod vital_signs;

pub use codes::UK_CODES;
pub use personas::Persona;

use town::Town;

/// What the locality is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many people the record knows (at least the four of the story).
    pub people: usize,
    /// The seed: another seed is another town.
    pub seed: u64,
    /// The moment at which the demo plays; contacts lie before it, free slots after it.
    pub now: jiff::Timestamp,
}

impl Options {
    /// A thousand people of the usual seed at a moment.
    pub fn at(now: jiff::Timestamp) -> Self {
        Self { people: 1_000, seed: 2_014, now }
    }
}

/// One resource as it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The resource type.
    pub kind: &'static str,
    /// The logical id.
    pub id: String,
    /// The resource as compact JSON.
    pub json: Vec<u8>,
}

/// The made-up locality; its resources are made as they are asked for.
#[derive(Debug)]
pub struct Locality {
    town: Town,
}

/// Founds the locality of the options.
pub fn locality(options: &Options) -> Locality {
    Locality { town: Town::found(options) }
}

impl Locality {
    /// Resources that belong to nobody: organisations, places, staff, schedules and slots. Import them first.
    pub fn shared(&self) -> Vec<Resource> {
        self.town.shared()
    }

    /// How many people the record knows.
    pub fn people(&self) -> usize {
        self.town.people().len()
    }

    /// The whole record of the n-th person, Patient first; nothing past the last. May be called from many threads.
    pub fn person(&self, n: usize) -> Vec<Resource> {
        self.town.people().get(n).map(|person| life::Life::record(&self.town, person)).unwrap_or_default()
    }

    /// Everything, in an order in which most references point backwards: shared resources, then person by person.
    pub fn resources(&self) -> impl Iterator<Item = Resource> + '_ {
        self.shared().into_iter().chain((0..self.people()).flat_map(|n| self.person(n)))
    }

    /// The people one can sign in as.
    pub fn personas(&self) -> Vec<Persona> {
        personas::personas(&self.town)
    }
}
