//! Who asks: the usual people of a test, and professionals who have said something to open the first person's record.
//!
//! What they say opens pages, for a while and one person, and no answer of the API. It is said over both records alike: whom it is
//! about is found in either by anybody who may say it.

use crate::client::{Client, people, token};
use crate::house::FORM;
use std::rc::Rc;
use std::sync::Arc;
use testkit::{Person, World, clinician};
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

/// What somebody needs to ask: the token for the API and the cookie for pages.
pub struct Credentials {
    /// The value of `Authorization`.
    pub bearer: String,
    /// The cookie of a session.
    pub cookie: String,
}

/// A server over a world, with somebody signed in.
pub struct Seat {
    pub client: Client,
    pub who: Credentials,
    /// Whose folder lasts as long as the seat.
    _world: Rc<World>,
}

impl Reader {
    /// Signs in to a server over `world`, and says there what she says.
    pub fn sits_down(&self, world: Rc<World>) -> Seat {
        let asker = self.person.asker.as_ref().clone();
        let (title, about) = ("A made-up person".to_owned(), String::new());
        let persona = Persona { id: "reader".into(), title, about, asker, acts_for: vec![] };
        let face = commonweal::serve::Face::demo(vec![persona]);
        let client = Client::over(commonweal::serve::routes(world.record(), &world.gate(), face).into_router());
        let welcome = client.ask("POST", "/sign-in", &[("content-type", FORM)], "persona=reader");
        let cookie = welcome.headers.iter().find(|(name, _)| name == "set-cookie");
        let cookie = cookie.and_then(|(_, value)| value.split(';').next()).unwrap().to_owned();
        let (path, form) = match self.says {
            Says::Nothing => ("", ""),
            Says::Emergency => ("/care/people/p0/emergency", "reason=vital-interest&explanation=Collapsed"),
            Says::Cares => ("/care/people/p0/claim", "explanation=Referred"),
        };
        if self.says != Says::Nothing {
            let said = client.ask("POST", path, &[("cookie", &cookie), ("content-type", FORM)], form);
            assert_eq!(said.status, 303, "{}: {said:?}", self.name);
        }
        let bearer = format!("Bearer {}", token(&world, &self.person));
        Seat { client, who: Credentials { bearer, cookie }, _world: world }
    }
}
