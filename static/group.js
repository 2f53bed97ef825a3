// Another row at once. Without this the button asks the server for more rows and nothing typed is lost.
const more = document.querySelector("[data-more-rows]");
const rows = document.getElementById("people");
const counter = document.querySelector('input[name="rows"]');

more?.addEventListener("click", (event) => {
  const number = Number(counter.value) + 1;
  const last = rows.lastElementChild;
  if (number > Number(more.dataset.moreRows)) return;
  event.preventDefault();
  const row = last.cloneNode(true);
  for (const element of row.querySelectorAll("*")) {
    for (const name of ["id", "for", "name", "aria-describedby", "aria-labelledby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(/(^|\s)([a-z_]+)-\d+/g, `$1$2-${number}`));
    }
    if (element.matches("[type=checkbox]")) element.checked = false;
    else if (element.matches("input")) element.value = "";
    element.removeAttribute("aria-invalid");
    if (element.matches("legend.signup-who")) element.textContent = rows.dataset.person.replace("{number}", number);
    if (element.matches("details")) element.open = false;
    if (element.matches("[data-message]")) element.textContent = "";
  }
  for (const message of row.querySelectorAll(".field-error")) message.remove();
  rows.append(row);
  counter.value = number;
  row.querySelector("input").focus();
  if (number >= Number(more.dataset.moreRows)) more.hidden = true;
});
