//! What the tree keeps and what it refuses, as sentences and as properties of random trees.

use super::*;
use proptest::prelude::*;

fn problem(text: &str) -> Problem {
    parse(text.as_bytes()).unwrap_err().problem
}

#[test]
fn numbers_keep_their_text() {
    let text = r#"{"a":1.00,"b":1e3,"c":-0.0,"d":123456789012345678901234567890.10}"#;

    let tree = parse(text.as_bytes()).unwrap();

    assert_eq!(tree.get("a").unwrap().number(), Some("1.00"));
    assert_eq!(tree.get("b").unwrap().number(), Some("1e3"));
    assert_eq!(tree.to_vec(), text.as_bytes());
}

#[test]
fn text_without_escapes_is_borrowed_and_escapes_are_undone() {
    let tree = parse(br#"["plain", "tab\tand \u00e9 \ud83d\ude00"]"#).unwrap();

    let Json::Array(items) = tree else { panic!("an array") };

    assert!(matches!(&items[0], Json::Text(Cow::Borrowed("plain"))));
    assert_eq!(items[1].text(), Some("tab\tand é 😀"));
}

#[test]
fn numbers_that_json_does_not_know_are_refused() {
    for text in ["NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "1e", "-", "0x10", "--1", "1.e3"] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_name_twice_is_refused_even_when_escaped() {
    assert_eq!(problem(r#"{"a":1,"b":2,"a":3}"#), Problem::DuplicateKey("a".into()));
    assert_eq!(problem(r#"{"a":1,"\u0061":3}"#), Problem::DuplicateKey("a".into()));

    let many: Vec<String> = (0..200).map(|n| format!("\"k{n}\":0")).collect();
    assert_eq!(problem(&format!("{{{},\"k7\":1}}", many.join(","))), Problem::DuplicateKey("k7".into()));
    assert!(parse(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
}

#[test]
fn nesting_is_taken_up_to_the_limit_and_refused_beyond() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));

    assert!(parse(nested(DEPTH_MAX).as_bytes()).is_ok());
    assert_eq!(problem(&nested(DEPTH_MAX + 1)), Problem::TooDeep);
    assert_eq!(problem(&"{\"a\":".repeat(1_000_000)), Problem::TooDeep);
}

#[test]
fn what_is_not_plain_json_is_refused() {
    for text in [
        "{} {}",
        "{'a':1}",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\u{1}\"",
        "nul",
        "{a:1}",
        "\"\\x\"",
    ] {
        assert!(matches!(problem(text), Problem::Syntax(_)), "{text}");
    }
    assert_eq!(problem(" \n"), Problem::Empty);
    assert_eq!(parse(b"\xef\xbb\xbf{}").unwrap_err().problem, Problem::ByteOrderMark);
    assert_eq!(parse(b"\xff\xfe{\0}\0").unwrap_err().problem, Problem::ByteOrderMark);
    assert_eq!(parse(b"{\"a\":\"\xc3\x28\"}").unwrap_err().problem, Problem::NotUtf8);
    assert_eq!(parse(b"\"\xed\xa0\x80\"").unwrap_err().problem, Problem::NotUtf8);
}

#[test]
fn an_error_says_where_it_is() {
    let text = "{\"resourceType\":\"Patient\",\n \"name\":[{\"given\":[\"A\",nul]}]}";

    let error = parse(text.as_bytes()).unwrap_err();

    assert_eq!((error.line, error.path.as_str()), (2, "Patient.name[0].given[1]"));
    assert!(error.to_string().ends_with("in Patient.name[0].given[1])"), "{error}");
}

#[test]
fn members_can_be_set_and_removed_in_place() {
    let mut tree = parse(br#"{"a":1,"b":2,"c":3}"#).unwrap();

    tree.set("b", Json::from("two"));
    tree.set("d", Json::from(true));
    tree.remove("a");

    assert_eq!(tree.to_vec(), br#"{"b":"two","c":3,"d":true}"#);
}

#[test]
fn a_path_takes_the_first_item_of_every_array() {
    let tree = parse(br#"{"name":[{"given":["Ann","B"]}]}"#).unwrap();

    assert_eq!(tree.at(&["name", "given"]).map(Json::items).and_then(<[_]>::first).and_then(Json::text), Some("Ann"));
    assert_eq!(tree.at(&["name", "family"]), None);
}

fn trees() -> impl Strategy<Value = Json<'static>> {
    let number = "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?";
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number.prop_map(|text| Json::Number(Cow::Owned(text))),
        any::<String>().prop_map(|text| Json::Text(Cow::Owned(text))),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        let members = prop::collection::btree_map(any::<String>(), inner.clone(), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(Json::Array),
            members.prop_map(|m| Json::Object(m.into_iter().map(|(k, v)| (Cow::Owned(k), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(tree in trees()) {
        let bytes = tree.to_vec();
        let read = parse(&bytes).unwrap();
        prop_assert_eq!(&read, &tree);
        prop_assert_eq!(read.to_vec(), bytes);
    }

    #[test]
    fn no_input_makes_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_damage_to_json_makes_the_parser_panic(tree in trees(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = tree.to_vec();
        let place = cut.index(bytes.len());
        bytes[place] = byte;
        let _ = parse(&bytes);
        let _ = parse(&bytes[..place]);
    }
}
