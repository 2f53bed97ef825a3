// One entry corrected in its place: words, kind, topic, said by several, what it grew from; merge, history, delete.

import { Chooser } from "./choose.js";
import { button, make } from "./elements.js";
import { findEntries } from "./capture-find.js";
import { say } from "./text.js";

export class EntryForm {
  constructor({ entry, draft, notebook, doing, words, kinds, done, merge, remove }) {
    Object.assign(this, { entry, notebook, doing, words, kinds, done, merge, remove });
    // What was known when it began: who changes it meanwhile is not overwritten.
    this.seen = draft?.seen ?? entry.acts;
    this.origins = draft?.origins ?? [...entry.origins];
    this.#build(draft ?? { text: entry.text, kind: entry.kind, topic: entry.topic ?? "", several: entry.several });
  }

  #build(values) {
    const { words, entry } = this;
    const isNew = entry.refused !== undefined;
    this.text = make("textarea", { id: "entry-text", rows: 3, maxLength: 10000, value: values.text });
    this.topic = make("input", { type: "text", id: "entry-topic", maxLength: 200, autocomplete: "off", value: values.topic });
    this.topic.setAttribute("list", "topics");
    this.several = make("input", { type: "checkbox", id: "entry-several", checked: values.several });
    this.kindChoices = Object.entries(this.kinds).map(([kind, name]) => {
      const choice = make("input", { type: "radio", name: "entry-kind", value: kind, checked: kind === values.kind, onchange: () => this.#showOrigins() });
      return make("label", { className: "kind-choice" }, choice, make("span", {}, name));
    });
    this.chips = make("ul", { className: "chips", "aria-label": words.origins });
    this.originPlace = make("div", { className: "entry-origins" });
    this.note = make("p", { className: "hint entry-note", role: "status" });
    this.element = make("form", { className: "entry-form", onsubmit: (event) => { event.preventDefault(); this.save(); }, onkeydown: (event) => this.#press(event), oninput: () => this.#keep() },
      make("p", { className: "eyebrow" }, make("span", { className: "code" }, entry.ref), entry.source === "written" && ` · ${words.written}`),
      make("fieldset", { className: "kinds" }, make("legend", { className: "visually-hidden" }, words.kind), ...this.kindChoices),
      make("div", { className: "field" }, make("label", { htmlFor: "entry-text" }, words.text), this.text),
      make("div", { className: "field" }, make("label", { htmlFor: "entry-topic" }, words.topic), this.topic),
      make("div", { className: "check" }, this.several, make("label", { htmlFor: "entry-several" }, words.several)),
      this.originPlace,
      this.note,
      make("p", { className: "row" },
        make("button", { className: "button" }, words.save),
        button(words.leave, { className: "button button--quiet", onclick: () => this.done() }),
      ),
      !isNew && this.#mergePlace(),
      make("p", { className: "row entry-rest" },
        entry.url && make("a", { href: entry.url, className: "row-link" }, words.history),
        !isNew && button(words.delete, { onclick: () => this.remove() }),
      ),
    );
    this.#showOrigins();
  }

  begin() {
    this.text.focus();
    this.text.setSelectionRange(this.text.value.length, this.text.value.length);
  }

  get kind() { return this.element.querySelector("[name=entry-kind]:checked").value; }

  // Only a proposal grows from contributions.
  #showOrigins() {
    const { words, originPlace } = this;
    originPlace.hidden = this.kind !== "proposal";
    if (originPlace.hidden || originPlace.firstChild) return;
    const list = make("ul", { id: "entry-origin-list", className: "choose-list", role: "listbox", "aria-label": words.contributions, hidden: true });
    const input = make("input", { type: "text", id: "entry-origin", autocomplete: "off", placeholder: words.find_contribution });
    originPlace.append(make("div", { className: "field choose" }, make("label", { htmlFor: "entry-origin" }, words.origins), this.chips, input, list));
    new Chooser(input, list, {
      find: () => 0,
      offer: (typed) => findEntries(this.notebook, typed, { kind: "contribution", but: [this.entry.key, ...this.origins] }),
      choose: (option) => {
        if (option) this.origins.push(option.value);
        input.value = "";
        this.#showChips();
        this.#keep();
      },
      leave: () => this.text.focus(),
    });
    this.#showChips();
  }

  #showChips() {
    this.chips.replaceChildren(...chips(this.origins, this.notebook, this.words, (key) => {
      this.origins = this.origins.filter((each) => each !== key);
      this.#showChips();
      this.#keep();
      this.element.querySelector("#entry-origin").focus();
    }));
  }

  #mergePlace() {
    const { words } = this;
    const list = make("ul", { id: "entry-merge-list", className: "choose-list", role: "listbox", "aria-label": words.entries, hidden: true });
    const input = make("input", { type: "text", id: "entry-merge", autocomplete: "off", placeholder: words.find_entry });
    new Chooser(input, list, {
      find: () => 0,
      offer: (typed) => findEntries(this.notebook, typed, { but: [this.entry.key] }),
      choose: (option) => { if (option) this.merge(option.value); },
      leave: () => this.text.focus(),
    });
    return make("details", { className: "entry-merge" }, make("summary", {}, words.merge_into), make("div", { className: "field choose" }, make("label", { htmlFor: "entry-merge" }, words.merge_with), input, list));
  }

  hear(entry) {
    if (entry.acts.some((key) => !this.seen.includes(key)) && entry.text !== this.entry.text) this.note.textContent = this.words.changed_meanwhile;
  }

  #keep() {
    const { text, topic, several } = this;
    this.doing.store.keepDraft(this.doing.key, "entry", { key: this.entry.key, seen: this.seen, origins: this.origins, text: text.value, topic: topic.value, several: several.checked, kind: this.kind });
  }

  #press(event) {
    if (event.isComposing) return;
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      this.done();
    }
    if (event.key === "Enter" && event.target === this.text && !event.shiftKey) {
      event.preventDefault();
      this.save();
    }
  }

  async save() {
    const { entry, kind } = this;
    const now = { text: this.text.value.trim(), kind, topic: this.topic.value.trim(), is_of_several: this.several.checked };
    if (!now.text) {
      this.text.focus();
      return;
    }
    const before = { text: entry.text, kind: entry.kind, topic: entry.topic ?? "", is_of_several: entry.several };
    const sets = Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== before[name]));
    if (entry.refused !== undefined) await this.doing.correct(entry.key, now);
    else {
      const wanted = kind === "proposal" ? this.origins : entry.origins;
      const more = [
        ...wanted.filter((key) => !entry.origins.includes(key)).map((key) => this.doing.linkAct(entry.key, key)),
        ...entry.origins.filter((key) => !wanted.includes(key)).map((key) => this.doing.unlinkAct(entry.key, key)),
      ];
      await this.doing.edit(entry.key, sets, { seen: this.seen, more });
    }
    this.done();
  }
}

// What a proposal grew from, each with the way to take it away.
export function chips(keys, notebook, words, remove) {
  return keys.map((key) => notebook.get(key)).filter(Boolean).map((entry) => make("li", { className: "chip" },
    make("span", { className: "code" }, entry.ref), ` ${entry.text.slice(0, 60)}${entry.text.length > 60 ? "…" : ""} `,
    button("×", { className: "link-button chip-away", "aria-label": say(words.take_away, { ref: entry.ref }), onclick: () => remove(entry.key) }),
  ));
}
