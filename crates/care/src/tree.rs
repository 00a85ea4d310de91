//! Words out of FHIR trees: what a concept, a quantity, a name, an address or a date says to a reader.
//!
//! It takes what is there and never guesses: where an element is missing the answer is `None` or empty, and the page says so. Which
//! entries are shown, and in what order, is decided in `summary`.

use fhir::date::FhirDateTime;
use fhir::json::Json;

/// What a codeable concept says: its text, else the display of a coding, else a code.
#[must_use]
pub fn concept(value: Option<&Json<'_>>) -> Option<String> {
    let value = value?.items().first()?;
    let from_coding = |key: &str| value.get("coding")?.items().iter().find_map(|coding| text(coding, key));
    text(value, "text").or_else(|| from_coding("display")).or_else(|| from_coding("code"))
}

/// Whether a concept has one of these codes, whatever the system.
#[must_use]
pub fn has_code(value: Option<&Json<'_>>, codes: &[&str]) -> bool {
    let concepts = value.map(Json::items).unwrap_or_default();
    let codings = concepts.iter().filter_map(|concept| concept.get("coding")).flat_map(Json::items);
    codings.filter_map(|coding| coding.get("code")?.text()).any(|code| codes.contains(&code))
}

/// A text member.
#[must_use]
pub fn text(value: &Json<'_>, key: &str) -> Option<String> {
    value.get(key).and_then(Json::text).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A text member somewhere below, through the first item of lists.
#[must_use]
pub fn text_at(value: &Json<'_>, path: &[&str]) -> Option<String> {
    value.at(path).and_then(Json::text).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether a code member is one of these.
#[must_use]
pub fn is(value: &Json<'_>, key: &str, codes: &[&str]) -> bool {
    value.get(key).and_then(Json::text).is_some_and(|code| codes.contains(&code))
}

/// Number and unit of a quantity, as recorded: "53 mmol/mol", "<5 mg/L".
#[must_use]
pub fn quantity(value: &Json<'_>) -> Option<String> {
    let number = value.get("value")?.number()?;
    let comparator = text(value, "comparator").unwrap_or_default();
    let unit = unit(value).map(|unit| format!(" {unit}")).unwrap_or_default();
    Some(format!("{comparator}{number}{unit}"))
}

/// The unit of a quantity as people read it; the annotations that stand for "no unit" are left out.
#[must_use]
pub fn unit(value: &Json<'_>) -> Option<String> {
    let unit = text(value, "unit").or_else(|| text(value, "code"))?;
    match unit.as_str() {
        "1" => None,
        "mm[Hg]" => Some("mmHg".into()),
        annotation if annotation.starts_with('{') => None,
        _ => Some(unit),
    }
}

/// A date as it was written down, and its place in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// Milliseconds since 1970 UTC, for the order.
    pub ms: i64,
    /// The day in words.
    pub words: String,
    /// As written.
    pub written: String,
}

/// The first of these members that holds a date, a period or a timing.
#[must_use]
pub fn when(resource: &Json<'_>, keys: &[&str]) -> Option<When> {
    keys.iter().find_map(|key| {
        let value = resource.get(key)?;
        let written = value.text().or_else(|| value.get("start")?.text()).or_else(|| value.get("end")?.text())?;
        moment(written)
    })
}

/// A written date; `None` when it is none.
#[must_use]
pub fn moment(written: &str) -> Option<When> {
    let ms = FhirDateTime::parse(written).ok()?.to_ms();
    let words = kit::format::written_day(written)?;
    Some(When { ms, words, written: written.to_owned() })
}

/// A person's name for a banner: "ASHWORTH, Edith (Mrs)"; the official one where there are several.
#[must_use]
pub fn name(person: &Json<'_>) -> Option<String> {
    let names = person.get("name").map(Json::items).unwrap_or_default();
    let usable = |name: &&Json<'_>| !is(name, "use", &["old", "maiden", "anonymous"]);
    let chosen = names.iter().find(|name| is(name, "use", &["official"])).or_else(|| names.iter().find(usable));
    let chosen = chosen.or_else(|| names.first())?;
    let joined = |key: &str| {
        let words: Vec<&str> =
            chosen.get(key).map(Json::items).unwrap_or_default().iter().filter_map(Json::text).collect();
        words.join(" ")
    };
    let (family, given, prefix) = (text(chosen, "family").unwrap_or_default(), joined("given"), joined("prefix"));
    let title = if prefix.is_empty() { String::new() } else { format!(" ({prefix})") };
    match (family.is_empty(), given.is_empty()) {
        (true, true) => text(chosen, "text"),
        (true, false) => Some(format!("{given}{title}")),
        (false, true) => Some(format!("{}{title}", family.to_uppercase())),
        (false, false) => Some(format!("{}, {given}{title}", family.to_uppercase())),
    }
}

/// The home address on one line.
#[must_use]
pub fn address(person: &Json<'_>) -> Option<String> {
    let addresses = person.get("address").map(Json::items).unwrap_or_default();
    let chosen = addresses.iter().find(|address| is(address, "use", &["home"])).or_else(|| addresses.first())?;
    if let Some(text) = text(chosen, "text") {
        return Some(text);
    }
    let lines =
        chosen.get("line").map(Json::items).unwrap_or_default().iter().filter_map(Json::text).map(str::to_owned);
    let rest = ["city", "postalCode"].into_iter().filter_map(|key| text(chosen, key));
    let parts: Vec<String> = lines.chain(rest).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests;
