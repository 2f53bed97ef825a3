"""The house stands as drawn: who may import what, who may commit, what no file is called."""

import ast
import re
from functools import cache
from pathlib import Path

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

# Inside a room imports run downwards only. Acts stand above the concepts that they use; a concept module is everything
# that has no name here and is no form.
FLOORS = {
    "views": 4,
    "commands": 4,
    "services": 3,
    "event_copies": 3,  # writes an event by the act that writes any other
    "groups": 3,  # signs up several by the act that signs up one
    "moves": 3,  # acts on an event and on its sessions
    "run_work": 3,  # issues certificates by the act that issues any other
    "runs": 3,  # asks for that
    "programme_import": 3,  # writes an event and its sessions
    "sorting": 3,  # acts on entries, many at once
    "splits": 3,  # acts on entries
    "written": 3,  # acts on entries, of who took part
    "models": 1,
    "__init__": 0,
}
FORMS = 3
CONCEPT = 2
FLASK = {"flask", "werkzeug", "flask_login"}
# Log-in and permission are the edge of their room: they know requests.
EDGE = {("accounts", "permissions"), ("accounts", "security")}
# Commands that hang on the group of a lower room: `flask contributions figures` is older than the room of figures.
HUNG_ON = {("figures", "commands"): ("contributions.commands",)}


def place(path):
    """The room and the module's place in it: `events`, `views`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0], parts[1]


def floor_of(module):
    return FORMS if module.endswith("forms") else FLOORS.get(module, CONCEPT)


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


def find_in_modules(look) -> dict[str, list[str]]:
    """What `look` finds in each module; modules where it finds nothing are left out."""
    return {str(path.relative_to(ROOT)): found for path in MODULES if (found := look(path))}


def test_only_the_edge_knows_flask():
    def flask_in(path):
        room, module = place(path)
        is_edge = room == "core" or module in {"views", "commands"} or (room, module) in EDGE
        return [name for name in imported(path) if name.split(".")[0] in FLASK and not is_edge]

    assert find_in_modules(flask_in) == {}


def test_imports_inside_a_room_run_downwards():
    def upwards_in(path):
        room, module = place(path)
        floor = FLOORS["views"] if (room, module) in EDGE else floor_of(module)
        return [
            name
            for name in imported(path)
            if name.startswith(f"{room}.") and room != "core"
            if (ROOT / room / f"{name.split('.')[1]}.py").exists() or (ROOT / room / name.split(".")[1]).is_dir()
            if floor_of(name.split(".")[1]) > floor
        ]

    assert find_in_modules(upwards_in) == {}


def test_views_and_commands_are_imported_by_the_application_only():
    edge = re.compile(rf"({'|'.join(ROOMS)})\.(views|commands)(\..*)?")

    def edges_in(path):
        room, module = place(path)
        own = (f"{room}.", *HUNG_ON.get((room, module), ()))
        return [name for name in imported(path) if name == "app" or (edge.fullmatch(name) and not name.startswith(own))]

    assert find_in_modules(edges_in) == {}


def test_session_is_a_programme_session():
    """Flask's own is written `flask.session`, in full."""
    assert find_in_modules(lambda path: [name for name in imported(path) if name == "flask.session"]) == {}


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
