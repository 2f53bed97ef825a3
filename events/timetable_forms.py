"""The forms of a whole programme: every session in one table, and moving them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, TimeInput

from core.dates import at_local_time
from core.errors import DomainError
from core.forms import MISSING, Form, line, name_version
from events.forms import LocalTimeField, TimedForm, WholeNumberField, moment_field, number_field
from events.models import Event, Room, Session
from events.sessions import SessionEndsBeforeStart, SessionOutsideEvent
from events.values import FACILITATORS_LENGTH, SessionValues

MAX_DAYS = 3660
_CELLS = ("starts", "ends", "room", "capacity", "facilitators")
_NO_HOUR = _l("Write a time, such as 09:30.")


class ChangedMeanwhile(DomainError):
    """Somebody saved between the check of the form and the act."""

    message = _l("Somebody has just changed the programme. Nothing was saved: look at the rows marked below.")


class HourField(LocalTimeField):
    """A time of the one day of an event, typed as an hour."""

    widget = TimeInput()

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)
        self.day = day

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([f"{self.day}T{typed.replace('.', ':')}" for typed in valuelist if typed])
        except ValueError as error:
            raise ValueError(str(_NO_HOUR)) from error

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if self.data else ""


@dataclass(frozen=True)
class Row:
    """The fields of one session, by what they say of it; `was` tells what was shown before anybody typed."""

    session: Session
    cells: Mapping[str, Field]
    was: Field

    @property
    def typed(self) -> tuple[Any, ...]:
        """What the fields hold now."""
        return tuple(self.cells[name].data for name in _CELLS)


class TimetableForm(TimedForm):
    """Times, rooms, places and facilitators of several sessions of one event.

    Only what was typed is written: a row that nobody touched stays as it stands by then, and one that somebody else has
    changed meanwhile is refused once, with what was typed.
    """

    rows: Sequence[Row]

    @classmethod
    def of(cls, event: Event, sessions: Collection[Session]) -> Self:
        """Make a form for these sessions as they stand; what was posted goes before."""
        fields: dict[str, Any] = {}
        data: dict[str, Any] = {}
        for session in sessions:
            made = _make_fields(event, session)
            fields |= {f"{name}_{session.id}": field for name, field in made.items()}
            shown = _show(event, session)
            data |= {f"{name}_{session.id}": value for name, value in zip(_CELLS, shown, strict=True)}
            data[f"was_{session.id}"] = name_version(shown)
        form = type(cls.__name__, (cls,), fields)(data=data)
        form.event = event
        form.rows = [
            Row(each, {name: form[f"{name}_{each.id}"] for name in _CELLS}, form[f"was_{each.id}"]) for each in sessions
        ]
        return form  # type: ignore[no-any-return] # a class that was made just now

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then each row that was touched against the event and against who else was here."""
        are_right = [super().validate(extra_validators), self._check_moments(self.event.zone)]
        are_right += [self._check_row(row) for row in self._list_touched()]
        return all(are_right)

    def values(self, rooms: Mapping[str, Room]) -> Iterator[tuple[Session, SessionValues]]:
        """What was typed in the rows that somebody touched; only after `validate`."""
        zone = self.event.zone
        for row in self._list_touched():
            starts, ends, room, capacity, facilitators = row.typed
            yield (
                row.session,
                {
                    "starts_at": at_local_time(starts, zone),
                    "ends_at": at_local_time(ends, zone),
                    "room": rooms.get(room),
                    "capacity": capacity,
                    "facilitators": facilitators,
                },
            )

    def check_again(self) -> None:
        """Look at the rows once more, the event's row being held by now; raises ChangedMeanwhile."""
        are_right = [self._check_row(row) for row in self._list_touched()]
        if not all(are_right):
            raise ChangedMeanwhile

    def _list_touched(self) -> list[Row]:
        return [row for row in self.rows if name_version(row.typed) != row.was.data]

    def _check_row(self, row: Row) -> bool:
        starts, ends = row.cells["starts"], row.cells["ends"]
        present = name_version(_show(self.event, row.session))
        if present not in {row.was.data, name_version(row.typed)}:
            row.was.data, row.was.raw_data = present, None
            starts.errors = [
                *starts.errors,
                str(_l("Somebody has changed this session meanwhile. Look at it, and save again if yours is to stay.")),
            ]
            return False
        if starts.errors or ends.errors or not (starts.data and ends.data):
            return False
        zone = self.event.zone
        if ends.data <= starts.data:
            ends.errors = [*ends.errors, str(SessionEndsBeforeStart())]
            return False
        outside = at_local_time(starts.data, zone) < self.event.starts_at
        if outside or at_local_time(ends.data, zone) > self.event.ends_at:
            wrong = starts if outside else ends
            wrong.errors = [*wrong.errors, str(SessionOutsideEvent())]
            return False
        return True


class MoveForm(Form):
    """By how much what is moved."""

    what = RadioField(
        _l("What moves"),
        choices=[
            SelectChoice("event", _l("The whole event, with all its sessions")),
            SelectChoice("sessions", _l("Only these sessions, within the event")),
        ],
        default="event",
    )
    sessions = SelectMultipleField(_l("Sessions"), option_widget=CheckboxInput())
    direction = SelectField(
        _l("Which way"), choices=[SelectChoice("later", _l("later")), SelectChoice("earlier", _l("earlier"))]
    )
    days = WholeNumberField(
        _l("Days"),
        validators=[Optional(), NumberRange(0, MAX_DAYS, message=_l("At most %(most)d days.", most=MAX_DAYS))],
    )
    hours = WholeNumberField(_l("Hours"), validators=[Optional(), NumberRange(0, 23, message=_l("From 0 to 23."))])
    minutes = WholeNumberField(_l("Minutes"), validators=[Optional(), NumberRange(0, 59, message=_l("From 0 to 59."))])

    @classmethod
    def of(cls, event: Event) -> Self:
        """Offer the sessions of the event, all of them chosen."""
        form = cls(data={"sessions": [session.code for session in event.sessions]})
        form.sessions.choices = [
            SelectChoice(session.code, f"{session.code} · {session.title}") for session in event.sessions
        ]
        return form

    @property
    def step(self) -> timedelta:
        """By how much; only after `validate`."""
        step = timedelta(days=self.days.data or 0, hours=self.hours.data or 0, minutes=self.minutes.data or 0)
        return -step if self.direction.data == "earlier" else step

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that something moves by something."""
        if not super().validate(extra_validators):
            return False
        if not self.step:
            self.days.errors = [*self.days.errors, str(_l("Say by how much."))]
            return False
        if self.what.data == "sessions" and not self.sessions.data:
            self.sessions.errors = [*self.sessions.errors, str(_l("Choose at least one session."))]
            return False
        return True


def _make_fields(event: Event, session: Session) -> dict[str, Field]:
    """The fields of a row; each label names its session, for lists of errors and for who only hears the table."""

    def label(name: Any) -> str:
        return f"{session.code} · {name}"

    def time(name: Any) -> Field:
        if not event.is_one_day:
            return moment_field(label(name), required=True)
        day = event.starts_at.astimezone(event.zone).date()
        return HourField(label(name), day=day, validators=[InputRequired(MISSING)])

    rooms = [SelectChoice("", "—"), *(SelectChoice(str(room.id), room.name) for room in event.rooms)]
    return {
        "starts": time(_l("Starts")),
        "ends": time(_l("Ends")),
        "room": SelectField(label(_l("Room")), choices=rooms),
        "capacity": number_field(label(_l("Places"))),
        "facilitators": line(label(_l("Facilitators")), FACILITATORS_LENGTH),
        "was": HiddenField(),
    }


def _show(event: Event, session: Session) -> tuple[Any, ...]:
    """What the fields of a session hold as it stands."""
    starts, ends = (
        moment.astimezone(event.zone).replace(tzinfo=None, second=0, microsecond=0, fold=0)
        for moment in (session.starts_at, session.ends_at)
    )
    return (
        starts,
        ends,
        str(session.room_id or ""),
        session.capacity,
        session.facilitators,
    )
