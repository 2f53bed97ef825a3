from functools import partial

import pytest
from sqlalchemy import func, select

from accounts import passwords, staff
from accounts.models import AuditEntry, StaffMember
from core.database import db, transaction
from core.mail import OutgoingMail
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


@pytest.fixture
def boss(app):
    return factories.make_staff("boss@example.org", role="administrator", name="Àgata")


def acts():
    return [
        (entry.act, entry.subject_key, entry.details)
        for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    ]


def test_add_staff_with_a_password_sends_no_mail(app):
    ada = staff.add_staff(" Ada@Example.ORG", name=" Ada  B ", password="cadira oberta", now=NOW)

    assert (ada.email, ada.name, ada.memberships, ada.is_administrator, ada.active, ada.created_at) == (
        "ada@example.org",
        "Ada B",
        [],
        False,
        True,
        NOW,
    )
    assert passwords.matches("cadira oberta", ada)
    assert db.session.scalar(select(func.count(OutgoingMail.id))) == 0
    assert acts() == [("staff_member.add", str(ada.id), {})]


def test_add_staff_without_a_password_invites(app, boss):
    ada = staff.add_staff("ada@example.org", name="Ada", by=boss, now=NOW)

    mail = db.session.scalars(select(OutgoingMail)).one()
    assert ada.is_invited
    assert (mail.kind, mail.recipient, mail.recipient_name, mail.subject) == (
        "invitation",
        "ada@example.org",
        "Ada",
        "El vostre compte de Jornada",
    )
    assert "https://jornades.example.org/contrasenya/" in mail.text
    assert db.session.scalars(select(AuditEntry)).one().staff_id == boss.id


def test_add_staff_makes_an_administrator_when_told_to(app):
    ada = staff.add_staff("a@example.org", is_administrator=True, now=NOW)

    assert ada.is_administrator is True
    assert acts() == [("staff_member.add", str(ada.id), {"role": "administrator"})]


def test_add_staff_refuses_a_second_account_with_one_address(app):
    staff.add_staff("ada@example.org", now=NOW)

    with pytest.raises(staff.AddressTaken):
        staff.add_staff("ADA@example.org", now=NOW)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "a b@example.org",
        "ada@example.org\x00",
        "à@example.org",
        "ada@example.org, b@example.org",
        "a@" + "b" * 1_000_000,
    ],
)
def test_add_staff_refuses_what_is_no_address(app, email):
    with pytest.raises(staff.NotAnAddress):
        staff.add_staff(email, now=NOW)


def test_list_staff_puts_active_people_first_in_catalan_order(app):
    for name, active in (("Zoè", True), ("Èlia", True), ("Dídac", True), ("", True), ("Aina", False)):
        factories.make_staff(
            f"m{name.casefold() or 'f'}@example.org".encode("ascii", "ignore").decode(), name=name, active=active
        )

    assert [member.shown_name for member in staff.list_staff()] == ["Dídac", "Èlia", "mf@example.org", "Zoè", "Aina"]


def test_get_member_knows_nobody_else(app):
    with pytest.raises(staff.NotFoundError):
        staff.get_member(987654)


def test_change_staff_gives_another_name(app, boss):
    ada = factories.make_staff("ada@example.org", name="Ada")

    staff.change_staff(ada, name="Ada B", is_administrator=False, by=boss, now=NOW)

    assert (ada.name, ada.is_administrator, acts()) == ("Ada B", False, [])


def test_change_staff_makes_an_administrator_and_takes_it_back(app, boss):
    ada = factories.make_staff("ada@example.org", name="Ada")

    staff.change_staff(ada, name="Ada", is_administrator=True, by=boss, now=NOW)
    staff.change_staff(ada, name="Ada", is_administrator=False, by=boss, now=NOW)

    assert ada.is_administrator is False
    assert acts() == [
        ("staff_member.make_administrator", str(ada.id), {}),
        ("staff_member.unmake_administrator", str(ada.id), {}),
    ]


def test_change_staff_to_the_same_leaves_no_trace(app, boss):
    staff.change_staff(boss, name="Àgata", is_administrator=True, by=boss, now=NOW)

    assert acts() == []


def test_change_staff_keeps_the_only_administrator(app, boss):
    factories.make_staff("old@example.org", role="administrator", active=False)

    with pytest.raises(staff.LastAdministrator):
        staff.change_staff(boss, name="Àgata", is_administrator=False, by=boss, now=NOW)


def test_change_staff_lets_one_of_two_administrators_go(app, boss):
    factories.make_staff("other@example.org", role="administrator")

    staff.change_staff(boss, name="Àgata", is_administrator=False, by=boss, now=NOW)

    assert boss.is_administrator is False


def test_find_or_invite_finds_who_has_an_account_whatever_the_spelling(app, boss):
    ada = factories.make_staff("ada@example.org", name="Ada")

    found = staff.find_or_invite(" ADA@example.org ", name="Somebody", by=boss, now=NOW)

    assert (found, found.name, acts()) == (ada, "Ada", [])


def test_find_or_invite_invites_who_has_none(app, boss):
    ada = staff.find_or_invite("ada@example.org", name="Ada", by=boss, now=NOW)

    assert (ada.name, ada.is_invited) == ("Ada", True)
    assert [mail.kind for mail in db.session.scalars(select(OutgoingMail))] == ["invitation"]


def test_find_or_invite_invites_again_who_has_no_password_yet(app, boss):
    ada = staff.find_or_invite("ada@example.org", name="Ada", by=boss, now=NOW)

    found = staff.find_or_invite("ada@example.org", name="Ada", by=boss, now=NOW)

    mails = db.session.scalars(select(OutgoingMail.kind).where(OutgoingMail.recipient == "ada@example.org")).all()
    assert (found, mails) == (ada, ["invitation", "invitation"])


def test_find_or_invite_leaves_out_who_was_sent_away(app, boss):
    factories.make_staff("ada@example.org", active=False)

    with pytest.raises(staff.AccountClosed):
        staff.find_or_invite("ada@example.org", name="Ada", by=boss, now=NOW)


def test_invite_again_is_for_who_has_no_password(app, boss):
    ada = factories.make_staff("ada@example.org", password="x")

    with pytest.raises(staff.AlreadyIn):
        staff.invite_again(ada, by=boss, now=NOW)


def test_deactivate_ends_access_and_links(app, boss):
    ada = factories.make_staff("ada@example.org")
    before = ada.fs_uniquifier

    staff.deactivate(ada, by=boss, now=NOW)

    assert (ada.active, ada.fs_uniquifier != before) == (False, True)
    assert acts() == [("staff_member.deactivate", str(ada.id), {})]


def test_deactivate_twice_is_one_act(app, boss):
    ada = factories.make_staff("ada@example.org")

    staff.deactivate(ada, by=boss, now=NOW)
    staff.deactivate(ada, by=boss, now=NOW)

    assert [act for act, _key, _details in acts()] == ["staff_member.deactivate"]


def test_deactivate_refuses_ones_own_account(app, boss):
    factories.make_staff("other@example.org", role="administrator")

    with pytest.raises(staff.OwnAccount):
        staff.deactivate(boss, by=boss, now=NOW)


def test_deactivate_keeps_the_only_administrator(app, boss):
    ada = factories.make_staff("ada@example.org")

    with pytest.raises(staff.LastAdministrator):
        staff.deactivate(boss, by=ada, now=NOW)


def test_activate_gives_access_again(app, boss):
    ada = factories.make_staff("ada@example.org", active=False)

    staff.activate(ada, by=boss, now=NOW)
    staff.activate(ada, by=boss, now=NOW)

    assert ada.active is True
    assert acts() == [("staff_member.activate", str(ada.id), {})]


@pytest.mark.parametrize(("password", "kind"), [(None, "invitation"), ("x", "reset_instructions")])
def test_send_link_writes_the_mail_that_fits(app, boss, password, kind):
    ada = factories.make_staff("ada@example.org", password=password)

    staff.send_link(ada, by=boss, now=NOW)

    assert [mail.kind for mail in db.session.scalars(select(OutgoingMail))] == [kind]
    assert acts() == [("staff_member.send_link", str(ada.id), {})]


def test_send_link_refuses_a_deactivated_account(app, boss):
    ada = factories.make_staff("ada@example.org", active=False)

    with pytest.raises(staff.AccountInactive):
        staff.send_link(ada, by=boss, now=NOW)


def test_change_password_ends_sessions_and_tells_the_person(app):
    ada = factories.make_staff("ada@example.org", password=passwords.hashed("cadira oberta"))
    before = ada.fs_uniquifier

    staff.change_password(ada, current="cadira oberta", new="bicicleta verda", now=NOW)

    assert (passwords.matches("bicicleta verda", ada), ada.fs_uniquifier != before) == (True, True)
    assert [mail.kind for mail in db.session.scalars(select(OutgoingMail))] == ["password_changed"]
    assert acts() == [("staff_member.set_password", str(ada.id), {})]


def test_change_password_wants_the_present_one(app):
    ada = factories.make_staff("ada@example.org", password=passwords.hashed("cadira oberta"))

    with pytest.raises(staff.WrongPassword):
        staff.change_password(ada, current="cadira tancada", new="bicicleta verda", now=NOW)


def test_change_password_wants_a_good_one(app):
    ada = factories.make_staff("ada@example.org", password=passwords.hashed("cadira oberta"))

    with pytest.raises(passwords.PasswordTooShort):
        staff.change_password(ada, current="cadira oberta", new="curta", now=NOW)


def take_away(member_id, *, by):
    with transaction():
        staff.deactivate(staff.get_member(member_id), by=staff.get_member(by), now=NOW)


def test_two_administrators_cannot_deactivate_each_other_at_once(own_app, race):
    for turn in range(5):
        with own_app.app_context(), transaction():
            first = factories.make_staff(f"a{turn}@example.org", role="administrator").id
            second = factories.make_staff(f"b{turn}@example.org", role="administrator").id

        results = race([partial(take_away, first, by=second), partial(take_away, second, by=first)])

        with own_app.app_context(), transaction():
            left = db.session.scalars(select(StaffMember).where(StaffMember.active)).all()
            assert sorted(type(result).__name__ for result in results) == ["LastAdministrator", "NoneType"]
            assert len(left) == 1
            left[0].active = False


def add_ada():
    with transaction():
        staff.add_staff("ada@example.org", now=NOW)


def test_one_address_added_at_once_is_one_account(own_app, race):
    results = race([add_ada] * 4)

    assert sorted(type(result).__name__ for result in results) == ["AddressTaken"] * 3 + ["NoneType"]
