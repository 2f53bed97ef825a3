// The door: one field, one answer. What happens here is on the device before it is answered for, and sent when it can be.

import { forgetPage, keepPage } from "./device-page.js";
import { forgetDoor, openStore } from "./door-store.js";
import { People } from "./door-people.js";
import { Scanner, canScan } from "./door-scan.js";
import { hasSound, keepScreenOn, setSound, signal } from "./door-signals.js";
import { Sync } from "./door-sync.js";
import { lastWord, looksLikeCode, newId } from "./door-text.js";
import { fold, say, sayMany } from "./text.js";

const settings = JSON.parse(document.querySelector("#door-settings").textContent);
const { words } = settings;
const part = (name) => document.querySelector(`[data-${name}]`);
const field = part("field");
const sessionField = part("session");
const stage = part("stage");
const answer = part("answer");
const found = part("found");
const walkIn = part("walk-in");
const LEAST_LETTERS = 3;
const SHOWN = 8;
const LOGGED = 30;
const TONES = { welcome: "good", added: "good", undone: "good", found: "warn", already: "warn", other: "warn", waiting: "warn", pending: "warn", ask: "warn", same: "warn", left: "good", gone: "warn", absent: "warn", cancelled: "bad", unknown: "bad" };

const store = await openStore();
const people = new People();
const sync = new Sync({
  settings, store, people,
  device: () => deviceName(),
  on: { change: showAll, state: showState, outcome: hearOutcome, gone: loseList },
});
const directionField = part("direction");
let choice = "main";
let direction = "in";
let shown = null;
let log = [];
let order = Date.now();

// --- Words ---

const clock = new Intl.DateTimeFormat("en-GB", { timeZone: settings.zone, hour: "numeric", minute: "2-digit", hourCycle: "h23" });

function hour(at) {
  const [hours, minutes] = clock.format(at).split(":");
  return `${Number(hours)}${settings.language === "ca" ? "." : ":"}${minutes}`;
}

function nameOf(person) {
  return `${person.first} ${person.last}`.trim();
}

function titlesOf(codes) {
  return codes.map((code) => {
    const session = people.session(code);
    return session ? session.title + (session.room ? ` (${session.room})` : "") : code;
  }).join(" · ");
}

function whoRecorded(mark) {
  if (mark.who && mark.who === deviceName()) return words.by_this;
  return mark.who || words.sources[mark.source] || "";
}

// --- The device's name and the session that is recorded ---

function remembered(name) {
  try { return localStorage.getItem(`jornada.door.${name}`); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(`jornada.door.${name}`, value); } catch { /* until the page is closed, then */ }
}

function deviceName() {
  return part("device").value.trim() || say(words.device_default, { letters: "?" });
}

function nameDevice() {
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
  const made = say(words.device_default, { letters: letters[Math.floor(Math.random() * 24)] + Math.floor(Math.random() * 90 + 10) });
  part("device").value = remembered("device") || settings.device || made;
  remember("device", part("device").value);
  part("device").addEventListener("change", () => remember("device", part("device").value.trim()));
}

function fillSessions() {
  const options = [new Option(words.main, "main"), ...people.sessions.map((session) => new Option(`${session.when} · ${session.title}`, session.code))];
  const wanted = choice === "main" || people.session(choice) ? choice : "main";
  const present = [...sessionField.options].map((option) => option.value + option.text).join();
  if (options.map((option) => option.value + option.text).join() !== present) sessionField.replaceChildren(...options);
  sessionField.value = wanted;
  choice = wanted;
}

// --- Entrance or exit, where exits are recorded ---

function isExit() {
  return people.recordsExits && direction === "out";
}

function turn(wanted) {
  direction = wanted === "out" ? "out" : "in";
  remember(`direction.${settings.key}`, direction);
  field.value = "";
  show("ready");
  showAll();
}

function showDirection() {
  directionField.hidden = !people.recordsExits;
  document.querySelector("[data-door]").dataset.going = isExit() ? "out" : "in";
  for (const each of directionField.querySelectorAll("input")) each.checked = each.value === direction;
}

// --- Doing ---

async function act(values) {
  order = Math.max(order + 1, Date.now());
  const made = {
    id: newId(), key: settings.key, order, at: Date.now(), shown: Math.round(sync.now()), device: deviceName(),
    source: "list", takes_back: [], ...values,
  };
  if (made.kind === "walk_in") made.person = made.id;
  await store.addAct(made);
  people.addAct(made);
  sync.run();
  await showState(); // no answer stands beside a count that leaves it out
  return made;
}

async function checkIn(person, session, source) {
  const isBack = Boolean(people.find(person.code)?.marks.find((each) => each.session === session.code)?.left);
  const made = await act({ kind: "check_in", person: person.code, session: session.code, source });
  note(person, session, made.shown, isBack ? { act: made, said: words.undone_back } : {});
  show("welcome", { person: people.find(person.code) ?? person, session, act: made, isBack });
}

async function leave(person, session, source) {
  const made = await act({ kind: "leave", person: person.code, session: session.code, source });
  note(person, session, made.shown, { act: made, said: words.undone_leaving });
  show("left", { person: people.find(person.code) ?? person, session, act: made });
}

// One coming or leaving is taken back, and that they were there is left as it is.
async function undoPart(person, session, id, said) {
  await act({ kind: "undo", person: person.code, session: session.code, takes_back: [id], isPart: true });
  log = log.filter((each) => each.act?.id !== id);
  show("undone", { person, session, said });
}

async function undo(person, session, mark) {
  await act({ kind: "undo", person: person.code, session: session.code, takes_back: mark.names });
  log = log.filter((each) => each.code !== person.code || each.session !== session.code);
  show("undone", { person, session });
}

function note(person, session, at, more = {}) {
  log = [{ code: person.code, name: nameOf(person), session: session.code, at, ...more }, ...log].slice(0, LOGGED);
}

// Somebody stands here, by a code or by their name. Who may simply come in does; about the others the door decides.
async function meet(person, source, { only = false } = {}) {
  if (isExit()) return meetLeaving(person, source, { only });
  const { state, session, mark } = people.answer(person, choice, sync.now());
  clearField();
  if (state === "welcome" && !only) return checkIn(person, session, source);
  return show(state === "welcome" ? "found" : state, { person, session, mark, source });
}

function meetLeaving(person, source, { only }) {
  const { state, session, mark } = people.answerLeaving(person, choice, sync.now());
  clearField();
  if (state === "left" && !only) return leave(person, session, source);
  return show(state === "left" ? "found" : state, { person, session, mark, source, leaves: true });
}

function meetText(text, isEntered) {
  const typed = text.trim();
  const person = people.find(typed.toUpperCase()) ?? people.find(lastWord(typed));
  if (person && isEntered) return meet(person, "code");
  if (isEntered && looksLikeCode(typed)) return meetUnknown(lastWord(typed));
  return search(typed, isEntered);
}

// Perhaps the list is not of this minute: the server is asked before the door says that there is nobody.
async function meetUnknown(code) {
  clearField();
  if (sync.isOnline && !sync.gone) {
    await sync.run({ withList: true });
    const person = people.find(code);
    if (person) return meet(person, "code");
  }
  return show("unknown", { code });
}

function search(typed, isEntered) {
  if (fold(typed).length < LEAST_LETTERS) return show("ready");
  const matches = matching(typed);
  if (isEntered && matches.length === 1) return meet(matches[0], "list");
  showFound(typed, matches);
  if (isEntered) found.querySelector("button")?.focus();
  return undefined;
}

// A whole code typed by hand finds its person before it is entered.
function matching(typed) {
  const person = people.find(typed.toUpperCase());
  return person ? [person] : people.search(typed);
}

// --- The answer ---

function button(text, kind, work) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button ${kind}`;
  made.textContent = text;
  made.addEventListener("click", work);
  return made;
}

function view(name) {
  stage.dataset.view = name;
}

function show(state, about = {}) {
  shown = { state, ...about };
  view("answer");
  answer.dataset.state = state;
  const { lines, buttons } = tell(state, about);
  part("word").textContent = state === "ready" && people.recordsExits ? words.direction[direction] : words.answers[state];
  part("name").textContent = about.person ? nameOf(about.person) : about.code ?? "";
  part("detail").replaceChildren(...lines.filter(Boolean).map((line) => Object.assign(document.createElement("span"), { textContent: line })));
  part("acts").replaceChildren(...buttons);
  if (TONES[state]) signal(TONES[state]);
  showState();
}

function tell(state, { person, session, mark, source, code, leaves, isBack, said, act: made }) {
  const lines = [];
  const buttons = [];
  const isWaiting = mark?.isWaiting;
  if (person?.organisation) lines.push(person.organisation);
  if (state === "ready") lines.push(people.hasList || sync.gone ? words.more_letters : words.no_list);
  if (["welcome", "added"].includes(state)) lines.push(say(words.recorded_at, { session: session.title }));
  if (state === "already" && mark.since > mark.at) lines.push(say(words.in_again, { time: hour(mark.since) }), session.title);
  else if (state === "already") lines.push(say(words.in_at, { time: hour(mark.at), who: whoRecorded(mark) }), session.title);
  if (state === "undone") lines.push(say(said ?? words.undone, { name: nameOf(person), session: session.title }));
  if (state === "left") lines.push(say(words.left_session, { session: session.title }));
  if (state === "gone") lines.push(say(words.left_at, { time: hour(mark.left) }));
  if (state === "absent") lines.push(words.not_in);
  if (person && state !== "undone" && !leaves && state !== "left") {
    if (person.chosen.length) lines.push(say(words.chose, { sessions: titlesOf(person.chosen) }));
    else if (state === "other") lines.push(words.none_chosen);
    if (person.waiting.length) lines.push(say(words.waits_for, { sessions: titlesOf(person.waiting) }));
  }
  if (person && !session && state !== "undone") lines.push(words.no_session);

  const current = person && people.find(person.code);
  if (leaves && session) {
    lines.push(say(words.leaves, { session: session.title }));
    buttons.push(button(state === "found" ? words.leave : words.leave_anyway, state === "found" ? "button--large" : "", () => leave(person, session, source)));
    if (mark?.leaving) buttons.push(button(words.undo_leaving, "button--quiet", () => undoPart(person, session, mark.leaving, words.undone_leaving)));
  } else if (state === "left" || isBack) {
    const back = state === "left" ? [words.undo_leaving, words.undone_leaving] : [words.undo, words.undone_back];
    buttons.push(button(back[0], "button--quiet", () => undoPart(current ?? person, session, made.id, back[1])));
  } else if (["welcome", "added", "already"].includes(state)) {
    const now = current?.marks.find((each) => each.session === session.code) ?? mark;
    if (now && (state !== "already" || isWaiting !== undefined || now.names.length)) {
      buttons.push(button(words.undo, "button--quiet", () => undo(person, session, current?.marks.find((each) => each.session === session.code) ?? now)));
    }
  }
  if (["found", "other", "waiting", "pending", "cancelled"].includes(state) && session && !leaves) {
    const text = state === "found" ? words.check_in : words.check_in_anyway;
    lines.push(say(words.records, { session: session.title }));
    buttons.push(button(text, state === "found" ? "button--large" : "", () => checkIn(person, session, source)));
  }
  if (state === "unknown" && !isExit()) {
    const target = people.session(choice) ?? people.sessionFor({ chosen: [] }, choice, sync.now());
    if (!sync.isOnline && target) {
      lines.push(say(words.list_from, { time: hour(people.savedAt) }));
      buttons.push(button(words.keep_code, "", () => keepCode(code, target)));
    }
    buttons.push(button(document.querySelector("[data-open-walk-in]").textContent, "button--quiet", () => openWalkIn("")));
  }
  return { lines, buttons };
}

async function keepCode(code, session) {
  const made = await act({ kind: "check_in", person: code, session: session.code, source: "code" });
  show("welcome", { person: { code, first: code, last: "", organisation: words.kept_code, chosen: [], waiting: [], marks: [] }, session, act: made });
}

function showFound(typed, matches) {
  view("found");
  shown = { state: "found-list", typed };
  const title = Object.assign(document.createElement("p"), { className: "door-small" });
  title.setAttribute("role", "status");
  title.textContent = matches.length ? sayMany(words.results, matches.length) : say(words.no_match, { text: typed });
  const list = Object.assign(document.createElement("ul"), { className: "plain door-list" });
  for (const person of matches.slice(0, SHOWN)) list.append(item(person));
  const rest = [];
  if (matches.length > SHOWN) rest.push(Object.assign(document.createElement("p"), { className: "hint", textContent: say(words.more, { n: matches.length - SHOWN }) }));
  if (!isExit()) rest.push(button(say(words.as_walk_in, { text: typed }), "button--quiet", () => openWalkIn(typed)));
  // Left alone when nothing is different: a button must not go from under a finger.
  const made = [title, list, ...rest];
  if (found.innerHTML !== made.map((each) => each.outerHTML).join("")) found.replaceChildren(...made);
}

function item(person) {
  const { state, mark } = isExit() ? people.answerLeaving(person, choice, sync.now()) : people.answer(person, choice, sync.now());
  const made = document.createElement("li");
  const press = button("", "door-person", () => meet(people.find(person.code) ?? person, "list"));
  press.dataset.state = state === "left" ? "welcome" : state;
  const name = Object.assign(document.createElement("strong"), { textContent: nameOf(person) });
  const facts = Object.assign(document.createElement("span"), { className: "door-facts" });
  const since = { already: mark?.since ?? mark?.at, gone: mark?.left }[state];
  const how = since ? `${words.answers[state]} ${hour(since)}` : words.answers[state];
  facts.textContent = [person.organisation, ["welcome", "left"].includes(state) ? "" : how].filter(Boolean).join(" · ");
  press.append(name, facts);
  made.append(press);
  return made;
}

function clearField() {
  field.value = "";
  // On a phone the keyboard would hide the answer; a reader or a keyboard goes on typing into the field.
  if (matchMedia("(pointer: coarse)").matches) field.blur();
  else field.focus();
}

// --- Who has not signed up ---

function openWalkIn(name) {
  const typed = looksLikeCode(name) ? "" : name;
  view("walk-in");
  clearWalkIn();
  walkIn.elements.name.value = typed;
  walkIn.elements[typed ? "organisation" : "name"].focus();
  sync.run({ withList: true });
}

function clearWalkIn() {
  walkIn.elements.name.value = "";
  walkIn.elements.organisation.value = "";
}

async function addWalkIn(name, organisation, { isOver = false, isOther = false } = {}) {
  const session = choice === "main" ? people.sessionFor({ chosen: [] }, "main", sync.now()) : people.session(choice);
  if (!session) return show("ask", { code: words.walk_in_where });
  const again = (more) => () => addWalkIn(name, organisation, { isOver, isOther, ...more });
  const same = isOther ? [] : people.namesakes(name);
  if (same.length) {
    ask("same", name, words.walk_in_same, [
      ...same.slice(0, 4).map((person) => button([nameOf(person), person.organisation].filter(Boolean).join(" · "), "", () => meet(person, "list"))),
      button(words.walk_in_other, "button--quiet", again({ isOther: true })),
    ]);
    return undefined;
  }
  const full = isOver ? null : people.full(session.code);
  if (full) {
    const numbers = { capacity: full.capacity, taken: full.taken, session: full.session?.title ?? "" };
    ask("ask", name, say(full.session ? words.walk_in_full_session : words.walk_in_full, numbers), [
      button(words.walk_in_over, "", again({ isOver: true })),
      button(words.leave_it, "button--quiet", () => { clearWalkIn(); show("ready"); }),
    ]);
    return undefined;
  }
  const made = await act({ kind: "walk_in", session: session.code, name, organisation, is_over: isOver });
  clearWalkIn();
  const person = people.find(made.id);
  note(person, session, made.shown);
  return show("added", { person, session, act: made });
}

function ask(state, name, question, buttons) {
  show(state, { code: name });
  part("detail").textContent = question;
  part("acts").replaceChildren(...buttons);
}

// --- What the server says ---

// Whoever was let in here and is known by then under another name: a walk-in has a code once it was sent.
async function hearOutcome(done, { outcome, code, namesakes = [] }) {
  const person = people.find(code) ?? people.find(done.person);
  const name = person ? nameOf(person) : done.name ?? done.person;
  if (done.kind === "walk_in" && person) {
    log = log.map((each) => (each.code === done.id ? { ...each, code } : each));
    if (shown?.act?.id === done.id) shown.person = person;
  }
  if (outcome === "merged" && done.kind === "check_in") {
    const mark = person?.marks.find((each) => each.session === done.session);
    if (mark) {
      const text = say(words.other_let_in, { who: whoRecorded(mark), time: hour(mark.at) });
      await addNote(done.id, `${name}: ${text}`);
      if (shown?.act?.id === done.id && shown.state === "welcome") show("already", { ...shown, mark });
    }
  }
  if (outcome === "merged" && done.kind === "undo" && !done.isPart) {
    const mark = person?.marks.find((each) => each.session === done.session);
    if (mark) await addNote(done.id, `${name}: ${say(words.other_let_in, { who: whoRecorded(mark), time: hour(mark.at) })}`);
  }
  if (outcome === "unknown" && done.kind === "check_in") await addNote(done.id, say(words.unknown_after, { code: done.person }));
  if (outcome === "refused") await addNote(done.id, say(words.refused, { name }));
  if (outcome === "over_capacity" && !done.is_over) await addNote(done.id, say(words.over_after, { name }));
  for (const other of namesakes.slice(0, 1)) {
    const namesake = people.find(other);
    if (namesake && !done.isOther) await addNote(`${done.id} ${other}`, say(words.namesake, { name: `${nameOf(namesake)} (${namesake.organisation || namesake.code})` }));
  }
}

async function addNote(id, text) {
  await store.addNote({ id, key: settings.key, text, at: sync.now() });
  await showNotes();
}

async function loseList(reason) {
  await forgetDoor(store, settings.key);
  people.clear();
  if (!["log_in", "no_link"].includes(reason)) await forgetPage(settings.page);
  log = [];
  found.replaceChildren();
  show("ready");
  showAll();
}

// --- Showing ---

function showAll() {
  fillSessions();
  showDirection();
  if (shown?.state === "found-list" && stage.dataset.view === "found") showFound(shown.typed, matching(shown.typed));
  if (shown?.state === "ready") show("ready");
  showState();
  showLog();
}

async function showState() {
  const waiting = (await store.listActs(settings.key)).length;
  const queue = part("queue");
  queue.dataset.waiting = String(waiting);
  const text = waiting ? sayMany(words.waiting_acts, waiting) : words.all_sent;
  const more = waiting && !store.isKept ? ` ${words.no_storage}` : "";
  if (queue.textContent !== text + more) queue.textContent = text + more;
  showNet();
  const { came, left, expected } = people.count(choice);
  const inside = people.recordsExits
    ? [sayMany(words.count_inside, came - left), sayMany(words.count_left, left), sayMany(words.count_expected, expected)].join(" · ")
    : `${sayMany(words.count_came, came)} ${say(words.count_of, { n: expected })}`;
  part("count").textContent = people.hasList ? inside : "";
}

function showNet() {
  const net = part("net");
  let text = sync.isOnline ? words.online : words.offline;
  if (sync.gone) text = sync.gone === "log_in" ? words.log_in : words.gone[sync.gone] ?? words.gone.forbidden;
  else if (people.hasList && !sync.isOnline) text += ` · ${say(words.list_from, { time: hour(people.savedAt) })}`;
  net.dataset.net = sync.gone ? "gone" : sync.isOnline ? "online" : "offline";
  if (net.dataset.text === text) return;
  net.dataset.text = text;
  net.textContent = text;
  if (sync.gone === "log_in") net.append(" ", Object.assign(document.createElement("a"), { href: settings.page, textContent: words.log_in_link }));
}

function showLog() {
  part("log").replaceChildren(...log.slice(0, 10).map((each) => {
    const made = document.createElement("li");
    const person = people.find(each.code);
    const session = people.session(each.session);
    const mark = person?.marks.find((one) => one.session === each.session);
    made.append(`${hour(each.at)} · ${each.name} `);
    if (mark && session) {
      const isLeaving = each.said === words.undone_leaving;
      const work = each.act ? () => undoPart(person, session, each.act.id, each.said) : () => undo(person, session, mark);
      const press = button(isLeaving ? words.undo_leaving : words.undo, "button--quiet button--small", work);
      press.setAttribute("aria-label", say(isLeaving ? words.undo_leaving_of : words.undo_of, { name: each.name }));
      made.append(press);
    }
    return made;
  }));
}

async function showNotes() {
  const notes = (await store.listNotes(settings.key)).sort((one, other) => other.at - one.at);
  part("troubles").replaceChildren(...notes.slice(0, 5).map(({ id, text }) => {
    const made = document.createElement("li");
    made.append(`${text} `, button(words.dismiss, "button--quiet button--small", async () => {
      await store.removeNotes([id]);
      await showNotes();
    }));
    return made;
  }));
}

// --- Forgetting ---

async function askToForget() {
  const waiting = (await store.listActs(settings.key)).length;
  ask("ask", "", [words.forget_ask, waiting ? sayMany(words.forget_lose, waiting) : ""].join(" "), [
    button(words.forget_yes, "button--bad", forget),
    button(words.leave_it, "button--quiet", () => show("ready")),
  ]);
  part("word").textContent = part("forget").textContent;
}

async function forget() {
  await forgetDoor(store, settings.key, { withActs: true });
  await forgetPage(settings.page);
  const form = Object.assign(document.createElement("form"), { method: "post", action: settings.leave });
  if (!settings.leave) return location.assign(part("back")?.href ?? "/");
  const token = walkIn.elements.csrf_token.cloneNode();
  if (sync.token) token.value = sync.token; // the page may have been kept for longer than its own
  form.append(token);
  document.body.append(form);
  return form.submit();
}

// A list whose time is over goes, with or without a network.
async function forgetWhatIsOver() {
  for (const list of await store.listLists()) {
    if (list.until < sync.now()) await forgetDoor(store, list.key);
  }
  if (people.hasList && people.facts.until < sync.now()) {
    sync.gone = "over";
    await loseList("over");
  }
}

// --- Beginning ---

function startScanning() {
  const press = part("scan");
  if (!canScan()) return;
  press.hidden = false;
  const scanner = new Scanner(document.querySelector("[data-video] video"), (text) => meetText(text, true));
  press.addEventListener("click", async () => {
    if (scanner.isOn) scanner.stop();
    else {
      try {
        await scanner.start();
      } catch (problem) {
        scanner.stop();
        part("net").textContent = say(words.scan_failed, { why: problem.name === "NotAllowedError" ? words.scan_denied : words.scan_none });
      }
    }
    part("video").hidden = !scanner.isOn;
    press.setAttribute("aria-pressed", String(scanner.isOn));
    press.setAttribute("aria-label", scanner.isOn ? words.scan_stop : words.scan);
  });
  press.setAttribute("aria-label", words.scan);
}

function listen() {
  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) meetText(field.value, true);
  });
  field.addEventListener("input", () => meetText(field.value, false));
  sessionField.addEventListener("change", () => {
    choice = sessionField.value;
    remember(`session.${settings.key}`, choice);
    show("ready");
    showAll();
  });
  directionField.addEventListener("change", (event) => turn(event.target.value));
  walkIn.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = walkIn.elements.name.value.trim();
    if (name) addWalkIn(name, walkIn.elements.organisation.value.trim());
  });
  part("walk-in-leave").addEventListener("click", () => show("ready"));
  part("open-walk-in").addEventListener("click", () => openWalkIn(field.value.trim()));
  part("forget").addEventListener("click", askToForget);
  part("sound").addEventListener("click", () => { setSound(!hasSound()); showSound(); });
  // What a reader types goes to the field, wherever the focus was.
  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!event.target.matches("input, textarea, select, video")) field.focus();
  });
  addEventListener("online", () => sync.run({ withList: true }));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") sync.run({ withList: true }); });
  addEventListener("beforeunload", (event) => {
    if (!store.isKept && part("queue").dataset.waiting !== "0") event.preventDefault();
  });
}

function showSound() {
  part("sound").textContent = hasSound() ? words.sound_on : words.sound_off;
  part("sound").setAttribute("aria-pressed", String(hasSound()));
}

async function begin() {
  const asked = new URLSearchParams(location.search);
  document.querySelector("[data-door]").classList.add("door--live");
  found.replaceChildren();
  walkIn.querySelector("[data-plain]")?.remove();
  part("tools").hidden = false;
  part("walk-in-leave").hidden = false;
  nameDevice();
  showSound();
  choice = asked.get("sessio") ?? remembered(`session.${settings.key}`) ?? "main";
  direction = remembered(`direction.${settings.key}`) === "out" ? "out" : "in";
  const list = await store.getList(settings.key);
  if (list && list.until > Date.now()) people.read(list);
  people.setActs(await store.listActs(settings.key));
  listen();
  startScanning();
  keepScreenOn();
  show("ready");
  showAll();
  await showNotes();
  await sync.run();
  await forgetWhatIsOver();
  setInterval(forgetWhatIsOver, 30_000);
  const code = asked.get("codi")?.toUpperCase();
  if (code) {
    history.replaceState(null, "", settings.page);
    const person = people.find(code);
    if (person) meet(person, "code", { only: true });
    else meetUnknown(code);
  } else if (!matchMedia("(pointer: coarse)").matches) field.focus();
  await keepPage(settings.worker, settings.page);
}

begin();
