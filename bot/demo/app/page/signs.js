// The signs of the bot, drawn: a machine without an emoji font shows every emoji as a box.

const SVG = "http://www.w3.org/2000/svg";

// One path each, for a square of 24 by 24. A sign that is in pairs (a lock, a bell) differs in its outline, not in a colour.
const SIGNS = {
  "🔒": "M5 11h14v10H5zM8 11V7.5a4 4 0 0 1 8 0V11M12 15v2.5",
  "🔓": "M5 11h14v10H5zM8 11V6.5a4 4 0 0 1 7.6-1.7M12 15v2.5",
  "🧳": "M3.5 8h17v12h-17zM9 8V4.5h6V8M8 8v12M16 8v12",
  "📦": "M12 3l8.5 4.5v9L12 21l-8.5-4.5v-9zM3.5 7.5 12 12l8.5-4.5M12 12v9",
  "⚡": "M13.5 2.5 5 13.5h6L10 21.5l9-11.5h-6z",
  "🔄": "M20 5v5h-5M4 19v-5h5M19.5 10A8 8 0 0 0 5.8 7M4.5 14a8 8 0 0 0 13.7 3",
  "🔁": "M17 3l3.5 3.5L17 10M20 6.5H8A4.5 4.5 0 0 0 3.5 11v1M7 21l-3.5-3.5L7 14M4 17.5h12a4.5 4.5 0 0 0 4.5-4.5v-1",
  "☰": "M4 6.5h16M4 12h16M4 17.5h16",
  "🚗": "M3.5 16.5v-4l2.3-5.2A2 2 0 0 1 7.6 6h8.8a2 2 0 0 1 1.8 1.3l2.3 5.2v4zM3.5 12h17M6 16.5V19M18 16.5V19",
  "🚪": "M3 21h18M6 21V3h12v18M14.5 12v.5",
  "🪟": "M4 3.5h16v17H4zM12 3.5v17M4 12h16",
  "🔋": "M2.5 8h16v8h-16zM21.5 11v2M6 11v2M9.5 11v2M13 11v2",
  "⛽": "M3 21h12M4.5 21V4.5h9V21M7 8h4v3.5H7zM13.5 13h2a1.5 1.5 0 0 1 1.5 1.5v2.5a1.7 1.7 0 0 0 3.5 0V9L17 5.5",
  "🛣": "M8.5 3 3 21M15.5 3 21 21M12 4v2.5M12 10.5v3M12 17.5V21",
  "🔧": "M20.2 6.2a5 5 0 0 1-6.6 6.6L6.4 20a2.1 2.1 0 0 1-3-3l7.2-7.2a5 5 0 0 1 6.6-6.6L14 6.4l.7 2.9 2.9.7z",
  "📡": "M4 11.5a9 9 0 0 0 8.5 8.5A5.8 5.8 0 0 1 4 11.5zM9 15.5l4-4M13 7a4.5 4.5 0 0 1 4.5 4.5M13 2.5a9 9 0 0 1 9 9M5 22h6",
  "📋": "M8 4.5H5V21h14V4.5h-3M8 3h8v4H8zM8.5 12h7M8.5 16h7",
  "📜": "M7 3.5h13v2.5h-3.5M7 3.5A2.5 2.5 0 0 0 4.5 6v2h3M7 3.5A2.5 2.5 0 0 1 9.5 6v0M7.5 8v10.5A2 2 0 0 0 9.5 20.5H19a2 2 0 0 0 2-2v-1.5h-4.5M16.5 17V6M11 9.5h3M11 13h3",
  "⚙": "M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM12 5.5V2.5M12 21.5v-3M5.5 12h-3M21.5 12h-3M7.4 7.4 5.3 5.3M18.7 18.7l-2.1-2.1M7.4 16.6l-2.1 2.1M18.7 5.3l-2.1 2.1M12 18.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z",
  "👥": "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.5-3.5 3-5.5 6.5-5.5s6 2 6.5 5.5M15.5 5a3.3 3.3 0 0 1 0 6.3M17.5 14.3c2.3.6 3.7 2.4 4 5.2",
  "👤": "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.6-4 3.5-6 7.5-6s6.9 2 7.5 6",
  "🙋": "M11 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM4 21v-2.5A4.5 4.5 0 0 1 8.5 14H14c3.5 0 5-2.5 5-6V3.5M15.5 21v-3",
  "➕": "M12 4.5v15M4.5 12h15",
  "💬": "M4 4.5h16v12h-9.5L6 20.5v-4H4zM8 10.5v.1M12 10.5v.1M16 10.5v.1",
  "📍": "M12 21.5s-6.5-6.2-6.5-11.5a6.5 6.5 0 0 1 13 0c0 5.3-6.5 11.5-6.5 11.5zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  "🧭": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM15.5 8.5l-2 5-5 2 2-5z",
  "📌": "M8.5 3h7M9.5 3v6.5L6 14h12l-3.5-4.5V3M12 14v7.5",
  "💡": "M9 17.5c0-2-3.5-3.5-3.5-8a6.5 6.5 0 0 1 13 0c0 4.5-3.5 6-3.5 8zM9.5 21h5",
  "⬅": "M20 12H4.5M11 5l-7 7 7 7",
  "➡": "M4 12h15.5M13 5l7 7-7 7",
  "⬇": "M12 4v15.5M5 13l7 7 7-7",
  "⤵": "M4 5h5.5A5.5 5.5 0 0 1 15 10.5V19M9.5 14l5.5 5.5 5.5-5.5",
  "◀": "M17.5 4.5v15L5 12z",
  "▶": "M6.5 4.5v15L19 12z",
  "🔑": "M8 20.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM11.2 12.8 20.5 3.5M16 8l3 3M18.5 5.5l2 2",
  "🔗": "M10 14a4.5 4.5 0 0 0 6.4.4l3-3a4.5 4.5 0 0 0-6.4-6.4l-1.5 1.5M14 10a4.5 4.5 0 0 0-6.4-.4l-3 3a4.5 4.5 0 0 0 6.4 6.4l1.5-1.5",
  "✖": "M5.5 5.5l13 13M18.5 5.5l-13 13",
  "⌛": "M5.5 3h13M5.5 21h13M7 3c0 5 3 6.5 5 9 2-2.5 5-4 5-9M7 21c0-5 3-6.5 5-9 2 2.5 5 4 5 9M9.5 19h5M10.5 17.5h3",
  "⏳": "M5.5 3h13M5.5 21h13M7 3c0 5 3 6.5 5 9 2-2.5 5-4 5-9M7 21c0-5 3-6.5 5-9 2 2.5 5 4 5 9M9 7h6M12 12v4",
  "📨": "M8.5 5H22v14H8.5M8.5 5.5l6.8 6.5L22 5.5M2 9h4.5M3.5 12.5H8M2 16h4.5",
  "📮": "M4 20V9.5A4.5 4.5 0 0 1 8.5 5H16a4.5 4.5 0 0 1 4.5 4.5V20zM8 11h8.5M12 20v-4",
  "✅": "M4 4h16v16H4zM7.5 12.5l3 3L16.5 9",
  "❔": "M8.5 8.5a3.6 3.6 0 1 1 5.3 3.2c-1.2.7-1.8 1.4-1.8 3.3M12 19.3v.2",
  "❓": "M12 21.5a9.5 9.5 0 1 0 0-19 9.5 9.5 0 0 0 0 19zM9.3 9.5a2.8 2.8 0 1 1 4.1 2.4c-1 .5-1.4 1.1-1.4 2.4M12 17.3v.1",
  "⛔": "M12 21.5a9.5 9.5 0 1 0 0-19 9.5 9.5 0 0 0 0 19zM7.5 12h9",
  "⚠": "M12 3.5 2.5 20h19zM12 10v4.5M12 17.2v.2",
  "👋": "M8 13.5 5.3 9a1.4 1.4 0 0 1 2.4-1.4L10 11.3 6.9 6a1.4 1.4 0 0 1 2.4-1.4l3.2 5.4-2.3-4a1.4 1.4 0 0 1 2.4-1.4l4.2 7.1.3-2.5a1.4 1.4 0 0 1 2.8.3l-.2 5.5A5.8 5.8 0 0 1 9 17.5zM18 2.5a5 5 0 0 1 3.5 3.5M3 16a6 6 0 0 0 4 5",
  "🙂": "M12 21.5a9.5 9.5 0 1 0 0-19 9.5 9.5 0 0 0 0 19zM9 9.5v.5M15 9.5v.5M8 14.5c2 2.3 6 2.3 8 0",
  "🗑": "M4 6.5h16M9 6.5V3.5h6v3M6 6.5 7 21h10l1-14.5M10 10.5v6.5M14 10.5v6.5",
  "🔎": "M14 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM9.3 14.7 3.5 20.5",
  "📤": "M3.5 14v6.5h17V14h-5a3.5 3.5 0 0 1-7 0zM12 11V3M8 6.5 12 2.5l4 4",
  "👁": "M2 12c2.5-4.3 6-6.5 10-6.5s7.5 2.2 10 6.5c-2.5 4.3-6 6.5-10 6.5S4.5 16.3 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  "🧹": "M20.5 3.5 13 11M10.5 8.5l5 5-2 3.5L9 21.5 2.5 15 7 10.5zM6 18.5l2.5-2.5",
  "✍": "M3 21h18M5 17.5l1-4.5L16 3l3.5 3.5-10 10z",
  "✏": "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5",
  "🔔": "M5 17.5c1.5-1.5 1.5-3 1.5-6.5a5.5 5.5 0 0 1 11 0c0 3.5 0 5 1.5 6.5zM10 20.5h4M12 5.5V3",
  "🔕": "M5 17.5c1.5-1.5 1.5-3 1.5-6.5a5.5 5.5 0 0 1 11 0c0 3.5 0 5 1.5 6.5zM10 20.5h4M12 5.5V3M3.5 3.5l17 17",
  "🌙": "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
  "🌍": "M12 21.5a9.5 9.5 0 1 0 0-19 9.5 9.5 0 0 0 0 19zM2.5 12h19M12 2.5c-5 5-5 14 0 19M12 2.5c5 5 5 14 0 19",
  "🕰": "M12 18.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM12 7v4l2.5 2M5 21.5h14M7 17.5 5.5 21.5M17 17.5l1.5 4",
};

// A part of another emoji is no sign: that of a hammer in a person's hand, or one in a colour of skin.
const FOUND = new RegExp(`(?<!\\u200d)(?:${Object.keys(SIGNS).join("|")})\\ufe0f?(?![\\ufe0e\\ufe0f\\u200d\\u{1f3fb}-\\u{1f3ff}])`, "gu");

/** Return the nodes of a text in which each sign of the bot is drawn; its emoji stays the text of it, for copying and for screen readers. */
export function signed(text) {
  const made = document.createDocumentFragment();
  let at = 0;
  for (const { 0: sign, index } of text.matchAll(FOUND)) {
    if (index > at) made.append(text.slice(at, index));
    made.append(drawn(sign));
    at = index + sign.length;
  }
  if (at < text.length) made.append(text.slice(at));
  return made;
}

function drawn(sign) {
  const made = document.createElement("span");
  made.className = "sign";
  const letter = document.createElement("span");
  letter.textContent = sign;
  made.append(drawing(SIGNS[sign.replace("\ufe0f", "")]), letter);
  return made;
}

function drawing(lines) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("class", "stroke");
  path.setAttribute("d", lines);
  svg.append(path);
  return svg;
}
