//! Accesses and events in the orders in which they are asked for.
//!
//! Built once for a stretch of the log, so that every question about one access is a look at its neighbours.

use super::facts::{Access, Event};
use std::collections::HashMap;
use std::sync::Arc;

/// A stretch of the log.
pub(super) struct Story<'a> {
    /// The accesses, as they were given.
    pub(super) accesses: &'a [Access],
    events: HashMap<u32, Vec<&'a Event>>,
    by_staff: HashMap<&'a str, Vec<usize>>,
    by_organisation: HashMap<(Arc<str>, u32), Vec<&'a Access>>,
}

impl<'a> Story<'a> {
    /// Puts them in order.
    pub(super) fn of(accesses: &'a [Access], events: &'a [Event]) -> Self {
        let mut story =
            Self { accesses, events: HashMap::new(), by_staff: HashMap::new(), by_organisation: HashMap::new() };
        for event in events {
            story.events.entry(event.part).or_default().push(event);
        }
        for (place, access) in accesses.iter().enumerate() {
            story.by_staff.entry(&access.staff).or_default().push(place);
            if !access.organisation.is_empty() {
                story.by_organisation.entry((Arc::clone(&access.organisation), access.part)).or_default().push(access);
            }
        }
        story.events.values_mut().for_each(|events| events.sort_by_key(|event| event.at_ms));
        story.by_organisation.values_mut().for_each(|looks| looks.sort_by_key(|look| look.at_ms));
        let time = |place: &usize| accesses.get(*place).map(|access| access.at_ms);
        story.by_staff.values_mut().for_each(|places| places.sort_by_key(time));
        story
    }

    /// What was written into a person's record from a time to a time.
    pub(super) fn events_of(&self, part: u32, (from_ms, to_ms): (i64, i64)) -> impl Iterator<Item = &'a Event> + '_ {
        let events = self.events.get(&part).map(Vec::as_slice).unwrap_or_default();
        let begin = events.partition_point(|event| event.at_ms < from_ms);
        events.iter().skip(begin).take_while(move |event| event.at_ms <= to_ms).copied()
    }

    /// The looks of the same organisation at the same person, oldest first.
    pub(super) fn looks_like(&self, access: &Access) -> &[&'a Access] {
        let key = (Arc::clone(&access.organisation), access.part);
        self.by_organisation.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The places of the looks of each member of staff, oldest first.
    pub(super) fn each_staff(&self) -> impl Iterator<Item = &[usize]> {
        self.by_staff.values().map(Vec::as_slice)
    }

    /// The access at a place.
    pub(super) fn at(&self, place: usize) -> Option<&'a Access> {
        self.accesses.get(place)
    }
}
