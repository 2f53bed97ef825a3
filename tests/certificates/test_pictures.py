"""Pictures that nothing shows any more go, a day later; none that a certificate shows, whatever became of it."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from accounts.logos import Logo
from certificates import papers, pictures, rules, services
from certificates.models import Certificate, CertificatePicture
from core.database import db
from events.event_copies import Plan, copy_event
from tests import factories

NOW = factories.NOW
AFTER = factories.EVENT_START + timedelta(days=1)
DAY = pictures.LOOKED_AT_AGAIN
FIRST, SECOND = Logo(b"first", 100, 50), Logo(b"second", 100, 50)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app):
    return factories.make_event()


@pytest.fixture
def bob(event):
    session = factories.make_session(event)
    person = factories.make_registration(event, session)
    factories.make_attendance(person, session)
    return person


def sign(event, picture):
    rules.set_signature(event, picture, by=None, now=NOW)


def set_logo(team, picture):
    team.logo, team.logo_mark, team.logo_width, team.logo_height = picture.content, picture.mark, 100, 50
    db.session.flush()


def issue_and_forget(event, person):
    """Issue a certificate with both pictures, and leave nothing that shows them."""
    sign(event, FIRST)
    set_logo(event.team, SECOND)
    services.issue(person, now=AFTER)
    db.session.execute(delete(Certificate))
    rules.remove_signature(event, by=None, now=NOW)
    event.team.logo_mark = ""


def sweep(*moments):
    """Let the worker look at these moments; how many it removed at each."""
    db.session.commit()
    return [pictures.remove_pictures(moment) for moment in moments]


def kept():
    return list(db.session.scalars(select(CertificatePicture.content).order_by(CertificatePicture.content)))


def test_signature_that_was_replaced_goes_a_day_later(event):
    sign(event, FIRST)
    sign(event, SECOND)

    removed = sweep(AFTER, AFTER + DAY - timedelta(seconds=1), AFTER + DAY, AFTER + 2 * DAY)

    assert (removed, kept()) == ([0, 0, 1, 0], [b"second"])


def test_what_a_certificate_shows_never_goes(event, bob):
    sign(event, FIRST)
    set_logo(event.team, SECOND)
    former = services.issue(bob, now=AFTER)
    rules.remove_signature(event, by=None, now=NOW)
    event.team.logo, event.team.logo_mark = None, ""
    bob.last_name = "Plà"
    services.issue(bob, now=AFTER)
    services.revoke(services.issue(bob, now=AFTER), "Per error", by=None, now=AFTER)

    removed = sweep(AFTER, AFTER + DAY, AFTER + 3 * DAY)

    assert (removed, kept()) == ([0, 0, 0], [b"first", b"second"])
    paper = papers.read(former)
    assert (paper.signature.content, paper.logo.content) == (b"first", b"second")


def test_what_another_event_signs_with_stays(event):
    sign(event, FIRST)
    plan = Plan(slug="copia", title="Còpia", starts_at=AFTER, team=event.team, process=None)
    copy_event(event, plan, by=None, now=NOW)
    sign(event, SECOND)

    assert sweep(AFTER, AFTER + DAY) == [0, 0]
    assert kept() == [b"first", b"second"]


def test_what_is_taken_up_again_begins_anew(event, bob):
    """The logo came back and left again between two looks: a certificate with it may just be being issued."""
    issue_and_forget(event, bob)
    sweep(AFTER)
    issue_and_forget(event, bob)

    removed = sweep(AFTER + DAY, AFTER + 2 * DAY)

    assert (removed, kept()) == ([0, 2], [])
