// Where nobody is logged in, or a door is closed: the lists that were kept for it are deleted from the device.

import { forgetPage } from "./device-page.js";
import { forgetDoor, openStore } from "./door-store.js";

const script = document.querySelector("script[data-forget-door]");
const store = await openStore();
for (const list of await store.listLists()) {
  const isMeant = script?.dataset.forgetDoor ? list.key === script.dataset.forgetDoor : list.mode === "staff";
  if (isMeant || list.until < Date.now()) await forgetDoor(store, list.key);
  if (isMeant && script?.dataset.forgetDoor) {
    await forgetPage(`/gestio/jornades/${list.key}/porta`);
    await forgetPage(`/porta/jornades/${list.key}`);
  }
}
