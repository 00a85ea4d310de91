//! The sign-in services of a locality: the file `sign-in.toml` in the data folder, and the wire to them.
//!
//! The file is read once, at the start; what is wrong in it stops the server with a sentence that says what to do. Keys lie in files
//! of their own beside it. Answers of a service are limited in time and size, and no redirect is followed. Next: `trust::provider`.

use anyhow::{Context, anyhow, bail, ensure};
use gate::Role;
use serde::Deserialize;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use trust::passkey::Passkeys;
use trust::provider::{Doors, Key, KnownRole, Provider, Web, WebError, Whom, can_be_given, level_of};
use trust::sessions::Strength;

/// How long a sign-in service may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Most bytes of an answer that are read: a set of keys, at most.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;
/// The file in the data folder.
const FILE: &str = "sign-in.toml";
/// What NHS login is asked for when the file does not say: identities proven by document, with two factors.
const VECTORS: [&str; 3] = ["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    address: String,
    #[serde(default)]
    proxies: Vec<IpAddr>,
    passkeys: Option<PasskeyEntry>,
    #[serde(default, rename = "provider")]
    providers: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    #[serde(rename = "for")]
    whom: Word,
    issuer: String,
    client_id: String,
    key_file: String,
    key_id: String,
    #[serde(default)]
    scopes: Vec<String>,
    vectors: Option<Vec<String>>,
    assurance: Option<u8>,
    #[serde(default)]
    acr_values: Vec<String>,
    #[serde(default, rename = "role")]
    roles: Vec<RoleLine>,
}

/// That there are passkeys, and which roles staff have with them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasskeyEntry {
    #[serde(default, rename = "role")]
    roles: Vec<RoleLine>,
}

/// A national role code, and which role it is here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleLine {
    code: String,
    #[serde(rename = "is")]
    role: String,
    #[serde(default)]
    at: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Citizens,
    Staff,
}

/// The sign-in services that the file in a data folder names; none when there is no file.
pub fn doors(data: &Path) -> anyhow::Result<Option<Doors>> {
    let path = data.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => bail!("{} cannot be read: {error}", path.display()),
    };
    understood(&text, data).map(Some).with_context(|| format!("{} is not right", path.display()))
}

fn understood(text: &str, data: &Path) -> anyhow::Result<Doors> {
    let file: File = toml::from_str(text).map_err(|error| anyhow!("{}", error.to_string().trim()))?;
    let address = file.address.trim_end_matches('/').to_owned();
    ensure!(
        is_safe(&address),
        "`address` is where browsers reach this server: https://NAME, or http://127.0.0.1:PORT on one's own machine"
    );
    let providers = file.providers.into_iter().map(|entry| {
        let id = entry.id.clone();
        provider(entry, data).with_context(|| format!("in the provider `{id}`"))
    });
    let providers = providers.collect::<anyhow::Result<Vec<Provider>>>()?;
    let ids: std::collections::HashSet<&str> = providers.iter().map(|provider| provider.id.as_str()).collect();
    ensure!(ids.len() == providers.len(), "two providers have the same `id`");
    let published = |one: &Provider| (one.key.public().get("kid").cloned(), one.key.public());
    let is_clash = |one: &Provider, other: &Provider| {
        let ((one_id, one), (other_id, other)) = (published(one), published(other));
        one_id == other_id && one != other
    };
    for (number, one) in providers.iter().enumerate() {
        let clashes = providers.iter().skip(number + 1).any(|other| is_clash(one, other));
        ensure!(
            !clashes,
            "two providers have the same `key_id` for different keys: a key that is new needs a new name"
        );
    }
    let proxies = file.proxies.into_iter().map(|proxy| proxy.to_canonical()).collect();
    let passkeys = file.passkeys.map(|entry| passkeys(&address, entry)).transpose()?;
    Ok(Doors { address, providers, web: Arc::new(Wire::new()), passkeys, proxies })
}

fn passkeys(address: &str, entry: PasskeyEntry) -> anyhow::Result<Arc<Passkeys>> {
    let roles = entry.roles.into_iter().map(known_role).collect::<anyhow::Result<Vec<KnownRole>>>()?;
    Ok(Arc::new(Passkeys::new(address, roles)?))
}

fn provider(entry: Entry, data: &Path) -> anyhow::Result<Provider> {
    let is_word = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    ensure!(!entry.id.is_empty() && entry.id.chars().all(is_word), "`id` is a word of a-z, 0-9 and -");
    ensure!(is_safe(&entry.issuer), "`issuer` must begin with https:// (http:// only on one's own machine)");
    let whom = match entry.whom {
        Word::Citizens => Whom::Citizens,
        Word::Staff => Whom::Staff,
    };
    let usual = || VECTORS.map(str::to_owned).to_vec();
    let vectors = match whom {
        Whom::Citizens => entry.vectors.unwrap_or_else(usual),
        Whom::Staff => Vec::new(),
    };
    for vector in &vectors {
        ensure!(level_of(vector).is_some(), "`{vector}` in `vectors` is no vector of trust such as P9.Cp.Cd");
    }
    let strength = match entry.assurance.unwrap_or(2) {
        2 => Strength::Aal2,
        3 => Strength::Aal3,
        other => bail!("`assurance` is {other}; it must be 2 or 3"),
    };
    let roles = known_roles(whom, entry.roles)?;
    let path = data.join(&entry.key_file);
    let pem = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let key = Key::from_pem(&pem, &entry.key_id).map_err(|error| anyhow!("{}: {error}", path.display()))?;
    let Entry { id, name, issuer, client_id, scopes, acr_values: classes, .. } = entry;
    Ok(Provider { id, name, whom, issuer, client_id, key: Arc::new(key), scopes, vectors, classes, strength, roles })
}

/// The lines about roles. There is no usual one: who may be what here, the operator says.
fn known_roles(whom: Whom, lines: Vec<RoleLine>) -> anyhow::Result<Vec<KnownRole>> {
    match whom {
        Whom::Citizens => {
            ensure!(lines.is_empty(), "`role` is for providers of staff; members of the public see their own record")
        }
        Whom::Staff => ensure!(
            !lines.is_empty(),
            "nobody could work here: say which of its role codes is which role, as in [[provider.role]] code = \"R8009\" is = \"Receptionist\""
        ),
    }
    lines.into_iter().map(known_role).collect()
}

fn known_role(line: RoleLine) -> anyhow::Result<KnownRole> {
    let RoleLine { code, role: called, at } = line;
    let is_code =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':');
    ensure!(is_code(&code), "`{code}` is no role code such as R8009 or S8000:G8000:R8009");
    let role = Role::parse(&called).filter(|role| can_be_given(*role));
    let all: Vec<&str> = Role::ALL.iter().filter(|role| can_be_given(**role)).map(|role| role.name()).collect();
    let role =
        role.ok_or_else(|| anyhow!("`{called}` is no role of somebody who works here; one of: {}", all.join(", ")))?;
    for organisation in &at {
        ensure!(is_code(organisation), "`{organisation}` in `at` is no ODS code such as K81001");
    }
    Ok(KnownRole { code, role, at })
}

/// Whether an address is reached without anybody listening on the way.
fn is_safe(address: &str) -> bool {
    let rest = |scheme| address.strip_prefix(scheme);
    let host = |rest: &str| rest.split(['/', ':']).next().unwrap_or_default().to_owned();
    match (rest("https://"), rest("http://")) {
        (Some(rest), _) => !host(rest).is_empty(),
        (_, Some(rest)) => ["127.0.0.1", "localhost"].contains(&host(rest).as_str()),
        _ => false,
    }
}

/// HTTP to a sign-in service.
struct Wire {
    agent: ureq::Agent,
}

impl Wire {
    fn new() -> Self {
        Self { agent: crate::wiring::http(ANSWER_WITHIN) }
    }
}

impl Web for Wire {
    fn ask(&self, request: axum::http::Request<Vec<u8>>) -> Result<axum::http::Response<Vec<u8>>, WebError> {
        let wrong = |error: ureq::Error| WebError(error.to_string());
        let has_body = !request.body().is_empty();
        let answer = if has_body { self.agent.run(request) } else { self.agent.run(request.map(|_| ())) };
        let (head, mut body) = answer.map_err(wrong)?.into_parts();
        let bytes = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(wrong)?;
        Ok(axum::http::Response::from_parts(head, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
address = "http://127.0.0.1:8080/"

[[provider]]
id = "nhs-login"
name = "NHS login"
for = "citizens"
issuer = "https://auth.example/"
client_id = "kelderby"
key_file = "nhs-login.pem"
key_id = "1"
scopes = ["profile"]
"#;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let pem = include_str!("../../trust/src/provider/tests/one.pem");
        std::fs::write(folder.path().join("nhs-login.pem"), pem).unwrap();
        folder
    }

    #[test]
    fn a_file_names_providers_and_leaves_the_rest_to_what_is_usual() {
        let folder = folder();
        assert!(doors(folder.path()).unwrap().is_none());
        std::fs::write(folder.path().join(FILE), GOOD).unwrap();

        let doors = doors(folder.path()).unwrap().unwrap();

        assert_eq!(doors.address, "http://127.0.0.1:8080");
        let provider = doors.provider("nhs-login").unwrap();
        assert_eq!((provider.whom, provider.strength), (Whom::Citizens, Strength::Aal2));
        assert_eq!(provider.vectors, VECTORS);
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let folder = folder();
        for (good, bad, says) in [
            ("http://127.0.0.1:8080/", "http://record.example", "`address` is where browsers reach"),
            ("https://auth.example/", "http://auth.example/", "`issuer` must begin with https://"),
            ("nhs-login.pem", "missing.pem", "missing.pem cannot be read"),
            ("\"nhs-login\"", "\"NHS login\"", "`id` is a word"),
            ("\"citizens\"", "\"everybody\"", "unknown variant"),
            ("scopes = [\"profile\"]", "vectors = [\"P12\"]", "`P12` in `vectors`"),
            ("scopes = [\"profile\"]", "assurance = 1", "it must be 2 or 3"),
            ("scopes = [\"profile\"]", "secret = \"x\"", "unknown field"),
            ("[[provider]]", "[passkeys]\n[[provider]]", "passkeys need an address with a name"),
            ("[[provider]]", "proxies = [\"our proxy\"]\n[[provider]]", "invalid IP address"),
        ] {
            let error = understood(&GOOD.replace(good, bad), folder.path()).err().unwrap();
            assert!(format!("{error:#}").contains(says), "{bad}: {error:#}");
        }
    }

    #[test]
    fn staff_get_the_roles_that_are_written_down_and_no_others() {
        let folder = folder();
        let staff = GOOD.replace("\"citizens\"", "\"staff\"");
        let with = |lines: &str| understood(&format!("{staff}{lines}"), folder.path());

        let doors = with("[[provider.role]]\ncode = \"R8009\"\nis = \"Receptionist\"\nat = [\"K81001\"]\n").unwrap();
        let known = KnownRole { code: "R8009".to_owned(), role: Role::Receptionist, at: vec!["K81001".to_owned()] };
        assert_eq!(doors.provider("nhs-login").unwrap().roles, [known]);

        for (lines, says) in [
            ("", "nobody could work here"),
            (
                "[[provider.role]]\ncode = \"R8009\"\nis = \"Citizen\"\n",
                "`Citizen` is no role of somebody who works here",
            ),
            ("[[provider.role]]\ncode = \"R8009\"\nis = \"ServiceAccount\"\n", "one of: Clinician"),
            ("[[provider.role]]\ncode = \"R8*\"\nis = \"Gp\"\n", "`R8*` is no role code"),
            ("[[provider.role]]\ncode = \"R1\"\nis = \"Gp\"\nat = [\"*\"]\n", "no ODS code"),
        ] {
            let error = with(lines).err().unwrap();
            assert!(format!("{error:#}").contains(says), "{lines}: {error:#}");
        }
        let line = "[[provider.role]]\ncode = \"R1\"\nis = \"Gp\"\n";
        let error = understood(&format!("{GOOD}{line}"), folder.path()).err().unwrap();
        assert!(format!("{error:#}").contains("`role` is for providers of staff"));
    }

    #[test]
    fn passkeys_are_had_without_a_provider_and_need_a_name() {
        let folder = folder();
        let text = "address = \"https://record.example\"\n[passkeys]\n[[passkeys.role]]\ncode = \"R8009\"\nis = \"Receptionist\"\n";

        assert!(understood(text, folder.path()).unwrap().passkeys.is_some());
        for address in ["http://localhost:8080", "https://record.example:8443"] {
            assert!(understood(&text.replace("https://record.example", address), folder.path()).is_ok(), "{address}");
        }
        let wrong =
            |from: &str, to: &str| understood(&text.replace(from, to), folder.path()).err().unwrap().to_string();
        assert!(wrong("Receptionist", "Citizen").contains("no role of somebody who works here"));
        assert!(wrong("https://record.example", "http://127.0.0.1:8080").contains("http://localhost:PORT"));
    }

    #[test]
    fn two_keys_with_one_name_are_refused() {
        let folder = folder();
        std::fs::write(folder.path().join("other.pem"), include_str!("../../trust/src/provider/tests/other.pem"))
            .unwrap();
        let second = GOOD.split_once("[[provider]]").unwrap().1.replace("\"nhs-login\"", "\"second\"");
        let two = |second: &str| understood(&format!("{GOOD}[[provider]]{second}"), folder.path());

        assert!(two(&second).is_ok(), "one key may serve two providers");
        let error = two(&second.replace("nhs-login.pem", "other.pem")).err().unwrap();
        assert!(format!("{error:#}").contains("the same `key_id` for different keys"), "{error:#}");
    }

    #[test]
    fn an_address_is_safe_with_https_or_at_home() {
        assert!(is_safe("https://record.example") && is_safe("http://localhost:8080"));
        assert!(!is_safe("http://127.0.0.1.example") && !is_safe("ftp://127.0.0.1") && !is_safe("https://"));
    }
}
