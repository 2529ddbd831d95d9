"""Runs a failing iteration's test again, as often and by the rules that pytest-rerunfailures was asked for."""

import inspect
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest

from pytest_repro.engine.clock import now
from pytest_repro.engine.clone import ItemCloner
from pytest_repro.engine.iteration import Iteration, IterationRunner
from pytest_repro.engine.tmp_folders import TmpFolders

_NEEDED: Final = ("get_reruns_count", "get_reruns_delay", "get_reruns_condition", "_should_not_rerun")
_sleep: Final = time.sleep  # tests replace the module's


class Reruns:
    """Further attempts of one item inside an iteration, each on a fresh copy; the iteration stays what the first was.

    The plugin decides by its own functions whether an attempt is followed by another one. Copies have its
    `execution_count` and reports its `rerun`.
    """

    def __init__(self, plugin: Any, item: pytest.Item, most: int, cloner: ItemCloner, runner: IterationRunner) -> None:
        self._plugin, self._most, self._cloner, self._runner = plugin, most, cloner, runner
        cloner.give(execution_count=1)
        runner.change_hooks(teardown=_without(plugin, item), report=_numbered)

    @classmethod
    def of(cls, item: pytest.Item, cloner: ItemCloner, runner: IterationRunner) -> "Reruns | None":
        """Return what runs `item` again, None where the plugin is absent, not asked to, or unknown to us."""
        plugin = rerunner(item.config)
        if plugin is None or not may_rerun(item.config):
            return None
        excluded = getattr(plugin, "_is_rerun_path_excluded", None)
        if excluded is not None and excluded(item):
            return None
        count = plugin.get_reruns_count(item)
        if not isinstance(count, int):
            return None
        of_suite = item.config.getoption("max_suite_reruns", None)  # an iteration is one run of the suite
        return cls(plugin, item, count if of_suite is None else min(count, of_suite), cloner, runner)

    def run_again(self, item: Any, iteration: Iteration, folders: TmpFolders) -> None:
        """Add to `iteration`, which `item` ran and which failed, the attempts that follow, and the time they took.

        The seed is not planted anew: the plugin does not either.
        """
        began, last = now(), iteration
        while last.failing is not None and (delay := self._delay_after(item, last)) is not None:
            _sleep(delay)
            if self._runner.interrupted():
                break
            folders.ended(True)
            _forget_failed_fixtures(item)
            clone, own = self._cloner.fresh()
            clone.execution_count = item.execution_count + 1  # type: ignore[attr-defined]  # the plugin's
            item = clone
            last = self._runner.run(item, own, partial(folders.note, item))
            iteration.attempts.append(last.outcome)
        if iteration.attempts:
            iteration.seconds += now() - began

    def _delay_after(self, item: Any, attempt: Iteration) -> float | None:
        """Return how many seconds after `attempt` the next one is to begin, None if there is to be none."""
        if item.execution_count > self._most or self._runner.leaving is not None:
            return None
        plugin, reports = self._plugin, [one for one in attempt.reports() if not hasattr(one, "context")]
        more = {}
        factor = getattr(plugin, "get_reruns_delay_backoff_factor", lambda _: 1.0)
        try:
            if "condition" in inspect.signature(plugin._should_not_rerun).parameters:
                failures = plugin._get_reruns_condition_failures(item)
                more = {"condition": plugin.get_reruns_condition(item, failures)}
            if all(plugin._should_not_rerun(item, one, self._most, **more) for one in reports):
                return None
            return float(plugin.get_reruns_delay(item) * factor(item) ** (item.execution_count - 1))
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  a marker's own code and values; the plugin ends the run
            return None


def rerunner(config: pytest.Config) -> Any:
    """Return pytest-rerunfailures, None where it is not loaded."""
    plugins = config.pluginmanager
    return plugins.getplugin("rerunfailures") or plugins.getplugin("pytest_rerunfailures")  # the latter with -p


def may_rerun(config: pytest.Config) -> bool:
    """Whether the plugin that is loaded has what we ask it by, and no debugger waits at the failure."""
    plugin = rerunner(config)
    if config.getoption("usepdb", False) or not all(callable(getattr(plugin, name, None)) for name in _NEEDED):
        return False
    takes = inspect.signature(plugin._should_not_rerun).parameters
    return "condition" not in takes or hasattr(plugin, "_get_reruns_condition_failures")


def _without(plugin: Any, item: pytest.Item) -> Any:
    """Return the teardown hook of `item` without the plugin's part, which takes fixtures of a longer scope off the
    stack: it cannot know that in a campaign the same test follows."""
    manager: Any = item.config.pluginmanager
    hook: Any = item.ihook.pytest_runtest_teardown
    there = [one.plugin for one in hook.get_hookimpls() if one.plugin is not plugin]
    return manager.subset_hook_caller(
        "pytest_runtest_teardown", [one for one in manager.get_plugins() if not any(one is other for other in there)]
    )


def _numbered(make_report: Callable[..., pytest.TestReport]) -> Callable[..., pytest.TestReport]:
    """Return `make_report`, whose reports say as the plugin's do how often the test was run before."""

    def make(item: Any, call: "pytest.CallInfo[None]") -> pytest.TestReport:
        report: Any = make_report(item=item, call=call)
        report.rerun = item.execution_count - 1
        return report  # type: ignore[no-any-return]  # hooks are not typed

    return make


def _forget_failed_fixtures(item: Any) -> None:
    """Let fixtures of a longer scope whose setup failed be set up anew, as the plugin does in its newest version.

    Earlier ones leave finalizers behind, which pytest 9 refuses at the next setup.
    """
    for fixtures in getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).values():
        for fixture in fixtures:
            if fixture.cached_result is not None and fixture.cached_result[2] is not None:
                fixture.cached_result = None
                if isinstance(finalizers := getattr(fixture, "_finalizers", None), list):
                    finalizers.clear()
