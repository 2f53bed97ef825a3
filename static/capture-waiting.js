// Where notes are not being taken: what this device wrote in whatever notebook, and could not send, is sent.

import { Notebook } from "./capture-notebook.js";
import { deviceName, openStore } from "./capture-store.js";
import { Sync } from "./capture-sync.js";
import { sayMany } from "./text.js";

const place = document.querySelector("[data-waiting-words]");
const words = JSON.parse(place.dataset.waitingWords);
const store = await openStore();

class LastRounds extends Sync {
  pause() { return this.gone ? super.pause() : Infinity; }
}

async function show() {
  const count = (await store.listActs()).filter((row) => row.refused === undefined).length;
  place.textContent = count ? sayMany(words, count) : "";
}

async function begin() {
  await store.recover();
  const rows = await store.listActs();
  const notebooks = new Map(rows.map((row) => [row.notebook, row.addresses]));
  const syncs = await Promise.all([...notebooks].map(async ([key, addresses]) => {
    const notebook = new Notebook();
    notebook.read((await store.readNotebook(key))[0], []);
    return new LastRounds({ settings: { key, ...addresses }, store, notebook, device: deviceName(""), on: { change: show, state: show, gone: show } });
  }));
  addEventListener("online", () => syncs.forEach((sync) => sync.run()));
  await show();
  await Promise.all(syncs.map((sync) => sync.run()));
  document.documentElement.dataset.tried = "";
}

begin();
