//! One request of a citizen: who asks, whose record is open, and how the record is asked for it.
//!
//! A visit holds one permit to search and asks only within the person's own compartment. Refused and absent are the same
//! page. It refuses to read anything for somebody who is signed in as something else than a citizen. Next: the use cases.

use crate::opened::Opened;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit, Role};
use kit::components::{Button, ButtonVariant, Link, NavigationItem, PersonBanner};
pub(crate) use kit::form::{Mistake, error_summary, says};
use kit::headers::{Privacy, secure};
use kit::layout::{State, WayBack};
use kit::{Language, Markup, Page, PageError, html};
use record::{Resource, Search};
use serde::Deserialize;
use trust::{SignedIn, TrustError};

/// How many entries of one type are read at most: a person has a few hundred.
pub(crate) const ENTRIES_MAX: usize = 2_000;
/// How many are read at once.
const PAGE_COUNT: &str = "250";

/// Whose record is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    /// The name of the person whose record it is.
    pub(crate) name: String,
    /// Whether it is the record of the person who is signed in.
    pub(crate) is_own: bool,
    /// Whether others let the person who is signed in act for them now.
    pub(crate) acts_for_others: bool,
    /// How much of it may be seen.
    pub(crate) opened: Opened,
}

impl Whose {
    /// One's own record, for tests.
    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self { name: "Mrs Joanne Pryce".into(), is_own: true, acts_for_others: true, opened: Opened::whole() }
    }

    /// The record of somebody one acts for, for tests.
    #[cfg(test)]
    pub(crate) fn sample_acting() -> Self {
        Self { name: "Mrs Alice Ashdown".into(), is_own: false, acts_for_others: false, opened: Opened::whole() }
    }

    /// "your", or the name with an apostrophe.
    pub(crate) fn possessive(&self) -> String {
        if self.is_own { "your".into() } else { format!("{}\u{2019}s", self.name) }
    }
}

/// Which part of the area a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Home.
    Home,
    /// My record.
    Record,
    /// Choices about sharing.
    Choices,
    /// Who acts for me.
    People,
    /// Who looked.
    WhoLooked,
    /// My rights.
    Rights,
}

/// One request.
pub(crate) struct Visit {
    /// Who is signed in.
    pub(crate) signed_in: SignedIn,
    /// The person whose record is open.
    pub(crate) patient: ResourceId,
    /// Leave to search.
    pub(crate) permit: Permit,
    /// How much of the record may be seen.
    pub(crate) opened: Opened,
}

impl Visit {
    /// Begins a visit.
    fn begin(signed_in: SignedIn) -> Result<Self, PageError> {
        let Some(patient) = signed_in.asker.patient.clone() else {
            let sentence = "These pages are for people about their own record. Sign in as a member of the public.";
            return Err(PageError::Forbidden(sentence.to_owned()));
        };
        let permit = signed_in.permit(Action::Search)?;
        let opened = opened(&signed_in, &permit)?;
        Ok(Self { signed_in, patient, permit, opened })
    }

    /// Whether no grant opens anything any more of the record of somebody else that is open.
    fn is_closed(&self) -> bool {
        self.signed_in.asker.role == Role::Proxy && self.opened.is_nothing()
    }

    /// All entries of a type in the person's record; none when the type may not be seen.
    pub(crate) fn all(&self, kind: &str) -> Result<Vec<Resource>, PageError> {
        let Some(kind) = ResourceType::parse(kind).filter(|kind| self.permit.allows(*kind, Action::Search)) else {
            return Ok(Vec::new());
        };
        let mut search = Search::of(kind, &[("_count", PAGE_COUNT)]);
        search.compartment = Some((ResourceType::PATIENT, self.patient.clone()));
        let mut found = Vec::new();
        loop {
            let answer =
                self.signed_in.trust.record().search(&self.permit, &search).map_err(|e| self.error(&e.into()))?;
            found.extend(answer.matches);
            search.page = answer.next;
            if search.page.is_none() || found.len() >= ENTRIES_MAX {
                return Ok(found);
            }
        }
    }

    /// Whether entries of a type may be seen online.
    pub(crate) fn shows(&self, kind: &str) -> bool {
        let shows = |kind| self.permit.allows(kind, Action::Search) && self.opened.shows(kind);
        ResourceType::parse(kind).is_some_and(shows)
    }

    /// Tells somebody who acts for the person and may not see this place that it is not open to her.
    pub(crate) fn require(&self, place: Place, whose: &Whose) -> Result<(), PageError> {
        if self.opened.opens(place) {
            return Ok(());
        }
        Err(PageError::Forbidden(format!("{} has not let you see this part.", whose.name)))
    }

    /// One entry, by id.
    pub(crate) fn one(&self, kind: ResourceType, id: &str) -> Result<Resource, PageError> {
        let id = ResourceId::parse(id).map_err(|_| PageError::NotFound)?;
        let permit = self.signed_in.permit(Action::Read)?;
        self.signed_in.trust.record().read(&permit, kind, &id).map_err(|error| self.error(&error.into()))
    }

    /// The time of this request, milliseconds since 1970 UTC.
    pub(crate) fn now_ms(&self) -> i64 {
        self.signed_in.trust.record().now_ms()
    }

    /// Whose record is open, and which others could be.
    pub(crate) fn whose(&self) -> Result<Whose, PageError> {
        let asker = &self.signed_in.asker;
        let patient = self.one(ResourceType::PATIENT, self.patient.as_str())?;
        let name = patient.tree().ok().and_then(|tree| name_of(&tree)).unwrap_or_else(|| asker.display.clone());
        let is_own = asker.who.as_str().strip_prefix("Patient/") == Some(self.patient.as_str());
        let others = self.signed_in.trust.record().acts_for(asker).map_err(|error| self.error(&error.into()))?;
        let acts_for_others = others.iter().any(|patient| *patient != self.patient);
        Ok(Whose { name, is_own, acts_for_others, opened: self.opened.clone() })
    }

    /// What a failure says.
    pub(crate) fn error(&self, error: &TrustError) -> PageError {
        trust::requests::page_error(error, &self.signed_in.request)
    }

    /// The page as an answer.
    pub(crate) fn page(&self, place: Place, whose: &Whose, title: &str, content: Markup) -> Response {
        self.form(place, whose, title, (content, &[]))
    }

    /// The page in a language; the menu stays in English.
    pub(crate) fn page_in(
        &self,
        language: Language,
        place: Place,
        whose: &Whose,
        (title, content): (&str, Markup),
    ) -> Response {
        let page = framed(place, whose, title, content).signed_in(self.signed_in.account(), navigation(place, whose));
        Page { language, way_back: WayBack::None, ..page }.respond(self.signed_in.trust.site())
    }

    /// The page of a form, with what is wrong in it.
    pub(crate) fn form(
        &self,
        place: Place,
        whose: &Whose,
        title: &str,
        (content, mistakes): (Markup, &[Mistake]),
    ) -> Response {
        let page = framed(place, whose, title, content).signed_in(self.signed_in.account(), navigation(place, whose));
        let state = if mistakes.is_empty() { State::Fine } else { State::HasErrors };
        Page { state, ..page }.respond(self.signed_in.trust.site())
    }
}

fn opened(signed_in: &SignedIn, permit: &Permit) -> Result<Opened, PageError> {
    let record = signed_in.trust.record();
    let failed = |error: record::error::RecordError| trust::requests::page_error(&error.into(), &signed_in.request);
    let reaches = record.reaches(permit).map_err(failed)?;
    // Where no rule lets anything be exported, nothing may be copied.
    let copied = permit.for_action(Action::Export).ok().map(|copying| record.reaches(&copying)).transpose();
    let copies = copied.map_err(failed)?.is_some_and(|reaches| !reaches.is_empty());
    Ok(Opened::new(reaches, copies))
}

/// Answers a request about a record: with the page, or with the page of what went wrong. Whoever has not proven well enough who
/// she is learns how to.
pub(crate) async fn answer(
    signed_in: SignedIn,
    page: impl FnOnce(&Visit) -> Result<Response, PageError> + Send + 'static,
) -> Response {
    if signed_in.asker.patient.is_some() && !signed_in.is_proven() {
        return PageError::ProveFirst.respond(signed_in.trust.site());
    }
    answer_also_unproven(signed_in, page).await
}

/// Answers a request for what also somebody may see who has not proven well enough who she is: home and appointments. On a thread that
/// may wait: pages read much of the record and the log.
pub(crate) async fn answer_also_unproven(
    signed_in: SignedIn,
    page: impl FnOnce(&Visit) -> Result<Response, PageError> + Send + 'static,
) -> Response {
    let (site, request) = (signed_in.trust.site().clone(), signed_in.request.clone());
    let made = {
        let site = site.clone();
        move || {
            let answer = |visit: Visit| if visit.is_closed() { Ok(closed(&visit.signed_in)) } else { page(&visit) };
            Visit::begin(signed_in).and_then(answer).unwrap_or_else(|error| error.respond(&site))
        }
    };
    trust::blocking_page(&site, &request, made).await
}

/// The page for somebody who may not act any more for the person whose record she has open: it leads back to her own.
fn closed(signed_in: &SignedIn) -> Response {
    let content = html! {
        h1 class="nhsuk-heading-xl" { (CLOSED) }
        p class="nhsuk-body-l" { "You do not act for this person now. It may have ended, or been stopped." }
        (open_record(None, "Go back to your own record"))
    };
    let page = Page { privacy: Privacy::Personal, ..Page::new(CLOSED, content) };
    let mut answer = page.signed_in(signed_in.account(), Vec::new()).respond(signed_in.trust.site());
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}

/// The heading of that page.
const CLOSED: &str = "You cannot open this record";

/// What was just done, for the line above the page that it leads back to.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    pub(crate) done: String,
}

/// Which choice or grant in force a button is about.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    pub(crate) id: String,
}

/// 303 to another page of this area: the browser follows with GET, and going back does not send the form again.
pub(crate) fn see_other(to: &'static str) -> Response {
    let mut answer = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
    secure(answer.headers_mut(), Privacy::Personal);
    answer
}

/// The name as people say it.
pub(crate) fn name_of(tree: &Json<'_>) -> Option<String> {
    if let Some(text) = tree.at(&["name", "text"]).and_then(Json::text) {
        return Some(text.to_owned());
    }
    let first = tree.get("name")?.items().first()?;
    let given = first.get("given").map(Json::items).unwrap_or_default().iter().filter_map(Json::text);
    let parts: Vec<&str> = given.chain(first.get("family").and_then(Json::text)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A page of this area without its header.
pub(crate) fn framed(place: Place, whose: &Whose, title: &str, content: Markup) -> Page {
    let person = (!whose.is_own).then(|| PersonBanner {
        name: whose.name.clone(),
        state: Some(whose.opened.told().map_or_else(
            || "You are acting for somebody else".to_owned(),
            |parts| format!("You are acting for somebody else and see a part of the record: {parts}"),
        )),
        ..PersonBanner::default()
    });
    let way_back = match place {
        _ if title == heading(place) => WayBack::None,
        Place::Home => WayBack::None,
        Place::Record => WayBack::Trail(vec![Link::new("/my", "Home"), Link::new("/my/record", "My record")]),
        Place::Choices => WayBack::Trail(vec![Link::new("/my", "Home"), Link::new("/my/choices", heading(place))]),
        Place::People => WayBack::Trail(vec![Link::new("/my", "Home"), Link::new("/my/people", heading(place))]),
        Place::WhoLooked => WayBack::Trail(vec![Link::new("/my", "Home")]),
        Place::Rights => WayBack::Trail(vec![Link::new("/my", "Home"), Link::new("/my/rights", heading(place))]),
    };
    Page { privacy: Privacy::Personal, person, way_back, ..Page::new(title, content) }
}

/// The heading of the top page of a place.
pub(crate) fn heading(place: Place) -> &'static str {
    match place {
        Place::Home => "Home",
        Place::Record => "My record",
        Place::Choices => "Choices about sharing",
        Place::People => "Who acts for me",
        Place::WhoLooked => "Who looked at my record",
        Place::Rights => "My rights",
    }
}

fn navigation(current: Place, whose: &Whose) -> Vec<NavigationItem> {
    let places = [
        ("/my", Place::Home),
        ("/my/record", Place::Record),
        ("/my/who-looked", Place::WhoLooked),
        ("/my/choices", Place::Choices),
        ("/my/people", Place::People),
        ("/my/rights", Place::Rights),
    ];
    let item = |(href, place): (&str, Place)| {
        let item = NavigationItem::new(href, heading(place));
        if place == current { item.current() } else { item }
    };
    places.into_iter().filter(|(_, place)| whose.opened.opens(*place)).map(item).collect()
}

/// The ways to another record: back to one's own, and to those of people for whom one may act.
pub(crate) fn switches(whose: &Whose) -> Markup {
    html! {
        @if !whose.is_own { (open_record(None, "Go back to your own record")) }
        @if whose.acts_for_others {
            p class="cw-noprint" { (Button::link("/my/others", "Open the record of somebody else").variant(ButtonVariant::Secondary)) }
        }
    }
}

/// A button that opens a record: one's own where no person is named.
pub(crate) fn open_record(patient: Option<&ResourceId>, says: &str) -> Markup {
    html! {
        form method="post" action="/account/record" class="cw-noprint" {
            input type="hidden" name="patient" value=(patient.map_or("", ResourceId::as_str));
            (Button::new(says).variant(ButtonVariant::Secondary))
        }
    }
}
