//! The left side of a parameter: names with modifiers, chains and `_has`.
//!
//! `subject:Patient.general-practitioner.name:exact` is read from the left, one reference at a time; each step must be a
//! reference parameter of the type before it. A chain that does not name a type goes to every target type that knows the rest.

use super::super::params::Param;
use super::super::{Condition, ParamKind};
use super::{Refusal, any_of, known, value};
use crate::issue::IssueCode;
use crate::{ResourceId, ResourceType};

/// Reads one parameter of a search in a type.
pub(super) fn condition(kind: ResourceType, name: &str, text: &str, depth_left: usize) -> Result<Condition, Refusal> {
    if let Some(rest) = name.strip_prefix("_has:") {
        return has(kind, rest, text, depth_left);
    }
    match name.split_once('.') {
        Some((reference, inner)) => chain(kind, reference, (inner, text), depth_left),
        None => leaf(kind, name, text),
    }
}

/// `Observation:patient:code`: resources of a type whose reference points here.
fn has(kind: ResourceType, rest: &str, text: &str, depth_left: usize) -> Result<Condition, Refusal> {
    let mut parts = rest.splitn(3, ':');
    let (Some(source), Some(via), Some(inner)) = (parts.next(), parts.next(), parts.next()) else {
        let sentence = format!(
            "`_has:{rest}` is incomplete. Write `_has:Type:reference:parameter`, for example `_has:Observation:patient:code`."
        );
        return Err(Refusal::value(sentence));
    };
    let source = resource_type(source)?;
    let via = reference_param(source, via)?;
    if !via.targets.is_empty() && !via.targets.contains(&kind) {
        return Err(Refusal::value(format!(
            "`{source}.{}` never refers to {kind}, so `_has` finds nothing.",
            via.code
        )));
    }
    let inner = condition(source, inner, text, deeper(depth_left)?)?;
    Ok(Condition::Has { source, via: via.id, inner: vec![inner] })
}

/// `subject:Patient` before the dot, the rest after it.
fn chain(kind: ResourceType, reference: &str, rest: (&str, &str), depth_left: usize) -> Result<Condition, Refusal> {
    let depth_left = deeper(depth_left)?;
    let (code, said) = split_modifier(reference);
    let param = reference_param(kind, code)?;
    let step = |target: ResourceType| {
        let inner = condition(target, rest.0, rest.1, depth_left)?;
        Ok(Condition::Chain { param: param.id, target, inner: vec![inner] })
    };
    if let Some(said) = said {
        let target = resource_type(said)?;
        return if param.targets.is_empty() || param.targets.contains(&target) {
            step(target)
        } else {
            Err(not_a_target(param, target))
        };
    }
    let (mut found, mut unknown) = (Vec::new(), None);
    for target in &param.targets {
        match step(*target) {
            Ok(condition) => found.push(condition),
            Err(Refusal::Unknown(issue)) => unknown = Some(Refusal::Unknown(issue)),
            Err(wrong) => return Err(wrong),
        }
    }
    match (found.is_empty(), unknown) {
        (false, _) => Ok(any_of(found)),
        (true, Some(unknown)) => Err(unknown),
        (true, None) => Err(Refusal::value(format!("Say which type `{code}` refers to: `{code}:Type.{}`.", rest.0))),
    }
}

/// A name without a chain.
fn leaf(kind: ResourceType, name: &str, text: &str) -> Result<Condition, Refusal> {
    let (code, modifier) = split_modifier(name);
    match (code, modifier) {
        ("_id", None) => return ids(text),
        ("_lastUpdated", None) => return value::last_updated(text).map(Condition::LastUpdated),
        ("_id" | "_lastUpdated", Some(modifier)) => {
            return Err(Refusal::not_supported(format!("`{code}` takes no modifier; `:{modifier}` is not supported.")));
        }
        _ => {}
    }
    let param = known(kind, code)?;
    match modifier {
        Some("missing") => Ok(Condition::Missing { param: param.id, missing: value::boolean(name, text)? }),
        Some("not") if param.kind == ParamKind::Token => {
            Ok(Condition::NoneOf { param: param.id, tests: value::tests(param, None, text)? })
        }
        modifier => Ok(Condition::Any { param: param.id, tests: value::tests(param, modifier, text)? }),
    }
}

fn ids(text: &str) -> Result<Condition, Refusal> {
    let read = |id: &str| {
        ResourceId::parse(id).map_err(|_| {
            Refusal::value(format!("`_id` is 1 to 64 letters, digits, `-` and `.`; `{}` is not.", value::shown(id)))
        })
    };
    value::alternatives("_id", text)?.map(read).collect::<Result<_, _>>().map(Condition::Id)
}

/// `code:modifier`
pub(super) fn split_modifier(name: &str) -> (&str, Option<&str>) {
    name.split_once(':').map_or((name, None), |(code, modifier)| (code, Some(modifier)))
}

/// The type of that name, or a refusal that names the nearest.
pub(super) fn resource_type(name: &str) -> Result<ResourceType, Refusal> {
    ResourceType::parse(name).ok_or_else(|| {
        let near = super::suggest::nearest(name, ResourceType::all().map(ResourceType::name));
        let hint = near.map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
        Refusal::value(format!("`{}` is not a resource type.{hint}", value::shown(name)))
    })
}

/// The reference parameter of that name.
pub(super) fn reference_param(kind: ResourceType, code: &str) -> Result<&'static Param, Refusal> {
    let param = known(kind, code)?;
    if param.kind == ParamKind::Reference {
        return Ok(param);
    }
    Err(Refusal::value(format!("`{code}` of {kind} is not a reference, so nothing can follow it.")))
}

/// The refusal of a type that the reference never points at.
pub(super) fn not_a_target(param: &Param, target: ResourceType) -> Refusal {
    let names: Vec<&str> = param.targets.iter().map(|target| target.name()).collect();
    Refusal::value(format!("`{}` never refers to {target}; it refers to {}.", param.code, names.join(", ")))
}

fn deeper(depth_left: usize) -> Result<usize, Refusal> {
    depth_left.checked_sub(1).ok_or_else(|| {
        let sentence = format!("A chain may have at most {} steps.", super::CHAIN_DEPTH_MAX);
        Refusal::wrong(IssueCode::TooCostly, sentence)
    })
}
