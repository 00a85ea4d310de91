//! What machines ask of the log: its checkpoint, the tiles of its tree, its keys, and its cosignature for another log.
//!
//! Everybody may: there are hashes here and no word of any entry. The entries themselves are not served as bundles, as
//! C2SP tlog-tiles would let a public log do; a person gets hers on her own page.

use crate::state::Trust;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kit::headers::{Privacy, secure};
use proof::{Checkpoint, TileName, witness};
use record::log::Refused;

const TEXT: &str = "text/plain; charset=utf-8";
/// A checkpoint changes, so nobody keeps it for long.
const FRESH: &str = "public, max-age=5";
/// A tile of a size that was published never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Largest request to the witness, in bytes.
const REQUEST_BYTES_MAX: usize = 32 * 1024;

fn answer(status: StatusCode, media: &'static str, caching: &'static str, body: impl IntoResponse) -> Response {
    let mut answer = (status, body).into_response();
    let headers = answer.headers_mut();
    secure(headers, Privacy::Public);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    answer
}

fn said(status: StatusCode, text: impl Into<String>) -> Response {
    answer(status, TEXT, "no-store", text.into())
}

/// `GET /log/checkpoint`
pub(super) async fn checkpoint(State(trust): State<Trust>) -> Response {
    match trust.record().log().latest_checkpoint() {
        Some(note) => answer(StatusCode::OK, TEXT, FRESH, note.to_string()),
        None => said(StatusCode::NOT_FOUND, "There is no checkpoint yet.\n"),
    }
}

/// `GET /log/keys`: the log's key and the witness's, one a line.
pub(super) async fn keys(State(trust): State<Trust>) -> Response {
    let log = trust.record().log();
    answer(StatusCode::OK, TEXT, FRESH, format!("{}\n{}\n", log.key(), log.witness().key()))
}

/// `GET /log/tile/<L>/<N>[.p/<W>]`
pub(super) async fn tile(State(trust): State<Trust>, Path(path): Path<String>) -> Response {
    let Some(name) = TileName::parse(&path) else { return said(StatusCode::NOT_FOUND, "There is no such tile.\n") };
    match trust.record().log().tile(&name) {
        Ok(Some(tile)) => answer(StatusCode::OK, "application/octet-stream", FOR_EVER, tile),
        Ok(None) => said(StatusCode::NOT_FOUND, "There is no such tile.\n"),
        Err(_) => said(StatusCode::SERVICE_UNAVAILABLE, "The log cannot be read now.\n"),
    }
}

/// `POST /log/add-checkpoint`: the witness for the logs of peers.
pub(super) async fn add_checkpoint(State(trust): State<Trust>, body: String) -> Response {
    if body.len() > REQUEST_BYTES_MAX {
        return said(StatusCode::PAYLOAD_TOO_LARGE, "This is too long for a checkpoint.\n");
    }
    let read =
        witness::Request::parse(&body).and_then(|request| Ok((Checkpoint::parse(&request.checkpoint.text)?, request)));
    let (checkpoint, request) = match read {
        Ok(read) => read,
        Err(error) => return said(StatusCode::BAD_REQUEST, format!("{error}\n")),
    };
    let Some(peer) = trust.peers().now().into_iter().find(|peer| peer.log.name() == checkpoint.origin) else {
        return said(StatusCode::NOT_FOUND, "This witness does not know that log.\n");
    };
    match trust.record().log().witness().cosign(&request, &peer.log, trust.record().now_ms()) {
        Ok(line) => said(StatusCode::OK, format!("{line}\n")),
        Err(Refused::Conflict { size }) => {
            answer(StatusCode::CONFLICT, "text/x.tlog.size", "no-store", format!("{size}\n"))
        }
        Err(refused) => said(status(&refused), format!("{refused}\n")),
    }
}

const fn status(refused: &Refused) -> StatusCode {
    match refused {
        Refused::Unsigned => StatusCode::FORBIDDEN,
        Refused::Backwards => StatusCode::BAD_REQUEST,
        Refused::Conflict { .. } => StatusCode::CONFLICT,
        Refused::Inconsistent => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::Unkept(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
