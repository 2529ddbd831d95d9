"""Accounts for iterations that took their process along."""

import json
from typing import TYPE_CHECKING

import pytest

from pytest_repro.core.record import FailureDetail, IterationRecord
from pytest_repro.engine.clock import now
from pytest_repro.engine.ledger_entry import Claim
from pytest_repro.modes.announcer import Announcer
from pytest_repro.modes.campaign import Campaign
from pytest_repro.modes.crew import Member

if TYPE_CHECKING:
    from pytest_repro.engine.death import Death


class Deaths:
    """Records each death once, as the failure of the iteration that was in flight."""

    def __init__(self, campaign: Campaign, announcer: Announcer | None) -> None:
        self._campaign, self._announcer = campaign, announcer
        self._known: set[tuple[str, str]] = set()
        self.lost = 0  # iterations that an interrupt cut off

    def record_member(self, member: Member, claim: Claim, isolation: str) -> None:
        """Write down the iteration that `member` was at, and tell pytest of it."""
        child, timeout = member.child, self._campaign.settings.timeout if member.timed_out else None
        note = f"left running, ended: {', '.join(member.left)}" if member.left else ""
        assert child.status is not None
        self.record(
            claim,
            isolation,
            status=child.status,
            faults=child.faults(),
            output=child.output(),
            timeout=timeout,
            note=note,
        )

    def record(
        self,
        claim: Claim,
        isolation: str,
        *,
        status: int,
        faults: str,
        output: str = "",
        timeout: float | None = None,
        note: str = "",
    ) -> None:
        """Write down the iteration that was at `claim` when its process ended with `status`."""
        from pytest_repro.engine.death import death_of  # in hardly any campaign a process dies

        campaign = self._campaign
        planned = campaign.tests[claim.test]
        number, nodeid = campaign.number(claim.test, claim.running), planned.item.nodeid
        if not isolation and campaign.settings.replay is None and self._is_written(nodeid, number):
            return
        death = death_of(status, faults, campaign.config.rootpath, output=output, timeout=timeout)
        digest, seconds = death.signature.digest, now() - claim.since
        if (nodeid, digest) not in self._known:
            self._known.add((nodeid, digest))
            campaign.write(FailureDetail(nodeid, digest, death.signature.to_json(), death.line, death.stack))
        seed, at = campaign.seed(claim.test, number), claim.since - campaign.ledger.started
        campaign.write(
            IterationRecord(
                nodeid, number, death.outcome, seed, at, seconds, campaign.worker, "call", digest, death.message,
                isolation=isolation, note=note,
            )
        )  # fmt: skip
        if campaign.broken:  # in a worker; it may have died of the same
            return
        campaign.ledger.add(claim.test, 1, 0, seconds)
        campaign.count_failure(claim.test, digest, apart=bool(isolation))
        if self._announcer is not None:
            self._announcer.show(claim.test, [_report(planned.item, death, number, seconds)])

    def _is_written(self, nodeid: str, number: int) -> bool:
        """Whether the process wrote its record and died before it could say so."""
        wanted = f'"nodeid":{json.dumps(nodeid)},"iteration":{number},'.encode("ascii")
        return wanted in self._campaign.written.tail()


def _report(item: pytest.Item, death: "Death", number: int, seconds: float) -> pytest.TestReport:
    text = f"iteration {number} {death.outcome}: {death.message}"
    return pytest.TestReport(
        item.nodeid,
        item.location,
        dict.fromkeys(item.keywords, 1),
        "failed",
        f"{text}\n\n{death.stack}" if death.stack else text,
        "call",
        user_properties=list(item.user_properties),
        duration=seconds,
    )
