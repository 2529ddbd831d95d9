"""The Markdown summary of a campaign, as for a CI job: verdicts first, then evidence, within a number of bytes."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from pytest_repro.core.duration import format_duration
from pytest_repro.core.rate import bound, percent
from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.sinks.evidence import (
    Evidence,
    ReplayCommand,
    encodable,
    evidence,
    is_replay,
    rate_words,
    replay_of,
    shortened,
    verdict_on,
)
from pytest_repro.sinks.terminal import label, rerun_words

_MOST_ALIKE: Final = 20  # more tests without a failure and with one verdict become one row
_MOST_SIGNATURES: Final = 10  # listed of one test
_MOST_NOTES: Final = 5  # likewise
_LONGEST_MESSAGE: Final = 300
_LONGEST_NODEID: Final = 1_000
_LAST_LINE: Final = 240  # bytes kept free for it
# What could end a cell or begin markup; as an entity it cannot.
_MARKUP: Final = re.compile(r"[&<>|`*_\[\]\\~:@$.#!\"']")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ESCAPE_SEQUENCE: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def markdown_summary(tally: CampaignTally, replay_command: ReplayCommand, room: int, journal: str = "") -> str:
    """Return the summary in at most `room` bytes of UTF-8; its last line counts what had to be left out.

    Empty if not even that line fits. Whatever a test said is shown as it is: nothing in it becomes markup.
    """
    paper = _Paper(room)
    tests = sorted(tally.tests.values(), key=_severity)
    paper.add("heads", "\n".join(_head(tally, tests, journal)) + "\n\n")
    if tests:
        _table(paper, tally, tests)
    for test in tests:
        if test.failures:
            parts = _Section(tally, test, replay_command)
            paper.add("sections", parts.whole())
            if paper.refused:
                paper.add_shorter("tracebacks", parts.short())
    paper.add("closing remarks", _closing(tally))
    return paper.text()


class _Paper:
    """Text that grows as far as there is room, and a count of what did not fit."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.free = room - _LAST_LINE
        self.parts: list[str] = []
        self.left_out: Counter[str] = Counter()
        self.refused = False  # whether the last part did not fit

    def add(self, kind: str, text: str, keep: int = 0) -> None:
        """Add `text` if `keep` bytes are free after it; else count it as one of `kind`."""
        size = len(encodable(text).encode())
        self.refused = size > self.free - keep
        if self.refused:
            self.left_out[kind] += 1
            return
        self.free -= size
        self.parts.append(text)

    def add_shorter(self, lacking: str, text: str) -> None:
        """Add a shorter form of what was just refused: then only `lacking` is left out."""
        self.add("sections", text)
        self.left_out["sections"] -= 1
        if not self.refused:
            self.left_out[lacking] += 1

    def text(self) -> str:
        """Return all that fitted, with the line that says what did not."""
        whole = encodable("".join(self.parts))
        if not (kinds := [f"{count} {kind}" for kind, count in self.left_out.items() if count]):
            return whole
        line = f"\n**Left out, because a summary may hold 1 MiB:** {', '.join(kinds)}. The journal has everything.\n"
        return whole + line if len((whole + line).encode()) <= self.room else ""


def _severity(test: TestTally) -> tuple[bool, float, str]:
    """Failing tests first, the most frequent failure at the top; the others by their verdict."""
    rate = test.rate
    if test.failures:
        return False, -rate.value if rate.runs else 0.0, ""
    return True, 0.0, label(test)


def _head(tally: CampaignTally, tests: list[TestTally], journal: str) -> Iterator[str]:
    labels = Counter(label(test) for test in tests)
    said = ", ".join(f"{count} {name}" for name, count in labels.items())
    yield f"## pytest-repro: {said or 'no test was selected'}"
    yield ""
    facts = [f"seed {tally.header.root}"] if tally.header else []
    facts += [f"shard {tally.header.shard}"] if tally.header and tally.header.shard else []
    facts.append(f"{len(tests)} test{'s' * (len(tests) != 1)}")
    asked = "without a count" if tally.asked is None else str(tally.asked)
    facts.append(f"iterations: {asked} asked, {tally.run} run")
    facts.append(format_duration(tally.end.seconds) if tally.end else "not ended")
    if tally.end and tally.end.reason != "complete":
        facts.append(f"ended by: {tally.end.reason}")
    yield " · ".join(facts)
    if is_replay(tally):
        yield ""
        yield "This is a replay: all runs had the same seeds, so their counts say nothing of the failure rate."
    if tally.header and tally.header.allocate == "adaptive":
        yield ""
        yield "Time went where failures were seen: a rate that drew more time is, if anything, too high."
    for remark in tally.remarks:
        yield ""
        yield f"- {code(shortened(remark, _LONGEST_NODEID))}"
    if journal:
        yield ""
        yield f"Journal: {code(journal)}"


def _table(paper: _Paper, tally: CampaignTally, tests: list[TestTally]) -> None:
    """Add the table of verdicts, in half of what is free at most: the evidence needs the rest."""
    keep = paper.free // 2
    paper.add("tables", "| verdict | test | failing iterations |\n| --- | --- | --- |\n", keep)
    if paper.refused:
        return
    for (failing, name), group in groupby(tests, key=lambda test: (test.failures > 0, label(test))):
        alike = list(group)
        if not failing and len(alike) > _MOST_ALIKE:
            paper.add("rows of the table", _row(name, f"{len(alike)} tests", _together(tally, alike)), keep)
            continue
        for test in alike:
            shown = _cell(shortened(test.nodeid, _LONGEST_NODEID))
            paper.add("rows of the table", _row(name, shown, rate_words(tally, test) + _proof(tally, test)), keep)
    paper.add("table ends", "\n")


def _row(name: str, test: str, rate: str) -> str:
    return f"| **{name}** | {test} | {rate} |\n"


def _proof(tally: CampaignTally, test: TestTally) -> str:
    """Return what is shown of the rate that was to be excluded, as a part of the test's row."""
    if (verdict := verdict_on(tally, test)) is None or tally.header is None or tally.header.prove is None:
        return ""
    wanted = f"below {percent(tally.header.prove)} %"
    if verdict.state != "open":
        return f"; **{verdict.state}**: {wanted}"
    so_far = f"{bound(verdict.excluded)} %" if verdict.excluded < 1 else "nothing"
    return f"; **not shown**: {wanted} ({verdict.needed} clean runs are needed; excluded so far: {so_far})"


def _together(tally: CampaignTally, tests: list[TestTally]) -> str:
    fewest = min(tests, key=lambda test: (test.rate.runs, test.run))
    said = rate_words(tally, fewest)
    return f"each {said} or better{_proof(tally, fewest)}" if fewest.rate.runs else said


class _Section:
    """What is told of one failing test."""

    def __init__(self, tally: CampaignTally, test: TestTally, replay_command: ReplayCommand) -> None:
        self.tally, self.test = tally, test
        self.found = list(evidence(tally, test))
        self.replay = replay_of(test, self.found[0], replay_command)

    def whole(self) -> str:
        """The section with the first traceback."""
        return self._text(f"First failure:\n\n{fenced(self.found[0].text, 'text')}\n")

    def short(self) -> str:
        """The section without it."""
        return self._text("")

    def _text(self, traceback: str) -> str:
        name = f"### {label(self.test)} {code(shortened(self.test.nodeid, _LONGEST_NODEID))}"
        replay = f"Replay:\n\n{fenced(self.replay, 'sh')}\n" if self.replay else ""
        seen = "".join(f"- {line}\n" for line in self._seen())
        not_shown = "".join(f"- {line}\n" for line in self._not_shown())
        return f"{name}\n\n{seen}\n{traceback}{replay}{not_shown}\n"

    def _seen(self) -> Iterator[str]:
        most = sorted(self.found, key=lambda one: -one.count)[:_MOST_SIGNATURES]
        yield from (_signature(one) for one in most)
        if left := dict.fromkeys(left for probe in self.test.probes for left in probe.leaves):
            yield f"leaves behind: {code(shortened(', '.join(left), _LONGEST_MESSAGE))}"
        for note, count in self.test.notes.most_common(_MOST_NOTES):
            yield f"{count}x {code(shortened(note, _LONGEST_MESSAGE))}"
        if words := rerun_words(self.test):
            yield f"reruns: {words}"

    def _not_shown(self) -> Iterator[str]:
        test = self.test
        if len(self.found) > _MOST_SIGNATURES:
            yield f"not listed: {len(self.found) - _MOST_SIGNATURES} more signatures"
        if test.asked is not None and test.run < test.asked:
            yield f"not run: {test.asked - test.run} of the {test.asked} iterations that were asked"
        if left_out := test.run - test.rate.runs:
            yield f"not counted: {left_out} iterations (skipped, xfailed, or not isolated)"
        if test.only_failures_after_first and not test.isolated:
            yield (
                "it failed every time after its first failure: that one may have left something behind, and then this "
                "is not the rate in a fresh process"
            )


def _signature(one: Evidence) -> str:
    where = f" at {code(one.place)}" if one.place else ""
    phase = f" in {one.first.phase}" if one.first.phase in ("setup", "teardown") else ""
    said = code(shortened(one.message, _LONGEST_MESSAGE))
    return f"{one.count}x {said}{where}{phase}, first at iteration {one.first.iteration}"


def _closing(tally: CampaignTally) -> str:
    tests, said = tally.tests.values(), []
    if any(test.failures for test in tests):
        said.append("why a test fails")
    if not is_replay(tally) and any(test.rate.runs and not test.rate.failures for test in tests):
        said.append("that a test without a failure never fails: its rate lies below the bound in its row")
    return f"Not shown: {'; '.join(said)}.\n" if said else ""


def code(text: str) -> str:
    """Return `text`, in one line, as a code span that ends where it should."""
    text = _one_line(text)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if not text.strip() or text[:1] in "` " or text[-1:] in "` " else ""
    return f"{ticks}{space}{text or ' '}{space}{ticks}"


def _cell(text: str) -> str:
    """Return `text` as code inside a table, where a bar would end the cell even in a code span."""
    if "|" not in text:
        return code(text)
    return f"<code>{_MARKUP.sub(lambda found: f'&#{ord(found[0])};', _one_line(text))}</code>"


def _one_line(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", _ESCAPE_SEQUENCE.sub("", encodable(text)))


def fenced(text: str, language: str) -> str:
    """Return `text` as a block that no run of backticks in it can end."""
    text = "\n".join(_one_line(line.expandtabs()) for line in re.split("\r\n|\r|\n", text))
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}\n"
