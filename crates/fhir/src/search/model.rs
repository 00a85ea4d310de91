//! The words of search: what a resource says for a search parameter, and what a query asks.
//!
//! `extract` makes [`Entry`]s out of a resource, `parse` makes a [`Query`] out of a request; the store keeps the first
//! and answers the second. Nothing here knows a database. Specification: FHIR R4, section 3.1.1 (search).

use crate::{ResourceId, ResourceType};
use std::borrow::Cow;

/// A search parameter, as its place in the definitions' sorted table. Stable for one set of definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub u16);

/// The nine kinds of R4 search parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// `number`
    Number,
    /// `date`
    Date,
    /// `string`
    String,
    /// `token`
    Token,
    /// `reference`
    Reference,
    /// `composite`
    Composite,
    /// `quantity`
    Quantity,
    /// `uri`
    Uri,
    /// `special`
    Special,
}

/// One value that a resource has for one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// For which parameter.
    pub param: ParamId,
    /// What the resource says.
    pub value: Value<'a>,
}

/// A value as found in a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A coding, code, identifier, contact point or boolean.
    Token(Token<'a>),
    /// A string, as written; the store folds it.
    Text(Cow<'a, str>),
    /// A date, dateTime, instant, Period or Timing, as the milliseconds that it covers.
    Date(Span),
    /// A number with its text's value.
    Number(f64),
    /// A quantity with its unit.
    Quantity(Quantity<'a>),
    /// A reference.
    Reference(Target<'a>),
    /// A uri, canonical or url.
    Uri(Cow<'a, str>),
    /// One combination of component values, in the order of the parameter's components; for `near` degrees north and east.
    Composite(Vec<Value<'a>>),
}

/// A token: system and code, either of which may be missing, and the words that go with it (`:text`).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Token<'a> {
    /// Coding.system, Identifier.system; for `code` elements the system of their required value set where known.
    pub system: Option<Cow<'a, str>>,
    /// The code or identifier value.
    pub code: Option<Cow<'a, str>>,
    /// Coding.display, CodeableConcept.text, Identifier.type.text.
    pub text: Option<Cow<'a, str>>,
    /// Identifier.type codings, for `:of-type`.
    pub of_type: Option<(Cow<'a, str>, Cow<'a, str>)>,
}

/// A span of time, milliseconds since 1970 UTC, from included, until excluded. Open ends are `i64::MIN` and `i64::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond after.
    pub until_ms: i64,
}

/// A quantity as written and, where UCUM allows, in canonical units.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity<'a> {
    /// The number as written.
    pub value: f64,
    /// Quantity.system
    pub system: Option<Cow<'a, str>>,
    /// Quantity.code
    pub code: Option<Cow<'a, str>>,
    /// Quantity.unit
    pub unit: Option<Cow<'a, str>>,
    /// Value and unit after UCUM canonicalisation.
    pub canonical: Option<(f64, String)>,
}

/// What a reference points at.
#[derive(Clone, Debug, PartialEq)]
pub enum Target<'a> {
    /// `Type/id`, or an absolute url under this server's base.
    Local(ResourceType, ResourceId),
    /// Any other url or urn; a canonical keeps its version.
    Url(Cow<'a, str>),
    /// Only an identifier (Reference.identifier), for `:identifier`. Emitted beside the reference where both are there.
    Identifier(Token<'a>),
}

/// A comparison prefix of number, date and quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// equal (default)
    Eq,
    /// not equal
    Ne,
    /// greater than
    Gt,
    /// less than
    Lt,
    /// greater or equal
    Ge,
    /// less or equal
    Le,
    /// starts after
    Sa,
    /// ends before
    Eb,
    /// approximately (10 %)
    Ap,
}

/// A number with its implied precision: `100` stands for 99.5 to 100.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approximate {
    /// The number as written.
    pub value: f64,
    /// Included lower end.
    pub low: f64,
    /// Excluded upper end.
    pub high: f64,
}

/// What a token test says of the system.
#[derive(Clone, Debug, PartialEq)]
pub enum SystemTest {
    /// `code`: any system or none.
    Any,
    /// `|code`: no system.
    None,
    /// `system|code`
    Is(String),
}

/// One alternative (between commas) of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Token equality; `code: None` is `system|`.
    Token {
        /// The system asked for.
        system: SystemTest,
        /// The code asked for.
        code: Option<String>,
    },
    /// `:text` on a token: the words start with or contain this (folded).
    TokenText(String),
    /// `:of-type`
    OfType {
        /// Identifier.type.coding.system
        system: String,
        /// Identifier.type.coding.code
        code: String,
        /// Identifier.value
        value: String,
    },
    /// String: starts with (folded by [`super::fold`]).
    Starts(String),
    /// String `:exact`.
    Exact(String),
    /// String `:contains` (folded).
    Contains(String),
    /// Date comparison.
    Date(Prefix, Span),
    /// Number comparison.
    Number(Prefix, Approximate),
    /// Quantity comparison.
    Quantity {
        /// The comparison.
        prefix: Prefix,
        /// The number as asked.
        number: Approximate,
        /// `None`: any unit. `Some((system, code))`: code may match Quantity.code or Quantity.unit when system is empty.
        unit: Option<(String, String)>,
        /// The number range and unit after UCUM canonicalisation, where the unit has one.
        canonical: Option<(Approximate, String)>,
    },
    /// Reference to a local resource; without a type any type with that id matches.
    Reference {
        /// The type, when said.
        kind: Option<ResourceType>,
        /// The id.
        id: ResourceId,
    },
    /// Reference to a url.
    ReferenceUrl(String),
    /// `:identifier` on a reference.
    ReferenceIdentifier {
        /// The system asked for.
        system: SystemTest,
        /// The value asked for.
        code: Option<String>,
    },
    /// Uri equality.
    Uri(String),
    /// Uri `:below`.
    UriBelow(String),
    /// Uri `:above`.
    UriAbove(String),
    /// Composite: one test a component, all on the same combination.
    Composite(Vec<Test>),
    /// `near`: a position within a distance of a point, over the surface of the earth.
    Near {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// How far at most, kilometres.
        distance_km: f64,
    },
}

/// One condition; a resource must satisfy all conditions of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Any of the tests holds for a value of the parameter.
    Any {
        /// The parameter.
        param: ParamId,
        /// Alternatives.
        tests: Vec<Test>,
    },
    /// `:not`: no value of the parameter satisfies any of the tests (also true when there is no value).
    NoneOf {
        /// The parameter.
        param: ParamId,
        /// Alternatives.
        tests: Vec<Test>,
    },
    /// `:missing`
    Missing {
        /// The parameter.
        param: ParamId,
        /// True: no value; false: some value.
        missing: bool,
    },
    /// `_id`
    Id(Vec<ResourceId>),
    /// `_lastUpdated`, alternatives.
    LastUpdated(Vec<(Prefix, Span)>),
    /// `param:Type.inner`: a target of the reference satisfies all inner conditions. One per target type, joined by `AnyOf`.
    Chain {
        /// The reference parameter.
        param: ParamId,
        /// The type of the target.
        target: ResourceType,
        /// Conditions on the target.
        inner: Vec<Condition>,
    },
    /// `_has:Type:reference:inner`
    Has {
        /// Type of the resource that points here.
        source: ResourceType,
        /// Its reference parameter.
        via: ParamId,
        /// Conditions on the source.
        inner: Vec<Condition>,
    },
    /// One of several conditions (a chain over several target types).
    AnyOf(Vec<Condition>),
    /// `Patient/[id]/Type` compartment search: any of the parameters refers to the compartment's resource.
    Compartment {
        /// The compartment's type, for example Patient.
        kind: ResourceType,
        /// The compartment's id.
        id: ResourceId,
        /// The parameters that put a resource of the searched type in the compartment.
        params: Vec<ParamId>,
    },
}

/// A key of `_sort`.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// By what.
    pub by: SortBy,
    /// Newest, largest, last first.
    pub descending: bool,
}

/// What `_sort` sorts by.
#[derive(Clone, Debug, PartialEq)]
pub enum SortBy {
    /// A search parameter.
    Param(ParamId),
    /// `_id`
    Id,
    /// `_lastUpdated`
    LastUpdated,
}

/// `_include` and `_revinclude`.
#[derive(Clone, Debug, PartialEq)]
pub struct Include {
    /// The type that holds the reference.
    pub source: ResourceType,
    /// The reference parameter; `None` for `*`.
    pub param: Option<ParamId>,
    /// Only targets of this type.
    pub target: Option<ResourceType>,
    /// `:iterate`
    pub iterate: bool,
}

/// `_summary`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Summary {
    /// Whole resources.
    #[default]
    False,
    /// Elements marked as summary.
    True,
    /// id, meta, text, mandatory top-level elements.
    Text,
    /// Without text.
    Data,
    /// Only the count.
    Count,
}

/// `_total`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Total {
    /// The server decides: exact where the bounded count ends.
    #[default]
    Unsaid,
    /// No total.
    None,
    /// An estimate will do.
    Estimate,
    /// Exact.
    Accurate,
}

/// A whole search request, parsed and checked against the definitions.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The type searched.
    pub kind: ResourceType,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// `_sort`, first key first.
    pub sort: Vec<SortKey>,
    /// `_count`, already bounded; `Some(0)` is like `_summary=count`.
    pub count: Option<u32>,
    /// `_summary`
    pub summary: Summary,
    /// `_elements`
    pub elements: Vec<String>,
    /// `_total`
    pub total: Total,
    /// `_include`
    pub includes: Vec<Include>,
    /// `_revinclude`
    pub revincludes: Vec<Include>,
}
