// The door and the server: acts go up until it has said yes to each, the list comes down. One after the other, so that
// a list never comes that is older than what was just sent.

import { Away, DeviceSync } from "./device-sync.js";

const BATCH = 50;
const EVERY_MS = 5000;
const EVERY_MS_PER_PERSON = 1.25;
const EVERY_MS_UNSEEN = 20000;
const EVERY_MS_GONE = 30000;

export class Sync extends DeviceSync {
  #fetchedAt = 0;
  #wantsList = true;

  constructor({ people, device, ...rest }) {
    super(rest);
    Object.assign(this, { people, device });
  }

  // Send now, and fetch the list if it is due or asked for.
  run({ withList = false } = {}) {
    if (withList) this.#wantsList = true;
    return super.run();
  }

  pause() {
    return this.gone ? EVERY_MS_GONE : Math.max(1000, this.#fetchedAt + this.#interval() - Date.now());
  }

  // A long list is asked for less often: it takes the server longer, and says more at once.
  #interval() {
    const seen = document.visibilityState === "visible" ? EVERY_MS : EVERY_MS_UNSEEN;
    return Math.max(seen, this.people.size * EVERY_MS_PER_PERSON);
  }

  async round() {
    if (!this.token) await this.#fetchList();
    await this.alone(`jornada-door ${this.settings.key}`, () => this.#sendAll());
    const isDue = this.gone || !this.people.hasList || Date.now() - this.#fetchedAt >= this.#interval();
    if (isDue || this.#wantsList) await this.#fetchList();
  }

  async #sendAll() {
    for (;;) {
      const acts = (await this.store.listActs(this.settings.key)).slice(0, BATCH);
      if (!acts.length) return;
      let { status, answer } = await this.#send(acts);
      if (status === 400) {
        // The browser's session was renewed since: take its new token and try once more.
        this.people.version = "";
        await this.#fetchList();
        ({ status, answer } = await this.#send(acts));
      }
      if (status !== 200) return this.#refused(status, answer);
      await this.#accepted(acts, answer);
    }
  }

  #send(acts) {
    const sent = acts.map(({ id, kind, person, session, source, at, takes_back, name, organisation }) => (
      { id, kind, person, session, source, at, takes_back, name, organisation }
    ));
    return this.post(this.settings.acts, { device: this.device(), clock: Date.now(), acts: sent });
  }

  async #accepted(acts, answer) {
    const done = acts.filter((act) => answer.acts?.[act.id]);
    if (!done.length) throw new Away("nothing accepted");
    await this.store.removeActs(done.map((act) => act.id));
    if (this.people.hasList) this.people.patch(answer.rows ?? []);
    this.people.removeActs(done.map((act) => act.id));
    this.people.countIn(done.filter((act) => ["added", "over_capacity"].includes(answer.acts[act.id].outcome)));
    for (const act of done) await this.on.outcome(act, answer.acts[act.id]);
    this.on.change();
  }

  async #fetchList() {
    const headers = this.people.hasList ? { "Door-Marks": this.people.marks } : {};
    if (this.people.version && this.token) headers["If-None-Match"] = this.people.version;
    const { status, answer, version } = await this.ask(this.settings.list, { headers });
    this.#fetchedAt = Date.now();
    this.#wantsList = false;
    if (status === 304) {
      this.people.savedAt = this.now();
      this.gone = "";
      return;
    }
    if (status !== 200) return this.#refused(status, answer);
    this.gone = "";
    this.people.update(answer, version, this.now());
    await this.store.putList(this.people.write(this.settings.key, this.settings.mode));
    this.on.change();
  }

  async #refused(status, answer) {
    if (!this.isRefusal(status)) throw new Away(`status ${status}`);
    const reasons = { 401: this.settings.mode === "link" ? "no_link" : "log_in", 403: "forbidden", 404: "forbidden" };
    this.gone = answer.reason ?? reasons[status] ?? "forbidden";
    await this.on.gone(this.gone);
  }
}
