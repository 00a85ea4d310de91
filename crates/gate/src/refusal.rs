//! Why not.
//!
//! A refusal is explained from the decision table: among all that the role may do, the question that differs least from the one
//! asked is found, and the conditions in which it differs are told. So a sentence is right for any policies, also an operator's.

use crate::kinds::DataKind;
use crate::policy::{Rule, RuleId};
use crate::table::Table;
use crate::words::{Action, Purpose, Relation, Role};

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
    rule: Option<(RuleId, String)>,
}

impl Denied {
    pub(crate) fn new(reason: &str, rule: Option<&Rule>) -> Denied {
        Denied { reason: reason.to_owned(), rule: rule.map(|rule| (rule.id.clone(), rule.plain.clone())) }
    }

    /// Which condition was not met, without a capital or full stop: "you have no care relationship with this person".
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The nearest rule, whose condition was not met.
    #[must_use]
    pub fn rule(&self) -> Option<&RuleId> {
        self.rule.as_ref().map(|(id, _)| id)
    }

    /// What the nearest rule says.
    #[must_use]
    pub fn rule_plain(&self) -> Option<&str> {
        self.rule.as_ref().map(|(_, plain)| plain.as_str())
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
            parts.push(missing_relation(permitted.relation).to_owned());
        }
        parts.join("; ")
    }
}

fn missing_relation(needed: Relation) -> &'static str {
    match needed {
        Relation::Own => "it is not your own record",
        Relation::Related => "you have no care relationship with this person",
        Relation::Anyone => "it is not open to everybody in your role",
        Relation::Nobody => "it is in a person's record",
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
        Some((gap, permitted, rule)) => Denied::new(&gap.sentence(asked, &permitted), Some(rule)),
        None => Denied::new(&format!("no rule gives the role of {} access to records", asked.role), None),
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
