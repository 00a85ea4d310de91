//! E-mail goes out to those who want it, says nothing, survives a mail server that is away, and gives up politely.
//!
//! The mail server is a small one in this process, which takes, refuses or asks to wait.

use crate::client::Client;
use crate::program::{Server, commonweal, path};
use commonweal::commands::DataFolder;
use commonweal::mail::{MailServer, Smtp, file_in};
use commonweal::serve::{Face, all_routes, trust_of};
use commonweal::wiring;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{Person, World, citizen, clinician};
use trust::mail::{Address, Failure, Letter, Postman, Round};
use trust::{Persona, Trust};

const FORM: &str = "application/x-www-form-urlencoded";
const SITE: &str = "https://record.example";
const MINUTE_MS: i64 = 60 * 1_000;
const HALF_AN_HOUR_MS: i64 = 30 * MINUTE_MS;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The mail server takes a letter and does not say so.
const NOTHING: &str = "";

/// What the mail server says to a recipient.
type Says = Arc<Mutex<&'static str>>;

/// A mail server that keeps what it takes.
struct Sink {
    port: u16,
    says: Says,
    letters: Arc<Mutex<Vec<String>>>,
    came: Receiver<String>,
}

impl Sink {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (says, letters): (Says, _) = (Arc::new(Mutex::new("250 fine")), Arc::new(Mutex::new(Vec::new())));
        let (heard, kept, (comes, came)) = (Arc::clone(&says), Arc::clone(&letters), channel());
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let _ = converse(socket, &heard, (&kept, &comes));
            }
        });
        Self { port, says, letters, came }
    }

    fn say(&self, word: &'static str) {
        *self.says.lock().unwrap() = word;
    }

    /// Waits for a letter.
    fn next_letter(&self) -> String {
        self.came.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }
}

fn converse(
    socket: TcpStream,
    says: &Says,
    (letters, comes): (&Mutex<Vec<String>>, &Sender<String>),
) -> std::io::Result<()> {
    let (mut out, mut lines) = (socket.try_clone()?, BufReader::new(socket).lines());
    out.write_all(b"220 sink\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        match word.as_str() {
            "EHLO" => out.write_all(b"250 sink\r\n")?,
            "RCPT" => {
                let says = Some(*says.lock().unwrap()).filter(|says| *says != NOTHING).unwrap_or("250 fine");
                out.write_all(format!("{says}\r\n").as_bytes())?;
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                let text: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                letters.lock().unwrap().push(text.join("\n"));
                let _ = comes.send(text.join("\n"));
                if *says.lock().unwrap() == NOTHING {
                    return lines.try_for_each(|line| line.map(drop));
                }
                out.write_all(b"250 taken\r\n")?;
            }
            "QUIT" => {
                out.write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => out.write_all(b"250 fine\r\n")?,
        }
    }
    Ok(())
}

struct House {
    world: World,
    trust: Trust,
    client: Client,
}

impl House {
    fn new() -> Self {
        let world = World::new();
        for resource in [
            r#"{"resourceType":"Organization","id":"elm","name":"Elm Surgery"}"#,
            r#"{"resourceType":"Patient","id":"ada","name":[{"family":"Ahmed"}],"birthDate":"1950-03-04","generalPractitioner":[{"reference":"Organization/elm"}]}"#,
        ] {
            world.put(resource);
        }
        let persona = |(id, person): (&str, Person)| Persona {
            id: id.to_owned(),
            title: id.to_owned(),
            about: id.to_owned(),
            asker: person.asker.as_ref().clone(),
            acts_for: Vec::new(),
        };
        let people =
            [("ada", citizen("ada")), ("khan", clinician("khan", "elm")), ("stray", clinician("stray", "far"))];
        let personas = people.map(persona);
        let face = Face { has_mail: true, ..Face::demo(personas.into()) };
        let trust = trust_of(world.record(), &world.gate(), face);
        let client = Client::over(all_routes(&trust).into_router());
        Self { world, trust, client }
    }

    fn cookie(&self, persona: &str) -> String {
        let answer = self.client.ask("POST", "/sign-in", &[("content-type", FORM)], &format!("persona={persona}"));
        let cookie = answer.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.clone());
        cookie.unwrap().split(';').next().unwrap().to_owned()
    }

    fn get(&self, persona: &str, path: &str) -> String {
        self.client.ask("GET", path, &[("cookie", &self.cookie(persona))], "").body
    }

    fn send(&self, path: &str, form: &str) -> u16 {
        let headers = [("cookie", self.cookie("ada")), ("content-type", FORM.to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.client.ask("POST", path, &headers, form).status.as_u16()
    }

    /// Her practice looks for the first time, some time ago.
    fn is_looked_at(&self) {
        self.get("khan", "/care/people/ada");
        self.world.clock().advance(HALF_AN_HOUR_MS);
    }

    fn post(&self, postman: &Smtp) -> Round {
        self.trust.post(postman, SITE).unwrap()
    }

    /// Ada has asked for e-mail and typed the code.
    fn with_mail(sink: &Sink) -> (Self, Smtp) {
        let (house, postman) = (Self::new(), postman(sink.port));
        assert_eq!(house.send("/my/choices/mail", "address=ada@example.org"), 303);
        assert_eq!(house.post(&postman).sent, 1);
        let code = code_in(sink.letters().last().unwrap());
        assert_eq!(house.send("/my/choices/mail/confirm", &format!("code={code}")), 303);
        (house, postman)
    }
}

fn postman(port: u16) -> Smtp {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "server = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\nfrom = \"record@example.org\"\nsite = \"{SITE}\"\n"
    );
    std::fs::write(file_in(folder.path()), text).unwrap();
    MailServer::read(&file_in(folder.path())).unwrap().unwrap().postman().unwrap()
}

fn code_in(letter: &str) -> String {
    let (_, rest) = letter.split_once("Your code is ").unwrap();
    rest.chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn a_letter_says_only_that_there_is_something_to_read_and_comes_once() {
    let sink = Sink::start();
    let (house, postman) = House::with_mail(&sink);
    assert_eq!(house.post(&postman), Round::default(), "there is nothing to read yet");

    house.get("khan", "/care/people/ada");
    assert_eq!(house.post(&postman).sent, 0, "who opens a record in an emergency looks the person up first");
    house.world.clock().advance(HALF_AN_HOUR_MS);
    assert_eq!(house.post(&postman).sent, 1);
    assert_eq!(house.post(&postman).sent, 0);

    let letters = sink.letters();
    let letter = letters.last().unwrap();
    assert!(letter.contains("There is something new for you to read") && letter.contains(SITE), "{letter}");
    assert!(letter.contains("Auto-Submitted: auto-generated") && letter.contains("To: ada@example.org"), "{letter}");
    for told in ["Ahmed", "Elm", "khan", "ada\"", "Patient", "record/"] {
        assert!(!letter.replace("ada@example.org", "").contains(told), "{told}: {letter}");
    }
    assert!(house.get("ada", "/my").contains("looked at your record for the first time"));
}

const GRANT: &str = r#"{"resourceType":"Consent","id":"grant","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],"patient":{"reference":"Patient/ada"},"policyRule":{"text":"proxy"},"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"reference":"Patient/ben"}}]}}"#;

#[test]
fn a_grant_that_somebody_else_wrote_is_told_and_hers_and_its_end_are_not() {
    let sink = Sink::start();
    let (house, postman) = House::with_mail(&sink);
    let says = "recorded that somebody may act for you";
    let by = |person: &Person, consent: &str| {
        let name = (fhir::ResourceType::CONSENT, &fhir::ResourceId::parse("grant").unwrap());
        let permit = house.world.leave(person, gate::Action::Update);
        house.world.record().update(&permit, name, consent.as_bytes(), &record::Change::default()).unwrap();
        house.world.clock().advance(HALF_AN_HOUR_MS);
    };
    let ended = GRANT.replace(r#""status":"active""#, r#""status":"inactive""#);
    by(&testkit::machinery(), &ended);
    by(&citizen("ada"), GRANT);
    by(&testkit::machinery(), &ended);
    assert_eq!(house.post(&postman).sent, 0, "she did it herself, and an end opens nothing");
    assert!(!house.get("ada", "/my").contains(says));

    by(&testkit::machinery(), GRANT);

    assert_eq!(house.post(&postman).sent, 1);
    let home = house.get("ada", "/my");
    assert!(home.contains(&format!("A connected system {says}")) && home.contains("/my/people"), "{home}");
    house.world.clock().advance(DAY_MS);
    by(&testkit::machinery(), &GRANT.replace(r#""status":"active""#, r#""language":"en","status":"active""#));
    by(&testkit::machinery(), GRANT);
    assert_eq!(house.post(&postman).sent, 0, "nobody may act who could not before");
    let other = GRANT.replace("Patient/ben", "Patient/cay");
    by(&testkit::machinery(), &other);
    assert_eq!(house.post(&postman).sent, 1, "somebody else may");
}

#[test]
fn a_look_that_nothing_explains_is_told_when_the_check_has_found_it() {
    let sink = Sink::start();
    let (house, postman) = House::with_mail(&sink);
    let look = || {
        house.get("stray", "/care/people/ada");
        house.world.clock().advance(HALF_AN_HOUR_MS);
    };
    let check = || {
        house.trust.reconcile_accesses(&gate::RequestId::parse("check").unwrap()).unwrap();
    };
    look();
    check();
    assert_eq!(house.post(&postman).sent, 1, "the first look of an organisation");
    house.world.clock().advance(DAY_MS);
    look();
    assert_eq!(house.post(&postman).sent, 0, "nobody knows yet");

    check();

    assert_eq!(house.post(&postman).sent, 1);
    assert!(house.get("ada", "/my").contains("nothing in the record says why"));
}

#[test]
fn nothing_is_sent_to_an_address_that_is_not_confirmed_or_after_it_was_stopped() {
    let sink = Sink::start();
    let (house, postman) = (House::new(), postman(sink.port));
    assert_eq!(house.send("/my/choices/mail", "address=no+address"), 200);
    assert_eq!(house.send("/my/choices/mail", "address=ada@example.org"), 303);
    house.post(&postman);
    let code = code_in(sink.letters().last().unwrap());

    // Wrong codes are counted; after five even the right one is too late.
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(house.send("/my/choices/mail/confirm", &format!("code={wrong}")), 200);
    }
    assert_eq!(house.send("/my/choices/mail/confirm", &format!("code={code}")), 200);
    house.is_looked_at();
    assert_eq!(house.post(&postman).sent, 0);

    let (house, postman) = House::with_mail(&sink);
    assert!(house.get("ada", "/my/choices").contains("E-mail goes to"));
    assert_eq!(house.send("/my/choices/mail/stop", ""), 303);
    house.is_looked_at();
    assert_eq!(house.post(&postman), Round::default());
}

#[test]
fn a_mail_server_that_is_away_or_asks_to_wait_gets_the_same_letter_later() {
    let sink = Sink::start();
    let (house, reachable) = House::with_mail(&sink);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    house.is_looked_at();

    let away = house.post(&postman(nobody));
    assert_eq!((away.sent, away.delayed), (0, 1));
    assert!(matches!(away.failure, Some(Failure::Later(_))));
    assert_eq!(house.post(&reachable), Round::default(), "not before its time");
    house.world.clock().advance(MINUTE_MS);
    sink.say("451 later");
    assert_eq!(house.post(&reachable).delayed, 1);
    house.world.clock().advance(5 * MINUTE_MS);
    sink.say("250 fine");
    assert_eq!(house.post(&reachable).sent, 1);
}

#[test]
fn a_letter_that_is_refused_or_too_old_is_given_up_and_the_person_is_told_on_her_page() {
    let sink = Sink::start();
    let (house, postman) = House::with_mail(&sink);
    house.is_looked_at();
    sink.say("550 no such user ada@example.org");

    let refused = house.post(&postman);

    assert_eq!((refused.sent, refused.dropped), (0, 1));
    let failure = refused.failure.unwrap().to_string();
    assert!(failure.contains("550") && !failure.contains("example.org"), "{failure}");
    assert!(house.get("ada", "/my/choices").contains("could not be delivered"));

    let (house, postman) = {
        sink.say("250 fine");
        House::with_mail(&sink)
    };
    house.is_looked_at();
    sink.say("451 later");
    let dropped = (0..40).any(|_| {
        let round = house.post(&postman);
        house.world.clock().advance(DAY_MS / 4);
        round.dropped == 1
    });
    assert!(dropped, "after some days nobody tries any more");
}

#[test]
fn an_emergency_is_told_at_once_and_one_that_is_told_later_when_the_waiting_ends() {
    let sink = Sink::start();
    let (house, postman) = House::with_mail(&sink);
    let declare = |form: &str| {
        let headers = [("cookie", house.cookie("stray")), ("content-type", FORM.to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(house.client.ask("POST", "/care/people/ada/emergency", &headers, form).status, 303);
        house.get("stray", "/care/people/ada");
    };
    let form = "reason=vital-interest&explanation=Collapsed";

    declare(&format!("{form}&later=yes&later_why=He+reads+her+letters"));
    for _ in 0..7 * 24 {
        assert_eq!(house.post(&postman), Round::default(), "no letter while she is told later");
        house.world.clock().advance(DAY_MS / 24);
    }
    assert_eq!(house.post(&postman).sent, 1, "nobody confirmed it");

    house.world.clock().advance(DAY_MS);
    declare(form);
    assert_eq!(house.post(&postman).sent, 1, "at once");
}

#[test]
fn five_codes_a_day_are_sent_and_no_more() {
    let sink = Sink::start();
    let (house, postman) = (House::new(), postman(sink.port));
    for number in 0..8 {
        house.send("/my/choices/mail", &format!("address=ada{number}@example.org"));
        house.send("/my/choices/mail/stop", "");
        house.send("/my/choices/mail", &format!("address=bob{number}@example.org"));
        house.post(&postman);
    }
    assert!(sink.letters().len() <= 5, "{}", sink.letters().len());
    house.world.clock().advance(DAY_MS);
    assert_eq!(house.send("/my/choices/mail", "address=ada@example.org"), 303);
}

/// A carrier who is slow: while a letter is under way, the person asks for another code.
struct Slow<'h> {
    house: &'h House,
    says: Result<(), Failure>,
    carried: Mutex<Vec<String>>,
}

impl Postman for Slow<'_> {
    fn carry(&self, letter: &Letter) -> Result<(), Failure> {
        let number = {
            let mut carried = self.carried.lock().unwrap();
            carried.push(letter.text.clone());
            carried.len()
        };
        if number == 1 {
            self.house.world.clock().advance(MINUTE_MS);
            assert_eq!(self.house.send("/my/choices/mail", "address=ada@example.org"), 303);
        }
        self.says.clone()
    }
}

#[test]
fn a_new_code_that_is_asked_for_while_the_first_is_carried_comes_too() {
    for says in [Ok(()), Err(Failure::Refused("550".to_owned())), Err(Failure::Later("451".to_owned()))] {
        let house = House::new();
        assert_eq!(house.send("/my/choices/mail", "address=ada@example.org"), 303);
        let slow = Slow { house: &house, says: says.clone(), carried: Mutex::default() };
        house.trust.post(&slow, SITE).unwrap();

        let slow = Slow { says: Ok(()), ..slow };
        house.trust.post(&slow, SITE).unwrap();

        let carried = slow.carried.into_inner().unwrap();
        assert_eq!(carried.len(), 2, "{says:?}");
        let (first, second) = (code_in(&carried[0]), code_in(&carried[1]));
        assert_ne!(house.send("/my/choices/mail/confirm", &format!("code={first}")), 303, "{says:?}");
        assert_eq!(house.send("/my/choices/mail/confirm", &format!("code={second}")), 303, "{says:?}");
    }
}

#[test]
fn a_letter_that_waits_is_not_sent_to_an_address_that_was_given_up() {
    let sink = Sink::start();
    let (house, postman) = House::with_mail(&sink);
    house.is_looked_at();
    sink.say("451 later");
    assert_eq!(house.post(&postman).delayed, 1);
    sink.say("250 fine");
    house.send("/my/choices/mail", "address=new@example.org");
    house.world.clock().advance(DAY_MS);

    house.post(&postman);

    let to_old = sink.letters().iter().filter(|letter| letter.contains("To: ada@example.org")).count();
    assert_eq!(to_old, 1, "only the first code");
}

/// A record in a folder, as another process will find it, with a letter in the outbox for the person in it.
fn folder_with_a_letter() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("people.ndjson"), "{\"resourceType\":\"Patient\",\"id\":\"ada\"}\n").unwrap();
    commonweal(&["import", "--data", path(data.path()), path(files.path())]);
    let (gate, ada) = (wiring::gate().unwrap(), citizen("ada"));
    let folder = DataFolder { data: data.path().to_owned(), origin: None };
    let record = wiring::record(&folder, wiring::Behaviour::default()).unwrap();
    let asker = ada.asker.as_ref().clone();
    let permit = wiring::permit(&gate, &record, asker, (ada.purpose, gate::Action::Search)).unwrap();
    let trust = trust_of(&record, &gate, Face { has_mail: true, ..Face::default() });
    let (id, address) = (fhir::ResourceId::parse("ada").unwrap(), Address::parse("ada@example.org").unwrap());
    trust.ask_for_mail(&permit, &id, &address).unwrap();
    data
}

#[test]
fn a_server_killed_while_it_sends_a_letter_sends_the_same_one_again() {
    let (sink, data) = (Sink::start(), folder_with_a_letter());
    let text = format!(
        "server = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"record@example.org\"\nsite = \"{SITE}\"\n",
        sink.port
    );
    std::fs::write(file_in(data.path()), text).unwrap();
    let serve = ["serve", "--data", path(data.path()), "--listen", "127.0.0.1:0"];

    // The mail server has the letter and has not said so yet.
    sink.say(NOTHING);
    let mut server = Server::start(&serve);
    let first = sink.next_letter();
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    sink.say("250 fine");
    let again = Server::start(&serve);
    let second = sink.next_letter();
    drop(again);

    let name = |letter: &str| letter.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
    assert_eq!(name(&first), name(&second));
    assert_eq!(code_in(&first), code_in(&second));
}
