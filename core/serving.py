"""Web and worker as one group of processes, for one machine: started together, stopped together."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from core.database import db
from core.jobs import QUEUE_ERRORS, jobs

log = logging.getLogger(__name__)

WEB_PROCESSES = 2
WEB_THREADS = 8
STOP_SECONDS = 10
QUEUE_PAUSE_SECONDS = 2

# What must be done before the first request, in the order registered: (act, what it has to say to whoever started us).
_PREPARATIONS: list[Callable[[], list[str]]] = []


def prepares(act: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Have `serve` call `act` before it opens the door; the lines it gives are printed with the address."""
    _PREPARATIONS.append(act)
    return act


def prepare() -> list[str]:
    """Do all preparations and give the lines they have to say."""
    return [line for act in _PREPARATIONS for line in act()]


def run_worker() -> None:
    """Run the queue's consumer until it is told to stop: mail, and whatever else is due."""
    _wait_for_queue()
    consumer = jobs.huey.create_consumer(
        workers=1, periodic=True, initial_delay=0.1, max_delay=1.0, check_worker_health=True
    )
    consumer.run()


def _wait_for_queue() -> None:
    """Wait until the database of the queue is there: ending would only have somebody start us again and again."""
    while True:
        try:
            jobs.make_tables()
        except QUEUE_ERRORS as error:
            log.warning("queue away", extra={"error": type(error).__name__})
            time.sleep(QUEUE_PAUSE_SECONDS)
        else:
            return


def open_door(host: str, port: int) -> socket.socket:
    """Bind the address before anything else is done, so that one in use is known at once (`OSError`)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except BaseException:
        door.close()
        raise
    return door


def serve(app: Flask, *, door: socket.socket, lines: list[str], parent: int | None = None) -> None:
    """Serve web and worker until Ctrl-C, or until the process `parent` is gone; nothing of it runs on afterwards.

    Leaves the program by `SystemExit`, as gunicorn does.
    """
    _close_connections(app)
    _Web(app, door=door, lines=lines, parent=parent).run()


class _Web(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn around an application that is already loaded."""

    def __init__(self, app: Flask, *, door: socket.socket, lines: list[str], parent: int | None) -> None:
        self.app = app
        self.parent = parent
        self.options: dict[str, Any] = {
            "bind": f"fd://{door.detach()}",
            "workers": WEB_PROCESSES,
            "threads": WEB_THREADS,
            "worker_class": "gthread",
            "preload_app": True,
            "graceful_timeout": STOP_SECONDS,
            "control_socket_disable": True,  # it would lie in the home folder and be shared by every instance
            "logger_class": _Log,
            "loglevel": "error",
            "when_ready": lambda _server: _say(lines),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app

    def run(self) -> None:
        _Arbiter(self).run()


class _Log(Logger):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn's messages among our own; its warnings, which hold the addresses of people, are not wanted."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Arbiter(Arbiter):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn's parent process, which keeps the queue's worker alive beside the web workers."""

    def __init__(self, web: _Web) -> None:
        self.queue_worker = 0
        self.ignores_hang_up = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # started by nohup
        super().__init__(web)

    def manage_workers(self) -> None:
        """Start what is missing; called when something ends, and every second."""
        super().manage_workers()
        if self.app.parent and os.getppid() != self.app.parent:
            raise StopIteration
        if not self.queue_worker or not _is_alive(self.queue_worker):
            if self.queue_worker:
                log.error("worker ended, starting another")
            self.queue_worker = _fork_worker(self.LISTENERS)

    def handle_hup(self) -> None:
        """End with the terminal; gunicorn's own answer would be to reload."""
        if not self.ignores_hang_up:
            raise StopIteration

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 - gunicorn's own signature
        worker, self.queue_worker = self.queue_worker, 0
        if worker:
            _tell(worker, signal.SIGINT)  # while the web stops, it finishes the mail it is sending
        super().stop(graceful)
        if worker and not _has_ended(worker, within_seconds=STOP_SECONDS):
            _tell(worker, signal.SIGKILL)
            _has_ended(worker, within_seconds=STOP_SECONDS)


def _fork_worker(listeners: list[Any]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()  # Ctrl-C and a closed terminal reach it through its parent, once and in order
        for sign in Arbiter.SIGNALS:
            signal.signal(sign, signal.SIG_DFL)
        for listener in listeners:
            listener.sock.close()
        _follow(parent)
        run_worker()
    except Exception:
        log.exception("worker failed")
    finally:
        os._exit(0)


def _close_connections(app: Flask) -> None:
    """Let go of every connection: none may be shared with a process that is forked afterwards."""
    jobs.huey.storage.close()
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def _follow(parent: int) -> None:
    """End this process when the one that started it is gone, even by `kill -9`."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _is_alive(pid: int) -> bool:
    """Whether a child runs; gunicorn may have collected its end already."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def _tell(pid: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, sign)


def _has_ended(pid: int, *, within_seconds: float) -> bool:
    deadline = time.monotonic() + within_seconds
    while _is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _say(lines: list[str]) -> None:
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()
