"""Real packages' own test suites: run again and again under our plugin, every test ends as it does without it.

The packages come from the index by pip; where it cannot be reached these tests fail and say so.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from real_pair import CannotFetch
from real_suite import SUITES, TIMES, Installed, Outcomes, Ran, differences, different, our_wheel, times

pytestmark = [pytest.mark.network, pytest.mark.slow]

IN_ONE_PROCESS = {
    "as it comes": (),
    "on two workers": ("-n2",),
    "by two children": ("--repro-jobs=2",),
    "without isolation": ("--repro-isolate=none",),
}


@dataclass(frozen=True)
class Known:
    """A suite, and how its tests end without us: once, and several times in the same process.

    unsteady: tests that ended otherwise when the suite was run plainly once more; not_again: tests that end otherwise
    when they are run again in the same process.
    """

    installed: Installed
    plain: Ran
    unsteady: frozenset[str]
    not_again: frozenset[str]

    @property
    def expected(self) -> Outcomes:
        return times(TIMES, self.plain.shown)

    def stressed(self, *options: str) -> Ran:
        return self.installed.run(f"--repro-stress={TIMES}", *options)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our plugin, as it is installed into the suites' environments."""
    try:
        return our_wheel(tmp_path_factory.mktemp("wheel"))
    except CannotFetch as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module", params=SUITES, ids=lambda suite: suite.name)
def known(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Known:
    """A suite and what is known of it."""
    try:
        installed = Installed(request.param, tmp_path_factory.mktemp(request.param.name), wheel)
    except CannotFetch as error:
        pytest.fail(str(error), pytrace=False)
    plain, once_more, again = installed.plain(), installed.plain(), installed.again()
    unsteady = different(plain.shown, once_more.shown)
    not_again = different(times(TIMES, plain.shown), again.shown)
    return Known(installed, plain, frozenset(unsteady), frozenset(not_again))


def test_nearly_all_tests_of_the_suite_can_be_compared(known: Known) -> None:
    assert len(known.plain.shown) >= 50
    left_out = known.unsteady | known.not_again
    assert len(left_out) <= 0.05 * len(known.plain.shown), sorted(left_out)


@pytest.mark.parametrize("options", IN_ONE_PROCESS.values(), ids=IN_ONE_PROCESS)
def test_every_test_ends_each_time_as_without_us(known: Known, options: tuple[str, ...]) -> None:
    left_out = known.unsteady | known.not_again

    ran = known.stressed(*options)

    assert differences(known.expected, ran.recorded, left_out) == []
    assert differences(known.plain.shown, ran.shown, left_out) == []
    if not left_out:
        assert ran.code == known.plain.code, ran.printed


def test_every_test_ends_each_time_as_without_us_in_a_fork_for_each(known: Known) -> None:
    ran = known.stressed("--repro-isolate=fork")

    assert differences(known.expected, ran.recorded, known.unsteady) == []
    assert differences(known.plain.shown, ran.shown, known.unsteady) == []
    if not known.unsteady:
        assert ran.code == known.plain.code, ran.printed
