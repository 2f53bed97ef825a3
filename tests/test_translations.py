"""Every string stands in the three languages, with the same places to fill in, in step with the code."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "_l": None,
    "lazy_ngettext": (1, 2),
    "_n": (1, 2),
}
PLACES = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def strings():
    """The strings of the code: the text, or singular and plural."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_is_ours)
    return {message for _file, _line, message, _comments, _context in found if message}


def _is_ours(folder):
    return Path(folder).name not in {".venv", ".git", "node_modules", "build", "instance"}


@pytest.fixture(scope="module", params=["ca", "es"])
def catalogue(request):
    with (ROOT / "translations" / request.param / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=request.param)


def test_code_has_strings(strings):
    assert "Events" in strings


def test_every_string_is_translated(strings, catalogue):
    missing = sorted(str(text) for text in strings if not is_whole(catalogue.get(first(text))))

    assert missing == []


def test_no_string_is_asked_for_without_its_plural(strings):
    """Who asks without it for a string that is kept with a plural is given no translation by Python 3.11."""
    with_plural = {text[0] for text in strings if not isinstance(text, str)}

    assert sorted(with_plural & strings) == []


def test_no_string_hides_inside_another():
    """In an f-string the words are found by no extractor, and would stay English for everybody."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in ROOT.glob("[a-z]*/**/*.py")
        if path.relative_to(ROOT).parts[0] not in {"tests", "build", "instance"}
        for part in ast.walk(ast.parse(path.read_text()))
        if isinstance(part, ast.JoinedStr)
        for call in ast.walk(part)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
    ]

    assert hidden == []


def test_no_translation_is_left_over(strings, catalogue):
    known = {first(text) for text in strings}

    assert [message.id for message in catalogue if message.id and first(message.id) not in known] == []


def test_no_translation_is_a_guess(catalogue):
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert list(catalogue.obsolete) == []


def test_translations_fill_in_the_same_places(catalogue):
    different = [
        (message.id, text)
        for message in catalogue
        if message.id
        for text in forms(message.string)
        if not set(PLACES.findall(text)) <= places_of(message.id)
        or not places_of(message.id) <= set(PLACES.findall(text)) | {"num"}
    ]

    assert different == []


def test_translations_are_typeset(catalogue):
    straight = [
        text for message in catalogue if message.id for text in forms(message.string) if re.search(r"\w'\w", text)
    ]

    assert straight == []


def first(text):
    return text if isinstance(text, str) else text[0]


def forms(text):
    return [text] if isinstance(text, str) else list(text)


def places_of(text):
    return {place for form in forms(text) for place in PLACES.findall(form)}


def is_whole(message):
    return message is not None and all(forms(message.string))
