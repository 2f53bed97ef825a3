// How far something has come that takes long. Without this the page is asked for again by its link.
const EVERY = 2000;

async function follow() {
  const shown = document.getElementById("progress");
  if (!shown?.hasAttribute("data-under-way")) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("progress");
      if (answer.ok && fresh) update(shown, fresh);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // there is no network: ask again later
    }
  }
  setTimeout(follow, EVERY);
}

function update(shown, fresh) {
  // While it goes only the numbers change, so that nobody loses the button under their finger.
  if (!fresh.hasAttribute("data-under-way")) {
    fresh.setAttribute("role", "status");
    const had = shown.contains(document.activeElement);
    shown.replaceWith(fresh);
    if (had) focusOn(fresh);
    return;
  }
  for (const part of ["h3", "progress", "ul"]) shown.querySelector(part).replaceWith(fresh.querySelector(part));
}

function focusOn(section) {
  section.tabIndex = -1;
  section.focus();
}

setTimeout(follow, EVERY);
