// What a page keeps on the device. A browser that refuses to keep anything still works: then all of it lives in that
// page alone, and `isKept` says so.

function opened(name, version, stores) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(stores)) {
        if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store, { keyPath });
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

// `stores` gives each store its key path, which may be a list of two: then all values of the first can be read.
export async function openDatabase(name, version, stores) {
  try {
    const kept = new Kept(() => opened(name, version, stores));
    await kept.connect();
    return kept;
  } catch {
    return new InMemory(stores);
  }
}

class Kept {
  isKept = true;
  #open;
  #connection = null;

  constructor(open) {
    this.#open = open;
  }

  connect() {
    this.#connection ??= this.#open().then((database) => {
      const forget = () => { this.#connection = null; };
      database.onclose = forget;
      database.onversionchange = () => { forget(); database.close(); };
      return database;
    });
    return this.#connection;
  }

  // Telephones close what a page in the background had open: then it is opened again.
  async #with(work) {
    try {
      return await work(await this.connect());
    } catch (problem) {
      if (!["InvalidStateError", "UnknownError"].includes(problem?.name)) throw problem;
      this.#connection = null;
      return work(await this.connect());
    }
  }

  #read(store, work) {
    return this.#with((database) => new Promise((resolve, reject) => {
      const request = work(database.transaction(store).objectStore(store));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }));
  }

  get(store, key) { return this.#read(store, (rows) => rows.get(key)); }

  list(store, first = null) {
    const range = first === null ? null : IDBKeyRange.bound([first], [first, []]);
    return this.#read(store, (rows) => rows.getAll(range));
  }

  // Done only when it is on the disk (`isStrict`) or with the system: all of it or nothing.
  change({ put = {}, remove = {}, isStrict = false }) {
    const names = [...new Set([...Object.keys(put), ...Object.keys(remove)])];
    if (!names.length) return Promise.resolve();
    return this.#with((database) => new Promise((resolve, reject) => {
      const transaction = database.transaction(names, "readwrite", { durability: isStrict ? "strict" : "default" });
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
      for (const [name, keys] of Object.entries(remove)) keys.forEach((key) => transaction.objectStore(name).delete(key));
      for (const [name, rows] of Object.entries(put)) rows.forEach((row) => transaction.objectStore(name).put(row));
    }));
  }
}

class InMemory {
  isKept = false;
  #stores = new Map();

  constructor(stores) {
    for (const [name, keyPath] of Object.entries(stores)) this.#stores.set(name, { keyPath, rows: new Map() });
  }

  #name(store, row) {
    const { keyPath } = this.#stores.get(store);
    return JSON.stringify(Array.isArray(keyPath) ? keyPath.map((part) => row[part]) : row[keyPath]);
  }

  async get(store, key) { return this.#stores.get(store).rows.get(JSON.stringify(key)); }

  async list(store, first = null) {
    const { keyPath, rows } = this.#stores.get(store);
    return [...rows.values()].filter((row) => first === null || row[keyPath[0]] === first);
  }

  async change({ put = {}, remove = {} }) {
    for (const [name, keys] of Object.entries(remove)) keys.forEach((key) => this.#stores.get(name).rows.delete(JSON.stringify(key)));
    for (const [name, rows] of Object.entries(put)) rows.forEach((row) => this.#stores.get(name).rows.set(this.#name(name, row), row));
  }
}
