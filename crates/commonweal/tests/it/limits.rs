//! What may be too often: an account that tries numbers has to wait a little, and nobody else does.

use crate::client::{Client, Seen};
use gate::Role;
use testkit::{World, professional, receptionist};
use trust::Persona;

const FORM: &str = "application/x-www-form-urlencoded";
const NOBODY: &str = "by=number&nhs_number=9990000026";
const ADA: &str = "by=number&nhs_number=9990000018";

struct House {
    world: World,
    client: Client,
}

impl House {
    fn new() -> Self {
        let world = World::new();
        world.put(r#"{"resourceType":"Organization","id":"nowhere","name":"Nowhere House"}"#);
        world.put(r#"{"resourceType":"Patient","id":"ada","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"name":[{"family":"Ahmed"}],"birthDate":"1950-03-04"}"#);
        let people = [
            ("ward", professional(Role::EmergencyClinician, "ward", "nowhere")),
            ("desk", receptionist("desk", "nowhere")),
        ];
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

    fn signed_in(&self, persona: &str) -> String {
        let answer = self.client.ask("POST", "/sign-in", &[("content-type", FORM)], &format!("persona={persona}"));
        let cookie = answer.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.clone());
        cookie.unwrap().split(';').next().unwrap().to_owned()
    }

    fn send(&self, cookie: &str, (path, form): (&str, &str)) -> Seen {
        self.client.ask("POST", path, &[("cookie", cookie), ("content-type", FORM)], form)
    }
}

fn header<'s>(seen: &'s Seen, name: &str) -> Option<&'s str> {
    seen.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn whoever_tries_numbers_that_nobody_has_waits_a_little_on_all_devices_and_nobody_else_does() {
    let house = House::new();
    let (here, there, other) = (house.signed_in("ward"), house.signed_in("ward"), house.signed_in("desk"));
    for number in 0..60 {
        assert_eq!(house.send(&here, ("/care/find", ADA)).status, 200, "what is found is not counted: {number}");
    }
    for number in 0..30 {
        assert_eq!(house.send(&here, ("/care/find", NOBODY)).status, 200, "{number}");
    }

    let refused = house.send(&there, ("/care/find", ADA));

    assert_eq!(refused.status, 429);
    let wait_s: i64 = header(&refused, "retry-after").unwrap().parse().unwrap();
    assert!(
        (1..=20).contains(&wait_s) && refused.body.contains("Check the number with the person"),
        "{}",
        refused.body
    );
    assert_eq!(
        house.send(&here, ("/care/find", "by=name&family=Ahmed&born-day=4&born-month=3&born-year=1950")).status,
        200
    );
    assert_eq!(house.send(&other, ("/care/find", NOBODY)).status, 200);
    house.world.clock().advance(wait_s * 1_000);
    assert_eq!(house.send(&here, ("/care/find", ADA)).status, 200);
}

#[test]
fn whoever_says_of_many_people_that_she_cares_for_them_waits_and_still_has_the_way_of_emergencies() {
    let house = House::new();
    let cookie = house.signed_in("ward");
    let claim = ("/care/people/ada/claim", "explanation=Referred+by+telephone");
    for number in 0..20 {
        assert_eq!(house.send(&cookie, claim).status, 303, "{number}");
    }

    let refused = house.send(&cookie, claim);

    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("of many people in a short time"), "{}", refused.body);
    let page = house.client.ask("GET", "/care/people/ada/emergency", &[("cookie", &cookie)], "");
    assert_eq!(page.status, 200);
}
