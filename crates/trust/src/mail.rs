//! E-mail that says only that there is something to read, for people who want it.
//!
//! No letter says whose record it is about, what happened or who looked: mail is read by others. The person gives an address on a
//! page and proves with a code that it is hers. Letters lie in an outbox with the record until they are sent: again and again with
//! longer pauses, for some days, under one name, so that one that comes twice is known as the same. Who carries them
//! is a [`Postman`]; the binary has a real one.

use crate::person::rule_for_log;
use crate::secret::SecretHash;
use crate::state::{Trust, TrustError};
use fhir::ResourceId;
use fhir::issue::IssueCode;
use gate::{Permit, Rule};
use record::error::{RecordError, Refusal};
use record::log::Draft;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// For how long a code is good.
pub const CODE_MS: i64 = 24 * 60 * 60 * 1_000;
/// How often a wrong code may be typed.
pub const TRIES_MAX: u32 = 5;
/// How many codes a day are sent for one record, so that nobody can flood somebody else's letter box.
pub const CODES_MAX: usize = 5;
/// For how long sending is tried.
pub const SENDING_MS: i64 = 3 * 24 * 60 * 60 * 1_000;
/// A person gets at most one letter in this time, however much there is to read.
pub const PAUSE_MS: i64 = 60 * 60 * 1_000;
/// How many letters one round sends at most.
pub const ROUND_MAX: usize = 50;
/// Longest address, in bytes (RFC 5321).
const ADDRESS_BYTES_MAX: usize = 254;
const MINUTE_MS: i64 = 60 * 1_000;
/// How long to wait after each failure; the last for all that follow.
const PAUSES_MS: [i64; 5] = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * 60 * MINUTE_MS, 6 * 60 * MINUTE_MS];
/// Under which kinds choices and letters are kept.
const CHOICES: &str = "mail-choice";
const ASKED: &str = "mail-asked";
const OUTBOX: &str = "mail-outbox";

/// A letter as it is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The address.
    pub to: Address,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The name under which it stays the same letter however often it is sent.
    pub id: String,
}

/// Why a letter was not sent. The words are for the operator and name nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It will never be taken.
    #[error("the mail server refuses it for good ({0})")]
    Refused(String),
    /// It may be taken later.
    #[error("the mail server cannot be reached, or asks to wait ({0})")]
    Later(String),
}

/// Whoever carries letters.
pub trait Postman {
    /// Hands one over.
    ///
    /// # Errors
    /// Whether to try again, and why.
    fn carry(&self, letter: &Letter) -> Result<(), Failure>;
}

/// What a round came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// How many letters were sent.
    pub sent: usize,
    /// How many will be tried again.
    pub delayed: usize,
    /// How many were given up.
    pub dropped: usize,
    /// The last failure, for the operator.
    pub failure: Option<Failure>,
}

/// A person's choice, as her page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailChoice {
    /// Where to.
    pub address: Address,
    /// Whether she has proved that it is hers; until then nothing but the code is sent.
    pub is_confirmed: bool,
    /// When a letter last had to be given up, milliseconds since 1970 UTC.
    pub trouble_ms: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    address: Address,
    /// The hash of the code, until when it is good, and how often a wrong one was typed; none once it is confirmed.
    code: Option<(String, i64, u32)>,
    /// Entries of the log of which a letter has told that there is something to read.
    told: BTreeSet<u64>,
    last_ms: i64,
    trouble_ms: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    part: u32,
    to: Address,
    /// The code that it brings; none for one that says that there is something to read.
    code: Option<String>,
    made_ms: i64,
    next_ms: i64,
    tries: usize,
}

/// An address of e-mail. It prints masked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// The address that somebody typed; none when it has not the form of one name at one domain.
    #[must_use]
    pub fn parse(text: &str) -> Option<Address> {
        let text = text.trim();
        let fits = text.len() <= ADDRESS_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
        let plain = !text.contains(['<', '>', '(', ')', ',', ';', ':', '"', '\\', '[', ']']);
        let (name, domain) = text.split_once('@')?;
        let is_domain =
            domain.contains('.') && !domain.contains('@') && domain.split('.').all(|label| !label.is_empty());
        (fits && plain && !name.is_empty() && is_domain).then(|| Address(text.to_owned()))
    }

    /// As it is written on a letter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Address(..)")
    }
}

impl Trust {
    /// The choice of the person whose own record the permit is for; none when she wants no e-mail.
    ///
    /// # Errors
    /// Not found when it is not her own.
    pub fn mail_choice(&self, permit: &Permit, patient: &ResourceId) -> Result<Option<MailChoice>, TrustError> {
        let (part, _) = self.mail_of(permit, patient)?;
        let kept: Option<Kept> = self.kept_json((CHOICES, &part.to_string()))?;
        Ok(kept.map(|kept| MailChoice {
            is_confirmed: kept.code.is_none(),
            address: kept.address,
            trouble_ms: kept.trouble_ms,
        }))
    }

    /// Sends a code to an address that the person gives; the choice holds when she has typed the code.
    ///
    /// # Errors
    /// Not found when it is not her own record; 422 when too many codes were asked for.
    pub fn ask_for_mail(&self, permit: &Permit, patient: &ResourceId, address: &Address) -> Result<(), TrustError> {
        let (part, rule) = self.mail_of(permit, patient)?;
        let _one_at_a_time = self.lock_mail();
        let now_ms = self.record().now_ms();
        let mut asked: Vec<i64> = self.kept_json((ASKED, &part.to_string()))?.unwrap_or_default();
        asked.retain(|at_ms| now_ms < at_ms.saturating_add(CODE_MS));
        if asked.len() >= CODES_MAX {
            let sentence = format!("At most {CODES_MAX} codes a day are sent for one record. Try again tomorrow.");
            return Err(RecordError::new(Refusal::Unprocessable, IssueCode::Throttled, sentence).into());
        }
        asked.push(now_ms);
        self.keep_json((ASKED, &part.to_string()), &asked, None)?;
        let code = self.new_code()?;
        let kept = Kept {
            address: address.clone(),
            code: Some((SecretHash::of(&code).key(), now_ms.saturating_add(CODE_MS), 0)),
            told: BTreeSet::new(),
            last_ms: 0,
            trouble_ms: None,
        };
        let letter =
            Waiting { part, to: kept.address.clone(), code: Some(code), made_ms: now_ms, next_ms: now_ms, tries: 0 };
        let entry = self.mail_deed(permit, rule, part);
        self.keep_json((CHOICES, &part.to_string()), &kept, Some(&entry))?;
        self.keep_json((OUTBOX, &format!("code-{part}")), &letter, None)
    }

    /// Takes the code that the person has got by e-mail; false when it is not the one, or too old.
    ///
    /// # Errors
    /// Not found when it is not her own record, or there is nothing to confirm.
    pub fn confirm_mail(&self, permit: &Permit, patient: &ResourceId, code: &str) -> Result<bool, TrustError> {
        let (part, rule) = self.mail_of(permit, patient)?;
        let _one_at_a_time = self.lock_mail();
        let kept: Option<Kept> = self.kept_json((CHOICES, &part.to_string()))?;
        let mut kept = kept.ok_or_else(RecordError::not_found)?;
        let (hash, until_ms, tries) = kept.code.take().ok_or_else(RecordError::not_found)?;
        let code: String = code.chars().filter(char::is_ascii_digit).collect();
        let is_right = tries < TRIES_MAX && self.record().now_ms() < until_ms && SecretHash::of(&code).key() == hash;
        if is_right {
            // What is there already she reads now that she is here.
            kept.told = self.worth_a_letter(part)?;
        } else {
            kept.code = Some((hash, until_ms, tries.saturating_add(1)));
        }
        let entry = self.mail_deed(permit, rule, part);
        self.keep_json((CHOICES, &part.to_string()), &kept, Some(&entry))?;
        Ok(is_right)
    }

    /// Ends e-mail to the person, and what still lies in the outbox for her.
    ///
    /// # Errors
    /// Not found when it is not her own record.
    pub fn stop_mail(&self, permit: &Permit, patient: &ResourceId) -> Result<(), TrustError> {
        let (part, rule) = self.mail_of(permit, patient)?;
        let _one_at_a_time = self.lock_mail();
        let entry = self.mail_deed(permit, rule, part);
        self.record().forget(CHOICES, &part.to_string(), Some(&entry))?;
        for (key, letter) in self.outbox()? {
            if letter.part == part {
                self.record().forget(OUTBOX, &key, None)?;
            }
        }
        Ok(())
    }

    /// One round: writes the letters that are due to be written, and sends those that are due to be sent. `site` is the address
    /// at which people sign in.
    ///
    /// # Errors
    /// When record or log fail; what a letter's carrier says is in the answer.
    pub fn post(&self, postman: &dyn Postman, site: &str) -> Result<Round, TrustError> {
        self.write_letters()?;
        let now_ms = self.record().now_ms();
        let mut due = self.outbox()?;
        due.retain(|(_, letter)| letter.next_ms <= now_ms);
        due.sort_by_key(|(_, letter)| letter.next_ms);
        let mut round = Round::default();
        for (key, waiting) in due.into_iter().take(ROUND_MAX) {
            if !self.is_wanted(&waiting)? {
                self.take_out(&key, &waiting)?;
                continue;
            }
            // Nothing is held meanwhile: a mail server may take its time, and another letter may take this one's place.
            match postman.carry(&waiting.letter(&key, site)) {
                Ok(()) => {
                    self.take_out(&key, &waiting)?;
                    round.sent += 1;
                }
                Err(failure) => {
                    self.not_sent(&key, &waiting, matches!(failure, Failure::Refused(_)), &mut round)?;
                    round.failure = Some(failure);
                }
            }
        }
        Ok(round)
    }

    /// Keeps a letter for later, or gives it up.
    fn not_sent(&self, key: &str, waiting: &Waiting, is_refused: bool, round: &mut Round) -> Result<(), TrustError> {
        let _one_at_a_time = self.lock_mail();
        let now_ms = self.record().now_ms();
        let pause = PAUSES_MS.get(waiting.tries).or(PAUSES_MS.last()).copied().unwrap_or(MINUTE_MS);
        let next_ms = now_ms.saturating_add(pause);
        let tried_for = if waiting.code.is_some() { CODE_MS } else { SENDING_MS };
        if !self.is_wanted(waiting)? {
            return self.take_out(key, waiting).map(drop);
        }
        if is_refused || next_ms.saturating_sub(waiting.made_ms) > tried_for {
            round.dropped += 1;
            return self.give_up(key, waiting, now_ms);
        }
        round.delayed += 1;
        let later = Waiting { next_ms, tries: waiting.tries.saturating_add(1), ..waiting.clone() };
        self.change_json((OUTBOX, key), Some(waiting), Some(&later), None).map(drop)
    }

    /// Takes a letter out of the outbox; one that has taken its place since it was read stays. Says whether it was there.
    fn take_out(&self, key: &str, waiting: &Waiting) -> Result<bool, TrustError> {
        self.change_json((OUTBOX, key), Some(waiting), None, None)
    }

    /// Whether the person still wants this letter: she may have stopped, or given another address.
    fn is_wanted(&self, waiting: &Waiting) -> Result<bool, TrustError> {
        let kept: Option<Kept> = self.kept_json((CHOICES, &waiting.part.to_string()))?;
        Ok(kept.is_some_and(|kept| kept.address == waiting.to && kept.code.is_some() == waiting.code.is_some()))
    }

    /// Puts a letter into the outbox for everybody who wants one and has something new to read.
    fn write_letters(&self) -> Result<(), TrustError> {
        let now_ms = self.record().now_ms();
        for (key, bytes) in self.record().all_kept(CHOICES)? {
            let (Ok(part), Ok(kept)) = (key.parse::<u32>(), serde_json::from_slice::<Kept>(&bytes)) else { continue };
            if kept.code.is_some() || now_ms < kept.last_ms.saturating_add(PAUSE_MS) {
                continue;
            }
            let told = self.worth_a_letter(part)?;
            if told.is_subset(&kept.told) {
                continue;
            }
            self.write_letter((part, &key), kept, (told, now_ms))?;
        }
        Ok(())
    }

    /// Puts one letter into the outbox, unless the person has chosen otherwise since her choice was read. Only this is held: finding
    /// out who has something to read takes a while, and people change their choices meanwhile.
    fn write_letter(
        &self,
        (part, key): (u32, &str),
        kept: Kept,
        (told, now_ms): (BTreeSet<u64>, i64),
    ) -> Result<(), TrustError> {
        let _one_at_a_time = self.lock_mail();
        if self.kept_json::<Kept>((CHOICES, key))?.as_ref() != Some(&kept) {
            return Ok(());
        }
        // The letter first: when all breaks off here, it is written again in its own place. One that still waits to be sent says
        // as much as two.
        let letter = Waiting { part, to: kept.address.clone(), code: None, made_ms: now_ms, next_ms: now_ms, tries: 0 };
        self.keep_json((OUTBOX, &format!("notice-{part}")), &letter, None)?;
        self.keep_json((CHOICES, key), &Kept { told, last_ms: now_ms, ..kept }, None)
    }

    fn give_up(&self, key: &str, waiting: &Waiting, now_ms: i64) -> Result<(), TrustError> {
        let of = waiting.part.to_string();
        if self.kept_json::<Waiting>((OUTBOX, key))?.as_ref() != Some(waiting) {
            // Another letter has taken its place: this one is no trouble any more.
            return Ok(());
        }
        if let Some(kept) = self.kept_json::<Kept>((CHOICES, &of))? {
            self.keep_json((CHOICES, &of), &Kept { trouble_ms: Some(now_ms), ..kept }, None)?;
        }
        self.take_out(key, waiting).map(drop)
    }

    fn outbox(&self) -> Result<Vec<(String, Waiting)>, TrustError> {
        let kept = self.record().all_kept(OUTBOX)?;
        let read = |(key, bytes): (String, Vec<u8>)| Some((key, serde_json::from_slice(&bytes).ok()?));
        Ok(kept.into_iter().filter_map(read).collect())
    }

    /// The person's number, when the permit is for her own record and it is she who asks.
    fn mail_of<'p>(&self, permit: &'p Permit, patient: &ResourceId) -> Result<(u32, &'p Rule), TrustError> {
        let is_herself = permit.who().as_str().strip_prefix("Patient/") == Some(patient.as_str());
        let rule = rule_for_log(permit, patient).filter(|_| is_herself).ok_or_else(RecordError::not_found)?;
        let part = self.record().person_number(permit, patient)?.ok_or_else(RecordError::not_found)?;
        Ok((part, rule))
    }

    fn mail_deed(&self, permit: &Permit, rule: &Rule, part: u32) -> Draft {
        self.deed(permit, rule, part, "ChooseMail")
    }

    /// Six digits at random.
    fn new_code(&self) -> Result<String, TrustError> {
        let mut bytes = [0_u8; 8];
        self.record().ids().fill(&mut bytes).map_err(RecordError::from)?;
        Ok(format!("{:06}", u64::from_le_bytes(bytes) % 1_000_000))
    }
}

impl Waiting {
    fn letter(&self, key: &str, site: &str) -> Letter {
        let (subject, text) = match &self.code {
            Some(code) => (
                "Your code".to_owned(),
                format!(
                    "Your code is {code}\n\nType it on the page on which you asked for e-mail. It is good for a day.\n\
                     If you did not ask for it, do nothing: no more e-mail will come.\n"
                ),
            ),
            None => (
                "There is something for you to read".to_owned(),
                format!(
                    "There is something new for you to read.\n\nSign in at {site} to read it. We never put it into an e-mail, and\n\
                     we never ask you for a password by e-mail.\n\nTo get no more of these e-mails, sign in and open \"Choices about sharing\".\n"
                ),
            ),
        };
        // A hash, so that the name says nothing of a person.
        let id = SecretHash::of(&format!("{key}-{}", self.made_ms)).key();
        Letter { to: self.to.clone(), subject, text, id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_address(text: &str) -> bool {
        Address::parse(text).is_some()
    }

    #[test]
    fn an_address_prints_masked() {
        assert_eq!(format!("{:?}", Address::parse("ada@example.org").unwrap()), "Address(..)");
    }

    #[test]
    fn an_address_is_one_name_at_one_domain() {
        for good in ["ada@example.org", "a.b+c@mail.example.org"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@example",
            "a@b@c.d",
            "a b@c.d",
            "a@c..d",
            "a@c.d\r\nBcc: x@y.z",
            "A <a@c.d>",
            "a@b.c,d@e.f",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
