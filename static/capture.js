// Capture: what is typed stays on this device until the server has said yes, and is sent again until it does.
// Without this module the page works by itself, with one reload for each line.

const PREFIX = "jornada.line.";
const RETRY_SECONDS = [2, 4, 8, 15, 30];
const TIMEOUT_MS = 15000;

const page = document.querySelector("[data-capture]");
const form = document.querySelector("form[data-line]");
const list = document.querySelector("[data-entries]");
const saved = document.querySelector("[data-saved]");

// What stays on the device. A browser that refuses to keep anything still sends: then the lines live in this page alone.
const memory = new Map();
const store = {
  set(key, text) {
    try { localStorage.setItem(key, text); } catch { memory.set(key, text); }
  },
  get(key) {
    try { return localStorage.getItem(key) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; }
  },
  remove(key) {
    memory.delete(key);
    try { localStorage.removeItem(key); } catch { /* it was never there */ }
  },
  keys() {
    const keys = [...memory.keys()];
    try { keys.push(...Object.keys(localStorage)); } catch { /* nothing is kept */ }
    return [...new Set(keys)].filter((key) => key.startsWith(PREFIX)).sort();
  },
};

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Lines sort by the moment they were written; the count keeps those of one millisecond in order.
let written = 0;
function newKey() {
  written += 1;
  return `${PREFIX}${Date.now()}.${String(written).padStart(6, "0")}.${newId()}`;
}

function pendingLines() {
  // Another tab may have sent and removed one in the meantime.
  return store.keys().map((key) => ({ ...JSON.parse(store.get(key) ?? "{}"), key })).filter((line) => line.address);
}

// --- Sending ---------------------------------------------------------------------------------------------------------

let token = document.querySelector("input[name=csrf_token]")?.value ?? "";
let isSending = false;
let failures = 0;
let timer = 0;
let mustLogIn = false;

async function ask(address, fields) {
  const stop = new AbortController();
  const alarm = setTimeout(() => stop.abort(), TIMEOUT_MS);
  const options = { headers: { Accept: "application/json" }, signal: stop.signal, redirect: "manual" };
  if (fields) {
    options.method = "POST";
    options.body = new URLSearchParams(fields);
    options.headers["X-CSRFToken"] = token;
  }
  try {
    const response = await fetch(address, options);
    // These addresses send nobody elsewhere but those who must log in again.
    if (response.type === "opaqueredirect") return { status: 401, answer: {} };
    const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
    const answer = isJson ? await response.json() : {};
    if (answer.csrf_token) token = answer.csrf_token;
    return { status: isJson ? response.status : 0, answer };
  } finally {
    clearTimeout(alarm);
  }
}

async function send(line) {
  const fields = {
    line_id: line.id,
    kind: line.kind,
    topic: line.topic,
    text: line.text,
    seconds_ago: String(Math.max(0, Math.round((Date.now() - line.at) / 1000))),
  };
  let { status, answer } = await ask(line.address, fields);
  if (status === 400) {
    // The session of the browser was renewed since this page was opened: take its new token and try once more.
    ({ status, answer } = await ask(line.address));
    if (status === 200) ({ status, answer } = await ask(line.address, fields));
  }
  return { status, answer };
}

async function flush() {
  if (isSending) return;
  isSending = true;
  clearTimeout(timer);
  try {
    for (let line = nextLine(); line; line = nextLine()) {
      const { status, answer } = await send(line);
      mustLogIn = status === 401 || status === 403;
      if (status === 200) {
        store.remove(line.key);
        showSaved(line, answer);
      } else if ([404, 409, 413, 422].includes(status)) {
        store.set(line.key, JSON.stringify({ ...line, refused: answer.error ?? "" }));
        showRefused({ ...line, refused: answer.error ?? "" });
      } else {
        throw new Error(`status ${status}`);
      }
      failures = 0;
      showState();
    }
  } catch {
    const seconds = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length - 1)];
    failures += 1;
    timer = setTimeout(flush, seconds * 1000);
  } finally {
    isSending = false;
    showState();
  }
}

function nextLine() {
  return pendingLines().find((line) => line.refused === undefined);
}

// --- Showing ---------------------------------------------------------------------------------------------------------

function showState() {
  if (!saved) return;
  const count = pendingLines().length;
  saved.classList.toggle("saved--not", count > 0);
  let text = page ? saved.dataset.all : "";
  if (count === 1) text = saved.dataset.one;
  if (count > 1) text = saved.dataset.many.replace("{n}", count);
  if (count && mustLogIn) text = saved.dataset.login;
  // Said only when it changes, and not for a line that is saved at once.
  if (saved.textContent !== text && (count === 0 || failures || mustLogIn)) saved.textContent = text;
}

function pieceFrom(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

function shown(line) {
  return list?.querySelector(`[data-line-key="${CSS.escape(line.key)}"]`);
}

function showPending(line) {
  if (!list || line.address !== form.getAttribute("action")) return;
  const item = document.querySelector("template[data-pending]").content.firstElementChild.cloneNode(true);
  item.dataset.lineKey = line.key;
  item.querySelector("[data-kind]").textContent = kindName(line.kind);
  item.querySelector("[data-kind]").classList.add(`kind--${line.kind}`);
  item.querySelector("[data-topic]").textContent = line.topic;
  item.querySelector("[data-text]").textContent = line.text;
  item.querySelector("[data-take-back]").addEventListener("click", () => takeBack(line));
  list.prepend(item);
  document.querySelector("[data-empty]")?.remove();
  if (line.refused !== undefined) showRefused(line);
}

function showSaved(line, answer) {
  const item = shown(line);
  if (!item) return;
  const already = list.querySelector(`[data-entry="${CSS.escape(answer.code)}"]`);
  if (already) item.remove();
  else item.replaceWith(pieceFrom(answer.html));
  showCounts(answer.counts);
  addTopic(answer.topic);
}

function showRefused(line) {
  const item = shown(line);
  if (!item) return;
  if (line.refused) item.querySelector("[data-state]").textContent = line.refused;
  item.querySelector("[data-refused]").hidden = false;
}

function showCounts(counts) {
  for (const [kind, count] of Object.entries(counts ?? {})) {
    const place = document.querySelector(`[data-count="${kind}"]`);
    if (place) place.textContent = count;
  }
}

function addTopic(name) {
  const topics = document.querySelector("#topics");
  if (!name || !topics || [...topics.options].some((option) => option.value === name)) return;
  const option = document.createElement("option");
  option.value = name;
  topics.append(option);
}

function kindName(kind) {
  return form.querySelector(`input[name=kind][value="${kind}"]`)?.closest("label").querySelector("span").firstChild.textContent.trim() ?? "";
}

// --- Writing ---------------------------------------------------------------------------------------------------------

function startWriting() {
  const address = form.getAttribute("action");
  const draftKey = `jornada.draft.${address}`;
  const { text, topic, kind } = form.elements;

  function write(words) {
    const line = { id: newId(), address, kind: kind.value, topic: topic.value.trim(), text: words.trim(), at: Date.now() };
    if (!line.text) return;
    line.key = newKey();
    store.set(line.key, JSON.stringify(line));
    showPending(line);
  }

  function clear() {
    text.value = "";
    store.remove(draftKey);
    text.focus();
    flush();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    write(text.value);
    clear();
  });
  text.addEventListener("input", () => {
    if (text.value) store.set(draftKey, text.value);
    else store.remove(draftKey);
  });
  if (!text.value) text.value = store.get(draftKey) ?? "";

  // Alt and the first letter choose the kind without leaving the line; AltGr, which writes signs, does not.
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const choice = [...form.querySelectorAll("input[name=kind]")].find(
      (input) => event.code === `Key${input.accessKey.toUpperCase()}`,
    );
    if (!choice) return;
    event.preventDefault();
    choice.checked = true;
    text.focus();
  });
  form.querySelector(".kinds").addEventListener("click", (event) => {
    if (event.detail) text.focus();
  });

  text.addEventListener("paste", (event) => {
    const lines = (event.clipboardData?.getData("text/plain") ?? "").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    if (lines.length < 2) return;
    event.preventDefault();
    askAboutPasted(lines, (words) => write(words), clear, text);
  });
}

function askAboutPasted(lines, write, clear, text) {
  form.querySelector("[data-pasted-question]")?.remove();
  const question = document.querySelector("template[data-pasted]").content.firstElementChild.cloneNode(true);
  question.dataset.pastedQuestion = "";
  const words = question.querySelector("[data-question]");
  words.textContent = words.dataset.question.replace("{n}", lines.length);
  question.querySelector("[data-each]").addEventListener("click", () => {
    question.remove();
    lines.forEach(write);
    clear();
  });
  question.querySelector("[data-one]").addEventListener("click", () => {
    question.remove();
    text.value = [text.value, ...lines].join(" ").trim();
    text.dispatchEvent(new Event("input"));
    text.focus();
  });
  form.append(question);
  question.querySelector("[data-each]").focus();
}

function takeBack(line) {
  const { text, topic } = form.elements;
  if (text.value.trim()) return text.focus();
  store.remove(line.key);
  shown(line)?.remove();
  text.value = line.text;
  topic.value = line.topic;
  text.dispatchEvent(new Event("input"));
  text.focus();
  return showState();
}

// --- Editing, deleting, bringing back, each in its place in the list ---------------------------------------------------

function startEditing() {
  list.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-edit]");
    const cancel = event.target.closest("a[data-cancel]");
    if (!link && !cancel) return;
    event.preventDefault();
    const item = event.target.closest("li");
    if (cancel) return closeForm(item);
    try {
      const { status, answer } = await ask(link.href);
      if (status === 200) return openForm(item, answer.html);
    } catch { /* the page itself will say what is wrong */ }
    location.href = link.href;
    return undefined;
  });
  list.addEventListener("keydown", (event) => {
    const item = event.target.closest("li");
    if (event.key === "Escape" && item?.querySelector("[data-edit-form]")) closeForm(item);
  });
  list.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-edit-form], [data-act]")) return;
    event.preventDefault();
    change(event.target);
  });
}

function openForm(item, html) {
  item.querySelector("[data-edit-form]")?.remove();
  item.classList.add("entry--open");
  item.append(pieceFrom(html));
  item.querySelector("[name=text]").focus();
}

function closeForm(item) {
  item.querySelector("[data-edit-form]").remove();
  item.classList.remove("entry--open");
  item.querySelector("a[data-edit]")?.focus();
}

async function change(inner) {
  const item = inner.closest("li");
  item.querySelector(".entry-problem")?.remove();
  try {
    const { status, answer } = await ask(inner.action, new FormData(inner));
    if (status === 200) {
      const piece = pieceFrom(answer.html);
      item.replaceWith(piece);
      piece.querySelector("a, button")?.focus();
      showCounts(answer.counts);
      addTopic(answer.topic);
      return;
    }
    if (status === 422) {
      openForm(item, answer.html);
      return;
    }
  } catch { /* said below: the form stays open with what was written */ }
  const problem = document.createElement("p");
  problem.className = "field-error entry-problem";
  problem.setAttribute("role", "alert");
  problem.textContent = page.dataset.failed;
  item.append(problem);
}

// --- Beginning --------------------------------------------------------------------------------------------------------

if (form) {
  pendingLines().forEach(showPending);
  startWriting();
  startEditing();
}
addEventListener("online", () => { failures = 0; flush(); });
addEventListener("beforeunload", (event) => {
  if (memory.size) event.preventDefault();
});
showState();
flush();
