"""`/salut`: are the database and the mail queue well? For load balancers and monitors."""

from datetime import timedelta

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.database import db
from core.dates import utc_now
from core.mail import MailState, count_by_state, find_oldest_due

blueprint = Blueprint("health", __name__)

MAIL_MAY_WAIT = timedelta(minutes=10)


@blueprint.get("/salut")
def salut() -> tuple[Response, int]:
    """200 when every part is well, else 503; JSON with the parts."""
    parts = {"database": _database_is_well()}
    counts: dict[str, int] = {}
    if parts["database"]:
        now = utc_now()
        oldest = find_oldest_due(now)
        parts["mail"] = oldest is None or now - oldest < MAIL_MAY_WAIT
        counts = {state.value: count for state, count in count_by_state().items() if state is not MailState.SENT}
    well = all(parts.values())
    body = {
        "status": "ok" if well else "failing",
        "parts": {name: "ok" if is_well else "failing" for name, is_well in parts.items()},
        "mail": counts,
    }
    return jsonify(body), 200 if well else 503


def _database_is_well() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
