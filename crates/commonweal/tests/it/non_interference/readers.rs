//! Who asks: the usual people of a test, and professionals who have said something to open the first person's record.
//!
//! What they say opens pages, for a while and one person, and no answer of the API. It is said over both records alike: whom it is
//! about is found in either by anybody who may say it.

use super::log::number_of;
use crate::client::{Client, people, token};
use crate::house::FORM;
use fhir::ResourceId;
use gate::{Purpose, Role};
use std::cell::Cell;
use std::sync::Arc;
use testkit::{Person, World, clinician, officer};
use trust::Persona;

/// Somebody who asks.
pub struct Reader {
    /// As a failure calls her.
    pub name: &'static str,
    /// What sign-in would have found out.
    pub person: Arc<Person>,
    /// What she has said.
    pub says: Says,
}

/// What somebody has said about the first person, to open her record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Nothing.
    Nothing,
    /// That there is an emergency.
    Emergency,
    /// That she cares for her.
    Cares,
}

/// How often each of the readers below is drawn for a random world.
pub const DRAWN: [usize; 13] = [3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 2];

/// Everybody who asks.
pub fn readers() -> Vec<Reader> {
    let usual = people().into_iter().map(|(name, person)| Reader { name, person, says: Says::Nothing });
    let declared = [
        ("a doctor from elsewhere who has declared an emergency", clinician("rush", "nowhere"), Says::Emergency),
        ("the hospital's doctor who has declared an emergency", clinician("ross", "royal"), Says::Emergency),
        ("a doctor from elsewhere who says that she cares", clinician("locum", "nowhere"), Says::Cares),
    ];
    let declared = declared.map(|(name, person, says)| Reader { name, person: Arc::new(person), says });
    usual.chain(declared).collect()
}

/// A server over a world, with somebody signed in.
pub struct Seat {
    pub client: Client,
    /// The value of `Authorization`.
    pub bearer: String,
    /// The cookie of a session.
    pub cookie: String,
    /// Her request for a copy, which has been answered; a number that there is not where she has none.
    pub case: String,
    /// The numbers of the people in the log of this world; one that there is not for who is not there.
    pub numbers: [u32; 5],
    /// How many questions she has asked: the same in both worlds, and told in the log.
    pub asked: Cell<u32>,
    /// Whose folder lasts as long as the seat.
    _world: World,
}

const OFFICER: &str = "officer";
/// The log tells the id of a request, which is random else.
const BEFORE: (&str, &str) = ("x-request-id", "before-the-questions");

impl Reader {
    /// Signs in to a server over `world`, and says there what she says.
    pub fn sits_down(&self, world: World) -> Seat {
        let persona = |id: &str, person: &Person| {
            let (title, about) = ("A made-up person".to_owned(), String::new());
            Persona { id: id.into(), title, about, asker: person.asker.as_ref().clone(), acts_for: vec![] }
        };
        let officer = officer(Role::PrivacyOfficer, Purpose::Audit);
        let face = commonweal::serve::Face::demo(vec![persona("reader", &self.person), persona(OFFICER, &officer)]);
        let client = Client::over(commonweal::serve::routes(world.record(), &world.gate(), face).into_router());
        let cookie = signed_in(&client, "reader");
        let (path, form) = match self.says {
            Says::Nothing => ("", ""),
            Says::Emergency => ("/care/people/p0/emergency", "reason=vital-interest&explanation=Collapsed"),
            Says::Cares => ("/care/people/p0/claim", "explanation=Referred"),
        };
        if self.says != Says::Nothing {
            sent(&client, &cookie, path, form);
        }
        let case = if self.person.asker.role == Role::Citizen { case(&client, &cookie) } else { "0".repeat(8) };
        let numbers = ["p0", "p1", "p2", "p3", "p4"]
            .map(|id| number_of(&world, &ResourceId::parse(id).unwrap()).unwrap_or(NOBODY));
        let bearer = format!("Bearer {}", token(&world, &self.person));
        Seat { client, bearer, cookie, case, numbers, asked: Cell::new(0), _world: world }
    }
}

/// A number in the log that is nobody's.
const NOBODY: u32 = 999;

fn signed_in(client: &Client, persona: &str) -> String {
    let welcome = client.ask("POST", "/sign-in", &[("content-type", FORM), BEFORE], &format!("persona={persona}"));
    let cookie = welcome.headers.iter().find(|(name, _)| name == "set-cookie");
    cookie.and_then(|(_, value)| value.split(';').next()).unwrap().to_owned()
}

fn sent(client: &Client, cookie: &str, path: &str, form: &str) {
    let headers = [("cookie", cookie), ("content-type", FORM), BEFORE];
    let said = client.ask("POST", path, &headers, form);
    assert_eq!(said.status, 303, "{path}: {said:?}");
}

/// Asks for a copy and lets the officer answer that there is one; gives the number of the request.
fn case(client: &Client, cookie: &str) -> String {
    sent(client, cookie, "/my/rights/ask", "right=access&wish=Everything");
    let page = client.ask("GET", "/my/rights", &[("cookie", cookie), BEFORE], "").body;
    let case = page.split("href=\"/my/rights/").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let officer = signed_in(client, OFFICER);
    sent(client, &officer, &format!("/privacy-officer/rights/{case}"), "step=decide&answer=met&words=Done");
    case
}
