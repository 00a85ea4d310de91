//! The decision table: every question there is, asked of the policies once.
//!
//! A cell is one role, purpose, action, relation and kind. It holds the rule that permits and the labels that the rule lets
//! through; an empty cell is a refusal. Only policies whose head names the role and the action are asked, which leaves the
//! answer the same and makes the load quick. No question is left out: what is not in the table is refused.

use crate::kinds::{DataKind, TypeSet};
use crate::labels::Label;
use crate::policy::{Checked, PolicyError, Rule};
use crate::refusal::Question;
use crate::words::{Action, Purpose, Relation, Role};
use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Effect, Entities, EntityId, EntityTypeName, EntityUid, Policy,
    PolicySet, PrincipalConstraint, Request, RestrictedExpression,
};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

/// What one cell of the table permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The number of the rule.
    pub(crate) rule: u8,
    /// Labels that are let through.
    pub(crate) labels: u32,
}

/// What one rule lets through for one role, purpose and action.
#[derive(Clone, Debug)]
pub(crate) struct TableScope {
    pub(crate) relation: Relation,
    pub(crate) types: TypeSet,
    pub(crate) labels: u32,
    pub(crate) rule: Arc<Rule>,
}

/// Every decision.
pub(crate) struct Table {
    rules: Vec<Arc<Rule>>,
    cells: Vec<Option<Grant>>,
    scopes: Vec<Arc<[TableScope]>>,
}

impl Table {
    /// Asks the policies everything.
    pub(crate) fn compile(checked: &Checked) -> Result<Table, PolicyError> {
        let words = CedarWords::new()?;
        let mut cells = Vec::new();
        for role in Role::ALL {
            let by_action = words.applicable(*role, &checked.policies)?;
            for purpose in Purpose::ALL {
                for (action, policies) in Action::ALL.iter().zip(&by_action) {
                    words.ask_kinds((*role, *purpose, *action), policies.as_ref(), checked, &mut cells)?;
                }
            }
        }
        let mut table = Table { rules: checked.rules.clone(), cells, scopes: Vec::new() };
        table.scopes = Role::ALL
            .iter()
            .flat_map(|role| Purpose::ALL.iter().map(move |purpose| (*role, *purpose)))
            .flat_map(|(role, purpose)| Action::ALL.iter().map(move |action| (role, purpose, *action)))
            .map(|(role, purpose, action)| table.collect_scopes(role, purpose, action).into())
            .collect();
        Ok(table)
    }

    /// What a cell permits.
    pub(crate) fn grant(&self, cell: &Question) -> Option<Grant> {
        let row = row(cell.role, cell.purpose, cell.action) * Relation::ALL.len() + usize::from(cell.relation.code());
        self.cells.get(row * DataKind::ALL.len() + usize::from(cell.kind.code())).copied().flatten()
    }

    /// What a role may reach for a purpose and action.
    pub(crate) fn scopes(&self, role: Role, purpose: Purpose, action: Action) -> Option<&Arc<[TableScope]>> {
        self.scopes.get(row(role, purpose, action))
    }

    /// The rule with this number.
    pub(crate) fn rule(&self, number: u8) -> Option<&Arc<Rule>> {
        self.rules.get(usize::from(number))
    }

    /// All rules, by id.
    pub(crate) fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    fn collect_scopes(&self, role: Role, purpose: Purpose, action: Action) -> Vec<TableScope> {
        let mut found: BTreeMap<(Relation, u8, u32), TypeSet> = BTreeMap::new();
        for relation in Relation::ALL {
            for kind in DataKind::ALL {
                let cell = Question { role, purpose, action, relation: *relation, kind: *kind };
                let Some(grant) = self.grant(&cell) else { continue };
                let types = found.entry((*relation, grant.rule, grant.labels)).or_default();
                *types = types.union(kind.types());
            }
        }
        let scope = |((relation, rule, labels), types)| {
            Some(TableScope { relation, types, labels, rule: Arc::clone(self.rule(rule)?) })
        };
        found.into_iter().filter_map(scope).collect()
    }
}

fn row(role: Role, purpose: Purpose, action: Action) -> usize {
    let (role, purpose, action) = (usize::from(role.code()), usize::from(purpose.code()), usize::from(action.code()));
    (role * Purpose::ALL.len() + purpose) * Action::ALL.len() + action
}

/// Our words as Cedar's entities, made once.
struct CedarWords {
    roles: Vec<EntityUid>,
    actions: Vec<EntityUid>,
    kinds: Vec<EntityUid>,
    purposes: Vec<EntityUid>,
    relations: Vec<EntityUid>,
    labels: Vec<(Option<Label>, EntityUid)>,
    authorizer: Authorizer,
    entities: Entities,
}

impl CedarWords {
    fn new() -> Result<CedarWords, PolicyError> {
        let mut labels = vec![(None, entity("Label", "Normal")?)];
        for label in Label::ALL {
            labels.push((Some(*label), entity("Label", label.name())?));
        }
        Ok(CedarWords {
            roles: entities("Role", Role::ALL.iter().map(|word| word.name()))?,
            actions: entities("Action", Action::ALL.iter().map(|word| word.name()))?,
            kinds: entities("DataKind", DataKind::ALL.iter().map(|word| word.name()))?,
            purposes: entities("Purpose", Purpose::ALL.iter().map(|word| word.name()))?,
            relations: entities("Relation", Relation::ALL.iter().map(|word| word.name()))?,
            labels,
            authorizer: Authorizer::new(),
            entities: Entities::empty(),
        })
    }

    /// For each action, the policies whose head fits the role and the action; none where no `permit` is among them.
    fn applicable(&self, role: Role, policies: &[Policy]) -> Result<Vec<Option<PolicySet>>, PolicyError> {
        let of_role: Vec<&Policy> = policies.iter().filter(|policy| self.fits_role(policy, role)).collect();
        let mut by_action = Vec::with_capacity(Action::ALL.len());
        for action in Action::ALL {
            let fitting: Vec<Policy> = of_role
                .iter()
                .filter(|policy| self.fits_action(policy, *action))
                .map(|policy| (*policy).clone())
                .collect();
            let permits = fitting.iter().any(|policy| policy.effect() == Effect::Permit);
            let set =
                PolicySet::from_policies(fitting).map_err(|error| PolicyError::Invalid(vec![error.to_string()]))?;
            by_action.push(permits.then_some(set));
        }
        Ok(by_action)
    }

    fn fits_role(&self, policy: &Policy, role: Role) -> bool {
        match policy.principal_constraint() {
            PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) => {
                self.roles.get(usize::from(role.code())) == Some(&uid)
            }
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) | PrincipalConstraint::IsIn(..) => true,
        }
    }

    fn fits_action(&self, policy: &Policy, action: Action) -> bool {
        let Some(uid) = self.actions.get(usize::from(action.code())) else { return true };
        match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(only) => only == *uid,
            ActionConstraint::In(list) => list.contains(uid) || list.iter().any(|one| !self.actions.contains(one)),
        }
    }

    /// Adds the cells of every relation and kind to the table.
    fn ask_kinds(
        &self,
        (role, purpose, action): (Role, Purpose, Action),
        policies: Option<&PolicySet>,
        checked: &Checked,
        cells: &mut Vec<Option<Grant>>,
    ) -> Result<(), PolicyError> {
        let Some(policies) = policies else {
            cells.extend(std::iter::repeat_n(None, Relation::ALL.len() * DataKind::ALL.len()));
            return Ok(());
        };
        for relation in Relation::ALL {
            let contexts = self.contexts(*relation, purpose)?;
            for kind in &self.kinds {
                let asked = Asked {
                    who: self.roles.get(usize::from(role.code())),
                    what: self.actions.get(usize::from(action.code())),
                    kind,
                };
                cells.push(self.ask_labels(&asked, &contexts, policies, checked)?);
            }
        }
        Ok(())
    }

    /// One cell: the unlabelled question decides; each label is then asked, and can only be let through or not.
    fn ask_labels(
        &self,
        asked: &Asked<'_>,
        contexts: &[(Option<Label>, Context)],
        policies: &PolicySet,
        checked: &Checked,
    ) -> Result<Option<Grant>, PolicyError> {
        let mut grant: Option<Grant> = None;
        for (label, context) in contexts {
            let rule = self.ask(asked, context.clone(), policies, checked)?;
            match (label, rule, &mut grant) {
                (None, Some(rule), none) => *none = Some(Grant { rule, labels: 0 }),
                (None, None, _) => return Ok(None),
                (Some(label), Some(_), Some(grant)) => grant.labels |= label.bit(),
                (Some(_), _, _) => {}
            }
        }
        Ok(grant)
    }

    /// One question; the answer is the number of the first rule that permits.
    fn ask(
        &self,
        asked: &Asked<'_>,
        context: Context,
        policies: &PolicySet,
        checked: &Checked,
    ) -> Result<Option<u8>, PolicyError> {
        let (Some(who), Some(what)) = (asked.who, asked.what) else { return Ok(None) };
        let request = Request::new(who.clone(), what.clone(), asked.kind.clone(), context, None)
            .map_err(|error| PolicyError::Invalid(vec![error.to_string()]))?;
        let response = self.authorizer.is_authorized(&request, policies, &self.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(PolicyError::Evaluation(error.to_string()));
        }
        if response.decision() == Decision::Deny {
            return Ok(None);
        }
        let determining: Vec<&str> = response.diagnostics().reason().map(AsRef::as_ref).collect();
        let number = checked.rules.iter().position(|rule| determining.contains(&rule.id.as_str()));
        Ok(number.and_then(|number| u8::try_from(number).ok()))
    }

    fn contexts(&self, relation: Relation, purpose: Purpose) -> Result<Vec<(Option<Label>, Context)>, PolicyError> {
        let relation = self.relations.get(usize::from(relation.code()));
        let purpose = self.purposes.get(usize::from(purpose.code()));
        let mut contexts = Vec::with_capacity(self.labels.len());
        for (label, label_uid) in &self.labels {
            let words = [("relation", relation), ("purpose", purpose), ("label", Some(label_uid))];
            let pairs = words
                .into_iter()
                .filter_map(|(name, uid)| Some((name.to_owned(), RestrictedExpression::new_entity_uid(uid?.clone()))));
            let context = Context::from_pairs(pairs).map_err(|error| PolicyError::Schema(error.to_string()))?;
            contexts.push((*label, context));
        }
        Ok(contexts)
    }
}

/// Who asks to do what with which kind of data.
struct Asked<'a> {
    who: Option<&'a EntityUid>,
    what: Option<&'a EntityUid>,
    kind: &'a EntityUid,
}

fn entities<'a>(type_name: &str, names: impl Iterator<Item = &'a str>) -> Result<Vec<EntityUid>, PolicyError> {
    names.map(|name| entity(type_name, name)).collect()
}

fn entity(type_name: &str, name: &str) -> Result<EntityUid, PolicyError> {
    let full = format!("Commonweal::{type_name}");
    let type_name = EntityTypeName::from_str(&full).map_err(|error| PolicyError::Schema(error.to_string()))?;
    Ok(EntityUid::from_type_name_and_id(type_name, EntityId::new(name)))
}
