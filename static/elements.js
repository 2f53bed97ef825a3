// Elements made by script: `make("p", { className: "hint" }, "words", other)`. What begins with aria- or data- and role
// are attributes, on… are listeners, the rest properties.

export function make(name, properties = {}, ...content) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (/^(?:aria-|data-|role$)/u.test(key)) element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...content.flat().filter((each) => each !== null && each !== undefined && each !== false && each !== ""));
  return element;
}

export function button(text, properties = {}) {
  return make("button", { type: "button", className: "link-button", ...properties }, text);
}
