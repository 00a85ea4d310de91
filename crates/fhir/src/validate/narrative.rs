//! Narrative: is this XHTML well formed, and is there nothing in it that acts when it is shown (txt-1, txt-2)?
//!
//! Only the elements and attributes that FHIR lists are let through; scripts, forms, event attributes and urls that run
//! code are refused, also behind character references and white space. Nothing is repaired: what passes is shown as it is.

/// Elements nested deeper than this are refused.
const DEPTH_MAX: usize = 64;
const NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Sorted, for the search.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

/// Sorted, for the search.
const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "bgcolor",
    "border",
    "cellhalign",
    "cellpadding",
    "cellspacing",
    "cellvalign",
    "char",
    "charoff",
    "charset",
    "cite",
    "class",
    "colspan",
    "compact",
    "coords",
    "dir",
    "frame",
    "headers",
    "height",
    "href",
    "hreflang",
    "hspace",
    "id",
    "lang",
    "longdesc",
    "name",
    "nowrap",
    "rel",
    "rev",
    "rowspan",
    "rules",
    "scope",
    "shape",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "title",
    "type",
    "valign",
    "value",
    "vspace",
    "width",
    "xml:id",
    "xml:lang",
    "xml:space",
    "xmlns",
];

/// Words that make a style sheet load or run something.
const STYLE_REFUSED: &[&str] =
    &["expression(", "javascript:", "vbscript:", "url(", "@import", "behavior:", "-moz-binding", "\\"];

/// What narrative is safe to show.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Narrative {
    /// It says something.
    Full,
    /// It says nothing (txt-2).
    Empty,
}

/// Whether the text is narrative that may be shown; if not, why.
pub(super) fn check(text: &str) -> Result<Narrative, String> {
    let mut reader = Reader { rest: text.trim_ascii(), open: Vec::with_capacity(8), has_content: false };
    if !reader.rest.starts_with("<div") {
        return Err("it must begin with <div xmlns=\"http://www.w3.org/1999/xhtml\">.".to_owned());
    }
    while !reader.rest.is_empty() {
        reader.step()?;
        if reader.open.is_empty() && !reader.rest.is_empty() {
            return Err("there is text after the closing </div>.".to_owned());
        }
    }
    if let Some(name) = reader.open.last() {
        return Err(format!("<{name}> is not closed."));
    }
    Ok(if reader.has_content { Narrative::Full } else { Narrative::Empty })
}

struct Reader<'t> {
    rest: &'t str,
    open: Vec<&'t str>,
    has_content: bool,
}

impl<'t> Reader<'t> {
    /// Reads the text up to the next tag, or a tag.
    fn step(&mut self) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix("<!--") {
            let (_, rest) = rest.split_once("-->").ok_or("a comment is not closed.")?;
            self.rest = rest;
        } else if let Some(rest) = self.rest.strip_prefix("</") {
            self.close(rest)?;
        } else if let Some(rest) = self.rest.strip_prefix('<') {
            self.open_tag(rest)?;
        } else {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
            check_entities(text)?;
            self.has_content |= !text.trim().is_empty();
            self.rest = rest;
        }
        Ok(())
    }

    fn close(&mut self, rest: &'t str) -> Result<(), String> {
        let (name, rest) = rest.split_once('>').ok_or("a tag is not closed.")?;
        let name = name.trim_ascii_end();
        match self.open.pop() {
            Some(open) if open == name => {
                self.rest = rest;
                Ok(())
            }
            Some(open) => Err(format!("</{}> closes <{open}>.", short(name))),
            None => Err(format!("</{}> closes nothing.", short(name))),
        }
    }

    fn open_tag(&mut self, rest: &'t str) -> Result<(), String> {
        let (name, mut rest) = take_name(rest);
        if name.is_empty() {
            return Err("\"<\" begins no element; write &lt;.".to_owned());
        }
        if ELEMENTS.binary_search(&name).is_err() {
            return Err(format!("the element <{}> is not allowed (txt-1).", short(name)));
        }
        let mut seen: Vec<&str> = Vec::new();
        loop {
            let trimmed = rest.trim_ascii_start();
            if let Some(after) = trimmed.strip_prefix("/>") {
                self.rest = after;
                break;
            }
            if let Some(after) = trimmed.strip_prefix('>') {
                self.rest = after;
                self.open.push(name);
                break;
            }
            if trimmed.len() == rest.len() {
                return Err(format!("the tag <{name} is not well formed."));
            }
            let (attribute, value, after) = attribute(trimmed)?;
            if seen.contains(&attribute) {
                return Err(format!("<{name}> has {attribute} twice."));
            }
            check_attribute(attribute, value)?;
            seen.push(attribute);
            rest = after;
        }
        self.has_content |= name == "img";
        if self.open.len() > DEPTH_MAX {
            return Err(format!("elements are nested more than {DEPTH_MAX} deep."));
        }
        Ok(())
    }
}

/// A name at the beginning, and the rest.
fn take_name(text: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '.');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// `name="value"` and the rest.
fn attribute(text: &str) -> Result<(&str, &str, &str), String> {
    let (name, rest) = take_name(text);
    let broken = || format!("the attribute {} is not written name=\"value\".", short(name));
    let rest = rest.trim_ascii_start().strip_prefix('=').ok_or_else(broken)?.trim_ascii_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(broken)?;
    let (value, rest) = rest.strip_prefix(quote).and_then(|rest| rest.split_once(quote)).ok_or_else(broken)?;
    if value.contains('<') {
        return Err(format!("the attribute {name} holds \"<\"; write &lt;."));
    }
    check_entities(value)?;
    Ok((name, value, rest))
}

fn check_attribute(name: &str, value: &str) -> Result<(), String> {
    if ATTRIBUTES.binary_search(&name).is_err() {
        let why = if name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("on")) {
            "event attribute"
        } else {
            "attribute"
        };
        return Err(format!("the {why} {} is not allowed (txt-1).", short(name)));
    }
    match name {
        "xmlns" if value != NAMESPACE => Err("the namespace is not XHTML's.".to_owned()),
        "href" | "src" | "cite" | "longdesc" => check_url(name, &plain(value)),
        "style" => {
            let style = plain(value);
            match STYLE_REFUSED.iter().find(|word| style.contains(**word)) {
                Some(word) => Err(format!("the style holds {word}, which could load or run something (txt-1).")),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Urls may have no scheme, or one that only shows or opens something.
fn check_url(name: &str, url: &str) -> Result<(), String> {
    let end = url.find([':', '/', '?', '#']);
    let scheme = end.and_then(|end| url.split_at_checked(end)).filter(|(_, rest)| rest.starts_with(':'));
    let is_image = name == "src" && url.starts_with("data:image/") && !url.starts_with("data:image/svg");
    match scheme {
        None | Some(("http" | "https" | "mailto" | "tel" | "urn" | "ftp" | "cid", _)) => Ok(()),
        Some(("data", _)) if is_image => Ok(()),
        Some((scheme, _)) => {
            Err(format!("the {name} has the scheme {}:, which is not allowed (txt-1).", short(scheme)))
        }
    }
}

/// A value as a browser reads it: references resolved, without white space and control characters, in small letters.
fn plain(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut parts = value.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap_or((part, ""));
        out.extend(entity(name));
        out.push_str(rest);
    }
    out.retain(|c| !c.is_whitespace() && !c.is_control());
    out.to_ascii_lowercase()
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "colon" => Some(':'),
        _ => None,
    }
}

/// Every `&` begins a reference that ends with a semicolon.
fn check_entities(text: &str) -> Result<(), String> {
    const NAME_BYTES_MAX: usize = 10;
    for part in text.split('&').skip(1) {
        let name = part.split_once(';').map(|(name, _)| name).unwrap_or_default();
        let is_name = match name.strip_prefix('#') {
            Some(_) => entity(name).is_some(),
            None => name.len() <= NAME_BYTES_MAX && name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        };
        if name.is_empty() || !is_name {
            return Err("\"&\" begins no character; write &amp;.".to_owned());
        }
    }
    Ok(())
}

fn short(name: &str) -> String {
    name.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn div(inner: &str) -> Result<Narrative, String> {
        check(&format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inner}</div>"))
    }

    #[test]
    fn plain_formatting_passes() {
        assert!(ELEMENTS.is_sorted() && ATTRIBUTES.is_sorted());
        for inner in [
            "text",
            "<p>a <b>b</b><br/>c &amp; d &#233; &nbsp;</p>",
            "<table border='1'><tr><td colspan=\"2\" style=\"color: red\">x</td></tr></table>",
            "<a href=\"https://a.example/x?y=1&amp;z=2\">link</a>",
            "<a href=\"#top\" >x</a>",
            "<img src=\"data:image/png;base64,AAAA\" alt=\"x\"/>",
            "<!-- note --> x",
        ] {
            assert_eq!(div(inner), Ok(Narrative::Full), "{inner}");
        }
    }

    #[test]
    fn what_could_act_is_refused() {
        for inner in [
            "<script>alert(1)</script>",
            "<SCRIPT>alert(1)</SCRIPT>",
            "<p onclick=\"x()\">a</p>",
            "<p OnMouseOver='x()'>a</p>",
            "<a href=\"javascript:alert(1)\">a</a>",
            "<a href=\" java&#x73;cript&#58;alert(1)\">a</a>",
            "<a href=\"jav&#9;ascript:alert(1)\">a</a>",
            "<a href=\"javascript&colon;alert(1)\">a</a>",
            "<a href=\"data:text/html,x\">a</a>",
            "<img src=\"data:image/svg+xml,x\"/>",
            "<p style=\"background: url(https://a.example/t.png)\">a</p>",
            "<p style=\"width: expression(alert(1))\">a</p>",
            "<iframe src=\"https://a.example\"/>",
            "<form action=\"/x\">a</form>",
            "<svg onload=\"x()\"/>",
            "<object data=\"x\">a</object>",
            "<style>p{}</style>",
            "<link rel=\"stylesheet\" href=\"x\"/>",
            "<![CDATA[<script>]]>",
            "<?php x ?>",
        ] {
            assert!(div(inner).is_err(), "{inner}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for inner in [
            "<p>a",
            "<b><i>a</b></i>",
            "<br>",
            "<p class=x>a</p>",
            "<p class='a' class='b'>a</p>",
            "a & b",
            "a < b",
            "&;",
            "<p a",
            "</div>",
        ] {
            assert!(div(inner).is_err(), "{inner}");
        }
        assert!(check("<p>a</p>").is_err() && check("").is_err() && check("text").is_err());
        assert!(check("<div xmlns=\"http://www.w3.org/2000/svg\">a</div>").is_err());
        assert!(check("<div>a</div><div>b</div>").is_err());
        assert!(div(&"<b>".repeat(DEPTH_MAX + 1)).is_err());
    }

    #[test]
    fn an_empty_narrative_is_told_apart() {
        assert_eq!(div(""), Ok(Narrative::Empty));
        assert_eq!(div(" <p> </p>"), Ok(Narrative::Empty));
    }
}
