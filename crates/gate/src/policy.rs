//! Reads the policies and checks them.
//!
//! The text comes with the program (`policies/`), or from the operator. Every policy must pass Cedar's strict validation
//! against our schema, and must carry its annotations: `@id`, `@plain` (the rule as a sentence for people), `@because` (the
//! same, to finish "... saw your results because") and `@law`, the last three in Welsh too, as `@plain_cy`, `@because_cy` and
//! `@law_cy`. A policy that could fail while it is evaluated does not load:
//! Cedar skips failing policies, and a skipped `forbid` would let through what it forbids.

use crate::words::Language;
use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

const SCHEMA: &str = include_str!("../../../policies/commonweal.cedarschema");

const BUILT_IN: &[(&str, &str)] = &[
    ("citizen.cedar", include_str!("../../../policies/citizen.cedar")),
    ("proxy.cedar", include_str!("../../../policies/proxy.cedar")),
    ("app.cedar", include_str!("../../../policies/app.cedar")),
    ("gp.cedar", include_str!("../../../policies/gp.cedar")),
    ("emergency.cedar", include_str!("../../../policies/emergency.cedar")),
    ("hospital.cedar", include_str!("../../../policies/hospital.cedar")),
    ("community.cedar", include_str!("../../../policies/community.cedar")),
    ("mental-health.cedar", include_str!("../../../policies/mental-health.cedar")),
    ("pharmacist.cedar", include_str!("../../../policies/pharmacist.cedar")),
    ("social-worker.cedar", include_str!("../../../policies/social-worker.cedar")),
    ("care-home.cedar", include_str!("../../../policies/care-home.cedar")),
    ("paramedic.cedar", include_str!("../../../policies/paramedic.cedar")),
    ("clinician.cedar", include_str!("../../../policies/clinician.cedar")),
    ("receptionist.cedar", include_str!("../../../policies/receptionist.cedar")),
    ("clinical-coder.cedar", include_str!("../../../policies/clinical-coder.cedar")),
    ("privacy-officer.cedar", include_str!("../../../policies/privacy-officer.cedar")),
    ("caldicott-guardian.cedar", include_str!("../../../policies/caldicott-guardian.cedar")),
    ("safety-officer.cedar", include_str!("../../../policies/safety-officer.cedar")),
    ("casework.cedar", include_str!("../../../policies/casework.cedar")),
    ("administrator.cedar", include_str!("../../../policies/administrator.cedar")),
    ("analyst.cedar", include_str!("../../../policies/analyst.cedar")),
    ("researcher.cedar", include_str!("../../../policies/researcher.cedar")),
    ("service-account.cedar", include_str!("../../../policies/service-account.cedar")),
    ("data-use.cedar", include_str!("../../../policies/data-use.cedar")),
];

/// More rules than anyone can oversee; also what fits the decision table.
pub const RULES_MAX: usize = 200;

/// The text of policies, file by file.
#[derive(Clone, Debug)]
pub struct Policies {
    files: Vec<(String, String)>,
}

impl Policies {
    /// The policies that come with the program.
    #[must_use]
    pub fn built_in() -> Policies {
        Policies::from_files(BUILT_IN.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
    }

    /// Policies of the operator's own, as file names and texts; they replace those that come with the program.
    pub fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Policies {
        Policies { files: files.into_iter().collect() }
    }
}

/// Why policies were refused.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The schema that comes with the program is wrong: a mistake of ours.
    #[error("the policy schema is not valid: {0}")]
    Schema(String),
    /// A file is not Cedar.
    #[error("{file} is not a valid policy file: {reason}")]
    Syntax {
        /// The file's name.
        file: String,
        /// What Cedar's parser says.
        reason: String,
    },
    /// A policy lacks an annotation, or it is empty.
    #[error("{file}: the policy {id} needs an annotation @{annotation}(\"...\")")]
    Annotation {
        /// The file's name.
        file: String,
        /// The policy's id, as far as it has one.
        id: String,
        /// The missing annotation.
        annotation: &'static str,
    },
    /// Two policies have the same id.
    #[error("two policies have the id {0}")]
    DuplicateId(String),
    /// Cedar's strict validation found faults.
    #[error("the policies do not fit the schema: {}", .0.join("; "))]
    Invalid(Vec<String>),
    /// There are more rules than the table holds.
    #[error("there are more than {RULES_MAX} policies")]
    TooMany,
    /// A policy failed while it was evaluated.
    #[error("a policy cannot be trusted: {0}")]
    Evaluation(String),
}

/// The id of a rule, as in its `@id` annotation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A rule as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The rule as a sentence.
    pub plain: String,
    /// The rule as the end of a sentence: "... saw your results because" this.
    pub because: String,
    /// The law it rests on.
    pub law: String,
    /// The same three in Welsh.
    pub welsh: Welsh,
}

/// What a rule says in Welsh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welsh {
    /// The rule as a sentence.
    pub plain: String,
    /// The reason, which can stand after a colon.
    pub because: String,
    /// The law it rests on.
    pub law: String,
}

impl Rule {
    /// The rule as a sentence.
    #[must_use]
    pub fn plain_in(&self, language: Language) -> &str {
        match language {
            Language::English => &self.plain,
            Language::Welsh => &self.welsh.plain,
        }
    }

    /// The reason: the end of a sentence in English, a clause of its own in Welsh.
    #[must_use]
    pub fn because_in(&self, language: Language) -> &str {
        match language {
            Language::English => &self.because,
            Language::Welsh => &self.welsh.because,
        }
    }

    /// The law it rests on.
    #[must_use]
    pub fn law_in(&self, language: Language) -> &str {
        match language {
            Language::English => &self.law,
            Language::Welsh => &self.welsh.law,
        }
    }
}

/// Policies that were checked, and the rules they are.
pub(crate) struct Checked {
    pub(crate) policies: Vec<Policy>,
    pub(crate) rules: Vec<Arc<Rule>>,
}

impl Policies {
    pub(crate) fn check(&self) -> Result<Checked, PolicyError> {
        let (schema, _warnings) =
            Schema::from_cedarschema_str(SCHEMA).map_err(|error| PolicyError::Schema(error.to_string()))?;
        let mut by_id: BTreeMap<String, (Policy, Arc<Rule>)> = BTreeMap::new();
        for (file, text) in &self.files {
            for policy in parse_file(file, text)? {
                let rule = rule_of(file, &policy)?;
                let id = rule.id.to_string();
                let named = policy.new_id(PolicyId::new(&id));
                if by_id.insert(id.clone(), (named, Arc::new(rule))).is_some() {
                    return Err(PolicyError::DuplicateId(id));
                }
            }
        }
        if by_id.len() > RULES_MAX {
            return Err(PolicyError::TooMany);
        }
        let (policies, rules): (Vec<Policy>, Vec<Arc<Rule>>) = by_id.into_values().unzip();
        validate(schema, &policies)?;
        Ok(Checked { policies, rules })
    }
}

fn parse_file(file: &str, text: &str) -> Result<Vec<Policy>, PolicyError> {
    let syntax = |reason: String| PolicyError::Syntax { file: file.to_owned(), reason };
    let set = PolicySet::from_str(text).map_err(|errors| syntax(errors.to_string()))?;
    if set.templates().next().is_some() {
        return Err(syntax("templates are not supported".to_owned()));
    }
    Ok(set.policies().cloned().collect())
}

fn rule_of(file: &str, policy: &Policy) -> Result<Rule, PolicyError> {
    let id = policy.annotation("id").unwrap_or("(without @id)");
    let text = |annotation: &'static str| match policy.annotation(annotation).map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(PolicyError::Annotation { file: file.to_owned(), id: id.to_owned(), annotation }),
    };
    let id = RuleId(text("id")?.into());
    let (plain, because, law) = (text("plain")?, text("because")?, text("law")?);
    let welsh = Welsh { plain: text("plain_cy")?, because: text("because_cy")?, law: text("law_cy")? };
    Ok(Rule { id, plain, because, law, welsh })
}

fn validate(schema: Schema, policies: &[Policy]) -> Result<(), PolicyError> {
    let invalid = |reason: String| PolicyError::Invalid(vec![reason]);
    let set = PolicySet::from_policies(policies.iter().cloned()).map_err(|error| invalid(error.to_string()))?;
    let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
    if result.validation_passed() {
        return Ok(());
    }
    Err(PolicyError::Invalid(result.validation_errors().map(ToString::to_string).collect()))
}
