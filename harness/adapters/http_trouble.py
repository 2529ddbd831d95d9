"""What can go wrong below HTTP, in words: no name, no connection, no trust, a proxy, a body that stops."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from harness.adapters.http_body import DAMAGE
from harness.domain.ci_url import BY_HAND
from pytest_repro.core.errors import ReproError

RESETS: Final = 3  # further tries after a connection that broke before any answer
ONCE: Final = 1


class Trouble(Exception):
    """A request that failed: `error` for the person, `retries` how often it is worth asking again."""

    def __init__(self, error: ReproError, retries: int) -> None:
        super().__init__(error.message)
        self.error = error
        self.retries = retries


def trouble_before(error: Exception, url: str) -> Trouble:
    """Return what it means that a request got no answer; nothing of `url` but its host is shown."""
    host = _host(url)
    causes = list(_chain(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Trouble(_tls(host, next(str(c) for c in causes if isinstance(c, ssl.SSLError))), 0)
    proxy = proxy_for(url)
    if isinstance(error, httpx.ProxyError) or (proxy and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)):
        return Trouble(_proxy(host, proxy, error), 0)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Trouble(_unreachable(f"the name {host} cannot be looked up"), 0)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Trouble(_unreachable(f"{host} cannot be connected to ({error})"), 0)
    if isinstance(error, httpx.TimeoutException):
        return Trouble(slow(host, "it did not answer in time"), ONCE)
    return Trouble(_unreachable(f"{host} closed the connection before it answered"), RESETS)


def trouble_within(error: Exception, url: str) -> Trouble:
    """Return what it means that a body stopped before its end."""
    host = _host(url)
    if isinstance(error, httpx.TimeoutException):
        return Trouble(slow(host, "the body stopped coming"), ONCE)
    if isinstance(error, DAMAGE):
        return Trouble(_truncated(host, "a compressed body that cannot be unpacked"), ONCE)
    return Trouble(_truncated(host, "less than it said it would send"), ONCE)


def packed_oddly(host: str, coding: str) -> Trouble:
    """Return what it means that a body is packed in a way that was not asked for."""
    return Trouble(_truncated(host, f"a body that is packed as {coding[:40]!r}; expected gzip or none"), 0)


def trouble_of_setup(error: Exception) -> ReproError:
    """Return what it means that no client can be made: a proxy or a file of certificates that the environment names."""
    if isinstance(error, OSError):
        return _tls("any host", f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names: {error.strerror}")
    return ReproError(
        "the proxy that HTTPS_PROXY or ALL_PROXY names cannot be used; expected http://HOST:PORT",
        "forge-proxy",
        "mend the variable, or unset it; for a SOCKS proxy: pip install 'httpx[socks]'",
    )


def slow(host: str, what: str) -> ReproError:
    """Return the error for a server that takes longer than it is given."""
    return ReproError(f"{host} is too slow: {what}", "forge-slow", "try again later; a saved log needs no network")


def proxy_for(url: str) -> str | None:
    """Return host and port of the proxy that the environment sets for `url`, without its password; None without any."""
    parts = urlsplit(url)
    proxies = getproxies()
    named = proxies.get("https") or proxies.get("all")
    if parts.scheme == "http" or not named or proxy_bypass(parts.hostname or ""):
        return None  # http is for this machine alone, and goes through no proxy
    return named.rpartition("@")[2].rpartition("//")[2].rstrip("/")


def _tls(host: str, why: str) -> ReproError:
    return ReproError(
        f"the connection to {host} is not trusted: {why}",
        "forge-tls",
        "for an authority of your own: export SSL_CERT_FILE=/path/to/its-certificates.pem",
    )


def _proxy(host: str, proxy: str | None, error: Exception) -> ReproError:
    return ReproError(
        f"{host} cannot be reached through the proxy {proxy or ''} ({error})",
        "forge-proxy",
        "mend HTTPS_PROXY or ALL_PROXY, or name the host in NO_PROXY",
    )


def _unreachable(what: str) -> ReproError:
    return ReproError(
        what,
        "forge-unreachable",
        f"check the network and the host's name; without them, {BY_HAND}",
    )


def _truncated(host: str, what: str) -> ReproError:
    return ReproError(f"{host} sent {what}", "forge-truncated", "try again later, or save the log by hand")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
