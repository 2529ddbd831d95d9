"""Someone who fetches CI runs from a forge on loopback, and never really waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.adapters.http_client import Limits
from harness.adapters.log_fetcher import LogFetcher
from harness.ports import FetchedRun
from pytest_repro.core.errors import ReproError

TOKEN = "ghp_" + "k3tTle" * 6
RUN = "https://github.com/hob/kettle/actions/runs/7"


@dataclass
class FakeTime:
    """A clock that stands still but for what is slept; every look at it takes `tick` seconds."""

    at: float = 1_700_000_000.0
    tick: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        self.at += self.tick
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class Desk:
    """Someone who fetches: with which environment and limits, and what was said to them."""

    folder: Path
    env: dict[str, str]
    time: FakeTime = field(default_factory=FakeTime)
    said: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    def fetch(self, url: str = RUN, env: Mapping[str, str] | None = None) -> FetchedRun:
        given = self.env if env is None else dict(env)
        fetcher = LogFetcher(self.folder / "cache", given, self.said.append, self.time, self.time.sleep, self.limits)
        return fetcher.fetch(url, self.folder / "fetched")

    def refused(self, url: str = RUN) -> ReproError:
        """Fetch and return the error that it must end with, in which no token is shown."""
        with pytest.raises(ReproError) as caught:
            self.fetch(url)
        assert TOKEN not in str(caught.value)
        return caught.value

    def files(self) -> dict[str, str]:
        """Return everything fetched, by its path."""
        base = self.folder / "fetched"
        return {
            path.relative_to(base).as_posix(): path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(base.rglob("*"))
            if path.is_file()
        }
