//! The program itself: import, export, token, audit, bad input, and being killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

pub fn commonweal(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_commonweal")).args(arguments).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running server that is ended with the test.
pub struct Server {
    pub child: Child,
    pub address: String,
}

impl Server {
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_commonweal"));
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        Self { child, address }
    }

    /// One request over a socket of its own; status and body.
    pub fn ask(&self, request: &str, token: &str, body: &str) -> std::io::Result<(u16, String)> {
        use std::io::{Read, Write};
        let mut socket = std::net::TcpStream::connect(&self.address)?;
        let length = body.len();
        write!(
            socket,
            "{request} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: application/fhir+json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}",
            self.address
        )?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.map(|status| (status, answer)).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const GOOD: &str = "{\"resourceType\":\"Patient\",\"id\":\"a\",\"multipleBirthInteger\":1,\"extension\":[{\"url\":\"urn:x\",\"valueDecimal\":1.00}]}\n{\"resourceType\":\"Observation\",\"id\":\"b\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/a\"}}\n";
const BAD: &str = "{\"resourceType\":\"Patient\",\"id\":\"c\",\"colour\":\"red\"}\n{broken\n{\"resourceType\":\"Dragon\",\"id\":\"d\"}\n{\"resourceType\":\"Patient\",\"id\":\"not an id\"}\n";

fn folder_with(name: &str, content: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), content).unwrap();
    folder
}

pub fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn good_lines_go_in_bad_ones_are_reported_with_line_and_reason_and_the_exit_code_says_so() {
    let (data, files) = (tempfile::tempdir().unwrap(), folder_with("x.ndjson", &format!("{GOOD}{BAD}")));

    let import = ["import", "--strict", "--data", path(data.path()), path(files.path())];
    let (first, again) = (commonweal(&import), commonweal(&import));

    assert_eq!(first.status.code(), Some(4), "{}", text(&first.stderr));
    assert!(text(&first.stdout).contains("2 in (2 new, 0 changed, 0 unchanged), 4 refused"), "{}", text(&first.stdout));
    assert!(text(&again.stdout).contains("2 in (0 new, 0 changed, 2 unchanged), 4 refused"), "{}", text(&again.stdout));
    let report = std::fs::read_to_string(data.path().join("refused.ndjson")).unwrap();
    let lines: Vec<serde_json::Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut places: Vec<u64> = lines.iter().map(|line| line["line"].as_u64().unwrap()).collect();
    places.dedup();
    assert_eq!(places, vec![3, 4, 5, 6]);
    assert_eq!(lines[0]["element"], "Patient.colour");
}

#[test]
fn what_breaks_fhir_is_kept_as_it_came_and_reported_by_kind_unless_it_cannot_be_kept() {
    let (data, files) = (tempfile::tempdir().unwrap(), folder_with("x.ndjson", BAD));

    let output = commonweal(&["import", "--data", path(data.path()), path(files.path())]);

    assert!(
        text(&output.stdout).contains("1 in (1 new, 0 changed, 0 unchanged), 3 refused"),
        "{}",
        text(&output.stdout)
    );
    let findings = std::fs::read_to_string(data.path().join("refused.findings.ndjson")).unwrap();
    let finding: serde_json::Value = serde_json::from_str(findings.lines().next().unwrap()).unwrap();
    assert_eq!((&finding["element"], &finding["count"]), (&"Patient.colour".into(), &1.into()));
}

#[test]
fn what_was_imported_comes_out_again_with_every_digit() {
    let (data, files) = (tempfile::tempdir().unwrap(), folder_with("x.ndjson", GOOD));
    let out = data.path().join("out");
    assert_eq!(commonweal(&["import", "--data", path(data.path()), path(files.path())]).status.code(), Some(0));

    let exported = commonweal(&["export", "--data", path(data.path()), path(&out)]);

    assert_eq!(exported.status.code(), Some(0), "{}", text(&exported.stderr));
    let patient = std::fs::read_to_string(out.join("Patient.ndjson")).unwrap();
    assert!(patient.contains("\"valueDecimal\":1.00"), "{patient}");
    assert_eq!(without_meta(&patient), without_meta(GOOD.lines().next().unwrap()));
    let again = commonweal(&["export", "--data", path(data.path()), path(&out)]);
    assert!(text(&again.stderr).contains("is not empty"));
}

#[test]
fn everybody_of_whom_an_export_takes_something_away_has_an_entry_in_the_log() {
    let patient = |id: &str| format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#);
    // One result that is in the records of two people, and a person of whom nothing but who she is is there.
    let both = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"performer":[{"reference":"Patient/b"}]}"#;
    let lines = [patient("a"), patient("b"), patient("c"), both.to_owned()].join("\n");
    let (data, files) = (tempfile::tempdir().unwrap(), folder_with("x.ndjson", &lines));
    assert_eq!(commonweal(&["import", "--data", path(data.path()), path(files.path())]).status.code(), Some(0));
    let out = data.path().join("out");
    assert_eq!(commonweal(&["export", "--data", path(data.path()), path(&out)]).status.code(), Some(0));

    let options = record::Options {
        clock: Arc::new(record::FixedClock::at(testkit::NOW_MS)),
        ids: Arc::new(record::SystemIds),
        reads: record::log::Durability::Ordered,
        references: record::References::Report,
        origin: None,
    };
    let record = record::Record::open(data.path(), options).unwrap();
    let log = record.log();
    let exports = (1..=log.count()).map(|number| log.entry(number).unwrap().unwrap().draft);
    let exports: Vec<_> = exports.filter(|draft| draft.via == "export" && !draft.kinds.is_empty()).collect();
    let of_type = |name: &str| {
        let code = fhir::ResourceType::parse(name).unwrap().code();
        let of_it = exports.iter().filter(|draft| draft.kinds == [code]);
        of_it.flat_map(|draft| draft.subjects.iter().map(|subject| subject.part)).collect::<Vec<u32>>()
    };
    assert_eq!(of_type("Patient").len(), 3, "{exports:?}");
    assert_eq!(of_type("Observation").len(), 2, "{exports:?}");
}

#[test]
fn an_import_finds_whom_a_resource_means_by_number_also_when_she_comes_later_and_refuses_whom_nobody_knows() {
    let entry = |id: &str, number: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"x"}},"subject":{{"identifier":{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}"}}}}}}"#
        )
    };
    let patient = r#"{"resourceType":"Patient","id":"a","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}"#;
    let lines = [entry("b", "9990000018"), entry("c", "9990000026"), patient.to_owned()].join("\n");
    let (data, files) = (tempfile::tempdir().unwrap(), folder_with("x.ndjson", &lines));
    let import = || text(&commonweal(&["import", "--data", path(data.path()), path(files.path())]).stdout).to_owned();

    let first = import();

    assert!(first.contains("2 in (2 new, 0 changed, 0 unchanged), 1 refused"), "{first}");
    let refused = std::fs::read_to_string(data.path().join("refused.ndjson")).unwrap();
    assert!(refused.contains("\"line\":2") && !refused.contains("9990000026"), "{refused}");
    let second = import();
    assert!(second.contains("2 in (0 new, 0 changed, 2 unchanged), 1 refused"), "{second}");
    let out = data.path().join("out");
    commonweal(&["export", "--data", path(data.path()), path(&out)]);
    let kept = std::fs::read_to_string(out.join("Observation.ndjson")).unwrap();
    assert!(kept.contains("\"reference\":\"Patient/a\""), "{kept}");
}

/// A resource without what the server writes: meta.versionId and meta.lastUpdated.
fn without_meta(line: &str) -> serde_json::Value {
    let mut resource: serde_json::Value = serde_json::from_str(line).unwrap();
    if let Some(meta) = resource.get_mut("meta").and_then(serde_json::Value::as_object_mut) {
        meta.remove("versionId");
        meta.remove("lastUpdated");
        if meta.is_empty() {
            resource.as_object_mut().unwrap().remove("meta");
        }
    }
    resource
}

#[test]
fn a_wrong_path_a_taken_port_and_a_folder_that_cannot_be_used_each_say_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let missing = commonweal(&["import", "--data", path(data.path()), "/no/such/file.ndjson"]);
    let busy = commonweal(&["serve", "--data", path(data.path()), "--listen", &address]);
    let unusable = commonweal(&["serve", "--data", path(&file), "--listen", "127.0.0.1:0"]);

    for (output, words) in
        [(missing, "cannot be read"), (busy, "is taken by another program"), (unusable, "A part of the path is a file")]
    {
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
}

/// The program as somebody who may not read everything: this user, or nobody's where the tests run as the superuser.
struct Unprivileged {
    program: std::path::PathBuf,
    is_root: bool,
}

impl Unprivileged {
    /// None where there is no such way; it has been said then.
    fn find(folder: &Path) -> Option<Self> {
        let trial = folder.join("trial");
        std::fs::create_dir(&trial).unwrap();
        allow(&trial, 0o000);
        let is_root = std::fs::read_dir(&trial).is_ok();
        if is_root && Command::new("setpriv").arg("--version").output().is_err() {
            println!("skipped: the tests run as the superuser, who may read everything, and setpriv is not there");
            return None;
        }
        // The build folder may be out of reach for another user.
        let program = folder.join("commonweal");
        std::fs::copy(env!("CARGO_BIN_EXE_commonweal"), &program).unwrap();
        allow(&program, 0o755);
        Some(Self { program, is_root })
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(if self.is_root { Path::new("setpriv") } else { &self.program });
        if self.is_root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&self.program);
        }
        command.args(arguments).output().unwrap()
    }
}

fn allow(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_may_not_be_read_or_not_be_written_is_named_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    allow(place.path(), 0o755);
    let Some(somebody) = Unprivileged::find(place.path()) else { return };
    let folder = |name: &str| {
        let folder = place.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        folder
    };
    let (closed, fixed, foreign, file) =
        (folder("closed"), folder("fixed"), folder("foreign"), place.path().join("x.ndjson"));
    std::fs::write(&file, GOOD).unwrap();
    assert_eq!(commonweal(&["import", "--data", path(&foreign), path(&file)]).status.code(), Some(0));
    allow(&foreign.join("record.sqlite"), 0o444);
    for (folder, mode) in [(&closed, 0o000), (&fixed, 0o555), (&foreign, 0o777)] {
        allow(folder, mode);
    }
    allow(&file, 0o000);

    let closed_inside = closed.join("inside");
    let answers = [
        (somebody.run(&["serve", "--data", path(&closed), "--listen", "127.0.0.1:0"]), "closed cannot be written to"),
        (somebody.run(&["serve", "--data", path(&closed_inside), "--listen", "127.0.0.1:0"]), "inside cannot be made"),
        (somebody.run(&["serve", "--data", path(&fixed), "--listen", "127.0.0.1:0"]), "fixed cannot be written to"),
        (somebody.run(&["token", "--data", path(&foreign), "--service", "x"]), "cannot be read and written"),
        (somebody.run(&["export", "--data", path(&closed), path(&place.path().join("closed/out"))]), "cannot be made"),
    ];
    for (output, words) in answers {
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words}: {said}");
        assert!(said.contains(words) && said.contains("ermission denied"), "{words}: {said}");
        assert!(words == "cannot be made" || said.contains("give another folder with --data"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let usable = folder("usable");
    allow(&usable, 0o777);
    let unreadable = somebody.run(&["import", "--data", path(&usable), path(&file)]);
    assert!(
        text(&unreadable.stderr).contains("Check that it is whole and that you may read it"),
        "{}",
        text(&unreadable.stderr)
    );
    // So that the folder can be removed by whoever runs the test.
    allow(&closed, 0o755);
    allow(&place.path().join("trial"), 0o755);
}

#[test]
fn a_token_made_beside_a_running_server_works_and_nobody_gets_in_without_one() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&["serve", "--data", path(data.path()), "--listen", "127.0.0.1:0"]);

    let made = commonweal(&["token", "--data", path(data.path()), "--service", "script", "--scope", "system/*.cruds"]);
    let token = text(&made.stdout).trim().to_owned();

    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert_eq!(server.ask("GET /fhir/Patient", &token, "").unwrap().0, 200);
    assert_eq!(server.ask("GET /fhir/Patient", "cwt_nonsense", "").unwrap().0, 401);
    let busy = commonweal(&["import", "--data", path(data.path()), path(data.path())]);
    assert_eq!(busy.status.code(), Some(1));
    assert!(text(&busy.stderr).contains("in use"), "{}", text(&busy.stderr));
}

#[test]
fn a_server_killed_at_any_moment_loses_nothing_that_it_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let listen = ["serve", "--data", path(data.path()), "--listen", "127.0.0.1:0"];
    let made = commonweal(&["token", "--data", path(data.path()), "--service", "script", "--scope", "system/*.cruds"]);
    let token = text(&made.stdout).trim().to_owned();
    let mut acknowledged: Vec<String> = Vec::new();

    for round in 0..rounds() {
        let mut server = Server::start(&listen);
        let lost: Vec<&String> = acknowledged
            .iter()
            .filter(|id| server.ask(&format!("GET /fhir/Patient/{id}"), &token, "").unwrap().0 != 200)
            .collect();
        assert!(lost.is_empty(), "round {round} lost {lost:?}");
        let writers = 4;
        let written: Vec<String> = std::thread::scope(|scope| {
            let server = &server;
            let token = token.as_str();
            let threads: Vec<_> = (0..writers)
                .map(|writer| scope.spawn(move || write_until_it_fails(server, token, round * writers + writer)))
                .collect();
            let victim = server.child.id();
            kill_after_some_writes(server, token, victim, round);
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let _ = server.child.wait();
        acknowledged.extend(written);
    }

    let verified = commonweal(&["audit", "verify", "--data", path(data.path())]);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
    assert!(acknowledged.len() > 20, "only {} were acknowledged: the test says too little", acknowledged.len());
}

fn rounds() -> usize {
    8
}

fn write_until_it_fails(server: &Server, token: &str, stream: usize) -> Vec<String> {
    let mut done = Vec::new();
    for number in 0..2_000 {
        let id = format!("s{stream}-{number}");
        let body = format!(r#"{{"resourceType":"Patient","id":"{id}","active":true}}"#);
        match server.ask(&format!("PUT /fhir/Patient/{id}"), token, &body) {
            Ok((201, _)) => done.push(id),
            _ => return done,
        }
    }
    done
}

/// Kills the server once it has taken some more writes of its own: no sleeping, another moment each round.
fn kill_after_some_writes(server: &Server, token: &str, victim: u32, round: usize) {
    for number in 0..3 + round * 3 {
        let body = format!(r#"{{"resourceType":"Patient","id":"k{round}-{number}"}}"#);
        let _ = server.ask(&format!("PUT /fhir/Patient/k{round}-{number}"), token, &body);
    }
    assert!(Command::new("kill").args(["-9", &victim.to_string()]).status().unwrap().success());
}

#[test]
fn a_changed_byte_in_the_log_is_found_by_audit_verify() {
    let (data, files) = (tempfile::tempdir().unwrap(), folder_with("x.ndjson", GOOD));
    commonweal(&["import", "--data", path(data.path()), path(files.path())]);
    assert!(commonweal(&["audit", "verify", "--data", path(data.path())]).status.success());
    let log = record::log_folder(data.path()).join("access.log");
    let mut bytes = std::fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&log, bytes).unwrap();

    let verified = commonweal(&["audit", "verify", "--data", path(data.path())]);

    assert_eq!(verified.status.code(), Some(4));
    assert!(text(&verified.stdout).contains("DAMAGED at entry"));
}
