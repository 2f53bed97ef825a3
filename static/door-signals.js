// Signs beside colour and words: a sound for each kind of answer, a shake, and a screen that stays on.

const SOUNDS = { good: [[660, 0, 0.12], [880, 0.12, 0.2]], warn: [[440, 0, 0.14], [440, 0.2, 0.14]], bad: [[180, 0, 0.45]] };
const SHAKES = { good: [60], warn: [60, 60, 60], bad: [300] };
const SOUND_KEY = "jornada.door.sound";

let context = null;

export function hasSound() {
  try { return localStorage.getItem(SOUND_KEY) !== "off"; } catch { return true; }
}

export function setSound(isOn) {
  try { localStorage.setItem(SOUND_KEY, isOn ? "on" : "off"); } catch { /* until the page is closed, then */ }
  if (isOn) signal("good");
}

export function signal(kind) {
  if (navigator.userActivation?.hasBeenActive === false) return; // browsers allow neither before the first touch
  navigator.vibrate?.(SHAKES[kind]);
  if (!hasSound()) return;
  try {
    context ??= new AudioContext();
    context.resume();
    for (const [pitch, after, length] of SOUNDS[kind]) beep(pitch, context.currentTime + after, length, kind);
  } catch { /* no sound to be had: colour and words are there */ }
}

function beep(pitch, at, length, kind) {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.type = kind === "bad" ? "sawtooth" : "sine";
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0.25, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + length);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + length);
}

export function keepScreenOn() {
  const ask = () => {
    if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}
