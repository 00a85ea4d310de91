//! A house of people who sign in on its pages, over a small record.

use crate::client::{Client, Seen};
use testkit::{Person, World};
use trust::Persona;

/// The type of what a form sends.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A server with its record.
pub struct House {
    /// The record.
    pub world: World,
    /// The way to the server.
    pub client: Client,
}

impl House {
    /// A house in which these people can sign in, each by a name, over these resources.
    pub fn of(people: Vec<(&str, Person)>, resources: &[&str]) -> Self {
        let world = World::new();
        resources.iter().for_each(|resource| world.put(resource));
        let personas = people.into_iter().map(|(id, person)| Persona {
            id: id.to_owned(),
            title: id.to_owned(),
            about: id.to_owned(),
            asker: person.asker.as_ref().clone(),
            acts_for: Vec::new(),
        });
        let face = commonweal::serve::Face::demo(personas.collect());
        let client = Client::over(commonweal::serve::routes(world.record(), &world.gate(), face).into_router());
        Self { world, client }
    }

    /// The cookie of a new session of somebody.
    pub fn signed_in(&self, persona: &str) -> String {
        let answer = self.client.ask("POST", "/sign-in", &[("content-type", FORM)], &format!("persona={persona}"));
        let cookie = answer.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.clone());
        cookie.unwrap().split(';').next().unwrap().to_owned()
    }

    /// A page, for somebody who has just signed in.
    pub fn get(&self, persona: &str, path: &str) -> Seen {
        self.client.ask("GET", path, &[("cookie", &self.signed_in(persona))], "")
    }

    /// A form, from somebody who has just signed in.
    pub fn post(&self, persona: &str, path: &str, form: &str) -> Seen {
        self.send(&self.signed_in(persona), (path, form))
    }

    /// A form, from the session with this cookie.
    pub fn send(&self, cookie: &str, (path, form): (&str, &str)) -> Seen {
        self.client.ask("POST", path, &[("cookie", cookie), ("content-type", FORM)], form)
    }

    /// Whether somebody reads a word in a person's record.
    pub fn shows(&self, persona: &str, patient: &str, word: &str) -> bool {
        self.get(persona, &format!("/care/people/{patient}")).body.contains(word)
    }
}
