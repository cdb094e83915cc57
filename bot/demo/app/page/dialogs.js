// Dialogs and notes: alerts, choices, DIMO's sign-in page.

import { $, el, icon } from "./dom.js";
import { dateName } from "./text.js";
import { act, cars, me, people, view } from "./world.js";

const NOTE_SECONDS = 4;

/** Show a short note at the top, or show it again if it is already there. */
export function note(text, kind = "info") {
  [...$("toasts").children].find((one) => one.textContent === text)?.remove();
  const shown = el(`p.toast.${kind}`, {}, text);
  $("toasts").append(shown);
  setTimeout(() => shown.remove(), NOTE_SECONDS * 1000);
}

/** Request an action of the server and show an error as a note; returns the answer, or null. */
export async function attempt(action, body) {
  try {
    return await act(action, body);
  } catch (error) {
    note(error.message, "error");
    return null;
  }
}

function show(title, ...content) {
  const dialog = $("dialog");
  const close = el("button.plain", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"));
  const head = el("header", {}, el("h2", { id: "dialog-title" }, title), close);
  dialog.replaceChildren(head, ...content);
  // Reopen the dialog so that the focus moves into its new content and screen readers announce it.
  if (dialog.open) dialog.close();
  dialog.showModal();
  return dialog;
}

const shut = () => $("dialog").close();

/** Show the alert with which the bot answered a tap. */
export function alertBox(text) {
  show("Family bot", el("p", {}, text), el("p.actions", {}, el("button.primary", { type: "button", onclick: shut }, "OK")));
}

/** Say that an address leads out of the demo. */
export function outside(url) {
  show("That leads outside", el("p", {}, "The demo stays on this machine. On a phone this opens:"), el("p.address", {}, url));
}

/** Let the person choose who gets a text. */
export function chooseReceiver(text, group, sent) {
  const others = people().filter((one) => one.part !== view.me);
  const choices = others.map((one) => choice(one.name, one.part, () => attempt("send", { person: view.me, to: one.part, text }), sent));
  if (group && group.chat.people.includes(me().id)) {
    const say = () => attempt("say", { person: view.me, chat: group.chat.id, text });
    choices.push(choice(group.title, "the group", say, sent));
  }
  show("Send to", el("ul.choices", {}, choices));
}

function choice(name, about, send, sent) {
  const chosen = async () => {
    shut();
    if (await send()) sent(name);
  };
  return el("li", {}, el("button", { type: "button", onclick: chosen }, el("strong", {}, name), el("span", {}, about)));
}

/** Let the person choose the group to which the bot is added. */
export function chooseGroup(group, joined) {
  if (!group || !group.chat.people.includes(me().id)) {
    show("Choose a group", el("p", {}, `${me().name} is in no group here.`));
    return;
  }
  const chosen = () => {
    shut();
    joined();
  };
  const button = el("button", { type: "button", onclick: chosen }, el("strong", {}, group.title), el("span", {}, "add the bot here"));
  show("Choose a group", el("ul.choices", {}, el("li", {}, button)));
}

const PERMISSIONS = {
  1: "read what the car reports",
  2: "send commands to the car",
  3: "see where the car is",
  4: "see where the car is and was",
  5: "read the car's number (VIN)",
  6: "follow the car live",
};

/** Simulate DIMO's sign-in page; `send` gets the address that the browser is redirected to. */
export function loginPage(page, send) {
  const who = el("div.options", { role: "radiogroup", "aria-label": "Account" });
  const garage = el("div.options", { role: "group", "aria-label": "Cars to share" });
  const account = () => who.querySelector("input:checked").value;
  const showCars = () => garage.replaceChildren(...carChoices(page.accounts[account()]));
  who.append(...people().map((one) => radio(one, showCars)));
  showCars();
  const signIn = async () => {
    const shared = [...garage.querySelectorAll("input:checked")].map((box) => Number(box.value));
    const answer = await attempt("sign-in", { person: account(), url: page.url, cars: shared });
    if (answer) landed(answer.landing, send);
  };
  const turnBack = async () => {
    const answer = await attempt("turn-back", { url: page.url });
    if (answer) landed(answer.landing, send);
  };
  const asks = page.permissions.map((number) => el("li", {}, PERMISSIONS[number] ?? `permission ${number}`));
  show(
    "Login with DIMO",
    el("p.fine", {}, "Simulated. The real page is DIMO's own; nobody else sees your password."),
    el("h3", {}, "Sign in as"),
    who,
    el("h3", {}, "Share with the family bot"),
    garage,
    el("p.fine", {}, page.until ? `Until ${dateName(page.until)}, the bot may:` : "The bot may:"),
    el("ul.plainly", {}, asks),
    el(
      "p.actions",
      {},
      el("button", { type: "button", onclick: turnBack }, "Cancel"),
      el("button.primary", { type: "button", onclick: signIn }, "Sign in and share"),
    ),
  );
}

function radio(one, changed) {
  const input = el("input", { type: "radio", name: "account", value: one.part, checked: one.part === view.me, onchange: changed });
  return el("label", {}, input, el("span", {}, one.name));
}

function carChoices(owned) {
  if (!owned.length) return [el("p", {}, "This account has no car.")];
  return owned.map((car, number) => {
    const input = el("input", { type: "checkbox", value: String(car.id), checked: number === 0 });
    const known = cars().find((one) => one.id === car.id);
    return el("label", {}, input, el("span", {}, car.name, el("small", {}, known ? ` ${known.model}` : "")));
  });
}

function landed(address, send) {
  const isSignedIn = new URL(address).searchParams.has("token");
  const inside = isSignedIn ? "It holds a secret: the bot deletes the message at once." : "It holds no secret: nobody signed in.";
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      note("Copied.");
    } catch {
      note("The browser does not let me copy. Mark the address and copy it.", "error");
    }
  };
  const sendIt = () => {
    shut();
    send(address);
  };
  show(
    "Your browser has landed here",
    el("p", {}, `On a phone you copy this whole address from the browser and send it to the bot. ${inside}`),
    el("p.address", { tabindex: "0", role: "group", "aria-label": "Address" }, address),
    el(
      "p.actions",
      {},
      el("button", { type: "button", onclick: copy }, "Copy"),
      el("button.primary", { type: "button", onclick: sendIt }, "Send it to the bot"),
    ),
  );
}
