"""Raw lines of any CI turned into the lines that the test runner printed."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harness.logs.dialects.ansi import without_ansi
from harness.logs.dialects.github import split_columns, without_stamp
from harness.logs.dialects.markers import without_markers
from harness.logs.dialects.prefixes import Prefixes
from harness.logs.sources.source import RawLine


class Line(NamedTuple):
    """One line as a person sees it. number: raw line; stream: file, job, step and prefix it belongs to ("" if none)."""

    number: int
    stream: str
    text: str


_MARKED: Final = frozenset("ts#")  # what a marker may begin with
_STAMP: Final = 29  # characters of GitHub's timestamp and the space behind it
_line: Final = tuple.__new__  # a call of Python less for each line


def normalised(raw_lines: Iterable[RawLine]) -> Iterator[Line]:
    """Yield each raw line without CI prefixes, colours and trailing space; a lone CR separates lines of one number.

    A progress bar that overwrites itself so becomes several lines, and text that stands after it is not lost.
    """
    prefixes: dict[str, Prefixes] = {}
    last, found, second = None, Prefixes(), ""
    for number, file, raw in raw_lines:
        ended = raw.rstrip()
        plain = ended.isprintable()  # no tab, escape, NUL or CR in it
        columns, rest = ("", ended) if plain or "\t" not in ended else split_columns(ended)
        if rest[:19] == second and rest[27:29] == "Z " and rest[19] == ".":
            text = rest[29:]  # GitHub's stamp, of the second in which the line before was printed
        else:
            text = without_stamp(rest)
            second = rest[:19] if len(rest) - len(text) == _STAMP else ""
        if not plain:
            text = without_ansi(text).rstrip()
        stream = f"{file}\t{columns}" if columns else file
        if stream != last:
            last, found = stream, prefixes.setdefault(stream, Prefixes())
        if not text or (plain and text[0] not in _MARKED and not found.watchful and "= " not in text):
            yield _line(Line, (number, stream, text))
            continue
        for part in text.split("\r"):
            seen = without_markers(part.rstrip())
            if seen:
                prefix, seen = found.split(seen)
                yield _line(Line, (number, stream + prefix, seen))
