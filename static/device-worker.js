// Serves one page (the door, a session's capture), and nothing of anybody, when there is no network. One cache for each.

const scope = new URL(self.registration.scope).pathname;
const name = `jornada-page ${scope}`;
const PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate" && address.pathname === scope) event.respondWith(page(request, scope));
  else if (address.pathname.startsWith("/static/") || address.pathname.startsWith("/fonts/")) event.respondWith(file(request, address));
});

// The page of today if the network gives it soon, else the one that was kept.
async function page(request, path) {
  const kept = await (await caches.open(name)).match(path);
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE_MS));
  return Promise.race([fetch(request).then((answer) => (answer.status >= 500 ? kept : answer)).catch(() => kept), late]);
}

async function file(request, address) {
  const cache = await caches.open(name);
  const kept = await cache.match(request);
  if (kept && (address.searchParams.has("v") || address.pathname.startsWith("/fonts/"))) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (problem) {
    if (kept) return kept;
    throw problem;
  }
}
