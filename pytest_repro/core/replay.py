"""The options that make a seen failure happen again."""

from pytest_repro.core.record import CampaignHeader
from pytest_repro.core.tally import TestTally
from pytest_repro.core.token import ReplayToken


def replay_options(test: TestTally, header: CampaignHeader | None) -> list[str]:
    """Return pytest's options that repeat the first failure of `test`, which has one, in the way it was seen."""
    first = test.first_failure
    assert first is not None
    if test.not_idempotent:  # no single iteration fails: only one after others of the same test
        runs = test.tries_in_company[0].runs
        whole = ["--repro-shard=1/1"] if header is not None and header.shard else []  # the environment may name a part
        return [f"--repro-stress={runs}", f"--repro-seed={test.root}", "--repro-isolate=none", *whole]
    token = ReplayToken.for_failure(test.root, test.nodeid, first.iteration, first.signature).encode()
    if header is not None and header.replay:
        token = header.replay
    options = [f"--repro-replay={token}"]
    if first.isolation == "fresh":  # only there the hash seed is the same again
        options.append("--repro-isolate=fresh")
    if first.outcome == "timed out" and header is not None and header.timeout:
        options.append(f"--repro-timeout={header.timeout:g}s")
    return options
