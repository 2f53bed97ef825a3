"""Every paper there is, made of values: with the same text wherever somebody may have typed one.

Who draws a new paper names it here; a test finds out whom nobody has named.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from certificates.attendance_content import (
    About,
    AttendanceReport,
    Division,
    Part,
    Person,
    Purpose,
    ReportSession,
    SignUp,
)
from certificates.attendance_divisions import draw_organisations, hide
from certificates.label_sheets import SHEETS
from certificates.labels import LabelOptions, Mark
from certificates.models import CertifiedRole, PageSize
from certificates.paper_content import (
    FigurePaper,
    LabelText,
    ListGroup,
    PrintedList,
    PrivacyNotice,
    SheetRow,
    SignatureSheet,
)
from certificates.pdf.attendance_report import write_attendance_report
from certificates.pdf.attendee_list import write_attendee_list
from certificates.pdf.certificate import write_certificate, write_certificates
from certificates.pdf.figures import write_figures
from certificates.pdf.labels import write_labels, write_test_sheet
from certificates.pdf.signature_sheet import write_signature_sheets
from events.models import Dimension
from figures import charts
from figures.charts import Answer, Look
from figures.figure_reports import FigureReport, Line
from figures.figures import Declared, DeclaredFigures, Figures, FigureTable
from figures.known_numbers import read_numbers
from figures.small_cells import TOTAL
from registrations.models import AttendanceSource
from tests.certificates.samples import START, make_certified, make_issued, make_picture, write

Make = Callable[[str], bytes]
TYPED = ("name", "event", "organiser", "venue", "address", "place", "signatory_name", "signatory_post")


@dataclass(frozen=True)
class Paper:
    """A paper: the function that draws it, and one that has it drawn with a text."""

    writer: Callable[..., None]
    make: Make


def make_certificate(text: str, **values: object) -> bytes:
    sessions = (make_certified("T1", text, hours=2), make_certified("T2", text, after=2))
    return write(write_certificate, make_issued(sessions=sessions, **{**dict.fromkeys(TYPED, text), **values}))


def make_full_certificate(text: str) -> bytes:
    """Its own words, who approves it, a document, pictures, a number, on the paper of another continent."""
    typed = {**dict.fromkeys(TYPED, text), "text": f"{text}\n{text}", "approver_name": text, "approver_post": text}
    issued = make_issued(**typed, identity="***4567**", role=CertifiedRole.FACILITATOR, page_size=PageSize.LETTER)
    signature = make_picture((20, 30, 90, 255))
    return write(write_certificate, replace(issued, number=12, year=2026, logo=make_picture(), signature=signature))


def make_specimen(text: str) -> bytes:
    issued = make_issued(**dict.fromkeys(TYPED, text), role=CertifiedRole.SPEAKER, sessions=())
    return write(write_certificate, replace(issued, code="", verification_url="", is_specimen=True))


def make_certificates(text: str) -> bytes:
    """One document in two languages."""
    several = [make_issued(language=language, **dict.fromkeys(TYPED, text)) for language in ("es", "en")]
    return write(lambda file: write_certificates(several, file, language="ca", title=text, author=text))


def make_signature_sheets(text: str) -> bytes:
    privacy = PrivacyNotice(text, text, text, text, "https://jornades.example.org/privacitat")
    rows = (SheetRow(text, text),) * 12
    of_session = (text, text, "T1", text, START, START + timedelta(hours=1), "Europe/Madrid", text, text, rows, privacy)
    sheets = [SignatureSheet("ca", *of_session, logo=make_picture()), SignatureSheet("es", *of_session)]
    return write(lambda file: write_signature_sheets(sheets, file, title=text))


def make_list(text: str, columns: int = 4, rows: int = 12) -> bytes:
    header = tuple(f"Columna {number}" for number in range(columns))
    groups = (ListGroup(text or "Sala gran", ((text,) * columns,) * rows), ListGroup("Sala petita", ()))
    when = (START, START + timedelta(hours=4), "Europe/Madrid")
    printed = PrintedList("ca", text, text, *when, text or "Porta", text, START, header, groups, is_ticked=columns == 4)
    return write(write_attendee_list, printed)


def make_labels(text: str, sheet: str = "70x37", mark: Mark = Mark.QR) -> bytes:
    labels = [LabelText(text, text, "ABCD2345", "https://jornades.example.org/c/ABCD2345")] * 3
    options = LabelOptions(SHEETS[sheet], with_organisation=True, mark=mark, with_outlines=True)
    return write(lambda file: write_labels(labels, options, file, event=text, author=text))


def make_test_sheet(text: str) -> bytes:
    return write(lambda file: write_test_sheet(SHEETS["63x38"], file, event=text, author=text))


def make_figures(text: str) -> bytes:
    return write(write_figures, _make_figure_paper(text))


def make_frozen_figures(text: str) -> bytes:
    paper = replace(_make_figure_paper(text), title=text, note=f"{text}\n\n{text}", checksum="0123456789abcdef" * 4)
    return write(write_figures, replace(paper, warning=text))


def make_public_figures(text: str) -> bytes:
    """What the page of a process tells: no events, topics, sessions; and not all of the numbers."""
    report = FigureReport(_make_table(), hidden={Dimension.CITIZENS, Dimension.INTERNAL}, tells_declared=False)
    return write(write_figures, FigurePaper("ca", text, (text,) * 3, text, report, charts.draw(report)))


def make_report(text: str, purpose: Purpose, *, of_process: bool = False) -> bytes:
    """An attendance report: with people in it, unless its purpose says otherwise."""
    return write(write_attendance_report, make_attendance_report(text, purpose, of_process=of_process))


def make_attendance_report(text: str, purpose: Purpose, *, of_process: bool) -> AttendanceReport:
    """What an attendance report says of two events, or of one."""
    is_public = purpose.is_public
    events = (f"{text} 1", f"{text} 2") if of_process else ("",)
    report = FigureReport(
        _make_table(),
        hidden={Dimension.CITIZENS, TOTAL} if is_public else (),
        events=[] if is_public else [Line(each, read_numbers(_OF_ONE)) for each in events[1:] and events],
        sessions=[] if is_public else _make_lines(text),
    )
    sign_up = SignUp(40, None, None) if is_public else SignUp(40, 31, 5)
    divisions = [_divide(text, is_public=is_public), _divide(text, is_public=is_public)]
    return AttendanceReport(
        language="ca",
        name=text,
        facts=(text, text, "Tal com consta el 4 de desembre de 2026, 10 h"),
        author=text,
        purpose=purpose,
        is_one_day=not of_process,
        figures=report,
        charts=charts.draw(report, of=("participants",)),
        sign_up=sign_up,
        sign_up_chart=None if is_public else charts.make(text, text, [Answer(text, Look.PLAIN, 31)] * 2),
        sign_ups=() if is_public else tuple((each, sign_up) for each in events[1:] and events),
        divisions=tuple(divisions),
        organisation_chart=draw_organisations(divisions[0]),
        places=(Line(text, {"sessions": 2, "participants": None if is_public else 7, "attendances": None}),),
        sessions=tuple(_make_session(text, code, event, purpose) for event in events for code in ("T1", "T2", "V1")),
        warning=text,
    )


def _divide(text: str, *, is_public: bool) -> Division:
    parts = (Part(text, 20, 12), Part(f"{text} 2", 12, 9), Part("sense entitat", 8, 15, is_rest=True))
    division = Division(About.ANSWER, f"Per {text}", text, parts, is_partition=False)
    return hide(division, can_tell=True) if is_public else division


def _make_session(text: str, code: str, event: str, purpose: Purpose) -> ReportSession:
    """A session with a list; one of which nobody knows, or that was declared, by its code."""
    is_listed, is_public = code == "T1", purpose.is_public
    person = Person(f"{text}, {text}", text, AttendanceSource.CODE)
    return ReportSession(
        code=code,
        title=text,
        event=event,
        starts_at=START,
        ends_at=START + timedelta(hours=1),
        timezone="Europe/Madrid",
        is_over=True,
        sign_up=None if is_public else SignUp(9, 7, 1),
        listed=8 if is_listed and not is_public else 0,
        declared=23 if code == "V1" and not is_public else None,
        sources={AttendanceSource.CODE: 5, AttendanceSource.PAPER: 3} if is_listed and not is_public else {},
        organisations=() if is_public else ((text, 5), ("sense entitat", 3)),
        people=(person,) * 8 if purpose.names_people and is_listed else None,
    )


_OF_ONE = Figures(1, 7, 7, 3, 2, 0)


def _make_table() -> FigureTable:
    declared = DeclaredFigures(Declared(23, 1, 0), Declared(4, 1, 0))
    dimensions = {
        Dimension.INTERNAL: Figures(2, 21, 24, 13, 5, 0),
        Dimension.CITIZENS: Figures(2, 30, 30, 4, 0, 1, declared),
        None: Figures(1, 0, 0, 0, 0, 1),
    }
    return FigureTable(dimensions, Figures(5, 48, 54, 17, 5, 2, declared))


def _make_lines(text: str) -> Sequence[Line]:
    return [
        Line(text, read_numbers(_OF_ONE), code=f"T{number}", dimension=dimension)
        for number, dimension in enumerate((*Dimension, None), start=1)
    ]


def _make_figure_paper(text: str) -> FigurePaper:
    lines = _make_lines(text)
    events = [Line(f"{text} {number}", read_numbers(_OF_ONE)) for number in (1, 2)]
    sessions = [replace(line, event=event.name) for event in events for line in lines]
    report = FigureReport(_make_table(), events=events, topics=lines, sessions=sessions)
    return FigurePaper("ca", text, (text,) * 3, text, report, charts.draw(report))


PAPERS = {
    "certificate": Paper(write_certificate, make_certificate),
    "certificate on letter paper": Paper(write_certificate, make_full_certificate),
    "specimen": Paper(write_certificate, make_specimen),
    "certificates of several": Paper(write_certificates, make_certificates),
    "signature sheets": Paper(write_signature_sheets, make_signature_sheets),
    "attendee list": Paper(write_attendee_list, make_list),
    "attendee list on a broad page": Paper(write_attendee_list, lambda text: make_list(text, columns=6)),
    "attendee list of everything": Paper(write_attendee_list, lambda text: make_list(text, columns=12)),
    "labels": Paper(write_labels, make_labels),
    "labels on letter paper": Paper(write_labels, lambda text: make_labels(text, "letter-67x25", Mark.CODE)),
    "badges": Paper(write_labels, lambda text: make_labels(text, "90x54")),
    "table cards": Paper(write_labels, lambda text: make_labels(text, "card-a5", Mark.CODE)),
    "test sheet": Paper(write_test_sheet, make_test_sheet),
    "figures": Paper(write_figures, make_figures),
    "frozen figures": Paper(write_figures, make_frozen_figures),
    "public figures": Paper(write_figures, make_public_figures),
    **{
        f"attendance report of {whose} for {purpose.value}": Paper(
            write_attendance_report,
            lambda text, purpose=purpose, is_process=whose == "a process": make_report(
                text, purpose, of_process=is_process
            ),
        )
        for whose in ("an event", "a process")
        for purpose in Purpose
    },
}
