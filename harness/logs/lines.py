"""Raw lines of any CI turned into the lines that the test runner printed."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harness.logs.ansi import without_ansi
from harness.logs.github import split_columns, without_stamp
from harness.logs.source import RawLine

_TRAVIS: Final = ("travis_fold:", "travis_time:")


class Line(NamedTuple):
    """One line as a person sees it. number: raw line; stream: file, job and step it belongs to ("" if not told)."""

    number: int
    stream: str
    text: str


def normalised(raw_lines: Iterable[RawLine]) -> Iterator[Line]:
    """Yield each raw line without CI prefixes, colours and trailing space; a lone CR separates lines of one number.

    A progress bar that overwrites itself so becomes several lines, and text that stands after it is not lost.
    """
    for number, file, raw in raw_lines:
        columns, rest = split_columns(raw)
        text = without_ansi(without_stamp(rest)).rstrip()
        stream = f"{file}\t{columns}" if columns else file
        if "\r" not in text:
            if not text.startswith(_TRAVIS):
                yield Line(number, stream, text)
            continue
        for part in text.split("\r"):
            if part and not part.startswith(_TRAVIS):
                yield Line(number, stream, part.rstrip())
