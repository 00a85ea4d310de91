//! Checking a proof, for everybody: in the browser when it can, and on the server by a form when it cannot.
//!
//! Nothing that is checked is kept or logged: the proof holds all that is needed. The key may be another log's.

use crate::state::Trust;
use axum::extract::{Form, State};
use axum::response::Response;
use jiff::Timestamp;
use kit::components::{Button, Field, Input, SummaryList, SummaryRow, Textarea, text};
use kit::headers::Privacy;
use kit::layout::{Link, WayBack};
use kit::{Markup, Page, Render, html};
use proof::{Checked, Receipt, Verifier};
use serde::Deserialize;

/// How many proofs one form may hold.
const PROOFS_MAX: usize = 200;

/// What is to be checked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Question {
    /// The file.
    #[serde(default)]
    proof: String,
    /// The log's key.
    #[serde(default)]
    key: String,
}

/// `GET /log/check`
pub(super) async fn show(State(trust): State<Trust>) -> Response {
    let key = trust.record().log().key().to_string();
    page(&trust, &Question { proof: String::new(), key }, None)
}

/// `POST /log/check`
pub(super) async fn check(State(trust): State<Trust>, Form(question): Form<Question>) -> Response {
    let witnesses: Vec<Verifier> = trust.peers().now().into_iter().map(|peer| peer.witness).collect();
    let found = found(&question, &witnesses);
    page(&trust, &question, Some(&found))
}

/// One proof: what it says and proves, or what is wrong.
type Found = Result<(Receipt, Checked), String>;

fn found(question: &Question, witnesses: &[Verifier]) -> Vec<Found> {
    let sentence = |error: proof::ProofError| format!("{error}.");
    let key = match Verifier::parse(&question.key) {
        Ok(key) => key,
        Err(error) => return vec![Err(sentence(error))],
    };
    match Receipt::parse_all(&question.proof) {
        Err(error) => vec![Err(sentence(error))],
        Ok(receipts) if receipts.len() > PROOFS_MAX => {
            vec![Err(format!(
                "There are {} proofs in the file. The server checks {PROOFS_MAX} at a time.",
                receipts.len()
            ))]
        }
        Ok(receipts) => receipts
            .into_iter()
            .map(|receipt| receipt.check(&key, witnesses).map(|checked| (receipt, checked)).map_err(sentence))
            .collect(),
    }
}

fn page(trust: &Trust, question: &Question, found: Option<&[Found]>) -> Response {
    let witnesses: Vec<String> = trust.peers().now().iter().map(|peer| peer.witness.to_string()).collect();
    let way_back = WayBack::Trail(vec![Link::new("/", "Home"), Link::new("/transparency", "How the log is watched")]);
    let content = content(question, &witnesses.join(" "), found);
    // With an answer it holds what somebody sent, which no cache should keep.
    let privacy = if found.is_some() { Privacy::Personal } else { Privacy::Public };
    Page { privacy, way_back, ..Page::new("Check a proof", content) }.respond(trust.site())
}

fn content(question: &Question, witnesses: &str, found: Option<&[Found]>) -> Markup {
    let field = |name: &str, label: &str, hint: &str| Field { hint: Some(text(hint)), ..Field::new(name, label) };
    let proof = field(
        "proof",
        "The proof",
        "The text of the file that you were given; it begins with commonweal-log-entry v1 or with a preface.",
    );
    let key = field(
        "key",
        "The log\u{2019}s key",
        "This is the key of this server. Better: paste the key that you got from somewhere else.",
    );
    html! {
        h1 class="nhsuk-heading-xl" { "Check a proof" }
        p class="nhsuk-body-l" { "A proof shows that an entry stood in the access log when the log was signed, and was not changed since." }
        div aria-live="polite" {
            @if let Some(found) = found { (answers(found)) }
        }
        div data-check-proof="" data-witness-keys=(witnesses) hidden {
            div class="nhsuk-form-group" {
                label class="nhsuk-label nhsuk-label--s" for="proof-file" { "Choose the file, or drop it here" }
                div class="nhsuk-hint" id="proof-file-hint" { "It is checked in your browser and is not sent anywhere." }
                input class="nhsuk-file-upload" type="file" id="proof-file" aria-describedby="proof-file-hint" accept=".tlog-proof,.txt,text/plain";
            }
            div data-check-answer="" aria-live="polite" {}
        }
        form method="post" action="/log/check" data-check-form="" {
            (Textarea { field: proof, value: question.proof.clone(), rows: Some(8) })
            (Input { field: key, value: Some(question.key.clone()), spellcheck: Some(false), ..Input::default() })
            (Button::new("Check"))
        }
        h2 class="nhsuk-heading-l" { "What it means" }
        ul class="nhsuk-list nhsuk-list--bullet" {
            li { "\u{201c}It holds\u{201d}: the entry was in the log, in this place and with these words, when the log signed its checkpoint." }
            li { "A witness that is named has seen the same log: the locality could not show you one log and the rest of the world another." }
            li { "It does not show that the log is complete: an access that was never written down has no entry." }
        }
    }
}

fn answers(found: &[Found]) -> Markup {
    let held = found.iter().filter(|found| found.is_ok()).count();
    html! {
        h2 class="nhsuk-heading-l" { (held) " of " (found.len()) " hold" }
        @for found in found {
            @match found {
                Ok((receipt, checked)) => (holds(receipt, checked)),
                Err(why) => p { strong { "Does not hold. " } (why) },
            }
        }
    }
}

fn holds(receipt: &Receipt, checked: &Checked) -> Markup {
    let facts: serde_json::Value = serde_json::from_str(&receipt.entry.facts.text).unwrap_or_default();
    let fact = |name: &str| facts.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let when =
        facts.get("at_ms").and_then(serde_json::Value::as_i64).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let witnesses: Vec<String> = checked
        .witnesses
        .iter()
        .map(|(name, at_s)| {
            let at = i64::try_from(*at_s).ok().and_then(|at_s| Timestamp::from_second(at_s).ok());
            format!("{name}, {}", at.map(kit::format::moment).unwrap_or_default())
        })
        .collect();
    let witnesses = if witnesses.is_empty() { "none that this server knows".to_owned() } else { witnesses.join("; ") };
    let who = [fact("name"), fact("organisation_name")].into_iter().filter(|word| !word.is_empty());
    html! {
        h3 class="nhsuk-heading-m" { "Entry " (checked.entry) " holds" }
        (SummaryList::new(vec![
            SummaryRow::new("Who", &who.collect::<Vec<_>>().join(", ")),
            SummaryRow::new("When", &when.map(kit::format::moment).unwrap_or_default()),
            SummaryRow::new("What", &format!("{}, {}", fact("action"), fact("outcome"))),
            SummaryRow::new("The log", &format!("{}, {} entries", checked.origin, kit::format::count(checked.size))),
            SummaryRow::new("Witnesses", &witnesses),
        ]).render())
    }
}
