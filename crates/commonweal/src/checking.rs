//! The thread that compares new accesses with the record, so that the privacy officer finds the work done when she comes.
//!
//! It takes up where the last run ended, a stretch at a time, and rests while the log does not grow. What a run does and logs is
//! `trust`'s; here is the time.

use gate::RequestId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use trust::Trust;

/// How often new accesses are taken up.
const EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether the server is stopping.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The thread.
pub struct Checking {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Checking {
    /// Begins to check, the first time after one rest.
    pub fn begin(trust: Trust) -> std::io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread =
            std::thread::Builder::new().name("check-accesses".to_owned()).spawn(move || check(&trust, &over))?;
        Ok(Self { is_over, thread })
    }

    /// Stops; waits for a stretch that is under way.
    pub fn end(self) {
        self.is_over.store(true, Ordering::Release);
        // A panic there has been told; the server is closing anyway.
        let _ = self.thread.join();
    }
}

fn check(trust: &Trust, is_over: &AtomicBool) {
    let mut next = Instant::now() + EVERY;
    while !is_over.load(Ordering::Acquire) {
        std::thread::sleep(LOOK_EVERY);
        if Instant::now() >= next {
            if let Err(error) = catch_up(trust, is_over) {
                tracing::warn!(%error, "the accesses could not be checked; it is tried again");
            }
            next = Instant::now() + EVERY;
        }
    }
}

/// Stretch by stretch until nothing is new.
fn catch_up(trust: &Trust, is_over: &AtomicBool) -> anyhow::Result<()> {
    let mut until = trust.check_progress()?.until;
    while !is_over.load(Ordering::Acquire) && trust.record().log().count() > until {
        let id = record::new_resource_id(trust.record().ids())?;
        let request = RequestId::parse(id.as_str()).ok_or_else(|| anyhow::anyhow!("the request id is not one"))?;
        let reached = trust.reconcile_accesses(&request)?.until;
        if reached <= until {
            break;
        }
        until = reached;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_when_it_is_told_to() {
        let folder = tempfile::tempdir().unwrap();
        let gate = crate::wiring::gate().unwrap();
        let options = record::Options {
            clock: Arc::new(record::FixedClock::at(0)),
            ids: Arc::new(record::SeededIds::from_seed(1)),
            reads: record::log::Durability::Ordered,
            references: record::References::Report,
            origin: None,
        };
        let record = record::Record::open(folder.path(), options).unwrap();
        let trust = Trust::new(record, gate, trust::Options::default());

        catch_up(&trust, &AtomicBool::new(false)).unwrap();
        Checking::begin(trust.clone()).unwrap().end();

        assert_eq!(trust.check_progress().unwrap().until, trust.record().log().count());
    }
}
