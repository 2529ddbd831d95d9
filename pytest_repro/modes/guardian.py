"""Ends an iteration that takes too long in pytest's own process: with that process, once all is written down."""

import faulthandler
import os
import signal
import time
from typing import Final

from pytest_repro.core.duration import format_duration
from pytest_repro.core.record import CampaignEnd
from pytest_repro.engine.child import DUMP_SIGNAL, Child, dump_stacks, file_text, fork_child, nameless_file
from pytest_repro.engine.clock import now
from pytest_repro.engine.frames import FrameSender
from pytest_repro.engine.ledger_entry import IDLE, Claim
from pytest_repro.engine.leftover_processes import die_with_parent, prepare
from pytest_repro.modes.campaign import Campaign
from pytest_repro.modes.deaths import Deaths

_LOOK: Final = 0.05  # seconds


class Guardian:
    """A child that watches its parent: no thread can end another one that is stuck in C or waits for a lock."""

    def __init__(self, campaign: Campaign, slot: int, limit: float) -> None:
        self._campaign, self._slot, self._limit = campaign, slot, limit
        self._stacks = nameless_file()
        self._child: Child | None = None

    def __enter__(self) -> None:
        prepare()
        faulthandler.register(DUMP_SIGNAL, file=self._stacks, all_threads=True)
        watched = os.getpid()
        self._child = fork_child(lambda _: self._watch(_, watched), die_with_parent)

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.signal(signal.SIGKILL)
            self._child.reap(block=True)
            self._child.close()
        faulthandler.unregister(DUMP_SIGNAL)
        os.close(self._stacks)

    def _watch(self, _: FrameSender, watched: int) -> None:
        while os.getppid() == watched:
            claim = self._campaign.ledger.claim_of(self._slot)
            if claim.running != IDLE and now() - claim.since >= self._limit:
                dump_stacks(watched, self._stacks)
                if self._campaign.ledger.claim_of(self._slot) == claim:  # it is still at the same iteration
                    self._end(claim, watched)
                    return
            time.sleep(_LOOK)

    def _end(self, claim: Claim, watched: int) -> None:
        campaign = self._campaign
        stacks, limit = file_text(self._stacks), self._limit
        Deaths(campaign, None).record(claim, "", status=-signal.SIGKILL, faults=stacks, timeout=limit)
        campaign.ledger.leave(self._slot, claim.running)
        campaign.ledger.give_up(self._slot)
        if not campaign.worker:
            campaign.write(CampaignEnd("broken off", now() - campaign.ledger.started))
        nodeid, number = campaign.tests[claim.test].item.nodeid, campaign.number(claim.test, claim.running)
        text = (
            f"\n{stacks}\nrepro: {nodeid}: iteration {number} timed out after {format_duration(limit)}.\n"
            "repro: In one process it can only be ended with the process, which ends now. "
            f"The iteration is in the journal: {campaign.written.path}\n"
            "repro: with --repro-isolate=auto the campaign would have gone on\n"
        )
        os.write(2, text.encode("utf-8", "backslashreplace"))
        os.kill(watched, signal.SIGKILL)
