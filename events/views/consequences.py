"""Acts that concern people: what each will mean is shown before it is done, and whom it told is said afterwards."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.models import StaffMember
from accounts.permissions import staff
from core.database import transaction, undo
from core.dates import utc_now
from core.errors import DomainError
from core.forms import Form, form_page
from events.acts import followed
from events.models import Event, Session
from events.signals import Consequence, count_told
from events.views.workspace import Answer

Subject = TypeVar("Subject", Event, Session)


def edit(
    template: str,
    form: Form,
    event: Event,
    save: Callable[[StaffMember, datetime], object],
    *,
    then: Callable[[], str],
    **context: object,
) -> Answer:
    """The page of a form that changes an event: what it means for people is seen and agreed to before it is saved.

    `save` is called in the transaction that says what follows, `then` gives the way to go on when it is done.
    """
    if "back" in request.form:  # to be corrected after its consequences were seen, which is no mistake
        return render_template(template, form=form, event=event, **context)
    if form.validate_on_submit():
        by, now = staff(), utc_now()
        try:
            with transaction():
                with followed(event, by=by, now=now) as consequences:
                    save(by, now)
                is_done = _keep_if_agreed(consequences)
        except DomainError as error:
            form.refuse(error)
        else:
            if not is_done:
                return _show(event, consequences)
            say_done(_("Saved."), consequences)
            return redirect(then(), 303)
    return form_page(template, form, event=event, **context)


def act(  # noqa: PLR0913 - the act, on what, and what one sees before and after
    template: str,
    event: Event,
    do: Callable[..., object],
    subject: Subject,
    *,
    done: str,
    then: str,
    **context: object,
) -> Answer:
    """The page that says what an act will mean for people and asks for it once; asked for, it is done."""
    if request.method == "GET":
        consequences = _foresee(event, do, subject)
        told = count_told(consequences)
        return render_template(template, event=event, consequences=consequences, told=told, **context)
    by, now = staff(), utc_now()
    with transaction(), followed(event, by=by, now=now) as consequences:
        do(subject, by=by, now=now)
    say_done(done, consequences)
    return redirect(then, 303)


def say_done(message: str, consequences: Sequence[Consequence]) -> None:
    """Say that it is done, and how many are told."""
    told = count_told(consequences)
    if told:
        sentence = ngettext(
            "%(num)d person is told by mail in the next minutes.",
            "%(num)d people are told by mail in the next minutes.",
            told,
        )
        message = f"{message} {sentence}"
    flash(message, "good")


def _keep_if_agreed(consequences: Sequence[Consequence]) -> bool:
    """Whether the act stays done: it concerns nobody, or the organiser has seen whom. Else it is undone."""
    if not consequences or "agreed" in request.form:
        return True
    undo()
    return False


def _show(event: Event, consequences: Sequence[Consequence]) -> str:
    """What the act will mean for people, with all that was typed, to be sent again."""
    left_out = {"csrf_token", "agreed", "back"}
    return render_template(
        "events/consequences.html",
        event=event,
        consequences=consequences,
        told=count_told(consequences),
        typed=[(name, value) for name, value in request.form.items(multi=True) if name not in left_out],
    )


def _foresee(event: Event, do: Callable[..., object], subject: Subject) -> list[Consequence]:
    """What an act would mean for people: it is done, and undone. Nothing when it would be refused."""
    by, now = staff(), utc_now()
    try:
        with transaction():
            with followed(event, by=by, now=now) as consequences:
                do(subject, by=by, now=now)
            undo()
    except DomainError:
        return []
    return consequences
