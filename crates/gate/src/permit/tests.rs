//! What the built-in policies permit and refuse, role by role, over every question there is.

use super::*;
use crate::policy::RuleId;
use crate::refusal::questions_of;
use crate::smart::SmartScopes;
use std::sync::LazyLock;

static GATE: LazyLock<Gate> = LazyLock::new(|| Gate::load(&Policies::built_in()).unwrap());

/// What is about a person.
fn is_of_a_record(kind: DataKind) -> bool {
    !matches!(kind, DataKind::Directory | DataKind::Knowledge)
}

fn asker(role: Role) -> Arc<Asker> {
    Arc::new(Asker::new(AgentId::parse("Practitioner/1").unwrap(), "Dr A. Khan", role))
}

fn service(scopes: &str) -> Arc<Asker> {
    let who = AgentId::parse("service/labs").unwrap();
    Arc::new(Asker::service(who, "Laboratory link", SmartScopes::parse(scopes).unwrap()))
}

fn permit(asker: &Arc<Asker>, purpose: Purpose, action: Action) -> Result<Permit, Denied> {
    GATE.permit(asker, purpose, action, RequestId::parse("r-1").unwrap())
}

fn resource(name: &str) -> ResourceType {
    ResourceType::parse(name).unwrap()
}

fn permitted(role: Role) -> impl Iterator<Item = Question> {
    questions_of(role).filter(|question| GATE.labels(question).is_some())
}

#[test]
fn every_rule_decides_something() {
    let deciding: Vec<&RuleId> = Role::ALL
        .iter()
        .flat_map(|role| permitted(*role))
        .map(|question| &GATE.decide(&question).unwrap().id)
        .collect();

    for rule in GATE.rules() {
        assert!(deciding.contains(&&rule.id), "{} never decides", rule.id);
    }
}

#[test]
fn a_citizen_sees_her_own_record_and_the_directory_only() {
    for question in permitted(Role::Citizen) {
        let directory = matches!(question.kind, DataKind::Directory | DataKind::Knowledge);
        let fits = if directory { question.relation == Relation::Nobody } else { question.relation == Relation::Own };
        assert!(fits, "{question:?}");
    }
}

#[test]
fn an_administrator_sees_no_record() {
    assert!(permitted(Role::Administrator).all(|question| !is_of_a_record(question.kind)));
    assert!(permitted(Role::Administrator).all(|question| question.relation == Relation::Nobody));
}

#[test]
fn a_privacy_officer_sees_the_log_and_not_the_record() {
    let kinds = permitted(Role::PrivacyOfficer).map(|question| question.kind);

    assert!(kinds.into_iter().all(|kind| matches!(kind, DataKind::Audit | DataKind::Directory)));
}

#[test]
fn a_receptionist_sees_demographics_appointments_and_who_acts_and_nothing_labelled() {
    let open = [DataKind::Demographics, DataKind::Appointments, DataKind::Directory, DataKind::Knowledge];

    for question in permitted(Role::Receptionist) {
        if question.kind == DataKind::Consent {
            // Of a Consent the record gives this leave grants alone; no label at all is let through.
            assert_eq!(GATE.labels(&question), Some(0), "{question:?}");
            assert_ne!(question.action, Action::Read, "{question:?}");
            continue;
        }
        assert!(open.contains(&question.kind), "{question:?}");
        assert!(is_without_labels(&question), "{question:?}");
    }
}

/// Whether a question lets nothing labelled through: of a restricted person at most who she is.
fn is_without_labels(question: &Question) -> bool {
    let identity = if question.kind == DataKind::Demographics { crate::Label::WithoutWhereabouts.bit() } else { 0 };
    // What is hidden from the person online is not hidden from staff.
    let open = identity | crate::Label::HiddenOnline.bit();
    GATE.labels(question).is_some_and(|labels| labels & !open == 0)
}

#[test]
fn where_a_protected_person_lives_is_for_herself_and_those_who_care_for_her_with_leave_for_restricted_entries() {
    let sees_places = |question: &Question| {
        question.kind == DataKind::Demographics
            && GATE.labels(question).is_some_and(|labels| labels & crate::Label::Restricted.bit() != 0)
    };
    let seen = |role: Role| permitted(role).filter(sees_places).collect::<Vec<_>>();

    for role in Role::ALL.iter().filter(|role| role.is_professional()) {
        let strangers =
            |question: &Question| question.relation == Relation::Anyone && question.purpose == Purpose::DirectCare;
        assert!(!seen(*role).iter().any(strangers), "{role}");
    }
    for role in [Role::Proxy, Role::Receptionist, Role::PrivacyOfficer, Role::Pharmacist] {
        assert_eq!(seen(role), [], "{role}");
    }
    assert!(!seen(Role::Citizen).is_empty() && !seen(Role::Gp).is_empty());
}

/// What a role may read of people with whom it has a relationship, for care.
fn care_kinds(role: Role) -> Vec<DataKind> {
    let related = permitted(role).filter(|question| {
        (question.purpose, question.action, question.relation) == (Purpose::DirectCare, Action::Read, Relation::Related)
    });
    related.map(|question| question.kind).collect()
}

#[test]
fn a_professional_sees_entries_of_related_people_only_and_of_others_who_they_are() {
    for role in Role::ALL.iter().filter(|role| role.is_professional()) {
        for question in permitted(*role).filter(|question| is_of_a_record(question.kind)) {
            let is_identity = question.relation == Relation::Anyone && question.kind == DataKind::Demographics;
            assert!(question.relation == Relation::Related || is_identity, "{question:?}");
        }
    }
}

#[test]
fn a_doctor_sees_restricted_entries_but_not_very_restricted_ones() {
    let permit = permit(&asker(Role::Gp), Purpose::DirectCare, Action::Read).unwrap();

    let care = permit.scopes().find(|scope| scope.rule.id.as_str() == "gp-care").unwrap();

    assert_eq!(
        care.labels,
        crate::Label::Restricted.bit() | crate::Label::Sensitive.bit() | crate::Label::HiddenOnline.bit()
    );
}

#[test]
fn each_profession_sees_what_its_work_needs_and_no_more() {
    let doctor = care_kinds(Role::Gp);
    for role in [Role::EmergencyClinician, Role::WardClinician, Role::CommunityClinician, Role::MentalHealthClinician] {
        assert_eq!(care_kinds(role), doctor, "{role}");
    }
    for (role, withheld) in [
        (Role::Pharmacist, vec![DataKind::Documents, DataKind::Clinical, DataKind::Consent]),
        (Role::CareHomeStaff, vec![DataKind::Clinical, DataKind::Consent]),
        (Role::Paramedic, vec![DataKind::Requests, DataKind::Clinical, DataKind::Consent]),
        (Role::SocialWorker, vec![DataKind::Medicines, DataKind::Problems, DataKind::Results, DataKind::Documents]),
    ] {
        let seen = care_kinds(role);
        assert!(seen.iter().all(|kind| doctor.contains(kind)) && seen.contains(&DataKind::Alerts), "{role}");
        assert!(withheld.iter().all(|kind| !seen.contains(kind)), "{role}");
        let labelled = permitted(role).filter(|question| question.purpose == Purpose::DirectCare);
        assert!(labelled.into_iter().all(|question| is_without_labels(&question)), "{role}");
    }
}

#[test]
fn a_professional_whose_job_is_not_known_gets_what_all_professionals_get_and_changes_nothing() {
    let least = care_kinds(Role::Clinician);
    let professionals = Role::ALL.iter().filter(|role| role.is_professional());
    let common: Vec<DataKind> = DataKind::ALL
        .iter()
        .copied()
        .filter(|kind| professionals.clone().all(|role| care_kinds(*role).contains(kind)))
        .collect();

    assert_eq!(least, common);
    let reads = [Action::Read, Action::Search, Action::History];
    assert!(permitted(Role::Clinician).all(|question| reads.contains(&question.action)));
}

#[test]
fn planning_and_research_reach_no_entry_of_any_person_but_for_a_system_that_changes_nothing_and_sees_no_labelled_entry()
{
    for role in Role::ALL {
        for question in permitted(*role) {
            let is_beyond_care = matches!(question.purpose, Purpose::Planning | Purpose::Research);
            if is_beyond_care && *role == Role::ServiceAccount {
                assert!(!matches!(question.action, Action::Create | Action::Update | Action::Delete | Action::Import));
                assert_eq!(GATE.labels(&question), Some(0), "{question:?}");
                continue;
            }
            if matches!(question.purpose, Purpose::Planning | Purpose::Research) {
                assert!(question.relation == Relation::Nobody && !is_of_a_record(question.kind), "{question:?}");
            }
        }
    }
    for role in [Role::Analyst, Role::Researcher, Role::SafetyOfficer, Role::Administrator] {
        assert!(permitted(role).all(|question| !is_of_a_record(question.kind)), "{role}");
    }
}

#[test]
fn for_safeguarding_gps_and_social_workers_see_people_they_care_for_and_the_guardian_who_they_are() {
    for role in Role::ALL {
        for question in permitted(*role).filter(|question| question.purpose == Purpose::Safeguarding) {
            let guardian = *role == Role::CaldicottGuardian && question.kind == DataKind::Demographics;
            let carer = matches!(role, Role::Gp | Role::SocialWorker) && question.relation == Relation::Related;
            assert!(guardian || carer, "{question:?}");
        }
        let permit = permit(&asker(*role), Purpose::Safeguarding, Action::Read);
        let named = matches!(role, Role::Gp | Role::SocialWorker | Role::CaldicottGuardian);
        assert_eq!(permit.is_ok(), named, "{role}");
    }
}

#[test]
fn whoever_acts_for_somebody_sees_what_that_person_sees() {
    let of = |role: Role, action: Action| -> Vec<DataKind> {
        permitted(role).filter(|q| q.relation == Relation::Own && q.action == action).map(|q| q.kind).collect()
    };

    for action in [Action::Read, Action::Search, Action::History, Action::Export] {
        assert_eq!(of(Role::Proxy, action), of(Role::Citizen, action), "{action}");
    }
    assert!(of(Role::Proxy, Action::Create).is_empty());
    assert_eq!(of(Role::Proxy, Action::Update), [DataKind::Consent]);
}

#[test]
fn who_opens_another_record_is_a_proxy_there_and_a_citizen_in_her_own() {
    let id = |text: &str| fhir::ResourceId::parse(text).unwrap();
    let ben = Asker::new(AgentId::parse("Patient/ben").unwrap(), "Ben", Role::Citizen);

    let acting = ben.with_record_of(id("anne"));

    assert_eq!((acting.role, acting.patient.clone()), (Role::Proxy, Some(id("anne"))));
    assert_eq!(acting.with_record_of(id("ben")).role, Role::Citizen);
}

#[test]
fn some_professionals_may_open_a_record_in_an_emergency_and_what_is_most_private_opens_in_no_other_way() {
    let very = crate::Label::VeryRestricted.bit();
    let called_to_emergencies = [
        Role::Gp,
        Role::EmergencyClinician,
        Role::WardClinician,
        Role::CommunityClinician,
        Role::MentalHealthClinician,
        Role::Paramedic,
    ];
    for role in Role::ALL {
        let emergency = permit(&asker(*role), Purpose::BreakGlass, Action::Read);
        assert_eq!(emergency.is_ok(), called_to_emergencies.contains(role), "{role:?}");
        for purpose in Purpose::ALL.iter().filter(|purpose| **purpose != Purpose::BreakGlass) {
            let Ok(permit) = permit(&asker(*role), *purpose, Action::Read) else { continue };
            let opens = permit.scopes().any(|scope| scope.labels & very != 0);
            assert!(!(role.is_staff() && opens), "{role:?} {purpose:?}");
        }
    }
}

#[test]
fn a_page_knows_whether_an_emergency_could_be_declared() {
    let could = |role: Role| {
        let permit = permit(&asker(role), Purpose::DirectCare, Action::Search).unwrap();
        permit.could(Purpose::BreakGlass, Action::Read)
    };

    assert!(could(Role::Paramedic) && could(Role::Gp));
    assert!(!could(Role::Pharmacist) && !could(Role::CareHomeStaff));
}

#[test]
fn a_connected_system_without_scopes_can_do_nothing() {
    let denied = permit(&asker(Role::ServiceAccount), Purpose::DirectCare, Action::Read).unwrap_err();

    assert_eq!(denied.to_string(), "Not permitted: the token's scopes do not let it read this (scopes: none).");
}

#[test]
fn a_connected_system_reaches_what_its_scopes_name() {
    let permit = permit(&service("system/Observation.rs"), Purpose::DirectCare, Action::Search).unwrap();

    assert!(permit.allows(resource("Observation"), Action::Search));
    assert!(!permit.allows(resource("Condition"), Action::Search));
    assert!(!permit.allows(resource("Observation"), Action::Create));
    assert!(permit.for_action(Action::Create).is_err());
    assert_eq!(
        permit.refusal(resource("Condition"), Action::Search).reason(),
        "the token's scopes do not let it search this (scopes: system/Observation.rs)"
    );
}

#[test]
fn a_permit_carries_who_for_whom_and_why() {
    let permit = permit(&asker(Role::Gp), Purpose::DirectCare, Action::Search).unwrap();

    assert_eq!(permit.who().as_str(), "Practitioner/1");
    assert_eq!((permit.role(), permit.purpose(), permit.action()), (Role::Gp, Purpose::DirectCare, Action::Search));
    assert_eq!(permit.request().as_str(), "r-1");
    assert_eq!(permit.rule().unwrap().id.as_str(), "gp-directory");
    assert_eq!(permit.rule_for(Relation::Related, resource("Observation")).unwrap().id.as_str(), "gp-care");
    assert_eq!(permit.rule_for(Relation::Nobody, resource("Patient")).unwrap().id.as_str(), "gp-identify");
    assert!(permit.rule_for(Relation::Anyone, resource("Observation")).is_none());
}

#[test]
fn a_refusal_names_the_condition_that_was_not_met() {
    let clinician = Question {
        role: Role::Gp,
        purpose: Purpose::DirectCare,
        action: Action::Read,
        relation: Relation::Anyone,
        kind: DataKind::Clinical,
    };
    let reason = |question: &Question| GATE.decide(question).unwrap_err().to_string();

    assert_eq!(reason(&clinician), "Not permitted: you have no care relationship with this person.");
    let reception = Question {
        role: Role::Receptionist,
        purpose: Purpose::Administration,
        relation: Relation::Related,
        ..clinician
    };
    assert_eq!(
        reason(&reception),
        "Not permitted: your role as receptionist does not include other health and care entries."
    );
    let elsewhere = Question { relation: Relation::Related, purpose: Purpose::Research, ..clinician };
    assert_eq!(reason(&elsewhere), "Not permitted: it is only for direct care, not for research.");
    let removal = Question { relation: Relation::Related, action: Action::Delete, ..clinician };
    assert_eq!(reason(&removal), "Not permitted: your role lets you read this, not remove it.");
}

#[test]
fn a_permit_that_gives_nothing_is_refused_with_the_nearest_rule() {
    let denied = permit(&asker(Role::PrivacyOfficer), Purpose::DirectCare, Action::Read).unwrap_err();

    assert_eq!(denied.reason(), "it is only for audit, not for direct care");
    assert_eq!(denied.rule().unwrap().as_str(), "privacy-officer-log");
}

#[test]
fn policies_that_are_in_doubt_do_not_load() {
    let load = |text: &str| Gate::load(&Policies::from_files([("own.cedar".to_owned(), text.to_owned())])).unwrap_err();
    let notes = r#"@id("x") @plain("A rule.") @because("so") @law("none") @plain_cy("Rheol.") @because_cy("felly") @law_cy("dim")"#;

    assert!(matches!(load("permit (principal, action"), PolicyError::Syntax { .. }));
    assert!(matches!(load("permit (principal, action, resource);"), PolicyError::Annotation { annotation: "id", .. }));
    let english_only = notes.replace("@plain_cy", "@plain_fr");
    let english_only = format!("{english_only} permit (principal, action, resource);");
    assert!(matches!(load(&english_only), PolicyError::Annotation { annotation: "plain_cy", .. }));
    let misspelt = format!(r#"{notes} permit (principal == Commonweal::Role::"Clinican", action, resource);"#);
    assert!(matches!(load(&misspelt), PolicyError::Invalid(_)));
    let unknown = format!("{notes} permit (principal, action, resource) when {{ context.mood == 1 }};");
    assert!(matches!(load(&unknown), PolicyError::Invalid(_)));
    let fails = format!("{notes} permit (principal, action, resource) when {{ 9223372036854775807 + 1 == 0 }};");
    assert!(matches!(load(&fails), PolicyError::Evaluation(_) | PolicyError::Invalid(_)));
    let twice = format!("{notes} permit (principal, action, resource);").repeat(2);
    assert!(matches!(load(&twice), PolicyError::DuplicateId(_)));
}

#[test]
fn a_forbid_wins_over_a_permit() {
    let notes = |id: &str| {
        format!(
            r#"@id("{id}") @plain("A rule.") @because("so") @law("none") @plain_cy("Rheol.") @because_cy("felly") @law_cy("dim")"#
        )
    };
    let text = format!(
        r#"{} permit (principal, action, resource);
           {} forbid (principal, action, resource == Commonweal::DataKind::"Clinical");"#,
        notes("open"),
        notes("shut")
    );
    let gate = Gate::load(&Policies::from_files([("own.cedar".to_owned(), text)])).unwrap();
    let open = Question {
        role: Role::Gp,
        purpose: Purpose::Research,
        action: Action::Read,
        relation: Relation::Anyone,
        kind: DataKind::Directory,
    };

    assert!(gate.decide(&open).is_ok());
    assert!(gate.decide(&Question { kind: DataKind::Clinical, ..open }).is_err());
}

#[test]
fn a_permit_is_a_table_look_up() {
    let asker = asker(Role::Gp);
    let request = RequestId::parse("r-1").unwrap();
    LazyLock::force(&GATE);
    let start = std::time::Instant::now();

    for _ in 0..10_000 {
        let permit = GATE.permit(&asker, Purpose::DirectCare, Action::Search, request.clone()).unwrap();
        assert!(permit.allows(ResourceType::PATIENT, Action::Search));
    }

    let each = start.elapsed() / 10_000;
    assert!(each < std::time::Duration::from_micros(20), "{each:?} a permit");
    eprintln!("{each:?} a permit");
}

#[test]
fn the_schema_names_the_same_words_as_the_code() {
    let schema = include_str!("../../../../policies/commonweal.cedarschema");
    let words = [Role::ALL.iter().map(|word| word.name()).collect::<Vec<_>>()]
        .into_iter()
        .chain([DataKind::ALL.iter().map(|word| word.name()).collect()])
        .chain([Relation::ALL.iter().map(|word| word.name()).collect()])
        .chain([Purpose::ALL.iter().map(|word| word.name()).collect()])
        .chain([Action::ALL.iter().map(|word| word.name()).collect()])
        .chain([["Normal"].into_iter().chain(crate::Label::ALL.iter().map(|word| word.name())).collect()]);

    let schema = schema.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    for list in words {
        let quoted: Vec<String> = list.iter().map(|word| format!("\"{word}\"")).collect();
        assert!(schema.contains(&quoted.join(", ")), "the schema does not list {quoted:?}");
    }
}

#[test]
fn all_questions_are_asked_within_the_time_of_a_start() {
    let start = std::time::Instant::now();

    let gate = Gate::load(&Policies::built_in()).unwrap();

    let took = start.elapsed();
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
    eprintln!("{} rules loaded in {took:?}", gate.rules().len());
}
