"""The door over HTTP: who may open it, what it gives away, what it takes, and when it is closed."""

import json
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.web import external_url
from door import links
from door.lists import GROUPS, in_milliseconds
from door.models import DoorAct, DoorLink
from door.reports import MAX_NAMES
from events.models import EventState, SessionKind
from registrations.models import Attendance, Registration
from tests import factories

DOOR = "/gestio/jornades/jornada/porta"
LINKED = "/porta/jornades/jornada"


@pytest.fixture
def event(app):
    return factories.make_event(starts_at=utc_now() - timedelta(minutes=30), capacity=50)


@pytest.fixture
def session(event):
    return factories.make_session(event, title="Benvinguda", kind=SessionKind.PLENARY, starts_at=event.starts_at)


@pytest.fixture
def bob(session):
    return factories.make_registration(session.event, organisation="Ateneu", code="BBBB2345")


@pytest.fixture
def door_staff(client, app):
    member = factories.make_staff("porta@example.org", role="door", name="Dora")
    client.log_in(member)
    return member


def make_link(event, *, label="Voluntaris", hours=5, **values):
    link = DoorLink(
        **{
            "event_id": event.id,
            "token": uuid.uuid4().hex,
            "label": label,
            "expires_at": utc_now() + timedelta(hours=hours),
            "created_at": factories.NOW,
            **values,
        }
    )
    db.session.add(link)
    db.session.flush()
    return link


@pytest.fixture
def link(client, event):
    """A door link that this browser has opened."""
    link = make_link(event)
    assert client.get(f"/porta/{link.token}").status_code == 303
    return link


def act(kind="check_in", *, seconds_ago=0, **values):
    at = in_milliseconds(utc_now()) - seconds_ago * 1000
    return {"id": str(uuid.uuid4()), "kind": kind, "person": "BBBB2345", "session": "T1", "at": at, **values}


def send(client, *acts, address=DOOR, **values):
    clock = in_milliseconds(utc_now())
    batch = {"device": "Porta sud", "clock": clock, "acts": acts, **values}
    return client.post(f"{address}/actes", data=json.dumps(batch), content_type="application/json")


def outcomes(response):
    return [answer["outcome"] for answer in response.json["acts"].values()]


def test_the_list_has_what_the_door_needs_and_nothing_else(client, door_staff, session, bob):
    factories.make_attendance(bob, session, recorded_by_id=door_staff.id)

    answer = client.get(f"{DOOR}/llista")

    assert set(answer.json) == {"event", "groups", "now", "csrf"}
    groups = answer.json["groups"]
    assert sorted(groups, key=int) == [str(number) for number in range(GROUPS)]
    rows = [row for _mark, rows in groups.values() for row in rows]
    mark = ["T1", in_milliseconds(factories.NOW), "list", "Dora", [f"list@{factories.NOW.isoformat()}"]]
    assert rows == [["BBBB2345", "Bob", "Pla", "Ateneu", "confirmed", [], [], [mark], []]]
    assert bob.email not in answer.text
    assert bob.token not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_list_is_not_sent_again_while_nothing_changes(client, door_staff, session, bob):
    first = client.get(f"{DOOR}/llista")

    again = client.get(f"{DOOR}/llista", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")


def test_only_the_groups_that_changed_are_sent(client, door_staff, session, bob):
    factories.make_registration(session.event, email="cleo@example.org")
    first = client.get(f"{DOOR}/llista").json
    known = "".join(first["groups"][str(number)][0] for number in range(GROUPS))
    factories.make_attendance(bob, session)

    groups = client.get(f"{DOOR}/llista", headers={"Door-Marks": known}).json["groups"]

    assert list(groups) == [str(bob.id % GROUPS)]


def test_marks_that_are_none_give_the_whole_list(client, door_staff, session, bob):
    for marks in ("x", "ç" * 500, "-" * 6 * GROUPS):
        assert len(client.get(f"{DOOR}/llista", headers={"Door-Marks": marks}).json["groups"]) == GROUPS


def test_reading_the_list_takes_the_same_queries_for_one_and_for_many(client, door_staff, session, bob, count_queries):
    def ask():
        assert client.get(f"{DOOR}/llista").status_code == 200

    few = count_queries(ask)
    for number in range(5):
        factories.make_registration(session.event, session, email=f"p{number}@example.org")

    assert count_queries(ask) == few


def test_acts_are_taken_and_answered_with_the_person(client, door_staff, session, bob):
    sent = act(seconds_ago=120, source="code")

    answer = send(client, sent)

    assert answer.json["acts"] == {sent["id"]: {"outcome": "recorded", "code": "BBBB2345", "namesakes": []}}
    [(group, row)] = answer.json["rows"]
    assert (group, row[0], row[7][0][4]) == (bob.id % GROUPS, "BBBB2345", [sent["id"]])
    recorded = db.session.scalars(select(Attendance)).one()
    assert (recorded.source.value, recorded.recorded_by_id) == ("code", door_staff.id)
    assert timedelta(seconds=115) < utc_now() - recorded.recorded_at < timedelta(seconds=150)
    assert db.session.scalars(select(DoorAct.device)).all() == ["Porta sud"]


def test_an_undo_names_what_still_stands_however_much_was_undone_before(client, door_staff, session, bob):
    came = [act() for _ in range(MAX_NAMES + 1)]
    send(client, *came, *(act("undo", takes_back=[each["id"]]) for each in came))
    send(client, last := act())

    groups = client.get(f"{DOOR}/llista").json["groups"]
    ((*_person, [[*_mark, names]], _former),) = (row for _mark, rows in groups.values() for row in rows)
    send(client, act("undo", takes_back=names))

    assert names == [last["id"]]
    assert db.session.scalars(select(Attendance)).all() == []


def test_a_device_with_a_wrong_clock_records_the_right_time(client, door_staff, session, bob):
    year_ago = in_milliseconds(utc_now() - timedelta(days=400))

    send(client, {**act(), "at": year_ago - 60_000}, clock=year_ago)

    recorded = db.session.scalars(select(Attendance)).one()
    assert timedelta(seconds=55) < utc_now() - recorded.recorded_at < timedelta(seconds=90)


@pytest.mark.parametrize("shift", [86_400_000, -(10**14)], ids=["in the future", "ages ago"])
def test_what_cannot_have_happened_then_happened_now(client, door_staff, session, bob, shift):
    send(client, {**act(), "at": in_milliseconds(utc_now()) + shift})

    assert abs(utc_now() - db.session.scalars(select(Attendance)).one().recorded_at) < timedelta(seconds=30)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"acts": {}, "clock": 1}',
        b'{"acts": [], "clock": NaN}',
        b"x" * 300_000,
    ],
)
def test_what_is_no_batch_is_refused(client, door_staff, session, body):
    answer = client.post(f"{DOOR}/actes", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["reason"]) == (400, "unreadable")


def test_hostile_acts_are_refused_each_by_itself(client, door_staff, session, bob):
    good = act()
    acts = [
        None,
        7,
        {"id": "no id"},
        {**act(), "id": ["x"]},
        act(kind="delete"),
        act(kind=[]),
        {**act(), "at": "soon"},
        {**act(), "at": True},
        {**act(), "at": 10**400},
        act(kind="walk_in", name="   "),
        act(kind="walk_in", name={"a": 1}),
        act(session="\0\ud800"),
        good,
    ]

    answer = send(client, *acts)

    assert answer.status_code == 200
    came_of = answer.json["acts"]
    assert came_of.pop(good["id"])["outcome"] == "recorded"
    assert {each["outcome"] for each in came_of.values()} == {"refused"}


def test_hostile_words_are_kept_as_words(client, door_staff, session):
    name = "<b>&\"'=1+1\0\u202e 😀 " + "x" * 1000
    sent = act(kind="walk_in", name=name, organisation="y" * 5000, takes_back=["z" * 999] * 99)

    assert outcomes(send(client, sent, device="\0" + "d" * 999)) == ["added"]
    person = db.session.scalars(select(Registration)).one()
    assert (person.first_name, len(person.last_name), len(person.organisation)) == ("<b>&\"'=1+1", 160, 300)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Núria Pla Vila", ("Núria", "Pla Vila")),
        ("Pla Vila, Núria", ("Núria", "Pla Vila")),
        ("Núria", ("Núria", "")),
    ],
)
def test_a_name_in_one_line_is_taken_apart(client, door_staff, session, name, parts):
    send(client, act(kind="walk_in", name=name))

    person = db.session.scalars(select(Registration)).one()
    assert (person.first_name, person.last_name) == parts


def test_the_page_may_use_the_camera_and_no_other_page_may(client, door_staff, session):
    assert client.get(DOOR).headers["Permissions-Policy"].startswith("camera=(self)")
    assert client.get("/").headers["Permissions-Policy"].startswith("camera=()")


def test_the_page_itself_names_nobody(client, door_staff, session, bob):
    page = client.get(DOOR).text

    assert "BBBB2345" not in page
    assert door_staff.email not in page


# --- When it is open ---


@pytest.mark.parametrize(
    ("hours", "status", "said"),
    [(25, 200, "encara no és oberta"), (23, 200, "A punt"), (-6, 200, "A punt"), (-7, 410, "s’ha acabat")],
)
@pytest.mark.usefixtures("door_staff")
def test_the_door_is_open_from_the_day_before_until_two_hours_after(client, event, hours, status, said):
    event.starts_at = utc_now() + timedelta(hours=hours)
    event.ends_at = event.starts_at + timedelta(hours=4, minutes=30)

    page = client.get(DOOR)

    assert (page.status_code, said in page.text) == (status, True)
    assert client.get(f"{DOOR}/llista").status_code == (200 if said == "A punt" else 410)


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.CANCELLED])
def test_an_event_that_is_not_held_has_no_door(client, door_staff, event, session, state):
    event.state = state

    answer = client.get(f"{DOOR}/llista")

    assert (answer.status_code, answer.json["reason"]) == (410, "cancelled")


def test_staff_may_send_what_was_done_when_the_event_is_over(client, door_staff, event, session, bob):
    event.starts_at, event.ends_at = utc_now() - timedelta(days=1), utc_now() - timedelta(hours=20)

    answer = send(client, act(seconds_ago=21 * 3600))

    assert (outcomes(answer), answer.json["rows"]) == (["recorded"], [])


# --- Links ---


def test_a_link_opens_the_door_of_its_event_and_leaves_the_address(client, link, session, bob):
    answer = client.get(f"/porta/{link.token}")

    assert answer.location == LINKED
    assert link.token not in client.get(LINKED).text
    assert client.get(f"{LINKED}/llista").status_code == 200
    assert outcomes(send(client, act(), address=LINKED)) == ["recorded"]
    recorded = db.session.scalars(select(DoorAct)).one()
    assert (recorded.link_id, recorded.staff_id) == (link.id, None)


def test_the_cookie_of_a_link_is_kept_from_scripts_and_other_sites(client, event):
    cookie = client.get(f"/porta/{make_link(event).token}").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_link_opens_nothing_else(client, link, session, bob):
    other = factories.make_event("altra", starts_at=utc_now())

    assert client.get(f"/porta/jornades/{other.slug}/llista", headers={"Accept": "application/json"}).status_code == 401
    assert client.get("/gestio").status_code == 302
    assert client.get(DOOR).status_code == 302
    assert client.get(f"{DOOR}/enllacos").status_code == 302


def test_the_cookie_of_another_link_or_a_forged_one_opens_nothing(client, link, event):
    other = factories.make_event("altra", starts_at=utc_now())
    genuine = client.get_cookie(f"porta_{event.id}").value
    for value in (genuine, "1", f"{link.id}.x", "é", "a" * 3000):
        client.set_cookie(f"porta_{other.id}", value)
        assert client.get(f"/porta/jornades/{other.slug}").status_code == 401


@pytest.mark.parametrize("address", ["/porta/x", "/porta/" + "x" * 32, "/porta/" + "é" * 20])
def test_a_token_of_no_link_is_not_found(client, app, address):
    assert client.get(address).status_code == 404


def test_revoking_holds_at_once_for_everything(client, link, session, bob):
    link.revoked_at = utc_now()

    assert client.get(f"/porta/{link.token}").status_code == 410
    assert client.get(LINKED).status_code == 410
    assert client.get(f"{LINKED}/llista").json["reason"] == "revoked"
    answer = send(client, act(seconds_ago=60), address=LINKED)
    assert (answer.status_code, answer.json["reason"]) == (410, "revoked")
    assert client.post(f"{LINKED}/acte", data={"kind": "check_in", "session": "T1"}).status_code == 410
    assert db.session.scalars(select(Attendance)).all() == []


def test_after_its_end_a_link_shows_nothing_but_what_was_done_before_arrives(client, link, session, bob):
    link.expires_at = utc_now() - timedelta(hours=1)

    assert client.get(f"/porta/{link.token}").status_code == 410
    assert client.get(f"{LINKED}/llista").json["reason"] == "expired"
    before, after = act(seconds_ago=7200), act(seconds_ago=60)
    answer = send(client, before, after, address=LINKED)
    assert (answer.json["acts"][before["id"]]["outcome"], answer.json["rows"]) == ("recorded", [])
    assert answer.json["acts"][after["id"]]["outcome"] == "refused"


def test_two_days_after_its_end_nothing_arrives_any_more(client, link, session, bob):
    link.expires_at = utc_now() - timedelta(hours=49)

    assert send(client, act(seconds_ago=50 * 3600), address=LINKED).status_code == 410


def test_after_its_end_a_link_asks_in_vain_who_is_on_the_list(client, link, session, bob):
    link.expires_at = utc_now() - timedelta(hours=1)
    walk_in = act("walk_in", seconds_ago=7200, name="Bob Pla")

    answer = send(client, walk_in, address=LINKED)

    assert answer.json["acts"][walk_in["id"]] == {"outcome": "added", "code": "", "namesakes": []}


def test_before_the_door_opens_nothing_arrives(client, link, event, session, bob):
    event.starts_at, event.ends_at = utc_now() + timedelta(days=3), utc_now() + timedelta(days=4)
    link.expires_at = event.ends_at

    answer = send(client, act("walk_in", name="Bot"), act(), address=LINKED)

    assert (answer.status_code, answer.json["reason"]) == (410, "early")
    assert db.session.scalars(select(Registration)).all() == [bob]


def test_a_draft_is_as_if_there_were_none_for_who_has_no_link(client, event):
    event.state = EventState.DRAFT

    answers = [client.get(f"/porta/jornades/{slug}{page}") for slug in ("jornada", "cap") for page in ("", "/llista")]
    left = [client.post(f"/porta/jornades/{slug}/sortida") for slug in ("jornada", "cap")]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert [answer.status_code for answer in left] == [303, 303]


def test_leaving_forgets_the_link(client, link, session):
    client.post(f"{LINKED}/sortida")

    assert client.get(LINKED).status_code == 401


def test_organisers_make_links_see_and_revoke_them(client, ada, event):
    client.log_in(ada)
    until = (utc_now() + timedelta(hours=3)).astimezone(event.zone)

    answer = client.post(f"{DOOR}/enllacos", data={"label": "Voluntaris", "expires": f"{until:%Y-%m-%dT%H:%M}"})

    made = db.session.scalars(select(DoorLink)).one()
    assert answer.location == f"{DOOR}/enllacos#l{made.id}"
    page = client.get(f"{DOOR}/enllacos").text
    assert external_url("door.enter", token=made.token) in page
    assert "<svg" in page
    client.post(f"{DOOR}/enllacos/{made.id}/revocacio")
    assert made.token not in client.get(f"{DOOR}/enllacos").text
    lines = db.session.scalars(
        select(AuditEntry.act).where(AuditEntry.act.startswith("door_link")).order_by(AuditEntry.id)
    )
    assert lines.all() == ["door_link.create", "door_link.revoke"]


@pytest.mark.parametrize(("hours", "said"), [(-1, "ja ha passat"), (99, "dues hores després")])
def test_a_link_ends_while_the_door_is_open(client, ada, event, hours, said):
    client.log_in(ada)
    until = (utc_now() + timedelta(hours=hours)).astimezone(event.zone)

    answer = client.post(f"{DOOR}/enllacos", data={"label": "V", "expires": f"{until:%Y-%m-%dT%H:%M}"})

    assert (answer.status_code, said in answer.text) == (422, True)
    assert db.session.scalars(select(DoorLink)).all() == []


def test_door_staff_cannot_make_links(client, door_staff, event):
    assert client.get(f"{DOOR}/enllacos").status_code == 403


# --- The code ---


def test_a_strangers_camera_learns_nothing_of_whose_code_it_is(client, session, bob):
    known, unknown = client.get("/jornades/jornada/porta/BBBB2345"), client.get("/jornades/jornada/porta/XXXX9999")

    assert known.text.replace("BBBB2345", "XXXX9999") == unknown.text
    assert "Bob" not in known.text


def test_the_camera_of_who_keeps_the_door_finds_the_person_there(client, door_staff, session, bob):
    answer = client.get("/jornades/jornada/porta/BBBB2345")

    assert answer.location == f"{DOOR}?codi=BBBB2345"
    assert "Bob" in client.get(answer.location).text
    assert db.session.scalars(select(Attendance)).all() == []


def test_who_keeps_other_doors_is_a_stranger_at_this_one(client, session, bob):
    client.log_in(factories.make_staff("c@example.org", role="door", team=factories.make_team("Un altre equip")))

    assert client.get("/jornades/jornada/porta/BBBB2345").status_code == 200
    assert client.get(DOOR).status_code == 404


def test_with_a_link_too(client, link, session, bob):
    assert client.get("/jornades/jornada/porta/BBBB2345").location == f"{LINKED}?codi=BBBB2345"


def test_a_persons_page_shows_who_keeps_the_door_the_way_to_check_them_in(client, link, session, bob):
    page = client.get(f"/inscripcions/{bob.token}").text

    assert f"{LINKED}?codi=BBBB2345" in page
    client.post(f"{LINKED}/sortida")
    assert "Acrediteu" not in client.get(f"/inscripcions/{bob.token}").text


# --- Without script ---


def press(client, address=LINKED, **values):
    data = {"id": str(uuid.uuid4()), "person": "BBBB2345", "session": "T1", **values}
    return client.post(f"{address}/acte", data=data, follow_redirects=True)


def test_without_script_people_are_found_by_three_letters_and_checked_in(client, link, session, bob):
    assert "Bob" not in client.get(LINKED, query_string={"q": "bo"}).text
    assert "Bob" in client.get(LINKED, query_string={"q": "ATEn"}).text

    assert "Acreditació feta" in press(client, kind="check_in").text
    assert len(db.session.scalars(select(Attendance)).all()) == 1
    assert "Ja era dins" in press(client, kind="check_in").text
    assert "Desfet." in press(client, kind="undo").text
    assert db.session.scalars(select(Attendance)).all() == []


def test_without_script_people_leave_and_come_back_where_exits_are_recorded(client, link, event, session, bob):
    press(client, kind="check_in")
    assert 'value="leave"' not in client.get(LINKED, query_string={"q": "pla"}).text
    event.records_exits = True
    assert 'value="leave"' in client.get(LINKED, query_string={"q": "pla"}).text

    assert "Sortida anotada." in press(client, kind="leave").text
    page = client.get(LINKED, query_string={"q": "pla"}).text
    assert ("fora des de les" in page, "Torna a entrar" in page, "Desfeu la sortida" in page) == (True, True, True)
    assert "Desfet." in press(client, kind="undo", part="leaving").text
    press(client, kind="leave")
    assert "Acreditació feta" in press(client, kind="check_in").text
    row = db.session.scalars(select(Attendance).execution_options(populate_existing=True)).one()
    assert [[bool(at) for at in stay] for stay in row.stays] == [[True, True], [True, False]]


def test_the_list_says_each_coming_and_leaving_only_where_exits_are_recorded(client, door_staff, event, session, bob):
    came, left = act(), act("leave")
    assert outcomes(send(client, came, left)) == ["recorded", "recorded"]

    def ask():
        answer = client.get(f"{DOOR}/llista").json
        (row,) = [row for _mark, rows in answer["groups"].values() for row in rows]
        return answer["event"].get("exits"), [sorted(moment[1:] for moment in part) for part in row[7][0][5:]]

    assert ask() == (None, [])
    event.records_exits = True
    assert ask() == (True, [[[0, came["id"]], [1, left["id"]]]])


def test_without_script_an_address_finds_nobody(client, link, session, bob):
    assert "Pla</strong>" not in client.get(LINKED, query_string={"q": bob.email}).text


def test_without_script_a_walk_in_above_capacity_asks_first(client, link, event, session):
    event.capacity = 0

    assert "Marqueu la casella" in press(client, kind="walk_in", name="Cleo Nova").text
    assert db.session.scalars(select(Registration)).all() == []
    assert "per sobre" in press(client, kind="walk_in", name="Cleo Nova", over_capacity="1").text
    assert db.session.scalars(select(Registration)).one().full_name == "Cleo Nova"


@pytest.mark.parametrize(
    "values", [{"kind": "x"}, {"kind": "check_in", "session": "T9"}, {"kind": "check_in", "id": "x"}]
)
def test_without_script_what_makes_no_sense_is_not_found(client, link, session, bob, values):
    assert press(client, **values).status_code == 404


def test_closing_times_are_those_the_door_goes_by(app, event):
    assert links.closes_at(event) - event.ends_at == timedelta(hours=2)
