"""Read the configuration once from the environment, and refuse it clearly when it is wrong."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from limits import parse_many
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "JORNADA_"
LANGUAGES = ("ca", "es", "en")
ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET_LENGTH = 32
MAX_SIGNUP_SECONDS = 60
MAX_DOCUMENT_MB = 200


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message is one line for the person who starts the program."""


@dataclass(frozen=True)
class MailServer:
    """An SMTP server: `smtp` upgrades by STARTTLS where offered, `smtps` speaks TLS from the first byte."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    implicit_tls: bool = False


@dataclass(frozen=True)
class SigningKey:
    """What certificates are signed with: a PKCS #12 file, read, and its password."""

    content: bytes = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """Every setting of the program, typed and checked."""

    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    instance_path: Path
    base_url: str
    mail_server: MailServer | None
    mail_sender: str
    ratelimit_storage: str
    ratelimit_signup: str
    ratelimit_email: str
    signup_seconds: float
    default_language: str
    timezone: ZoneInfo
    production: bool
    proxies: int
    administrator_email: str = "admin@example.org"
    port: int = 8000
    document_mb: int = 20
    signing_key: SigningKey | None = None

    @property
    def uses_postgresql(self) -> bool:
        return make_url(self.database_url).get_backend_name() == "postgresql"

    @property
    def host(self) -> str:
        """The public host, under which Message-IDs and the UIDs of calendars are unique."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def document_bytes(self) -> int:
        """How large a document may be, as file managers count: a megabyte is 1024 × 1024."""
        return self.document_mb * 1024 * 1024


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Give the settings of this environment, or raise `ConfigurationError` naming the first wrong key."""
    values = {key.removeprefix(PREFIX): text.strip() for key, text in environ.items() if key.startswith(PREFIX)}
    unknown = sorted(set(values) - set(KEYS))
    if unknown:
        raise ConfigurationError(f"{PREFIX}{unknown[0]} is not a setting of Jornada; the README lists them all")
    values = {key: text for key, text in values.items() if text}
    production = _read_flag(values, "PRODUCTION")
    instance_path = Path(values.get("INSTANCE_PATH", ROOT / "instance")).resolve()
    _make_folder(instance_path)
    port = _read_port(environ)
    settings = Settings(
        database_url=_read_database_url(values, instance_path),
        secret_key=_read_secret_key(values, instance_path, production=production),
        instance_path=instance_path,
        base_url=_read_base_url(values, port=port, production=production),
        mail_server=_read_mail_server(values),
        mail_sender=_read_address(values, "MAIL_SENDER", "jornades@example.org"),
        ratelimit_storage=_read_ratelimit_storage(values),
        ratelimit_signup=_read_ratelimit(values, "RATELIMIT_SIGNUP", "1200 per minute"),
        ratelimit_email=_read_ratelimit(values, "RATELIMIT_EMAIL", "10 per hour"),
        signup_seconds=_read_seconds(values, "SIGNUP_SECONDS", "2"),
        default_language=_read_language(values),
        timezone=_read_timezone(values),
        production=production,
        proxies=_read_proxies(values),
        administrator_email=_read_address(values, "ADMINISTRATOR_EMAIL", "admin@example.org"),
        port=port,
        document_mb=_read_document_mb(values),
        signing_key=_read_signing_key(values),
    )
    if production and settings.mail_server is None:
        raise ConfigurationError(f"{PREFIX}MAIL_URL is required in production, e.g. smtp://user:password@host:587")
    return settings


def current() -> Settings:
    """The settings of the application in use."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings


KEYS = (
    "DATABASE_URL",
    "SECRET_KEY",
    "INSTANCE_PATH",
    "BASE_URL",
    "MAIL_URL",
    "MAIL_SENDER",
    "RATELIMIT_STORAGE",
    "RATELIMIT_SIGNUP",
    "RATELIMIT_EMAIL",
    "SIGNUP_SECONDS",
    "DEFAULT_LANGUAGE",
    "TIMEZONE",
    "PRODUCTION",
    "PROXIES",
    "ADMINISTRATOR_EMAIL",
    "MAX_DOCUMENT_MB",
    "SIGNING_CERTIFICATE",
    "SIGNING_PASSWORD",
)


def _read_flag(values: Mapping[str, str], key: str) -> bool:
    text = values.get(key, "0").lower()
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise ConfigurationError(f"{PREFIX}{key} must be 1 or 0, not {text!r}")
    return text in {"1", "true", "yes"}


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(0o700, parents=True, exist_ok=True)  # what lies in it is about people
    except OSError as error:
        raise ConfigurationError(f"{PREFIX}INSTANCE_PATH: cannot make the folder {path}: {error.strerror}") from error
    if not os.access(path, os.W_OK):
        raise ConfigurationError(f"{PREFIX}INSTANCE_PATH: the folder {path} cannot be written to")


def _read_database_url(values: Mapping[str, str], instance_path: Path) -> str:
    text = values.get("DATABASE_URL", f"sqlite:///{instance_path / 'jornada.sqlite'}")
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError(
            f"{PREFIX}DATABASE_URL is not a database address (sqlite:///… or postgresql://…)"
        ) from error
    if backend == "postgres":  # the spelling that hosting providers still hand out
        url, backend = url.set(drivername="postgresql"), "postgresql"
    if backend not in {"sqlite", "postgresql"}:
        raise ConfigurationError(f"{PREFIX}DATABASE_URL must start with sqlite:/// or postgresql://, not {backend}://")
    url = url.set(drivername="postgresql+psycopg" if backend == "postgresql" else "sqlite")
    return url.render_as_string(hide_password=False)


def _read_secret_key(values: Mapping[str, str], instance_path: Path, *, production: bool) -> str:
    if "SECRET_KEY" in values:
        if len(values["SECRET_KEY"]) < MIN_SECRET_LENGTH:
            raise ConfigurationError(f"{PREFIX}SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters")
        return values["SECRET_KEY"]
    if production:
        raise ConfigurationError(f"{PREFIX}SECRET_KEY is required in production")
    return _keep_secret_key(instance_path / "secret_key")


def _keep_secret_key(path: Path) -> str:
    """Read the kept key, or make it; two processes that start at once end up with the same one."""
    try:
        if not path.exists():
            with NamedTemporaryFile("w", dir=path.parent, prefix=".secret_key") as file:  # readable by us alone
                file.write(secrets.token_urlsafe(48))
                file.flush()
                with suppress(FileExistsError):  # another process was first
                    os.link(file.name, path)
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{PREFIX}SECRET_KEY is not set and {path} cannot be kept: {error}") from error
    if len(key) < MIN_SECRET_LENGTH:
        raise ConfigurationError(f"{PREFIX}SECRET_KEY is not set and {path} holds no key; delete it to have one made")
    return key


def _read_port(environ: Mapping[str, str]) -> int:
    """The port of `make run`; PORT stands without our prefix, as hosting providers set it."""
    text = environ.get("PORT") or "8000"
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ConfigurationError(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def _read_base_url(values: Mapping[str, str], *, port: int, production: bool) -> str:
    text = values.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
    parts = _split_address(text)
    if parts is None or parts.scheme not in {"http", "https"} or parts.username or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{PREFIX}BASE_URL must be an address such as https://jornades.example.org, not {text!r}"
        )
    if production and "BASE_URL" not in values:
        raise ConfigurationError(
            f"{PREFIX}BASE_URL is required in production: links in mails and codes are made from it"
        )
    if production and parts.scheme != "https":
        raise ConfigurationError(f"{PREFIX}BASE_URL must start with https:// in production")
    return text


def _split_address(text: str) -> SplitResult | None:
    """The parts of an address that names a host and, if any, a port from 1 to 65535; None when it does not."""
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and parts.port != 0 and not any(sign.isspace() for sign in text)
    except ValueError:
        return None
    return parts if whole else None


def _read_mail_server(values: Mapping[str, str]) -> MailServer | None:
    if "MAIL_URL" not in values:
        return None
    parts = _split_address(values["MAIL_URL"])
    if parts is None or parts.hostname is None or parts.scheme not in {"smtp", "smtps"} or parts.path.strip("/"):
        raise ConfigurationError(f"{PREFIX}MAIL_URL must be smtp://user:password@host:port or smtps://…")
    implicit_tls = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if implicit_tls else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        implicit_tls=implicit_tls,
    )


def _read_address(values: Mapping[str, str], key: str, default: str) -> str:
    text = values.get(key, default)
    try:
        return validate_email(
            text, allow_smtputf8=False, check_deliverability=False, globally_deliverable=False
        ).normalized
    except EmailNotValidError as error:
        raise ConfigurationError(f"{PREFIX}{key} must be one plain address such as {default}, not {text!r}") from error


def _read_ratelimit_storage(values: Mapping[str, str]) -> str:
    text = values.get("RATELIMIT_STORAGE", "memory://")
    if not text.startswith(("memory://", "redis://", "rediss://", "redis+unix://")):
        raise ConfigurationError(f"{PREFIX}RATELIMIT_STORAGE must be memory:// or redis://host:port, not {text!r}")
    return text


def _read_ratelimit(values: Mapping[str, str], key: str, default: str) -> str:
    text = values.get(key, default)
    try:
        parse_many(text)
    except ValueError as error:
        raise ConfigurationError(f"{PREFIX}{key} must be a limit such as '1200 per minute', not {text!r}") from error
    return text


def _read_seconds(values: Mapping[str, str], key: str, default: str) -> float:
    text = values.get(key, default)
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text) or float(text) > MAX_SIGNUP_SECONDS:
        raise ConfigurationError(f"{PREFIX}{key} must be seconds from 0 to {MAX_SIGNUP_SECONDS}, not {text!r}")
    return float(text)


def _read_document_mb(values: Mapping[str, str]) -> int:
    text = values.get("MAX_DOCUMENT_MB", "20")
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_DOCUMENT_MB:
        raise ConfigurationError(
            f"{PREFIX}MAX_DOCUMENT_MB must be a whole number from 1 to {MAX_DOCUMENT_MB}, not {text!r}"
        )
    return int(text)


def _read_language(values: Mapping[str, str]) -> str:
    text = values.get("DEFAULT_LANGUAGE", "ca")
    if text not in LANGUAGES:
        raise ConfigurationError(f"{PREFIX}DEFAULT_LANGUAGE must be one of {', '.join(LANGUAGES)}, not {text!r}")
    return text


def _read_timezone(values: Mapping[str, str]) -> ZoneInfo:
    text = values.get("TIMEZONE", "Europe/Madrid")
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(f"{PREFIX}TIMEZONE must be a zone such as Europe/Madrid, not {text!r}") from error


def _read_proxies(values: Mapping[str, str]) -> int:
    text = values.get("PROXIES", "0")
    if text not in {"0", "1", "2", "3", "4", "5"}:
        raise ConfigurationError(
            f"{PREFIX}PROXIES must be the number of trusted proxies in front, 0 to 5, not {text!r}"
        )
    return int(text)


def _read_signing_key(values: Mapping[str, str]) -> SigningKey | None:
    if "SIGNING_CERTIFICATE" not in values:
        if "SIGNING_PASSWORD" in values:
            raise ConfigurationError(f"{PREFIX}SIGNING_PASSWORD is set, and {PREFIX}SIGNING_CERTIFICATE is not")
        return None
    try:
        from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415 - an extra, slow to import
    except ImportError as error:
        raise ConfigurationError(
            f"{PREFIX}SIGNING_CERTIFICATE: pyHanko signs, and is not installed; install requirements/signing.txt"
        ) from error
    path, password = values["SIGNING_CERTIFICATE"], values.get("SIGNING_PASSWORD", "")
    try:
        content = Path(path).read_bytes()
        SimpleSigner.load_pkcs12_data(content, other_certs=[], passphrase=password.encode())
    except OSError as error:
        raise ConfigurationError(f"{PREFIX}SIGNING_CERTIFICATE: cannot read {path!r}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(
            f"{PREFIX}SIGNING_CERTIFICATE: {path!r} is no PKCS #12 file or {PREFIX}SIGNING_PASSWORD is not its password"
        ) from error
    return SigningKey(content, password)
