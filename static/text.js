// Text on the device: folded as the server folds it (core.text.fold), names for what is made here, words filled in.

const JOINERS = /[·‧•'’`´\-‐‑‒–—.,;:\s]+/gu;
const LETTERS = { đ: "d", ø: "o", ł: "l", æ: "ae", œ: "oe", ħ: "h", ı: "i", ð: "d", þ: "th", ß: "ss", ς: "σ" };
const MARKED = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");

export function fold(text) {
  const lower = text.normalize("NFKC").toLowerCase().replace(/l[·‧•∙⋅]l/gu, "ll");
  const plain = lower.replace(MARKED, (letter) => LETTERS[letter]);
  return plain.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase().replace(JOINERS, " ").trim();
}

// 128 random bits, as the server makes them.
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function say(text, values = {}) {
  return Object.entries(values).reduce((said, [name, value]) => said.replaceAll(`{${name}}`, () => value), text);
}

export function sayMany([one, many], count, values = {}) {
  return say(count === 1 ? one : many, { n: count, ...values });
}
