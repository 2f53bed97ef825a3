"""A small town with everything a page can show, names that try to break a page included."""

import json
from datetime import timedelta
from io import BytesIO

from PIL import Image
from sqlalchemy import select, update

from accounts import logos, passwords
from certificates import roles, rules
from certificates import services as certificates
from certificates.models import CertificateRunItem, CertifiedRole, Outcome, RunKind, RunState
from contributions import capture_links, written
from contributions.models import EntryKind, EntryState
from core.database import db
from core.dates import utc_now
from core.mail import MailState, OutgoingMail, enqueue
from decidim import answer_files
from directory import territory
from directory.models import Neighbourhood
from events import waiting_files
from events.models import Access, Dimension, DocumentKind, EventState, Promotion, SessionFile, SessionKind
from figures import open_data
from messages.models import MessageRecipient, MessageState
from registrations import attendee_files, imports, merging, notifications, services, stays
from registrations.models import (
    Registration,
    RegistrationSource,
    RegistrationState,
    SupportKind,
)
from registrations.readers import AttendeeRow
from registrations.services import Answers
from tests import factories

LONG = "Taller sobre l’acompanyament a les persones nouvingudes i l’accés a l’habitatge als barris del Besòs"
ENDLESS = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2
HOSTILE = "<b>&\"'=1+1 \u202eאב\u202c 😀"
REFUSES = "refuses@example.org"
ATTENDEES = "first_name;last_name;email;sessions\nAda;Pla;ada@example.org;T1\nBruna;Mas;;T2\n"
WORDS = {"ca": {"subject": HOSTILE, "text": f"{HOSTILE} {ENDLESS} {{nom}}\n{{sessions}}\n{{enllaç}}"}}
UNREADABLE = "first_name;last_name;email;sessions\n;;no és cap adreça;T9\n"

SESSIONS = f"Títol;Data;Assistents;URL\n{HOSTILE};11/02/2016;9;\n{ENDLESS[:290]};31/02/2016;-3;javascript:alert(1)\n"


def furnish():
    """Build the town; give what its addresses are made of."""
    territory.load()
    now = utc_now()
    in_a_month = now + timedelta(days=30)
    process = factories.make_process(
        summary="**Repensar** els serveis.", description="# Passos\n\n- un\n- dos\n\n[més](https://example.org)"
    )
    factories.make_process("buit", title="Procés sense jornades")
    past = hold(process, "passada", now - timedelta(days=30))
    coming = hold(process, "oberta", in_a_month)
    coming.neighbourhoods = [db.session.get_one(Neighbourhood, code) for code in ("57", "58", "59")]
    hold(process, "anullada", in_a_month, state=EventState.CANCELLED)
    hold(None, "tancada", in_a_month, state=EventState.CLOSED)
    hold(None, "encara-no", in_a_month, registration_opens_at=now + timedelta(days=9))
    hold(None, "plena", in_a_month, capacity=0)
    hold(None, "esborrany", in_a_month, state=EventState.DRAFT)
    factories.make_event("sense-programa", title=HOSTILE, venue=ENDLESS, starts_at=now, ends_at=in_a_month)
    attended = fill(past, more_people=50)
    registered = fill(coming)
    cancelled = factories.make_registration(
        coming, email="c@example.org", state=RegistrationState.CANCELLED, cancelled_at=now
    )
    forgetful = factories.make_staff("reset@example.org", role="door", active=True)
    return {
        "registered": registered.token,
        "attended": attended.token,
        "cancelled": cancelled.token,
        "certificate": certificates.issue(attended, now=now).code,
        "certificate_id": certify(registered, now).id,
        "mail": send_mail(now),
        "mail_id": write_mails(coming, now),
        "reset": passwords.make_link_token(forgetful),
        "staff_id": forgetful.id,
        "team_id": staff_teams(coming, forgetful).id,
        "registration_id": registered.id,
        "session_id": come_and_go(registered).id,
        "room_id": coming.rooms[0].id,
        "message_id": factories.make_message(coming, texts=WORDS).id,
        "list_id": factories.make_list_profile(coming, ENDLESS[:80], purpose=HOSTILE + ENDLESS, roles=["door"]).id,
        "messages": write_messages(past, now),
        "run_id": factories.make_run(coming, registered).id,
        "runs": run_certificates(past, attended, now),
        **sort(coming),
        **know(),
        "view_id": factories.make_saved_view(coming, ENDLESS[:80], state=["confirmed"], session=["T1"]).id,
        **double(coming, now),
        "act_id": factories.make_bulk_act(coming, registered, cancelled, done_at=now).id,
        **publish_documents(coming, process),
        **open_lists(in_a_month, now),
        **ask(coming),
        "batch_id": bring(coming, now).id,
        **answer(coming, process, now),
        "own": write_own(attended, now).reference,
        "session_batch_id": factories.make_session_batch(coming).id,
        "session_file_id": waiting_files.keep(SessionFile, coming, f"{ENDLESS}.csv", SESSIONS.encode(), now=now).id,
        "file_id": attendee_files.keep(coming, "llista.csv", ATTENDEES.encode(), now=now).id,
        "bad_file_id": attendee_files.keep(coming, f"{ENDLESS}.csv", UNREADABLE.encode(), now=now).id,
    }


def certify(registration, now):
    """Certify what a person will have organised, revoke it with a reason that tries to break a page, issue it anew."""
    event, role = registration.event, CertifiedRole.ORGANISER
    roles.set_role(registration, role, [], by=None, now=now)
    rules.set_signature(event, logos.redraw(draw_picture()), by=None, now=now)
    first = certificates.issue(registration, role=role, now=event.ends_at)
    certificates.revoke(first, HOSTILE + ENDLESS, by=None, now=event.ends_at)
    return certificates.issue_anew(first, by=None, now=event.ends_at)


def draw_picture():
    """A logo or a signature."""
    picture = BytesIO()
    Image.new("RGBA", (640, 200), (10, 90, 99, 200)).save(picture, "PNG")
    return picture.getvalue()


def double(event, now):
    """Two people who may be one, with names that try to break a page, and two who were made one."""
    values = {"first_name": HOSTILE, "last_name": ENDLESS[:120], "created_at": now, "updated_at": now}
    waiting = RegistrationState.WAITING  # the sessions are as full as other pages want them
    one, other, third, fourth = (
        factories.make_registration(
            event, email=f"doble{number}@example.org", organisation=ENDLESS[number:200], state=waiting, **values
        )
        for number in range(4)
    )
    ada = factories.make_staff("fusiona@example.org", name=HOSTILE)
    merged = merging.merge(event, (third.id, fourth.id), {}, by=ada, now=now)
    return {"one_id": one.id, "other_id": other.id, "merge_id": merged.merge_id}


def answer(event, process, now):
    """Publish the open data, and keep files of answers, one with names that try to break a page."""
    open_data.publish(process, by=None, now=now)
    row = {"id": 1, "title": {"ca": HOSTILE + ENDLESS}, "body": {"ca": f"[{event.slug}/T1-P-001]"}, "state": ENDLESS}
    content = json.dumps([row, {"id": 2, "title": {"ca": ENDLESS}}, {"id": HOSTILE}]).encode()
    return {
        "answers_id": answer_files.keep(event, f"{ENDLESS}{HOSTILE}.json", content, now=now).id,
        "process_answers_id": answer_files.keep(process, "export.json", content, now=now).id,
    }


def bring(event, now):
    """Import two people from a file with a name that tries to break a page."""
    rows = [
        AttendeeRow(2, "Zoe", "Zet", "", ENDLESS, None, ("T2",), ()),
        AttendeeRow(3, HOSTILE, ENDLESS, "", "", None, (), ()),
    ]
    return imports.carry_out(event, rows, filename=f"{ENDLESS}{HOSTILE}.csv", by=None, now=now).batch


def publish_documents(event, process):
    """Publish documents with names that try to break a page, one of them for staff alone; give two of their ids."""
    factories.make_document(event, name="x" * 80, title=HOSTILE + ENDLESS, language="es", position=2)
    factories.make_document(event, kind=DocumentKind.REPORT, language="", published_at=None, position=3)
    return {
        "document_id": factories.make_document(event, title=LONG).id,
        "process_document_id": factories.make_document(process).id,
    }


def staff_teams(event, helper):
    """Give the team of every event a logo and people in every state, and this event a helper of its own."""
    team = factories.make_team()
    logos.set_logo(team, logos.redraw(draw_picture()), by=None, now=utc_now())
    for email, values in (
        ("administra@example.org", {"is_administrator": True}),
        ("fora@example.org", {"active": False, "name": HOSTILE}),
        (f"{'llarg' * 12}@example.org", {"name": ENDLESS[:200], "password": "x"}),
    ):
        factories.make_staff(email, role="facilitator", **values)
    factories.join_event(helper, event, role="door")
    return team


def hold(process, slug, starts_at, **values):
    """Make an event with a plenary, two sessions at the same time, a break, and a second day."""
    event = factories.make_event(
        slug,
        process_id=process and process.id,
        title="Jornada de treball sobre la inclusió als barris",
        summary="Un matí per **treballar plegats**.",
        objectives="- Conèixer\n- Compartir",
        description="> Amb *tothom*.\n\n1. Primer\n2. Després",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=1, hours=5),
        **{"capacity": 120, **values},
    )
    room = factories.make_room(event, ENDLESS, capacity=40)
    at = starts_at + timedelta(hours=1)
    factories.make_session(event, "PL", kind=SessionKind.PLENARY, title="Benvinguda", starts_at=starts_at)
    factories.make_session(
        event, "T1", starts_at=at, title=LONG, capacity=20, dimension=Dimension.INTERNAL, room_id=room.id
    )
    factories.make_session(
        event, "T2", starts_at=at, title=HOSTILE, dimension=Dimension.OTHER_AGENTS, facilitators=f"Ada, {ENDLESS}"
    )
    factories.make_session(
        event, "T3", starts_at=at, title=ENDLESS, capacity=0, dimension=Dimension.CITIZENS, facilitators=ENDLESS
    )
    factories.make_session(event, "PA", kind=SessionKind.BREAK, title="Pausa", starts_at=at + timedelta(hours=1))
    factories.make_session(event, "V1", kind=SessionKind.VISIT, title="Visita", starts_at=at + timedelta(days=1))
    return event


def open_lists(starts_at, now):
    """Hold events where people wait, are offered a place, confirm their address or are approved; give their names."""
    waited = hold(None, "amb-llista", starts_at, capacity=1)
    factories.make_session(waited, "TC", title="Sessió cancel·lada", starts_at=starts_at, cancelled_at=now, capacity=3)
    offered = hold(None, "oferiments", starts_at, capacity=1, promotion=Promotion.OFFER)
    approved = hold(None, "per-aprovar", starts_at, access=Access.APPROVAL)
    ask(approved)
    confirmed = hold(None, "per-confirmar", starts_at, confirms_address=True)
    invited = factories.make_invitation(hold(None, "amb-invitacio", starts_at, access=Access.INVITATION))
    first = sign_up(offered, "ada", now, sessions=["T1"])
    session_offered = hold(None, "oferiment-de-sessio", starts_at, promotion=Promotion.OFFER)
    session_offered.sessions[1].capacity = 1
    second = sign_up(session_offered, "ada", now, sessions=["T1"])
    names = {
        "holder": sign_up(waited, "ada", now, sessions=["T1"], waiting=["T3"]).token,
        "waiting": sign_up(waited, "bob", now, sessions=["T2"], waiting=["T3"]).token,
        "session_offered": sign_up(session_offered, "bob", now, sessions=["T2"], waiting=["T1"]).token,
        "offered": sign_up(offered, "bob", now, sessions=["T1"]).token,
        "declined_id": sign_up(approved, "bob", now, sessions=["T1"]).id,
        "approval": sign_up(approved, "ada", now, sessions=["T2"]).token,
        "invitation": invited.token,
        "address": sign_up(confirmed, "ada", now).token,
    }
    services.cancel(first, now=now)
    services.cancel(second, now=now)
    factories.reserve_places(hold(None, "amb-reserves", starts_at, capacity=2), citizens=2)
    return names


def sort(event):
    """Have the team put entries in order, withhold one and publish others; give a topic and a theme."""
    topic = factories.make_topic(event, "Habitatge", names={"es": HOSTILE, "en": ENDLESS})
    theme = factories.make_theme(event, HOSTILE + ENDLESS, topic_id=topic.id)
    session = event.sessions[1]
    for place, (text, title) in enumerate((("Cal obrir a la tarda", ENDLESS), ("Cal obrir a les tardes", HOSTILE))):
        entry = factories.make_entry(session, "proposal", text, topic_name="Habitatge", theme_id=theme.id, title=title)
        entry.state, entry.supports = EntryState.PUBLISHED, place
    factories.make_entry(session, text=HOSTILE, withheld_at=factories.NOW, withheld_reason=HOSTILE, has_conflict=True)
    event.shows_contributions = True
    return {
        "topic_id": topic.id,
        "theme_id": theme.id,
        "snapshot_id": factories.make_snapshot(event, HOSTILE + ENDLESS).id,
        "process_snapshot_id": factories.make_snapshot(event.process, HOSTILE + ENDLESS).id,
    }


def know():
    """Have the directory know an organisation in two networks."""
    networks = [factories.make_network(name, purpose=HOSTILE + ENDLESS) for name in (HOSTILE, ENDLESS[:200])]
    organisation = factories.make_organisation(HOSTILE, ENDLESS[:300], "Altres", networks=tuple(networks))
    return {"organisation_id": organisation.id, "network_id": networks[0].id}


def ask(event):
    """Have the event ask questions, offer supports and invite; give the names of one question and one invitation."""
    factories.offer_supports(event, *SupportKind)
    question = factories.make_question(event, ENDLESS, "one", options=[ENDLESS, "no"])
    factories.make_question(event, HOSTILE, "several", options=["sí", HOSTILE])
    factories.make_question(event, "Amb qui veniu?", "long")
    return {"question_id": question.id, "invitation_id": factories.make_invitation(event, label=ENDLESS).id}


def sign_up(event, name, now, *, sessions=(), waiting=()):
    """Sign somebody up as the form does."""
    answers = Answers(name.capitalize(), ENDLESS, f"{name}@example.org", session_codes=sessions, waiting_codes=waiting)
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=now)


def come_and_go(person):
    """Have somebody go out and come back where exits are recorded; the session."""
    person.event.records_exits = True
    session = person.event.sessions[0]
    hours = [session.starts_at + timedelta(minutes=minutes) for minutes in (5, 20, 40)]
    went_out = stays.write(((hours[0], hours[1]), (hours[2], None)))
    factories.make_attendance(person, session, stays=went_out)
    return session


def fill(event, *, more_people=0):
    """Have people sign up, come and say things; give the registration of one who came."""
    sessions = {session.code: session for session in event.sessions}
    person = factories.make_registration(event, sessions["T1"], first_name="Núria", last_name="Pla & Vila")
    factories.make_attendance(person, sessions["T1"])
    hostile = factories.make_registration(
        event,
        sessions["T2"],
        first_name=HOSTILE,
        last_name=ENDLESS,
        email=f"{'x' * 60}@{'y' * 60}.example.org",
        organisation=HOSTILE + ENDLESS,
    )
    factories.make_attendance(hostile, sessions["T2"])
    for number in range(more_people):
        factories.make_registration(event, email=f"p{number}@example.org", last_name=f"Àvila {number}")
    factories.make_entry(sessions["T1"], text=HOSTILE + ENDLESS, topic_name=ENDLESS)
    factories.make_entry(sessions["T1"], "proposal", topic_name="Habitatge")
    factories.make_entry(sessions["T1"], "proposal", deleted_at=factories.NOW)
    factories.make_entry(sessions["T3"])
    capture_links.create(sessions["T1"], HOSTILE, None, by=None, now=event.starts_at)
    sessions["V1"].declared_participants = 12
    return person


def write_own(person, now):
    """Have somebody who came write a proposal by themselves, and give it; there is still time for more."""
    person.event.writing_days = 60
    (session,) = written.list_sessions(person, now)
    text = f"{HOSTILE}\n{ENDLESS}"
    return written.write(person, session, EntryKind.PROPOSAL, text, is_credited=True, now=now)


def write_mails(event, now):
    """Write mails to somebody that have come so far in each way; give the id of one that was refused."""
    person = factories.make_registration(event, email=REFUSES, last_name=ENDLESS)
    for state in MailState:
        notifications.place_confirmed(person, person.sessions, now=now)
        mail = last_mail()
        mail.state, mail.response, mail.sent_at = state, f"550 5.1.1 {HOSTILE} {ENDLESS}", now
        mail.due_at = now + timedelta(hours=3) if state is MailState.WAITING else None
        mail.attempts = 3
    refused = db.session.scalars(select(OutgoingMail).where(OutgoingMail.state == MailState.REFUSED)).one()
    return refused.id


def run_certificates(event, person, now):
    """Have runs that are in each state, of each kind, of whom one has no address; give their ids."""
    values = {"asked_at": now, "wanted": {"q": HOSTILE + ENDLESS}}
    kinds = [RunKind.MAIL, RunKind.DOCUMENT, RunKind.ARCHIVE, RunKind.DOCUMENT]
    states = [*RunState, RunState.DONE]
    sizes = [None, None, None, 3_100_000, None]
    runs = [
        factories.make_run(event, person, kind=kind, state=state, size=size, finished_at=now, **values)
        for kind, state, size in zip([*kinds, RunKind.ARCHIVE], states, sizes, strict=True)
    ]
    mailed = factories.make_run(
        event, person, person, kind=RunKind.MAIL, state=RunState.DONE, finished_at=now, **values
    )
    outcomes = {mailed.id: Outcome.NO_ADDRESS, runs[3].id: Outcome.LEFT_OUT}
    for run_id, outcome in outcomes.items():
        db.session.execute(
            update(CertificateRunItem).where(CertificateRunItem.run_id == run_id).values(outcome=outcome)
        )
    return [mailed.id, *(run.id for run in runs)]


def write_messages(event, now):
    """Write a draft for nobody, and messages that are on their way, stopped and sent; give their ids."""
    values = {"texts": WORDS, "sent_at": now, "people": 1}
    person = db.session.scalars(select(Registration.id).where(Registration.event_id == event.id)).first()
    sent = [factories.make_message(event, state=state, **values) for state in list(MessageState)[1:]]
    for message in sent[:2]:  # one whose mail is written would have it delivered
        db.session.add(MessageRecipient(message_id=message.id, registration_id=person))
    nobody = factories.make_message(event, wanted={"q": "ningú"}, texts=WORDS)
    gone = factories.make_message(event, wanted={"session": "T9"}, texts=WORDS, with_cancelled=True)
    return [nobody.id, gone.id, *(message.id for message in sent)]


def hold_up_a_mail():
    """Write a mail while the mail server is away: after the others have been delivered, as it would keep them back."""
    now = utc_now()
    notifications.own_link(db.session.scalars(select(Registration).where(Registration.email == REFUSES)).one(), now=now)
    last_mail().held_up_since, last_mail().due_at = now, now + timedelta(minutes=1)


def last_mail():
    db.session.flush()
    return db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()


def send_mail(now):
    """Have a mail delivered; give its name in the mailbox."""
    mail = enqueue(
        kind="test",
        recipient="bob@example.org",
        language="ca",
        subject=HOSTILE,
        text=f"Vegeu https://example.org/{ENDLESS}.",
        html="<p>Hi sou.</p>",
        now=now,
    )
    return mail.message_id.strip("<>")
