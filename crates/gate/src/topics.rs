//! Sensitive topics: what a person may want to keep from some readers as a whole.
//!
//! An entry belongs to a topic when one of its codes is in the topic's value set (`definitions/topics.tsv`) or when it is
//! tagged so by whoever wrote it. The topic goes into the label mask when the entry is stored, next to the coarse label that
//! policies speak of; choices of the person are about topics. Bits are never re-used, since stored rows carry them.

use crate::words::closed_list;
use fhir::json::Json;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The code system of tags that have no place in HL7's own list.
pub const TOPIC_SYSTEM: &str = "urn:commonweal:topic";

/// Topics come after the coarse labels in the mask.
const FIRST_BIT: u8 = 8;

closed_list! {
    /// A sensitive topic.
    Topic {
        /// Mental health, self-harm and suicide.
        MentalHealth => "mental health" / "iechyd meddwl",
        /// Abuse, violence and neglect.
        Abuse => "abuse and violence" / "cam-drin a thrais",
        /// Alcohol.
        Alcohol => "alcohol" / "alcohol",
        /// Drugs and other substances.
        Drugs => "drugs" / "cyffuriau",
        /// HIV.
        Hiv => "HIV" / "HIV",
        /// Infections that are passed on sexually.
        SexualHealth => "sexual health" / "iechyd rhywiol",
        /// Termination of pregnancy.
        Termination => "termination of pregnancy" / "terfynu beichiogrwydd",
        /// Gender identity and reassignment.
        GenderIdentity => "gender identity" / "hunaniaeth rhywedd",
        /// Assisted conception.
        AssistedConception => "assisted conception" / "cenhedlu â chymorth",
    }
}

/// The value sets of all topics, as they are committed.
pub(crate) const TEXT: &str = include_str!("../../../definitions/topics.tsv");

/// Which topics a code of a clinical terminology belongs to, as a mask.
static VALUE_SETS: LazyLock<HashMap<(&str, &str), u32>> = LazyLock::new(|| {
    let mut sets = HashMap::new();
    for line in TEXT.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let mut columns = line.split('\t');
        let topic = columns.next().and_then(Topic::parse);
        if let (Some(topic), Some(system), Some(code)) = (topic, columns.next(), columns.next()) {
            *sets.entry((system, code)).or_default() |= topic.bit();
        }
    }
    sets
});

impl Topic {
    /// The bit of this topic in a label mask.
    #[must_use]
    pub const fn bit(self) -> u32 {
        1 << (FIRST_BIT + self.code())
    }

    /// Every topic's bit.
    #[must_use]
    pub fn all_bits() -> u32 {
        Topic::ALL.iter().fold(0, |mask, topic| mask | topic.bit())
    }

    /// The topics that a code of HL7's `ActCode` list means, as a mask.
    pub(crate) fn of_act_code(code: &str) -> u32 {
        match code {
            "PSY" | "PSYTHPN" | "MH" | "BH" | "SUICIDE" => Topic::MentalHealth.bit(),
            "SDV" | "DV" | "VIO" => Topic::Abuse.bit(),
            "ETHUD" | "ALC" => Topic::Alcohol.bit(),
            "OPIOIDUD" | "SUD" => Topic::Drugs.bit(),
            "ETH" => Topic::Alcohol.bit() | Topic::Drugs.bit(),
            "HIV" => Topic::Hiv.bit(),
            "SEX" | "STD" => Topic::SexualHealth.bit(),
            _ => 0,
        }
    }
}

/// The topics of all codes anywhere in a resource, as a mask.
pub(crate) fn of_codes(resource: &Json<'_>) -> u32 {
    match resource {
        Json::Array(items) => items.iter().fold(0, |mask, item| mask | of_codes(item)),
        Json::Object(_) => {
            let text = |key: &str| resource.get(key).and_then(Json::text);
            let own = text("system").zip(text("code")).and_then(|coding| VALUE_SETS.get(&coding)).copied();
            resource.members().iter().fold(own.unwrap_or(0), |mask, (_, value)| mask | of_codes(value))
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(text: &str) -> u32 {
        of_codes(&fhir::json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn every_topic_has_codes_and_every_line_is_read() {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#')).skip(1);
        let read: u32 = VALUE_SETS.values().map(|mask| mask.count_ones()).sum();

        assert_eq!(usize::try_from(read).unwrap(), lines.count());
        for topic in Topic::ALL {
            assert!(VALUE_SETS.values().any(|mask| mask & topic.bit() != 0), "{topic}");
        }
    }

    #[test]
    fn a_code_anywhere_in_an_entry_puts_it_into_its_topic() {
        let alcoholism = r#"{"system":"http://snomed.info/sct","code":"7200002"}"#;

        assert_eq!(topics(&format!(r#"{{"code":{{"coding":[{alcoholism}]}}}}"#)), Topic::Alcohol.bit());
        assert_eq!(topics(&format!(r#"{{"reasonCode":[{{"coding":[{{}},{alcoholism}]}}]}}"#)), Topic::Alcohol.bit());
        assert_eq!(topics(r#"{"code":{"coding":[{"system":"http://loinc.org","code":"7200002"}]}}"#), 0);
    }

    #[test]
    fn no_topic_shares_a_bit_with_a_coarse_label() {
        assert_eq!(Topic::all_bits() & crate::Label::all_bits(), 0);
        assert_eq!(Topic::all_bits().count_ones(), 9);
    }
}
