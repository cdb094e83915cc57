// Helpers for elements. Every text becomes text nodes and drawn signs, so that no text is read as markup.

import { signed } from "./signs.js";

const SVG = "http://www.w3.org/2000/svg";

/** Create an element from "tag.class.class", its attributes and listeners, and its children. */
export function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) set(made, name, value);
  const shown = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
  made.append(...shown.map((child) => (child instanceof Node ? child : signed(String(child)))));
  return made;
}

/** Set an attribute, a listener ("onclick") or a property ("checked"); null and false remove an attribute. */
export function set(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "checked" || name === "value" || name === "disabled" || name === "hidden") element[name] = value;
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Return one of the icons that index.html defines, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Show one element for each item; an item whose key was shown before keeps its element, and so its focus. */
export function reconcile(container, items, key, make, update) {
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  let before = container.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let element = old.get(name);
    if (!element) {
      element = make(item);
      element.dataset.key = name;
    }
    old.delete(name);
    if (element === before) before = before.nextElementSibling;
    else container.insertBefore(element, before);
    update?.(element, item);
  }
  for (const element of old.values()) element.remove();
}

/** Set the text of an element unless it has it already, so that screen readers announce nothing twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.replaceChildren(signed(text));
}

export const $ = (id) => document.getElementById(id);
