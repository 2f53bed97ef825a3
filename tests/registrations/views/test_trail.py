"""The trail of an event on the screen and as a file, for who may."""

import re

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from registrations import trail
from tests import factories
from tests.registrations.views.pages import HOSTILE, LIST

TRAIL = "/gestio/jornades/jornada/historial"


def lines(response):
    body = re.search(r"<tbody>(.*?)</tbody>", response.text, re.DOTALL)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", body[1], re.DOTALL) if body else []
    said = [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", cell)).strip() for cell in cells]
    return [tuple(said[start + 1 : start + 4]) for start in range(0, len(said), 4)]


@pytest.fixture
def acts(event, ada):
    bob = factories.make_registration(event, first_name=HOSTILE, last_name="")
    trail.record("registration.cancel", bob, by=ada, now=utc_now())
    return bob


def test_it_says_who_did_what_to_whom(desk, acts):
    response = desk.get(TRAIL)

    assert lines(response) == [("Cancel·lada", "&lt;b&gt;&amp;&#34;&#39;=1+1&lt;/b&gt;", "Ada")]
    assert TRAIL in desk.get(LIST).text
    assert f"{TRAIL}?q={acts.code}" in desk.get(f"{LIST}/{acts.id}").text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=zzz", 0),
        ("who=0", 0),
        ("act=event.create", 0),
        ("since=2000-01-01&until=9999-12-31", 1),
        ("since=0001-01-01", 1),
        ("since=x&until=2000-13-99&who=x&act=%3Cb%3E&page=9", 0),
        ("who=99999999999999999999", 1),
        ("until=2000-01-01", 0),
    ],
)
def test_it_is_filtered_by_whatever_an_address_asks(desk, acts, query, count):
    response = desk.get(f"{TRAIL}?{query}")

    assert (response.status_code, len(lines(response))) == (200, count)


def test_the_file_is_taken_and_noted(desk, acts):
    response = desk.get(f"{TRAIL}/fitxer?q={acts.code}")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "event.export_trail")).one()

    assert response.headers["Content-Disposition"] == "attachment; filename=jornada-historial.csv"
    assert response.text.splitlines()[1].endswith(f';Ada;Cancel·lada;"<b>&""\'=1+1</b>";{acts.code}')
    assert entry.details == {"count": 1}


def test_door_staff_do_not_read_it(client, acts):
    client.log_in(factories.make_staff("porta@example.org", role="door"))

    assert [client.get(TRAIL).status_code, client.get(f"{TRAIL}/fitxer").status_code] == [403, 403]
    assert TRAIL not in client.get(f"{LIST}/{acts.id}").text


def test_fifty_lines_take_as_many_queries_as_one(desk, event, acts, ada, count_queries):
    db.session.commit()
    with_one = count_queries(lambda: desk.get(TRAIL))
    for number in range(40):
        trail.record(
            "registration.cancel", factories.make_registration(event, email=f"{number}@x.org"), by=ada, now=utc_now()
        )
    db.session.commit()

    assert count_queries(lambda: desk.get(TRAIL)) == with_one
