// What capture keeps on the device: the notebook of each session, the acts that wait to be sent, and what is half written.

import { openDatabase } from "./device-store.js";

const DRAFT = "jornada.draft.";
const WRITING = "jornada.writing.";

// The way in of members of staff; with a capture link it is another.
const STAFF = "/gestio/";

export const isOfStaff = ({ acts }) => acts?.startsWith(STAFF) ?? true;

export async function openStore() {
  return new CaptureStore(await openDatabase("jornada-capture", 1, { notebooks: "key", entries: ["notebook", "key"], acts: ["notebook", "key"] }));
}

class CaptureStore {
  // Acts that the disk refused: they live in this page alone.
  #unkept = new Map();

  constructor(database) {
    this.database = database;
  }

  get isKept() { return this.database.isKept && !this.#unkept.size; }

  async readNotebook(key) {
    const facts = await this.database.get("notebooks", key);
    return [facts?.facts, (await this.database.list("entries", key)).map((row) => row.entry)];
  }

  // `entries` are what is new, `all` what the server ever said: a notebook that was dropped meanwhile is kept whole again.
  async keepNotebook({ key, acts }, facts, entries, all) {
    try {
      const kept = await this.database.get("notebooks", key);
      // Another tab may know more already.
      if (kept?.facts.revision > facts.revision) return;
      const rows = (kept ? entries : all).map((entry) => ({ notebook: key, key: entry.key, entry }));
      await this.database.change({ put: { notebooks: [{ key, acts, facts }], entries: rows } });
    } catch { /* the server has it */ }
  }

  async dropNotebook(key) {
    const entries = (await this.database.list("entries", key)).map((row) => [key, row.key]);
    await this.database.change({ remove: { notebooks: [key], entries } });
  }

  // What the server has said to a member of staff; what waits to be sent stays.
  async dropNotebooksOfStaff() {
    const notebooks = (await this.database.list("notebooks")).filter(isOfStaff);
    await Promise.all(notebooks.map(({ key }) => alone(key, () => this.dropNotebook(key))));
  }

  async listActs(notebook = null) {
    const kept = await this.database.list("acts", notebook);
    const unkept = [...this.#unkept.values()].filter((row) => notebook === null || row.notebook === notebook);
    return [...kept, ...unkept].sort((one, other) => one.order - other.order);
  }

  // Done only when it is on the disk. Until then a copy is where it can be put at once, in case the tab is closed now.
  async addActs(rows) {
    rows.forEach((row) => remember(WRITING + row.key, JSON.stringify(row)));
    try {
      await this.database.change({ put: { acts: rows }, isStrict: true });
    } catch {
      rows.forEach((row) => this.#unkept.set(row.key, row));
    }
    rows.forEach((row) => forget(WRITING + row.key));
  }

  async removeActs(notebook, keys) {
    keys.forEach((key) => this.#unkept.delete(key));
    await this.database.change({ remove: { acts: keys.map((key) => [notebook, key]) }, isStrict: true });
  }

  // What a tab had not put on the disk when it was closed.
  async recover() {
    const rows = remembered(WRITING).map(([, text]) => parsed(text)).filter((row) => row?.act);
    if (rows.length) await this.addActs(rows);
  }

  keepDraft(notebook, name, draft) {
    if (draft) remember(`${DRAFT}${notebook}.${name}`, JSON.stringify(draft));
    else forget(`${DRAFT}${notebook}.${name}`);
  }

  readDraft(notebook, name) {
    const whole = `${DRAFT}${notebook}.${name}`;
    return parsed(remembered(whole).find(([key]) => key === whole)?.[1] ?? "null");
  }
}

// Who keeps a notebook and who drops it come one after the other: half of one would look like a whole one.
export function alone(notebook, work) {
  return navigator.locks ? navigator.locks.request(`jornada-capture-keep ${notebook}`, work) : work();
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

// What tells this device from others in the history of an entry.
export function deviceName(word) {
  const kept = remembered("jornada.device").find(([name]) => name === "jornada.device")?.[1];
  if (kept) return kept;
  const letter = String.fromCharCode(65 + Math.floor(Math.random() * 24));
  const made = `${word} ${letter}${Math.floor(Math.random() * 90 + 10)}`.trim();
  remember("jornada.device", made);
  return made;
}

function remember(key, text) {
  try { localStorage.setItem(key, text); } catch { /* what it is for will have to do without */ }
}

function forget(key) {
  try { localStorage.removeItem(key); } catch { /* it was never there */ }
}

function remembered(start) {
  try { return Object.entries(localStorage).filter(([key]) => key.startsWith(start)); } catch { return []; }
}
