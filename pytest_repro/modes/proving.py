"""What becomes of pytest's exit code when a proof was asked for."""

import pytest

from pytest_repro.core.tally import CampaignTally
from pytest_repro.options import Settings


def settle_proof(settings: Settings, tally: CampaignTally | None, session: pytest.Session) -> None:
    """End with pytest's code for failed tests where a proof was not reached, although no test failed."""
    proof = settings.proof
    if proof is None or tally is None or session.exitstatus != pytest.ExitCode.OK:
        return
    if any(one.proven(proof, settings.watch).state != "shown" for one in tally.tests.values()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
