//! IHE's profiles as data: what a StructureDefinition asks of an AuditEvent, and whether one has it.
//!
//! Only what IHE's definitions of the Basic Audit Log Patterns use is understood: cardinalities, patterns, required bindings,
//! slices by value, closed slicing, the type of a reference, one invariant. A profile that uses more stops the test: nothing
//! is passed over. `taken_away` makes the AuditEvents that must be refused.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The invariant by which an agent is also what observed the event.
const IS_OBSERVER: &str = "$this.who = %resource.source.observer";

/// The definitions of a folder, by their canonical addresses.
pub struct Definitions(BTreeMap<String, Value>);

/// What is asked of an element, of its slices, and of what is in it.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    min: u64,
    max: Option<u64>,
    pattern: Option<Value>,
    binding: Option<BTreeSet<(String, String)>>,
    targets: Vec<String>,
    is_observer: bool,
    /// By the value of which elements slices are told apart; `$this` for the element itself.
    told_by: Vec<String>,
    is_closed: bool,
    slices: BTreeMap<String, Rule>,
    children: BTreeMap<String, Rule>,
}

impl Definitions {
    /// The definitions in a folder; none when it is not there.
    pub fn read(folder: &Path) -> Option<Self> {
        let files = std::fs::read_dir(folder).ok()?;
        let read = |path: &Path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
        let definitions = files.map(|file| read(&file.unwrap().path()));
        Some(Self(definitions.filter_map(|one| Some((one["url"].as_str()?.to_owned(), one))).collect()))
    }

    /// A profile with all that it is based on.
    pub fn profile(&self, url: &str) -> Rule {
        let definition = &self.0.get(url).unwrap_or_else(|| none_of(url));
        let base = definition["baseDefinition"].as_str().unwrap();
        let mut rule = if self.0.contains_key(base) { self.profile(base) } else { Rule::default() };
        for element in items(&definition["differential"]["element"]) {
            let mut place = &mut rule;
            for step in element["id"].as_str().unwrap().split('.').skip(1) {
                let (name, slice) = step.split_once(':').map_or((step, None), |(name, slice)| (name, Some(slice)));
                place = place.children.entry(name.to_owned()).or_default();
                if let Some(slice) = slice {
                    place = place.slices.entry(slice.to_owned()).or_default();
                }
            }
            self.refine(place, element);
        }
        rule
    }

    fn refine(&self, rule: &mut Rule, element: &Value) {
        let known = "id path definition comment short mustSupport requirements alias mapping condition min max type \
            patternCode patternCoding patternCodeableConcept patternBoolean patternString binding slicing sliceName \
            constraint";
        for name in element.as_object().unwrap().keys() {
            assert!(known.split(' ').any(|one| one == name), "{}: {name} is not understood", element["id"]);
        }
        rule.min = element["min"].as_u64().unwrap_or(rule.min);
        if let Some(max) = element["max"].as_str() {
            rule.max = max.parse().ok();
        }
        let pattern = element.as_object().unwrap().iter().find(|(name, _)| name.starts_with("pattern"));
        rule.pattern = pattern.map(|(_, value)| value.clone()).or(rule.pattern.take());
        if element["binding"]["strength"] == "required" {
            rule.binding = Some(self.codes(element["binding"]["valueSet"].as_str().unwrap()));
        }
        for kind in items(&element["type"]) {
            rule.targets.extend(items(&kind["targetProfile"]).iter().filter_map(Value::as_str).map(str::to_owned));
        }
        for invariant in items(&element["constraint"]) {
            assert_eq!(invariant["expression"], IS_OBSERVER, "an invariant that is not understood");
            rule.is_observer = true;
        }
        for one in items(&element["slicing"]["discriminator"]) {
            assert_eq!(one["type"], "value", "{}", element["id"]);
            let path = one["path"].as_str().unwrap().to_owned();
            if !rule.told_by.contains(&path) {
                rule.told_by.push(path);
            }
        }
        rule.is_closed |= element["slicing"]["rules"] == "closed";
    }

    /// The codes of a value set, by system.
    fn codes(&self, url: &str) -> BTreeSet<(String, String)> {
        let of = |list: &Value, system: &str| -> Vec<(String, String)> {
            items(list).iter().map(|one| (system.to_owned(), one["code"].as_str().unwrap().to_owned())).collect()
        };
        let set = self.0.get(url).unwrap_or_else(|| none_of(url));
        let mut codes = BTreeSet::new();
        for include in items(&set["compose"]["include"]) {
            let system = include["system"].as_str().unwrap();
            match self.0.get(system).filter(|_| include["concept"].is_null()) {
                Some(whole) => codes.extend(of(&whole["concept"], system)),
                None => codes.extend(of(&include["concept"], system)),
            }
        }
        assert!(!codes.is_empty(), "{url} has no codes here");
        codes
    }
}

fn none_of(url: &str) -> &'static Value {
    assert!(url.is_empty(), "{url} is not among the definitions");
    &Value::Null
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The values of a member, each with its JSON pointer.
fn members<'v>(value: &'v Value, pointer: &str, name: &str) -> Vec<(String, &'v Value)> {
    let here = format!("{pointer}/{name}");
    match value.get(name) {
        None => Vec::new(),
        Some(Value::Array(many)) => {
            many.iter().enumerate().map(|(place, one)| (format!("{here}/{place}"), one)).collect()
        }
        Some(one) => vec![(here, one)],
    }
}

impl Rule {
    /// What an AuditEvent lacks; nothing when it conforms.
    pub fn faults(&self, event: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.of_one(event, ("", event), &mut faults);
        faults
    }

    fn of_all(&self, values: &[(String, &Value)], (at, event): (&str, &Value), faults: &mut Vec<String>) {
        let count = u64::try_from(values.len()).unwrap();
        if count < self.min || self.max.is_some_and(|max| count > max) {
            faults.push(format!("{at}: {count} of {}..{:?}", self.min, self.max));
        }
        for (pointer, value) in values {
            self.of_one(value, (pointer, event), faults);
            if self.is_closed && !self.slices.values().any(|slice| self.is_in(slice, value)) {
                faults.push(format!("{pointer}: in no slice, and there are no others"));
            }
        }
        for (name, slice) in &self.slices {
            let within: Vec<_> = values.iter().filter(|(_, value)| self.is_in(slice, value)).cloned().collect();
            slice.of_all(&within, (&format!("{at}:{name}"), event), faults);
        }
    }

    fn of_one(&self, value: &Value, (at, event): (&str, &Value), faults: &mut Vec<String>) {
        if !self.is_like(value) {
            faults.push(format!("{at}: {value} is not {:?} or of {:?}", self.pattern, self.binding));
        }
        if self.is_observer && value["who"] != event["source"]["observer"] {
            faults.push(format!("{at}: is not what observed the event"));
        }
        let is_to = |url: &String| {
            let kind = url.rsplit('/').next().unwrap();
            value["reference"].as_str().is_some_and(|to| to.rsplit('/').nth(1) == Some(kind))
        };
        if !self.targets.is_empty() && !self.targets.iter().any(is_to) {
            faults.push(format!("{at}: {value} does not refer to {:?}", self.targets));
        }
        for (name, child) in &self.children {
            child.of_all(&members(value, at, name), (&format!("{at}/{name}"), event), faults);
        }
    }

    /// Whether pattern and binding hold.
    fn is_like(&self, value: &Value) -> bool {
        let code = |one: &Value| Some((one["system"].as_str()?.to_owned(), one["code"].as_str()?.to_owned()));
        let has = |codes: &BTreeSet<(String, String)>| {
            let codings = items(&value["coding"]);
            let mut all = codings.iter().chain([value]).filter_map(code);
            all.any(|one| codes.contains(&one))
        };
        self.pattern.as_ref().is_none_or(|pattern| fits(pattern, value)) && self.binding.as_ref().is_none_or(has)
    }

    /// Whether a value belongs to a slice.
    fn is_in(&self, slice: &Rule, value: &Value) -> bool {
        assert!(!self.told_by.is_empty(), "slices that nothing tells apart");
        self.told_by.iter().all(|path| {
            let (rule, told) = if path == "$this" {
                (slice, value)
            } else {
                (slice.children.get(path).unwrap_or_else(|| lacking(path)), &value[path])
            };
            assert!(rule.pattern.is_some() || rule.binding.is_some(), "nothing at {path} tells a slice");
            rule.is_like(told)
        })
    }

    /// An event for each thing that it must have and has, without that; what was taken, and the event.
    pub fn taken_away(&self, event: &Value) -> Vec<(String, Value)> {
        let mut taken = Vec::new();
        self.take_from(event, "", &mut taken, event);
        taken
    }

    fn take_from(&self, value: &Value, at: &str, taken: &mut Vec<(String, Value)>, event: &Value) {
        for (name, child) in &self.children {
            let values = members(value, at, name);
            child.take(&values, (at, name), taken, event);
            for (pointer, one) in &values {
                child.take_from(one, pointer, taken, event);
            }
            for (slice_name, slice) in &child.slices {
                let within: Vec<_> = values.iter().filter(|(_, one)| child.is_in(slice, one)).cloned().collect();
                slice.take(&within, (at, name), taken, event);
                // Without what tells it, a value of a slice that need not be there is only in no slice.
                let mut inside = slice.clone();
                if slice.min == 0 {
                    child.told_by.iter().for_each(|path| drop(inside.children.remove(path)));
                }
                let before = taken.len();
                within.iter().for_each(|(pointer, one)| inside.take_from(one, pointer, taken, event));
                taken.iter_mut().skip(before).for_each(|(what, _)| *what = format!("{slice_name}: {what}"));
            }
        }
    }

    /// Takes these values away, if one of them must be there, and puts another in the place of one that must be as it is.
    fn take(
        &self,
        values: &[(String, &Value)],
        (at, name): (&str, &str),
        taken: &mut Vec<(String, Value)>,
        event: &Value,
    ) {
        if self.min > 0 && !values.is_empty() {
            let mut without = event.clone();
            let parent = without.pointer_mut(at).unwrap().as_object_mut().unwrap();
            let left: Vec<Value> = items(&parent[name])
                .iter()
                .enumerate()
                .filter(|(place, _)| !values.iter().any(|(pointer, _)| *pointer == format!("{at}/{name}/{place}")))
                .map(|(_, one)| one.clone())
                .collect();
            if left.is_empty() {
                parent.remove(name)
            } else {
                parent.insert(name.to_owned(), Value::Array(left))
            };
            taken.push((format!("{at}/{name}"), without));
        }
        if self.pattern.is_some() && (self.min > 0 || self.slices.is_empty()) {
            for (pointer, _) in values {
                let mut other = event.clone();
                *other.pointer_mut(pointer).unwrap() = "something else".into();
                taken.push((format!("another {pointer}"), other));
            }
        }
    }
}

fn lacking(path: &str) -> &'static Rule {
    static NONE: Rule = Rule {
        min: 0,
        max: None,
        pattern: None,
        binding: None,
        targets: Vec::new(),
        is_observer: false,
        told_by: Vec::new(),
        is_closed: false,
        slices: BTreeMap::new(),
        children: BTreeMap::new(),
    };
    assert!(path.is_empty(), "a slice says nothing about {path}");
    &NONE
}

/// Whether all of a pattern is in a value.
fn fits(pattern: &Value, value: &Value) -> bool {
    match pattern {
        Value::Object(wanted) => wanted.iter().all(|(name, wanted)| fits(wanted, &value[name])),
        Value::Array(wanted) => wanted.iter().all(|wanted| items(value).iter().any(|one| fits(wanted, one))),
        one => one == value,
    }
}
