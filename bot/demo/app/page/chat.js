// The open chat: messages, their buttons, the message box, the menu of commands.

import { $, el, icon, reconcile, setText } from "./dom.js";
import { avatar, hold, open, openChat } from "./chats.js";
import { alertBox, attempt, chooseGroup, chooseReceiver, loginPage, note, outside } from "./dialogs.js";
import { townMap } from "./map.js";
import { clock, dayName, fully, rendered } from "./text.js";
import { bot, byId, chatsOf, me, messagesIn, part, person, taps, view } from "./world.js";

const TYPING_SECONDS = 5;
const NEAR_THE_END = 80;

const unfolded = new Map();
const announced = new Set();
const typing = new Map();
const seenReplies = new Set();
const drafts = new Map();
let shown = null;
let followsEnd = true;
let ownTop = 0;
let active = -1;

// --- Actions of the person

/** Send a text to a chat as the current person. */
export async function write(text, chat = openChat()) {
  if (chat.kind === "letters") return attempt("send", { person: view.me, to: chat.with.part, text });
  const reply = view.replyTo && { reply_to: view.replyTo };
  view.replyTo = null;
  showReplying();
  return attempt("say", { person: view.me, chat: chat.chat.id, text, ...reply });
}

/** Send a text to the person's private chat with the bot. */
export function writeToBot(text) {
  open(`chat/${me().id}`);
  return write(text, chatsOf(me())[0]);
}

const group = () => chatsOf(me()).find((chat) => chat.kind === "group");

async function tap(message, button) {
  if (button.url) return openAddress(button.url);
  return attempt("tap", { person: view.me, chat: message.chat, message: message.id, data: button.data });
}

/** Open an address as a phone would. */
export async function openAddress(url) {
  const answer = await attempt("open", { person: view.me, url });
  if (!answer) return;
  const ways = {
    login: () => loginPage(answer, (address) => writeToBot(address)),
    chat: () => open(`chat/${answer.chat}`),
    outside: () => outside(answer.url),
    "choose-receiver": () => chooseReceiver(answer.text, group(), (name) => note(`Sent to ${name}.`)),
    "choose-group": () => chooseGroup(group(), () => joinGroup(answer.payload)),
  };
  ways[answer.shows]();
}

async function joinGroup(payload) {
  const body = { person: view.me, ...(payload === undefined ? {} : { payload }) };
  if (await attempt("join-group", body)) open(group().key);
}

const leaveGroup = () => attempt("leave-group", { person: view.me });

// --- The messages

export function showChat() {
  const chat = openChat();
  const place = `${view.me} ${chat.key}`;
  const isOther = place !== shown;
  const list = $("messages");
  const isAtEnd = isOther || followsEnd;
  if (isOther) {
    turnDraft(place);
    shown = place;
    list.replaceChildren();
    list.setAttribute("aria-live", "off");
    $("chat-avatar").replaceWith(Object.assign(avatar(chat), { id: "chat-avatar" }));
    closeCommands();
    setTimeout(() => list.setAttribute("aria-live", "polite"), 300);
  }
  showHead(chat);
  reconcile(list, lines(chat), (line) => line.key, makeLine, updateLine);
  noteReplies(chat, isOther);
  showComposer(chat);
  showReplying();
  if (isAtEnd) goToEnd();
}

/** Put away what was typed in the chat that was shown, and take out what was typed in this one.
 *
 * What was typed before the first chat was shown belongs to that one. */
function turnDraft(place) {
  const box = $("say");
  drafts.set(shown ?? place, box.value);
  box.value = drafts.get(place) ?? "";
  grow();
}

function goToEnd() {
  const list = $("messages");
  list.scrollTop = list.scrollHeight;
  ownTop = list.scrollTop;
  followsEnd = true;
}

/** Remember whether the person has scrolled away from the newest message. */
function noteEnd() {
  const list = $("messages");
  // This may be the late event of our own scrolling; the list may have become shorter since.
  if (list.scrollTop === ownTop) return;
  followsEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_THE_END;
}

function showHead(chat) {
  setText($("chat-title"), chat.title);
  const isGroup = chat.kind === "group";
  const members = isGroup ? chat.chat.people.map((id) => byId(id)?.name).filter(Boolean) : [];
  if (isGroup && chat.chat.has_bot) members.push("Family bot");
  const calm = isGroup ? members.join(", ") : chat.kind === "private" ? "bot" : chat.with.part;
  setText($("chat-subtitle"), isTyping(chat) ? "typing…" : calm);
  $("chat-subtitle").classList.toggle("typing", isTyping(chat));
  const button = $("group-button");
  button.hidden = !isGroup;
  if (isGroup) setText(button, chat.chat.has_bot ? "Remove the bot" : "Add the bot");
}

/** Return the lines of a chat: days, messages, and the typing dots. */
function lines(chat) {
  const who = me();
  const found = [];
  let day = null;
  for (const message of messagesIn(chat, who)) {
    const name = dayName(new Date(message.at * 1000));
    if (name !== day) found.push({ key: `day ${name}`, day: name });
    day = name;
    found.push({ key: message.key, message, chat, who });
  }
  if (!found.length) found.push({ key: "nothing", nothing: chat });
  if (isTyping(chat)) found.push({ key: "typing", typing: true });
  return found;
}

function makeLine(line) {
  if (line.nothing) return nothingYet(line.nothing);
  if (line.day) return el("p.day", {}, el("span", {}, line.day));
  if (line.typing) return el("div.message.in", { "aria-label": "typing" }, el("div.bubble.dots", {}, el("i"), el("i"), el("i")));
  if (line.message.service) return el("p.day", {}, el("span", {}, line.message.service));
  const isOwn = line.message.sender === line.who.id;
  return el(`article.message.${isOwn ? "out" : "in"}`, {});
}

function nothingYet(chat) {
  const words = chat.kind === "private" ? "This is the bot that works the car. Tap Start." : "Nobody has written yet.";
  return el("p.nothing-yet", {}, el("strong", {}, chat.title), words);
}

function updateLine(element, line) {
  if (!line.message || line.message.service) return;
  const state = JSON.stringify([line.message, waitingFor(line.message)]);
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  const focused = [...element.querySelectorAll("button")].indexOf(document.activeElement);
  const isOwn = line.message.sender === line.who.id;
  element.setAttribute("aria-label", `${isOwn ? "You" : line.message.name}, ${clock(new Date(line.message.at * 1000))}`);
  element.replaceChildren(bubble(line), ...keyboard(line.message));
  if (focused >= 0) (element.querySelectorAll("button")[focused] ?? $("messages")).focus();
}

function bubble({ message, chat, who }) {
  const isOwn = message.sender === who.id;
  const at = new Date(message.at * 1000);
  const name = `${chat.key} ${message.key}`;
  if (!unfolded.has(name)) unfolded.set(name, new Set());
  const on = { command: (text) => write(text, chat), open: openAddress, unfolded: unfolded.get(name) };
  const answered = message.reply_to && messagesIn(chat, who).find((one) => one.id === message.reply_to);
  return el(
    "div.bubble",
    {},
    chat.kind === "group" && !isOwn && el("strong.sender", { "data-who": byId(message.sender)?.part ?? "bot" }, message.name),
    answered && el("div.quoted", {}, el("strong", {}, answered.name), el("span", {}, firstLine(answered.text))),
    message.file && file(message),
    message.photo && photo(message),
    message.venue && venue(message.venue),
    message.text && el("div.text", {}, rendered(message.text, message.entities, on)),
    el("div.meta", {}, message.edits > 0 && el("span", {}, "edited"), el("time", { datetime: at.toISOString(), title: fully(at) }, clock(at))),
    chat.kind !== "letters" && !isOwn && replyButton(message),
  );
}

function file(message) {
  const address = `/api/file/${message.chat}/${message.id}`;
  const size = `${Math.max(1, Math.round(message.file.bytes / 1024))} kB`;
  return el("a.file", { href: address, download: message.file.name }, icon("file"), el("span", {}, el("strong", {}, message.file.name), el("small", {}, size)));
}

/** The photo of a message. Its caption says the same in words; `edits` makes the browser fetch a new one. */
function photo(message) {
  const { width, height } = message.photo;
  return el("img.photo", { src: `/api/file/${message.chat}/${message.id}?${message.edits}`, width, height, alt: "" });
}

/** A pin on a map, with its two lines. */
function venue({ title, address, latitude, longitude }) {
  const words = el("div.file", {}, icon("pin"), el("span", {}, el("strong", {}, title), el("small", {}, address)));
  return [townMap(latitude, longitude), words];
}

const firstLine = (text) => text.split("\n")[0];

function replyButton(message) {
  const reply = () => {
    view.replyTo = message.id;
    showReplying();
    $("say").focus();
  };
  // Not reachable with Tab, which would stop at every message: Ctrl and the arrow keys do the same in the message box.
  return el("button.plain.reply", { type: "button", tabindex: -1, "aria-label": "Reply to this message", onclick: reply }, icon("reply"));
}

function keyboard(message) {
  if (!message.keyboard.length) return [];
  const waiting = waitingFor(message);
  const rows = message.keyboard.map((row) => el("div.row", {}, row.map((button) => key(message, button, waiting))));
  return [el("div.keyboard", { role: "group", "aria-label": "Buttons" }, rows)];
}

function key(message, button, waiting) {
  const made = el("button.key", { type: "button", onclick: () => tap(message, button) }, el("span", {}, button.text));
  if (button.style) made.classList.add(button.style);
  if (button.url) made.append(icon("out"));
  if (button.data && waiting.includes(button.data)) made.setAttribute("aria-busy", "true");
  return made;
}

/** Return the data of the buttons whose taps by this person the bot has not answered yet. */
function waitingFor(message) {
  const own = taps().filter((one) => one.person === me().id && one.chat === message.chat && one.message === message.id);
  return own.filter((one) => !one.is_answered && bot().state !== "killed").map((one) => one.data);
}

// --- Typing and answers to taps

/** Handle changes that are not messages: the bot types, or it answers a tap. */
export function noteChanges(names, isFirst) {
  for (const name of names) {
    if (name.startsWith("chat/")) noteTyping(name, isFirst);
    if (name.startsWith("message/") && part(name)?.sender === part("world").bot_id) typing.delete(`chat/${part(name).chat}`);
    if (name.startsWith("tap/")) showAnswer(part(name), isFirst);
  }
}

function noteTyping(name, isFirst) {
  const chat = part(name);
  const known = typing.get(`${name} count`) ?? 0;
  if (!chat) return;
  typing.set(`${name} count`, chat.typing);
  if (isFirst || chat.typing <= known) return;
  typing.set(name, Date.now() + TYPING_SECONDS * 1000);
  setTimeout(() => part("world") && showChat(), TYPING_SECONDS * 1000 + 50);
}

const isTyping = (chat) => chat.kind !== "letters" && (typing.get(chat.key) ?? 0) > Date.now();

function showAnswer(tapped, isFirst) {
  if (!tapped?.is_answered || announced.has(tapped.id)) return;
  announced.add(tapped.id);
  if (isFirst || !tapped.text || tapped.person !== me().id) return;
  (tapped.is_alert ? alertBox : note)(tapped.text);
}

// --- The message box

function showComposer(chat) {
  const isNew = chat.kind === "private" && !chat.chat.started;
  $("say-form").hidden = isNew;
  $("start").hidden = !isNew;
  $("menu").hidden = !menuOf(chat).length;
}

const menuOf = (chat) => (chat.kind === "letters" ? [] : (chat.chat.menus[me().id] ?? []));

const isMeant = (message, id) => message.entities.some((one) => one.type === "text_mention" && one.user.id === id);
const asker = (chat, message) => messagesIn(chat, me()).find((one) => one.id === message.reply_to)?.sender;

/** Start a reply if the newest message asks for one, as Telegram's apps do; in a group only for people whom it mentions or answers. */
function noteReplies(chat, isOther) {
  if (chat.kind === "letters") return;
  const last = messagesIn(chat, me()).at(-1);
  const name = `${chat.key} ${last?.id}`;
  if (!last?.asks_reply || (seenReplies.has(name) && !isOther)) return;
  seenReplies.add(name);
  if (chat.kind !== "private" && !isMeant(last, me().id) && asker(chat, last) !== me().id) return;
  view.replyTo = last.id;
  if (document.activeElement === document.body || $("chat").contains(document.activeElement)) $("say").focus();
}

/** Select the previous or next message to reply to; after the newest one, none. */
function turnReply(step) {
  const chat = openChat();
  if (chat.kind === "letters") return;
  const ids = messagesIn(chat, me()).filter((one) => one.sender !== me().id && !one.service).map((one) => one.id);
  const at = view.replyTo ? ids.indexOf(view.replyTo) : ids.length;
  view.replyTo = ids[Math.max(0, at + step)] ?? null;
  showReplying();
}

function showReplying() {
  const chat = openChat();
  const message = view.replyTo && messagesIn(chat, me()).find((one) => one.id === view.replyTo);
  if (!message) view.replyTo = null;
  $("say").placeholder = message ? message.placeholder || "Reply…" : "Message";
  $("replying").hidden = !message;
  if (!message) return;
  setText($("replying-to"), `Reply to ${message.name}`);
  setText($("replying-text"), firstLine(message.text));
}

function grow() {
  const box = $("say");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 140)}px`;
  $("send").disabled = !box.value.trim();
}

async function send() {
  const box = $("say");
  const text = box.value.trim();
  const place = shown;
  if (!text) return;
  box.value = "";
  grow();
  closeCommands();
  if (await write(text)) return;
  if (place === shown) box.value = text;
  else drafts.set(place, text);
  grow();
}

// --- The menu of commands

function openCommands(entries) {
  const list = $("commands");
  list.replaceChildren(...entries.map(commandChoice));
  list.hidden = !entries.length;
  active = -1;
  $("say").removeAttribute("aria-activedescendant");
  $("menu").setAttribute("aria-expanded", String(!list.hidden));
}

function commandChoice(entry, number) {
  const chosen = () => {
    closeCommands();
    $("say").value = "";
    grow();
    write(`/${entry.name}`);
    $("say").focus();
  };
  return el(
    "div.command",
    { role: "option", id: `command-${number}`, "aria-selected": "false", onclick: chosen },
    el("strong", {}, `/${entry.name}`),
    el("span", {}, entry.description),
  );
}

function closeCommands() {
  openCommands([]);
}

function suggest() {
  const text = $("say").value;
  const typed = /^\/(\w*)$/.exec(text);
  const entries = typed ? menuOf(openChat()).filter((entry) => entry.name.startsWith(typed[1].toLowerCase())) : [];
  openCommands(entries.length === 1 && `/${entries[0].name}` === text ? [] : entries);
}

function move(step) {
  const choices = [...$("commands").children];
  active = (active + step + choices.length) % choices.length;
  choices.forEach((choice, number) => choice.setAttribute("aria-selected", String(number === active)));
  $("say").setAttribute("aria-activedescendant", choices[active].id);
  choices[active].scrollIntoView({ block: "nearest" });
}

function pressed(event) {
  const isOpen = !$("commands").hidden;
  if (isOpen && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.ctrlKey && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    turnReply(event.key === "ArrowDown" ? 1 : -1);
  } else if (isOpen && event.key === "Escape") {
    closeCommands();
  } else if (event.key === "Escape") {
    view.replyTo = null;
    showReplying();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (isOpen && active >= 0) $("commands").children[active].click();
    else send();
  }
}

/** Add the listeners of the message box, the menu and the header of the chat. */
export function prepare() {
  const box = $("say");
  $("messages").addEventListener("scroll", noteEnd);
  // An on-screen keyboard or a taller message box makes the list shorter: keep the newest message visible.
  new ResizeObserver(() => followsEnd && goToEnd()).observe($("messages"));
  box.addEventListener("input", () => {
    grow();
    suggest();
  });
  box.addEventListener("keydown", pressed);
  $("say-form").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  $("menu").addEventListener("click", () => {
    if ($("commands").hidden) openCommands(menuOf(openChat()));
    else closeCommands();
    box.focus();
  });
  $("start").addEventListener("click", () => write("/start"));
  $("reply-off").addEventListener("click", () => {
    view.replyTo = null;
    showReplying();
  });
  $("back").addEventListener("click", () => {
    document.body.dataset.chat = "list";
    $("chat-list").querySelector("[aria-current=true]")?.focus();
  });
  $("group-button").addEventListener("click", () => (openChat().chat.has_bot ? leaveGroup() : joinGroup()));
  grow();
}

/** Switch to another person, and open this kind of chat. */
export function holdAndOpen(who, kind = "private") {
  hold(who);
  const chat = chatsOf(person(who)).find((one) => one.kind === kind);
  if (chat) open(chat.key);
}
