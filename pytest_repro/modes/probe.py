"""Runs a test several times in one forked process: does it fail there, and what does its first run leave behind?"""

from typing import TYPE_CHECKING

from pytest_repro.engine.clock import now
from pytest_repro.engine.frames import FrameSender, Message
from pytest_repro.engine.left_behind import Snapshot
from pytest_repro.engine.tmp_folders import TmpFolders
from pytest_repro.modes.single import Repeater, Single

if TYPE_CHECKING:
    from pytest_repro.modes.conductor import Conductor


def probe_in_child(boss: "Conductor", test: int, numbers: range) -> Message | None:
    """Return how often the test ran, the signature of its failure if it had one, and what the first run left behind.

    The runs have the numbers and seeds of iterations, until one fails. None if the child came to no end.
    """
    campaign = boss.campaign
    slot = campaign.ledger.reserve(boss.pid)
    member = boss.crew.add(boss.fork(lambda sender: _probe(boss, sender, test, numbers)), slot, isolated=True)
    campaign.ledger.enter(slot, 0, now())  # so that the time limit of an iteration holds for it
    found: Message | None = None
    while member in boss.crew.members:
        for event in boss.crew.events():
            if event.message is not None and event.message["what"] == "probe":
                found = event.message
    campaign.ledger.free(slot)
    return found


def _probe(boss: "Conductor", sender: FrameSender, test: int, numbers: range) -> None:
    boss.outlet.open(sender)
    single = Single(boss.campaign, boss.outlet, Repeater(boss.campaign, boss.campaign.tests[test].item))
    single.in_protocol(test, lambda: _run(single, test, numbers))
    boss.send_end()


def _run(single: Single, test: int, numbers: range) -> None:
    campaign = single.campaign
    item, root = campaign.tests[test].item, str(campaign.config.rootpath)
    before, leaves, digest, done = Snapshot.take(root), [], "", 0
    with campaign.seeds, TmpFolders(item) as folders:
        for number in numbers:
            iteration = single.iterate(number, campaign.seed(test, number), folders)
            done += 1
            if done == 1:
                leaves = before.differences(Snapshot.take(root))
            if iteration.failing is not None:
                digest = single.repeater.book.look_up(iteration.failing, iteration.error)[1]
            folders.ended(bool(digest))
            if digest:
                break
    single.outlet.send({"what": "probe", "runs": done, "signature": digest, "leaves": leaves})
