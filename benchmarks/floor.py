"""The floor of a sign-up and of a page: bare Flask and SQLAlchemy Core doing the same transaction, without any page."""

import os
import secrets
from datetime import UTC, datetime

from flask import Flask, request
from sqlalchemy import Connection, create_engine, insert, update

from core.config import load
from core.database import engine_options
from core.mail import MailState, OutgoingMail
from events.models import Event, Session
from registrations.models import ChosenSession, Registration, RegistrationSource, RegistrationState

PAGE = "<!doctype html><title>Jornada</title>" + "<p>Una pàgina.</p>" * 400


def create_app() -> Flask:
    """A page of text, and a sign-up that is one transaction and nothing else."""
    app = Flask(__name__)
    options = engine_options(load(os.environ).database_url)
    engine = create_engine(options.pop("url"), **options)

    @app.get("/")
    def page() -> str:
        return PAGE

    @app.post("/signup")
    def signup() -> str:
        now = datetime.now(UTC)
        email = request.form["email"]
        with engine.begin() as database:
            chosen = sorted(int(number) for number in request.form.getlist("sessions"))
            for session_id in chosen:
                _take(database, Session, session_id)
            event_id = int(request.form["event"])
            _take(database, Event, event_id)
            registration_id = database.execute(
                insert(Registration)
                .values(
                    event_id=event_id,
                    token=secrets.token_urlsafe(24),
                    code=secrets.token_hex(4),
                    email=email,
                    state=RegistrationState.CONFIRMED,
                    source=RegistrationSource.PERSON,
                    first_name="Bob",
                    last_name="Pla",
                    sort_key="pla bob",
                    search_key="bob pla",
                    email_key=email,
                    language="ca",
                    created_at=now,
                    updated_at=now,
                )
                .returning(Registration.id)
            ).scalar_one()
            database.execute(
                insert(ChosenSession), [{"registration_id": registration_id, "session_id": n} for n in chosen]
            )
            database.execute(
                insert(OutgoingMail).values(
                    kind="place_confirmed",
                    state=MailState.WAITING,
                    recipient=email,
                    language="ca",
                    subject="Hi sou",
                    text=PAGE[:2000],
                    html=PAGE[:4000],
                    message_id=secrets.token_hex(16),
                    created_at=now,
                    due_at=now,
                )
            )
        return "ok"

    return app


def _take(database: Connection, model: type[Event] | type[Session], key: int) -> None:
    """The same guarded statement that the product uses."""
    taken = database.execute(
        update(model)
        .where(model.id == key, (model.capacity.is_(None)) | (model.places_taken < model.capacity))
        .values(places_taken=model.places_taken + 1)
        .returning(model.id)
    ).scalar_one_or_none()
    if taken is None:
        raise RuntimeError("no place left")
