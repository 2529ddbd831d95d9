"""The names of tests held against the titles of tracebacks: whether a summary is that of the failures above it."""

from collections.abc import Iterable

from harness.logs.text.block import Block
from harness.logs.text.doctest_text import TITLE as DOCTEST_TITLE
from harness.logs.text.entry import Entry
from harness.logs.text.session import Session


def titles_of(blocks: Iterable[Block]) -> set[str]:
    """Return what the headers of `blocks` call their tests, and the ids that crashed workers were running."""
    found: set[str] = set()
    for block in blocks:
        found.add(bare(block.title))
        if block.crashed:
            found.add(block.crashed)
    return found


def forms(entry: Entry) -> set[str]:
    """Return what a header or a crashed worker may call this test."""
    parts = entry.name.split("/")
    return {*entry.titles(), *("/".join(parts[at:]) for at in range(min(len(parts), 20)))}


def bare(title: str) -> str:
    """Return `title` without what doctests and subtests add to it."""
    return without_subtest(title.removeprefix(DOCTEST_TITLE)) if not title.endswith("]") else title


def without_subtest(title: str) -> str:
    """Take off what a failing subtest adds to the title: ` [message] (i=1)`."""
    cut = min((at for at in (title.find(" ["), title.find(" (")) if at > 0), default=len(title))
    return title[:cut]


def fits(summary: Session, failures: Session) -> bool:
    """Say whether each test that the one's short summary names has a traceback among the failures of the other."""
    titles = titles_of(failures.blocks)
    return all(not titles.isdisjoint(forms(Entry.of(named))) for named in summary.summary)


def belied(entries: Iterable[Entry], blocks: Iterable[Block]) -> bool:
    """Say whether `entries` leave out a test function whose traceback is shown.

    xdist adds a group to ids (`test_x@group`), not to titles.
    """
    known: set[str] = set()
    for entry in entries:
        for form in entry.titles():
            known.update((form, form.rpartition("@")[0]))
    return any(block.origins and known.isdisjoint((block.title, bare(block.title))) for block in blocks)
