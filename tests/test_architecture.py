"""The house stands as drawn: who may import what, who may commit, what no file is called."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "accounts",
    "certificates",
    "contributions",
    "core",
    "decidim",
    "demo",
    "directory",
    "door",
    "events",
    "figures",
    "messages",
    "registrations",
)
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

# Inside a room imports run downwards only; a concept module is everything that has no name here. A file that people
# send is a form with many rows, so its readers and importers stand beside forms and services.
FLOORS = {
    "views": 4,
    "commands": 4,
    "forms": 3,
    "workspace_forms": 3,
    "group_forms": 3,
    "services": 3,
    "changes": 3,  # acts on the registration too, which one file of services would be too long for
    "answers": 3,
    "groups": 3,
    "imports": 3,
    "import_reports": 3,
    "guesses": 3,
    "mapped_rows": 3,
    "readers": 3,
    "programme": 3,
    "programme_import": 3,
    "historic": 3,
    "historic_rows": 3,
    "event_copies": 3,  # writes an event by the act that writes any other
    "moves": 3,  # acts on an event and on its sessions
    "timetable_forms": 3,
    "topic_forms": 3,
    "sorting_forms": 3,
    "written": 3,  # acts on entries too, of who took part
    "written_forms": 3,
    "sorting": 3,  # acts on entries too, many at once
    "splits": 3,
    "models": 1,
    "__init__": 0,
}
CONCEPT = 2
# Log-in and permission are the edge of their room: they know requests.
EDGE = {("accounts", "permissions"), ("accounts", "security")}
# Commands that hang on the group of a lower room: `flask contributions figures` is older than the room of figures.
HUNG_ON = {("figures", "commands"): ("contributions.commands",)}


def place(path):
    """The room and the module's place in it: `events`, `views`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0], parts[1]


@cache
def imported(path):
    """Every module a file imports, at its top or inside a function: `events.models`, `flask`."""
    return tuple(_find_imports(path))


def _find_imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_edge_knows_flask(path):
    room, module = place(path)
    is_edge = room == "core" or module in {"views", "commands"} or (room, module) in EDGE

    assert is_edge or not {name.split(".")[0] for name in imported(path)} & {"flask", "werkzeug", "flask_login"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_inside_a_room_run_downwards(path):
    room, module = place(path)
    floor = FLOORS["views"] if (room, module) in EDGE else FLOORS.get(module, CONCEPT)

    upwards = [
        name
        for name in imported(path)
        if name.startswith(f"{room}.") and room != "core"
        if (ROOT / room / f"{name.split('.')[1]}.py").exists() or (ROOT / room / name.split(".")[1]).is_dir()
        if FLOORS.get(name.split(".")[1], CONCEPT) > floor
    ]

    assert upwards == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_views_and_commands_are_imported_by_the_application_only(path):
    room, module = place(path)
    edge = re.compile(rf"({'|'.join(ROOMS)})\.(views|commands)(\..*)?")

    own = (f"{room}.", *HUNG_ON.get((room, module), ()))

    others = [
        name
        for name in imported(path)
        if name == "app"
        or (edge.fullmatch(name) and not name.startswith((f"{room}.", *HUNG_ON.get((room, module), ()))))
    ]

    assert others == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_session_is_a_programme_session(path):
    """Flask's own is written `flask.session`, in full."""
    assert "flask.session" not in set(imported(path))


def test_the_database_module_alone_commits():
    committing = [str(path.relative_to(ROOT)) for path in [*MODULES, ROOT / "app.py"] if ".commit(" in path.read_text()]

    assert committing == ["core/database.py"]


def test_no_file_is_a_catch_all():
    names = {path.stem for path in MODULES}

    assert names & {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools"} == set()


def test_nothing_waits_to_be_done():
    waiting = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*MODULES, ROOT / "app.py", *(ROOT / "templates").rglob("*.*"), *(ROOT / "static").glob("*.js")]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
    ]

    assert waiting == []


def test_pages_carry_no_script_or_style_of_their_own():
    offending = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if "mail" not in path.relative_to(ROOT / "templates").parts  # mail programs read style attributes only
        for found in re.findall(
            r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(?:\bsrc=|type=\"application/(?:ld\+)?json\"))",
            path.read_text(),
        )
    ]

    assert offending == []
