//! The main promise, tried on as many random worlds as one likes.
//!
//! The cases are run in groups, each with a seed of its own that is told when something leaks; what leaked is shown as the test
//! shows it. See [`super::mutants`] for whether the test would notice.

use super::{SEED, WORLDS, failed, integration_tests};
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context as _, bail};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Worlds in one group, each with [`QUESTIONS`] questions.
const GROUP: u32 = 80;
/// Questions put to one world, as the test has it.
const QUESTIONS: u32 = 25;

/// The test, without the others of its module.
const PROPERTY: &str = "an_answer_is_the_same_as_if_what_the_reader_may_not_see_were_not_there";

/// What the groups have come to so far.
struct Progress {
    waiting: VecDeque<u64>,
    done: u32,
    leaked: Vec<(u64, String)>,
}

/// Runs the property for at least so many cases.
pub(super) fn run(workspace: &Workspace, cases: u32, seed: u64) -> anyhow::Result<bool> {
    let built = process::capture(&mut integration_tests(workspace, &["--no-run"]))?;
    if !built.success {
        bail!("the tests could not be built:\n{}", built.output);
    }
    let groups = cases.div_ceil(GROUP * QUESTIONS).max(1);
    let started = Instant::now();
    let waiting = (0..groups).map(|group| seed.wrapping_add(u64::from(group))).collect();
    let progress = Mutex::new(Progress { waiting, done: 0, leaked: Vec::new() });
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let begun: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(workspace, &progress, groups))).collect();
        begun.into_iter().try_for_each(|worker| worker.join().ok().context("a worker ended in the middle")?)
    })?;
    let Progress { done, leaked, .. } = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (seed, output) in &leaked {
        println!("\nwith --seed {seed} --cases {}:\n{output}", GROUP * QUESTIONS);
    }
    let seconds = started.elapsed().as_secs();
    println!("{} cases in {seconds} s, {} of {groups} groups leaked", done * GROUP * QUESTIONS, leaked.len());
    Ok(leaked.is_empty())
}

/// Takes groups until none is left.
fn work(workspace: &Workspace, progress: &Mutex<Progress>, groups: u32) -> anyhow::Result<()> {
    let open = || progress.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let Some(seed) = open().waiting.pop_front() else { return Ok(()) };
        let mut command = integration_tests(workspace, &["--", PROPERTY]);
        command.env(WORLDS, GROUP.to_string()).env(SEED, seed.to_string());
        let outcome = process::capture(&mut command)?;
        if !outcome.success && failed(&outcome.output).is_empty() {
            bail!("the test did not run:\n{}", outcome.output);
        }
        let mut progress = open();
        progress.done += 1;
        println!("{:>9} of {} cases", progress.done * GROUP * QUESTIONS, groups * GROUP * QUESTIONS);
        if !outcome.success {
            progress.leaked.push((seed, outcome.output));
        }
    }
}
