"""Attendee lists by purpose: which there are, who may take them, and which columns each has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from accounts.models import StaffRole
from registrations.models import (
    Question,
)


class Profile(StrEnum):
    """What an attendee list is for; each shows no more than its purpose needs."""

    DOOR = "door"
    ROOM = "room"
    CATERING = "catering"
    CERTIFICATES = "certificates"
    JUSTIFICATION = "justification"
    FULL = "full"


@dataclass(frozen=True)
class Purpose:
    """A list, what it is for, its columns, and the roles that may take it besides administrators: who needs to know."""

    name: object
    purpose: object
    columns: tuple[str, ...]
    roles: tuple[StaffRole, ...]


# Who takes a list is who does the work it is for. At the door no more is carried away than its screen shows anyhow;
# facilitators learn who comes to a room, one room at a time; numbers name nobody.
PROFILES: Mapping[Profile, Purpose] = {
    Profile.DOOR: Purpose(
        _l("Door"),
        _l("To let in who is expected, also without a network: on paper, with the code of each."),
        ("last_name", "first_name", "organisation", "code"),
        (StaffRole.ORGANISER, StaffRole.DOOR),
    ),
    Profile.ROOM: Purpose(
        _l("Room"),
        _l("For whoever facilitates a session: who is expected in it."),
        ("session", "title", "room", "last_name", "first_name", "organisation"),
        (StaffRole.ORGANISER, StaffRole.FACILITATOR),
    ),
    Profile.CATERING: Purpose(
        _l("Catering"),
        _l("To order coffee and chairs: how many people, without anybody’s name."),
        ("session", "title", "starts_at", "registered", "came"),
        (StaffRole.ORGANISER, StaffRole.FACILITATOR, StaffRole.DOOR, StaffRole.VIEWER),
    ),
    Profile.CERTIFICATES: Purpose(
        _l("Certificates"),
        _l("To answer for the certificates: who came, to what, how long."),
        ("last_name", "first_name", "attended", "hours"),
        (StaffRole.ORGANISER,),
    ),
    Profile.JUSTIFICATION: Purpose(
        _l("Justification"),
        _l("For whoever funds the event: each attendance, and how and by whom it was recorded."),
        (
            "last_name",
            "first_name",
            "organisation",
            "session",
            "title",
            "attendance_source",
            "recorded_by",
            "recorded_at",
        ),
        (StaffRole.ORGANISER,),
    ),
    Profile.FULL: Purpose(
        _l("Everything"),
        _l("To move the registrations to another program or keep a copy. For anything else take one of the others."),
        (
            "first_name",
            "last_name",
            "email",
            "organisation",
            "dimension",
            "state",
            "sessions",
            "waiting",
            "position",
            "attended",
            "code",
            "source",
            "image_consent_at",
            "created_at",
            "cancelled_at",
        ),
        (StaffRole.ORGANISER,),
    ),
}

WITH_EXITS: Mapping[Profile, tuple[str, ...]] = {
    Profile.CERTIFICATES: ("last_name", "first_name", "attended", "stays", "hours"),
    Profile.JUSTIFICATION: (
        *("last_name", "first_name", "organisation", "session", "title", "came_at", "left_at", "hours"),
        *("attendance_source", "recorded_by", "recorded_at"),
    ),
}
"""The columns of a list where an event records when people leave."""

LABELS = Purpose(
    _l("Labels, badges and table cards"),
    _l(
        "To stick on folders, to wear and to stand on tables: each name, or each session, on the sheets that shops"
        " sell."
    ),
    ("first_name", "last_name", "organisation", "code"),
    (StaffRole.ORGANISER,),
)
"""What is printed on sheets of labels, which is no table (`certificates.label_sheets`)."""

PERSON_COLUMNS = PROFILES[Profile.FULL].columns
"""What an own list may show of a person, besides what they answered; supports are never among it."""
ASKED = "question-"
"""What stands before the id of a question in the name of its column."""

HEADINGS: Mapping[str, object] = {
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "email": _l("E-mail"),
    "organisation": _l("Organisation"),
    "dimension": _l("Dimension"),
    "state": _l("State"),
    "sessions": _l("Sessions"),
    "waiting": _l("Waits for"),
    "position": _l("Position in line"),
    "attended": _l("Sessions attended"),
    "code": _l("Code"),
    "source": _l("Source"),
    "image_consent_at": _l("Image consent"),
    "created_at": _l("Registered on"),
    "cancelled_at": _l("Cancelled on"),
    "session": _l("Session"),
    "title": _l("Title"),
    "room": _l("Room"),
    "starts_at": _l("Starts"),
    "registered": _l("Registered"),
    "came": _l("Came"),
    "hours": _l("Hours"),
    "stays": _l("In and out"),
    "came_at": _l("In"),
    "left_at": _l("Out"),
    "attendance_source": _l("Recorded by means of"),
    "recorded_by": _l("Recorded by"),
    "recorded_at": _l("Recorded on"),
    "supports": _l("Supports"),
}


def make_header(columns: Sequence[str], asked: Sequence[Question] = ()) -> list[str]:
    """Give the headings of a list in the language in force; a question is the heading of its answers."""
    texts = {name_column(question): question.text for question in asked}
    return [texts.get(column) or str(HEADINGS[column]) for column in columns]


def name_column(question: Question) -> str:
    """Give the name of the column of a question."""
    return f"{ASKED}{question.id}"
