"""Small cells: numbers of people that would point at somebody, and those from which they could be worked out.

A table of counts has rows and columns that add up: `TOTAL` is the row, and the column, of the sums. Whoever reads it
knows the sums, that nobody is in a cell that says zero, and that somebody is in every other. Of a hidden cell of few
people they must not be able to tell that it has few, however they add and subtract (docs/adr/0030).
"""

import heapq
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import TypeAlias, TypeVar

from core.few_people import FEWEST, is_few

TOTAL = "total"

Cell: TypeAlias = tuple[str, str]
Table: TypeAlias = Mapping[Cell, int]
_Node: TypeAlias = tuple[bool, str]
K = TypeVar("K")


def find_hidden(table: Table, few: Collection[Cell]) -> set[Cell]:
    """Find the cells that are not shown: those of `few` people, and what hides them, as little as may be.

    A cell is hidden when all that is shown would stay as it is with `FEWEST` or more in it: then there is a closed way
    through hidden cells, along rows and columns by turns, on which what one gains the next gives away.
    """
    hidden = {cell for cell in few if table.get(cell)}
    for cell in sorted(hidden):
        hidden.update(_find_cover(table, cell, hidden))
    return hidden


def find_hidden_parts(parts: Mapping[str, int]) -> set[str] | None:
    """Find the parts of a known sum that are not told: those of few people, and as few more as hide them.

    Who knows that nobody is in no hidden part can tell the most that one of them may have: what is hidden, less one for
    each of the others. None when even all of them together would give one of few away: then no part is told.
    """
    hidden = {name for name, people in parts.items() if is_few(people)}
    if not hidden:
        return hidden
    others = sorted((people, name) for name, people in parts.items() if people and name not in hidden)
    for _people, name in others:
        if _is_safe(parts, hidden):
            break
        hidden.add(name)
    return hidden if _is_safe(parts, hidden) else None


def find_told_unions(parts: Mapping[str, int], hidden: Collection[str], unions: Mapping[K, Collection[str]]) -> set[K]:
    """Find which sums of parts can be told besides the parts that are not `hidden`, trying them in their order.

    Who knows the sums knows how many are in those hidden parts that the same sums hold: of few people there must be
    others with them, from which they could have as many as `FEWEST`, with all that is told staying as it is.
    """
    told: set[K] = set()
    alike = [frozenset(hidden)]
    for name, union in unions.items():
        parted = [piece for each in alike for piece in (each.intersection(union), each.difference(union)) if piece]
        if all(_is_safe(parts, each) or not any(is_few(parts[part]) for part in each) for each in parted):
            alike = parted
            told.add(name)
    return told


def _is_safe(parts: Mapping[str, int], hidden: Collection[str]) -> bool:
    """Whether any of the hidden parts could have `FEWEST` people, for all that their sum tells."""
    return len(hidden) > 1 and sum(parts[each] for each in hidden) - (len(hidden) - 1) >= FEWEST


def _find_cover(table: Table, cell: Cell, hidden: Collection[Cell]) -> list[Cell]:
    """Find the closed way through `cell` on which the fewest people have to be hidden yet (Dijkstra, 1959)."""
    needed = max(1, FEWEST - table[cell])
    start, end = (True, cell[0]), (False, cell[1])
    order = count()
    best: dict[_Node, int] = {}
    waiting: list[tuple[int, int, _Node, list[Cell]]] = [(0, next(order), start, [])]
    while waiting:
        cost, _order, node, way = heapq.heappop(waiting)
        if node == end:
            return way
        if best.setdefault(node, cost) < cost or len(way) > len(table):
            continue
        for other in _list_along(table, node):
            loses = node[0] is (_sign(cell) == _sign(other))
            if other == cell or (loses and table[other] <= needed):
                continue
            next_node = (False, other[1]) if node[0] else (True, other[0])
            added = cost + (0 if other in hidden else table[other])
            if added < best.get(next_node, added + 1):
                best[next_node] = added
                heapq.heappush(waiting, (added, next(order), next_node, [*way, other]))
    # There is no such way where not even the sums add up: then nothing tells of anything.
    return list(table)


def _list_along(table: Table, node: _Node) -> Iterator[Cell]:
    """List the cells of a row, or of a column, in which there is somebody."""
    is_row, name = node
    return (cell for cell, people in table.items() if people and cell[0 if is_row else 1] == name)


def _sign(cell: Cell) -> int:
    """How a cell stands in its sums: as a part, or as what the parts add up to."""
    return -1 if (cell[0] == TOTAL) != (cell[1] == TOTAL) else 1
