// Entries that say nearly the same, found while one types: words that few entries share weigh more than those of many.
// An index that grows with each entry, so that a key costs little however many there are.

import { fold } from "./text.js";

const LEAST_LETTERS = 3;
const STEM = 6;
const LIKE = 0.55;
const LEAST_SHARED = 2;
const COMMON = 400;
const QUIET = new Set("els les una uns unes amb per que què com del dels des mes més pero però sense sobre entre cada fer cal hem han ser son són hi ha los las con por para una unos del sin este esta the and for with".split(" ").map(fold));

function stemsOf(text) {
  const words = fold(text).split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= LEAST_LETTERS && !QUIET.has(word));
  return new Set(words.map((word) => word.slice(0, STEM)));
}

export class Likeness {
  #stems = new Map();
  #holders = new Map();

  put(key, text) {
    this.drop(key);
    const stems = stemsOf(text);
    this.#stems.set(key, stems);
    for (const stem of stems) {
      if (!this.#holders.has(stem)) this.#holders.set(stem, new Set());
      this.#holders.get(stem).add(key);
    }
  }

  drop(key) {
    for (const stem of this.#stems.get(key) ?? []) this.#holders.get(stem)?.delete(key);
    this.#stems.delete(key);
  }

  #weight(stem) {
    return Math.log(1 + this.#stems.size / (1 + (this.#holders.get(stem)?.size ?? 0)));
  }

  #sum(stems) {
    let sum = 0;
    for (const stem of stems) sum += this.#weight(stem);
    return sum;
  }

  // The key of the entry most like this text, if one is; never `but`.
  find(text, but = null) {
    const stems = stemsOf(text);
    if (stems.size < LEAST_SHARED) return null;
    const shared = new Map();
    for (const stem of stems) {
      const holders = this.#holders.get(stem);
      if (!holders || holders.size > COMMON) continue;
      for (const key of holders) shared.set(key, (shared.get(key) ?? 0) + 1);
    }
    const own = this.#sum(stems);
    let best = null;
    let most = LIKE;
    for (const [key, count] of shared) {
      if (key === but || count < Math.min(LEAST_SHARED, stems.size)) continue;
      const others = this.#stems.get(key);
      let common = 0;
      for (const stem of stems) if (others.has(stem)) common += this.#weight(stem);
      const like = (2 * common) / (own + this.#sum(others));
      if (like > most) [best, most] = [key, like];
    }
    return best;
  }
}
