// A small map of a made-up town, the same for the same place: real maps would come from another host.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 280, HEIGHT = 130, BLOCK = 56;
const DEGREE = 24000; // units of the drawing in a degree, so that a block is some 250 m

/** Draw the streets around a place, and a pin in the middle. */
export function townMap(latitude, longitude) {
  const svg = shape("svg", { class: "map", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const east = longitude * DEGREE, south = -latitude * DEGREE * 1.6;
  svg.append(shape("rect", { class: "ground", width: WIDTH, height: HEIGHT }));
  for (const [column, row] of blocks(east, south)) {
    const left = column * BLOCK - east + WIDTH / 2, top = row * BLOCK - south + HEIGHT / 2;
    const kind = ["house", "house", "park", "house", "house", "house", "house", "water"][chance(column, row, 8)];
    svg.append(shape("rect", { class: kind, x: left + 4, y: top + 4, width: BLOCK - 8, height: BLOCK - 8, rx: 5 }));
  }
  const pin = `translate(${WIDTH / 2 - 12} ${HEIGHT / 2 - 22})`;
  svg.append(shape("path", { class: "pin", transform: pin, d: "M12 22s7-7.3 7-12.5a7 7 0 0 0-14 0C5 14.7 12 22 12 22z" }));
  svg.append(shape("circle", { class: "hole", cx: WIDTH / 2, cy: HEIGHT / 2 - 12.5, r: 2.6 }));
  return svg;
}

function* blocks(east, south) {
  const first = Math.floor((east - WIDTH / 2) / BLOCK), top = Math.floor((south - HEIGHT / 2) / BLOCK);
  for (let column = first; column <= first + Math.ceil(WIDTH / BLOCK); column++) {
    for (let row = top; row <= top + Math.ceil(HEIGHT / BLOCK); row++) yield [column, row];
  }
}

/** Return a number below `most` that looks random and is always the same for a block. */
function chance(column, row, most) {
  const mixed = Math.imul(column, 73856093) ^ Math.imul(row, 19349663);
  return Math.abs(Math.imul(mixed ^ (mixed >>> 13), 1274126177) >> 8) % most;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
