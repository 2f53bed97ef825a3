"""A real SMTP server on this machine that answers as a test tells it to."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.config import MailServer


@dataclass
class Sink:
    """What arrived, and what is answered to whom."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    logins: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    sender_answer: str = "250 OK"
    hang_up_on: str = ""
    seconds: float = 0.0
    every_third: str = ""
    asked: int = 0
    mails_per_connection: int = 0
    drops_after_data: set[str] = field(default_factory=set)
    accepted: list[str] = field(default_factory=list)
    on_data: Callable[[list[str]], object] = id  # told who is being written to, before the answer

    async def handle_MAIL(self, server, session, envelope, address, mail_options):  # noqa: N802 - aiosmtpd's names
        session.mails = getattr(session, "mails", 0) + 1
        if 0 < self.mails_per_connection < session.mails:
            return "421 4.4.5 too many mails over this connection"
        if self.sender_answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(mail_options)
        return self.sender_answer

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802
        if address == self.hang_up_on:
            server.transport.abort()
        self.asked += 1
        answer = self.answers.get(address, "250 OK")
        if self.every_third and self.asked % 3 == 0:
            answer = self.every_third
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        await asyncio.sleep(self.seconds)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        self.encrypted.append(session.ssl is not None)
        self.on_data(envelope.rcpt_tos)
        if self.drops_after_data.intersection(envelope.rcpt_tos):
            server.transport.abort()
        else:
            self.accepted += envelope.rcpt_tos
        return "250 OK"

    def authenticate(self, server, session, envelope, mechanism, auth_data):
        self.logins.append(f"{auth_data.login.decode()}:{auth_data.password.decode()}")
        return AuthResult(success=True)


class Server(Controller):
    """An aiosmtpd server that counts its connections."""

    def factory(self):
        self.handler.connections += 1
        return SMTP(self.handler, hostname="localhost", **self.SMTP_kwargs)


@pytest.fixture
def start_sink():
    """Start a server; give the sink that holds what arrives."""
    servers = []

    def start(**options):
        sink = Sink(port=free_port())
        server = Server(
            sink, hostname="127.0.0.1", port=sink.port, authenticator=sink.authenticate, enable_SMTPUTF8=True, **options
        )
        server.start()
        sink.connections = 0  # aiosmtpd has connected to itself to see that it runs
        servers.append(server)
        return sink

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def sink(start_sink, deliver_to):
    """A plain server, and the application delivering to it."""
    sink = start_sink()
    deliver_to(MailServer("127.0.0.1", sink.port))
    return sink


@pytest.fixture
def deliver_to(app, monkeypatch):
    """Have the application deliver to this server."""

    def use(server):
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], mail_server=server))

    return use


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def make_certificate(tmp_path):
    """A self-signed certificate for a name or an address: (context for the server, path of the certificate)."""

    def make(name):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        alternative = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        present = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(present - timedelta(days=1))
            .not_valid_after(present + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / f"{name}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context, path

    return make
