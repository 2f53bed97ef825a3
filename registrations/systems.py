"""Other systems whose exports people bring: told by their headings or by their shape."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.sheets import Sheet
from core.tables import fold_heading

_ORDER_CODE = re.compile("[A-Z0-9]{5,6}")


@dataclass(frozen=True)
class System:
    """A system and one of its exports; `signs` are the headings that tell it, each with its translations."""

    name: str
    signs: Sequence[tuple[str, ...]]
    enough: int
    holds_people: bool = True


_ORDER = ("order code", "codi de comanda", "codi de la comanda", "codigo de pedido", "codigo del pedido",
          "bestellnummer", "code de commande")  # fmt: skip
_ATTENDEE = ("attendee name", "nom de l assistent", "nombre del asistente", "nombre de asistente")

DECIDIM_PROPOSALS = System(
    "Decidim",
    (("title/ca", "title/es", "title/en", "title"), ("body/ca", "body/es", "body/en", "body"),
     ("component/id", "author/id", "category/id", "taxonomies", "endorsements", "endorsements/total count"),
     ("state", "published at", "reference", "url")),
    3,
    holds_people=False,
)  # fmt: skip
SYSTEMS = (
    System("pretix", (_ORDER, ("position id", "id de posicio", "id de la posicio", "id de posicion", "positionsnummer"),
                      _ATTENDEE, ("attendee email", "ticket secret", "pseudonymization id", "order locale")), 2),
    System("pretix", (_ORDER, ("checked in", "automatically checked in", "checked out", "registrat", "registrado"),
                      ("product", "producte", "producto"), _ATTENDEE), 3),
    System("alf.io", (("originalprice",), ("paidprice",), ("reservationid",), ("full name",), ("locked",),
                      ("confirmation",)), 3),
    System("Hi.Events", (("public id",), ("short id",), ("check ins",), ("product name",), ("event id",),
                         ("first name",)), 4),
    DECIDIM_PROPOSALS,
    System("Decidim", (("user/name", "user/email"), ("code",), ("id",), ("user/user group", "user/email")), 2),
    System("Indico", (("id",), ("name",), ("registration date", "registration state", "modification date",
                                           "check in date", "checked in", "payment date")), 3),
)  # fmt: skip
_FEWEST = {"Decidim": ("user/name", "user/email", "body/ca", "body/es", "body/en", "body")}
"""Of a system whose other headings are everybody's, one that has to be there."""

INDICO_IMPORT = ("first_name", "last_name", "organisation", "", "", "email")
"""What Indico's own import expects, without headings: first_name, last_name, affiliation, position, phone, email."""
PRETIX_POSITIONS = {2: "", 4: "state", 5: "email"}
"""Where pretix puts what matters, whatever language its headings are in: order code, status, address."""


def recognise(sheet: Sheet) -> System | None:
    """Tell whose export this is, if it is one that is known."""
    headings = {fold_heading(heading) for heading in sheet.headings if heading}
    for system in SYSTEMS:
        signs = sum(not headings.isdisjoint(spellings) for spellings in system.signs)
        if signs >= system.enough and not headings.isdisjoint(_FEWEST.get(system.name, headings)):
            return system
    if is_indico_import(sheet):
        return SYSTEMS[-1]
    return SYSTEMS[0] if has_shape_of_pretix(sheet) else None


def is_indico_import(sheet: Sheet) -> bool:
    """Whether it is a file made for Indico's import: six columns without headings, the address in the last."""
    is_wide_enough = not sheet.has_headings and len(sheet.headings) == len(INDICO_IMPORT)
    return is_wide_enough and _all_like(sheet.list_values(5), re.compile(r"\S+@\S+"))


def has_shape_of_pretix(sheet: Sheet) -> bool:
    """Whether the first columns are those of pretix: one event, order codes, positions, addresses."""
    if len(sheet.headings) < 20:
        return False
    return (
        len(set(sheet.list_values(0))) == 1
        and _all_like(sheet.list_values(2), _ORDER_CODE)
        and _all_like(sheet.list_values(3), re.compile("[0-9]+"))
        and _all_like(sheet.list_values(5), re.compile(r"\S+@\S+"))
    )


def _all_like(values: Sequence[str], pattern: re.Pattern[str]) -> bool:
    return bool(values) and all(pattern.fullmatch(value) for value in values)
