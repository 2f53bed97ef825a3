// Writing to people: fields at the press of a button. Without this they are typed.

for (const row of document.querySelectorAll(".message-fields")) row.hidden = false;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const text = document.getElementById(button.dataset.into);
  text.setRangeText(button.dataset.insert, text.selectionStart, text.selectionEnd, "end");
  text.focus();
});
