//! The two ways behind the same two routes, over loopback.
//!
//! `/Observation/{id}` gives the stored bytes, `/Observation?patient=..&code=..` the matches as one JSON array. Runtime, routes,
//! client and answers are the same, byte for byte; only behind the handler is there a permit and the log, or neither. What the
//! API does besides (the token, the Bundle, compression) is on neither side.

use crate::{ASKED, Failure, Way, person};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Serves one way for as long as one client asks everything; the time of reads, of searches, and how many bytes came.
pub(crate) fn asked(way: Way) -> Result<([Duration; 2], usize), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let routes = Router::new()
        .route("/Observation/{id}", get(read))
        .route("/Observation", get(search))
        .with_state(Arc::new(way));
    let serving = runtime.spawn(async move { axum::serve(listener, routes).await });
    let outcome = ask_everything(address);
    serving.abort();
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome
}

type Answer = Result<Bytes, StatusCode>;

async fn read(State(way): State<Arc<Way>>, Path(id): Path<String>) -> Answer {
    way.read(&id).map(Bytes::from).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn search(State(way): State<Arc<Way>>, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let params =
        ["patient", "code", "_sort"].map(|name| (name.to_owned(), asked.get(name).cloned().unwrap_or_default()));
    let found = way.search(&params).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut array = vec![b'['];
    for (number, body) in found.iter().enumerate() {
        array.extend_from_slice(if number == 0 { b"" } else { b"," });
        array.extend_from_slice(body);
    }
    array.push(b']');
    Ok(Bytes::from(array))
}

fn ask_everything(address: SocketAddr) -> Result<([Duration; 2], usize), Failure> {
    let mut stream = BufReader::new(TcpStream::connect(address)?);
    stream.get_mut().set_nodelay(true)?;
    let mut bytes = 0;
    let started = Instant::now();
    for number in 0..ASKED {
        bytes += answer(&mut stream, &format!("/Observation/p{}r3", person(number)))?;
    }
    let read = started.elapsed();
    let started = Instant::now();
    for number in 0..ASKED {
        let path = format!("/Observation?patient=p{}&code=urn:c%7C3&_sort=-date", person(number));
        bytes += answer(&mut stream, &path)?;
    }
    Ok(([read, started.elapsed()], bytes))
}

/// One request; how long the body is.
fn answer(stream: &mut BufReader<TcpStream>, path: &str) -> Result<usize, Failure> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.get_mut().write_all(head.as_bytes())?;
    let (mut line, mut length, mut is_first) = (String::new(), 0, true);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        if std::mem::take(&mut is_first) && !line.contains(" 200 ") {
            return Err(format!("{path}: {line}").into());
        }
        let told = line.to_ascii_lowercase();
        if let Some(value) = told.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.trim_end().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(length)
}
