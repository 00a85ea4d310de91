//! `commonweal serve`: every face of one record, over HTTP.
//!
//! The routers of the areas and of the API are merged here and nowhere else, trust is put round all of them, and the server stops
//! politely: it takes no new connection, finishes what it has begun, and closes the record.

use crate::commands::Serve;
use crate::front;
use crate::mail::{MailServer, Posting};
use crate::{checking, mail, peers, personas, sign_in, wiring};
use anyhow::{Context, anyhow};
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use gate::Gate;
use kit::layout::{Link, People};
use kit::{PageError, Site};
use record::Record;
use record::log::Durability;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use trust::provider::Doors;
use trust::sessions::Transport;
use trust::{Guest, MaybeSignedIn, Persona, Routes, Trust};

/// How long a stop waits for requests that have begun.
const DRAIN: Duration = Duration::from_secs(10);
/// Largest form that a page takes, in bytes.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// How the server presents itself.
#[derive(Clone, Default)]
pub struct Face {
    /// Whom anybody may sign in as: made-up people only.
    pub personas: Vec<Persona>,
    /// Whether the people here are made up.
    pub people: People,
    /// The services elsewhere that sign people in.
    pub doors: Option<Doors>,
    /// The file that names the other localities; none for a server that stands alone.
    pub peers: Option<PathBuf>,
    /// Whether e-mail is sent.
    pub has_mail: bool,
}

impl Face {
    /// The face of a demo.
    pub fn demo(personas: Vec<Persona>) -> Self {
        Self { personas, people: People::MadeUp, doors: None, peers: None, has_mail: false }
    }

    fn site(&self) -> Site {
        let footer = [
            ("/accessibility", "Accessibility statement"),
            ("/privacy", "Privacy"),
            ("/transparency", "How the log is watched"),
            ("/about", "About this service"),
        ];
        Site {
            organisation: if self.people == People::MadeUp {
                "Kelderby health and care".to_owned()
            } else {
                String::new()
            },
            people: self.people,
            footer: footer.into_iter().map(|(href, text)| Link::new(href, text)).collect(),
            ..Site::default()
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Serve) -> anyhow::Result<ExitCode> {
    let gate = wiring::gate()?;
    let behaviour = wiring::Behaviour {
        reads: if arguments.audit_strict { Durability::Strict } else { Durability::Ordered },
        references: if arguments.check_references { record::References::Refuse } else { record::References::Report },
    };
    let record = wiring::record(&arguments.folder, behaviour)?;
    let face = if arguments.demo { Face::demo(personas::kept(&record)?) } else { Face::default() };
    let told = personas::told(&face.personas);
    let doors = sign_in::doors(&arguments.folder.data)?;
    let mail = MailServer::read(&mail::file_in(&arguments.folder.data))?;
    let (peers, has_mail) = (Some(peers::file_in(&arguments.folder.data)), mail.is_some());
    until_stopped(record, gate, (Face { peers, doors, has_mail, ..face }, mail), arguments.listen, &told)?;
    Ok(ExitCode::SUCCESS)
}

/// The server, ready to answer, with the table of everything that it answers.
pub fn routes(record: &Record, gate: &Arc<Gate>, face: Face) -> Routes {
    all_routes(&trust_of(record, gate, face))
}

/// Trust over a record, as the server has it.
pub fn trust_of(record: &Record, gate: &Arc<Gate>, face: Face) -> Trust {
    let (site, defaults) = (face.site(), trust::Options::default());
    let peers = face.peers.map_or(defaults.peers, |file| Arc::new(peers::PeersFile::at(file)));
    let is_https = face.doors.as_ref().is_some_and(|doors| doors.address.starts_with("https://"));
    let transport = if is_https { Transport::Https } else { Transport::Http };
    let Face { personas, doors, has_mail, .. } = face;
    let options = trust::Options { site, personas, doors, transport, peers, has_mail, ..trust::Options::default() };
    Trust::new(record.clone(), Arc::clone(gate), options)
}

/// Everything that the server answers.
pub fn all_routes(trust: &Trust) -> Routes {
    let pages = front::routes(trust.record().clone(), trust.site().clone())
        .merge(trust.routes())
        .merge(care::routes())
        .merge(citizen::routes())
        .get("/static/{name}", Guest::Anybody, kit::assets::serve)
        .get("/favicon.ico", Guest::Anybody, kit::assets::no_icon)
        .around(|router| router.layer(DefaultBodyLimit::max(FORM_BYTES_MAX)).layer(CompressionLayer::new()));
    let base = trust.doors().map(|doors| format!("{}/fhir", doors.address));
    let all = pages.merge(exchange::rest::routes(exchange::rest::Options { base }));
    all.around(|router| trust.protect(router.fallback(no_such_page)).layer(CatchPanicLayer::new()))
}

/// A stranger cannot tell a page that is not there from one that is.
async fn no_such_page(visitor: MaybeSignedIn) -> Response {
    let error = if visitor.asker.is_some() { PageError::NotFound } else { PageError::SignInFirst };
    error.respond(visitor.trust.site())
}

/// Serves until a signal asks to stop.
pub fn until_stopped(
    record: Record,
    gate: Arc<Gate>,
    (face, mail): (Face, Option<MailServer>),
    listen: SocketAddr,
    told: &[String],
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("while starting")?;
    let outcome = runtime.block_on(async move {
        let listener = TcpListener::bind(listen).await.map_err(|error| cannot_listen(listen, &error))?;
        let address = listener.local_addr().context("while asking for the address")?;
        tell(address, told);
        let trust = trust_of(&record, &gate, face);
        let asking = peers::Asking::begin(trust.clone()).context("while starting")?;
        let checking = checking::Checking::begin(trust.clone()).context("while starting")?;
        let posting = mail.map(|server| Posting::begin(trust.clone(), &server)).transpose()?;
        let app = all_routes(&trust).into_router().into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, app).with_graceful_shutdown(stopped()).await;
        asking.end();
        checking.end();
        posting.into_iter().for_each(Posting::end);
        served.context("while serving")
    });
    runtime.shutdown_timeout(DRAIN);
    outcome
}

fn cannot_listen(listen: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow!("{listen} is taken by another program. Stop that one, or give another address with --listen")
        }
        std::io::ErrorKind::PermissionDenied => {
            anyhow!("{listen} may not be used. Give a port above 1023 with --listen")
        }
        _ => anyhow!("{listen} cannot be listened on: {error}"),
    }
}

/// Tells where the server is, and whom one can sign in as. That nobody reads it any more is no reason to stop.
fn tell(address: SocketAddr, told: &[String]) {
    let mut text = format!("Commonweal serves at http://{address}\n");
    for (what, path) in [("the public front page", "/"), ("sign in", "/sign-in"), ("the FHIR API", "/fhir/metadata")] {
        text.push_str(&format!("  {what:<26} http://{address}{path}\n"));
    }
    if !told.is_empty() {
        text.push_str("Sign in as one of these made-up people:\n");
        told.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text.push_str("Stop with Ctrl-C.\n");
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

async fn stopped() {
    let interrupt = async {
        // Without the signal the process can still be ended; there is nothing better to do here.
        let _ = tokio::signal::ctrl_c().await;
    };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! { () = interrupt => {}, () = terminate => {} }
    eprintln!("Stopping: finishing what has begun.");
}
