//! The way of an import: one reader, a worker a core, one storer.
//!
//! Every channel is bounded, so a slow disk slows the reading instead of filling the memory.

use super::report::{Refusal, Refusals};
use anyhow::{Context, anyhow};
use exchange::files::{Piece, Source};
use fhir::issue::{Issue, IssueCode};
use fhir::json::Json;
use gate::Permit;
use indicatif::ProgressBar;
use record::{ImportReport, Prepared, Preparer, Record, Strictness};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::Scope;

/// Resources of one commit: large enough to sort well, small enough to hold in memory and to let people's writes in between.
const BATCH: usize = 10_000;
/// Lines that travel together from the reader to a worker.
const CHUNK: usize = 200;
/// Chunks that may wait before each stage.
const WAITING: usize = 16;

/// Lines of one file.
struct Chunk {
    file: Arc<PathBuf>,
    pieces: Vec<Piece>,
    /// How far the reader has come in all files, in their bytes on the disk.
    position: u64,
}

/// A resource about somebody whom it names by NHS number and who is not here yet: it is tried again when all else is in.
struct Waiting {
    file: Arc<PathBuf>,
    line: u64,
    bytes: Vec<u8>,
}

/// What a worker made of a chunk.
struct Made {
    prepared: Vec<Prepared>,
    waiting: Vec<Waiting>,
    /// What was kept although it breaks a rule.
    found: Vec<Refusal>,
    refused: Vec<Refusal>,
    position: u64,
}

/// Imports `sources`; refusals go to `refusals`.
pub fn run(
    record: &Record,
    permit: &Permit,
    sources: Vec<Source>,
    progress: &ProgressBar,
    refusals: &mut Refusals,
) -> anyhow::Result<ImportReport> {
    let strictness = refusals.strictness();
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let preparers: Result<Vec<Preparer>, _> = (0..workers).map(|_| record.preparer(permit)).collect();
    let preparers = preparers.map_err(|error| anyhow!("{error}"))?;
    let (to_workers, chunks) = sync_channel(WAITING);
    let (to_storer, made) = sync_channel(WAITING);
    let chunks = Arc::new(Mutex::new(chunks));
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read_all(sources, &to_workers));
        start_workers(scope, (preparers, strictness), &chunks, &to_storer);
        drop(to_storer);
        drop(chunks);
        let stored = store_all(record, permit, &made, progress, refusals);
        drop(made);
        reader.join().map_err(|_| anyhow!("the reader stopped"))??;
        stored
    })
}

fn start_workers<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    (preparers, strictness): (Vec<Preparer>, Strictness),
    chunks: &Arc<Mutex<Receiver<Chunk>>>,
    to_storer: &SyncSender<Made>,
) {
    for mut preparer in preparers {
        let (chunks, to_storer) = (Arc::clone(chunks), to_storer.clone());
        scope.spawn(move || {
            loop {
                let next = chunks.lock().ok().and_then(|chunks| chunks.recv().ok());
                let Some(chunk) = next else { return };
                if to_storer.send(make(&mut preparer, chunk, strictness)).is_err() {
                    return;
                }
            }
        });
    }
}

fn read_all(sources: Vec<Source>, to_workers: &SyncSender<Chunk>) -> anyhow::Result<()> {
    let mut done = 0;
    for Source { path, bytes } in sources {
        let file = Arc::new(path);
        let mut pieces = Vec::with_capacity(CHUNK);
        let mut open = true;
        let send =
            |pieces: Vec<Piece>, position| to_workers.send(Chunk { file: Arc::clone(&file), pieces, position }).is_ok();
        exchange::files::read(&file, |piece| {
            pieces.push(piece);
            if pieces.len() >= CHUNK {
                open = send(std::mem::replace(&mut pieces, Vec::with_capacity(CHUNK)), done);
            }
            open
        })
        .with_context(|| {
            format!("{} cannot be read. Check that it is whole and that you may read it", file.display())
        })?;
        done += bytes;
        // A storer that has stopped tells why itself; the reader only stops reading.
        if !open || !send(pieces, done) {
            return Ok(());
        }
    }
    Ok(())
}

fn make(preparer: &mut Preparer, chunk: Chunk, strictness: Strictness) -> Made {
    let mut made = Made {
        prepared: Vec::with_capacity(chunk.pieces.len()),
        waiting: Vec::new(),
        found: Vec::new(),
        refused: Vec::new(),
        position: chunk.position,
    };
    for Piece { line, bytes } in chunk.pieces {
        match bytes {
            Ok(bytes) => make_one((preparer, strictness), &bytes, (&chunk.file, line), &mut made),
            Err(what) => made.refused.push(refusal(&chunk.file, line, vec![Issue::error(IssueCode::Structure, what)])),
        }
    }
    made
}

fn make_one(
    (preparer, strictness): (&mut Preparer, Strictness),
    bytes: &[u8],
    (file, line): (&Arc<PathBuf>, u64),
    made: &mut Made,
) {
    let tree = match fhir::json::parse(bytes) {
        Ok(tree) => tree,
        Err(error) => {
            made.refused.push(refusal(file, line, vec![Issue::error(IssueCode::Structure, error.to_string())]));
            return;
        }
    };
    if tree.get("resourceType").and_then(Json::text) != Some("Bundle") {
        made.take(&tree, (preparer, strictness), (file, line));
        return;
    }
    for entry in exchange::files::resources_of(tree) {
        match entry {
            Ok(resource) => made.take(&resource, (preparer, strictness), (file, line)),
            Err(error) => {
                let issue = Issue::error(IssueCode::Required, error.what).at(error.element);
                made.refused.push(refusal(file, line, vec![issue]));
            }
        }
    }
}

impl Made {
    /// Makes one resource ready, or lets it wait for its person.
    fn take(
        &mut self,
        resource: &Json<'_>,
        (preparer, strictness): (&mut Preparer, Strictness),
        (file, line): (&Arc<PathBuf>, u64),
    ) {
        let error = match preparer.prepare(resource, strictness) {
            Ok(kept) => return self.keep(kept, file, line),
            Err(error) => error,
        };
        match preparer.waits(resource) {
            Ok(true) => self.waiting.push(Waiting { file: Arc::clone(file), line, bytes: resource.to_vec() }),
            Ok(false) => self.refused.push(refusal(file, line, error.issues)),
            Err(error) => self.refused.push(refusal(file, line, error.issues)),
        }
    }

    fn keep(&mut self, (prepared, findings): (Prepared, Vec<Issue>), file: &Path, line: u64) {
        self.prepared.push(prepared);
        if !findings.is_empty() {
            self.found.push(refusal(file, line, findings));
        }
    }
}

fn refusal(file: &Path, line: u64, issues: Vec<Issue>) -> Refusal {
    Refusal { file: file.to_owned(), line, issues }
}

fn store_all(
    record: &Record,
    permit: &Permit,
    made: &Receiver<Made>,
    progress: &ProgressBar,
    refusals: &mut Refusals,
) -> anyhow::Result<ImportReport> {
    let mut total = ImportReport::default();
    let mut batch: Vec<Prepared> = Vec::with_capacity(BATCH);
    let mut late = Vec::new();
    for Made { prepared, waiting, found, refused, position } in made {
        for refusal in &refused {
            refusals.add(refusal)?;
        }
        found.into_iter().for_each(|found| refusals.find(found));
        batch.extend(prepared);
        late.extend(waiting);
        if batch.len() >= BATCH || late.len() >= BATCH {
            let next = Vec::with_capacity(BATCH);
            add(&mut total, store(record, permit, std::mem::replace(&mut batch, next))?);
            let taken = total.created + total.replaced + total.same;
            progress.set_message(format!("{taken} in, {} refused", refusals.count()));
        }
        if late.len() >= BATCH {
            add(&mut total, store_late(record, permit, std::mem::take(&mut late), refusals)?);
        }
        progress.set_position(position);
    }
    add(&mut total, store(record, permit, batch)?);
    add(&mut total, store_late(record, permit, late, refusals)?);
    Ok(total)
}

/// Tries those again whose person was not here when they were read.
fn store_late(
    record: &Record,
    permit: &Permit,
    late: Vec<Waiting>,
    refusals: &mut Refusals,
) -> anyhow::Result<ImportReport> {
    let strictness = refusals.strictness();
    let mut preparer = record.preparer(permit).map_err(|error| anyhow!("{error}"))?;
    let mut batch = Vec::with_capacity(late.len());
    for Waiting { file, line, bytes } in late {
        let resource = fhir::json::parse(&bytes)?;
        match preparer.prepare(&resource, strictness) {
            Ok((prepared, findings)) => {
                batch.push(prepared);
                if !findings.is_empty() {
                    refusals.find(refusal(&file, line, findings));
                }
            }
            Err(error) => refusals.add(&refusal(&file, line, error.issues))?,
        }
    }
    store(record, permit, batch)
}

fn store(record: &Record, permit: &Permit, batch: Vec<Prepared>) -> anyhow::Result<ImportReport> {
    if batch.is_empty() {
        return Ok(ImportReport::default());
    }
    record.import(permit, batch).map_err(|error| anyhow!("{error}"))
}

fn add(total: &mut ImportReport, batch: ImportReport) {
    total.created += batch.created;
    total.replaced += batch.replaced;
    total.same += batch.same;
    total.refused += batch.refused;
}
