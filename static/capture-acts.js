// What is done on this device: each thing as acts that are on the disk before they are shown, and how to take it back.

import { newKey } from "./text.js";

export class Doing {
  // How many acts are being put on the disk at this moment.
  writing = 0;
  #order = 0;
  #undoing = [];

  constructor({ settings: { key, acts, changes }, store, notebook, sync, on }) {
    Object.assign(this, { key, addresses: { acts, changes }, store, notebook, sync, on });
  }

  // The acts of one thing that was done; `back` gives those that take it back, when it is asked for.
  async #do(acts, back) {
    const rows = acts.map((act) => {
      this.#order = Math.max(this.#order + 1, Date.now());
      const key = act.kind === "write" ? act.entry : newKey();
      return { notebook: this.key, addresses: this.addresses, key, order: this.#order, act: { ...act, key, at: new Date(this.#order).toISOString() } };
    });
    this.writing += rows.length;
    this.on.state();
    await this.store.addActs(rows);
    this.writing -= rows.length;
    if (back) this.#undoing.push(back);
    this.on.change(this.notebook.changeActs([], rows));
    this.sync.run();
    return rows;
  }

  get canUndo() { return this.#undoing.length > 0; }

  // Take back the last thing done here; gives whether there was one.
  async undo() {
    const back = this.#undoing.pop();
    if (!back) return false;
    await this.#do(back(), null);
    return true;
  }

  #seen(key) { return this.notebook.get(key)?.acts ?? []; }

  // `lines` are of the same moment: one act each, one thing to take back.
  async write(lines) {
    const written = lines.map(({ origins = [], ...sets }) => ({ key: newKey(), sets, origins }));
    const acts = written.flatMap(({ key, sets, origins }) => [
      { kind: "write", entry: key, sets },
      ...origins.map((other) => ({ kind: "link", entry: key, other })),
    ]);
    await this.#do(acts, () => written.map(({ key }) => this.#about("delete", key)));
    return written.map(({ key }) => key);
  }

  #about(kind, key, more = {}) {
    return { kind, entry: key, seen: this.#seen(key), ...more };
  }

  // `seen` is what was known when the correction began, not when it was saved: somebody else may have been quicker.
  edit(key, sets, { seen = this.#seen(key), more = [] } = {}) {
    const entry = this.notebook.get(key);
    const before = Object.fromEntries(Object.keys(sets).map((name) => [name, name === "is_of_several" ? entry.several : entry[name]]));
    const acts = [...(Object.keys(sets).length ? [{ kind: "edit", entry: key, sets, seen }] : []), ...more];
    if (!acts.length) return Promise.resolve();
    return this.#do(acts, () => [
      ...(Object.keys(sets).length ? [this.#about("edit", key, { sets: before })] : []),
      ...more.map((act) => this.#about(act.kind === "link" ? "unlink" : "link", key, { other: act.other })),
    ]);
  }

  delete(key) { return this.#do([this.#about("delete", key)], () => [this.#about("restore", key)]); }

  restore(key) { return this.#do([this.#about("restore", key)], () => [this.#about("delete", key)]); }

  support(key, change) {
    return this.#do([{ kind: "support", entry: key, change }], () => [{ kind: "support", entry: key, change: -change }]);
  }

  linkAct(key, other) { return { kind: "link", entry: key, other, seen: this.#seen(key) }; }

  unlinkAct(key, other) { return { kind: "unlink", entry: key, other, seen: this.#seen(key) }; }

  link(key, other) { return this.edit(key, {}, { more: [this.linkAct(key, other)] }); }

  merge(key, other) {
    return this.#do([this.#about("merge", key, { other })], () => [this.#about("unmerge", key)]);
  }

  unmerge(key) {
    const { into } = this.notebook.get(key);
    return this.#do([this.#about("unmerge", key)], () => [this.#about("merge", key, { other: into })]);
  }

  // What was refused is sent once more with other words.
  async correct(key, sets) {
    const rows = this.notebook.waiting.filter((row) => row.act.entry === key).map(({ refused: _why, ...row }) => (
      row.act.sets ? { ...row, act: { ...row.act, sets: { ...row.act.sets, ...sets } } } : row
    ));
    await this.store.addActs(rows);
    this.on.change(this.notebook.changeActs([], rows));
    this.sync.run();
  }

  // What was refused is given up.
  async takeBack(key) {
    const rows = this.notebook.waiting.filter((row) => row.act.entry === key);
    await this.store.removeActs(this.key, rows.map((row) => row.key));
    this.on.change(this.notebook.changeActs(rows.map((row) => row.key), []));
  }
}
