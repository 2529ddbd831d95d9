"""A child's reports and warnings on their way to the process that pytest's own plugins live in."""

import sys
import warnings
from typing import Any, Final

import pytest

from pytest_repro.engine.frames import FrameSender, Message
from pytest_repro.engine.subtest_count import SubtestCount
from pytest_repro.modes.announcer import Reports
from pytest_repro.modes.campaign import Campaign, interactor_of

_MOST_WARNINGS: Final = 1000
_ALIKE: Final = ("nodeid", "location", "keywords")  # in all reports of an iteration, and most of what a message holds


class PipeOutlet:
    """The child's end: sends what a loop tells, and every warning that pytest records here.

    It is made in the parent, where it does nothing: to make pytest know it costs more than a short test.
    """

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._sender: FrameSender | None = None
        campaign.config.pluginmanager.register(self, "repro-pipe")

    def open(self, sender: FrameSender) -> None:
        """Be the outlet of this process, a child, from now on."""
        self._sender = sender
        if (interactor := interactor_of(self._campaign.config)) is not None:
            self._campaign.config.pluginmanager.unregister(interactor)  # its channel is the parent's

    def close(self) -> None:
        """Let pytest forget it."""
        self._campaign.config.pluginmanager.unregister(self)

    def send(self, message: Message) -> None:
        """Send a message; nothing in a process that is no child."""
        if self._sender is not None:
            self._sender.send(message)

    def failed(self, test: int, reports: Reports, runs: list[int]) -> None:
        """Send the reports of a first failure."""
        self.send({"what": "failed", "test": test, "runs": runs, "reports": self.packed(test, reports)})

    def passed(self, test: int, reports: Reports) -> None:
        """Send the reports of an iteration that did not fail."""
        self.send({"what": "passed", "test": test, "reports": self.packed(test, reports)})

    def closed(self, test: int, reports: Reports) -> None:
        """Send the reports of fixtures that failed as they were torn down."""
        self.send({"what": "closed", "test": test, "reports": self.packed(test, reports)})

    def ended(self, *, tally: str = "", coverage: str = "", timed_out: bool = False) -> None:
        """Send, as a child's last words, what its parent must know."""
        session = self._campaign.session
        self.send(
            {
                "what": "end",
                "tally": tally,
                "coverage": coverage,
                "timed_out": timed_out,
                "shouldfail": str(session.shouldfail or ""),
                "shouldstop": str(session.shouldstop or ""),
            }
        )

    def packed(self, test: int, reports: Reports) -> list[Message]:
        """Return reports as JSON objects, by the hook that xdist uses too."""
        config = self._campaign.config
        counted = SubtestCount(self._campaign.tests[test].item)
        if counted.show(reports):
            for report in reports:  # pytest makes a test fail for its subtests when it is asked how the test went
                config.hook.pytest_report_teststatus(report=report, config=config)
        packed = [config.hook.pytest_report_to_serializable(config=config, report=report) for report in reports]
        for data in packed:  # as a JUnit file will write them, which JSON would not keep
            data["user_properties"] = [(str(name), _plain(value)) for name, value in data["user_properties"]]
        for data in packed[1:]:  # what they have in common is sent once
            if all(data.get(name) == packed[0].get(name) for name in _ALIKE):
                for name in _ALIKE:
                    data.pop(name, None)
        return packed

    def pytest_warning_recorded(
        self,
        warning_message: warnings.WarningMessage,
        when: str,
        nodeid: str,
        location: tuple[str, int, str] | None,
    ) -> None:
        """Send a warning."""
        if self._sender is not None:
            kind = warning_message.category
            self.send(
                {
                    "what": "warning",
                    "text": str(warning_message.message),
                    "category": [kind.__module__, kind.__qualname__],
                    "filename": warning_message.filename,
                    "lineno": warning_message.lineno,
                    "when": when,
                    "nodeid": nodeid,
                    "location": location,
                }
            )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else str(value)


class Inlet:
    """The parent's end: turns messages into reports and warnings again."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._warned: set[tuple[Any, ...]] = set()

    def reports(self, message: Message) -> Reports:
        """Return the reports in a message."""
        found = []
        alike = {name: value for name, value in next(iter(message["reports"]), {}).items() if name in _ALIKE}
        for data in message["reports"]:
            if "nodeid" not in data:
                data |= alike
                data["keywords"] = data["keywords"].copy()  # each report has its own
            for name in ("location", "longrepr"):  # of a skip: where and why
                if isinstance(data.get(name), list):
                    data[name] = tuple(data[name])
            for name in ("sections", "user_properties"):
                data[name] = [tuple(pair) for pair in data.get(name, ())]
            subtest = data.get("_subtest.context")
            report = self._config.hook.pytest_report_from_serializable(config=self._config, data=data)
            if subtest is not None:  # pytest has made texts of the parameters, and would quote those once more
                object.__setattr__(report.context, "kwargs", subtest["kwargs"])
            found.append(report)
        return found

    def warn(self, message: Message) -> None:
        """Let pytest know of a warning, once, however many iterations and processes gave it."""
        key = (message["text"], message["filename"], message["lineno"], *message["category"])
        if key in self._warned or len(self._warned) >= _MOST_WARNINGS:
            return
        self._warned.add(key)
        warning = warnings.WarningMessage(
            message["text"], _category(*message["category"]), message["filename"], message["lineno"]
        )
        location = tuple(message["location"]) if message["location"] else None
        self._config.hook.pytest_warning_recorded.call_historic(
            kwargs={
                "warning_message": warning,
                "when": message["when"],
                "nodeid": message["nodeid"],
                "location": location,
            }
        )


def _category(module: str, name: str) -> type[Warning]:
    """Return the warning's class where this process has it too; pytest shows its name."""
    found = getattr(sys.modules.get(module), name, None)
    if isinstance(found, type) and issubclass(found, Warning):
        return found
    return type(name, (Warning,), {"__module__": module})
