// Say that a file is too large when it is chosen, and not after minutes of sending it. The server looks again.
const input = document.querySelector("input[data-most]");

function say(problem) {
  document.getElementById("file-too-large")?.remove();
  input.toggleAttribute("aria-invalid", false);
  if (!problem) return;
  const line = Object.assign(document.createElement("p"), { id: "file-too-large", className: "field-error", textContent: problem });
  line.setAttribute("role", "alert");
  input.before(line);
  input.setAttribute("aria-invalid", "true");
  input.value = "";
}

input?.addEventListener("change", () => {
  const file = input.files[0];
  say(file && file.size > Number(input.dataset.most) ? input.dataset.tooLarge : "");
});
