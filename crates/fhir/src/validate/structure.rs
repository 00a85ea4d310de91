//! The walk: does every name belong here, is it there as often as it must be, and is it an array where it has to be?
//!
//! Each object is held against its shape. Masks of slots tell missing elements and double choices after one pass over the
//! members. A primitive may have a sibling (`_birthDate`) with id and extensions; siblings of lists must line up with their list.

use super::{Pass, Step, quoted, rules};
use crate::definitions::{Content, Property, Shape};
use crate::json::Json;
use crate::validate::references::Scope;
use crate::{Issue, IssueCode, ResourceType, Severity};

/// Elements whose absence is told but not refused, because official examples do without: the items of
/// `Questionnaire/qs1` have no linkId. No answer can refer to such an item; nothing else is lost.
const TOLERATED_MISSING: &[&str] = &["Questionnaire.item.linkId"];

/// Where a resource stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// At the top, or in an entry of a bundle or a parameter: references look inside this resource.
    Independent,
    /// In `contained`: references look inside the resource that contains it.
    Contained,
}

/// What was seen of a shape's slots.
#[derive(Default)]
struct Seen {
    values: u128,
    siblings: u128,
}

impl<'r> Pass<'r> {
    /// The resource at the top.
    pub(super) fn root(&mut self, json: &'r Json<'r>) {
        if let Some(name) = json.get("resourceType").and_then(Json::text) {
            self.path.push(Step { name, index: None });
        }
        self.resource(json, Role::Independent);
    }

    /// A resource at the present place.
    pub(super) fn resource(&mut self, json: &'r Json<'r>, role: Role) {
        if !matches!(json, Json::Object(_)) {
            let sentence = format!("A resource is a JSON object; this is {}.", json.kind());
            self.tell_structure(sentence);
            return;
        }
        let Some(name) = json.get("resourceType").and_then(Json::text) else {
            self.error_at(
                "resourceType",
                IssueCode::Required,
                "A resource names its type: \"resourceType\" is missing.",
            );
            return;
        };
        let shape = ResourceType::parse(name).and_then(|kind| self.definitions.shape(kind.name()));
        let Some(shape) = shape else {
            self.error(IssueCode::Structure, format!("{} is not a resource type of FHIR R4.", quoted(name)));
            return;
        };
        match role {
            Role::Contained => self.object(json, shape),
            Role::Independent => {
                let outer = std::mem::replace(&mut self.scope, Scope::of(json));
                self.object(json, shape);
                self.check_contained();
                self.scope = outer;
            }
        }
    }

    /// A structure error that has no place when it is about the whole body.
    fn tell_structure(&mut self, sentence: String) {
        let mut issue = Issue::error(IssueCode::Structure, sentence);
        if !self.path.is_empty() {
            issue = issue.at(self.expression(""));
        }
        self.tell(issue);
    }

    /// An object of a shape at the present place.
    fn object(&mut self, json: &'r Json<'r>, shape: &'static Shape) {
        let Json::Object(members) = json else {
            let sentence =
                format!("This must be an object with the elements of {}; it is {}.", shape.name, json.kind());
            self.error(IssueCode::Structure, sentence);
            return;
        };
        if members.is_empty() {
            self.error(IssueCode::Invalid, "An object must not be empty: leave the element out.");
            return;
        }
        let mut seen = Seen::default();
        for (key, value) in members {
            match shape.property(key) {
                Some(property) => {
                    self.notice(shape, property, &mut seen);
                    self.within(key, |pass| pass.value(value, property, json));
                }
                None => self.other_member(json, shape, (key, value), &mut seen),
            }
        }
        self.check_missing(shape, &seen);
        rules::check_invariants(self, shape, json);
        for rule in rules::of(shape) {
            rule(self, json);
        }
    }

    /// Notes a property, and a second type of a choice.
    fn notice(&mut self, shape: &'static Shape, property: &'static Property, seen: &mut Seen) {
        let bit = 1 << property.slot;
        if seen.values & bit != 0 {
            self.double_choice(shape, property);
        }
        seen.values |= bit;
    }

    fn double_choice(&mut self, shape: &'static Shape, property: &'static Property) {
        let Some(element) = self.definitions.element_of(property) else { return };
        let sentence = format!("{}.{}[x] has two values of different types; keep one.", shape.name, element.name());
        self.error_at(&format!("{}[x]", element.name()), IssueCode::Structure, sentence);
    }

    /// A member that is no property: the resource type, a primitive's sibling, or an unknown name.
    fn other_member(
        &mut self,
        json: &'r Json<'r>,
        shape: &'static Shape,
        member: (&'r str, &'r Json<'r>),
        seen: &mut Seen,
    ) {
        let (key, value) = member;
        if key == "resourceType" && ResourceType::parse(shape.name).is_some() {
            return;
        }
        let property = key.strip_prefix('_').and_then(|name| shape.property(name));
        match property.filter(|property| matches!(property.content, Content::Primitive(_))) {
            Some(property) => {
                seen.siblings |= 1 << property.slot;
                self.within(&property.name, |pass| pass.sibling(value, property, json.get(&property.name)));
            }
            None => self.unknown(shape, key),
        }
    }

    fn unknown(&mut self, shape: &'static Shape, key: &str) {
        let mut sentence = format!("{} has no element {}.", shape.name, quoted(key));
        let names = || shape.properties().iter().filter_map(|property| self.definitions.element_of(property));
        if let Some(property) = shape.properties().iter().find(|property| property.name.eq_ignore_ascii_case(key)) {
            sentence.push_str(&format!(" Names are case-sensitive: write \"{}\".", property.name));
        } else if names().any(|element| element.is_choice() && element.name() == key) {
            sentence.push_str(&format!(" Its name in JSON ends with the type, such as \"{key}String\"."));
        }
        self.error_at(key, IssueCode::Structure, sentence);
    }

    fn check_missing(&mut self, shape: &'static Shape, seen: &Seen) {
        let mut missing = shape.required & !(seen.values | seen.siblings);
        while missing != 0 {
            let slot = missing.trailing_zeros();
            missing &= missing - 1;
            let element = usize::try_from(slot).ok().and_then(|slot| self.definitions.element_at(shape, slot));
            let Some(element) = element else { continue };
            let last = element.path.rsplit('.').next().unwrap_or_default();
            let sentence = format!("{}.{last} is missing; every {} needs it.", shape.name, shape.name);
            let mut issue = Issue::error(IssueCode::Required, sentence).at(self.expression(last));
            if TOLERATED_MISSING.contains(&element.path) {
                issue.severity = Severity::Warning;
            }
            self.tell(issue);
        }
    }

    /// The value of a property: one, or an array of them.
    fn value(&mut self, value: &'r Json<'r>, property: &'static Property, owner: &'r Json<'r>) {
        match value {
            Json::Array(items) if property.is_list => {
                if items.is_empty() {
                    self.error(IssueCode::Invalid, "An array must not be empty: leave the element out.");
                }
                for (index, item) in items.iter().enumerate() {
                    self.set_index(Some(index));
                    match item {
                        Json::Null => self.null_item(property, owner, index),
                        item => self.item(item, property),
                    }
                }
            }
            Json::Null => self.error(IssueCode::Invalid, "Null is not a value: leave the element out."),
            Json::Array(_) => self.error(IssueCode::Structure, "There may be only one value here, not an array."),
            _ if property.is_list => {
                let sentence = format!("There may be several of these: write an array, [...], not {}.", value.kind());
                self.error(IssueCode::Structure, sentence);
            }
            item => self.item(item, property),
        }
    }

    fn item(&mut self, item: &'r Json<'r>, property: &'static Property) {
        match property.content {
            Content::Primitive(kind) => self.primitive(item, kind, property),
            Content::Shape(id) => {
                let Some(shape) = self.definitions.shape_of(id) else { return };
                self.object(item, shape);
                self.concept(item, property);
                if property.type_code == "Reference" {
                    self.reference(item, property);
                }
            }
            Content::Resource if property.name == "contained" => self.contained(item),
            Content::Resource => self.resource(item, Role::Independent),
        }
    }

    /// Null in a list of primitives stands for a value that only has a sibling.
    fn null_item(&mut self, property: &'static Property, owner: &'r Json<'r>, index: usize) {
        let sibling = owner.members().iter().find(|(key, _)| key.strip_prefix('_') == Some(&property.name));
        let partner = sibling.and_then(|(_, list)| match list {
            Json::Array(items) => items.get(index),
            _ => None,
        });
        if !matches!(partner, Some(Json::Object(_))) {
            let sentence = "Null in an array stands for a value that has only extensions; this one has none.";
            self.error(IssueCode::Invalid, sentence);
        }
    }

    /// The sibling of a primitive: an Element, or a list of them as long as the list of values.
    fn sibling(&mut self, sibling: &'r Json<'r>, property: &'static Property, values: Option<&'r Json<'r>>) {
        match (sibling, property.is_list) {
            (Json::Array(items), true) => {
                if let Some(Json::Array(values)) = values
                    && values.len() != items.len()
                {
                    let sentence = format!("The list must be as long as that of {}; fill it with null.", property.name);
                    self.error(IssueCode::Invalid, sentence);
                }
                if items.iter().all(|item| *item == Json::Null) {
                    self.error(IssueCode::Invalid, "A list of nothing but null must be left out.");
                }
                for (index, item) in items.iter().enumerate().filter(|(_, item)| **item != Json::Null) {
                    self.set_index(Some(index));
                    self.element(item);
                }
            }
            (Json::Object(_), false) => self.element(sibling),
            (_, true) => self.error(IssueCode::Structure, "This must be an array, one item for each value."),
            (_, false) => self.error(IssueCode::Structure, "This must be an object with an id or extensions."),
        }
    }

    fn element(&mut self, item: &'r Json<'r>) {
        if let Some(shape) = self.definitions.shape("Element") {
            self.object(item, shape);
        }
    }
}
