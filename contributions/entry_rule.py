"""What an entry says, worked out from all that was done to it, by a rule that does not mind in which order it came.

A pure rule over a set of acts, mirrored in `static/capture-rule.js` and tested with it on the same cases
(docs/adr/0029). Each act names what its device had `seen` of the entry; whoever knows an entry knows its `write`. What
was seen is superseded; what was not seen stands beside it. Two different texts that both stand are two versions to
choose from.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from contributions.models import EntryActKind, EntryKind

FIELDS = ("text", "kind", "topic", "is_of_several")


@dataclass(frozen=True)
class Act:
    """One act: which entry it is about, what it sets, and what whoever did it had seen of that entry."""

    key: str
    kind: EntryActKind
    entry: str
    at: datetime
    sets: Mapping[str, Any] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    other: str | None = None
    change: int = 0

    @property
    def turn(self) -> tuple[datetime, str]:
        """Of two acts that did not see each other the later one is shown; the key decides between equals."""
        return self.at, self.key


@dataclass(frozen=True)
class EntrySum:
    """What the acts of one entry come to.

    `versions` are the acts whose different texts all stand, the earliest first; one when nobody disagrees. `supports`
    of an entry that others were merged into holds theirs too. `into` is the entry where a merged one is counted.
    """

    text: str
    kind: EntryKind
    topic: Any
    is_of_several: bool
    supports: int
    origins: frozenset[str]
    written_at: datetime
    deleted_at: datetime | None
    versions: tuple[Act, ...]
    into: str | None = None

    @property
    def has_conflict(self) -> bool:
        return len(self.versions) > 1


def sum_up(acts: Iterable[Act]) -> dict[str, EntrySum]:
    """Give what the acts of a notebook come to, by entry; entries whose `write` has not arrived are left out.

    The acts of part of a notebook are enough, if no entry in it was ever merged with one outside.
    """
    by_entry: dict[str, dict[str, Act]] = {}
    for act in acts:
        by_entry.setdefault(act.entry, {})[act.key] = act
    sums = {entry: _sum_up_one(entry, list(own.values())) for entry, own in by_entry.items() if _is_written(entry, own)}
    alive = {entry for entry, each in sums.items() if each.deleted_at is None}
    roots = _find_roots([act for entry in alive for act in by_entry[entry].values()], alive)
    for entry, root in roots.items():
        sums[root] = replace(sums[root], supports=sums[root].supports + sums[entry].supports)
        sums[entry] = replace(sums[entry], into=root)
    return sums


def _find_roots(acts: Collection[Act], alive: Collection[str]) -> dict[str, str]:
    """Give, for each entry that is merged into another, the one at the end of the chain.

    Of two merges of one entry that both stand the later one holds. One that would close a circle is passed over, and so
    is one into an entry that was deleted: nothing disappears with another. What was merged otherwise before holds then.
    """
    undone = _all_seen(act for act in acts if act.kind in {EntryActKind.UNMERGE, EntryActKind.MERGE})
    merges = [act for act in acts if act.kind is EntryActKind.MERGE and (act.entry, act.key) not in undone]
    waiting: dict[str, list[Act]] = {}
    for act in sorted(merges, key=lambda each: each.turn):
        if act.other in alive:
            waiting.setdefault(act.entry, []).append(act)
    above: dict[str, str] = {}
    while waiting:
        latest = sorted((own.pop() for own in waiting.values()), key=lambda each: each.turn)
        passed_over = [act.entry for act in latest if not _put_under(above, act.entry, str(act.other))]
        waiting = {entry: waiting[entry] for entry in passed_over if waiting[entry]}
    return {entry: _find_top(above, entry) for entry in above}


def _put_under(above: dict[str, str], entry: str, other: str) -> bool:
    """Let `entry`, which is under nothing yet, be under `other`, unless that is under it; give whether it is."""
    if _find_top(above, other) == entry:
        return False
    above[entry] = other
    return True


def _find_top(above: dict[str, str], entry: str) -> str:
    """Give the end of the chain, and shorten it for who comes next: long chains would be walked again and again."""
    while (parent := above.get(entry)) is not None:
        above[entry] = above.get(parent, parent)
        entry = above[entry]
    return entry


def _all_seen(acts: Iterable[Act]) -> set[tuple[str, str]]:
    """What these acts have seen, each of its own entry, beside themselves."""
    return {(act.entry, key) for act in acts for key in act.seen if key != act.key}


def _is_written(entry: str, acts: Mapping[str, Act]) -> bool:
    return entry in acts and acts[entry].kind is EntryActKind.WRITE


def _sum_up_one(entry: str, acts: Collection[Act]) -> EntrySum:
    written = next(act for act in acts if act.key == entry)
    standing = {name: _standing(name, written, acts) for name in FIELDS}
    shown = {name: those[-1].sets[name] for name, those in standing.items() if those}
    versions = {act.sets["text"]: act for act in standing["text"]}
    return EntrySum(
        text=shown["text"],
        kind=shown["kind"],
        topic=shown.get("topic"),
        is_of_several=shown.get("is_of_several", False),
        supports=max(0, sum(act.change for act in acts if act.kind is EntryActKind.SUPPORT)),
        origins=_find_origins(acts),
        written_at=written.at,
        deleted_at=_find_deletion(written, standing["text"], acts),
        versions=tuple(sorted(versions.values(), key=lambda act: act.turn)),
    )


def _standing(name: str, written: Act, acts: Collection[Act]) -> list[Act]:
    """The acts that set this field and that no other that sets it has seen, the latest last; its writing if nobody did.

    Acts that claim to have seen each other can only be made up; then all of them stand.
    """
    edits = [act for act in acts if act.kind is EntryActKind.EDIT and name in act.sets]
    setting = sorted(edits or ([written] if name in written.sets else []), key=lambda act: act.turn)
    seen = {key for _entry, key in _all_seen(setting)}
    return [act for act in setting if act.key not in seen] or setting


def _find_deletion(written: Act, texts: Collection[Act], acts: Collection[Act]) -> datetime | None:
    """When the entry was deleted; None when it stands.

    A deletion holds if nobody restored the entry knowing of it, and if it knew all the words that stand: an edit that
    it did not know of keeps the entry.
    """
    restored = {key for _entry, key in _all_seen(act for act in acts if act.kind is EntryActKind.RESTORE)}
    words = {act.key for act in texts} - {written.key}
    return min(
        (act.at for act in acts if act.kind is EntryActKind.DELETE and act.key not in restored and words <= act.seen),
        default=None,
    )


def _find_origins(acts: Collection[Act]) -> frozenset[str]:
    """The contributions it is linked to: by a link that nobody took back who knew of it."""
    undone = {(act.other, key) for act in acts if act.kind is EntryActKind.UNLINK for key in act.seen}
    return frozenset(
        act.other for act in acts if act.kind is EntryActKind.LINK and act.other and (act.other, act.key) not in undone
    )
