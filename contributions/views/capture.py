"""The page on which what is said in a session is written down.

With script it keeps what is written on the device until the server has it (`contributions.views.devices`); without,
a form records a line at a time.
"""

import secrets
from typing import Any

from flask import redirect, render_template, request, url_for

from contributions import changes, entry_lists, notebooks, services, topics
from contributions.capture_words import page_words
from contributions.forms import LineForm
from contributions.labels import ENTRY_KINDS, ENTRY_KINDS_PLURAL
from contributions.models import Entry, EntryKind, Notebook
from contributions.views.notebooks import Answer, OpenNotebook, both_ways
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.languages import current_language
from core.text import clean_line
from events.labels import DIMENSIONS
from events.models import Session, SessionKind

SHOWN_WHILE_CAPTURING = 100


@both_ways()
def page(opened: OpenNotebook) -> Answer:
    """The page on which what is said in a session is written down, a line at a time."""
    if opened.session.kind is SessionKind.BREAK:
        raise notebooks.NothingSaidInBreak
    kind = request.args.get("kind")
    form = LineForm(
        formdata=None,
        kind=kind if kind in list(EntryKind) else EntryKind.CONTRIBUTION.value,
        topic=clean_line(request.args.get("topic")),
    )
    return _show(opened, form)


@both_ways(methods=("POST",))
def record(opened: OpenNotebook) -> Answer:
    """Record one line."""
    form = LineForm()
    if not form.validate_on_submit():
        return _show(opened, form), 422
    try:
        with transaction():
            entry = services.record(
                opened.session,
                form.entry_kind,
                form.text.data or "",
                topic_name=form.topic.data or "",
                line_id=form.line_id.data or "",
                by=opened.writer(),
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(opened, form), 422
    return redirect(opened.address(kind=entry.kind.value, topic=form.topic.data or None), 303)


def _show(opened: OpenNotebook, form: LineForm) -> str:
    session = opened.session
    shown = entry_lists.list_latest(session, SHOWN_WHILE_CAPTURING)
    counts = entry_lists.count_by_kind(session)
    notebook = notebooks.find_notebook(session)
    form.line_id.data = secrets.token_urlsafe(16)
    return render_template(
        "contributions/capture.html",
        event=opened.event,
        session=session,
        base=opened.address(),
        link=opened.link,
        notebook=notebook,
        late=_count_late(session, notebook),
        settings=_page_settings(opened),
        form=form,
        entries=shown,
        counts=counts,
        closed_by=changes.find_state(session.id).closed_by,
        has_more=sum(counts.values()) > len(shown),
        deleted=_find_deleted(session),
        topics=topics.list_for_event(session.event),
        kinds=ENTRY_KINDS,
        kinds_plural=ENTRY_KINDS_PLURAL,
        dimensions=DIMENSIONS,
    )


def _page_settings(opened: OpenNotebook) -> dict[str, Any]:
    """What the page's script has to know."""
    return {
        "key": str(opened.session.id),
        "page": opened.address(),
        "changes": opened.address("list_changes"),
        "acts": opened.address("acts"),
        "worker": url_for("offline.worker"),
        "zone": opened.event.timezone,
        "language": current_language(),
        "words": page_words(),
    }


def _count_late(session: Session, notebook: Notebook | None) -> int:
    return notebooks.count_late(session, notebook.closed_at) if notebook else 0


def _find_deleted(session: Session) -> Entry | None:
    """Find the entry that was deleted a moment ago, for the page to offer to bring it back."""
    try:
        entry = services.get_entry(session, request.args.get("deleted", ""))
    except NotFoundError:
        return None
    return entry if entry.is_deleted else None
