//! The commitment to an entry of the access log, and what of it is shown to whom.
//!
//! An entry has three kinds of parts: the facts (who, when, why, by which rule), the details (the search as asked, the one
//! resource) and one part for each person whose data were touched. Each part is hashed with a salt of its own, and the leaf of the
//! log's tree is a hash over those hashes. So a person can be shown the facts and her own part, with proof, and learns
//! nothing of the others; and when a part and its salt are erased, nobody can guess it back from the hash that stays.

use crate::ProofError;
use crate::tree::{self, Hash};
use sha2::{Digest, Sha256};

/// Bytes of a salt: too many to try.
pub const SALT_BYTES: usize = 16;
const PLACE_FACTS: u64 = 0;
const PLACE_DETAILS: u64 = 1;
const PLACE_SUBJECTS: u64 = 2;

/// What makes the hash of a part unguessable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt(pub [u8; SALT_BYTES]);

impl Salt {
    /// The salt of one part, from the salt of its entry.
    fn of_part(self, place: u64) -> Self {
        let hash =
            Sha256::new_with_prefix("commonweal part salt v1\n").chain_update(self.0).chain_update(place.to_be_bytes());
        let [salt @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _]: [u8; 32] = hash.finalize().into();
        Self(salt)
    }
}

/// A part of an entry that is shown: its text, and the salt that it was hashed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The part's own salt.
    pub salt: Salt,
    /// What it says, one line of JSON.
    pub text: String,
}

impl Part {
    /// The hash that stands for it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tree::leaf(&[&self.salt.0, self.text.as_bytes()])
    }
}

/// The texts of an entry, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// Who, when, why, by which rule.
    pub facts: String,
    /// The search as asked, the one resource, how many.
    pub details: String,
    /// One for each person.
    pub subjects: Vec<String>,
}

impl Texts {
    /// The leaf of the log's tree that stands for this entry.
    #[must_use]
    pub fn leaf(&self, salt: Salt) -> Hash {
        let hash = |place: u64, text: &str| tree::leaf(&[&salt.of_part(place).0, text.as_bytes()]);
        let subjects: Vec<Hash> =
            (PLACE_SUBJECTS..).zip(&self.subjects).map(|(place, text)| hash(place, text)).collect();
        let subjects = (count(&self.subjects), tree::root_of(&subjects));
        leaf_over(&hash(PLACE_FACTS, &self.facts), &hash(PLACE_DETAILS, &self.details), subjects)
    }

    /// The entry as it is shown: all of it, or the facts and the part of the person at `only`, without the details when there
    /// are other people in it.
    #[must_use]
    pub fn disclose(&self, salt: Salt, only: Option<usize>) -> Disclosed {
        let part = |place: u64, text: &str| Part { salt: salt.of_part(place), text: text.to_owned() };
        let subjects: Vec<Part> =
            (PLACE_SUBJECTS..).zip(&self.subjects).map(|(place, text)| part(place, text)).collect();
        let is_alone = self.subjects.len() <= 1;
        let details = part(PLACE_DETAILS, &self.details);
        let details =
            if only.is_none() || is_alone { Details::Shown(details) } else { Details::Hidden(details.hash()) };
        let shown = match only {
            None => Subjects::All(subjects),
            Some(_) if is_alone => Subjects::All(subjects),
            Some(place) => {
                let hashes: Vec<Hash> = subjects.iter().map(Part::hash).collect();
                let (place, number) = (place_number(place), count(&hashes));
                let Ok(path) = tree::inclusion(&mut tree::Leaves(&hashes), place, number);
                let part = usize::try_from(place).ok().and_then(|place| subjects.into_iter().nth(place));
                match part {
                    Some(part) => Subjects::One { place, count: number, part, path },
                    None => Subjects::All(Vec::new()),
                }
            }
        };
        Disclosed { facts: part(PLACE_FACTS, &self.facts), details, subjects: shown }
    }
}

/// What is shown of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed {
    /// Who, when, why, by which rule: always shown.
    pub facts: Part,
    /// The search as asked, the one resource.
    pub details: Details,
    /// The people.
    pub subjects: Subjects,
}

/// The details, or their hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Details {
    /// Shown.
    Shown(Part),
    /// Not shown: the access concerned other people too, or something that is not for who is shown the entry.
    Hidden(Hash),
}

/// The people of an entry, or one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// Everybody.
    All(Vec<Part>),
    /// One of several.
    One {
        /// Her place among them.
        place: u64,
        /// How many they are.
        count: u64,
        /// Her part.
        part: Part,
        /// From her part to the root over all parts.
        path: Vec<Hash>,
    },
}

impl Disclosed {
    /// The same with its details as a hash: where they are not for the one who is shown the entry.
    #[must_use]
    pub fn without_details(mut self) -> Disclosed {
        if let Details::Shown(part) = &self.details {
            self.details = Details::Hidden(part.hash());
        }
        self
    }

    /// The leaf of the log's tree that stands for the entry of which this is shown.
    ///
    /// # Errors
    /// When the path of the one person shown cannot be one.
    pub fn leaf(&self) -> Result<Hash, ProofError> {
        let details = match &self.details {
            Details::Shown(part) => part.hash(),
            Details::Hidden(hash) => *hash,
        };
        let subjects = match &self.subjects {
            Subjects::All(parts) => {
                let hashes: Vec<Hash> = parts.iter().map(Part::hash).collect();
                (count(&hashes), tree::root_of(&hashes))
            }
            Subjects::One { place, count, part, path } => {
                let root = tree::root_by_path(part.hash(), *place, *count, path);
                (*count, root.ok_or(ProofError::Untrue("the person's part does not belong to this entry"))?)
            }
        };
        Ok(leaf_over(&self.facts.hash(), &details, subjects))
    }
}

fn leaf_over(facts: &Hash, details: &Hash, (count, subjects): (u64, Hash)) -> Hash {
    let commitment = Sha256::new_with_prefix("commonweal entry v1\n")
        .chain_update(facts.0)
        .chain_update(details.0)
        .chain_update(count.to_be_bytes())
        .chain_update(subjects.0);
    tree::leaf(&[&commitment.finalize()])
}

fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

fn place_number(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(people: usize) -> Texts {
        let subjects = (0..people).map(|number| format!("{{\"person\":{number}}}")).collect();
        Texts { facts: "{\"entry\":1}".into(), details: "{\"query\":\"name=x\"}".into(), subjects }
    }

    #[test]
    fn what_is_shown_to_one_person_leads_to_the_same_leaf_as_the_whole_and_tells_nothing_of_the_others() {
        for people in 1..20 {
            let whole = texts(people);
            for place in 0..people {
                let shown = whole.disclose(Salt([3; 16]), Some(place));

                assert_eq!(shown.leaf(), Ok(whole.leaf(Salt([3; 16]))), "{place} of {people}");
                let told = format!("{shown:?}");
                let others = (0..people).filter(|other| *other != place);
                assert!(others.map(|other| format!("{:?}", whole.subjects[other])).all(|other| !told.contains(&other)));
                assert_eq!(told.contains("name=x"), people == 1);
            }
            assert_eq!(whole.disclose(Salt([3; 16]), None).leaf(), Ok(whole.leaf(Salt([3; 16]))));
        }
    }

    #[test]
    fn details_that_are_not_for_her_stay_a_hash_that_leads_to_the_same_leaf() {
        let whole = texts(1);

        let shown = whole.disclose(Salt([3; 16]), Some(0)).without_details();

        assert_eq!(shown.leaf(), Ok(whole.leaf(Salt([3; 16]))));
        assert!(!format!("{shown:?}").contains("name=x"));
        assert_eq!(shown.clone().without_details(), shown);
    }

    #[test]
    fn another_text_salt_or_number_of_people_is_another_leaf() {
        let leaf = texts(2).leaf(Salt([3; 16]));

        assert_ne!(texts(2).leaf(Salt([4; 16])), leaf);
        assert_ne!(texts(3).leaf(Salt([3; 16])), leaf);
        assert_ne!(Texts { facts: "{\"entry\":2}".into(), ..texts(2) }.leaf(Salt([3; 16])), leaf);
        assert_ne!(Texts { details: "{}".into(), ..texts(2) }.leaf(Salt([3; 16])), leaf);
        let mut shown = texts(3).disclose(Salt([3; 16]), Some(1));
        if let Subjects::One { count, .. } = &mut shown.subjects {
            *count = 4;
        }
        assert_ne!(shown.leaf(), Ok(texts(3).leaf(Salt([3; 16]))));
    }

    #[test]
    fn nobody_is_somebody_too() {
        let whole = texts(0);

        assert_eq!(whole.disclose(Salt([1; 16]), None).leaf(), Ok(whole.leaf(Salt([1; 16]))));
    }
}
