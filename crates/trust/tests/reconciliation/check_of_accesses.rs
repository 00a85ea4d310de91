//! How good the check of accesses is, over a made-up year with snoops of each kind planted in it.
//!
//! `cargo test -p trust --test reconciliation check_of_accesses -- --nocapture` prints the figures that docs/trust.md shows.

use std::collections::{BTreeMap, HashSet};
use testkit::year::{Snoop, Year, year};
use trust::reconcile::{Verdict, reconcile};

/// At most one look in so many is put before the privacy officer.
const ALERTS_ONE_IN: usize = 100;
const SIGNATURES: [Snoop; 6] =
    [Snoop::SameSurname, Snoop::SameAddress, Snoop::Colleague, Snoop::Deceased, Snoop::Flagged, Snoop::Sweep];

struct Measured {
    looks: usize,
    ordinary: usize,
    explained: usize,
    alerts: usize,
    /// Planted and alerted, by kind.
    kinds: BTreeMap<Snoop, (usize, usize)>,
}

impl Measured {
    fn of(year: &Year) -> Measured {
        let verdicts = reconcile(&year.accesses, &year.events, &year.facts);
        let alerted = alerted(&verdicts);
        let is_planted = |verdict: &&Verdict| year.planted.contains_key(&verdict.entry);
        let ordinary: Vec<&Verdict> = verdicts.iter().filter(|verdict| !is_planted(verdict)).collect();
        let mut kinds: BTreeMap<Snoop, (usize, usize)> = BTreeMap::new();
        for (entry, snoop) in &year.planted {
            let (planted, found) = kinds.entry(*snoop).or_default();
            *planted += 1;
            *found += usize::from(alerted.contains(entry));
        }
        let explained = ordinary.iter().filter(|verdict| verdict.is_explained()).count();
        Measured { looks: verdicts.len(), ordinary: ordinary.len(), explained, alerts: alerted.len(), kinds }
    }

    fn planted(&self) -> usize {
        self.kinds.values().map(|(planted, _)| planted).sum()
    }

    fn found(&self) -> usize {
        self.kinds.values().map(|(_, found)| found).sum()
    }

    fn print(&self, seed: u64) {
        println!("seed {seed}: {} looks in a year, {} of them planted", self.looks, self.planted());
        println!("ordinary looks explained: {:.2} %", share(self.explained, self.ordinary));
        println!("alerts (1 % of all looks): {}", self.alerts);
        for (snoop, (planted, found)) in &self.kinds {
            println!("{snoop:?}: {found} of {planted} ({:.1} %)", share(*found, *planted));
        }
        println!("all kinds: {} of {} ({:.1} %)", self.found(), self.planted(), share(self.found(), self.planted()));
        println!("alerts that are planted: {:.1} %", share(self.found(), self.alerts));
    }
}

/// The one per cent of looks with the highest scores; of equal scores the newest.
fn alerted(verdicts: &[Verdict]) -> HashSet<u64> {
    let mut open: Vec<&Verdict> = verdicts.iter().filter(|verdict| !verdict.is_explained()).collect();
    open.sort_by_key(|verdict| std::cmp::Reverse((verdict.score, verdict.entry)));
    open.truncate(verdicts.len() / ALERTS_ONE_IN);
    open.iter().map(|verdict| verdict.entry).collect()
}

fn share(part: usize, of: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    100.0 * number(part) / number(of.max(1))
}

#[test]
fn ordinary_looks_are_explained_and_planted_snoops_are_among_the_alerts() {
    for seed in [1, 2, 3] {
        let measured = Measured::of(&year(seed));
        measured.print(seed);

        assert!(measured.looks > 100_000, "a year has more looks than {}", measured.looks);
        assert_eq!(measured.kinds.len(), Snoop::ALL.len(), "every kind is planted");
        assert!(share(measured.explained, measured.ordinary) >= 94.0);
        for kind in SIGNATURES {
            let (planted, found) = measured.kinds[&kind];
            assert!(planted >= 20 && found == planted, "{kind:?}: {found} of {planted}");
        }
        assert!(share(measured.found(), measured.planted()) >= 80.0);
    }
}

#[test]
fn the_same_seed_gives_the_same_year() {
    let (one, same, other) = (year(5), year(5), year(6));

    assert_eq!(one.accesses, same.accesses);
    assert_ne!(one.accesses, other.accesses);
}
