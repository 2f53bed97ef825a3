// Drop a file anywhere on its form in place of choosing it, and send it at once; one that is too large is not sent.
const form = document.querySelector("form[data-drop]");
const input = form?.querySelector("input[type=file]");

function say(problem) {
  document.getElementById("file-too-large")?.remove();
  input.removeAttribute("aria-invalid");
  if (!problem) return;
  const line = Object.assign(document.createElement("p"), { id: "file-too-large", className: "field-error", textContent: problem });
  line.setAttribute("role", "alert");
  input.before(line);
  input.setAttribute("aria-invalid", "true");
  input.value = "";
}

function isSmallEnough() {
  const file = input.files[0];
  const isTooLarge = Boolean(file) && file.size > Number(form.dataset.most);
  say(isTooLarge ? form.dataset.tooLarge : "");
  return Boolean(file) && !isTooLarge;
}

function drop(event) {
  event.preventDefault();
  form.classList.remove("drop-here");
  if (!event.dataTransfer.files.length) return;
  input.files = event.dataTransfer.files;
  if (isSmallEnough()) form.requestSubmit();
}

if (input) {
  form.querySelector("[data-drop-hint]").hidden = false;
  input.addEventListener("change", isSmallEnough);
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("drop-here"); });
  form.addEventListener("dragleave", () => form.classList.remove("drop-here"));
  form.addEventListener("drop", drop);
}
