"""The commit that is examined and the test that was chosen in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checkout:
    """commit: full id; revision: what was asked for; base: full id of the base branch's latest commit, by its name.

    nodeid: the chosen test as it collects here; why: why this one; exception, message: what the log says of it;
    log_line: where it says so; others: failing tests of the log that this run leaves alone; notes: why some could not
    be chosen.
    """

    commit: str
    revision: str
    base: str
    base_name: str
    nodeid: str
    why: str
    exception: str | None
    message: str | None
    log_line: str
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
