//! E-mail: the file that says by which server, the postman, and the thread that sends what lies in the outbox.
//!
//! What is written and when is `trust::mail`'s. Neither password nor address is ever logged: a failure is told by its kind and the
//! code of the server.

use anyhow::{anyhow, bail};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use trust::Trust;
use trust::mail::{Failure, Letter, Postman, Round};

/// How long the mail server may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often the outbox is looked into.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Where the mail server of the record in `data` is written down.
pub fn file_in(data: &Path) -> PathBuf {
    data.join("mail.toml")
}

/// By which server e-mail goes out, as the file says.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailServer {
    /// Its name.
    server: String,
    /// Its port; the usual one of the security when not given.
    port: Option<u16>,
    /// How the connection is secured.
    #[serde(default)]
    security: Security,
    user: Option<String>,
    /// The file that holds the password and nothing else.
    password_file: Option<PathBuf>,
    from: String,
    /// The address at which people sign in.
    pub site: String,
    #[serde(skip)]
    password: String,
}

/// How the connection to the mail server is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS after a word in the open; refused when the server does not do it.
    Starttls,
    /// None: only for a mail server on this machine.
    None,
}

impl MailServer {
    /// What the file at `path` says; none when there is no file.
    ///
    /// # Errors
    /// A sentence that says what is wrong in it.
    pub fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => bail!("{} cannot be read ({error})", path.display()),
        };
        // The parser's own sentence shows the line; the password is never in this file.
        let mut server: Self =
            toml::from_str(&text).map_err(|error| anyhow!("{}: {}", path.display(), error.message()))?;
        let wrong = |what: &str| anyhow!("{}: {what}", path.display());
        if server.security == Security::None && !["localhost", "127.0.0.1", "::1"].contains(&server.server.as_str()) {
            return Err(wrong(
                "security = \"none\" is only for a mail server on this machine; say \"tls\" or \"starttls\"",
            ));
        }
        if !server.site.starts_with("https://") && !server.site.starts_with("http://") {
            return Err(wrong("site must be the address at which people sign in, such as \"https://record.example\""));
        }
        server.from.parse::<Mailbox>().map_err(|_| wrong("from must be an e-mail address"))?;
        server.password = match (&server.user, &server.password_file) {
            (None, None) => String::new(),
            (Some(_), Some(file)) => {
                let file = path.parent().unwrap_or(Path::new(".")).join(file);
                let read = std::fs::read_to_string(&file);
                read.map_err(|error| wrong(&format!("the password file {} cannot be read ({error})", file.display())))?
                    .trim()
                    .to_owned()
            }
            _ => return Err(wrong("user and password_file go together")),
        };
        Ok(Some(server))
    }

    /// The postman who brings letters to this server.
    ///
    /// # Errors
    /// When the connection cannot be prepared.
    pub fn postman(&self) -> anyhow::Result<Smtp> {
        let from = self.from.parse::<Mailbox>().map_err(|_| anyhow!("from is no e-mail address"))?;
        let builder = match self.security {
            Security::Tls => SmtpTransport::relay(&self.server),
            Security::Starttls => SmtpTransport::starttls_relay(&self.server),
            Security::None => Ok(SmtpTransport::builder_dangerous(&self.server)),
        };
        let builder = builder.map_err(|error| anyhow!("the mail server {} cannot be used: {error}", self.server))?;
        let builder = self.port.into_iter().fold(builder, |builder, port| builder.port(port));
        let sign_in = self.user.iter().map(|user| Credentials::new(user.clone(), self.password.clone()));
        let transport = sign_in.fold(builder, lettre::transport::smtp::SmtpTransportBuilder::credentials);
        let domain = from.email.domain().to_owned();
        Ok(Smtp { transport: transport.timeout(Some(ANSWER_WITHIN)).build(), from, domain })
    }
}

/// A postman who speaks SMTP.
pub struct Smtp {
    transport: SmtpTransport,
    from: Mailbox,
    domain: String,
}

/// Says to other machines that no person wrote this, so that none answers (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Smtp {
    fn message(&self, letter: &Letter) -> Result<Message, Failure> {
        let to =
            letter.to.as_str().parse::<Mailbox>().map_err(|_| Failure::Refused("the address is none".to_owned()))?;
        let builder: MessageBuilder = Message::builder().from(self.from.clone()).to(to).subject(&letter.subject);
        let builder = builder.message_id(Some(format!("<{}@{}>", letter.id, self.domain)));
        let message = builder.header(AutoSubmitted).header(ContentType::TEXT_PLAIN).body(letter.text.clone());
        message.map_err(|_| Failure::Refused("the letter cannot be written".to_owned()))
    }
}

impl Postman for Smtp {
    fn carry(&self, letter: &Letter) -> Result<(), Failure> {
        let message = self.message(letter)?;
        match self.transport.send(&message) {
            Ok(_) => Ok(()),
            Err(error) => {
                // The server's own words may repeat the address: only its code is told.
                let code = error.status().map_or_else(|| "no answer".to_owned(), |code| format!("code {code}"));
                Err(if error.is_permanent() { Failure::Refused(code) } else { Failure::Later(code) })
            }
        }
    }
}

/// The thread that sends what lies in the outbox.
pub struct Posting {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Posting {
    /// Begins to send.
    pub fn begin(trust: Trust, server: &MailServer) -> anyhow::Result<Self> {
        let (postman, site) = (server.postman()?, server.site.clone());
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let rounds = move || {
            while !over.load(Ordering::Acquire) {
                tell(&trust.post(&postman, &site));
                std::thread::park_timeout(LOOK_EVERY);
            }
        };
        let thread = std::thread::Builder::new().name("post".to_owned()).spawn(rounds)?;
        Ok(Self { is_over, thread })
    }

    /// Stops sending; waits for a letter that is under way.
    pub fn end(self) {
        self.is_over.store(true, Ordering::Release);
        self.thread.thread().unpark();
        // A panic there has been told; the server is closing anyway.
        let _ = self.thread.join();
    }
}

fn tell(round: &Result<Round, trust::TrustError>) {
    match round {
        Ok(Round { sent, delayed, dropped, failure: Some(failure) }) => {
            tracing::warn!(sent, delayed, dropped, %failure, "some e-mail was not sent");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the outbox cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<MailServer>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(file_in(folder.path()), text).unwrap();
        std::fs::write(folder.path().join("secret"), "Verdigris\n").unwrap();
        MailServer::read(&file_in(folder.path())).map_err(|error| error.to_string())
    }

    const GOOD: &str = "server = \"mail.example\"\nfrom = \"record@example.org\"\nsite = \"https://record.example\"\n";

    #[test]
    fn no_file_is_no_mail_and_a_good_one_is_read_with_its_password_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(MailServer::read(&file_in(folder.path())).unwrap().is_none());

        let server = read(&format!("{GOOD}user = \"u\"\npassword_file = \"secret\"\n")).unwrap().unwrap();
        assert_eq!((server.security, server.password.as_str()), (Security::Tls, "Verdigris"));
    }

    #[test]
    fn what_is_wrong_in_the_file_is_said_with_what_to_do() {
        let wrong = |more: &str| read(&format!("{GOOD}{more}")).err().unwrap();

        assert!(wrong("security = \"none\"\n").contains("on this machine"));
        assert!(wrong("user = \"u\"\n").contains("go together"));
        assert!(wrong("secret = \"Verdigris\"\n").contains("unknown field"));
        assert!(!wrong("secret = \"Verdigris\"\n").contains("Verdigris"));
        assert!(read("server = \"m\"\nfrom = \"x\"\nsite = \"https://r\"\n").err().unwrap().contains("from must be"));
        assert!(read("server = \"m\"\nfrom = \"a@b.c\"\nsite = \"r\"\n").err().unwrap().contains("site must be"));
    }
}
