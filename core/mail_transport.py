"""Where mails go: to an SMTP server, or into a folder when none is configured."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from core.config import MailServer, Settings

SMTP_TIMEOUT_SECONDS = 15


class Transport(Protocol):
    """Where messages go. `send` raises `smtplib.SMTPException` or `OSError`."""

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; returning means it was accepted."""

    def is_open(self) -> bool:
        """Whether another message can be handed over; asked between two of them, never with one in hand."""


@dataclass(frozen=True)
class SmtpTransport:
    """An open SMTP connection."""

    connection: smtplib.SMTP

    def send(self, message: EmailMessage) -> None:
        """Send over the open connection; an address outside ASCII needs a server that speaks SMTPUTF8."""
        self.connection.send_message(message)

    def is_open(self) -> bool:
        """Ask the server, which may have closed: some take only so many mails over one connection."""
        try:
            return self.connection.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False


@dataclass(frozen=True)
class FolderTransport:
    """A folder in which each mail becomes one `.eml` file, for development and for trying out."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """Write the file under the name of its Message-ID, so that a second delivery replaces the first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").replace("/", "_")
        (self.folder / f"{name}.eml").write_bytes(message.as_bytes())

    def is_open(self) -> bool:
        return True


@contextmanager
def open_transport(settings: Settings) -> Iterator[Transport]:
    """Connect to the configured server (time-out, verified TLS, login) or to the folder under the instance folder."""
    server = settings.mail_server
    if server is None:
        yield FolderTransport(mailbox_folder(settings))
        return
    connection = _connect(server)
    try:
        yield SmtpTransport(connection)
    finally:
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            connection.close()


def mailbox_folder(settings: Settings) -> Path:
    """The folder that holds the `.eml` files when no mail server is configured."""
    return settings.instance_path / "mail"


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.implicit_tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=SMTP_TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=SMTP_TIMEOUT_SECONDS)
    try:
        connection.ehlo()
        if not server.implicit_tls and connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
            connection.ehlo()
        elif not server.implicit_tls and server.username:
            raise smtplib.SMTPNotSupportedError(  # noqa: TRY301 - closes the connection like every other failure here
                "the server offers no STARTTLS; the password is not sent in the clear"
            )
        if server.username:
            connection.login(server.username, server.password or "")
    except BaseException:
        connection.close()
        raise
    return connection
