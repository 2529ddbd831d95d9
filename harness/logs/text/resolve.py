"""One session's evidence weighed into failing tests, and what does not add up."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.text.block import Block, split_raised
from harness.logs.text.doctest_text import TITLE as DOCTEST_TITLE
from harness.logs.text.entry import ByEnding, Entry, titled
from harness.logs.text.identity import certain_node_id
from harness.logs.text.node_text import is_node_id
from harness.logs.text.session import Crash, Named, Session
from harness.logs.text.titles import bare, belied, forms, titles_of, without_subtest

_PLACES: Final = 5  # lines of --tb=line in a note
_CUTS: Final = 20  # places at which the id of a summary line is tried to end
_SUBTEST: Final = re.compile(r"([A-Za-z_]\w{0,300}(?:\.\w{1,300}){0,20}) [\[(].*[\])]$")  # `T.test [message] (i=1)`
_COUNTED: Final = (("failed", "failed"), ("error", "errors"))  # our kind, the word in the closing line


@dataclass(frozen=True, slots=True)
class Resolved:
    """The failing tests of one run, in the order of their first line; whether as many are named as it counts; notes."""

    tests: tuple[FailingTest, ...]
    complete: bool
    notes: tuple[str, ...]


def resolve(session: Session) -> Resolved:
    """Return the failing tests of `session`: the closing line's counts overrule everything else that was read."""
    entries = [entry for kind, word in _COUNTED for entry in _of_kind(session, kind, word)]
    counted = None if session.tally is None else sum(session.tally.get(word, 0) for _, word in _COUNTED)
    named = sum(_times(session, entries, kind) for kind, _ in _COUNTED)
    if session.tally is None:
        _add_crashes(session, entries)
    tests = sorted((entry.built() for entry in entries), key=lambda test: test.evidence[0].line)
    return Resolved(tuple(tests), counted == named, tuple(_notes(session, counted, named, bool(tests))))


def _times(session: Session, entries: Iterable[Entry], kind: str) -> int:
    """Return how often failures of one kind are named, lines included that were not kept as others name their test."""
    times = sum(entry.times for entry in entries if entry.kind == kind)
    for where, kept in (("summary", session.summary), ("progress", session.progress)):
        if repeats := session.repeats[where, kind]:
            times = max(times, repeats + sum(named.kind == kind for named in kept))
    return times


def _of_kind(session: Session, kind: str, word: str) -> list[Entry]:
    """Return the entries of one kind, none if the closing line counts none."""
    counted = None if session.tally is None else session.tally.get(word, 0)
    if counted == 0:
        return []
    blocks = [block for block in session.blocks if (block.phase == "call") == (kind == "failed")]
    if session.fragment:
        blocks = [block for block in blocks if block.phase != "call" or block.crashed or block.exception]
    entries = _from_summary(session, kind, blocks, counted)
    _merge(entries, session.progress, kind, counted)
    _attach(session, kind, entries, blocks, counted)
    found = list(entries.values())
    if kind == "failed":
        _attach_crash_lines(found, session.crash_lines)
    return _admitted(found, counted)


def _from_summary(session: Session, kind: str, blocks: list[Block], counted: int | None) -> dict[str, Entry]:
    """Return the entries of the summary; one that does not fit the counts may be a test's own print.

    So may one behind a test's output that leaves out a test whose traceback is shown. Of such a summary only those
    count that have a traceback.
    """
    entries: dict[str, Entry] = {}
    titles = titles_of(blocks)
    known = titles | {named.name for named in session.progress}
    for named in (_recut(item, known) for item in session.summary if item.kind == kind):
        if named.name in entries:
            entries[named.name].times += 1
            entries[named.name].evidence.append(named.evidence)
        else:
            entries[named.name] = Entry.of(named)
    if not titles or session.fragment:
        return entries
    as_counted = sum(entry.times for entry in entries.values()) == counted
    if as_counted and not (session.doubted and belied(entries.values(), blocks)):
        return entries
    return {name: entry for name, entry in entries.items() if not titles.isdisjoint(forms(entry))}


def _recut(named: Named, known: set[str]) -> Named:
    """Return `named` with its id ended elsewhere if a header or progress line shows that brackets misled us."""
    if named.message is None or not known.isdisjoint(Entry.of(named).titles()):
        return named
    text, cut = f"{named.name} - {named.message}", -1
    whole = replace(named, name=text, message=None)
    if not known.isdisjoint(Entry.of(whole).titles()):
        return whole
    for _ in range(_CUTS):
        cut = text.find(" - ", cut + 1)
        if cut < 0:
            break
        other = replace(named, name=text[:cut], message=text[cut + 3 :])
        if is_node_id(other.name) and not known.isdisjoint(Entry.of(other).titles()):
            return other
    return named


def _merge(entries: dict[str, Entry], progress: Iterable[Named], kind: str, counted: int | None) -> None:
    """Add progress lines to the entries; a test named by them alone counts only if the summary names too few."""
    missing = counted is None or sum(entry.times for entry in entries.values()) < counted
    for named in progress:
        if named.kind != kind:
            continue
        if named.name in entries:
            entries[named.name].evidence.append(named.evidence)
        elif missing:
            entries[named.name] = Entry.of(named)


def _attach(session: Session, kind: str, entries: dict[str, Entry], blocks: list[Block], counted: int | None) -> None:
    """Give each traceback to its entry; those that fit none become entries, as far as the counts admit."""
    index, by_ending = titled(entries.values()), ByEnding(entries.values())
    alone: list[Block] = []
    for block in blocks:
        entry = _owner(session, block, index, by_ending)
        if entry is None:
            alone.append(block)
        else:
            entry.describe(block)
    if counted is not None:
        room = max(0, counted - sum(entry.times for entry in entries.values()))
        alone = sorted(alone, key=_doubt)[:room]
    elif session.failing and session.failing == len(session.summary):
        alone = []  # the summary names a test for each letter
    files: dict[str, set[str]] = {}
    for block in alone:
        if (subtest := _SUBTEST.match(block.title)) is not None:
            block.title = subtest[1]
        files.setdefault(block.title, set()).update(path for path, _ in block.origins)
    for block in alone:
        name, twin = block.crashed or block.title, len(files[block.title]) > 1 and len(set(block.origins)) == 1
        nodeid = name if block.crashed and is_node_id(name) else certain_node_id(session, block, twin=twin)
        entry = entries.setdefault(nodeid or name, Entry(kind, name, block.phase, nodeid, times=0))
        entry.times += 1
        entry.describe(block)


def _doubt(block: Block) -> tuple[bool, bool]:
    """Order blocks: those with a frame of the test first, then those with an exception."""
    return not block.origins, block.exception is None


def _owner(session: Session, block: Block, index: dict[str, list[Entry]], by_ending: ByEnding) -> Entry | None:
    if block.crashed:
        same = by_ending.get(block.crashed)
        return same[0] if len(same) == 1 else None
    title = block.title.removeprefix(DOCTEST_TITLE)
    found = index.get(title) or index.get(bare(title)) or index.get(without_subtest(title)) or []
    if len(found) > 1:
        nodeid = certain_node_id(session, block)
        exact = [entry for entry in found if entry.nodeid == nodeid]
        found = exact or [entry for entry in found if not entry.detailed] or found
    return found[0] if found else None


def _attach_crash_lines(entries: list[Entry], lines: Iterable[Named]) -> None:
    """Give each line of `--tb=line` to its test: they come in the order of the summary, some tests have none."""
    waiting: dict[str | None, dict[str, list[int]]] = {}  # by exception and start of the message: places in `entries`
    for at, entry in enumerate(entries):
        start = (entry.message or "").removesuffix("...")
        waiting.setdefault(entry.exception, {}).setdefault(start, []).append(at)
    lengths = {exception: sorted({len(start) for start in starts}) for exception, starts in waiting.items()}
    passed = 0
    for line in lines:
        exception, message = split_raised(line.message or "")
        starts, text = waiting.get(exception, {}), message or ""
        fits = (starts.get(text[:length], ()) for length in lengths.get(exception, ()) if length <= len(text))
        later = [places[at] for places in fits if (at := bisect_left(places, passed)) < len(places)]
        if not later:
            continue
        passed = min(later) + 1
        entry = entries[min(later)]
        entry.location, entry.message = line.name, message or entry.message
        entry.evidence.append(line.evidence)


def _admitted(entries: list[Entry], counted: int | None) -> list[Entry]:
    """Drop what only one kind of line names if more tests are named than failed."""
    if counted is None or sum(entry.times for entry in entries) <= counted:
        return entries
    sure = [entry for entry in entries if len({item.kind for item in entry.evidence}) > 1]
    return sure or entries


def _add_crashes(session: Session, entries: list[Entry]) -> None:
    """Add the tests during which the process died; only a run without a closing line can have died."""
    crashes = list(session.crashes)
    if session.killed and session.running and not session.xdist:
        name, shown = session.running
        crashes.append(Crash(name, None, session.killed.text, (shown, session.killed)))
    by_ending = ByEnding(entries)
    for crash in crashes:
        same = by_ending.get(crash.name)
        entry = same[0] if len(same) == 1 else _crashed(crash)
        if not same:
            entries.append(entry)
            by_ending.add(entry)
        entry.evidence.extend(item for item in crash.evidence if not _has_line(entry, item))
        entry.message, entry.died = entry.message or crash.message, True


def _crashed(crash: Crash) -> Entry:
    nodeid = crash.name if is_node_id(crash.name) else None
    return Entry("failed", crash.name, "call", nodeid, exception=crash.exception, message=crash.message)


def _has_line(entry: Entry, evidence: Evidence) -> bool:
    return any(item.line == evidence.line for item in entry.evidence)


def _place(session: Session) -> str:
    """Return how far the progress dots came, "" where they do not tell; those of xdist's workers name no file."""
    if session.place is None or session.xdist:
        return ""
    path, tests = session.place
    ended = "no test" if not tests else "1 test" if tests == 1 else f"{tests} tests"
    return f"; by the last dots before that, {ended} of {path} had ended"


def _notes(session: Session, counted: int | None, named: int, failing: bool) -> Iterable[str]:
    if session.pasted:
        but = "" if counted is None else " but the closing line"
        yield f"pasted summary lines only: nothing to hold them against{but}"
    elif session.fragment:
        yield "excerpt: no complete run of pytest in it"
    elif counted is None:
        but = f" (line {session.narrow} is like one, but not as wide as the other bars)" if session.narrow else ""
        yield f"truncated: no closing line{but}"
    if counted is not None and counted != named:
        yield f"the closing line counts {counted} failed, {named} named: incomplete"
    if counted and not named and session.crash_lines:
        places = list(dict.fromkeys(line.name for line in session.crash_lines))
        more = f" and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
        yield f"the log shows where tests failed, but not which: {', '.join(places[:_PLACES])}{more}"
    if counted is None and session.letters > named:
        yield f"the progress dots show {session.letters} failures, {named} named: ids unknown"
    if counted is None and session.killed and not failing:
        yield (
            f"the run was killed (line {session.killed.line}), but the log does not say during which test"
            f"{_place(session)}"
        )
    elif counted is None and session.running and not session.killed and not session.xdist:
        yield f"the log ends while {session.running[0]} was running"
