"""The forms of the workspace: shape and format of what is typed. Times are typed in the zone of the event."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp, ValidationError

from accounts.models import Team
from core.config import LANGUAGES
from core.dates import at_local_time
from core.forms import MISSING, Form, choices_of, line, text
from core.languages import NAMES
from directory import territory
from directory.models import Neighbourhood
from events.documents import DocumentValues
from events.labels import DIMENSIONS, DOCUMENT_KINDS, PROCESS_STATES, SESSION_KINDS
from events.models import Dimension, Document, DocumentKind, Event, Process, ProcessState, Room, Session, SessionKind
from events.values import (
    CODE,
    CODE_LENGTH,
    FACILITATORS_LENGTH,
    LINE_LENGTH,
    MAX_NUMBER,
    ROOM_LENGTH,
    SLUG_LENGTH,
    TEXT_LENGTH,
    URL_LENGTH,
    WEB_ADDRESS,
    EventValues,
    ProcessValues,
    SessionValues,
)

ZONES = ("Europe/Madrid", "Atlantic/Canary", "Europe/Lisbon", "Europe/London", "Europe/Paris", "Europe/Berlin", "UTC")
SLUG_PATTERN = r"[a-z0-9]+(-[a-z0-9]+)*$"

_NONE = SelectChoice("", "—")
_NO_NUMBER = _l("Write a whole number from 0 to %(most)s, or leave it empty.", most=MAX_NUMBER)
_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


def _slug() -> StringField:
    """A field for an address; empty leaves it to the title."""
    wrong = _l("Only small letters without accents, digits and hyphens.")
    return line(_l("Address"), SLUG_LENGTH, Optional(), Regexp(SLUG_PATTERN, message=wrong))


def number_field(label: Any) -> IntegerField:
    """A field for a whole number of places or people; empty is unlimited or unknown, never zero."""
    return WholeNumberField(label, validators=[Optional(), NumberRange(0, MAX_NUMBER, message=_NO_NUMBER)])


def moment_field(label: Any, *, required: bool = False) -> DateTimeLocalField:
    """Make a field for a date and a time."""
    return LocalTimeField(label, format=_FORMATS, validators=[InputRequired(MISSING) if required else Optional()])


class WholeNumberField(IntegerField):  # type: ignore[misc] # WTForms has no types
    """A whole number, refused in our own words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_NO_NUMBER)) from error


class LocalTimeField(DateTimeLocalField):  # type: ignore[misc] # WTForms has no types
    """A date and time as clocks show it, refused in our own words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_l("Write a date and a time, such as 2026-12-03 09:30."))) from error
        if self.data and not 1900 <= self.data.year <= 2200:
            raise ValueError(str(_l("This is not a likely date.")))


class TimedForm(Form):
    """A form with times, which are typed as the clocks of a zone show them."""

    def _check_moments(self, zone: ZoneInfo) -> bool:
        """Note each typed time that the clocks of `zone` skip."""
        is_right = True
        for field in self:
            if isinstance(field, LocalTimeField) and field.data and not field.errors:
                try:
                    at_local_time(field.data, zone)
                except ValueError:
                    field.errors = [*field.errors, str(_l("This time does not exist: the clocks go forward then."))]
                    is_right = False
        return is_right


class OfTeamForm(Form):
    """A form for something that belongs to a team; it asks for the team only where there is a choice."""

    team = SelectField(_l("Team"), coerce=int)

    def offer_teams(self, teams: Sequence[Team], present: Team | None = None) -> Self:
        """Offer `teams` to choose from, with the `present` one chosen; of one there is nothing to choose."""
        self.teams = {each.id: each for each in teams}
        if len(self.teams) < 2:
            del self.team
            return self
        self.team.choices = [SelectChoice(each.id, each.name) for each in teams]
        if present and not self.is_submitted():
            self.team.data = present.id
        return self

    def chosen_team(self) -> Team:
        """The team chosen, or the only one; only after `validate`."""
        return self.teams[self.team.data] if "team" in self else next(iter(self.teams.values()))


class ProcessForm(OfTeamForm):
    """A process."""

    title = line(_l("Title"), LINE_LENGTH, required=True)
    slug = _slug()
    summary = text(_l("Summary"), TEXT_LENGTH)
    description = text(_l("Description"), TEXT_LENGTH)
    state = SelectField(_l("State"), choices=choices_of(PROCESS_STATES))
    is_public = BooleanField(_l("Everybody can see its page"), default=True)

    def values(self) -> ProcessValues:
        """What was typed, the address left out."""
        return {
            "title": self.title.data,
            "summary": self.summary.data,
            "description": self.description.data,
            "state": ProcessState(self.state.data),
            "is_public": self.is_public.data,
        }


class EventForm(OfTeamForm, TimedForm):
    """An event, all of it."""

    title = line(_l("Title"), LINE_LENGTH, required=True)
    slug = _slug()
    process_slug = SelectField(_l("Process"), default="")  # `process` is a method of every form
    starts = moment_field(_l("Starts"), required=True)
    ends = moment_field(_l("Ends"), required=True)
    timezone = SelectField(_l("Time zone"))
    move_sessions = BooleanField(_l("Move the sessions by as much as the start moves"))
    venue = line(_l("Venue"), LINE_LENGTH)
    address = line(_l("Street address"), LINE_LENGTH)
    neighbourhoods = SelectMultipleField(_l("Neighbourhoods"))
    summary = text(_l("Summary"), TEXT_LENGTH)
    objectives = text(_l("Objectives"), TEXT_LENGTH)
    description = text(_l("Description"), TEXT_LENGTH)
    language = SelectField(_l("Language of the event"), choices=[SelectChoice(code, NAMES[code]) for code in LANGUAGES])
    capacity = number_field(_l("Places"))
    registration_opens = moment_field(_l("Registration opens"))
    registration_closes = moment_field(_l("Registration closes"))

    def offer(
        self, processes: Sequence[Process], neighbourhoods: Sequence[Neighbourhood], *, timezone: str
    ) -> "EventForm":
        """Fill in what can be chosen."""
        self.process_slug.choices = [_NONE, *(SelectChoice(each.slug, each.title) for each in processes)]
        self.neighbourhoods.choices = [SelectChoice(each.code, each.name) for each in neighbourhoods]
        self.timezone.choices = [SelectChoice(name, name) for name in dict.fromkeys([timezone, *ZONES])]
        if self.timezone.data is None:
            self.timezone.data = timezone
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then the times in the zone chosen."""
        return super().validate(extra_validators) and self._check_moments(ZoneInfo(self.timezone.data))

    def values(
        self, find_process: Callable[[str], Process | None], neighbourhoods: Sequence[Neighbourhood]
    ) -> EventValues:
        """What was typed, the address left out; only after `validate`."""
        zone = ZoneInfo(self.timezone.data)
        return {
            "title": self.title.data,
            "process": find_process(self.process_slug.data) if self.process_slug.data else None,
            "starts_at": at_local_time(self.starts.data, zone),
            "ends_at": at_local_time(self.ends.data, zone),
            "timezone": zone.key,
            "venue": self.venue.data,
            "address": self.address.data,
            "neighbourhoods": sorted(
                (each for each in neighbourhoods if each.code in (self.neighbourhoods.data or [])),
                key=lambda each: each.name_key,
            ),
            "summary": self.summary.data,
            "objectives": self.objectives.data,
            "description": self.description.data,
            "language": self.language.data,
            "capacity": self.capacity.data,
            "registration_opens_at": _instant(self.registration_opens.data, zone),
            "registration_closes_at": _instant(self.registration_closes.data, zone),
        }

    @classmethod
    def of(cls, event: Event) -> "EventForm":
        """The form as it stands for an existing event; what was posted goes before."""
        zone = event.zone
        return cls(
            data={
                "title": event.title,
                "slug": event.slug,
                "process_slug": event.process.slug if event.process else "",
                "starts": _local(event.starts_at, zone),
                "ends": _local(event.ends_at, zone),
                "timezone": event.timezone,
                "venue": event.venue,
                "address": event.address,
                "neighbourhoods": [each.code for each in event.neighbourhoods],
                "summary": event.summary,
                "objectives": event.objectives,
                "description": event.description,
                "language": event.language,
                "capacity": event.capacity,
                "registration_opens": _local(event.registration_opens_at, zone),
                "registration_closes": _local(event.registration_closes_at, zone),
            }
        )


class CopyForm(OfTeamForm, TimedForm):
    """A copy of an event: what it is called and when it begins."""

    title = line(_l("Title"), LINE_LENGTH, required=True)
    slug = _slug()
    starts = moment_field(_l("Starts"), required=True)

    @classmethod
    def of(cls, event: Event, starts_at: datetime, teams: Sequence[Team]) -> "CopyForm":
        """Propose the same title, for the team of the event or another one of `teams`."""
        form = cls(data={"title": event.title, "starts": _local(starts_at, event.zone)})
        form.zone = event.zone
        return form.offer_teams(teams, event.team if event.team in teams else None)

    @property
    def starts_at(self) -> datetime:
        """When it begins; only after `validate`."""
        return at_local_time(self.starts.data, self.zone)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then the time in the event's zone."""
        return super().validate(extra_validators) and self._check_moments(self.zone)


class SessionForm(TimedForm):
    """A session of an event."""

    title = line(_l("Title"), LINE_LENGTH, required=True)
    code = line(
        _l("Code"),
        CODE_LENGTH,
        Regexp(CODE.pattern + "$", message=_l("Letters, digits, hyphens and dots, without spaces.")),
        required=True,
    )
    kind = SelectField(_l("Kind"), choices=choices_of(SESSION_KINDS))
    dimension = SelectField(
        _l("Dimension"),
        choices=[_NONE, *choices_of(DIMENSIONS)],
        default="",
    )
    starts = moment_field(_l("Starts"), required=True)
    ends = moment_field(_l("Ends"), required=True)
    room = SelectField(_l("Room"), default="")
    new_room = line(_l("Or a new room"), ROOM_LENGTH)
    facilitators = line(_l("Facilitators"), FACILITATORS_LENGTH)
    capacity = number_field(_l("Places"))
    description = text(_l("Description"), TEXT_LENGTH)
    address = line(_l("Street address, if it is held elsewhere"), LINE_LENGTH)
    area = SelectField(_l("District or neighbourhood"), default="")
    declared_participants = number_field(_l("Declared participants"))
    declared_contributions = number_field(_l("Declared contributions"))
    declared_proposals = number_field(_l("Declared proposals"))
    source_url = line(
        _l("Where the figures were published"),
        URL_LENGTH,
        Optional(),
        Regexp(WEB_ADDRESS.pattern + "$", re.IGNORECASE, message=_l("Write a web address that begins with https://.")),
    )

    def offer(self, event: Event) -> "SessionForm":
        """Fill in the rooms of the event."""
        self.zone = event.zone
        self.room.choices = [_NONE, *(SelectChoice(str(room.id), room.name) for room in event.rooms)]
        self.areas: dict[str, tuple[str | None, str | None]] = {"": (None, None)}
        self.area.choices = {"": [_NONE]}
        for each in territory.list_neighbourhoods():
            district = each.district
            if district.name not in self.area.choices:
                whole = _l("all of %(district)s", district=district.name)
                self.area.choices[district.name] = [SelectChoice(district.code, whole)]
                self.areas[district.code] = (district.code, None)
            value = f"{district.code}-{each.code}"
            self.area.choices[district.name].append(SelectChoice(value, each.name))
            self.areas[value] = (district.code, each.code)
        return self

    def fill_in(self, values: Mapping[str, object]) -> None:
        """Propose these values instead of those that are there."""
        for name, value in values.items():
            self[name].data = value

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then the times in the event's zone."""
        return super().validate(extra_validators) and self._check_moments(self.zone)

    def values(self, room: Room | None) -> SessionValues:
        """What was typed; only after `validate`."""
        district_code, neighbourhood_code = self.areas[self.area.data]
        return {
            "code": self.code.data,
            "title": self.title.data,
            "kind": SessionKind(self.kind.data),
            "dimension": Dimension(self.dimension.data) if self.dimension.data else None,
            "starts_at": at_local_time(self.starts.data, self.zone),
            "ends_at": at_local_time(self.ends.data, self.zone),
            "room": room,
            "facilitators": self.facilitators.data,
            "capacity": self.capacity.data,
            "description": self.description.data,
            "address": self.address.data,
            "district_code": district_code,
            "neighbourhood_code": neighbourhood_code,
            "declared_participants": self.declared_participants.data,
            "declared_contributions": self.declared_contributions.data,
            "declared_proposals": self.declared_proposals.data,
            "source_url": self.source_url.data,
        }

    @classmethod
    def of(cls, event: Event, session: Session) -> "SessionForm":
        """The form as it stands for an existing session; what was posted goes before."""
        return cls(
            data={
                "title": session.title,
                "code": session.code,
                "kind": session.kind.value,
                "dimension": session.dimension.value if session.dimension else "",
                "starts": _local(session.starts_at, event.zone),
                "ends": _local(session.ends_at, event.zone),
                "room": str(session.room_id or ""),
                "facilitators": session.facilitators,
                "capacity": session.capacity,
                "description": session.description,
                "address": session.address,
                "area": "-".join(filter(None, (session.district_code, session.neighbourhood_code))),
                "declared_participants": session.declared_participants,
                "declared_contributions": session.declared_contributions,
                "declared_proposals": session.declared_proposals,
                "source_url": session.source_url,
            }
        ).offer(event)


class SessionFileForm(Form):
    """A file with sessions that were held before."""

    file = FileField(_l("File"))

    def validate_file(self, field: Field) -> None:
        """Refuse a form without a file."""
        if not field.data or not field.data.filename:
            raise ValidationError(_l("Choose a file: CSV, XLSX or ODS."))


class RoomForm(Form):
    """A room of an event's venue."""

    name = line(_l("Name"), ROOM_LENGTH, required=True)
    capacity = number_field(_l("How many people fit in"))


class ProgrammeForm(OfTeamForm):
    """A PROGRAMME.toml, chosen as a file or typed."""

    file = FileField(_l("File"))
    text = TextAreaField(_l("Text of the file"))


class DocumentForm(Form):
    """A document of an event or a process, with its file or another one."""

    file = FileField(_l("File"))
    kind = SelectField(_l("What it is"), choices=choices_of(DOCUMENT_KINDS))
    title = line(_l("Title"), LINE_LENGTH)
    language = SelectField(
        _l("Language"),
        choices=[SelectChoice("", _l("several, or none")), *(SelectChoice(code, NAMES[code]) for code in LANGUAGES)],
    )
    is_public = BooleanField(_l("Everybody can see it"))

    def values(self) -> DocumentValues:
        """What was typed, without the file."""
        return {"kind": DocumentKind(self.kind.data), "title": self.title.data, "language": self.language.data}

    @classmethod
    def of(cls, document: Document) -> "DocumentForm":
        """The form as it stands for an existing document; what was posted goes before."""
        return cls(
            data={
                "kind": document.kind.value,
                "title": document.title,
                "language": document.language,
                "is_public": document.is_public,
            }
        )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone).replace(tzinfo=None) if moment else None


def _instant(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at_local_time(local, zone) if local else None
