//! References: their form, whether the type they name is allowed, and that what is said to be contained is.
//!
//! Contained resources have rules of their own (dom-2 to dom-5): not nested, without version or security label, and mentioned
//! by somebody. Whether any other target exists is for the store to say.

use super::structure::Role;
use super::{Pass, quoted};
use crate::IssueCode;
use crate::definitions::{Element, Property};
use crate::json::Json;
use crate::reference::{Reference, ReferenceError};

/// The resource in which `#id` is looked for, and which ids were mentioned.
#[derive(Default)]
pub(super) struct Scope<'r> {
    contained: &'r [Json<'r>],
    mentioned: Vec<&'r str>,
    is_inside: bool,
    /// Places in `contained` that mention the resource that contains them.
    mentions_container: Vec<usize>,
    current: Option<usize>,
}

impl<'r> Scope<'r> {
    /// The scope of a resource that is not contained.
    pub(super) fn of(resource: &'r Json<'r>) -> Self {
        Scope { contained: resource.get("contained").map_or(&[], Json::items), ..Scope::default() }
    }

    fn find(&self, id: &str) -> Option<&'r Json<'r>> {
        self.contained.iter().find(|resource| resource.get("id").and_then(Json::text) == Some(id))
    }
}

impl<'r> Pass<'r> {
    /// Notes a uri that may mention a contained resource.
    pub(super) fn mention(&mut self, text: &'r str) {
        if self.scope.contained.is_empty() {
            return;
        }
        match text.strip_prefix('#') {
            Some("") => self.scope.mentions_container.extend(self.scope.current),
            Some(id) => self.scope.mentioned.push(id),
            None => {}
        }
    }

    /// A Reference at the present place.
    pub(super) fn reference(&mut self, value: &'r Json<'r>, property: &'static Property) {
        let Some(text) = value.get("reference").and_then(Json::text) else { return };
        let mut kind = None;
        match Reference::parse(text) {
            Err(ReferenceError::Blank) => {
                let sentence = format!("{} is not a reference: {}.", quoted(text), ReferenceError::Blank);
                self.error_at("reference", IssueCode::Value, sentence);
            }
            // Official UK examples name resources by file names and canonicals: told, not refused.
            Err(why) => self.warn(IssueCode::Value, format!("{} will not be found: {why}.", quoted(text))),
            Ok(Reference::Contained("")) => {
                self.mention(text);
                if !self.scope.is_inside {
                    self.error(
                        IssueCode::Invariant,
                        "ref-1: \"#\" is for contained resources; this one is not contained.",
                    );
                }
            }
            Ok(Reference::Contained(id)) => {
                self.mention(text);
                match self.scope.find(id) {
                    Some(target) => kind = target.get("resourceType").and_then(Json::text),
                    None => {
                        let sentence = format!("ref-1: there is no contained resource with the id {}.", quoted(id));
                        self.error(IssueCode::Invariant, sentence);
                    }
                }
            }
            Ok(other) => kind = other.kind().map(|kind| kind.name()),
        }
        self.check_target(kind.or_else(|| value.get("type").and_then(Json::text)), property);
    }

    fn check_target(&mut self, kind: Option<&str>, property: &'static Property) {
        let Some(kind) = kind else { return };
        let Some(element) = self.definitions.element_of(property) else { return };
        let Some(allowed) = element.types.iter().find(|of| of.code == "Reference") else { return };
        let mut targets = allowed.targets().peekable();
        if targets.peek().is_none() || targets.any(|target| target == kind) {
            return;
        }
        let names = allowed.targets().collect::<Vec<_>>().join(", ");
        let sentence = format!("A reference to {} is not allowed here; allowed: {names}.", quoted(kind));
        if allowed.targets().any(|target| self.is_near(kind, target)) {
            self.warn(IssueCode::Structure, sentence);
        } else {
            self.error(IssueCode::Structure, sentence);
        }
    }

    /// Whether a type is so near to an allowed one that even official examples take it: the definition of a thing for the
    /// thing, or another clinical statement of the same part of the specification (a Procedure where a Condition is due).
    fn is_near(&self, kind: &str, allowed: &str) -> bool {
        let category = |name| self.definitions.element(name).and_then(Element::category);
        let is_clinical = |category: &str| category.starts_with("Clinical.");
        kind.strip_suffix("Definition") == Some(allowed)
            || category(kind).is_some_and(|own| is_clinical(own) && category(allowed) == Some(own))
    }

    /// A resource in `contained`, at the present place.
    pub(super) fn contained(&mut self, resource: &'r Json<'r>) {
        let place = self.path.last().and_then(|step| step.index);
        let outer = (self.scope.is_inside, self.scope.current);
        (self.scope.is_inside, self.scope.current) = (true, place.or(outer.1));
        self.resource(resource, Role::Contained);
        (self.scope.is_inside, self.scope.current) = outer;
        if resource.get("contained").is_some() {
            self.error_at("contained", IssueCode::Invariant, "dom-2: a contained resource contains no others.");
        }
        let meta = resource.get("meta");
        for name in ["versionId", "lastUpdated"] {
            if meta.and_then(|meta| meta.get(name)).is_some() {
                let sentence = format!("dom-4: a contained resource has no meta.{name} of its own.");
                self.error_at(&format!("meta.{name}"), IssueCode::Invariant, sentence);
            }
        }
        if meta.and_then(|meta| meta.get("security")).is_some() {
            let sentence = "dom-5: a contained resource has no security label of its own.";
            self.error_at("meta.security", IssueCode::Invariant, sentence);
        }
    }

    /// After the walk: every contained resource has an id of its own and is mentioned (dom-3).
    pub(super) fn check_contained(&mut self) {
        let scope = std::mem::take(&mut self.scope);
        let id_of = |resource: &'r Json<'r>| resource.get("id").and_then(Json::text);
        for (place, resource) in scope.contained.iter().enumerate() {
            let Some(id) = id_of(resource) else {
                self.contained_error(place, IssueCode::Required, "A contained resource needs an id to be referred to.");
                continue;
            };
            if scope.contained.iter().take(place).any(|other| id_of(other) == Some(id)) {
                let sentence = format!("Two contained resources have the id {}.", quoted(id));
                self.contained_error(place, IssueCode::Invariant, &sentence);
            }
            if !scope.mentioned.contains(&id) && !scope.mentions_container.contains(&place) {
                let sentence = format!("dom-3: nothing refers to the contained resource {}.", quoted(id));
                self.contained_error(place, IssueCode::Invariant, &sentence);
            }
        }
        self.scope = scope;
    }

    fn contained_error(&mut self, place: usize, code: IssueCode, sentence: &str) {
        self.error_at(&format!("contained[{place}]"), code, sentence);
    }
}
