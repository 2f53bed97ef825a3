"""Connections to PostgreSQL that notice when the server has gone (docs/adr/0017).

A server that is stopped, or whose machine is, says nothing: no time-out of PostgreSQL's own ends the wait, and TCP's
takes minutes. So whoever has waited in vain for a while knocks at the server's door. One that opens is only busy, and
the wait goes on, however long the statement takes; one that does not is away, which is an error. From then on one tries
again each second, and everybody else is told at once, so that nobody waits for what is known.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from psycopg.waiting import Ready, Wait

V = TypeVar("V")

SILENCE_SECONDS = 4.0
"""How long an answer is waited for before somebody knocks."""
KNOWN_SILENCE_SECONDS = 0.5
"""The same while the server is known to be away."""
KNOCK_SECONDS = 3
"""How long a door may take to open: to whoever knocks, and to whoever wants to connect."""
REST_SECONDS = 1.0
"""How long nobody tries again after the server was found away."""

_OPTIONS_OF_OURS = {"autocommit", "context", "cursor_factory", "prepare_threshold", "row_factory"}


def connect(conninfo: str = "", **options: Any) -> "WatchedConnection":
    """Connect as `psycopg.connect` does; at once `OperationalError` while the server is known to be away."""
    options.setdefault("connect_timeout", KNOCK_SECONDS)
    address = make_conninfo(conninfo, **{key: value for key, value in options.items() if key not in _OPTIONS_OF_OURS})
    door = _DOORS[address]
    if not door.lets_try():
        raise psycopg.OperationalError("the database was away a moment ago")
    try:
        connection = WatchedConnection.connect(conninfo, **options)
    except psycopg.OperationalError as error:
        door.note(error)
        raise
    door.note(None)
    connection.door = door
    return connection


class Door:
    """The way to one server, and whether it was found shut a moment ago."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._is_shut = False
        self._shut_until = 0.0
        self._opened_at = 0.0
        self._noting = threading.Lock()
        self._knocking = threading.Lock()

    @property
    def is_known_shut(self) -> bool:
        return time.monotonic() < self._shut_until

    def lets_try(self) -> bool:
        """Whether to try to connect: while it is shut one at a time does, and all others do not wait for the answer."""
        with self._noting:
            if self.is_known_shut:
                return False
            if self._is_shut:
                self._shut_until = time.monotonic() + KNOCK_SECONDS
            return True

    def note(self, error: psycopg.OperationalError | None) -> None:
        """Note what came of it; a server that answers with a refusal is there, and perhaps it is full."""
        with self._noting:
            self._is_shut = error is not None and "FATAL" not in str(error)
            self._shut_until = time.monotonic() + REST_SECONDS if self._is_shut else 0.0

    def opens(self) -> bool:
        """Knock, one of all who wait for the rest of them."""
        asked_at = time.monotonic()
        with self._knocking:
            if self.is_known_shut:
                return False
            if self._opened_at > asked_at:
                return True
            try:
                psycopg.connect(self._address).close()
            except psycopg.OperationalError as error:
                self.note(error)
            else:
                self.note(None)
            self._opened_at = time.monotonic()
            return not self._is_shut


class _Doors(defaultdict[str, Door]):
    """The doors by address; two threads that come first at once may make two, of which one is kept."""

    def __missing__(self, address: str) -> Door:
        return self.setdefault(address, Door(address))


_DOORS = _Doors()


class WatchedConnection(psycopg.Connection[Any]):
    """A connection that does not wait for a server that is away."""

    door: Door

    def wait(self, gen: PQGen[V], interval: float = 0.1, timeout: float | None = None) -> V:
        """Wait for what `gen` does, and look after the server in between."""
        return super().wait(self._watch(gen), interval, timeout)

    def _watch(self, gen: PQGen[V]) -> Generator[Wait, Ready | int, V]:
        waits_since = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready != Ready.NONE:
                    waits_since = time.monotonic()
                elif time.monotonic() - waits_since >= self._patience():
                    self._look()
                    waits_since = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            value: V = end.value
            return value

    def _patience(self) -> float:
        return KNOWN_SILENCE_SECONDS if self.door.is_known_shut else SILENCE_SECONDS

    def _look(self) -> None:
        """Close this connection and raise when nobody opens; the server undoes what was not committed."""
        if not self.door.opens():
            self.pgconn.finish()
            raise psycopg.OperationalError("the database does not answer")
