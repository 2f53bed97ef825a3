"""A load of browsers without script against a server of this machine; bounded in number, never elsewhere."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

KEPT_SECONDS = 1.0
"""How long a connection is used again; gunicorn hangs up after two seconds."""


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: str


class Visitor:
    """One browser: a kept connection and its cookies."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._used_at = 0.0
        self.token = ""
        self.posts: list[float] = []
        """How many seconds each form took to send."""

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """Load a page."""
        return self._ask("GET", path, headers=headers)

    def post(self, path: str, fields: list[tuple[str, str]], headers: dict[str, str] | None = None) -> Answer:
        """Send a form."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        started = time.perf_counter()
        answer = self._ask("POST", path, urlencode(fields), {**form, **(headers or {})})
        self.posts.append(time.perf_counter() - started)
        return answer

    def post_json(self, path: str, content: object) -> Answer:
        """Send what a page's script sends, with the `token` that it was given."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": self.token}
        return self._ask("POST", path, json.dumps(content), headers)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        if time.monotonic() - self._used_at > KEPT_SECONDS:
            self._connection.close()  # the next request opens it anew
        parts = urlsplit(path)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        cookies = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())} if self._cookies else {}
        self._connection.request(method, address, body, {**cookies, **(headers or {})})
        response = self._connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.split(";", 1)[0]
        self._used_at = time.monotonic()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, text)


@dataclass(frozen=True)
class Load:
    """What a load came to: how often its job was done, in how many seconds, and how long each form took to send."""

    jobs: int
    seconds: float
    posts: tuple[float, ...]

    def __add__(self, other: "Load") -> "Load":
        return Load(self.jobs + other.jobs, self.seconds + other.seconds, self.posts + other.posts)

    @property
    def rate(self) -> float:
        """How often a second the job was done."""
        return self.jobs / self.seconds

    @property
    def slow_post(self) -> float:
        """The 95th percentile of the seconds that a form took to send."""
        return sorted(self.posts)[int(len(self.posts) * 0.95)]


def run(port: int, job: Callable[[Visitor, int], None], *, concurrency: int, numbers: range) -> Load:
    """Have `job(visitor, number)` done for each of the numbers by `concurrency` visitors at once."""
    left = iter(numbers)
    lock = threading.Lock()
    failures: list[BaseException] = []
    posts: list[float] = []

    def work() -> None:
        while not failures:
            with lock:
                number = next(left, None)
            if number is None:
                return
            visitor = Visitor(port)
            try:
                job(visitor, number)
            except BaseException as error:  # noqa: BLE001 - raised again in the main thread
                failures.append(error)
            finally:
                visitor.close()
                posts.extend(visitor.posts)

    threads = [threading.Thread(target=work) for _ in range(concurrency)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Load(len(numbers), time.perf_counter() - started, tuple(posts))
