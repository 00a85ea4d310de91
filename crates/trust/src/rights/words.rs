//! The words of rights: what forms send, what people read, and the law behind each.
//!
//! Every list is complete; nothing here decides which of them fits.

use super::{Answer, Came, Exemption, Right};

impl Right {
    /// Every right, in the order in which people are asked.
    pub const ALL: [Right; 5] =
        [Right::Access, Right::Rectification, Right::Objection, Right::Restriction, Right::Erasure];

    /// Its word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Right::Access => "access",
            Right::Rectification => "rectification",
            Right::Erasure => "erasure",
            Right::Restriction => "restriction",
            Right::Objection => "objection",
        }
    }

    /// The right that a form names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|right| right.word() == word)
    }

    /// As a person says it: "Have something put right".
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Right::Access => "Get a copy of everything about me",
            Right::Rectification => "Have something put right",
            Right::Erasure => "Have something removed",
            Right::Restriction => "Have something kept but not used",
            Right::Objection => "Object to a use of my data",
        }
    }

    /// What helps to choose it.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Right::Access => {
                "Your record, who looked at it, and what was asked and decided about it. You can see and download your record at once on the page My record."
            }
            Right::Rectification => "Say what is wrong and what would be right.",
            Right::Erasure => {
                "A health record is seldom removed, because care must be possible to follow later. You get an answer with the reason."
            }
            Right::Restriction => "For example while it is checked whether something is right.",
            Right::Objection => {
                "Say which use, and why it is wrong for you. What your record is used for in your own care you choose on the page Choices about sharing."
            }
        }
    }

    /// As an officer says it: "Subject access".
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Right::Access => "Subject access",
            Right::Rectification => "Rectification",
            Right::Erasure => "Erasure",
            Right::Restriction => "Restriction",
            Right::Objection => "Objection",
        }
    }

    /// Its law.
    #[must_use]
    pub const fn law(self) -> &'static str {
        match self {
            Right::Access => "UK GDPR article 15",
            Right::Rectification => "UK GDPR article 16",
            Right::Erasure => "UK GDPR article 17",
            Right::Restriction => "UK GDPR article 18",
            Right::Objection => "UK GDPR article 21",
        }
    }
}

impl Came {
    /// The ways that an officer records.
    pub const RECORDED: [Came; 3] = [Came::Letter, Came::Phone, Came::InPerson];

    /// Its word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Came::Online => "online",
            Came::Letter => "letter",
            Came::Phone => "phone",
            Came::InPerson => "in-person",
        }
    }

    /// The way that an officer's form names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Came> {
        Came::RECORDED.into_iter().find(|came| came.word() == word)
    }

    /// In words.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Came::Online => "Online",
            Came::Letter => "By letter or e-mail",
            Came::Phone => "By telephone",
            Came::InPerson => "In person",
        }
    }
}

impl Answer {
    /// Every answer.
    pub const ALL: [Answer; 4] = [Answer::Met, Answer::PartlyMet, Answer::Refused, Answer::Withdrawn];

    /// Its word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Answer::Met => "met",
            Answer::PartlyMet => "partly-met",
            Answer::Refused => "refused",
            Answer::Withdrawn => "withdrawn",
        }
    }

    /// The answer that a form names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Answer> {
        Answer::ALL.into_iter().find(|answer| answer.word() == word)
    }

    /// In words.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Answer::Met => "Done as asked",
            Answer::PartlyMet => "Done in part",
            Answer::Refused => "Refused",
            Answer::Withdrawn => "Taken back by the person",
        }
    }

    /// Whether it leaves something undone, so that a reason must be told.
    #[must_use]
    pub const fn needs_reason(self) -> bool {
        matches!(self, Answer::PartlyMet | Answer::Refused)
    }
}

impl Exemption {
    /// The reasons that the law knows for a right.
    #[must_use]
    pub const fn of(right: Right) -> &'static [Exemption] {
        use Exemption::{Accurate, CareNeeded, Compelling, Law, NotHeld, SeriousHarm, ThirdParty, Unfounded};
        match right {
            Right::Access => &[SeriousHarm, ThirdParty, NotHeld, Unfounded],
            Right::Rectification => &[Accurate, NotHeld, Unfounded],
            Right::Erasure => &[CareNeeded, Law, NotHeld, Unfounded],
            Right::Restriction => &[CareNeeded, Law, NotHeld, Unfounded],
            Right::Objection => &[Compelling, Law, Unfounded],
        }
    }

    /// Its word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Exemption::SeriousHarm => "serious-harm",
            Exemption::ThirdParty => "third-party",
            Exemption::Unfounded => "unfounded",
            Exemption::NotHeld => "not-held",
            Exemption::Accurate => "accurate",
            Exemption::CareNeeded => "care-needed",
            Exemption::Law => "law",
            Exemption::Compelling => "compelling",
        }
    }

    /// The reason that a form names, if the law knows it for this right.
    #[must_use]
    pub fn parse(right: Right, word: &str) -> Option<Exemption> {
        Exemption::of(right).iter().copied().find(|reason| reason.word() == word)
    }

    /// As a sentence for the person.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Exemption::SeriousHarm => {
                "A health professional thinks that knowing it would be likely to cause serious harm to somebody\u{2019}s health."
            }
            Exemption::ThirdParty => "It would tell about somebody else who has not agreed to that.",
            Exemption::Unfounded => "The request is manifestly unfounded or excessive.",
            Exemption::NotHeld => "It is not held here.",
            Exemption::Accurate => "The entry is right as a record of what was found and thought at that time.",
            Exemption::CareNeeded => "It is needed to give or manage health and social care.",
            Exemption::Law => "The law asks for it, or it is needed for a legal claim.",
            Exemption::Compelling => "There are compelling reasons for the use that outweigh yours.",
        }
    }

    /// Its law.
    #[must_use]
    pub const fn law(self) -> &'static str {
        match self {
            Exemption::SeriousHarm => "Data Protection Act 2018, schedule 3, part 2",
            Exemption::ThirdParty => "Data Protection Act 2018, schedule 2, part 3",
            Exemption::Unfounded => "UK GDPR article 12(5)",
            Exemption::NotHeld => "UK GDPR article 15(1)",
            Exemption::Accurate => "UK GDPR articles 5(1)(d) and 16",
            Exemption::CareNeeded => "UK GDPR articles 9(2)(h) and 17(3)",
            Exemption::Law => "UK GDPR articles 17(3), 18(2) and 21(1)",
            Exemption::Compelling => "UK GDPR article 21(1)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_sends_is_what_was_meant() {
        for right in Right::ALL {
            assert_eq!(Right::parse(right.word()), Some(right));
            for reason in Exemption::of(right) {
                assert_eq!(Exemption::parse(right, reason.word()), Some(*reason));
            }
        }
        for answer in Answer::ALL {
            assert_eq!(Answer::parse(answer.word()), Some(answer));
        }
    }

    #[test]
    fn a_reason_that_the_law_does_not_know_for_a_right_is_none() {
        assert_eq!(Exemption::parse(Right::Rectification, "serious-harm"), None);
        assert_eq!(Came::parse("online"), None, "an officer does not say that somebody asked online");
    }
}
