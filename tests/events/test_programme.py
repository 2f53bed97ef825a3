"""Reading a PROGRAMME.toml: every problem named, with its line."""

import re
from datetime import UTC, datetime

import pytest

from core.errors import InputError
from core.languages import use_language
from events.models import Dimension, EventState, SessionKind
from events.programme import read_programme
from events.toml_tables import find_key_lines

EVENT = """\
[event]
slug = "prova"
title = "Prova"
starts = 2026-12-03T09:30:00
ends = 2026-12-03T14:00:00
"""
SESSION = """
[[session]]
code = "T1"
title = "Taller 1"
starts = 2026-12-03T10:00:00
ends = 2026-12-03T11:00:00
"""


def read(text):
    return read_programme(text.encode() if isinstance(text, str) else text, default_timezone="Europe/Madrid")


def problems_of(text):
    with use_language("en"), pytest.raises(InputError) as refusal:
        read(text)
    return [re.sub(r"(TOML) \(.+\)$", r"\1", problem) for problem in refusal.value.problems]  # Python's words vary


def test_smallest_file(app):
    programme = read(EVENT)

    assert programme.slug == "prova"
    assert programme.values == {
        "slug": "prova",
        "title": "Prova",
        "starts_at": datetime(2026, 12, 3, 8, 30, tzinfo=UTC),
        "ends_at": datetime(2026, 12, 3, 13, 0, tzinfo=UTC),
        "timezone": "Europe/Madrid",
    }
    assert (programme.process, programme.state, programme.neighbourhoods, programme.sessions) == (None, None, None, ())


def test_everything_a_file_can_say(app):
    programme = read(
        EVENT
        + """\
timezone = "Atlantic/Canary"
process = "impulsem"
venue = "Centre cívic"
address = "carrer Gran, 1"
summary = "Un *resum*"
description = '''
Línia 1
Línia 2'''
objectives = "- un"
language = "es"
capacity = 80
registration_opens = 2026-11-01T00:00:00
registration_closes = 2026-12-01T23:59:00
state = "publicada"
neighbourhoods = ["Bon Pastor", "58"]
[[session]]
code = "V.1"
title = "Visita\\tal\\nbarri"
starts = 2026-12-03T10:00:00
ends = 2026-12-03T11:00:00
room = "Sala 1"
capacity = 0
dimension = "ciutadania"
facilitators = ["Ada", "Bob"]
kind = "visita"
description = "Text"
participants = 30
"""
    )

    assert programme.values["starts_at"] == datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
    assert programme.values["description"] == "Línia 1\nLínia 2"
    assert (programme.values["language"], programme.values["capacity"]) == ("es", 80)
    assert programme.state is EventState.PUBLISHED
    assert [(each.text, each.line) for each in programme.neighbourhoods] == [("Bon Pastor", 20), ("58", 20)]
    session = programme.sessions[0]
    assert (session.code, session.room, session.line) == ("V.1", "Sala 1", 22)
    assert session.values["title"] == "Visita al barri"
    assert session.values["kind"] is SessionKind.VISIT
    assert session.values["dimension"] is Dimension.CITIZENS
    assert session.values["facilitators"] == "Ada, Bob"
    assert (session.values["capacity"], session.values["declared_participants"]) == (0, 30)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("plenària", SessionKind.PLENARY),
        ("Plenaria", SessionKind.PLENARY),
        ("plenary", SessionKind.PLENARY),
        ("pausa", SessionKind.BREAK),
        ("break", SessionKind.BREAK),
        ("taller", SessionKind.WORKING),
        ("workshop", SessionKind.WORKING),
        ("treball", SessionKind.WORKING),
        ("working", SessionKind.WORKING),
        ("VISITA", SessionKind.VISIT),
    ],
)
def test_kind_in_three_languages(app, word, kind):
    assert read(EVENT + SESSION + f'kind = "{word}"\n').sessions[0].values["kind"] is kind


@pytest.mark.parametrize(
    ("word", "dimension"),
    [
        ("internal", Dimension.INTERNAL),
        ("interna", Dimension.INTERNAL),
        ("other_agents", Dimension.OTHER_AGENTS),
        ("Altres agents", Dimension.OTHER_AGENTS),
        ("otros agentes", Dimension.OTHER_AGENTS),
        ("citizens", Dimension.CITIZENS),
        ("none", None),
        ("", None),
    ],
)
def test_dimension_in_three_languages(app, word, dimension):
    assert read(EVENT + SESSION + f'dimension = "{word}"\n').sessions[0].values["dimension"] is dimension


def test_summer_and_winter_times_are_told_apart(app):
    programme = read(
        '[event]\nslug="a"\ntitle="A"\nstarts=2026-07-03T09:30:00\nends=2026-12-03T09:30:00\n',
    )

    assert programme.values["starts_at"] == datetime(2026, 7, 3, 7, 30, tzinfo=UTC)
    assert programme.values["ends_at"] == datetime(2026, 12, 3, 8, 30, tzinfo=UTC)


def test_byte_order_mark_and_windows_line_ends_are_read(app):
    assert read(b"\xef\xbb\xbf" + (EVENT + SESSION).replace("\n", "\r\n").encode()).slug == "prova"


def with_event(line):
    return EVENT + line + "\n"


def with_session(line):
    return EVENT + SESSION + line + "\n"


PROBLEMS = [
    ("", ["line 1: the part [event] is missing"]),
    ("x = ", ["line 1: this is not valid TOML"]),
    (EVENT + "capacity = 3 4\n", ["line 6: this is not valid TOML"]),
    (EVENT + 'title = "again"\n', ["line 6: this is not valid TOML"]),
    (EVENT.encode() + b'venue = "\xe0"\n', ["line 6: a character is not in UTF-8; save the file as UTF-8"]),
    (EVENT + "venue = " + "[" * 5000, ["line 1: the file is nested too deeply"]),
    (EVENT + ".".join("a" * 100_000) + " = 1\n", ["line 6: the file is nested too deeply"]),
    (EVENT + "# " + "x" * 2_000_000, ["line 1: the file is too large: a programme has at most 2 MB"]),
    (EVENT + "venue = 'a\0b'\n", ["line 6: this is not valid TOML"]),
    ("event = 3\n", ["line 1: the part [event] is missing"]),
    (
        EVENT + "[sessions]\na = 1\n",
        ["line 6: “sessions” is not a part of a programme; there are [event] and [[session]]"],
    ),
    (EVENT + "[session]\ncode = 'A'\n", ["line 6: sessions are written as [[session]], with double brackets"]),
    (
        "[event]\n",
        [
            "line 1: ends: is missing",
            "line 1: slug: is missing",
            "line 1: starts: is missing",
            "line 1: title: is missing",
        ],
    ),
    (with_event('titel = "x"'), ["line 6: “titel” is not a key of this part"]),
    (
        with_event('slug2 = "x"\ncolour = 3'),
        ["line 6: “slug2” is not a key of this part", "line 7: “colour” is not a key of this part"],
    ),
    (
        EVENT.replace('"prova"', '"Prova Gran"'),
        ["line 2: slug: may hold only small letters without accents, digits and hyphens"],
    ),
    (EVENT.replace('"prova"', '"' + "a" * 81 + '"'), ["line 2: slug: is too long: at most 80 characters"]),
    (EVENT.replace('"Prova"', "3"), ["line 3: title: must be text in quotes"]),
    (EVENT.replace('"Prova"', '" \\t "'), ["line 3: title: is empty"]),
    (EVENT.replace('"Prova"', '"' + "x" * 1_000_000 + '"'), ["line 3: title: is too long: at most 300 characters"]),
    (EVENT.replace("2026-12-03T14:00:00", "2026-12-03T09:30:00"), ["line 5: ends: must be later than the beginning"]),
    (
        EVENT.replace("2026-12-03T09:30:00", "2026-12-03T09:30:00Z"),
        ["line 4: starts: must be the local time, without Z or an offset at the end"],
    ),
    (
        EVENT.replace("2026-12-03T09:30:00", "2026-12-03"),
        ["line 4: starts: the time is missing; write it as in 2026-12-03T09:30:00"],
    ),
    (
        EVENT.replace("2026-12-03T09:30:00", '"2026-12-03 09:30"'),
        ["line 4: starts: must be a date and time without quotes, such as 2026-12-03T09:30:00"],
    ),
    (
        EVENT.replace("2026-12-03T09:30:00", "09:30:00"),
        ["line 4: starts: must be a date and time without quotes, such as 2026-12-03T09:30:00"],
    ),
    (EVENT.replace("2026-12-03T09:30:00", "0001-01-01T00:00:00"), ["line 4: starts: is not a likely date"]),
    (
        EVENT.replace("2026-12-03T09:30:00", "2026-03-29T02:30:00"),
        ["line 4: starts: this time does not exist: the clocks go forward then"],
    ),
    (with_event('timezone = "Madrid"'), ["line 6: timezone: “Madrid” is not a time zone; an example is Europe/Madrid"]),
    (with_event('timezone = "Europe"'), ["line 6: timezone: “Europe” is not a time zone; an example is Europe/Madrid"]),
    (with_event('timezone = "../x"'), ["line 6: timezone: “../x” is not a time zone; an example is Europe/Madrid"]),
    (with_event('language = "fr"'), ["line 6: language: must be one of: ca, es, en"]),
    (with_event("capacity = -1"), ["line 6: capacity: must be a whole number from 0 to 1000000"]),
    (with_event("capacity = 2.5"), ["line 6: capacity: must be a whole number from 0 to 1000000"]),
    (with_event("capacity = true"), ["line 6: capacity: must be a whole number from 0 to 1000000"]),
    (with_event('capacity = "80"'), ["line 6: capacity: must be a whole number from 0 to 1000000"]),
    (with_event("capacity = 99999999999999999999"), ["line 6: capacity: must be a whole number from 0 to 1000000"]),
    (
        with_event("registration_opens = 2026-12-02T10:00:00\nregistration_closes = 2026-12-01T10:00:00"),
        ["line 7: registration_closes: must be later than the beginning"],
    ),
    (
        with_event('state = "ready"'),
        ["line 6: state: “ready” is not known; it can be: draft, published, cancelled, closed"],
    ),
    (with_event("state = 1"), ["line 6: state: “1” is not known; it can be: draft, published, cancelled, closed"]),
    (with_event("neighbourhoods = [1]"), ["line 6: neighbourhoods: must be text in quotes, or a list of texts"]),
    (
        with_session('kind = "seminar"'),
        ["line 12: kind: “seminar” is not known; it can be: working, plenary, visit, break"],
    ),
    (
        with_session('dimension = "extern"'),
        ["line 12: dimension: “extern” is not known; it can be: internal, other_agents, citizens"],
    ),
    (with_session("room = 3"), ["line 12: room: must be text in quotes"]),
    (with_session('facilitators = ["a", 3]'), ["line 12: facilitators: must be text in quotes, or a list of texts"]),
    (
        with_session('facilitators = "' + "x" * 501 + '"'),
        ["line 12: facilitators: is too long: at most 500 characters"],
    ),
    (with_session("place = 3"), ["line 12: “place” is not a key of this part"]),
    (with_session("participants = -3"), ["line 12: participants: must be a whole number from 0 to 1000000"]),
    (EVENT + SESSION + SESSION, ["line 14: code: “T1” is already in line 8"]),
    (EVENT + SESSION + SESSION.replace('"T1"', '"t1"'), ["line 14: code: “t1” is already in line 8"]),
    (
        EVENT + SESSION.replace('"T1"', '"T 1"'),
        ["line 8: code: may hold letters, digits, hyphens and dots, but no spaces"],
    ),
    (
        EVENT + SESSION.replace('"T1"', '"a/b"'),
        ["line 8: code: may hold letters, digits, hyphens and dots, but no spaces"],
    ),
    (EVENT + SESSION.replace('"T1"', "1"), ["line 8: code: must be text in quotes"]),
    (EVENT + SESSION.replace("T11:00", "T10:00"), ["line 11: ends: must be later than the beginning"]),
    (EVENT + SESSION.replace("T10:00", "T09:00"), ["line 10: starts: the session begins before the event does"]),
    (EVENT + SESSION.replace("T11:00", "T14:01"), ["line 11: ends: the session ends after the event does"]),
]


@pytest.mark.parametrize(("text", "problems"), PROBLEMS, ids=range(len(PROBLEMS)))
def test_every_problem_is_named_with_its_line(app, text, problems):
    assert problems_of(text) == problems


def test_all_problems_are_named_at_once_in_the_order_of_the_file(app):
    text = EVENT.replace('"Prova"', "3") + SESSION.replace('"T1"', '"T 1"') + "room = 1\n"

    assert [problem.partition(":")[0] for problem in problems_of(text)] == ["line 3", "line 8", "line 12"]


def test_problems_speak_the_language_in_force(app):
    with use_language("ca"), pytest.raises(InputError) as refusal:
        read("[event]\nslug = 3\n")

    assert refusal.value.problems[0] == "línia 1: ends: hi falta"


def test_key_lines_see_through_strings_comments_and_arrays():
    text = (
        "# [event]\n[event]\na = '''\n[[session]]\ncode = 1\n'''\nb = [\n  1, # ]\n  2,\n]\n"
        'c."d.e" = "x = y"\n[[session]]\nf = {g = 1}\n[[ session ]]\n"h i" = "#"\n'
    )

    assert find_key_lines(text) == {
        ("event",): 2,
        ("event", "a"): 3,
        ("event", "b"): 7,
        ("event", "c", "d.e"): 11,
        ("session", 0): 12,
        ("session", 0, "f"): 13,
        ("session", 1): 14,
        ("session", 1, "h i"): 15,
    }


def test_lines_are_right_after_a_text_of_many_lines(app):
    text = with_event('description = """\n[[session]]\nx = 1\n\\"""\n"""\ncapacity = -1')

    assert problems_of(text) == ["line 11: capacity: must be a whole number from 0 to 1000000"]
