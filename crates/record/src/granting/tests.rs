//! What can stand for whom and until when, and that a Consent says what was wanted.

use super::writing::Practice;
use super::*;
use fhir::{OdsCode, ResourceId};
use gate::{AgentId, Asker, Organisation, Role};
use jiff::Timestamp;
use serde_json::Value;

const TODAY: Date = Date::constant(2026, 11, 22);

fn born(year: i16, month: i8, day: i8) -> About {
    About { born: Some(Date::constant(year, month, day)), ..About::default() }
}

fn grant(basis: Basis, until: Date) -> NewGrant {
    let holder = Holder {
        name: "Robin Vale".to_owned(),
        number: NhsNumber::parse("9990000018").unwrap(),
        born: Date::constant(1990, 3, 4),
    };
    NewGrant { basis, holder, terms: Terms { parts: None, copies: true, is_discreet: false, from: TODAY, until } }
}

fn checked(basis: Basis) -> Checked {
    Checked {
        relationship: RELATIONSHIPS[0],
        evidence: basis.evidence()[0],
        seen: TODAY,
        reference: (basis == Basis::Attorney).then(|| "7000-1234-5678".to_owned()),
        spoken: Spoken::Alone,
    }
}

fn consent(grant: &NewGrant, checked: &Checked) -> Value {
    let mut asker = Asker::new(AgentId::parse("Practitioner/rudd").unwrap(), "Ms Tina Rudd", Role::Receptionist);
    let elm = Organisation { id: ResourceId::parse("elm").unwrap(), name: "Elm Surgery".to_owned() };
    asker.organisation = Some(elm);
    let patient = ResourceId::parse("sam").unwrap();
    let ods = OdsCode::parse("A81001").ok();
    let practice = Practice { patient: &patient, number: Some("9990000026"), ods, asker: &asker };
    grant.by_practice(&practice, checked, Timestamp::from_millisecond(1_795_341_600_000).unwrap())
}

#[test]
fn every_ground_says_itself_in_a_valid_consent_of_the_national_shape_and_is_read_back() {
    for basis in Basis::ALL {
        let text = consent(&grant(basis, Date::constant(2027, 1, 31)), &checked(basis)).to_string();
        let tree = fhir::json::parse(text.as_bytes()).unwrap();
        let errors: Vec<_> = fhir::validate(&tree).into_iter().filter(fhir::issue::Issue::is_error).collect();
        assert!(errors.is_empty(), "{basis:?}: {errors:?}");

        let granted = Granted::of(&tree).unwrap();
        assert_eq!(granted.basis, Some(basis));
        assert_eq!((granted.who.as_str(), granted.relationship.as_deref()), ("Robin Vale", Some("mother")));
        assert_eq!(granted.giver.as_deref(), Some("Elm Surgery"));
        assert_eq!(granted.recorded_by.as_deref(), Some("Ms Tina Rudd"));
        assert_eq!(granted.evidence.as_deref(), Some(basis.evidence()[0].phrase));
        assert!(granted.reach.unwrap().is_whole() && granted.is_to(&NhsNumber::parse("9990000018").unwrap()));
    }
}

#[test]
fn the_consent_has_the_elements_that_the_national_service_asks_for() {
    let consent = consent(&grant(Basis::Parental, Date::constant(2027, 1, 31)), &checked(Basis::Parental));
    let at = |path: &str| consent.pointer(path).and_then(Value::as_str).unwrap_or_default();

    assert_eq!(at("/status"), "active");
    assert_eq!(at("/scope/coding/0/code"), "patient-privacy");
    assert_eq!(at("/category/0/coding/0/code"), "INFA");
    assert_eq!((at("/patient/reference"), at("/patient/identifier/value")), ("Patient/sam", "9990000026"));
    assert_eq!(at("/performer/0/identifier/value"), "9990000018");
    assert_eq!(at("/policyRule/coding/0/system"), LEGAL_BASIS);
    assert_eq!(at("/policyRule/coding/0/code"), "parental-responsibility");
    assert_eq!(at("/provision/type"), "permit");
    assert_eq!((at("/provision/period/start"), at("/provision/period/end")), ("2026-11-22", "2027-01-31"));
    assert_eq!(at("/provision/actor/0/reference/extension/0/valueDate"), "1990-03-04");
    assert_eq!(at("/extension/0/valueCodeableConcept/coding/0/code"), "ROLE_CREATED");
    assert!(at("/extension/1/url").ends_with("extension-Consent.grantor"));
    assert_eq!(at("/extension/1/valueReference/identifier/value"), "A81001");
    assert_eq!(consent.pointer("/verification/0/verified"), Some(&Value::Bool(true)));
    assert_eq!(at("/verification/0/verifiedWith/reference"), "Patient/sam");
}

#[test]
fn who_could_not_be_asked_is_verified_with_whom_the_grant_is_to_and_a_power_has_its_reference() {
    let wanted = grant(Basis::Attorney, Date::constant(2027, 1, 31));
    let consent = consent(&wanted, &Checked { spoken: Spoken::CouldNot, ..checked(Basis::Attorney) });
    let at = |path: &str| consent.pointer(path).and_then(Value::as_str).unwrap_or_default();

    assert_eq!(at("/verification/0/verifiedWith/identifier/value"), "9990000018");
    assert_eq!(at("/policyRule/text"), "Lasting power of attorney for health and welfare");
    assert_eq!(consent.pointer("/policyRule/coding"), None, "no code is made up");
    assert_eq!(at("/sourceReference/identifier/value"), "7000-1234-5678");
}

#[test]
fn parental_responsibility_is_for_those_under_16_on_that_day() {
    let wrong = |about: &About| about.wrong_basis(Basis::Parental, Role::Receptionist, TODAY);

    assert_eq!(wrong(&born(2010, 11, 23)), None, "16 tomorrow");
    assert!(wrong(&born(2010, 11, 22)).unwrap().contains("16 or over"), "16 today");
    assert!(wrong(&About::default()).unwrap().contains("date of birth"));
    let last = |year, month, day| last_day_as_child(Date::constant(year, month, day)).unwrap();
    assert_eq!(last(2010, 11, 23), TODAY);
    assert_eq!(last(2012, 2, 29), Date::constant(2028, 2, 28));
    assert_eq!(born(2010, 11, 23).latest(Basis::Parental, TODAY), Some(TODAY));
}

#[test]
fn other_grounds_are_for_those_who_are_old_enough_and_a_best_interest_decision_is_not_recorded_by_reception() {
    let child = born(2010, 11, 23);
    let adult = born(2008, 11, 23);

    for basis in [Basis::Consent, Basis::Attorney, Basis::Court, Basis::BestInterest] {
        assert!(child.wrong_basis(basis, Role::Gp, TODAY).is_some(), "{basis:?}");
        assert_eq!(born(1944, 5, 3).wrong_basis(basis, Role::Gp, TODAY), None, "{basis:?}");
    }
    assert!(adult.wrong_basis(Basis::Attorney, Role::Gp, TODAY).is_some(), "18 tomorrow");
    assert_eq!(adult.wrong_basis(Basis::Court, Role::Receptionist, TODAY), None);
    assert!(adult.wrong_basis(Basis::BestInterest, Role::Receptionist, TODAY).is_some());
}

#[test]
fn nobody_consents_without_being_asked_nor_a_child_of_11_unless_a_gp_decides() {
    let asked = |about: &About, basis, role| about.wrong_asking(basis, Spoken::CouldNot, role, TODAY);

    assert!(asked(&born(1944, 5, 3), Basis::Consent, Role::Gp).is_some());
    assert_eq!(asked(&born(1944, 5, 3), Basis::Attorney, Role::Receptionist), None);
    assert_eq!(asked(&born(2015, 11, 23), Basis::Parental, Role::Receptionist), None, "11 tomorrow");
    assert!(asked(&born(2015, 11, 22), Basis::Parental, Role::Receptionist).is_some(), "11 today");
    assert_eq!(asked(&born(2015, 11, 22), Basis::Parental, Role::Gp), None);
}

#[test]
fn nothing_is_recorded_for_the_dead_nor_by_reception_for_the_protected() {
    let patient = |extra: &str| {
        let text = format!(r#"{{"resourceType":"Patient","birthDate":"1980-05-06"{extra}}}"#);
        About::of(&fhir::json::parse(text.as_bytes()).unwrap())
    };
    let protected = patient(
        r#","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}"#,
    );

    assert_eq!(patient("").wrong_person(Role::Receptionist), None);
    assert!(patient(r#","deceasedBoolean":true"#).wrong_person(Role::Gp).is_some());
    assert!(patient(r#","deceasedDateTime":"2026-01-02""#).wrong_person(Role::Gp).is_some());
    assert_eq!(patient(r#","deceasedBoolean":false"#).wrong_person(Role::Gp), None);
    assert!(protected.wrong_person(Role::Receptionist).unwrap().contains("protected"));
    assert_eq!(protected.wrong_person(Role::Gp), None);
}

#[test]
fn a_grant_that_does_not_fit_is_refused_whatever_a_page_has_let_through() {
    let about = About { numbers: vec!["9990000026".to_owned()], ..born(1944, 5, 3) };
    let refused =
        |about: &About, grant: &NewGrant, checked: &Checked| about.wrong(grant, checked, (Role::Gp, TODAY)).is_some();
    let year = Date::constant(2027, 11, 22);
    let fits = grant(Basis::Consent, year);
    assert!(!refused(&about, &fits, &checked(Basis::Consent)));

    let too_long = grant(Basis::Consent, year.tomorrow().unwrap());
    let mut backwards = fits.clone();
    backwards.terms.from = year.tomorrow().unwrap();
    let mut before = fits.clone();
    before.terms.from = TODAY.yesterday().unwrap();
    for wrong in [too_long, backwards, before] {
        assert!(refused(&about, &wrong, &checked(Basis::Consent)), "{wrong:?}");
    }
    assert!(refused(&about, &fits, &checked(Basis::Court)), "evidence of another ground");
    let unseen = Checked { seen: TODAY.tomorrow().unwrap(), ..checked(Basis::Consent) };
    assert!(refused(&about, &fits, &unseen));
    let unregistered = Checked { reference: None, ..checked(Basis::Attorney) };
    assert!(refused(&about, &grant(Basis::Attorney, year), &unregistered));
    let herself = About { numbers: vec!["9990000018".to_owned()], ..about };
    assert!(refused(&herself, &fits, &checked(Basis::Consent)));
}
