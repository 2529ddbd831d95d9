"""The reproduction test: the file of its own that fails with the same failure."""

from dataclasses import dataclass

from harness.domain.baseline import Baseline
from pytest_repro.core.signature import Signature


@dataclass(frozen=True, slots=True)
class ReproductionTest:
    """name: of the branches; branch, commit: where it was committed ("" for an existing test that is tracked already);
    folder: of ours in the tree, "" for an existing test; nodeid: how it runs; stress: iterations of its printed
    command, 0 for plain pytest; tries: how often that command failed as it must, of how often it ran.
    """

    name: str
    branch: str
    commit: str
    folder: str
    nodeid: str
    level: int
    stress: int
    command: str
    tries: tuple[int, int]
    signature: Signature | None
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FixBranch:
    """branch: for the fix, made on `base`; commit: `base` with the reproduction test on top; baseline: how often the
    test fails there, which is the rate that a fix must bring down.
    """

    branch: str
    base: str
    commit: str
    nodeid: str
    baseline: Baseline
