// The board with the pointer and the keyboard. Each act is the page's own form, sent without leaving the page; without
// this script the boxes and the lists to choose from do the same.
const board = document.querySelector("[data-board]");
let dragged = null;
let last = null; // the box that was ticked or left last: Shift takes all between it and the next

const boxes = () => [...board.querySelectorAll('[data-entry] input[type="checkbox"]')];

function prepare() {
  const keys = board.querySelector("[data-keys]");
  if (keys) keys.hidden = false;
  for (const entry of board.querySelectorAll("[data-entry]")) entry.draggable = true;
  last = null;
  count(); // boxes that the browser remembers
}

// Send the form and put the page that answers in the place of this one; the network's no leaves everything as it is.
async function send(form, button) {
  const values = new FormData(form, button);
  const place = boxes().findIndex((box) => box === document.activeElement || values.getAll("entry").includes(box.value));
  const status = form.querySelector('[role="status"]');
  if (status) status.textContent = form.dataset.moving;
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(values), headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
  } catch {
    if (status) status.textContent = form.dataset.failed;
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-board]");
  if (!fresh) {
    location.reload(); // logged out meanwhile, for instance: the server says what to do
    return;
  }
  board.replaceChildren(...fresh.childNodes);
  say(page.querySelector(".flashes"));
  prepare();
  (boxes()[Math.max(0, place)] ?? boxes().at(-1))?.focus({ preventScroll: place > 0 });
}

// Say how many are chosen, the whole list apart: its own box says that.
function count() {
  const said = board.querySelector("[data-chosen]");
  if (!said) return;
  const chosen = boxes().filter((box) => box.checked).length;
  said.hidden = false; // empty it keeps its place: nothing moves under the pointer
  said.textContent = chosen ? said.dataset.words.replace("{count}", chosen) : "";
}

// Do to all boxes between two what was done to the second.
function chooseBetween(first, second) {
  const all = boxes();
  const [from, to] = [all.indexOf(first), all.indexOf(second)].sort((one, other) => one - other);
  if (from >= 0) for (const box of all.slice(from, to + 1)) box.checked = second.checked;
}

function say(messages) {
  document.querySelector(".flashes")?.remove();
  if (messages) board.querySelector("[data-act-on]").append(messages); // in sight, however far down one is
}

function moveTo(target) {
  const form = board.querySelector("[data-act-on]");
  if (dragged && !dragged.checked) {
    for (const box of boxes()) box.checked = box === dragged;
    const everything = form.querySelector("#everything");
    if (everything) everything.checked = false;
  }
  form.querySelector("#to").value = target;
  send(form, form.querySelector('button[value="move"]'));
}

board.addEventListener("click", (event) => {
  if (!event.target.matches('[data-entry] input[type="checkbox"]')) return;
  if (event.shiftKey && last) chooseBetween(last, event.target);
  last = event.target;
  count();
});

board.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-act-on]") || !event.submitter) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

board.addEventListener("dragstart", (event) => {
  const entry = event.target.closest?.("[data-entry]");
  if (!entry) return;
  dragged = entry.querySelector('input[type="checkbox"]');
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.getAttribute("aria-label"));
});

board.addEventListener("dragend", () => {
  dragged = null;
  for (const here of board.querySelectorAll(".drop-here")) here.classList.remove("drop-here");
});

board.addEventListener("dragover", (event) => {
  const group = event.target.closest("[data-to]");
  for (const here of board.querySelectorAll(".drop-here")) if (here !== group) here.classList.remove("drop-here");
  if (!group || !dragged) return;
  event.preventDefault();
  group.classList.add("drop-here");
});

board.addEventListener("drop", (event) => {
  const group = event.target.closest("[data-to]");
  if (!group || !dragged) return;
  event.preventDefault();
  moveTo(group.dataset.to);
});

board.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const to = board.querySelector("#to");
  if (event.target === to && event.key === "Enter" && to.value) {
    event.preventDefault();
    moveTo(to.value);
  }
  const all = boxes();
  const place = all.indexOf(event.target);
  if (place < 0) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = all[place + (event.key === "ArrowDown" ? 1 : -1)];
    if (event.shiftKey && next) event.target.checked = next.checked = true;
    next?.focus();
    count();
  } else if (event.key === "m" || event.key === "M") {
    event.preventDefault();
    if (!all.some((box) => box.checked)) event.target.checked = true;
    count();
    to.focus();
  } else if (event.key === "Enter") {
    event.preventDefault(); // Enter in a box would press the first button of the form
    event.target.closest("[data-entry]").querySelector("a").click();
  }
});

prepare();
