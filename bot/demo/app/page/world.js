// The state of the demo, kept up to date by its stream of changes; and the requests of the page.

const parts = new Map();
const listeners = new Set();

/** The current person, the open chat of each person, and the message to reply to. */
export const view = { me: null, open: {}, replyTo: null };

/** Call a function with the names of changed parts, at every change. */
export function onChange(listener) {
  listeners.add(listener);
}

export function notify(names) {
  for (const listener of listeners) listener(names);
}

/** Follow the stream of changes; `state` is called with "on" and "off". */
export function follow(state) {
  const events = new EventSource("/api/events");
  let isFirst = true;
  events.onopen = () => {
    isFirst = true;
  };
  events.onerror = () => state("off");
  events.onmessage = (event) => {
    const change = JSON.parse(event.data);
    const names = new Set([...Object.keys(change.parts), ...change.gone]);
    if (isFirst) {
      if (parts.has("world") && parts.get("world").id !== change.parts.world.id) location.reload();
      for (const name of parts.keys()) names.add(name);
      parts.clear();
      isFirst = false;
      state("on");
    }
    for (const [name, value] of Object.entries(change.parts)) parts.set(name, value);
    for (const name of change.gone) parts.delete(name);
    notify(names);
  };
}

/** Request an action of the server; returns the answer, or throws an Error that says why it is refused. */
export async function act(action, body = {}) {
  let response;
  try {
    response = await fetch(`/api/do/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The demo does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({ error: "That can't be done." }));
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

export const part = (name) => parts.get(name);
export const isReady = () => parts.has("world") && view.me !== null;

function* named(prefix) {
  for (const [name, value] of parts) if (name.startsWith(prefix)) yield value;
}

export const people = () => parts.get("world").people;
export const person = (name) => people().find((one) => one.part === name);
export const byId = (id) => people().find((one) => one.id === id);
export const me = () => person(view.me);
export const cars = () => [...named("car/")];
export const taps = () => [...named("tap/")];
export const bot = () => parts.get("bot");
export const now = () => new Date(Date.now() + parts.get("world").shift * 1000);

/** Return the chats of a person: with the bot, in the group, and with people they exchanged messages with. */
export function chatsOf(who) {
  const own = { key: `chat/${who.id}`, title: "Family bot", kind: "private", chat: part(`chat/${who.id}`) };
  const groups = [...named("chat/")].filter((chat) => chat.kind === "group" && chat.people.includes(who.id));
  const shared = groups.map((chat) => ({ key: `chat/${chat.id}`, title: chat.title, kind: "group", chat }));
  const others = people().filter((one) => one !== who && lettersBetween(who.part, one.part).length);
  const letters = others.map((one) => ({ key: `with/${one.part}`, title: one.name, kind: "letters", with: one }));
  return [own, ...shared, ...letters];
}

export function lettersBetween(one, other) {
  const both = [one, other];
  return [...named("letter/")]
    .map((letter, number) => ({ ...letter, number }))
    .filter((letter) => both.includes(letter.sender) && both.includes(letter.receiver));
}

/** Return the messages of a chat from `chatsOf`, the oldest first, all in the same form. */
export function messagesIn(chat, who) {
  if (chat.kind === "letters") {
    return lettersBetween(who.part, chat.with.part).map((letter) => ({
      id: letter.number + 1,
      key: `letter/${letter.number}`,
      sender: person(letter.sender).id,
      name: person(letter.sender).name,
      at: letter.at,
      edits: 0,
      text: letter.text,
      entities: addresses(letter.text),
      keyboard: [],
      reply_to: null,
    }));
  }
  const found = [...named(`message/${chat.chat.id}/`)].sort((a, b) => a.id - b.id);
  return found.map((message) => ({ ...message, key: `message/${message.id}` }));
}

function addresses(text) {
  return [...text.matchAll(/https?:\/\/\S+/g)].map((match) => ({
    type: "url",
    offset: match.index,
    length: match[0].length,
  }));
}
