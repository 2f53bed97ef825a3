"""Hours that are certified: from when people came until they left, without breaks; and everywhere they are told."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from certificates import (
    attendance_reports,
    due,
    papers,
    people,
    printed_lists,
    rules,
    services,
    signature_sheets,
    verification,
)
from certificates.attendance_content import Purpose
from certificates.attendance_sheets import write_sheets
from certificates.content import CertificateContent, CertifiedSession
from certificates.models import Requirement
from certificates.pdf import signature_sheet
from certificates.pdf.attendance_report import write_attendance_report
from certificates.pdf.certificate import write_certificate
from certificates.pdf.signature_sheet import write_signature_sheets
from certificates.people import Standing
from core.database import db
from core.languages import use_language
from events.models import SessionKind
from registrations import attendance, exports, stays
from registrations.exports import Export
from registrations.filters import Filter
from registrations.lists import Profile
from tests import factories
from tests.certificates import samples

START = factories.EVENT_START.replace(hour=8, minute=0)
"""9 h in Barcelona."""
AFTER = START + timedelta(days=1)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.both_databases


def at(hours):
    return None if hours is None else START + timedelta(hours=hours)


@pytest.fixture
def event(app):
    """From 9 to 14 h: a session that is as long, a break inside it, and another session at its last hour."""
    event = factories.make_event(starts_at=START, ends_at=at(5), records_exits=True)
    factories.make_session(event, "T1", starts_at=START, ends_at=at(5))
    factories.make_session(event, "PA", starts_at=at(2), ends_at=at(2.5), kind=SessionKind.BREAK)
    factories.make_session(event, "T2", starts_at=at(4), ends_at=at(5))
    db.session.expire(event, ["sessions"])
    return event


def session_of(event, code):
    return next(each for each in event.sessions if each.code == code)


def come(event, *pairs, code="T1", person=None, **values):
    """Somebody who came and left so, in hours after the beginning."""
    person = person or factories.make_registration(event, **values)
    known = stays.write((at(one), at(other)) for one, other in pairs)
    factories.make_attendance(person, session_of(event, code), stays=known)
    return person


def content_of(person):
    return CertificateContent.from_json(services.issue(person, now=AFTER).content)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param([], 4.5, id="nothing known: all but the break"),
        pytest.param([(0.5, None)], 4.5, id="nobody saw them leave"),
        pytest.param([(0.05, 4.95)], 4.5, id="within the tolerance"),
        pytest.param([(0.5, 4)], 3, id="late, and gone early"),
        pytest.param([(0, 1), (3, 5)], 3, id="out for two hours, the break among them"),
    ],
)
def test_hours_go_from_coming_to_leaving_where_both_are_known(event, known, expected):
    assert content_of(come(event, *known)).duration == expected * HOUR


def test_hours_without_exits_are_those_of_the_session_without_its_break(event):
    event.records_exits = False

    assert content_of(come(event, (0.5, 4))).duration == 4.5 * HOUR


def test_sessions_at_the_same_hour_are_one_hour_as_far_as_both_count(event):
    person = come(event, (0, 4.5))
    come(event, (4, 5), code="T2", person=person)

    assert content_of(person).duration == 4.5 * HOUR


def test_who_left_before_it_began_has_not_attended(event):
    gone = come(event, (-0.5, -0.25))

    assert due.count_attendees(event, now=AFTER) == 0
    with pytest.raises(services.NotEnoughAttended):
        services.issue(gone, now=AFTER)
    assert [each.standing for each in people.list_people(event, now=AFTER)] == [Standing.TOO_LITTLE]


def test_share_of_the_hours_is_of_those_that_count(event, ada):
    values = {**as_values(rules.of(event)), "requirement": Requirement.SHARE, "share_percent": 80}
    rules.save(event, values, by=ada, now=START)
    come(event, (0, 5), first_name="Tot")
    come(event, (0, 3), first_name="Poc", email="b@example.org")

    assert [each.registration.first_name for each in due.list_due(event, now=AFTER)] == ["Tot"]


def as_values(found):
    names = rules.RulesValues.__annotations__
    return {name: getattr(found, name) for name in names}


def test_what_certificates_of_before_state_is_written_and_read_as_it_was():
    content = samples.make_content()
    plain = {"code", "title", "starts_at", "ends_at"}

    written = content.as_json()

    assert [set(session) for session in written["sessions"]] == [plain] * len(content.sessions)
    assert CertificateContent.from_json(json.loads(json.dumps(written))) == content
    assert CertificateContent.from_json(written).as_json() == written


def test_hours_and_breaks_are_frozen_with_the_content(event):
    content = content_of(come(event, (0, 1), (3, 5)))

    (session,) = content.sessions
    assert session.stays == ((at(0), at(1)), (at(3), at(5)))
    assert CertificateContent.from_json(json.loads(json.dumps(content.as_json()))).sessions[0].periods == session.stays
    (whole,) = content_of(come(event, email="b@example.org")).sessions
    assert (whole.stays, whole.breaks) == ((), ((at(2), at(2.5)),))


def test_break_that_comes_into_the_programme_later_corrects_nothing():
    before = CertifiedSession("T1", "Taller", at(0), at(5))

    assert before == CertifiedSession("T1", "Taller", at(0), at(5), breaks=((at(2), at(3)),))
    assert before != CertifiedSession("T1", "Taller", at(0), at(5), stays=((at(0), at(3)),))


@pytest.mark.parametrize("known", [[], [(0, 1), (3, 5)], [(0, 3.75)], [(0.5, 5)], [(0, 3.25), (3.75, 5)]])
def test_break_that_comes_into_the_programme_later_leaves_certificates_right(event, known):
    person = come(event, *known)
    issued = services.issue(person, now=AFTER)
    factories.make_session(event, "C2", kind=SessionKind.BREAK, starts_at=at(3.25), ends_at=at(3.75))
    db.session.expire(event)

    assert services.issue(person, now=AFTER) is issued
    assert verification.verify(issued.code, now=AFTER).status is verification.VerificationStatus.VALID


def test_certificate_whose_hours_were_corrected_is_no_longer_right(event, ada):
    person = come(event, (0, 5))
    code = services.issue(person, now=AFTER).code

    attendance.state_stays(person, session_of(event, "T1"), ((at(0.1), at(4.9)),), by=ada, now=AFTER)
    assert verification.verify(code, now=AFTER).status is verification.VerificationStatus.VALID
    attendance.state_stays(person, session_of(event, "T1"), ((at(0), at(3)),), by=ada, now=AFTER)

    assert verification.verify(code, now=AFTER).status is verification.VerificationStatus.CORRECTED
    assert content_of(person).duration == 2.5 * HOUR
    assert verification.verify(code, now=AFTER).status is verification.VerificationStatus.CORRECTED


def test_certificate_tells_which_hours_count(event, reader):
    issued = replace(samples.make_issued(), content=content_of(come(event, (0, 1), (3, 4.5))))

    text = " ".join(reader.text(samples.write(write_certificate, issued)).split())

    assert "Hores comptades: 9–10 h, 12–13.30 h" in text
    assert "2 h 30 min" in text


def list_of(event, profile):
    export = Export(event, "csv", profile)
    return [exports.make_header(export), *exports.list_rows(export)]


def test_list_for_certificates_tells_hours_in_and_out_where_they_are_recorded(event, in_catalan):
    come(event, (0, 1), (3, None))

    assert list_of(event, Profile.CERTIFICATES) == [
        ["Cognoms", "Nom", "Sessions assistides", "Entrada i sortida", "Hores"],
        ["Pla", "Bob", "T1", "T1 9–10 h, entrada: 12 h", "3 h"],
    ]
    event.records_exits = False
    assert list_of(event, Profile.CERTIFICATES)[1] == ["Pla", "Bob", "T1", "4 h 30 min"]


def test_list_for_justification_tells_when_each_came_and_left(event, in_catalan):
    come(event, (0, 3))

    (header, row) = list_of(event, Profile.JUSTIFICATION)
    assert header[5:8] == ["Entrada", "Sortida", "Hores"]
    assert row[5:8] == ["2026-12-03 09:00", "2026-12-03 12:00", "2 h 30 min"]
    event.records_exits = False
    assert [len(each) for each in list_of(event, Profile.JUSTIFICATION)] == [8, 8]


def test_report_tells_hours_of_named_people_alone(event, ada, reader, in_catalan):
    come(event, (0, 3))

    def workbook(purpose):
        report = attendance_reports.make(attendance_reports.ask_event("jornada", by=ada), purpose, now=AFTER)
        file = io.BytesIO()
        write_sheets(report, file)
        file.seek(0)
        return report, CalamineWorkbook.from_filelike(file)

    report, told = workbook(Purpose.FILE)
    rows = told.get_sheet_by_name("Persones").to_python()
    assert [row[-2:] for row in rows[:2]] == [["Entrada i sortida", "Hores"], ["9–12 h", 2.5]]
    paper = reader.text(samples.write(write_attendance_report, report))
    assert ("9–12 h" in paper, "2 h 30 min" in paper) == (True, True)
    assert "Persones" not in workbook(Purpose.FUNDER)[1].sheet_names


def test_signature_sheet_leaves_room_for_the_hours(event, reader):
    sheets = signature_sheets.make_sheets(event, [session_of(event, "T1")])

    paper = reader.text(samples.write(write_signature_sheets, sheets, title="Fulls"))
    assert paper.split()[paper.split().index("Entitat") :][:4] == ["Entitat", "Entrada", "Sortida", "Signatura"]


@pytest.mark.parametrize("places", [signature_sheet._PLACES, signature_sheet._PLACES_WITH_HOURS])
def test_a_signature_has_four_centimetres(places):
    _left, wide, _style, _lines = places[-1]

    assert wide > 4 / 2.54 * 72


def test_list_for_justification_is_a_table_on_paper_with_the_hours_too(event, reader):
    come(event, (0, 3))
    with use_language("ca"):
        printed = printed_lists.make_list(Export(event, "pdf", Profile.JUSTIFICATION, Filter()), now=AFTER)

    words = reader.flow(papers.draw_attendee_list(printed))

    assert ("Entrada Sortida Hores" in words, "Entrada: " in words) == (True, False)
