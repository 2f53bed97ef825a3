"""Invitation links: made, changed, revoked."""

import re

import pytest
from sqlalchemy import select

from core.database import db
from registrations.models import (
    Invitation,
)
from tests import factories
from tests.registrations.views.pages import HOSTILE, PAGES, fresh


def messages(page):
    return re.findall(r'<p class="field-error"[^>]*>(.*?)</p>', page.text)


def test_invitation_is_made_changed_revoked_and_allowed_again(desk, event):
    desk.post(f"{PAGES}/invitacions/nova", data={"label": "Servei de joventut", "quota": "5", "dimension": "internal"})
    invitation = db.session.scalars(select(Invitation)).one()
    page = desk.get(f"{PAGES}/invitacions").text
    desk.post(f"{PAGES}/invitacions/{invitation.id}", data={"label": HOSTILE, "quota": "7", "dimension": ""})
    desk.post(f"{PAGES}/invitacions/{invitation.id}/revocacio")
    revoked = desk.get(f"{PAGES}/invitacions").text
    desk.post(f"{PAGES}/invitacions/{invitation.id}/restitucio")

    link = f"https://jornades.example.org/jornades/jornada/inscripcio?invitacio={invitation.token}"
    assert (link in page, link in revoked) == (True, False)
    assert "0 de 5 usos" in page
    fresh(invitation)
    assert (invitation.label, invitation.quota, invitation.dimension) == (HOSTILE, 7, None)
    assert not invitation.is_revoked


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 201}, "label"),
        ({"quota": "0"}, "quota"),
        ({"quota": "1e9"}, "quota"),
        ({"dimension": "martians"}, "dimension"),
        ({"expires": "tomorrow"}, "expires"),
    ],
)
def test_invitation_that_makes_no_sense_is_refused_at_its_field(desk, event, typed, field):
    page = desk.post(f"{PAGES}/invitacions/nova", data={"label": "Servei", "quota": "5", **typed})

    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert db.session.scalars(select(Invitation)).all() == []


def test_quota_below_what_is_used_is_refused_at_its_field(desk, event):
    invitation = factories.make_invitation(event, quota=3)
    for number in range(2):
        factories.make_registration(event, email=f"p{number}@example.org", invitation_id=invitation.id)

    page = desk.post(f"{PAGES}/invitacions/{invitation.id}", data={"label": "Servei", "quota": "1"})

    assert (page.status_code, messages(page)) == (422, ["Ja s’hi han inscrit 2 persones."])
