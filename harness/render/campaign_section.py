"""The terminal section of a merged campaign, as pytest would have shown it after one run."""

import shlex
from collections.abc import Callable, Iterator
from typing import Final

from harness.render.escape import plain
from pytest_repro.core.merged import Merged, iterations
from pytest_repro.core.proof import Proof
from pytest_repro.core.record import CampaignHeader
from pytest_repro.core.replay import replay_options
from pytest_repro.core.tally import TestTally
from pytest_repro.sinks.terminal import Section, StyledLine, section_lines

_PLAIN: Final = str.maketrans({"▁": "_", "█": "#", "·": "-", "…": "..."})  # for a terminal that lacks our marks


def campaign_section(merged: Merged, *, verbosity: int, columns: int, journal: str) -> Iterator[StyledLine]:
    """Yield the lines for a terminal of `columns`; nothing in them is obeyed by it."""
    tally, header = merged.tally, merged.tally.header
    assert header is not None
    yield StyledLine(" repro: merged ".center(columns, "="))
    if merged.duplicates:
        several = "are" if merged.duplicates > 1 else "is"
        yield StyledLine(f"{iterations(merged.duplicates)} {several} in more than one place, and counted once")
    if not tally.tests:
        yield StyledLine("no test was selected")
        return
    section = Section(
        tally=tally,
        verbosity=verbosity,
        columns=columns,
        workers=0,
        lost=0,
        journal=journal,
        replay_command=replay_commands(header),
        proof=proof_of(header),
        watch=header.watch,
    )
    for line in section_lines(section):
        yield StyledLine(plain(line.text), line.markup)


def closing(merged: Merged) -> Iterator[StyledLine]:
    """Yield why the whole is no success; nothing where it is one."""
    if merged.failing:
        yield StyledLine(f"failed: {merged.failing} of {len(merged.tally.tests)} tests", ("red",))
    if unproven := unshown(merged):
        yield StyledLine(f"not shown: {unproven} of {len(merged.tally.tests)} tests", ("yellow",))
    if merged.shortfalls:
        yield StyledLine(plain(f"not complete: {', '.join(merged.shortfalls)}"), ("yellow",))


def unshown(merged: Merged) -> int:
    """Return of how many tests a proof was asked and not reached."""
    header = merged.tally.header
    proof = proof_of(header) if header else None
    if header is None or proof is None:
        return 0
    return sum(test.proven(proof, header.watch).state != "shown" for test in merged.tally.tests.values())


def proof_of(header: CampaignHeader) -> Proof | None:
    """Return the proof that the campaign was asked for."""
    return None if header.prove is None else Proof(header.prove, header.confidence or 0.95)


def replay_commands(header: CampaignHeader) -> Callable[[TestTally], str]:
    """Return what gives the command that replays a test's first failure, in the way in which it was seen."""

    def replay_command(test: TestTally) -> str:
        return shlex.join(["pytest", test.nodeid, *replay_options(test, header)])

    return replay_command


def writable(text: str, encoding: str) -> str:
    """Return `text` with plain letters for our marks where `encoding` lacks them."""
    try:
        text.encode(encoding, "surrogatepass")
    except UnicodeEncodeError:
        return text.translate(_PLAIN)
    return text
