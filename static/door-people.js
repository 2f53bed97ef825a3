// The people of one event as this device knows them: what the server said, and on top of it what was done here since.
// The same rule as the server's (docs/adr/0018, 0044): a check-in stands unless an undo names it; the earliest one counts.
// A leaving stands so too, and shows that somebody was there.

import { pairStays } from "./door-stays.js";
import { fold } from "./text.js";

const GROUPS = 128;
const NO_MARK = "------";

export class People {
  facts = null;
  version = "";
  savedAt = 0;
  #groups = new Map();
  #people = new Map();
  #former = new Map();
  #acts = new Map();
  #folded = new Map();

  get hasList() { return this.facts !== null; }
  get sessions() { return this.facts?.sessions ?? []; }
  get recordsExits() { return this.facts?.exits === true; }
  get all() { return this.#people.values(); }
  get size() { return this.#people.size; }

  // --- What the server says ---

  read(list) {
    if (!list) return;
    this.facts = list.facts;
    this.version = list.version;
    this.savedAt = list.savedAt;
    this.#groups = new Map(list.groups);
    this.#build();
  }

  write(key, mode) {
    return { key, mode, until: this.facts.until, facts: this.facts, version: this.version, savedAt: this.savedAt, groups: [...this.#groups] };
  }

  get marks() {
    return Array.from({ length: GROUPS }, (_, number) => this.#groups.get(number)?.[0] ?? NO_MARK).join("");
  }

  update({ event, groups }, version, now) {
    this.facts = event;
    this.version = version;
    this.savedAt = now;
    for (const [number, group] of Object.entries(groups)) this.#groups.set(Number(number), group);
    this.#build();
  }

  // People whom the server has just told of; the mark of their group no longer holds, so it will be asked for again.
  patch(rows) {
    for (const [number, row] of rows) {
      const [, old] = this.#groups.get(number) ?? [NO_MARK, []];
      this.#groups.set(number, [NO_MARK, [...old.filter((each) => each[0] !== row[0]), row]]);
    }
    if (rows.length) this.version = "";
    this.#build();
  }

  clear() {
    this.facts = null;
    this.version = "";
    this.#groups.clear();
    this.#folded.clear();
    this.#build();
  }

  // --- What was done here and waits to be sent ---

  setActs(acts) {
    this.#acts = new Map(acts.map((act) => [act.id, act]));
    this.#build();
  }

  addAct(act) {
    this.#acts.set(act.id, act);
    this.#build();
  }

  removeActs(ids) {
    ids.forEach((id) => this.#acts.delete(id));
    this.#build();
  }

  #build() {
    const undone = new Set([...this.#acts.values()].flatMap((act) => (act.kind === "undo" ? act.takes_back : [])));
    const done = Map.groupBy
      ? Map.groupBy(this.#acts.values(), (act) => act.person)
      : [...this.#acts.values()].reduce((map, act) => map.set(act.person, [...(map.get(act.person) ?? []), act]), new Map());
    this.#people = new Map();
    this.#former = new Map();
    for (const [, rows] of this.#groups.values()) {
      for (const [code, first, last, organisation, state, chosen, waiting, marks, former = []] of rows) {
        const person = { code, first, last, organisation, state, chosen, waiting };
        const acts = [code, ...former].flatMap((each) => done.get(each) ?? []);
        person.marks = this.#merge(marks, acts.length ? acts : undefined, undone);
        this.#people.set(code, person);
        former.forEach((each) => this.#former.set(each, code));
      }
    }
    if (!this.facts) return;
    for (const act of this.#acts.values()) {
      if (act.kind !== "walk_in" || undone.has(act.id)) continue;
      const person = { code: act.id, first: act.name, last: "", organisation: act.organisation, state: "confirmed", chosen: [act.session], waiting: [], isNew: true };
      person.marks = this.#merge([], done.get(act.id), undone);
      this.#people.set(act.id, person);
    }
  }

  #merge(rows, acts, undone) {
    if (!acts && !undone.size && !this.recordsExits) return rows.map(([session, at, source, who, names]) => ({ session, at, source, who, names }));
    const marks = new Map();
    const add = (mark) => {
      const old = marks.get(mark.session);
      const names = [...new Set([...(old?.names ?? []), ...mark.names])];
      const isEarlier = old && (old.isLeaving ? mark.isLeaving && old.at <= mark.at : mark.isLeaving || old.at <= mark.at);
      marks.set(mark.session, { ...(isEarlier ? old : mark), names, moments: [...(old?.moments ?? []), ...mark.moments] });
    };
    for (const [session, at, source, who, names, moments = []] of rows) {
      const standing = moments.filter(([, , name]) => !undone.has(name));
      if (!names.every((name) => undone.has(name))) add({ session, at, source, who, names, moments: standing });
    }
    for (const act of acts ?? []) {
      if (act.kind === "undo" || undone.has(act.id)) continue;
      const isLeaving = act.kind === "leave";
      add({ session: act.session, at: act.shown, source: act.source, who: act.device, names: [act.id], moments: [[act.shown, isLeaving, act.id]], isLeaving, isWaiting: true });
    }
    return [...marks.values()].map((mark) => this.#withStays(mark));
  }

  // Where exits are recorded: since when they are in, or out; and the act by which they left.
  #withStays(mark) {
    if (!this.recordsExits) return mark;
    const [since, left] = pairStays(mark.moments).at(-1) ?? [null, null];
    const leaving = mark.moments.find(([at, isLeaving]) => isLeaving && at === left);
    return { ...mark, since: since ?? mark.at, left, leaving: leaving?.[2] ?? "" };
  }

  // --- Finding ---

  // Also by a code that they had before two registrations were merged.
  find(code) { return this.#people.get(code) ?? this.#people.get(this.#former.get(code)) ?? null; }

  #key(person) {
    const words = `${person.first} ${person.last} ${person.organisation}`;
    if (!this.#folded.has(words)) this.#folded.set(words, fold(words));
    return this.#folded.get(words);
  }

  // People whose name or organisation has all the words, whole names first; ordered as a list is.
  search(text) {
    const words = fold(text).split(" ").filter(Boolean);
    if (!words.length) return [];
    const found = [...this.#people.values()].filter((person) => {
      const key = this.#key(person);
      return words.every((word) => key.includes(word));
    });
    const rank = (person) => (words.every((word) => ` ${this.#key(person)}`.includes(` ${word}`)) ? 0 : 1);
    const order = (person) => fold(`${person.last} ${person.first}`);
    return found
      .map((person) => [rank(person), order(person), person])
      .sort((one, other) => one[0] - other[0] || (one[1] < other[1] ? -1 : 1))
      .map((each) => each[2]);
  }

  namesakes(name) {
    const words = fold(name).split(" ").sort().join(" ");
    return [...this.#people.values()].filter(
      (person) => person.state !== "cancelled" && fold(`${person.first} ${person.last}`).split(" ").sort().join(" ") === words,
    );
  }

  session(code) { return this.sessions.find((session) => session.code === code) ?? null; }

  // At the main door: the first session that is not over and is everybody's or this person's own.
  sessionFor(person, choice, now) {
    if (choice !== "main") return this.session(choice);
    const own = this.sessions.filter((session) => !session.chosen || person.chosen.includes(session.code));
    return own.find((session) => session.ends > now) ?? own.at(-1) ?? null;
  }

  // Who leaves by the main door leaves the session that they are in: the last to begin, and one that is not over first.
  sessionLeft(person, choice, now) {
    if (choice !== "main") return this.session(choice);
    const came = person.marks.map((mark) => ({ mark, session: this.session(mark.session) })).filter((each) => each.session);
    const rank = ({ mark, session }) => (mark.left === null ? 2 : 0) + (session.ends > now && session.starts <= now ? 1 : 0);
    came.sort((one, other) => rank(other) - rank(one) || other.session.starts - one.session.starts);
    return came[0]?.session ?? this.sessionFor(person, choice, now);
  }

  // How the person stands at this door when they leave.
  answerLeaving(person, choice, now) {
    const session = this.sessionLeft(person, choice, now);
    const mark = session && person.marks.find((each) => each.session === session.code);
    if (!mark) return { state: "absent", session };
    return { state: mark.left === null ? "left" : "gone", session, mark };
  }

  // How the person stands at this door.
  answer(person, choice, now) {
    const session = this.sessionFor(person, choice, now);
    const mark = session && person.marks.find((each) => each.session === session.code);
    let state = "welcome";
    if (mark?.left) return { state, session, mark };
    if (mark) state = "already";
    else if (person.state === "cancelled") state = "cancelled";
    else if (person.state === "waiting") state = "waiting";
    else if (person.state !== "confirmed") state = "pending";
    else if (!session) state = "other";
    else if (session.chosen && person.waiting.includes(session.code)) state = "waiting";
    else if (session.chosen && !person.chosen.includes(session.code)) state = "other";
    return { state, session, mark };
  }

  // Who is in and who is expected: in the event at the main door, else in the session.
  count(choice) {
    const session = choice === "main" ? null : this.session(choice);
    let came = 0;
    let left = 0;
    let expected = 0;
    for (const person of this.#people.values()) {
      const marks = session ? person.marks.filter((mark) => mark.session === session.code) : person.marks;
      if (marks.length) came += 1;
      if (this.recordsExits && marks.length && this.#hasLeft(marks)) left += 1;
      if (person.state === "confirmed" && (!session?.chosen || person.chosen.includes(session.code))) expected += 1;
    }
    return { came, left, expected };
  }

  // Whether the last thing known of somebody is that they left.
  #hasLeft(marks) {
    const last = Math.max(...marks.map((mark) => mark.left ?? mark.since));
    return marks.some((mark) => mark.left === last);
  }

  // Walk-ins whom the server has just put on the list have their places, before the next list says so.
  countIn(walkIns) {
    for (const act of walkIns) {
      if (this.facts) this.facts.taken += 1;
      const session = this.session(act.session);
      if (session) session.taken += 1;
    }
  }

  // What is full, with its numbers: walk-ins of this device that wait count as taken.
  full(sessionCode) {
    const waiting = [...this.#acts.values()].filter((act) => act.kind === "walk_in");
    const session = this.session(sessionCode);
    const taken = (this.facts?.taken ?? 0) + waiting.length;
    if (this.facts?.capacity != null && taken >= this.facts.capacity) return { capacity: this.facts.capacity, taken };
    const inside = (session?.taken ?? 0) + waiting.filter((act) => act.session === sessionCode).length;
    if (session?.capacity != null && inside >= session.capacity) return { capacity: session.capacity, taken: inside, session };
    return null;
  }
}
