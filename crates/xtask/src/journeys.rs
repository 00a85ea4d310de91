//! People's ways through the pages, walked in a real browser: the files of `browser/`.
//!
//! This side starts the demo locality of the built program, finds the browser and hands both to Node's test
//! runner; what is walked and looked at is written in the journeys, in JavaScript, because that is what drives
//! a browser.
//! Refuses nothing and judges nothing: the journeys do.

use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::process::{self, Outcome};
use crate::server::Server;
use crate::setup;
use crate::workspace::Workspace;

/// How many people the demo locality has for the journeys: enough for a list with a second page, soon made.
const PEOPLE: u32 = 150;

/// What to walk.
#[derive(Default)]
pub(crate) struct Walk {
    /// Renew the README's pictures.
    pub(crate) pictures: bool,
    /// Only the journeys whose file name contains this.
    pub(crate) only: Option<String>,
}

/// `cargo xtask browser`: sets up, builds the program, walks, prints.
pub(crate) fn run_alone(workspace: &Workspace, walk: &Walk) -> anyhow::Result<bool> {
    setup::node_packages(workspace)?;
    let built = workspace.cargo(&["build", "--locked", "--package", "commonweal"]).status();
    ensure!(built.context("while building commonweal")?.success(), "commonweal does not build");
    let outcome = self::walk(workspace, walk)?;
    print!("{}", outcome.output);
    Ok(outcome.success)
}

/// Walks the journeys with the program that stands built in the target folder.
pub(crate) fn walk(workspace: &Workspace, walk: &Walk) -> anyhow::Result<Outcome> {
    let program = workspace.target().join("debug").join(format!("commonweal{}", std::env::consts::EXE_SUFFIX));
    ensure!(program.is_file(), "{} is not built", program.display());
    let browser = setup::browser()?;
    let locality = Server::demo(&program, PEOPLE)?;
    let mut node = Command::new("node");
    node.current_dir(workspace.root())
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(files(workspace, walk.only.as_deref())?)
        .env("COMMONWEAL_ADDRESS", format!("http://{}", locality.address()))
        .env("COMMONWEAL_BROWSER", browser)
        .env("COMMONWEAL_PROGRAM", &program)
        .env("NO_COLOR", "1");
    if walk.pictures {
        node.env("COMMONWEAL_PICTURES", workspace.root().join("docs").join("pictures"));
    }
    process::capture(&mut node)
}

/// The journeys, one file each, in the order of their names.
fn files(workspace: &Workspace, only: Option<&str>) -> anyhow::Result<Vec<String>> {
    let wanted = |name: &String| name.ends_with(".mjs") && only.is_none_or(|part| name.contains(part));
    let folder = workspace.root().join("browser").join("journeys");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("while reading {}", folder.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut files: Vec<String> = names.filter(wanted).map(|name| format!("browser/journeys/{name}")).collect();
    files.sort();
    ensure!(!files.is_empty(), "no journey in {} has that name", folder.display());
    Ok(files)
}
