//! A document as the person reads it: its title, date and source, and its text.
//!
//! What of it can be shown is decided in [`kit::document`]. Next: `pages`.

use super::facts::{self, Fact};
use fhir::json::Json;
use kit::document::DocumentText;

/// A document, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Title, date and source.
    pub fact: Fact,
    /// What stands in it.
    pub text: DocumentText,
}

impl Document {
    /// The document of a DocumentReference.
    #[must_use]
    pub fn of(tree: &Json<'_>) -> Self {
        let fact = facts::document(tree);
        let attachment = |member| facts::text(tree, &["content", "attachment", member]);
        let text = DocumentText::of(attachment("contentType"), attachment("data"), &fact.what);
        Self { fact, text }
    }

    /// One for tests.
    #[must_use]
    pub fn sample() -> Self {
        use kit::document::Block;
        let fact = Fact {
            what: "ReSPECT plan".into(),
            when: "2025-03-02".into(),
            source: "Elm Surgery".into(),
            ..Fact::default()
        };
        let blocks = vec![
            Block::Heading("What matters most to me".into()),
            Block::Paragraph("To be comfortable, and to see my family.".into()),
            Block::Item("Call my daughter".into()),
        ];
        Self { fact, text: DocumentText { blocks, not_shown: None } }
    }
}
