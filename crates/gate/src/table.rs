//! The decision table: every question there is, asked of the policies once.
//!
//! A cell is one role, purpose, action, relation and kind. It holds the rule that permits and the labels that the rule lets
//! through; an empty cell is a refusal. Only policies that could decide a question are asked ([`crate::reach`]), which leaves
//! the answer the same and makes the load quick. No question is left out: what is not in the table is refused.

use crate::kinds::{DataKind, TypeSet};
use crate::labels::Label;
use crate::policy::{Checked, PolicyError, Rule};
use crate::reach::Reach;
use crate::refusal::Question;
use crate::words::{Action, Purpose, Relation, Role};
use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, EntityId, EntityTypeName, EntityUid, Policy, PolicySet, Request,
    RestrictedExpression,
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
        let reaches: Vec<(Reach, &Policy)> =
            checked.policies.iter().map(|policy| (Reach::of(policy), policy)).collect();
        let mut cells = Vec::new();
        for role in Role::ALL {
            for purpose in Purpose::ALL {
                for action in Action::ALL {
                    for relation in Relation::ALL {
                        let row = Row { role: *role, purpose: *purpose, action: *action, relation: *relation };
                        words.ask_kinds(row, &reaches, checked, &mut cells)?;
                    }
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

    /// Adds the cells of every kind to the table.
    fn ask_kinds(
        &self,
        row: Row,
        reaches: &[(Reach, &Policy)],
        checked: &Checked,
        cells: &mut Vec<Option<Grant>>,
    ) -> Result<(), PolicyError> {
        let policies = reaches
            .iter()
            .filter(|(reach, _)| reach.fits(row.role, row.action) && reach.fits_context(row.purpose, row.relation))
            .map(|(_, policy)| *policy);
        let fitting: Vec<Policy> = policies.cloned().collect();
        if !fitting.iter().any(|policy| policy.effect() == Effect::Permit) {
            cells.extend(std::iter::repeat_n(None, DataKind::ALL.len()));
            return Ok(());
        }
        let policies =
            PolicySet::from_policies(fitting).map_err(|error| PolicyError::Invalid(vec![error.to_string()]))?;
        let contexts = self.contexts(row.relation, row.purpose)?;
        for kind in &self.kinds {
            let asked = Asked {
                who: self.roles.get(usize::from(row.role.code())),
                what: self.actions.get(usize::from(row.action.code())),
                kind,
            };
            cells.push(self.ask_labels(&asked, &contexts, &policies, checked)?);
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

/// A row of the table: a question without its kind of data.
#[derive(Clone, Copy)]
struct Row {
    role: Role,
    purpose: Purpose,
    action: Action,
    relation: Relation,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;
    use cedar_policy::PrincipalConstraint;

    /// Every answer that Cedar gives to every question with every label, each policy about the role asked each time, as the
    /// table's own cells. A policy that fails stops it, also where another one has decided already.
    fn asked_without_reaches(checked: &Checked) -> Vec<Option<Grant>> {
        let words = CedarWords::new().unwrap();
        let mut cells = Vec::new();
        for role in &words.roles {
            let named = |policy: &&Policy| policy.principal_constraint() == PrincipalConstraint::Eq(role.clone());
            let all = PolicySet::from_policies(checked.policies.iter().filter(named).cloned()).unwrap();
            for purpose in Purpose::ALL {
                for action in &words.actions {
                    for relation in Relation::ALL {
                        let contexts = words.contexts(*relation, *purpose).unwrap();
                        for kind in &words.kinds {
                            let asked = Asked { who: Some(role), what: Some(action), kind };
                            cells.push(cell(&words, &asked, &contexts, (&all, checked)));
                        }
                    }
                }
            }
        }
        cells
    }

    fn cell(
        words: &CedarWords,
        asked: &Asked<'_>,
        contexts: &[(Option<Label>, Context)],
        (policies, checked): (&PolicySet, &Checked),
    ) -> Option<Grant> {
        let ask = |context: &Context| words.ask(asked, context.clone(), policies, checked).unwrap();
        let answers: Vec<(Option<Label>, Option<u8>)> =
            contexts.iter().map(|(label, context)| (*label, ask(context))).collect();
        let rule = answers.iter().find(|(label, _)| label.is_none())?.1?;
        let let_through = answers.iter().filter(|(_, rule)| rule.is_some()).filter_map(|(label, _)| *label);
        Some(Grant { rule, labels: let_through.map(Label::bit).sum() })
    }

    #[test]
    fn no_policy_fails_and_the_table_is_what_cedar_answers_to_every_question() {
        let checked = Policies::built_in().check().unwrap();

        let table = Table::compile(&checked).unwrap();

        assert_eq!(table.cells.len(), 22 * 8 * 9 * 4 * 16);
        assert!(table.cells == asked_without_reaches(&checked));
    }
}
