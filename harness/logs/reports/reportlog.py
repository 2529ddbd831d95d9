"""The report log of pytest-reportlog: one JSON object a line, exact node ids."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from harness.domain.circumstances import Circumstances
from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.redact import redact
from harness.logs.reports.json_lines import LONGEST, bounded_lines, json_object
from harness.logs.reports.report_text import ReportText, Told, shown
from harness.logs.reports.reported import Reported
from harness.logs.reports.same_test import LONGEST_NAME, TESTS, Failing
from harness.logs.text.block import WORKER_CRASH, split_raised
from harness.logs.text.quote import QUOTED

_PER_TEST: Final = ("TestReport", "SubTestReport", "SubtestReport")
_BEFORE: Final = 100  # tests that one worker ended before a failing one
_TRACED: Final = 50  # failing tests for which they are kept


class _Log:
    """What the lines gather."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.failing = Failing()
        self.tally: Counter[str] = Counter()
        self.started = self.finished = self.damaged = self.long = 0
        self.exit: int | None = None
        self.pytest: str | None = None
        self.root_error: str | None = None
        self.worker_of: dict[str, str] = {}
        self.before: dict[str, tuple[str, ...]] = {}
        self.running: dict[str, str] = {}  # the test that each worker has begun and not ended
        self._ended: dict[str, deque[str]] = {}

    @property
    def workers(self) -> int | None:
        """How many workers of xdist wrote reports."""
        return len(self._ended) or None

    def take(self, number: int, data: Mapping[str, Any]) -> None:
        """Take one line's object."""
        kind = data.get("$report_type", data.get("_report_type"))  # subtests: so before pytest-reportlog 1.0
        if kind == "SessionStart":
            self.started += 1
            self.pytest = self.pytest or _text(data.get("pytest_version"))
        elif kind == "SessionFinish":
            self.finished += 1
            status = data.get("exitstatus")
            self.exit = status if isinstance(status, int) else None
        elif kind == "CollectReport" and data.get("outcome") == "failed":
            self._collection(number, data)
        elif kind in _PER_TEST and isinstance(data.get("nodeid"), str):
            self._test(number, data, str(data["nodeid"]), sub=kind != "TestReport")

    def _collection(self, number: int, data: Mapping[str, Any]) -> None:
        nodeid = _text(data.get("nodeid"))
        self.tally["errors"] += 1
        told = told_by(data.get("longrepr"), nodeid or "")
        if nodeid:
            self._add(number, nodeid, "collect", "error", told)
        else:
            self.root_error = ": ".join(part for part in (told.exception, told.message) if part)

    def _test(self, number: int, data: Mapping[str, Any], nodeid: str, *, sub: bool) -> None:
        outcome, when = data.get("outcome"), _text(data.get("when")) or ""
        worker = _text(data.get("worker_id")) or ""
        expected = "wasxfail" in data
        if not sub:
            self._place(nodeid, when, worker)
        if outcome == "failed":
            phase = when if when in ("setup", "teardown") else "call"
            self.tally["failed" if phase == "call" else "errors"] += 1
            self._trace(nodeid, worker)
            self._add(number, nodeid, phase, when, told_by(data.get("longrepr"), _name(nodeid)))
        elif sub:
            return
        elif outcome == "rerun":
            self.tally["rerun"] += 1
        elif outcome == "skipped":
            self.tally["xfailed" if expected else "skipped"] += 1
        elif outcome == "passed" and when == "call":
            self.tally["xpassed" if expected else "passed"] += 1

    def _place(self, nodeid: str, when: str, worker: str) -> None:
        if worker:
            self._ended.setdefault(worker, deque(maxlen=_BEFORE))
        if when != "teardown":
            self.running[worker] = nodeid
            return
        self.running.pop(worker, None)
        if worker and not (self._ended[worker] and self._ended[worker][-1] == nodeid):  # its reruns are one test
            self._ended[worker].append(nodeid)

    def _trace(self, nodeid: str, worker: str) -> None:
        if worker and nodeid not in self.worker_of and len(self.worker_of) < _TRACED:
            self.worker_of[nodeid] = worker
            earlier = [test for test in self._ended[worker] if test != nodeid]
            if earlier:
                self.before[nodeid] = tuple(earlier)

    def _add(self, number: int, nodeid: str, phase: str, when: str, told: Told) -> None:
        """Keep a failing test; pytest itself wrote the node id."""
        crashed = told.crashed == nodeid
        outcome = "crashed" if crashed else "timed out" if told.timed_out else "failed" if phase == "call" else "error"
        text = redact(f"{nodeid} {when}: failed" if when != "error" else f"{nodeid}: collection failed")
        self.failing.add(
            FailingTest(
                nodeid[:LONGEST_NAME],
                nodeid if len(nodeid) <= LONGEST_NAME else None,
                phase,
                told.exception,
                shown(told.message),
                told.location,
                (Evidence("reportlog", number, text[:QUOTED], self.file),),
                outcome,
                told.chain,
            )
        )


def read_reportlog(stream: BinaryIO, file: str) -> Reported:
    """Return what a report log says. A cut or damaged one gives what its other lines say, and a note."""
    log = _Log(file)
    for number, line in enumerate(bounded_lines(stream), 1):
        data = json_object(line)
        if data is not None:
            log.take(number, data)
        elif line.strip():
            log.long += len(line) == LONGEST
            log.damaged += len(line) != LONGEST
    whole = log.started == log.finished > 0 and not (log.damaged or log.long)
    packages = {"pytest": log.pytest} if log.pytest else {}
    return Reported(
        "reportlog",
        log.failing.tests(),
        dict(log.tally),
        whole and not log.failing.dropped and not _contradicts(log) and log.root_error is None,
        tuple(redact(note) for note in _notes(log)),
        Circumstances(packages=packages, workers=log.workers, worker_of=log.worker_of, before=log.before),
    )


def _contradicts(log: _Log) -> bool:
    failed = bool(log.failing.tests())
    return (log.exit == 0 and failed) or (log.exit == 1 and not failed)


def _notes(log: _Log) -> Iterator[str]:
    if log.finished < max(log.started, 1):
        was = next(iter(log.running.values()), None)
        running = f"; {was} had begun and not ended" if was else ""
        yield f"truncated: the report log has no end: it was cut, or the process that wrote it died{running}"
    if log.damaged:
        yield f"{log.damaged} lines are no JSON objects, and passed over"
    if log.long:
        yield f"{log.long} lines are longer than {LONGEST >> 20} MiB, and passed over"
    if log.root_error is not None:
        yield f"collection failed: {log.root_error or 'no reason given'}"
    if _contradicts(log):
        yield f"pytest ended with exit code {log.exit}, but {len(log.failing.tests())} failing tests are reported"
    if log.failing.dropped:
        yield f"{log.failing.dropped} failures beyond the first {TESTS} tests are left out"


def told_by(longrepr: object, name: str) -> Told:
    """Return what a `longrepr` tells: text, or a traceback taken to pieces."""
    if isinstance(longrepr, Mapping) and isinstance(longrepr.get("reprcrash"), Mapping):
        return _from_pieces(longrepr)
    text = ReportText(name)
    shown = longrepr if isinstance(longrepr, str) else ""
    text.feed(shown)
    told = text.told()
    crash = WORKER_CRASH.match(shown.strip())
    return Told(None, shown.strip(), None, crashed=crash[2]) if crash else told


def _from_pieces(longrepr: Mapping[str, Any]) -> Told:
    chain = longrepr.get("chain")
    links = [link for link in chain if isinstance(link, list) and len(link) > 1] if isinstance(chain, list) else []
    raised = [found for link in links if (found := _raised(link[1]))[0] is not None or found[1] is not None]
    exception, message = raised[-1] if raised else _raised(longrepr.get("reprcrash"))
    earlier = tuple(kind for kind, _ in raised[:-1] if kind)
    return Told(exception, message, _location(links[-1][0] if links else longrepr.get("reprtraceback")), earlier)


def _raised(crash: object) -> tuple[str | None, str | None]:
    said = crash.get("message") if isinstance(crash, Mapping) else None
    lines = [line.strip() for line in said[: 1 << 16].splitlines() if line.strip()] if isinstance(said, str) else []
    exception, message = split_raised(lines[0]) if lines else (None, None)
    return exception, message or (lines[1] if exception and len(lines) > 1 else None)


def _location(traceback: object) -> str | None:
    """Return "path:line" of the last entry, as the traceback prints it."""
    entries = traceback.get("reprentries") if isinstance(traceback, Mapping) else None
    for entry in reversed(entries if isinstance(entries, list) else []):
        data = entry.get("data") if isinstance(entry, Mapping) else None
        place = data.get("reprfileloc") if isinstance(data, Mapping) else None
        if isinstance(place, Mapping) and isinstance(place.get("path"), str) and isinstance(place.get("lineno"), int):
            return f"{place['path']}:{place['lineno']}"
    return None


def _name(nodeid: str) -> str:
    head, bracket, parameters = nodeid.partition("[")
    return head.rpartition("::")[2] + bracket + parameters


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
