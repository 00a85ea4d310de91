//! The text of a document, safe to show.
//!
//! A document from another system may hold anything, so its HTML is never put on our page: headings and paragraphs are
//! taken out as text and drawn again by us. Kinds that are not text are said to be so. It refuses to follow links.
//! Next: `pages`.

use super::facts::{self, Fact};
use fhir::json::Json;

/// A document, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Title, date and source.
    pub fact: Fact,
    /// The text, block by block.
    pub blocks: Vec<Block>,
    /// The kind of file, when it is none that can be shown.
    pub not_shown: Option<String>,
}

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// A line of a list.
    Item(String),
}

/// A document longer than this is not shown on a page.
pub const TEXT_BYTES_MAX: usize = 512 * 1024;

impl Document {
    /// The document of a DocumentReference.
    #[must_use]
    pub fn of(tree: &Json<'_>) -> Self {
        let fact = facts::document(tree);
        let kind = facts::text(tree, &["content", "attachment", "contentType"]).unwrap_or("an unknown kind");
        let data = facts::text(tree, &["content", "attachment", "data"]).and_then(decoded);
        let text = data.filter(|bytes| bytes.len() <= TEXT_BYTES_MAX).and_then(|bytes| String::from_utf8(bytes).ok());
        let title = fact.what.clone();
        let (blocks, not_shown) = match (kind.split(';').next().map(str::trim), text) {
            (Some("text/html" | "application/xhtml+xml"), Some(text)) => (blocks(&text), None),
            (Some(kind), Some(text)) if kind.starts_with("text/") => (paragraphs(&text), None),
            _ => (Vec::new(), Some(kind.to_owned())),
        };
        let blocks = blocks.into_iter().filter(|block| *block != Block::Heading(title.clone())).collect();
        Self { fact, blocks, not_shown }
    }

    /// One for tests.
    #[must_use]
    pub fn sample() -> Self {
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
        Self { fact, blocks, not_shown: None }
    }
}

fn paragraphs(text: &str) -> Vec<Block> {
    text.split("\n\n").map(tidy).filter(|text| !text.is_empty()).map(Block::Paragraph).collect()
}

/// The blocks of an HTML page: what stands between tags, cut where a block begins or ends.
fn blocks(html: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let (mut text, mut kind, mut hidden) = (String::new(), Block::Paragraph as fn(String) -> Block, false);
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        if !hidden {
            text.push_str(before);
        }
        let Some((tag, following)) = after.split_once('>') else { break };
        rest = following;
        let name: String =
            tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect::<String>().to_ascii_lowercase();
        match name.as_str() {
            "script" | "style" | "title" => {
                hidden = true;
                push(&mut found, kind, &mut text);
            }
            "/script" | "/style" | "/title" => hidden = false,
            _ => {}
        }
        if is_block(name.trim_start_matches('/')) {
            push(&mut found, kind, &mut text);
            kind = match name.as_str() {
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Block::Heading,
                "li" => Block::Item,
                _ => Block::Paragraph,
            };
        }
    }
    if !hidden {
        text.push_str(rest);
    }
    push(&mut found, kind, &mut text);
    found
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "br"
            | "br/"
            | "div"
            | "li"
            | "ul"
            | "ol"
            | "tr"
            | "td"
            | "th"
            | "table"
            | "body"
            | "html"
            | "section"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "dt"
            | "dd"
    )
}

fn push(found: &mut Vec<Block>, kind: fn(String) -> Block, text: &mut String) {
    let tidied = tidy(&unescaped(text));
    if !tidied.is_empty() {
        found.push(kind(tidied));
    }
    text.clear();
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    // The ampersand last, so that "&amp;lt;" becomes "&lt;" and not "<".
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Base 64 decoded; nothing when it is not base 64.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        word = (word << 6 | u32::from(value)) & 0x00ff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((word >> bits) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_headings_and_paragraphs_and_scripts_vanish() {
        let html = "<html><head><title>T</title><style>p{}</style></head><body><h2>Plan &amp; hope</h2><p>Two\n lines &lt;b&gt;</p>\
                    <script>alert(1)</script><ul><li>One</li></ul></body></html>";

        let found = blocks(html);

        let expected =
            [Block::Heading("Plan & hope".into()), Block::Paragraph("Two lines <b>".into()), Block::Item("One".into())];
        assert_eq!(found, expected);
    }

    #[test]
    fn base64_is_decoded_and_nonsense_is_refused() {
        assert_eq!(decoded("Zm9vYg==").unwrap(), b"foob");
        assert_eq!(decoded("Zm\n9v").unwrap(), b"foo");
        assert!(decoded("Zm9v!").is_none());
    }

    #[test]
    fn a_file_that_is_no_text_is_said_to_be_so() {
        let tree = fhir::json::parse(
            br#"{"description":"Scan","content":[{"attachment":{"contentType":"application/pdf","data":"Zm9v"}}]}"#,
        )
        .unwrap();

        let document = Document::of(&tree);

        assert_eq!((document.not_shown.as_deref(), document.blocks.len()), (Some("application/pdf"), 0));
    }
}
