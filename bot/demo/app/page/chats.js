// Who holds the phone, the chats on it, and which of them have something new.

import { $, el, icon, reconcile, say } from "./dom.js";
import { showTab } from "./tabs.js";
import { clock, dayName } from "./text.js";
import { chatsOf, messagesIn, now, part, people, person, tell, view } from "./world.js";

const PARTS = { owner: "owner", driver: "driver", guest: "guest", stranger: "stranger" };

let seen = {};

/** Take up what was seen and who held the phone, from the last visit to this same world. */
export function remember() {
  const kept = read();
  view.me = kept.me && PARTS[kept.me] ? kept.me : "owner";
  view.open = kept.open ?? {};
  seen = kept.seen ?? {};
}

const storeName = () => `demo ${part("world").id} phone`;

function read() {
  try {
    return JSON.parse(localStorage.getItem(storeName())) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  try {
    localStorage.setItem(storeName(), JSON.stringify({ me: view.me, open: view.open, seen }));
  } catch {
    // Without a store every visit begins anew.
  }
}

/** Hand the phone to somebody else. */
export function hold(who) {
  view.me = who;
  view.replyTo = null;
  keep();
  tell(new Set(["view"]));
}

/** Open a chat on the phone that is held. */
export function open(key) {
  view.open[view.me] = key;
  view.replyTo = null;
  document.body.dataset.chat = "open";
  showTab("chats");
  keep();
  tell(new Set(["view"]));
}

/** Return the chat that is open on the phone that is held. */
export function openChat() {
  const found = chatsOf(person(view.me));
  return found.find((chat) => chat.key === view.open[view.me]) ?? found[0];
}

function isBeingRead(who, chat) {
  return who.part === view.me && chat.key === openChat().key && isInSight() && !document.hidden;
}

function isInSight() {
  const box = $("messages").getBoundingClientRect();
  return box.width > 0 && box.height > 0;
}

const place = (who, chat) => `${who.part} ${chat.key}`;

function unread(who, chat) {
  const last = seen[place(who, chat)] ?? 0;
  return messagesIn(chat, who).filter((one) => one.id > last && one.sender !== who.id).length;
}

/** Note that what can be seen now has been seen. */
export function markSeen() {
  const who = person(view.me);
  const chat = openChat();
  const newest = messagesIn(chat, who).at(-1)?.id ?? 0;
  if (!isBeingRead(who, chat) || newest <= (seen[place(who, chat)] ?? 0)) return;
  seen[place(who, chat)] = newest;
  keep();
}

export function showHolder() {
  const container = $("holder");
  for (const one of people()) {
    const id = `holder-${one.part}`;
    const label = $(id) ?? container.appendChild(holderChoice(one, id));
    const count = chatsOf(one).reduce((sum, chat) => sum + unread(one, chat), 0);
    const input = label.querySelector("input");
    input.checked = one.part === view.me;
    input.setAttribute("aria-label", `${one.name}, ${PARTS[one.part]}${count ? `, ${count} new` : ""}`);
    const badge = label.querySelector(".count");
    badge.hidden = !count;
    say(badge, String(count));
  }
}

function holderChoice(one, id) {
  const input = el("input", { type: "radio", name: "holder", value: one.part, onchange: () => hold(one.part) });
  return el(
    "label",
    { id },
    input,
    el("span.face", {}, el("span.avatar", { "aria-hidden": "true", "data-who": one.part }, one.name[0]), el("span.count", { "aria-hidden": "true" })),
    el("span.who", { "aria-hidden": "true" }, el("strong", {}, one.name), el("small", {}, PARTS[one.part])),
  );
}

export function showChats() {
  const who = person(view.me);
  const current = openChat();
  reconcile($("chat-list"), chatsOf(who), (chat) => `${who.part} ${chat.key}`, chatEntry, (entry, chat) => {
    const messages = messagesIn(chat, who).filter((one) => one.text || one.service || one.file);
    const last = messages.at(-1);
    const count = unread(who, chat);
    const button = entry.firstElementChild;
    button.setAttribute("aria-current", String(chat.key === current.key));
    say(entry.querySelector(".title"), chat.title);
    say(entry.querySelector(".preview"), last ? preview(last, who, chat) : "Nothing yet");
    say(entry.querySelector(".when"), last ? when(last.at) : "");
    const badge = entry.querySelector(".count");
    badge.hidden = !count;
    say(badge, String(count));
    badge.setAttribute("aria-label", `${count} new`);
  });
}

function chatEntry(chat) {
  const button = el(
    "button",
    { type: "button", onclick: () => open(chat.key) },
    avatar(chat),
    el("span.lines", {}, el("span.line", {}, el("strong.title"), el("span.when")), el("span.line", {}, el("span.preview"), el("span.count"))),
  );
  return el("li", {}, button);
}

/** Draw who a chat is with. */
export function avatar(chat) {
  if (chat.kind === "group") return el("span.avatar", { "aria-hidden": "true", "data-who": "group" }, icon("people"));
  if (chat.kind === "private") return el("span.avatar", { "aria-hidden": "true", "data-who": "bot" }, icon("car"));
  return el("span.avatar", { "aria-hidden": "true", "data-who": chat.with.part }, chat.with.name[0]);
}

function preview(message, who, chat) {
  const text = (message.service ?? (message.text || message.file?.name || "")).split("\n").find((line) => line.trim()) ?? "";
  if (message.service || chat.kind === "private") return message.sender === who.id ? `You: ${text}` : text;
  return `${message.sender === who.id ? "You" : message.name}: ${text}`;
}

function when(at) {
  const moment = new Date(at * 1000);
  return moment.toDateString() === now().toDateString() ? clock(moment) : dayName(moment);
}
