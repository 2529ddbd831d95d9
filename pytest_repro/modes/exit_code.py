"""What becomes of pytest's exit code: the journal has the last word."""

import pytest

from pytest_repro.core.tally import CampaignTally, TestTally
from pytest_repro.options import Settings


def settle_exit(settings: Settings, tally: CampaignTally | None, session: pytest.Session) -> None:
    """End with pytest's code for failed tests where an iteration failed or a proof was not reached.

    pytest itself may not know: a child can die between writing its failure down and telling of it. Where the time was
    over before any iteration it is pytest's code for no tests: nothing was seen, and nothing of that is a success.
    """
    if tally is None or session.exitstatus != pytest.ExitCode.OK:
        return
    tests = tally.tests.values()
    if settings.active and any(one.asked != 0 for one in tests) and not any(one.run for one in tests):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    if any(one.failures or not _proven(one, settings) for one in tests):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _proven(test: TestTally, settings: Settings) -> bool:
    return settings.proof is None or test.proven(settings.proof, settings.watch).state == "shown"
