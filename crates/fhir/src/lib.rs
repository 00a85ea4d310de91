//! FHIR R4 and UK Core as data: the words that every other room uses. No I/O, no clock, and no input makes it panic.
//!
//! | module | idea |
//! |---|---|
//! | [`json`] | the tree a resource is, which keeps numbers' text and members' order |
//! | [`mod@definitions`] | what R4 says of elements, value sets, search parameters, compartments |
//! | [`mod@validate`] | base validation: one pass over a tree, findings as issues |
//! | [`issue`] | findings, and the OperationOutcome that tells them |
//! | [`search`] | the path compiler: what a resource says for a search parameter, what a query asks |
//! | [`date`] | dates and times with precision and zone |
//! | [`mod@reference`], [`canonical`] | what points elsewhere |
//! | [`resource_type`], [`resource_id`], [`nhs_number`], [`ods_code`] | names and numbers that are right when they exist |

pub mod canonical;
pub mod date;
pub mod definitions;
pub mod issue;
pub mod json;
pub mod nhs_number;
pub mod ods_code;
pub mod reference;
pub mod resource_id;
pub mod resource_type;
pub mod search;
pub mod validate;

pub use canonical::Canonical;
pub use date::FhirDateTime;
pub use definitions::{Definitions, definitions};
pub use issue::{Issue, IssueCode, Severity, outcome};
pub use json::Json;
pub use nhs_number::NhsNumber;
pub use ods_code::OdsCode;
pub use reference::Reference;
pub use resource_id::ResourceId;
pub use resource_type::ResourceType;
pub use validate::validate;
