"""GET requests that keep a token at home, follow redirects by hand, wait as they are told and stream to disk."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final
from urllib.parse import urlsplit

import httpx

from harness.adapters.forge_token import Access
from harness.adapters.http_body import DAMAGE, unpacked
from harness.adapters.http_reply import Reply
from harness.adapters.http_trouble import (
    Trouble,
    packed_oddly,
    slow,
    trouble_before,
    trouble_of_setup,
    trouble_within,
)
from harness.adapters.http_waiting import Waiting
from harness.adapters.own_distribution import own_version
from harness.domain.ci_url import is_loopback, origin_of
from harness.logs.redact import redact
from harness.ports import Clock
from pytest_repro.core.errors import ReproError

_REFUSAL: Final = 65_536  # bytes read of an answer that is no success
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
# One coding: two of them would make a piece a million times its size.
_CODINGS: Final = frozenset(("", "identity", "gzip"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two pieces of a body, for one body and of waiting in all; bytes; redirects."""

    connect: float = 10.0
    piece: float = 30.0
    body: float = 900.0
    waiting: float = 60.0
    bytes: int = 2 << 30
    redirects: int = 5


class HttpClient:
    """A client of one API. The token goes to the API's own origin alone, and no further once a redirect has left it.

    Proxies and certificates are taken from the environment as httpx does.
    """

    def __init__(self, access: Access, waiting: Waiting, clock: Clock, limits: Limits) -> None:
        self._home = origin_of(access.base)
        self._secret = {access.token.header: access.token.value} if access.token else {}
        self._waiting = waiting
        self._clock = clock
        self._limits = limits
        for name in ("httpx", "httpcore"):  # they log addresses whole, signatures included
            logging.getLogger(name).setLevel(logging.WARNING)
        timeout = httpx.Timeout(limits.piece, connect=limits.connect)
        try:
            # http is for this machine alone: no proxy is to see it.
            self._client = httpx.Client(
                timeout=timeout, follow_redirects=False, mounts={"http://": None}, event_hooks={"response": [_hide]}
            )
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            raise trouble_of_setup(error) from None

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def get(self, url: str, into: BinaryIO, headers: Mapping[str, str], most: int | None = None) -> Reply:
        """GET `url`, write the body of a success to `into`, at most `most` bytes, and return how it ended.

        `into` is emptied before every try. `headers` go to the API alone. Raises ReproError where there is no answer,
        none that can be trusted, or more than is taken.
        """
        tries = 0
        while True:
            tries += 1
            try:
                reply = self._follow(url, into, headers, min(most or self._limits.bytes, self._limits.bytes))
            except Trouble as trouble:
                if tries > trouble.retries or not self._waiting.pause(2.0 ** (tries - 1), trouble.error.message):
                    raise trouble.error from None
                continue
            if not self._waiting.after(reply, tries):
                return reply

    def _follow(self, url: str, into: BinaryIO, headers: Mapping[str, str], most: int) -> Reply:
        at_home = origin_of(url) == self._home
        for _ in range(self._limits.redirects + 1):
            own = {**headers, **self._secret} if at_home else {}
            with self._answer(url, own) as response:
                location = response.extensions.get("location")
                if response.status_code not in _REDIRECTS or location is None:
                    message = self._take(response, url, into, most)
                    return Reply(
                        response.status_code,
                        {name.lower(): value for name, value in response.headers.items()},
                        urlsplit(url).netloc,
                        message,
                        not at_home,
                        at_home and bool(self._secret),
                    )
                url = _next(url, location)
            at_home = at_home and origin_of(url) == self._home
        raise _misled(f"{urlsplit(url).netloc} redirects more than {self._limits.redirects} times")

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        agent = {"user-agent": f"pytest-repro/{own_version() or 'unknown'}", "accept-encoding": "gzip"}
        self._client.cookies.clear()
        try:
            request = self._client.build_request("GET", url, headers={**agent, **headers})
            response = self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise trouble_before(error, url) from None
        try:
            yield response
        finally:
            response.close()

    def _take(self, response: httpx.Response, url: str, into: BinaryIO, most: int) -> str:
        """Write a success to `into`, and return the words of anything else."""
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in _CODINGS:
            raise packed_oddly(urlsplit(url).netloc, coding)
        good = response.status_code == 200
        head = bytearray()
        into.seek(0)
        into.truncate()
        deadline = self._clock.monotonic() + self._limits.body
        size = 0
        pieces = response.iter_raw()
        try:
            for piece in unpacked(pieces) if coding == "gzip" else pieces:
                size += len(piece)
                if self._clock.monotonic() > deadline:
                    raise Trouble(slow(urlsplit(url).netloc, f"{self._limits.body:.0f} s for one body are over"), 0)
                if good and size > most:
                    raise _too_large(urlsplit(url).netloc, most)
                if good:
                    into.write(piece)
                else:
                    head += piece[: _REFUSAL - len(head)]
                    if len(head) >= _REFUSAL:
                        break
        except (httpx.HTTPError, *DAMAGE) as error:
            raise trouble_within(error, url) from None
        return "" if good else _words(bytes(head))


def _hide(response: httpx.Response) -> None:
    """Take a redirect's address out of httpx's sight: it would work out the next request, and break on a bad one."""
    response.extensions["location"] = response.headers.pop("location", None)


def _next(url: str, location: str) -> str:
    """Return where a redirect leads; raises ReproError("forge-redirect") where it must not be followed."""
    host = urlsplit(url).netloc
    try:
        target = httpx.URL(url).join(location)
    except (httpx.InvalidURL, ValueError):
        raise _misled(f"{host} redirects to something that is no address") from None
    origin = origin_of(f"{target.scheme}://{target.netloc.decode('ascii', 'replace')}")
    if origin is None or target.userinfo:
        raise _misled(f"{host} redirects to something that is no address of a host")
    local = url.startswith("http://") and is_loopback(origin.partition("://")[2])
    if target.scheme != "https" and not local:
        raise _misled(f"{host} redirects to an address without encryption")
    return str(target.copy_with(fragment=None))


def _words(body: bytes) -> str:
    """Return what a refusal says, in one line, redacted."""
    try:
        data = json.loads(body)
    except ValueError:
        return ""
    said = (
        next((data[key] for key in ("message", "error_description", "error") if data.get(key)), "")
        if isinstance(data, dict)
        else ""
    )
    return redact(" ".join(str(said).split()))[:300]


def _misled(what: str) -> ReproError:
    return ReproError(
        f"{what}; it is not followed", "forge-redirect", "check the url; save the log by hand if it is right"
    )


def _too_large(host: str, most: int) -> ReproError:
    return ReproError(
        f"{host} sends more than {most} bytes; expected a log",
        "forge-too-large",
        "save it by hand, cut to its end: tail -c 500M ci.log > end.log",
    )
