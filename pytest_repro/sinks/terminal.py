"""The terminal section of a campaign: verdict, number with interval, evidence, command, what was not shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pytest_repro.core.duration import format_duration
from pytest_repro.core.proof import Proof
from pytest_repro.core.rate import bound, confidence_words, percent
from pytest_repro.core.record import COUNTED, FailureDetail
from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.core.token import decode_token

_UNEVENTFUL: Final = ("STABLE", "SKIPPED", "XFAIL", "NOT RUN")
_MOST_UNEVENTFUL: Final = 20  # more tests of one such kind become one line, unless -v
_MOST_SIGNATURES: Final = 5
_ORDER: Final = ("CRASHED", "FLAKY", "FAILS", "NIO", "STABLE", "SKIPPED", "XFAIL", "NOT RUN")
_MARKUP: Final = {
    "FLAKY": ("yellow",),
    "NIO": ("yellow",),
    "FAILS": ("red",),
    "CRASHED": ("red",),
    "STABLE": ("green",),
}
_PROVEN: Final = {"shown": "SHOWN", "refuted": "REFUTED", "open": "NOT SHOWN"}


@dataclass(frozen=True, slots=True)
class Section:
    """What the section is made from: the tally, and what only the pytest run knows."""

    tally: CampaignTally
    verbosity: int
    columns: int
    workers: int
    lost: int
    journal: str
    replay_command: Callable[[TestTally], str]
    resume_command: str = ""
    proof: Proof | None = None
    watch: str = ""
    reruns_off: bool = False

    @property
    def replays(self) -> bool:
        """Whether this campaign replays a token."""
        return self.tally.header is not None and bool(self.tally.header.replay)


@dataclass(frozen=True, slots=True)
class StyledLine:
    """A line and the names of pytest's terminal markup to show it in."""

    text: str
    markup: tuple[str, ...] = ()


def section_lines(section: Section) -> Iterator[StyledLine]:
    """Yield the section's lines, one line a test under -q."""
    tests = sorted(section.tally.tests.values(), key=lambda test: _ORDER.index(label(test)))
    if section.verbosity < 0:
        if (text := _interruption(section)) is not None:
            yield StyledLine(text, ("yellow",))
        for test in tests:
            yield _test_line(test, 0, section.replays)
            yield from _proof_line(test, section)
        if section.resume_command:
            yield StyledLine(f"go on: {section.resume_command}")
        return
    yield from _head(section)
    yield StyledLine("")
    width = min(60, max(len(test.nodeid) for test in tests))
    for name, group in groupby(tests, key=label):
        alike = list(group)
        if name in _UNEVENTFUL and section.verbosity == 0 and len(alike) > _MOST_UNEVENTFUL:
            yield _together(name, alike)
            continue
        for test in alike:
            yield _test_line(test, width, section.replays)
            yield from _proof_line(test, section)
            yield from _evidence(test, section)
    yield StyledLine("")
    yield StyledLine(f"{_totals(tests)}.  journal: {section.journal}")
    if section.resume_command:
        yield StyledLine(f"go on: {section.resume_command}")


def label(test: TestTally) -> str:
    """Return the verdict on one test, as far as this campaign shows it."""
    if test.run == 0:
        return "NOT RUN"
    if test.outcomes["crashed"]:
        return "CRASHED"
    rate = test.rate
    if rate.failures:
        return "FAILS" if rate.failures == rate.runs else "FLAKY"
    if test.failures:  # only among others in one process
        return "NIO" if test.not_idempotent else "FLAKY"
    if rate.runs:
        return "STABLE"
    return "XFAIL" if test.outcomes["xfailed"] else "SKIPPED"


def rerun_words(test: TestTally) -> str:
    """Return how failing iterations ended that pytest-rerunfailures ran again, empty where it ran none."""
    if not test.rerun:
        return ""
    ended = ", ".join(f"{count} {outcome}" for outcome, count in test.rerun.most_common())
    again = test.rerun.total()
    many = f"{again} failing iterations were" if again > 1 else "1 failing iteration was"
    counts = "all count as failures" if again > 1 else "it counts as a failure"
    return f"{many} run again by pytest-rerunfailures: {ended} at last; {counts} here"


def _head(section: Section) -> Iterator[StyledLine]:
    tally, header = section.tally, section.tally.header
    tests = len(tally.tests)
    asked = {test.asked for test in tally.tests.values()}
    times = f" x {asked.pop()}" if len(asked) == 1 and None not in asked else ""
    parts = [f"seed {header.root}" if header else "", f"{tests} test{'s' * (tests != 1)}{times}"]
    if section.workers:
        parts.append(f"{section.workers} worker{'s' * (section.workers != 1)}")
    if header is not None and header.shard:
        parts.append(f"shard {header.shard}")
    if header is not None and header.isolate:
        parts.append(f"isolate {header.isolate}")
    if header is not None and header.jobs > 1:
        parts.append(f"{header.jobs} jobs")
    parts.append(format_duration(tally.end.seconds) if tally.end else "not ended")
    if (text := _interruption(section)) is not None:
        yield StyledLine(text, ("yellow", "bold"))
    else:
        parts.append(f"{tally.run} run, {section.lost} lost")
    yield StyledLine("  ·  ".join(part for part in parts if part))
    if section.replays:
        assert header is not None
        token = decode_token(header.replay)
        yield StyledLine(f"replays iteration {token.iteration} of seed {token.root}: seeds are restored, timing is not")
    if header is not None and header.allocate == "adaptive":
        yield StyledLine("time went where failures were seen: a rate that drew more time is, if anything, too high")
    yield from (StyledLine(f"note: {remark}", ("yellow",)) for remark in tally.remarks)
    if section.reruns_off:
        yield StyledLine("pytest-rerunfailures' reruns are off: each iteration counts as it ended")


def _interruption(section: Section) -> str | None:
    """Return `interrupted: 300 asked, 121 run, 179 not run`, or None for a campaign that ran to its end."""
    tally = section.tally
    reason = tally.end.reason if tally.end else "interrupted"
    asked, run, lost = tally.asked, tally.run, section.lost
    if reason == "complete" and any(_falls_short(test, section) for test in tally.tests.values()):
        reason = "cut short"
    elif reason == "complete" or (reason == "time" and asked is None) or (run == asked and not lost):
        return None
    word = {"failures": "stopped by -x or --maxfail", "time": "time is up"}.get(reason, reason)
    if asked is None:
        return f"{word}: asked without a count, {run} run, {lost} lost"
    return f"{word}: {asked} asked, {run} run, {max(0, asked - run - lost)} not run, {lost} lost"


def _falls_short(test: TestTally, section: Section) -> bool:
    """Whether iterations of a test are missing although nothing that was asked for ended it early."""
    header = section.tally.header
    enough = header is not None and header.stop is not None and test.failures >= header.stop
    refuted = section.proof is not None and test.proven(section.proof, section.watch).state == "refuted"
    return not (enough or refuted or test.asked is None) and test.run < test.asked


def _test_line(test: TestTally, width: int, replays: bool = False) -> StyledLine:
    name, rate = label(test), test.rate
    markup = _MARKUP.get(name, ())
    if name == "NOT RUN":
        return StyledLine(f"{name}  {test.nodeid}", markup)
    if not rate.runs:
        said = "xfailed" if name == "XFAIL" else "skipped"
        return StyledLine(
            f"{name:<7} {test.nodeid:<{width}}  {said} in all {test.run} iterations: says nothing of the rate"
        )
    if test.isolated_decides and not rate.failures:
        looped = test.looped_rate
        where = "fails when run again in the same process" if name == "NIO" else "failed in a process that it shared"
        apart = f"0/{rate.runs} isolated  {rate.describe()}"
        said = f"{where} ({looped.failures} of {looped.runs}), {apart}"
        return StyledLine(f"{name:<7} {test.nodeid:<{width}}  {said}", markup)
    left_out = test.outcomes.total() - sum(n for outcome, n in test.outcomes.items() if outcome in COUNTED)
    note = f"  ({left_out} skipped or xfailed, not counted)" if left_out else ""
    # Runs under one seed are no sample of the failure rate, so a replay gets no interval.
    said = "" if replays else f"  {rate.describe()}{note}{_how(test)}"
    return StyledLine(f"{name:<7} {test.nodeid:<{width}}  {rate.counts:>7}{said}", markup)


def _evidence(test: TestTally, section: Section) -> Iterator[StyledLine]:
    first = test.first_failure
    if section.replays and test.rate.runs:
        yield StyledLine(f"        {_replayed(test, section)}")
    if first is None:
        yield from _circumstances(test)
        if section.verbosity > 0 and test.run:
            yield from _strip(test, section, 8)
        return
    shown = test.signatures.most_common(None if section.verbosity > 0 else _MOST_SIGNATURES)
    for digest, count in shown:
        yield StyledLine(f"        {count}x  {_signature_words(test, digest, section)}")
        if section.verbosity > 0 and (detail := section.tally.details.get((test.nodeid, digest))):
            yield from (StyledLine(f"            {line}") for line in detail.traceback.splitlines())
    if len(test.signatures) > len(shown):
        yield StyledLine(f"        … and {len(test.signatures) - len(shown)} more signatures (all with -v)")
    if first.example:
        yield from (StyledLine(f"        {line}") for line in first.example.splitlines())
    yield from _circumstances(test)
    if section.replays:
        yield StyledLine(f"        replay: {section.replay_command(test)}")
        return
    yield StyledLine(f"        first at iteration {first.iteration} ({format_duration(max(0.0, first.at))})")
    yield from _strip(test, section, 8)
    if test.only_failures_after_first:
        yield StyledLine(
            "        it failed every time after its first failure: that one may have left something behind,"
        )
        yield StyledLine("        and then this is not the rate in a fresh process (--repro-stop=1 ends at the first)")
    yield StyledLine(f"        replay: {section.replay_command(test)}")


def _how(test: TestTally) -> str:
    """Return in which processes the iterations ran that make the rate, where not all shared one."""
    if not test.isolated:
        return ""
    if test.isolated_decides or test.isolated.total() == test.run:
        return "   isolated"
    return "   in part isolated"


def _circumstances(test: TestTally) -> Iterator[StyledLine]:
    """Yield what else was seen of the iterations' processes."""
    if test.isolated_decides and test.isolated_rate.failures:
        looped = test.looped_rate
        yield StyledLine(f"        not counted: {looped.counts} in a process that it shared, with another failure")
    if test.not_idempotent:
        again = [one.runs for one in test.tries_in_company]
        yield StyledLine(
            f"        shown: fails in run {again[0]} in one process, in {len(again)} of {len(again)} tries"
        )
        if leaves := test.tries_in_company[0].leaves:
            yield StyledLine(f"        leaves behind: {', '.join(leaves)}")
    elif test.isolated_decides and test.probes and not test.isolated_rate.failures:
        tries = test.tries_in_company
        failed = sum(bool(one.signature) for one in tries)
        more = f", after as many runs in one process in {failed} of {len(tries)} tries" if tries else ""
        yield StyledLine(f"        run again alone, under the same seed, it passed{more}")
    for fixture, why in test.in_child.items():
        yield StyledLine(f"        fixture {fixture} was set up in each isolated iteration: it {why}")
    for note, count in test.notes.most_common(3):
        yield StyledLine(f"        {count}x  {note}")
    if words := rerun_words(test):
        yield StyledLine(f"        reruns: {words}")


def _proof_line(test: TestTally, section: Section) -> Iterator[StyledLine]:
    """Yield what the iterations say about the rate that was to be excluded."""
    if section.proof is None:
        return
    verdict = test.proven(section.proof, section.watch)
    wanted = f"below {percent(section.proof.rate)} % ({confidence_words(section.proof.confidence)})"
    said = {
        "shown": f"{wanted}, at any time of looking",
        "refuted": f"{wanted}: it failed",
        "open": f"{wanted}; excluded so far: "
        + (f"{bound(verdict.excluded)} % and more" if verdict.excluded < 1 else "nothing")
        + f"; {verdict.needed} clean runs are needed",
    }[verdict.state]
    markup = {"shown": ("green",), "refuted": ("red",), "open": ("yellow",)}[verdict.state]
    yield StyledLine(f"        {_PROVEN[verdict.state]}  {said}", markup)


def _replayed(test: TestTally, section: Section) -> str:
    """Return whether the failure that the token names came back; the token holds the head of its signature."""
    assert section.tally.header is not None
    wanted = decode_token(section.tally.header.replay).signature
    same = sum(count for digest, count in test.signatures.items() if digest[:8] == wanted)
    if same:
        return f"replayed: the same failure in {same} of {test.rate.runs}"
    if test.failures:
        return f"another failure: none of the {test.rate.runs} has the signature that the token names"
    return (
        "not replayed: it passed under the same seeds, so the failure depends on something else (timing, order, load)"
    )


def _signature_words(test: TestTally, digest: str, section: Section) -> str:
    record = test.first_seen[digest]
    detail: FailureDetail | None = section.tally.details.get((test.nodeid, digest))
    if detail is None:
        return record.message
    signature = detail.parsed()
    place = f"{signature.path}:{detail.line}" if signature.path else ""
    where = f"(in {record.phase})" if record.phase in ("setup", "teardown") else ""
    return "  ".join(part for part in (_cut(record.message), place, signature.code, where) if part)


def _cut(text: str, most: int = 100) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _strip(test: TestTally, section: Section, indent: int) -> Iterator[StyledLine]:
    room = max(20, section.columns - indent - 2)
    marks = test.strip.draw(2 * room if section.verbosity <= 0 else 10_000)
    each = f"   (a mark stands for {test.strip.width} iterations)" if test.strip.width > 1 else ""
    for start in range(0, len(marks), room):
        last = start + room >= len(marks)
        yield StyledLine(" " * indent + marks[start : start + room] + (each if last else ""))


def _together(name: str, tests: list[TestTally]) -> StyledLine:
    """Return the one line of many tests of one uneventful kind."""
    said = "-v lists them"
    if name == "STABLE":
        fewest = min(tests, key=lambda test: test.rate.runs).rate
        said = f"each without a failure in {fewest.runs} iterations or more: each {fewest.describe()}; {said}"
    return StyledLine(f"{name:<7} {len(tests)} tests, {said}", ("green",) if name == "STABLE" else ())


def _totals(tests: list[TestTally]) -> str:
    labels = [label(test) for test in tests]
    said = {"NIO": "not idempotent"}
    return ", ".join(f"{labels.count(name)} {said.get(name, name.lower())}" for name in _ORDER if name in labels)
