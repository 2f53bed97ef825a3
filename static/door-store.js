// What the door keeps on the device: the list of each event, the acts that wait to be sent, and what needs a look.

import { openDatabase } from "./device-store.js";

export async function openStore() {
  return new DoorStore(await openDatabase("jornada-door", 1, { lists: "key", acts: "id", notes: "id" }));
}

class DoorStore {
  constructor(database) {
    this.database = database;
  }

  get isKept() { return this.database.isKept; }

  getList(key) { return this.database.get("lists", key); }
  listLists() { return this.database.list("lists"); }
  putList(list) { return this.database.change({ put: { lists: [list] } }); }
  deleteList(key) { return this.database.change({ remove: { lists: [key] } }); }

  async listActs(key) {
    const acts = await this.database.list("acts");
    return acts.filter((act) => act.key === key).sort((one, other) => one.order - other.order);
  }

  // Done only when it is on the disk: what the door has answered for is not lost with the tab or the battery.
  addAct(act) { return this.database.change({ put: { acts: [act] }, isStrict: true }); }
  removeActs(ids) { return this.database.change({ remove: { acts: ids }, isStrict: true }); }

  async listNotes(key) { return (await this.database.list("notes")).filter((note) => note.key === key); }
  addNote(note) { return this.database.change({ put: { notes: [note] } }); }
  removeNotes(ids) { return this.database.change({ remove: { notes: ids } }); }
}

// The list of an event and the notes about its people; acts stay until they are sent, unless `withActs`.
export async function forgetDoor(store, key, { withActs = false } = {}) {
  await store.deleteList(key);
  const notes = await store.listNotes(key);
  if (notes.length) await store.removeNotes(notes.map((note) => note.id));
  if (withActs) await store.removeActs((await store.listActs(key)).map((act) => act.id));
}
