//! The words of the page in the language that the reader asked for.
//!
//! Each pair of words stands where it is used; here are numbers, dates and times, which follow rules. Welsh counts with the
//! singular, and its hours run to 24. Where next: `pages`.

use jiff::Timestamp;
use jiff::civil::Date;
use kit::Language;
use kit::format;

/// Says things in a language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Say(pub(super) Language);

impl Say {
    /// The one or the other.
    pub(super) fn one(self, english: &'static str, welsh: &'static str) -> &'static str {
        if self.is_welsh() { welsh } else { english }
    }

    pub(super) fn is_welsh(self) -> bool {
        self.0 == Language::Welsh
    }

    /// "3 times"
    pub(super) fn times(self, count: u64) -> String {
        match (self.is_welsh(), count) {
            (false, _) => format::plural(count, "time", "times"),
            (true, 1) => "unwaith".to_owned(),
            (true, _) => format!("{count} gwaith"),
        }
    }

    /// "3 looks"
    pub(super) fn looks(self, count: u64) -> String {
        if self.is_welsh() { format!("{count} edrychiad") } else { format::plural(count, "look", "looks") }
    }

    /// A clause as a sentence of its own.
    pub(super) fn clause(self, clause: &str) -> String {
        let mut letters = clause.chars();
        let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
        format!("{first}{}.", letters.as_str())
    }
}

const MONTHS: [&str; 12] = [
    "Ionawr",
    "Chwefror",
    "Mawrth",
    "Ebrill",
    "Mai",
    "Mehefin",
    "Gorffennaf",
    "Awst",
    "Medi",
    "Hydref",
    "Tachwedd",
    "Rhagfyr",
];

/// "22 November 2026", "22 Tachwedd 2026".
pub(super) fn date(day: Date, say: Say) -> String {
    if !say.is_welsh() {
        return format::date(day);
    }
    let month = usize::try_from(day.month() - 1).ok().and_then(|place| MONTHS.get(place)).copied().unwrap_or_default();
    format!("{} {month} {}", day.day(), day.year())
}

/// "22 November 2026, 5:48pm", "22 Tachwedd 2026, 17:48", in London.
pub(super) fn at(ms: i64, say: Say) -> String {
    let Ok(instant) = Timestamp::from_millisecond(ms) else { return String::new() };
    if !say.is_welsh() {
        return format::moment(instant);
    }
    let local = format::local(instant);
    format!("{}, {:02}:{:02}", date(local.date(), say), local.hour(), local.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_numbers_are_said_as_each_language_does() {
        let (english, welsh) = (Say(Language::English), Say(Language::Welsh));
        let ms = 1_795_369_680_000;

        assert_eq!(
            (at(ms, english).as_str(), at(ms, welsh).as_str()),
            ("22 November 2026, 5:48pm", "22 Tachwedd 2026, 17:48")
        );
        assert_eq!((welsh.times(1).as_str(), welsh.times(3).as_str()), ("unwaith", "3 gwaith"));
        assert_eq!((english.looks(2).as_str(), welsh.looks(2).as_str()), ("2 looks", "2 edrychiad"));
        assert_eq!(welsh.clause("maen nhw'n gofalu"), "Maen nhw'n gofalu.");
    }
}
