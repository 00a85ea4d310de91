//! The log's words in Welsh, as [`crate::words`] has them in English.
//!
//! Plain Welsh, put together so that little has to mutate: lists follow "eich", which changes nothing, and reasons stand after a
//! colon. It has not yet been read by a Welsh reader (`docs/decisions/0012-roles.md`).

use fhir::ResourceType;

/// How many kinds of data a sentence names before it says how many more there are.
const KINDS_NAMED_MAX: usize = 4;

/// What a resource type is to people.
#[must_use]
pub(crate) fn data_word(kind: ResourceType) -> &'static str {
    match crate::words::data_word(kind) {
        "name and contact details" => "enw a manylion cyswllt",
        "family and carers" => "teulu a gofalwyr",
        "appointments" => "apwyntiadau",
        "allergies" => "alergeddau",
        "health problems" => "problemau iechyd",
        "medicines" => "meddyginiaethau",
        "test results" => "canlyniadau profion",
        "visits" => "ymweliadau",
        "vaccinations" => "brechiadau",
        "procedures" => "triniaethau",
        "care plans" => "cynlluniau gofal",
        "scans" => "sganiau",
        "documents" => "dogfennau",
        "referrals" => "atgyfeiriadau",
        "messages" => "negeseuon",
        "alerts" => "rhybuddion",
        "family history" => "hanes teuluol",
        "forms you filled in" => "ffurflenni a lenwyd gennych",
        "choices about sharing" => "dewisiadau am rannu",
        "list of who looked" => "rhestr o bwy edrychodd",
        _ => "cofnodion eraill",
    }
}

/// "meddyginiaethau, alergeddau a chanlyniadau profion"; long lists end in how many more kinds there are.
#[must_use]
pub(crate) fn listed(words: &[&str]) -> String {
    let Some((last, first)) = words.split_last() else { return "cofnod".to_owned() };
    if words.len() > KINDS_NAMED_MAX {
        let named: Vec<&str> = words.iter().take(KINDS_NAMED_MAX - 1).copied().collect();
        return format!("{} a {} math arall o ddata", named.join(", "), words.len() + 1 - KINDS_NAMED_MAX);
    }
    if first.is_empty() { (*last).to_owned() } else { format!("{} {}", first.join(", "), and(last)) }
}

/// "a" with the aspirate mutation that it brings, or "ac" before a vowel.
fn and(word: &str) -> String {
    let mutated = [("ch", "ch"), ("c", "ch"), ("ph", "ph"), ("p", "ph"), ("th", "th"), ("t", "th")];
    if word.starts_with(['a', 'e', 'i', 'o', 'u', 'w', 'y']) {
        return format!("ac {word}");
    }
    let changed = mutated.iter().find_map(|(from, to)| word.strip_prefix(from).map(|rest| format!("a {to}{rest}")));
    changed.unwrap_or_else(|| format!("a {word}"))
}

/// The whole sentence of a look: "Gwelodd Dr A. Khan (Elm Surgery) eich canlyniadau profion. Y rheswm: ..."
#[must_use]
pub(crate) fn sentence(who: &str, deed: &str, kinds: &[String], because: &str) -> String {
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let what = listed(&kinds);
    let told = match deed {
        crate::words::NOT_SHOWN => format!("Ni ddangoswyd rhywfaint o'ch {what} i {who}"),
        "added to" => format!("Ychwanegodd {who} at eich {what}"),
        "changed" => format!("Newidiodd {who} eich {what}"),
        "removed some of" => format!("Dileodd {who} rywfaint o'ch {what}"),
        "took a copy of" => format!("Cymerodd {who} gopi o'ch {what}"),
        "declared an emergency to open" => format!("Datganodd {who} argyfwng i agor eich {what}"),
        "said that they care for you, to open" => {
            format!("Dywedodd {who} eu bod yn gofalu amdanoch, i agor eich {what}")
        }
        "gave a code to sign in to" => {
            format!("Rhoddodd {who} god i fewngofnodi i'ch {what}")
        }
        "asked about a look in" => format!("Gofynnodd {who} am edrychiad yn eich {what}"),
        "answered a question about" => format!("Atebodd {who} gwestiwn am eich {what}"),
        "checked a look in" => format!("Gwiriodd {who} edrychiad yn eich {what}"),
        _ => format!("Gwelodd {who} eich {what}"),
    };
    format!("{told}. Y rheswm: {because}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_data_has_a_welsh_word_of_its_own() {
        for resource in ResourceType::all() {
            let (english, welsh) = (crate::words::data_word(resource), data_word(resource));
            assert_ne!(english, welsh, "{}", resource.name());
            assert_eq!(english == "other entries", welsh == "cofnodion eraill", "{}", resource.name());
        }
    }

    #[test]
    fn a_list_joins_its_last_word_as_welsh_does() {
        assert_eq!(listed(&[]), "cofnod");
        assert_eq!(listed(&["meddyginiaethau", "canlyniadau profion"]), "meddyginiaethau a chanlyniadau profion");
        assert_eq!(listed(&["dogfennau", "problemau iechyd"]), "dogfennau a phroblemau iechyd");
        assert_eq!(listed(&["dogfennau", "teulu a gofalwyr"]), "dogfennau a theulu a gofalwyr");
        assert_eq!(listed(&["dogfennau", "alergeddau"]), "dogfennau ac alergeddau");
        assert_eq!(listed(&["a", "b", "c", "d", "e"]), "a, b, c a 2 math arall o ddata");
    }

    #[test]
    fn each_deed_has_a_sentence_of_its_own() {
        let deeds = [
            "Create",
            "Update",
            "Delete",
            "Export",
            "BreakGlass",
            "ClaimRelationship",
            "GivePasskeyCode",
            "Ask",
            "Answer",
            "Decide",
            "Read",
        ];
        let told: std::collections::HashSet<String> =
            deeds.iter().map(|deed| sentence("Dr Khan", crate::words::deed(deed), &[], "so")).collect();

        assert_eq!(told.len(), deeds.len());
        assert!(told.contains("Gwelodd Dr Khan eich cofnod. Y rheswm: so."));
    }
}
