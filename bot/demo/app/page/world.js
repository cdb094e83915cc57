// What the demo tells of its world, kept up to date by its stream of events; and what people do in it.

const parts = new Map();
const listeners = new Set();

/** Whoever holds the phone, and what is open on each phone. */
export const view = { me: null, open: {}, replyTo: null };

/** Call this with the names of the parts that changed, now and later. */
export function onChange(listener) {
  listeners.add(listener);
}

export function tell(names) {
  for (const listener of listeners) listener(names);
}

/** Follow the stream; `state` is told "on" and "off". */
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
    tell(names);
  };
}

/** Do something; returns the answer, or throws an Error that says why it can't be done. */
export async function act(deed, body = {}) {
  let response;
  try {
    response = await fetch(`/api/do/${deed}`, {
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

/** The chats on somebody's phone: with the bot, the family's group, and with people who wrote or were written to. */
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

/** The messages of a chat as `chatsOf` lists it, the oldest first, all of one shape. */
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
