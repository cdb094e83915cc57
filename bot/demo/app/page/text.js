// Texts as Telegram's apps show them: entities become elements, times are in the reader's time zone.

import { el } from "./dom.js";
import { signed } from "./signs.js";
import { now } from "./world.js";

const PLAIN = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
};
const BLOCKS = new Set(["blockquote", "expandable_blockquote", "pre"]);

/** Return the nodes of a text with entities; `on` has the handlers of links and commands, and which quotes are unfolded. */
export function rendered(text, entities, on) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, 0, text.length, sorted, on);
}

function build(text, start, end, entities, on) {
  const made = document.createDocumentFragment();
  let at = start;
  for (let i = 0; i < entities.length; ) {
    const entity = entities[i];
    const stop = Math.min(entity.offset + entity.length, end);
    let next = i + 1;
    while (next < entities.length && entities[next].offset < stop) next += 1;
    made.append(signed(text.slice(at, entity.offset)));
    const inside = build(text, entity.offset, stop, entities.slice(i + 1, next), on);
    made.append(wrapped(entity, text.slice(entity.offset, stop), inside, on));
    at = BLOCKS.has(entity.type) && text[stop] === "\n" ? stop + 1 : stop;
    i = next;
  }
  made.append(signed(text.slice(at, end)));
  return made;
}

function wrapped(entity, text, inside, on) {
  if (PLAIN[entity.type]) return el(PLAIN[entity.type], {}, inside);
  switch (entity.type) {
    case "text_link":
      return link(entity.url, inside, on);
    case "url":
      return link(text, inside, on);
    case "bot_command":
      return el("button.link", { type: "button", onclick: () => on.command(text) }, inside);
    case "text_mention":
    case "mention":
      return el("span.mention", {}, inside);
    case "spoiler":
      return spoiler(inside);
    case "blockquote":
      return el("blockquote", {}, inside);
    case "expandable_blockquote":
      return folded(entity, inside, on);
    case "date_time":
      return time(entity, text);
    default:
      return el("span", {}, inside);
  }
}

function link(url, inside, on) {
  return el("button.link", { type: "button", title: url, onclick: () => on.open(url) }, inside);
}

function spoiler(inside) {
  const cover = el("button.spoiler", { type: "button", "aria-label": "Hidden text, show it" }, el("span", {}, inside));
  cover.addEventListener("click", () => {
    cover.classList.add("shown");
    cover.removeAttribute("aria-label");
  });
  return cover;
}

function folded(entity, inside, on) {
  const name = `${entity.offset}`;
  const quote = el("blockquote", {}, el("div.folded", {}, inside));
  const more = el("button.more", { type: "button" });
  const show = () => {
    const isOpen = on.unfolded.has(name);
    quote.classList.toggle("open", isOpen);
    more.setAttribute("aria-expanded", String(isOpen));
    more.textContent = isOpen ? "Show less" : "Show more";
  };
  more.addEventListener("click", () => {
    if (!on.unfolded.delete(name)) on.unfolded.add(name);
    show();
  });
  show();
  quote.append(more);
  return quote;
}

function time(entity, text) {
  const at = new Date(entity.unix_time * 1000);
  const shown = inOwnZone(at, entity.date_time_format) || text;
  return el("time", { datetime: at.toISOString(), title: fully(at) }, shown);
}

/** Format a moment as the Bot API defines it: r, or a combination of w, d or D, t or T; returns "" for an empty format. */
export function inOwnZone(at, format) {
  if (format === "r") return ago(at);
  const options = {};
  if (format.includes("w")) options.weekday = "long";
  if (format.includes("d")) Object.assign(options, { day: "numeric", month: "short", year: yearOf(at) });
  if (format.includes("D")) Object.assign(options, { day: "numeric", month: "long", year: "numeric" });
  if (/t/i.test(format)) Object.assign(options, { hour: "2-digit", minute: "2-digit" });
  if (format.includes("T")) options.second = "2-digit";
  return Object.keys(options).length ? new Intl.DateTimeFormat(undefined, options).format(at) : "";
}

const yearOf = (at) => (at.getFullYear() === now().getFullYear() ? undefined : "numeric");

export const fully = (at) => new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" }).format(at);
export const clock = (at) => inOwnZone(at, "t");
export const clockWithSeconds = (at) => inOwnZone(at, "T");

export function ago(at) {
  const seconds = Math.round((at - now()) / 1000);
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  for (const [size, unit] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return words.format(seconds, "second");
}

export function dayName(at) {
  const days = Math.round((midnight(at) - midnight(now())) / 86400000);
  if (Math.abs(days) < 2) {
    const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(days, "day");
    return words[0].toUpperCase() + words.slice(1);
  }
  return inOwnZone(at, "D");
}

/** Format a date that is given as YYYY-MM-DD. */
export const dateName = (date) => inOwnZone(new Date(`${date}T00:00`), "D");

const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

/** Format a number of seconds in its two largest units. */
export function span(seconds) {
  const words = [];
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    const count = Math.floor(seconds / size);
    if (count) words.push(`${count} ${unit}`);
    seconds -= count * size;
  }
  return words.slice(0, 2).join(" ") || "0 min";
}
