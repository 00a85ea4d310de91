//! Shapes: what JSON may hold in a resource, data type or backbone element, by the names that JSON uses.
//!
//! A shape has all properties, inherited ones too, and one for every type of a choice (`valueQuantity`, `valueString`). Properties
//! of one element share a *slot*, a bit in a mask, so that one pass over the members tells what is missing and what is
//! there twice. Shapes are built once from the element table.

use super::Element;
use std::borrow::Cow;
use std::collections::HashMap;

/// Which shape: its place among the shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapeId(u16);

impl ShapeId {
    /// The place among the shapes.
    pub fn place(self) -> usize {
        usize::from(self.0)
    }
}

/// What JSON may hold in one place.
#[derive(Clone, Debug)]
pub struct Shape {
    /// `Observation`, `Period`, `Observation.component`
    pub name: &'static str,
    /// Which shape it is.
    pub id: ShapeId,
    /// Slots that must be filled.
    pub required: u128,
    /// The properties, sorted by name.
    properties: Vec<Property>,
    /// Where to find a name: its place among the properties, by a hash of the name; a power of two long, half empty.
    index: Vec<u16>,
    /// The element of each slot, as its place in the element table.
    slots: Vec<usize>,
}

/// A name that may stand in JSON.
#[derive(Clone, Debug)]
pub struct Property {
    /// The name: `status`, `valueQuantity`.
    pub name: Cow<'static, str>,
    /// The bit of its element in the shape's masks.
    pub slot: u8,
    /// Whether JSON writes an array.
    pub is_list: bool,
    /// What it holds.
    pub content: Content,
    /// The type code: `Quantity`.
    pub type_code: &'static str,
    /// The place of the element in the element table.
    pub(super) element: usize,
}

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A primitive value.
    Primitive(Primitive),
    /// An object of that shape.
    Shape(ShapeId),
    /// A resource of any type.
    Resource,
}

/// The primitive types of R4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are FHIR's")]
pub enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    Xhtml,
}

impl Primitive {
    /// The primitive type of that FHIR name.
    pub fn parse(code: &str) -> Option<Primitive> {
        Some(match code {
            "base64Binary" => Primitive::Base64Binary,
            "boolean" => Primitive::Boolean,
            "canonical" => Primitive::Canonical,
            "code" => Primitive::Code,
            "date" => Primitive::Date,
            "dateTime" => Primitive::DateTime,
            "decimal" => Primitive::Decimal,
            "id" => Primitive::Id,
            "instant" => Primitive::Instant,
            "integer" => Primitive::Integer,
            "markdown" => Primitive::Markdown,
            "oid" => Primitive::Oid,
            "positiveInt" => Primitive::PositiveInt,
            "string" => Primitive::String,
            "time" => Primitive::Time,
            "unsignedInt" => Primitive::UnsignedInt,
            "uri" => Primitive::Uri,
            "url" => Primitive::Url,
            "uuid" => Primitive::Uuid,
            "xhtml" => Primitive::Xhtml,
            _ => return None,
        })
    }
}

impl Shape {
    /// The property of that name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        let mask = self.index.len().checked_sub(1)?;
        let mut slot = hash(name) & mask;
        loop {
            // An empty slot holds a place that no property has, and ends the search.
            let property = self.properties.get(usize::from(*self.index.get(slot)?))?;
            if property.name == name {
                return Some(property);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Sorts the properties and makes the index.
    fn finish(&mut self) {
        self.properties.sort_by(|one, other| one.name.cmp(&other.name));
        let length = (self.properties.len() * 2 + 1).next_power_of_two();
        self.index = vec![u16::MAX; length];
        for (place, property) in (0u16..).zip(&self.properties) {
            let start = hash(&property.name);
            let mut slots = (start..start + length).map(|slot| slot & (length - 1));
            let free = slots.find(|slot| self.index.get(*slot) == Some(&u16::MAX));
            if let Some(entry) = free.and_then(|slot| self.index.get_mut(slot)) {
                *entry = place;
            }
        }
    }

    /// Every property, sorted by name.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// The place in the element table of the element that has this slot.
    pub(super) fn slot(&self, slot: usize) -> Option<usize> {
        self.slots.get(slot).copied()
    }
}

impl super::Definitions {
    /// The element that has this slot of a shape.
    pub fn element_at(&self, shape: &Shape, slot: usize) -> Option<&Element> {
        shape.slot(slot).and_then(|place| self.elements().get(place))
    }
}

/// Cheap, and good enough to tell the names of one shape apart: length, first, middle and last letter.
fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    let at = |place: usize| bytes.get(place).copied().map_or(0, usize::from);
    let length = bytes.len();
    length.wrapping_mul(7)
        ^ at(0).wrapping_mul(31)
        ^ at(length / 2).wrapping_mul(131)
        ^ at(length.wrapping_sub(1)).wrapping_mul(521)
}

type Names = HashMap<&'static str, ShapeId>;

pub(super) fn build(elements: &[Element]) -> (Vec<Shape>, Names) {
    let children = children(elements);
    let named = elements.iter().filter(|element| children.contains_key(element.path) || is_plain_type(element));
    let ids: Names = named.zip(0..).map(|(element, place)| (element.path, ShapeId(place))).collect();
    let mut order: Vec<(&'static str, ShapeId)> = ids.iter().map(|(name, id)| (*name, *id)).collect();
    order.sort_by_key(|(_, id)| id.0);
    let by_path: HashMap<&'static str, &Element> = elements.iter().map(|element| (element.path, element)).collect();
    let builder = Builder { elements, children, ids, by_path };
    let shapes = order.into_iter().map(|(name, id)| builder.shape(name, id)).collect();
    (shapes, builder.ids)
}

/// A complex type that adds no element of its own, such as `Age`.
fn is_plain_type(element: &Element) -> bool {
    element.is_type() && element.flags != "primitive"
}

/// The places of the elements directly under each path.
fn children(elements: &[Element]) -> HashMap<&'static str, Vec<usize>> {
    let mut children: HashMap<&'static str, Vec<usize>> = HashMap::new();
    for (place, element) in elements.iter().enumerate() {
        if let Some((parent, _)) = element.path.rsplit_once('.') {
            children.entry(parent).or_default().push(place);
        }
    }
    children
}

struct Builder<'a> {
    elements: &'a [Element],
    children: HashMap<&'static str, Vec<usize>>,
    ids: Names,
    by_path: HashMap<&'static str, &'a Element>,
}

impl Builder<'_> {
    fn shape(&self, name: &'static str, id: ShapeId) -> Shape {
        let slots = self.all_children(name);
        let mut shape =
            Shape { name, id, required: 0, properties: Vec::with_capacity(slots.len() + 8), index: Vec::new(), slots };
        for (slot, place) in (0u8..).zip(&shape.slots) {
            let Some(element) = self.elements.get(*place) else { continue };
            if element.min > 0 {
                shape.required |= 1 << slot;
            }
            self.add_properties(element, *place, slot, &mut shape.properties);
        }
        shape.finish();
        shape
    }

    /// Inherited children first.
    fn all_children(&self, name: &'static str) -> Vec<usize> {
        let base = self.by_path.get(name).and_then(|element| element.types.first());
        let mut all = base.map_or_else(Vec::new, |base| self.all_children(base.code));
        all.extend(self.children.get(name).into_iter().flatten());
        all
    }

    fn add_properties(&self, element: &Element, place: usize, slot: u8, out: &mut Vec<Property>) {
        let base = Property {
            name: Cow::Borrowed(element.name()),
            slot,
            is_list: element.is_list,
            content: Content::Resource,
            type_code: "",
            element: place,
        };
        if let Some(id) = element.same_as.and_then(|path| self.ids.get(path)) {
            out.push(Property { content: Content::Shape(*id), ..base });
            return;
        }
        for of in &element.types {
            let name = if element.is_choice() { choice_name(element.name(), of.code) } else { base.name.clone() };
            let content = self.content(element.path, of.code);
            out.push(Property { name, content, type_code: of.code, ..base });
        }
    }

    fn content(&self, path: &'static str, code: &'static str) -> Content {
        if let Some(primitive) = Primitive::parse(code) {
            return Content::Primitive(primitive);
        }
        match self.ids.get(path).or_else(|| self.ids.get(code)) {
            Some(id) if code != "Resource" => Content::Shape(*id),
            _ => Content::Resource,
        }
    }
}

/// `value` as `dateTime` is `valueDateTime`.
fn choice_name(name: &str, code: &str) -> Cow<'static, str> {
    let mut letters = code.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    Cow::Owned(name.chars().chain(first).chain(letters).collect())
}
