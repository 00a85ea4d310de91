//! The other localities: the file that names them, and the thread that asks them to sign each new checkpoint.
//!
//! What they answer and what it means is `trust`'s; here are the file, the time and the wire. Peers are asked by plain HTTP:
//! checkpoints and cosignatures are signed, so that whoever listens learns hashes and whoever meddles is found out.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use trust::{Carrier, Peer, Peers, Trust};

/// How long a peer may take to answer: the file is small and signing is quick.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How often it is looked whether a peer still has to sign.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Most bytes of an answer that are read: a few signatures.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Where the peers of the record in `data` are written down.
pub fn file_in(data: &Path) -> PathBuf {
    data.join("peers")
}

/// Peers that are read from a file each time.
#[derive(Debug)]
pub struct PeersFile {
    path: PathBuf,
}

impl PeersFile {
    /// The file at `path`; that it is not there means that there are none.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Peers for PeersFile {
    fn now(&self) -> Vec<Peer> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    tracing::warn!(file = %self.path.display(), %error, "the peers cannot be read");
                }
                return Vec::new();
            }
        };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let read = |line: &str| match Peer::parse(line) {
            Ok(peer) => Some(peer),
            Err(error) => {
                tracing::warn!(file = %self.path.display(), %error, "a line of the peers is left out");
                None
            }
        };
        lines.filter_map(read).collect()
    }
}

/// The thread that gives each new checkpoint to the peers.
pub struct Asking {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Asking {
    /// Begins to ask.
    pub fn begin(trust: Trust) -> std::io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = std::thread::Builder::new().name("ask-peers".to_owned()).spawn(move || ask(&trust, &over))?;
        Ok(Self { is_over, thread })
    }

    /// Stops asking; waits for an answer that is under way.
    pub fn end(self) {
        self.is_over.store(true, Ordering::Release);
        // A panic there has been told; the server is closing anyway.
        let _ = self.thread.join();
    }
}

fn ask(trust: &Trust, is_over: &AtomicBool) {
    let wire = Wire::new();
    let mut offered = 0;
    while !is_over.load(Ordering::Acquire) {
        let news = trust.record().log().wait_for_checkpoint(offered, LOOK_EVERY);
        if let Some(Ok(checkpoint)) = news.map(|note| proof::Checkpoint::parse(&note.text)) {
            offered = checkpoint.size;
        }
        // Also without news: a peer may be new, or be there again.
        trust.offer_checkpoint(&wire);
    }
}

/// HTTP as it comes.
struct Wire {
    agent: ureq::Agent,
}

impl Wire {
    fn new() -> Self {
        Self { agent: crate::wiring::http(ANSWER_WITHIN) }
    }
}

impl Carrier for Wire {
    fn post(&self, url: &str, body: &str) -> Result<(u16, String), String> {
        let answer = self.agent.post(url).content_type("text/plain; charset=utf-8").send(body);
        let mut answer = answer.map_err(|error| format!("it cannot be reached: {error}"))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        text.map(|text| (status, text)).map_err(|error| format!("its answer cannot be read: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proof::{KeyKind, Signer};

    #[test]
    fn the_file_is_read_anew_and_bad_lines_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let peers = PeersFile::at(file_in(folder.path()));
        assert_eq!(peers.now(), []);

        let key = |kind| Signer::from_seed("a.example/log", kind, &[1; 32]).unwrap().verifier().to_string();
        let line = format!("http://a.example:8080 {} {}", key(KeyKind::Log), key(KeyKind::Witness));
        std::fs::write(file_in(folder.path()), format!("# our neighbours\n\n{line}\nnonsense\n")).unwrap();

        assert_eq!(peers.now().iter().map(ToString::to_string).collect::<Vec<_>>(), [line]);
    }
}
