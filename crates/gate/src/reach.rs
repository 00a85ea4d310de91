//! Which questions a policy could answer at all, read off its head and its outermost conditions.
//!
//! There are ninety thousand questions, and most policies are about one role, purpose and relation. What a policy demands of
//! every question in so many words (`principal == ..`, `context.purpose == ..` joined by `&&`) is read from its own syntax
//! tree, and it is not asked where that is not so: there its condition is false. Anything else is taken to fit; the answers
//! are Cedar's alone. A test asks Cedar everything without this and compares.

use crate::words::{Action, Purpose, Relation, Role};
use cedar_policy::{ActionConstraint, EntityUid, Policy, PrincipalConstraint};
use serde_json::Value;

/// What a policy demands of a question; none where it demands nothing that is read here.
pub(crate) struct Reach {
    roles: Option<Vec<String>>,
    actions: Option<Vec<String>>,
    purposes: Option<Vec<String>>,
    relations: Option<Vec<String>>,
}

impl Reach {
    /// Reads a policy. What cannot be read fits every question.
    pub(crate) fn of(policy: &Policy) -> Reach {
        let mut reach = Reach { roles: roles(policy), actions: actions(policy), purposes: None, relations: None };
        let tree = policy.to_json().unwrap_or(Value::Null);
        let conditions = tree.get("conditions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for condition in conditions.iter().filter(|condition| condition.get("kind").is_some_and(|kind| kind == "when"))
        {
            condition.get("body").into_iter().for_each(|body| reach.demand(body));
        }
        reach
    }

    /// Whether the policy could decide such a question.
    pub(crate) fn fits(&self, role: Role, action: Action) -> bool {
        allows(self.roles.as_ref(), role.name()) && allows(self.actions.as_ref(), action.name())
    }

    /// Whether it could, for a purpose and relation.
    pub(crate) fn fits_context(&self, purpose: Purpose, relation: Relation) -> bool {
        allows(self.purposes.as_ref(), purpose.name()) && allows(self.relations.as_ref(), relation.name())
    }

    /// Takes in what one condition demands: both sides of an `&&`, a comparison, or a list that contains.
    fn demand(&mut self, body: &Value) {
        let sides = |of: &Value| Some((of.get("left")?.clone(), of.get("right")?.clone()));
        if let Some((left, right)) = body.get("&&").and_then(sides) {
            self.demand(&left);
            self.demand(&right);
        } else if let Some((left, right)) = body.get("==").and_then(sides) {
            self.take(&left, name(&right).map(|name| vec![name]));
            self.take(&right, name(&left).map(|name| vec![name]));
        } else if let Some((left, right)) = body.get("contains").and_then(sides) {
            let listed = left.get("Set").and_then(Value::as_array);
            self.take(&right, listed.and_then(|items| items.iter().map(name).collect()));
        }
    }

    fn take(&mut self, asked: &Value, names: Option<Vec<String>>) {
        let (Some(names), Some(asked)) = (names, asked.get(".")) else { return };
        if asked.pointer("/left/Var").is_none_or(|var| var != "context") {
            return;
        }
        match asked.get("attr").and_then(Value::as_str) {
            Some("purpose") => self.purposes = Some(names),
            Some("relation") => self.relations = Some(names),
            _ => {}
        }
    }
}

fn allows(listed: Option<&Vec<String>>, name: &str) -> bool {
    listed.is_none_or(|listed| listed.iter().any(|one| one == name))
}

/// The name of an entity that stands in a condition.
fn name(value: &Value) -> Option<String> {
    value.pointer("/Value/__entity/id").and_then(Value::as_str).map(str::to_owned)
}

fn roles(policy: &Policy) -> Option<Vec<String>> {
    match policy.principal_constraint() {
        PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) => Some(vec![id(&uid)]),
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) | PrincipalConstraint::IsIn(..) => None,
    }
}

/// A group of actions is not looked into: it fits every action.
fn actions(policy: &Policy) -> Option<Vec<String>> {
    let names = match policy.action_constraint() {
        ActionConstraint::Any => return None,
        ActionConstraint::Eq(only) => vec![id(&only)],
        ActionConstraint::In(list) => list.iter().map(id).collect(),
    };
    names.iter().all(|name| Action::parse(name).is_some()).then_some(names)
}

fn id(uid: &EntityUid) -> String {
    let id: &str = uid.id().as_ref();
    id.to_owned()
}
