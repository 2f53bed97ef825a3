"""Mails of registrations, written as they would be and read back."""

from sqlalchemy import select

from core.database import db
from core.mail import MailState, OutgoingMail
from registrations import notifications
from tests.factories import NOW


def write(registration, state=MailState.WAITING, response=None, kind="place_confirmed", now=NOW, **values):
    """A mail of a kind to the registration, that has come so far."""
    if kind == "place_confirmed":
        notifications.place_confirmed(registration, registration.sessions, now=now)
    else:
        notifications.own_link(registration, now=now)
    db.session.flush()
    mail = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
    mail.state, mail.response = state, response
    if state is not MailState.WAITING:
        mail.due_at, mail.attempts = None, 1
    if state is MailState.SENT:
        mail.sent_at = now
    for name, value in values.items():
        setattr(mail, name, value)
    db.session.flush()
    return mail


def all_mails():
    db.session.flush()
    db.session.expire_all()
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))
