"""Closing the notebook of a session, and opening it again: for staff alone."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from accounts.permissions import Permission, requires, staff
from contributions import checklists, notebooks
from contributions.views.notebooks import Answer, OpenNotebook, get_session, workspace
from core.database import transaction
from core.dates import utc_now


@workspace.get("/tancament")
@requires(Permission.RECORD_CONTRIBUTIONS)
def closing(slug: str, code: str) -> Answer:
    """What is worth a look before the notebook is closed, and the button that closes or reopens it."""
    opened = OpenNotebook(get_session(slug, code))
    notebook = notebooks.find_notebook(opened.session)
    return render_template(
        "contributions/closing.html",
        event=opened.event,
        session=opened.session,
        notebook=opened,
        state=notebook,
        checklist=checklists.check(opened.session, notebook.closed_at if notebook else None),
    )


@workspace.post("/tancament")
@requires(Permission.RECORD_CONTRIBUTIONS)
def close(slug: str, code: str) -> Answer:
    """Close the notebook."""
    session = get_session(slug, code)
    with transaction():
        notebooks.close(session, by=staff(), now=utc_now())
    flash(_("The notebook of %(code)s is closed.", code=session.code), "good")
    return redirect(url_for(".closing", slug=slug, code=code), 303)


@workspace.post("/reobertura")
@requires(Permission.RECORD_CONTRIBUTIONS)
def reopen(slug: str, code: str) -> Answer:
    """Let everybody write in the notebook again."""
    session = get_session(slug, code)
    with transaction():
        notebooks.reopen(session, by=staff(), now=utc_now())
    flash(_("The notebook of %(code)s is open again.", code=session.code), "good")
    return redirect(url_for(".page", slug=slug, code=code), 303)
