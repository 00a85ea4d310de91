//! The text of a document that another system wrote, safe to show.
//!
//! A document may hold anything, so its HTML is never put on our page, and its bytes are never sent as they are: headings and
//! paragraphs are taken out as text and drawn again by us. Kinds that are not text are said to be so. It refuses to follow links.
//! The areas decide who may open which document; this only draws.

use maud::{Markup, Render, html};

/// A document longer than this is not shown on a page.
pub const TEXT_BYTES_MAX: usize = 512 * 1024;

/// The text of a document, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentText {
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

impl DocumentText {
    /// The text of an attachment: its media type, its content in base 64, and the title that stands over it already.
    #[must_use]
    pub fn of(media_type: Option<&str>, base64: Option<&str>, title: &str) -> Self {
        let kind = media_type.unwrap_or("an unknown kind");
        let text = base64.and_then(decoded).filter(|bytes| bytes.len() <= TEXT_BYTES_MAX);
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        let (blocks, not_shown) = match (kind.split(';').next().map(str::trim), text) {
            (Some("text/html" | "application/xhtml+xml"), Some(text)) => (blocks(&text), None),
            (Some(kind), Some(text)) if kind.starts_with("text/") => (paragraphs(&text), None),
            _ => (Vec::new(), Some(kind.to_owned())),
        };
        let is_repeated = |block: &Block| matches!(block, Block::Heading(words) if words == title);
        let blocks = blocks.into_iter().filter(|block| !is_repeated(block)).collect();
        Self { blocks, not_shown }
    }
}

impl Render for DocumentText {
    fn render(&self) -> Markup {
        html! {
            @for run in self.blocks.chunk_by(|a, b| matches!((a, b), (Block::Item(_), Block::Item(_)))) {
                @if matches!(run.first(), Some(Block::Item(_))) {
                    ul class="nhsuk-list nhsuk-list--bullet" { @for block in run { (drawn(block)) } }
                } @else { @for block in run { (drawn(block)) } }
            }
        }
    }
}

fn drawn(block: &Block) -> Markup {
    match block {
        Block::Heading(words) => html! { h2 class="nhsuk-heading-m" { (words) } },
        Block::Paragraph(words) => html! { p { (words) } },
        Block::Item(words) => html! { li { (words) } },
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
        let document = DocumentText::of(Some("application/pdf"), Some("Zm9v"), "Scan");

        assert_eq!((document.not_shown.as_deref(), document.blocks.len()), (Some("application/pdf"), 0));
    }

    #[test]
    fn markup_in_a_document_comes_out_as_words() {
        // <p><img src=x onerror=alert(1)>&lt;script&gt;</p>
        let document = DocumentText::of(
            Some("text/html; charset=utf-8"),
            Some("PHA+PGltZyBzcmM9eCBvbmVycm9yPWFsZXJ0KDEpPiZsdDtzY3JpcHQmZ3Q7PC9wPg=="),
            "",
        );

        assert_eq!(document.render().into_string(), "<p>&lt;script&gt;</p>");
    }
}
