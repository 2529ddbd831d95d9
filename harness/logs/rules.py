"""The table of patterns by which a failure gets its class."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern and what it says."""

    name: str
    failure_class: str


BUILT_IN: tuple[Rule, ...] = ()
