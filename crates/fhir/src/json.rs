//! The tree that a resource is while we hold it: JSON that borrows its text and keeps every number as it was written.
//!
//! `1.00` stays `1.00` and members keep their order, so that the bytes we store are the bytes we were sent.
//! [`parse()`] refuses what a FHIR reader must not guess about: duplicate keys, nesting beyond [`DEPTH_MAX`], trailing data,
//! text that is not UTF-8, and numbers that JSON does not know. Errors say where and what, see [`JsonError`].
//! The tree knows nothing of FHIR; see `validate` for that. Why a tree of our own: docs/decisions/0001-json-tree.md.

mod parse;
mod write;

pub use parse::{BYTES_MAX, DEPTH_MAX, JsonError, Problem, parse};

use std::borrow::Cow;

/// A JSON value; text borrows from the input where it has no escapes.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(Cow<'a, str>),
    /// A string, without escapes.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object; keys are unique and in the order of the input.
    Object(Vec<Member<'a>>),
}

/// A name and its value in an object.
pub type Member<'a> = (Cow<'a, str>, Json<'a>);

impl<'a> Json<'a> {
    /// The value of a member; `None` for a missing member and for anything but an object.
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.members().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The items of an array; any other value is its own single item, and null has none.
    pub fn items(&self) -> &[Json<'a>] {
        match self {
            Json::Array(items) => items,
            Json::Null => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// The members of an object; nothing for other values.
    pub fn members(&self) -> &[Member<'a>] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The text of a number, as written.
    pub fn number(&self) -> Option<&str> {
        match self {
            Json::Number(text) => Some(text),
            _ => None,
        }
    }

    /// The value at the end of a path of member names, taking the first item of every array on the way.
    pub fn at(&self, path: &[&str]) -> Option<&Json<'a>> {
        path.iter().try_fold(self, |value, key| value.items().first()?.get(key))
    }

    /// What kind of value this is, for sentences: `a string`, `an array`.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// Replaces the member `key` in its place, or adds it at the end. A value that is not an object stays as it is.
    pub fn set(&mut self, key: impl Into<Cow<'a, str>>, value: Json<'a>) {
        let Json::Object(members) = self else { return };
        let key = key.into();
        match members.iter_mut().find(|(name, _)| *name == key) {
            Some((_, place)) => *place = value,
            None => members.push((key, value)),
        }
    }

    /// Takes the member `key` out, keeping the order of the others.
    pub fn remove(&mut self, key: &str) -> Option<Json<'a>> {
        let Json::Object(members) = self else { return None };
        let place = members.iter().position(|(name, _)| name == key)?;
        Some(members.remove(place).1)
    }

    /// The member `key` for editing.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json<'a>> {
        let Json::Object(members) = self else { return None };
        members.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The same tree, free of the input that it borrowed from.
    pub fn into_owned(self) -> Json<'static> {
        let own = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        match self {
            Json::Null => Json::Null,
            Json::Bool(value) => Json::Bool(value),
            Json::Number(text) => Json::Number(own(text)),
            Json::Text(text) => Json::Text(own(text)),
            Json::Array(items) => Json::Array(items.into_iter().map(Json::into_owned).collect()),
            Json::Object(members) => {
                Json::Object(members.into_iter().map(|(key, value)| (own(key), value.into_owned())).collect())
            }
        }
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Json::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Json::Text(Cow::Owned(text))
    }
}

impl From<bool> for Json<'_> {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<i64> for Json<'_> {
    fn from(value: i64) -> Self {
        Json::Number(Cow::Owned(value.to_string()))
    }
}

impl<'a> From<Vec<Json<'a>>> for Json<'a> {
    fn from(items: Vec<Json<'a>>) -> Self {
        Json::Array(items)
    }
}

impl<'a, const N: usize> From<[(&'a str, Json<'a>); N]> for Json<'a> {
    /// An object with these members; the caller gives every name once.
    fn from(members: [(&'a str, Json<'a>); N]) -> Self {
        Json::Object(members.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
    }
}

#[cfg(test)]
mod tests;
