//! Running other programs: with their output kept, in the order in which it was written.
//!
//! Refuses to feed standard input: the check must pass where nobody sits at the keyboard.
//! `setup` says where the tools come from; `check` decides what an outcome means.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// What a program answered.
pub(crate) struct Outcome {
    /// Whether it ended with exit code 0.
    pub(crate) success: bool,
    /// Everything that it wrote, to both streams.
    pub(crate) output: String,
}

/// Runs to the end and keeps what both streams said, interleaved as written.
pub(crate) fn capture(command: &mut Command) -> anyhow::Result<Outcome> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (mut reader, writer) = std::io::pipe().context("while making a pipe")?;
    let errors = writer.try_clone().context("while making a pipe")?;
    command.stdin(Stdio::null()).stdout(writer).stderr(errors);
    let mut child = command.spawn().with_context(|| format!("while starting {name}"))?;
    // The command keeps its ends of the pipe open; they must close for the reading to end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).with_context(|| format!("while reading what {name} says"))?;
    let success = child.wait().with_context(|| format!("while waiting for {name}"))?.success();
    Ok(Outcome { success, output: String::from_utf8_lossy(&bytes).into_owned() })
}

/// The prebuilt check tools of `tools.txt`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tool {
    /// Licences, sources and bans of what we depend on.
    Deny,
    /// The test runner.
    Nextest,
    /// The format of TOML files.
    Taplo,
    /// Spelling.
    Typos,
}

impl Tool {
    /// The name of its program.
    fn program(self) -> &'static str {
        match self {
            Self::Deny => "cargo-deny",
            Self::Nextest => "cargo-nextest",
            Self::Taplo => "taplo",
            Self::Typos => "typos",
        }
    }
}

/// The folder that holds the check tools.
pub(crate) struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Tools that stand in this folder.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether every tool is there.
    pub(crate) fn are_complete(&self) -> bool {
        [Tool::Deny, Tool::Nextest, Tool::Taplo, Tool::Typos].iter().all(|tool| self.path(*tool).is_file())
    }

    /// A command that runs this tool.
    pub(crate) fn command(&self, tool: Tool) -> Command {
        Command::new(self.path(tool))
    }

    fn path(&self, tool: Tool) -> PathBuf {
        self.folder.join("bin").join(tool.program())
    }
}

/// The first of these programs that stands on the search path.
pub(crate) fn on_path(names: &[&str], search_path: &str) -> Option<PathBuf> {
    let candidates =
        |name: &str| -> Vec<PathBuf> { std::env::split_paths(search_path).map(|folder| folder.join(name)).collect() };
    names.iter().flat_map(|name| candidates(name)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_are_kept_in_order() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; echo three; exit 3"]);

        let outcome = capture(&mut command).unwrap();

        assert!(!outcome.success);
        assert_eq!(outcome.output, "one\ntwo\nthree\n");
    }

    #[test]
    fn a_program_is_found_where_the_search_path_leads() {
        assert!(on_path(&["no-such-program", "sh"], "/nowhere:/bin:/usr/bin").is_some());
        assert!(on_path(&["no-such-program"], "/bin:/usr/bin").is_none());
    }
}
