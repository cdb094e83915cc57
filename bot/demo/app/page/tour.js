// The guided tour: short steps, each with what to do and what to look at. The page notices when a step is done.

import { $, el, icon, setText } from "./dom.js";
import { choose } from "./car.js";
import { holdAndOpen, write, writeToBot } from "./chat.js";
import { note } from "./dialogs.js";
import { showTab } from "./tabs.js";
import { isDown, killOrStart, skip, slowDimo } from "./troubles.js";
import { act, bot, cars, chatsOf, messagesIn, part, people, person, view } from "./world.js";

const STEPS = [
  {
    title: "Link",
    todo: "Anna owns the cars. On her phone write /link, tap Sign in, and share Bluey on DIMO's page. Send the address that you land on.",
    look: "The bot deletes the address at once: it holds a secret.",
    helps: [hold("owner"), writes("owner", "/link")],
    isDone: () => said("owner", /is linked until/),
  },
  {
    title: "Lock",
    todo: "Tap Show the car, or write /car. Then tap Lock.",
    look: "One message tells the story: Sending, Accepted, Confirmed. Confirmed comes from the car's own report, not from DIMO's answer.",
    helps: [writes("owner", "/car"), writes("owner", "/lock")],
    isDone: () => said("owner", /Confirmed: 🔒/),
  },
  {
    title: "Unlock, after a question",
    todo: "Write /unlock. Answer the question with Unlock.",
    look: "What opens the car asks first. Only Anna can answer, and only once.",
    helps: [writes("owner", "/unlock")],
    isDone: () => said("owner", /Confirmed: 🔓/),
  },
  {
    title: "Let it expire",
    todo: "Write /trunk and don't answer. Then let a minute pass.",
    look: "The question closes. The car got nothing.",
    helps: [writes("owner", "/trunk"), skips("1 minute", 60)],
    isDone: () => said("owner", /Expired/),
  },
  {
    title: "Invite the driver",
    todo: "Anna: /invite, Driver, No end, then send the link to Ben. Ben: open the link and tap Join.",
    look: "The link works once, for one person.",
    helps: [writes("owner", "/invite"), holdLetter("driver", "owner")],
    isDone: () => said("driver", /You are in, as a driver/),
  },
  {
    title: "A group asks",
    todo: "Anna: /car, More, Groups, Share in a group, Family. Cleo: write /car in Family and tap Ask for access. Anna: Allow as guest.",
    look: "Nobody may use the car just because they are in the group.",
    helps: [writes("owner", "/car"), writesInGroup("guest", "/car"), hold("owner")],
    isDone: () => saidInGroup(/you are in as a guest/),
  },
  {
    title: "The guest's time ends",
    todo: "Anna: /members, Cleo, 1 hour. Let an hour pass. Cleo: write /unlock in Family.",
    look: "Access ends by itself. Anna need not think of it.",
    helps: [writes("owner", "/members"), skips("1 hour", 3600), writesInGroup("guest", "/unlock")],
    isDone: () => part("world").shift >= 3600 && saidInGroup(/have no access here|access has ended/i),
  },
  {
    title: "Error codes",
    todo: "Turn on the warning light. Anna: /codes, Read from car, then Explain.",
    look: "The code comes from the car, and the bot keeps its own record of what it means.",
    helps: [atTheCar("Warning light on", "fault"), writes("owner", "/codes")],
    isDone: () => cars().some((car) => car.code_queries > 0),
  },
  {
    title: "The car speaks up",
    todo: "Leave the rear trunk open, and let 40 minutes pass. Then close it, and let 40 more pass.",
    look: "One message says that the trunk is open. It is edited when the trunk is closed, and mutes itself if you like.",
    helps: [atTheCar("Rear trunk open", "trunk_open"), skips("40 minutes", 2400), writes("owner", "/notes")],
    isDone: () => said("owner", /trunk still open/),
  },
  {
    title: "Kill the bot in mid-command",
    todo: "Write /frunk, then slow DIMO down, then tap Open frunk. While it says Sending, kill the bot. Start it again.",
    look: "Unknown. The bot never sends it twice. Whether it opened shows at the car, 20 seconds later.",
    helps: [writes("owner", "/frunk"), slows("DIMO takes 20 s", 20), kills(), slows("DIMO is fast", 0)],
    isDone: () => bot().starts > 1 && said("owner", /^\W*Unknown/m),
  },
  {
    title: "The log",
    todo: "Anna: write /log.",
    look: "Who did what, when, and what became of it. All of it is encrypted in the database.",
    helps: [writes("owner", "/log")],
    isDone: () => said("owner", /^📜 Log/m),
  },
];

function hold(who) {
  return { isOf: who, label: () => `Take ${person(who).name}'s phone`, run: () => holdAndOpen(who) };
}

function holdLetter(who, from) {
  const run = () => {
    const hasLetter = chatsOf(person(who)).some((chat) => chat.kind === "letters" && chat.with.part === from);
    holdAndOpen(who, hasLetter ? "letters" : "private");
  };
  return { label: () => `Take ${person(who).name}'s phone`, run };
}

function writes(who, text) {
  const run = () => {
    holdAndOpen(who);
    return writeToBot(text);
  };
  return { label: () => `${person(who).name}: ${text}`, run };
}

function writesInGroup(who, text) {
  const run = () => {
    holdAndOpen(who, "group");
    return write(text);
  };
  return { label: () => `${person(who).name} in Family: ${text}`, run };
}

function skips(words, seconds) {
  return { label: () => `Let ${words} pass`, run: () => skip(seconds) };
}

function slows(words, seconds) {
  return { label: () => words, run: () => slowDimo(seconds) };
}

function kills() {
  return { label: () => (isDown() ? "Start the bot" : "Kill the bot"), run: killOrStart };
}

function atTheCar(words, name) {
  const run = () => {
    const [first] = cars();
    choose(first.id);
    return act("at-the-car", { car: first.id, part: name, to: true });
  };
  return { label: () => words, run };
}

function fromBot(chat, who) {
  return messagesIn(chat, who).filter((message) => message.sender === part("world").bot_id);
}

function said(who, pattern) {
  const one = person(who);
  return fromBot(chatsOf(one)[0], one).some((message) => pattern.test(message.text));
}

function saidInGroup(pattern) {
  for (const one of people()) {
    const group = chatsOf(one).find((chat) => chat.kind === "group");
    if (group) return fromBot(group, one).some((message) => pattern.test(message.text));
  }
  return false;
}

/** Add the listeners of the strip at the bottom of the page. */
export function prepare() {
  $("strip-step").addEventListener("click", () => showTab("tour"));
  $("strip-next").addEventListener("click", () => go({ step: kept.step + 1 }));
}

// --- The current step

let kept = { step: 0, done: [], left: false };
let shown = "";

const storeName = () => `demo ${part("world").id} tour`;

/** Restore the tour as saved by the last visit to this demo. */
export function remember() {
  try {
    kept = { ...kept, ...JSON.parse(localStorage.getItem(storeName())) };
  } catch {
    // Without storage every visit starts fresh.
  }
}

function go(change) {
  kept = { ...kept, ...change };
  try {
    localStorage.setItem(storeName(), JSON.stringify(kept));
  } catch {
    // As in remember().
  }
  showTour();
}

function noteDone() {
  const step = kept.step;
  if (step < STEPS.length && !kept.done.includes(step) && STEPS[step].isDone()) go({ done: [...kept.done, step] });
}

export function showTour() {
  if (!kept.left) noteDone();
  showStrip();
  const state = JSON.stringify([kept, isDown(), view.me]);
  if (state === shown) return;
  shown = state;
  const section = $("tour");
  const focused = [...section.querySelectorAll("button")].indexOf(document.activeElement);
  section.replaceChildren(...content());
  if (focused >= 0) (section.querySelectorAll("button")[focused] ?? section.querySelector("button"))?.focus();
}

/** Show the step in the strip below the other parts of a narrow page; a tap on it opens the tour. */
function showStrip() {
  const isOver = kept.left || kept.step >= STEPS.length;
  $("strip").hidden = isOver;
  if (isOver) return;
  const isDone = kept.done.includes(kept.step);
  setText($("strip-title"), `${kept.step + 1}/${STEPS.length} ${STEPS[kept.step].title}`);
  setText($("strip-todo"), isDone ? `Done. ${STEPS[kept.step].look}` : STEPS[kept.step].todo);
  $("strip").classList.toggle("done", isDone);
  $("strip-next").hidden = !isDone;
}

function content() {
  if (kept.left) {
    return [el("p.tour-left", {}, el("span", {}, "The tour waits."), button("Go on with the tour", () => go({ left: false }), "small"))];
  }
  if (kept.step >= STEPS.length) return theEnd();
  const step = STEPS[kept.step];
  const isDone = kept.done.includes(kept.step);
  return [
    head(`${kept.step + 1}. ${step.title}`, isDone),
    progress(),
    el("p", {}, step.todo),
    el("div.helps", { role: "group", "aria-label": "Do it for me" }, step.helps.filter((help) => help.isOf !== view.me).map((help) => button(help.label(), () => run(help), "small chip"))),
    el("p.look", {}, el("strong", {}, "Look: "), step.look),
    el(
      "div.steps",
      {},
      button("Back", () => go({ step: kept.step - 1 }), "small", kept.step === 0),
      el("p.done-line", { role: "status" }, isDone && [icon("done"), "Done"]),
      button(kept.step === STEPS.length - 1 ? "Finish" : "Next step", () => go({ step: kept.step + 1 }), isDone ? "small primary" : "small"),
    ),
  ];
}

function head(title, isDone) {
  return el(
    "header.panel-head",
    {},
    el("h2", { id: "tour-head" }, isDone && icon("done"), title),
    el("button.small.quiet", { type: "button", "aria-label": "Leave the tour", onclick: () => go({ left: true }) }, "Leave"),
  );
}

function progress() {
  const dots = STEPS.map((step, number) => {
    const mark = el("button.dot", { type: "button", onclick: () => go({ step: number }) });
    const isDone = kept.done.includes(number);
    mark.setAttribute("aria-label", `Step ${number + 1}: ${step.title}${isDone ? ", done" : ""}`);
    if (number === kept.step) mark.setAttribute("aria-current", "step");
    mark.classList.toggle("done", isDone);
    return mark;
  });
  return el("div.dots", { role: "group", "aria-label": `Step ${kept.step + 1} of ${STEPS.length}` }, dots);
}

function theEnd() {
  return [
    head("That was the tour", true),
    el("p", {}, "Now try what you like: let DIMO fail, let the car contradict, write as Dan, whom nobody knows."),
    el("div.steps", {}, button("Begin again", () => go({ step: 0, done: [] }), "small")),
  ];
}

function button(label, run, kind, isDisabled = false) {
  return el("button", { type: "button", class: kind, onclick: run, disabled: isDisabled }, label);
}

async function run(help) {
  try {
    await help.run();
  } catch (error) {
    note(error.message, "error");
  }
}
