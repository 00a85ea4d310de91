//! How good the check of accesses is over a year in the real log: a town lives in a record, its staff look with permits, snoops
//! among them, the program's own check runs at night, and the privacy officer's pages are read.
//!
//! The looks come from the story of the town (`work`) and not from the templates; the relationships are those that the record
//! compiled from its resources, or did not. What is made up, and in what mixture, stands in `work` and `snoops`, and shortly in
//! docs/trust.md. `cargo test -p trust --test reconciliation year_in_the_log -- --nocapture` prints the figures.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test stops where its world cannot be made")]

mod locality;
mod running;
mod snoops;
mod work;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use gate::{Purpose, RequestId, Role};
use http_body_util::BodyExt;
use locality::{BEGIN_MS, DAY_MS, DAYS, Locality};
use running::{Running, Write};
use std::collections::{BTreeMap, HashMap};
use testkit::officer;
use testkit::year::{Chance, Snoop};
use tower::ServiceExt;
use trust::{Options, Persona, Trust};
use work::Look;

/// At most one look in so many is put before the privacy officer.
const ALERTS_ONE_IN: usize = 100;
/// How often the check runs, in nights: the program's own runs each minute, and judges the same looks.
const CHECKED_EACH: i64 = 3;
/// Those whose sign the record itself holds.
const SIGNATURES: [Snoop; 7] = [
    Snoop::SameSurname,
    Snoop::SameAddress,
    Snoop::Colleague,
    Snoop::Deceased,
    Snoop::Flagged,
    Snoop::Sweep,
    Snoop::OffShift,
];

/// A look on the officer's list.
#[derive(Debug)]
struct Listed {
    entry: u64,
    score: u64,
    reasons: String,
}

/// The year, lived: what stands behind each entry of a look.
struct Lived {
    trust: Trust,
    running: Running,
    /// Planted looks by entry.
    planted: HashMap<u64, Snoop>,
    /// Ordinary looks, by entry, for whoever wants to know what stayed unexplained.
    told: HashMap<u64, String>,
}

fn live(seed: u64) -> Lived {
    let mut chance = Chance::of_seed(seed);
    let town = locality::locality(seed, &mut chance);
    let mut year = work::ordinary(&town, &mut chance);
    let snoops = snoops::planted(&town, &mut chance, &year);
    let writes = std::mem::take(&mut year.writes);
    let mut looks: Vec<(Look, Option<Snoop>)> = year.looks.into_iter().map(|look| (look, None)).collect();
    looks.extend(snoops.into_iter().map(|(look, kind)| (look, Some(kind))));
    let running = Running::begin(&town);
    let asker = officer(Role::PrivacyOfficer, Purpose::Audit).asker.as_ref().clone();
    let (id, title, about) = ("officer".to_owned(), "Privacy officer".to_owned(), String::new());
    let personas = vec![Persona { id, title, about, asker, acts_for: vec![] }];
    let options = Options { personas, ..Options::default() };
    let trust = Trust::new(running.record.clone(), running.gate.clone(), options);
    let mut lived = Lived { trust, running, planted: HashMap::new(), told: HashMap::new() };
    lived.through(&town, by_day(writes, |write: &Write| write.at_ms), by_day(looks, |(look, _)| look.at_ms));
    lived
}

/// What happens on each day, in order.
fn by_day<T>(all: Vec<T>, at_ms: impl Fn(&T) -> i64) -> Vec<Vec<T>> {
    let mut days: Vec<Vec<T>> = (0..DAYS).map(|_| Vec::new()).collect();
    for one in all {
        days[usize::try_from((at_ms(&one) - BEGIN_MS) / DAY_MS).unwrap()].push(one);
    }
    days.iter_mut().for_each(|day| day.sort_by_key(&at_ms));
    days
}

impl Lived {
    /// Day after day: what is written, who looks, and the check at night.
    fn through(&mut self, town: &Locality, writes: Vec<Vec<Write>>, looks: Vec<Vec<(Look, Option<Snoop>)>>) {
        for ((day, writes), looks) in (1..).zip(writes).zip(looks) {
            self.running.write(town, &writes);
            for (look, snoop) in looks {
                // Who is shown nothing has not looked: a refusal, or a mark on the record, was in the way.
                let Some(entry) = self.running.look(town, &look) else { continue };
                let staff = &town.staff[look.staff];
                self.told.insert(entry, format!("{} of {} for {}", staff.title, staff.organisation, look.organisation));
                self.planted.extend(snoop.map(|snoop| (entry, snoop)));
            }
            self.running.at(BEGIN_MS + day * DAY_MS);
            if day % CHECKED_EACH == 0 || day == DAYS {
                self.check();
            }
        }
    }

    fn check(&self) {
        loop {
            let before = self.trust.check_progress().unwrap().until;
            let after = self.trust.reconcile_accesses(&RequestId::parse("night").unwrap()).unwrap().until;
            if after < before + 20_000 {
                return;
            }
        }
    }

    /// Everything on the officer's list, as her pages show it.
    async fn queue(&self) -> Vec<Listed> {
        let pages = self.trust.protect(self.trust.routes().into_router());
        let form = Request::post("/sign-in").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = pages.clone().oneshot(form.body(Body::from("persona=officer")).unwrap()).await.unwrap();
        let cookie = answer.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap().to_owned();
        let (mut listed, mut path) = (Vec::new(), "/privacy-officer".to_owned());
        loop {
            let page = get(&pages, &path, &cookie).await;
            listed.extend(rows(&page));
            match page.split("rel=\"next\"").next().filter(|_| page.contains("rel=\"next\"")) {
                Some(before) => {
                    let next = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
                    path = next.replace("&amp;", "&");
                }
                None => return listed,
            }
        }
    }
}

async fn get(pages: &Router, path: &str, cookie: &str) -> String {
    let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let bytes = pages.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The rows of the table of looks.
fn rows(page: &str) -> Vec<Listed> {
    let row = |row: &str| {
        let (_, link) = row.split_once("/privacy-officer/looks/")?;
        let key = link.split('"').next()?;
        let cells: Vec<String> = row.split("<td").skip(1).map(plain).collect();
        let entry = key.split('-').nth(1)?.parse().ok()?;
        Some(Listed { entry, score: cells.last()?.parse().ok()?, reasons: cells.first()?.clone() })
    };
    page.split("<tr").filter_map(row).collect()
}

/// What of a cell is read: the text between its marks, without what only a phone shows.
fn plain(cell: &str) -> String {
    let (mut text, mut in_mark) = (String::new(), true);
    let cell = cell.split_once("</span>").map_or(cell, |(_, cell)| cell);
    let cell = cell.split("</td>").next().unwrap_or_default();
    for letter in format!(">{cell}").chars() {
        match letter {
            '<' => in_mark = true,
            '>' => in_mark = false,
            letter if !in_mark => text.push(letter),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// How good the check was.
struct Measured {
    looks: u64,
    /// Ordinary looks, and those of them that reach the officer.
    ordinary: u64,
    unexplained: Vec<u64>,
    alerts: usize,
    /// Planted, on the list, and among its first, by kind.
    kinds: BTreeMap<Snoop, [usize; 3]>,
}

impl Measured {
    fn of(lived: &Lived, queue: &[Listed]) -> Self {
        let looks = lived.trust.check_progress().unwrap().looks;
        let alerts = usize::try_from(looks).unwrap() / ALERTS_ONE_IN;
        let mut kinds: BTreeMap<Snoop, [usize; 3]> = BTreeMap::new();
        for (entry, kind) in &lived.planted {
            let place = queue.iter().position(|one| one.entry == *entry);
            let counted = [true, place.is_some(), place.is_some_and(|place| place < alerts)];
            let sums = kinds.entry(*kind).or_default();
            sums.iter_mut().zip(counted).for_each(|(sum, one)| *sum += usize::from(one));
        }
        let unexplained =
            queue.iter().map(|one| one.entry).filter(|entry| !lived.planted.contains_key(entry)).collect();
        let ordinary = looks - u64::try_from(lived.planted.len()).unwrap();
        Self { looks, ordinary, unexplained, alerts, kinds }
    }

    fn sum(&self, place: usize) -> usize {
        self.kinds.values().map(|sums| sums[place]).sum()
    }

    fn explained_percent(&self) -> f64 {
        100.0 - share(self.unexplained.len(), usize::try_from(self.ordinary).unwrap())
    }

    fn print(&self, lived: &Lived, queue: &[Listed]) {
        let mut scores: BTreeMap<String, usize> = BTreeMap::new();
        for one in queue {
            let kind = lived.planted.get(&one.entry).map_or("ordinary".to_owned(), |kind| format!("{kind:?}"));
            *scores.entry(format!("{:03} {kind}: {}", one.score, one.reasons)).or_default() += 1;
        }
        for (what, count) in scores.iter().rev() {
            println!("{count} x {what}");
        }
        println!("{} looks, {} of them planted; {} alerts are 1 %", self.looks, self.sum(0), self.alerts);
        println!("written by staff themselves, and refused: {:?}", lived.running.by_staff);
        println!("ordinary looks explained: {:.2} %", self.explained_percent());
        for (kind, [planted, listed, found]) in &self.kinds {
            println!("{kind:?}: {planted} planted, {listed} on the list, {found} among the first 1 %");
        }
        println!("all kinds among the first 1 %: {:.1} %", share(self.sum(2), self.sum(0)));
        println!("alerts that are planted: {:.1} %", share(self.sum(2), self.alerts));
        let mut whose: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in &self.unexplained {
            *whose.entry(lived.told.get(entry).map_or("?", String::as_str)).or_default() += 1;
        }
        let mut whose: Vec<(&str, usize)> = whose.into_iter().collect();
        whose.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        whose.truncate(16);
        println!("ordinary looks on the list, most often of: {whose:?}");
    }
}

fn share(part: usize, of: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    100.0 * number(part) / number(of.max(1))
}

#[tokio::test]
async fn over_a_year_the_record_explains_the_work_and_the_officer_finds_the_snoops() {
    let lived = live(2_014);
    let queue = lived.queue().await;
    let measured = Measured::of(&lived, &queue);
    measured.print(&lived, &queue);

    assert!(measured.looks > 25_000, "a year has more looks than {}", measured.looks);
    assert!(measured.explained_percent() >= 94.0);
    assert_eq!(measured.kinds.len(), SIGNATURES.len() + 1, "every kind is planted");
    for kind in SIGNATURES {
        let [planted, _, found] = measured.kinds[&kind];
        assert!(planted >= 6 && found == planted, "{kind:?}: {found} of {planted}");
    }
    assert!(share(measured.sum(2), measured.sum(0)) >= 80.0);
    // What reaches the officer is unexplained, says why, and stands in the order of its number.
    assert!(queue.iter().all(|one| one.score > 0 && one.reasons.ends_with('.')));
    assert!(queue.windows(2).all(|two| two[0].score >= two[1].score));
}
