// A link in a mail leads here and the one button does the act: a browser presses it by itself, so that the link is one
// click, while programs that only fetch links from mails change nothing.
const form = document.querySelector("form[data-press]");
if (form && document.visibilityState === "visible") form.requestSubmit();
else document.addEventListener("visibilitychange", () => form?.requestSubmit(), { once: true });
