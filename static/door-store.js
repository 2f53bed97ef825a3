// What the door keeps on the device: the list of each event, the acts that wait to be sent, and what needs a look.
// A browser that refuses to keep anything still works: then all of it lives in this page alone.

const NAME = "jornada-door";
const STORES = { lists: "key", acts: "id", notes: "id" };

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

export async function openStore() {
  let database = null;
  try {
    database = await opened();
    database.onversionchange = () => database.close();
  } catch { /* kept in memory instead */ }
  return database ? new Kept(database) : new InMemory();
}

class Kept {
  isKept = true;

  constructor(database) {
    this.database = database;
  }

  // Done only when it is on the disk: what the door has answered for is not lost with the tab or the battery.
  #write(name, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(name, "readwrite", { durability: name === "acts" ? "strict" : "default" });
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
      work(transaction.objectStore(name));
    });
  }

  #read(name, work) {
    return promised(work(this.database.transaction(name).objectStore(name)));
  }

  getList(key) { return this.#read("lists", (store) => store.get(key)); }
  listLists() { return this.#read("lists", (store) => store.getAll()); }
  putList(list) { return this.#write("lists", (store) => store.put(list)); }
  deleteList(key) { return this.#write("lists", (store) => store.delete(key)); }

  async listActs(key) {
    const acts = await this.#read("acts", (store) => store.getAll());
    return acts.filter((act) => act.key === key).sort((one, other) => one.order - other.order);
  }

  addAct(act) { return this.#write("acts", (store) => store.put(act)); }
  removeActs(ids) { return this.#write("acts", (store) => ids.forEach((id) => store.delete(id))); }

  async listNotes(key) { return (await this.#read("notes", (store) => store.getAll())).filter((note) => note.key === key); }
  addNote(note) { return this.#write("notes", (store) => store.put(note)); }
  removeNotes(ids) { return this.#write("notes", (store) => ids.forEach((id) => store.delete(id))); }
}

class InMemory {
  isKept = false;
  #lists = new Map();
  #acts = new Map();
  #notes = new Map();

  async getList(key) { return this.#lists.get(key); }
  async listLists() { return [...this.#lists.values()]; }
  async putList(list) { this.#lists.set(list.key, list); }
  async deleteList(key) { this.#lists.delete(key); }
  async listActs(key) { return [...this.#acts.values()].filter((act) => act.key === key); }
  async addAct(act) { this.#acts.set(act.id, act); }
  async removeActs(ids) { ids.forEach((id) => this.#acts.delete(id)); }
  async listNotes(key) { return [...this.#notes.values()].filter((note) => note.key === key); }
  async addNote(note) { this.#notes.set(note.id, note); }
  async removeNotes(ids) { ids.forEach((id) => this.#notes.delete(id)); }
}

// The list of an event and the notes about its people; acts stay until they are sent, unless `withActs`.
export async function forgetDoor(store, key, { withActs = false } = {}) {
  await store.deleteList(key);
  const notes = await store.listNotes(key);
  if (notes.length) await store.removeNotes(notes.map((note) => note.id));
  if (withActs) await store.removeActs((await store.listActs(key)).map((act) => act.id));
}

// The page itself, which the worker serves without a network.
export async function forgetPage(scope) {
  try {
    await caches.delete(`jornada-door ${scope}`);
    const registration = await navigator.serviceWorker?.getRegistration(scope);
    await registration?.unregister();
  } catch { /* there was none */ }
}
