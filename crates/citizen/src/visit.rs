//! One request of a citizen: who asks, whose record is open, and how the record is asked for it.
//!
//! A visit holds one permit to search and asks only within the person's own compartment. Refused and absent are the same
//! page. It refuses to read anything for somebody who is signed in as something else than a citizen. Next: the use cases.

use axum::response::Response;
use fhir::json::Json;
use fhir::{ResourceId, ResourceType};
use gate::{Action, Permit};
use kit::components::{Link, NavigationItem, PersonBanner};
use kit::headers::Privacy;
use kit::layout::WayBack;
use kit::{Markup, Page, PageError, html};
use record::{Resource, Search};
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
    /// Other records that can be opened from here, and the way back to one's own.
    pub(crate) switches: Vec<Switch>,
}

/// A way to another record: a form that signs in again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    /// Who signs in.
    pub(crate) persona: String,
    /// For whom; nothing for oneself.
    pub(crate) acting_for: Option<String>,
    /// What the button says.
    pub(crate) text: String,
}

impl Whose {
    /// One's own record, for tests.
    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        let switch = Switch {
            persona: "daughter".into(),
            acting_for: Some("mrs-a".into()),
            text: "Open the record of Mrs Alice Ashdown".into(),
        };
        Self { name: "Mrs Joanne Pryce".into(), is_own: true, switches: vec![switch] }
    }

    /// The record of somebody one acts for, for tests.
    #[cfg(test)]
    pub(crate) fn sample_acting() -> Self {
        let back = Switch { persona: "daughter".into(), acting_for: None, text: "Go back to your own record".into() };
        Self { name: "Mrs Alice Ashdown".into(), is_own: false, switches: vec![back] }
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
    /// Who looked.
    WhoLooked,
}

/// One request.
pub(crate) struct Visit {
    /// Who is signed in.
    pub(crate) signed_in: SignedIn,
    /// The person whose record is open.
    pub(crate) patient: ResourceId,
    /// Leave to search.
    pub(crate) permit: Permit,
}

impl Visit {
    /// Begins a visit.
    fn begin(signed_in: SignedIn) -> Result<Self, PageError> {
        let Some(patient) = signed_in.asker.patient.clone() else {
            let sentence = "These pages are for people about their own record. Sign in as a member of the public.";
            return Err(PageError::Forbidden(sentence.to_owned()));
        };
        let permit = signed_in.permit(Action::Search)?;
        Ok(Self { signed_in, patient, permit })
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
        ResourceType::parse(kind).is_some_and(|kind| self.permit.allows(kind, Action::Search))
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
        let persona = self.signed_in.trust.personas().iter().find(|persona| persona.asker.who == asker.who);
        let mut switches = Vec::new();
        if let Some(persona) = persona {
            let back =
                Switch { persona: persona.id.clone(), acting_for: None, text: "Go back to your own record".into() };
            switches.extend((!is_own).then_some(back));
            switches.extend(persona.acts_for.iter().filter(|person| person.patient != self.patient).map(|person| {
                Switch {
                    persona: persona.id.clone(),
                    acting_for: Some(person.patient.as_str().to_owned()),
                    text: format!("Open the record of {}", person.name),
                }
            }));
        }
        Ok(Whose { name, is_own, switches })
    }

    /// What a failure says.
    pub(crate) fn error(&self, error: &TrustError) -> PageError {
        trust::requests::page_error(error, &self.signed_in.request)
    }

    /// The page as an answer.
    pub(crate) fn page(&self, place: Place, whose: &Whose, title: &str, content: Markup) -> Response {
        let page = framed(place, whose, title, content).signed_in(self.signed_in.account(), navigation(place));
        page.respond(self.signed_in.trust.site())
    }
}

/// Answers a request: with the page, or with the page of what went wrong.
pub(crate) fn answer(signed_in: SignedIn, page: impl FnOnce(&Visit) -> Result<Response, PageError>) -> Response {
    let site = signed_in.trust.site().clone();
    Visit::begin(signed_in).and_then(|visit| page(&visit)).unwrap_or_else(|error| error.respond(&site))
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
        state: Some("You are acting for somebody else".into()),
        ..PersonBanner::default()
    });
    let way_back = match place {
        _ if title == heading(place) => WayBack::None,
        Place::Home => WayBack::None,
        Place::Record => WayBack::Trail(vec![Link::new("/my", "Home"), Link::new("/my/record", "My record")]),
        Place::WhoLooked => WayBack::Trail(vec![Link::new("/my", "Home")]),
    };
    Page { privacy: Privacy::Personal, person, way_back, ..Page::new(title, content) }
}

/// The heading of the top page of a place.
pub(crate) fn heading(place: Place) -> &'static str {
    match place {
        Place::Home => "Home",
        Place::Record => "My record",
        Place::WhoLooked => "Who looked at my record",
    }
}

fn navigation(current: Place) -> Vec<NavigationItem> {
    [("/my", Place::Home), ("/my/record", Place::Record), ("/my/who-looked", Place::WhoLooked)]
        .into_iter()
        .map(|(href, place)| {
            let item = NavigationItem::new(href, heading(place));
            if place == current { item.current() } else { item }
        })
        .collect()
}

/// The buttons that open another record.
pub(crate) fn switches(whose: &Whose) -> Markup {
    html! {
        @for switch in &whose.switches {
            form method="post" action="/sign-in" class="cw-noprint" {
                input type="hidden" name="persona" value=(switch.persona);
                @if let Some(patient) = &switch.acting_for { input type="hidden" name="acting_for" value=(patient); }
                (kit::components::Button::new(switch.text.as_str()).variant(kit::components::ButtonVariant::Secondary))
            }
        }
    }
}
