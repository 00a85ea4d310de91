//! Sessions against a record in a temporary folder: how long they last, what a restart leaves, whose they are.

use super::*;
use gate::{AgentId, Role};
use record::FixedClock;
use testkit::World;

fn mrs_a() -> Arc<Asker> {
    Arc::new(Asker::new(AgentId::parse("Patient/a").unwrap(), "Mrs A", Role::Citizen))
}

fn signed_in(sessions: &Sessions, world: &World, asker: &Arc<Asker>) -> HeaderMap {
    let way = Way::Persona("somebody".to_owned());
    let session = Session::new(world.record(), asker, way, Level::PERSONA).unwrap();
    sent(&sessions.begin(world.record(), session).unwrap())
}

fn sent(set_cookie: &HeaderValue) -> HeaderMap {
    let pair = set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(format!("theme=dark; {pair}")).unwrap())])
}

fn is_signed_in(sessions: &Sessions, world: &World, headers: &HeaderMap) -> bool {
    sessions.who(world.record(), headers).unwrap().is_some()
}

fn clock(world: &World) -> &FixedClock {
    world.clock()
}

#[test]
fn a_session_lasts_while_it_is_used_and_at_most_twelve_hours() {
    let (world, sessions) = (World::new(), Sessions::default());
    let headers = signed_in(&sessions, &world, &mrs_a());

    let mut lasted_ms = 0;
    loop {
        clock(&world).advance(IDLE_MS_MAX - 1);
        if !is_signed_in(&sessions, &world, &headers) {
            break;
        }
        lasted_ms += IDLE_MS_MAX - 1;
    }

    assert!(lasted_ms < AGE_MS_MAX && lasted_ms + IDLE_MS_MAX > AGE_MS_MAX, "{lasted_ms}");
}

#[test]
fn a_session_that_is_not_used_for_half_an_hour_is_over_for_good() {
    let (world, sessions) = (World::new(), Sessions::default());
    let headers = signed_in(&sessions, &world, &mrs_a());

    clock(&world).advance(IDLE_MS_MAX);
    assert!(!is_signed_in(&sessions, &world, &headers));

    clock(&world).advance(1 - IDLE_MS_MAX);
    assert!(!is_signed_in(&sessions, &world, &headers));
    assert!(world.record().all_kept(kept::KIND).unwrap().is_empty());
}

#[test]
fn a_restart_ends_no_session_that_is_not_over() {
    let mut world = World::new();
    let (lasting, ended) = {
        let sessions = Sessions::default();
        let (lasting, ended) = (signed_in(&sessions, &world, &mrs_a()), signed_in(&sessions, &world, &mrs_a()));
        sessions.end(world.record(), &ended).unwrap();
        (lasting, ended)
    };

    world.restart();
    let sessions = Sessions::default();

    let session = sessions.who(world.record(), &lasting).unwrap().unwrap();
    assert_eq!((session.asker.display.as_str(), session.asker.role), ("Mrs A", Role::Citizen));
    assert_eq!(session.way, Way::Persona("somebody".to_owned()));
    assert!(!is_signed_in(&sessions, &world, &ended));
    clock(&world).advance(IDLE_MS_MAX);
    world.restart();
    assert!(!is_signed_in(&Sessions::default(), &world, &lasting));
    assert!(world.record().all_kept(kept::KIND).unwrap().is_empty(), "what is over is cleared away");
}

#[test]
fn signs_of_life_are_written_once_a_minute_and_outlive_a_restart() {
    let mut world = World::new();
    let sessions = Sessions::default();
    let headers = signed_in(&sessions, &world, &mrs_a());
    let at_first = world.record().all_kept(kept::KIND).unwrap();

    clock(&world).advance(SEEN_EVERY_MS - 1);
    assert!(is_signed_in(&sessions, &world, &headers));
    assert_eq!(world.record().all_kept(kept::KIND).unwrap(), at_first);

    clock(&world).advance(IDLE_MS_MAX - SEEN_EVERY_MS);
    assert!(is_signed_in(&sessions, &world, &headers));
    world.restart();
    clock(&world).advance(IDLE_MS_MAX - 1);
    assert!(is_signed_in(&Sessions::default(), &world, &headers), "the sign of life was kept");
}

#[test]
fn what_is_kept_opens_nothing() {
    let (world, sessions) = (World::new(), Sessions::default());
    let headers = signed_in(&sessions, &world, &mrs_a());
    let secret = headers[header::COOKIE].to_str().unwrap().rsplit('=').next().unwrap().to_owned();

    let kept = world.record().all_kept(kept::KIND).unwrap();

    assert_eq!(kept.len(), 1);
    let text = format!("{} {}", kept[0].0, String::from_utf8_lossy(&kept[0].1));
    assert!(!text.contains(&secret));
    let by_hash = HeaderValue::try_from(format!("commonweal-session={}", kept[0].0)).unwrap();
    assert!(!is_signed_in(&sessions, &world, &HeaderMap::from_iter([(header::COOKIE, by_hash)])));
}

#[test]
fn somebody_sees_and_ends_her_own_sessions_only() {
    let (world, sessions) = (World::new(), Sessions::default());
    let mr_b = Arc::new(Asker::new(AgentId::parse("Patient/b").unwrap(), "Mr B", Role::Citizen));
    let (first, second) = (signed_in(&sessions, &world, &mrs_a()), signed_in(&sessions, &world, &mrs_a()));
    let his = signed_in(&sessions, &world, &mr_b);
    let hers = sessions.of(world.record(), &mrs_a()).unwrap();
    let his_id = sessions.of(world.record(), &mr_b).unwrap()[0].id.clone();

    assert_eq!(hers.len(), 2);
    assert_eq!(sessions.end_those_of(world.record(), &mrs_a(), Some(&his_id)).unwrap(), 0);
    let id = sessions.who(world.record(), &first).unwrap().unwrap().id;
    assert_eq!(sessions.end_those_of(world.record(), &mrs_a(), Some(&id)).unwrap(), 1);

    assert!(!is_signed_in(&sessions, &world, &first));
    assert!(is_signed_in(&sessions, &world, &second));
    assert_eq!(sessions.end_those_of(world.record(), &mrs_a(), None).unwrap(), 1);
    assert!(!is_signed_in(&sessions, &world, &second));
    assert!(is_signed_in(&sessions, &world, &his));
}

#[test]
fn confirming_who_one_is_changes_the_secret_and_nobody_else_can() {
    let (world, sessions) = (World::new(), Sessions::default());
    let before = signed_in(&sessions, &world, &mrs_a());
    let id = sessions.who(world.record(), &before).unwrap().unwrap().id;
    clock(&world).advance(10 * 60_000);

    let cookie = sessions.confirm(world.record(), &before, (&mrs_a(), Level::PERSONA)).unwrap().unwrap();

    let session = sessions.who(world.record(), &sent(&cookie)).unwrap().unwrap();
    assert_eq!((session.id.as_str(), session.authenticated_ms), (id.as_str(), world.record().now_ms()));
    assert!(!is_signed_in(&sessions, &world, &before));
    let mr_b = Arc::new(Asker::new(AgentId::parse("Patient/b").unwrap(), "Mr B", Role::Citizen));
    let again = sessions.confirm(world.record(), &sent(&cookie), (&mr_b, Level::PERSONA)).unwrap();
    assert!(again.is_none(), "somebody else's proof does not confirm her session");
    assert!(!is_signed_in(&sessions, &world, &sent(&cookie)));
}

#[test]
fn opening_another_record_lasts_no_longer_proves_nothing_and_outlives_a_confirmation() {
    let (world, sessions) = (World::new(), Sessions::default());
    let before = signed_in(&sessions, &world, &mrs_a());
    let began = sessions.who(world.record(), &before).unwrap().unwrap();
    clock(&world).advance(10 * 60_000);
    let mr_b = ResourceId::parse("b").unwrap();

    let cookie = sessions.open_record(world.record(), &before, (&mrs_a().who, mr_b.clone())).unwrap().unwrap();

    let opened = sessions.who(world.record(), &sent(&cookie)).unwrap().unwrap();
    assert_eq!((opened.asker.role, opened.asker.patient.as_ref()), (Role::Proxy, Some(&mr_b)));
    assert_eq!((opened.began_ms, opened.authenticated_ms), (began.began_ms, began.authenticated_ms));
    assert!(!is_signed_in(&sessions, &world, &before));

    let cookie = sessions.confirm(world.record(), &sent(&cookie), (&mrs_a(), Level::PERSONA)).unwrap().unwrap();
    let confirmed = sessions.who(world.record(), &sent(&cookie)).unwrap().unwrap();
    assert_eq!((confirmed.asker.role, confirmed.asker.patient.as_ref()), (Role::Proxy, Some(&mr_b)));
}

#[test]
fn somebody_who_has_not_proven_who_she_is_gets_scopes_that_leave_the_record_out() {
    let (world, sessions) = (World::new(), Sessions::default());
    let level = Level { identity: Identity::P5, strength: Strength::Aal2 };
    let session = Session::new(world.record(), &mrs_a(), Way::Provider("nhs".to_owned()), level).unwrap();
    let headers = sent(&sessions.begin(world.record(), session).unwrap());

    let before = sessions.who(world.record(), &headers).unwrap().unwrap();
    let proven = Level { identity: Identity::P9, ..level };
    let cookie = sessions.confirm(world.record(), &headers, (&mrs_a(), proven)).unwrap().unwrap();
    let after = sessions.who(world.record(), &sent(&cookie)).unwrap().unwrap();

    assert!(before.asker.scopes.as_ref().is_some_and(SmartScopes::is_of_session));
    assert!(after.asker.scopes.is_none());
}

#[test]
fn the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
    let world = World::new();
    let cookie = |transport| {
        let session = Session::new(world.record(), &mrs_a(), Way::Passkey("key".to_owned()), Level::PERSONA).unwrap();
        let cookie = Sessions::new(transport).begin(world.record(), session).unwrap();
        cookie.to_str().unwrap().to_owned()
    };

    assert!(cookie(Transport::Http).ends_with("; Path=/; HttpOnly; SameSite=Strict"));
    assert!(cookie(Transport::Https).starts_with("__Host-commonweal-session="));
    assert!(cookie(Transport::Https).ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"));
}

#[test]
fn a_made_up_cookie_is_nobody() {
    let (world, sessions) = (World::new(), Sessions::default());
    signed_in(&sessions, &world, &mrs_a());
    let made_up = HeaderValue::try_from(format!("commonweal-session={}", "0".repeat(64))).unwrap();

    assert!(!is_signed_in(&sessions, &world, &HeaderMap::from_iter([(header::COOKIE, made_up)])));
    assert!(!is_signed_in(&sessions, &world, &HeaderMap::new()));
}

#[test]
fn an_account_that_signs_in_again_and_again_signs_out_its_own_oldest_session_and_nobody_else() {
    let (world, sessions) = (World::new(), Sessions::default());
    let begin = |who: &str| {
        let asker = Arc::new(Asker::new(AgentId::parse(who).unwrap(), "Somebody", Role::Citizen));
        let session = Session::new(world.record(), &asker, Way::Passkey("key".to_owned()), Level::PERSONA).unwrap();
        clock(&world).advance(1);
        sent(&sessions.begin(world.record(), session).unwrap())
    };
    let other = begin("Patient/b");
    let hers: Vec<HeaderMap> = (0..SESSIONS_OF_ONE_MAX + 5).map(|_| begin("Patient/a")).collect();

    let kept: Vec<bool> = hers.iter().map(|headers| is_signed_in(&sessions, &world, headers)).collect();

    assert_eq!(kept, [vec![false; 5], vec![true; SESSIONS_OF_ONE_MAX]].concat());
    assert!(is_signed_in(&sessions, &world, &other));
    assert_eq!(world.record().all_kept(kept::KIND).unwrap().len(), SESSIONS_OF_ONE_MAX + 1, "on the disk as well");
}

#[test]
fn when_all_places_are_taken_the_account_with_most_sessions_makes_room() {
    let (world, mut open) = (World::new(), HashMap::new());
    let session = |who: &str| {
        let asker = Arc::new(Asker::new(AgentId::parse(who).unwrap(), "Somebody", Role::Citizen));
        Session::new(world.record(), &asker, Way::Persona("shared".to_owned()), Level::PERSONA).unwrap()
    };
    let now_ms = world.record().now_ms();
    for number in 0..SESSIONS_MAX {
        let who = if number < SESSIONS_MAX - 2 { "Patient/crowd" } else { "Patient/b" };
        // Those of B are the oldest of all.
        let seen_ms = if who == "Patient/b" { now_ms - 60_000 } else { now_ms };
        let held = Held { session: Session { seen_ms, ..session(who) }, kept_ms: now_ms };
        open.insert(SecretHash::of(&number.to_string()), held);
    }

    make_room(&mut open, &session("Patient/c"), now_ms);

    let of = |who: &str| open.values().filter(|held| held.session.asker.who.as_str() == who).count();
    assert_eq!((of("Patient/crowd"), of("Patient/b")), (SESSIONS_MAX - 3, 2));
}
