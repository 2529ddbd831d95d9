"""Networks, proxies, certificates, bodies that break, and what is kept from one time to the next."""

import gzip
import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_forge import LOG, Answer, FakeForge, as_json, as_text, github_job, github_run, serve_github
from fetch_desk import Desk

from harness.adapters.etag_cache import MOST, EtagCache, Kept
from harness.adapters.forge_api import PAGES
from harness.adapters.http_client import Limits

PLACE = "/repos/hob/kettle/actions/runs/7"
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"  # 1_700_000_000


def test_a_connection_that_is_closed_is_tried_again(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    forge.on(PLACE, Answer(hang_up=True), Answer(hang_up=True), as_json(github_run()))

    desk.fetch()

    assert desk.time.slept == [1.0, 2.0]


def test_a_connection_that_is_always_closed_is_an_error(desk: Desk, forge: FakeForge) -> None:
    forge.on(PLACE, Answer(hang_up=True))

    error = desk.refused()

    assert error.slug == "forge-unreachable"
    assert len(forge.asked) == 4


def test_a_body_that_is_cut_is_asked_for_again_and_starts_anew(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {})
    whole = as_text(LOG)
    forge.on("/repos/hob/kettle/actions/jobs/2/logs", replace(whole, stop_after=99), whole)

    desk.fetch()

    assert desk.files()["test.log"] == LOG


def test_a_body_that_is_cut_twice_is_no_log(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: replace(as_text(LOG), stop_after=99)})

    error = desk.refused()

    assert error.slug == "forge-truncated"
    assert forge.paths().count("/repos/hob/kettle/actions/jobs/2/logs") == 2
    assert desk.files() == {}


def test_a_body_that_stops_coming_is_given_up(desk: Desk, forge: FakeForge) -> None:
    over = threading.Event()
    desk.limits = Limits(piece=0.1)
    serve_github(forge, [github_job(2, "test")], {2: replace(as_text(LOG), stop_after=99, hold=over)})

    error = desk.refused()
    over.set()

    assert error.slug == "forge-slow"


def test_a_body_that_comes_too_slowly_is_given_up(desk: Desk, forge: FakeForge) -> None:
    desk.limits = Limits(body=50.0)
    desk.time.tick = 40.0
    serve_github(forge, [github_job(2, "test")], {2: as_text("x" * 1_000_000)})

    assert desk.refused().slug == "forge-slow"


def test_a_body_over_the_limit_is_refused_and_leaves_nothing(desk: Desk, forge: FakeForge) -> None:
    desk.limits = Limits(bytes=5_000)
    serve_github(forge, [github_job(2, "test")], {2: as_text("x" * 5_001)})

    error = desk.refused()

    assert error.slug == "forge-too-large"
    assert desk.files() == {}


def test_what_has_not_changed_is_taken_from_the_cache_with_its_next_page(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [], {1: as_text("one"), 2: as_text("two")})
    place = f"{PLACE}/attempts/1/jobs?per_page=100"
    link = f'<{forge.origin}{place}&page=2>; rel="next"'
    forge.on(place, as_json({"jobs": [github_job(1, "a")]}, ETag='W/"p1"', Link=link))
    forge.on(f"{place}&page=2", as_json({"jobs": [github_job(2, "b")]}, ETag='"p2"'))

    first, second = desk.fetch().run, desk.fetch().run

    assert first == second
    pages = [request for request in forge.asked if request.path.startswith(place)]
    assert [request.headers.get("if-none-match") for request in pages] == [None, None, 'W/"p1"', '"p2"']


def test_what_is_kept_is_for_its_owner_alone_and_has_no_header_that_was_sent(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    forge.on(PLACE, as_json(github_run(), ETag='"a"'))

    desk.fetch()

    kept = [path for path in (desk.folder / "cache").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    assert set(json.loads(kept[0].read_text())["kept"]) == {"etag", "body", "link"}


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b'{"url": 1, "kept": {}}', b"[]"])
def test_a_damaged_cache_is_as_none(desk: Desk, forge: FakeForge, damage: bytes) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    forge.on(PLACE, as_json(github_run(), ETag='"a"'))
    desk.fetch()
    for path in (desk.folder / "cache").rglob("*.json"):
        path.write_bytes(damage)

    assert desk.fetch().run.conclusion == "failure"


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    forge.on(PLACE, as_json(github_run(), ETag='"a"'))
    (desk.folder / "cache").write_text("a file is in the way")

    assert desk.fetch().run.conclusion == "failure"


def test_the_cache_keeps_a_bounded_number_of_answers(tmp_path: Path) -> None:
    cache = EtagCache(tmp_path)
    for number in range(MOST + 3):
        cache.keep(f"https://x.example/{number}", Kept('"e"', "{}"))

    assert len(list(tmp_path.iterdir())) == MOST


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken, so that nobody else gets it, and at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def test_a_host_where_nobody_answers_is_unreachable(desk: Desk, closed_port: int) -> None:
    desk.env["GITHUB_API_URL"] = f"http://127.0.0.1:{closed_port}"

    error = desk.refused()

    assert error.slug == "forge-unreachable"
    assert '"raw-logs": "ci.log"' in error.hint


def test_a_name_that_nobody_knows_is_unreachable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    desk.env["GITHUB_API_URL"] = "https://no-such-host.invalid"

    error = desk.refused()

    assert error.slug == "forge-unreachable"
    assert "no-such-host.invalid cannot be looked up" in error.message


def test_a_proxy_that_leads_nowhere_is_named_without_its_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter22@127.0.0.1:{closed_port}")
    desk.env["GITHUB_API_URL"] = "https://api.example"

    error = desk.refused()

    assert error.slug == "forge-proxy"
    assert f"127.0.0.1:{closed_port}" in error.message
    assert "hunter22" not in str(error)


def test_this_machine_is_asked_without_a_proxy(
    desk: Desk, forge: FakeForge, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed_port}")
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})

    assert desk.fetch().run.jobs[0].log == "test.log"


@pytest.mark.parametrize("proxy", ["socks9://x:1", "http://[::1", "nonsense://"])
def test_a_proxy_that_is_none_is_told_so(desk: Desk, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    assert desk.refused().slug == "forge-proxy"


def test_certificates_that_are_not_there_are_told_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull + "/none.pem")

    error = desk.refused()

    assert error.slug == "forge-tls"
    assert "SSL_CERT_FILE" in str(error)


def test_a_host_that_speaks_no_tls_is_not_trusted(desk: Desk, forge: FakeForge) -> None:
    desk.env["GITHUB_API_URL"] = forge.origin.replace("http:", "https:")

    assert desk.refused().slug == "forge-tls"
    assert forge.secrets_seen() == set()


def test_a_folder_that_cannot_be_made_is_told(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    (desk.folder / "fetched").write_text("a file is in the way")

    assert desk.refused().slug == "output-unwritable"


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "deflate", "wibble"])
def test_a_body_that_is_packed_twice_or_in_another_way_is_not_unpacked(
    desk: Desk, forge: FakeForge, coding: str
) -> None:
    bomb = gzip.compress(gzip.compress(bytes(64 << 20)))
    serve_github(forge, [github_job(2, "test")], {2: Answer(200, bomb, {"Content-Encoding": coding})})

    error = desk.refused()

    assert error.slug == "forge-truncated"
    assert f"packed as {coding!r}; expected gzip or none" in error.message
    assert forge.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("following", ["/p2\x01", "http://[", "http://[::1/x"])
def test_a_next_page_at_no_address_is_no_answer_of_a_forge(desk: Desk, forge: FakeForge, following: str) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)})
    forge.on(f"{PLACE}/attempts/1/jobs", as_json({"jobs": []}, Link=f'<{following}>; rel="next"'))

    assert desk.refused().slug == "forge-answer"


def test_half_a_character_in_the_name_of_a_branch_can_be_written(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [github_job(2, "test")], {2: as_text(LOG)}, run=github_run(head_branch="steam\ud800"))

    assert desk.fetch().run.branch == "steam?"


def test_an_answer_kept_in_a_file_that_was_damaged_is_asked_for_again(tmp_path: Path) -> None:
    cache = EtagCache(tmp_path)
    cache.keep("https://hob.example/x", Kept('"1"', "{}"))
    (path,) = tmp_path.iterdir()
    for text in ("[" * 100_000, "{}", "[]", '{"kept": {"etag": 1}}', "\udcff"):
        path.write_text(text, encoding="utf-8", errors="surrogateescape")

        assert cache.find("https://hob.example/x") is None


def test_a_packed_body_that_never_gives_anything_is_given_up_in_time(desk: Desk, forge: FakeForge) -> None:
    desk.limits = Limits(body=50.0)
    desk.time.tick = 40.0
    endless_name = b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 1_000_000  # a header whose name has no end
    serve_github(forge, [github_job(2, "test")], {2: Answer(200, endless_name, {"Content-Encoding": "gzip"})})

    assert desk.refused().slug == "forge-slow"


def test_a_body_that_was_packed_in_pieces_is_unpacked_to_its_end(desk: Desk, forge: FakeForge) -> None:
    body = gzip.compress(LOG[:99].encode()) + gzip.compress(LOG[99:].encode()) + bytes(512)
    serve_github(forge, [github_job(2, "test")], {2: Answer(200, body, {"Content-Encoding": "gzip"})})

    desk.fetch()

    assert desk.files()["test.log"] == LOG


@pytest.mark.parametrize(
    "body",
    [gzip.compress(LOG.encode())[:-9], b"no gzip", gzip.compress(b"") + b"no gzip", bytes(99)],
    ids=["cut", "no gzip", "followed by something else", "zeros"],
)
def test_a_packed_body_that_is_damaged_or_ends_early_is_no_log(desk: Desk, forge: FakeForge, body: bytes) -> None:
    serve_github(forge, [github_job(2, "test")], {2: Answer(200, body, {"Content-Encoding": "gzip"})})

    assert desk.refused().slug == "forge-truncated"


def test_an_interrupted_answer_leaves_nothing_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        EtagCache(tmp_path).keep("https://hob.example/x", Kept('"1"', "{}"))

    assert list(tmp_path.iterdir()) == []


def test_pages_without_end_are_no_answer_of_a_forge(desk: Desk, forge: FakeForge) -> None:
    serve_github(forge, [], {})
    place = f"{PLACE}/attempts/1/jobs"
    pages = (as_json({"jobs": []}, Link=f'<{place}?page={number}>; rel="next"') for number in range(PAGES + 9))
    forge.on(place, *pages)

    assert desk.refused().slug == "forge-answer"
    assert forge.paths().count(f"{place}?page=5") == 1
    assert len(forge.asked) == PAGES + 1
