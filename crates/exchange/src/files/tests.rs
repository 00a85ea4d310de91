//! Tests of reading files: every form gives the same resources, and bad ones are named.

use super::*;
use std::io::Write;

fn pieces(path: &std::path::Path) -> Vec<(u64, Result<String, String>)> {
    let mut all = Vec::new();
    read(path, |piece| {
        all.push((piece.line, piece.bytes.map(|bytes| String::from_utf8(bytes).unwrap())));
        true
    })
    .unwrap();
    all
}

#[test]
fn plain_gzip_and_zstandard_give_the_same_lines_with_their_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let text = b"{\"a\":1}\n\n  {\"b\":2}\r\n{\"c\":3}";
    std::fs::write(dir.path().join("x.ndjson"), text).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text).unwrap();
    std::fs::write(dir.path().join("y.ndjson.gz"), gz.finish().unwrap()).unwrap();
    std::fs::write(dir.path().join("z.ndjson.zst"), zstd::encode_all(text.as_slice(), 1).unwrap()).unwrap();

    let sources = find(&[dir.path().to_owned()]).unwrap();

    assert_eq!(sources.len(), 3);
    for source in sources {
        let expected =
            vec![(1, Ok("{\"a\":1}".to_owned())), (3, Ok("{\"b\":2}".to_owned())), (4, Ok("{\"c\":3}".to_owned()))];
        assert_eq!(pieces(&source.path), expected);
    }
}

#[test]
fn a_file_that_breaks_off_tells_so_in_the_place_of_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let packed = zstd::encode_all(b"{\"a\":1}\n{\"b\":2}\n".repeat(9_000).as_slice(), 1).unwrap();
    let path = dir.path().join("cut.ndjson.zst");
    std::fs::write(&path, &packed[..packed.len() - 9]).unwrap();

    let last = pieces(&path).pop().unwrap();

    assert!(last.1.unwrap_err().contains("cannot be read"));
}

#[test]
fn what_cannot_be_imported_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("letter.pdf"), b"%PDF").unwrap();

    assert!(find(&[dir.path().join("none")]).unwrap_err().to_string().contains("none cannot be read"));
    assert!(
        find(&[dir.path().join("letter.pdf")]).unwrap_err().to_string().contains("not a file that can be imported")
    );
    assert!(matches!(find(&[dir.path().to_owned()]), Err(FindError::Nothing)));
}

#[test]
fn references_inside_a_bundle_become_type_and_id() {
    let text = br#"{"resourceType":"Bundle","entry":[
        {"fullUrl":"urn:uuid:0b8a6ef0-07c8-48ca-804d-1e64f6e44b95","resource":{"resourceType":"Patient","active":true}},
        {"fullUrl":"urn:uuid:1ad52ff0-428a-4048-aff8-f7196a2da649","resource":{"resourceType":"Condition","id":"c","subject":{"reference":"urn:uuid:0b8a6ef0-07c8-48ca-804d-1e64f6e44b95"}}},
        {"resource":{"resourceType":"Patient"}}]}"#;

    let found = resources_of(fhir::json::parse(text).unwrap());

    let texts: Vec<_> =
        found.into_iter().map(|one| one.map(|json| String::from_utf8(json.to_vec()).unwrap())).collect();
    assert_eq!(
        texts[0].as_deref().unwrap(),
        r#"{"resourceType":"Patient","id":"0b8a6ef0-07c8-48ca-804d-1e64f6e44b95","active":true}"#
    );
    assert_eq!(
        texts[1].as_deref().unwrap(),
        r#"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/0b8a6ef0-07c8-48ca-804d-1e64f6e44b95"}}"#
    );
    assert!(texts[2].as_ref().unwrap_err().to_string().contains("give it an id"));
}
