"""`/salut`: are the database and the mail queue well? For load balancers and monitors."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.database import db
from core.dates import utc_now
from core.mail import MailState, count_by_state, is_leaving

blueprint = Blueprint("health", __name__)


@blueprint.get("/salut")
def salut() -> tuple[Response, int]:
    """200 when every part is well, else 503; JSON with the parts."""
    parts = {"database": _database_is_well()}
    counts: dict[str, int] = {}
    if parts["database"]:
        parts["mail"] = is_leaving(utc_now())
        by_state = count_by_state()
        counts = {state.value: by_state[state] for state in (MailState.WAITING, MailState.REFUSED)}
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
