// Talking to the server, over a network that comes and goes: one round after the other, and again after a while that
// grows when nothing gets through. A room says what a round is, and how long the pause after it: for ever ends it.

const RETRY_SECONDS = [2, 4, 8, 15, 30];
const TIMEOUT_MS = 15000;
const REFUSALS = [401, 403, 404, 410];

export class Away extends Error {}

// No network, an answer that is none, and a store that closes with its page.
function isExpected(problem) {
  return problem instanceof Away || problem instanceof TypeError || ["AbortError", "InvalidStateError"].includes(problem?.name);
}

export class DeviceSync {
  isOnline = true;
  gone = "";
  offset = 0;
  token = "";
  #failures = 0;
  #timer = 0;
  #running = null;
  #again = false;

  constructor({ settings, store, on }) {
    Object.assign(this, { settings, store, on });
  }

  now() { return Date.now() + this.offset; }

  // Who asks while a round is being done gets another one, and waits for its end.
  run() {
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
        await this.round();
        this.#failures = 0;
        this.isOnline = true;
      } catch (problem) {
        if (!isExpected(problem)) console.error(problem);
        this.#failures += 1;
        this.isOnline = false;
        this.#again = false;
      }
    } while (this.#again);
    this.on.state();
    clearTimeout(this.#timer);
    const pause = this.isOnline ? this.pause() : RETRY_SECONDS[Math.min(this.#failures - 1, RETRY_SECONDS.length - 1)] * 1000;
    if (Number.isFinite(pause)) this.#timer = setTimeout(() => this.run(), pause);
  }

  // Of two tabs one sends; the other would do no harm, for each act is accepted once.
  alone(name, work) {
    return navigator.locks ? navigator.locks.request(name, work) : work();
  }

  isRefusal(status) {
    return REFUSALS.includes(status);
  }

  post(address, content) {
    return this.ask(address, {
      method: "POST",
      body: JSON.stringify(content),
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
    });
  }

  async ask(address, { headers = {}, ...options } = {}) {
    const stop = new AbortController();
    const alarm = setTimeout(() => stop.abort(), TIMEOUT_MS);
    const sentAt = Date.now();
    try {
      const response = await fetch(address, { ...options, headers: { Accept: "application/json", ...headers }, redirect: "manual", cache: "no-store", signal: stop.signal });
      if (response.type === "opaqueredirect") return { status: 401, answer: {} };
      if (response.status === 304) return { status: 304, answer: {} };
      const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
      // A page that is no answer of ours comes from a network that wants a log-in first, or from a proxy.
      if (!isJson && !REFUSALS.includes(response.status)) throw new Away("not our answer");
      if (!isJson) return { status: response.status, answer: {} };
      const answer = await response.json();
      this.token = answer.csrf ?? answer.csrf_token ?? this.token;
      const now = answer.now ?? Date.parse(answer.clock ?? "");
      if (now) this.offset = now - (sentAt + Date.now()) / 2;
      return { status: response.status, answer, version: response.headers.get("ETag") ?? "" };
    } finally {
      clearTimeout(alarm);
    }
  }
}
