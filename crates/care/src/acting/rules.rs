//! What the forms of a grant mean, or every mistake in them; without HTTP.
//!
//! What can stand for whom and until when is asked of [`record::granting`]; here it becomes a sentence at a field.

use crate::person::Person;
use fhir::ResourceId;
use gate::Role;
use jiff::civil::Date;
use kit::form::{Mistake, Sent, date};
use record::granting::{
    About, Basis, Checked, Granted, Named, NewGrant, RELATIONSHIPS, Spoken, Terms, last_day_as_child,
};
use record::research_contact::ResearchContact;
use trust::granting::{Asks, Ticked, holder, ticked};

/// The longest reference of the Office of the Public Guardian that is taken.
const REFERENCE_CHARS_MAX: usize = 20;
/// Evidence that was seen longer ago than so many days is to be seen again.
const SEEN_DAYS_MAX: i32 = 90;

/// The person, her grants, and who looks when.
pub(super) struct Case {
    /// The person's id.
    pub(super) patient: ResourceId,
    /// As she is identified.
    pub(super) person: Person,
    /// What decides which grants can stand.
    pub(super) about: About,
    /// Her grants, the newest first.
    pub(super) grants: Vec<Granted>,
    /// What she has said of being asked about research.
    pub(super) research: Option<ResearchContact>,
    /// The role of who looks.
    pub(super) role: Role,
    /// The day.
    pub(super) today: Date,
    /// The moment, milliseconds since 1970 UTC.
    pub(super) now_ms: i64,
}

impl Case {
    /// Whether a grant stands now or will: its time is not over, nor the childhood on which it rests.
    pub(super) fn stands(&self, granted: &Granted) -> bool {
        let is_child = || self.about.born.and_then(last_day_as_child).is_some_and(|last| self.today <= last);
        granted.stands_at(self.now_ms) && (!granted.is_of_parent() || is_child())
    }
}

/// What the fields of the practice's form are called.
pub(super) const ASKS: Asks = Asks {
    name: ("Name of who will act", "As in the evidence"),
    number: ("Their NHS number", "10 digits, as on a letter from the NHS. It is not looked up: ask them for it."),
    born: (
        "Their date of birth",
        "For example, 15 3 1984. If number and date do not belong together, nobody is let in.",
    ),
    sees: ("What may they see?", "They see who the person is in any case. No more than acting for them needs."),
    own_number: "This is the person's own NHS number: enter that of who will act",
};

/// A grant that the details describe, with what was seen of it; whether the person was asked comes after.
pub(super) struct Wanted {
    /// The grant.
    pub(super) grant: NewGrant,
    /// What the holder is to the person.
    pub(super) relationship: Named,
    /// What was seen.
    pub(super) evidence: Named,
    /// On which day.
    pub(super) seen: Date,
    /// The reference of a power of attorney.
    pub(super) reference: Option<String>,
}

/// Which step has to be taken again, and why.
pub(super) enum Wrong {
    /// The first.
    Basis(Vec<Mistake>),
    /// The second, on this ground.
    Details(Basis, Vec<Mistake>),
}

/// What the grant is to rest on.
pub(super) fn basis(sent: &Sent, case: &Case) -> Result<Basis, Vec<Mistake>> {
    let wrong = |says: &str| vec![Mistake::at("basis", says)];
    if let Some(says) = case.about.wrong_person(case.role) {
        return Err(wrong(says));
    }
    let basis = Basis::parse(sent.one("basis")).ok_or_else(|| wrong("Select what it rests on"))?;
    case.about.wrong_basis(basis, case.role, case.today).map_or(Ok(basis), |says| Err(wrong(says)))
}

/// The form of the details as it begins: from today, and seen today.
pub(super) fn begun(sent: Sent, basis: Basis, case: &Case) -> Sent {
    let sent = sent.with_day("from", case.today).with_day("seen", case.today);
    let is_a_year = matches!(basis, Basis::Consent | Basis::BestInterest);
    match case.about.latest(basis, case.today).filter(|_| is_a_year) {
        Some(latest) => sent.with_day("until", latest),
        None => sent,
    }
}

/// What the first two steps ask for.
pub(super) fn wanted(sent: &Sent, case: &Case) -> Result<Wanted, Wrong> {
    let basis = basis(sent, case).map_err(Wrong::Basis)?;
    let mut mistakes = Vec::new();
    let holder = holder(sent, &ASKS, (&case.about.numbers, case.today), &mut mistakes);
    let has_it = |one: &&Granted| holder.as_ref().is_some_and(|holder| one.is_to(&holder.number)) && case.stands(one);
    if let Some(known) = case.grants.iter().find(has_it) {
        let says = format!("{} may act for this person already: end that first", known.who);
        mistakes.push(Mistake::at("nhs_number", says));
    }
    let mut keep = |mistake: Mistake| mistakes.push(mistake);
    let relationship = chosen(sent, "relationship", &RELATIONSHIPS, "Select what they are to the person");
    let relationship = relationship.map_err(&mut keep).ok();
    let reach = ticked(sent).map_err(&mut keep).ok();
    let from = from(sent, case).map_err(&mut keep).ok();
    let until = from.and_then(|from| until(sent, basis, from, case).map_err(&mut keep).ok());
    let reference = if basis == Basis::Attorney { reference(sent, &mut keep) } else { None };
    let evidence = chosen(sent, "evidence", basis.evidence(), "Select what you have seen").map_err(&mut keep).ok();
    let seen = seen(sent, case).map_err(&mut keep).ok();
    let said = holder.zip(relationship).zip(reach).zip(from).zip(until).zip(evidence).zip(seen);
    match said {
        Some(((((((holder, relationship), reach), from), until), evidence), seen)) if mistakes.is_empty() => {
            let Ticked { parts, copies, is_discreet } = reach;
            let terms = Terms { parts, copies, is_discreet, from, until };
            Ok(Wanted { grant: NewGrant { basis, holder, terms }, relationship, evidence, seen, reference })
        }
        _ => Err(Wrong::Details(basis, mistakes)),
    }
}

fn chosen(sent: &Sent, field: &'static str, of: &[Named], missing: &str) -> Result<Named, Mistake> {
    of.iter().copied().find(|one| one.word == sent.one(field)).ok_or_else(|| Mistake::at(field, missing))
}

fn from(sent: &Sent, case: &Case) -> Result<Date, Mistake> {
    let from = date(sent, "from", "First day")?;
    if from < case.today {
        return Err(Mistake::at_day("from", "First day must be today or later"));
    }
    Ok(from)
}

/// The last day: of a child, the one before the 16th birthday.
fn until(sent: &Sent, basis: Basis, from: Date, case: &Case) -> Result<Date, Mistake> {
    let Some(latest) = case.about.latest(basis, from) else {
        return Err(Mistake::at_day("until", "The last day cannot be worked out: check the date of birth"));
    };
    if basis == Basis::Parental {
        let says = "First day must be before the 16th birthday";
        return if from <= latest { Ok(latest) } else { Err(Mistake::at_day("from", says)) };
    }
    let until = date(sent, "until", "Last day")?;
    if until < from {
        return Err(Mistake::at_day("until", "Last day must be the first day or later"));
    }
    let says = || format!("Last day must be {} at the latest", kit::format::date(latest));
    if until > latest { Err(Mistake::at_day("until", says())) } else { Ok(until) }
}

/// A power of attorney holds once it is registered, and has a reference then.
fn reference(sent: &Sent, keep: &mut impl FnMut(Mistake)) -> Option<String> {
    match sent.one("registered") {
        "yes" => {}
        "no" => keep(Mistake::at("registered", "A power of attorney holds only once it is registered: record it then")),
        _ => keep(Mistake::at("registered", "Select whether it is registered")),
    }
    let reference = sent.one("reference");
    let is_fine = reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '));
    let fits = (4..=REFERENCE_CHARS_MAX).contains(&reference.len()) && is_fine;
    if !fits {
        keep(Mistake::at(
            "reference",
            "Enter the reference as it stands on the power of attorney, such as 7000-1234-5678",
        ));
    }
    fits.then(|| reference.to_owned())
}

fn seen(sent: &Sent, case: &Case) -> Result<Date, Mistake> {
    let seen = date(sent, "seen", "Day on which you saw it")?;
    if seen > case.today {
        return Err(Mistake::at_day("seen", "Day on which you saw it must be today or before"));
    }
    let earliest = case.today.checked_sub(jiff::Span::new().days(SEEN_DAYS_MAX)).unwrap_or(case.today);
    let says = || format!("What you saw more than {SEEN_DAYS_MAX} days ago must be seen again");
    if seen < earliest { Err(Mistake::at_day("seen", says())) } else { Ok(seen) }
}

/// What was asked before it holds: none where somebody is worried, and nothing is to be recorded.
pub(super) fn checked(sent: &Sent, case: &Case, wanted: &Wanted) -> Result<Option<Checked>, Vec<Mistake>> {
    if sent.one("concern") == "yes" {
        return Ok(None);
    }
    let mut mistakes = Vec::new();
    let spoken = match sent.one("spoken") {
        "yes" => Some(Spoken::Alone),
        "could-not" => Some(Spoken::CouldNot),
        "no" => {
            mistakes.push(Mistake::at("spoken", "Speak with them alone first: until then nothing can be recorded"));
            None
        }
        _ => {
            mistakes.push(Mistake::at("spoken", "Select whether you have spoken with them alone"));
            None
        }
    };
    let wrong = spoken.and_then(|spoken| case.about.wrong_asking(wanted.grant.basis, spoken, case.role, case.today));
    mistakes.extend(wrong.map(|says| Mistake::at("spoken", says)));
    if sent.one("concern") != "no" {
        mistakes.push(Mistake::at("concern", "Select whether anything worries you"));
    }
    let Wanted { relationship, evidence, seen, ref reference, .. } = *wanted;
    match spoken.filter(|_| mistakes.is_empty()) {
        Some(spoken) => Ok(Some(Checked { relationship, evidence, seen, reference: reference.clone(), spoken })),
        None => Err(mistakes),
    }
}
