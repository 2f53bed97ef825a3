// The notebook of a session as this device knows it: what the server said, and on top of it what was done here since.

import { actsOf, whatStands } from "./capture-rule.js";

const NOT_YET = 1e12; // what the server does not know yet comes after what it knows
const LETTERS = { contribution: "A", proposal: "P" };

export class Notebook {
  revision = 0;
  closedAt = null;
  closedBy = "";
  topics = [];
  late = 0;
  isKnown = false;
  #told = new Map();
  #turns = 0;
  #rows = new Map();
  #ofEntry = new Map();
  #shown = new Map();
  #merged = new Map();
  #grown = new Map();

  // --- What the server says ---

  read(facts, entries) {
    if (!facts) return;
    this.#take(facts);
    this.#hear([...entries].sort((one, other) => one.turn - other.turn));
    this.#build(entries.map((entry) => entry.key));
  }

  // Entries stand in the order in which the server accepted them, which is that of their numbers and of its answers.
  #hear(entries) {
    for (const entry of entries) {
      entry.turn ??= this.#told.get(entry.key)?.turn ?? this.#turns + 1;
      this.#turns = Math.max(this.#turns, entry.turn);
      this.#told.set(entry.key, entry);
    }
  }

  // Forget all that the server said; what was done here stays.
  forget() {
    const keys = [...this.#told.keys()];
    this.#told.clear();
    this.#turns = 0;
    this.revision = 0;
    return this.#build(keys);
  }

  get facts() {
    return { revision: this.revision, closed_at: this.closedAt, closed_by: this.closedBy, topics: this.topics, by: { late: this.late } };
  }

  // All that the server has said of entries.
  get told() { return [...this.#told.values()]; }

  #take(facts) {
    this.isKnown = true;
    this.revision = facts.revision;
    if (facts.closed_at !== undefined) this.closedAt = facts.closed_at;
    this.closedBy = facts.closed_by ?? this.closedBy;
    this.topics = facts.topics ?? this.topics;
    this.late = facts.by?.late ?? this.late;
  }

  // Gives the keys of the entries that are different now. An answer older than what is known says nothing new.
  update(answer) {
    if (answer.revision === undefined || answer.revision < this.revision) return new Set();
    this.#take(answer);
    const entries = answer.entries ?? [];
    this.#hear(entries);
    const changed = this.#build(entries.map((entry) => entry.key));
    const sent = [...this.#rows.values()].filter((row) => row.isSent).map((row) => row.key);
    for (const key of this.changeActs(sent, [])) changed.add(key);
    return changed;
  }

  // --- What was done here and waits to be sent ---

  get waiting() { return [...this.#rows.values()].filter((row) => !row.isSent); }

  has(key) { return this.#rows.has(key); }

  // Some acts are gone, some are new or different; gives the keys of the entries that are different now.
  changeActs(gone, rows) {
    const touched = new Set(rows.map((row) => row.act.entry));
    for (const key of gone) {
      if (this.#rows.has(key)) touched.add(this.#rows.get(key).act.entry);
      this.#rows.delete(key);
    }
    for (const row of rows) this.#rows.set(row.key, row);
    for (const key of touched) this.#ofEntry.delete(key);
    for (const row of [...this.#rows.values()].sort((one, other) => one.order - other.order)) {
      const { entry } = row.act;
      if (!touched.has(entry)) continue;
      if (!this.#ofEntry.has(entry)) this.#ofEntry.set(entry, []);
      this.#ofEntry.get(entry).push(row);
    }
    return this.#build(touched);
  }

  // --- Both together ---

  #build(keys) {
    const changed = new Set(keys);
    for (const key of keys) this.#project(key, changed);
    for (const key of changed) this.#gather(key);
    return changed;
  }

  #project(key, changed) {
    const before = this.#shown.get(key);
    const entry = this.#combine(this.#told.get(key), this.#ofEntry.get(key) ?? []);
    if (before?.into && before.into !== entry?.into) {
      changed.add(this.root(key));
      this.#merged.get(before.into).delete(key);
    }
    if (!entry) {
      this.#shown.delete(key);
      return;
    }
    this.#shown.set(key, entry);
    for (const origin of entry.origins) this.#among(this.#grown, origin).add(key);
    if (entry.into) {
      this.#among(this.#merged, entry.into).add(key);
      changed.add(this.root(key));
    }
    // What grew from it shows its number.
    if (before?.ref !== entry.ref) for (const each of this.#among(this.#grown, key)) changed.add(each);
  }

  #among(map, key) {
    if (!map.has(key)) map.set(key, new Set());
    return map.get(key);
  }

  #combine(told, rows) {
    if (!told && !rows.length) return null;
    const facts = {
      turn: told?.turn ?? NOT_YET + rows[0].order,
      isWaiting: rows.some((row) => !row.isSent),
      refused: rows.find((row) => row.refused !== undefined)?.refused,
      merged: [],
    };
    if (!rows.length) return { ...told, ...facts };
    // What was done here was done knowing what is shown here.
    const base = told ? actsOf(told) : [];
    const known = base.map((act) => act.key);
    // Words that were refused are there to be corrected; whatever else was refused has not been done.
    const done = rows.filter((row) => row.refused === undefined || row.act.sets);
    const stands = whatStands([...base, ...done.map(({ act }) => ({ ...act, seen: [...(act.seen ?? []), ...known] }))]);
    if (!stands) return null;
    const { is_of_several: several, merges, versions, ...rest } = stands;
    return {
      former: [], withheld: false, state: "collected", url: "",
      ...told,
      ...rest,
      ...facts,
      several,
      into: merges.at(-1)?.other ?? null,
      versions: versions.length > 1 ? told?.versions ?? [] : [],
      ref: told?.kind === rest.kind ? told.ref : `${LETTERS[rest.kind]}-…`,
      acts: [...new Set([...(told?.acts ?? []), ...rows.map((row) => row.key)])],
    };
  }

  // What was merged into an entry, and the dots of it that the server has not added yet.
  #gather(key) {
    const entry = this.#shown.get(key);
    if (!entry) return;
    const toldOf = new Set((this.#told.get(key)?.merged ?? []).map((each) => each.key));
    entry.merged = this.#under(key).map((each) => this.#shown.get(each)).filter((each) => each && !each.deleted);
    const added = entry.merged.filter((each) => !toldOf.has(each.key));
    entry.dots = added.reduce((sum, each) => sum + each.supports, entry.supports);
  }

  // Each before what was merged into it.
  #under(key) {
    const found = new Set();
    const waiting = [...(this.#merged.get(key) ?? [])].reverse();
    while (waiting.length) {
      const child = waiting.pop();
      if (child === key || found.has(child)) continue;
      found.add(child);
      waiting.push(...[...(this.#merged.get(child) ?? [])].reverse());
    }
    return [...found];
  }

  // --- Reading ---

  get(key) { return this.#shown.get(key) ?? null; }

  // The entry that is shown for this one, if it was merged.
  root(key) {
    const seen = new Set();
    let at = key;
    while (this.#shown.get(at)?.into && !seen.has(at)) {
      seen.add(at);
      at = this.#shown.get(at).into;
    }
    return at;
  }

  get all() { return this.#shown.values(); }

  // What is neither deleted nor counted elsewhere, the newest first; and what was deleted, if it is asked for or the
  // server has refused what was done with it.
  list(withDeleted = new Set()) {
    return [...this.#shown.values()]
      .filter((entry) => !entry.into && (!entry.deleted || withDeleted.has(entry.key) || entry.refused !== undefined))
      .sort((one, other) => other.turn - one.turn);
  }

  count() {
    const counts = { contribution: 0, proposal: 0 };
    for (const entry of this.#shown.values()) if (!entry.deleted && !entry.into) counts[entry.kind] += 1;
    return counts;
  }
}
