"""pytest's terminal output read line by line into sessions."""

import re
from typing import Final

from harness.logs.bars import bar_title, closing_tally
from harness.logs.block import WORKER_CRASH, Block
from harness.logs.circumstances import pytest_command
from harness.logs.lines import Line
from harness.logs.node_text import FAILING, progress_entry, summary_entry
from harness.logs.progress import Progress
from harness.logs.quote import quote
from harness.logs.session import Crash, Named, Session

_START: Final = "test session starts"
_SUMMARY: Final = "short test summary info"
_FAILING: Final = ("ERRORS", "FAILURES")
_REPORT: Final = (*_FAILING, "PASSES", "XFAILURES", "XPASSES", "RERUNS")
_ENDS_PROGRESS: Final = ("warning", "durations", "summary", "coverage")
_DURATION: Final = re.compile(r"\d{1,9}\.\d\ds (?:call|setup|teardown) +(\S{1,500}?)::")
_PLACED_FILE: Final = re.compile(r"(?:SKIPPED|XFAIL) \[\d{1,9}\] (\S{1,500}):\d{1,7}: ")
_CRASH_LINE: Final = re.compile(r"((?:[A-Za-z]:)?[^\s:][^:]{0,500}):(\d{1,7}): (.+)$")


class PytestText:
    """Reads the lines of one stream into `sessions`, in their order; `loose` holds what stands outside any session.

    A session passes through progress, report (ERRORS, FAILURES, PASSES...) and summary. What a test printed stands in
    the report and may itself look like a run of pytest. A new start or a section out of order there opens an inner
    run, skipped until its closing line. And after a closing line, more tracebacks or another summary open a session
    that is only "resumed": if it closes itself, the closing line before was a test's print, and both are one run.
    """

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.loose = Session(start=0, fragment=True)
        self._session: Session | None = None  # None between runs
        self._section = ""  # "progress", "summary", "other", or a name from _REPORT
        self._inner = 0
        self._block: Block | None = None
        self._last_report = ""
        self._progress = Progress()
        self._command: str | None = None

    @property
    def in_report(self) -> bool:
        """Whether the current line stands among tracebacks and captured output."""
        return self._session is not None and not self._session.resumed and self._section in _REPORT

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if not text:
            return
        first = text[0]
        if (
            (first == "=" and self._bar(line))
            or (first.isdigit() and self._plain_closing(line))
            or (first == "_" and self._header(line))
            or (first == "-" and self._dashes(line))
        ):
            return
        if not self.in_report:
            self._command = pytest_command(text) or self._command
        if self._session is None:
            self._outside(line)
        elif not self._inner:
            self._inside(self._session, line)

    def finish(self) -> list[Session]:
        """Return the sessions; a resumed one that never closed was none."""
        self._drop_resumed()
        return self.sessions

    def _open(self, line: Line, section: str, width: int, *, headed: bool = False, resumed: bool = False) -> Session:
        self._drop_resumed()
        session = Session(line.number, width, headed, resumed, command=self._command)
        self.sessions.append(session)
        self._session, self._section, self._inner, self._block = session, section, 0, None
        self._progress = Progress()
        return session

    def _drop_resumed(self) -> None:
        if not self.sessions or not self.sessions[-1].resumed:
            return
        resumed = self.sessions.pop()
        earlier = self._earlier(len(self.sessions))
        if resumed.summarised and resumed.blocks and earlier is not None:  # `-qq` prints no closing line
            self._join(earlier, resumed)

    def _earlier(self, end: int) -> int | None:
        """Return the index of the last session before index `end` of which more than a closing line was seen."""
        return next((at for at in range(end - 1, -1, -1) if not self.sessions[at].bare), None)

    def _join(self, earlier: int, session: Session) -> None:
        """Make `session` one with the earlier one, of which a closing line was a test's print."""
        session.absorb(self.sessions[earlier])
        self.sessions[earlier:] = [session]

    def _bar(self, line: Line) -> bool:
        """Handle a bar of "="; say whether it was one of pytest's."""
        title = bar_title(line.text, "=")
        if title is None:
            return False
        if title == _START:
            self._started(line)
            return True
        tally = closing_tally(line.text)
        if tally is not None:
            return self._close(line, tally, barred=True)
        session = self._session
        if session is not None and bar_title(line.text, "=", session.width) is None:
            return False  # not as wide as the others: some program printed it
        if title == _SUMMARY or title in _REPORT:
            self._section_begins(line, title)
            return True
        return self._other_section(title)

    def _started(self, line: Line) -> None:
        if self.in_report:
            self._inner += 1
        else:
            self._open(line, "progress", len(line.text), headed=True)

    def _section_begins(self, line: Line, title: str) -> None:
        session = self._session
        if session is None or (session.resumed and title in _FAILING):
            again = title == _SUMMARY and bool(self.sessions)
            session = self._open(line, "progress", len(line.text), resumed=again)
        if self._inner:
            return
        if self._out_of_order(title):
            self._inner += 1
            return
        if title == _SUMMARY:
            session.summary, session.summarised = [], True  # the last one is the real one
            session.summary_first = not session.blocks and self._section == "progress"
            self._section = "summary"
        else:
            self._section = self._last_report = title
        self._block = None

    def _out_of_order(self, title: str) -> bool:
        """Say whether no run of pytest prints `title` after the section that we are in."""
        if self._section == "ERRORS":
            return title == "ERRORS"
        return self._section in _REPORT and title in _FAILING

    def _plain_closing(self, line: Line) -> bool:
        tally = closing_tally(line.text)
        return tally is not None and self._close(line, tally, barred=False)

    def _close(self, line: Line, tally: dict[str, int], *, barred: bool) -> bool:
        """Handle a closing line; say whether it closed something."""
        session = self._session
        if session is not None and self._inner:
            self._inner -= 1
            return True
        if session is None:
            return self._close_again(line, tally, barred=barred)
        earlier = self._earlier(len(self.sessions) - 1)
        after_headed = earlier is not None and self.sessions[earlier].headed
        if session.resumed and not session.blocks and not barred:
            session.resumed = False  # a quiet run of its own, with --tb=no
        if (session.headed or (session.resumed and after_headed)) and not barred:
            return False  # a quiet run, started by a test
        if earlier is not None and not session.headed and (session.resumed or (barred and after_headed)):
            self._join(earlier, session)  # only a headed run closes with bars: it is the end of the one before
        session.tally = tally
        self._session = self._block = None
        return True

    def _close_again(self, line: Line, tally: dict[str, int], *, barred: bool) -> bool:
        """Handle a closing line outside any run: the real one after a test's print, or that of a quiet run."""
        last = self.sessions[-1] if self.sessions else None
        if last is not None and last.headed and barred:
            last.tally = tally
        elif not barred or last is None:
            self._open(line, "progress", last.width if last else 0).tally = tally
            self._session = None
        return True

    def _other_section(self, title: str) -> bool:
        """Leave the report at a bar of pytest's with another title (warnings summary, durations, a plugin's)."""
        if self._session is None or self._inner:
            return False
        if self._section != "progress" or any(word in title for word in _ENDS_PROGRESS):
            self._section, self._block = "other", None
        return True

    def _header(self, line: Line) -> bool:
        """Handle `____ title ____`; say whether it began a traceback."""
        session = self._session or (self.sessions[-1] if self.sessions else None)
        title = bar_title(line.text, "_", session.width if session else 0)
        if title is None or self._inner:
            return False
        if session is None:
            self._block = Block.under(title, quote("header", line))
            self.loose.blocks.append(self._block)
            return True
        if self._session is None:
            if not self._last_report:
                return False
            session = self._open(line, self._last_report, session.width, resumed=True)
        if self._section == "summary" and self._last_report:
            self._section = self._last_report  # a test had printed the bar of the summary
        self._block = None
        if self._section in _FAILING:
            self._block = Block.under(title, quote("header", line))
            session.blocks.append(self._block)
        return True

    def _dashes(self, line: Line) -> bool:
        """Handle `---- Captured stdout call ----` and the like: what follows is a test's, not ours to read."""
        session = self._session
        if session is None or self._inner or self._section not in (*_REPORT, "summary"):
            return False
        if bar_title(line.text, "-") is None:
            return False
        if self._section == "summary" and bar_title(line.text, "-", session.width) and self._last_report:
            self._section, self._block = self._last_report, Block.under("", quote("header", line))
        if self._block is not None:
            self._block.captured = True
        return True

    def _inside(self, session: Session, line: Line) -> None:
        text = line.text
        if self._section == "progress":
            self._progress.feed(session, line)
        elif self._section == "summary":
            if (entry := summary_entry(text)) is not None:
                session.summary.append(Named(*entry, quote("summary", line)))
            elif (placed := _PLACED_FILE.match(text)) is not None:
                session.files.add(placed[1])
        elif self._section in _FAILING:
            self._failing(session, line)
        elif (found := _DURATION.match(text)) is not None:
            session.files.add(found[1])

    def _failing(self, session: Session, line: Line) -> None:
        if self._block is not None:
            self._block.feed(line.text)
        elif (found := _CRASH_LINE.match(line.text)) is not None:
            place = f"{found[1]}:{found[2]}"
            session.crash_lines.append(Named("failed", place, found[3], quote("header", line)))

    def _outside(self, line: Line) -> None:
        """Take a line that belongs to no run: an excerpt may consist of nothing else."""
        loose, text = self.loose, line.text
        if self._block is not None:
            self._block.feed(text)
        if (crash := WORKER_CRASH.match(text)) is not None:
            loose.crashes.append(Crash(crash[2], None, text, (quote("crash", line),)))
        elif "::" in text:
            entry, running = summary_entry(text), progress_entry(text)
            if entry is not None:
                loose.summary.append(Named(*entry, quote("summary", line)))
            elif running is not None and running[1] in FAILING:
                loose.progress.append(Named(FAILING[running[1]], running[0], None, quote("progress", line)))
