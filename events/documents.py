"""The documents of an event or a process: programme, synthesis, report and others, kept in the database.

Every machine reads them there. A document keeps its address when its file is replaced: links to it are on posters.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypedDict

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.orm import joinedload

from accounts.models import StaffMember
from core.database import db
from core.errors import DomainError, NotFoundError
from core.text import clean_line
from events import owners
from events.document_files import CheckedFile
from events.labels import format_size
from events.models import Document, DocumentKind, DocumentPiece
from events.owners import Owner, belongs_to, columns_of
from events.revisions import assign
from events.values import LINE_LENGTH, slugify

PIECE_BYTES = 256 * 1024
MAX_DOCUMENTS = 100
MOST_TOGETHER = 10
"""How many documents of the largest size one event or process may hold."""


class TooManyDocuments(DomainError):
    """There are as many as one page can show."""

    message = _l("There are %(most)s documents already: delete one first.")
    field = "file"


class TooMuchTogether(DomainError):
    """All documents of one owner would take too much room."""

    message = _l("All documents here may have up to %(most)s together: delete or replace one first.")
    field = "file"


class DocumentValues(TypedDict):
    """What is written of a document besides its file."""

    kind: DocumentKind
    title: str
    language: str


def list_documents(owner: Owner) -> Sequence[Document]:
    """All documents in their order, for staff."""
    return db.session.scalars(_of(owner).options(joinedload(Document.uploaded_by))).all()


def list_public(owner: Owner) -> Sequence[Document]:
    """Those that everybody may see, in their order."""
    return db.session.scalars(_of(owner).where(Document.published_at.is_not(None))).all()


def get_document(owner: Owner, document_id: int) -> Document:
    """The document of this owner with this number; raises NotFoundError."""
    document = db.session.scalar(_of(owner).where(Document.id == document_id))
    if document is None:
        raise NotFoundError(document_id)
    return document


def get_public(owner: Owner, document_id: int) -> Document:
    """The document with this number if everybody may see it; raises NotFoundError."""
    document = get_document(owner, document_id)
    if not document.is_public:
        raise NotFoundError(document_id)
    return document


def add_document(  # noqa: PLR0913 - the actor, the time and the limit come by keyword
    owner: Owner,
    values: DocumentValues,
    file: CheckedFile,
    *,
    filename: str,
    most_bytes: int,
    by: StaffMember | None,
    now: datetime,
) -> Document:
    """Keep a file as the last document, seen by staff alone. Raises TooManyDocuments, TooMuchTogether.

    `filename` is what the file was called by whoever sent it: its words make the address.
    """
    count, used = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Document.size), 0)).where(_is_of(owner))
    ).one()
    if count >= MAX_DOCUMENTS:
        raise TooManyDocuments(most=MAX_DOCUMENTS)
    _check_room(used + file.size, most_bytes)
    stem = _stem(filename)
    last = db.session.scalar(select(func.max(Document.position)).where(_is_of(owner))) or 0
    document = Document(
        **columns_of(owner),
        name=slugify(stem) or slugify(values["title"]) or "document",
        position=last + 1,
        uploaded_at=now,
        uploaded_by_id=by.id if by else None,
        **_facts(file),
        **_titled(values, stem),
    )
    db.session.add(document)
    db.session.flush()
    _write_pieces(document, file)
    _record("create", document, owner, by=by, now=now, filename=document.filename, sha256=document.sha256)
    return document


def replace_file(  # noqa: PLR0913 - the actor, the time and the limit come by keyword
    document: Document, owner: Owner, file: CheckedFile, *, most_bytes: int, by: StaffMember | None, now: datetime
) -> None:
    """Put another file in the place of the present one, whose bytes are deleted. Raises TooMuchTogether."""
    another = update(Document).where(Document.id == document.id).values(version=Document.version + 1)
    db.session.execute(another)  # and holds the row: two who replace it at once come one after the other
    db.session.refresh(document)
    others = select(func.coalesce(func.sum(Document.size), 0)).where(_is_of(owner), Document.id != document.id)
    _check_room((db.session.scalar(others) or 0) + file.size, most_bytes)
    db.session.execute(delete(DocumentPiece).where(DocumentPiece.document_id == document.id))
    assign(document, {**_facts(file), "uploaded_at": now, "uploaded_by": by})
    db.session.flush()
    _write_pieces(document, file)
    _record("replace", document, owner, by=by, now=now, filename=document.filename, sha256=document.sha256)


def update_document(
    document: Document, owner: Owner, values: DocumentValues, *, by: StaffMember | None, now: datetime
) -> bool:
    """Write what is new in `values` and say whether anything was."""
    changed = assign(document, _titled(values, document.name))
    if changed:
        _record("update", document, owner, by=by, now=now, changed=sorted(changed))
    return bool(changed)


def publish(document: Document, owner: Owner, *, by: StaffMember | None, now: datetime) -> None:
    """Let everybody see it as soon as they see the event or process; twice is once."""
    if not document.is_public:
        document.published_at = now
        _record("publish", document, owner, by=by, now=now)


def withdraw(document: Document, owner: Owner, *, by: StaffMember | None, now: datetime) -> None:
    """Let only staff see it; twice is once."""
    if document.is_public:
        document.published_at = None
        _record("withdraw", document, owner, by=by, now=now)


def move(document: Document, owner: Owner, places: int, *, by: StaffMember | None, now: datetime) -> None:
    """Move a document by so many places, up when negative; the first and the last stay where they are."""
    documents = list(db.session.scalars(_of(owner).with_for_update().execution_options(populate_existing=True)))
    before = documents.index(document)
    after = min(max(before + places, 0), len(documents) - 1)
    if before == after:
        return
    documents.insert(after, documents.pop(before))
    for position, each in enumerate(documents, 1):
        each.position = position
    _record("move", document, owner, by=by, now=now, position=after + 1)


def delete_document(document: Document, owner: Owner, *, by: StaffMember | None, now: datetime) -> None:
    """Delete a document and its bytes for good."""
    _record("delete", document, owner, by=by, now=now, filename=document.filename, sha256=document.sha256)
    db.session.execute(delete(DocumentPiece).where(DocumentPiece.document_id == document.id))
    db.session.delete(document)
    db.session.flush()


class ContentGone(RuntimeError):
    """The file was replaced or deleted while somebody read it: what they have is not whole, and they must see that."""


class Content:
    """The bytes of a document from any place on, one piece after the other.

    Between two pieces nothing of the database is held, however slowly somebody reads. Raises ContentGone.
    """

    def __init__(self, document: Document) -> None:
        self._make_session = db.sessionmaker  # found now: there may be no application context when it is read
        self._id, self._version, self._size = document.id, document.version, document.size
        self._at = 0

    def seekable(self) -> bool:
        """Say that reading can begin anywhere, as files do."""
        return True

    def seek(self, place: int) -> None:
        """Go on reading from this byte."""
        self._at = place

    def tell(self) -> int:
        """The byte that is read next."""
        return self._at

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._at >= self._size:
            raise StopIteration
        number, begin = divmod(self._at, PIECE_BYTES)
        with self._make_session() as session:
            piece = session.scalar(
                select(DocumentPiece.content).where(
                    DocumentPiece.document_id == self._id,
                    DocumentPiece.version == self._version,
                    DocumentPiece.number == number,
                )
            )
        if piece is None:
            raise ContentGone
        content = piece[begin:] if begin else piece
        self._at += len(content)
        return content


def _of(owner: Owner) -> Select[Document]:
    return select(Document).where(_is_of(owner)).order_by(Document.position, Document.id)


def _is_of(owner: Owner) -> ColumnElement[bool]:
    return belongs_to(Document, owner)


def _check_room(size: int, most_bytes: int) -> None:
    if size > MOST_TOGETHER * most_bytes:
        raise TooMuchTogether(most=format_size(MOST_TOGETHER * most_bytes))


def _stem(filename: str) -> str:
    """The words of a file’s name, wherever it lay and however it ends."""
    name = clean_line(filename[-4 * LINE_LENGTH :]).replace("\\", "/").rsplit("/", 1)[-1]
    return name.rpartition(".")[0] or name.lstrip(".")


def _titled(values: DocumentValues, name: str) -> DocumentValues:
    """What goes by its title needs one: that of its file when nobody wrote another."""
    if values["kind"] is not DocumentKind.OTHER or values["title"]:
        return values
    title = clean_line(name.replace("_", " ").replace("-", " "))[:LINE_LENGTH]
    return {**values, "title": title}


def _facts(file: CheckedFile) -> dict[str, Any]:
    return {"format": file.format, "size": file.size, "sha256": file.sha256}


def _write_pieces(document: Document, file: CheckedFile) -> None:
    pieces = iter(lambda: file.content.read(PIECE_BYTES), b"")
    for number, content in enumerate(pieces):
        db.session.execute(
            insert(DocumentPiece).values(
                document_id=document.id, version=document.version, number=number, content=content
            )
        )


def _record(
    act: str, document: Document, owner: Owner, *, by: StaffMember | None, now: datetime, **details: object
) -> None:
    owners.record(f"document.{act}", owner, by=by, now=now, document=document.id, **details)
