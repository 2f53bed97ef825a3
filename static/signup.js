// Choosing a session lets go of those at the same time, and says so. Without this the server refuses overlaps.
const note = document.getElementById("sessions-note");
const boxes = [...document.querySelectorAll('input[name="sessions"]')];
const overlap = (one, other) => Number(one.dataset.starts) < Number(other.dataset.ends) && Number(other.dataset.starts) < Number(one.dataset.ends);

for (const box of boxes) {
  box.addEventListener("change", () => {
    const left = box.checked ? boxes.filter((other) => other !== box && other.checked && overlap(box, other)) : [];
    for (const other of left) other.checked = false;
    if (note) note.textContent = left.map((other) => note.dataset.message.replace("{session}", other.labels[0].textContent)).join(" ");
  });
}

// A second click while the first is on its way would be answered as by somebody who is already registered.
const form = document.querySelector(".signup-form");
let isSent = false;
form.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
window.addEventListener("pageshow", () => { isSent = false; });

document.getElementById("errors")?.focus();
