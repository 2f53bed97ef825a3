"""Web and worker start together, work together, and end together, however they are ended."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from core import config
from core.commands import upgrade_schema
from core.database import transaction
from tests import factories
from tests.conftest import dispose, make_app

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")

WRITE_A_MAIL = """
from app import create_app
from core.database import transaction
from core.dates import utc_now
from core.mail import enqueue
with create_app().app_context(), transaction():
    enqueue(kind="test", recipient="bob@example.org", language="ca", subject="Hi sou", text="!", now=utc_now())
"""


# Starts `flask serve` with each of some environments, in a process of its own, after importing everything once.
TRY = """
import json, os, sys, tempfile
import app
from flask.cli import main
ends = []
for environ in json.loads(sys.argv[1]):
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        program = os.fork()
        if not program:
            os.environ.update(environ)
            os.dup2(said.fileno(), 1)
            os.dup2(complained.fileno(), 2)
            sys.argv = ["flask", "serve"]
            main()
        status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
        said.seek(0), complained.seek(0)
        ends.append([status, said.read().decode(), complained.read().decode()])
print(json.dumps(ends))
"""
REFUSALS = [
    ("PORT", "99999", "PORT must be a number from 1 to 65535, not '99999'"),
    ("PORT", "0", "PORT must be a number from 1 to 65535, not '0'"),
    ("JORNADA_PRODUCTION", "1", "JORNADA_SECRET_KEY is required in production"),
    ("JORNADA_DATABASE_URL", "sqlite://", "JORNADA_DATABASE_URL names no file; web and worker could not share it"),
    (
        "JORNADA_DATABASE_URL",
        "sqlite:////no/such/folder/x.sqlite",
        "the database of JORNADA_DATABASE_URL cannot be used: unable to open database file",
    ),
]
AWAY = "postgresql://bob:hidden@127.0.0.1:1/nothing"


class Group:
    """The processes of one `flask serve`, known by the instance folder in their environment."""

    def __init__(self, folder, *, port):
        self.folder, self.port = folder, port
        self.environ = {
            **{key: text for key, text in os.environ.items() if not key.startswith("JORNADA_")},
            "JORNADA_INSTANCE_PATH": str(folder),
            "PORT": str(port),
        }
        self.starter = None

    def start(self, *words):
        command = [sys.executable, "-m", "flask", "serve", *words]
        self.starter = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        wait_for(self.answers)
        wait_for(lambda: len(self.pids()) == 4)
        return self

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/salut", timeout=2) as response:
                return response.status == 200
        except OSError:
            return False

    def pids(self):
        mark = f"JORNADA_INSTANCE_PATH={self.folder}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found

    def end(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        if self.starter:
            self.starter.wait()
            self.starter.stdout.close()


def wait_for(holds, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def used_folder(tmp_path_factory):
    """An instance that is in use: with tables and an event, so that a start has no demo to load."""
    folder = tmp_path_factory.mktemp("used")
    app = make_app(config.load({"JORNADA_INSTANCE_PATH": str(folder)}))
    with app.app_context():
        upgrade_schema()
        with transaction():
            factories.make_event()
    dispose(app)
    return folder


@pytest.fixture
def new_group(tmp_path):
    """A group on an empty folder."""
    group = Group(tmp_path, port=free_port())
    yield group
    group.end()


@pytest.fixture
def group(new_group, used_folder):
    """A group on an instance that is in use."""
    shutil.copytree(used_folder, new_group.folder, dirs_exist_ok=True)
    return new_group


def test_address_is_printed_a_mail_is_delivered_at_once_and_ctrl_c_ends_it(new_group):
    group = new_group.start()

    subprocess.run([sys.executable, "-c", WRITE_A_MAIL], cwd=ROOT, env=group.environ, check=True)

    wait_for(lambda: list((group.folder / "mail").glob("*.eml")))
    os.killpg(group.starter.pid, signal.SIGINT)
    group.starter.wait(30)
    assert group.starter.stdout.readline() == f"Jornada: http://127.0.0.1:{group.port}\n"
    assert (group.starter.returncode, group.pids()) == (0, [])


def test_end_of_the_whole_group_ends_all_of_it(group):
    group.start()

    os.killpg(group.starter.pid, signal.SIGTERM)
    group.starter.wait(30)

    assert (group.starter.returncode, group.pids()) == (0, [])


def test_killed_parent_leaves_no_process_behind(group):
    group.start()

    group.starter.kill()

    wait_for(lambda: group.pids() == [])


def test_end_of_whoever_started_it_ends_it_when_asked_to(group):
    starter = subprocess.Popen(
        ["sh", "-c", f"{sys.executable} -m flask serve --follow-parent; true"], cwd=ROOT, env=group.environ
    )
    wait_for(group.answers)

    starter.kill()
    starter.wait()

    wait_for(lambda: group.pids() == [])


def test_worker_that_dies_is_replaced_and_the_new_one_ends_with_all_of_it(group):
    group.start()
    worker = next(pid for pid in group.pids() if os.getsid(pid) == pid and pid != group.starter.pid)

    os.kill(worker, signal.SIGKILL)

    wait_for(lambda: worker not in group.pids() and len(group.pids()) == 4)
    os.killpg(group.starter.pid, signal.SIGHUP)
    group.starter.wait(30)
    assert (group.starter.returncode, group.pids()) == (0, [])


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """How `flask serve` ends when it is refused: status, output and complaint by wrong setting; a port in use last."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wrong = [(key, text) for key, text, _said in REFUSALS]
        wrong += [("JORNADA_DATABASE_URL", AWAY), ("PORT", str(taken.getsockname()[1]))]
        environs = [
            {"JORNADA_INSTANCE_PATH": str(tmp_path_factory.mktemp("refused")), "PORT": str(free_port()), key: text}
            for key, text in wrong
        ]
        environ = {key: text for key, text in os.environ.items() if not key.startswith("JORNADA_")}
        command = [sys.executable, "-c", TRY, json.dumps(environs)]
        done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return dict(zip(wrong, map(tuple, json.loads(done.stdout)), strict=True))


def test_port_in_use_is_one_line(ends):
    *_, (key, port) = ends

    said = f"cannot listen on 127.0.0.1, port {port}: Address already in use; PORT= chooses another\n"
    assert (key, ends[key, port]) == ("PORT", (2, "", said))


@pytest.mark.parametrize(("key", "text", "said"), REFUSALS)
def test_wrong_setting_is_one_line_and_ends_with_two(ends, key, text, said):
    assert ends[key, text] == (2, "", f"{said}\n")


def test_database_that_is_away_is_one_line_without_its_password(ends):
    status, output, complaint = ends["JORNADA_DATABASE_URL", AWAY]

    assert (status, output, len(complaint.splitlines())) == (2, "", 1)
    assert complaint.startswith("the database of JORNADA_DATABASE_URL cannot be used: ")
    assert "hidden" not in complaint
