"""The table of patterns by which a failure gets its class."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from harness.domain.verdict import FAILURE_CLASSES, SUB_KINDS, UNKNOWN
from pytest_repro.core.errors import ReproError

PLACES: Final = ("step", "final", "ending", "tests")
_CLASSES: Final = (*FAILURE_CLASSES, UNKNOWN)
_TEXTS: Final = ("name", "class", "pattern", "where", "unless", "kind", "cause", "advice", "example", "not")
_KEYS: Final = (*_TEXTS, "contains", "confidence", "consequence")
_TABLE: Final = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern and what it says.

    where: one of PLACES; kind: of a test_failure; contains: a line without any of these is not even tried; unless: a
    line with this is not meant; consequence: what it says may follow from an earlier error, which then decides;
    cause: the name of a rule; what this one says counts only before a line of that, which follows from it;
    example, counter: lines that it matches and does not match; own: the user's, tried before the built-in ones.
    """

    name: str
    failure_class: str
    pattern: str
    where: str = "step"
    kind: str | None = None
    contains: tuple[str, ...] = ()
    unless: str = ""
    confidence: float = 0.8
    advice: str = ""
    consequence: bool = False
    cause: str = ""
    example: str = ""
    counter: str = ""
    own: bool = False

    def match(self, text: str) -> re.Match[str] | None:
        """Return where `text` says what the rule is about."""
        if self.contains and not any(word in text for word in self.contains):
            return None
        found = _compiled(self.pattern).search(text)
        return None if found is None or (self.unless and _compiled(self.unless).search(text)) else found


def load_rules(pyproject: Path | None = None) -> tuple[Rule, ...]:
    """Return the user's rules, `[[tool.pytest-repro.rules]]` of `pyproject`, before the built-in ones.

    Raises ReproError where a rule is wrong, naming it, the key and the value.
    """
    if pyproject is None or not pyproject.is_file():
        return BUILT_IN
    try:
        table = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(f"{pyproject} cannot be read as TOML: {error}") from None
    tool = table.get("tool")
    ours = tool.get("pytest-repro") if isinstance(tool, Mapping) else None
    entries = ours.get("rules", []) if isinstance(ours, Mapping) else []
    own = rules_of(entries, str(pyproject), own=True)
    for rule in own:
        if any(rule.name == other.name for other in BUILT_IN):
            raise _wrong(
                f"{pyproject}: the rule {rule.name!r} is named as one of the built-in ones; give it another name"
            )
        if rule.cause and all(rule.cause != other.name for other in (*own, *BUILT_IN)):
            raise _wrong(
                f"{pyproject}: the rule {rule.name!r} has the cause {rule.cause!r}; expected the name of a rule"
            )
    return (*own, *BUILT_IN)


def rules_of(entries: Any, source: str, *, own: bool = False) -> tuple[Rule, ...]:
    """Return the rules that the tables `entries` of `source` describe."""
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise _wrong(f"{source}: `rules` is {entries!r}; expected a list of tables")
    rules = tuple(_rule(entry, f"{source}, rule {place}", own) for place, entry in enumerate(entries, start=1))
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise _wrong(f"{source}: two rules are named {name!r}; each needs a name of its own")
    return rules


def _rule(entry: Any, place: str, own: bool) -> Rule:
    if not isinstance(entry, Mapping):
        raise _wrong(f"{place} is {entry!r}; expected a table with name, class and pattern")
    place = f"{place} ({entry['name']!r})" if isinstance(entry.get("name"), str) else place
    for key, value in entry.items():
        if key not in _KEYS:
            raise _wrong(f"{place} has the unknown key {key!r}; known are {', '.join(_KEYS)}")
        if key in _TEXTS and not isinstance(value, str):
            raise _wrong(f"{place}: {key} is {value!r}; expected a text")
    for key in ("name", "class", "pattern"):
        if not entry.get(key):
            raise _wrong(f"{place} has no {key}")
    _one_of(place, "class", entry["class"], _CLASSES)
    _one_of(place, "where", entry.get("where", "step"), PLACES)
    if "kind" in entry:
        _one_of(place, "kind", entry["kind"], SUB_KINDS)
    for key in ("pattern", "unless") if own else ():  # ours are compiled when they are first tried: tests read them all
        try:
            re.compile(entry.get(key, ""))
        except re.error as error:
            raise _wrong(f"{place}: {key} {entry[key]!r} is no regular expression: {error}") from None
    contains = entry.get("contains", [])
    if not isinstance(contains, list) or not all(isinstance(word, str) and word for word in contains):
        raise _wrong(f"{place}: contains is {contains!r}; expected a list of texts")
    confidence = entry.get("confidence", 0.9 if own else 0.8)
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        raise _wrong(f"{place}: confidence is {confidence!r}; expected a number above 0, at most 1")
    if not isinstance(entry.get("consequence", False), bool):
        raise _wrong(f"{place}: consequence is {entry['consequence']!r}; expected true or false")
    if "kind" in entry and entry["class"] != "test_failure":
        raise _wrong(
            f"{place}: kind is {entry['kind']!r}, but class is {entry['class']!r}; only test_failure has kinds"
        )
    if own:
        _try_examples(place, entry)
    return Rule(
        name=entry["name"],
        failure_class=entry["class"],
        pattern=entry["pattern"],
        where=entry.get("where", "step"),
        kind=entry.get("kind"),
        contains=tuple(contains),
        unless=entry.get("unless", ""),
        confidence=float(confidence),
        advice=entry.get("advice", ""),
        consequence=entry.get("consequence", False),
        cause=entry.get("cause", ""),
        example=entry.get("example", ""),
        counter=entry.get("not", ""),
        own=own,
    )


def _try_examples(place: str, entry: Mapping[str, Any]) -> None:
    """Raise where the user's own pattern misses its example, or finds its counter-example."""
    pattern, unless = entry["pattern"], entry.get("unless", "")
    for key, wanted in (("example", True), ("not", False)):
        line = entry.get(key)
        if line is None:
            continue
        found = bool(re.search(pattern, line)) and not (unless and re.search(unless, line))
        if found is not wanted:
            does = "does not find" if wanted else "finds"
            raise _wrong(f"{place}: the pattern {pattern!r} {does} the line of `{key}`: {line!r}")


def _one_of(place: str, key: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise _wrong(f"{place}: {key} is {value!r}; expected one of {', '.join(known)}")


def _wrong(message: str) -> ReproError:
    return ReproError(
        message,
        "bad-rule",
        'a rule is a table such as: name = "our-proxy", class = "network_error", pattern = \'proxy said 50\\d\'',
    )


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


BUILT_IN: Final[tuple[Rule, ...]] = rules_of(
    tomllib.loads(_TABLE.read_text(encoding="utf-8"))["rules"], "the built-in rules"
)
