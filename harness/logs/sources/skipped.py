"""What of a source was not read, and why, in one sentence for each reason."""

from typing import Final

from harness.logs.sources.member_names import cleaned

_NAMED: Final = 3


class Skipped:
    """Collects files by reason; however many there are, the sentences stay few and short."""

    def __init__(self) -> None:
        self._reasons: dict[str, dict[str, None]] = {}

    def add(self, reason: str, name: str) -> None:
        """Take note of the file `name`, however often; `reason` begins the sentence: "Not read, encrypted"."""
        self._reasons.setdefault(reason, {})[cleaned(name)] = None

    def sentences(self) -> tuple[str, ...]:
        """Return one sentence for each reason, in the order in which they came up."""
        return tuple(_sentence(reason, list(names)) for reason, names in self._reasons.items())


def _sentence(reason: str, names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{reason}: {', '.join(names[:_NAMED])}{more}."
