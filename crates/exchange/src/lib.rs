//! Machines of this locality: the FHIR R4 REST API at `/fhir`, and the files that a record is filled from.
//!
//! It translates and decides nothing: who asks comes from `trust`, what may be done from `gate`, the answer from `record`. A
//! request becomes one call of the record; an answer is the stored bytes with a frame around them. Every refusal is an
//! OperationOutcome that says what to do.
//!
//! | module | holds |
//! |---|---|
//! | [`rest`] | the API: routes, negotiation, answers, Bundles, the CapabilityStatement |
//! | [`files`] | NDJSON, Bundles and folders as streams of resources |

pub mod files;
pub mod rest;
