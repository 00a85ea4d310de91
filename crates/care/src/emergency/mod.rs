//! Opening a record in an emergency, when the usual conditions cannot be met or the person has refused.
//!
//! A page that interrupts: what will happen, a reason, what has happened. Then the record opens for some minutes under the
//! purpose of an emergency, declared by somebody who has just proven who she is; the person finds it in who looked, and the privacy officer checks it. It is offered on every record
//! in the same words, so that the offer says nothing of whether something is withheld.

pub mod pages;

use record::emergency::{EXPLANATION_LETTERS_MAX, Emergency, Reason};
use serde::{Deserialize, Serialize};

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct EmergencyForm {
    /// The reason's word.
    #[serde(default)]
    pub reason: String,
    /// What has happened, in the professional's words.
    #[serde(default)]
    pub explanation: String,
    /// `yes` when the person is to be told later.
    #[serde(default)]
    pub later: String,
    /// Why telling her now would put somebody at risk.
    #[serde(default)]
    pub later_why: String,
}

/// What is wrong with a form, each in a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    /// With the reason.
    pub reason: Option<String>,
    /// With the explanation.
    pub explanation: Option<String>,
    /// With the reason for telling later.
    pub later_why: Option<String>,
}

/// Understands a form.
///
/// # Errors
/// A sentence for each field that is wrong.
pub fn read(form: &EmergencyForm) -> Result<Emergency, Mistakes> {
    let (explanation, later_why) = (form.explanation.trim(), form.later_why.trim());
    let is_later = form.later == "yes";
    let why_later = "Enter why telling the person now would put somebody at risk";
    let mistakes = Mistakes {
        reason: Reason::parse(&form.reason).is_none().then(|| "Select why you need to open this record now".to_owned()),
        explanation: wrong_explanation(explanation, "Enter what has happened, so that it can be checked later"),
        later_why: is_later.then(|| wrong_explanation(later_why, why_later)).flatten(),
    };
    match Reason::parse(&form.reason) {
        Some(reason) if mistakes == Mistakes::default() => {
            let told_later = is_later.then(|| later_why.to_owned());
            Ok(Emergency { reason, explanation: explanation.to_owned(), told_later })
        }
        _ => Err(mistakes),
    }
}

/// What is wrong with an explanation; `missing` when there is none.
pub(crate) fn wrong_explanation(explanation: &str, missing: &str) -> Option<String> {
    match explanation.chars().count() {
        0 => Some(missing.to_owned()),
        letters if letters > EXPLANATION_LETTERS_MAX => {
            Some(format!("Say it in {EXPLANATION_LETTERS_MAX} characters or fewer; this has {letters}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(reason: &str, explanation: &str) -> EmergencyForm {
        EmergencyForm { reason: reason.to_owned(), explanation: explanation.to_owned(), ..EmergencyForm::default() }
    }

    #[test]
    fn a_reason_and_an_explanation_are_both_needed() {
        let empty = read(&form("", "  ")).unwrap_err();

        assert!(empty.reason.is_some() && empty.explanation.is_some());
        assert!(read(&form("curiosity", "I wondered")).is_err());
        assert!(read(&form("law", &"x".repeat(501))).unwrap_err().explanation.unwrap().contains("501"));
        let read_one = read(&form("vital-interest", " collapsed ")).unwrap();
        assert_eq!((read_one.reason, read_one.explanation.as_str()), (Reason::VitalInterest, "collapsed"));
        assert_eq!(read_one.told_later, None);
    }

    #[test]
    fn telling_later_needs_a_reason_of_its_own() {
        let later =
            |why: &str| EmergencyForm { later: "yes".to_owned(), later_why: why.to_owned(), ..form("law", "x") };

        assert!(read(&later(" ")).unwrap_err().later_why.is_some());
        assert_eq!(read(&later("He reads her letters")).unwrap().told_later.as_deref(), Some("He reads her letters"));
    }
}
