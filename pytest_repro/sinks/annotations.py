"""GitHub annotations: one error command a signature, the most frequent first, as many as GitHub shows of a step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pytest_repro.core.tally import REST, CampaignTally, TestTally
from pytest_repro.sinks.evidence import Evidence, ReplayCommand, encodable, evidence, rate_words, replay_of, shortened
from pytest_repro.sinks.terminal import label

MOST: Final = 10  # GitHub shows no more errors of one step
_LONGEST_TITLE: Final = 200  # GitHub cuts at 255
_LONGEST_MESSAGE: Final = 2_000


@dataclass(slots=True)
class _Seen:
    """A signature in all the tests that it was seen in; `test` is the first of them."""

    test: TestTally
    one: Evidence
    count: int = 0
    tests: int = 0


def annotations(
    tally: CampaignTally, replay_command: ReplayCommand, in_repository: Callable[[str], str | None]
) -> list[str]:
    """Return the commands to print, each a line of its own; `in_repository` turns a path of ours into GitHub's.

    It returns None for a file that is not the repository's: the failure is then shown at the test's file.
    """
    seen: dict[str, _Seen] = {}
    for test in tally.tests.values():
        for one in evidence(tally, test):
            if one.digest != REST:
                found = seen.setdefault(one.digest, _Seen(test, one))
                found.count += one.count
                found.tests += 1
    most = sorted(seen.values(), key=lambda found: -found.count)[:MOST]
    return [_command(tally, found, replay_command, in_repository) for found in most]


def _command(
    tally: CampaignTally, found: _Seen, replay_command: ReplayCommand, in_repository: Callable[[str], str | None]
) -> str:
    test, one = found.test, found.one
    path = in_repository(one.path) if one.path else None
    line = one.line if path else 0
    path = path or in_repository(test.nodeid.partition("::")[0])
    others = f" and {found.tests - 1} more test{'s' * (found.tests > 2)}" if found.tests > 1 else ""
    title = f"{label(test)} {test.nodeid}"
    properties = {
        "file": path or "",
        "line": str(line or ""),
        "title": shortened(title, _LONGEST_TITLE - len(others)) + others,
    }
    said = ",".join(f"{name}={_escaped_property(value)}" for name, value in properties.items() if value)
    return f"::error {said}::{_escaped(_message(tally, found, replay_command))}"


def _message(tally: CampaignTally, found: _Seen, replay_command: ReplayCommand) -> str:
    test, one = found.test, found.one
    times = f"{found.count}x in {found.tests} tests" if found.tests > 1 else f"{found.count}x"
    lines = [shortened(one.message, _LONGEST_MESSAGE), f"seen {times}; {test.nodeid} failed {rate_words(tally, test)}"]
    if (command := replay_of(test, one, replay_command)) is not None:
        lines.append(f"replay: {command}")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """The rules of the toolkit's `escapeData`: a line end would end the command, and begin another with a `::`."""
    return encodable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    """The rules of the toolkit's `escapeProperty`: a colon would end the properties, a comma this one."""
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
