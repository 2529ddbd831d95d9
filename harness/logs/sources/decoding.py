"""The bytes of a log turned into lines of text, whatever encoding they are in."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

LONGEST: Final = 65_536  # characters kept of one line: a dump on one line must not fill the memory
BLOCK: Final = 262_144  # bytes read at once
SAMPLE: Final = 4096  # bytes by which a file is judged
_LONGEST_BYTES: Final = 4 * LONGEST
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f\ufffd]")
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\b\x1b\0") | {127})
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KNOWN: Final = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "an SQLite database (coverage data, perhaps)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not unpacked here"),
    (b"Rar!", "a RAR archive, which is not unpacked here"),
    (b"\x28\xb5\x2f\xfd", "Zstandard-packed data, which is not unpacked here"),
)
_PAGE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,100}<(?:!doctype html|html)[\s>]", re.IGNORECASE)


def wide_encoding(head: bytes) -> str | None:
    """Return the encoding of a text of two or four bytes a character that starts with `head`, None if it is none."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    half = len(head) // 2
    even, odd = head[0 : 2 * half : 2].count(0), head[1 : 2 * half : 2].count(0)
    # ASCII in UTF-16 without a mark: of nearly every pair one byte is zero, and always the same one.
    if half >= 2 and 0 in head[:4] and max(even, odd) * 3 > half * 2 and min(even, odd) * 10 < half:
        return "utf-16-be" if even > odd else "utf-16-le"
    return None


def no_text(head: bytes) -> str | None:
    """Return what `head` is instead of text ("a PNG image", "bytes 00 01 ..."), None if it can be text."""
    for start, name in _KNOWN:
        if head.startswith(start):
            return name
    wide = wide_encoding(head)
    if head.startswith(tuple(mark for mark, _ in _MARKS)):
        return None
    rest = head.replace(b"\0", b"")
    controls = len(rest) - len(rest.translate(None, _CONTROLS))
    # Controls are a tenth of random bytes; bytes that are no UTF-8 are Latin-1 in a text and noise elsewhere.
    if (2 * len(rest) < len(head) and wide is None) or controls * (10 if _is_utf8(rest) else 25) > len(rest):
        return f"bytes that are no text ({head[:8].hex(' ')} ...)"
    return None


def is_page(head: bytes) -> bool:
    """Say whether `head` begins an HTML page, as a browser saves it in place of the log."""
    return bool(_PAGE.match(head))


def _is_utf8(data: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def lines_of(blocks: Iterable[bytes], wide: str | None, foreign: Callable[[int], None]) -> Iterator[list[str]]:
    """Yield the lines in lists, without their line feeds, each cut to LONGEST; the memory needed is that of a block.

    A line ends at a line feed and nowhere else, so that numbers agree with those of other tools. wide: as from
    `wide_encoding`; other text is UTF-8. A line that is not UTF-8 is read as Windows-1252, or, if it is UTF-8 but for
    some bytes, with these replaced; `foreign` is told how many there were. Marks of byte order are taken off.
    """
    rest = b""  # the line that has not ended yet
    for block in _utf8(blocks, wide) if wide else blocks:
        end = block.rfind(b"\n") + 1
        if not end:
            rest += block[: max(0, _LONGEST_BYTES - len(rest))]
            continue
        yield _texts(rest + block[: end - 1], foreign)
        rest = block[end:]
    if rest:
        yield _texts(rest, foreign)


def _utf8(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _texts(data: bytes, foreign: Callable[[int], None]) -> list[str]:
    """Return the lines of `data`, which holds whole lines, the last one without its end."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _mixed(data, foreign)
    if "\ufeff" in text:  # logs that were put together have one in the middle
        text = text.replace("\n\ufeff", "\n").removeprefix("\ufeff")
    lines = text.split("\n")
    if len(text) > LONGEST and max(map(len, lines)) > LONGEST:
        return [line[:LONGEST] for line in lines]
    return lines


def _mixed(data: bytes, foreign: Callable[[int], None]) -> str:
    lines: list[str] = []
    count = 0
    for line in data.split(b"\n"):
        try:
            lines.append(line.decode("utf-8"))
            continue
        except UnicodeDecodeError as error:
            if error.start >= _LONGEST_BYTES - 3:  # where a line was cut, perhaps within a character
                lines.append(line[: error.start].decode("utf-8"))
                continue
        count += 1
        text = line.decode("utf-8", "replace")
        lines.append(text if _BEYOND_ASCII.search(text) else line.decode("cp1252", "replace"))
    if count:
        foreign(count)
    return "\n".join(lines)
