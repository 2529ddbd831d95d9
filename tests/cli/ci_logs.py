"""Logs of CI jobs, written by hand or by pytest itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

PASSING = """\
============================= test session starts ==============================
platform linux -- Python 3.11.9, pytest-8.4.1, pluggy-1.6.0
rootdir: /home/ci/shop
collected 2 items

tests/test_till.py ..                                                    [100%]

============================== 2 passed in 0.01s ===============================
"""
FAILING = """\
============================= test session starts ==============================
platform linux -- Python 3.11.9, pytest-8.4.1, pluggy-1.6.0
rootdir: /home/ci/shop
collected 2 items

tests/test_till.py .F                                                    [100%]

=================================== FAILURES ===================================
__________________________________ test_total __________________________________

    def test_total():
>       assert total([1, 2]) == 4
E       assert 3 == 4

tests/test_till.py:9: AssertionError
=========================== short test summary info ============================
FAILED tests/test_till.py::test_total - assert 3 == 4
========================= 1 failed, 1 passed in 0.02s ==========================
"""
UNITTEST = """\
======================================================================
ERROR: test_empty (tests.test_till.TestBasket.test_empty)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/home/ci/shop/tests/test_till.py", line 13, in test_empty
    raise ValueError("basket 7 is not empty")
ValueError: basket 7 is not empty

----------------------------------------------------------------------
Ran 1 test in 0.001s

FAILED (errors=1)
"""
WORDS = "just some words\nthat no program printed\n"

TESTS = """\
import os
import pytest

@pytest.mark.parametrize("sum", [3, 4])
def test_total(sum):
    assert 1 + 2 == sum

def test_zone():
    assert os.environ.get("TZ") != "Europe/Berlin"

class TestBasket:
    def test_empty(self):
        raise ValueError("basket 7 is not empty")
"""


def project(folder: Path) -> Path:
    """Make a project of a few tests, three of which fail."""
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / "test_till.py").write_text(TESTS)
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    return folder


def log_of(folder: Path, *options: str) -> str:
    """Return what pytest prints for the project in `folder`."""
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    # A narrow terminal makes pytest cut messages; plugins that the project does not use cost more than the run.
    wide = os.environ | {"COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(words, cwd=folder, env=wide, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 2), done.stdout + done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
