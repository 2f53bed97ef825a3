// Counts down to the opening of the sign-up and then shows it, without anybody reloading. The server's clock decides:
// how far this device's is off is read from the Date header. Without this module the page says the day and hour in words.
const SPREAD = 4000; // everybody's countdown ends together; their requests may not
const FIRST_PAUSE = 2000;
const LAST_PAUSE = 60000;
const SPOKEN = [600, 300, 60, 10]; // seconds left at which somebody who listens is told

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const two = (number) => String(number).padStart(2, "0");

let offset = 0; // of the server's clock to this device's
let checkedAt = 0;

async function load(method) {
  const asked = Date.now();
  const answer = await fetch(location.pathname, { method, cache: "no-cache", signal: AbortSignal.timeout(20000) });
  const date = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isFinite(date)) offset = date + 500 - (asked + Date.now()) / 2; // the header has whole seconds
  checkedAt = Date.now();
  return answer;
}

// 20 h 03 min 05 s, in days when there are any: short signs that are the same in the three languages.
function write(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days) return `${days} d ${hours} h ${two(minutes)} min`;
  return hours ? `${hours} h ${two(minutes)} min ${two(seconds % 60)} s` : `${minutes} min ${two(seconds % 60)} s`;
}

function say(seconds, language) {
  const [number, unit] = seconds >= 60 ? [Math.round(seconds / 60), "minute"] : [seconds, "second"];
  return new Intl.RelativeTimeFormat(language).format(number, unit);
}

const spoken = document.createElement("p"); // outside of what is shown anew, so that it can still be heard
spoken.className = "visually-hidden";
spoken.setAttribute("role", "status");

async function waitUntilOpen(shown) {
  let told = Infinity;
  for (;;) {
    const left = Math.ceil((Number(shown.dataset.opens) * 1000 - Date.now() - offset) / 1000);
    if (left <= 0) return;
    shown.textContent = write(left);
    shown.hidden = false;
    const due = SPOKEN.find((each) => left <= each && left > each - 5 && each < told);
    if (due) {
      told = due;
      spoken.textContent = say(due, document.documentElement.lang);
    }
    await pause(left > 86400 ? 15000 : 1000 - ((Date.now() + offset) % 1000));
    // Once a quarter of an hour before the last minute: a device that slept or whose clock was set looks again.
    if (left > 60 && Date.now() - checkedAt > 900000) await load("HEAD").catch(() => {});
  }
}

function show(page, selector) {
  const [before, after] = [document.querySelector(selector), page.querySelector(selector)];
  const hadFocus = before.contains(document.activeElement);
  for (const script of page.querySelectorAll('head script[type="module"]')) {
    if (document.head.querySelector(`script[src="${CSS.escape(script.getAttribute("src"))}"]`)) continue;
    const added = document.createElement("script");
    added.type = "module";
    added.src = script.getAttribute("src");
    document.head.append(added);
  }
  document.title = page.title;
  before.replaceWith(document.adoptNode(after));
  if (hadFocus) (after.matches("[tabindex]") ? after : after.querySelector("a, button, input"))?.focus();
}

async function run(shown) {
  await load("HEAD").catch(() => {});
  for (let wait = FIRST_PAUSE; ; wait = Math.min(wait * 2, LAST_PAUSE)) {
    await waitUntilOpen(shown);
    shown.textContent = shown.dataset.opening;
    shown.hidden = false;
    await pause(Math.random() * SPREAD);
    try {
      const answer = await load("GET");
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const next = page.querySelector("[data-opens]");
        if (!next) {
          show(page, shown.dataset.part);
          spoken.textContent = shown.dataset.opened;
          return;
        }
        if (next.dataset.opens !== shown.dataset.opens) {
          shown.dataset.opens = next.dataset.opens;
          wait = FIRST_PAUSE / 2;
          continue;
        }
      }
    } catch {
      // No network, or no server: it is asked again, less and less often.
    }
    await pause(wait + Math.random() * wait);
  }
}

const shown = document.querySelector("[data-opens]");
if (shown) {
  document.body.append(spoken);
  run(shown);
}
