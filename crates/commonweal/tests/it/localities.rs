//! Two running programs that watch over one another's logs, and what happens to one that is set back.

use crate::program::{Server, commonweal, path, text};
use std::path::Path;
use std::time::{Duration, Instant};

/// A data folder whose log has a name and one entry, published when the command ended.
fn locality(origin: &str) -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    access(data.path(), origin);
    data
}

/// One more entry in the log.
fn access(data: &Path, origin: &str) {
    let made = commonweal(&["token", "--data", path(data), "--origin", origin, "--service", "script"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
}

fn keys(data: &Path) -> Vec<String> {
    let told = commonweal(&["audit", "keys", "--data", path(data)]);
    text(&told.stdout).lines().map(str::to_owned).collect()
}

fn serve(data: &Path) -> Server {
    Server::start(&["serve", "--data", path(data), "--listen", "127.0.0.1:0"])
}

fn knows(data: &Path, address: &str, keys: &[String]) {
    std::fs::write(data.join("peers"), format!("http://{address} {}\n", keys.join(" "))).unwrap();
}

fn page(server: &Server, of: &str) -> String {
    server.ask(&format!("GET {of}"), "", "").map(|(_, body)| body).unwrap_or_default()
}

/// Asks for a page until it says `words`.
fn until(server: &Server, of: &str, words: &str) -> String {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let found = page(server, of);
        if found.contains(words) {
            return found;
        }
        assert!(Instant::now() < end, "{of} never said {words}: {found}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

#[test]
fn two_localities_sign_for_one_another_and_a_log_that_was_set_back_or_forked_is_refused() {
    let (one, other) = (locality("kelderby.example/log"), locality("ashdale.example/log"));
    let (its_keys, others) = (keys(one.path()), keys(other.path()));
    let backup = tempfile::tempdir().unwrap();
    copy(one.path(), backup.path());
    let (server, peer) = (serve(one.path()), serve(other.path()));
    assert_eq!(page(&server, "/log/keys").lines().last(), its_keys.last().map(String::as_str));
    knows(one.path(), &peer.address, &others);
    knows(other.path(), &server.address, &its_keys);

    let cosigned = until(&server, "/log/checkpoint", "\u{2014} ashdale.example/log/witness ");
    until(&peer, "/log/checkpoint", "\u{2014} kelderby.example/log/witness ");

    assert!(cosigned.contains("kelderby.example/log\n1\n"), "{cosigned}");
    let proof = commonweal(&["audit", "proof", "--data", path(one.path()), "--entry", "1"]);
    let file = one.path().join("one.tlog-proof");
    std::fs::write(&file, &proof.stdout).unwrap();
    let check =
        |key: &str| commonweal(&["audit", "check-proof", path(&file), "--key", key, "--witness", others[1].as_str()]);
    let checked = check(&its_keys[0]);
    assert!(checked.status.success(), "{}{}", text(&checked.stdout), text(&checked.stderr));
    assert!(
        text(&checked.stdout).contains("cosigned by ashdale.example/log/witness at 20"),
        "{}",
        text(&checked.stdout)
    );
    assert_eq!(check(&others[0]).status.code(), Some(4));
    let quorum = |witness: &str, number: &str| {
        let known = ["audit", "check-proof", path(&file), "--key", its_keys[0].as_str()];
        commonweal(&[known.as_slice(), &["--witness", witness, "--quorum", number]].concat())
    };
    assert!(quorum(&others[1], "1").status.success());
    let unsigned = quorum(&its_keys[1], "1");
    assert_eq!(unsigned.status.code(), Some(4), "a log is no witness of its own: {}", text(&unsigned.stdout));
    assert!(text(&quorum(&others[1], "2").stderr).contains("--quorum 2 asks for more witnesses"));
    std::fs::write(&file, text(&proof.stdout).replace("\"allowed\"", "\"refused\"")).unwrap();
    assert_eq!(check(&its_keys[0]).status.code(), Some(4));

    // The log goes on, and its peer signs that too.
    drop(server);
    access(one.path(), "kelderby.example/log");
    let server = serve(one.path());
    until(&server, "/log/checkpoint", "\u{2014} ashdale.example/log/witness ");
    until(&server, "/transparency", "Signed");
    drop(server);
    let verified = commonweal(&["audit", "verify", "--data", path(one.path())]);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
    let newest = std::fs::read_dir(record::log_folder(one.path()).join("checkpoints")).unwrap();
    let newest = newest.map(|file| file.unwrap().path()).max().unwrap();

    // An old backup is put in its place: it is whole in itself, and its peer refuses it.
    knows(backup.path(), &peer.address, &others);
    let alone = commonweal(&["audit", "verify", "--data", path(backup.path())]);
    assert!(alone.status.success(), "{}", text(&alone.stdout));
    let against = commonweal(&["audit", "verify", "--data", path(backup.path()), "--against", path(&newest)]);
    assert_eq!(against.status.code(), Some(4), "{}", text(&against.stdout));
    let set_back = serve(backup.path());
    until(&set_back, "/transparency", "the log was set back");
    drop(set_back);

    // And when it has grown beyond what the peer has seen, the proof does not hold.
    for _ in 0..3 {
        access(backup.path(), "kelderby.example/log");
    }
    let forked = serve(backup.path());
    until(&forked, "/transparency", "the log was rewritten");
    assert!(!page(&forked, "/log/checkpoint").contains("ashdale.example/log/witness"));
}

#[test]
fn who_asks_for_a_proof_on_the_command_line_stands_in_the_log_too() {
    let data = locality("kelderby.example/log");
    let proof = |entry: &str| commonweal(&["audit", "proof", "--data", path(data.path()), "--entry", entry]);
    assert!(text(&proof("1").stdout).contains("\"action\":\"IssueToken\""));
    assert!(text(&proof("2").stderr).contains("no signed checkpoint covers an entry 2"));

    // Opens the record and closes it again.
    assert_eq!(keys(data.path()).len(), 2);

    let told = text(&proof("2").stdout);
    assert!(told.contains("\"who\":\"command/audit-proof\""), "{told}");
}

#[test]
fn a_log_keeps_its_name_and_the_release_before_is_refused_with_a_sentence() {
    let data = locality("kelderby.example/log");

    let out = data.path().join("out");
    let renamed = commonweal(&["export", "--data", path(data.path()), "--origin", "other.example/log", path(&out)]);
    assert!(text(&renamed.stderr).contains("was begun as kelderby.example/log"), "{}", text(&renamed.stderr));

    let log = record::log_folder(data.path());
    std::fs::remove_dir_all(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    std::fs::write(log.join("access.log"), [&[13, 0][..], b"Practitioner", &[7; 32]].concat()).unwrap();
    std::fs::write(log.join("head"), [0; 48]).unwrap();
    let old = commonweal(&["audit", "verify", "--data", path(data.path())]);
    assert!(text(&old.stderr).contains("of an earlier release"), "{}", text(&old.stderr));
    let served = commonweal(&["serve", "--data", path(data.path()), "--listen", "127.0.0.1:0"]);
    assert!(text(&served.stderr).contains("of an earlier release"), "{}", text(&served.stderr));
}
