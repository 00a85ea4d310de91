//! What everybody may ask of the log, and what only a person gets: no name leaves without a permit, and every proof holds.

use super::*;
use crate::peers::{Peer, Peers};
use crate::proofs::proofs;
use crate::witnessing::{Carrier, Outcome};
use proof::{Checkpoint, Receipt, Verifier};
use std::sync::Mutex;

/// Peers that can be told later.
#[derive(Default)]
struct Told(Mutex<Vec<Peer>>);

impl Peers for Told {
    fn now(&self) -> Vec<Peer> {
        self.0.lock().unwrap().clone()
    }
}

/// Brings requests straight to another server.
struct Straight<'a>(&'a Server, tokio::runtime::Runtime);

impl Carrier for Straight<'_> {
    fn post(&self, url: &str, body: &str) -> Result<(u16, String), String> {
        let path = url.strip_prefix("http://peer.example").unwrap();
        let request = Request::post(path).body(Body::from(body.to_owned())).unwrap();
        let (answer, body) = self.1.block_on(self.0.answer(request));
        Ok((answer.status().as_u16(), body))
    }
}

fn straight(server: &Server) -> Straight<'_> {
    Straight(server, tokio::runtime::Builder::new_current_thread().build().unwrap())
}

fn peer(server: &Server) -> Peer {
    let log = server.trust.record().log();
    Peer { url: "http://peer.example".into(), log: log.key().clone(), witness: log.witness().key().clone() }
}

fn a_server(origin: &str, seed: u64) -> (Server, Arc<Told>) {
    let peers = Arc::new(Told::default());
    let server = Server::named(Some(origin), seed, Options { peers: peers.clone(), ..Options::default() });
    (server, peers)
}

/// Everything that was logged until now, under a checkpoint.
fn publish(server: &Server) -> u64 {
    server.clock.advance(61_000);
    let count = server.trust.record().log().count();
    let published = server.trust.record().log().wait_for_checkpoint(count - 1, std::time::Duration::from_secs(20));
    Checkpoint::parse(&published.unwrap().text).unwrap().size
}

async fn text_of(server: &Server, path: &str) -> (u16, String) {
    let (answer, body) = server.answer(get_page(path, None)).await;
    (answer.status().as_u16(), body)
}

#[tokio::test]
async fn everybody_gets_checkpoint_tiles_keys_and_numbers_and_no_name() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked(), doctor_looked()]);
    let size = publish(&server);

    let (_, checkpoint) = text_of(&server, "/log/checkpoint").await;
    let (_, keys) = text_of(&server, "/log/keys").await;
    let tile = server.router().oneshot(get_page(&format!("/log/tile/0/000.p/{size}"), None)).await.unwrap();
    let tile = tile.into_body().collect().await.unwrap().to_bytes();
    let (status, page) = text_of(&server, "/transparency").await;

    let key = Verifier::parse(keys.lines().next().unwrap()).unwrap();
    let checkpoint = Checkpoint::signed(&proof::Note::parse(&checkpoint).unwrap(), &key).unwrap();
    let leaves: Vec<proof::Hash> = tile.chunks(32).map(|hash| proof::Hash(hash.try_into().unwrap())).collect();
    assert_eq!((checkpoint.size, checkpoint.root), (size, proof::tree::root_of(&leaves)));
    assert_eq!(status, 200);
    for told in [page, keys, String::from_utf8_lossy(&tile).into_owned()] {
        for secret in ["Khan", "Elm Surgery", "mrs-a", "Practitioner/"] {
            assert!(!told.contains(secret), "{secret}");
        }
    }
    for absent in
        ["/log/tile/entries/000", "/log/tile/0/001", "/log/tile/0/000", "/log/tile/0/0", "/log/tile/0/000.p/255"]
    {
        assert_eq!(text_of(&server, absent).await.0, 404, "{absent}");
    }
}

#[test]
fn two_localities_cosign_one_another_and_refuse_a_log_that_was_set_back() {
    let ((one, its_peers), (other, others)) = (a_server("kelderby.example/log", 1), a_server("ashdale.example/log", 2));
    *its_peers.0.lock().unwrap() = vec![peer(&other)];
    one.log(vec![doctor_looked()]);
    assert_eq!(publish(&one), 1);

    one.trust.offer_checkpoint(&straight(&other));
    assert_eq!(one.trust.standings()[0].outcome, Outcome::Unreachable("it does not know this log yet".into()));
    *others.0.lock().unwrap() = vec![peer(&one)];
    one.clock.advance(31_000);
    one.trust.offer_checkpoint(&straight(&other));

    assert_eq!(one.trust.standings()[0].outcome, Outcome::Cosigned);
    let witness = other.trust.record().log().witness().key().clone();
    assert!(one.trust.record().log().latest_checkpoint().unwrap().signed_by(&witness).is_some());
    one.log(vec![doctor_looked(), doctor_looked()]);
    assert_eq!(publish(&one), 3);
    one.trust.offer_checkpoint(&straight(&other));
    assert_eq!((one.trust.standings()[0].size, &one.trust.standings()[0].outcome), (3, &Outcome::Cosigned));
    let receipt = one.trust.record().log().receipt(1, None).unwrap().unwrap();
    let checked = receipt.check(one.trust.record().log().key(), &[witness]).unwrap();
    assert_eq!((checked.size, checked.witnesses.len()), (3, 1));

    // The same key and name, but the log begins anew: what a server set back to an old backup would be.
    let (back, its_peers) = a_server("kelderby.example/log", 1);
    *its_peers.0.lock().unwrap() = vec![peer(&other)];
    assert_eq!(back.trust.record().log().key(), one.trust.record().log().key());
    back.log(vec![Draft { request: "another".into(), ..doctor_looked() }]);
    publish(&back);
    back.trust.offer_checkpoint(&straight(&other));
    assert!(matches!(&back.trust.standings()[0].outcome, Outcome::Refused(why) if why.contains("set back")));
    back.log(vec![doctor_looked(), doctor_looked(), doctor_looked()]);
    publish(&back);
    back.trust.offer_checkpoint(&straight(&other));
    assert!(matches!(&back.trust.standings()[0].outcome, Outcome::Refused(why) if why.contains("rewritten")));
}

#[tokio::test]
async fn the_witness_answers_as_the_protocol_says() {
    let ((one, _), (other, others)) = (a_server("kelderby.example/log", 1), a_server("ashdale.example/log", 2));
    let (stranger, _) = a_server("stranger.example/log", 3);
    let (impostor, _) = a_server("kelderby.example/log", 4);
    *others.0.lock().unwrap() = vec![peer(&one)];
    for server in [&one, &stranger, &impostor] {
        server.log(vec![doctor_looked(), doctor_looked()]);
        publish(server);
    }
    let ask = async |old: &str, path: &str, server: &Server| {
        let note = server.trust.record().log().latest_checkpoint().unwrap();
        let request =
            Request::post("/log/add-checkpoint").body(Body::from(format!("old {old}\n{path}\n{note}"))).unwrap();
        let (answer, body) = other.answer(request).await;
        (answer.status().as_u16(), body)
    };

    assert_eq!(ask("x", "", &one).await.0, 400);
    assert_eq!(ask("3", "", &one).await.0, 400);
    assert_eq!(ask("0", "", &stranger).await.0, 404);
    assert_eq!(ask("0", "", &impostor).await.0, 403);
    assert_eq!(ask("1", "", &one).await, (409, "0\n".to_owned()));
    assert_eq!(ask("0", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", &one).await.0, 422);
    let (status, line) = ask("0", "", &one).await;
    assert_eq!((status, line.starts_with("\u{2014} ashdale.example/log/witness ")), (200, true));
    assert_eq!(ask("0", "", &one).await, (409, "2\n".to_owned()));
    assert_eq!(ask("2", "", &one).await.0, 200);
}

#[tokio::test]
async fn a_person_gets_her_proofs_and_nobody_else_does_nor_who_acts_for_her_without_her_leave() {
    let server = Server::with_everybody();
    let with_others = Draft {
        subjects: vec![subject(MRS_A), subject(2), subject(3)],
        query: "name=Somebody".into(),
        ..doctor_looked()
    };
    let of_another = Draft { subjects: vec![subject(2)], name: "Dr Elsewhere".into(), ..doctor_looked() };
    server.log(vec![doctor_looked(), with_others, of_another]);

    let acting = Persona { asker: daughter().asker.with_record_of(id("mrs-a")), ..daughter() };
    let before = server.trust.record().log().count();
    let permit = server.permit(&mrs_a(), Action::Export);
    let taken = proofs(&server.trust, &permit, &id("mrs-a"), None).unwrap();
    let receipts = Receipt::parse_all(&taken.text).unwrap();
    assert_eq!(receipts.len(), taken.count);
    assert!(receipts.iter().all(|receipt| receipt.check(server.trust.record().log().key(), &[]).is_ok()));
    assert!(!taken.text.contains("Somebody") && !taken.text.contains("Dr Elsewhere"), "{}", taken.text);
    assert!(!taken.text.contains("{\"person\":2") && !taken.text.contains("{\"person\":3"));
    let entry = server.trust.record().log().entry(before + 1).unwrap().unwrap();
    assert_eq!((entry.draft.action.as_str(), entry.draft.subjects.len()), ("Export", 1));

    for (persona, patient) in [(acting, "mrs-a"), (daughter(), "mrs-a"), (mrs_a(), "daughter"), (mrs_a(), "nobody")] {
        let permit = server.permit(&persona, Action::Export);
        assert!(proofs(&server.trust, &permit, &id(patient), None).is_err(), "{} {patient}", persona.id);
    }
    let request = RequestId::parse("r-doctor").unwrap();
    let refused = server.trust.permit(&Arc::new(doctor().asker), Purpose::DirectCare, Action::Export, &request);
    let reached = refused.map(|permit| proofs(&server.trust, &permit, &id("mrs-a"), None).is_ok());
    assert!(!reached.unwrap_or(false));
}

#[tokio::test]
async fn a_proof_is_checked_by_a_form_and_a_changed_one_does_not_hold() {
    let server = Server::with_everybody();
    server.log(vec![doctor_looked()]);
    let count = server.trust.record().log().count();
    let receipt = server.trust.record().log().receipt(count, None).unwrap().unwrap().to_string();
    let key = server.trust.record().log().key().to_string();
    let form = |proof: &str, key: &str| {
        let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        post("/log/check", &format!("proof={}&key={}", escape(proof), escape(key)), None)
    };

    let (_, shown) = server.answer(get_page("/log/check", None)).await;
    let (_, good) = server.answer(form(&receipt, &key)).await;
    let (_, bad) = server.answer(form(&receipt.replace("\"allowed\"", "\"refused\""), &key)).await;
    let (_, nothing) = server.answer(form("hello", &key)).await;

    assert!(shown.contains(&key) && shown.contains("data-check-proof"));
    assert!(good.contains("1 of 1 hold") && good.contains("Dr A. Khan"), "{good}");
    assert!(bad.contains("0 of 1 hold") && bad.contains("was changed"));
    assert!(nothing.contains("this is no proof"));
}

fn subject(part: u32) -> Subject {
    Subject { part, relation: 1 }
}
