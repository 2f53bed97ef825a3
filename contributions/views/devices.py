"""What the script of the capture page sends and asks for: acts, each accepted once, and what the others wrote."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from contributions import changes, notebooks, splits
from contributions.reports import MAX_BYTES, Batch, read_batch, read_since
from contributions.views.notebooks import Answer, OpenNotebook, as_json, both_ways, refuse
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, InputError
from core.languages import current_language


@both_ways("/canvis")
def list_changes(opened: OpenNotebook) -> Answer:
    """What has changed in the notebook since the device last asked."""
    return as_json(_read_changes(opened, read_since(request.args.get("since"))))


@both_ways("/actes", methods=("POST",), is_always_answered=True)
def acts(opened: OpenNotebook) -> Answer:
    """Take what a device wrote; what was written before a link ended may still arrive for a while."""
    now, link = utc_now(), opened.link
    if link and not link.may_send(now):
        return refuse(opened, opened.find_reason_closed(), 403)
    data = request.get_data()
    if len(data) > MAX_BYTES:
        return as_json({"reason": "too_much"}, 413)
    try:
        batch = read_batch(data, now=now)
    except InputError:
        return as_json({"reason": "unreadable"}, 400)
    answers = _accept(opened, batch)
    told = {} if opened.find_reason_closed() else _read_changes(opened, batch.since)
    return as_json({**told, "answers": answers})


def _accept(opened: OpenNotebook, batch: Batch) -> dict[str, dict[str, str]]:
    """Accept a batch, and say for each of its acts what came of it."""
    link = opened.link
    in_time = [report for report in batch.reports if link is None or report.happened_at < link.expires_at]
    messages = dict.fromkeys((report.key for report in batch.reports), _("The link had expired when this was written."))
    messages |= batch.refused
    try:
        with transaction():
            doubling = splits.find_doubling(opened.session, in_time)
            messages |= {key: str(refusal) for key, refusal in doubling.items()}
            rest = [report for report in in_time if report.key not in doubling]
            accepted = notebooks.accept(opened.session, rest, by=opened.writer(batch.device), now=utc_now())
    except DomainError as refusal:
        accepted, messages = {}, dict.fromkeys(messages, str(refusal))
    answers = {key: {"outcome": "refused", "message": message} for key, message in messages.items()}
    return answers | {key: {"outcome": outcome.value} for key, outcome in accepted.items()}


def _read_changes(opened: OpenNotebook, since: int) -> dict[str, Any]:
    told = changes.read_changes(opened.session, since, base=opened.address(), language=current_language())
    return told | {"csrf_token": generate_csrf(), "clock": utc_now().isoformat()}
