// Recording attendance without losing one's place in the list. Without this every button is a plain form.
const live = () => document.querySelector("[data-live]");

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
    const fresh = page.querySelector("[data-live]");
    if (!fresh) throw new Error("not the list");
    live().replaceWith(fresh);
    say([...page.querySelectorAll(".flashes .notice")].map((line) => line.textContent).join(" "));
    offerTickAll();
    (document.getElementById(id) ?? document.querySelector("[data-act]"))?.focus({ preventScroll: true });
  } catch (error) {
    button.removeAttribute("aria-busy");
    if (error instanceof TypeError) {
      say(live().dataset.offline, "bad"); // nothing reached the server: stay where we are, to try again
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
