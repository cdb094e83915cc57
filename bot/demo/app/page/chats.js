// The choice of the person, the list of their chats, and the counts of unread messages.

import { $, el, icon, reconcile, setText } from "./dom.js";
import { showTab } from "./tabs.js";
import { clock, dayName } from "./text.js";
import { chatsOf, messagesIn, now, part, people, person, notify, view } from "./world.js";

let seen = {};

/** Restore the person of this tab, or else of the last one that was used, and what was read in any of them. */
export function remember() {
  const last = read(localStorage);
  const kept = { ...last, ...read(sessionStorage) };
  view.me = person(kept.me) ? kept.me : "owner";
  view.open = kept.open ?? {};
  seen = last.seen ?? {};
}

const storeName = () => `demo ${part("world").id} phone`;

function read(store) {
  try {
    return JSON.parse(store.getItem(storeName())) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  const phone = { me: view.me, open: view.open };
  for (const [chat, id] of Object.entries(read(localStorage).seen ?? {})) seen[chat] = Math.max(id, seen[chat] ?? 0);
  try {
    sessionStorage.setItem(storeName(), JSON.stringify(phone));
    localStorage.setItem(storeName(), JSON.stringify({ ...phone, seen }));
  } catch {
    // Without storage every visit starts fresh.
  }
}

/** Switch to another person. */
export function hold(who) {
  view.me = who;
  view.replyTo = null;
  keep();
  notify(new Set(["view"]));
}

/** Open a chat of the current person. */
export function open(key) {
  view.open[view.me] = key;
  view.replyTo = null;
  document.body.dataset.chat = "open";
  showTab("chats");
  keep();
  notify(new Set(["view"]));
}

/** Return the open chat of the current person. */
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

/** Mark the visible messages as read. */
export function markSeen() {
  const who = person(view.me);
  const chat = openChat();
  const newest = messagesIn(chat, who).at(-1)?.id ?? 0;
  if (!isBeingRead(who, chat) || newest <= (seen[place(who, chat)] ?? 0)) return;
  seen[place(who, chat)] = newest;
  keep();
}

const unreadOf = (who) => chatsOf(who).reduce((sum, chat) => sum + unread(who, chat), 0);

/** Show on the way back to the list how much is unread there: in the other chats of all people. */
export function showBack() {
  const count = people().reduce((sum, one) => sum + unreadOf(one), 0);
  const badge = $("back-count");
  badge.hidden = !count;
  setText(badge, String(count));
  $("back").setAttribute("aria-label", `All chats${count ? `, ${count} new` : ""}`);
}

export function showHolder() {
  const container = $("holder");
  for (const one of people()) {
    const id = `holder-${one.part}`;
    const label = $(id) ?? container.appendChild(holderChoice(one, id));
    const count = unreadOf(one);
    const input = label.querySelector("input");
    input.checked = one.part === view.me;
    input.setAttribute("aria-label", `${one.name}, ${one.part}${count ? `, ${count} new` : ""}`);
    const badge = label.querySelector(".count");
    badge.hidden = !count;
    setText(badge, String(count));
  }
}

function holderChoice(one, id) {
  const input = el("input", { type: "radio", name: "holder", value: one.part, onchange: () => hold(one.part) });
  return el(
    "label",
    { id },
    input,
    el("span.face", {}, el("span.avatar", { "aria-hidden": "true", "data-who": one.part }, one.name[0]), el("span.count", { "aria-hidden": "true" })),
    el("span.who", { "aria-hidden": "true" }, el("strong", {}, one.name), el("small", {}, one.part)),
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
    setText(entry.querySelector(".title"), chat.title);
    setText(entry.querySelector(".preview"), last ? preview(last, who, chat) : "Nothing yet");
    setText(entry.querySelector(".when"), last ? when(last.at) : "");
    const badge = entry.querySelector(".count");
    badge.hidden = !count;
    setText(badge, String(count));
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

/** Return the avatar of a chat. */
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
