"""Rows of files of sessions held before: every cell as people and programs write it."""

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from core.errors import InputError
from core.sheets import read_sheet
from core.tables import write_ods, write_xlsx
from events import historic_rows
from events.historic_rows import SPELLINGS, LacksColumn, Part, Reading, SaidTwice, check, guess, read_rows
from events.models import Dimension, SessionKind

MADRID = ZoneInfo("Europe/Madrid")
HEADINGS = ["Títol", "Data", "Assistents", "Propostes", "Intervencions"]


def sheet_of(*rows, headings=HEADINGS):
    file = BytesIO()
    write_xlsx(headings, rows, file)
    return read_sheet(file.getvalue(), "fetes.xlsx", SPELLINGS.keys())


def read(*rows, headings=HEADINGS, **same):
    sheet = sheet_of(*rows, headings=headings)
    return read_rows(sheet, Reading(guess(sheet), sheet.has_headings, **same), MADRID)


def read_one(heading, text, title="Taller", day="11/02/2016"):
    return read([title, day, text], headings=["Títol", "Data", heading])[0]


def local(row):
    """When it was, as the clocks of Barcelona showed it."""
    times = (row.values["starts_at"], row.values["ends_at"])
    return " ".join(f"{moment.astimezone(MADRID):%Y-%m-%dT%H:%M}" for moment in times)


def test_a_row_becomes_the_values_of_a_session(app):
    (row,) = read(["Taller\t", "11/02/2016", "99", "0", ""], dimension=Dimension.CITIZENS, kind=SessionKind.VISIT)

    assert row.problems == ()
    assert (row.title, row.code) == ("Taller", "")
    assert row.values["kind"] is SessionKind.VISIT
    assert row.values["dimension"] is Dimension.CITIZENS
    assert [row.values[f"declared_{name}"] for name in ("participants", "proposals", "contributions")] == [99, 0, None]
    assert local(row) == "2016-02-11T00:00 2016-02-11T23:59"


@pytest.mark.parametrize("write", [write_xlsx, write_ods])
def test_workbooks_are_read_as_csv_is(app, write):
    file = BytesIO()
    write(HEADINGS, [["Taller", "2016-02-11", 99, 13, "?"]], file)
    sheet = read_sheet(file.getvalue(), "fetes", SPELLINGS.keys())

    (row,) = read_rows(sheet, Reading(guess(sheet), sheet.has_headings), MADRID)

    assert (row.values["declared_participants"], row.values["declared_contributions"]) == (99, None)
    assert row.values["starts_at"] == datetime(2016, 2, 11, tzinfo=MADRID)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *(
            ("0", 0),
            ("13", 13),
            (" 13 ", 13),
            ("1.030", 1030),
            ("1 030", 1030),
            ("12’500", 12500),
            ("1000000", 1000000),
        ),
        *(("", None), ("-", None), ("—", None), ("?", None), ("n/d", None), ("No consta", None), ("...", None)),
    ],
)
def test_a_count_is_a_number_or_not_known(app, text, count):
    row = read_one("Assistents", text)

    assert (row.problems, row.values["declared_participants"]) == ((), count)


@pytest.mark.parametrize(
    "text", ["-3", "1,5", "1.5", "=1+1", "uns 20", "1000001", "1e3", "٣", "9" * 40, "1.0300", "<b>", "1" * 5000]
)
def test_what_is_no_count_is_refused(app, text):
    row = read_one("Assistents", text)

    assert len(row.problems) == 1
    assert row.values["declared_participants"] is None


@pytest.mark.parametrize(
    ("day", "times"),
    [
        ("11/02/2016", "2016-02-11T00:00 2016-02-11T23:59"),
        ("1-2-16", "2016-02-01T00:00 2016-02-01T23:59"),
        ("11.02.2016", "2016-02-11T00:00 2016-02-11T23:59"),
        ("2016-02-11", "2016-02-11T00:00 2016-02-11T23:59"),
        ("2016-02-11T00:00:00", "2016-02-11T00:00 2016-02-11T23:59"),
        ("2016-02-11T23:30:00Z", "2016-02-12T00:00 2016-02-12T23:59"),
    ],
)
def test_a_day_is_read_as_it_is_written(app, day, times):
    row = read(["Taller", day], headings=["Títol", "Data"])[0]

    assert (row.problems, local(row)) == ((), times)


@pytest.mark.parametrize(
    ("starts", "ends", "times"),
    [
        ("18:30", "20:00", "2016-02-11T18:30 2016-02-11T20:00"),
        ("18.30 h", "20h", "2016-02-11T18:30 2016-02-11T20:00"),
        ("18:30:00", "2016-02-12 13:00:00", "2016-02-11T18:30 2016-02-12T13:00"),
    ],
)
def test_hours_are_read_where_there_are_any(app, starts, ends, times):
    row = read(["Taller", "11/02/2016", starts, ends], headings=["Títol", "Data", "Hora", "Fi"])[0]

    assert (row.problems, local(row)) == ((), times)


def test_moments_of_other_programs_need_no_day_of_their_own(app):
    starts, ends = "2016-02-11 18:30:00 +0100", "2016-02-11 19:00:00 UTC"

    row = read(["Taller", starts, ends], headings=["Title", "Start time", "End time"])[0]

    assert (row.problems, local(row)) == ((), "2016-02-11T18:30 2016-02-11T20:00")


def test_one_hour_alone_is_left_out_and_told(app):
    row = read(["Taller", "11/02/2016 18:30"], headings=["Títol", "Data"])[0]

    assert local(row) == "2016-02-11T00:00 2016-02-11T23:59"
    assert len(row.notes) == 1


@pytest.mark.parametrize(
    "day",
    ["", "31/02/2016", "demà", "42411", "11/02/20160", "0000-00-00", "1/1/1", "11/02/1816", "9999-12-31T23:59-23:00"],
)
def test_what_is_no_day_is_refused(app, day):
    row = read(["Taller", day, ""], headings=["Títol", "Data", "Propostes"])[0]

    assert len(row.problems) == 1
    assert "starts_at" not in row.values


@pytest.mark.parametrize(("starts", "ends"), [("20:00", "18:00"), ("25:00", "26:00"), ("18:00", "18:00")])
def test_hours_that_cannot_be_are_refused(app, starts, ends):
    row = read(["Taller", "11/02/2016", starts, ends], headings=["Títol", "Data", "Hora", "Fi"])[0]

    assert row.problems


def test_a_clock_that_never_showed_that_hour_is_refused(app):
    row = read(["Taller", "27/03/2016", "02:30", "04:00"], headings=["Títol", "Data", "Hora", "Fi"])[0]

    assert len(row.problems) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("Sants Montjuïc", "03"), ("Horta - Guinardó", "07"), ("Sarrià - Sant Gervasi", "05"), ("EIXAMPLE", "02")),
        *(("9", "09"), ("l'Eixample", "02"), ("", None), ("Barcelona", None)),
    ],
)
def test_a_district_is_found_however_it_is_spelt(app, text, code):
    row = read_one("Districte", text)

    assert (row.problems, row.values["district_code"]) == ((), code)


@pytest.mark.parametrize("text", ["Badalona", "11", "99999999999", "<script>"])
def test_what_is_no_district_is_refused(app, text):
    assert len(read_one("Districte", text).problems) == 1


def test_a_neighbourhood_tells_its_district_and_must_be_in_the_one_named(app):
    headings = ["Títol", "Data", "Districte", "Barri"]

    inside, elsewhere = read(
        ["A", "11/02/2016", "", "Bon Pastor"], ["B", "11/02/2016", "Sant Andreu", "la Trinitat Nova"], headings=headings
    )

    assert (inside.values["district_code"], inside.values["neighbourhood_code"]) == ("09", "59")
    assert len(elsewhere.problems) == 1


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "ftp://x.org", "decidim.barcelona", f"https://x.org/{'a' * 500}"]
)
def test_a_source_is_an_address_of_the_web(app, text):
    assert len(read_one("URL", text).problems) == 1
    assert read_one("URL", "https://decidim.barcelona/x").values["source_url"] == "https://decidim.barcelona/x"


@pytest.mark.parametrize(("heading", "length"), [("Adreça", 301), ("Descripció", 20_001), ("Facilitadora", 501)])
def test_what_is_too_long_is_refused(app, heading, length):
    assert len(read_one(heading, "x" * length).problems) == 1


@pytest.mark.parametrize("title", ["", "x" * 301])
def test_a_title_is_needed_and_fits(app, title):
    assert len(read_one("Propostes", "1", title=title).problems) == 1


def test_headings_are_guessed_in_three_languages(app):
    headings = ["ID de cita", "Título", "Día", "Attendees", "Propuestas", "Intervencions", "Barri", "URL", "Categoria"]
    sheet = sheet_of(["1"] * len(headings), headings=headings)

    assert guess(sheet) == [
        *(Part.CODE, Part.TITLE, Part.DATE, Part.PARTICIPANTS, Part.PROPOSALS, Part.CONTRIBUTIONS),
        *(Part.NEIGHBOURHOOD, Part.SOURCE, ""),
    ]


def test_title_and_day_are_asked_for_and_nothing_twice(app):
    with pytest.raises(LacksColumn):
        check([Part.TITLE, Part.PARTICIPANTS])
    with pytest.raises(LacksColumn):
        check([Part.DATE])
    with pytest.raises(SaidTwice):
        check([Part.TITLE, Part.DATE, Part.DATE])
    check([Part.TITLE, Part.STARTS, "", ""])


def test_a_file_of_thousands_of_sessions_is_refused(app, monkeypatch):
    monkeypatch.setattr(historic_rows, "MOST_SESSIONS", 1)

    with pytest.raises(InputError):
        read(["A", "11/02/2016"], ["B", "11/02/2016"])
