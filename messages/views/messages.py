"""Messages to the people of a list: written, looked at as three of them get it, tried on oneself, sent, stopped."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, requires, staff
from core.database import MAX_ID, transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.forms import form_page
from core.languages import NAMES as LANGUAGE_NAMES
from core.text import clean_line
from core.web import frame_mail
from events import services as events
from events.models import Event, EventState
from messages import audiences, mails, services
from messages.audiences import Audience
from messages.forms import MessageForm
from messages.labels import FIELDS, STATES
from messages.models import Message, MessageState
from messages.services import Confirmed
from messages.texts import NAMES as FIELD_NAMES
from messages.texts import SUBJECT_LENGTH, TEXT_LENGTH
from registrations import attendees
from registrations.attendees import Filter
from registrations.filter_addresses import keep_filter, read_filter, say_filter
from registrations.models import Registration

blueprint = Blueprint("registrations_messages", __name__, url_prefix="/gestio/jornades/<slug>/missatges")

Answer = str | tuple[str, int] | BaseResponse


@blueprint.get("", endpoint="messages")
@requires(Permission.WRITE_TO_PEOPLE)
def show_list(slug: str) -> str:
    """Every message with how far it has come."""
    event = events.get_event(slug)
    found = services.list_messages(event)
    return render_template(
        "messages/messages.html",
        event=event,
        found=found,
        progress=mails.count_progress(found),
        lists={message.id: _say_list(event, message) for message in found},
        subject_of=_subject_of,
        states=STATES,
    )


@blueprint.route("/nou", methods=["GET", "POST"])
@requires(Permission.WRITE_TO_PEOPLE)
def create(slug: str) -> Answer:
    """Write to the people of the list that the address asks for; it may begin with the texts of an earlier message."""
    event = events.get_event(slug)
    wanted = read_filter(event, request.args)
    earlier = request.args.get("text_of", type=int)
    texts = services.get_message(event, earlier).texts if earlier else None
    form = MessageForm.of(event, None, texts=texts)
    if not form.validate_on_submit():
        return _show_form(event, form, None, wanted)
    with transaction():
        message = services.create(
            event,
            form.texts(),
            keep_filter(request.args),
            with_cancelled=form.with_cancelled.data,
            by=staff(),
            now=utc_now(),
        )
        message_id = message.id
    return _to(slug, message_id)


@blueprint.route("/<int:message_id>/text", methods=["GET", "POST"])
@requires(Permission.WRITE_TO_PEOPLE)
def edit(slug: str, message_id: int) -> Answer:
    """Change a draft."""
    event = events.get_event(slug)
    message = services.get_message(event, message_id)
    if message.state is not MessageState.DRAFT:
        return _to(slug, message_id)
    form = MessageForm.of(event, message)
    if not form.validate_on_submit():
        return _show_form(event, form, message, _find_filter(event, message))
    try:
        with transaction():
            services.change(
                message,
                form.texts(),
                with_cancelled=form.with_cancelled.data,
                revision=_as_number(form.revision.data),
                now=utc_now(),
            )
    except DomainError as refusal:
        flash(str(refusal), "bad")
    return _to(slug, message_id)


@blueprint.get("/<int:message_id>", endpoint="message")
@requires(Permission.WRITE_TO_PEOPLE)
def show(slug: str, message_id: int) -> str:
    """A draft as three of its people would get it; a message that was sent with how far it has come."""
    event = events.get_event(slug)
    message = services.get_message(event, message_id)
    if message.state is MessageState.DRAFT:
        return _show_draft(event, message)
    return render_template(
        "messages/progress.html",
        event=event,
        message=message,
        progress=mails.count_progress([message])[message.id],
        list_in_words=_say_list(event, message),
        subject=_subject_of(message),
        states=STATES,
        language_names=LANGUAGE_NAMES,
    )


@blueprint.get("/<int:message_id>/html/<int:registration_id>")
@requires(Permission.WRITE_TO_PEOPLE)
def page(slug: str, message_id: int, registration_id: int) -> Response:
    """The HTML that a person would get, for the frame of the preview: it can neither run anything nor load anything."""
    event = events.get_event(slug)
    message, registration = _get_both(event, message_id, registration_id)
    draft = mails.compose(message, registration, now=utc_now())
    if draft is None or not draft.mail.mail.html:
        raise NotFoundError
    return frame_mail(draft.mail.mail.html)


@blueprint.post("/<int:message_id>/prova/<int:registration_id>")
@requires(Permission.WRITE_TO_PEOPLE)
def send_test(slug: str, message_id: int, registration_id: int) -> BaseResponse:
    """Send the mail of one person to oneself."""
    event = events.get_event(slug)
    with transaction():
        message, registration = _get_both(event, message_id, registration_id)
        mails.send_test(message, registration, by=staff(), now=utc_now())
    flash(_("A test is on its way to %(address)s.", address=staff().email), "good")
    return _to(slug, message_id, person=registration_id)


@blueprint.get("/<int:message_id>/enviament", endpoint="confirmation")
@requires(Permission.WRITE_TO_PEOPLE)
def confirm(slug: str, message_id: int) -> Answer:
    """Ask once before a message goes, saying to how many, and to whom it does not."""
    event = events.get_event(slug)
    message = services.get_message(event, message_id)
    wanted = _find_filter(event, message)
    if message.state is not MessageState.DRAFT or wanted is None:
        return _to(slug, message_id)
    return _show_confirmation(event, message, wanted)


@blueprint.post("/<int:message_id>/enviament")
@requires(Permission.WRITE_TO_PEOPLE)
def send(slug: str, message_id: int) -> Answer:
    """Have it written to everybody, as it was looked at."""
    event = events.get_event(slug)
    message = services.get_message(event, message_id)
    wanted = _find_filter(event, message)
    if wanted is None:
        return _to(slug, message_id)
    seen = Confirmed(clean_line(request.form.get("mark")), _as_number(request.form.get("revision", type=int)))
    try:
        with transaction():
            people = services.send(message, wanted, seen, by=staff(), now=utc_now())
    except services.ListChanged as refusal:
        event = events.get_event(slug)
        return _show_confirmation(event, services.get_message(event, message_id), wanted, str(refusal)), 409
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(
            ngettext(
                "The message is on its way to %(num)d person.", "The message is on its way to %(num)d people.", people
            ),
            "good",
        )
    return _to(slug, message_id)


@blueprint.post("/<int:message_id>/aturada")
@requires(Permission.WRITE_TO_PEOPLE)
def stop(slug: str, message_id: int) -> BaseResponse:
    """Let nothing more of it leave."""
    event = events.get_event(slug)
    try:
        with transaction():
            people = services.stop(services.get_message(event, message_id), by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(
            ngettext("Stopped: %(num)d person will not get it.", "Stopped: %(num)d people will not get it.", people),
            "good",
        )
    return _to(slug, message_id)


@blueprint.post("/<int:message_id>/represa")
@requires(Permission.WRITE_TO_PEOPLE)
def resume(slug: str, message_id: int) -> BaseResponse:
    """Go on with it, to those who have no mail of it yet."""
    event = events.get_event(slug)
    try:
        with transaction():
            services.resume(services.get_message(event, message_id), by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("The message goes on, to those who have not got it."), "good")
    return _to(slug, message_id)


@blueprint.post("/<int:message_id>/copia")
@requires(Permission.WRITE_TO_PEOPLE)
def copy(slug: str, message_id: int) -> BaseResponse:
    """Begin a new draft like this one."""
    event = events.get_event(slug)
    with transaction():
        made_id = services.copy(services.get_message(event, message_id), by=staff(), now=utc_now()).id
    flash(_("This is a new draft with the same text and the same list."), "good")
    return _to(slug, made_id)


@blueprint.post("/<int:message_id>/descart")
@requires(Permission.WRITE_TO_PEOPLE)
def discard(slug: str, message_id: int) -> BaseResponse:
    """Throw a draft away."""
    event = events.get_event(slug)
    try:
        with transaction():
            services.discard(services.get_message(event, message_id))
    except DomainError as refusal:
        flash(str(refusal), "bad")
        return _to(slug, message_id)
    flash(_("The draft is thrown away; nobody was written to."), "good")
    return redirect(url_for(".messages", slug=slug), 303)


def _show_form(event: Event, form: MessageForm, message: Message | None, wanted: Filter | None) -> tuple[str, int]:
    return form_page(
        "messages/form.html",
        form,
        event=event,
        message=message,
        audience=_count(event, wanted, with_cancelled=False),
        list_in_words=say_filter(wanted) if wanted else "",
        earlier=[] if message else [each for each in services.list_messages(event) if each.texts],
        kept=keep_filter(request.args),
        subject_of=_subject_of,
        field_names=FIELD_NAMES,
        field_words=FIELDS,
        language_names=LANGUAGE_NAMES,
        limits={"subject": SUBJECT_LENGTH, "text": TEXT_LENGTH},
    )


def _show_draft(event: Event, message: Message) -> str:
    """The draft as three real people would get it, in turn."""
    wanted = _find_filter(event, message)
    skip = _as_number(request.args.get("skip", type=int))
    sample = _list_sample(event, message, wanted, skip) if wanted else []
    chosen = request.args.get("person", type=int)
    person = next((each for each in sample if each.id == chosen), sample[0] if sample else None)
    draft = mails.compose(message, person, now=utc_now()) if person else None
    return render_template(
        "messages/draft.html",
        event=event,
        message=message,
        audience=_count(event, wanted, with_cancelled=message.with_cancelled),
        list_in_words=say_filter(wanted) if wanted else "",
        sample=sample,
        skip=skip,
        person=person,
        mail=draft.mail.mail if draft else None,
        subject=_subject_of(message),
        language_names=LANGUAGE_NAMES,
        own_address=staff().email,
        is_event_draft=event.state is EventState.DRAFT,
    )


def _list_sample(event: Event, message: Message, wanted: Filter, skip: int) -> Sequence[Registration]:
    """Three people further on in the list, or the first ones again after the last."""
    sample = audiences.list_sample(event, wanted, with_cancelled=message.with_cancelled, skip=skip)
    return sample or audiences.list_sample(event, wanted, with_cancelled=message.with_cancelled)


def _show_confirmation(event: Event, message: Message, wanted: Filter, refusal: str = "") -> str:
    return render_template(
        "messages/confirmation.html",
        event=event,
        message=message,
        audience=audiences.count_audience(event, wanted, with_cancelled=message.with_cancelled),
        list_in_words=say_filter(wanted),
        subject=_subject_of(message),
        refusal=refusal,
        language_names=LANGUAGE_NAMES,
        pick=lambda language: language if language in message.texts else event.language,
    )


def _count(event: Event, wanted: Filter | None, *, with_cancelled: bool) -> Audience | None:
    return audiences.count_audience(event, wanted, with_cancelled=with_cancelled) if wanted else None


def _find_filter(event: Event, message: Message) -> Filter | None:
    """The list that the message is for; None when a session it was of is not in the programme any more."""
    try:
        return read_filter(event, message.wanted)
    except NotFoundError:
        return None


def _say_list(event: Event, message: Message) -> str:
    wanted = _find_filter(event, message)
    return say_filter(wanted) if wanted else ""


def _subject_of(message: Message) -> str:
    """The subject in the language of the event, as it was typed."""
    words = message.texts.get(message.event.language) or next(iter(message.texts.values()), {"subject": ""})
    return words["subject"]


def _as_number(number: int | None) -> int:
    """What was sent as one that the database can be asked about."""
    return min(max(number or 0, 0), MAX_ID)


def _get_both(event: Event, message_id: int, registration_id: int) -> tuple[Message, Registration]:
    return services.get_message(event, message_id), attendees.get_registration(event, registration_id)


def _to(slug: str, message_id: int, person: int | None = None) -> BaseResponse:
    return redirect(url_for(".message", slug=slug, message_id=message_id, person=person), 303)
