// What a notebook's acts make of its entries: the same rule as the server's (contributions/entry_rule.py, docs/adr/0029).
// A function of the set of acts: neither their order nor their repetition matters.

const FIELDS = ["text", "kind", "topic", "is_of_several"];

function byTurn(one, other) {
  const [first, second] = [Date.parse(one.at), Date.parse(other.at)];
  return first === second ? (one.key < other.key ? -1 : Number(one.key > other.key)) : first - second;
}

// What these acts have seen, beside themselves.
function allSeen(acts) {
  return new Set(acts.flatMap((act) => (act.seen ?? []).filter((key) => key !== act.key)));
}

// What one entry's acts make of it; nothing before it was written.
export function whatStands(acts) {
  const all = [...new Map(acts.map((act) => [act.key, act])).values()].sort(byTurn);
  const of = (...kinds) => all.filter((act) => kinds.includes(act.kind));
  const written = all.find((act) => act.kind === "write" && act.key === act.entry);
  if (!written) return null;
  const standing = Object.fromEntries(FIELDS.map((name) => [name, standingOf(name, written, of("edit"))]));
  const shown = (name) => standing[name].at(-1)?.sets[name];
  const versions = [...new Map(standing.text.map((act) => [act.sets.text, act])).values()].sort(byTurn);
  const undone = allSeen(of("merge", "unmerge"));
  return {
    key: written.key,
    at: written.at,
    text: shown("text"),
    kind: shown("kind"),
    topic: shown("topic") ?? null,
    is_of_several: shown("is_of_several") ?? false,
    versions,
    deleted: isDeleted(written, standing.text, of("delete"), of("restore")),
    supports: Math.max(0, of("support").reduce((sum, act) => sum + act.change, 0)),
    origins: originsOf(of("link"), of("unlink")),
    merges: of("merge").filter((act) => !undone.has(act.key)),
  };
}

// The acts that set this field and that no other that sets it has seen, the latest last; how it was written if none did.
// Acts that claim to have seen each other can only be made up; then all of them stand.
function standingOf(name, written, edits) {
  const setting = edits.filter((act) => name in (act.sets ?? {}));
  if (!setting.length) return name in (written.sets ?? {}) ? [written] : [];
  const seen = allSeen(setting);
  const standing = setting.filter((act) => !seen.has(act.key));
  return standing.length ? standing : setting;
}

// A deletion holds if nobody restored the entry knowing of it, and if it knew all the words that stand.
function isDeleted(written, texts, deletes, restores) {
  const restored = allSeen(restores);
  const words = texts.map((act) => act.key).filter((key) => key !== written.key);
  const hasSeen = (seen) => words.every((key) => seen.has(key));
  return deletes.some((act) => !restored.has(act.key) && hasSeen(new Set(act.seen)));
}

function originsOf(links, unlinks) {
  const undone = new Set(unlinks.flatMap((each) => (each.seen ?? []).map((key) => `${each.other} ${key}`)));
  const standing = links.filter((link) => link.other && !undone.has(`${link.other} ${link.key}`));
  return [...new Set(standing.map((link) => link.other))].sort();
}

// All entries of a notebook by their keys, each with the one that it was merged into at last, and what it counts there.
export function notebookOf(acts) {
  const byEntry = new Map();
  for (const act of acts) among(byEntry, act.entry).push(act);
  const entries = new Map();
  for (const [key, own] of byEntry) {
    const entry = whatStands(own);
    if (entry) entries.set(key, { ...entry, into: null });
  }
  const own = new Map([...entries].map(([key, entry]) => [key, entry.supports]));
  for (const [key, root] of rootsOf(entries)) {
    entries.get(key).into = root;
    entries.get(root).supports += own.get(key);
  }
  return entries;
}

function among(map, key) {
  if (!map.has(key)) map.set(key, []);
  return map.get(key);
}

// Of two merges of one entry the later one holds; one that would close a circle is passed over, and so is one into an
// entry that was deleted. What was merged otherwise before holds then.
function rootsOf(entries) {
  let waiting = new Map();
  const alive = [...entries.values()].filter((entry) => !entry.deleted);
  for (const act of alive.flatMap((entry) => entry.merges).sort(byTurn)) {
    if (entries.get(act.other)?.deleted === false) among(waiting, act.entry).push(act);
  }
  const above = new Map();
  while (waiting.size) {
    const latest = [...waiting.values()].map((own) => own.pop()).sort(byTurn);
    const passedOver = latest.filter((act) => !isPutUnder(above, act.entry, act.other)).map((act) => act.entry);
    waiting = new Map(passedOver.map((key) => [key, waiting.get(key)]).filter(([, own]) => own.length));
  }
  return [...above.keys()].map((key) => [key, topOf(above, key)]);
}

// `entry`, which is under nothing yet, comes under `other`, unless that is under it.
function isPutUnder(above, entry, other) {
  if (topOf(above, other) === entry) return false;
  above.set(entry, other);
  return true;
}

// The end of the chain, which is shortened for who comes next: long ones would be walked again and again.
function topOf(above, key) {
  let at = key;
  while (above.has(at)) {
    const parent = above.get(at);
    above.set(at, above.get(parent) ?? parent);
    at = above.get(at);
  }
  return at;
}

// The acts that would make an entry what the server says it is: what is done here comes on top of them.
export function actsOf(entry) {
  const { key, at, text, kind, topic, several, versions = [] } = entry;
  const own = (act, name, more) => ({ kind: act, key: `${key} ${name}`, entry: key, at, seen: [], ...more });
  const acts = [{ kind: "write", key, entry: key, at, sets: { text, kind, topic, is_of_several: several } }];
  for (const version of versions) acts.push({ kind: "edit", key: version.act, entry: key, at: version.at, sets: { text: version.text }, seen: [] });
  if (entry.supports) acts.push(own("support", "supports", { change: entry.supports }));
  for (const other of entry.origins ?? []) acts.push(own("link", other, { other }));
  if (entry.into) acts.push(own("merge", "into", { other: entry.into }));
  if (entry.deleted) acts.push(own("delete", "deleted", { seen: versions.map((version) => version.act) }));
  return acts;
}
