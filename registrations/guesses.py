"""What the columns of a file may hold, guessed from their headings and from what stands in them."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from core.sheets import Sheet
from core.tables import fold_heading
from core.text import fold
from events.models import Event
from registrations import questions, systems
from registrations.mappings import AT_SESSION, NOTHING, REPEATED, TO_QUESTION, TO_SESSION, Part, list_sessions
from registrations.models import Registration
from registrations.readers import COLUMNS

_MORE: Mapping[Part, tuple[str, ...]] = {
    Part.FIRST_NAME: ("firstname", "attendee name given name", "attendee first name", "prenom", "vorname"),
    Part.LAST_NAME: ("lastname", "attendee name family name", "attendee last name", "nachname"),
    Part.FULL_NAME: ("attendee name", "nom de l'assistent", "nombre del asistente", "participant name", "participant",
                     "user/name", "assistent", "asistente", "nom del participant", "nombre del participante",
                     "persona", "nom cognoms", "nombre apellidos"),
    Part.REVERSED_NAME: ("cognoms i nom", "cognoms, nom", "apellidos y nombre", "apellidos, nombre", "surname and name",
                         "cognoms nom", "apellidos nombre", "last name first name"),
    Part.EMAIL: ("email", "attendee email", "correu de l'assistent", "correu electrònic de l'assistent",
                 "correo electrónico del asistente", "correo del asistente", "user/email", "contact email", "correu-e",
                 "a/e", "adreça de correu electrònic", "dirección de correo electrónico"),
    Part.ORGANISATION: ("company", "attendee company", "empresa", "affiliation", "afiliació", "afiliación",
                        "user/user group", "associació", "asociación", "servei", "servicio", "entitat/servei",
                        "organització o entitat", "affilιation"),
    Part.LANGUAGE: ("language", "idioma", "llengua", "lengua", "lang", "locale", "order locale",
                    "llengua de contacte", "idioma de contacto"),
    Part.STATE: ("state", "status", "estat", "estado", "registration state", "registration status",
                 "estat de la inscripció", "estado de la inscripción", "situació", "situación"),
    Part.CODE: ("code", "codi", "código", "referència", "referencia", "reference"),
}  # fmt: skip
SPELLINGS: Mapping[str, Part] = {
    **{fold_heading(spelling): Part(name) for name, spellings in COLUMNS.items() for spelling in (name, *spellings)},
    **{fold_heading(spelling): part for part, spellings in _MORE.items() for spelling in spellings},
}
"""The headings that are known, folded, with what stands under them."""

_OWN_ADDRESS = {fold_heading(spelling) for spelling in _MORE[Part.EMAIL] if re.search("assist|asist|attend", spelling)}
_CAME = ("checked in", "check ins", "check in", "attended", "attended (x)", "present", "ha vingut", "ha asistido",
         "ha assistit")  # fmt: skip
_CAME_BEFORE = re.compile(r"^(assist\w*|asist\w*|attend\w*|ha vingut|ha assistit|ha asistido)( a)? ")
_MARKS = "?¿!¡ "
_LEAST_LIKE = 0.86
_LEAST_LETTERS = 5
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def guess(event: Event, sheet: Sheet) -> list[str]:
    """Say what each column may hold; what nobody could tell is left out."""
    if systems.is_indico_import(sheet):
        return list(systems.INDICO_IMPORT)
    columns = [_guess_by_heading(event, heading) for heading in sheet.headings]
    if systems.has_shape_of_pretix(sheet):
        columns = [systems.PRETIX_POSITIONS.get(place, column) for place, column in enumerate(columns)]
    columns = _leave_foreign_codes(event, sheet, columns)
    _tell_full_names(sheet, columns)
    _prefer_own_address(sheet, columns)
    _find_addresses(sheet, columns)
    _leave_spare_names(columns)
    return leave_second_ones(columns)


def _guess_by_heading(event: Event, heading: str) -> str:
    words = fold_heading(heading)
    if not words:
        return NOTHING
    return SPELLINGS.get(words) or _find_session(event, words) or _find_question(event, words) or _find_like(words)


def _find_like(words: str) -> str:
    """Find the known heading that is nearly this one: words that begin alike, and no numbers."""
    if len(words) < _LEAST_LETTERS or any(sign.isdigit() for sign in words):
        return NOTHING
    like = get_close_matches(words, SPELLINGS, n=1, cutoff=_LEAST_LIKE)
    begin_alike = like and [word[0] for word in like[0].split()] == [word[0] for word in words.split()]
    return SPELLINGS[like[0]] if begin_alike else NOTHING


def _find_session(event: Event, words: str) -> str:
    """Find the session that a column is about: its code, its title, or both; in brackets in what forms give."""
    sessions = list_sessions(event)
    if words in _CAME:
        return f"{AT_SESSION}{sessions[0].code}" if len(sessions) == 1 else NOTHING
    bare = _CAME_BEFORE.sub("", words)
    is_past = bare != words or event.is_over(utc_now())
    inside = re.search(r"\[(.+)\]", bare)
    spelled = fold(inside[1]) if inside else bare
    for session in sessions:
        if spelled in {fold(session.code), fold(session.title), fold(f"{session.code} {session.title}")}:
            return f"{AT_SESSION if is_past else TO_SESSION}{session.code}"
    return NOTHING


def _find_question(event: Event, words: str) -> str:
    for question in questions.list_questions(event):
        if fold_heading(question.text).strip(_MARKS) == words.strip(_MARKS):
            return f"{TO_QUESTION}{question.id}"
    return NOTHING


def _leave_foreign_codes(event: Event, sheet: Sheet, columns: list[str]) -> list[str]:
    """Leave out codes that are not of this event: every system has its own."""
    return [
        NOTHING if column == Part.CODE and not _knows_any(event, sheet.list_values(place)) else column
        for place, column in enumerate(columns)
    ]


def _knows_any(event: Event, codes: list[str]) -> bool:
    wanted = [code.upper() for code in codes]
    own = select(Registration.id).where(Registration.event_id == event.id, Registration.code.in_(wanted)).limit(1)
    return bool(codes) and db.session.scalar(own) is not None


def _tell_full_names(sheet: Sheet, columns: list[str]) -> None:
    """Take a column “Name” for whole names when there is none for surnames and most have two words."""
    if Part.FIRST_NAME in columns and not {Part.LAST_NAME, Part.FULL_NAME, Part.REVERSED_NAME}.intersection(columns):
        place = columns.index(Part.FIRST_NAME)
        values = sheet.list_values(place)
        if sum(len(value.split()) > 1 for value in values) * 2 > len(values):
            columns[place] = Part.FULL_NAME


def _prefer_own_address(sheet: Sheet, columns: list[str]) -> None:
    """Where one who buys has an address and one who comes another, take that of who comes, if it is filled in."""
    own = [place for place, heading in enumerate(sheet.headings) if fold_heading(heading) in _OWN_ADDRESS]
    if own and sheet.list_values(own[0]):
        for place, column in enumerate(columns):
            if column == Part.EMAIL and place != own[0]:
                columns[place] = NOTHING


def _find_addresses(sheet: Sheet, columns: list[str]) -> None:
    """Find addresses by what they look like where no heading tells of them."""
    if Part.EMAIL in columns:
        return
    for place, column in enumerate(columns):
        values = sheet.list_values(place)
        if column == NOTHING and values and sum(bool(_ADDRESS.fullmatch(value)) for value in values) * 2 > len(values):
            columns[place] = Part.EMAIL
            return


def _leave_spare_names(columns: list[str]) -> None:
    """Leave out the whole name where its parts are there too: they need not be parted."""
    if Part.FIRST_NAME in columns and Part.LAST_NAME in columns:
        for place, column in enumerate(columns):
            if column in {Part.FULL_NAME, Part.REVERSED_NAME}:
                columns[place] = NOTHING


def leave_second_ones(columns: Sequence[str]) -> list[str]:
    """Leave out what an earlier column holds already."""
    return [
        NOTHING if column not in REPEATED and column in columns[:place] else column
        for place, column in enumerate(columns)
    ]
