//! Every good example with one fault put in, by the definitions: whatever the type, the fault is found at its place.

use super::corpora::{faults, json_files};
use super::*;
use crate::definitions::{Content, Primitive, Property, Shape};

/// Larger examples take most of the time and have no other elements than small ones.
const EXAMPLE_BYTES_MAX: usize = 24 << 10;

/// A fault: the damaged resource, and the code and place that must be told.
struct Fault {
    tree: Json<'static>,
    code: IssueCode,
    place: String,
}

/// A good resource with its shape.
struct Example<'a> {
    tree: &'a Json<'static>,
    shape: &'static Shape,
    faults: Vec<Fault>,
}

impl Example<'_> {
    fn put(&mut self, key: &str, value: Json<'static>, code: IssueCode, place: &str) {
        let mut tree = self.tree.clone();
        tree.set(key.to_owned(), value);
        self.expect(tree, code, place);
    }

    fn expect(&mut self, tree: Json<'static>, code: IssueCode, place: &str) {
        self.faults.push(Fault { tree, code, place: format!("{}.{place}", self.shape.name) });
    }

    fn all(mut self) -> Vec<Fault> {
        self.put("colour", "red".into(), IssueCode::Structure, "colour");
        let extension = |more: &'static str| json::parse(more.as_bytes()).unwrap();
        let both = r#"[{"url":"http://a.example","valueCode":"a","extension":[{"url":"b","valueCode":"b"}]}]"#;
        if self.shape.property("extension").is_some() {
            self.put("extension", extension(both), IssueCode::Invariant, "extension[0]");
            self.put("extension", extension(r#"[{"valueCode":"a"}]"#), IssueCode::Required, "extension[0].url");
        }
        for (key, value) in self.tree.members() {
            if let Some(property) = self.shape.property(key) {
                self.cardinality(property, value);
                self.content(property, value);
            }
        }
        self.faults
    }

    fn cardinality(&mut self, property: &'static Property, value: &Json<'static>) {
        let key: &str = &property.name;
        let element = definitions().element_of(property).unwrap();
        let name = if element.is_choice() { format!("{}[x]", element.name()) } else { key.to_owned() };
        if element.min > 0 {
            let mut tree = self.tree.clone();
            tree.remove(key);
            tree.remove(&format!("_{key}"));
            self.expect(tree, IssueCode::Required, &name);
        }
        if property.is_list {
            self.put(key, value.items()[0].clone(), IssueCode::Structure, key);
            self.put(key, Json::Array(Vec::new()), IssueCode::Invalid, key);
        } else {
            self.put(key, Json::Array(vec![value.clone()]), IssueCode::Structure, key);
            self.put(key, Json::Null, IssueCode::Invalid, key);
        }
        let mut tree = self.tree.clone();
        let value = tree.remove(key).unwrap();
        let (first, rest) = key.split_at_checked(1).unwrap();
        let capital = format!("{}{rest}", first.to_uppercase());
        tree.set(capital.clone(), value);
        self.expect(tree, IssueCode::Structure, &capital);
        let other =
            self.shape.properties().iter().find(|other| other.slot == property.slot && other.name != property.name);
        if let Some(other) = other {
            self.put(&other.name, Json::Array(Vec::new()), IssueCode::Structure, &name);
        }
    }

    fn content(&mut self, property: &'static Property, value: &Json<'static>) {
        let place = if property.is_list { format!("{}[0]", property.name) } else { property.name.to_string() };
        let mut damage = |with: Json<'static>, code, child: &str| {
            let with = if property.is_list { Json::Array(vec![with]) } else { with };
            self.put(&property.name, with, code, &format!("{place}{child}"));
        };
        let first = value.items().first().cloned().unwrap_or(Json::Null);
        match property.content {
            Content::Primitive(kind) => {
                for (with, code) in bad_values(kind, &first) {
                    damage(with, code, "");
                }
                let binding = definitions().element_of(property).unwrap().binding;
                if kind == Primitive::Code && binding.is_some_and(|of| definitions().codes_of(&of).is_some()) {
                    damage("no-such-code".into(), IssueCode::CodeInvalid, "");
                }
            }
            Content::Shape(_) => {
                damage(Json::Object(Vec::new()), IssueCode::Invalid, "");
                damage("text".into(), IssueCode::Structure, "");
                let mut child = first.clone();
                child.set("bogusChild", true.into());
                damage(child, IssueCode::Structure, ".bogusChild");
                match property.type_code {
                    "Reference" => damage(reference("#nowhere"), IssueCode::Invariant, ""),
                    "Period" => damage(period("2020-05-03", "2020-05-02"), IssueCode::Invariant, ""),
                    "Narrative" => {
                        for inner in ["<script>x()</script>", "<p onclick=\"x()\">a</p>"] {
                            damage(narrative(inner), IssueCode::Invalid, ".div");
                        }
                    }
                    _ => {}
                }
                let targets: Vec<&str> = target_types(property);
                if property.type_code == "Reference"
                    && targets.iter().all(|of| ["Patient", "Organization"].contains(of))
                    && !targets.is_empty()
                {
                    damage(reference("Slot/1"), IssueCode::Structure, "");
                }
            }
            Content::Resource => {}
        }
    }
}

fn target_types(property: &'static Property) -> Vec<&'static str> {
    let element = definitions().element_of(property).unwrap();
    element.types.iter().filter(|of| of.code == "Reference").flat_map(|of| of.targets()).collect()
}

fn reference(text: &'static str) -> Json<'static> {
    Json::from([("reference", text.into())])
}

fn period(start: &'static str, end: &'static str) -> Json<'static> {
    Json::from([("start", start.into()), ("end", end.into())])
}

fn narrative(inner: &str) -> Json<'static> {
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inner}</div>");
    Json::from([("status", "generated".into()), ("div", div.into())])
}

fn bad_values(kind: Primitive, good: &Json<'static>) -> Vec<(Json<'static>, IssueCode)> {
    let value = |texts: &[&'static str]| texts.iter().map(|text| (Json::from(*text), IssueCode::Value)).collect();
    match kind {
        Primitive::Boolean => vec![("true".into(), IssueCode::Invalid), (1.into(), IssueCode::Invalid)],
        Primitive::Decimal => vec![("1".into(), IssueCode::Invalid), (true.into(), IssueCode::Invalid)],
        Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt => {
            let text = good.number().unwrap_or("1").to_owned();
            vec![(text.into(), IssueCode::Invalid), (Json::Number("1.5".into()), IssueCode::Value)]
        }
        Primitive::Date | Primitive::DateTime => value(&["2020-01-01T10:00", "2020-02-30", "01/02/2020", ""]),
        Primitive::Instant => value(&["2020-01-01", "2020-01-01T10:00:00"]),
        Primitive::Id => value(&["a b", "a_b", ""]),
        Primitive::Uri | Primitive::Url | Primitive::Canonical => value(&["http://a b", ""]),
        Primitive::Xhtml => Vec::new(),
        _ => vec![("".into(), IssueCode::Value), (true.into(), IssueCode::Invalid)],
    }
}

#[test]
fn one_fault_in_any_example_is_found_at_its_place() {
    let Some(folder) = shared("fhir-r4/examples") else { return };
    let (mut count, mut wrong) = (0, Vec::new());

    for file in json_files(&folder) {
        let bytes = std::fs::read(&file).unwrap();
        if bytes.len() > EXAMPLE_BYTES_MAX {
            continue;
        }
        let tree = json::parse(&bytes).unwrap().into_owned();
        let shape = definitions().shape(tree.get("resourceType").and_then(Json::text).unwrap()).unwrap();
        for fault in (Example { tree: &tree, shape, faults: Vec::new() }).all() {
            count += 1;
            let issues = faults(&fault.tree.to_vec());
            let is_told = |issue: &Issue| issue.code == fault.code && issue.expression.as_deref() == Some(&fault.place);
            if !issues.iter().any(is_told) {
                wrong.push(format!("{:?}: {} at {}: {issues:?}", file.file_name(), fault.code, fault.place));
            }
        }
    }

    println!("{count} faults");
    assert!(wrong.is_empty(), "{} of {count} are not found:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}
