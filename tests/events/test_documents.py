"""Documents in the database: added, replaced, ordered, shown and hidden, deleted, and read in pieces."""

import io
import tracemalloc
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db, transaction
from core.errors import NotFoundError
from events import documents, services
from events.document_files import check
from events.documents import PIECE_BYTES, Content, ContentGone, TooManyDocuments, TooMuchTogether
from events.models import Document, DocumentKind, DocumentPiece
from tests.events import document_samples as samples
from tests.factories import NOW, make_event, make_process, make_staff

pytestmark = pytest.mark.both_databases

MOST = 20 * 1024 * 1024


def read(data, most=MOST):
    return check(io.BytesIO(data), most_bytes=most)


def add(owner, data=samples.PDF, filename="programa.pdf", *, public=False, by=None, most=MOST, **values):
    document = documents.add_document(
        owner,
        {"kind": DocumentKind.PROGRAMME, "title": "", "language": "ca", **values},
        read(data),
        filename=filename,
        most_bytes=most,
        by=by,
        now=NOW,
    )
    if public:
        documents.publish(document, owner, by=by, now=NOW)
    return document


def content(document):
    return b"".join(Content(document))


def pieces():
    return db.session.scalar(select(func.count()).select_from(DocumentPiece))


def trail(kind="event", key="jornada"):
    query = select(AuditEntry.act).where(AuditEntry.subject_kind == kind, AuditEntry.subject_key == key)
    return list(db.session.scalars(query.order_by(AuditEntry.id)))


@pytest.fixture(params=["event", "process"])
def owner(request, app):
    return make_event("jornada") if request.param == "event" else make_process("jornada")


def test_a_document_comes_last_and_only_staff_see_it(owner):
    first, second = add(owner), add(owner, filename="informe.pdf")

    assert list(documents.list_documents(owner)) == [first, second]
    assert list(documents.list_public(owner)) == []
    assert content(second) == samples.PDF


def test_a_document_says_what_it_is(app):
    ada = make_staff()
    document = add(make_event(), samples.odt(), "SÍNTESI final (2).PDF", by=ada, title="La síntesi")

    assert (document.filename, document.title, document.size, document.uploaded_at, document.uploaded_by) == (
        "sintesi-final-2.odt",
        "La síntesi",
        len(samples.odt()),
        NOW,
        ada,
    )


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("../../x<b>.pdf", "x-b"),
        ("C:\\Docs\\Acta.docx", "acta"),
        ("\u202efdp.exe", "fdp"),
        ("אב.pdf", "document"),
        (".pdf", "pdf"),
        ("", "document"),
        ("a" * 300 + ".pdf", "a" * 80),
        ("x\r\nSet-Cookie: a=b.pdf", "x-set-cookie-a-b"),
        ("../../etc/passwd\x00.pdf", "passwd"),
    ],
)
def test_any_name_makes_a_plain_address(app, filename, name):
    assert add(make_event(), filename=filename).filename == f"{name}.pdf"


def test_another_document_goes_by_the_name_of_its_file(app):
    event = make_event()

    titles = [
        add(event, filename="acta_del-matí.pdf", kind=DocumentKind.OTHER).title,
        add(event, filename="acta.pdf", kind=DocumentKind.OTHER, title="L’acta").title,
        add(event, filename="acta.pdf", kind=DocumentKind.REPORT).title,
    ]

    assert titles == ["acta del matí", "L’acta", ""]


def test_a_large_file_is_kept_in_pieces_and_read_from_any_place(owner):
    data = samples.pdf(3 * PIECE_BYTES + 5)
    document = add(owner, data)

    reading = Content(document)
    reading.seek(PIECE_BYTES - 3)

    assert (pieces(), content(document) == data) == (4, True)
    assert (next(reading), reading.tell()) == (data[PIECE_BYTES - 3 : PIECE_BYTES], PIECE_BYTES)


def test_reading_twenty_megabytes_takes_the_memory_of_a_piece(app):
    document = add(make_event(), samples.pdf(MOST))
    db.session.expire_all()

    tracemalloc.start()
    before, _peak = tracemalloc.get_traced_memory()
    size = sum(len(piece) for piece in Content(document))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (size, peak - before < 4 * 1024 * 1024) == (MOST, True)


def test_the_list_reads_no_bytes(app, count_queries):
    event = make_event()
    add(event)
    db.session.flush()
    one = count_queries(lambda: documents.list_documents(event))
    add(event)
    add(event)
    db.session.flush()

    assert (one, count_queries(lambda: documents.list_documents(event))) == (1, 1)


def test_a_replaced_file_keeps_its_address_and_leaves_nothing_behind(owner):
    ada = make_staff()
    document = add(owner, samples.pdf(2 * PIECE_BYTES), public=True)
    before = document.id, document.name, document.published_at, document.sha256

    documents.replace_file(document, owner, read(samples.docx()), most_bytes=MOST, by=ada, now=NOW + timedelta(hours=1))

    assert (document.id, document.name, document.published_at) == before[:3]
    assert (document.filename, document.sha256 == before[3], document.uploaded_by) == ("programa.docx", False, ada)
    assert (content(document), pieces()) == (samples.docx(), 1)


def test_who_reads_a_file_that_is_replaced_meanwhile_gets_no_mixture(owner):
    document = add(owner, samples.pdf(2 * PIECE_BYTES))
    reading = Content(document)
    next(reading)

    documents.replace_file(document, owner, read(samples.pdf(2 * PIECE_BYTES)), most_bytes=MOST, by=None, now=NOW)

    with pytest.raises(ContentGone):
        next(reading)


def test_a_deleted_document_is_gone_with_its_bytes(owner):
    document = add(owner)
    kept = add(owner)

    documents.delete_document(document, owner, by=None, now=NOW)

    assert (list(documents.list_documents(owner)), pieces()) == ([kept], 1)


def test_documents_are_ordered_one_place_at_a_time(owner):
    rows = [add(owner, filename=f"{name}.pdf") for name in "abc"]

    orders = []
    for number, places in ((0, -1), (0, 1), (2, -1), (1, 1)):
        documents.move(rows[number], owner, places, by=None, now=NOW)
        orders.append("".join(each.name for each in documents.list_documents(owner)))

    assert orders == ["abc", "bac", "bca", "cba"]


def test_a_document_is_shown_and_hidden(owner):
    document = add(owner)
    documents.publish(document, owner, by=None, now=NOW)
    documents.publish(document, owner, by=None, now=NOW + timedelta(days=1))
    shown = list(documents.list_public(owner)), document.published_at
    documents.withdraw(document, owner, by=None, now=NOW)

    assert (shown, list(documents.list_public(owner))) == (([document], NOW), [])


def test_a_document_is_found_by_its_own_owner_only(app):
    document = add(make_event("jornada"), public=True)

    for stranger in (make_event("altra"), make_process("jornada")):
        with pytest.raises(NotFoundError):
            documents.get_document(stranger, document.id)


def test_a_hidden_document_is_not_there_for_the_public(owner):
    document = add(owner)

    with pytest.raises(NotFoundError):
        documents.get_public(owner, document.id)


def test_there_is_an_end_to_how_much_is_kept(owner):
    add(owner, samples.pdf(9000), most=1000)

    with pytest.raises(TooMuchTogether):
        add(owner, samples.pdf(1001), most=1000)
    document = add(owner, samples.pdf(1000), most=1000)
    with pytest.raises(TooMuchTogether):
        documents.replace_file(document, owner, read(samples.pdf(1001)), most_bytes=1000, by=None, now=NOW)


def test_there_is_an_end_to_how_many_are_kept(owner, monkeypatch):
    monkeypatch.setattr(documents, "MAX_DOCUMENTS", 1)
    add(owner)

    with pytest.raises(TooManyDocuments):
        add(owner)


def test_every_act_is_in_the_trail(owner):
    kind = "event" if owner.__tablename__ == "event" else "process"
    document, other = add(owner, public=True), add(owner)
    values = {"kind": DocumentKind.REPORT, "title": "Informe", "language": "es"}
    assert documents.update_document(document, owner, values, by=None, now=NOW)
    assert not documents.update_document(document, owner, values, by=None, now=NOW)
    documents.replace_file(document, owner, read(samples.odt()), most_bytes=MOST, by=None, now=NOW)
    documents.move(document, owner, 1, by=None, now=NOW)
    documents.withdraw(document, owner, by=None, now=NOW)
    documents.delete_document(other, owner, by=None, now=NOW)
    db.session.flush()

    acts = ["create", "publish", "create", "update", "replace", "move", "withdraw", "delete"]
    assert trail(kind) == [f"document.{act}" for act in acts]


def test_what_belongs_to_an_event_goes_with_it(own_app):
    with transaction():
        event = make_event()
        add(event)
    with transaction():
        db.session.delete(event)

    assert (pieces(), db.session.scalar(select(func.count()).select_from(Document))) == (0, 0)


def test_two_who_replace_a_file_at_once_leave_one_of_both(race):
    with transaction():
        number = add(make_event()).id
    files = [samples.pdf(PIECE_BYTES + 10), samples.odt()]

    def replace(data):
        def act():
            with transaction():
                event = services.get_event("jornada")
                found = documents.get_document(event, number)
                documents.replace_file(found, event, read(data), most_bytes=MOST, by=None, now=NOW)

        return act

    results = race([replace(data) for data in files])
    db.session.expire_all()

    document = db.session.get_one(Document, number)
    assert (results, document.version, content(document) in files) == ([None, None], 3, True)
