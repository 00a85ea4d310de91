// Checks a proof of the access log in the browser: the entry's hashes, its path to the root, and the signatures.
// Without this file the form on the same page has the server check it. Nothing is sent anywhere from here.
// The formats are those of docs/decisions/0009-log-tree.md and of C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof.

const HEAD = "commonweal-log-entry v1";
const TREE_HEAD = "c2sp.org/tlog-proof@v1";
const utf8 = new TextEncoder();

class NotSo extends Error {}

function need(condition, sentence) {
  if (!condition) throw new NotSo(sentence);
}

function bytesOf(base64) {
  need(/^[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0, "a part of the proof cannot be read");
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  need(btoa(String.fromCharCode(...bytes)) === base64, "a part of the proof cannot be read");
  return bytes;
}

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const leaf = (...parts) => sha256(joined(Uint8Array.of(0), ...parts));
const node = (left, right) => sha256(joined(Uint8Array.of(1), left, right));

function decimal(text) {
  need(/^(0|[1-9][0-9]{0,15})$/.test(text), "a number of the proof cannot be read");
  return BigInt(text);
}

function hash(line) {
  const bytes = bytesOf(line);
  need(bytes.length === 32, "a hash of the proof cannot be read");
  return bytes;
}

function uint64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, number);
  return bytes;
}

/** The root that a leaf and its path lead to, after RFC 9162, section 2.1.3.2. */
async function rootByPath(start, index, size, path) {
  need(index < size, "the entry lies behind the end of the log");
  let [place, last, sum] = [index, size - 1n, start];
  for (const step of path) {
    need(last !== 0n, "the path is too long");
    if ((place & 1n) === 1n || place === last) {
      sum = await node(step, sum);
      while ((place & 1n) === 0n && place !== 0n) [place, last] = [place >> 1n, last >> 1n];
    } else {
      sum = await node(sum, step);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  need(last === 0n, "the path is too short");
  return sum;
}

async function rootOf(leaves) {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return leaves[0];
  let middle = 1;
  while (middle * 2 < leaves.length) middle *= 2;
  return node(await rootOf(leaves.slice(0, middle)), await rootOf(leaves.slice(middle)));
}

function part(line, name) {
  need(line?.startsWith(`${name} `), "the entry of the proof cannot be read");
  const rest = line.slice(name.length + 1);
  const gap = rest.indexOf(" ");
  need(gap > 0, "the entry of the proof cannot be read");
  const salt = bytesOf(rest.slice(0, gap));
  need(salt.length === 16, "the entry of the proof cannot be read");
  return { salt, text: rest.slice(gap + 1) };
}

const partHash = ({ salt, text }) => leaf(salt, utf8.encode(text));

/** What is shown of the entry, and the leaf that stands for it. */
async function entryOf(text) {
  const lines = text.split("\n");
  need(lines.shift() === HEAD, "this is no proof of an entry of the access log");
  const facts = part(lines.shift(), "facts");
  const line = lines.shift() ?? "";
  const details = line.startsWith("details-hash ") ? hash(line.slice(13)) : await partHash(part(line, "details"));
  const people = lines.shift() ?? "";
  need(people.startsWith("people "), "the entry of the proof cannot be read");
  const count = decimal(people.slice(7));
  let root;
  if (lines[0]?.startsWith("person-of ")) {
    const place = lines[0].split(" ")[1];
    const person = part(lines.shift(), `person-of ${place}`);
    root = await rootByPath(await partHash(person), decimal(place), count, lines.map(hash));
  } else {
    need(BigInt(lines.length) === count, "the proof does not show as many people as it says");
    root = await rootOf(await Promise.all(lines.map((line) => partHash(part(line, "person")))));
  }
  const commitment = joined(utf8.encode("commonweal entry v1\n"), await partHash(facts), details, uint64(count), root);
  return { facts: facts.text, leaf: await leaf(await sha256(commitment)) };
}

/** A key: `name+id+base64`. */
async function keyOf(text) {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text.trim());
  need(match, "the key cannot be read");
  const [, name, id, material] = match;
  const bytes = bytesOf(material);
  need(bytes.length === 33 && (bytes[0] === 1 || bytes[0] === 4), "the key cannot be read");
  const sum = (await sha256(joined(utf8.encode(`${name}\n`), bytes))).slice(0, 4);
  need([...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("") === id, "the key has a wrong letter");
  const key = await crypto.subtle.importKey("raw", bytes.slice(1), { name: "Ed25519" }, false, ["verify"]);
  return { name, id: sum, isWitness: bytes[0] === 4, key };
}

/** When a key signed the note (0 for a log); undefined when it did not. */
async function signedBy(note, key) {
  let at;
  for (const line of note.lines) {
    const [mark, name, base64, ...more] = line.split(" ");
    need(mark === "\u2014" && base64 && more.length === 0, "a signature cannot be read");
    const bytes = bytesOf(base64);
    if (name !== key.name || !same(bytes.slice(0, 4), key.id)) continue;
    const signature = bytes.slice(key.isWitness ? 12 : 4);
    const time = key.isWitness && bytes.length > 12 ? new DataView(bytes.buffer).getBigUint64(4) : 0n;
    const text = key.isWitness ? `cosignature/v1\ntime ${time}\n${note.text}` : note.text;
    if (!(await crypto.subtle.verify({ name: "Ed25519" }, key.key, signature, utf8.encode(text)))) return undefined;
    at = at === undefined || time > at ? time : at;
  }
  return at;
}

function noteOf(text) {
  const end = text.lastIndexOf("\n\n");
  need(end > 0, "the checkpoint cannot be read");
  return { text: text.slice(0, end + 1), lines: text.slice(end + 2).split("\n") };
}

async function check(text, log, witnesses) {
  const halves = text.split(`\n\n${TREE_HEAD}\n`);
  need(halves.length === 2, "this is no proof of an entry of the access log, or it was cut short");
  const cut = halves[1].indexOf("\n\n");
  need(cut > 0, "the proof was cut short");
  const [place, ...path] = halves[1].slice(0, cut).split("\n");
  need(place.startsWith("index "), "the proof was cut short");
  const index = decimal(place.slice(6));
  const note = noteOf(halves[1].slice(cut + 2).replace(/\n+$/, ""));
  const [origin, size, root, ...rest] = note.text.split("\n");
  need(rest.length === 1 && origin === log.name && !log.isWitness, "the checkpoint is of another log than the key");
  need((await signedBy(note, log)) !== undefined, "the checkpoint is not signed with the log's key");
  const entry = await entryOf(halves[0]);
  const found = await rootByPath(entry.leaf, index, decimal(size), path.map(hash));
  need(same(found, hash(root)), "the entry does not stand in the log in this place, or was changed");
  need(entry.facts.startsWith(`{"entry":${index + 1n},`), "the entry says another number than its place");
  const cosigned = [];
  for (const witness of witnesses) {
    const at = await signedBy(note, witness);
    if (at !== undefined && witness.isWitness) cosigned.push({ name: witness.name, at });
  }
  return { entry: index + 1n, facts: JSON.parse(entry.facts), origin, size, cosigned };
}

function proofsOf(text) {
  const clean = text.replaceAll("\r\n", "\n");
  const starts = [...clean.matchAll(new RegExp(`^${HEAD}$`, "gm"))].map((match) => match.index);
  need(starts.length > 0, "this is no proof of an entry of the access log");
  return starts.map((start, at) => clean.slice(start, starts[at + 1]).replace(/\n+$/, "\n"));
}

function told(name, words) {
  const element = document.createElement(name);
  element.textContent = words;
  return element;
}

const day = (ms) => new Date(Number(ms)).toLocaleString("en-GB", { timeZone: "Europe/London", dateStyle: "long", timeStyle: "short" });

function line(found) {
  const { entry, facts, origin, size, cosigned } = found;
  const who = [facts.name, facts.organisation_name].filter(Boolean).join(", ");
  const by = cosigned.map(({ name, at }) => `${name} (${day(at * 1000n)})`).join(" and ");
  const seen = by ? `Signed too by ${by}.` : "No witness that this page knows has signed it.";
  return `Entry ${entry} holds: ${who}, ${day(facts.at_ms)}, ${facts.action}, ${facts.outcome}. Log ${origin}, ${size} entries. ${seen}`;
}

async function answer(text, place, section) {
  place.replaceChildren(told("p", "Checking ..."));
  const list = document.createElement("ul");
  list.className = "nhsuk-list nhsuk-list--bullet";
  let held = 0;
  let proofs = [];
  try {
    const log = await keyOf(document.querySelector("[data-check-form] [name=key]").value);
    const keys = (section.dataset.witnessKeys || "").split(" ").filter(Boolean);
    const witnesses = await Promise.all(keys.map(keyOf));
    proofs = proofsOf(text);
    for (const proof of proofs) {
      try {
        list.append(told("li", line(await check(proof, log, witnesses))));
        held += 1;
      } catch (error) {
        if (error instanceof DOMException) throw error;
        list.append(told("li", `Does not hold: ${error.message}.`));
      }
    }
  } catch (error) {
    const sentence = error instanceof NotSo ? `It cannot be checked: ${error.message}.` : "This browser cannot check signatures. Use the form below: the server checks it.";
    place.replaceChildren(told("p", sentence));
    return;
  }
  const heading = told("h2", `${held} of ${proofs.length} hold`);
  heading.className = "nhsuk-heading-l";
  place.replaceChildren(heading, list);
}

for (const section of document.querySelectorAll("[data-check-proof]")) {
  if (!globalThis.crypto?.subtle) continue;
  section.hidden = false;
  const place = section.querySelector("[data-check-answer]");
  const take = async (file) => file && answer(await file.text(), place, section);
  section.querySelector("input[type=file]").addEventListener("change", (event) => take(event.target.files[0]));
  section.addEventListener("dragover", (event) => event.preventDefault());
  section.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}
