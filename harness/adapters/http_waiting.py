"""How long a client waits before it asks again: as the server says, within one budget, and never in silence."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from harness.adapters.http_reply import Reply
from harness.ports import Clock
from pytest_repro.core.errors import ReproError

TRIES: Final = 4  # in all, where the server has trouble of its own
_SECONDARY: Final = 60.0  # GitHub asks for a minute where it names no time
_TROUBLE: Final = frozenset((500, 502, 503, 504))


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds to wait and why; limited: whether the server refuses more requests until then."""

    seconds: float
    why: str
    limited: bool


class Waiting:
    """The waiting of one client, `budget` seconds in all; `say` is told of every wait before it begins."""

    def __init__(self, clock: Clock, sleep: Callable[[float], None], say: Callable[[str], None], budget: float) -> None:
        self._clock = clock
        self._sleep = sleep
        self._say = say
        self._left = budget

    def pause(self, seconds: float, why: str) -> bool:
        """Wait and return True; return False at once where that is more than is left."""
        if seconds > self._left:
            return False
        self._left -= seconds
        self._say(f"{why}: waiting {seconds:.0f} s ({self._left:.0f} s of waiting are left after that)")
        self._sleep(seconds)
        return True

    def after(self, reply: Reply, tries: int) -> bool:
        """Wait as `reply`, the answer to try number `tries`, asks; return whether to ask again.

        Raises ReproError("forge-rate-limit") where the server refuses for longer than the budget lasts.
        """
        wait = self._asked(reply, tries)
        if wait is None:
            return False
        if self.pause(wait.seconds, wait.why):
            return True
        if wait.limited:
            raise self._limited(wait, reply)
        return False

    def _asked(self, reply: Reply, tries: int) -> Wait | None:
        told = self._retry_after(reply)
        if reply.status in _TROUBLE:
            seconds = told if told is not None else 2.0 ** (tries - 1)
            return Wait(max(1.0, seconds), f"{reply.host} answered {reply.status}", False) if tries < TRIES else None
        if reply.status not in (403, 429):
            return None
        why = f"{reply.host} asks to slow down (rate limit)"
        if told is not None:
            return Wait(max(1.0, told), why, True)
        if (reset := self._reset(reply)) is not None:
            return Wait(max(1.0, reset), why, True)
        if reply.status == 429 or "rate limit" in reply.message.lower():
            return Wait(_SECONDARY, why, True)
        return None

    def _retry_after(self, reply: Reply) -> float | None:
        text = reply.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,9}", text):
            return float(text)
        when = _date(text)
        return None if when is None else when - self._now(reply)

    def _reset(self, reply: Reply) -> float | None:
        """Return the seconds until a spent limit is given anew, None where none is spent."""
        for prefix in ("x-ratelimit", "ratelimit"):
            reset = reply.headers.get(f"{prefix}-reset", "").strip()
            if reply.headers.get(f"{prefix}-remaining", "").strip() == "0" and re.fullmatch(r"[0-9]{1,11}", reset):
                return float(reset) - self._now(reply) + 1.0
        return None

    def _now(self, reply: Reply) -> float:
        """Return the server's own time, as far as it tells it: our clock may be wrong."""
        date = _date(reply.headers.get("date", ""))
        return self._clock.now() if date is None else date

    def _limited(self, wait: Wait, reply: Reply) -> ReproError:
        more = "; signed in there is far more room: set GH_TOKEN or GITLAB_TOKEN, or gh auth login"
        return ReproError(
            f"{reply.host} refuses more requests {_until(self._now(reply) + wait.seconds)} (rate limit); "
            f"waiting is bounded, {self._left:.0f} s are left",
            "forge-rate-limit",
            "try again then" + ("" if reply.signed_in else more),
        )


def _until(moment: float) -> str:
    try:
        return f"until {datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):  # beyond the calendar
        return "for years"


def _date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # In HTTP a date without a zone (the form of C's asctime) is Greenwich's; Python takes it for ours.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
