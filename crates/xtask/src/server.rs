//! The built program, run for a command: imports, a server that ends with the command, its tokens
//! and what it costs.
//!
//! Everything here goes through the command line and HTTP, as an operator would; nothing reaches into
//! the program.
//! Figures come from `/proc`, so costs are known on Linux only; elsewhere they are 0.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::process::{self, Outcome};

/// The longest that the program may take until it prints its address.
const START_MAX: Duration = Duration::from_secs(120);

/// How often a running import is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Kernel clock ticks in a second, as `/proc` counts.
const TICKS_PER_SECOND: f64 = 100.0;

/// The program and the folder that it keeps its data in.
pub(crate) struct Program {
    path: PathBuf,
    data: PathBuf,
}

/// What an import said and cost.
pub(crate) struct Import {
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
    /// Processor seconds.
    pub(crate) cpu_seconds: f64,
    /// The most memory that it had, as far as it was seen.
    pub(crate) resident_bytes_max: u64,
}

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    started_in: Duration,
    /// The folder that a demo said it keeps its record in.
    folder: Option<PathBuf>,
}

/// What a process has used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Processor seconds, of the program and of the kernel for it.
    pub(crate) cpu_seconds: f64,
    /// Memory that is resident now.
    pub(crate) resident_bytes: u64,
    /// The most memory that ever was resident.
    pub(crate) resident_bytes_max: u64,
}

impl Program {
    /// A built program and a data folder for it.
    pub(crate) fn new(path: PathBuf, data: PathBuf) -> Self {
        Self { path, data }
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.path);
        command.arg(verb).arg("--data").arg(&self.data).stdin(Stdio::null());
        command
    }

    /// Imports files or folders, watching what it costs.
    pub(crate) fn import(&self, paths: &[PathBuf]) -> anyhow::Result<Import> {
        let start = Instant::now();
        let before = children_cpu_seconds();
        let said = tempfile::NamedTempFile::new().context("while making a file for what the import says")?;
        let output = said.reopen().context("while making a file for what the import says")?;
        let mut command = self.command("import");
        command.args(paths).stdout(output.try_clone()?).stderr(output);
        let mut child = command.spawn().context("while starting the import")?;
        let mut resident_bytes_max = 0;
        let status = loop {
            resident_bytes_max = usage(child.id()).resident_bytes_max.max(resident_bytes_max);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(LOOK_EVERY);
        };
        let output = fs::read(said.path()).context("while reading what the import said")?;
        let output = String::from_utf8_lossy(&output).into_owned();
        Ok(Import {
            outcome: Outcome { success: status.success(), output },
            took: start.elapsed(),
            cpu_seconds: children_cpu_seconds() - before,
            resident_bytes_max,
        })
    }

    /// Writes everything out as NDJSON.
    pub(crate) fn export(&self, folder: &Path) -> anyhow::Result<Outcome> {
        process::capture(self.command("export").arg(folder))
    }

    /// A bearer token of a service that may do everything.
    pub(crate) fn token(&self) -> anyhow::Result<String> {
        self.token_for(&["--service", "bench", "--scope", "system/*.cruds"])
    }

    /// A bearer token for whom the command line says.
    pub(crate) fn token_for(&self, whom: &[&str]) -> anyhow::Result<String> {
        let output = self.command("token").args(whom).output()?;
        if !output.status.success() {
            bail!("no token: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let text = String::from_utf8(output.stdout).context("a token is text")?;
        let token = text.lines().map(str::trim).rfind(|line| !line.is_empty()).context("no token was printed")?;
        Ok(token.to_owned())
    }

    /// Starts a server on a free port and waits until it says where it listens.
    pub(crate) fn serve(&self, more: &[String]) -> anyhow::Result<Server> {
        Server::start(self.command("serve").args(more).stderr(Stdio::null()))
    }

    /// Bytes on disk of everything in the data folder.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        folder_bytes(&self.data)
    }
}

impl Server {
    /// Starts the demo locality of a built program, with this many people.
    pub(crate) fn demo(program: &Path, people: u32) -> anyhow::Result<Self> {
        let said = tempfile::NamedTempFile::new().context("while making a file for what the demo says")?;
        let mut command = Command::new(program);
        command.args(["demo", "--people", &people.to_string()]).stdin(Stdio::null()).stderr(said.reopen()?);
        let mut server = Self::start(&mut command)?;
        let text = fs::read_to_string(said.path()).context("while reading what the demo said")?;
        let folder = text.lines().find_map(|line| line.strip_prefix("The record is in ")?.split_once(" until "));
        server.folder = folder.map(|(folder, _)| PathBuf::from(folder));
        Ok(server)
    }

    /// The folder that a demo keeps its record in.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Starts a server on a free port; it says where it listens when it is ready.
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let start = Instant::now();
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut child = command.spawn().context("while starting the server")?;
        let output = child.stdout.take().context("the server has no output")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(address) = address_in(&line) {
                    let _ = sender.send(address);
                }
            }
        });
        match receiver.recv_timeout(START_MAX) {
            Ok(address) => Ok(Self { child, address, started_in: start.elapsed(), folder: None }),
            Err(_) => {
                drop(child.kill());
                bail!("the server did not say where it listens within {} s", START_MAX.as_secs())
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long it took from start to its address.
    pub(crate) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// What it has used until now.
    pub(crate) fn usage(&self) -> Usage {
        usage(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked politely first, so that what it has written is at rest for the next command.
        drop(Command::new("kill").arg(self.child.id().to_string()).status());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The address in a line such as `Listening on http://127.0.0.1:8080`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let rest = line.split_once("http://")?.1;
    let end = rest.find(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == ':'));
    rest.get(..end.unwrap_or(rest.len()))?.parse().ok()
}

/// What `/proc` says about a process.
fn usage(process: u32) -> Usage {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kilobytes = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    Usage {
        cpu_seconds: ticks(&stat, 11) + ticks(&stat, 12),
        resident_bytes: kilobytes("VmRSS:") * 1024,
        resident_bytes_max: kilobytes("VmHWM:") * 1024,
    }
}

/// Processor seconds of all programs that this one has run and waited for.
fn children_cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    ticks(&stat, 13) + ticks(&stat, 14)
}

/// A field of `/proc/PID/stat`, counted after the name in brackets, in seconds.
fn ticks(stat: &str, field: usize) -> f64 {
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks: f64 = fields.split(' ').nth(field).and_then(|ticks| ticks.parse().ok()).unwrap_or(0.0);
    ticks / TICKS_PER_SECOND
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_what_the_server_prints() {
        let wanted: SocketAddr = "127.0.0.1:4321".parse().unwrap();

        assert_eq!(address_in("Commonweal listens on http://127.0.0.1:4321/ now"), Some(wanted));
        assert_eq!(address_in("http://127.0.0.1:4321"), Some(wanted));
        assert_eq!(address_in("starting"), None);
    }

    #[test]
    fn the_fields_of_a_process_are_counted_after_its_name() {
        let stat = "42 (a (odd) name) S 1 2 3 4 5 6 7 8 9 10 250 50 30 20 0";

        assert_eq!(ticks(stat, 11), 2.5);
        assert_eq!(ticks(stat, 12), 0.5);
    }
}
