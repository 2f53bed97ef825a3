"""A mail server of this machine that accepts everything and counts how often each message came."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from typing import Any

from aiosmtpd.controller import Controller

from benchmarks.servers import free_port


class Sink:
    """How often each Message-ID arrived."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.arrived[str(BytesHeaderParser().parsebytes(envelope.content)["Message-ID"]).strip()] += 1
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Sink, dict[str, str]]]:
    """The sink, and the environment of an application that delivers to it."""
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink, {"JORNADA_MAIL_URL": f"smtp://127.0.0.1:{port}"}
    finally:
        controller.stop()
