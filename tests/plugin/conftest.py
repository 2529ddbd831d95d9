"""Fixtures of the plugin's tests."""

import itertools
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for campaign.py, also under --import-mode=importlib

from campaign import Lab

# pytester forgets what an inner run imported; what is imported here stays, and no inner run pays for it again.
import pytest_repro.modes.select  # noqa: F401  imported for the sake of sys.modules
from pytest_repro.engine.clock import now


@pytest.fixture
def lab(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A folder of test files with nothing but pytest and our plugin."""
    with warnings.catch_warnings():  # an inner run must not see that our own suite turns warnings into errors
        warnings.resetwarnings()
        warnings.simplefilter("default")
        yield Lab(pytester, monkeypatch)


@pytest.fixture
def even_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process a millisecond passes whenever a campaign looks at its clock, however busy the machine is."""
    looks = itertools.count()
    (cell,) = now.__closure__ or ()  # every module has this function, and what it calls is nowhere else
    monkeypatch.setattr(cell, "cell_contents", lambda: next(looks) / 1000)


@pytest.fixture
def in_one_process(lab: Lab) -> None:
    """What a test is about happens in a loop within pytest's own process."""
    lab.monkeypatch.setenv("REPRO_ISOLATE", "none")
