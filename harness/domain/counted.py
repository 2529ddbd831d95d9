"""Counts in words."""

from collections.abc import Sequence
from os.path import commonpath

from harness.domain.reproduction import Reproduction
from pytest_repro.core.rate import FailureRate

_FEW = 3


def plural(number: int, word: str) -> str:
    """Return `1 test`, `2 tests`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def rate_words(result: Reproduction) -> str:
    """Return how often it failed: `3 of 3 runs fail`, or counts with an interval where it comes and goes."""
    return counted_words(result.failures, result.runs, result.deterministic)


def counted_words(failures: int, runs: int, deterministic: bool) -> str:
    """Return the same for counts: of a deterministic failure in plain words, since an interval says little there."""
    if deterministic and runs and not failures:
        return f"{runs} of {plural(runs, 'run')} {'passes' if runs == 1 else 'pass'}"
    if deterministic and runs:
        return f"{failures} of {plural(runs, 'run')} {'fails' if failures == 1 else 'fail'}"
    rate = FailureRate(failures, runs)
    return f"{rate.counts} iterations fail, {rate.describe()}"


def files_words(files: Sequence[str]) -> str:
    """Return up to three files by name, more of them by number and common folder."""
    if len(files) <= _FEW:
        return ", ".join(files)
    folder = commonpath(files)
    return f"{len(files)} files" + (f" below {folder}/" if folder else "")
