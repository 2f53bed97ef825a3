"""The mail desk: what is shown of each mail, sending again, and addresses put right."""

import html
import re
from datetime import timedelta

import icalendar
import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import CalendarFile, MailState, OutgoingMail
from events.models import CalendarShape
from registrations import bounces, ical, mails, notifications
from registrations.attendees import Filter, select_registrations
from registrations.models import Registration, RegistrationMail, RegistrationState
from tests import factories
from tests.factories import NOW

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


@pytest.fixture
def desk(client, ada):
    client.log_in(ada)
    return client


def write(registration, state=MailState.WAITING, response=None, kind="place_confirmed", now=NOW, **values):
    """A mail of a kind to the registration, that has come so far."""
    if kind == "place_confirmed":
        notifications.place_confirmed(registration, registration.sessions, now=now)
    else:
        notifications.own_link(registration, now=now)
    db.session.flush()
    mail = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
    mail.state, mail.response = state, response
    if state is not MailState.WAITING:
        mail.due_at, mail.attempts = None, 1
    if state is MailState.SENT:
        mail.sent_at = now
    for name, value in values.items():
        setattr(mail, name, value)
    db.session.flush()
    return mail


def bond_of(mail):
    return db.session.scalars(select(RegistrationMail).where(RegistrationMail.mail_id == mail.id)).one()


def all_mails():
    db.session.flush()
    db.session.expire_all()
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def acts():
    return list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def attendees_of(mail):
    return [
        str(component["attendee"])
        for values in mail.calendars
        for component in icalendar.Calendar.from_ical(values["content"]).walk("VEVENT")
    ]


def told(values):
    """What a calendar is told, but for whom."""
    (component,) = icalendar.Calendar.from_ical(values["content"]).walk("VEVENT")
    return str(component["uid"]), int(component["sequence"]), component.decoded("dtstart")


# Sending again.


@pytest.mark.both_databases
@pytest.mark.parametrize("state", [MailState.SENT, MailState.REFUSED])
def test_mail_is_sent_again_as_a_new_one(bob, ada, state):
    first = write(bob, state)

    mails.send_again(bond_of(first), by=ada, now=NOW + HOUR)

    first, second = all_mails()
    assert (second.state, second.recipient, second.due_at) == (MailState.WAITING, "bob@example.org", NOW + HOUR)
    assert (second.subject, second.text, second.html) == (first.subject, first.text, first.html)
    assert second.message_id != first.message_id
    assert bond_of(second).registration == bob
    assert acts() == ["registration.send_mail_again"]


@pytest.mark.parametrize("state", [MailState.WAITING, MailState.WITHDRAWN])
def test_mail_that_waits_or_was_withdrawn_is_not_sent_again(bob, ada, state):
    mail = write(bob, state)

    with pytest.raises(mails.MailNotAnswered):
        mails.send_again(bond_of(mail), by=ada, now=NOW)


def test_mail_is_not_sent_to_nowhere(bob, ada):
    mail = write(bob, MailState.REFUSED)
    bob.email, bob.email_key = "", None

    with pytest.raises(mails.NoAddress):
        mails.send_again(bond_of(mail), by=ada, now=NOW)


@pytest.mark.both_databases
def test_mail_is_sent_again_once(bob, ada):
    mail = write(bob, MailState.REFUSED)
    mails.send_again(bond_of(mail), by=ada, now=NOW)

    with pytest.raises(mails.SentAgainAlready):
        mails.send_again(bond_of(mail), by=ada, now=NOW)


def test_two_desks_at_once_send_a_mail_again_once(own_app, race):
    from core.database import transaction  # noqa: PLC0415

    with transaction():
        ada = factories.make_staff(name="Ada")
        mail_id = write(factories.make_registration(), MailState.REFUSED).id
        staff_id = ada.id

    def act():
        with transaction():
            bond = db.session.scalars(select(RegistrationMail).where(RegistrationMail.mail_id == mail_id)).one()
            return mails.send_again(bond, by=db.session.get_one(type(ada), staff_id), now=NOW).id

    results = race([act] * 3)

    assert sorted(type(result).__name__ for result in results) == ["SentAgainAlready", "SentAgainAlready", "int"]
    assert len(all_mails()) == 2


@pytest.mark.both_databases
def test_all_refused_are_sent_again_once(event, ada):
    people = [factories.make_registration(event, email=f"p{number}@example.org") for number in range(4)]
    for person, state in zip(
        people, [MailState.REFUSED, MailState.REFUSED, MailState.SENT, MailState.WAITING], strict=True
    ):
        write(person, state)
    factories.make_registration(factories.make_event("altra"), email="x@example.org")

    counts = [mails.send_refused_again(event, by=ada, now=NOW + HOUR) for _ in range(2)]

    assert counts == [2, 0]
    assert [mail.recipient for mail in all_mails()[4:]] == ["p0@example.org", "p1@example.org"]


# Addresses.


@pytest.mark.both_databases
def test_waiting_mail_goes_to_the_corrected_address(bob, ada):
    mail = write(bob, attempts=3, due_at=NOW + 5 * HOUR, response="451 later")
    token, uid = bob.token, told(mail.calendars[0])

    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    (mail,) = all_mails()
    assert (mail.recipient, mail.due_at, mail.state) == ("robert@example.org", NOW + HOUR, MailState.WAITING)
    assert attendees_of(mail) == ["mailto:robert@example.org"]
    assert told(mail.calendars[0]) == uid
    assert (bob.email, bob.email_key, bob.token) == ("robert@example.org", "robert@example.org", token)
    assert bob.search_key == "bob pla robert@example org associacio de veins"
    assert acts() == ["registration.correct_address"]


@pytest.mark.both_databases
def test_refused_mail_goes_once_more_to_the_corrected_address(bob, ada):
    write(bob, MailState.REFUSED, GONE)

    sent = mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    first, second = all_mails()
    assert sent == [second]
    assert (first.recipient, first.state) == ("bob@example.org", MailState.REFUSED)
    assert (second.recipient, second.state) == ("robert@example.org", MailState.WAITING)
    assert attendees_of(second) == ["mailto:robert@example.org"]
    assert attendees_of(first) == ["mailto:bob@example.org"]


def test_what_was_sent_again_already_is_not_sent_a_third_time(bob, ada):
    mails.send_again(bond_of(write(bob, MailState.REFUSED, GONE)), by=ada, now=NOW)
    _first, second = all_mails()
    second.state = MailState.REFUSED

    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    assert [mail.copy_of_id for mail in all_mails()[2:]] == [second.id]


def test_mail_that_went_astray_takes_the_link_from_whoever_got_it(bob, ada):
    sent = write(bob, MailState.SENT)
    waiting = write(bob, kind="own_link")
    old = bob.token

    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    first, second, third = all_mails()
    assert (first, second) == (sent, waiting)
    assert bob.token != old
    assert old in first.text
    assert old not in second.text + second.html + third.text + third.html
    assert bob.token in second.text
    assert bob.token in second.html
    assert (third.kind, third.recipient) == ("place_confirmed", "robert@example.org")


@pytest.mark.parametrize("shape", CalendarShape)
def test_calendar_at_the_corrected_address_gets_all_entries_under_their_names(bob, ada, shape):
    bob.event.calendar_shape = shape
    first = write(bob, MailState.SENT)
    before = [told(values) for values in first.calendars]

    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    second = all_mails()[-1]
    assert [told(values) for values in second.calendars] == [
        (uid, sequence + 1, starts_at) for uid, sequence, starts_at in before
    ]
    assert attendees_of(second) == ["mailto:robert@example.org"] * len(before)


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        (RegistrationState.CONFIRMED, ["place_confirmed"]),
        (RegistrationState.WAITING, ["waiting"]),
        (RegistrationState.OFFERED, ["own_link"]),
        (RegistrationState.CANCELLED, []),
    ],
)
def test_who_had_no_mail_is_told_how_they_stand(event, ada, state, kinds):
    registration = factories.make_registration(event, email="", state=state)

    mails.correct_address(registration, "robert@example.org", by=ada, now=NOW)

    assert [(mail.kind, mail.recipient) for mail in all_mails()] == [(kind, "robert@example.org") for kind in kinds]


@pytest.mark.both_databases
@pytest.mark.parametrize("state", [RegistrationState.CONFIRMED, RegistrationState.CANCELLED])
def test_address_of_another_registration_is_said_to_be_so(event, bob, ada, state):
    factories.make_registration(
        event, first_name="Cleo", last_name="Mas", email="cleo@example.org", code="CLEO2345", state=state
    )

    with pytest.raises(mails.AddressTaken) as refusal:
        mails.correct_address(bob, "Cleo@Example.org", by=ada, now=NOW)

    assert "Cleo Mas (CLEO2345)" in str(refusal.value)
    assert refusal.value.field == "email"


def test_address_of_another_event_is_free(event, bob, ada):
    factories.make_registration(factories.make_event("altra"), email="cleo@example.org")

    mails.correct_address(bob, "cleo@example.org", by=ada, now=NOW)

    assert bob.email == "cleo@example.org"


def test_same_address_corrects_nothing(bob, ada):
    with pytest.raises(mails.SameAddress):
        mails.correct_address(bob, "bob@example.org", by=ada, now=NOW)


def test_other_case_of_the_same_address_is_a_correction(bob, ada):
    mails.correct_address(bob, "Bob@example.org", by=ada, now=NOW)

    assert (bob.email, bob.email_key) == ("Bob@example.org", "bob@example.org")


def test_two_people_corrected_to_one_address_at_once(own_app, race):
    from core.database import transaction  # noqa: PLC0415

    with transaction():
        event = factories.make_event()
        ids = [factories.make_registration(event, email=f"p{number}@example.org").id for number in range(3)]
        staff_id, staff_type = factories.make_staff().id, type(factories.make_staff("b@example.org"))

    def correct(registration_id):
        with transaction():
            registration = db.session.get_one(Registration, registration_id)
            by = db.session.get_one(staff_type, staff_id)
            return len(mails.correct_address(registration, "one@example.org", by=by, now=NOW))

    results = race([lambda key=key: correct(key) for key in ids])

    assert sorted(map(type, results), key=str) == sorted([int, mails.AddressTaken, mails.AddressTaken], key=str)
    assert db.session.scalar(select(func.count()).where(Registration.email == "one@example.org")) == 1


def test_message_to_another_address_is_otherwise_the_same(bob):
    (values,) = write(bob).calendars

    file = ical.readdress(CalendarFile(**values), "robert.with.a.very.long.name@an.even.longer.example.org")
    back = ical.readdress(file, "bob@example.org")

    assert "robert.with.a.very.long.name@an.even.longer.example.org" in file.content.replace("\r\n ", "")
    assert back == CalendarFile(**values)


# Bounces.


@pytest.mark.both_databases
def test_address_refuses_mail_until_one_is_accepted(event, bob):
    other = factories.make_registration(event, email="cleo@example.org")
    write(bob, MailState.SENT)
    write(bob, MailState.REFUSED, "550 no such person")
    write(bob)
    write(other, MailState.SENT)

    refused = bounces.read_words([bob.id, other.id])
    count = bounces.count_refusing(event)
    found = list(db.session.scalars(select_registrations(event, Filter(refuses_mail=True))))
    write(bob, MailState.SENT)

    assert refused == {bob.id: "550 no such person"}
    assert (count, found) == (1, [bob])
    assert bounces.read_words([bob.id]) == {}
    assert bounces.count_refusing(event) == 0


def test_corrected_address_refuses_nothing_yet(bob, ada):
    write(bob, MailState.REFUSED, GONE)
    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW)

    assert bounces.read_words([bob.id]) == {}


# Pages.


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


def test_every_kind_of_mail_has_a_word():
    from registrations.labels import MAIL_KINDS  # noqa: PLC0415
    from tests.test_translations import ROOT  # noqa: PLC0415

    templates = {path.stem for path in (ROOT / "templates/registrations/mail").glob("[a-z]*.txt")}

    assert set(MAIL_KINDS) == templates
