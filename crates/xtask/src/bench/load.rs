//! A closed loop: each of a bounded number of clients sends its next request when its last is answered.
//!
//! Bounded in clients and in time, to this machine only, and it stops by itself.
//! The server's processor time comes from `/proc`, so the driver's own cost is not in it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::http::{Client, Request};
use crate::server::Server;

/// How long a kind of work is done before it is measured.
const WARM_UP: Duration = Duration::from_millis(500);

/// What one kind of work cost.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    pub(super) clients: usize,
    pub(super) per_second: f64,
    pub(super) median_ms: f64,
    /// 95 of 100 answers came within this.
    pub(super) most_ms: f64,
    pub(super) slow_ms: f64,
    pub(super) cpu_us: f64,
    /// Bytes of a body, on average.
    pub(super) answer_bytes: f64,
    /// Answers that were no success.
    pub(super) unexpected: usize,
}

impl fmt::Display for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:.0}/s, median {:.2} ms, 99 % within {:.2} ms, {:.0} us of the server's processor",
            self.per_second, self.median_ms, self.slow_ms, self.cpu_us
        )
    }
}

/// Drives one server.
pub(super) struct Driver<'a> {
    server: &'a Server,
    token: Option<String>,
    duration: Duration,
}

impl<'a> Driver<'a> {
    /// A driver that works for this long at each kind of work.
    ///
    /// Without a token, requests bring what lets them in themselves.
    pub(super) fn new(server: &'a Server, token: Option<String>, duration: Duration) -> Self {
        Self { server, token, duration }
    }

    fn client(&self) -> anyhow::Result<Client> {
        Client::new(self.server.address(), self.token.clone())
    }

    /// One answer as JSON, for finding out what the server holds.
    pub(super) fn json(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.client()?.send(&Request::get(path))?;
        let said = || String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
        ensure!(answer.status == 200, "{path}: status {}: {}", answer.status, said());
        serde_json::from_slice(&answer.body).with_context(|| format!("{path}: the answer is no JSON"))
    }

    /// Sends the requests in turn, from the beginning again when they are used up.
    pub(super) fn run(&self, requests: &[Request], clients: usize) -> anyhow::Result<Measured> {
        ensure!(!requests.is_empty(), "the server holds nothing to ask this of");
        let next = AtomicUsize::new(0);
        self.loop_for(WARM_UP, requests, clients, &next)?;
        let before = self.server.usage().cpu_seconds;
        let start = Instant::now();
        let mut tallies = self.loop_for(self.duration, requests, clients, &next)?;
        let seconds = start.elapsed().as_secs_f64();
        let cpu_seconds = self.server.usage().cpu_seconds - before;
        tallies.times.sort_unstable();
        let count = tallies.times.len();
        ensure!(count > 0, "no request was answered");
        let at = |share: usize| {
            let time = tallies.times.get((count - 1) * share / 100).copied().unwrap_or_default();
            time.as_secs_f64() * 1e3
        };
        Ok(Measured {
            clients,
            per_second: count as f64 / seconds,
            median_ms: at(50),
            most_ms: at(95),
            slow_ms: at(99),
            cpu_us: cpu_seconds * 1e6 / count as f64,
            answer_bytes: tallies.bytes as f64 / count as f64,
            unexpected: tallies.unexpected,
        })
    }

    fn loop_for(
        &self,
        duration: Duration,
        requests: &[Request],
        clients: usize,
        next: &AtomicUsize,
    ) -> anyhow::Result<Tally> {
        let end = Instant::now() + duration;
        let clients: Vec<Client> = (0..clients).map(|_| self.client()).collect::<anyhow::Result<_>>()?;
        std::thread::scope(|scope| {
            let threads: Vec<_> = clients
                .into_iter()
                .map(|mut client| scope.spawn(move || one_client(&mut client, requests, next, end)))
                .collect();
            let mut all = Tally::default();
            for thread in threads {
                let tally = thread.join().map_err(|_| anyhow::anyhow!("a client came to grief"))??;
                all.times.extend(tally.times);
                all.unexpected += tally.unexpected;
                all.bytes += tally.bytes;
            }
            Ok(all)
        })
    }
}

/// What one client saw.
#[derive(Default)]
struct Tally {
    times: Vec<Duration>,
    unexpected: usize,
    bytes: usize,
}

fn one_client(client: &mut Client, requests: &[Request], next: &AtomicUsize, end: Instant) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    loop {
        let start = Instant::now();
        if start >= end {
            return Ok(tally);
        }
        let number = next.fetch_add(1, Ordering::Relaxed) % requests.len();
        let Some(request) = requests.get(number) else { return Ok(tally) };
        let answer = client.send(request)?;
        tally.times.push(start.elapsed());
        tally.bytes += answer.body.len();
        tally.unexpected += usize::from(!matches!(answer.status, 200 | 201));
    }
}
