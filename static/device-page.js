// The page itself, kept on the device so that it opens without a network (static/device-worker.js serves it).

const cacheName = (page) => `jornada-page ${page}`;

export async function keepPage(worker, page) {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(worker, { scope: page });
    const cache = await caches.open(cacheName(page));
    const files = performance.getEntriesByType("resource").map((each) => new URL(each.name))
      .filter((each) => each.origin === location.origin && /^\/(static|fonts)\//u.test(each.pathname))
      .map((each) => each.pathname + each.search);
    const wanted = new Set([...files, page].map((path) => new URL(path, location.origin).href));
    const kept = await cache.keys();
    await Promise.all([...wanted].filter((path) => path.endsWith(page) || !kept.some((each) => each.url === path)).map((path) => cache.add(path)));
    await Promise.all(kept.filter((each) => !wanted.has(each.url)).map((each) => cache.delete(each)));
    document.documentElement.dataset.kept = "";
  } catch { /* without it the page needs the network to be opened; what is open goes on */ }
}

// All pages that were kept of this part of the site.
export async function forgetPages(start) {
  try {
    const names = (await caches.keys()).filter((name) => name.startsWith(cacheName(start)));
    await Promise.all(names.map((name) => forgetPage(name.slice(cacheName("").length))));
  } catch { /* a browser that keeps no pages has none to forget */ }
}

export async function forgetPage(page) {
  try {
    await caches.delete(cacheName(page));
    const registration = await navigator.serviceWorker?.getRegistration(page);
    await registration?.unregister();
  } catch { /* there was none */ }
}
