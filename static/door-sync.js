// Talking to the server: acts go up until it has said yes to each, the list comes down. One after the other, so that a
// list never comes that is older than what was just sent.

const RETRY_SECONDS = [2, 4, 8, 15, 30];
const TIMEOUT_MS = 15000;
const BATCH = 50;
const EVERY_MS = 5000;
const EVERY_MS_PER_PERSON = 1.25;
const EVERY_MS_UNSEEN = 20000;
const EVERY_MS_GONE = 30000;

class Away extends Error {}

export class Sync {
  isOnline = true;
  gone = "";
  offset = 0;
  #token = "";
  #failures = 0;
  #timer = 0;
  #running = null;
  #again = false;
  #fetchedAt = 0;
  #wantsList = true;

  constructor({ settings, store, people, device, on }) {
    Object.assign(this, { settings, store, people, device, on });
  }

  get token() { return this.#token; }

  now() { return Date.now() + this.offset; }

  // Send now, and fetch the list if it is due or asked for; who asks while it is being done gets another round, and both
  // wait for its end.
  run({ withList = false } = {}) {
    if (withList) this.#wantsList = true;
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#rounds().finally(() => { this.#running = null; });
    return this.#running;
  }

  async #rounds() {
    clearTimeout(this.#timer);
    do {
      this.#again = false;
      try {
        await this.#round();
        this.#failures = 0;
        this.isOnline = true;
      } catch (problem) {
        if (!(problem instanceof Away) && problem?.name !== "AbortError" && !(problem instanceof TypeError)) console.error(problem);
        this.#failures += 1;
        this.isOnline = false;
        this.#again = false;
      }
    } while (this.#again);
    this.on.state();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.run(), this.#wait());
  }

  #wait() {
    if (!this.isOnline) return RETRY_SECONDS[Math.min(this.#failures - 1, RETRY_SECONDS.length - 1)] * 1000;
    if (this.gone) return EVERY_MS_GONE;
    return Math.max(1000, this.#fetchedAt + this.#interval() - Date.now());
  }

  // A long list is asked for less often: it takes the server longer, and says more at once.
  #interval() {
    const seen = document.visibilityState === "visible" ? EVERY_MS : EVERY_MS_UNSEEN;
    return Math.max(seen, this.people.size * EVERY_MS_PER_PERSON);
  }

  async #round() {
    if (!this.#token) await this.#fetchList();
    const lock = navigator.locks?.request?.bind(navigator.locks);
    // Of two tabs one sends; the other would do no harm, for each act is accepted once.
    if (lock) await lock(`jornada-door ${this.settings.key}`, () => this.#sendAll());
    else await this.#sendAll();
    const isDue = this.gone || !this.people.hasList || Date.now() - this.#fetchedAt >= this.#interval();
    if (isDue || this.#wantsList) await this.#fetchList();
  }

  async #sendAll() {
    for (;;) {
      const acts = (await this.store.listActs(this.settings.key)).slice(0, BATCH);
      if (!acts.length) return;
      let { status, answer } = await this.#post(acts);
      if (status === 400) {
        // The browser's session was renewed since: take its new token and try once more.
        this.people.version = "";
        await this.#fetchList();
        ({ status, answer } = await this.#post(acts));
      }
      if (status !== 200) return this.#refused(status, answer);
      await this.#accepted(acts, answer);
    }
  }

  #post(acts) {
    const sent = acts.map(({ id, kind, person, session, source, at, takes_back, name, organisation }) => (
      { id, kind, person, session, source, at, takes_back, name, organisation }
    ));
    const body = JSON.stringify({ device: this.device(), clock: Date.now(), acts: sent });
    return this.#ask(this.settings.acts, { method: "POST", body, headers: { "Content-Type": "application/json", "X-CSRFToken": this.#token } });
  }

  async #accepted(acts, answer) {
    const done = acts.filter((act) => answer.acts?.[act.id]);
    if (!done.length) throw new Away("nothing accepted");
    await this.store.removeActs(done.map((act) => act.id));
    if (this.people.hasList) this.people.patch(answer.rows ?? []);
    this.people.removeActs(done.map((act) => act.id));
    for (const act of done) await this.on.outcome(act, answer.acts[act.id]);
    this.on.change();
  }

  async #fetchList() {
    const headers = this.people.hasList ? { "Door-Marks": this.people.marks } : {};
    if (this.people.version && this.#token) headers["If-None-Match"] = this.people.version;
    const { status, answer, version } = await this.#ask(this.settings.list, { headers });
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
    if (![401, 403, 404, 410].includes(status)) throw new Away(`status ${status}`);
    const reasons = { 401: this.settings.mode === "link" ? "no_link" : "log_in", 403: "forbidden", 404: "forbidden" };
    this.gone = answer.reason ?? reasons[status] ?? "forbidden";
    await this.on.gone(this.gone);
  }

  async #ask(address, { headers = {}, ...options }) {
    const stop = new AbortController();
    const alarm = setTimeout(() => stop.abort(), TIMEOUT_MS);
    const sentAt = Date.now();
    try {
      const response = await fetch(address, { ...options, headers: { Accept: "application/json", ...headers }, redirect: "manual", cache: "no-store", signal: stop.signal });
      if (response.type === "opaqueredirect") return { status: 401, answer: {} };
      if (response.status === 304) return { status: 304, answer: {} };
      const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
      // A page that is no answer of ours comes from a network that wants a log-in first, or from a proxy.
      if (!isJson && ![401, 403, 404, 410].includes(response.status)) throw new Away("not our answer");
      if (!isJson) return { status: response.status, answer: {} };
      const answer = await response.json();
      if (answer.csrf) this.#token = answer.csrf;
      if (answer.now) this.offset = answer.now - (sentAt + Date.now()) / 2;
      return { status: response.status, answer, version: response.headers.get("ETag") ?? "" };
    } finally {
      clearTimeout(alarm);
    }
  }
}
