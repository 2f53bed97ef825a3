// Text at the door: the code in what a reader has read, and what an act is called.

// The last run of letters and digits: of a link the code, also when a reader types it as if on another keyboard
// (`httpsÑ--…-porta-ABCD2345`).
export function lastWord(text) {
  return text.toUpperCase().match(/[A-Z0-9]+(?=[^A-Z0-9]*$)/u)?.[0] ?? "";
}

export function looksLikeCode(text) {
  const typed = text.trim();
  return /^[A-Za-z0-9]{8}$/u.test(typed) && /\d/u.test(typed) ? true : /[/:\-Ñ]{1,2}.*porta.[A-Za-z0-9]{4,16}$/iu.test(typed);
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
