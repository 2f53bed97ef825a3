"""Documents over HTTP: who gets which, in parts or not at all; and the pages of staff, sent by hand and by script."""

import dataclasses
import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from accounts.models import AuditEntry
from core.database import Model, db, transaction
from core.dates import utc_now
from events import documents
from events.documents import PIECE_BYTES
from events.models import Document, DocumentKind, EventState
from tests import conftest
from tests.events import document_samples as samples
from tests.events.test_documents import MOST, add, read
from tests.factories import make_event, make_process, make_session, make_staff

TOO_LARGE = "Aquest fitxer és massa gran: un document pot tenir fins a 1 MB."
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def coming(slug="jornada", **values):
    return make_event(slug, **{"starts_at": utc_now() + timedelta(days=9), **values})


def published(data=samples.PDF, filename="programa.pdf", owner=None, **values):
    owner = owner or coming()
    return add(owner, data, filename, public=True, **values)


def address(document):
    whose = f"/jornades/{document.event.slug}" if document.event else f"/processos/{document.process.slug}"
    return f"{whose}/documents/{document.id}-{document.filename}"


def sent(data=samples.PDF, filename="programa.pdf", **values):
    return {
        "file": (io.BytesIO(data), filename),
        "kind": "programme",
        "title": "",
        "language": "ca",
        "is_public": "y",
        **values,
    }


def post_large(client, data):
    """Send a form whose file is large; the test client would write it to a disk and leave it there."""
    boundary, body = encode_multipart(sent() | {"file": FileStorage(io.BytesIO(data), "programa.pdf")})
    there = "/gestio/jornades/jornada/documents"
    return client.post(there, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def only_document():
    return db.session.scalars(select(Document)).one()


@pytest.fixture
def organiser(client, ada):
    client.log_in(ada)
    return client


@pytest.mark.both_databases
@pytest.mark.parametrize("make_owner", [coming, lambda: make_process("impulsem")], ids=["event", "process"])
def test_everybody_reads_a_public_document(client, make_owner):
    document = published(samples.pdf(2 * PIECE_BYTES + 7), owner=make_owner())

    answer = client.get(address(document))

    assert (answer.status_code, answer.data) == (200, samples.pdf(2 * PIECE_BYTES + 7))
    assert {
        name: answer.headers[name]
        for name in (
            "Content-Type",
            "Content-Disposition",
            "Content-Length",
            "ETag",
            "Accept-Ranges",
            "Cache-Control",
            "X-Content-Type-Options",
        )
    } == {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'inline; filename="programa.pdf"',
        "Content-Length": str(2 * PIECE_BYTES + 7),
        "ETag": f'"{document.sha256}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("data", "media_type", "where", "policy"),
    [
        (samples.PDF, "application/pdf", "inline", "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        (samples.odt(), "application/vnd.oasis.opendocument.text", "attachment", SANDBOX),
        (
            samples.docx(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "attachment",
            SANDBOX,
        ),
        (samples.picture("PNG"), "image/png", "inline", SANDBOX),
        (samples.picture("JPEG"), "image/jpeg", "inline", SANDBOX),
        (samples.picture("WEBP"), "image/webp", "inline", SANDBOX),
        (samples.picture("GIF"), "image/gif", "inline", SANDBOX),
    ],
    ids=["pdf", "odt", "docx", "png", "jpeg", "webp", "gif"],
)
def test_each_type_is_given_as_what_it_is(client, data, media_type, where, policy):
    headers = client.get(address(published(data, "a.html"))).headers

    assert (headers["Content-Type"], headers["Content-Disposition"].partition(";")[0]) == (media_type, where)
    assert headers["Content-Security-Policy"] == policy


DATA = samples.pdf(2 * PIECE_BYTES + 7)


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        (f"bytes={PIECE_BYTES - 2}-{PIECE_BYTES + 1}", PIECE_BYTES - 2, PIECE_BYTES + 2),
        (f"bytes={2 * PIECE_BYTES}-", 2 * PIECE_BYTES, len(DATA)),
        ("bytes=-5", len(DATA) - 5, len(DATA)),
        ("bytes=5-99999999", 5, len(DATA)),
    ],
)
def test_a_part_is_given_when_a_part_is_asked_for(client, asked, begin, end):
    answer = client.get(address(published(DATA)), headers={"Range": asked})

    assert (answer.status_code, answer.data == DATA[begin:end]) == (206, True)
    assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{len(DATA)}"
    assert answer.headers["Content-Length"] == str(end - begin)


def test_several_parts_at_once_are_all_of_it(client):
    answer = client.get(address(published(DATA)), headers={"Range": "bytes=0-1,5-9"})

    assert (answer.status_code, answer.data == DATA) == (200, True)


def test_a_part_that_is_not_there_is_refused(client):
    answer = client.get(address(published(DATA)), headers={"Range": "bytes=99999999-"})

    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(DATA)}")


def test_what_a_browser_has_is_not_sent_again(client):
    document = published()

    again = client.get(address(document), headers={"If-None-Match": f'"{document.sha256}"'})
    other = client.get(address(document), headers={"If-None-Match": '"another"'})
    head = client.head(address(document))

    assert [(answer.status_code, answer.data) for answer in (again, other, head)] == [
        (304, b""),
        (200, samples.PDF),
        (200, b""),
    ]
    assert head.headers["Content-Length"] == str(len(samples.PDF))


def test_a_part_of_what_has_been_replaced_is_not_put_behind_the_old_one(client):
    document = published(DATA)
    known = {"Range": "bytes=10-", "If-Range": f'"{document.sha256}"'}
    before = client.get(address(document), headers=known).status_code
    documents.replace_file(document, document.event, read(samples.PDF), most_bytes=MOST, by=None, now=utc_now())

    after = client.get(address(document), headers=known)

    assert (before, after.status_code, after.data) == (206, 200, samples.PDF)


def test_a_replaced_document_keeps_its_address(client):
    document = published()
    old = address(document)
    documents.replace_file(document, document.event, read(samples.docx()), most_bytes=MOST, by=None, now=utc_now())

    answer = client.get(old)
    there = client.get(answer.location)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-cache")
    assert (there.status_code, there.data, there.headers["ETag"]) == (200, samples.docx(), f'"{document.sha256}"')


@pytest.mark.parametrize(
    "change",
    [
        lambda document: documents.withdraw(document, document.event, by=None, now=utc_now()),
        lambda document: setattr(document.event, "state", EventState.DRAFT),
        lambda document: setattr(document.event, "slug", "altra"),
    ],
    ids=["withdrawn", "draft", "other event"],
)
def test_what_is_not_public_is_not_there(client, change):
    document = published()
    there = address(document)
    change(document)
    db.session.flush()

    answers = [client.get(there), client.get(there.replace(document.name, "x"))]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_document_of_a_hidden_process_is_not_there(client):
    document = published(owner=make_process("impulsem", is_public=False))

    assert client.get(address(document)).status_code == 404


def test_another_event_cannot_lend_its_address(client):
    document = published()
    coming("altra")

    assert client.get(address(document).replace("/jornada/", "/altra/")).status_code == 404


def test_staff_look_at_what_nobody_else_sees(organiser):
    document = add(coming(state=EventState.DRAFT))

    answer = organiser.get(f"/gestio/jornades/jornada/documents/{document.id}/fitxer")

    assert (answer.status_code, answer.data) == (200, samples.PDF)
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.both_databases
def test_the_page_shows_a_document_at_once_and_hides_it_at_once(client):
    event = coming()
    make_session(event)
    document = add(event, title="Programa <b>&")
    seen = []
    for act in (documents.publish, documents.withdraw, documents.publish, documents.delete_document):
        act(document, event, by=None, now=utc_now())
        db.session.commit()
        html = client.get("/jornades/jornada").text
        seen.append(("Programa &lt;b&gt;&amp;" in html, 'id="documents"' in html))

    assert seen == [(True, True), (False, False), (True, True), (False, False)]


def test_the_page_says_what_a_document_is(client):
    event = coming()
    published(samples.pdf(1_500_000), owner=event, kind=DocumentKind.REPORT, language="es")

    html = " ".join(client.get("/jornades/jornada").text.split())

    assert (
        f'<a href="/jornades/jornada/documents/{only_document().id}-programa.pdf" hreflang="es" lang="ca">'
        "<bdi>Informe</bdi></a>"
    ) in html
    assert 'PDF · <span class="nowrap">1,4 MB</span> · <span lang="es">Castellano</span>' in html


def test_the_page_of_a_process_shows_its_documents(client):
    published(owner=make_process("impulsem"), title="La síntesi")

    assert "La síntesi" in client.get("/processos/impulsem").text


@pytest.mark.both_databases
@pytest.mark.parametrize("whose", ["jornades", "processos"])
def test_an_organiser_adds_a_document(organiser, whose):
    make_process("impulsem") if whose == "processos" else coming("impulsem")

    answer = organiser.post(f"/gestio/{whose}/impulsem/documents", data=sent(title="El programa", kind="other"))

    document = only_document()
    assert (answer.status_code, answer.location) == (303, f"/gestio/{whose}/impulsem/documents")
    assert (document.title, document.kind.value, document.is_public) == ("El programa", "other", True)
    assert organiser.get(address(document)).data == samples.PDF
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["document.create", "document.publish"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (None, "Trieu un fitxer."),
        ((b"", "buit.pdf"), "Aquest fitxer és buit."),
        ((samples.SVG, "dibuix.png"), "SVG"),
        ((samples.docx(main=samples.DOCM_MAIN), "acta.docx"), "macros"),
    ],
    ids=["none", "empty", "svg", "macros"],
)
def test_what_is_refused_is_said_at_the_field_and_nothing_is_lost(organiser, file, words):
    coming()
    data = sent(title="El meu títol", kind="report", language="es")
    data |= {"file": (io.BytesIO(file[0]), file[1])} if file else {}
    if not file:
        del data["file"]

    answer = organiser.post("/gestio/jornades/jornada/documents", data=data)

    assert (answer.status_code, db.session.scalars(select(Document)).all()) == (422, [])
    assert 'id="file-error"' in answer.text
    assert words in answer.text
    assert 'value="El meu títol"' in answer.text
    assert '<option selected value="report">' in answer.text
    assert '<option selected value="es">' in answer.text


def test_an_organiser_changes_and_replaces_a_document(organiser):
    document = published()
    there = f"/gestio/jornades/jornada/documents/{document.id}"

    shown = organiser.get(there)
    values = sent(samples.odt(), "nou.doc", kind="synthesis", title="La síntesi", language="")
    del values["is_public"]
    answer = organiser.post(there, data=values)

    db.session.refresh(document)
    assert (shown.status_code, answer.status_code) == (200, 303)
    assert (document.filename, document.title, document.language, document.is_public) == (
        "programa.odt",
        "La síntesi",
        "",
        False,
    )


def test_a_refused_file_leaves_the_old_one_and_what_was_said_of_it(organiser):
    document = published()

    answer = organiser.post(
        f"/gestio/jornades/jornada/documents/{document.id}", data=sent(samples.HTML, "x.pdf", title="Nou")
    )

    db.session.refresh(document)
    assert (answer.status_code, document.title, b"".join(documents.Content(document))) == (422, "", samples.PDF)
    assert 'value="Nou"' in answer.text


def test_an_organiser_orders_shows_and_deletes(organiser):
    event = coming()
    first, second = (add(event, filename=f"{name}.pdf") for name in "ab")
    there = "/gestio/jornades/jornada/documents"

    answers = [
        organiser.post(f"{there}/{second.id}/amunt"),
        organiser.post(f"{there}/{second.id}/publicacio"),
        organiser.post(f"{there}/{first.id}/publicacio"),
        organiser.post(f"{there}/{first.id}/retirada"),
    ]
    page = organiser.get(there)
    asked = organiser.get(f"{there}/{first.id}/supressio")
    gone = organiser.post(f"{there}/{first.id}/supressio")

    assert {(answer.status_code, answer.location) for answer in [*answers, gone]} == {(303, there)}
    assert (page.status_code, asked.status_code) == (200, 200)
    assert [(each.name, each.is_public) for each in documents.list_documents(event)] == [("b", True)]


def test_the_pages_of_staff_stand_hostile_names(organiser):
    add(coming(), filename="\u202e<b>x.pdf", kind=DocumentKind.OTHER, title="<b>&\"'=1+1 \u202eאב 😀")

    page = organiser.get("/gestio/jornades/jornada/documents").text

    assert ("<b>&" in page, "&lt;b&gt;&amp;&#34;&#39;=1+1" in page) == (False, True)


def with_limit(settings, tmp_path, megabytes):
    url = f"sqlite:///{tmp_path / 'own.sqlite'}"
    return conftest.make_app(dataclasses.replace(settings, database_url=url, document_mb=megabytes))


@pytest.fixture
def small(settings, tmp_path):
    """An installation whose documents have one megabyte at most."""
    app = with_limit(settings, tmp_path, 1)
    with app.app_context():
        Model.metadata.create_all(db.engine)
        with transaction():
            coming()
            ada = make_staff()
        client = app.test_client()
        client.log_in(ada)
        yield client
    conftest.dispose(app)


def test_a_little_too_much_is_said_at_the_field(small):
    answer = post_large(small, samples.pdf(1024 * 1024 + 1))

    assert (answer.status_code, f'id="file-error">{TOO_LARGE}</p>' in answer.text) == (422, True)


def test_far_too_much_is_read_to_its_end_and_refused(small):
    body = io.BytesIO(b"x" * 17 * 1024 * 1024)
    answer = small.post(
        "/gestio/jornades/jornada/documents",
        input_stream=body,
        content_length=17 * 1024 * 1024,
        content_type="multipart/form-data; boundary=a",
    )
    page = small.get(answer.location)

    assert (answer.status_code, answer.location) == (303, "/gestio/jornades/jornada/documents")
    assert f'role="status">{TOO_LARGE}</p>' in page.text


def test_only_who_may_sends_more_than_other_forms_take(settings, tmp_path):
    app = with_limit(settings, tmp_path, 40)
    with app.app_context():
        Model.metadata.create_all(db.engine)
        with transaction():
            coming()
            ada, bob = make_staff(), make_staff("bob@example.org", role="viewer")
        answers = []
        for member in (ada, bob, None):
            client = app.test_client()
            if member:
                client.log_in(member)
            answers.append(post_large(client, samples.pdf(17 * 1024 * 1024)))
        kept = [document.size for document in db.session.scalars(select(Document))]
    conftest.dispose(app)

    assert ([answer.status_code for answer in answers], kept) == ([303, 403, 302], [17 * 1024 * 1024])


@pytest.mark.both_databases
def test_every_machine_sees_what_one_of_them_was_given(settings, empty_database):
    one, other = (conftest.make_app(dataclasses.replace(settings, database_url=empty_database)) for _ in range(2))
    with one.app_context():
        Model.metadata.create_all(db.engine)
        with transaction():
            coming()
            ada = make_staff()
        sender, reader = one.test_client(), other.test_client()
        sender.log_in(ada)
        with other.app_context():
            before = 'id="documents"' in reader.get("/jornades/jornada").text
        sender.post("/gestio/jornades/jornada/documents", data=sent(samples.pdf(PIECE_BYTES + 1)))
        document = only_document()
        with other.app_context():
            page = reader.get("/jornades/jornada").text
            there = address(document)
            content = reader.get(there).data
    for app in (one, other):
        conftest.dispose(app)

    assert (before, there in page, content == samples.pdf(PIECE_BYTES + 1)) == (False, True, True)
