"""The class of a job's failure, with the line that carries it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from harness.domain.failing_test import Evidence

# What may be mended without asking is the first five: a change of versions, limits or retries, never of a test.
FIXABLE: Final = ("missing_dependency", "timeout", "docker_build", "resource_exhaustion", "network_error")
FAILURE_CLASSES: Final = (*FIXABLE, "env_variable_missing", "permission_denied", "syntax_error", "test_failure")
NONE: Final = "none"  # the job passed
UNKNOWN: Final = "unknown"  # the evidence does not carry a class
SUB_KINDS: Final = ("assertion", "fixture", "collection", "crash", "hang")  # of test_failure


@dataclass(frozen=True, slots=True)
class Verdict:
    """What kind of failure a job's log shows.

    failure_class: one of FAILURE_CLASSES, NONE or UNKNOWN; kind: one of SUB_KINDS for a test_failure, else None;
    confidence: 0 to 1, set by hand for each rule and checked on labelled logs: of the verdicts that claim 0.9 or more
    at least nine in ten are right; rule: the name of the rule that decided ("" if none did); quoted: the line that
    carries the class; root_cause: the lines around or before it that tell why, in the order of the log; affected_files:
    as the log prints them; advice: sentences for a person; step: the job or step that failed, as the log calls it;
    runner_up: the class that came second, if any did.
    """

    failure_class: str
    kind: str | None = None
    confidence: float = 0.0
    rule: str = ""
    quoted: Evidence | None = None
    root_cause: tuple[Evidence, ...] = ()
    affected_files: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    step: str | None = None
    runner_up: str | None = None

    @property
    def fix_may_be_proposed(self) -> bool:
        """Whether a fix may be proposed without a person or an agent who decides."""
        return self.failure_class in FIXABLE

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` turns back into an equal Verdict."""
        return {**asdict(self), "fix_may_be_proposed": self.fix_may_be_proposed}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Verdict":
        """Return the Verdict that `to_json` described."""
        told = {name: value for name, value in data.items() if name != "fix_may_be_proposed"}
        told["quoted"] = Evidence.from_json(told["quoted"]) if told["quoted"] else None
        told["root_cause"] = tuple(Evidence.from_json(item) for item in told["root_cause"])
        told["affected_files"], told["advice"] = tuple(told["affected_files"]), tuple(told["advice"])
        return cls(**told)
