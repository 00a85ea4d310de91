//! Area 4: people see and use their own record.
//!
//! A person who is signed in sees the same facts as a professional, in everyday words, with where each came from; and who
//! looked at them, and why. Somebody who acts for another person sees that person's record by the same rules. The pages
//! decide nothing: what may be seen is in the permit, and what is not permitted says so instead of being silently empty.
//!
//! | module | holds |
//! |---|---|
//! | [`choices`] | what is shared with whom, choosing otherwise, and what a choice would hide before it is made |
//! | [`home`] | what can be done here, what comes next, who looked last |
//! | [`my_record`] | the record by section, results with their trend, documents, a copy to take away |
//! | [`people`] | who may act for me, until when; letting somebody, and stopping it |
//! | [`rights`] | asking for a copy, a correction, a removal, or objecting; and the answers |
//! | [`who_looked`] | every look, by day and organisation, with its reason and rule |
//! | `opened` | how much of the open record may be seen, and how that is told |
//! | `visit` | one request: who asks, whose record it is, how the record is asked |
//! | `words` | everyday words for conditions and tests |
//!
//! Merge [`routes`] inside `trust::Trust::protect`.

pub mod choices;
pub mod home;
pub mod my_record;
mod opened;
pub mod people;
pub mod rights;
mod visit;
pub mod who_looked;
mod words;

use trust::Routes;

/// The pages of this area, under `/my`.
#[must_use]
pub fn routes() -> Routes {
    home::routes()
        .merge(my_record::routes())
        .merge(who_looked::routes())
        .merge(choices::routes())
        .merge(people::routes())
        .merge(rights::routes())
}
