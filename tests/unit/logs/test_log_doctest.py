"""A failed doctest is read from a log as pytest-repro itself records it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from read_log import read_log

from harness.domain.ci_log import LogReading
from pytest_repro.core.signature import Signature, matches_text

SHOP = '''"""Shop.

>>> 1 + 1
3
"""

def several():
    """Two examples fail.

    >>> several()
    2
    >>> undefined_name
    1
    """
    return 1

def boom():
    """Boom: with a colon.

    >>> boom()
    2
    """
    raise ValueError("no: luck\\nKeyError: invented")

class Odd(Exception):
    def __repr__(self):
        return "<odd>"

def odd():
    """
    >>> raise Odd("strange")
    """

def near():
    """
    >>> severall
    """
'''
README = "Title\n=====\n\n>>> print('a\\nb\\nc')\na\nx\nc\n"
EXPECTED = {
    "shop.py::shop": ("DocTestFailure", None),
    "shop.py::shop.several": ("DocTestFailure", None),
    "shop.py::shop.boom": ("ValueError", "no: luck"),
    "shop.py::shop.odd": (None, None),
    "shop.py::shop.near": ("NameError", "name 'severall' is not defined"),
    "README.rst::README.rst": ("DocTestFailure", None),
}


def doctests(folder: Path, *options: str) -> str:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "shop.py").write_text(SHOP)
    (folder / "README.rst").write_text(README)
    command = [sys.executable, "-m", "pytest", "--doctest-modules", "--doctest-glob=*.rst", "-p", "no:cacheprovider"]
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False, env=env).stdout


def words(reading: LogReading) -> dict[str | None, tuple[str | None, str | None]]:
    return {test.nodeid: (test.exception, test.message) for test in reading.failing}


@pytest.mark.parametrize("options", ["", "-v", "--doctest-report=ndiff", "--doctest-continue-on-failure", "--tb=short"])
def test_a_failed_doctest_gives_the_first_example_and_never_its_listing(tmp_path: Path, options: str) -> None:
    reading = read_log(doctests(tmp_path, *options.split()))
    assert words(reading) == EXPECTED
    assert reading.complete


@pytest.mark.parametrize("options", ["--tb=no", "--tb=line"])
def test_without_tracebacks_a_doctest_is_known_by_its_id_alone(tmp_path: Path, options: str) -> None:
    assert words(read_log(doctests(tmp_path, options))) == dict.fromkeys(EXPECTED, (None, None))


def test_what_the_log_says_of_a_doctest_fits_the_recorded_signature(tmp_path: Path) -> None:
    reading = read_log(doctests(tmp_path))
    journal = tmp_path / "journal"
    doctests(tmp_path, "-p", "pytest_repro.plugin", "--repro-stress=2", f"--repro-journal={journal}")
    records = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    recorded = {r["nodeid"]: Signature.from_json(r["signature"]) for r in records if r["kind"] == "signature"}
    assert set(recorded) == set(EXPECTED)
    for test in reading.failing:
        assert test.nodeid is not None
        assert matches_text(recorded[test.nodeid], test.exception, test.message), test
