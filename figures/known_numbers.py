"""The numbers that figures tell, each None where nobody knows it."""

from figures.figures import Figures

OF_PEOPLE = ("participants", "attendances")
OF_ENTRIES = ("contributions", "proposals")
NUMBERS = ("sessions", *OF_PEOPLE, *OF_ENTRIES)


def read_number(figures: Figures | None, name: str) -> int | None:
    """Give a number of some figures; None where it is not known, or where there are no such sessions."""
    if figures is None:
        return None
    is_known = {
        "participants": figures.has_participants,
        "attendances": figures.has_participants,
        "contributions": figures.has_contributions,
        "proposals": figures.has_proposals,
    }
    number: int = getattr(figures, name)
    return number if is_known.get(name, True) else None


def read_numbers(figures: Figures) -> dict[str, int | None]:
    """Give all of them by their names."""
    return {name: read_number(figures, name) for name in NUMBERS}
