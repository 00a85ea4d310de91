//! Use beyond a person's care: what is known of her opt-outs, how she changes them, and which uses her data are part of.
//!
//! Told to the person herself and to nobody else, not even to whoever acts for her. The choices are made elsewhere: the national
//! one with the NHS, the objection at the practice.

use crate::visit::Visit;
use gate::Action;
use jiff::Timestamp;
use kit::components::{Cell, Column, Table};
use kit::format::{date, day};
use kit::{Markup, PageError, Render, html};
use record::opt_out::{Known, National};
use record::uses::Receipt;

/// What is known of use beyond her care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Her opt-outs.
    pub known: Known,
    /// The uses that concern her, newest first.
    pub uses: Vec<Told>,
}

/// A use that concerns her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it is for, and who uses the data.
    pub what: String,
    /// When it began, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// What it means for her.
    pub receipt: Receipt,
}

pub(super) fn beyond(visit: &Visit) -> Result<Option<Beyond>, PageError> {
    let asker = &visit.signed_in.asker;
    if asker.who.as_str().strip_prefix("Patient/") != Some(visit.patient.as_str()) {
        return Ok(None);
    }
    let (record, permit) = (visit.signed_in.trust.record(), visit.signed_in.permit(Action::Read)?);
    let known = record.opt_out_known(&permit).map_err(|error| visit.error(&error.into()))?;
    let uses = record.uses_about(&permit).map_err(|error| visit.error(&error.into()))?;
    let told = uses.into_iter().map(|(one, receipt)| Told {
        what: format!("{} ({})", one.title, one.by),
        at_ms: one.begun_ms,
        receipt,
    });
    Ok(Some(Beyond { known, uses: told.collect() }))
}

/// The section of the page of choices.
pub(super) fn section(beyond: &Beyond) -> Markup {
    html! {
        h2 class="nhsuk-heading-l" id="beyond-care" { "Planning and research" }
        p { "Beyond your own care your data are used only as the " a class="nhsuk-link" href="/transparency/uses" { "public register" } " says. Two choices keep you out of all of it. Neither changes your care, and nobody who treats you sees what you chose." }
        h3 class="nhsuk-heading-m" { "National data opt-out" }
        p { (national(beyond.known.national)) }
        p { "To choose, or to change your mind: go to \u{201c}Your NHS data matters\u{201d} on the NHS website, nhs.uk/your-nhs-data-matters, use the NHS App, or call 0300 303 5678. A parent can choose for a child under 13. The choice is kept by the NHS, not here." }
        h3 class="nhsuk-heading-m" { "Type 1 objection" }
        p {
            @if beyond.known.objects { "You have told your GP practice that your data may not be used for anything but your care. Your data are left out." }
            @else { "We know of no objection that you made at your GP practice." }
        }
        p { "To object, or to stop objecting: ask your GP practice for the type 1 opt-out form, or tell them." }
        h3 class="nhsuk-heading-m" { "Uses that concern you" }
        @if beyond.uses.is_empty() { p class="cw-nothing" { "There has been no use beyond care since you have a record here." } }
        @else { (table(&beyond.uses)) }
    }
}

fn national(known: Option<National>) -> String {
    let Some(National { asked_ms, until_ms, has_opted_out }) = known else {
        return "We have no recent answer of the NHS about your choice. As long as we do not know it, your data are left out."
            .to_owned();
    };
    let says = if has_opted_out { "You have opted out, so your data are left out." } else { "You have not opted out." };
    format!(
        "We asked the NHS on {}. {says} The answer expires on {}; then we ask again.",
        written(asked_ms),
        written(until_ms)
    )
}

fn table(uses: &[Told]) -> Markup {
    let columns = ["Use", "Since", "Your data"].map(Column::new).to_vec();
    let row = |told: &Told| -> Vec<Cell> {
        let receipt = match told.receipt {
            Receipt::PartOf => "Part of it",
            Receipt::LeftOut => "Left out",
        };
        vec![told.what.clone().into(), written(told.at_ms).into(), receipt.to_owned().into()]
    };
    Table::responsive("Uses that concern you", columns, uses.iter().map(row).collect()).render()
}

fn written(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map(|at| date(day(at))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_the_nhs_is_told_with_its_day_and_its_end() {
        let asked_ms = 1_795_305_600_000;
        let until_ms = asked_ms + 7 * 24 * 60 * 60 * 1_000;
        let told = |has_opted_out| national(Some(National { asked_ms, until_ms, has_opted_out }));

        assert_eq!(
            told(true),
            "We asked the NHS on 22 November 2026. You have opted out, so your data are left out. The answer expires on 29 November 2026; then we ask again."
        );
        assert!(told(false).contains("You have not opted out."));
        assert!(national(None).contains("your data are left out"));
    }

    #[test]
    fn each_use_says_whether_her_data_are_part_of_it() {
        let told = |receipt| Told { what: "Diabetes audit".into(), at_ms: 0, receipt };
        let beyond = Beyond { known: Known::default(), uses: vec![told(Receipt::PartOf), told(Receipt::LeftOut)] };
        let drawn = section(&beyond).into_string();

        assert!(drawn.contains("Part of it") && drawn.contains("Left out"));
    }
}
