"""What every machine output tells of a signature: how often it was seen, its first failure, and where that happened."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from pytest_repro.core.proof import Proof, Verdict
from pytest_repro.core.record import FailureDetail, IterationRecord
from pytest_repro.core.tally import REST, CampaignTally, TestTally

ReplayCommand = Callable[[TestTally], str]
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signature of one test; `detail` is None where no traceback was recorded."""

    digest: str
    count: int
    first: IterationRecord
    detail: FailureDetail | None

    @property
    def exception(self) -> str:
        """The exception's type, or what became of the iteration where none is known."""
        return str(self.detail.signature.get("exception", "")) if self.detail else self.first.outcome

    @property
    def message(self) -> str:
        """The first line of the failure as it was, never empty."""
        return self.first.message or self.exception

    @property
    def path(self) -> str:
        """Where it crashed, relative to the root folder if it lies in it; empty if that is not known."""
        return str(self.detail.signature.get("path", "")) if self.detail else ""

    @property
    def line(self) -> int:
        """The line in `path`, 0 if that is not known."""
        return self.detail.line if self.detail else 0

    @property
    def place(self) -> str:
        """`src/pool.py:88`, or an empty text."""
        return f"{self.path}:{self.line}" if self.path and self.line else self.path

    @property
    def text(self) -> str:
        """All that was recorded of the first failure: traceback, else message; then example and note if not in it."""
        parts = [(self.detail.traceback if self.detail else "") or self.message]
        parts += [more for more in (self.first.example, self.first.note) if more and more not in parts[0]]
        return "\n\n".join(parts)


def evidence(tally: CampaignTally, test: TestTally) -> Iterator[Evidence]:
    """Yield the signatures of `test`, in the order in which they were first seen."""
    for digest, first in test.first_seen.items():
        yield Evidence(digest, test.signatures[digest], first, tally.details.get((test.nodeid, digest)))


def replay_of(test: TestTally, one: Evidence, replay_command: ReplayCommand) -> str | None:
    """Return the command that replays the first failure with this signature; None where many were counted as one."""
    return None if one.digest == REST else replay_command(replace(test, first_seen={one.digest: one.first}))


def is_replay(tally: CampaignTally) -> bool:
    """Whether the campaign replays a token: runs under one seed are no sample of the failure rate."""
    return tally.header is not None and bool(tally.header.replay)


def rate_words(tally: CampaignTally, test: TestTally) -> str:
    """Return `7/100: 7.0 % [2.9, 13.9]`, without the rate for a replay; says what isolated iterations alone make."""
    rate = test.rate
    if not rate.runs:
        return "no run counted" if test.run else "not run"
    if is_replay(tally):
        return rate.counts
    apart = f" isolated, {test.looped_rate.counts} in a shared process" if test.isolated_decides else ""
    return f"{rate.counts}: {' '.join(rate.describe().split())}{apart}"


def verdict_on(tally: CampaignTally, test: TestTally) -> Verdict | None:
    """Return what the iterations say about the rate that was to be excluded; None if none was."""
    header = tally.header
    if header is None or header.prove is None:
        return None
    return test.proven(Proof(header.prove, header.confidence or 0.95), header.watch)


def encodable(text: str) -> str:
    """Return `text` with half characters written as escapes, since UTF-8 has no form for them."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters of `text`, the last one a mark if it was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"
