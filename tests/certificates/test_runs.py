"""Runs: certificates for many, issued once, written about once, stopped and taken up again; whoever is killed."""

import io
import os
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from certificates import run_files, run_work, runs, services
from certificates.archives import filename_of
from certificates.models import (
    Certificate,
    CertificatePrint,
    CertificateRole,
    CertificateRun,
    CertificateRunItem,
    CertificateRunPiece,
    CertifiedRole,
    Outcome,
    RunKind,
    RunState,
)
from core.database import db, transaction
from core.dates import utc_now
from core.mail import MailState, OutgoingMail
from core.mail_delivery import deliver_due_mail
from events.models import EventState
from registrations.models import Awaited
from tests import factories

AFTER = factories.EVENT_START + timedelta(days=1)
NAMES = (("Cleo", "Àvila"), ("Bob", "Pla"), ("Zoe", "Zafra"))


@pytest.fixture
def event(app):
    """Held on 3 December; Cleo, Bob and Zoe were there, Absent was not."""
    return hold(NAMES)


def hold(names, **values):
    event = factories.make_event(**values)
    session = factories.make_session(event)
    for first_name, last_name in reversed(names):
        attend(session, first_name=first_name, last_name=last_name, email=f"{first_name}@example.org".lower())
    factories.make_registration(event, session, first_name="Absent", email="absent@example.org")
    return event


def attend(session, **values):
    registration = factories.make_registration(session.event, session, **values)
    factories.make_attendance(registration, session)
    return registration


def start(event, kind="document", *, of=None, by=None, now=AFTER):
    with transaction():
        return runs.start(event, RunKind(kind), {}, of=of, by=by, now=now).id


def work(now=AFTER):
    run_work.make_certificate_files(now)
    run_work.mail_certificates(now)


def get(run_id):
    return db.session.get_one(CertificateRun, run_id, populate_existing=True)


def outcomes(run_id):
    query = select(CertificateRunItem.outcome).where(CertificateRunItem.run_id == run_id)
    return list(db.session.scalars(query.order_by(CertificateRunItem.position)))


def read_file(run_id):
    return b"".join(run_files.read(get(run_id)))


def recipients():
    query = select(OutgoingMail.recipient).where(OutgoingMail.kind == "certificates_issued")
    return sorted(db.session.scalars(query))


def person(name):
    return db.session.scalars(select(factories.Registration).where(factories.Registration.first_name == name)).one()


def stop(run_id, now=AFTER):
    with transaction():
        return runs.stop(get(run_id), by=None, now=now)


def resume(run_id, now=AFTER):
    with transaction():
        runs.resume(get(run_id), by=None, now=now)


@pytest.mark.both_databases
def test_document_has_everybody_in_the_order_of_the_list(event, reader):
    run_id = start(event)

    work()

    words = reader.flow(read_file(run_id))
    places = [words.index(name) for name in ("Cleo Àvila", "Bob Pla", "Zoe Zafra")]
    assert places == sorted(places)
    assert (get(run_id).state, get(run_id).total, get(run_id).drawn) == (RunState.DONE, 3, 3)
    numbers = db.session.execute(select(Certificate.number, CertificateRunItem.position).join(CertificateRunItem))
    assert sorted(numbers) == [(1, 0), (2, 1), (3, 2)]


@pytest.mark.both_databases
def test_archive_has_a_file_for_each_that_is_known_to_who_verifies_it(event, reader):
    run_id = start(event, "archive")

    work()

    with zipfile.ZipFile(io.BytesIO(read_file(run_id))) as archive:
        names = archive.namelist()
        document = archive.read(names[1])
    codes = [person(name).code for name in ("Cleo", "Bob", "Zoe")]
    assert names == [f"avila-cleo-{codes[0]}.pdf", f"pla-bob-{codes[1]}.pdf", f"zafra-zoe-{codes[2]}.pdf"]
    assert "Bob Pla" in reader.flow(document)
    assert db.session.scalar(select(func.count()).select_from(CertificatePrint)) == 3


def test_the_same_certificates_give_the_same_files(event):
    first, second = start(event, "archive"), start(event, "document")
    work()
    third = start(event, "archive")
    work()
    fourth = start(event, "document")
    work()

    assert read_file(first) == read_file(third)
    assert read_file(second) == read_file(fourth)


def test_names_of_files_say_the_role_and_never_collide(event):
    db.session.add(CertificateRole(registration_id=person("Bob").id, role=CertifiedRole.SPEAKER))
    attend(event.sessions[0], first_name="Bob", last_name="Pla", email="bob2@example.org", code="B2")
    db.session.flush()
    run_id = start(event, "archive")

    work()

    with zipfile.ZipFile(io.BytesIO(read_file(run_id))) as archive:
        names = archive.namelist()
    code = db.session.scalar(
        select(factories.Registration.code).where(factories.Registration.email == "bob@example.org")
    )
    of_bobs = {"pla-bob-B2.pdf", f"pla-bob-{code}.pdf", f"pla-bob-{code}-ponencia.pdf"}
    assert {name for name in names if name.startswith("pla-bob")} == of_bobs
    assert len(names) == len(set(names)) == 5


@pytest.mark.parametrize(
    ("first_name", "last_name", "expected"),
    [
        ("Núria", "Col·lell i Güell", "collell-i-guell-nuria"),
        ("李小龙", "", "certificat"),
        ("../../etc", "passwd", "passwd-etc"),
        ("<b>&\"'=1+1", "\x00\u202e😀", "b-1-1"),
        ("a" * 120, "b" * 160, "b" * 60),
    ],
)
def test_names_of_files_are_safe_on_every_disk(app, first_name, last_name, expected):
    registration = factories.make_registration(first_name=first_name, last_name=last_name, code="X1")

    name = filename_of(Certificate(registration=registration, role=CertifiedRole.ATTENDEE))

    assert name == f"{expected}-X1.pdf"


def test_only_the_people_chosen(event):
    run_id = start(event, of={person("Bob").id, person("Absent").id})

    work()

    assert get(run_id).total == 1
    assert db.session.scalars(select(Certificate.registration_id)).all() == [person("Bob").id]


def test_who_holds_one_keeps_it(event):
    code = services.issue(person("Bob"), now=AFTER).code

    start(event)
    work()

    codes = db.session.scalars(select(Certificate.code).where(Certificate.registration_id == person("Bob").id)).all()
    assert codes == [code]


def test_who_is_due_none_any_more_is_left_out(event):
    revoked = services.issue(person("Zoe"), now=AFTER)
    run_id = start(event, "mail")
    services.revoke(revoked, "Error", by=None, now=AFTER)
    db.session.delete(db.session.scalars(select(factories.Attendance).where(of_person("Bob"))).one())
    db.session.flush()

    work()

    assert outcomes(run_id) == [Outcome.MAILED, Outcome.LEFT_OUT, Outcome.LEFT_OUT]
    assert recipients() == ["cleo@example.org"]


def of_person(name):
    return factories.Attendance.registration_id == person(name).id


def test_what_is_revoked_already_is_not_in_the_run(event):
    services.revoke(services.issue(person("Zoe"), now=AFTER), "Error", by=None, now=AFTER)

    run_id = start(event)

    assert (get(run_id).total, runs.look_ahead(event, None, now=AFTER).getting) == (2, 2)


def test_nobody_to_certify_is_refused(event):
    with pytest.raises(services.NobodyToCertify):
        start(event, of={person("Absent").id})


def test_drafts_write_to_nobody(event):
    event.state = EventState.DRAFT

    with pytest.raises(runs.EventIsDraft):
        start(event, "mail")


@pytest.mark.both_databases
def test_another_of_its_kind_waits(event):
    start(event)
    start(event, "mail")

    with pytest.raises(runs.UnderWayAlready):
        start(event)


@pytest.mark.both_databases
def test_each_person_gets_one_mail_about_all_that_is_new(event):
    db.session.add(CertificateRole(registration_id=person("Bob").id, role=CertifiedRole.SPEAKER))
    db.session.flush()
    run_id = start(event, "mail")

    work()

    assert recipients() == ["bob@example.org", "cleo@example.org", "zoe@example.org"]
    text = db.session.scalar(select(OutgoingMail.text).where(OutgoingMail.recipient == "bob@example.org"))
    token = person("Bob").token
    assert f"https://jornades.example.org/inscripcions/{token}/certificat.pdf\n" in text
    assert f"https://jornades.example.org/inscripcions/{token}/certificat-ponencia.pdf\n" in text
    assert outcomes(run_id) == [Outcome.MAILED] * 4
    progress = runs.count_progress(get(run_id))
    assert (progress.letters, progress.waiting, progress.gone) == (3, 3, 0)


@pytest.mark.both_databases
def test_nobody_is_written_to_twice_about_the_same_issue(event):
    start(event, "mail")
    work()
    factories.make_attendance(person("Bob"), factories.make_session(event, "T2"))

    run_id = start(event, "mail")
    work()

    assert outcomes(run_id) == [Outcome.MAILED_BEFORE, Outcome.MAILED, Outcome.MAILED_BEFORE]
    assert recipients() == ["bob@example.org", "bob@example.org", "cleo@example.org", "zoe@example.org"]


def test_who_was_told_of_one_that_was_corrected_is_told_of_the_new_one(event):
    start(event, "mail")
    work()
    person("Bob").last_name = "Plà"
    db.session.commit()
    run_id = start(event, "mail")
    work()

    query = select(OutgoingMail).where(OutgoingMail.kind == "certificates_issued").order_by(OutgoingMail.id)
    mails = db.session.scalars(query).all()
    assert [mail.recipient for mail in mails] == [
        *(f"{name}@example.org" for name in ("cleo", "bob", "zoe")),
        "bob@example.org",
    ]
    assert ["El certificat que ja teníeu" in mail.text for mail in mails] == [False, False, False, True]
    assert sorted(outcomes(run_id)) == [Outcome.MAILED, Outcome.MAILED_BEFORE, Outcome.MAILED_BEFORE]


def test_run_renews_the_former_wording_once(event):
    start(event, "archive")
    work()
    event.team.place = "Sabadell"
    db.session.commit()
    with transaction():
        run_id = runs.start(event, RunKind.ARCHIVE, {}, of=None, renews=True, by=None, now=AFTER).id
    work()
    again = start(event, "archive")
    work()

    assert outcomes(run_id) == outcomes(again) == [Outcome.ISSUED] * 3
    assert db.session.scalar(select(func.count()).select_from(Certificate)) == 6
    assert runs.look_ahead(event, None, now=AFTER).in_former_wording == 0


def test_who_has_no_address_is_named(event):
    person("Bob").email = ""
    person("Zoe").awaits = Awaited.ADDRESS
    db.session.flush()
    run_id = start(event, "mail")

    work()

    names = [each.first_name for each in runs.list_people(get(run_id), Outcome.NO_ADDRESS, 50)]
    assert (names, recipients()) == (["Bob", "Zoe"], ["cleo@example.org"])
    assert [each.first_name for each in runs.look_ahead(event, None, now=AFTER).without_address] == ["Bob", "Zoe"]


def test_outlook_counts_only_the_people_chosen(event):
    services.issue(person("Bob"), now=AFTER)

    outlook = runs.look_ahead(event, {person("Bob").id, person("Cleo").id, person("Absent").id}, now=AFTER)

    assert (outlook.getting, dict(outlook.counts)) == (2, {"due": 1, "holds": 1, "absent": 1})


@pytest.mark.both_databases
def test_what_is_stopped_goes_no_further_and_can_be_taken_up_again(event, monkeypatch):
    monkeypatch.setattr(run_work, "BATCH", 1)
    run_id = start(event, "mail")
    run_work._do_batch(run_id, AFTER)

    stopped = stop(run_id)
    work()

    assert (stopped, outcomes(run_id)) == (3, [Outcome.MAILED, None, None])
    assert db.session.scalars(select(OutgoingMail.state)).all() == [MailState.WITHDRAWN]

    resume(run_id)
    work()

    assert outcomes(run_id) == [Outcome.MAILED] * 3
    waiting = select(OutgoingMail.recipient).where(OutgoingMail.state == MailState.WAITING)
    assert sorted(db.session.scalars(waiting)) == ["bob@example.org", "cleo@example.org", "zoe@example.org"]


def test_mails_taken_back_are_written_by_another_run(event):
    stop(start_and_work(event, "mail"))

    run_id = start_and_work(event, "mail")

    assert outcomes(run_id) == [Outcome.MAILED] * 3


def start_and_work(event, kind):
    run_id = start(event, kind)
    work()
    return run_id


def test_mail_in_hand_does_not_leave_once_its_run_is_stopped(event):
    run_id = start_and_work(event, "mail")
    leased = db.session.scalars(select(OutgoingMail).where(OutgoingMail.recipient == "bob@example.org")).one()
    leased.leased_until = AFTER + timedelta(minutes=5)
    db.session.commit()
    stop(run_id)

    deliver_due_mail(AFTER + timedelta(minutes=6))

    assert db.session.scalar(select(OutgoingMail.state).where(OutgoingMail.id == leased.id)) is MailState.WITHDRAWN


def test_mail_about_a_revoked_certificate_does_not_leave(event):
    start_and_work(event, "mail")
    certificate = db.session.scalars(select(Certificate).join(Certificate.registration).where(is_bob())).one()
    with transaction():
        services.revoke(certificate, "Error", by=None, now=AFTER)

    deliver_due_mail(AFTER)

    states = dict(db.session.execute(select(OutgoingMail.recipient, OutgoingMail.state)).all())
    assert (states["bob@example.org"], states["zoe@example.org"]) == (MailState.WITHDRAWN, MailState.SENT)


def is_bob():
    return factories.Registration.first_name == "Bob"


def test_what_is_over_cannot_be_stopped_nor_taken_up(event):
    run_id = start_and_work(event, "document")

    with pytest.raises(runs.NothingToStop):
        stop(run_id)
    with pytest.raises(runs.NothingToResume):
        resume(run_id)


def test_one_that_is_taken_up_waits_for_another_of_its_kind(event):
    run_id = start(event)
    stop(run_id)
    start(event)

    with pytest.raises(runs.UnderWayAlready):
        resume(run_id)


@pytest.mark.both_databases
def test_file_is_kept_for_a_day_and_can_be_made_again(event):
    run_id = start_and_work(event, "archive")
    before = read_file(run_id)

    run_files.forget_certificate_files(AFTER + timedelta(hours=23))
    kept = get(run_id).has_file
    run_files.forget_certificate_files(AFTER + timedelta(hours=25))

    assert (kept, get(run_id).has_file) == (True, False)
    assert db.session.scalar(select(func.count()).select_from(CertificateRunPiece)) == 0
    with pytest.raises(runs.NoFile), transaction():
        runs.take_file(get(run_id), by=None, now=AFTER)

    resume(run_id, AFTER + timedelta(days=2))
    work(AFTER + timedelta(days=2))

    assert read_file(run_id) == before


def test_reader_is_cut_off_when_the_file_goes(event):
    run_id = start_and_work(event, "document")
    pieces = run_files.read(get(run_id))
    with transaction():
        run_files.delete_pieces(run_id)

    with pytest.raises(run_files.FileGone):
        next(pieces)


@pytest.mark.both_databases
def test_large_files_are_kept_in_pieces(event, monkeypatch):
    monkeypatch.setattr(run_files, "_PIECE_BYTES", 1000)
    monkeypatch.setattr(run_files, "_PIECES_TOGETHER", 2)
    run_id = start_and_work(event, "document")

    content = read_file(run_id)

    assert len(content) == get(run_id).size > 5000
    assert content.endswith(b"%%EOF\n")


@pytest.mark.both_databases
def test_stopped_while_it_is_drawn_keeps_no_file(event, monkeypatch):
    run_id = start(event)
    run_work._do_batch(run_id, AFTER)
    attempt = run_work._begin(run_id, AFTER)
    stop(run_id)

    with pytest.raises(run_work.NotOursAnyMore):
        run_work._keep(attempt, io.BytesIO(b"%PDF"))

    assert (get(run_id).state, get(run_id).size) == (RunState.STOPPED, None)
    assert db.session.scalar(select(func.count()).select_from(CertificateRunPiece)) == 0


@pytest.mark.both_databases
def test_pieces_of_a_file_that_is_never_whole_do_not_stay(event):
    """Stopped, or its worker killed, between two pieces."""
    run_id, other = start(event), start(event, "archive")
    for each in (run_id, other):
        run_work._do_batch(each, AFTER)
        run_work._begin(each, AFTER)
        with transaction():
            run_files.write_part(each, [b"Bob Pla"], 0)
    stop(run_id)

    run_files.forget_certificate_files(AFTER)

    assert db.session.scalars(select(CertificateRunPiece.run_id)).all() == [other]


@pytest.mark.both_databases
def test_one_draws_at_a_time_and_another_begins_anew_when_the_lease_is_over(event):
    run_id = start(event)
    run_work._do_batch(run_id, AFTER)
    first = run_work._begin(run_id, AFTER)

    meanwhile = run_work._begin(run_id, AFTER + timedelta(minutes=4))
    work(AFTER + timedelta(minutes=6))

    assert (meanwhile, get(run_id).state) == (None, RunState.DONE)
    with pytest.raises(run_work.NotOursAnyMore), transaction():
        first.note()


def test_what_never_ends_is_given_up_and_can_be_tried_again(event):
    run_id = start(event)
    run_work._do_batch(run_id, AFTER)
    for turn in range(run_work.MOST_ATTEMPTS):
        assert run_work._begin(run_id, AFTER + timedelta(minutes=6 * turn))

    work(AFTER + timedelta(hours=1))
    given_up = get(run_id).state
    resume(run_id, AFTER + timedelta(hours=2))
    work(AFTER + timedelta(hours=2))

    assert (given_up, get(run_id).state) == (RunState.FAILED, RunState.DONE)


def test_every_act_leaves_a_line(event, ada):
    run_id = start(event, "archive", by=ada)
    stop(run_id)
    resume(run_id)
    work()
    with transaction():
        runs.take_file(get(run_id), by=ada, now=AFTER)

    lines = [(line.act, line.details) for line in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert lines == [
        ("certificate_run.start", {"run": run_id, "kind": "archive", "count": 3, "filter": {}, "renews": False}),
        ("certificate_run.stop", {"run": run_id, "count": 3}),
        ("certificate_run.resume", {"run": run_id}),
        ("certificate_run.take", {"run": run_id, "kind": "archive", "count": 3}),
    ]


@pytest.mark.both_databases
def test_as_many_questions_for_many_as_for_few(event, count_queries, monkeypatch):
    one = start(event, of={person("Bob").id})
    few = count_queries(lambda: run_work._do_batch(one, AFTER))
    stop(one)
    three = start(event)

    many = count_queries(lambda: run_work._do_batch(three, AFTER))

    assert many <= few


# Races, on databases of their own.

PEOPLE = 60


def fill(own_app):
    """Sixty people were at an event that was over yesterday."""
    with transaction():
        names = [(f"P{number:03}", "Pla") for number in range(PEOPLE)]
        return hold(names, starts_at=utc_now() - timedelta(days=1), ends_at=utc_now() - timedelta(hours=12)).id


def check_each_once(kind):
    assert db.session.scalar(select(func.count()).select_from(Certificate)) == PEOPLE
    numbers = sorted(db.session.scalars(select(Certificate.number)))
    assert numbers == list(range(1, PEOPLE + 1))
    if kind == "mail":
        assert Counter(recipients()) == Counter(f"p{number:03}@example.org" for number in range(PEOPLE))


@pytest.mark.parametrize("kind", ["mail", "archive"])
def test_two_workers_do_each_once(own_app, race, kind, monkeypatch):
    monkeypatch.setattr(run_work, "BATCH", 7)
    fill(own_app)
    event = db.session.scalars(select(factories.Event)).one()
    run_id = start(event, kind, now=utc_now())

    results = race([lambda: work(utc_now())] * 3)

    assert results == [None] * 3
    db.session.rollback()
    assert get(run_id).state is RunState.DONE
    check_each_once(kind)


@pytest.mark.both_databases
@pytest.mark.parametrize(("kind", "where", "issued"), [("mail", "_issue", 30), ("archive", "_add_all", PEOPLE)])
def test_worker_killed_half_way_loses_none_and_doubles_none(  # noqa: PLR0917 - databases, and what is tried
    own_app, empty_database, tmp_path, kind, where, issued
):
    fill(own_app)
    event = db.session.scalars(select(factories.Event)).one()
    run_id = start(event, kind, now=utc_now())
    environ = {**os.environ, "JORNADA_INSTANCE_PATH": str(tmp_path), "JORNADA_DATABASE_URL": empty_database}
    root = Path(__file__).resolve().parents[2]

    worker = subprocess.run([sys.executable, "-c", WORKER, where], cwd=root, env=environ, check=False)
    before = db.session.scalar(select(func.count()).select_from(Certificate))
    state = get(run_id).state
    db.session.rollback()
    work(utc_now() + timedelta(minutes=10))

    assert (worker.returncode, before, state) == (-signal.SIGKILL, issued, RunState.UNDER_WAY)
    assert get(run_id).state is RunState.DONE
    check_each_once(kind)


# A worker that is ended by kill -9 when it has done something for the third time and before that is committed.
WORKER = """
import os, signal, sys
from app import create_app
from certificates import run_work
from core.dates import utc_now

run_work.BATCH = 15
do = getattr(run_work, sys.argv[1])
left = 3

def do_and_die(*arguments):
    global left
    done = do(*arguments)
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(run_work, sys.argv[1], do_and_die)
with create_app().app_context():
    run_work.mail_certificates(utc_now())
    run_work.make_certificate_files(utc_now())
"""
