//! Builds what a browser needs - one style sheet, five scripts, one icon - from the locked npm packages and our own theme.
//!
//! Nothing of the packages is copied into the repository: `npm ci --ignore-scripts` fetches what `package-lock.json` names, the style
//! sheet is compiled by a Sass compiler in Rust, and each file is embedded in the crate under a name that carries the hash
//! of its content, beside a gzipped copy. It refuses to go on without npm when the packages are not there, and says so.
//! What is generated is read by `src/assets.rs` and `src/components/icon.rs`.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Icons of the design system that components draw inline.
const ICONS: [&str; 11] = [
    "arrow-left",
    "arrow-right",
    "arrow-right-circle",
    "arrow-up",
    "arrow-down",
    "arrow-up-down",
    "chevron-right-circle",
    "cross",
    "search",
    "tick",
    "user",
];

fn main() -> Outcome<()> {
    // Asked when it runs, not when it was compiled: one target folder may serve several copies of the workspace.
    let kit = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo gives no CARGO_MANIFEST_DIR")?);
    let kit = kit.as_path();
    let root = kit.join("../..");
    let packages = root.join("node_modules");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=theme");
    println!("cargo::rerun-if-changed={}", root.join("package-lock.json").display());
    println!("cargo::rerun-if-changed={}", packages.join(".package-lock.json").display());
    install(&root, &packages)?;

    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo gives no OUT_DIR")?);
    let system = packages.join("nhsuk-frontend/dist/nhsuk");
    let mut embed = Embed { out: &out, table: String::new(), names: String::new() };
    let css = with_images(style_sheet(kit, &packages)?, &system, &mut embed)?;
    embed.file("SITE_CSS", "site.css", css.as_bytes())?;
    let components =
        embed.file("COMPONENTS_JS", "components.js", &without_map(&read(&system.join("nhsuk-frontend.min.js"))?))?;
    let check_proof = embed.file("CHECK_PROOF_JS", "check-proof.js", &read(&kit.join("theme/check-proof.js"))?)?;
    let passkey = embed.file("PASSKEY_JS", "passkey.js", &read(&kit.join("theme/passkey.js"))?)?;
    let start = String::from_utf8(read(&kit.join("theme/start.js"))?)?
        .replace("./components.js", &components.replace("/static/", "./"))
        .replace("./check-proof.js", &check_proof.replace("/static/", "./"))
        .replace("./passkey.js", &passkey.replace("/static/", "./"));
    embed.file("START_JS", "start.js", start.as_bytes())?;
    let htmx = packages.join("htmx.org/dist");
    embed.file("HTMX_JS", "htmx.js", &without_map(&read(&htmx.join("htmx.min.js"))?))?;
    embed.file("HTMX_SSE_JS", "htmx-sse.js", &without_map(&read(&htmx.join("ext/hx-sse.min.js"))?))?;
    embed.file("ICON_SVG", "icon.svg", &read(&kit.join("theme/icon.svg"))?)?;
    embed.finish()?;
    icons(&system, &out)
}

/// Fetches the locked packages when they are missing or differ from the lock file; one build at a time does it.
fn install(root: &Path, packages: &Path) -> Outcome<()> {
    let lock_path = root.join("package-lock.json");
    let guard = File::open(&lock_path).map_err(|cause| format!("cannot open {}: {cause}", lock_path.display()))?;
    guard.lock()?;
    let locked = fs::read_to_string(&lock_path)?;
    let installed = fs::read_to_string(packages.join(".package-lock.json")).unwrap_or_default();
    let mut wanted = locked.lines().map(str::trim).filter(|line| line.starts_with("\"integrity\""));
    if wanted.all(|line| installed.contains(line)) {
        return Ok(());
    }
    println!("cargo::warning=fetching the design system that package-lock.json names (npm ci)");
    let npm =
        Command::new("npm").args(["ci", "--ignore-scripts", "--no-fund", "--no-audit"]).current_dir(root).output();
    match npm {
        Ok(answer) if answer.status.success() => Ok(()),
        Ok(answer) => {
            Err(format!("npm ci failed in {}:\n{}", root.display(), String::from_utf8_lossy(&answer.stderr)).into())
        }
        Err(cause) => Err(format!(
            "pages are built from npm packages and npm cannot be started ({cause}): install Node.js 20 or later, then build again"
        )
        .into()),
    }
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|cause| format!("cannot read {}: {cause}", path.display()).into())
}

/// Drops the pointer to a source map, which is not served.
fn without_map(script: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(script);
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("//# sourceMappingURL=")).collect();
    kept.join("\n").into_bytes()
}

fn style_sheet(kit: &Path, packages: &Path) -> Outcome<String> {
    let options = grass::Options::default().style(grass::OutputStyle::Compressed).load_path(packages).quiet(true);
    let css = grass::from_path(kit.join("theme/site.scss"), &options)
        .map_err(|cause| format!("the theme does not compile: {cause}"))?;
    for foreign in ["//assets.nhs.uk", "@font-face", "http:", "https:"] {
        if css.contains(foreign) {
            return Err(format!("the style sheet must not reach outside the site, and it says `{foreign}`").into());
        }
    }
    Ok(css)
}

/// Embeds each picture that the style sheet names, and names it by its hash.
fn with_images(css: String, system: &Path, embed: &mut Embed<'_>) -> Outcome<String> {
    const FOLDER: &str = "/static/images/";
    let mut names: Vec<String> =
        css.split(FOLDER).skip(1).filter_map(|rest| Some(rest.split_once(['"', '\'', ')'])?.0.to_owned())).collect();
    names.sort();
    names.dedup();
    let mut css = css;
    for name in names {
        let content = read(&system.join("assets/images").join(&name))?;
        let constant = name.trim_end_matches(".svg").replace('-', "_").to_uppercase();
        let url = embed.file(&constant, &name, &content)?;
        css = css.replace(&format!("{FOLDER}{name}"), &url.replace("/static/", ""));
    }
    Ok(css)
}

/// Collects files to embed and writes the table that `src/assets.rs` includes.
struct Embed<'a> {
    out: &'a Path,
    table: String,
    names: String,
}

impl Embed<'_> {
    /// Writes a file and its gzipped copy; gives back the url under which it will be served.
    fn file(&mut self, constant: &str, name: &str, content: &[u8]) -> Outcome<String> {
        let (stem, extension) = name.rsplit_once('.').ok_or("a file name has an extension")?;
        let hashed = format!("{stem}-{:016x}.{extension}", hash(content));
        let plain = self.out.join(&hashed);
        let zipped = self.out.join(format!("{hashed}.gz"));
        fs::write(&plain, content)?;
        let mut encoder = flate2::write::GzEncoder::new(File::create(&zipped)?, flate2::Compression::best());
        encoder.write_all(content)?;
        encoder.finish()?;
        let media = match extension {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        let url = format!("/static/{hashed}");
        writeln!(self.names, "/// Where `{name}` is served.\npub const {constant}: &str = {url:?};")?;
        writeln!(
            self.table,
            "    File {{ name: {hashed:?}, media: {media:?}, plain: include_bytes!({plain:?}), gzip: include_bytes!({zipped:?}) }},"
        )?;
        Ok(url)
    }

    fn finish(self) -> Outcome<()> {
        let Self { out, table, names } = self;
        Ok(fs::write(out.join("assets.rs"), format!("{names}static FILES: &[File] = &[\n{table}];\n"))?)
    }
}

/// FNV-1a: enough to give changed content a new name; nothing is proved by it.
fn hash(content: &[u8]) -> u64 {
    content.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Takes the drawing of each icon out of the package, so that components can put it in the page.
fn icons(system: &Path, out: &Path) -> Outcome<()> {
    let mut arms = String::new();
    for name in ICONS {
        let path = system.join(format!("assets/images/nhsuk-icon-{name}.svg"));
        let svg = String::from_utf8(read(&path)?)?;
        let drawing =
            svg.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>")).map(|(inner, _)| inner.trim());
        let drawing = drawing.ok_or_else(|| format!("{} is not an icon", path.display()))?;
        writeln!(arms, "    ({name:?}, {drawing:?}),")?;
    }
    Ok(fs::write(out.join("icons.rs"), format!("const ICONS: &[(&str, &str)] = &[\n{arms}];\n"))?)
}
