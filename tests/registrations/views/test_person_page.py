"""A person's page shows everything there is about them, each part to who may see it."""

import re

from core.database import db
from core.dates import utc_now
from core.mail import MailState
from registrations import notifications
from registrations.models import AttendanceSource
from tests import factories
from tests.registrations.views.pages import LIST


def facts(response):
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", response.text, re.DOTALL)
    return {name: re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", words)).strip() for name, words in found}


def test_everything_that_is_known_is_shown(desk, event, ada):
    one = event.sessions[0]
    invitation = factories.make_invitation(event, label="Veïnes")
    bob = factories.make_registration(event, one, invitation_id=invitation.id, dimension="citizens", language="es")
    factories.make_registration(event, email="c@example.org", first_name="Cleo", signed_up_by_id=bob.id)
    factories.make_attendance(bob, one, source=AttendanceSource.CODE, recorded_by_id=ada.id)

    known = facts(desk.get(f"{LIST}/{bob.id}"))

    assert known["Sessions"] == "T1 · Taller 1"
    assert known["Ha vingut a"].startswith("T1 codi, Ada, ")
    assert known["Ha inscrit"] == "Cleo Pla"
    assert known["Entitat"] == "Associació de Veïns"
    assert known["D’on venen"] == "ciutadania"
    assert known["Invitació"] == "Veïnes"
    assert known["Idioma"] == "Castellano"
    assert known["Consentiment d’imatge"] == "no consent que se’n facin imatges"


def test_mails_stand_with_what_became_of_them(desk, client, event):
    bob = factories.make_registration(event)
    for _each in range(11):
        notifications.own_link(bob, now=utc_now())
    refused = notifications.address_corrected(bob, [], now=utc_now())
    refused.state, refused.response = MailState.REFUSED, "550 <b>no</b>"

    shown = desk.get(f"{LIST}/{bob.id}").text
    client.log_in(factories.make_staff("porta@example.org", role="door"))
    at_the_door = client.get(f"{LIST}/{bob.id}").text

    assert "L’adreça no rep correu: 550 &lt;b&gt;no&lt;/b&gt;" in shown
    assert shown.count("/correus/") == 10
    assert f"/correus?q={bob.code}" in shown
    assert "/correus/" not in at_the_door


def test_mails_take_as_many_queries_for_ten_as_for_one(desk, event, count_queries):
    bob = factories.make_registration(event)
    notifications.own_link(bob, now=utc_now())
    db.session.commit()
    with_one = count_queries(lambda: desk.get(f"{LIST}/{bob.id}"))
    for _each in range(9):
        notifications.own_link(bob, now=utc_now())
    db.session.commit()

    assert count_queries(lambda: desk.get(f"{LIST}/{bob.id}")) == with_one
