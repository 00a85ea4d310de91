//! The public front page and the pages about the service.
//!
//! What this is, who runs it, live figures of the whole record, and the ways in. Nothing here is about any one person.

use axum::extract::State;
use axum::response::Response;
use kit::components::{Card, SummaryList, SummaryRow};
use kit::headers::Privacy;
use kit::layout::Link;
use kit::layout::{Page, People, Site, WayBack};
use kit::{Markup, PageError, Render, format, html};
use record::{Figures, Record};
use std::sync::Arc;
use trust::{Guest, Routes};

#[derive(Clone)]
struct Front {
    record: Record,
    site: Arc<Site>,
}

/// The public pages.
pub fn routes(record: Record, site: Site) -> Routes {
    Routes::new()
        .get("/", Guest::Anybody, home)
        .get("/about", Guest::Anybody, about)
        .get("/accessibility", Guest::Anybody, accessibility)
        .get("/privacy", Guest::Anybody, privacy)
        .with_state(Front { record, site: Arc::new(site) })
}

async fn home(State(front): State<Front>) -> Response {
    let figures = match front.record.figures() {
        Ok(figures) => figures,
        Err(_) => return PageError::Busy.respond(&front.site),
    };
    public(
        "Health and care record of our community",
        home_content(&figures, front.site.people),
        WayBack::None,
        &front.site,
    )
}

fn public(title: &str, content: Markup, way_back: WayBack, site: &Site) -> Response {
    Page { privacy: Privacy::Public, way_back, ..Page::new(title, content) }.respond(site)
}

fn below_home() -> WayBack {
    WayBack::Trail(vec![Link::new("/", "Home")])
}

/// What the front page shows.
fn home_content(figures: &Figures, people: People) -> Markup {
    html! {
        div.nhsuk-grid-row {
            div class="nhsuk-grid-column-two-thirds" {
                h1 class="nhsuk-heading-xl" { "One health and care record for each of us, run by our own community" }
                p class="nhsuk-body-l" {
                    "Your practice, the hospital, care homes, the pharmacy and social care see the same record when they care for you. "
                    "You see it too, and you see who looked and why."
                }
                @if people == People::MadeUp {
                    p { "This is a demonstration: Kelderby and everybody in it are made up. " a href="/sign-in" { "Sign in as one of them" } " to look around." }
                }
            }
        }
        h2 class="nhsuk-heading-l" { "Ways in" }
        div class="nhsuk-grid-row nhsuk-card-group" {
            @for (href, heading, description) in WAYS_IN {
                div class="nhsuk-grid-column-one-third nhsuk-card-group__item" {
                    (Card::link(*href, *heading).description(*description))
                }
            }
        }
        h2 class="nhsuk-heading-l" { "This record today" }
        (figures_list(figures))
    }
}

const WAYS_IN: &[(&str, &str, &str)] = &[
    ("/my", "My record", "Read your record, see who looked at it and why."),
    ("/care", "For professionals", "Find the person you care for and read their record on one screen."),
    ("/fhir/metadata", "For systems", "The FHIR R4 interface: what it offers and how to ask."),
];

fn figures_list(figures: &Figures) -> Markup {
    let updated = figures.updated_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let updated = updated.map_or_else(|| "Nothing has been written yet".to_owned(), format::moment);
    let share = share(figures.active_people, figures.people);
    SummaryList::new(vec![
        SummaryRow::new("People with a record", &format::count(figures.people)),
        SummaryRow::new("Organisations taking part", &format::count(figures.organisations)),
        SummaryRow::new("Entries in the record", &format::count(figures.entries)),
        SummaryRow::new("Last update", &updated),
        SummaryRow::new("People who used their record online in the last 30 days", &share),
        SummaryRow::new("Accesses in the tamper-evident log", &format::count(figures.accesses)),
    ])
    .render()
}

/// `12 of 1,000 (1.2 %)`
fn share(active: u64, people: u64) -> String {
    let Some(tenths) = (active * 1_000).checked_div(people) else { return "Nobody has a record yet".to_owned() };
    let (whole, part) = (tenths / 10, tenths % 10);
    format!("{} of {} ({whole}.{part} %)", format::count(active), format::count(people))
}

async fn about(State(front): State<Front>) -> Response {
    let content = html! {
        h1 class="nhsuk-heading-l" { "About this service" }
        p { "Commonweal is an open platform that one community runs for itself. Its source is open, and so are the rules of who may see what." }
        p { "Data stay with the organisations that are responsible for them. There is no back door: administrators see no record, and everything that they do is logged." }
        h2 class="nhsuk-heading-m" { "Who runs it" }
        @if front.site.organisation.is_empty() {
            p { "Whoever runs this server has not yet said who they are." }
        } @else {
            p { (front.site.organisation) }
        }
    };
    public("About this service", content, below_home(), &front.site)
}

async fn accessibility(State(front): State<Front>) -> Response {
    let content = html! {
        h1 class="nhsuk-heading-l" { "Accessibility statement" }
        p { "We want everybody to be able to use these pages. They should work by keyboard, with a screen reader, at 400 % zoom, on a small phone, on paper, and with scripts switched off." }
        h2 class="nhsuk-heading-m" { "How we check" }
        p { "Every change is checked by machine against WCAG 2.2 level AA at two screen sizes, and the main journeys are also run without scripts. People with disabilities have not tested these pages yet." }
        h2 class="nhsuk-heading-m" { "What does not work well yet" }
        p { "The pages are in English; Welsh is not complete. Charts come with a table of the same values for those who cannot see them." }
    };
    public("Accessibility statement", content, below_home(), &front.site)
}

async fn privacy(State(front): State<Front>) -> Response {
    let content = html! {
        h1 class="nhsuk-heading-l" { "Privacy" }
        p { "Only people who care for you can see your record, and only for as long as they do: your practice, those who treat you now or did in the last 30 days, those with whom you have an appointment or to whom you were referred, and your care home." }
        p { "Staff can look up your name, date of birth and NHS number to be sure who you are. Every look is logged." }
        h2 class="nhsuk-heading-m" { "What you can check" }
        p { "Sign in and open " a href="/my/who-looked" { "who looked at my record" } ": each look says who, from where, what for and by which rule. Ask about a look that seems wrong: the privacy officer must answer you within 28 days." }
        p { "The platform compares each look of staff with the record and shows the privacy officer those for which it finds no reason. She sees the reasons, not the record." }
        p { "Other localities can watch over the log of these looks, and you can check it yourself: see " a href="/transparency" { "how the log is watched" } "." }
        h2 class="nhsuk-heading-m" { "Cookies" }
        p { "There is one cookie, while you are signed in. Nothing is loaded from anywhere else and nobody follows you." }
    };
    public("Privacy", content, below_home(), &front.site)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_people_is_told_with_its_counts() {
        assert_eq!(share(12, 1_000), "12 of 1,000 (1.2 %)");
        assert_eq!(share(0, 0), "Nobody has a record yet");
    }
}
