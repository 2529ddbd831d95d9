"""A forge's REST API: objects, pages of a list, and downloads; what it says in words is redacted as it comes in."""

import io
import json
import re
from collections.abc import Mapping
from typing import Any, BinaryIO, Final
from urllib.parse import urljoin, urlsplit

from harness.adapters.etag_cache import EtagCache, Kept
from harness.adapters.forge_refusal import Asked
from harness.adapters.http_client import HttpClient
from harness.adapters.http_reply import Reply
from harness.domain.ci_url import origin_of
from harness.logs.redact import redact

PAGES: Final = 100  # of 100 entries
_LARGEST: Final = 32 << 20  # bytes of one JSON answer
_NEXT: Final = re.compile(r'<([^<>]{1,4000})>;[^<>,]{0,200}?\brel="?next"?(?![^\s;,"])')


class ForgeApi:
    """The API at `asked.access.base`; every refusal is raised as the error that explains it."""

    def __init__(self, client: HttpClient, cache: EtagCache, asked: Asked, headers: Mapping[str, str]) -> None:
        self._client = client
        self._cache = cache
        self._asked = asked
        self._headers = dict(headers)

    def object(self, path: str, what: str) -> dict[str, Any]:
        """Return the JSON object at `path` below the API's address."""
        data, _ = self._json(self._url(path), what)
        if not isinstance(data, dict):
            raise self._asked.no_answer(what)
        return data

    def pages(self, path: str, what: str, key: str | None = None) -> list[dict[str, Any]]:
        """Return the entries of a list over all its pages; `key`: where the list stands in each page's object."""
        entries: list[dict[str, Any]] = []
        url: str | None = self._url(path)
        seen: set[str] = set()
        while url is not None:
            seen.add(url)
            data, link = self._json(url, what)
            page = data if key is None else data.get(key) if isinstance(data, dict) else None
            if not isinstance(page, list) or not all(isinstance(entry, dict) for entry in page):
                raise self._asked.no_answer(what)
            entries += page
            url = self._next(url, link, what)
            if url in seen or (url is not None and len(seen) == PAGES):  # half of a list would pass for the whole
                raise self._asked.no_answer(what)
        return entries

    def download(self, path: str, what: str, into: BinaryIO, most: int | None = None) -> Reply:
        """Write the file at `path` to `into` and return the reply, a success; raises ReproError for any other."""
        reply = self._client.get(self._url(path), into, self._headers, most)
        if reply.status != 200:
            raise self._asked.refusal(reply, what)
        if reply.headers.get("content-type", "").startswith("text/html"):  # a page for people: a login, a blocked site
            raise self._asked.no_answer(what)
        return reply

    def _json(self, url: str, what: str) -> tuple[Any, str]:
        """Return the JSON at `url`, and its Link header."""
        kept = self._cache.find(url)
        body = io.BytesIO()
        headers = self._headers | ({"if-none-match": kept.etag} if kept else {})
        reply = self._client.get(url, body, headers, _LARGEST)
        text, link = body.getvalue().decode("utf-8", "replace"), reply.headers.get("link", "")
        if kept is not None and reply.status == 304:
            text, link = kept.body, kept.link
        elif reply.status != 200:
            raise self._asked.refusal(reply, what)
        try:
            data = _redacted(json.loads(text))  # before it is kept: branches, jobs and commits are named by anybody
        except (ValueError, RecursionError):
            raise self._asked.no_answer(what) from None
        if reply.status == 200 and (etag := reply.headers.get("etag")) and not reply.redirected:
            self._cache.keep(url, Kept(etag, json.dumps(data), link))
        return data, link

    def _next(self, url: str, link: str, what: str) -> str | None:
        found = _NEXT.search(link)
        if found is None:
            return None
        try:
            following = urljoin(url, str(found[1]))
            good = origin_of(following) == origin_of(url) and urlsplit(following).username is None
        except ValueError:  # brackets that hold no address
            good = False
        if not good or not following.isprintable():
            raise self._asked.no_answer(what)
        return following

    def _url(self, path: str) -> str:
        return f"{self._asked.access.base}{path}"


def _redacted(data: Any) -> Any:
    """Return `data`, as JSON holds it, with every text in it redacted and made text that can be written."""
    if isinstance(data, str):
        return redact(data.encode("utf-8", "replace").decode())
    if isinstance(data, list):
        return [_redacted(item) for item in data]
    return {key: _redacted(value) for key, value in data.items()} if isinstance(data, dict) else data
