"""The mail desk: what is shown of each mail, and what is done from there."""

import html
import re
from datetime import timedelta

import pytest

from core.database import db
from core.dates import utc_now
from core.mail import MailState
from tests import factories
from tests.factories import NOW
from tests.registrations.outbox import all_mails, write

HOUR = timedelta(hours=1)
DESK = "/gestio/jornades/jornada/correus"
GONE = "550 5.1.1 no such <person>"


@pytest.fixture
def event(app):
    starts_at = utc_now() + timedelta(days=10)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), reminder_days=[7, 1])
    factories.make_session(event, "T1", title="Taller 1")
    return event


@pytest.fixture
def bob(event):
    return factories.make_registration(event, event.sessions[0])


def rows(response):
    return [
        re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", row))).strip()
        for row in re.findall(r'<tr id="m\d+">(.*?)</tr>', response.text, re.DOTALL)
    ]


def test_list_shows_each_mail_and_what_became_of_it(desk, event, bob):
    write(bob, MailState.SENT, now=NOW)
    write(bob, MailState.REFUSED, GONE, now=NOW + HOUR)
    write(bob, attempts=2, due_at=NOW + 4 * HOUR, response="451 later", now=NOW + 2 * HOUR)
    write(bob, held_up_since=NOW, now=NOW + 3 * HOUR)
    write(bob, MailState.WITHDRAWN, kind="own_link", now=NOW + 4 * HOUR)

    response = desk.get(DESK)

    assert response.status_code == 200
    shown = rows(response)
    assert len(shown) == 5
    assert "retirat" in shown[0]
    assert "El servidor de correu no respon" in shown[1]
    assert "451 later" in shown[2]
    assert GONE in shown[3]
    assert "enviat" in shown[4]


def test_list_is_filtered_by_state_kind_and_person(desk, event, bob):
    cleo = factories.make_registration(
        event, first_name="Cleo", last_name="Mas", email="cleo@example.org", code="CLEO2"
    )
    write(bob, MailState.SENT)
    write(bob, MailState.REFUSED, GONE, kind="own_link")
    write(cleo, MailState.REFUSED, GONE)

    counts = {
        query: len(rows(desk.get(f"{DESK}?{query}")))
        for query in (
            "",
            "state=sent",
            "state=refused",
            "kind=own_link",
            "state=refused&kind=own_link",
            "q=cleo",
            "q=CLEO2",
            "q=bob@example.org",
            "q=nobody",
            "q=%25",
            "state=withdrawn",
        )
    }

    assert list(counts.values()) == [3, 1, 2, 1, 1, 1, 1, 2, 0, 0, 0]


@pytest.mark.parametrize("query", ["state=lost", "kind=spam", "state=<b>"])
def test_filter_there_is_none_of_is_a_page_there_is_none_of(desk, event, query):
    assert desk.get(f"{DESK}?{query}").status_code == 404


def test_list_takes_the_same_number_of_queries_however_many(app, desk, event, bob, count_queries):
    write(bob)
    one = count_queries(lambda: desk.get(DESK))
    for number in range(3):
        write(factories.make_registration(event, email=f"p{number}@example.org"), MailState.REFUSED, GONE)

    assert count_queries(lambda: desk.get(DESK)) == one


def test_long_list_has_pages(desk, event, bob):
    for _ in range(51):
        write(bob, kind="own_link")

    assert len(rows(desk.get(DESK))) == 50
    assert len(rows(desk.get(f"{DESK}?page=2"))) == 1


def test_empty_list_says_so_and_what_will_be_sent(desk, event):
    text = desk.get(DESK).text

    assert "Encara no s’ha escrit cap correu" in text
    assert "Recordatori 7 dies abans" in text
    assert "Recordatori el dia abans" in text


def test_mail_is_read_as_text_and_as_a_page_that_can_do_nothing(desk, event, bob):
    bob.first_name = "<script>alert(1)</script>"
    mail = write(bob, MailState.SENT)

    page = desk.get(f"{DESK}/{mail.id}")
    frame = desk.get(f"{DESK}/{mail.id}/html")

    assert page.status_code == 200
    assert "<script>alert" not in page.text + frame.text
    assert f'src="{DESK}/{mail.id}/html"' in page.text
    assert "sandbox title=" in page.text
    assert frame.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in frame.headers["Content-Security-Policy"]
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert frame.text == mail.html


def test_mail_of_another_event_is_not_shown(desk, event):
    other = factories.make_registration(factories.make_event("altra"))
    mail = write(other)

    assert [desk.get(f"{DESK}/{mail.id}{tail}").status_code for tail in ("", "/html")] == [404, 404]
    assert desk.post(f"{DESK}/{mail.id}/reenviament").status_code == 404


def test_mail_without_page_has_none(desk, event, bob):
    mail = write(bob, html=None)

    assert desk.get(f"{DESK}/{mail.id}").status_code == 200
    assert desk.get(f"{DESK}/{mail.id}/html").status_code == 404


def test_sending_again_shows_the_new_mail_and_twice_says_so(desk, event, bob):
    mail = write(bob, MailState.REFUSED, GONE)

    first = desk.post(f"{DESK}/{mail.id}/reenviament")
    second = desk.post(f"{DESK}/{mail.id}/reenviament", follow_redirects=True)

    copy = all_mails()[1]
    assert (first.status_code, first.headers["Location"]) == (303, f"{DESK}/{copy.id}")
    assert "ja s’ha tornat a enviar" in second.text
    assert len(all_mails()) == 2


def test_all_refused_are_sent_again_from_the_list(desk, event, bob):
    write(bob, MailState.REFUSED, GONE)

    response = desk.post(f"{DESK}/reenviament", follow_redirects=True)

    assert "1 correu torna a estar en camí" in response.text
    assert len(all_mails()) == 2


def test_bounce_is_on_the_persons_row_with_the_way_to_correct_it(desk, event, bob):
    factories.make_registration(event, first_name="Cleo", email="cleo@example.org")
    write(bob, MailState.REFUSED, GONE)

    everybody = desk.get("/gestio/jornades/jornada/inscripcions")
    refusing = desk.get("/gestio/jornades/jornada/inscripcions?mail=refused")
    person = desk.get(f"/gestio/jornades/jornada/inscripcions/{bob.id}")

    address = f"/gestio/jornades/jornada/inscripcions/{bob.id}/adreca"
    for page in (everybody, refusing, person):
        assert "L’adreça no rep correu: 550 5.1.1 no such &lt;person&gt;" in page.text
        assert f'href="{address}"' in page.text
    assert "Cleo" in everybody.text
    assert "Cleo" not in refusing.text


def test_door_sees_the_bounce_and_no_mail(client, event, bob):
    mail = write(bob, MailState.REFUSED, GONE)
    client.log_in(factories.make_staff("porta@example.org", role="door"))

    shown = client.get("/gestio/jornades/jornada/inscripcions")
    addresses = [DESK, f"{DESK}/{mail.id}", f"{DESK}/{mail.id}/html"]
    statuses = [client.get(address).status_code for address in addresses]

    assert "L’adreça no rep correu" in shown.text
    assert "/adreca" not in shown.text
    assert DESK not in shown.text
    assert statuses == [403, 403, 403]


def test_address_is_corrected_with_a_form(desk, event, bob):
    write(bob, MailState.REFUSED, GONE)
    address = f"/gestio/jornades/jornada/inscripcions/{bob.id}/adreca"

    form = desk.get(address)
    done = desk.post(address, data={"email": " robert@example.org "}, follow_redirects=True)

    assert 'value="bob@example.org"' in form.text
    assert "550 5.1.1" in form.text
    assert "L’adreça està corregida: Bob Pla. S’hi envia ara 1 correu." in done.text
    assert [mail.recipient for mail in all_mails()] == ["bob@example.org", "robert@example.org"]


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Cal omplir aquest camp"),
        ("nobody", "nom@example.org"),
        ("núria@example.org", "accents"),
        ("bob@example.org", "ja és aquesta"),
        ("cleo@example.org", "Cleo Pla"),
        ("a" * 330 + "@example.org", "massa llarg"),
        ("b@example.org\r\nBcc: c@example.org", "nom@example.org"),
    ],
)
def test_wrong_address_is_refused_at_the_field(desk, event, bob, email, words):
    factories.make_registration(event, first_name="Cleo", email="cleo@example.org")

    response = desk.post(f"/gestio/jornades/jornada/inscripcions/{bob.id}/adreca", data={"email": email})

    assert response.status_code == 422
    assert words in html.unescape(response.text)
    db.session.expire_all()
    assert bob.email == "bob@example.org"
