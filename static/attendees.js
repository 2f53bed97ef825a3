// The attendee list: found while one types, attendance recorded without losing one's place. Without this the filter is a
// form with a button, and every act too.
const WAIT = 250;

const filters = document.getElementById("filters");
let typing = 0;
let asked = new AbortController();

if (filters) {
  filters.querySelector("button").hidden = true;
  filters.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(typing);
    typing = setTimeout(find, event.target.matches("input[type=search], input[list]") ? WAIT : 0);
  });
  filters.addEventListener("compositionend", find);
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    find();
  });
}

async function find() {
  const address = new URL(filters.action);
  for (const [name, value] of new FormData(filters)) if (value) address.searchParams.append(name, value);
  if (!address.search) address.searchParams.set("sort", "name"); // nothing asked for is where one likes to begin
  asked.abort();
  asked = new AbortController();
  const found = document.getElementById("found");
  found.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal: asked.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || answer.redirected || !page.getElementById("found")) throw new Error("not the list");
    show(page);
    history.replaceState(history.state, "", address);
    document.getElementById("how-many").textContent = page.getElementById("how-many").textContent;
  } catch (error) {
    if (error.name === "AbortError") return; // somebody has typed on
    found.removeAttribute("aria-busy");
    if (error instanceof TypeError) say(document.querySelector("[data-away]").dataset.away, "bad");
    else location.assign(address);
  }
}

function show(page) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceWith(fresh);
  }
  offerTickAll();
}

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button?.hasAttribute("data-act")) return;
  event.preventDefault();
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const id = button.id;
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(event.target) });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("found")) throw new Error("not the list");
    show(page);
    say([...page.querySelectorAll(".flashes .notice")].map((line) => line.textContent).join(" "));
    (document.getElementById(id) ?? document.querySelector("[data-act]"))?.focus({ preventScroll: true });
  } catch (error) {
    button.removeAttribute("aria-busy");
    if (error instanceof TypeError) {
      say(document.querySelector("[data-offline]").dataset.offline, "bad"); // nothing reached the server: try again
      return;
    }
    button.removeAttribute("data-act");
    event.target.requestSubmit(button);
  }
});

function say(text, kind = "good") {
  let line = document.getElementById("said");
  if (!line) {
    line = Object.assign(document.createElement("p"), { id: "said" });
    line.setAttribute("role", "status");
    document.querySelector("main .wrap").append(line);
  }
  line.className = `desk-said notice notice--${kind}`;
  line.textContent = text;
}

function offerTickAll() {
  const head = document.querySelector("thead .attendees-tick");
  if (!head) return;
  const boxes = () => [...document.querySelectorAll('input[name="registration"]')];
  const box = Object.assign(document.createElement("input"), { type: "checkbox" });
  box.setAttribute("aria-label", head.dataset.all);
  box.addEventListener("change", () => boxes().forEach((each) => (each.checked = box.checked)));
  const label = document.createElement("label");
  label.append(box);
  head.replaceChildren(label);
}

offerTickAll();
