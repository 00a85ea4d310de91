//! Finding the members of an object and the items of an array in JSON bytes, without building a tree.
//!
//! It is for bytes that the record gave out and that are known to be JSON; of anything else it finds nothing or too little, but
//! it neither fails nor looks past the end. Whitespace between tokens is allowed.

/// The members of an object: name and value as they stand, the name without its quotes.
pub(super) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = inside(object, b'{');
    std::iter::from_fn(move || {
        let (name, after) = value(rest)?;
        let (found, after) = value(trimmed(after).strip_prefix(b":")?)?;
        rest = next(after);
        Some((name.strip_prefix(b"\"")?.strip_suffix(b"\"")?, found))
    })
}

/// The items of an array; any other value is its own only item.
pub(super) fn items(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let array = trimmed(array);
    let (mut rest, mut single) = if is_array(array) { (inside(array, b'['), None) } else { (&[][..], Some(array)) };
    std::iter::from_fn(move || {
        if let Some(single) = single.take() {
            return Some(single);
        }
        let (item, after) = value(rest)?;
        rest = next(after);
        Some(item)
    })
}

/// Whether the value is an array.
pub(super) fn is_array(value: &[u8]) -> bool {
    trimmed(value).starts_with(b"[")
}

/// Whether the value is an object.
pub(super) fn is_object(value: &[u8]) -> bool {
    trimmed(value).starts_with(b"{")
}

/// What stands after the opening bracket.
fn inside(value: &[u8], open: u8) -> &[u8] {
    match trimmed(value).split_first() {
        Some((first, rest)) if *first == open => rest,
        _ => &[],
    }
}

/// What stands after a comma; nothing at the end.
fn next(rest: &[u8]) -> &[u8] {
    trimmed(rest).strip_prefix(b",").unwrap_or_default()
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

/// The first value and what stands after it.
fn value(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let bytes = trimmed(bytes);
    let length = match bytes.first()? {
        b'"' => string_length(bytes)?,
        b'{' | b'[' => nested_length(bytes)?,
        b'}' | b']' | b',' | b':' => return None,
        _ => bytes
            .iter()
            .position(|byte| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace())
            .unwrap_or(bytes.len()),
    };
    bytes.split_at_checked(length)
}

/// The length of a string with both quotes.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let end = bytes.iter().skip(1).position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    end.map(|end| end + 2)
}

/// The length of an object or array with its brackets.
fn nested_length(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0_usize, 0_usize);
    while let Some(rest) = bytes.get(at..) {
        match rest.first()? {
            b'"' => at += string_length(rest)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{items, members};

    #[test]
    fn members_and_items_are_found_whatever_stands_in_them() {
        let object = br#" { "a" : "}\"," , "b":[1,{"c":[]},"x]"], "d":-1.50e3,"e":null}"#;

        let found: Vec<(&str, &str)> = members(object)
            .map(|(name, value)| (std::str::from_utf8(name).unwrap(), std::str::from_utf8(value).unwrap()))
            .collect();
        assert_eq!(found, [("a", r#""}\",""#), ("b", r#"[1,{"c":[]},"x]"]"#), ("d", "-1.50e3"), ("e", "null")]);
        assert_eq!(items(br#"[1, {"c":[]} ,"x]"]"#).collect::<Vec<_>>(), [&b"1"[..], br#"{"c":[]}"#, br#""x]""#]);
        assert_eq!(items(b"{}").collect::<Vec<_>>(), [b"{}"]);
    }

    #[test]
    fn what_is_no_json_ends_early() {
        for broken in [&b"{"[..], b"{\"a", b"{\"a\":", b"{\"a\":[", b"[1", b"", b"}}", b"{,}"] {
            members(broken).for_each(drop);
            items(broken).for_each(drop);
        }
    }
}
