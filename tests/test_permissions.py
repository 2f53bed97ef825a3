"""Who may do what: the table as it is meant to read, and every workspace route tried by every role."""

import pytest
from flask import Response, abort, g
from sqlalchemy import select
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from accounts import permissions
from accounts.models import StaffRole
from accounts.permissions import OF_A_TEAM, OF_A_WHOLE, PERMISSIONS, Permission, has_place, may, requires
from certificates import services as certificates
from core.database import Model, db
from core.mail import OutgoingMail
from decidim import answer_files
from door import links as door_links
from events import waiting_files
from events.models import SessionFile
from events.services import get_event
from registrations import attendee_files, imports, merging, notifications
from registrations.models import ImportBatch
from registrations.readers import AttendeeRow
from tests import factories

WHO_MAY = {
    "enter_workspace": "administrator organiser facilitator door viewer",
    "edit_programme": "administrator organiser",
    "view_registrations": "administrator organiser door",
    "run_lists": "administrator organiser facilitator door viewer",
    "export_registrations": "administrator organiser",
    "edit_registrations": "administrator organiser",
    "view_supports": "administrator organiser",
    "write_to_people": "administrator organiser",
    "record_attendance": "administrator organiser door",
    "view_contributions": "administrator organiser facilitator viewer",
    "record_contributions": "administrator organiser facilitator",
    "sort_contributions": "administrator organiser",
    "issue_papers": "administrator organiser",
    "edit_directory": "administrator organiser",
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


def test_may_allows_the_home_and_the_own_account_to_who_has_no_role(app):
    member = factories.make_staff(role=None)

    assert [permission for permission in Permission if may(permission, member)] == [Permission.ENTER_WORKSPACE]


def test_may_in_no_place_asks_every_team(app):
    member = factories.make_staff(role="viewer")
    factories.join_team(member, role="door", team=factories.make_team("Altres"))

    allowed = {permission for permission in Permission if may(permission, member)}

    assert allowed == PERMISSIONS[StaffRole.VIEWER] | PERMISSIONS[StaffRole.DOOR]


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


def test_every_address_that_names_something_of_a_team_says_which_place_that_is(sqlite_app):
    """An administrator opens accounts, so a person's number needs no place; and the directory is one for all teams."""
    without = {rule.rule for rule in workspace_rules(sqlite_app) if rule.arguments and not has_place(rule.rule)}
    of_nobody = ("/gestio/personal/<int:staff_id>", "/gestio/entitats/", "/gestio/xarxes/")

    assert {address for address in without if not address.startswith(of_nobody)} == set()


def test_a_guarded_view_wears_its_permission():
    @requires(Permission.EDIT_STAFF)
    def view():
        """Do nothing."""

    assert (view.permission, view.__name__) == (Permission.EDIT_STAFF, "view")


@pytest.fixture
def plausible(app) -> dict[str, str]:
    """Values for the placeholders of workspace routes: of things that exist."""
    process = factories.make_process("impulsem")
    event = factories.make_event("jornada", process_id=process.id, records_exits=True)
    session = factories.make_session(event, "T1", capacity=5)
    room = factories.make_room(event)
    registration = factories.make_registration(event, session)
    factories.make_attendance(registration, session)
    colleague = factories.make_staff("colleague@example.org", role="door")
    factories.join_event(colleague, event)
    return {
        "team_id": str(event.team_id),
        "staff_id": str(colleague.id),
        "event": event.slug,
        "process": process.slug,
        "code": session.code,
        "session_code": session.code,
        "session_id": str(session.id),
        "room_id": str(room.id),
        "document_id": str(factories.make_document(event).id),
        "registration_id": str(registration.id),
        "run_id": str(factories.make_run(event, registration).id),
        "certificate_id": str(certificates.issue(registration, now=event.ends_at).id),
        "question_id": str(factories.make_question(event).id),
        "invitation_id": str(factories.make_invitation(event).id),
        "message_id": str(factories.make_message(event).id),
        "list_id": str(factories.make_list_profile(event).id),
        "view_id": str(factories.make_saved_view(event).id),
        "reference": factories.make_entry(session).reference,
        "topic_id": str(factories.make_topic(event).id),
        "snapshot_id": str(factories.make_snapshot(event).id),
        "theme_id": str(factories.make_theme(event).id),
        "one_id": str(factories.make_registration(event, session, email="one@example.org").id),
        "other_id": str(factories.make_registration(event, session, email="other@example.org").id),
        "merge_id": str(merge_two(event, colleague)),
        "act_id": str(factories.make_bulk_act(event, registration).id),
        "file_id": str(attendee_files.keep(event, "llista.csv", b"first_name,last_name,email\n", now=factories.NOW).id),
        "answers_id": str(answer_files.keep(event, "export.json", b'[{"id": 1, "state": ""}]', now=factories.NOW).id),
        "link_id": str(door_links.create(event, "Porta", event.starts_at, by=None, now=factories.NOW).id),
        "mail_id": str(write_mail(registration)),
        "batch_id": str(import_people(event).id),
        "session_file_id": str(waiting_files.keep(SessionFile, event, "fetes.csv", HELD, now=factories.NOW).id),
        "session_batch_id": str(factories.make_session_batch(event).id),
        "organisation_id": str(factories.make_organisation().id),
        "network_id": str(factories.make_network().id),
        "token": registration.token,
        "kind": "contribution",
        "format": "csv",
    }


def import_people(event) -> ImportBatch:
    rows = [AttendeeRow(2, "Pere", "Puig", "", "", None, (), ())]
    return imports.carry_out(event, rows, filename="llista.csv", by=None, now=factories.NOW).batch


def merge_two(event, colleague) -> int:
    pair = [factories.make_registration(event, email=f"{name}@example.org").id for name in ("a", "b")]
    return merging.merge(event, tuple(pair), {}, by=colleague, now=factories.NOW).merge_id


def write_mail(registration) -> int:
    notifications.place_confirmed(registration, registration.sessions, now=factories.NOW)
    return db.session.scalars(select(OutgoingMail.id).order_by(OutgoingMail.id.desc())).first()


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


def open_all(app, client, values, *, with_head=False) -> list[tuple[Permission, str, str, int]]:
    """Try every workspace route: the permission it needs, how and where it was asked for, and the status."""

    def status_of(method, address) -> int:
        with client.open(address, method=method) as response:
            return response.status_code

    return [
        (permission, each, address, status_of(each, address))
        for permission, method, address in tries(app, values)
        for each in ([method, "HEAD"] if with_head and method == "GET" else [method])
    ]


def place_of(address, plausible) -> str:
    """What an address is about: `event`, `process`, `team`, or nothing in particular."""
    for place, beginning in (
        ("event", f"/gestio/jornades/{plausible['event']}"),
        ("process", f"/gestio/processos/{plausible['process']}"),
        ("team", f"/gestio/equips/{plausible['team_id']}"),
    ):
        if f"{address}/".startswith(f"{beginning}/"):
            return place
    return "nowhere"


def find_wrong(answers, plausible, allowed: dict[str, frozenset[Permission] | None]) -> list[tuple[str, str, int]]:
    """The answers that are not as `allowed` says of each place: what is allowed there; None hides the place."""
    wrong = []
    for permission, method, address, status in answers:
        here = allowed[place_of(address, plausible)]
        is_right = status == 404 if here is None else (status == 403) is (permission not in here) and status < 500
        if not is_right:
            wrong.append((method, address, status))
    return wrong


@pytest.fixture
def without_pages(monkeypatch):
    """Answer with empty pages: which of them open is all that is asked, and another test looks at each of them."""
    monkeypatch.setattr("flask.templating._render", lambda *_args: "")


@pytest.fixture
def without_views(monkeypatch):
    """Answer whoever is let in at the door: which doors open is all that is asked."""
    ask = permissions.may

    def answer(permission, member=None):
        is_first, g.was_asked = "was_asked" not in g, True
        is_let_in = ask(permission, member)
        if is_first and is_let_in:
            abort(Response())
        return is_let_in

    monkeypatch.setattr(permissions, "may", answer)


EVERYWHERE = ("event", "process", "team", "nowhere")
NOT_ADMINISTRATORS = [role for role in StaffRole if role is not StaffRole.ADMINISTRATOR]
HOME = frozenset({Permission.ENTER_WORKSPACE})


@pytest.mark.parametrize("role", StaffRole)
def test_every_workspace_route_opens_to_the_roles_that_may_and_to_no_other(app, client, plausible, role):
    client.log_in(factories.make_staff(f"{role}@example.org", role=role))

    answers = open_all(app, client, plausible)

    assert find_wrong(answers, plausible, dict.fromkeys(EVERYWHERE, PERMISSIONS[role])) == []


@pytest.mark.usefixtures("without_pages", "without_views")
@pytest.mark.parametrize("role", NOT_ADMINISTRATORS)
def test_what_belongs_to_another_team_is_as_if_it_did_not_exist(app, client, plausible, role):
    client.log_in(factories.make_staff("cleo@example.org", role=role, team=factories.make_team("Altres")))

    answers = open_all(app, client, plausible, with_head=role is StaffRole.ORGANISER)

    hidden = dict.fromkeys(EVERYWHERE)
    assert find_wrong(answers, plausible, {**hidden, "nowhere": PERMISSIONS[role]}) == []


@pytest.mark.usefixtures("without_pages")
@pytest.mark.parametrize("role", NOT_ADMINISTRATORS)
def test_a_role_at_one_event_opens_that_event_and_shows_its_process(request, app, client, plausible, role):
    if role is not StaffRole.ORGANISER:  # who may most there sees what is behind the doors as well
        request.getfixturevalue("without_views")
    cleo = factories.make_staff("cleo@example.org", role=None)
    factories.join_event(cleo, get_event(plausible["event"]), role=role)
    client.log_in(cleo)

    answers = open_all(app, client, plausible)

    allowed = {
        "event": PERMISSIONS[role] - OF_A_TEAM,
        "process": PERMISSIONS[role] & OF_A_WHOLE,
        "team": None,
        "nowhere": HOME,
    }
    assert find_wrong(answers, plausible, allowed) == []


@pytest.mark.usefixtures("without_views")
@pytest.mark.parametrize("role", [StaffRole.ORGANISER, StaffRole.FACILITATOR, StaffRole.DOOR])
def test_roles_in_a_team_and_at_its_event_add_up(app, client, plausible, role):
    cleo = factories.make_staff("cleo@example.org", role="viewer")
    factories.join_event(cleo, get_event(plausible["event"]), role=role)
    client.log_in(cleo)

    answers = open_all(app, client, plausible)

    viewer = PERMISSIONS[StaffRole.VIEWER]
    at_event = viewer | (PERMISSIONS[role] - OF_A_TEAM)
    assert find_wrong(answers, plausible, {**dict.fromkeys(EVERYWHERE, viewer), "event": at_event}) == []


@pytest.mark.usefixtures("without_pages")
def test_an_account_without_a_role_opens_the_home_and_nothing_else(app, client, plausible):
    client.log_in(factories.make_staff("cleo@example.org", role=None))

    answers = open_all(app, client, plausible, with_head=True)

    assert find_wrong(answers, plausible, {**dict.fromkeys(EVERYWHERE), "nowhere": HOME}) == []


@pytest.mark.usefixtures("without_pages")
def test_a_deactivated_account_opens_nothing(app, client, plausible):
    cleo = factories.make_staff("cleo@example.org", role=StaffRole.ADMINISTRATOR, active=False)
    factories.join_event(cleo, get_event(plausible["event"]), role="organiser")
    client.log_in(cleo)

    answers = open_all(app, client, plausible)

    assert {status for _permission, _method, _address, status in answers} == {302}


def snapshot() -> dict[str, list[object]]:
    return {table.name: db.session.execute(select(table)).all() for table in Model.metadata.sorted_tables}


def test_who_may_not_changes_nothing(app, client, plausible):
    viewer = factories.make_staff("viewer@example.org", role="viewer")
    client.log_in(viewer)
    db.session.commit()  # what the fixtures wrote draws its mark for public pages now and not in the first request
    before = snapshot()

    for permission, method, address in tries(app, plausible):
        if method != "GET" and permission not in PERMISSIONS[StaffRole.VIEWER]:
            client.open(address, method=method)

    assert snapshot() == before


def test_an_organiser_of_another_team_changes_nothing_here(app, client, plausible):
    client.log_in(factories.make_staff("cleo@example.org", team=factories.make_team("Altres")))
    db.session.commit()
    before = snapshot()

    for _permission, method, address in tries(app, plausible):
        if method != "GET" and place_of(address, plausible) != "nowhere":
            client.open(address, method=method)

    assert snapshot() == before


HELD = b"title,date\nTaller,2016-02-11\n"
NAMES_A_ROW = {
    "code",
    "session_code",
    "session_id",
    "snapshot_id",
    "room_id",
    "registration_id",
    "one_id",
    "other_id",
    "merge_id",
    "certificate_id",
    "run_id",
    "question_id",
    "invitation_id",
    "staff_id",
    "document_id",
    "file_id",
    "batch_id",
    "session_file_id",
    "session_batch_id",
    "mail_id",
    "message_id",
    "list_id",
    "view_id",
    "topic_id",
    "theme_id",
    "act_id",
    "answers_id",
    "link_id",
    "token",
    "reference",
}


def test_rows_of_another_team_are_not_reached_through_an_event_of_ones_own(app, client, plausible):
    """Every number and code of theirs, under every address of ours."""
    team = factories.make_team("Altres")
    process = factories.make_process("altre", team=team)
    own = {"event": factories.make_event("altra", team=team).slug, "process": process.slug, "team_id": str(team.id)}
    client.log_in(factories.make_staff("cleo@example.org", team=team))
    db.session.commit()
    before = snapshot()

    answers = {
        f"{method} {rule.rule}": client.open(address_of(app, rule, {**plausible, **own}), method=method).status_code
        for rule in workspace_rules(app)
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.arguments & NAMES_A_ROW and has_place(rule.rule)
    }

    assert len(answers) > 40
    assert {address: status for address, status in answers.items() if status not in {403, 404}} == {}
    assert snapshot() == before


def test_a_role_that_was_just_taken_is_gone_in_a_session_that_goes_on(client, plausible):
    cleo = factories.make_staff("cleo@example.org", role=None)
    at_event = factories.join_event(cleo, get_event(plausible["event"]))
    in_team = factories.join_team(cleo, role="viewer")
    client.log_in(cleo)
    address = f"/gestio/jornades/{plausible['event']}/xifres"
    statuses = [client.get(address).status_code]

    for role in (in_team, at_event):
        db.session.delete(role)
        statuses.append(client.get(address).status_code)

    assert statuses == [200, 200, 404]


def test_an_event_that_moves_to_another_team_takes_its_people_along(client, plausible):
    client.log_in(factories.make_staff("cleo@example.org", role="organiser"))
    address = f"/gestio/jornades/{plausible['event']}"
    before = client.get(address).status_code

    get_event(plausible["event"]).team = factories.make_team("Altres")

    assert (before, client.get(address).status_code) == (200, 404)


def test_who_is_not_logged_in_is_sent_to_the_log_in_from_every_workspace_route(app, client, plausible):
    answers = [(method, address, client.open(address, method=method)) for _, method, address in tries(app, plausible)]

    wrong = [
        (method, address, response.status_code)
        for method, address, response in answers
        if response.status_code != 302 or response.location.split("?")[0] != "/entrada"
    ]
    assert wrong == []
