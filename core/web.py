"""What every page shares: headers, addresses, paging, conditional answers, and blocks that upper rooms fill in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from ipaddress import IPv6Address, IPv6Network
from typing import IO, Any, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Request, Response, abort, current_app, make_response, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from limits import parse_many
from markupsafe import Markup
from sqlalchemy import Select, func, select
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map, MapAdapter

from core import config
from core.config import Settings
from core.database import MAX_ID, db

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()


def network() -> str:
    """Where a request comes from, for limits: one subscriber of IPv6 has a whole /64 to send from."""
    text = get_remote_address()
    try:
        address = IPv6Address(text)
    except ValueError:
        return text
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))


limiter = Limiter(network, headers_enabled=True, in_memory_fallback_enabled=True)


def is_within(limit: str, scope: str, keys: Iterable[str], *, cost: int = 1) -> bool:
    """Whether one more use is within a shared limit for each of these keys, which one request has several of."""
    if not limiter.enabled:
        return True
    limits = parse_many(limit)
    return all(limiter.limiter.test(each, key, scope, cost=cost) for key in keys for each in limits)


def count_use(limit: str, scope: str, keys: Iterable[str], *, cost: int = 1) -> None:
    """Count one use of a shared limit for each of these keys."""
    if limiter.enabled:
        for key in keys:
            for each in parse_many(limit):
                limiter.limiter.hit(each, key, scope, cost=cost)


CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The frame that shows a mail as its reader sees it: sealed off, and to be framed by our own page alone.
MAIL_FRAME_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
STATIC_SECONDS = 365 * 24 * 3600
MAX_FORM_BYTES = 1024 * 1024  # fifty long answers, each sign written as six
MAX_FORM_FIELDS = 10_000  # more than the longest list has rows to tick
PAGE_SIZE = 50


class FormParser(FormDataParser):
    """Reads forms, and refuses those that nobody typed before they are taken apart.

    Werkzeug's own limits are for forms with files. Sixteen megabytes of `a=&` would be millions of fields, which take
    ten seconds and a gigabyte, of whoever sends them.
    """

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        if mimetype == "application/x-www-form-urlencoded":
            body = stream.read(MAX_FORM_BYTES + 1)
            if len(body) > MAX_FORM_BYTES or body.count(b"&") >= MAX_FORM_FIELDS:
                raise RequestEntityTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class FormRequest(Request):
    """A request that holds forms at most: numbers and lists in JSON would be taken for what somebody typed."""

    form_data_parser_class = FormParser

    @property
    def is_json(self) -> bool:
        return False


class IdConverter(IntegerConverter):
    """`<int:…>` in addresses: digits only, and no more of them than an id can have."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Map) -> None:  # noqa: A002 - Werkzeug's own name for it
        super().__init__(map, max=MAX_ID)


def init_app(app: Flask, settings: Settings) -> None:
    """Set the limits, CSRF protection, security headers and template globals of every page."""
    app.url_map.converters["int"] = IdConverter
    app.request_class = FormRequest
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_refuse_nul)
    app.after_request(_set_headers)
    app.jinja_env.globals.update(page_block=page_block, page_links=page_links, other_page=other_page)
    app.jinja_env.globals.update(answers_get=answers_get)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # the documented way to wrap it
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )


def external_url(endpoint: str, **values: object) -> str:
    """The full address of a page, made from the configured base and never from the request's own host.

    Works in the worker, where there is no request.
    """
    return _bind(current_app.url_map, config.current().base_url).build(endpoint, values, force_external=True)


@lru_cache(maxsize=4)
def _bind(addresses: Map, base_url: str) -> MapAdapter:
    base = urlsplit(base_url)
    return addresses.bind(base.netloc, script_name=base.path or "/", url_scheme=base.scheme)


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a long list, counted from 1."""

    items: Sequence[T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def last_number(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        return min(self.number * self.size, self.total)


def paginate(query: Select[T], number: int) -> Page[T]:
    """The page `number` of `query` (already ordered); a number out of range gives the nearest page there is."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = nearest_page(number, total)
    items = db.session.scalars(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Page(items, number, total)


def nearest_page(number: int, total: int, size: int = PAGE_SIZE) -> int:
    """The number of the page of a list with so many rows, or of the nearest that there is."""
    return min(max(number, 1), max(1, -(-total // size)))


def page_number() -> int:
    """The page of the list that the address asks for."""
    return request.args.get("page", 1, type=int)


def page_links(page: Page[Any]) -> list[int | None]:
    """The numbers to link: first, last and those near; None stands for a gap."""
    near = sorted({1, page.last_number, *range(page.number - 1, page.number + 2)} & set(range(1, page.last_number + 1)))
    links: list[int | None] = []
    for number in near:
        if links and links[-1] is not None and number - links[-1] > 1:
            links.append(None)
        links.append(number)
    return links


def other_page(**changes: object) -> str:
    """The present address with some of its query changed; None takes a key away."""
    query: dict[str, Any] = {**request.args.to_dict(flat=False), **changes}
    values = {key: value for key, value in query.items() if value is not None}
    address = url_for(request.endpoint or "", **(request.view_args or {}))
    return f"{address}?{urlencode(values, doseq=True)}" if values else address


def answers_in(*blueprints: Blueprint) -> Callable[..., Callable[[View], View]]:
    """Make a decorator by which a view answers at one rule of several blueprints: what events and processes have."""

    def at(rule: str, **options: Any) -> Callable[[View], View]:
        def add(view: View) -> View:
            for blueprint in blueprints:
                blueprint.add_url_rule(rule, view_func=view, **options)
            return view

        return add

    return at


def answers_get() -> bool:
    """Tell whether the present address can be asked for, as a link does, or only be sent something."""
    return "GET" in current_app.url_map.bind("").allowed_methods(request.path)


def conditional(response: Response) -> Response:
    """Let caches keep a public page and ask whether it changed: ETag of the content, 304 when it is the same."""
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def keep_private(content: str | bytes) -> Response:
    """A page that only its person should see: kept by no cache and found by no search engine.

    Referrer-Policy stays `same-origin`, with which the token reaches nobody but us: `no-referrer` would also take away
    the header that the protection against forged requests asks for over TLS.
    """
    response = make_response(content)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def frame_mail(html: str) -> Response:
    """Answer with the HTML of a mail, for the frame of its page: it can neither run anything nor load anything."""
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = MAIL_FRAME_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


# A block is a place in a page of a lower room that upper rooms fill: imports run to the right only.
_BLOCKS: dict[str, list[Callable[..., str]]] = {}


def fills_block(name: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Show what the decorated function renders in the block `name`, in the order of `order_blocks`."""

    def register(render: Callable[..., str]) -> Callable[..., str]:
        renders = _BLOCKS.setdefault(name, [])
        if render not in renders:
            renders.append(render)
        return render

    return register


def order_blocks(rooms: Sequence[str]) -> None:
    """Show what these rooms put into blocks in this order, whichever of them was imported first."""
    places = {room: place for place, room in enumerate(rooms)}
    for renders in _BLOCKS.values():
        renders.sort(key=lambda render: places.get(render.__module__.partition(".")[0], -1))


def page_block(name: str, **context: object) -> Markup:
    """The block `name` of a page: what the upper rooms have to show there, possibly nothing."""
    return Markup("").join(Markup(render(**context)) for render in _BLOCKS.get(name, []))  # noqa: S704 - rendered templates


def _refuse_nul() -> None:
    """No address of ours holds a NUL, and PostgreSQL cannot even be asked about one."""
    if "\0" in request.path:
        abort(404)
    if any("\0" in text for key in request.args for text in (key, *request.args.getlist(key))):
        abort(400)


def security_headers(settings: Settings) -> dict[str, str]:
    """The headers that every answer carries, whoever writes it."""
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # a person's page has its token in the address
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    return headers | ({"Strict-Transport-Security": "max-age=31536000"} if settings.production else {})


def _set_headers(response: Response) -> Response:
    headers = response.headers
    for name, value in security_headers(config.current()).items():
        headers.setdefault(name, value)
    if request.endpoint == "static" and response.status_code in {200, 304} and "v" in request.args:
        headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}, immutable"
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"  # personal data unless a view says otherwise
    return response
