//! The command line. Its lines are an interface that scripts rely on.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// The open health and care information platform that one community runs for itself.
#[derive(Debug, Parser)]
#[command(name = "commonweal", version, about, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the record kept in a folder.
    Serve(Serve),
    /// Makes a demo locality of made-up people in a temporary folder and serves every face of it.
    Demo(Demo),
    /// Reads NDJSON files, Bundles or folders of them into the record.
    Import(Import),
    /// Writes one TYPE.ndjson for each type: everything, as it is served.
    Export(Export),
    /// Prints a bearer token of a service account for scripts.
    Token(Token),
    /// Prints a code with which somebody makes a passkey: the first administrator, above all.
    PasskeyCode(PasskeyCode),
    /// Asks about national data opt-outs, and takes in the answers and objections made at practices.
    #[command(subcommand)]
    OptOut(OptOut),
    /// Looks after the access log.
    #[command(subcommand)]
    Audit(Audit),
}

/// What `serve --help` says about other localities.
const PEERS_HELP: &str = "\
Other localities watch over the access log: write one line for each into the file `peers` in the data folder,
  ADDRESS LOG-KEY WITNESS-KEY
as in `http://ashdale.example:8080 KEY KEY`; the two keys are what `/log/keys` of that server shows. Lines that begin with #
are left out. The file is read anew each time, so a new peer needs no restart. Each new checkpoint is given to every peer, and
a peer's checkpoints are signed here if they continue what was signed before; /transparency shows how it stands.";

/// What `serve --help` says about signing in.
const SIGN_IN_HELP: &str = "\
People sign in with services elsewhere, such as NHS login for the public and CIS2 for staff. Name them in the file `sign-in.toml`
in the data folder, which is read at the start:
  address = \"https://record.kelderby.example\"    # where browsers reach this server
  [[provider]]
  id = \"nhs-login\"                               # a word for our addresses
  name = \"NHS login\"
  for = \"citizens\"                               # or \"staff\"
  issuer = \"https://auth.sandpit.signin.nhs.uk/\"
  client_id = \"kelderby\"
  key_file = \"nhs-login.pem\"                     # a private RSA key beside the file
  key_id = \"1\"
  scopes = [\"profile\"]
A provider of staff needs, for each of its role codes that may work here, a line of which role that is:
  [[provider.role]]
  code = \"R8009\"
  is = \"Receptionist\"
Without such a service, or beside it, people sign in with passkeys; the names of roles are those of a provider of staff:
  [passkeys]
  [[passkeys.role]]
  code = \"R8009\"                                # a code of a PractitionerRole in the directory
  is = \"Receptionist\"
Register ADDRESS/sign-in/from/ID as the place to return to, and ADDRESS/sign-in/keys as our public keys. docs/sign-in.md says the rest.";

/// Where the record is.
#[derive(Debug, Args)]
pub struct DataFolder {
    /// The folder that holds the record; made when it is not there.
    #[arg(long, value_name = "DIR", env = "COMMONWEAL_DATA")]
    pub data: PathBuf,
    /// The name of this locality's access log in its checkpoints, such as kelderby.example/log. A log gets it when it is begun
    /// and keeps it for ever; without one it gets a name that means nothing.
    #[arg(long, value_name = "NAME", env = "COMMONWEAL_ORIGIN")]
    pub origin: Option<String>,
}

/// `serve`
#[derive(Debug, Args)]
#[command(after_help = format!("{PEERS_HELP}\n\n{SIGN_IN_HELP}"))]
pub struct Serve {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", env = "COMMONWEAL_LISTEN")]
    pub listen: SocketAddr,
    /// Bring the entries of reads to the disk before each answer too, not within 100 ms.
    #[arg(long)]
    pub audit_strict: bool,
    /// Refuse references to resources that are not there.
    #[arg(long)]
    pub check_references: bool,
    /// Offer the personas of the demo locality for sign-in. Never with real people's data.
    #[arg(long)]
    pub demo: bool,
}

/// `passkey-code`
#[derive(Debug, Args)]
pub struct PasskeyCode {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// For whom it is, such as Practitioner/7c1f. Check who stands before you: whoever has the code can sign in as this person.
    #[arg(value_name = "TYPE/ID")]
    pub who: String,
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// How many people live in the locality.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub people: u32,
    /// The address to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The same seed makes the same people.
    #[arg(long, default_value_t = 2014)]
    pub seed: u64,
}

/// `import`
#[derive(Debug, Args)]
pub struct Import {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// NDJSON files, JSON files with a resource or Bundle (each plain, .gz or .zst), or folders of them.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Where to write what was refused and why, one JSON object a line; FILE.findings says what was kept although it breaks FHIR R4.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Refuse whatever breaks FHIR R4, as the API does, instead of keeping it as it came and reporting it.
    #[arg(long)]
    pub strict: bool,
}

/// `export`
#[derive(Debug, Args)]
pub struct Export {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// The folder to write to; must be empty or not there.
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// What the copy is for.
    #[command(flatten)]
    pub purpose: ForUse,
}

/// What many people's data are wanted for.
#[derive(Debug, Args)]
pub struct ForUse {
    /// What the data are wanted for. Planning and research stand in the public register and leave out people who have opted
    /// out; administration is for whoever keeps, moves or mends the whole record.
    #[arg(long, value_enum, default_value_t = WantedFor::Administration)]
    pub purpose: WantedFor,
    /// In the register: what the use is for, in a few words.
    #[arg(long, value_name = "WORDS")]
    pub title: Option<String>,
    /// In the register: who uses the data.
    #[arg(long, value_name = "WORDS")]
    pub by: Option<String>,
    /// In the register: which law allows it.
    #[arg(long, value_name = "WORDS")]
    pub basis: Option<String>,
    /// In the register: the last day on which the data may be used.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<jiff::civil::Date>,
    /// Do not apply opt-outs, because of this; the register says so in public.
    #[arg(long, value_enum, value_name = "WHY", requires = "because")]
    pub opt_outs_do_not_apply: Option<Why>,
    /// The reason in words, for the register.
    #[arg(long, value_name = "WORDS", requires = "opt_outs_do_not_apply")]
    pub because: Option<String>,
    /// The group or organisation whose study people have agreed to, as their Consents name it, such as Group/heart-study.
    #[arg(long, value_name = "REFERENCE")]
    pub study: Option<String>,
    /// The code of what the study is done for, where Consents name one of its own, such as urn:example:studies|heart.
    #[arg(long, value_name = "SYSTEM|CODE", requires = "study")]
    pub project: Option<String>,
}

/// What data are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WantedFor {
    /// Keeping, moving or mending the whole record.
    Administration,
    /// Planning services.
    Planning,
    /// Approved research.
    Research,
}

/// Why opt-outs do not apply to a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Why {
    /// Each person agreed to the study herself.
    Consent,
    /// A law or a court requires it.
    Law,
    /// An overriding public interest was decided.
    PublicInterest,
}

/// `opt-out`
#[derive(Debug, Subcommand)]
pub enum OptOut {
    /// Writes the file that asks the NHS about everybody in the record. Stop the server first: this reads the record.
    Ask(AskOptOuts),
    /// Takes in the answer of the NHS; works beside a running server.
    Answer(AnswerOptOuts),
    /// Takes in a practice's list of type 1 objections; works beside a running server.
    Objections(Objections),
}

/// `opt-out ask`
#[derive(Debug, Args)]
pub struct AskOptOuts {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// The file to write: MAILBOX-DDMMYY-NNNN.dat, with the day of today.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `opt-out answer`
#[derive(Debug, Args)]
pub struct AnswerOptOuts {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// The file that came back.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The file with which was asked, under the name that it had.
    #[arg(long, value_name = "FILE")]
    pub asked: PathBuf,
}

/// `opt-out objections`
#[derive(Debug, Args)]
pub struct Objections {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// One line each: NHS number,YYYY-MM-DD,objects (or withdrawn). The latest word of a person holds.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `token`
#[derive(Debug, Args)]
pub struct Token {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// The name of the service account, as it stands in the log.
    #[arg(long, value_name = "NAME", required_unless_present = "persona")]
    pub service: Option<String>,
    /// What it may do: SMART scopes, for example 'system/*.cruds' or 'system/Patient.rs'.
    #[arg(long, value_name = "SCOPES", default_value = "system/*.rs")]
    pub scope: String,
    /// A token that acts as a persona of the demo locality, instead of a service account.
    #[arg(long = "as", value_name = "PERSONA", conflicts_with = "service")]
    pub persona: Option<String>,
    /// What the data are wanted for; a token for planning or research stands in the public register.
    #[command(flatten)]
    pub purpose: ForUse,
    /// For how many hours it is good.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=8_760))]
    pub hours: u32,
}

/// `audit`
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Checks the access log, entry by entry and against every checkpoint, and says what is wrong, if anything is.
    Verify(Verify),
    /// Writes the proof of one entry to the standard output. That it was asked for is logged.
    Proof(Proof),
    /// Checks the proofs in a file; needs no record.
    CheckProof(CheckProof),
    /// Prints the keys of the log and of the witness, for the `peers` file of other localities.
    Keys(DataFolder),
}

/// `audit verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// The key that the log must be signed with; the one that lies beside it when not given.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// A checkpoint of this log that somebody else kept: finds a log that was set back whole.
    #[arg(long, value_name = "FILE")]
    pub against: Vec<PathBuf>,
}

/// `audit proof`
#[derive(Debug, Args)]
pub struct Proof {
    /// The folder of the record.
    #[command(flatten)]
    pub folder: DataFolder,
    /// The number of the entry.
    #[arg(long, value_name = "NUMBER")]
    pub entry: u64,
}

/// `audit check-proof`
#[derive(Debug, Args)]
pub struct CheckProof {
    /// The file with the proofs.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The key of the log, from somewhere else than the file.
    #[arg(long, value_name = "KEY")]
    pub key: String,
    /// The key of a witness whose signature is looked for.
    #[arg(long, value_name = "KEY")]
    pub witness: Vec<String>,
    /// How many of these witnesses must have signed for a proof to hold.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub quorum: usize,
}

/// Runs a command to its end.
///
/// # Errors
/// What stopped it, as a sentence that says what to do.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(arguments) => crate::serve::run(&arguments),
        Command::Demo(arguments) => crate::demo::run(&arguments),
        Command::Import(arguments) => crate::import::run(&arguments),
        Command::Export(arguments) => crate::export::run(&arguments),
        Command::Token(arguments) => crate::token::run(&arguments),
        Command::PasskeyCode(arguments) => crate::passkey_code::run(&arguments),
        Command::OptOut(OptOut::Ask(arguments)) => crate::opt_out::ask(&arguments),
        Command::OptOut(OptOut::Answer(arguments)) => crate::opt_out::answer(&arguments),
        Command::OptOut(OptOut::Objections(arguments)) => crate::opt_out::objections(&arguments),
        Command::Audit(Audit::Verify(arguments)) => crate::audit::verify(&arguments),
        Command::Audit(Audit::Proof(arguments)) => crate::audit::proof(&arguments),
        Command::Audit(Audit::CheckProof(arguments)) => crate::audit::check_proof(&arguments),
        Command::Audit(Audit::Keys(folder)) => crate::audit::keys(&folder),
    }
}
