"""A forge on loopback: a real HTTP server that speaks the parts of the APIs that are asked for, and notes who asked."""

import gzip
import io
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What the server sends. stop_after: bytes after which the connection breaks; hold: waited for before the body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stop_after: int | None = None
    hold: threading.Event | None = None
    hang_up: bool = False  # before any answer


@dataclass(frozen=True)
class Request:
    """What the server was asked: the path with its query, and the headers with their names in lower case."""

    path: str
    headers: Mapping[str, str]


class FakeForge:
    """Answers by path; several answers to one path are given in turn, the last one for ever. Unknown paths: 404."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.asked: list[Request] = []
        self._answers: dict[str, list[Answer]] = {}

    def on(self, path: str, *answers: Answer) -> None:
        """Give `answers` at `path`; one with a query is meant exactly, one without for any query."""
        self._answers[path] = list(answers)

    def all_answers(self) -> dict[str, list[Answer]]:
        """Return what is given at each path."""
        return {path: list(answers) for path, answers in self._answers.items()}

    def answer_to(self, path: str) -> Answer:
        """Return the next answer."""
        answers = self._answers.get(path) or self._answers.get(path.partition("?")[0])
        if not answers:
            return as_json({"message": "Not Found"}, 404)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def paths(self) -> list[str]:
        """Return what was asked, in order."""
        return [request.path for request in self.asked]

    def secrets_seen(self) -> set[str]:
        """Return all values of headers that carry credentials."""
        names = ("authorization", "private-token", "job-token", "cookie", "proxy-authorization")
        return {request.headers[name] for request in self.asked for name in names if name in request.headers}


@contextmanager
def running_forge() -> Iterator[FakeForge]:
    """Run a forge until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    forge = FakeForge(server.server_port)
    server.forge = forge  # type: ignore[attr-defined]  # handlers reach it by their server
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        forge: FakeForge = self.server.forge  # type: ignore[attr-defined]  # set above
        headers = {name.lower(): value for name, value in self.headers.items()}
        forge.asked.append(Request(self.path, headers))
        answer = forge.answer_to(self.path)
        if answer.hang_up:
            self.close_connection = True
            return
        etag = answer.headers.get("ETag")
        if etag and headers.get("if-none-match") == etag:
            answer = Answer(304, headers={"ETag": etag})
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        try:
            self.wfile.write(answer.body[: answer.stop_after])
            self.wfile.flush()
            if answer.hold:
                answer.hold.wait(30)
        except OSError:
            self.close_connection = True  # who asked has gone
        if answer.stop_after is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name that http.server gives it
        """Say nothing."""


def as_json(data: Any, status: int = 200, **headers: str) -> Answer:
    """Return an answer of JSON; underscores in the names of headers stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(data).encode(), {"Content-Type": "application/json", **named})


def as_text(text: str) -> Answer:
    """Return an answer of plain text."""
    return Answer(200, text.encode(), {"Content-Type": "text/plain"})


def as_gzip(text: str) -> Answer:
    """Return an answer of plain text that is compressed on its way."""
    return Answer(200, gzip.compress(text.encode()), {"Content-Type": "text/plain", "Content-Encoding": "gzip"})


def redirect(location: str, status: int = 302) -> Answer:
    """Return a redirect."""
    return Answer(status, headers={"Location": location})


def zipped(files: Mapping[str, str]) -> bytes:
    """Return a zip archive of the files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def as_zip(files: Mapping[str, str]) -> Answer:
    """Return an answer that is a zip archive of the files."""
    return Answer(200, zipped(files), {"Content-Type": "application/zip"})


LOG = """2026-11-02T09:14:07.1234567Z ##[group]Run python -m pytest
2026-11-02T09:14:09.1234567Z ============================= test session starts ==============================
2026-11-02T09:14:09.2234567Z collected 2 items
2026-11-02T09:14:09.3234567Z =================================== FAILURES ===================================
2026-11-02T09:14:09.4234567Z _________________________________ test_refill __________________________________
2026-11-02T09:14:09.5234567Z E       assert 3 == 4
2026-11-02T09:14:09.6234567Z tests/test_kettle.py:9: AssertionError
2026-11-02T09:14:09.7234567Z =========================== short test summary info ============================
2026-11-02T09:14:09.8234567Z FAILED tests/test_kettle.py::test_refill - assert 3 == 4
2026-11-02T09:14:09.9234567Z ========================= 1 failed, 1 passed in 0.21s ==========================
2026-11-02T09:14:10.1234567Z ##[error]Process completed with exit code 1.
"""
JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="0" failures="1" skipped="0" tests="2">
<testcase classname="tests.test_kettle" name="test_refill"><failure message="assert 3 == 4">E assert 3 == 4</failure>
</testcase><testcase classname="tests.test_kettle" name="test_boil" /></testsuite></testsuites>
"""


def github_job(number: int, name: str, conclusion: str | None = "failure", **more: Any) -> dict[str, Any]:
    """Return a job as GitHub tells it; without a conclusion it is at work."""
    status = "completed" if conclusion else "in_progress"
    return {
        "id": number,
        "run_id": 7,
        "run_attempt": 1,
        "name": name,
        "status": status,
        "conclusion": conclusion,
        **more,
    }


def github_run(conclusion: str | None = "failure", **more: Any) -> dict[str, Any]:
    """Return a run as GitHub tells it."""
    return {
        "id": 7,
        "name": "checks",
        "event": "push",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "head_branch": "steam",
        "head_sha": "5eed" * 10,
        "run_attempt": 1,
        "run_started_at": "2026-11-02T09:13:00Z",
        "repository": {"full_name": "hob/kettle"},
        **more,
    }


def github_artifact(number: int, name: str, **more: Any) -> dict[str, Any]:
    """Return a small artifact as GitHub tells it, made while the run was at work."""
    made = {"size_in_bytes": 900, "expired": False, "created_at": "2026-11-02T09:15:00Z"}
    return {"id": number, "name": name, **made, **more}


def serve_github(
    forge: FakeForge,
    jobs: Sequence[Mapping[str, Any]],
    logs: Mapping[int, Answer],
    run: Mapping[str, Any] | None = None,
    artifacts: Sequence[Mapping[str, Any]] = (),
    prefix: str = "",
) -> str:
    """Serve run 7 of hob/kettle and return the path of its repository in the API, which begins with `prefix`."""
    run = run or github_run()
    repo = f"{prefix}/repos/hob/kettle"
    attempt = run["run_attempt"]
    forge.on(f"{repo}/actions/runs/7", as_json(run))
    forge.on(f"{repo}/actions/runs/7/attempts/{attempt}", as_json(run))
    listed = {"total_count": len(jobs), "jobs": list(jobs)}
    forge.on(f"{repo}/actions/runs/7/attempts/{attempt}/jobs", as_json(listed))
    forge.on(f"{repo}/actions/runs/7/artifacts", as_json({"total_count": len(artifacts), "artifacts": list(artifacts)}))
    for job in jobs:
        forge.on(f"{repo}/actions/jobs/{job['id']}", as_json(job))
    for number, answer in logs.items():
        forge.on(f"{repo}/actions/jobs/{number}/logs", answer)
    return repo


def gitlab_job(number: int, name: str, status: str = "failed", **more: Any) -> dict[str, Any]:
    """Return a job as GitLab tells it."""
    pipeline = {"id": 40, "sha": "5eed" * 10, "ref": "steam", "source": "push"}
    return {"id": number, "name": name, "status": status, "allow_failure": False, "pipeline": pipeline, **more}


def serve_gitlab(
    forge: FakeForge,
    jobs: Sequence[Mapping[str, Any]],
    traces: Mapping[int, Answer],
    status: str = "failed",
    report: Mapping[str, Any] | None = None,
) -> str:
    """Serve pipeline 40 of hob/tea/kettle and return the path of its project in the API."""
    project = "/api/v4/projects/hob%2Ftea%2Fkettle"
    forge.on(
        f"{project}/pipelines/40",
        as_json({"id": 40, "status": status, "sha": "5eed" * 10, "ref": "steam", "source": "push"}),
    )
    forge.on(f"{project}/pipelines/40/jobs", as_json(list(jobs)))
    forge.on(f"{project}/pipelines/40/bridges", as_json([]))
    if report is not None:
        forge.on(f"{project}/pipelines/40/test_report", as_json(report))
    for job in jobs:
        forge.on(f"{project}/jobs/{job['id']}", as_json(job))
    for number, answer in traces.items():
        forge.on(f"{project}/jobs/{number}/trace", answer)
    return project
