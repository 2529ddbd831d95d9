"""Text that is nothing but lines of the short summary, as a person pastes them from a log."""

from dataclasses import dataclass, field
from typing import Final

from harness.logs.dialects.lines import Line
from harness.logs.text.bars import closing_tally
from harness.logs.text.node_text import pasted_entry
from harness.logs.text.quote import quote
from harness.logs.text.session import Named, Session

LONGEST: Final = 50  # lines; more than that is a log, in which a test may have printed such lines


@dataclass(slots=True)
class Pasted:
    """Reads a whole text. named: summary lines seen, anywhere in it, so far as the first LONGEST lines go."""

    named: list[Named] = field(default_factory=list)
    _tally: dict[str, int] | None = None
    _lines: int = 0
    _mixed: bool = False

    @property
    def over(self) -> bool:
        """Whether the text is longer than what is pasted."""
        return self._lines > LONGEST

    def feed(self, line: Line) -> None:
        """Take the next line."""
        self._lines += 1
        if self._lines > LONGEST or not line.text:
            return
        entry = pasted_entry(line.text)
        if self._tally is not None or (entry is None and closing_tally(line.text) is None):
            self._mixed = True  # nothing follows a closing line
        if entry is not None:
            self.named.append(Named(*entry, quote("summary", line)))
        else:
            self._tally = closing_tally(line.text)

    def session(self) -> Session | None:
        """Return the lines as a run, None if the text is longer or holds anything else."""
        if self._mixed or not self.named or self._lines > LONGEST:
            return None
        start = self.named[0].evidence.line
        return Session(start, fragment=True, pasted=True, summary=self.named, tally=self._tally)
