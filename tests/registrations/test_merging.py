"""Two registrations of one person made one, and two again: places, lists, records, mails, links; nothing is lost."""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select

from accounts.models import AuditEntry
from certificates import services as certificates
from certificates import verification
from core.database import db
from core.errors import NotFoundError
from core.languages import use_language
from core.mail import MailState, OutgoingMail
from door import lists as door_lists
from door import services as door
from door.models import DoorAct, DoorActKind, DoorOutcome
from door.reports import Report
from figures import figures
from messages.models import MessageRecipient
from registrations import (
    attendance,
    bulk,
    calendars,
    filters,
    history,
    merge_rows,
    merges,
    merging,
    services,
    standing,
    stays,
    supports,
)
from registrations.merging import GoneMeanwhile, SamePerson
from registrations.models import (
    Announcement,
    Answer,
    Attendance,
    AttendanceSource,
    BulkKind,
    CalendarEntry,
    Registration,
    RegistrationMerge,
    RegistrationSource,
    RegistrationState,
    SupportNeed,
    WaitingListEntry,
)
from registrations.services import Answers
from registrations.telling import tell_announcements
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(hours=1)
STILL_LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def english(app):
    """Have reasons said in English."""
    with use_language("en"):
        yield


@pytest.fixture
def ada(app):
    return factories.make_staff("ada@example.org", name="Ada")


@pytest.fixture
def event(app):
    """Three places, two sessions at the same time with one place each, and one after them without limit."""
    event = factories.make_event(capacity=3)
    at = event.starts_at + timedelta(hours=1)
    factories.make_session(event, "A", capacity=1, starts_at=at)
    factories.make_session(event, "B", capacity=1, starts_at=at)
    factories.make_session(event, "C", starts_at=at + timedelta(hours=1))
    return event


def sign_up(event, name="Bob", *codes, waiting=(), email=None, now=NOW, **values):
    address = f"{name.casefold()}@example.org" if email is None else email
    answers = Answers(name, "Pla", address, session_codes=codes, waiting_codes=waiting, **values)
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=now)


def session_of(event, code):
    return next(each for each in event.sessions if each.code == code)


def merge(one, other, ada, now=LATER, **choice):
    said = merging.merge(one.event, (one.id, other.id), choice, by=ada, now=now)
    return said, db.session.get_one(RegistrationMerge, said.merge_id)


def counters(event):
    db.session.expire_all()
    return [(each.places_taken, each.extra_places, each.people_waiting) for each in (event, *event.sessions)]


def everything():
    """Every row that names a registration, but for the trail of what was done."""
    db.session.flush()
    ids = list(db.session.scalars(select(Registration.id)))
    rows = merge_rows.read(ids)
    rows.pop("merges")
    return {**rows, "needs": merge_rows.read_needs(ids)}


def without_moments(rows):
    people = [{**row, "updated_at": None} for row in rows["registration"]]
    left_out = {"registration", "announcement", "possible_duplicate"}
    return {"registration": people, **{name: found for name, found in rows.items() if name not in left_out}}


def test_places_of_both_become_those_of_one_and_the_rest_goes_to_who_waits(event, ada):
    bob = sign_up(event, "Bob", "A")
    robert = sign_up(event, "Robert", "C", email="robert@example.org")
    sign_up(event, "Cleo")
    dora = sign_up(event, "Dora")

    said, _merge = merge(bob, robert, ada)

    assert counters(event) == [(3, 0, 0), (1, 0, 0), (0, 0, 0), (1, 0, 0)]
    assert dora.state is RegistrationState.CONFIRMED
    assert said.sessions == ["Taller A", "Taller C"]
    assert (said.frees_event, said.freed, said.others, bool(said.told)) == (True, [], 1, True)


def test_a_session_of_both_is_held_once(event, ada):
    bob, robert = sign_up(event, "Bob", "C"), sign_up(event, "Robert", "C", email="r@example.org")

    said, _merge = merge(bob, robert, ada)

    assert counters(event)[-1] == (1, 0, 0)
    assert (said.freed, said.told) == (["Taller C"], ["r@example.org"])


@pytest.mark.parametrize(("side", "left"), [(0, "Taller B"), (1, "Taller A")])
def test_of_sessions_at_one_time_the_ones_chosen_stay(event, ada, side, left):
    people = [sign_up(event, "Bob", "A"), sign_up(event, "Robert", "B", email="r@example.org")]
    key = f"clash-{session_of(event, 'A').id}"

    said, _merge = merge(*people, ada, **{key: people[side].id})

    assert said.freed == [left]
    assert counters(event)[0] == (1, 0, 0)


def test_the_newer_values_stay_unless_others_are_chosen(event, ada):
    bob = sign_up(event, "Bob", organisation="Ateneu")
    robert = sign_up(event, "Robert", email="r@example.org", now=NOW + timedelta(minutes=5))

    said, merge_row = merge(bob, robert, ada, email=bob.id)
    registration = merge_row.registration

    assert (said.name, said.email, registration.organisation) == ("Robert Pla", "bob@example.org", "Ateneu")
    assert registration.email_key == "bob@example.org"
    assert registration.created_at == NOW


def test_the_address_at_which_mail_arrives_stays(event, ada):
    bob = sign_up(event, "Bob")
    robert = sign_up(event, "Robert", email="r@exmaple.org", now=NOW + timedelta(minutes=5))
    mails = {mail.recipient: mail for mail in db.session.scalars(select(OutgoingMail))}
    mails["bob@example.org"].state, mails["r@exmaple.org"].state = MailState.SENT, MailState.REFUSED
    db.session.flush()

    said, _merge = merge(bob, robert, ada)

    assert said.email == "bob@example.org"


def test_cancelled_and_confirmed_are_one_confirmed(event, ada):
    bob = sign_up(event, "Bob", "A")
    services.cancel(bob, now=NOW)
    robert = sign_up(event, "Robert", "B", email="r@example.org", now=NOW + timedelta(minutes=5))

    said, merge_row = merge(bob, robert, ada)

    assert said.state is RegistrationState.CONFIRMED
    assert said.sessions == ["Taller B"]
    assert counters(event) == [(1, 0, 0), (0, 0, 0), (1, 0, 0), (0, 0, 0)]
    assert (merge_row.registration.cancelled_at, said.told) == (None, [])


def test_two_that_cancelled_are_one_that_did(event, ada):
    people = [sign_up(event, "Bob"), sign_up(event, "Robert", email="r@example.org")]
    for each in people:
        services.cancel(each, now=NOW)

    said, _merge = merge(*people, ada)

    assert (said.state, said.told) == (RegistrationState.CANCELLED, [])
    assert counters(event)[0] == (0, 0, 0)


def test_the_earlier_stand_in_line_stays_and_the_others_keep_theirs(event, ada):
    for name in ("Ada", "Berta", "Cleo"):
        sign_up(event, name)
    first, dora, second, emma = (sign_up(event, name) for name in ("Bob", "Dora", "Robert", "Emma"))
    order = [first.id, dora.id, emma.id]

    said, merge_row = merge(first, second, ada)

    line = db.session.scalars(select(WaitingListEntry.registration_id).order_by(WaitingListEntry.id)).all()
    assert line == [merge_row.registration_id, *order[1:]]
    assert (said.state, said.waits) == (RegistrationState.WAITING, [("", 1)])
    assert event.people_waiting == 3


def test_who_has_a_place_leaves_the_line_of_the_other(event, ada):
    bob = sign_up(event, "Bob", "A")
    sign_up(event, "Cleo")
    sign_up(event, "Dora")
    robert = sign_up(event, "Robert", "C", email="r@example.org")
    assert robert.state is RegistrationState.WAITING

    said, _merge = merge(bob, robert, ada)

    assert said.sessions == ["Taller A", "Taller C"]  # what the other wished for is free
    assert counters(event) == [(3, 0, 0), (1, 0, 0), (0, 0, 0), (1, 0, 0)]


def test_a_reserved_place_stays_with_the_group_that_it_is_kept_for(event, ada):
    factories.reserve_places(event, citizens=1)
    bob = sign_up(event, "Bob", dimension="citizens")
    robert = sign_up(event, "Robert", email="r@example.org", dimension="internal")
    assert bob.has_reserved_place

    _said, merge_row = merge(bob, robert, ada)

    registration = merge_row.registration
    assert (registration.has_reserved_place, registration.dimension) == (True, "citizens")
    assert (event.places_taken, event.places_kept) == (1, 0)


def test_both_were_let_in_at_two_doors(event, ada):
    bob, robert = sign_up(event, "Bob", "A"), sign_up(event, "Robert", "C", email="r@example.org")
    a, c = session_of(event, "A"), session_of(event, "C")
    for person, session, minutes in ((bob, a, 5), (robert, a, 1), (robert, c, 9)):
        report = Report(
            f"act-{person.id}-{session.code}".ljust(20, "x"),
            DoorActKind.CHECK_IN,
            person.code,
            session.code,
            NOW + timedelta(minutes=minutes),
            AttendanceSource.CODE,
            (),
        )
        door.accept(event, [report], by=door.Doorkeeper("Porta"), now=LATER)

    _said, merge_row = merge(bob, robert, ada)

    rows = db.session.scalars(select(Attendance).order_by(Attendance.session_id)).all()
    assert [(row.registration_id, row.session.code, row.recorded_at) for row in rows] == [
        (merge_row.registration_id, "A", NOW + timedelta(minutes=1)),
        (merge_row.registration_id, "C", NOW + timedelta(minutes=9)),
    ]
    assert set(db.session.scalars(select(DoorAct.registration_id))) == {merge_row.registration_id}
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "registration.merge")).one()
    assert [each["session"] for each in entry.details["doubled"]] == ["A"]


def test_former_link_code_and_address_lead_to_the_person(event, ada):
    bob, robert = sign_up(event, "Bob", "C"), sign_up(event, "Robert", email="r@example.org")
    tokens, codes = (bob.token, robert.token), (bob.code, robert.code)

    _said, merge_row = merge(bob, robert, ada)
    registration = merge_row.registration

    assert [services.get_registration(token) for token in tokens] == [registration, registration]
    assert [services.find_by_address(event, each) for each in ("bob@example.org", "r@example.org")] == [
        registration
    ] * 2
    found = [
        db.session.scalars(select(Registration).where(*filters.conditions(event, filters.Filter(search=code)))).all()
        for code in codes
    ]
    assert found == [[registration], [registration]]
    assert (registration.token, registration.code) == (tokens[0], codes[0])
    with pytest.raises(services.AlreadyRegistered):
        sign_up(event, "Robert", email="r@example.org")


def test_a_former_code_is_let_in_at_the_door(event, ada):
    bob, robert = sign_up(event, "Bob", "C"), sign_up(event, "Robert", email="r@example.org")
    former = robert.code
    _said, merge_row = merge(bob, robert, ada)
    report = Report("x" * 20, DoorActKind.CHECK_IN, former, "C", NOW, AttendanceSource.CODE, ())

    answers = door.accept(event, [report], by=door.Doorkeeper("Porta"), now=LATER)

    assert answers["x" * 20].outcome is DoorOutcome.RECORDED
    assert answers["x" * 20].registration_id == merge_row.registration_id
    row = door_lists.read_rows(event, {merge_row.registration_id})[merge_row.registration_id]
    assert (row[0], row[8]) == (bob_code(merge_row), [former])


def bob_code(merge_row):
    return merge_row.registration.code


def test_an_act_of_before_that_arrives_after(event, ada):
    """A phone without a network let the one in that is no more."""
    bob = sign_up(event, "Bob", "C")
    robert = sign_up(event, "Robert", email="r@example.org")
    former = robert.code
    merge(bob, robert, ada)
    undo = Report("u" * 20, DoorActKind.UNDO, former, "C", NOW, AttendanceSource.CODE, ("v" * 20,))
    come = Report("v" * 20, DoorActKind.CHECK_IN, former, "C", NOW, AttendanceSource.CODE, ())

    for each in (undo, come):
        door.accept(event, [each], by=door.Doorkeeper("Porta"), now=LATER)

    assert db.session.scalars(select(Attendance)).all() == []


def test_calendars_show_nothing_twice(event, ada):
    bob = sign_up(event, "Bob", "C")
    robert = sign_up(event, "Robert", "C", email="r@example.org", now=NOW + timedelta(minutes=5))
    uids = {each.uid: each.registration_id for each in db.session.scalars(select(CalendarEntry))}
    assert len(uids) == 2

    said, merge_row = merge(bob, robert, ada)
    registration = merge_row.registration
    tell_announcements(LATER)
    db.session.expire_all()

    entries = db.session.scalars(select(CalendarEntry).order_by(CalendarEntry.session_id)).all()
    assert {entry.uid for entry in entries} == set(uids)
    assert [(entry.session_id < 0, entry.is_cancelled) for entry in entries] == [(True, True), (False, False)]
    shown = calendars.list_shown(registration, registration.sessions)
    assert sorted(entry.is_cancelled for entry in shown) == [False, True]
    mail = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
    assert (said.told, mail.kind, mail.recipient) == (["r@example.org"], "merged", "r@example.org")
    kept = db.session.scalars(select(Registration)).one()
    former = db.session.scalars(select(RegistrationMerge)).one()
    for written in (mail.text, mail.html):
        assert (former.token in written, kept.token in written) == (True, False)
    assert [file["method"] for file in mail.calendars] == ["CANCEL"]
    assert "mailto:r@example.org" in mail.calendars[0]["content"]


def test_answers_and_supports_of_both_stay(event, ada):
    asked = [factories.make_question(event, text) for text in ("Menú?", "Telèfon?")]
    bob = factories.make_registration(event)
    robert = factories.make_registration(event, email="r@example.org", created_at=LATER)
    factories.make_answer(bob, asked[0], "peix")
    factories.make_answer(robert, asked[0], "carn")
    factories.make_answer(robert, asked[1], "600 11 22 33")
    factories.make_support_need(bob, "menu", "sense gluten")
    factories.make_support_need(robert, "menu", "vegana")
    factories.make_support_need(robert, "hearing_loop")

    merge(bob, robert, ada, **{f"answer-{asked[0].id}": bob.id})

    answers = db.session.scalars(select(Answer).order_by(Answer.question_id)).all()
    assert [each.words for each in answers] == [["peix"], ["600 11 22 33"]]
    needs = db.session.execute(select(SupportNeed.kind, SupportNeed.details).order_by(SupportNeed.kind)).all()
    assert [tuple(each) for each in needs] == [("hearing_loop", ""), ("menu", "vegana · sense gluten")]


def test_what_was_said_about_supports_is_kept_nowhere_longer(event, ada):
    bob = factories.make_registration(event)
    robert = factories.make_registration(event, email="r@example.org")
    factories.make_support_need(robert, "menu", "vegana")
    _said, merge_row = merge(bob, robert, ada)
    assert merge_row.needs

    supports.withdraw_consent(merge_row.registration, now=STILL_LATER)
    db.session.refresh(merge_row)

    assert merge_row.needs is None
    assert "vegana" not in str((merge_row.before, merge_row.after))


def test_of_two_records_of_one_session_both_say_when_they_came_and_left(event, ada):
    people = [factories.make_registration(event), factories.make_registration(event, email="r@example.org")]
    session, hour = session_of(event, "A"), timedelta(hours=1)
    at = session.starts_at
    seen = ((at, at + hour),), ((at + 2 * hour, None),)
    for person, known in zip(people, seen, strict=True):
        factories.make_attendance(person, session, stays=stays.write(known), stated_stays=stays.write(known))

    _said, merge_row = merge(*people, ada)

    row = db.session.scalars(select(Attendance).execution_options(populate_existing=True)).one()
    assert row.registration_id == merge_row.registration_id
    assert stays.read(row.stays) == stays.read(row.stated_stays) == (*seen[0], *seen[1])


def test_both_certificates_go_on_verifying(event, ada):
    people = [factories.make_registration(event), factories.make_registration(event, email="r@example.org")]
    after = event.ends_at + timedelta(days=1)
    codes = []
    for person, code in zip(people, "AC", strict=True):
        factories.make_attendance(person, session_of(event, code))
        codes.append(certificates.issue(person, now=after).code)

    _said, merge_row = merge(*people, ada, now=after)

    found = [verification.verify(code, now=after).status for code in codes]
    assert found == [verification.VerificationStatus.REPLACED, verification.VerificationStatus.VALID]
    issued = certificates.issue(merge_row.registration, now=after)
    assert [each["code"] for each in issued.content["sessions"]] == ["A", "C"]


def test_a_message_to_both_went_to_the_one(event, ada):
    people = [factories.make_registration(event), factories.make_registration(event, email="r@example.org")]
    both, only = factories.make_message(event), factories.make_message(event)
    rows = [(both, people[0], None), (both, people[1], NOW), (only, people[0], NOW)]
    db.session.add_all(
        MessageRecipient(message_id=message.id, registration_id=person.id, written_at=at)
        for message, person, at in rows
    )

    _said, merge_row = merge(*people, ada)

    found = db.session.scalars(select(MessageRecipient).order_by(MessageRecipient.message_id)).all()
    assert [(each.message_id, each.registration_id, each.written_at) for each in found] == [
        (both.id, merge_row.registration_id, NOW),
        (only.id, merge_row.registration_id, NOW),
    ]


def test_the_trail_is_that_of_both(event, ada):
    bob, robert = sign_up(event, "Bob", "C"), sign_up(event, "Robert", "C", email="r@example.org")
    for person in (bob, robert):
        attendance.check_in(person, session_of(event, "C"), source=AttendanceSource.LIST, by=ada, now=NOW)
        attendance.undo([person.id], session_of(event, "C"), by=ada, now=NOW)

    _said, merge_row = merge(bob, robert, ada)

    assert [each.sentence for each in history.list_history(merge_row.registration)] == [
        "Merged with another registration of the same person",
        "Attendance taken back: C",
        "Attendance taken back: C",
    ]


def test_an_act_on_several_people_is_not_undone_for_who_was_merged(event, ada):
    for name in ("Ada", "Berta"):
        sign_up(event, name)
    robert = sign_up(event, "Robert", email="r@example.org")
    bob = sign_up(event, "Bob")
    task = bulk.Task(BulkKind.CONFIRM, over_capacity=True)
    _outcome, act = bulk.do(event, [bob.id], task, by=ada, now=LATER)
    merge(bob, robert, ada, now=STILL_LATER)

    outcome = bulk.undo(act, by=ada, now=STILL_LATER)

    assert [each.reason for each in outcome.left] == ["Something else has happened to them since."]
    assert event.places_taken == 3


def test_with_itself_or_with_who_is_not_there_any_more(event, ada):
    bob, robert = sign_up(event, "Bob"), sign_up(event, "Robert", email="r@example.org")
    ids = bob.id, robert.id
    stranger = factories.make_registration(factories.make_event("altra"))

    for pair, refusal in (
        ((ids[0], ids[0]), SamePerson),
        ((ids[0], stranger.id), NotFoundError),
        ((ids[0], 999999), NotFoundError),
    ):
        with pytest.raises(refusal):
            merging.merge(event, pair, {}, by=ada, now=LATER)
    merging.merge(event, ids, {}, by=ada, now=LATER)
    with pytest.raises(GoneMeanwhile):
        merging.merge(event, ids, {}, by=ada, now=LATER)


def test_undone_everything_is_as_it_was(event, ada):
    question = factories.make_question(event)
    bob = sign_up(event, "Bob", "A")
    robert = sign_up(event, "Robert", "C", email="r@example.org", signed_up_by="Cleo")
    factories.make_answer(bob, question, "d’aquí")
    factories.make_answer(robert, question, "d’allà")
    factories.make_support_need(robert, "menu", "vegana")
    seen = stays.write(((NOW, LATER),))
    for person, code in ((bob, "A"), (robert, "A"), (robert, "C")):
        factories.make_attendance(person, session_of(event, code), stays=seen)
    before, at_first = everything(), counters(event)

    _said, merge_row = merge(bob, robert, ada)
    parted = merges.undo(merge_row, by=ada, now=STILL_LATER)

    assert without_moments(everything()) == without_moments(before)
    assert counters(event) == at_first
    assert (parted.is_told, db.session.scalars(select(Announcement)).all()) == (False, [])
    with pytest.raises(merges.UndoneAlready):
        merges.undo(merge_row, by=ada, now=STILL_LATER)


def test_a_merge_of_before_a_table_had_all_its_columns_can_be_undone(event, ada):
    bob, robert = sign_up(event, "Bob", "A"), sign_up(event, "Robert", "C", email="r@example.org")
    factories.make_attendance(robert, session_of(event, "C"))
    before = everything()
    _said, merge_row = merge(bob, robert, ada)
    kept = json.loads(json.dumps([merge_row.before, merge_row.after]))
    for rows in kept:
        rows["attendance"] = [{key: row[key] for key in row if "stays" not in key} for row in rows["attendance"]]
    merge_row.before, merge_row.after = kept
    db.session.flush()

    merges.undo(merge_row, by=ada, now=STILL_LATER)

    assert without_moments(everything()) == without_moments(before)


def test_who_was_told_of_the_merge_is_told_of_its_undoing(event, ada):
    bob, robert = sign_up(event, "Bob", "A"), sign_up(event, "Robert", "C", email="r@example.org")
    _said, merge_row = merge(bob, robert, ada)
    tell_announcements(LATER)
    db.session.execute(OutgoingMail.__table__.update().values(state=MailState.SENT))
    db.session.expire_all()

    parted = merges.undo(merge_row, by=ada, now=STILL_LATER)
    tell_announcements(STILL_LATER)

    assert parted.is_told
    mails = db.session.scalars(select(OutgoingMail).where(OutgoingMail.created_at == STILL_LATER)).all()
    assert sorted(mail.recipient for mail in mails) == ["bob@example.org", "r@example.org"]


def test_it_cannot_be_undone_once_something_else_has_happened(event, ada):
    bob, robert = sign_up(event, "Bob", "A"), sign_up(event, "Robert", email="r@example.org")
    _said, merge_row = merge(bob, robert, ada)
    attendance.check_in(merge_row.registration, session_of(event, "A"), source=AttendanceSource.LIST, by=ada, now=LATER)

    with pytest.raises(merges.ChangedSince):
        merges.undo(merge_row, by=ada, now=STILL_LATER)


def test_a_place_that_has_gone_to_somebody_else_is_given_again_only_on_purpose(event, ada):
    bob, robert = sign_up(event, "Bob"), sign_up(event, "Robert", email="r@example.org")
    _said, merge_row = merge(bob, robert, ada)
    for name in ("Cleo", "Dora"):
        sign_up(event, name)

    with pytest.raises(standing.EventFullAgain):
        merges.undo(merge_row, by=ada, now=STILL_LATER)
    merges.undo(merge_row, over_capacity=True, by=ada, now=STILL_LATER)

    assert counters(event)[0] == (4, 1, 0)


def test_three_are_one_and_parted_in_turn(event, ada):
    people = [sign_up(event, name, email=f"{name}@example.org") for name in ("Bob", "Rob", "Robert")]
    ids, tokens = [each.id for each in people], [each.token for each in people]
    _said, first = merge(people[0], people[1], ada)
    _said, second = merge(first.registration, db.session.get_one(Registration, ids[2]), ada, now=STILL_LATER)

    assert {services.get_registration(token).id for token in tokens} == {ids[2]}
    with pytest.raises(merges.ChangedSince):
        merges.undo(first, by=ada, now=STILL_LATER)
    merges.undo(second, by=ada, now=STILL_LATER)
    db.session.expire_all()
    merges.undo(first, by=ada, now=STILL_LATER)

    assert [services.get_registration(token).id for token in tokens] == ids
    assert event.places_taken == 3


def test_a_number_is_nobody_elses_while_the_merge_can_be_undone(event, ada):
    bob, robert = sign_up(event, "Bob"), sign_up(event, "Robert", email="r@example.org")
    ids = {bob.id, robert.id}
    merge(bob, robert, ada)

    cleo = sign_up(event, "Cleo")

    assert cleo.id not in ids


def test_no_table_that_names_registrations_is_forgotten(event, ada):
    """Whoever adds one must say what becomes of its rows: a merge refuses to lose any."""
    people = [factories.make_registration(event), factories.make_registration(event, email="r@example.org")]
    tables = {table.name for table, _keys in merge_rows.list_tables()}

    merge(*people, ada)

    assert tables == {
        "announcement", "answer", "attendance", "automatic_mail", "bulk_act_person", "calendar_entry", "certificate",
        "certificate_role", "certificate_run_item", "chosen_session", "door_act", "entry_author", "imported_person",
        "message_recipient", "possible_duplicate", "registration_mail", "waiting_list_entry",
    }  # fmt: skip


HISTORY = some.lists(
    some.tuples(
        some.sampled_from(["sign_up", "sign_up", "cancel", "attend", "attend", "certify"]),
        some.integers(0, 4),
        some.sampled_from(["", "A", "B", "C", "AC"]),
    ),
    max_size=14,
)


@given(
    steps=HISTORY, capacity=some.sampled_from([None, 2, 4]), pair=some.tuples(some.integers(0, 4), some.integers(0, 4))
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_has_happened_nothing_is_lost(app, ada, steps, capacity, pair):
    outer = db.session.begin_nested()
    try:
        _try_a_history(steps, capacity, pair, ada)
    finally:
        outer.rollback()
        db.session.expunge_all()


def _try_a_history(steps, capacity, pair, ada):
    ada = db.session.merge(ada)
    event = factories.make_event(f"jornada-{capacity}", capacity=capacity)
    at = event.starts_at + timedelta(hours=1)
    factories.make_session(event, "A", capacity=1, starts_at=at)
    factories.make_session(event, "B", capacity=2, starts_at=at)
    factories.make_session(event, "C", starts_at=at + timedelta(hours=1))
    people = {}
    for minute, (kind, who, codes) in enumerate(steps):
        _live(event, people, kind, who, codes, now=NOW + timedelta(minutes=minute))
    chosen = [people[each] for each in pair if each in people]
    if len(set(chosen)) == 2:
        _check_merge_and_undo(event, chosen, ada)


def _live(event, people, kind, who, codes, *, now):
    with db.session.begin_nested() as step:
        try:
            if kind == "sign_up":
                wished = [code for code in codes if not session_of(event, code).is_full]
                waiting = [code for code in codes if session_of(event, code).is_full]
                answers = Answers(f"P{who}", "Pla", f"p{who}@example.org", session_codes=wished, waiting_codes=waiting)
                people[who] = services.register(
                    event, answers, source=RegistrationSource.PERSON, language="ca", now=now
                )
            elif who in people and kind == "cancel":
                services.cancel(people[who], now=now)
            elif who in people:
                for code in codes:
                    attendance.check_in(
                        people[who], session_of(event, code), source=AttendanceSource.LIST, by=None, now=now
                    )
        except merging.DomainError:
            step.rollback()


def _check_merge_and_undo(event, chosen, ada):
    ids = [each.id for each in chosen]
    others = [each for each in _line(event) if each[1] not in ids]
    pairs = {(_who(row.registration_id, ids), row.session_id) for row in db.session.scalars(select(Attendance))}
    tokens = [each.token for each in chosen]
    before, at_first = everything(), counters(event)
    came = db.session.scalar(select(func.count(Attendance.registration_id.distinct())))
    both_came = len({row.registration_id for row in db.session.scalars(select(Attendance))} & set(ids)) == 2

    said, merge_row = merge(*chosen, ada, now=STILL_LATER)

    after = {(_who(row.registration_id, ids), row.session_id) for row in db.session.scalars(select(Attendance))}
    assert after == pairs
    _check_counters(event)
    assert {services.get_registration(token).id for token in tokens} == {merge_row.registration_id}
    left = [each for each in _line(event) if each[1] not in ids]
    assert [each for each in others if each in left] == left  # who moved up left the line; nobody else changed places
    assert figures.for_event(event).total.participants == came - both_came
    if said.others == 0:
        merges.undo(merge_row, by=ada, now=STILL_LATER)
        assert without_moments(everything()) == without_moments(before)
        assert counters(event) == at_first


def _who(registration_id, ids):
    return "them" if registration_id in ids else registration_id


def _line(event):
    query = select(WaitingListEntry.id, WaitingListEntry.registration_id, WaitingListEntry.session_id)
    return [tuple(row) for row in db.session.execute(query.order_by(WaitingListEntry.id))]


def _check_counters(event):
    """Every counter is the number of those who hold a place, and never above capacity."""
    db.session.expire_all()
    stands = standing.read_standings(
        db.session.scalars(select(Registration).where(Registration.event_id == event.id)).all()
    )
    assert event.places_taken == sum(each.has_place for each in stands.values())
    for session in event.sessions:
        assert session.places_taken == sum(session.id in each.held for each in stands.values())
        assert session.capacity is None or session.places_taken <= session.capacity
    assert event.extra_places == 0
