"""Node ids as pytest prints them in summary and progress lines; all by scanning, so a long line costs linear time."""

import re
from functools import lru_cache
from typing import Final

_PATH: Final = re.compile(r"[^\s:][^:]{0,500}\.[A-Za-z]\w{0,15}$")
_CACHED: Final = 200  # characters of the longest path that is remembered
_PATHS: Final = 2000
_SPACE: Final = re.compile(r"\s")
_AMOUNT: Final = re.compile(r"(?<= )\[ *\d{1,3}%\]$|\[ *\d{1,9}/\d{1,9}\]$")
_WORKER: Final = re.compile(r"\[gw\d{1,5}\] (?:\[ *\d{1,3}%\] )?")
_GLUED: Final = re.compile(  # the outcome of one test with the line of the next one behind it
    r"(?:^[^\[]{0,2000}|\]) (?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN)(?=[^\s(]| +\[ *\d{1,9}[%/])"
)
_REASONED: Final = (" SKIPPED (", " XFAIL (", " XPASS (")
_TYPED: Final = re.compile(r"(?:[A-Za-z_]\w{0,100}\.){0,20}[A-Z]\w{0,100}(?:: |:?$)|assert ")
_CUTS: Final = 20  # places at which an id is tried to end
_SUBTEST: Final = re.compile(r"SUBFAIL(?:ED)?\b")
OUTCOMES: Final = frozenset(
    ("PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL", "XPASS", "xfail", "xpass", "FAIL", "SKIP", "PASS", "RERUN")
)
FAILING: Final = {"FAILED": "failed", "FAIL": "failed", "ERROR": "error"}


def is_node_id(text: str) -> bool:
    """Say whether `text` has the full form `path.ext::name`."""
    path, colons, name = text.partition("::")
    return bool(colons and name and not name[0].isspace() and is_path(path))


def is_path(text: str) -> bool:
    """Say whether `text` can be the path of a test file as printed: it ends in an extension and holds no colon."""
    return _is_path(text) if len(text) <= _CACHED else _looks_like_path(text)


def _looks_like_path(text: str) -> bool:
    if "\t" in text:
        return False  # columns of some program
    drive = text[2:] if text[1:3] in (":\\", ":/") else text
    return bool(_PATH.match(drive)) and (_SPACE.search(drive) is None or drive.endswith(".py"))


_is_path: Final = lru_cache(_PATHS)(_looks_like_path)  # each file has many tests


def without_instances(text: str) -> str:
    """Take out the `::()` that ids of a pytest before 4 have after a class, in some of its lines but not in all."""
    return text.replace("::()::", "::") if "::()::" in text else text


def title_of(node_id: str) -> str:
    """Return the header title that pytest prints for `node_id`: `p.py::A::test[x]` gives `A.test[x]`."""
    head, bracket, parameters = node_id.partition("[")
    return ".".join(head.split("::")[1:]) + bracket + parameters


def node_id_of(path: str, title: str) -> str:
    """Return the node id for a header `title` of a test that lives in `path`; the inverse of `title_of`."""
    head, bracket, parameters = title.partition("[")
    return "::".join([path, *head.split(".")]) + bracket + parameters


def split_message(text: str) -> tuple[str, str | None]:
    """Split `id - message`: the id ends at the first " - " before which its square brackets balance.

    An id whose brackets never balance ends at the first "] - ", else at the first " - ".
    """
    start, depth, seen = text.find("::"), 0, 0
    cut = text.find(" - ", max(start, 0))
    while cut >= 0:
        depth += text.count("[", seen, cut) - text.count("]", seen, cut)
        if depth <= 0:
            return text[:cut], text[cut + 3 :]
        seen, cut = cut, text.find(" - ", cut + 3)
    if depth + text.count("[", seen) - text.count("]", seen) <= 0 or (start >= 0 and text.endswith("]")):
        return text, None
    cut = text.find("] - ", max(start, 0)) + 1 or text.find(" - ", max(start, 0))
    return (text, None) if cut < 0 else (text[:cut], text[cut + 3 :])


def summary_entry(text: str) -> tuple[str, str, str | None] | None:
    """Return (kind, id, message) of a line of the short summary that names a failure, else None.

    kind: "failed" or "error"; the id of an error may be a file or a folder. An id whose end is cut off names nothing.
    """
    word, space, rest = text.partition(" ")
    if _SUBTEST.match(word):
        return _subtest_entry(text)
    kind = FAILING.get(word)
    if kind is None or not space:
        return None
    name, message = _split_before_type(without_instances(rest.strip()))
    if message is None and _is_cut(name):
        return None
    if is_node_id(name) or is_path(name) or (kind == "error" and _is_place(name)):
        return kind, name, message
    return None


def _is_cut(name: str) -> bool:
    """Say whether the end of an id is missing, as where a viewer cut or wrapped its line."""
    return name.endswith(("...", "\u2026")) or ("[" in name and not name.endswith("]") and "::" in name)


def pasted_entry(text: str) -> tuple[str, str, str | None] | None:
    """Return (kind, id, message) of a summary line that is one even with nothing around it, else None.

    It names a test by its full id, or, for an error, a Python file: "ERROR config.yaml" may be any program's.
    """
    entry = summary_entry(text)
    if entry is None:
        return None
    kind, name, _ = entry
    return entry if is_node_id(name) or (kind == "error" and name.endswith(".py")) else None


def _split_before_type(text: str) -> tuple[str, str | None]:
    """Split `id - message`; where brackets may mislead, the id ends at the "] - " that an exception type follows."""
    name, message = split_message(text)
    if message is None or "] - " not in message or _TYPED.match(message):
        return name, message
    at = len(name)
    for _ in range(_CUTS):
        at = text.find("] - ", at + 1)
        if at < 0:
            break
        if _TYPED.match(text, at + 4):
            return text[: at + 1], text[at + 4 :]
    return name, message


def _subtest_entry(text: str) -> tuple[str, str, str | None] | None:
    """Read `SUBFAILED[message] (i=1) id - message`: the id starts at the last space before its "::"."""
    name, message = split_message(text)
    path_end = name.find("::")
    start = name.rfind(" ", 0, path_end) + 1
    return ("failed", name[start:], message) if path_end > 0 and is_node_id(name[start:]) else None


def _is_place(name: str) -> bool:
    return is_path(name) or ("/" in name and "://" not in name and not any(c.isspace() for c in name))


def progress_entry(text: str) -> tuple[str, str | None] | None:
    """Return (id, outcome) of a verbose progress line, plain or of xdist; outcome None while the test still runs."""
    if "::" not in text:
        return None
    if text[0] == "[" and (worker := _WORKER.match(text)) is not None:
        outcome, _, name = text[worker.end() :].partition(" ")
        named = outcome in OUTCOMES and is_node_id(name)
        return (_without_origin(without_instances(name)), outcome) if named else None
    amount = text.rfind("[") if text[-1] == "]" else -1
    body = text[:amount].rstrip() if amount > 0 and _AMOUNT.match(text, amount) else text.rstrip()
    if not is_node_id(body) or body.partition(" ")[0] in OUTCOMES:
        return None  # a line of the summary, printed by a test
    body = without_instances(body)
    if body[-1] == ")" and (reasoned := _reasoned(body)) is not None:
        return reasoned
    if _GLUED.search(body):
        return None
    name, _, outcome = body.rpartition(" ")
    if outcome in OUTCOMES:
        return _without_origin(name.rstrip().removesuffix(" ...")), outcome
    return _without_origin(body), None


def _reasoned(text: str) -> tuple[str, str] | None:
    """Read `id SKIPPED (reason)`, and the like for an expected failure."""
    for word in _REASONED:
        reason = text.rfind(word)
        if reason > 0:
            return _without_origin(text[:reason]), word[1:-2]
    return None


def without_print(text: str) -> str:
    """Take off what a test printed behind its id on a line: the id ends at a space outside of its brackets.

    "" where it cannot be told.
    """
    end = text.find(" ", text.find("::"))
    if end < 0:  # the blank stands in its path
        return text
    bracket = text.find("[", text.find("::"), end)
    end = end if bracket < 0 else text.find("] ", bracket) + 1
    return text[:end]


def _without_origin(name: str) -> str:
    """Take off ` <- path`, which pytest adds to tests inherited from another file (before 3, after the path)."""
    if " <- " not in name:
        return name
    path, colons, rest = name.partition("::")
    if " <- " in path:
        name = path.partition(" <- ")[0] + colons + rest
    head, arrow, path = name.rpartition(" <- ")
    return head if arrow and is_path(path) and is_node_id(head) else name
