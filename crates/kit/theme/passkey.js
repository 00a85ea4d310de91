// Makes a passkey, or signs in with one: asks the browser for what the page was told, and sends its answer as a form.
// Without this file the page says what is missing. Nothing is sent anywhere else from here.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

/** A new passkey, as the server reads it. */
async function make(told) {
  const publicKey = {
    ...told,
    challenge: bytes(told.challenge),
    user: { ...told.user, id: bytes(told.user.id) },
    excludeCredentials: named(told.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey });
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: { attestationObject: text(made.response.attestationObject), clientDataJSON: text(made.response.clientDataJSON) },
  };
}

/** The proof of a passkey, as the server reads it. */
async function use(told) {
  const publicKey = { ...told, challenge: bytes(told.challenge), allowCredentials: named(told.allowCredentials) };
  const used = await navigator.credentials.get({ publicKey });
  const { authenticatorData, clientDataJSON, signature, userHandle } = used.response;
  return {
    id: used.id,
    rawId: text(used.rawId),
    type: used.type,
    response: {
      authenticatorData: text(authenticatorData),
      clientDataJSON: text(clientDataJSON),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

const form = document.querySelector("form[data-passkey]");
if (form && window.PublicKeyCredential) {
  const ceremony = form.dataset.passkey === "make" ? make : use;
  const wrong = form.querySelector("[data-passkey-wrong]");
  document.querySelector("[data-passkey-missing]").hidden = true;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    try {
      form.elements.answer.value = JSON.stringify(await ceremony(JSON.parse(form.dataset.passkeyTold)));
      form.submit();
    } catch {
      wrong.hidden = false;
    }
  });
}
