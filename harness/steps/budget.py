"""Time limits: what a step may still spend of its own budget and of the total."""

from dataclasses import dataclass

from harness.ports import Clock


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock, in seconds; `name` is the budget that it belongs to."""

    clock: Clock
    at: float
    name: str

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock.monotonic())

    @property
    def spent(self) -> bool:
        """Whether too little is left to start a process that could still answer."""
        return self.remaining < 0.2

    def within(self, seconds: float, name: str) -> "Deadline":
        """Return the earlier of this deadline and `seconds` from now, which is then called `name`."""
        at = self.clock.monotonic() + seconds
        return Deadline(self.clock, at, name) if at < self.at else self
