// Starts the design system's enhancements. Without this file every page still works.
// The class must be on the body before the components start: a strict content security policy allows no inline script to set it.
import { initAll } from "./components.js";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("nhsuk-frontend-supported");
}
initAll();

// Printing and choosing from a list need a script; their controls are hidden without one.
for (const control of document.querySelectorAll("[data-print]")) {
  control.hidden = false;
  control.addEventListener("click", () => window.print());
}
// Only the page that checks proofs needs the script that does.
if (document.querySelector("[data-check-proof]")) {
  import("./check-proof.js");
}
if (document.querySelector("[data-passkey]")) {
  import("./passkey.js");
}

// What a person opened or closed stays; on paper everything is open.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details[data-print-open]:not([open])")) {
    details.open = true;
    details.dataset.openedForPrint = "";
  }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-opened-for-print]")) {
    details.open = false;
    delete details.dataset.openedForPrint;
  }
});
