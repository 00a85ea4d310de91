//! Why not.
//!
//! A refusal is explained from the decision table: among all that the role may do, the question that differs least from the one
//! asked is found, and the conditions in which it differs are told. So a sentence is right for any policies, also an operator's.

use crate::kinds::DataKind;
use crate::policy::{Rule, RuleId};
use crate::table::Table;
use crate::words::{Action, Language, Purpose, Relation, Role};

/// One question that the rules answer with yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub role: Role,
    /// What for.
    pub purpose: Purpose,
    /// To do what.
    pub action: Action,
    /// How the record stands to the asker.
    pub relation: Relation,
    /// With what kind of data.
    pub kind: DataKind,
}

/// A refusal, in words for the person who was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not permitted: {reason}.")]
pub struct Denied {
    reason: String,
    welsh: String,
    rule: Option<Box<Rule>>,
}

impl Denied {
    /// A refusal with its reason in English and Welsh.
    pub(crate) fn new((reason, welsh): (&str, &str), rule: Option<&Rule>) -> Denied {
        let rule = rule.map(|rule| Box::new(rule.clone()));
        Denied { reason: reason.to_owned(), welsh: welsh.to_owned(), rule }
    }

    /// Which condition was not met, without a capital or full stop: "you have no care relationship with this person".
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The whole sentence: "Not permitted: you have no care relationship with this person."
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::English => self.to_string(),
            Language::Welsh => format!("Ni chaniateir hyn: {}.", self.welsh),
        }
    }

    /// The nearest rule, whose condition was not met.
    #[must_use]
    pub fn rule(&self) -> Option<&RuleId> {
        self.rule.as_ref().map(|rule| &rule.id)
    }

    /// What the nearest rule says.
    #[must_use]
    pub fn rule_plain(&self, language: Language) -> Option<&str> {
        self.rule.as_ref().map(|rule| rule.plain_in(language))
    }
}

/// The conditions in which a permitted question differs from the one that was asked.
#[derive(Clone, Copy)]
struct Gap {
    relation: bool,
    purpose: bool,
    action: bool,
    kind: bool,
}

impl Gap {
    fn between(asked: &Question, permitted: &Question) -> Gap {
        Gap {
            relation: asked.relation != permitted.relation,
            purpose: asked.purpose != permitted.purpose,
            action: asked.action != permitted.action,
            kind: asked.kind != permitted.kind,
        }
    }

    /// How far apart: first by how many conditions differ, then by how much they say about the asker's role.
    fn distance(self) -> u32 {
        let each = [(self.relation, 1), (self.purpose, 2), (self.action, 3), (self.kind, 4)];
        each.iter().filter(|(differs, _)| *differs).map(|(_, weight)| 100 + weight).sum()
    }

    fn sentence(self, asked: &Question, permitted: &Question) -> String {
        let mut parts = Vec::new();
        if self.kind {
            parts.push(format!("your role as {} does not include {}", asked.role, asked.kind));
        }
        if self.action {
            parts.push(format!("your role lets you {} this, not {} it", permitted.action, asked.action));
        }
        if self.purpose {
            parts.push(format!("it is only for {}, not for {}", permitted.purpose, asked.purpose));
        }
        if self.relation {
            parts.push(missing_relation(permitted.relation).0.to_owned());
        }
        parts.join("; ")
    }

    /// The same in Welsh; names stand after colons, where they do not mutate.
    fn welsh(self, asked: &Question, permitted: &Question) -> String {
        let cy = Language::Welsh;
        let mut parts = Vec::new();
        if self.kind {
            let (role, kind) = (asked.role.phrase_in(cy), asked.kind.phrase_in(cy));
            parts.push(format!("nid yw eich rôl ({role}) yn cynnwys: {kind}"));
        }
        if self.action {
            let (may, wanted) = (permitted.action.phrase_in(cy), asked.action.phrase_in(cy));
            parts.push(format!("mae eich rôl yn caniatáu: {may}; nid yw'n caniatáu: {wanted}"));
        }
        if self.purpose {
            let (may, wanted) = (permitted.purpose.phrase_in(cy), asked.purpose.phrase_in(cy));
            parts.push(format!("y diben a ganiateir: {may}; y diben a ofynnwyd: {wanted}"));
        }
        if self.relation {
            parts.push(missing_relation(permitted.relation).1.to_owned());
        }
        parts.join("; ")
    }
}

/// Which relation is missing, in English and Welsh.
fn missing_relation(needed: Relation) -> (&'static str, &'static str) {
    match needed {
        Relation::Own => ("it is not your own record", "nid eich cofnod chi yw e"),
        Relation::Related => {
            ("you have no care relationship with this person", "nid oes gennych chi berthynas gofal â'r person hwn")
        }
        Relation::Anyone => ("it is not open to everybody in your role", "nid yw ar agor i bawb yn eich rôl chi"),
        Relation::Nobody => ("it is in a person's record", "mae yng nghofnod person"),
    }
}

/// The refusal by the permitted question that is nearest to what was asked.
pub(crate) fn nearest(table: &Table, asked: &Question) -> Denied {
    refusal(asked, closest(table, asked, |permitted| Gap::between(asked, permitted)))
}

/// The same where only role, purpose and action were asked.
pub(crate) fn nearest_any(table: &Table, asked: &Question) -> Denied {
    refusal(
        asked,
        closest(table, asked, |permitted| Gap { relation: false, kind: false, ..Gap::between(asked, permitted) }),
    )
}

fn refusal(asked: &Question, found: Option<(Gap, Question, &Rule)>) -> Denied {
    match found {
        Some((gap, permitted, rule)) => {
            Denied::new((&gap.sentence(asked, &permitted), &gap.welsh(asked, &permitted)), Some(rule))
        }
        None => {
            let english = format!("no rule gives the role of {} access to records", asked.role);
            let role = asked.role.phrase_in(Language::Welsh);
            let welsh = format!("nid oes unrhyw reol yn rhoi mynediad at gofnodion i'r rôl hon: {role}");
            Denied::new((&english, &welsh), None)
        }
    }
}

fn closest<'t>(
    table: &'t Table,
    asked: &Question,
    gap: impl Fn(&Question) -> Gap,
) -> Option<(Gap, Question, &'t Rule)> {
    let questions = questions_of(asked.role);
    let permitted = questions.filter_map(|question| Some((question, table.grant(&question)?)));
    let (question, grant) = permitted.min_by_key(|(question, _)| gap(question).distance())?;
    Some((gap(&question), question, table.rule(grant.rule)?))
}

/// Every question that a role can ask.
pub(crate) fn questions_of(role: Role) -> impl Iterator<Item = Question> {
    let each = Purpose::ALL.iter().flat_map(|purpose| Action::ALL.iter().map(move |action| (*purpose, *action)));
    each.flat_map(|(purpose, action)| Relation::ALL.iter().map(move |relation| (purpose, action, *relation))).flat_map(
        move |(purpose, action, relation)| {
            DataKind::ALL.iter().map(move |kind| Question { role, purpose, action, relation, kind: *kind })
        },
    )
}
