//! Who may see what of a made-up locality: a small model of its own.
//!
//! It is worked out from the resources as they are made and from the policies' plain sentences; it refuses to ask the code that is
//! tested. It may let somebody see more than one page shows her: a question about what is seen elsewhere is still a question.

use super::choices::{Choice, withhold};
use super::locality::{Made, Mark, Resident};
use super::readers::{Reader, Says};
use gate::Role;
use testkit::Person;

/// Whether a grant with these limits lets her see something in the record of the person who gave it.
fn grants(limit: &str, made: &Made) -> bool {
    let is_kind = !limit.contains("\"class\"") || made.kind == "Observation";
    let is_discreet = limit.contains("\"deny\"");
    // Who the person is, and the grant itself, are open in any case.
    made.kind == "Patient"
        || made.is_grant()
        || (is_kind && !(is_discreet && (made.mark.is_for_her_own_eyes() || made.topic)))
}

/// Whether the person refuses the use of this entry by this reader, or it is locked. Who somebody is stays visible.
fn refuses(residents: &[Resident], reader: &Person, person: usize, made: &Made) -> bool {
    let Some(resident) = residents.get(person) else { return false };
    let chosen = (resident.choice, resident.second);
    made.kind != "Patient" && (is_locked(residents, person, made) || withhold(chosen, resident.practice, reader, made))
}

/// Whether the entry is locked, alone or with the record.
fn is_locked(residents: &[Resident], person: usize, made: &Made) -> bool {
    made.kind != "Patient"
        && residents.get(person).is_some_and(|resident| match resident.choice {
            Choice::RecordLocked => true,
            Choice::EntryLocked(entry) => made.is_result(entry),
            _ => false,
        })
}

/// The ways to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Api,
    Pages,
}

/// What this reader may see in this way, from the policies' plain sentences, what people have refused and what she has said.
pub fn may_see(reader: &Reader, way: Way, made: &Made, (residents, all): (&[Resident], &[Made])) -> bool {
    let usually = may_usually_see(&reader.person, made, (residents, all));
    match (made.person, reader.says) {
        (Some(0), Says::Emergency) if way == Way::Pages => {
            // What people choose is not opened in an emergency; where it may be seen anyway, another page shows it.
            if made.kind == "Consent" { usually } else { may_see_in_an_emergency(residents, made) }
        }
        (Some(0), Says::Cares) if way == Way::Pages => {
            let is_usual = !made.mark.is_for_her_own_eyes() && !made.topic;
            usually || (is_usual && !refuses(residents, &reader.person, 0, made))
        }
        _ => usually,
    }
}

/// Whether a doctor who has declared an emergency for the first person sees this of her. Her choices say nothing of emergencies, and a
/// lock of the whole record lets them through; a lock of one entry does not.
fn may_see_in_an_emergency(residents: &[Resident], made: &Made) -> bool {
    let is_locked = residents.first().is_some_and(|resident| match resident.choice {
        Choice::EntryLocked(entry) => made.is_result(entry),
        _ => false,
    });
    made.mark != Mark::LegallyProtected && !is_locked
}

/// What this person may see who has said nothing.
fn may_usually_see(reader: &Person, made: &Made, (residents, all): (&[Resident], &[Made])) -> bool {
    let Some(person) = made.person else { return true };
    let asker = &reader.asker;
    let own = asker.patient.as_ref().is_some_and(|own| own.as_str() == format!("p{person}"));
    let named = |text: &str| asker.acts_as.iter().any(|name| text.contains(&format!("\"{name}\"")));
    let related = all.iter().any(|other| {
        other.person == Some(person) && matches!(other.kind, "Patient" | "Encounter") && named(&other.json)
    });
    // Nobody is named in anybody's care here but organisations.
    let is_colleague = |resident: &Resident| {
        resident.is_staff && asker.acts_as.contains(&format!("Organization/{}", resident.practice))
    };
    let is_booked = related && asker.role == Role::Receptionist;
    let related = related && !residents.get(person).is_some_and(is_colleague);
    match asker.role {
        Role::Citizen => own && made.mark != Mark::HiddenOnline,
        // While her record is locked, nobody acts for her.
        Role::Proxy => {
            let rests = residents.get(person).is_some_and(|resident| resident.choice == Choice::RecordLocked);
            let limit = all.iter().find(|other| other.is_grant()).map_or("", |grant| grant.json.as_str());
            own && grants(limit, made)
                && made.mark != Mark::HiddenOnline
                && !rests
                && !is_locked(residents, person, made)
        }
        Role::App => own && made.mark != Mark::HiddenOnline && !is_locked(residents, person, made),
        Role::Gp => {
            made.kind == "Patient"
                || (related && !made.mark.is_for_her_own_eyes() && !refuses(residents, reader, person, made))
        }
        // Problems, results and stays, and nothing that is sensitive; stays alone.
        Role::Pharmacist => {
            let is_kind = matches!(made.kind, "Condition" | "Observation" | "Encounter");
            let is_for_her = is_kind && !made.topic && !made.mark.is_for_her_own_eyes();
            made.kind == "Patient" || (related && is_for_her && !refuses(residents, reader, person, made))
        }
        Role::SocialWorker => {
            made.kind == "Patient" || (related && made.kind == "Encounter" && !refuses(residents, reader, person, made))
        }
        Role::Receptionist => is_booked && made.kind == "Patient",
        _ => false,
    }
}
