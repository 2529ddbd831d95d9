"""One test cut out of its module, into a file of its own in a folder one level down."""

import re
from dataclasses import dataclass

from harness.domain.cut_lines import ModuleText, parse_module, without
from harness.domain.cut_move import moved
from harness.domain.cut_names import Needs, is_builtin, needs_of
from harness.domain.cut_others import Removal, other_tests
from harness.domain.cut_target import Target, find_target, split_nodeid
from harness.domain.cut_unit import Unit, units_of

UTF8 = frozenset({"utf-8", "utf8", "utf_8"})


@dataclass(frozen=True, slots=True)
class CutTest:
    """A test module of its own.

    `text`: the module. `nodeid_suffix`: what follows the file's path in the test's node id. `notes`: sentences on what
    was kept and why, and on what may not work. `is_package`: whether the new folder needs an empty `__init__.py`.
    """

    text: str
    nodeid_suffix: str
    notes: tuple[str, ...]
    is_package: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """Units that stay, with the reason for each; what goes out of them; what the rest needs."""

    reasons: dict[Unit, str]
    removal: Removal
    needs: dict[Unit, Needs]


def cut_test(
    source: str,
    nodeid: str,
    *,
    original: str,
    depth_has_init: bool,
    level: int,
    siblings: frozenset[str] | None = None,
) -> CutTest:
    """Return the test `nodeid` of the module `source` as a module for a folder below the original's.

    `original` is the module's path from the repository's root, `depth_has_init` says whether its folder is a package,
    `siblings` names what can be imported from that folder (None: unknown). Level 1 keeps the test and what it needs,
    level 2 the whole module without the other tests. Kept statements keep their text and order.
    Raises ReproError("cannot-cut") where the source cannot be parsed or does not hold the test.
    """
    if level not in (1, 2):
        raise ValueError(f"level {level}: only 1 and 2 exist")
    module = parse_module(source)
    names, parameters = split_nodeid(nodeid, original)
    target = find_target(module, names)
    text, notes = _needed(module, target) if level == 1 else _whole(module, target)
    text, more = moved(_uncoded(text), original, depth_has_init, siblings)
    found = (target.note,) if target.note else ()
    return CutTest(text, "::" + "::".join(names) + parameters, (*found, *notes, *more), depth_has_init)


def _whole(module: ModuleText, target: Target) -> tuple[str, list[str]]:
    spared: frozenset[str] = frozenset()
    while True:
        removal = other_tests(module.lines, module.tree.body, target, spared, inner_classes=False)
        text = without(module.lines, removal.dropped, removal.instead)
        used = removal.names & needs_of(text, target.names[-1]).mentioned
        if not used:
            return text, ["the whole module was kept; of its tests only this one", *_spared_notes(spared)]
        spared |= used


def _needed(module: ModuleText, target: Target) -> tuple[str, list[str]]:
    units = units_of(module, in_class=len(target.names) > 1)
    spared: frozenset[str] = frozenset()
    while True:
        kept = _closure(module, units, target, spared)
        mentioned = frozenset(name for needs in kept.needs.values() for name in needs.mentioned)
        used = kept.removal.names & mentioned
        if not used:
            break
        spared |= used
    inside = frozenset(number for unit in kept.reasons for number in unit.lines)
    owned = frozenset(number for unit in units for number in unit.lines)
    loose = {n for n, line in enumerate(module.lines, 1) if n in owned or line.strip()} - inside
    text = without(module.lines, loose | kept.removal.dropped, kept.removal.instead)
    reasons = [f"kept {unit.label}: {why}" for unit, why in kept.reasons.items() if why]
    return text, [*reasons, *_spared_notes(spared), *_doubts(units, kept)]


def _closure(module: ModuleText, units: list[Unit], target: Target, spared: frozenset[str]) -> _Kept:
    """Return the units that the target needs, directly or through others."""
    reasons: dict[Unit, str] = {u: why for u in units if (why := _own_reason(u, target)) is not None}
    removal, needs = Removal(), {}
    waiting = list(reasons)
    while waiting:
        unit = waiting.pop(0)
        part = other_tests(module.lines, unit.nodes, target, spared, inner_classes=True)
        needs[unit] = needs_of(_text_of(module, unit, part), target.names[-1])
        removal.dropped.update(part.dropped)
        removal.instead.update(part.instead)
        removal.names.update(part.names)
        bound = frozenset(name for kept in reasons for name in kept.binds if "." not in name)
        fresh = {u: why for u in units if u not in reasons and (why := _reason(u, unit, needs[unit], bound))}
        reasons |= fresh
        waiting += fresh
    return _Kept({u: reasons[u] for u in units if u in reasons}, removal, needs)


def _own_reason(unit: Unit, target: Target) -> str | None:
    """Return why `unit` stays whatever the others need: "" for the test itself, None where it need not stay."""
    if set(unit.nodes) & {*target.functions, *target.classes} or target.names[0] in unit.binds:
        return ""
    return unit.why or None


def _reason(unit: Unit, user: Unit, needs: Needs, bound: frozenset[str]) -> str:
    """Return why `user` needs `unit`, or "" if it does not; `bound`: what the units kept so far bind."""
    if unit.binds & needs.names:
        return f"used by {user.label}"
    if unit.asked & needs.parameters or unit.fixtures & needs.strings:
        return f"a fixture for {user.label}"
    if unit.changes & (needs.names | bound):
        return f"it changes {', '.join(sorted(unit.changes))}"
    if needs.by_string and unit.binds & needs.words:
        return f"{user.label} may look it up by a string"
    return ""


def _text_of(module: ModuleText, unit: Unit, part: Removal) -> str:
    numbers = range(1, len(module.lines) + 1)
    return without(module.lines, {n for n in numbers if n not in unit.lines} | part.dropped, part.instead)


def _spared_notes(spared: frozenset[str]) -> list[str]:
    return [f"the other test {name} was kept: kept code mentions its name" for name in sorted(spared)]


def _doubts(units: list[Unit], kept: _Kept) -> list[str]:
    """Return notes on what the text alone does not settle."""
    bound = frozenset(name for unit in units for name in unit.binds)
    needs = kept.needs.values()
    unknown = {n for need in needs for n in need.names if "." not in n and n not in bound and not is_builtin(n)}
    notes = []
    if unknown:
        notes.append(f"nothing in the text defines {', '.join(sorted(unknown))}")
    if any(need.by_string for need in needs):
        notes.append("kept code looks names up in strings: some that it needs may be missing")
    return notes


def _uncoded(text: str) -> str:
    """Return `text` without a declared encoding: it is written as UTF-8, whatever the original was."""
    first, second, *rest = [*text.split("\n", 2), "", ""][:3]
    cookie = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
    kept = [line for line in (first, second) if not ((m := cookie.match(line)) and m[1].lower() not in UTF8)]
    return "\n".join([*kept, *rest]) if len(kept) < 2 else text
