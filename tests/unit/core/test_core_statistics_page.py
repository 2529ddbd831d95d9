"""The worked numbers of the page about statistics are what the code computes."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "statistics.md"


def test_every_number_of_the_page_is_computed() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert found.failed == 0
    assert found.attempted >= 10
