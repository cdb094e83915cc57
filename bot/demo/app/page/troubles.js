// The trouble panel: switches and sliders for DIMO, Telegram, the car, the bot and the clock.

import { $, el, reconcile, setText, set } from "./dom.js";
import { theCar } from "./car.js";
import { attempt, note } from "./dialogs.js";
import { showTab } from "./tabs.js";
import { bot, part } from "./world.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SKIPS = [
  ["+1 min", MINUTE],
  ["+1 hour", HOUR],
  ["+1 day", DAY],
  ["+14 days", 14 * DAY],
];

const trouble = (kind, to) => attempt("trouble", { kind, to });
const carTrouble = (kind, to) => attempt("car-trouble", { car: theCar().id, kind, to });

/** Put the clock of the demo forward. */
export const skip = (seconds) => attempt("skip", { seconds });

export async function killOrStart() {
  const action = isDown() ? "start" : "kill";
  if ((await attempt(action)) && action === "kill") note("The bot is dead. What people write waits at Telegram.");
}

export const isDown = () => ["killed", "ended"].includes(bot().state);
export const slowDimo = (seconds) => trouble("dimo_seconds", seconds);

const SWITCHES = {
  dimo_down: ["DIMO is down", "error pages instead of answers", () => part("troubles").dimo_down, (to) => trouble("dimo_down", to)],
  asleep: ["The car sleeps", "commands wait until it wakes", () => theCar().asleep, (to) => carTrouble("asleep", to)],
  silent: ["The car is silent", "it acts and reports nothing", () => theCar().silent, (to) => carTrouble("silent", to)],
  contradicts: ["The car contradicts", "it undoes what it was told", () => theCar().contradicts, (to) => carTrouble("contradicts", to)],
  loses_answer: ["The next answer gets lost", "the command arrives all the same", () => theCar().loses_answer, (to) => carTrouble("loses_answer", to)],
};

/** Create the controls. */
export function prepare() {
  $("trouble-on").addEventListener("click", () => {
    showTab("trouble");
    $("trouble").querySelector("[role=switch][aria-checked=true]")?.focus();
  });
  $("troubles").append(
    group(
      "The bot",
      el("p.bot-line", {}, el("span", { id: "bot-line" }), el("button.small", { type: "button", id: "kill", onclick: killOrStart })),
      el("ul.complaints", { id: "complaints", hidden: true, "aria-label": "What the bot did that it must not" }),
    ),
    group("Time", el("div.buttons", {}, SKIPS.map(([label, seconds]) => el("button.small", { type: "button", onclick: () => skip(seconds) }, label)))),
    group(
      "DIMO",
      slider("dimo_seconds", "DIMO answers", 30),
      switchFor("dimo_down"),
      el("button.small", { type: "button", onclick: endSignIns }, "End all sign-ins at DIMO"),
    ),
    group("Telegram", slider("telegram_seconds", "Telegram answers", 20)),
    group(
      "The car",
      switchFor("asleep"),
      switchFor("silent"),
      switchFor("contradicts"),
      switchFor("loses_answer"),
      el("button.small", { type: "button", id: "share", onclick: turnShare }),
    ),
  );
}

async function turnShare() {
  const isTaken = theCar().is_shared;
  if ((await carTrouble("unshared", isTaken)) && isTaken) note(`The bot's pass for ${theCar().name} still works for up to 10 minutes, as at the real DIMO.`);
}

async function endSignIns() {
  if (await trouble("sign_ins_ended", true)) note("DIMO takes none of its tokens any more. The bot gets new ones by itself.");
}

function group(title, ...content) {
  return el("fieldset", {}, el("legend", {}, title), content);
}

function switchFor(name) {
  const [title, about, is, change] = SWITCHES[name];
  return el(
    "button.switch.whole",
    { type: "button", role: "switch", id: `trouble-${name}`, "aria-label": title, onclick: () => change(!is()) },
    el("span.knob"),
    el("span.says", {}, el("strong", {}, title), el("small", {}, about)),
  );
}

function slider(name, title, most) {
  const id = `trouble-${name}`;
  const input = el("input", { type: "range", id, min: 0, max: most, step: 1, value: 0 });
  const output = el("output", { for: id });
  input.addEventListener("input", () => setText(output, seconds(Number(input.value))));
  input.addEventListener("change", () => trouble(name, Number(input.value)));
  return el("div.slider", {}, el("label", { for: id }, title), output, input);
}

const seconds = (count) => (count === 0 ? "at once" : count === 1 ? "after 1 second" : `after ${count} seconds`);

export function showTroubles() {
  for (const name of Object.keys(SWITCHES)) set($(`trouble-${name}`), "aria-checked", String(SWITCHES[name][2]()));
  for (const name of ["dimo_seconds", "telegram_seconds"]) {
    const input = $(`trouble-${name}`);
    if (document.activeElement !== input) input.value = part("troubles")[name];
    setText(input.parentElement.querySelector("output"), seconds(Number(input.value)));
    set(input, "aria-valuetext", seconds(Number(input.value)));
  }
  $("trouble-asleep").closest("fieldset").querySelector("legend").textContent = theCar().name;
  setText($("share"), theCar().is_shared ? "Take back the share" : "Share it with the bot");
  setText($("kill"), isDown() ? "Start the bot" : "Kill the bot");
  setText($("bot-line"), BOT_LINES[bot().state]);
  $("complaints").hidden = !bot().complaints.length;
  reconcile($("complaints"), bot().complaints.map((text, number) => ({ text, number })), (one) => one.number, (one) => el("li", {}, one.text));
}

/** Say in the top bar, which every part of the page has, what is switched on; a tap leads to the switches. */
export function showWhatIsOn() {
  const on = Object.values(SWITCHES).filter(([, , is]) => is()).map(([title]) => title);
  for (const name of ["dimo_seconds", "telegram_seconds"]) {
    const late = part("troubles")[name];
    if (late) on.push(`${name === "dimo_seconds" ? "DIMO" : "Telegram"} answers ${seconds(late)}`);
  }
  $("trouble-on").hidden = !on.length;
  setText($("trouble-says"), on.length === 1 ? on[0] : `${on.length} troubles`);
  set($("trouble-on"), "title", `${on.join(", ")}. Tap to switch it off.`);
}

const BOT_LINES = {
  listening: "It runs.",
  starting: "It starts.",
  killed: "It was killed. What people write waits.",
  ended: "It ended by itself. The terminal says why.",
};
