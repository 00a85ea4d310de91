//! Parameters about the answer rather than the resources: `_sort`, `_count`, `_summary`, `_elements`, `_total`, `_include`,
//! `_revinclude`.
//!
//! `_format` and `_pretty` are of the server, which has read them already; here they are passed over. What would have no bound
//! (`_revinclude=*`) is refused.

use super::super::{Include, ParamKind, Query, SortBy, SortKey, Summary, Total};
use super::key::{not_a_target, reference_param, resource_type, split_modifier};
use super::value::{alternatives, shown};
use super::{COUNT_MAX, Refusal, known};
use crate::ResourceType;

/// The names that this module reads.
pub(super) const NAMES: [&str; 9] =
    ["_sort", "_count", "_summary", "_elements", "_total", "_include", "_revinclude", "_format", "_pretty"];

/// Reads a parameter about the answer; `false` when the name is not one.
pub(super) fn take(query: &mut Query, name: &str, value: &str) -> Result<bool, Refusal> {
    let (code, modifier) = split_modifier(name);
    if let (true, Some(modifier), false) = (NAMES.contains(&code), modifier, code.ends_with("include")) {
        return Err(Refusal::not_supported(format!(
            "`{code}` takes no modifier; `:{}` is not supported.",
            shown(modifier)
        )));
    }
    match code {
        "_sort" => query.sort.extend(sort_keys(query.kind, value)?),
        "_count" => query.count = Some(count(value)?),
        "_summary" => query.summary = summary(value)?,
        "_total" => query.total = total(value)?,
        "_elements" => query.elements.extend(elements(value)?),
        "_include" => query.includes.push(include(query.kind, Some(query.kind), modifier, value)?),
        "_revinclude" => query.revincludes.push(include(query.kind, None, modifier, value)?),
        "_format" | "_pretty" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

fn sort_keys(kind: ResourceType, value: &str) -> Result<Vec<SortKey>, Refusal> {
    alternatives("_sort", value)?.map(|key| sort_key(kind, key)).collect()
}

fn sort_key(kind: ResourceType, key: &str) -> Result<SortKey, Refusal> {
    let (name, descending) = key.strip_prefix('-').map_or((key, false), |name| (name, true));
    let by = match name {
        "_id" => SortBy::Id,
        "_lastUpdated" => SortBy::LastUpdated,
        _ => {
            let param = known(kind, name)?;
            if matches!(param.kind, ParamKind::Composite | ParamKind::Special) {
                return Err(Refusal::not_supported(format!("`{name}` has no order, so `_sort` cannot use it.")));
            }
            SortBy::Param(param.id)
        }
    };
    Ok(SortKey { by, descending })
}

fn count(value: &str) -> Result<u32, Refusal> {
    let is_digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits {
        return Err(Refusal::value(format!("`_count` is a whole number from 0, not `{}`.", shown(value))));
    }
    Ok(value.parse().unwrap_or(COUNT_MAX).min(COUNT_MAX))
}

fn summary(value: &str) -> Result<Summary, Refusal> {
    match value {
        "true" => Ok(Summary::True),
        "false" => Ok(Summary::False),
        "text" => Ok(Summary::Text),
        "data" => Ok(Summary::Data),
        "count" => Ok(Summary::Count),
        _ => Err(Refusal::value(format!(
            "`_summary` is `true`, `false`, `text`, `data` or `count`, not `{}`.",
            shown(value)
        ))),
    }
}

fn total(value: &str) -> Result<Total, Refusal> {
    match value {
        "none" => Ok(Total::None),
        "estimate" => Ok(Total::Estimate),
        "accurate" => Ok(Total::Accurate),
        _ => Err(Refusal::value(format!("`_total` is `none`, `estimate` or `accurate`, not `{}`.", shown(value)))),
    }
}

fn elements(value: &str) -> Result<Vec<String>, Refusal> {
    let read = |name: &str| {
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then(|| name.to_owned()).ok_or_else(|| {
            Refusal::value(format!(
                "`_elements` is a list of element names such as `name,birthDate`, not `{}`.",
                shown(name)
            ))
        })
    };
    alternatives("_elements", value)?.map(read).collect()
}

/// `*`, `Type:*`, `Type:parameter`, `Type:parameter:Target`. `own` is the only source that a plain `_include` can have.
fn include(
    kind: ResourceType,
    own: Option<ResourceType>,
    modifier: Option<&str>,
    value: &str,
) -> Result<Include, Refusal> {
    let name = if own.is_some() { "_include" } else { "_revinclude" };
    let iterate = match modifier {
        None => false,
        Some("iterate" | "recurse") => true,
        Some(other) => {
            return Err(Refusal::not_supported(format!(
                "`{name}` has no modifier `:{}`; it takes `:iterate`.",
                shown(other)
            )));
        }
    };
    let mut parts = value.splitn(3, ':');
    let (source, code, target) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let source = match (source, own) {
        ("*", Some(own)) => return Ok(Include { source: own, param: None, target: None, iterate }),
        ("*", None) => {
            return Err(Refusal::not_supported(
                "`_revinclude=*` has no bound. Say which: `_revinclude=Type:parameter`.",
            ));
        }
        _ => resource_type(source)?,
    };
    if own.is_some_and(|own| own != source) && !iterate {
        let sentence = format!(
            "`_include={}` starts from {source}, but the search is for {kind}. Use `_include:iterate` for a further step.",
            shown(value)
        );
        return Err(Refusal::value(sentence));
    }
    let target = target.map(resource_type).transpose()?;
    let Some(code) = code else {
        return Err(Refusal::value(format!(
            "`{name}={}` is incomplete. Write `{name}={source}:parameter`.",
            shown(value)
        )));
    };
    if code == "*" {
        return Ok(Include { source, param: None, target, iterate });
    }
    let param = reference_param(source, code)?;
    if let Some(target) = target.filter(|target| !param.targets.is_empty() && !param.targets.contains(target)) {
        return Err(not_a_target(param, target));
    }
    Ok(Include { source, param: Some(param.id), target, iterate })
}
