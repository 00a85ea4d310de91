//! Giving each new checkpoint to the peers, and keeping the cosignatures that they send back.
//!
//! The protocol is C2SP tlog-witness; who carries the bytes is the caller's business. A peer that has seen more of this log than
//! the log itself holds, or something else, refuses: that is shown to everybody, for it means that the log was set back or
//! rewritten.

use crate::peers::Peer;
use crate::state::Trust;
use proof::note::NoteSignature;
use proof::witness::Request;
use proof::{Checkpoint, Note};
use record::log::Log;

/// How long a peer that did not cosign is left alone, milliseconds.
const AGAIN_AFTER_MS: i64 = 5_000;

/// Who brings a request to a peer and its answer back.
pub trait Carrier {
    /// Posts `body` to `url`; gives status and body of the answer.
    ///
    /// # Errors
    /// Why there was no answer, as a few words.
    fn post(&self, url: &str, body: &str) -> Result<(u16, String), String>;
}

/// How this log stands with a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The name of the peer's witness.
    pub witness: String,
    /// The size of the checkpoint that was offered last.
    pub size: u64,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of offering a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was cosigned.
    Cosigned,
    /// The peer has seen this log further on, or otherwise: it was set back or rewritten.
    Refused(String),
    /// Nothing came of it, for a reason that says nothing about the log.
    Unreachable(String),
}

impl Trust {
    /// Offers the newest checkpoint to every peer that has not cosigned it yet.
    pub fn offer_checkpoint(&self, carrier: &dyn Carrier) {
        let log = self.record().log();
        let Some(note) = log.latest_checkpoint() else { return };
        let Ok(checkpoint) = Checkpoint::parse(&note.text) else { return };
        let now_ms = self.record().now_ms();
        for peer in self.peers().now() {
            let known = self.standings().into_iter().find(|known| known.witness == peer.witness.name());
            let is_done = known.as_ref().is_some_and(|known| {
                known.size == checkpoint.size
                    && (known.outcome == Outcome::Cosigned || now_ms - known.at_ms < AGAIN_AFTER_MS)
            });
            if is_done {
                continue;
            }
            let cosigned = known.filter(|known| known.outcome == Outcome::Cosigned).map_or(0, |known| known.size);
            let offer = Offer { log, peer: &peer, note: &note, size: checkpoint.size };
            let outcome = offer.make(cosigned, carrier);
            let witness = peer.witness.name().to_owned();
            self.stands(Standing { witness, size: checkpoint.size, at_ms: now_ms, outcome });
        }
    }
}

struct Offer<'a> {
    log: &'a Log,
    peer: &'a Peer,
    note: &'a Note,
    size: u64,
}

impl Offer<'_> {
    /// Asks, from the size that the peer is thought to know; once more when it says another.
    fn make(&self, mut old: u64, carrier: &dyn Carrier) -> Outcome {
        let url = format!("{}/log/add-checkpoint", self.peer.url);
        for _ in 0..2 {
            let path = match self.log.consistency(old, self.size) {
                Ok(path) => path,
                Err(error) => return Outcome::Unreachable(error.to_string()),
            };
            let request = Request { old, path, checkpoint: self.own_note() };
            match carrier.post(&url, &request.to_string()) {
                Err(why) => return Outcome::Unreachable(why),
                Ok((200, body)) => return self.keep(&body),
                Ok((409, body)) => match body.trim().parse::<u64>() {
                    Ok(theirs) if theirs > self.size => {
                        let ours = self.size;
                        return Outcome::Refused(format!(
                            "it has seen {theirs} entries of this log, which now has {ours}: the log was set back"
                        ));
                    }
                    Ok(theirs) if theirs != old => old = theirs,
                    _ => return rewritten(),
                },
                Ok((422, _)) => return rewritten(),
                Ok((403, _)) => return Outcome::Unreachable("it does not accept this log's signature".to_owned()),
                Ok((404, _)) => return Outcome::Unreachable("it does not know this log yet".to_owned()),
                Ok((status, _)) => return Outcome::Unreachable(format!("it answered {status}")),
            }
        }
        Outcome::Unreachable("it changed its mind about what it has seen".to_owned())
    }

    /// The checkpoint with this log's signature alone.
    fn own_note(&self) -> Note {
        let own = self.note.signatures.first().cloned();
        Note { text: self.note.text.clone(), signatures: own.into_iter().collect() }
    }

    fn keep(&self, body: &str) -> Outcome {
        let lines = body.lines().filter_map(NoteSignature::parse).filter(|line| {
            let note = Note { text: self.note.text.clone(), signatures: vec![line.clone()] };
            note.signed_by(&self.peer.witness).is_some()
        });
        let lines: Vec<NoteSignature> = lines.collect();
        if lines.is_empty() {
            return Outcome::Unreachable("its cosignature is not by the key that is known of it".to_owned());
        }
        match self.log.add_cosignatures(self.size, lines) {
            Ok(_) => Outcome::Cosigned,
            Err(error) => Outcome::Unreachable(error.to_string()),
        }
    }
}

fn rewritten() -> Outcome {
    Outcome::Refused("what it has seen of this log is not how this log begins now: the log was rewritten".to_owned())
}
