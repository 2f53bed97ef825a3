// Capture: what is typed is on this device the moment Enter is pressed, and goes to the server as soon as it can.
// Without this module the page works by itself, with one reload for each line.

import { Doing } from "./capture-acts.js";
import { EntryList, draggedEntry } from "./capture-entries.js";
import { chips } from "./capture-entry-form.js";
import { findEntries } from "./capture-find.js";
import { Notebook } from "./capture-notebook.js";
import { askAboutLines, readLines } from "./capture-paste.js";
import { Likeness } from "./capture-similar.js";
import { alone, deviceName, openStore } from "./capture-store.js";
import { Sync } from "./capture-sync.js";
import { Chooser } from "./choose.js";
import { forgetPage, keepPage } from "./device-page.js";
import { button, make } from "./elements.js";
import { fold, say, sayMany } from "./text.js";

const LIKENESS_PAUSE_MS = 120;
const SAVED_SOON_MS = 1500;
const INDEXED_AT_ONCE = 50;

const settings = JSON.parse(document.querySelector("#capture-settings").textContent);
const { words } = settings;
const part = (name) => document.querySelector(`[data-${name}]`);
const form = part("line");
const topic = form.elements.topic;
const saved = part("saved");
const message = part("message");

const store = await openStore();
const notebook = new Notebook();
const likeness = new Likeness();
const sync = new Sync({ settings, store, notebook, device: deviceName(words.device), on: { change: showChanges, state: endRound, gone: lose } });
sync.token = form.elements.csrf_token.value;
const doing = new Doing({ settings, store, notebook, sync, on: { change: showChanges, state: showState } });
const text = growingField(form.elements.text);
const entries = new EntryList({
  list: part("entries"), more: part("more"), notebook, doing, words, kinds: words.kinds,
  isClosed: () => notebook.closedAt !== null,
  colourOf: (name) => {
    const colour = notebook.topics.find((each) => each.name === name)?.colour;
    return colour ? `topic--${colour}` : "";
  },
  likes: (entry) => (written.has(entry.key) && !entry.deleted && !entry.into ? notebook.get(likes.get(entry.key)) : null),
  tell, leave: () => text.focus(),
});
const written = new Set();
const likes = new Map();
let origins = [];
let soonTimer = 0;
let isPageKept = false;

// --- The line ---

// A line that grows with what is written in it, instead of the field that a page without script has.
function growingField(plain) {
  const field = make("textarea", { id: plain.id, name: plain.name, rows: 1, value: plain.value, placeholder: plain.placeholder, maxLength: plain.maxLength, enterKeyHint: "send", autocomplete: "off" });
  for (const name of ["aria-invalid", "aria-describedby"]) if (plain.hasAttribute(name)) field.setAttribute(name, plain.getAttribute(name));
  const hasFocus = document.activeElement === plain;
  plain.replaceWith(field);
  if (hasFocus) field.focus();
  return field;
}

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  text.rows = Math.min(6, Math.max(1, Math.ceil(text.value.length / 60), text.value.split("\n").length));
}

function kindNow() { return form.elements.kind.value; }

function setKind(kind) {
  const choice = form.querySelector(`input[name=kind][value="${kind}"]`);
  if (choice) choice.checked = true;
  showOrigins();
}

function switchKind() {
  setKind(kindNow() === "proposal" ? "contribution" : "proposal");
  tell(words.kinds[kindNow()]);
}

function draftNow() { return { text: text.value, kind: kindNow(), topic: topic.value, origins }; }

function keepDraft() { store.keepDraft(settings.key, "line", draftNow()); }

function readDraft() {
  const draft = store.readDraft(settings.key, "line");
  if (!draft) return;
  if (!text.value) text.value = draft.text;
  if (!topic.value) topic.value = draft.topic;
  if (!new URLSearchParams(location.search).has("kind")) setKind(draft.kind);
  origins = draft.origins;
  grow();
}

function lineOf(words_, kind = kindNow()) {
  return { text: words_, kind, topic: topic.value.trim(), is_of_several: false, origins: kind === "proposal" ? origins : [] };
}

async function write(lines) {
  for (const line of lines) if (line.topic) topicsNamedHere.add(line.topic);
  const keys = await doing.write(lines);
  part("capture-entries").scrollTop = 0; // on a phone the newest is at the bottom
  for (const key of keys) {
    written.add(key);
    findLike(key);
  }
}

function submit() {
  const said = text.value.trim();
  if (!said || notebook.closedAt) return;
  const line = lineOf(said);
  tell("");
  write([line]);
  clearLine();
}

function clearLine() {
  text.value = "";
  origins = [];
  keepDraft();
  grow();
  showOrigins();
  showLike(null);
  text.focus();
}

// The sign that was just typed leads on: # to the topic, ^ to what it grew from, > to the other kind.
function hearSign(typed) {
  const at = text.selectionStart;
  const sign = text.value[at - 1];
  if (!typed || !typed.endsWith(sign)) return;
  const before = text.value.slice(0, at - 1);
  const after = text.value.slice(at);
  const takeOut = () => {
    text.value = before + after;
    text.setSelectionRange(at - 1, at - 1);
  };
  if (sign === "#" && /(?:^|\s)$/u.test(before)) {
    takeOut();
    topicChooser.cameBy = "#";
    topic.focus();
    topic.select();
  } else if (sign === "^" && /(?:^|\s)$/u.test(before) && (!before.trim() || !after.trim())) {
    takeOut();
    openOrigins();
  } else if (sign === ">" && !before && !after) {
    takeOut();
    switchKind();
  }
}

function insertSign(sign) {
  text.focus();
  text.setRangeText(sign, text.selectionStart, text.selectionEnd, "end");
  keepDraft();
}

// --- Topics ---

const topicsNamedHere = new Set(); // from before they are on the disk

function topicNames() {
  const names = notebook.topics.map((each) => each.name);
  for (const row of notebook.waiting) if (row.act.sets?.topic) names.push(row.act.sets.topic);
  names.push(...topicsNamedHere);
  return [...new Map(names.map((name) => [fold(name), name])).values()];
}

const topicChooser = new Chooser(topic, part("topic-list"), {
  offer: (typed) => {
    const all = topicNames().map((name, index) => ({ value: name, text: name, mark: index < 9 ? String(index + 1) : "" }));
    if (isUntouched(typed)) return all;
    const alike = all.filter(({ value }) => fold(value).includes(fold(typed)));
    const exact = alike.findIndex(({ value }) => fold(value) === fold(typed));
    if (exact >= 0) alike.unshift(...alike.splice(exact, 1));
    return exact >= 0 || !typed ? alike : [...alike, { value: typed, text: say(words.new_topic, { name: typed }), mark: "" }];
  },
  // Who types the beginning of a topic means that one: a new one is the last of the list.
  find: (options, typed) => typed && !isUntouched(typed) ? options.findIndex(({ value }) => fold(value).startsWith(fold(typed))) : -1,
  choose: (option, typed) => {
    if (option) topic.value = option.value;
    else topic.value = topicNames().find((name) => fold(name) === fold(typed)) ?? typed;
    topicChooser.cameBy = "";
    keepDraft();
    text.focus();
  },
  leave: () => {
    topic.value = topicBefore;
    const sign = topicChooser.cameBy;
    topicChooser.cameBy = "";
    if (sign) insertSign(sign);
    else text.focus();
  },
});
let topicBefore = "";

// What stands in the field from before does not narrow down what is offered.
function isUntouched(typed) { return typed === topicBefore.trim(); }

// --- What a proposal grew from ---

const originField = part("origin-field");
const originInput = originField.querySelector("input");

function showOrigins() {
  const isProposal = kindNow() === "proposal";
  part("origins").hidden = !isProposal;
  part("chips").replaceChildren(...chips(origins, notebook, words, (key) => {
    origins = origins.filter((each) => each !== key);
    keepDraft();
    showOrigins();
    text.focus();
  }));
}

function openOrigins() {
  setKind("proposal");
  originField.hidden = false;
  originInput.value = "";
  originInput.focus();
}

function closeOrigins() {
  originField.hidden = true;
  text.focus();
}

function addOrigin(key) {
  setKind("proposal");
  if (!origins.includes(key)) origins.push(key);
  keepDraft();
  showOrigins();
}

const originChooser = new Chooser(originInput, part("origin-list"), {
  find: () => 0,
  offer: (typed) => findEntries(notebook, typed, { kind: "contribution", but: origins }),
  choose: (option) => {
    if (option) addOrigin(option.value);
    closeOrigins();
  },
  leave: closeOrigins,
});

// --- What says nearly the same ---

let likeTimer = 0;
const toIndex = new Set();

function index(keys) {
  const isIdle = !toIndex.size;
  for (const key of keys) toIndex.add(key);
  if (isIdle && toIndex.size) later(indexSome);
}

function later(work) {
  if (window.requestIdleCallback) requestIdleCallback(work, { timeout: 1000 });
  else setTimeout(work, 20);
}

// A few at a time, so that whoever types never waits for it.
function indexSome() {
  for (const key of [...toIndex].slice(0, INDEXED_AT_ONCE)) {
    toIndex.delete(key);
    const entry = notebook.get(key);
    if (entry && !entry.deleted && !entry.into) likeness.put(key, entry.text);
    else likeness.drop(key);
  }
  if (toIndex.size) later(indexSome);
}

function findLike(key) {
  const entry = notebook.get(key);
  const like = entry && likeness.find(entry.text, key);
  if (like) likes.set(key, like);
  else likes.delete(key);
  if (like) entries.show(new Set([key]));
}

function lookForLike() {
  clearTimeout(likeTimer);
  likeTimer = setTimeout(() => showLike(likeness.find(text.value)), LIKENESS_PAUSE_MS);
}

function showLike(key) {
  clearTimeout(likeTimer);
  const entry = key ? notebook.get(notebook.root(key)) : null;
  const place = part("like");
  if (place.dataset.key === (entry?.key ?? "")) return;
  place.dataset.key = entry?.key ?? "";
  place.replaceChildren(...(entry ? [
    say(words.like, { ref: entry.ref, text: entry.text.slice(0, 120) }), " ",
    button(words.add_dot, { onclick: () => { doing.support(entry.key, 1); clearLine(); } }),
  ] : []));
}

// --- Showing ---

function showChanges(changed) {
  if (!notebook.isKnown && !notebook.waiting.length) return;
  const count = entries.show(changed);
  part("empty").hidden = count > 0;
  for (const [kind, number] of Object.entries(notebook.count())) part(`count="${kind}"`).textContent = number;
  index(changed);
  if (changed.size) originChooser.refresh();
  showOrigins();
  showClosed();
  showTopics();
  showState();
}

let shownTopics = "";
function showTopics() {
  const names = topicNames();
  if (names.join("\n") === shownTopics) return;
  shownTopics = names.join("\n");
  document.querySelector("#topics").replaceChildren(...names.map((name) => make("option", { value: name })));
}

const day = new Intl.DateTimeFormat(settings.language, { timeZone: settings.zone, dateStyle: "long" });
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: settings.zone, hour: "numeric", minute: "2-digit", hourCycle: "h23" });

function moment(iso) {
  const [hours, minutes] = clock.format(new Date(iso)).split(":");
  return `${day.format(new Date(iso))}, ${Number(hours)}${settings.language === "ca" ? "." : ":"}${minutes}${settings.language === "en" ? "" : " h"}`;
}

function sayClosed() {
  const when = moment(notebook.closedAt);
  return notebook.closedBy ? say(words.closed_by, { when, who: notebook.closedBy }) : say(words.closed, { when });
}

let wasClosed = null;
function showClosed() {
  const isClosed = notebook.closedAt !== null;
  const told = [notebook.closedAt, notebook.closedBy, notebook.late].join();
  if (wasClosed === told) return;
  const isNew = wasClosed !== null || isClosed;
  wasClosed = told;
  const place = part("closed");
  place.hidden = !isClosed;
  form.hidden = isClosed;
  // With nothing in it to press, it must still scroll by keyboard.
  part("capture-entries").tabIndex = isClosed ? 0 : -1;
  if (isClosed) part("closed-words").textContent = [sayClosed(), notebook.late ? sayMany(words.late, notebook.late) : ""].filter(Boolean).join(" ");
  // The page may have been kept for longer than its own token.
  for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = sync.token || input.value;
  if (isNew) entries.showAll();
  if (isNew && !isClosed && document.activeElement === document.body) text.focus();
}

// What is saved where. A line that is on its way for a moment only is not worth a word, but is not called saved either.
function showState() {
  const count = notebook.waiting.filter((row) => row.refused === undefined).length + doing.writing;
  const isHeldUp = sync.gone || !sync.isOnline || !store.isKept;
  const isMoment = count > 0 && !isHeldUp && saved.dataset.told?.startsWith(words.all_saved);
  saved.dataset.waiting = String(count);
  saved.classList.toggle("saved--moment", isMoment);
  if (!isMoment) sayState(count);
  else soonTimer ||= setTimeout(() => sayState(count), SAVED_SOON_MS);
}

function sayState(count) {
  clearTimeout(soonTimer);
  soonTimer = 0;
  saved.classList.remove("saved--moment");
  const why = sync.gone === "log_in" ? words.log_in : words.gone[sync.gone] ?? (sync.gone ? words.gone.forbidden : sync.isOnline ? "" : words.offline);
  const what = count ? sayMany(store.isKept ? words.waiting : words.not_kept, count) : words.all_saved;
  saved.classList.toggle("saved--not", count > 0 || Boolean(sync.gone));
  const told = `${what}|${why}`;
  if (saved.dataset.told === told) return;
  saved.dataset.told = told;
  saved.replaceChildren([what, why].filter(Boolean).join(" · "));
  if (sync.gone === "log_in") saved.append(" ", make("a", { href: settings.page, target: "_blank" }, words.log_in_link));
}

// Who may see nothing more keeps what is on the screen and what waits, and nothing else. So does who is logged out: the
// page says who was logged in, and whoever comes to this device next may be another.
async function lose() {
  showState();
  if (["revoked", "expired", "forbidden", "log_in"].includes(sync.gone)) {
    isPageKept = false;
    await alone(settings.key, () => store.dropNotebook(settings.key));
    await forgetPage(settings.page);
  }
}

function tell(words_, canUndo = false) {
  message.replaceChildren(...(words_ ? [make("span", {}, words_), canUndo ? button(words.undo, { onclick: undo }) : ""] : []));
}

async function undo() {
  if (await doing.undo()) tell(words.undone);
  if (!document.activeElement?.closest(".entry, form")) text.focus();
}

// --- Listening ---

function listen() {
  let isShifted = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener("keydown", (event) => {
    isShifted = event.shiftKey;
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (["ArrowUp", "ArrowDown"].includes(event.key) && !text.value && entries.focus()) event.preventDefault();
  });
  // Keyboards on glass do not say which key it was.
  text.addEventListener("beforeinput", (event) => {
    if (event.inputType !== "insertLineBreak" || isShifted) return;
    event.preventDefault();
    submit();
  });
  text.addEventListener("input", (event) => {
    if (event.inputType === "insertText" && !event.isComposing) hearSign(event.data);
    keepDraft();
    grow();
    lookForLike();
  });
  text.addEventListener("compositionend", (event) => hearSign(event.data)); // ^ is made of two keys on many keyboards
  text.addEventListener("paste", hearPaste);
  topic.addEventListener("focus", () => { topicBefore = topic.value; }, { capture: true }); // before it is offered
  topic.addEventListener("input", keepDraft);
  topic.addEventListener("blur", () => { topicChooser.cameBy = ""; });
  originInput.addEventListener("blur", () => { originField.hidden = true; });
  part("open-origins").addEventListener("click", openOrigins);
  form.querySelector(".kinds").addEventListener("change", () => { showOrigins(); keepDraft(); });
  form.querySelector(".kinds").addEventListener("click", (event) => { if (event.detail) text.focus(); });
  form.addEventListener("dragover", (event) => { if (draggedEntry(event)) event.preventDefault(); });
  form.addEventListener("drop", (event) => {
    const key = draggedEntry(event);
    if (typeof key !== "string") return;
    event.preventDefault();
    addOrigin(key);
    text.focus();
  });
  document.addEventListener("keydown", hearShortcut);
  addEventListener("online", () => sync.run());
  addEventListener("offline", () => sync.run());
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") sync.run(); });
  addEventListener("storage", (event) => { if (event.key?.startsWith("jornada.writing.")) sync.run(); });
  addEventListener("beforeunload", (event) => { if (!store.isKept && notebook.waiting.length) event.preventDefault(); });
}

function hearShortcut(event) {
  const isWriting = event.target.matches("input[type=text], textarea");
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !(isWriting && event.target.value)) {
    if (!doing.canUndo) return;
    event.preventDefault();
    undo();
    return;
  }
  // Alt with a letter or number; AltGr, which writes signs, does not.
  if (!event.altKey || event.ctrlKey || event.metaKey || form.hidden) return;
  const choice = [...form.querySelectorAll("input[name=kind]")].find((input) => event.code === `Key${input.accessKey.toUpperCase()}`);
  const number = event.code.match(/^(?:Digit|Numpad)(\d)$/u)?.[1];
  if (choice) {
    setKind(choice.value);
    tell(words.kinds[choice.value]);
  } else if (number !== undefined && (number === "0" || topicNames()[number - 1])) topic.value = number === "0" ? "" : topicNames()[number - 1];
  else return;
  event.preventDefault();
  keepDraft();
  text.focus();
}

async function hearPaste(event) {
  const pasted = event.clipboardData?.getData("text/plain") ?? "";
  const lines = readLines(pasted);
  if (lines.length < 2) return;
  event.preventDefault();
  const chosen = await askAboutLines(part("paste"), lines, kindNow(), { words, kinds: words.kinds, sayMany });
  if (chosen) {
    tell("");
    await write(chosen.map((line) => lineOf(line.text, line.kind)));
  } else {
    text.setRangeText(pasted.trim(), text.selectionStart, text.selectionEnd, "end");
    keepDraft();
    grow();
  }
  text.focus();
}

// --- Beginning ---

async function begin() {
  listen();
  for (const line of window.takeEarlyLines?.() ?? []) write([{ ...line, is_of_several: false, origins: [] }]);
  readDraft();
  showOrigins();
  part("keys").hidden = false;
  await store.recover();
  notebook.read(...await store.readNotebook(settings.key));
  notebook.changeActs([], await store.listActs(settings.key));
  showChanges(new Set([...notebook.all].map((entry) => entry.key)));
  const draft = store.readDraft(settings.key, "entry");
  if (draft) entries.edit(draft.key, draft);
  document.documentElement.dataset.ready = "";
  await sync.run();
}

function endRound() {
  showState();
  if (isPageKept || !sync.isOnline || sync.gone) return;
  isPageKept = true;
  keepPage(settings.worker, settings.page);
}

begin();
