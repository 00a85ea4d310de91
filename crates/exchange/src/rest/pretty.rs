//! `_pretty`: the same JSON with a line for each member.
//!
//! Bytes go in and out; text and numbers stay as they are.

const INDENT: &[u8] = b"  ";

/// The bytes laid out for people.
pub(super) fn pretty(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    let (mut depth, mut in_text, mut is_escaped, mut is_empty) = (0_usize, false, false, false);
    for byte in bytes {
        if in_text {
            out.push(*byte);
            in_text = *byte != b'"' || is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !is_empty {
                    line(&mut out, depth);
                }
                is_empty = false;
                out.push(*byte);
                continue;
            }
            byte if byte.is_ascii_whitespace() => continue,
            _ => {}
        }
        if is_empty {
            line(&mut out, depth);
            is_empty = false;
        }
        out.push(*byte);
        match byte {
            b'{' | b'[' => {
                depth += 1;
                is_empty = true;
            }
            b',' => line(&mut out, depth),
            b':' => out.push(b' '),
            b'"' => in_text = true,
            _ => {}
        }
    }
    out.push(b'\n');
    out
}

fn line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    (0..depth).for_each(|_| out.extend_from_slice(INDENT));
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn each_member_has_its_line_and_text_stays() {
        let laid_out = pretty(br#"{"a":[],"b":{"c":"x,{\"y\":"},"d":[1,2]}"#);

        let expected =
            "{\n  \"a\": [],\n  \"b\": {\n    \"c\": \"x,{\\\"y\\\":\"\n  },\n  \"d\": [\n    1,\n    2\n  ]\n}\n";
        assert_eq!(String::from_utf8(laid_out).unwrap(), expected);
    }
}
