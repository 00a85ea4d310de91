//! Rules of data types that need more than logic: periods, ranges and timings compare; extensions have their own sentence.

use super::{Rule, has, has_choice, text};
use crate::IssueCode;
use crate::date::{FhirDateTime, Precision};
use crate::json::Json;
use crate::validate::Pass;

pub(super) const RULES: &[(&str, Rule)] =
    &[("Extension", extension), ("Period", period), ("Range", range), ("Timing.repeat", timing)];

/// A day without a zone may begin this much earlier or later than the same day in UTC.
const ZONE_MS_MAX: i64 = 14 * 60 * 60 * 1000;

fn extension<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    match (has(json, "extension"), has_choice(json, "value")) {
        (true, true) => pass.error(IssueCode::Invariant, "ext-1: an extension has a value or extensions, not both."),
        (false, false) => pass.error(IssueCode::Invariant, "ext-1: an extension needs a value or extensions."),
        _ => {}
    }
}

fn period<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    let moment = |name| text(json, name).and_then(|text| FhirDateTime::parse(text).ok());
    let (Some(start), Some(end)) = (moment("start"), moment("end")) else { return };
    let is_timed = |moment: &FhirDateTime| moment.precision() > Precision::Day;
    let doubt = if is_timed(&start) == is_timed(&end) { 0 } else { ZONE_MS_MAX };
    if end.span().until_ms + doubt <= start.span().from_ms {
        pass.error(IssueCode::Invariant, "per-1: the period ends before it starts.");
    }
}

fn range<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    let unit =
        |end| json.get(end).map(|quantity| (text(quantity, "system"), text(quantity, "code"), text(quantity, "unit")));
    let value = |end| json.at(&[end, "value"]).and_then(Json::number).and_then(|number| number.parse::<f64>().ok());
    if let (Some(low), Some(high)) = (value("low"), value("high"))
        && unit("low") == unit("high")
        && low > high
    {
        pass.error(IssueCode::Invariant, "rng-2: the low end is above the high end.");
    }
}

fn timing<'r>(pass: &mut Pass<'r>, json: &'r Json<'r>) {
    for (key, name) in [("tim-4", "duration"), ("tim-5", "period")] {
        if json.get(name).and_then(Json::number).is_some_and(|number| number.starts_with('-')) {
            pass.error(IssueCode::Invariant, format!("{key}: {name} must not be negative."));
        }
    }
    let is_meal = |when: &Json<'_>| matches!(when.text(), Some("C" | "CM" | "CD" | "CV"));
    if has(json, "offset") && json.get("when").is_none_or(|when| when.items().iter().any(is_meal)) {
        pass.error(IssueCode::Invariant, "tim-9: offset needs a when that is not C, CM, CD or CV.");
    }
}
