//! What everybody may know of the access log: how far it has come, who watches over it, how much it was used, and what is not known.
//!
//! Numbers are about roles and ways, never about anybody: small ones are not told and the others are rounded, so that no
//! small one can be found by subtracting. It shows what the log says and invents nothing.

mod watching;

use crate::oversight::Oversight;
use crate::state::Trust;
use crate::witnessing::{Outcome, Standing};
use axum::extract::State;
use axum::response::Response;
use gate::{Gate, Role};
use jiff::Timestamp;

use kit::components::{Cell, Colour, Column, Details, SummaryList, SummaryRow, Table, Tag, WarningCallout};
use kit::format;
use kit::headers::Privacy;
use kit::layout::{Link, WayBack};
use kit::{Markup, Page, Render, html};
use proof::Checkpoint;
use record::log::{Month, Seen, Usage};

/// Counts below this are not told.
const TOLD_MIN: u64 = 5;
/// Counts are rounded to a multiple of this.
const ROUNDED_TO: u64 = 5;
/// The ways by which an access comes, with their words.
const WAYS: [(&str, &str); 5] = [
    ("page", "By these pages"),
    ("api", "By a connected system"),
    ("import", "By an import"),
    ("export", "By an export"),
    ("command", "By a command of the operator"),
];

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transparency {
    /// The log's key.
    pub key: String,
    /// The key of the witness that it is for others.
    pub witness_key: String,
    /// The newest checkpoint, as text.
    pub checkpoint: Option<String>,
    /// How many entries that checkpoint covers.
    pub size: u64,
    /// How the log stands with its witnesses.
    pub standings: Vec<Standing>,
    /// Peers that the log was not yet offered to.
    pub waiting: Vec<String>,
    /// The logs that are witnessed here.
    pub seen: Vec<Seen>,
    /// The time of the request, milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// The accesses of this month.
    pub usage: Vec<Usage>,
    /// How the work of those who watch stands; none when it cannot be counted now.
    pub oversight: Option<Oversight>,
}

/// A count as it may be told: "fewer than 5", or rounded.
#[must_use]
pub fn told_count(count: u64) -> String {
    if count < TOLD_MIN {
        return format!("fewer than {TOLD_MIN}");
    }
    let rounded = count.saturating_add(ROUNDED_TO / 2) / ROUNDED_TO * ROUNDED_TO;
    format!("about {}", format::count(rounded))
}

/// `GET /transparency`
pub(super) async fn show(State(trust): State<Trust>) -> Response {
    let way_back = WayBack::Trail(vec![Link::new("/", "Home")]);
    let content = content(&Transparency::of(&trust), trust.gate());
    Page { privacy: Privacy::Public, way_back, ..Page::new("How the log is watched", content) }.respond(trust.site())
}

impl Transparency {
    fn of(trust: &Trust) -> Self {
        let (log, now_ms, standings) = (trust.record().log(), trust.record().now_ms(), trust.standings());
        let checkpoint = log.latest_checkpoint();
        let size = checkpoint.as_ref().and_then(|note| Checkpoint::parse(&note.text).ok()).map_or(0, |head| head.size);
        let peers = trust.peers().now();
        let is_new = |name: &&str| !standings.iter().any(|standing| standing.witness == *name);
        let waiting = peers.iter().map(|peer| peer.witness.name()).filter(is_new).map(str::to_owned).collect();
        Self {
            key: log.key().to_string(),
            witness_key: log.witness().key().to_string(),
            checkpoint: checkpoint.map(|note| note.to_string()),
            size,
            waiting,
            standings,
            seen: log.witness().seen(),
            now_ms,
            usage: log.usage(Month::of(now_ms)),
            oversight: trust.oversight().ok(),
        }
    }

    /// The count over the accesses for which `is_one` says yes.
    fn count(&self, is_one: impl Fn(&Usage) -> bool) -> u64 {
        self.usage.iter().filter(|usage| is_one(usage)).map(|usage| usage.count).sum()
    }
}

fn content(told: &Transparency, gate: &Gate) -> Markup {
    html! {
        h1 class="nhsuk-heading-xl" { "How the log is watched" }
        p class="nhsuk-body-l" { "Every access to a record is written into a log. This page shows how you can tell that nobody bends that log, not even we who keep it." }
        (checkpoint(told))
        (witnesses(told))
        (accesses(told))
        (watching::watching(told.oversight.as_ref()))
        (watching::rules(gate))
        h2 class="nhsuk-heading-l" { "Use beyond care" }
        p { "Planning and research with data of many people is in a register of its own: " a class="nhsuk-link" href="/transparency/uses" { "What data are used for beyond care" } "." }
        (gaps())
    }
}

fn checkpoint(told: &Transparency) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { "The log now" }
        @match &told.checkpoint {
            None => p { "Nothing has been signed yet: the first checkpoint comes a minute after the first entry." },
            Some(note) => {
                p { "The newest checkpoint covers " strong { (format::plural(told.size, "entry", "entries")) } ". It is signed, and a new one is made each minute or each thousand entries." }
                (Details::new("The checkpoint as it is signed", html! { pre class="cw-note" tabindex="0" { (note) } }))
            }
        }
        (Details::new("The keys of this log", html! {
            p { "To check a proof you need the first key; to let your locality watch this log, both." }
            pre class="cw-note" tabindex="0" { (told.key) "\n" (told.witness_key) }
        }))
        p { a class="nhsuk-link" href="/log/check" { "Check a proof" } ". For machines: " a class="nhsuk-link" href="/log/checkpoint" { "checkpoint" } " and tiles, after C2SP tlog-tiles." }
    }
}

fn witnesses(told: &Transparency) -> Markup {
    let columns = ["Witness", "State", "Entries", "When"].map(Column::new).to_vec();
    let rows = told.standings.iter().map(standing_row);
    let waiting = told.waiting.iter().map(|name| {
        let tag = Cell::of(Tag::new("Not asked yet").colour(Colour::Grey).render());
        vec![name.clone().into(), tag, String::new().into(), String::new().into()]
    });
    let rows: Vec<Vec<Cell>> = rows.chain(waiting).collect();
    html! {
        h2 class="nhsuk-heading-l" { "Who watches" }
        p { "Other localities sign each checkpoint too, but only if it continues the one they signed before. A log that was set back or rewritten gets no signature from them." }
        @if rows.is_empty() {
            (WarningCallout { heading: "Nobody watches yet".into(), content: html! {
                p { "No other locality signs this log\u{2019}s checkpoints. Until one does, whoever runs this server could replace the whole log and its signatures without anybody outside noticing." }
            } })
        } @else {
            (Table::responsive("Witnesses of this log", columns, rows))
        }
        @if !told.seen.is_empty() {
            (Table::responsive("Logs that we watch", ["Log", "Entries", "When"].map(Column::new).to_vec(), told.seen.iter().map(seen_row).collect()))
        }
    }
}

fn standing_row(standing: &Standing) -> Vec<Cell> {
    let state = match &standing.outcome {
        Outcome::Cosigned => Tag::new("Signed").colour(Colour::Green).render(),
        Outcome::Refused(why) => html! { (Tag::new("Refused").colour(Colour::Red)) br; (why) },
        Outcome::Unreachable(why) => html! { (Tag::new("No answer").colour(Colour::Yellow)) br; (why) },
    };
    vec![
        standing.witness.clone().into(),
        Cell::of(state),
        format::count(standing.size).into(),
        moment(Timestamp::from_millisecond(standing.at_ms)).into(),
    ]
}

fn seen_row(seen: &Seen) -> Vec<Cell> {
    let at = Timestamp::from_second(i64::try_from(seen.at_s).unwrap_or(0));
    vec![seen.origin.clone().into(), format::count(seen.size).into(), moment(at).into()]
}

fn moment(at: Result<Timestamp, jiff::Error>) -> String {
    at.map(format::moment).unwrap_or_default()
}

fn accesses(told: &Transparency) -> Markup {
    let month =
        Timestamp::from_millisecond(told.now_ms).map(|now| now.strftime("%B %Y").to_string()).unwrap_or_default();
    let row = |name: &str, count: u64| SummaryRow::new(name, &told_count(count));
    let is_allowed = |usage: &Usage| usage.outcome == "allowed";
    let role = |role: &Role| {
        row(&format::capital(role.phrase()), told.count(|usage| usage.role == role.name() && is_allowed(usage)))
    };
    let way = |(name, words): &(&str, &str)| row(words, told.count(|usage| usage.via == *name && is_allowed(usage)));
    html! {
        h2 class="nhsuk-heading-l" { "Accesses in " (month) " so far" }
        p { "Counted from the log, without anybody\u{2019}s name. Counts below " (TOLD_MIN) " are not told and the others are rounded to the nearest " (ROUNDED_TO) ", so that no small number can be worked out. Months are those of UTC." }
        h3 class="nhsuk-heading-m" { "By role" }
        (SummaryList::new(Role::ALL.iter().map(role).collect()).render())
        h3 class="nhsuk-heading-m" { "By way" }
        (SummaryList::new(WAYS.iter().map(way).collect()).render())
        h3 class="nhsuk-heading-m" { "Refused" }
        (SummaryList::new(vec![
            row("Refused by a rule", told.count(|usage| usage.outcome == "refused")),
            row("Nothing there for whoever asked", told.count(|usage| usage.outcome == "absent")),
        ]).render())
    }
}

/// What the page cannot say, so that nobody reads it into the rest.
fn gaps() -> Markup {
    html! {
        h2 class="nhsuk-heading-l" { "What is not known" }
        ul class="nhsuk-list nhsuk-list--bullet" {
            li { "How many accesses had a good reason: a look that the record explains is not looked at by a person, and a snoop who has a reason at hand is not found." }
            li { "Accesses that went round the program: somebody with the server\u{2019}s disk could read the data without an entry." }
            li { "The last minute: entries are covered by a checkpoint after a minute at the latest, not at once." }
            li { "Who somebody is in real life: that is known as well as the sign-in service, or the person in the practice who handed over a code, has checked it." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(usage: Vec<Usage>) -> Transparency {
        Transparency {
            key: "kelderby.example/log+0+AA".into(),
            witness_key: "kelderby.example/log/witness+0+BA".into(),
            checkpoint: None,
            size: 0,
            standings: Vec::new(),
            waiting: Vec::new(),
            seen: Vec::new(),
            now_ms: 1_795_341_600_000,
            usage,
            oversight: None,
        }
    }

    fn gate() -> Gate {
        Gate::load(&gate::Policies::built_in()).unwrap()
    }

    #[test]
    fn small_counts_are_not_told_and_others_are_rounded() {
        let told = [0, 1, 4, 5, 7, 8, 1_233].map(told_count);

        let words = ["fewer than 5", "fewer than 5", "fewer than 5", "about 5", "about 5", "about 10", "about 1,235"];
        assert_eq!(told, words);
    }

    #[test]
    fn the_page_tells_counts_by_role_and_way_and_says_when_nobody_watches() {
        let usage = |role: &str, via: &str, outcome: &str, count| Usage {
            role: role.into(),
            via: via.into(),
            outcome: outcome.into(),
            count,
        };
        let page = content(
            &told(vec![usage("Clinician", "page", "allowed", 123), usage("Citizen", "page", "refused", 3)]),
            &gate(),
        );
        let page = page.into_string();

        assert!(page.contains("about 125") && !page.contains("123"));
        assert!(page.contains("November 2026") && page.contains("Nobody watches yet"));
    }

    #[test]
    fn a_refusal_by_a_witness_says_why() {
        let outcome = Outcome::Refused("the log was set back".into());
        let standing = Standing { witness: "ashdale.example/log/witness".into(), size: 7, at_ms: 0, outcome };
        let page = content(&Transparency { standings: vec![standing], ..told(Vec::new()) }, &gate()).into_string();

        assert!(page.contains("Refused") && page.contains("the log was set back") && !page.contains("Nobody watches"));
    }
}
