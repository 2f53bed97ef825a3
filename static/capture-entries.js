// The entries of a notebook on the page: the newest ones, more when they are asked for; each with what can be done to it.

import { button, make } from "./elements.js";
import { EntryForm } from "./capture-entry-form.js";
import { say, sayMany } from "./text.js";

const STEP = 100;
const DRAGGED = "text/x-jornada-entry";

export class EntryList {
  #rows = new Map();
  #limit = STEP;
  #deletedHere = new Set();
  #open = null;
  #hasBegun = false;

  constructor({ list, more, notebook, doing, words, kinds, isClosed, colourOf, likes, tell, leave }) {
    Object.assign(this, { list, more, notebook, doing, words, kinds, isClosed, colourOf, likes, tell, leave });
    list.addEventListener("keydown", (event) => this.#press(event));
    this.#listenToDragging();
    more.addEventListener("click", () => this.#showMore());
    new IntersectionObserver(([place]) => { if (place.isIntersecting) this.#showMore(); }, { rootMargin: "400px" }).observe(more);
  }

  // --- Showing ---

  show(changed = new Set()) {
    if (!this.#hasBegun) this.list.replaceChildren(); // the rows that came with the page: from here on they are ours
    this.#hasBegun = true;
    const all = this.notebook.list(this.#deletedHere);
    const entries = all.slice(0, this.#limit);
    const wanted = new Set(entries.map((entry) => entry.key));
    for (const [key, row] of this.#rows) {
      if (wanted.has(key) || key === this.#open?.key) continue;
      row.remove();
      this.#rows.delete(key);
    }
    let next = this.list.firstElementChild;
    for (const entry of entries) {
      let row = this.#rows.get(entry.key);
      if (!row) {
        row = make("li", { className: "entry", tabIndex: -1 });
        row.dataset.key = entry.key;
        this.#rows.set(entry.key, row);
        this.#fill(row, entry);
      } else if (changed.has(entry.key)) this.#fill(row, entry);
      if (row === next) next = next.nextElementSibling;
      else this.list.insertBefore(row, next);
    }
    this.more.hidden = all.length <= this.#limit;
    return all.length;
  }

  showAll() { return this.show(new Set(this.#rows.keys())); }

  #showMore() {
    if (this.more.hidden) return;
    this.#limit += STEP;
    this.show();
  }

  #fill(row, entry) {
    if (this.#open?.key === entry.key) {
      this.#open.form.hear(entry);
      return;
    }
    const focused = row.contains(document.activeElement) ? document.activeElement.dataset.does ?? "" : null;
    row.className = ["entry", entry.deleted && "entry--deleted", entry.isWaiting && "entry--pending", entry.refused !== undefined && "entry--refused"].filter(Boolean).join(" ");
    row.dataset.kind = entry.kind;
    row.dataset.entry = entry.ref;
    row.replaceChildren(...this.#content(entry).filter(Boolean));
    if (focused !== null) (row.querySelector(`[data-does="${focused}"]`) ?? row).focus({ preventScroll: true });
  }

  #content(entry) {
    const { words } = this;
    const isMovable = entry.kind === "contribution" && !entry.deleted && !this.isClosed();
    const head = make("p", { className: "entry-head" },
      make("span", { className: "code", draggable: isMovable, ...(entry.former?.length ? { title: entry.former.join(", ") } : {}) }, entry.ref),
      make("span", { className: `kind kind--${entry.kind}` }, this.kinds[entry.kind]),
      entry.topic && make("span", { className: `topic ${this.colourOf(entry.topic)}` }, make("bdi", {}, entry.topic)),
      entry.several && make("span", { className: "tag tag--muted" }, words.several),
      entry.source === "written" && make("span", { className: "tag tag--muted" }, words.written),
      entry.withheld && make("span", { className: "tag tag--muted" }, words.withheld),
      entry.deleted && make("span", { className: "tag tag--bad" }, words.deleted),
      entry.isWaiting && entry.refused === undefined && make("span", { className: "tag tag--warn", "data-waits": "" }, words.not_sent),
    );
    const origins = new Set([entry, ...entry.merged].flatMap((each) => each.origins));
    const refs = [...origins].map((key) => this.notebook.get(key)?.ref).filter(Boolean);
    const said = make("div", { className: "entry-said" },
      entry.versions?.length > 1 && !entry.deleted ? this.#versions(entry) : make("p", { className: "entry-text" }, entry.text),
      refs.length > 0 && make("p", { className: "entry-from muted" }, say(words.grew_from, { refs: refs.join(", ") })),
      ...entry.merged.map((each) => make("p", { className: "entry-merged" }, make("span", { className: "code" }, each.ref), ` ${each.text} `, !this.isClosed() && button(words.unmerge, { onclick: () => this.doing.unmerge(each.key) }))),
      entry.refused !== undefined && make("p", { className: "field-error", role: "alert" }, say(words.refused, { why: entry.refused })),
      this.#likeness(entry),
    );
    return [head, said, !this.isClosed() && this.#acts(entry)];
  }

  #acts(entry) {
    const { words, doing } = this;
    const named = (text) => [text, make("span", { className: "visually-hidden" }, ` ${entry.ref}`)];
    const acts = make("div", { className: "entry-acts no-print" });
    const discard = () => button(named(words.discard), { "data-does": "discard", onclick: () => doing.takeBack(entry.key) });
    if (entry.deleted) {
      acts.append(entry.refused === undefined ? button(named(words.restore), { "data-does": "restore", onclick: () => doing.restore(entry.key) }) : discard());
      return acts;
    }
    if (entry.refused === undefined) {
      acts.append(make("span", { className: "dots" },
        entry.dots > 0 && button("−", { className: "link-button dot-button", "aria-label": `${words.less} ${entry.ref}`, "data-does": "less", onclick: () => doing.support(entry.key, -1) }),
        entry.dots > 0 && make("span", { className: "dot-count number" }, sayMany(words.dots, entry.dots)),
        button("+", { className: "link-button dot-button", "aria-label": `${words.more_dots} ${entry.ref}`, title: words.more_dots, "data-does": "more", onclick: () => doing.support(entry.key, 1) }),
      ));
    }
    acts.append(button(named(words.edit), { "data-does": "edit", onclick: () => this.edit(entry.key) }));
    if (entry.refused !== undefined) acts.append(discard());
    else acts.append(button(named(words.delete), { "data-does": "delete", onclick: () => this.delete(entry.key) }));
    return acts;
  }

  // Two who did not know of each other wrote different words: somebody chooses.
  #versions(entry) {
    const { words, doing } = this;
    const keep = (text) => doing.edit(entry.key, { text });
    return make("div", { className: "versions", role: "group", "aria-label": `${entry.ref}: ${words.versions}` },
      make("p", { className: "versions-title" }, words.versions),
      ...entry.versions.map((version) => make("div", { className: "version" },
        make("p", { className: "entry-text" }, version.text),
        version.by && make("p", { className: "hint" }, version.by),
        !this.isClosed() && button(words.keep_this, { className: "button button--small", onclick: () => keep(version.text) }),
      )),
      !this.isClosed() && button(words.keep_both, { className: "button button--quiet button--small", onclick: () => keep(entry.versions.map((version) => version.text).join("\n")) }),
    );
  }

  // A quiet mark at what was written here and says nearly what another entry says.
  #likeness(entry) {
    const other = this.likes(entry);
    if (!other || this.isClosed()) return null;
    return make("p", { className: "like" },
      say(this.words.like, { ref: other.ref, text: other.text }), " ",
      button(this.words.merge_them, { "data-does": "merge", onclick: () => this.merge(entry.key, other.key) }),
    );
  }

  // --- Doing ---

  async delete(key) {
    const { ref } = this.notebook.get(key);
    this.#deletedHere.add(key);
    await this.doing.delete(key);
    this.tell(say(this.words.is_deleted, { ref }), true);
  }

  async merge(key, other) {
    const refs = { ref: this.notebook.get(key).ref, other: this.notebook.get(other).ref };
    await this.doing.merge(key, other);
    this.focus(this.notebook.root(key));
    this.tell(say(this.words.is_merged, refs), true);
  }

  edit(key, draft = null) {
    this.#close();
    const entry = this.notebook.get(key);
    const row = this.#rows.get(key);
    if (!entry || !row || entry.deleted || this.isClosed()) return;
    const form = new EntryForm({ entry, draft, notebook: this.notebook, doing: this.doing, words: this.words, kinds: this.kinds, done: () => this.#close(key), merge: (other) => { this.#close(); this.merge(key, other); }, remove: () => { this.#close(); this.delete(key); } });
    this.#open = { key, form };
    row.classList.add("entry--open");
    row.replaceChildren(form.element);
    form.begin();
  }

  #close(focused = null) {
    if (!this.#open) return;
    const { key } = this.#open;
    this.#open = null;
    this.doing.store.keepDraft(this.doing.key, "entry", null);
    this.show(new Set([key]));
    if (focused) this.focus(key);
  }

  focus(key = null) {
    const row = key ? this.#rows.get(key) : this.list.firstElementChild;
    row?.focus();
    return Boolean(row);
  }

  #press(event) {
    const row = event.target;
    if (event.altKey || event.ctrlKey || event.metaKey || !row.matches("li.entry")) {
      if (event.key === "Escape" && !event.defaultPrevented && !this.#open) this.leave();
      return;
    }
    const { key } = row.dataset;
    const isTurned = getComputedStyle(this.list).flexDirection === "column-reverse";
    const moves = { ArrowDown: isTurned ? "previousElementSibling" : "nextElementSibling", ArrowUp: isTurned ? "nextElementSibling" : "previousElementSibling" };
    const does = {
      Enter: () => this.edit(key),
      Delete: () => this.delete(key),
      "+": () => this.doing.support(key, 1),
      "-": () => { if (this.notebook.get(key).dots > 0) this.doing.support(key, -1); },
      Escape: () => this.leave(),
    };
    const entry = this.notebook.get(key);
    if (event.key in moves) row[moves[event.key]]?.focus();
    else if (event.key in does && (event.key === "Escape" || (!this.isClosed() && !entry.deleted && entry.refused === undefined) || event.key === "Enter")) does[event.key]();
    else return;
    event.preventDefault();
  }

  // A contribution is dragged by its number onto a proposal that grew from it.
  #listenToDragging() {
    const target = (event) => event.target.closest("li.entry[data-kind=proposal]");
    this.list.addEventListener("dragstart", (event) => {
      const row = event.target.closest("li.entry");
      if (!row) return;
      event.dataTransfer.setData(DRAGGED, row.dataset.key);
      event.dataTransfer.effectAllowed = "link";
    });
    this.list.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes(DRAGGED) || !target(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "link";
      target(event).classList.add("is-target");
    });
    this.list.addEventListener("dragleave", (event) => target(event)?.classList.remove("is-target"));
    this.list.addEventListener("drop", (event) => {
      const row = target(event);
      const key = event.dataTransfer.getData(DRAGGED);
      if (!row || !key) return;
      event.preventDefault();
      row.classList.remove("is-target");
      if (!this.notebook.get(row.dataset.key).origins.includes(key)) this.doing.link(row.dataset.key, key);
    });
  }
}

export function draggedEntry(event) {
  return event.dataTransfer?.types.includes(DRAGGED) ? event.dataTransfer.getData(DRAGGED) || true : null;
}
