// A list pasted from elsewhere: each line an entry, without its bullet or number, after a glance.

const BULLET = /^(?:[-–—•*·◦▪●○‣]+\s+|[-–—•*·◦▪●○‣](?=[\p{L}«“"¿¡])|\(?\d{1,3}[.)]-?(?:\s+|(?=[\p{L}«“"¿¡]))|\(?\d{1,3}\s?[-–ºª]\s+|\(?[a-z]\)\s*)/u;
const PROPOSES = /^(?:>|→|=>|->)\s*/u;
const QUOTED = /^(?:«([^»]*)»|“([^”]*)”|"([^"]*)")\.?$/u;

// Gives {text, proposes} for each line that says something.
export function readLines(text) {
  return text.split(/\r\n|\r|\n|\u2028|\u2029/u).map(readLine).filter((line) => line.text);
}

function readLine(line) {
  let text = line.replaceAll("\u00a0", " ").trim();
  let proposes = false;
  for (let before = null; before !== text;) {
    before = text;
    if (PROPOSES.test(text)) proposes = true;
    text = text.replace(PROPOSES, "").replace(BULLET, "").trim();
  }
  const quoted = text.match(QUOTED);
  return { text: (quoted ? quoted.slice(1).find((each) => each !== undefined) : text).trim(), proposes };
}

// Shows what would become entries; resolves to the lines to write ({text, kind}), or null when it shall stay one text.
export function askAboutLines(sheet, lines, kind, { words, kinds, sayMany }) {
  const list = sheet.querySelector("[data-lines]");
  const chosen = lines.map((line) => ({ text: line.text, kind: line.proposes ? "proposal" : kind, isIn: true }));
  const confirm = sheet.querySelector("[data-each]");
  const count = () => {
    const left = chosen.filter((line) => line.isIn).length;
    confirm.disabled = !left;
    confirm.textContent = sayMany(words.write_lines, left);
  };
  list.replaceChildren(...chosen.map((line, index) => lineOf(line, index, { words, kinds, count })));
  sheet.querySelector("[data-title]").textContent = sayMany(words.pasted, lines.length);
  count();
  sheet.showModal();
  confirm.focus();
  return new Promise((resolve) => {
    sheet.onclose = () => resolve(sheet.returnValue === "each" ? chosen.filter((line) => line.isIn).map(({ text, kind: of }) => ({ text, kind: of })) : null);
    sheet.returnValue = "";
    confirm.onclick = () => sheet.close("each");
    sheet.querySelector("[data-one]").onclick = () => sheet.close("one");
  });
}

function lineOf(line, index, { words, kinds, count }) {
  const item = document.createElement("li");
  const take = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
  const text = Object.assign(document.createElement("span"), { textContent: line.text });
  take.append(box, text);
  const kind = Object.assign(document.createElement("button"), { type: "button", className: "kind-switch" });
  const show = () => {
    kind.className = `kind-switch kind kind--${line.kind}`;
    kind.textContent = kinds[line.kind];
    kind.setAttribute("aria-label", `${words.line} ${index + 1}: ${kinds[line.kind]}. ${words.switch_kind}`);
    item.classList.toggle("is-out", !line.isIn);
  };
  kind.addEventListener("click", () => {
    line.kind = line.kind === "proposal" ? "contribution" : "proposal";
    show();
  });
  box.addEventListener("change", () => {
    line.isIn = box.checked;
    show();
    count();
  });
  show();
  item.append(take, kind);
  return item;
}
