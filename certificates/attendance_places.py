"""Where the sessions of an attendance report were held: by neighbourhood, if it is known of any."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from certificates.attendance_rows import Attended
from core.database import db
from directory.models import Neighbourhood
from events.models import Session, event_neighbourhood
from figures.figure_reports import Line
from figures.figure_rows import SessionRow

NOT_KNOWN_WHERE = _l("not known where")


def count_places(sessions: Sequence[SessionRow], attended: Sequence[Attended], *, is_public: bool) -> Iterator[Line]:
    """Count the sessions held in each neighbourhood, and the people in them; for publication the sessions alone."""
    places = _group(sessions)
    if not any(places):
        return
    query = select(Neighbourhood.code, Neighbourhood.name).order_by(Neighbourhood.name_key)
    names = {code: name for code, name in db.session.execute(query)}  # noqa: C416 - a Result has keys()
    people: dict[int, set[str]] = defaultdict(set)
    for each in attended:
        people[each.session_id].add(each.person)
    for code, name in (*names.items(), ("", str(NOT_KNOWN_WHERE))):
        if rows := places.get(code):
            yield _count(name, rows, people, is_public=is_public)


def _group(sessions: Sequence[SessionRow]) -> Mapping[str, list[SessionRow]]:
    """Put sessions together by the codes of their neighbourhoods, those of none under an empty one."""
    about: dict[int, list[str]] = defaultdict(list)
    event_ids = {row.session.event_id for row in sessions}
    query = select(event_neighbourhood).where(event_neighbourhood.c.event_id.in_(event_ids))
    for event_id, code in db.session.execute(query):
        about[event_id].append(code)
    places: dict[str, list[SessionRow]] = defaultdict(list)
    for row in sessions:
        places[_find_neighbourhood(row.session, about[row.session.event_id])].append(row)
    return places


def _find_neighbourhood(session: Session, of_event: Sequence[str]) -> str:
    """Find where a session was held: in its own neighbourhood, else in the only one that its event is about."""
    if session.neighbourhood_code:
        return session.neighbourhood_code
    return of_event[0] if len(of_event) == 1 and not session.address else ""


def _count(name: str, rows: Sequence[SessionRow], people: Mapping[int, Collection[str]], *, is_public: bool) -> Line:
    numbers: dict[str, int | None] = {"sessions": len(rows), "participants": None, "attendances": None}
    if any(row.figures.has_participants for row in rows) and not is_public:
        declared = sum(row.figures.declared.participants.count for row in rows)
        present = {person for row in rows for person in people.get(row.session.id, ())}
        numbers["participants"] = len(present) + declared
        numbers["attendances"] = sum(row.figures.attendances for row in rows)
    return Line(name, numbers)
