// Questions about some sessions are shown once one of them is chosen. Without this they all stand there, and say so.
const asked = [...document.querySelectorAll("[data-for-sessions]")];
const boxes = [...document.querySelectorAll('input[name="sessions"], input[name="waiting"]')];

const show = () => {
  const chosen = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  for (const question of asked) question.hidden = !question.dataset.forSessions.split(" ").some((code) => chosen.has(code));
};

if (boxes.length) {
  document.addEventListener("change", show);
  show();
}
