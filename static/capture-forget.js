// Where nobody is logged in: what was kept for members of staff is deleted from the device, and the pages with it, which
// say who was logged in. What waits to be sent stays for whoever may send it, and is said.

import { isOfStaff, openStore } from "./capture-store.js";
import { forgetPages } from "./device-page.js";
import { sayMany } from "./text.js";

const place = document.querySelector("[data-unsent-words]");
const store = await openStore();
await store.recover();
const waiting = (await store.listActs()).filter((row) => row.refused === undefined && isOfStaff(row.addresses));
if (waiting.length) place.textContent = [sayMany(JSON.parse(place.dataset.unsentWords), waiting.length), place.dataset.unsentMore].join(". ");
await store.dropNotebooksOfStaff();
await forgetPages("/gestio/");
document.documentElement.dataset.forgotten = "";
