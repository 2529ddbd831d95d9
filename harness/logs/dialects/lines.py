"""Raw lines of any CI turned into the lines that the test runner printed."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harness.logs.dialects.ansi import SHOWN_STARTS, shows_colours, without_ansi, without_shown_colours
from harness.logs.dialects.github import Columns, without_stamp
from harness.logs.dialects.markers import STARTS, without_markers
from harness.logs.dialects.prefixes import Prefixes
from harness.logs.sources.source import RawLine


class Line(NamedTuple):
    """One line as a person sees it. number: raw line; stream: file, job, step and prefix it belongs to ("" if none)."""

    number: int
    stream: str
    text: str


_STAMPED: Final = frozenset("0123456789[\ufeff")  # what a timestamp may begin with
_STAMP: Final = 29  # characters of GitHub's timestamp and the space behind it
_line: Final = tuple.__new__  # a call of Python less for each line


def normalised(raw_lines: Iterable[RawLine]) -> Iterator[Line]:
    """Yield each raw line without CI prefixes, colours and trailing space; a lone CR separates lines of one number.

    A progress bar that overwrites itself so becomes several lines, and text that stands after it is not lost.
    """
    prefixes: dict[str, Prefixes] = {}
    steps = Columns()
    last, found, second, coloured = None, Prefixes(), "", False
    for number, file, raw in raw_lines:
        text, stream = raw.rstrip(), file
        plain = text.isprintable()  # no tab, escape, NUL or CR in it
        if not plain and "\t" in text:
            columns, text = steps.split(text, number, printed=file in prefixes and prefixes[file].running)
            stream = f"{file}\t{columns}" if columns else file
        if text[27:29] == "Z " and text[:20] == second:
            text = text[29:]  # GitHub's stamp, of the second in which the line before was printed
        elif text[:1] in _STAMPED:
            rest, text = text, without_stamp(text)
            second = rest[:20] if len(rest) - len(text) == _STAMP else second
        if not plain:
            text = without_ansi(text).rstrip()
            plain = "\r" not in text
        if coloured or (text[:1] in SHOWN_STARTS and shows_colours(text)):
            coloured, text = True, without_shown_colours(text).rstrip()
        if stream != last:
            last, found = stream, prefixes.setdefault(stream, Prefixes())
        if not text or (plain and not found.watchful and "= " not in text and text[:2] not in STARTS):
            yield _line(Line, (number, stream, text))
            continue
        for part in text.split("\r"):
            seen = without_markers(part.rstrip())
            if seen:
                prefix, seen = found.split(seen)
                yield _line(Line, (number, stream + prefix, seen))
