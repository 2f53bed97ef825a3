"""Few people: so few that a number of them would point at somebody (docs/adr/0030)."""

FEWEST = 5
"""Fewer people than these are not told apart in public."""


def is_few(people: int) -> bool:
    """Whether these are so few that they are not told; nobody is not few."""
    return 0 < people < FEWEST
