// The page as a whole: starts its modules, and refreshes them when the demo changes.

import { $, setText } from "./dom.js";
import * as car from "./car.js";
import * as chat from "./chat.js";
import * as chats from "./chats.js";
import * as tabs from "./tabs.js";
import { clock, span } from "./text.js";
import * as tour from "./tour.js";
import * as troubles from "./troubles.js";
import { bot, follow, isReady, now, onChange, part, view } from "./world.js";

const CLOCK_SECONDS = 10;
const BOT_STATES = {
  listening: "running",
  starting: "starting",
  killed: "killed",
  ended: "ended",
};

let isFirst = true;

function begin() {
  chats.remember();
  tour.remember();
  chat.prepare();
  troubles.prepare();
  tabs.prepare(showAll);
  tour.prepare();
  document.addEventListener("visibilitychange", showAll);
}

function changed(names) {
  if (!part("world")) return;
  const wasFirst = isFirst;
  if (isFirst) {
    isFirst = false;
    begin();
  }
  chat.noteChanges(names, wasFirst);
  showAll(names);
}

function showAll() {
  if (!isReady()) return;
  chat.showChat();
  chats.markSeen();
  chats.showHolder();
  chats.showBack();
  chats.showChats();
  car.showCar();
  car.showCalls();
  troubles.showTroubles();
  tour.showTour();
  showTop();
}

function showTop() {
  const state = bot().state;
  setText($("bot-says"), BOT_STATES[state]);
  $("bot-state").dataset.state = state;
  const shift = part("world").shift;
  $("clock").hidden = !shift;
  setText($("clock-now"), `${clock(now())}, `);
  setText($("clock-shift"), `+${span(shift)}`);
  troubles.showWhatIsOn();
  document.body.dataset.me = view.me;
}

function connection(state) {
  $("banner").hidden = state === "on";
  if (state === "off") setText($("banner"), `The demo has stopped. Start it again with: python3 -m bot demo --port ${location.port}`);
}

onChange(changed);
follow(connection);
setInterval(() => isReady() && showTop(), CLOCK_SECONDS * 1000);
