//! Writes the pages of this area with sample people, to be looked at: `cargo run -p care --example care_pages -- FOLDER`.
//!
//! A browser opens the files without a server. It is for eyes and for axe; the tests compare the same samples.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use care::find::pages::{find_content, list};
use care::find::rules::{FindForm, read};
use care::person::Person;
use care::summary::pages::{heading_page, record_page, test_page};
use care::summary::{Heading, gather};
use jiff::civil::Date;
use kit::layout::{Page, Site};

const RECORD: &str = include_str!("../src/summary/samples/record.ndjson");

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name the folder to write to")?);
    fs::create_dir_all(folder.join("static"))?;
    for (name, content) in kit::assets::files() {
        fs::write(folder.join("static").join(name), content)?;
    }
    let today = Date::new(2026, 11, 22)?;
    let trees = RECORD.lines().map(|line| fhir::json::parse(line.as_bytes())).collect::<Result<Vec<_>, _>>()?;
    let (patient, rest) = trees.split_first().ok_or("the sample is empty")?;
    let kept_back =
        |heading: Heading| (heading == Heading::Documents).then(|| "Your role does not see documents.".to_owned());
    let summary = gather::arrange(patient, rest, &kept_back, (1_795_369_680_000, "22 November 2026, 5:48pm".into()));
    let form = FindForm { by: "number".into(), nhs_number: "943476591".into(), ..FindForm::default() };
    let mistakes = read(&form, today).err().unwrap_or_default();
    let people = [Person::sample(), Person { address: "12 Mill Street, Kelderby KB2 1AA".into(), ..Person::sample() }];

    let pages = [
        ("record", Some(record_page(&summary, today))),
        ("medicines", heading_page(&summary, Heading::Medicines, today)),
        ("test", test_page(&summary, "62238-1", today)),
        ("find", Some(Page::new("Find a person", find_content(&form, &mistakes)))),
        ("matches", Some(Page::new("Matches", list(&people, today)))),
    ];
    for (name, page) in pages {
        let html = page.ok_or(name)?.render(&Site::sample()).into_string();
        fs::write(folder.join(format!("{name}.html")), html.replace("/static/", "static/"))?;
    }
    Ok(())
}
