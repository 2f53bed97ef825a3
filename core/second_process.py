"""A second process that works beside this one, where the machine has a second core (docs/adr/0046).

It is given values and gives values back. It has the settings and the languages, but neither database nor request, and
it ends with whoever started it, however that ends: there is nobody at the other end of its line any more.
"""
# ruff: noqa: PLC0415 - what only the second process needs, and the application has long since

import os
import pickle
import socket
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from logging import getLogger
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from core import config

log = getLogger(__name__)

MOST_GIVEN = 2
"""How many jobs lie with the second process: one in its hands, and one for when that is done."""
MOST_WAITING = 16
"""How many answers may wait for an earlier one: what is in memory does not grow with the number of jobs."""
PATIENCE_SECONDS = 60
_ROOT = Path(__file__).resolve().parent.parent

J = TypeVar("J")
R = TypeVar("R")
DoAll = Callable[[Iterable[J]], Iterator[R]]
"""Does jobs, which are asked for one by one, and gives what comes of each in their order."""


def count_cores() -> int:
    """How many cores this program may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def beside(act: Callable[[J], R], *, wanted: bool) -> Iterator[DoAll[J, R]]:
    """Give what does `act` for many jobs: both processes do, where it is wanted and there are two cores.

    `act` is a function of a module; what it is given and gives can be pickled, and it never gives None.
    """
    second = _start(act) if wanted and count_cores() > 1 else None
    if second is None:
        yield partial(map, act)
        return
    try:
        yield second.do_all
    finally:
        second.end()


def _start(act: Callable[[J], R]) -> "_Second[J, R] | None":
    try:
        return _Second(act)
    except OSError as error:  # there is no room for another process
        log.warning("no second process", extra={"error": type(error).__name__})
        return None


@dataclass(eq=False)
class _Task(Generic[J, R]):
    job: J
    answer: R | None = None


class _Second(Generic[J, R]):
    """The second process, as the first one sees it.

    Should it be lost, whatever the reason, the first one does the rest alone, and meets by itself what went wrong.
    """

    def __init__(self, act: Callable[[J], R]) -> None:
        self._act = act
        self._given: deque[_Task[J, R]] = deque()
        self._has_answered = self._is_lost = False
        self._line, its_end = Pipe()
        _limit_waiting(self._line)
        with its_end:
            number = its_end.fileno()
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", __name__, str(number)],
                cwd=_ROOT,
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the first one, which says what becomes of the second
            )

    def do_all(self, jobs: Iterable[J]) -> Iterator[R]:
        waiting: deque[_Task[J, R]] = deque()
        for job in jobs:
            task = _Task[J, R](job)
            waiting.append(task)
            if not self._give(task):
                task.answer = self._act(job)
            while self._given and self._line.poll():
                self._receive()
            while waiting and (waiting[0].answer is not None or len(waiting) > MOST_WAITING):
                yield self._finish(waiting.popleft())
        yield from map(self._finish, waiting)

    def end(self) -> None:
        """Let it go; it has nothing that would have to be finished."""
        self._line.close()
        self._process.kill()
        self._process.wait()

    def _give(self, task: _Task[J, R]) -> bool:
        """Give it a job, if it has room for one.

        Its very first, for which it reads half the program, is for practice: nobody waits for what comes of that.
        """
        if self._is_lost or len(self._given) >= (MOST_GIVEN if self._has_answered else 1):
            return False
        try:
            if not self._has_answered:
                self._line.send((config.current(), self._act))
            self._line.send(task.job)
        except OSError as error:
            self._lose(type(error).__name__)
            return False
        self._given.append(task if self._has_answered else _Task(task.job))
        return self._has_answered

    def _receive(self) -> None:
        """Take the next answer of those that it owes."""
        try:
            if not self._line.poll(PATIENCE_SECONDS):
                raise TimeoutError
            answer = self._line.recv()
        except (OSError, EOFError) as error:
            self._lose(type(error).__name__)
            return
        if answer is None:
            self._lose("its own")
            return
        self._has_answered = True
        self._given.popleft().answer = answer

    def _finish(self, task: _Task[J, R]) -> R:
        while task.answer is None:
            if self._is_lost:
                task.answer = self._act(task.job)
            else:
                self._receive()
        return task.answer

    def _lose(self, error: str) -> None:
        log.warning("second process lost", extra={"error": error})
        self._is_lost = True
        self._given.clear()
        self._process.kill()


def _limit_waiting(line: Connection) -> None:
    """Have it fail to send what nobody takes, or to receive the rest of what was begun: no hanging is shared."""
    with socket.socket(fileno=os.dup(line.fileno())) as end:
        patience = divmod(int(PATIENCE_SECONDS * 1_000_000), 1_000_000)
        for limit in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            end.setsockopt(socket.SOL_SOCKET, limit, struct.pack("ll", *patience))


def work_for(line: Connection) -> None:
    """Be the second process: do one job after the other, until nobody is at the other end of the line."""
    from flask import Flask

    from core import languages

    messages: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read, args=(line, messages), daemon=True).start()
    settings, act = _unpack(messages.get())
    app = Flask("app")  # of its name, and so of its folder of translations; nothing else of it is loaded
    app.config["SETTINGS"] = settings
    languages.init_app(app)
    with app.app_context(), suppress(OSError):
        while True:
            line.send(_do(act, messages.get()))


def _read(line: Connection, messages: "SimpleQueue[bytes]") -> None:
    """Take what comes at once, so that nobody waits to be rid of it; end when nothing can come any more."""
    try:
        while True:
            messages.put(line.recv_bytes())
    except (OSError, EOFError):
        os._exit(0)


def _unpack(message: bytes) -> Any:
    return pickle.loads(message)  # noqa: S301 - from whoever started us


def _do(act: Callable[[Any], Any], message: bytes) -> Any:
    """Do a job; None when it cannot be done, which the first process finds out by itself."""
    try:
        return act(_unpack(message))
    except Exception:  # noqa: BLE001 - whatever it is, it is told where it can be handled
        return None


if __name__ == "__main__":
    work_for(Connection(int(sys.argv[1])))
