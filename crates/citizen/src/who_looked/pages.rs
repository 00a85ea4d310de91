//! The drawing of who looked: one block an episode, one sentence a look, the rule and the details folded under it.
//!
//! On paper the folds open. Times are those of London. It decides nothing and leaves nothing out.

use super::questions;
use crate::visit::Whose;
use jiff::Timestamp;
use kit::components::{Details, InsetText, SummaryList, SummaryRow};
use kit::format::{date, moment, plural};
use kit::{Markup, Render, html};
use trust::{Case, Episode, Look, Machine, Own, WhoLooked};

/// The page.
pub(super) fn who_looked(looked: &WhoLooked, asked: &[Case], whose: &Whose, before: Option<u64>) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { @if whose.is_own { "Who looked at my record" } @else { "Who looked at the record of " (whose.name) } }
        p class="nhsuk-body-l" { "Each time somebody opens " (whose.possessive()) " record it is written down here, before they see anything. Nobody can switch that off." }
        @if !whose.is_own { (InsetText(html! { p { "\u{201c}You\u{201d} in the reasons below is " (whose.name) ". What you opened yourself is in this list too." } })) }
        (questions::list(asked))
        h2 class="nhsuk-heading-l" { "People" }
        @if looked.episodes.is_empty() { p class="cw-nothing" { (nobody(before)) } }
        @for (place, episode) in looked.episodes.iter().enumerate() { (episode_block(place, episode, asked)) }
        (machines(&looked.machines))
        (own(looked.own, whose))
        @if let Some(older) = looked.older { p class="cw-noprint" { a class="nhsuk-link" href={ "/my/who-looked?before=" (older) } { "See older entries" } } }
        (keep(before))
        (wrong())
    }
}

/// Where the entries are taken away from, with what shows that they were not changed.
fn keep(before: Option<u64>) -> Markup {
    let from = before.map(|before| format!("?before={before}")).unwrap_or_default();
    html! {
        h2 class="nhsuk-heading-l" { "Keep this list" }
        p { "The file holds each entry of this list with a proof that it stood in the log and was not changed. Anybody can " a class="nhsuk-link" href="/log/check" { "check it" } ", without having to trust us." }
        p { a class="nhsuk-link" href={ "/my/who-looked/proofs" (from) } download="who-looked.tlog-proof" { "Download with proofs" } }
        p { a class="nhsuk-link" href="/transparency" { "How the log is watched" } }
    }
}

fn nobody(before: Option<u64>) -> &'static str {
    if before.is_some() {
        "There are no older looks by other people."
    } else {
        "Nobody else has looked at this record yet."
    }
}

fn episode_block(place: usize, episode: &Episode, asked: &[Case]) -> Markup {
    let id = format!("episode-{place}");
    let place = episode.organisation.as_deref().unwrap_or("People who act for you");
    html! {
        section class="cw-heading cw-record__wide nhsuk-u-margin-bottom-4" aria-labelledby=(id) {
            div class="cw-heading__top" {
                h3 class="cw-heading__title" id=(id) { (date(episode.day)) ", " (place) }
                span class="cw-heading__count" { (plural(count(episode.looks.len()), "look", "looks")) }
            }
            ul class="cw-entries" { @for look in &episode.looks { li { (look_line(look)) (questions::about(look, asked)) } } }
        }
    }
}

fn look_line(look: &Look) -> Markup {
    html! {
        p class="nhsuk-u-margin-bottom-2" { strong { (look.sentence) } }
        (Details { opens_on_paper: true, ..Details::new(
            format!("More about this look by {}", look.name),
            SummaryList::new(look_rows(look)).render(),
        ) })
    }
}

fn look_rows(look: &Look) -> Vec<SummaryRow> {
    let who = match &look.organisation {
        Some(organisation) => format!("{}, {} at {organisation}", look.name, look.role),
        None => format!("{}, {}", look.name, look.role),
    };
    let when = if look.first_ms == look.last_ms {
        at(look.last_ms)
    } else {
        format!("{} to {}", at(look.first_ms), at(look.last_ms))
    };
    vec![
        SummaryRow::new("Who", &who),
        SummaryRow::new("When", &when),
        SummaryRow::new("How often", &plural(u64::from(look.times), "time", "times")),
        SummaryRow::new("What they saw", &look.kinds.join(", ")),
        SummaryRow::new("What for", &look.purpose),
        SummaryRow::new("Why it was allowed", &format!("Because {}.", look.because)),
        SummaryRow::new("The rule", &look.rule),
    ]
}

fn machines(machines: &[Machine]) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { "Computer systems" }
        @if machines.is_empty() { p class="cw-nothing" { "No computer system has used this record." } }
        @else {
            p { "These systems bring results and letters, copy them to where they are needed, or check that looks had a reason. No person reads along." }
            ul class="cw-entries" {
                @for machine in machines {
                    li {
                        p class="nhsuk-u-margin-bottom-1" { (machine.sentence) }
                        div class="cw-entry__source" { (plural(u64::from(machine.times), "time", "times")) ", last " (at(machine.last_ms)) }
                        @if !machine.rule.is_empty() { div class="cw-entry__source" { "The rule: " (machine.rule) } }
                    }
                }
            }
        }
    }
}

fn own(own: Own, whose: &Whose) -> Markup {
    let last = own.last_ms.map(|last| format!(", last {}", at(last))).unwrap_or_default();
    let times = plural(u64::from(own.times), "time", "times");
    let summary =
        if whose.is_own { "What you opened yourself".to_owned() } else { format!("What {} opened", whose.name) };
    html! {
        h2 class="nhsuk-heading-l" { "You" }
        (Details::new(summary, html! {
            @if own.times == 0 { p { "Nothing so far." } } @else { p { (times) (last) "." } }
        }))
    }
}

fn wrong() -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { "If something looks wrong" }
        p { "Ask about the look: the words \u{201c}Ask about this look\u{201d} stand under each. The privacy officer sees the same list and must answer you within " (questions::answer_time()) ". You can also ask the organisation that is named, or your GP practice." }
        p { "To have something put right or removed, or to object to a use, go to " a class="nhsuk-link" href="/my/rights" { "My rights" } "." }
    }
}

fn at(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(moment).unwrap_or_default()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(looked: &WhoLooked, asked: &[Case], whose: &Whose) -> String {
        who_looked(looked, asked, whose, None).into_string().replace("><", ">\n<")
    }

    #[test]
    fn people_machines_and_oneself() {
        insta::assert_snapshot!(drawn(&WhoLooked::sample(), &[], &Whose::sample()));
    }

    #[test]
    fn somebody_one_acts_for_at_whom_nobody_looked() {
        let nobody = WhoLooked { episodes: Vec::new(), machines: Vec::new(), own: Own::default(), older: None };
        insta::assert_snapshot!(drawn(&nobody, &[], &Whose::sample_acting()));
    }

    #[test]
    fn questions_that_are_open_and_answered() {
        let asked = [Case::sample(), Case::sample_answered()];
        insta::assert_snapshot!(drawn(&WhoLooked::sample(), &asked, &Whose::sample()));
    }
}
