"""An analysis fit to be published."""

from typing import Any, Final

from harness.domain.analysis import Analysis
from harness.logs.publish_mask import for_publication

_VARIABLES: Final = ("environment", "matrix")


def published(found: Analysis) -> Analysis:
    """Return `found` with every text masked as `for_publication` does; names of tests and variables stay."""
    return Analysis.from_json(_masked(found.to_json()))


def _masked(data: Any) -> Any:
    match data:
        case str():
            return for_publication(data)
        case dict():
            return {name: _member(name, value) for name, value in data.items()}
        case list() | tuple():
            return [_masked(one) for one in data]
        case _:
            return data


def _member(name: str, value: Any) -> Any:
    if name in ("signature", "commit"):
        return value  # of ours, and of git: random, and no secret
    return {one: _variable(one, told) for one, told in value.items()} if name in _VARIABLES else _masked(value)


def _variable(name: str, value: str) -> str:
    """Return the value masked; the variable's name tells what it is."""
    shown = for_publication(f"{name}={value}")
    return shown.removeprefix(f"{name}=") if shown.startswith(f"{name}=") else for_publication(value)
