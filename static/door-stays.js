// From when to when somebody was there, by comings and leavings in any order: the server's rule (registrations/stays.py).
// Of comings without a leaving between them the first counts, of leavings without a coming between them the last.

export function pairStays(moments) {
  const stays = [];
  const inOrder = moments.map(([at, isLeaving]) => [at, Number(isLeaving)]).sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  for (const [at, isLeaving] of inOrder) {
    const last = stays.at(-1);
    if (!isLeaving && (!last || last[1] !== null)) stays.push([at, null]);
    else if (isLeaving && last) last[1] = at;
    else if (isLeaving) stays.push([null, at]);
  }
  return stays;
}
