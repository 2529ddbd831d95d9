"""Tests of every outcome, shared by the projects whose console output and whose reports are read back."""

from pathlib import Path

BASE = "class Base:\n    def test_inherited(self):\n        raise KeyError('base')\n"
IMPORTS = """
import unittest
from unittest import mock
import pytest
from base_cases import Base
"""
CASES = """
class TestDerived(Base):
    def test_own(self):
        assert [1, 2] == [1, 3]

@pytest.fixture
def broken():
    raise RuntimeError("no database")

@pytest.fixture
def messy():
    yield
    raise OSError("cannot clean")

def test_setup(broken):
    pass

def test_teardown(messy):
    pass

@pytest.mark.xfail
def test_expected():
    assert 0

@pytest.mark.xfail(strict=True)
def test_unexpected():
    pass

def test_chained():
    try:
        {}["k"]
    except KeyError as error:
        raise LookupError("gone") from error

class Case(unittest.TestCase):
    def test_eq(self):
        self.assertEqual(1, 2)
"""


def write_files(root: Path, files: dict[str, str]) -> Path:
    """Write `files` below `root`; return it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
