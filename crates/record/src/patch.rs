//! JSON Patch (RFC 6902) on a resource's tree.
//!
//! Our own because a patch must keep the text of every decimal it does not touch (1.00 stays 1.00), which the libraries over
//! general JSON values do not. All operations are done or none: the caller keeps the old tree until the patch has succeeded.

use fhir::json::Json;
use std::borrow::Cow;

/// Most operations of one patch; more is a mistake or an attack.
pub const OPERATIONS_MAX: usize = 1_000;

/// Why a patch cannot be applied.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch itself is not one.
    #[error("operation {place} of the patch is not right: {what}")]
    Malformed {
        /// Counted from 1.
        place: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The target has no such place.
    #[error("operation {place} of the patch: the path {path} {what}")]
    NoSuchPlace {
        /// Counted from 1.
        place: usize,
        /// The path.
        path: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A `test` did not hold.
    #[error("operation {place} of the patch: the value at {path} is not the one expected")]
    TestFailed {
        /// Counted from 1.
        place: usize,
        /// The path.
        path: String,
    },
}

/// Applies `patch` (an array of operations) to `target`.
///
/// # Errors
/// The first operation that is malformed or does not fit; `target` may then be half changed and must be thrown away.
pub fn apply(target: &mut Json<'static>, patch: &Json<'_>) -> Result<(), PatchError> {
    let Json::Array(operations) = patch else {
        return Err(PatchError::Malformed { place: 0, what: "a patch is an array of operations" });
    };
    if operations.len() > OPERATIONS_MAX {
        return Err(PatchError::Malformed { place: OPERATIONS_MAX, what: "too many operations" });
    }
    for (index, operation) in operations.iter().enumerate() {
        Step { place: index + 1, operation }.apply(target)?;
    }
    Ok(())
}

/// One operation with its place in the patch.
struct Step<'a> {
    place: usize,
    operation: &'a Json<'a>,
}

impl Step<'_> {
    fn apply(&self, target: &mut Json<'static>) -> Result<(), PatchError> {
        let path = self.pointer("path")?;
        match self.operation.get("op").and_then(Json::text) {
            Some("add") => self.add(target, &path, self.value()?),
            Some("remove") => self.remove(target, &path).map(drop),
            Some("replace") => {
                let value = self.value()?;
                *self.find(target, &path)? = value;
                Ok(())
            }
            Some("move") => {
                let from = self.pointer("from")?;
                if path.len() > from.len() && path.starts_with(&from) {
                    return Err(self.malformed("a value cannot be moved into itself"));
                }
                let value = self.remove(target, &from)?;
                self.add(target, &path, value)
            }
            Some("copy") => {
                let value = self.find(target, &self.pointer("from")?)?.clone();
                self.add(target, &path, value)
            }
            Some("test") => {
                let value = self.value()?;
                let found = self.find(target, &path)?;
                if same(found, &value) {
                    Ok(())
                } else {
                    Err(PatchError::TestFailed { place: self.place, path: join(&path) })
                }
            }
            _ => Err(self.malformed("`op` must be add, remove, replace, move, copy or test")),
        }
    }

    fn malformed(&self, what: &'static str) -> PatchError {
        PatchError::Malformed { place: self.place, what }
    }

    fn no_place(&self, path: &[String], what: &'static str) -> PatchError {
        PatchError::NoSuchPlace { place: self.place, path: join(path), what }
    }

    fn value(&self) -> Result<Json<'static>, PatchError> {
        self.operation
            .get("value")
            .map(|value| value.clone().into_owned())
            .ok_or_else(|| self.malformed("`value` is missing"))
    }

    /// A JSON Pointer (RFC 6901) as its unescaped parts.
    fn pointer(&self, member: &str) -> Result<Vec<String>, PatchError> {
        let text = self.operation.get(member).and_then(Json::text);
        let text = text.ok_or_else(|| self.malformed("`path` (or `from`) must be a text"))?;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let parts = text.strip_prefix('/').ok_or_else(|| self.malformed("a path begins with /"))?;
        parts
            .split('/')
            .map(|part| {
                let tilde_ok = part.split('~').skip(1).all(|rest| rest.starts_with('0') || rest.starts_with('1'));
                if tilde_ok {
                    Ok(part.replace("~1", "/").replace("~0", "~"))
                } else {
                    Err(self.malformed("~ in a path stands before 0 or 1"))
                }
            })
            .collect()
    }

    fn find<'t>(&self, target: &'t mut Json<'static>, path: &[String]) -> Result<&'t mut Json<'static>, PatchError> {
        let mut here = target;
        for part in path {
            let next = match here {
                Json::Object(members) => members.iter_mut().find(|(key, _)| key == part).map(|(_, value)| value),
                Json::Array(items) => index(part).and_then(|index| items.get_mut(index)),
                _ => None,
            };
            here = next.ok_or_else(|| self.no_place(path, "does not exist"))?;
        }
        Ok(here)
    }

    fn add(&self, target: &mut Json<'static>, path: &[String], value: Json<'static>) -> Result<(), PatchError> {
        let Some((last, parents)) = path.split_last() else {
            *target = value;
            return Ok(());
        };
        match self.find(target, parents)? {
            Json::Object(members) => {
                match members.iter_mut().find(|(key, _)| key == last) {
                    Some((_, place)) => *place = value,
                    None => members.push((Cow::Owned(last.clone()), value)),
                }
                Ok(())
            }
            Json::Array(items) => {
                let at = if last == "-" { Some(items.len()) } else { index(last) };
                match at.filter(|at| *at <= items.len()) {
                    Some(at) => items.insert(at, value),
                    None => return Err(self.no_place(path, "is outside the list")),
                }
                Ok(())
            }
            _ => Err(self.no_place(path, "is not inside an object or a list")),
        }
    }

    fn remove(&self, target: &mut Json<'static>, path: &[String]) -> Result<Json<'static>, PatchError> {
        let Some((last, parents)) = path.split_last() else {
            return Ok(std::mem::replace(target, Json::Null));
        };
        let removed = match self.find(target, parents)? {
            Json::Object(members) => members.iter().position(|(key, _)| key == last).map(|at| members.remove(at).1),
            Json::Array(items) => index(last).filter(|at| *at < items.len()).map(|at| items.remove(at)),
            _ => None,
        };
        removed.ok_or_else(|| self.no_place(path, "does not exist"))
    }
}

/// A list index: digits without leading zeros.
fn index(part: &str) -> Option<usize> {
    let plain = part == "0" || (!part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { part.parse().ok() } else { None }
}

fn join(path: &[String]) -> String {
    path.iter().map(|part| format!("/{part}")).collect()
}

/// Equality of JSON values: numbers by value, objects without regard to order.
fn same(left: &Json<'_>, right: &Json<'_>) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => {
            left == right
                || left.parse::<f64>().ok().zip(right.parse::<f64>().ok()).is_some_and(|(left, right)| left == right)
        }
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.iter().any(|(other, found)| key == other && same(value, found)))
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(document: &str, patch: &str) -> Result<String, PatchError> {
        let mut tree = fhir::json::parse(document.as_bytes()).unwrap().into_owned();
        let patch = fhir::json::parse(patch.as_bytes()).unwrap();
        apply(&mut tree, &patch)?;
        Ok(String::from_utf8(tree.to_vec()).unwrap())
    }

    #[test]
    fn a_patch_keeps_the_text_of_decimals_it_does_not_touch() {
        let after = patched(r#"{"a":1.00,"b":2}"#, r#"[{"op":"replace","path":"/b","value":3.10}]"#);

        assert_eq!(after.as_deref(), Ok(r#"{"a":1.00,"b":3.10}"#));
    }

    #[test]
    fn every_case_of_the_public_json_patch_suite_comes_out_as_it_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tests/patch/rfc6902/tests.json");
        let Ok(bytes) = std::fs::read(path) else {
            println!("skipped: the JSON Patch suite is not here");
            return;
        };
        let suite: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        for case in suite.as_array().unwrap() {
            if case.get("disabled").is_some() || case.get("doc").is_none() || case.get("patch").is_none() {
                continue;
            }
            let outcome = patched(&case["doc"].to_string(), &case["patch"].to_string());
            match case.get("expected") {
                Some(expected) => {
                    let found: serde_json::Value = serde_json::from_str(&outcome.unwrap()).unwrap();
                    assert_eq!(&found, expected, "{case}");
                }
                None if case.get("error").is_some() => assert!(outcome.is_err(), "{case}"),
                None => assert!(outcome.is_ok(), "{case}"),
            }
        }
    }
}
