// The car panel: the real state of a car, its reports, and the commands that it received.

import { $, el, reconcile, setText, set } from "./dom.js";
import { attempt } from "./dialogs.js";
import { clock, clockWithSeconds } from "./text.js";
import { cars, part } from "./world.js";

let chosen = null;

const DRIVER = "Row1DriverSide";
const WHEEL = "Row1WheelLeft";

// One row each of the table of states: the words for both values, the signal that reports it, and the part that a tap changes.
const STATES = [
  { name: "Doors", part: "locked", signal: "bodyLockIsLocked", is: (car) => car.locked, on: "locked", off: "unlocked", question: "Doors locked" },
  { name: "Front trunk", part: "frunk_open", signal: "bodyTrunkFrontIsOpen", is: (car) => car.frunk_open, on: "open", off: "closed", question: "Front trunk open" },
  { name: "Rear trunk", part: "trunk_open", signal: "bodyTrunkRearIsOpen", is: (car) => car.trunk_open, on: "open", off: "closed", question: "Rear trunk open" },
  { name: "Door", part: "door", signal: `cabinDoor${DRIVER}IsOpen`, is: (car) => car.open_doors.includes(DRIVER), on: "open", off: "closed", question: "Driver's door open" },
  { name: "Window", part: "window", signal: `cabinDoor${DRIVER}WindowIsOpen`, is: (car) => car.open_windows.includes(DRIVER), on: "open", off: "closed", question: "Driver's window open" },
  { name: "Cable", part: "plugged_in", signal: "powertrainTractionBatteryChargingIsChargingCableConnected", is: (car) => car.plugged_in, on: "in", off: "out", question: "Charging cable plugged in" },
  { name: "Charging", part: "charging", signal: "powertrainTractionBatteryChargingIsCharging", is: (car) => car.charging, on: "on", off: "off", question: "Charging" },
  { name: "Battery", part: "low", signal: "powertrainTractionBatteryStateOfChargeCurrent", is: (car) => car.battery < 20, reads: (value) => value < 20, on: "low", off: "fine", question: "Battery low" },
  { name: "Tyre", part: "tyre", signal: `chassisAxle${WHEEL}TirePressure`, is: (car) => car.low_tyres.includes(WHEEL), reads: (value) => value < 200, on: "low", off: "fine", question: "Front left tyre low" },
  { name: "Place", part: "away", signal: "place", is: (car) => car.is_away, on: "away", off: "at home", question: "Driven away from home" },
  { name: "Warning", part: "fault", signal: "obdStatusDTCCount", is: (car) => car.trouble_codes.length > 0, on: "P0301", off: "none", question: "Warning light with code P0301" },
];

const COMMANDS = {
  "doors/lock": "Lock",
  "doors/unlock": "Unlock",
  "frunk/open": "Open the front trunk",
  "trunk/open": "Open the rear trunk",
  "charge/start": "Start charging",
  "charge/stop": "Stop charging",
};

/** The car that the panel shows. */
export const theCar = () => cars().find((car) => car.id === chosen) ?? cars()[0];

/** Show another car. */
export function choose(id) {
  chosen = id;
  showCar();
}

export function showCar() {
  const car = theCar();
  setText($("car-name"), car.name);
  setText($("car-model"), `${car.model}${car.reports_lock ? "" : ", reports neither lock nor trunks"}`);
  reconcile($("car-choice"), cars(), (one) => one.id, carChoice, (button, one) => {
    button.setAttribute("aria-pressed", String(one.id === car.id));
  });
  draw(car);
  reconcile($("states"), STATES, (state) => state.part, stateRow, (row, state) => updateRow(row, state, car));
  const news = [...car.received].map((one, number) => ({ ...one, number })).reverse();
  reconcile($("received"), news.length ? news : [{ number: -1 }], (one) => `${car.id} ${one.number}`, receivedLine);
}

function carChoice(car) {
  return el("button.small", { type: "button", onclick: () => choose(car.id) }, car.name);
}

/** Show the picture of the car as it is, drawn by the bot's own code; its words are those of the table. */
function draw(car) {
  const drawing = $("car");
  const words = STATES.map((state) => `${state.name.toLowerCase()} ${state.is(car) ? state.on : state.off}`);
  const address = `/api/car/${car.id}.png?${encodeURIComponent(words.join())}`;
  if (drawing.getAttribute("src") !== address) drawing.src = address;
  set(drawing, "alt", `${car.name}: ${words.join(", ")}`);
  setText($("car-mood"), [car.asleep && "It is asleep.", car.silent && "It reports nothing."].filter(Boolean).join(" "));
}

function stateRow(state) {
  const flip = () => attempt("at-the-car", { car: theCar().id, part: state.part, to: !state.is(theCar()) });
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, state.name),
    el("td", {}, el("button.switch", { type: "button", role: "switch", "aria-label": state.question, onclick: flip }, el("span.knob"), el("span.says"))),
    el("td.reported"),
  );
}

function updateRow(row, state, car) {
  const isOn = state.is(car);
  const button = row.querySelector("button");
  set(button, "aria-checked", String(isOn));
  setText(button.querySelector(".says"), isOn ? state.on : state.off);
  const report = car.signals[state.signal];
  const reads = report ? (state.reads ?? Boolean)(report.value) : null;
  const words = reads ? state.on : state.off;
  const cell = row.querySelector(".reported");
  setText(cell, report ? `${words}, ${clock(new Date(report.at * 1000))}` : "never");
  cell.classList.toggle("differs", reads !== null && reads !== isOn);
}

function receivedLine(one) {
  if (one.number < 0) return el("li.nothing", {}, "Nothing yet.");
  const at = new Date(one.at * 1000);
  return el("li", {}, el("time", { datetime: at.toISOString() }, clockWithSeconds(at)), el("strong", {}, COMMANDS[one.command]), el("code", {}, one.command));
}

export function showCalls() {
  const { answered, waiting } = part("calls");
  const open = Object.entries(waiting).map(([what, count]) => ({ key: `waiting ${what} ${count}`, what, count }));
  const done = answered.map((call) => ({ key: `${call.at} ${call.service} ${call.operation} ${call.status}`, call })).reverse();
  reconcile($("calls"), [...open, ...unique(done)], (one) => one.key, callLine);
}

function unique(lines) {
  const counts = new Map();
  return lines.map((line) => {
    const count = (counts.get(line.key) ?? 0) + 1;
    counts.set(line.key, count);
    return { ...line, key: `${line.key} ${count}` };
  });
}

function callLine({ call, what, count }) {
  if (!call) return el("li.waiting", {}, el("span", {}, what), el("span", {}, count > 1 ? `${count} wait` : "waits"));
  const at = new Date(call.at * 1000);
  const status = call.status === null ? "no answer" : String(call.status);
  const kind = call.status !== null && call.status < 400 ? "good" : "bad";
  return el("li", {}, el("time", { datetime: at.toISOString() }, clockWithSeconds(at)), el("span", {}, `${call.service} ${call.operation}`), el(`span.${kind}`, {}, status));
}
