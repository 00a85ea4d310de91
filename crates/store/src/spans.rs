//! From tests to lists: in which stretches of postings everything lies that can satisfy a test.
//!
//! The other side of `lists`. A stretch may hold more than the answer, never less; a test without a stretch (`:text`,
//! `:contains`, `ne`) is answered by walking rows.

use crate::fid::Fid;
use crate::lists::{self, DATE_CLASS_LAST, DATE_OPEN_END, DATE_OPEN_START, DAY_MS, Magnitudes};
use crate::names::Rid;
use crate::posting::{List, Place};
use fhir::ResourceType;
use fhir::search::{Approximate, ParamId, Prefix, Span, SystemTest, Test, fold};

/// Postings between two places of one table, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) first: Place,
    pub(crate) last: Place,
}

impl Stretch {
    fn between((first, low): (List, u32), (last, high): (List, u32)) -> Self {
        let first = Place { list: first, sub: low, rid: Rid::from_key(0) };
        Self { first, last: Place { list: last, sub: high, rid: Rid::from_key(i64::MAX) } }
    }

    fn whole(list: List) -> Self {
        Self::between((list, 0), (list, u32::MAX))
    }

    fn part(list: List, (low, high): (u32, u32)) -> Self {
        Self::between((list, low), (list, high))
    }
}

/// The stretches of a condition's alternatives, or `None` when one of them has none.
pub(crate) fn stretches(param: ParamId, tests: &[Test]) -> Option<Vec<Stretch>> {
    let mut all = Vec::new();
    for test in tests {
        all.extend(of_test(param, test)?);
    }
    Some(all)
}

fn of_test(param: ParamId, test: &Test) -> Option<Vec<Stretch>> {
    Some(match test {
        Test::Token { system, code } | Test::ReferenceIdentifier { system, code } => {
            token(param, system, code.as_deref()?)
        }
        Test::OfType { value, .. } => token(param, &SystemTest::Any, value),
        Test::Starts(folded) => vec![text(param, folded)],
        Test::Exact(exact) => vec![text(param, &fold(exact))],
        Test::Date(prefix, asked) => dates(param, *prefix, *asked)?,
        Test::Number(prefix, asked) => magnitudes(param, Magnitudes::Number, (*prefix, *asked))?,
        Test::Quantity { prefix, number, canonical, .. } => quantity(param, (*prefix, *number), canonical.as_ref())?,
        Test::Reference { kind, id } => vec![match kind {
            Some(kind) => Stretch::whole(lists::reference_list(param, *kind, Fid::of(id))),
            None => {
                let (first, last) = lists::reference_lists(param, Fid::of(id));
                Stretch::between((first, 0), (last, u32::MAX))
            }
        }],
        Test::ReferenceUrl(url) => vec![Stretch::whole(lists::url_list(param, url))],
        Test::Uri(uri) => vec![Stretch::whole(lists::uri_list(param, uri))],
        Test::Composite(tests) => match tests.first()? {
            first @ Test::Token { .. } => of_test(param, first)?,
            _ => return None,
        },
        Test::TokenText(_) | Test::Contains(_) | Test::UriBelow(_) | Test::UriAbove(_) | Test::Near { .. } => {
            return None;
        }
    })
}

fn token(param: ParamId, system: &SystemTest, code: &str) -> Vec<Stretch> {
    vec![match system {
        SystemTest::Any => {
            let (first, last) = lists::token_lists(param, code);
            Stretch::between((first, 0), (last, u32::MAX))
        }
        SystemTest::None => Stretch::whole(lists::token_list(param, None, code)),
        SystemTest::Is(system) => Stretch::whole(lists::token_list(param, Some(system), code)),
    }]
}

fn text(param: ParamId, folded: &str) -> Stretch {
    let (first, last) = lists::text_places(param, folded);
    Stretch::between(first, last)
}

/// For each class of lengths, the days on which a span that satisfies the test can begin.
fn dates(param: ParamId, prefix: Prefix, asked: Span) -> Option<Vec<Stretch>> {
    let length = asked.until_ms.saturating_sub(asked.from_ms);
    // The first and last moment of the start, given the longest that a span of the class can be.
    let starts = |longest: i64| -> Option<(i64, i64)> {
        let reaches = |moment: i64| moment.saturating_sub(longest);
        Some(match prefix {
            Prefix::Eq => (asked.from_ms, asked.until_ms),
            Prefix::Ne => return None,
            Prefix::Gt => (reaches(asked.until_ms), i64::MAX),
            Prefix::Ge => (reaches(asked.until_ms).min(asked.from_ms), i64::MAX),
            Prefix::Lt | Prefix::Eb => (i64::MIN, asked.until_ms),
            Prefix::Le => (i64::MIN, asked.until_ms),
            Prefix::Sa => (asked.until_ms, i64::MAX),
            Prefix::Ap => (reaches(asked.from_ms.saturating_sub(length)), asked.until_ms.saturating_add(length)),
        })
    };
    let stretch = |class: u8, longest: i64| {
        let (first, last) = starts(longest)?;
        Some(Stretch::part(lists::date_list(param, class), (lists::day(first), lists::day(last))))
    };
    let mut all = Vec::with_capacity(usize::from(DATE_CLASS_LAST) + 3);
    for class in 0..=DATE_CLASS_LAST {
        all.push(stretch(class, DAY_MS << class)?);
    }
    all.push(stretch(DATE_OPEN_END, i64::MAX)?);
    all.push(Stretch::whole(lists::date_list(param, DATE_OPEN_START)));
    Some(all)
}

/// Events of a code on the days on which one can begin that satisfies the test.
pub(crate) fn events(kind: ResourceType, code: &str, (prefix, asked): (Prefix, Span)) -> Vec<Stretch> {
    let (first, last) = match prefix {
        Prefix::Eq => (asked.from_ms, asked.until_ms),
        Prefix::Sa => (asked.until_ms, i64::MAX),
        Prefix::Lt | Prefix::Eb | Prefix::Le => (i64::MIN, asked.until_ms),
        Prefix::Ge => (asked.from_ms.min(asked.until_ms.saturating_sub(DAY_MS)), i64::MAX),
        Prefix::Gt => (asked.until_ms.saturating_sub(DAY_MS), i64::MAX),
        Prefix::Ne | Prefix::Ap => (i64::MIN, i64::MAX),
    };
    let long_first = if matches!(prefix, Prefix::Ge | Prefix::Gt) { i64::MIN } else { first };
    let stretch = |is_long: bool, first: i64| {
        Stretch::part(lists::event_list(kind, code, is_long), (lists::day(first), lists::day(last)))
    };
    vec![stretch(false, first), stretch(true, long_first)]
}

fn magnitudes(param: ParamId, of: Magnitudes<'_>, (prefix, asked): (Prefix, Approximate)) -> Option<Vec<Stretch>> {
    let near = (asked.value / 10.0).abs();
    let (low, high) = match prefix {
        Prefix::Eq => (asked.low, asked.high),
        Prefix::Ne => return None,
        Prefix::Gt | Prefix::Sa | Prefix::Ge => (asked.value, f64::INFINITY),
        Prefix::Lt | Prefix::Eb | Prefix::Le => (f64::NEG_INFINITY, asked.value),
        Prefix::Ap => (asked.low.min(asked.value - near), asked.high.max(asked.value + near)),
    };
    let list = lists::quantity_list(param, of);
    // One step more on both sides, for what rounding may have moved.
    let between = (lists::magnitude(low).saturating_sub(1), lists::magnitude(high).saturating_add(1));
    Some(vec![Stretch::part(list, between)])
}

/// A canonical question meets canonical values by their unit, and the others as written.
fn quantity(
    param: ParamId,
    (prefix, number): (Prefix, Approximate),
    canonical: Option<&(Approximate, String)>,
) -> Option<Vec<Stretch>> {
    let mut all = magnitudes(param, Magnitudes::WrittenOnly, (prefix, number))?;
    match canonical {
        Some((asked, unit)) => all.extend(magnitudes(param, Magnitudes::Canonical(unit), (prefix, *asked))?),
        None => all.extend(magnitudes(param, Magnitudes::WrittenWithCanonical, (prefix, number))?),
    }
    Some(all)
}
