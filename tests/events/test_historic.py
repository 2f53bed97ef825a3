"""Sessions held before: judged, imported all or none, and taken out again as long as nothing happened to them since."""

import csv
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db
from core.errors import InputError, NotFoundError
from core.mail import OutgoingMail
from core.sheets import read_sheet
from events import historic, sessions
from events.historic import Fate, NotOverYet, PeopleRegistered, SessionsChanged, UndoneAlready
from events.historic_rows import SPELLINGS, Reading, guess, read_rows
from events.models import Dimension, EventState, ImportedSession, RegistrationStatus, Session
from tests import factories
from tests.factories import NOW

MEETINGS = Path(__file__).parents[1] / "data" / "pam" / "meetings.csv"
MADRID = ZoneInfo("Europe/Madrid")
DAY = timedelta(days=1)

pytestmark = pytest.mark.both_databases


def rows_of(data, **same):
    sheet = read_sheet(data, "fetes.csv", SPELLINGS.keys())
    return read_rows(sheet, Reading(guess(sheet), sheet.has_headings, **same), MADRID)


def rows(*lines, header="Codi,Títol,Data,Assistents,Propostes,Intervencions"):
    return rows_of("\n".join([header, *lines]).encode())


def bring(event, *lines, by=None):
    """Import these lines; the batch they came with."""
    return historic.carry_out(event, rows(*lines), filename="fetes.csv", by=by, now=NOW)[1]


def period(event):
    return f"{event.starts_at.astimezone(MADRID):%Y-%m-%dT%H:%M} {event.ends_at.astimezone(MADRID):%Y-%m-%dT%H:%M}"


@pytest.fixture
def event(app):
    """An event without sessions, whose days are still to be told by those of a file."""
    return factories.make_event("pam")


def test_what_was_published_of_106_meetings_is_what_the_sessions_say(event):
    with MEETINGS.open(encoding="utf-8", newline="") as file:
        counted = list(csv.DictReader(file))

    plan, batch = historic.carry_out(
        event, rows_of(MEETINGS.read_bytes(), dimension=Dimension.CITIZENS), filename="pam.csv", by=None, now=NOW
    )

    assert (len(plan.lines), batch.added, len(event.sessions)) == (106, 106, 106)
    for heading, name in (
        ("Assistents", "declared_participants"),
        ("Propostes", "declared_proposals"),
        ("Intervencions", "declared_contributions"),
    ):
        known = [int(row[heading]) for row in counted if row[heading].strip()]
        told = [getattr(each, name) for each in event.sessions if getattr(each, name) is not None]
        assert (sum(told), len(told)) == (sum(known), len(known))
    with_district = sum(bool(row["Districte"].strip()) for row in counted)
    by_district = Counter(each.district_code for each in event.sessions)
    assert (by_district["09"], 106 - by_district[None]) == (28, with_district)
    assert all("\t" not in each.title and "\n" not in each.title for each in event.sessions)
    assert period(event) == "2016-02-03T00:00 2016-04-08T23:59"
    assert {each.dimension for each in event.sessions} == {Dimension.CITIZENS}


def test_nobody_signs_up_to_what_was_held_and_nobody_is_written_to(event):
    bring(event, "7,Raval,11/02/2016,99,13,99")

    assert event.registration_status(NOW) is RegistrationStatus.PAST
    assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


def test_rows_without_a_code_get_the_next_free_one(event):
    factories.make_session(event, "S1", starts_at=event.starts_at)
    event.starts_at, event.ends_at = NOW - 10 * DAY, NOW - DAY
    event.sessions[0].starts_at, event.sessions[0].ends_at = NOW - 10 * DAY, NOW - 9 * DAY

    bring(event, ",Un,11/02/2016,,,", "S2,Dos,11/02/2016,,,", ",Tres,11/02/2016,,,")

    assert {each.code: each.title for each in event.sessions if each.code != "S1"} == {
        "S2": "Dos",
        "S3": "Un",
        "S4": "Tres",
    }


def test_one_bad_row_stops_all_of_them(event):
    with pytest.raises(InputError) as refusal:
        bring(event, "1,Bo,11/02/2016,1,1,1", "2,Dolent,31/02/2016,1,1,1", "1,Un altre,12/02/2016,,,")

    assert [problem.partition(":")[0] for problem in refusal.value.problems] == ["Fila 3", "Fila 4"]
    assert event.sessions == []


def test_looking_at_a_file_asks_equally_many_questions_however_many_rows_it_has(event, count_queries):
    header = "Títol,Data,Districte,Barri"

    def look(count):
        lines = [header, *(f"Taller {number},11/02/2016,Sant Andreu,Bon Pastor" for number in range(count))]
        return historic.judge(event, rows_of("\n".join(lines).encode()), now=NOW)

    look(1)

    assert count_queries(lambda: look(1)) == count_queries(lambda: look(30))


def test_what_has_not_been_held_is_refused(event):
    tomorrow = (NOW + DAY).strftime("%d/%m/%Y")

    plan = historic.judge(event, rows(f"1,Demà,{tomorrow},,,"), now=NOW)

    assert [line.fate for line in plan.lines] == [Fate.REFUSED]


def test_the_same_file_again_changes_nothing(event):
    lines = ["7,Raval,11/02/2016,99,13,99", ",Sense codi,12/02/2016,,3,"]
    bring(event, *lines)

    plan, batch = historic.carry_out(event, rows(*lines), filename="fetes.csv", by=None, now=NOW)

    assert [line.fate for line in plan.lines] == [Fate.UNCHANGED, Fate.UNCHANGED]
    assert (batch, len(event.sessions)) == (None, 2)


def test_a_session_that_is_there_with_something_else_is_not_overwritten(event):
    bring(event, "7,Raval,11/02/2016,99,13,99")

    plan = historic.judge(event, rows("7,Raval,11/02/2016,100,13,99"), now=NOW)

    assert [line.fate for line in plan.lines] == [Fate.REFUSED]


def test_two_rows_alike_are_told_of_each_other(event):
    plan = historic.judge(event, rows(",Raval,11/02/2016,9,,", ",Raval,11/02/2016,9,,"), now=NOW)

    assert [line.fate for line in plan.lines] == [Fate.NEW, Fate.NEW]
    assert [len(line.details) for line in plan.lines] == [1, 2]


def test_an_event_without_sessions_takes_the_days_of_the_file(event):
    bring(event, "1,Un,11/02/2016,,,", "2,Dos,11/03/2016,,,")

    assert period(event) == "2016-02-11T00:00 2016-03-11T23:59"


def test_an_event_that_was_held_is_made_longer(app):
    event = factories.make_event("pam", starts_at=datetime(2016, 3, 1, 9, tzinfo=MADRID))
    factories.make_session(event, "A", starts_at=event.starts_at, ends_at=event.ends_at)

    bring(event, "1,Un,11/02/2016,,,")

    assert period(event) == "2016-02-11T00:00 2016-03-01T13:30"


def test_an_event_that_is_still_to_come_is_no_place_for_them(event):
    factories.make_session(event, "A", starts_at=event.starts_at, ends_at=event.ends_at)

    plan = historic.judge(event, rows("1,Un,11/02/2016,,,"), now=NOW)

    assert isinstance(plan.refusal, NotOverYet)
    with pytest.raises(NotOverYet):
        bring(event, "1,Un,11/02/2016,,,")


def test_an_event_with_people_keeps_its_days(app):
    event = factories.make_event("pam", starts_at=datetime(2016, 3, 1, 9, tzinfo=MADRID))
    factories.make_registration(event)

    with pytest.raises(PeopleRegistered):
        bring(event, "1,Un,11/02/2016,,,")


def test_an_import_is_one_act_in_the_trail(event, ada):
    batch = bring(event, "1,Un,11/02/2016,,,", "2,Dos,11/02/2016,,,", by=ada)
    historic.undo(batch, by=ada, now=NOW)

    acts = db.session.execute(select(AuditEntry.act, AuditEntry.details).order_by(AuditEntry.id)).all()

    assert [tuple(row) for row in acts] == [
        ("session.import", {"batch": batch.id, "added": 2}),
        ("session.undo_import", {"batch": batch.id, "sessions": 2}),
    ]


def test_undoing_leaves_the_event_as_it_was(event, ada):
    before = period(event)
    batch = bring(event, "1,Un,11/02/2016,9,,", "2,Dos,11/03/2016,,,")

    historic.undo(batch, by=ada, now=NOW)

    assert (event.sessions, period(event)) == ([], before)
    assert db.session.scalar(select(func.count()).select_from(Session)) == 0
    assert db.session.scalar(select(func.count()).select_from(ImportedSession)) == 0
    assert (batch.undone_at, batch.undone_by) == (NOW, ada)
    with pytest.raises(UndoneAlready):
        historic.undo(batch, by=ada, now=NOW)


def test_undoing_the_first_of_two_imports_keeps_the_days_of_the_other(event, ada):
    first = bring(event, "1,Un,11/02/2016,,,")
    bring(event, "2,Dos,11/03/2016,,,")

    historic.undo(first, by=ada, now=NOW)

    assert [each.code for each in event.sessions] == ["2"]
    assert period(event) == "2016-02-11T00:00 2016-03-11T23:59"


@pytest.mark.parametrize("what", ["attendance", "entry", "title", "figure", "room"])
def test_nothing_is_undone_once_something_has_happened_to_a_session(event, ada, what):
    batch = bring(event, "1,Un,11/02/2016,,,", "2,Dos,11/03/2016,,,")
    session = sessions.get_session(event, "2")
    if what == "attendance":
        factories.make_attendance(factories.make_registration(event), session)
    elif what == "entry":
        factories.make_entry(session)
    else:
        values = {
            "title": {"title": "Dos bis"},
            "figure": {"declared_participants": 3},
            "room": {"room": factories.make_room(event)},
        }[what]
        sessions.update_session(session, values, by=ada, now=NOW)

    with pytest.raises(SessionsChanged) as refusal:
        historic.undo(batch, by=ada, now=NOW)

    assert [each.session.code for each in refusal.value.sessions] == ["2"]
    assert len(event.sessions) == 2


def test_a_session_that_was_deleted_since_is_in_nobodys_way(event, ada):
    batch = bring(event, "1,Un,11/02/2016,,,", "2,Dos,11/03/2016,,,")
    sessions.delete_session(sessions.get_session(event, "2"), by=ada, now=NOW)

    historic.undo(batch, by=ada, now=NOW)

    assert event.sessions == []


def test_a_batch_belongs_to_its_event(event):
    batch = bring(event, "1,Un,11/02/2016,,,")

    assert historic.get_batch(event, batch.id) is batch
    with pytest.raises(NotFoundError):
        historic.get_batch(factories.make_event("other"), batch.id)


def test_a_draft_stays_a_draft(app):
    event = factories.make_event("pam", state=EventState.DRAFT)

    bring(event, "1,Un,11/02/2016,,,")

    assert event.state is EventState.DRAFT


@pytest.fixture
def run(app, tmp_path):
    """Run the command on a file with these rows."""

    def run(*arguments, text="Títol,Data,Assistents\nRaval,11/02/2016,99\n"):
        file = tmp_path / "fetes.csv"
        file.write_text(text)
        return app.test_cli_runner().invoke(args=["events", "import-sessions", "pam", str(file), *arguments])

    return run


def test_the_command_imports(event, run):
    done = run("--dimension", "citizens")

    assert (done.exit_code, [each.dimension for each in event.sessions]) == (0, [Dimension.CITIZENS])
    assert done.stdout.startswith("1 sessió afegida; la jornada és ara ")


def test_a_dry_run_of_the_command_saves_nothing(event, run):
    dry = run("--dry-run")

    assert (dry.exit_code, db.session.scalar(select(func.count()).select_from(Session))) == (0, 0)
    assert dry.stdout.startswith("Prova, no s’ha desat res: 1 sessió afegida")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Nom,Assistents\nRaval,9\n", ["Digueu a quines columnes hi ha el títol i el dia."]),
        ("Títol,Data\nA,demà\nB,ahir\n", ["Fila 2", "Fila 3"]),
    ],
)
def test_the_command_says_what_is_wrong_in_a_line_each(event, run, text, lines):
    refused = run(text=text)

    assert refused.exit_code == 2
    assert [line.partition(":")[0] for line in refused.stderr.splitlines()] == lines


def test_the_command_knows_its_words(app, run):
    assert (run().exit_code, run().stderr) == (2, "No hi ha cap jornada «pam».\n")
    assert run("--kind", "break").exit_code == 2
