// Choosing a session lets go of those at the same time, and says so. Without this the server refuses overlaps.
// Heard on the document, because rows of a group are added afterwards.
const overlap = (one, other) => Number(one.dataset.starts) < Number(other.dataset.ends) && Number(other.dataset.starts) < Number(one.dataset.ends);

document.addEventListener("change", ({ target: box }) => {
  const choice = box.dataset?.starts && box.closest("[data-sessions]");
  if (!choice) return;
  const boxes = [...choice.querySelectorAll("[data-starts]")];
  const left = box.checked ? boxes.filter((other) => other !== box && other.checked && overlap(box, other)) : [];
  for (const other of left) other.checked = false;
  const note = choice.querySelector("[data-message]");
  note.textContent = left.map((other) => note.dataset.message.replace("{session}", other.labels[0].textContent)).join(" ");
});

// A second click while the first is on its way would be answered as by somebody who is already registered.
const form = document.querySelector(".signup-form");
let isSent = false;
form?.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
window.addEventListener("pageshow", () => { isSent = false; });

document.getElementById("errors")?.focus();
