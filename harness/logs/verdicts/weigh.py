"""Rules tried on the lines of a step, and what each match is worth."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

from harness.logs.dialects.lines import Line
from harness.logs.verdicts.job_steps import TAIL, JobStep, may_matter
from harness.logs.verdicts.rules import Rule

_NEAR: Final = 100  # lines before the end that are looked at whatever they say
_FAR: Final = ((60, 0.0), (300, 0.04), (1500, 0.1))  # lines before the end of the step, and what that takes away
_FARTHEST: Final = 0.18
OTHER_COMMAND: Final = 0.2  # for a line of a command before the one that failed
_AROUND: Final = 15  # a tool may print the cause below what followed from it
_CAUSE_SCORE: Final = 0.6
_WARNING: Final = re.compile(
    r"\s*(?:\[?(?:WARN|WARNING|DEBUG)\b|(?:npm|yarn) (?:WARN|warn)\b|##\[warning\]|W: |[Ww]arning: )"
)
_WARNED: Final = 0.2  # for a line that calls itself a warning
_CAUSES: Final = ("network_error", "permission_denied", "resource_exhaustion", "missing_dependency", "docker_build")


@dataclass(frozen=True, slots=True)
class Match:
    """A line that a rule finds. score: its worth; words: what the rule caught; earlier: of another command."""

    rule: Rule
    line: Line
    score: float
    words: tuple[str, ...]
    earlier: bool = False

    @property
    def failure_class(self) -> str:
        return self.rule.failure_class


class _Lines:
    """Lines in which each word is looked for once, in all of them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._texts = [bare(line.text) for line in lines]
        # In bytes a search costs the same whatever characters there are; one arrow makes that of text thrice as slow.
        self._joined = "\n".join(self._texts).encode("utf-8", "surrogatepass")
        lengths = (len(text) + 1 for text in self._joined.split(b"\n"))
        self._starts = [0, *accumulate(lengths)]  # of each line, and of one after the last
        self._vocabulary = b" ".join(set(self._joined.split()))  # far shorter: logs repeat themselves
        self._found: dict[str, list[int]] = {}

    def of(self, rule: Rule, since: int = 0) -> Iterable[tuple[Line, str]]:
        """Yield the lines that have one of the words without which `rule` finds nothing, in their order.

        since: the number of the first line that is meant.
        """
        first = bisect_left(self._lines, since, key=lambda line: line.number) if since else 0
        if not rule.contains:
            places: Sequence[int] = range(first, len(self._lines))
        else:
            places = sorted({place for word in rule.contains for place in self._with(word) if place >= first})
        return ((self._lines[place], self._texts[place]) for place in places)

    def _with(self, word: str) -> list[int]:
        known = self._found.get(word)
        if known is not None:
            return known
        places: list[int] = []
        sought, part = _sought(word)
        found = self._joined.find(sought) if part in self._vocabulary else -1
        while found >= 0:
            place = bisect_right(self._starts, found) - 1
            places.append(place)
            found = self._joined.find(sought, self._starts[place + 1])
        self._found[word] = places
        return places


@lru_cache(maxsize=4096)
def _sought(word: str) -> tuple[bytes, bytes]:
    """Return the bytes of `word`, and those of its longest part without a blank."""
    whole = word.encode("utf-8", "surrogatepass")
    return whole, max(whole.split(), key=len, default=b"")


def bare(text: str) -> str:
    """Return `text` without what GitHub and its like put before a message."""
    return text.removeprefix("##[error]")


def matches_of(step: JobStep, rules: Sequence[Rule]) -> list[Match]:
    """Return every match in the step, in the order of the rules, then of the lines."""
    near = len(step.lines) - _NEAR
    telling = _Lines([line for place, line in enumerate(step.lines) if place >= near or may_matter(line.text)])
    final = step.lines[-TAIL].number if len(step.lines) > TAIL else 0
    ending = _Lines([step.ending] if step.ending else [])
    whole = _Lines(step.lines) if any(rule.own for rule in rules) else telling
    end = max([line.number for line in step.lines[-1:]] + ([step.ending.number] if step.ending else [0]))
    found: list[Match] = []
    for rule in rules:
        if rule.where == "tests":
            continue
        lines = ending if rule.where == "ending" else whole if rule.own else telling
        for line, text in lines.of(rule, final if rule.where == "final" else 0):
            hit = rule.match(text)
            if hit is not None:
                earlier = line.number < step.start
                less = _distance(end - line.number) + (OTHER_COMMAND if earlier else 0.0)
                less += _WARNED if _WARNING.match(line.text) else 0.0
                words = tuple(word for word in hit.groups() if word)
                found.append(Match(rule, line, rule.confidence - less, words, earlier))
    return found


def _distance(lines: int) -> float:
    return next((less for near, less in _FAR if lines <= near), _FARTHEST)


def best_of(matches: Sequence[Match]) -> Match | None:
    """Return the match that decides: the user's rules first, then the highest score; an earlier cause overrules."""
    last = {match.rule.name: match.line.number for match in sorted(matches, key=lambda match: match.line.number)}
    matches = [one for one in matches if not one.rule.cause or one.line.number < last.get(one.rule.cause, -1)]
    if not matches:
        return None
    best = max(matches, key=lambda match: (match.rule.own, match.score))
    if not best.rule.consequence:
        return best
    causes = [
        match
        for match in matches
        if not match.rule.consequence
        and match.failure_class in _CAUSES
        and match.failure_class != best.failure_class
        and match.line.number <= best.line.number + _AROUND
        and match.score + (OTHER_COMMAND if match.earlier else 0.0) >= _CAUSE_SCORE
    ]
    return max(causes, key=lambda match: match.score, default=best)
