// A field that offers what there is while one types (WAI-ARIA: editable combobox with a list). What is offered, and what
// choosing does, its page says.

import { make } from "./elements.js";

export class Chooser {
  #offered = [];
  #at = -1;

  // `offer(typed)` gives options {text, mark, value}; `choose(option, typed)` gets null when none was marked;
  // `find(options, typed)` gives the place of the one that Enter takes without another key, or -1.
  constructor(input, list, { offer, choose, leave = () => {}, find = () => -1 }) {
    Object.assign(this, { input, list, offer, choose, leave, find });
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("list");
    input.addEventListener("focus", () => this.open());
    input.addEventListener("click", () => { if (this.list.hidden) this.open(); });
    input.addEventListener("input", () => this.open());
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.#press(event));
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const index = [...list.children].indexOf(event.target.closest("[role=option]"));
      if (index >= 0) this.#take(index);
    });
  }

  open() {
    const typed = this.input.value.trim();
    this.#offered = this.offer(typed);
    this.list.replaceChildren(...this.#offered.map((option, index) => make("li", { id: `${this.list.id}-${index}`, role: "option", "aria-selected": "false" },
      make("span", { className: "choose-text" }, option.mark && make("span", { className: "choose-mark" }, option.mark), option.mark && " ", option.text))));
    this.list.hidden = !this.#offered.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.#mark(this.#offered.length ? this.find(this.#offered, typed) : -1);
  }

  // What can be offered has changed under somebody who looks at it: what they had marked stays marked.
  refresh() {
    if (document.activeElement !== this.input) return;
    const marked = this.#offered[this.#at]?.value;
    this.open();
    const index = this.#offered.findIndex((option) => option.value === marked);
    if (index >= 0) this.#mark(index);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.#mark(-1);
  }

  #mark(index) {
    this.#at = index;
    [...this.list.children].forEach((item, each) => item.setAttribute("aria-selected", String(each === index)));
    if (index < 0) this.input.removeAttribute("aria-activedescendant");
    else {
      this.input.setAttribute("aria-activedescendant", this.list.children[index].id);
      this.list.children[index].scrollIntoView({ block: "nearest" });
    }
  }

  #take(index) {
    const option = this.#offered[index] ?? null;
    this.close();
    this.choose(option, this.input.value.trim());
  }

  #press(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const count = this.list.hidden ? 0 : this.#offered.length;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      event.preventDefault();
      if (this.list.hidden) this.open();
      else if (count) this.#mark((this.#at < 0 && moves[event.key] < 0 ? count - 1 : this.#at + moves[event.key] + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#take(this.#at);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
      this.leave();
    }
  }
}
