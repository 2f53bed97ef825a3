// Before capture.js has arrived: a line that is sent meanwhile waits for it here, instead of loading the page again
// under the fingers of whoever goes on typing. When it cannot come the page works as without script.

(() => {
  let lines = [];

  function hold(event) {
    if (!event.target.matches("[data-line]")) return;
    const { text, kind, topic } = event.target.elements;
    event.preventDefault();
    if (text.value.trim()) lines.push({ text: text.value.trim(), kind: kind.value, topic: topic.value.trim() });
    text.value = "";
  }

  function take() {
    removeEventListener("submit", hold);
    removeEventListener("error", giveUp, true);
    removeEventListener("beforeunload", warn);
    const taken = lines;
    lines = [];
    return taken;
  }

  function giveUp(event) {
    if (event.target !== window && !(event.target instanceof HTMLScriptElement)) return;
    const taken = take();
    const field = document.querySelector("#text");
    if (field && taken.length) field.value = [...taken.map((line) => line.text), field.value].filter(Boolean).join(" · ");
  }

  function warn(event) {
    if (lines.length) event.preventDefault();
  }

  addEventListener("submit", hold);
  addEventListener("error", giveUp, true);
  addEventListener("beforeunload", warn);
  window.takeEarlyLines = take;
})();
