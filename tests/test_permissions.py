"""Who may do what: the table as it is meant to read, and every workspace route tried by every role."""

import pytest
from sqlalchemy import select
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from accounts.models import StaffRole
from accounts.permissions import PERMISSIONS, Permission, may, requires
from core.database import Model, db
from tests import factories

WHO_MAY = {
    "enter_workspace": "administrator organiser facilitator door viewer",
    "edit_programme": "administrator organiser",
    "view_registrations": "administrator organiser door",
    "export_registrations": "administrator organiser",
    "edit_registrations": "administrator organiser",
    "view_supports": "administrator organiser",
    "record_attendance": "administrator organiser door",
    "view_contributions": "administrator organiser facilitator viewer",
    "record_contributions": "administrator organiser facilitator",
    "issue_papers": "administrator organiser",
    "edit_team": "administrator organiser",
    "edit_staff": "administrator",
}


def test_each_role_may_do_what_is_meant():
    who_may = {
        permission.value: " ".join(role.value for role in StaffRole if permission in PERMISSIONS[role])
        for permission in Permission
    }

    assert who_may == WHO_MAY


@pytest.mark.parametrize("role", StaffRole)
def test_may_asks_the_table(app, role):
    member = factories.make_staff(role=role)

    assert {permission for permission in Permission if may(permission, member)} == PERMISSIONS[role]


def test_may_allows_nothing_to_an_inactive_member(app):
    member = factories.make_staff(role="administrator", active=False)

    assert [permission for permission in Permission if may(permission, member)] == []


def workspace_rules(app) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.rule == "/gestio" or rule.rule.startswith("/gestio/")]


def permission_of(app, rule: Rule) -> Permission | None:
    return getattr(app.view_functions[rule.endpoint], "permission", None)


def test_every_workspace_route_says_which_permission_it_needs(sqlite_app):
    without = [rule.endpoint for rule in workspace_rules(sqlite_app) if permission_of(sqlite_app, rule) is None]

    assert without == []


def test_no_route_that_needs_a_permission_lies_outside_the_workspace(sqlite_app):
    inside = {rule.endpoint for rule in workspace_rules(sqlite_app)}
    guarded = {rule.endpoint for rule in sqlite_app.url_map.iter_rules() if permission_of(sqlite_app, rule) is not None}

    assert guarded - inside == set()


def test_every_permission_guards_a_route(sqlite_app):
    used = {permission_of(sqlite_app, rule) for rule in workspace_rules(sqlite_app)}

    assert set(Permission) - used == set()


def test_a_guarded_view_wears_its_permission():
    @requires(Permission.EDIT_STAFF)
    def view():
        """Do nothing."""

    assert (view.permission, view.__name__) == (Permission.EDIT_STAFF, "view")


@pytest.fixture
def plausible(app) -> dict[str, str]:
    """Values for the placeholders of workspace routes: of things that exist."""
    process = factories.make_process("impulsem")
    event = factories.make_event("jornada", process_id=process.id)
    session = factories.make_session(event, "T1", capacity=5)
    room = factories.make_room(event)
    registration = factories.make_registration(event, session)
    factories.make_attendance(registration, session)
    return {
        "event": event.slug,
        "process": process.slug,
        "code": session.code,
        "session_code": session.code,
        "session_id": str(session.id),
        "room_id": str(room.id),
        "registration_id": str(registration.id),
        "question_id": str(factories.make_question(event).id),
        "invitation_id": str(factories.make_invitation(event).id),
        "token": registration.token,
        "kind": "contribution",
        "format": "csv",
    }


def address_of(app, rule: Rule, values: dict[str, str]) -> str:
    """The rule with its placeholders filled in; those nobody foresaw get a value that is made up."""
    filled = {name: values.get(name) or made_up(rule._converters[name]) for name in rule.arguments}
    if "slug" in filled:
        filled["slug"] = values["process" if "processos" in rule.rule else "event"]
    return app.url_map.bind("localhost").build(rule.endpoint, filled)


def made_up(converter: BaseConverter) -> object:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 987654 if isinstance(converter, IntegerConverter) else "x987654"


def tries(app, values) -> list[tuple[Permission, str, str]]:
    """Each workspace route with each of its methods; reading first, because writing may take away what is read."""
    return sorted(
        (
            (permission_of(app, rule), method, address_of(app, rule, values))
            for rule in workspace_rules(app)
            for method in rule.methods - {"HEAD", "OPTIONS"}
        ),
        key=lambda each: (each[1] != "GET", each[2]),
    )


@pytest.mark.parametrize("role", StaffRole)
def test_every_workspace_route_opens_to_the_roles_that_may_and_to_no_other(app, client, plausible, role):
    client.log_in(factories.make_staff(f"{role}@example.org", role=role))

    answers = [
        (permission, method, address, client.open(address, method=method))
        for permission, method, address in tries(app, plausible)
    ]

    wrong = [
        (method, address, response.status_code)
        for permission, method, address, response in answers
        if (response.status_code == 403) is (permission in PERMISSIONS[role]) or response.status_code >= 500
    ]
    assert wrong == []


def snapshot() -> dict[str, int]:
    return {table.name: len(db.session.execute(select(table)).all()) for table in Model.metadata.sorted_tables}


def test_who_may_not_changes_nothing(app, client, plausible):
    viewer = factories.make_staff("viewer@example.org", role="viewer")
    client.log_in(viewer)
    db.session.commit()  # what the fixtures wrote draws its mark for public pages now and not in the first request
    before = snapshot()

    for permission, method, address in tries(app, plausible):
        if method != "GET" and permission not in PERMISSIONS[StaffRole.VIEWER]:
            client.open(address, method=method)

    assert snapshot() == before


def test_who_is_not_logged_in_is_sent_to_the_log_in_from_every_workspace_route(app, client, plausible):
    answers = [(method, address, client.open(address, method=method)) for _, method, address in tries(app, plausible)]

    wrong = [
        (method, address, response.status_code)
        for method, address, response in answers
        if response.status_code != 302 or response.location.split("?")[0] != "/entrada"
    ]
    assert wrong == []
