//! The drawing of who looked: one block an episode, one sentence a look, the rule and the details folded under it.
//!
//! On paper the folds open. Times are those of London. It decides nothing and leaves nothing out. It speaks English and Welsh;
//! the forms for questions, which `questions` draws, are in English still.

use super::questions;
use super::say::{Say, at, date};
use crate::visit::Whose;
use kit::components::{Details, InsetText, SummaryList, SummaryRow};
use kit::{Language, Markup, Render, html};
use trust::{Case, Episode, Look, Machine, Own, WhoLooked};

/// The page.
pub(super) fn who_looked(
    looked: &WhoLooked,
    asked: &[Case],
    whose: &Whose,
    before: Option<u64>,
    language: Language,
) -> Markup {
    let say = Say(language);
    html! {
        h1 class="nhsuk-heading-xl" { (title(whose, say)) }
        (other_language(before, say))
        p class="nhsuk-body-l" { (written_down(whose, say)) }
        @if !whose.is_own { (InsetText(html! { p { (you_is(whose, say)) } })) }
        (in_english(say, &questions::list(asked)))
        h2 class="nhsuk-heading-l" { (say.one("People", "Pobl")) }
        @if looked.episodes.is_empty() { p class="cw-nothing" { (nobody(before, say)) } }
        @for (place, episode) in looked.episodes.iter().enumerate() { (episode_block(place, episode, asked, say)) }
        (machines(&looked.machines, say))
        (own(looked.own, whose, say))
        @if let Some(older) = looked.older {
            p class="cw-noprint" { a class="nhsuk-link" href=(address(Some(older), language)) { (say.one("See older entries", "Gweld cofnodion hŷn")) } }
        }
        (keep(before, say))
        (wrong(say))
    }
}

/// What stands over the page.
pub(super) fn title(whose: &Whose, say: Say) -> String {
    match (whose.is_own, say.is_welsh()) {
        (true, _) => say.one("Who looked at my record", "Pwy edrychodd ar fy nghofnod").to_owned(),
        (false, false) => format!("Who looked at the record of {}", whose.name),
        (false, true) => format!("Pwy edrychodd ar gofnod {}", whose.name),
    }
}

/// Where the page is in a language, from an entry on.
fn address(before: Option<u64>, language: Language) -> String {
    let from = before.map(|before| format!("before={before}"));
    let told_in = (language == Language::Welsh).then(|| "lang=cy".to_owned());
    let query: Vec<String> = from.into_iter().chain(told_in).collect();
    if query.is_empty() { "/my/who-looked".to_owned() } else { format!("/my/who-looked?{}", query.join("&")) }
}

fn other_language(before: Option<u64>, say: Say) -> Markup {
    let (other, tag, name) =
        if say.is_welsh() { (Language::English, "en", "English") } else { (Language::Welsh, "cy", "Cymraeg") };
    html! {
        p class="cw-noprint" { a class="nhsuk-link" href=(address(before, other)) hreflang=(tag) lang=(tag) { (name) } }
    }
}

/// What is not yet said in Welsh is marked as English, so that a screen reader pronounces it rightly.
fn in_english(say: Say, content: &Markup) -> Markup {
    html! { @if say.is_welsh() { div lang="en" { (content) } } @else { (content) } }
}

fn written_down(whose: &Whose, say: Say) -> String {
    if say.is_welsh() {
        let record = if whose.is_own { "eich cofnod".to_owned() } else { format!("cofnod {}", whose.name) };
        return format!(
            "Bob tro y mae rhywun yn agor {record}, mae hynny'n cael ei nodi yma cyn iddyn nhw weld dim. Ni all neb ddiffodd hynny."
        );
    }
    format!(
        "Each time somebody opens {} record it is written down here, before they see anything. Nobody can switch that off.",
        whose.possessive()
    )
}

fn you_is(whose: &Whose, say: Say) -> String {
    if say.is_welsh() {
        return format!(
            "Ystyr \u{201c}chi\u{201d} yn y rhesymau isod yw {}. Mae'r hyn a agoroch chi eich hun yn y rhestr hon hefyd.",
            whose.name
        );
    }
    format!("\u{201c}You\u{201d} in the reasons below is {}. What you opened yourself is in this list too.", whose.name)
}

/// Where the entries are taken away from, with what shows that they were not changed.
fn keep(before: Option<u64>, say: Say) -> Markup {
    let from = before.map(|before| format!("?before={before}")).unwrap_or_default();
    html! {
        h2 class="nhsuk-heading-l" { (say.one("Keep this list", "Cadw'r rhestr hon")) }
        p {
            (say.one(
                "The file holds each entry of this list with a proof that it stood in the log and was not changed. Anybody can ",
                "Mae'r ffeil yn cynnwys pob eitem yn y rhestr hon, gyda phrawf ei bod yn y log ac na chafodd ei newid. Gall unrhyw un ",
            ))
            a class="nhsuk-link" href="/log/check" { (say.one("check it", "ei gwirio")) }
            (say.one(", without having to trust us.", ", heb orfod ymddiried ynom ni."))
        }
        p { a class="nhsuk-link" href={ "/my/who-looked/proofs" (from) } download="who-looked.tlog-proof" { (say.one("Download with proofs", "Lawrlwytho gyda phrofion")) } }
        p { a class="nhsuk-link" href="/transparency" { (say.one("How the log is watched", "Sut mae'r log yn cael ei wylio")) } }
    }
}

fn nobody(before: Option<u64>, say: Say) -> &'static str {
    if before.is_some() {
        say.one("There are no older looks by other people.", "Nid oes edrychiadau hŷn gan bobl eraill.")
    } else {
        say.one("Nobody else has looked at this record yet.", "Nid oes neb arall wedi edrych ar y cofnod hwn eto.")
    }
}

fn episode_block(place: usize, episode: &Episode, asked: &[Case], say: Say) -> Markup {
    let id = format!("episode-{place}");
    let nobody = say.one("People who act for you", "Pobl sy'n gweithredu ar eich rhan");
    let place = episode.organisation.as_deref().unwrap_or(nobody);
    html! {
        section class="cw-heading cw-record__wide nhsuk-u-margin-bottom-4" aria-labelledby=(id) {
            div class="cw-heading__top" {
                h3 class="cw-heading__title" id=(id) { (date(episode.day, say)) ", " (place) }
                span class="cw-heading__count" { (say.looks(count(episode.looks.len()))) }
            }
            ul class="cw-entries" { @for look in &episode.looks { li { (look_line(look, say)) (in_english(say, &questions::about(look, asked))) } } }
        }
    }
}

fn look_line(look: &Look, say: Say) -> Markup {
    let more = say.one("More about this look by", "Mwy am yr edrychiad hwn gan");
    html! {
        p class="nhsuk-u-margin-bottom-2" { strong { (look.sentence) } }
        (Details { opens_on_paper: true, ..Details::new(
            format!("{more} {}", look.name),
            SummaryList::new(look_rows(look, say)).render(),
        ) })
    }
}

fn look_rows(look: &Look, say: Say) -> Vec<SummaryRow> {
    let who = match (&look.organisation, say.is_welsh()) {
        (Some(organisation), false) => format!("{}, {} at {organisation}", look.name, look.role),
        (Some(organisation), true) => format!("{}, {}, {organisation}", look.name, look.role),
        (None, _) => format!("{}, {}", look.name, look.role),
    };
    let when = if look.first_ms == look.last_ms {
        at(look.last_ms, say)
    } else {
        format!("{} {} {}", at(look.first_ms, say), say.one("to", "tan"), at(look.last_ms, say))
    };
    let because = if say.is_welsh() { say.clause(&look.because) } else { format!("Because {}.", look.because) };
    let (times, kinds) = (say.times(u64::from(look.times)), look.kinds.join(", "));
    let rows = [
        (say.one("Who", "Pwy"), who.as_str()),
        (say.one("When", "Pryd"), &when),
        (say.one("How often", "Pa mor aml"), &times),
        (say.one("What they saw", "Beth welson nhw"), &kinds),
        (say.one("What for", "At ba ddiben"), &look.purpose),
        (say.one("Why it was allowed", "Pam roedd hynny'n cael ei ganiatáu"), &because),
        (say.one("The rule", "Y rheol"), &look.rule),
    ];
    // Who gave a code to sign in saw nothing by that, and under no rule about data.
    rows.iter().filter(|(_, words)| !words.is_empty()).map(|(name, words)| SummaryRow::new(*name, words)).collect()
}

fn machines(machines: &[Machine], say: Say) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { (say.one("Computer systems", "Systemau cyfrifiadurol")) }
        @if machines.is_empty() {
            p class="cw-nothing" { (say.one("No computer system has used this record.", "Nid oes unrhyw system gyfrifiadurol wedi defnyddio'r cofnod hwn.")) }
        } @else {
            p {
                (say.one(
                    "These systems bring results and letters, copy them to where they are needed, or check that looks had a reason. No person reads along.",
                    "Mae'r systemau hyn yn dod â chanlyniadau a llythyrau, yn eu copïo i'r man lle mae eu hangen, neu'n gwirio bod rheswm dros bob edrychiad. Nid oes unrhyw berson yn darllen gyda nhw.",
                ))
            }
            ul class="cw-entries" {
                @for machine in machines {
                    li {
                        p class="nhsuk-u-margin-bottom-1" { (machine.sentence) }
                        div class="cw-entry__source" { (say.times(u64::from(machine.times))) (say.one(", last ", ", y tro diwethaf ")) (at(machine.last_ms, say)) }
                        @if !machine.rule.is_empty() { div class="cw-entry__source" { (say.one("The rule: ", "Y rheol: ")) (machine.rule) } }
                    }
                }
            }
        }
    }
}

fn own(own: Own, whose: &Whose, say: Say) -> Markup {
    let last = own.last_ms.map(|last| format!("{}{}", say.one(", last ", ", y tro diwethaf "), at(last, say)));
    let last = last.unwrap_or_default();
    let times = say.times(u64::from(own.times));
    let summary = match (whose.is_own, say.is_welsh()) {
        (true, _) => say.one("What you opened yourself", "Yr hyn a agoroch chi eich hun").to_owned(),
        (false, false) => format!("What {} opened", whose.name),
        (false, true) => format!("Yr hyn a agorodd {}", whose.name),
    };
    html! {
        h2 class="nhsuk-heading-l" { (say.one("You", "Chi")) }
        (Details::new(summary, html! {
            @if own.times == 0 { p { (say.one("Nothing so far.", "Dim hyd yn hyn.")) } } @else { p { (times) (last) "." } }
        }))
    }
}

fn wrong(say: Say) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { (say.one("If something looks wrong", "Os oes rhywbeth yn edrych o'i le")) }
        @if say.is_welsh() {
            p { "Gofynnwch am yr edrychiad: mae'r geiriau \u{201c}" span lang="en" { "Ask about this look" } "\u{201d} o dan bob un. Mae'r swyddog preifatrwydd yn gweld yr un rhestr ac mae'n rhaid iddyn nhw eich ateb o fewn " (questions::answer_days()) " diwrnod. Gallwch chi hefyd ofyn i'r sefydliad sydd wedi'i enwi, neu i'ch practis meddyg teulu." }
            p { "I gywiro neu ddileu rhywbeth, neu i wrthwynebu defnydd, ewch i " a class="nhsuk-link" href="/my/rights" { "Fy hawliau" } "." }
        } @else {
            p { "Ask about the look: the words \u{201c}Ask about this look\u{201d} stand under each. The privacy officer sees the same list and must answer you within " (questions::answer_time()) ". You can also ask the organisation that is named, or your GP practice." }
            p { "To have something put right or removed, or to object to a use, go to " a class="nhsuk-link" href="/my/rights" { "My rights" } "." }
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(looked: &WhoLooked, asked: &[Case], whose: &Whose) -> String {
        who_looked(looked, asked, whose, None, Language::English).into_string().replace("><", ">\n<")
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

    #[test]
    fn in_welsh_nothing_but_names_and_what_is_marked_is_english() {
        let page = who_looked(&WhoLooked::sample(), &[], &Whose::sample(), Some(30), Language::Welsh).into_string();

        assert!(page.contains("Pwy edrychodd ar fy nghofnod") && page.contains("Pa mor aml"), "{page}");
        assert!(page.contains("href=\"/my/who-looked?before=30\" hreflang=\"en\""), "{page}");
        assert!(page.contains("href=\"/my/who-looked?before=17&amp;lang=cy\""), "{page}");
        for english in ["Why it was allowed", "The rule", "November", "Keep this list", "How often", " times"] {
            assert!(!page.contains(english), "{english}");
        }
    }
}
