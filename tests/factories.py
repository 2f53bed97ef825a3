"""Plain functions that make rows with sensible defaults: Ada organises, Bob takes part, Cleo is an outsider."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from accounts.models import StaffMember, StaffRole, Team, TeamMember
from certificates.models import CertificateRun, CertificateRunItem, CertifiedRole, RunKind
from contributions import services as contributions
from contributions import topics
from contributions.models import Entry, EntryKind, Theme, Topic
from contributions.notebooks import Notetaker
from core.database import db
from core.text import address_key, fold, sort_key
from directory import networks, organisations
from directory.models import Network, Organisation
from directory.networks import NetworkValues
from directory.organisations import OrganisationValues
from events.models import (
    Dimension,
    Document,
    DocumentFormat,
    DocumentKind,
    DocumentPiece,
    Event,
    EventMember,
    EventState,
    Process,
    ReservedPlaces,
    Room,
    Session,
    SessionBatch,
)
from figures import snapshots
from figures.models import FigureSnapshot
from messages.models import Message
from registrations import standing
from registrations.models import (
    Answer,
    Attendance,
    AttendanceSource,
    BulkAct,
    BulkActPerson,
    BulkKind,
    ChosenSession,
    Invitation,
    ListProfile,
    OfferedSupport,
    Question,
    QuestionKind,
    Registration,
    RegistrationSource,
    RegistrationState,
    SavedView,
    SupportKind,
    SupportNeed,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
"""The present of the tests; the default event is eleven days later, at 9.30 h in Barcelona."""
EVENT_START = datetime(2026, 12, 3, 8, 30, tzinfo=UTC)


def make_team(name: str = "Equip d’inclusió", **values: object) -> Team:
    team = db.session.scalar(select(Team).where(Team.name == name))
    if team is None:
        team = Team(
            **{
                "name": name,
                "contact_email": "equip@example.org",
                "responsible_body": "Ajuntament de prova",
                "privacy_purpose": "Gestionar la inscripció i l’assistència a la jornada.",
                "privacy_legal_basis": "Missió d’interès públic (art. 6.1.e RGPD).",
                "privacy_rights": "Accés, rectificació, supressió, oposició i limitació.",
                "privacy_url": "https://example.org/privadesa",
                "image_consent_text": "Autoritzo que se’m fotografiï.",
                "signatory_name": "Ada Exemple",
                "signatory_post": "cap de servei",
                **values,
            }
        )
        db.session.add(team)
        db.session.flush()
    return team


def make_staff(
    email: str = "ada@example.org", *, role: str | None = "organiser", team: Team | None = None, **values: object
) -> StaffMember:
    """A member of staff: an administrator, or somebody with this role in a team, or (None) with no role anywhere."""
    is_administrator = role == StaffRole.ADMINISTRATOR
    member = StaffMember(
        **{
            "email": email,
            "fs_uniquifier": secrets.token_hex(16),
            "is_administrator": is_administrator,
            "active": True,
            "created_at": NOW,
            **values,
        }
    )
    db.session.add(member)
    db.session.flush()
    if role and not is_administrator:
        join_team(member, role=role, team=team)
    return member


def join_team(member: StaffMember, *, role: str = "organiser", team: Team | None = None) -> TeamMember:
    """Give somebody a role in a team: in that of every event made here, unless told otherwise."""
    row = TeamMember(team=team or make_team(), staff=member, role=StaffRole(role))
    db.session.add(row)
    db.session.flush()
    db.session.expire(member, ["memberships"])
    return row


def join_event(member: StaffMember, event: Event, *, role: str = "facilitator") -> EventMember:
    """Give somebody a role at this event alone."""
    row = EventMember(event=event, staff=member, role=StaffRole(role))
    db.session.add(row)
    db.session.flush()
    return row


def make_network(name: str = "Xarxa de prova", **values: object) -> Network:
    return networks.add(NetworkValues(name, **values), by=None, now=NOW)


def make_organisation(name: str = "Associació El Pont", *other_names: str, **values: object) -> Organisation:
    """An organisation of the directory, with other names; `networks` and `neighbourhood` as in its values."""
    return organisations.add(OrganisationValues(name, other_names, **values), by=None, now=NOW)


def make_process(slug: str = "impulsem", **values: object) -> Process:
    process = Process(**{"slug": slug, "title": "Impulsem", "team": values.get("team") or make_team(), **values})
    db.session.add(process)
    db.session.flush()
    return process


def make_event(slug: str = "jornada", **values: object) -> Event:
    """A published event on 3 December 2026, 9.30–14 h in Barcelona, open for sign-up, without limit of places."""
    starts_at = values.get("starts_at", EVENT_START)
    event = Event(
        **{
            "slug": slug,
            "team": values.get("team") or make_team(),
            "title": "Jornada de treball",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=4, minutes=30),
            "timezone": "Europe/Madrid",
            "venue": "Centre cívic",
            "address": "carrer Gran, 1, Barcelona",
            "language": "ca",
            "state": EventState.PUBLISHED,
            "created_at": NOW,
            "updated_at": NOW,
            **values,
        }
    )
    db.session.add(event)
    db.session.flush()
    return event


def make_session(event: Event | None = None, code: str = "T1", **values: object) -> Session:
    """A working session from 10 to 11 h of the event's day, without limit of places."""
    event = event or make_event()
    starts_at = values.pop("starts_at", event.starts_at + timedelta(minutes=30))
    session = Session(
        **{
            "event_id": event.id,
            "code": code,
            "title": f"Taller {code}",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=1),
            **values,
        }
    )
    db.session.add(session)
    db.session.flush()
    db.session.expire(event, ["sessions"])
    return session


def make_session_batch(event: Event) -> SessionBatch:
    """An import of sessions, of which none is left."""
    batch = SessionBatch(event_id=event.id, filename="fetes.csv", added=1, done_at=NOW)
    db.session.add(batch)
    db.session.flush()
    return batch


def make_room(event: Event, name: str = "Sala 1", **values: object) -> Room:
    room = Room(event_id=event.id, name=name, **values)
    db.session.add(room)
    db.session.flush()
    return room


def make_document(owner: Event | Process, content: bytes = b"%PDF-1.7\n%%EOF", **values: object) -> Document:
    """A public programme in Catalan, first of all."""
    document = Document(
        **{
            "event_id": owner.id if isinstance(owner, Event) else None,
            "process_id": owner.id if isinstance(owner, Process) else None,
            "kind": DocumentKind.PROGRAMME,
            "language": "ca",
            "name": "programa",
            "format": DocumentFormat.PDF,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "position": 1,
            "published_at": NOW,
            "uploaded_at": NOW,
            **values,
        }
    )
    db.session.add(document)
    db.session.flush()
    db.session.add(DocumentPiece(document_id=document.id, version=document.version, number=0, content=content))
    db.session.flush()
    return document


def make_registration(
    event: Event | None = None,
    *sessions: Session,
    first_name: str = "Bob",
    last_name: str = "Pla",
    email: str = "bob@example.org",
    **values: object,
) -> Registration:
    """A confirmed registration that holds its places, as the sign-up leaves it."""
    event = event or make_event()
    organisation = values.pop("organisation", "Associació de Veïns")
    registration = Registration(
        **{
            "event_id": event.id,
            "token": secrets.token_urlsafe(24),
            "code": secrets.token_hex(4).upper(),
            "state": RegistrationState.CONFIRMED,
            "source": RegistrationSource.PERSON,
            "first_name": first_name,
            "last_name": last_name,
            "sort_key": sort_key(last_name, first_name),
            "search_key": fold(f"{first_name} {last_name} {email} {organisation}"),
            "email": email,
            "email_key": address_key(email) or None,
            "organisation": organisation,
            "organisation_key": sort_key(organisation),
            "language": "ca",
            "created_at": NOW,
            "updated_at": NOW,
            **values,
        }
    )
    db.session.add(registration)
    db.session.flush()
    if registration.is_confirmed:
        event.places_taken += 1
        for session in sessions:
            session.places_taken += 1
            db.session.add(ChosenSession(registration_id=registration.id, session_id=session.id))
    db.session.flush()
    db.session.expire(registration, ["sessions"])
    return registration


def make_question(event: Event, text: str = "D’on veniu?", kind: str = "short", **values: object) -> Question:
    """A question at the end of the form; with `sessions`, only for those who come to them."""
    sessions = values.pop("sessions", [])
    question = Question(
        **{
            "event_id": event.id,
            "text": text,
            "kind": QuestionKind(kind),
            "position": len(db.session.scalars(select(Question.id).where(Question.event_id == event.id)).all()) + 1,
            "is_for_some": bool(sessions),
            **values,
        }
    )
    question.sessions = list(sessions)
    db.session.add(question)
    db.session.flush()
    return question


def make_answer(registration: Registration, question: Question, *words: str) -> Answer:
    answer = Answer(registration_id=registration.id, question_id=question.id, words=list(words))
    db.session.add(answer)
    db.session.flush()
    return answer


def make_support_need(registration: Registration, kind: str = "hearing_loop", details: str = "") -> SupportNeed:
    need = SupportNeed(
        registration_id=registration.id, kind=SupportKind(kind), details=details, consented_at=registration.created_at
    )
    db.session.add(need)
    db.session.flush()
    return need


def offer_supports(event: Event, *kinds: str) -> None:
    db.session.add_all(OfferedSupport(event_id=event.id, kind=SupportKind(kind)) for kind in kinds)
    db.session.flush()


def reserve_places(event: Event, **places: int) -> None:
    """Keep so many places for each group, none of which is taken: `reserve_places(event, citizens=2)`."""
    for dimension, count in places.items():
        db.session.add(ReservedPlaces(event_id=event.id, dimension=Dimension(dimension), places=count))
    event.places_kept += sum(places.values())
    db.session.flush()
    db.session.expire(event, ["reserved_places"])


def make_invitation(event: Event, **values: object) -> Invitation:
    """A link for one person, with no dimension and no end."""
    invitation = Invitation(
        **{
            "event_id": event.id,
            "token": secrets.token_urlsafe(24),
            "label": "Veïns de Gràcia",
            "quota": 1,
            "created_at": NOW,
            **values,
        }
    )
    db.session.add(invitation)
    db.session.flush()
    return invitation


def make_list_profile(event: Event, name: str = "Samarretes", **values: object) -> ListProfile:
    """A list of an event's own: the names of everybody."""
    row = ListProfile(
        **{
            "event_id": event.id,
            "name": name,
            "purpose": "Per repartir samarretes.",
            "columns": ["last_name", "first_name"],
            "wanted": {},
            "roles": [],
            "updated_at": NOW,
            **values,
        }
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_message(event: Event, **values: object) -> Message:
    """A draft to everybody of the event, in Catalan."""
    message = Message(
        **{
            "event_id": event.id,
            "wanted": {},
            "texts": {"ca": {"subject": "Avís per a {nom}", "text": "Hola, {nom}:\n\n{sessions}\n\n{enllaç}"}},
            "created_at": NOW,
            "updated_at": NOW,
            **values,
        }
    )
    db.session.add(message)
    db.session.flush()
    return message


def make_run(event: Event, *people: Registration, **values: object) -> CertificateRun:
    """Certificates for these people in one PDF, asked for and still to be issued."""
    values = {"kind": RunKind.DOCUMENT, "total": len(people), "asked_at": NOW, **values}
    run = CertificateRun(event=event, **values)
    db.session.add(run)
    db.session.flush()
    for position, person in enumerate(people):
        item = {"run_id": run.id, "position": position, "registration_id": person.id}
        db.session.add(CertificateRunItem(**item, role=CertifiedRole.ATTENDEE))
    db.session.flush()
    return run


def make_saved_view(event: Event, name: str = "Confirmades", **query: list[str]) -> SavedView:
    view = SavedView(event_id=event.id, name=name, query=query or {"state": ["confirmed"]}, made_at=NOW)
    db.session.add(view)
    db.session.flush()
    return view


def make_bulk_act(event: Event, *people: Registration, kind: str = "cancel", **values: object) -> BulkAct:
    """Something that was done to these people, who stand as before."""
    act = BulkAct(**{"event": event, "kind": BulkKind(kind), "people": len(people), "done_at": NOW, **values})
    db.session.add(act)
    db.session.flush()
    stands = {key: each.as_json() for key, each in standing.read_standings(people).items()}
    db.session.add_all(
        BulkActPerson(bulk_act_id=act.id, registration_id=each.id, before=stands[each.id], after=stands[each.id])
        for each in people
    )
    db.session.flush()
    return act


def make_attendance(registration: Registration, session: Session, **values: object) -> Attendance:
    attendance = Attendance(
        **{
            "registration_id": registration.id,
            "session_id": session.id,
            "source": AttendanceSource.LIST,
            "recorded_at": NOW,
            **values,
        }
    )
    db.session.add(attendance)
    db.session.flush()
    return attendance


def make_topic(event: Event, name: str = "Habitatge", **values: object) -> Topic:
    """A topic of the event's process, or of the event when it belongs to none."""
    topic = topics.get_or_create(event, name)
    for key, value in values.items():
        setattr(topic, key, value)
    db.session.flush()
    return topic


def make_theme(event: Event, name: str = "Lloguer", **values: object) -> Theme:
    theme = Theme(**{"event_id": event.id, "name": name, **values})
    db.session.add(theme)
    db.session.flush()
    return theme


def make_snapshot(owner: Event | Process, title: str = "Informe") -> FigureSnapshot:
    """The figures of an event or a process, frozen at NOW."""
    return snapshots.take(owner, title, "", by=None, now=NOW)


def make_entry(session: Session, kind: str = "contribution", text: str = "Cal més temps.", **values: object) -> Entry:
    """A contribution of the session under its next number, recorded at NOW."""
    topic_name = values.pop("topic_name", "")
    entry = contributions.record(session, EntryKind(kind), text, topic_name=topic_name, now=NOW)
    if deleted_at := values.pop("deleted_at", None):
        contributions.delete(entry, by=Notetaker(), now=deleted_at)
    for name, value in values.items():
        setattr(entry, name, value)
    db.session.flush()
    return entry
