// A notebook and the server: acts go up in the order they were done until it has said yes to each, and what is new for
// this device comes down.

import { alone } from "./capture-store.js";
import { Away, DeviceSync } from "./device-sync.js";

const MOST_ACTS = 200;
const MOST_BYTES = 400_000;
const EVERY_MS = 1000;
const EVERY_MS_UNSEEN = 10_000;
const EVERY_MS_GONE = 30_000;

export class Sync extends DeviceSync {
  #most = MOST_ACTS;

  constructor({ notebook, device, ...rest }) {
    super(rest);
    Object.assign(this, { notebook, device });
  }

  pause() {
    if (this.gone) return EVERY_MS_GONE;
    return document.visibilityState === "visible" ? EVERY_MS : EVERY_MS_UNSEEN;
  }

  async round() {
    const { key } = this.settings;
    const known = this.notebook.waiting.map((row) => row.key);
    const hasAsked = await this.alone(`jornada-capture ${key}`, () => this.#sendAll());
    const rows = await this.store.listActs(key);
    if (!hasAsked) await this.#fetchChanges();
    // What another tab of this browser wrote or sent meanwhile; what it sent is in the answer.
    const left = new Set(rows.map((row) => row.key));
    const waiting = new Set(this.notebook.waiting.map((row) => row.key));
    const gone = known.filter((each) => waiting.has(each) && !left.has(each));
    const found = rows.filter((row) => !this.notebook.has(row.key) && !known.includes(row.key));
    if (gone.length || found.length) this.on.change(this.notebook.changeActs(gone, found));
  }

  async #sendAll() {
    let hasAsked = false;
    for (;;) {
      const rows = this.#batch((await this.store.listActs(this.settings.key)).filter((row) => row.refused === undefined));
      if (!rows.length) return hasAsked;
      let { status, answer } = await this.#send(rows);
      if (status === 400) {
        // The browser's session was renewed since: take its new token and try once more.
        await this.#fetchChanges();
        ({ status, answer } = await this.#send(rows));
      }
      if (status === 413 && rows.length > 1) {
        this.#most = Math.ceil(rows.length / 2);
      } else if (status === 200) {
        await this.#answered(rows, answer);
        hasAsked = answer.revision !== undefined;
      } else {
        this.#refused(status, answer);
        return true;
      }
    }
  }

  #batch(rows) {
    let bytes = 0;
    const fits = rows.findIndex((row, index) => {
      bytes += JSON.stringify(row.act).length * 2;
      return index > 0 && bytes > MOST_BYTES;
    });
    return rows.slice(0, Math.min(this.#most, fits < 0 ? rows.length : fits));
  }

  #send(rows) {
    const acts = rows.map((row) => row.act);
    return this.post(this.settings.acts, { since: this.notebook.revision, clock: new Date().toISOString(), device: this.device, acts });
  }

  async #answered(rows, { answers = {}, ...answer }) {
    const done = rows.filter((row) => ["accepted", "known", "early"].includes(answers[row.key]?.outcome));
    const refused = rows.filter((row) => answers[row.key]?.outcome === "refused").map((row) => ({ ...row, refused: answers[row.key].message ?? "" }));
    if (done.length + refused.length === 0) throw new Away("nothing accepted");
    if (refused.length) await this.store.addActs(refused);
    await this.store.removeActs(this.settings.key, done.map((row) => row.key));
    // A link that has ended is told what was accepted, and nothing else: what was written here stays on the page.
    const isTold = answer.revision !== undefined;
    const changed = this.notebook.update(answer);
    const sent = isTold ? [] : done.map((row) => ({ ...row, isSent: true }));
    for (const key of this.notebook.changeActs(done.map((row) => row.key), [...refused, ...sent])) changed.add(key);
    if (isTold) await this.#keep(answer);
    this.on.change(changed);
  }

  async #fetchChanges() {
    const { status, answer } = await this.ask(`${this.settings.changes}?since=${this.notebook.revision}`);
    if (status !== 200) return this.#refused(status, answer);
    this.gone = "";
    if (answer.revision < this.notebook.revision) return this.#startAnew();
    const before = JSON.stringify(this.notebook.facts);
    const changed = this.notebook.update(answer);
    if (changed.size || before !== JSON.stringify(this.notebook.facts)) {
      await this.#keep(answer);
      this.on.change(changed);
    }
    return undefined;
  }

  // The server knows less than this device, as after a backup was put back: all that it knows is asked for again.
  async #startAnew() {
    await this.store.dropNotebook(this.settings.key);
    this.on.change(this.notebook.forget());
    await this.#fetchChanges();
  }

  #keep(answer) {
    return alone(this.settings.key, () => this.store.keepNotebook(this.settings, this.notebook.facts, answer.entries ?? [], this.notebook.told));
  }

  #refused(status, answer) {
    if (!this.isRefusal(status)) throw new Away(`status ${status}`);
    this.gone = answer.reason ?? (status === 401 ? "log_in" : "forbidden");
    this.on.gone();
  }
}
