// Entries offered while one types: by number or by words, the newest first.

import { fold } from "./text.js";

const OFFERED = 8;
const folded = new WeakMap();

function wordsOf(entry) {
  if (!folded.has(entry)) folded.set(entry, fold(`${entry.ref} ${entry.text}`));
  return folded.get(entry);
}

export function findEntries(notebook, typed, { kind = null, but = [] } = {}) {
  const words = fold(typed).split(" ").filter(Boolean);
  const found = [];
  for (const entry of notebook.list()) {
    if ((kind && entry.kind !== kind) || but.includes(entry.key)) continue;
    if (words.every((word) => wordsOf(entry).includes(word))) found.push({ value: entry.key, mark: entry.ref, text: entry.text });
    if (found.length === OFFERED) break;
  }
  return found;
}
