"""Documents: what everybody reads at an address that stays, and the pages where staff put them there."""

from typing import Any, BinaryIO

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may, requires, staff
from core import config
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from core.languages import current_language
from core.web import answers_in, fills_block
from events import documents, labels, pages, processes, services
from events.document_files import MEDIA_TYPES, CheckedFile, FileMissing, FileTooLarge, check
from events.documents import Content
from events.forms import DocumentForm
from events.models import Document, DocumentFormat, Event, Process
from events.owners import Owner, as_context
from events.pages import Group, Page
from events.views.workspace import Answer

ROOM_FOR_FIELDS = 1024 * 1024
"""What a form with a file takes besides the file."""
SHOWN_IN_BROWSER = set(DocumentFormat) - {DocumentFormat.ODT, DocumentFormat.DOCX}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For what is shown at an address of ours: it may load nothing, run nothing, and be nothing of this site."""
POLICY_OF_PDF = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Browsers show a PDF in a viewer of their own: Safari shows none in a sandbox, older Chrome none without styles."""
READ_AND_DROPPED = 10
"""How many times the largest document is read to its end although it is refused: only then do browsers show why."""
_DROPPED_BYTES = 64 * 1024

public = Blueprint("documents", __name__)
of_event = Blueprint("event_documents", __name__, url_prefix="/gestio/jornades/<slug>/documents")
of_process = Blueprint("process_documents", __name__, url_prefix="/gestio/processos/<slug>/documents")
BLUEPRINTS = (public, of_event, of_process)
for_both = answers_in(of_event, of_process)


@public.record_once
def add_words(state: BlueprintSetupState) -> None:
    """Give every template the words for documents."""
    state.app.jinja_env.globals.update(
        document_kind_labels=labels.DOCUMENT_KINDS,
        document_format_labels=labels.DOCUMENT_FORMATS,
        format_size=labels.format_size,
        title_of=labels.title_of,
    )


@public.get("/jornades/<slug>/documents/<int:document_id>-<name>")
def of_public_event(slug: str, document_id: int, name: str) -> Response:
    """A document of an event that everybody may see."""
    return _give(documents.get_public(services.get_published(slug), document_id), name, slug)


@public.get("/processos/<slug>/documents/<int:document_id>-<name>")
def of_public_process(slug: str, document_id: int, name: str) -> Response:
    """A document of a process that everybody may see."""
    return _give(documents.get_public(processes.get_public(slug), document_id), name, slug)


@fills_block("event.documents")
def list_of_event(event: Event) -> str:
    """The documents on the page of an event, after its sessions."""
    return _render_list(event, "documents.of_public_event", page_language=event.language)


@fills_block("process.documents")
def list_of_process(process: Process) -> str:
    """The documents on the page of a process."""
    return _render_list(process, "documents.of_public_process", page_language=current_language())


pages.add(Page(Group.EVENT, 3, _l("Documents"), "event_documents.overview", Permission.EDIT_PROGRAMME))


@of_event.url_value_preprocessor
@of_process.url_value_preprocessor
def take_large_files(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let requests to these pages be as large as a document, from people who may send one."""
    if request.method == "POST" and may(Permission.EDIT_PROGRAMME):
        request.max_content_length = max(request.max_content_length or 0, _most_bytes() + ROOM_FOR_FIELDS)


@of_event.errorhandler(RequestEntityTooLarge)
@of_process.errorhandler(RequestEntityTooLarge)
def refuse_too_large(_error: RequestEntityTooLarge) -> Response:
    """Go back and say it: what was sent is too large to be taken apart. Who may see that page is asked there."""
    length = request.content_length or 0
    if may(Permission.EDIT_PROGRAMME) and length <= READ_AND_DROPPED * _most_bytes():
        _drop(request.environ["wsgi.input"], length)
    flash(str(FileTooLarge(most=labels.format_size(_most_bytes()))), "bad")
    return redirect(request.path, 303)


@for_both("", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def overview(slug: str) -> Answer:
    """All documents in their order, and a form to add one."""
    owner = _owner(slug)
    language = owner.language if isinstance(owner, Event) else config.current().default_language
    form = DocumentForm(data={"language": language, "is_public": True})
    if form.validate_on_submit():
        try:
            file = _checked(form)
            with transaction():
                added = documents.add_document(
                    owner,
                    form.values(),
                    file,
                    filename=form.file.data.filename or "",
                    most_bytes=_most_bytes(),
                    by=staff(),
                    now=utc_now(),
                )
                if form.is_public.data:
                    documents.publish(added, owner, by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The document is saved."), "good")
            return redirect(_overview_of(slug), 303)
    return form_page("events/documents.html", form, documents=documents.list_documents(owner), **_context(owner))


@for_both("/<int:document_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit(slug: str, document_id: int) -> Answer:
    """Change what is said of a document, or put another file in its place."""
    owner = _owner(slug)
    document = documents.get_document(owner, document_id)
    form = DocumentForm.of(document)
    if form.validate_on_submit():
        by, now = staff(), utc_now()
        try:
            file = _checked(form) if form.file.data else None
            with transaction():
                documents.update_document(document, owner, form.values(), by=by, now=now)
                if file:
                    documents.replace_file(document, owner, file, most_bytes=_most_bytes(), by=by, now=now)
                (documents.publish if form.is_public.data else documents.withdraw)(document, owner, by=by, now=now)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Saved."), "good")
            return redirect(_overview_of(slug), 303)
    return form_page("events/document.html", form, document=document, **_context(owner))


@for_both("/<int:document_id>/fitxer")
@requires(Permission.EDIT_PROGRAMME)
def file(slug: str, document_id: int) -> Response:
    """The document itself, for staff, whether everybody may see it or not."""
    return _send(documents.get_document(_owner(slug), document_id), cache="private, no-cache")


@for_both("/<int:document_id>/<any(amunt, avall):direction>", methods=["POST"])
@requires(Permission.EDIT_PROGRAMME)
def move(slug: str, document_id: int, direction: str) -> Response:
    """Move a document by one place."""
    owner = _owner(slug)
    document = documents.get_document(owner, document_id)
    with transaction():
        documents.move(document, owner, -1 if direction == "amunt" else 1, by=staff(), now=utc_now())
    return redirect(_overview_of(slug), 303)


@for_both("/<int:document_id>/<any(publicacio, retirada):act>", methods=["POST"])
@requires(Permission.EDIT_PROGRAMME)
def show_or_hide(slug: str, document_id: int, act: str) -> Response:
    """Let everybody see a document, or only staff."""
    owner = _owner(slug)
    document = documents.get_document(owner, document_id)
    with transaction():
        (documents.publish if act == "publicacio" else documents.withdraw)(document, owner, by=staff(), now=utc_now())
    flash(_("Everybody can see it now.") if act == "publicacio" else _("Only staff can see it now."), "good")
    return redirect(_overview_of(slug), 303)


@for_both("/<int:document_id>/supressio", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def delete(slug: str, document_id: int) -> Answer:
    """Ask once, and delete a document for good."""
    owner = _owner(slug)
    document = documents.get_document(owner, document_id)
    if request.method == "GET":
        return render_template("events/document_delete.html", document=document, **_context(owner))
    with transaction():
        documents.delete_document(document, owner, by=staff(), now=utc_now())
    flash(_("The document is deleted."), "good")
    return redirect(_overview_of(slug), 303)


def _drop(body: BinaryIO, length: int) -> None:
    while length > 0:
        read = len(body.read(min(length, _DROPPED_BYTES)))
        length = length - read if read else 0


def _owner(slug: str) -> Owner:
    return services.get_event(slug) if request.blueprint == of_event.name else processes.get_process(slug)


def _overview_of(slug: str) -> str:
    return url_for(".overview", slug=slug)


def _context(owner: Owner) -> dict[str, object]:
    """What the pages of both need: which of the two it is, and where everybody reads its documents."""
    return {
        **as_context(owner),
        "public_endpoint": f"documents.of_public_{'event' if isinstance(owner, Event) else 'process'}",
        "most_bytes": _most_bytes(),
    }


def _most_bytes() -> int:
    return config.current().document_bytes


def _checked(form: DocumentForm) -> CheckedFile:
    if not form.file.data:
        raise FileMissing
    return check(form.file.data.stream, most_bytes=_most_bytes())


def _render_list(owner: Owner, endpoint: str, *, page_language: str) -> str:
    found = documents.list_public(owner)
    if not found:
        return ""
    return render_template(
        "events/_documents.html", documents=found, endpoint=endpoint, slug=owner.slug, page_language=page_language
    )


def _give(document: Document, name: str, slug: str) -> Response:
    """The document, or the way to its address when it now ends otherwise: links to the old one are on posters."""
    if name != document.filename:
        address = url_for(request.endpoint or "", slug=slug, document_id=document.id, name=document.filename)
        response = redirect(address, 302)
        response.headers["Cache-Control"] = "no-cache"
        return response
    return _send(document, cache="no-cache")


def _send(document: Document, *, cache: str) -> Response:
    """The bytes as they are read from the database; a part when a part is asked for, nothing when nothing is new."""
    response = Response(Content(document), mimetype=MEDIA_TYPES[document.format], direct_passthrough=True)
    where = "inline" if document.format in SHOWN_IN_BROWSER else "attachment"
    response.headers["Content-Disposition"] = f'{where}; filename="{document.filename}"'
    response.headers["Content-Security-Policy"] = POLICY_OF_PDF if document.format is DocumentFormat.PDF else POLICY
    response.headers["Cache-Control"] = cache
    response.content_length = document.size
    response.last_modified = document.uploaded_at
    response.set_etag(document.sha256)
    environ = request.environ
    if "," in environ.get("HTTP_RANGE", ""):  # RFC 9110 14.2: several parts at once may be answered with all of it
        environ = {key: value for key, value in environ.items() if key != "HTTP_RANGE"}
    return response.make_conditional(environ, accept_ranges=True, complete_length=document.size)
