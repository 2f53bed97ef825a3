"""What search engines read: an event as schema.org JSON-LD. Values in, values out."""

from typing import Any

from core.markup import plain_text
from events.models import Event, EventState, Process, RegistrationStatus, Session, SessionKind

_SCHEMA = "https://schema.org"


def describe_event(event: Event, *, url: str, status: RegistrationStatus) -> dict[str, Any]:
    """Describe a public event with its sessions, its places and its free offer."""
    described = {
        "@context": _SCHEMA,
        "@type": "Event",
        "@id": url,
        "url": url,
        "name": event.title,
        "description": plain_text(event.summary) or None,
        "startDate": event.starts_at.astimezone(event.zone).isoformat(),
        "endDate": event.ends_at.astimezone(event.zone).isoformat(),
        "eventStatus": f"{_SCHEMA}/{'EventCancelled' if event.state is EventState.CANCELLED else 'EventScheduled'}",
        "eventAttendanceMode": f"{_SCHEMA}/OfflineEventAttendanceMode",
        "inLanguage": event.language,
        "isAccessibleForFree": True,
        "location": _place(event),
        "organizer": {"@type": "Organization", "name": event.team.name},
        "maximumAttendeeCapacity": event.capacity,
        "remainingAttendeeCapacity": event.places_left,
        "superEvent": _describe_process(event.process),
        "subEvent": [_describe_session(event, each) for each in event.sessions if each.kind is not SessionKind.BREAK],
        "offers": _offer(event, url, status),
    }
    return _without_empty(described)


def _describe_session(event: Event, session: Session) -> dict[str, Any]:
    place = _place(event)
    if place and session.room:
        place = {**place, "name": ", ".join(part for part in (session.room.name, event.venue) if part)}
    return _without_empty(
        {
            "@type": "Event",
            "name": session.title,
            "startDate": session.starts_at.astimezone(event.zone).isoformat(),
            "endDate": session.ends_at.astimezone(event.zone).isoformat(),
            "location": place,
            "eventStatus": f"{_SCHEMA}/EventCancelled" if session.is_cancelled else None,
        }
    )


def _place(event: Event) -> dict[str, Any] | None:
    """Where it is, or nothing when nobody said: an invented place is worse than none."""
    if not (event.venue or event.address):
        return None
    return _without_empty({"@type": "Place", "name": event.venue or event.address, "address": event.address})


def _offer(event: Event, url: str, status: RegistrationStatus) -> dict[str, Any] | None:
    sold_out = {RegistrationStatus.FULL, RegistrationStatus.WAITING_LIST}
    if status not in {RegistrationStatus.OPEN, RegistrationStatus.NOT_YET_OPEN, *sold_out}:
        return None
    opens_at = event.registration_opens_at
    return _without_empty(
        {
            "@type": "Offer",
            "price": "0",
            "priceCurrency": "EUR",
            "url": url,
            "availability": f"{_SCHEMA}/{'SoldOut' if status in sold_out else 'InStock'}",
            "validFrom": opens_at.astimezone(event.zone).isoformat() if opens_at else None,
        }
    )


def _describe_process(process: Process | None) -> dict[str, Any] | None:
    return {"@type": "EventSeries", "name": process.title} if process and process.is_public else None


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [])}
