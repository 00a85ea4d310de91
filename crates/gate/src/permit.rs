//! The gate and its permits.
//!
//! A [`Permit`] is the proof that the rules were asked: nothing outside this module can make one, it cannot be copied, and it
//! carries who, for whom, why and under which request. `record` takes one for every call and turns its [`Scope`]s into the
//! filter of the query. It is for one request: make it, use it, drop it.
//!
//! Where no rule permits, [`Denied`] says which condition of the nearest rule was not met. That sentence is for pages about
//! the asker's own role; whether a hidden entry exists is never told (`record` answers "not found").

use crate::asker::{AgentId, Asker, Organisation, RequestId};
use crate::kinds::{DataKind, TypeSet};
use crate::policy::{Policies, PolicyError, Rule};
use crate::refusal::{Denied, Question, nearest, nearest_any, questions_of};
use crate::table::{Table, TableScope};
use crate::words::{Action, Language, Purpose, Relation, Role};
use fhir::ResourceType;
use std::fmt;
use std::sync::Arc;

/// The rules, ready to be asked.
pub struct Gate {
    table: Arc<Table>,
}

impl Gate {
    /// Reads policies, checks them, and asks them every question there is.
    ///
    /// # Errors
    /// When the policies are not valid; nothing is served under policies that are in doubt.
    pub fn load(policies: &Policies) -> Result<Gate, PolicyError> {
        Ok(Gate { table: Arc::new(Table::compile(&policies.check()?)?) })
    }

    /// All rules, by id.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Rule>] {
        self.table.rules()
    }

    /// The rule with this id, for pages that explain an entry of the log.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules().iter().map(AsRef::as_ref).find(|rule| rule.id.as_str() == id)
    }

    /// A permit for one request.
    ///
    /// # Errors
    /// When no rule lets this role do this for this purpose, or the token's scopes leave nothing of it.
    pub fn permit(
        &self,
        asker: &Arc<Asker>,
        purpose: Purpose,
        action: Action,
        request: RequestId,
    ) -> Result<Permit, Denied> {
        Permit::issue(&self.table, asker, purpose, action, request)
    }

    /// A permit for one request that may reach nothing at all, for doors at which what is refused looks like what is absent.
    ///
    /// Whoever holds it finds nothing where no rule permits; [`Permit::denied()`] tells the log why.
    #[must_use]
    pub fn permit_or_nothing(
        &self,
        asker: &Arc<Asker>,
        purpose: Purpose,
        action: Action,
        request: RequestId,
    ) -> Permit {
        Permit { asker: Arc::clone(asker), purpose, action, request, table: Arc::clone(&self.table) }
    }

    /// The rule that permits, or why none does.
    ///
    /// # Errors
    /// When no rule permits.
    pub fn decide(&self, question: &Question) -> Result<&Arc<Rule>, Denied> {
        granted(&self.table, question).ok_or_else(|| nearest(&self.table, question))
    }

    /// Everything that a role may do, each with the rule that decides it.
    pub fn permitted(&self, role: Role) -> impl Iterator<Item = (Question, &Arc<Rule>)> {
        questions_of(role).filter_map(|question| {
            let rule = self.labels(&question).and_then(|_| self.decide(&question).ok())?;
            Some((question, rule))
        })
    }

    /// The labels that the deciding rule lets through; none where nothing is permitted.
    #[must_use]
    pub fn labels(&self, question: &Question) -> Option<u32> {
        self.table.grant(question).map(|grant| grant.labels)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("rules", &self.rules().len()).finish_non_exhaustive()
    }
}

/// The leave to do one thing, for one asker, purpose and request.
///
/// It cannot be made outside this crate:
/// ```compile_fail,E0451
/// let forged = gate::Permit { request: gate::RequestId::parse("1").unwrap(), ..unimplemented!() };
/// ```
/// nor copied, so that it cannot outlive its request by accident:
/// ```compile_fail,E0599
/// fn keep(permit: &gate::Permit) -> gate::Permit { gate::Permit::clone(permit) }
/// ```
pub struct Permit {
    asker: Arc<Asker>,
    purpose: Purpose,
    action: Action,
    request: RequestId,
    table: Arc<Table>,
}

/// What one rule of a permit reaches.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'p> {
    /// Whose records.
    pub relation: Relation,
    /// Which resource types of them.
    pub types: TypeSet,
    /// Which labels are let through; an entry with any other label is not reached.
    pub labels: u32,
    /// The rule.
    pub rule: &'p Rule,
}

impl Permit {
    /// The one place where a permit comes into being.
    fn issue(
        table: &Arc<Table>,
        asker: &Arc<Asker>,
        purpose: Purpose,
        action: Action,
        request: RequestId,
    ) -> Result<Permit, Denied> {
        let permit = Permit { asker: Arc::clone(asker), purpose, action, request, table: Arc::clone(table) };
        permit.denied().map_or(Ok(permit), Err)
    }

    /// Why this permit reaches nothing at all; none when some rule permits something.
    #[must_use]
    pub fn denied(&self) -> Option<Denied> {
        self.scopes().next().is_none().then(|| self.refusal_of_everything())
    }

    /// Leave for another action of the same request, such as an entry of a bundle.
    ///
    /// # Errors
    /// When no rule lets this role do this for this purpose, or the token's scopes leave nothing of it.
    pub fn for_action(&self, action: Action) -> Result<Permit, Denied> {
        Permit::issue(&self.table, &self.asker, self.purpose, action, self.request.clone())
    }

    /// Whose deed it is.
    #[must_use]
    pub fn who(&self) -> &AgentId {
        &self.asker.who
    }

    /// Everything known about who asks.
    #[must_use]
    pub fn asker(&self) -> &Asker {
        &self.asker
    }

    /// What they are to the platform.
    #[must_use]
    pub fn role(&self) -> Role {
        self.asker.role
    }

    /// For whom they act, as it was called at sign-in.
    #[must_use]
    pub fn organisation(&self) -> Option<&Organisation> {
        self.asker.organisation.as_ref()
    }

    /// What the data are wanted for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// What may be done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// The request that this permit belongs to.
    #[must_use]
    pub fn request(&self) -> &RequestId {
        &self.request
    }

    /// What may be reached, rule by rule. An entry may be reached when any of them reaches it.
    pub fn scopes(&self) -> impl Iterator<Item = Scope<'_>> {
        self.scopes_for(self.action)
    }

    /// Whether this asker may do this to some resources of the type, for the same purpose.
    #[must_use]
    pub fn allows(&self, resource: ResourceType, action: Action) -> bool {
        self.scopes_for(action).any(|scope| scope.types.contains(resource))
    }

    /// Whether the rules know any such leave for this asker and another purpose: whether a page may offer to ask for it.
    #[must_use]
    pub fn could(&self, purpose: Purpose, action: Action) -> bool {
        self.table.scopes(self.asker.role, purpose, action).is_some_and(|scopes| !scopes.is_empty())
    }

    /// The rule that reaches the most: the one to name where no single entry is concerned.
    #[must_use]
    pub fn rule(&self) -> Option<&Rule> {
        self.scopes().max_by_key(|scope| scope.types.len()).map(|scope| scope.rule)
    }

    /// The rule under which a resource of this type, standing so to the asker, is reached.
    #[must_use]
    pub fn rule_for(&self, relation: Relation, resource: ResourceType) -> Option<&Rule> {
        let reaches = |wanted: Relation| {
            self.scopes()
                .find(|scope| scope.relation == wanted && scope.types.contains(resource))
                .map(|scope| scope.rule)
        };
        reaches(relation).or_else(|| reaches(Relation::Anyone))
    }

    /// Why a resource type is out of reach, for the answer to a request that names it.
    #[must_use]
    pub fn refusal(&self, resource: ResourceType, action: Action) -> Denied {
        let Some(kind) = DataKind::of(resource) else {
            let words = ("nobody may use this type of resource", "ni chaiff neb ddefnyddio'r math hwn o adnodd");
            return Denied::new(words, None);
        };
        let best = |relation: &Relation| {
            let question = Question { relation: *relation, kind, ..self.question(action) };
            granted(&self.table, &question).is_some()
        };
        if Relation::ALL.iter().any(best) {
            return self.refusal_by_scopes(action);
        }
        nearest(&self.table, &Question { kind, ..self.question(action) })
    }

    fn scopes_for(&self, action: Action) -> impl Iterator<Item = Scope<'_>> {
        let scopes = self.table.scopes(self.asker.role, self.purpose, action);
        scopes.into_iter().flat_map(|scopes| scopes.iter()).filter_map(move |scope| self.narrow(scope, action))
    }

    /// What the token's scopes leave of a rule. A connected system without scopes reaches nothing.
    fn narrow<'p>(&self, scope: &'p TableScope, action: Action) -> Option<Scope<'p>> {
        let types = match &self.asker.scopes {
            Some(scopes) => scope.types.intersection(scopes.types(action, scope.relation)),
            None if self.asker.role.is_machine() => TypeSet::EMPTY,
            None => scope.types,
        };
        let TableScope { relation, labels, ref rule, .. } = *scope;
        (!types.is_empty()).then_some(Scope { relation, types, labels, rule })
    }

    fn question(&self, action: Action) -> Question {
        let (relation, kind) = (Relation::Related, DataKind::Clinical);
        Question { role: self.asker.role, purpose: self.purpose, action, relation, kind }
    }

    fn refusal_of_everything(&self) -> Denied {
        let permitted =
            self.table.scopes(self.asker.role, self.purpose, self.action).is_some_and(|scopes| !scopes.is_empty());
        if permitted {
            self.refusal_by_scopes(self.action)
        } else {
            nearest_any(&self.table, &self.question(self.action))
        }
    }

    fn refusal_by_scopes(&self, action: Action) -> Denied {
        let scopes = self.asker.scopes.as_ref().map(|scopes| scopes.as_str());
        let (none, dim) = (scopes.unwrap_or("none"), scopes.unwrap_or("dim"));
        let english = format!("the token's scopes do not let it {} this (scopes: {none})", action.phrase());
        let wanted = action.phrase_in(Language::Welsh);
        let welsh = format!("nid yw cwmpas y tocyn yn caniatáu: {wanted} (cwmpas: {dim})");
        Denied::new((&english, &welsh), None)
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("who", &self.asker.who)
            .field("role", &self.asker.role)
            .field("purpose", &self.purpose)
            .field("action", &self.action)
            .field("request", &self.request.as_str())
            .finish_non_exhaustive()
    }
}

fn granted<'t>(table: &'t Table, question: &Question) -> Option<&'t Arc<Rule>> {
    let anyone = Question { relation: Relation::Anyone, ..*question };
    let grant = table.grant(question).or_else(|| table.grant(&anyone))?;
    table.rule(grant.rule)
}

#[cfg(test)]
mod proofs;
#[cfg(test)]
mod tests;
