"""The mode of a fresh process: one iteration of one test, told to the campaign process that waits for it."""

import base64
import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from pytest_repro.core.tally import CampaignTally
from pytest_repro.core.todo import Todo
from pytest_repro.engine.child import take_signals
from pytest_repro.engine.coverage_data import child_coverage
from pytest_repro.engine.frames import FrameSender
from pytest_repro.engine.fresh import DATA_FILE, UNIT
from pytest_repro.engine.ledger import Ledger
from pytest_repro.engine.leftover_processes import die_with_parent, prepare
from pytest_repro.engine.random_instances import RandomInstances
from pytest_repro.modes.campaign import Campaign, PlannedItem
from pytest_repro.modes.pipe_outlet import PipeOutlet
from pytest_repro.modes.select import NAME
from pytest_repro.modes.single import Order, Repeater, Single
from pytest_repro.options import ItemPlan, Settings


def register_unit(config: pytest.Config) -> None:
    """Make this process the one that its order describes."""
    order = json.loads(os.environ.pop(UNIT))  # pytest processes that the test starts are none of the campaign's
    if order["measured"]:
        _measure_for_the_parent(config, order["data_file"])
    prepare()
    die_with_parent()
    config.pluginmanager.register(UnitMode(config, order), NAME)


class UnitMode:
    """Runs the ordered iteration instead of pytest's own loop."""

    def __init__(self, config: pytest.Config, order: dict[str, Any]) -> None:
        self._config, self._order = config, order
        self._sender = FrameSender(order["pipe"])
        os.set_inheritable(order["pipe"], False)
        os.set_inheritable(order["faults"], False)
        self.work: Callable[[], None] | None = None
        self._instances = RandomInstances()
        self._instances.watch()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the iteration and tell of it; nothing is told where the test was not collected."""
        items = [item for item in session.items if item.nodeid == self._order["nodeid"]]
        if not items:
            return None
        self._instances.find()
        take_signals(self._order["faults"])
        campaign = self._campaign(session, items[0])
        repeater = Repeater(campaign, items[0])
        repeater.book.written.update(self._order["known"])
        outlet = PipeOutlet(campaign)
        outlet.open(self._sender)
        outlet.send({"what": "begun"})  # its time limit begins to run
        order = Order(0, self._order["number"], "fresh", self._order["want_reports"])
        Single(campaign, outlet, repeater).run(order)
        outlet.ended(coverage=base64.b64encode(child_coverage()).decode())
        return True

    def _campaign(self, session: pytest.Session, item: pytest.Item) -> Campaign:
        settings = Settings(root=self._order["root"])
        planned = PlannedItem(item, ItemPlan(1, None, settings.root), Todo((range(1, 2),)), 0)
        ledger = Ledger(1, 0)
        ledger.begin_at(self._order["started"])
        tally, worker = CampaignTally(), self._order["worker"]
        campaign = Campaign(self._config, session, settings, [planned], ledger, None, tally, worker)
        campaign.instances = self._instances
        return campaign

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> bool | None:
        """Do the work of the moment instead of pytest's own."""
        if self.work is None:
            return None
        self.work()
        return True


def _measure_for_the_parent(config: pytest.Config, data_file: str | None) -> None:
    """Let pytest-cov, which has started, report nothing here, and tests see the environment that the parent has."""
    os.environ.pop(DATA_FILE, None)
    if data_file is not None:
        os.environ[DATA_FILE] = data_file
    plugin: Any = config.pluginmanager.getplugin("_cov")
    if plugin is not None:
        plugin.options.cov_report, plugin.options.cov_fail_under = {}, None
