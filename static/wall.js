// The wall asks every second whether anything has changed, shows what is new, and moves through what does not fit.

const ASK_MS = 1000;
const ASK_AGAIN_MS = 3000;
const NEW_MS = 8000;
const REST_MS = 5000; // at the top, at the end, and for who has moved the page by hand
const TURN_MS = 12000; // of who wants no motion: a screen at a time
const SCREENS_PER_SECOND = 0.03;

const wall = document.querySelector("[data-wall]");
const state = document.querySelector("[data-state]");
const stateWords = JSON.parse(state.dataset.words);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const page = document.scrollingElement;
let lastAsked = new Date();
let restUntil = performance.now() + REST_MS;
let isPaused = false;

const content = () => wall.querySelector("[data-wall-content]");
const keysOf = (root) => new Set([...root.querySelectorAll("[data-key]")].map((entry) => entry.dataset.key));
const rest = (ms = REST_MS) => { restUntil = Math.max(restUntil, performance.now() + ms); };

// --- What changes ---

const fresh = new Map(); // key of an entry → until when it is new

function markFresh() {
    const now = performance.now();
    for (const entry of wall.querySelectorAll("[data-key]")) {
        entry.classList.toggle("is-new", (fresh.get(entry.dataset.key) ?? 0) > now);
    }
    for (const [key, until] of fresh) if (until <= now) fresh.delete(key);
}

/** Keep what is being read where it is, whatever comes above it. */
function keepPlace(change) {
    const top = page.scrollTop;
    const anchor = top > 0 && [...wall.querySelectorAll("[data-key]")].find((each) => each.getBoundingClientRect().top >= 0);
    const before = anchor && anchor.getBoundingClientRect().top;
    change();
    const same = anchor && wall.querySelector(`[data-key="${CSS.escape(anchor.dataset.key)}"]`);
    if (same) page.scrollTop += same.getBoundingClientRect().top - before;
    position = page.scrollTop;
}

function show(html) {
    const known = keysOf(wall);
    const next = new DOMParser().parseFromString(html, "text/html").querySelector("[data-wall-content]");
    if (!next) return;
    keepPlace(() => content().replaceWith(next));
    const added = [...keysOf(wall)].filter((key) => !known.has(key));
    for (const key of added) fresh.set(key, performance.now() + NEW_MS);
    markFresh();
    setTimeout(markFresh, NEW_MS + 50);
    if (added.length && !isPaused) lookAt(wall.querySelector(`[data-key="${CSS.escape(added[0])}"]`));
}

function lookAt(entry) {
    const { top, bottom } = entry.getBoundingClientRect();
    const head = document.querySelector(".wall-head").getBoundingClientRect().bottom;
    if (top < head || bottom > innerHeight) {
        entry.scrollIntoView({ block: "center", behavior: still.matches ? "instant" : "smooth" });
    }
    rest(NEW_MS);
}

async function ask() {
    const address = new URL(wall.dataset.changes, location.href);
    address.searchParams.set("version", content().dataset.version);
    const response = await fetch(address, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(10000) });
    if (response.type === "opaqueredirect" || [401, 403, 404, 410].includes(response.status)) return false;
    if (!response.ok) throw new Error(String(response.status));
    if (response.status === 200) show(await response.text());
    lastAsked = new Date();
    state.textContent = "";
    return true;
}

async function keepAsking() {
    let wait = ASK_MS;
    try {
        if (document.visibilityState === "visible" && !(await ask())) {
            content().replaceChildren();
            state.textContent = stateWords.ended;
            return;
        }
    } catch {
        const time = lastAsked.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
        state.textContent = stateWords.lost.replace("{time}", time);
        wait = ASK_AGAIN_MS;
    }
    setTimeout(keepAsking, wait);
}

// --- What does not fit ---

let position = 0;
let lastFrame = 0;

function move(now) {
    const elapsed = Math.min(now - lastFrame, 100);
    lastFrame = now;
    const end = page.scrollHeight - innerHeight;
    if (!isPaused && now >= restUntil && end > 1) {
        if (page.scrollTop >= end - 1) {
            page.scrollTo({ top: 0, behavior: "instant" });
            position = 0;
            rest();
        } else if (still.matches) {
            page.scrollBy({ top: innerHeight * 0.6, behavior: "instant" });
            rest(TURN_MS);
        } else {
            position = Math.max(position, page.scrollTop - 1) + (elapsed / 1000) * SCREENS_PER_SECOND * innerHeight;
            page.scrollTop = position;
            if (page.scrollTop >= end - 1) rest();
        }
    } else {
        position = page.scrollTop;
    }
    requestAnimationFrame(move);
}

for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(kind, () => rest(), { passive: true });

// --- Buttons and keys ---

const pause = document.querySelector("[data-pause]");
const full = document.querySelector("[data-full]");
const [pauseWord, goOnWord] = JSON.parse(pause.dataset.words);

function togglePause() {
    isPaused = !isPaused;
    pause.textContent = isPaused ? goOnWord : pauseWord;
    if (!isPaused) restUntil = 0;
}

function toggleFull() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {});
}

pause.hidden = false;
pause.title = "P";
full.hidden = !document.fullscreenEnabled;
full.title = "F";
pause.addEventListener("click", togglePause);
full.addEventListener("click", toggleFull);
addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("form")) return;
    const isFree = event.target === document.body || event.target === document.documentElement;
    if (event.key.toLowerCase() === "p" || (event.key === " " && isFree)) {
        event.preventDefault();
        togglePause();
    } else if (event.key.toLowerCase() === "f") toggleFull();
});

// A projector's computer does not go to sleep.
const stayAwake = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
document.documentElement.dataset.ready = "";
keepAsking();
requestAnimationFrame(move);
