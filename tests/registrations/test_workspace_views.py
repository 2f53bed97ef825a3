"""The attendee list in the workspace: what each role may see and do there, and what it says."""

import html
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from core.tables import FORMATS
from events.models import EventState
from registrations import attendee_files
from registrations.models import (
    Attendance,
    AttendanceSource,
    AttendeeFile,
    ChosenSession,
    Registration,
    RegistrationSource,
    RegistrationState,
)
from tests import factories

LIST = "/gestio/jornades/jornada/inscripcions"
HEADER = "nom;cognoms;email;entitat;sessions;assistència"
HOSTILE = "<b>&\"'=1+1</b>"


@pytest.fixture
def event(app):
    """In ten days, with two workshops one after the other."""
    starts_at = utc_now() + timedelta(days=10)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5))
    factories.make_session(event, "T1", title="Taller 1")
    factories.make_session(event, "T2", title="Taller 2", starts_at=starts_at + timedelta(hours=3))
    return event


@pytest.fixture
def desk(client, ada):
    """Ada's browser."""
    client.log_in(ada)
    return client


def count(model):
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(model))


def names(response):
    """The people shown, in order."""
    return [
        re.sub(r"\s+", " ", name)
        for name in re.findall(r'<th scope="row">\s*<a href="[^"]*"><bdi>(.*?)</bdi></a>', response.text)
    ]


def flashed(response):
    return re.findall(r'<p class="notice[^"]*" role="status">(.*?)</p>', response.text)


ROUTES = [
    ("GET", "", "view_registrations"),
    ("GET", "/llista?format=csv", "export_registrations"),
    ("POST", "/{person}/assistencia/{session}", "record_attendance"),
    ("POST", "/{person}/assistencia/{session}/anullacio", "record_attendance"),
    ("POST", "/assistencia/{session}", "record_attendance"),
    ("POST", "/assistencia/{session}/tothom", "record_attendance"),
    ("POST", "/assistencia/{session}/anullacio", "record_attendance"),
    ("GET", "/{person}/cancellacio", "edit_registrations"),
    ("POST", "/{person}/cancellacio", "edit_registrations"),
    ("GET", "/alta", "edit_registrations"),
    ("GET", "/fitxer", "edit_registrations"),
    ("GET", "/fitxer/{file}", "edit_registrations"),
    ("POST", "/fitxer/{file}", "edit_registrations"),
    ("POST", "/fitxer/{file}/descart", "edit_registrations"),
]
MAY = {
    "administrator": {"view_registrations", "export_registrations", "record_attendance", "edit_registrations"},
    "organiser": {"view_registrations", "export_registrations", "record_attendance", "edit_registrations"},
    "door": {"view_registrations", "record_attendance"},
    "facilitator": set(),
    "viewer": set(),
}


def go(client, event, method, path):
    bob = factories.make_registration(event, event.sessions[0])
    file = attendee_files.keep(event, "list.csv", f"{HEADER}\nAnna;;;;;\n".encode(), now=utc_now())
    path = path.format(person=bob.id, session=event.sessions[0].id, file=file.id)
    return client.open(LIST + path, method=method)


@pytest.mark.parametrize("role", list(MAY))
@pytest.mark.parametrize("route", ROUTES)
def test_each_role_may_do_what_it_is_there_for(event, client, role, route):
    method, path, permission = route
    client.log_in(factories.make_staff(role=role))

    response = go(client, event, method, path)

    assert response.status_code == ((303 if method == "POST" else 200) if permission in MAY[role] else 403)


@pytest.mark.parametrize(("method", "path", "_permission"), ROUTES)
def test_nobody_gets_in_without_an_account(event, client, method, path, _permission):
    response = go(client, event, method, path)

    assert response.status_code == 302
    assert response.location.startswith("/entrada")


@pytest.mark.parametrize(
    "path",
    [
        "?session=T9",
        "?state=gone",
        "?presence=maybe",
        "?sort=email",
        "/llista?format=pdf",
        "/llista?profile=all",
        "/999999/cancellacio",
        "/fitxer/999999",
    ],
)
def test_what_there_is_not_is_404(event, desk, path):
    assert desk.get(LIST + path).status_code == 404


@pytest.mark.parametrize("query", ["", "?page=0", "?page=-3", "?page=99999999999999999999", "?page=x", "?q=%25"])
def test_odd_addresses_show_the_list(event, desk, query):
    factories.make_registration(event, last_name="100%")

    assert names(desk.get(LIST + query)) == ["100%, Bob"]


def test_people_of_another_event_cannot_be_reached(event, desk):
    other = factories.make_registration(factories.make_event("other"))
    session = event.sessions[0]

    statuses = [
        desk.post(f"{LIST}/{other.id}/assistencia/{session.id}").status_code,
        desk.post(f"{LIST}/{other.id}/cancellacio").status_code,
        desk.post(f"{LIST}/assistencia/{session.id}", data={"registration": [other.id]}).status_code,
    ]

    assert statuses == [404, 404, 303]
    assert count(Attendance) == 0


def test_an_empty_list_says_what_to_do(event, desk):
    response = desk.get(LIST)

    assert "Encara no s’ha inscrit ningú." in response.text
    assert f'href="{LIST}/fitxer"' in response.text


def test_a_filter_that_finds_nobody_says_so(event, desk):
    factories.make_registration(event)

    response = desk.get(f"{LIST}?q=zzz")

    assert "No hi ha cap inscripció així." in response.text
    assert names(response) == []


def test_the_list_is_filtered_and_sorted(event, desk):
    one, two = event.sessions
    a = factories.make_registration(event, one, first_name="Àngels", last_name="Çelik", email="a@example.org")
    factories.make_registration(
        event, one, first_name="Bob", last_name="Celma", email="b@example.org", organisation="Àgora"
    )
    factories.make_registration(
        event, two, first_name="Cleo", last_name="Zamora", email="c@example.org", organisation="Barri"
    )
    factories.make_attendance(a, one)

    assert names(desk.get(LIST)) == ["Çelik, Àngels", "Celma, Bob", "Zamora, Cleo"]
    assert names(desk.get(f"{LIST}?sort=organisation")) == ["Celma, Bob", "Çelik, Àngels", "Zamora, Cleo"]
    assert names(desk.get(f"{LIST}?session=T1&presence=not_yet")) == ["Celma, Bob"]
    assert names(desk.get(f"{LIST}?q=CELIK&state=confirmed")) == ["Çelik, Àngels"]


def test_hostile_names_are_shown_as_text(event, desk):
    factories.make_registration(event, first_name=HOSTILE, last_name="😀", organisation="<script>alert(1)</script>")

    page = desk.get(LIST).text

    assert "<script>alert" not in page
    assert "😀, &lt;b&gt;&amp;&#34;&#39;=1+1&lt;/b&gt;" in page


def test_fifty_are_shown_at_a_time(event, desk):
    for number in range(51):
        factories.make_registration(event, last_name=f"{number:02}", email=f"{number}@example.org")

    first, second = desk.get(LIST), desk.get(f"{LIST}?page=2")

    assert (len(names(first)), names(second)) == (50, ["50, Bob"])
    assert "1–50 de 51" in first.text
    assert "51–51 de 51" in second.text


@pytest.mark.parametrize("query", ["", "?session=T1"])
def test_one_row_and_fifty_take_the_same_number_of_queries(event, desk, ada, count_queries, query):
    def add(number):
        bob = factories.make_registration(event, *event.sessions, email=f"{number}@example.org")
        factories.make_attendance(bob, event.sessions[0], recorded_by_id=ada.id)

    add(0)
    with_one = count_queries(lambda: desk.get(LIST + query))
    for number in range(1, 50):
        add(number)

    assert count_queries(lambda: desk.get(LIST + query)) == with_one


def test_one_click_records_attendance_and_one_undoes_it(event, desk, ada):
    session = event.sessions[0]
    bob = factories.make_registration(event, session)

    response = desk.post(f"{LIST}/{bob.id}/assistencia/{session.id}?session=T1&q=bob")

    assert (response.status_code, response.location) == (303, f"{LIST}?session=T1&q=bob#r{bob.id}")
    row = db.session.scalars(select(Attendance)).one()
    assert (row.registration_id, row.session_id, row.source, row.recorded_by_id) == (
        bob.id,
        session.id,
        AttendanceSource.LIST,
        ada.id,
    )
    page = desk.get(response.location)
    assert flashed(page)[0] == "Bob Pla: assistència registrada a T1."
    assert "llista, Ada," in page.text

    response = desk.post(f"{LIST}/{bob.id}/assistencia/{session.id}/anullacio")

    assert count(Attendance) == 0
    assert flashed(desk.get(response.location)) == ["Bob Pla: s’ha desfet l’assistència a T1."]


@pytest.mark.parametrize("query", ["endpoint=x", "_external=1&_scheme=javascript", "_anchor=x&_method=GET&slug=x"])
def test_what_stands_in_the_address_changes_no_other_address(event, desk, query):
    session = event.sessions[0]
    bob = factories.make_registration(event, session)
    act = f"{LIST}/{bob.id}/assistencia/{session.id}?{query}"

    page = desk.get(f"{LIST}?{query}")
    response = desk.post(act)

    assert page.status_code == 200
    assert f'formaction="{act.replace("&", "&amp;")}"' in page.text
    assert (response.status_code, response.location) == (303, f"{LIST}?{query}#r{bob.id}")


def test_a_double_click_records_once(event, desk):
    bob = factories.make_registration(event)

    for _click in range(2):
        desk.post(f"{LIST}/{bob.id}/assistencia/{event.sessions[0].id}")

    assert count(Attendance) == 1


def test_who_cancelled_can_be_recorded_and_the_page_says_so(event, desk):
    bob = factories.make_registration(event, state=RegistrationState.CANCELLED)

    page = desk.get(f"{LIST}?session=T1&everybody=1").text
    desk.post(f"{LIST}/{bob.id}/assistencia/{event.sessions[0].id}")

    assert "cancel·lada, però si ha vingut es pot registrar" in page
    assert count(Attendance) == 1


def test_those_ticked_are_recorded_and_undone_together(event, desk):
    session = event.sessions[0]
    people = [factories.make_registration(event, session, email=f"{number}@example.org") for number in range(3)]
    ticked = {"registration": [people[0].id, people[2].id, "x", "", -1, 2**31, 2**70, "9" * 5000]}

    response = desk.post(f"{LIST}/assistencia/{session.id}?session=T1", data=ticked)
    assert flashed(desk.get(response.location))[0] == "2 assistències registrades a T1."
    assert count(Attendance) == 2

    response = desk.post(f"{LIST}/assistencia/{session.id}/anullacio", data=ticked)
    assert flashed(desk.get(response.location)) == ["S’han desfet 2 assistències."]
    assert count(Attendance) == 0
    assert count(AuditEntry) == 2


def test_everybody_of_the_filter_with_a_place_is_recorded(event, desk):
    one, two = event.sessions
    factories.make_registration(event, one, first_name="A", email="a@example.org")
    factories.make_registration(event, one, first_name="B", email="b@example.org")
    factories.make_registration(event, two, first_name="C", email="c@example.org")
    factories.make_registration(event, email="d@example.org", state=RegistrationState.CANCELLED)

    assert "2 persones amb plaça confirmada han vingut a «Taller 1»" in desk.get(f"{LIST}?session=T1").text
    response = desk.post(f"{LIST}/assistencia/{one.id}/tothom?session=T1")

    assert flashed(desk.get(response.location))[0] == "2 assistències registrades a T1."
    assert count(Attendance) == 2


def test_door_staff_see_the_list_without_what_is_not_theirs(event, client):
    factories.make_registration(event, event.sessions[0])
    client.log_in(factories.make_staff(role="door"))

    page = client.get(LIST).text

    assert "/assistencia/" in page
    assert "llista?" not in page
    assert "/llista" not in page
    assert "cancellacio" not in page
    assert "fitxer" not in page


@pytest.mark.parametrize(
    ("format_", "start"), [("csv", b"\xef\xbb\xbfNom;Cognoms;"), ("xlsx", b"PK\x03\x04"), ("ods", b"PK\x03\x04")]
)
def test_what_is_filtered_is_downloaded_and_noted(event, desk, ada, format_, start):
    factories.make_registration(event, first_name="Bob", email="bob@example.org")
    factories.make_registration(event, first_name="Cleo", email="cleo@example.org")

    with desk.get(f"{LIST}/llista?format={format_}&q=cleo") as response:
        data = response.data

    assert data.startswith(start)
    assert response.content_type == FORMATS[format_]
    assert response.headers["Content-Disposition"] == f"attachment; filename=jornada-full.{format_}"
    assert response.headers["Cache-Control"] == "no-store"
    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.staff_id, line.details["count"]) == ("registration.export", ada.id, 1)
    if format_ == "csv":
        assert [row.split(";")[0] for row in data.decode().splitlines()[1:]] == ["Cleo"]


def test_a_cancellation_is_asked_once_and_told(event, desk):
    bob = factories.make_registration(event, event.sessions[0])

    assert "Voleu cancel·lar la inscripció de Bob Pla?" in desk.get(f"{LIST}/{bob.id}/cancellacio").text
    response = desk.post(f"{LIST}/{bob.id}/cancellacio")

    assert response.location == f"{LIST}#r{bob.id}"
    assert flashed(desk.get(response.location)) == ["La inscripció de Bob Pla està cancel·lada."]
    assert (event.places_taken, count(ChosenSession), count(OutgoingMail)) == (0, 0, 1)


def test_after_the_event_nothing_is_cancelled(app, desk):
    event = factories.make_event(starts_at=utc_now() - timedelta(days=2), ends_at=utc_now() - timedelta(days=1))
    bob = factories.make_registration(event)

    response = desk.post(f"{LIST}/{bob.id}/cancellacio")

    assert flashed(desk.get(response.location)) == ["Aquesta jornada ja s’ha fet."]
    assert event.places_taken == 1


def upload(desk, *lines, filename="list.csv"):
    data = "\n".join([HEADER, *lines]).encode()
    return desk.post(f"{LIST}/fitxer", data={"file": (io.BytesIO(data), filename)})


def test_a_file_is_looked_at_then_imported(event, desk, ada):
    response = upload(desk, "Anna;Mas;anna@example.org;CSS;T1;", f"{HOSTILE};Pla;b@example.org;;T2;T2")
    page = desk.get(response.location)

    assert page.status_code == 200
    assert re.findall(r"<dd>(\d+)</dd>", page.text) == ["2", "0", "0", "2", "1"]
    assert count(Registration) == 0

    response = desk.post(response.location)

    assert flashed(desk.get(response.location)) == ["Importat: 2 de noves, 0 de canviades, 0 com estaven."]
    assert (count(Registration), count(Attendance), count(AttendeeFile), count(OutgoingMail)) == (2, 1, 0, 0)
    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.staff_id) == ("registration.import", ada.id)


def test_a_file_with_bad_rows_shows_every_one_and_imports_nothing(event, desk):
    response = upload(desk, f";{HOSTILE};b;;T9;", "Anna;;;;;")
    location = response.location

    for page in (desk.get(location), desk.post(location)):
        assert page.status_code == 422
        assert re.findall(r"<li>(Fila.*?)</li>", page.text) == [
            "Fila 2: hi falta el nom",
            "Fila 2: «b» no és cap adreça electrònica",
            "Fila 2: cap sessió on es pugui assistir no té el codi «T9»",
        ]
    assert count(Registration) == 0


def test_a_file_with_very_many_bad_rows_shows_the_first_and_how_many_more(event, desk):
    page = desk.get(upload(desk, *["x;;nobody;;;"] * 60).location)

    assert len(re.findall(r"<li>Fila", page.text)) == 50
    assert "I 10 més." in page.text


def test_places_above_capacity_are_offered_and_given_on_purpose(event, desk):
    event.sessions[0].capacity = 0
    location = upload(desk, "Anna;;;;T1;").location

    page = desk.get(location)
    assert page.status_code == 422
    assert f"{location}?over_capacity=1" in page.text

    page = desk.get(f"{location}?over_capacity=1")
    assert page.status_code == 200
    assert 'name="over_capacity" value="1"' in page.text

    desk.post(location, data={"over_capacity": "1"})
    db.session.expire_all()
    assert (event.sessions[0].places_taken, event.sessions[0].extra_places) == (1, 1)


def test_a_form_without_a_file_says_so(event, desk):
    response = desk.post(f"{LIST}/fitxer", data={})

    assert response.status_code == 422
    assert "Trieu un fitxer: CSV, XLSX o ODS." in response.text


def test_a_file_that_is_left_is_forgotten(event, desk):
    response = upload(desk, "Anna;;;;;")

    desk.post(f"{response.location}/descart")

    assert (count(AttendeeFile), count(Registration)) == (0, 0)
    assert desk.get(response.location).status_code == 404


def test_a_file_waits_no_longer_than_a_day(event, desk):
    now = utc_now()
    old = attendee_files.keep(event, "old.csv", b"x", now=now - timedelta(hours=25))
    young = attendee_files.keep(event, "young.csv", b"x", now=now - timedelta(hours=23))
    old_id, young_id = old.id, young.id

    assert desk.get(f"{LIST}/fitxer/{old_id}").status_code == 404
    assert attendee_files.forget_old_attendee_files(now) == 1
    assert db.session.scalars(select(AttendeeFile.id)).all() == [young_id]


def test_a_file_of_another_event_is_not_found(event, desk):
    file = attendee_files.keep(factories.make_event("other"), "list.csv", b"x", now=utc_now())

    assert desk.get(f"{LIST}/fitxer/{file.id}").status_code == 404


def test_the_events_own_page_counts_them(event, client):
    factories.make_registration(event)
    client.log_in(factories.make_staff(role="viewer"))

    page = client.get("/gestio/jornades/jornada").text

    assert "Hi ha 1 persona inscrita." in re.sub(r"\s+", " ", page)
    assert LIST not in page


def add(desk, **data):
    return desk.post(f"{LIST}/alta", data={"first_name": "Cleo", **data})


def test_a_late_person_is_added_and_told(event, desk, ada):
    response = add(desk, last_name="Mas", email="cleo@example.org", sessions=["T1"])

    assert response.status_code == 303
    assert names(desk.get(response.location)) == ["Mas, Cleo"]
    cleo = db.session.scalars(select(Registration)).one()
    assert (cleo.source, cleo.state, cleo.email) == (
        RegistrationSource.STAFF,
        RegistrationState.CONFIRMED,
        "cleo@example.org",
    )
    assert (event.places_taken, event.sessions[0].places_taken) == (1, 1)
    assert (count(Attendance), count(OutgoingMail)) == (0, 1)
    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.staff_id) == ("registration.create", ada.id)


def test_whoever_has_come_is_added_and_recorded(event, desk):
    event.state = EventState.CLOSED

    response = add(desk, sessions=["T1", "T2"], has_come="y")

    assert response.status_code == 303
    cleo = db.session.scalars(select(Registration)).one()
    assert (cleo.source, cleo.email_key) == (RegistrationSource.DOOR, None)
    assert (count(Attendance), count(OutgoingMail)) == (2, 0)


def test_a_person_over_capacity_only_when_it_is_ticked(event, desk):
    event.sessions[0].capacity = 0

    refused = add(desk, sessions=["T1"])
    assert refused.status_code == 422
    assert "Totes les places de «Taller 1» estan ocupades." in refused.text
    assert count(Registration) == 0

    assert add(desk, sessions=["T1"], over_capacity="y").status_code == 303
    db.session.expire_all()
    assert (event.sessions[0].places_taken, event.sessions[0].extra_places) == (1, 1)


def test_a_cancelled_person_is_taken_up_again(event, desk):
    bob = factories.make_registration(event, state=RegistrationState.CANCELLED)

    add(desk, email="BOB@example.org")

    db.session.expire_all()
    assert (count(Registration), bob.state) == (1, RegistrationState.CONFIRMED)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"first_name": " "}, "Cal omplir aquest camp."),
        ({"email": "nobody"}, "Escriviu una adreça electrònica sencera, com ara nom@example.org."),
        ({"email": "bob@example.org"}, "Ja hi ha una inscripció amb aquesta adreça."),
        ({"sessions": ["T9"]}, "Una de les sessions triades ja no és al programa. Torneu a triar."),
        ({"has_come": "y"}, "Trieu almenys una sessió a la qual hagi vingut la persona."),
        ({"first_name": "x" * 1_000_000}, "És massa llarg: 120 caràcters com a màxim."),
    ],
)
def test_a_person_who_cannot_be_added_is_told_why(event, desk, data, message):
    factories.make_registration(event)

    response = add(desk, **data)

    assert response.status_code == 422
    assert message in html.unescape(response.text)
    assert count(Registration) == 1


def test_nobody_is_added_to_a_cancelled_event(event, desk):
    event.state = EventState.CANCELLED

    assert add(desk).status_code == 422
    assert count(Registration) == 0
