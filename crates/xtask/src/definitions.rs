//! `cargo xtask definitions PACKAGE.tgz`: the compact tables under `definitions/`, out of the official FHIR R4 package.
//!
//! The package holds 40 MB of JSON; the house needs element types, cardinalities, bindings, codes of required value
//! sets, search parameters and compartments, about 700 kB of sorted text that a person can read and a diff can show.
//! Nothing is edited on the way but the few mistakes of the package that [`type_code`] names. Columns are
//! described at the head of `crates/fhir/src/definitions.rs`, which reads the tables.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

/// Where the core specification keeps its value sets; left out of the tables.
const VALUE_SET: &str = "http://hl7.org/fhir/ValueSet/";
/// Where the core specification keeps its structures; left out of the tables.
const STRUCTURE: &str = "http://hl7.org/fhir/StructureDefinition/";
/// The largest member of the package that we read; the real largest is under 6 MB.
const MEMBER_BYTES_MAX: u64 = 64 << 20;

/// Reads `package` and writes every table into the folder `out`.
pub fn run(package: &Path, out: &Path) -> Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("while making the folder {}", out.display()))?;
    for (name, text) in tables(package)? {
        let path = out.join(name);
        std::fs::write(&path, text).with_context(|| format!("while writing {}", path.display()))?;
    }
    Ok(())
}

/// The tables by file name.
pub fn tables(package: &Path) -> Result<BTreeMap<&'static str, String>> {
    let package = Package::read(package)?;
    let (elements, required) = elements(&package)?;
    Ok(BTreeMap::from([
        ("elements.tsv", elements),
        ("invariants.tsv", invariants(&package)),
        ("search-parameters.tsv", search_parameters(&package)?),
        ("compartments.tsv", compartments(&package)?),
        ("value-sets.tsv", value_sets(&package, &required)?),
    ]))
}

/// The members of the package that matter, by canonical url.
#[derive(Default)]
struct Package {
    structures: BTreeMap<String, Value>,
    parameters: BTreeMap<String, Value>,
    compartments: BTreeMap<String, Value>,
    value_sets: BTreeMap<String, Value>,
    code_systems: BTreeMap<String, Value>,
}

impl Package {
    fn read(path: &Path) -> Result<Package> {
        let file = std::fs::File::open(path).with_context(|| format!("while opening {}", path.display()))?;
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let mut package = Package::default();
        for entry in archive.entries().context("while reading the package")? {
            let entry = entry.context("while reading a member of the package")?;
            let name = entry.path()?.to_string_lossy().into_owned();
            package.take(&name, entry).with_context(|| format!("while reading {name}"))?;
        }
        if package.structures.is_empty() {
            bail!("{} holds no StructureDefinition: it is not a FHIR core package", path.display());
        }
        Ok(package)
    }

    fn take(&mut self, name: &str, entry: impl Read) -> Result<()> {
        let file = name.strip_prefix("package/").unwrap_or(name);
        let shelf = match file.split_once('-').map(|(kind, _)| kind) {
            Some("StructureDefinition") => &mut self.structures,
            Some("SearchParameter") => &mut self.parameters,
            Some("CompartmentDefinition") => &mut self.compartments,
            Some("ValueSet") => &mut self.value_sets,
            Some("CodeSystem") => &mut self.code_systems,
            _ => return Ok(()),
        };
        let mut bytes = Vec::new();
        entry.take(MEMBER_BYTES_MAX).read_to_end(&mut bytes)?;
        let value: Value = serde_json::from_slice(&bytes)?;
        shelf.insert(text(&value, "url").to_owned(), value);
        Ok(())
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn words(value: &Value, key: &str) -> String {
    list(value, key).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

/// One line of a table; tabs and line ends inside a cell become spaces.
fn line(out: &mut String, cells: &[&str]) {
    let clean = |cell: &&str| cell.split_whitespace().collect::<Vec<_>>().join(" ");
    out.push_str(&cells.iter().map(clean).collect::<Vec<_>>().join("\t"));
    out.push('\n');
}

/// The element table, and the value sets that some element requires.
fn elements(package: &Package) -> Result<(String, BTreeSet<String>)> {
    let mut by_type = BTreeMap::new();
    for structure in package.structures.values() {
        let kept = matches!(text(structure, "kind"), "resource" | "complex-type" | "primitive-type");
        if kept && text(structure, "derivation") != "constraint" {
            by_type.insert(text(structure, "type"), structure);
        }
    }
    let mut required = BTreeSet::new();
    let mut out = String::from("# path\tmin\tmax\ttypes\tbinding\tflags\n");
    for (name, structure) in by_type {
        let base = text(structure, "baseDefinition").trim_start_matches(STRUCTURE);
        let kind = text(structure, "kind").trim_end_matches("-type");
        let is_abstract = structure.get("abstract").and_then(Value::as_bool) == Some(true);
        let kind = if is_abstract { "abstract" } else { kind };
        line(&mut out, &[name, "0", "*", base, "", &format!("{kind} {}", category(structure))]);
        if kind == "primitive" {
            continue;
        }
        let snapshot = structure.get("snapshot").map_or(&[][..], |s| list(s, "element"));
        for element in snapshot.iter().skip(1).filter(|e| e.pointer("/base/path") == e.get("path")) {
            element_line(&mut out, element, &mut required)?;
        }
    }
    Ok((out, required))
}

/// Which part of the specification a resource type belongs to: `Clinical.Diagnostics`.
fn category(structure: &Value) -> String {
    let url = "http://hl7.org/fhir/StructureDefinition/structuredefinition-category";
    let found = list(structure, "extension").iter().find(|extension| text(extension, "url") == url);
    found.map_or("", |extension| text(extension, "valueString")).replace("&amp;", "and").replace(' ', "-")
}

fn element_line(out: &mut String, element: &Value, required: &mut BTreeSet<String>) -> Result<()> {
    let path = text(element, "path");
    let min = element.get("min").and_then(Value::as_u64).with_context(|| format!("{path} has no min"))?;
    let mut types: Vec<String> = list(element, "type").iter().map(|t| type_cell(path, t)).collect();
    if let Some(other) = element.get("contentReference").and_then(Value::as_str) {
        types.push(other.to_owned());
    }
    let mut binding = String::new();
    if let Some(bound) = element.get("binding") {
        let url = text(bound, "valueSet").split('|').next().unwrap_or_default();
        if text(bound, "strength") == "required" {
            required.insert(url.to_owned());
        }
        binding = format!("{} {}", text(bound, "strength"), url.trim_start_matches(VALUE_SET));
    }
    let is = |key: &str| element.get(key).and_then(Value::as_bool) == Some(true);
    let flags = [(is("isSummary"), "summary"), (is("isModifier"), "modifier")];
    let flags: Vec<&str> = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    line(out, &[path, &min.to_string(), text(element, "max"), &types.join(" "), &binding, &flags.join(" ")]);
    Ok(())
}

/// A type with the targets of a reference or canonical: `Reference:Patient|Group`.
fn type_cell(path: &str, kind: &Value) -> String {
    let code = type_code(path, text(kind, "code"));
    let targets: Vec<&str> = list(kind, "targetProfile")
        .iter()
        .filter_map(Value::as_str)
        .map(|url| url.trim_start_matches(STRUCTURE))
        .filter(|target| *target != "Resource")
        .collect();
    if targets.is_empty() { code.to_owned() } else { format!("{code}:{}", targets.join("|")) }
}

/// The FHIR type of an element; the package writes the FHIRPath system type for a few.
fn type_code<'a>(path: &str, code: &'a str) -> &'a str {
    match (path, code.strip_prefix("http://hl7.org/fhirpath/System.")) {
        ("Resource.id", _) => "id",
        ("Extension.url", _) => "uri",
        (_, Some(_)) => "string",
        (_, None) => code,
    }
}

/// Every invariant whose breach is an error, under the path that brings it; those inherited stand only there.
fn invariants(package: &Package) -> String {
    let mut rows = BTreeSet::new();
    for structure in package.structures.values().filter(|s| text(s, "derivation") != "constraint") {
        let own = format!("{STRUCTURE}{}", text(structure, "type"));
        let elements = structure.get("snapshot").map_or(&[][..], |s| list(s, "element"));
        for element in elements {
            let constraints = list(element, "constraint").iter().filter(|c| text(c, "severity") == "error");
            for constraint in constraints.filter(|c| ["", own.as_str()].contains(&text(c, "source"))) {
                let cells = ["key", "expression", "human"].map(|key| text(constraint, key));
                rows.insert((text(element, "path"), cells));
            }
        }
    }
    let mut out = String::from("# path\tkey\texpression\tsentence\n");
    for (path, [key, expression, human]) in rows {
        line(&mut out, &[path, key, expression, human]);
    }
    out
}

fn search_parameters(package: &Package) -> Result<String> {
    let by_id: BTreeMap<&str, &Value> = package.parameters.values().map(|p| (text(p, "id"), p)).collect();
    let code_of = |url: &str| package.parameters.get(url).map_or("", |p| text(p, "code")).to_owned();
    let mut out = String::from("# id\tcode\ttype\tbases\ttargets\texpression\tcomponents\tcomparators\tmodifiers\n");
    for (id, parameter) in by_id {
        let components: Vec<String> = list(parameter, "component")
            .iter()
            .map(|c| format!("{}={}", code_of(text(c, "definition")), text(c, "expression")))
            .collect();
        line(
            &mut out,
            &[
                id,
                text(parameter, "code"),
                text(parameter, "type"),
                &words(parameter, "base"),
                &words(parameter, "target"),
                text(parameter, "expression"),
                &components.join(";"),
                &words(parameter, "comparator"),
                &words(parameter, "modifier"),
            ],
        );
    }
    Ok(out)
}

fn compartments(package: &Package) -> Result<String> {
    let mut rows = BTreeSet::new();
    for definition in package.compartments.values() {
        for resource in list(definition, "resource").iter().filter(|r| !list(r, "param").is_empty()) {
            rows.insert((text(definition, "code"), text(resource, "code"), words(resource, "param")));
        }
    }
    let mut out = String::from("# compartment\ttype\tparameters\n");
    for (code, kind, params) in rows {
        line(&mut out, &[code, kind, &params]);
    }
    Ok(out)
}

/// The codes of every required value set that can be listed, one line a system.
fn value_sets(package: &Package, required: &BTreeSet<String>) -> Result<String> {
    let mut out = String::from("# value set\tsystem\tcodes\n");
    for url in required {
        let Some(systems) = expand(package, url) else { continue };
        for (system, codes) in systems {
            if codes.iter().any(|code| code.contains(char::is_whitespace)) {
                bail!("{url} has a code with a space, which the table cannot hold");
            }
            let codes = codes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            line(&mut out, &[url.trim_start_matches(VALUE_SET), &system, &codes]);
        }
    }
    Ok(out)
}

type Codes = BTreeMap<String, BTreeSet<String>>;

/// `None` where the value set needs more than this package to be listed (BCP 13, UCUM, ISO 4217, filters).
fn expand(package: &Package, url: &str) -> Option<Codes> {
    let compose = package.value_sets.get(url)?.get("compose")?;
    if compose.get("exclude").is_some() {
        return None;
    }
    let mut all = Codes::new();
    for include in list(compose, "include") {
        if include.get("filter").is_some() {
            return None;
        }
        for other in list(include, "valueSet").iter().filter_map(Value::as_str) {
            all.extend(expand(package, other.split('|').next()?)?);
        }
        let Some(system) = include.get("system").and_then(Value::as_str) else { continue };
        let codes = all.entry(system.to_owned()).or_default();
        if include.get("concept").is_some() {
            codes.extend(list(include, "concept").iter().map(|c| text(c, "code").to_owned()));
            continue;
        }
        let code_system = package.code_systems.get(system).filter(|c| text(c, "content") == "complete")?;
        gather(list(code_system, "concept"), codes);
    }
    Some(all)
}

fn gather(concepts: &[Value], codes: &mut BTreeSet<String>) {
    for concept in concepts {
        codes.insert(text(concept, "code").to_owned());
        gather(list(concept, "concept"), codes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_in_the_repository_are_those_of_the_official_package() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let package = root.join("../shared/data/fhir-r4/packages/hl7.fhir.r4.core-4.0.1.tgz");
        if !package.exists() {
            println!("skipped: the official package is not at hand");
            return;
        }

        let made = tables(&package).unwrap();

        for (name, text) in made {
            let kept = std::fs::read_to_string(root.join("definitions").join(name)).unwrap();
            assert!(kept == text, "definitions/{name} is stale: run `cargo xtask definitions PACKAGE.tgz`");
        }
    }

    #[test]
    fn a_cell_never_breaks_its_line() {
        let mut out = String::new();

        line(&mut out, &["a\tb", "c\n d"]);

        assert_eq!(out, "a b\tc d\n");
    }
}
