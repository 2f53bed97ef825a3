"""`/dev/bustia`: read in the browser the mails that were written to the instance folder. Not there in production."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from flask import Blueprint, Response, abort, render_template

from core import config
from core.mail_transport import mailbox_folder

blueprint = Blueprint("mailbox", __name__, url_prefix="/dev/bustia")


@blueprint.get("")
def mailbox() -> str:
    """Every mail, the newest first."""
    files = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return render_template("mailbox/mailbox.html", mails=[(path.stem, _read(path)) for path in files])


@blueprint.get("/<name>")
def mail(name: str) -> str:
    """One mail: headers, text, and links to its parts."""
    message = _get(name)
    body = message.get_body(("plain",))
    parts = list(enumerate(message.walk()))
    return render_template(
        "mailbox/mail.html", name=name, mail=message, text=body.get_content() if body else "", parts=parts
    )


@blueprint.get("/<name>/<int:number>")
def part(name: str, number: int) -> Response:
    """One MIME part as its own type, sealed off from the site."""
    parts = list(_get(name).walk())
    if number >= len(parts) or parts[number].is_multipart():
        abort(404)
    chosen = parts[number]
    response = Response(chosen.get_payload(decode=True), content_type=chosen.get_content_type() + "; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )
    return response


def _folder() -> Path:
    return mailbox_folder(config.current())


def _get(name: str) -> EmailMessage:
    known = {path.stem: path for path in _folder().glob("*.eml")}
    if name not in known:
        abort(404)
    return _read(known[name])


def _read(path: Path) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert isinstance(message, EmailMessage)  # noqa: S101 - what policy.default makes
    return message
