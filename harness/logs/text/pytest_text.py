"""pytest's terminal output read line by line into sessions."""

import re
from typing import Final

from harness.logs.dialects.lines import Line
from harness.logs.dialects.surroundings import TELLING, Surroundings
from harness.logs.text.bars import bar_title, closing_tally, crowded_title
from harness.logs.text.block import WORKER_CRASH, Block
from harness.logs.text.circumstances import note_hypothesis, pytest_command
from harness.logs.text.node_text import FAILING, progress_entry, summary_entry
from harness.logs.text.progress import Progress, collected, goes_on, is_progress, is_test, letters_in
from harness.logs.text.quote import quote
from harness.logs.text.room import Room
from harness.logs.text.runs import Runs
from harness.logs.text.session import Crash, Named, Session

_START: Final = "test session starts"
_SUMMARY: Final = "short test summary info"
_FAILING: Final = ("ERRORS", "FAILURES")
_REPORT: Final = (*_FAILING, "PASSES", "XFAILURES", "XPASSES", "RERUNS")
_SECTIONS: Final = (_SUMMARY, *_REPORT)
_HEAD: Final = f"= {_START} ="
_STRUCTURAL: Final = frozenset("=_- 0123456789")
_ENDS_PROGRESS: Final = ("warning", "durations", "summary", "coverage")
_DURATION: Final = re.compile(r"\d{1,9}\.\d\ds (?:call|setup|teardown) +(\S{1,500}?)::")
_PLACED_FILE: Final = re.compile(r"(?:SKIPPED|XFAIL) \[\d{1,9}\] (\S{1,500}):\d{1,7}: ")
_LOOSE: Final = frozenset(".FEsxXRpwSW")  # what a line outside of any run begins with that may matter without an id
_CRASH_LINE: Final = re.compile(r"((?:[A-Za-z]:)?[^\s:][^:]{0,500}):(\d{1,7}): (.+)$")


class PytestText:
    """Reads the lines of one stream into sessions; `loose` holds what stands outside any session.

    A session passes through progress, report (ERRORS, FAILURES, PASSES...) and summary. What a test printed stands in
    the report and may itself look like a run of pytest. A new start or a section out of order there opens an inner
    run, skipped until its closing line; what follows a closing line may be more of the same run (see `Runs`).
    """

    def __init__(
        self,
        around: Surroundings | None = None,
        room: Room | None = None,
        room_outside: Room | None = None,
        *,
        exact: bool = True,
    ) -> None:
        self._exact = exact  # a bar that is not as wide as the others is no bar of pytest's
        self.crooked = False  # one was seen that no test can have printed, were it not for -s
        self._runs = Runs(around or Surroundings(), room or Room())
        self.in_report = False  # the line before stood among tracebacks and captured output
        self.loose = Session(start=0, fragment=True, room=room_outside or Room())
        self._section = ""  # "progress", "summary", "other", or a name from _REPORT
        self._inner = 0
        self._block: Block | None = None
        self._last_report = ""
        self._progress = Progress()

    @property
    def session(self) -> Session | None:
        """The run that goes on, None between runs; not one of which only its own end can say that it is one."""
        current = self._runs.current
        return None if current is None or current.resumed else current

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if not text:
            return
        first = text[0]
        if text[-1] == "=" != first and _HEAD in text and self._glued(line):
            return
        if first in _STRUCTURAL and self._structural(first, line):
            session = self._runs.current
            self.in_report = session is not None and not session.resumed and self._section in _REPORT
            return
        if "py" in text and not self.in_report and ("pytest" in text or "py.test" in text):
            self._runs.command = pytest_command(text) or self._runs.command
        session = self._runs.current
        if session is None:
            if first in TELLING:
                self._runs.around.feed(text)
            if first in _LOOSE or "::" in text or self._block is not None or self._runs.outer is not None:
                self._outside(line)
        elif not self._inner:
            if self._section == "progress":
                if first != "c" or not self._collected(session, line):
                    self._progress.feed(session, line)
                    goes_on_after = session.narrow and (session.killed or is_progress(text))
                    if self.crooked and (goes_on_after or (letters_in(text) and text != "...")):
                        self.crooked = False  # the run went on: a test printed the bar
            else:
                self._inside(session, line)

    def _structural(self, first: str, line: Line) -> bool:
        """Handle a bar, a header or a closing line; say whether it was one."""
        if first == "=":
            return self._bar(line)
        if first == "_":
            return self._header(line)
        if first == "-":
            return self._dashes(line)
        if first == " ":
            return self._section in _FAILING and self._crowded_header(line)
        return self._plain_closing(line)

    def finish(self) -> list[Session]:
        """Return the sessions in their order."""
        return self._runs.finish()

    def _open(self, line: Line, section: str, width: int, *, headed: bool = False, resumed: bool = False) -> Session:
        self._section, self._inner = section, 0
        self._follow(None)
        self._progress = Progress()
        self.loose.drop()  # a log with runs is no excerpt
        return self._runs.open(line, width if self._exact else 0, headed=headed, resumed=resumed)

    def _follow(self, block: Block | None) -> None:
        """Let `block` be what the next lines belong to."""
        before, session = self._block, self._runs.last()
        if before is not None and before.kept:
            if before.doubted and before.empty and session is not None:
                session.drop_block(before)
            before.seal(self._runs.room.fitting)
        self._block = block

    def _bar(self, line: Line) -> bool:
        """Handle a bar of "="; say whether it was one of pytest's."""
        title = bar_title(line.text, "=")
        if title is None:
            return False
        if title == _START:
            self._started(line)
            return True
        outer = self._runs.outer
        if outer is not None and self._runs.moved and title in _SECTIONS and bar_title(line.text, "=", outer.width):
            self._resume()
        session = self._runs.current
        same = session if self._runs.moved else self._runs.last()
        if same is not None and bar_title(line.text, "=", same.width) is None:
            closing = closing_tally(line.text) is not None
            if self._runs.current is not None and not self._inner:
                self.crooked = self.crooked or (not self._captured and (closing or title in _SECTIONS))
                self._runs.current.narrow = line.number if closing else self._runs.current.narrow
            return False  # not as wide as the others: some program printed it
        tally = closing_tally(line.text)
        if tally is not None:
            return self._close(line, tally, barred=True)
        if title in _SECTIONS:
            self._section_begins(line, title)
            return True
        return self._other_section(title)

    def _started(self, line: Line) -> None:
        if self.in_report:
            self._inner += 1
        else:
            self._open(line, "progress", len(line.text), headed=True)

    def _glued(self, line: Line) -> bool:
        """Take a start behind the name or the letters of the test that prints it; say whether it is one."""
        at = line.text.find(_HEAD)
        at = len(line.text[:at].rstrip("="))
        before = line.text[:at].rstrip()
        if self.in_report or bar_title(line.text[at:], "=") != _START or not is_test(before):
            return False
        self.feed(line._replace(text=before))
        self.feed(line._replace(text=line.text[at:]))
        return True

    def _collected(self, session: Session, line: Line) -> bool:
        """Take the line that says what was collected; say whether it is one. A second one is that of another run."""
        number = collected(line.text)
        if number is None or session.assumed or not session.headed:
            return False
        if session.collected is not None:
            session = self._open(line, "progress", session.width, headed=True)
            session.assumed = True
        session.collected = number
        return True

    def _resume(self) -> Session | None:
        """Go on with the run of which a test printed the last one."""
        self._section, self._inner = "progress", 0
        self._follow(None)
        self._progress = Progress()
        return self._runs.resume()

    def _section_begins(self, line: Line, title: str) -> None:
        session = self._runs.current
        if session is None or (session.resumed and title in _FAILING and self._section != "ERRORS"):
            again = bool(self._runs.sessions) and (title == _SUMMARY or not self._runs.moved)
            session = self._open(line, "progress", len(line.text), resumed=again)
        if self._inner:
            return
        if self._out_of_order(title):
            if self._captured:
                self._inner += 1
                return
            session.drop_blocks()  # the section before was printed by a test that ran without capture
        if title == _SUMMARY:
            session.drop_summary()  # the last one is the real one
            session.doubted = session.doubted or self._captured
            session.summarised = True
            session.summary_first = not session.blocks and self._section == "progress"
            self._section = "summary"
        else:
            self._section = self._last_report = title
        self._follow(None)

    @property
    def _captured(self) -> bool:
        """Whether the line before was captured output, or a part of a traceback that may be anything."""
        return self._block is not None and (self._block.captured or not self._block.located)

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
        session = self._runs.current
        if session is not None and self._inner:
            self._inner -= 1
            return True
        if session is not None and self._captured:
            session.doubted = True
        if not self._runs.close(line, tally, barred=barred):
            if session is not None and session.belies(tally) and self._section == "summary" and self._last_report:
                self._section = self._last_report  # a test had printed the summary too
                session.drop_summary()
                captured = Block.under("", quote("header", line))
                captured.captured = True
                self._follow(captured)
            return False
        self._follow(None)
        return True

    def _other_section(self, title: str) -> bool:
        """Leave the report at a bar of pytest's with another title (warnings summary, durations, a plugin's)."""
        if self._runs.current is None or self._inner:
            return False
        if self._section != "progress" or any(word in title for word in _ENDS_PROGRESS):
            self._section = "other"
            self._follow(None)
        return True

    def _header(self, line: Line) -> bool:
        """Handle `____ title ____`; say whether it began a traceback."""
        session = self._runs.last()
        title = bar_title(line.text, "_", session.width if session else 0)
        if title is None or self._inner:
            uncaptured = self._section in _FAILING and not (self._inner or self._captured)
            self.crooked = self.crooked or (uncaptured and bar_title(line.text, "_") is not None)
            return False
        if session is None:
            self._begin(self.loose, title, line)
            return True
        if self._runs.current is None:
            if not self._last_report:
                return False
            session = self._open(line, self._last_report, session.width, resumed=True)
        if self._section == "summary" and self._last_report:
            self._section = self._last_report  # a test had printed the bar of the summary
        printed = self._captured
        self._follow(None)
        if self._section in _FAILING:
            self._begin(session, title, line, printed=printed)
        return True

    def _begin(self, session: Session, title: str, line: Line, *, printed: bool = False) -> None:
        """Begin a traceback."""
        block = Block.under(title, quote("header", line))
        block.doubted = printed
        self._follow(block)
        session.begins(block)

    def _crowded_header(self, line: Line) -> bool:
        """Handle a header whose title left no room for its bar."""
        session = self._runs.current
        title = crowded_title(line.text, session.width) if session is not None and not self._inner else None
        if session is None or title is None:
            return False
        self._begin(session, title, line)
        return True

    def _dashes(self, line: Line) -> bool:
        """Handle `---- Captured stdout call ----` and the like: what follows is a test's, not ours to read."""
        session = self._runs.current
        if session is None or self._inner or self._section not in (*_REPORT, "summary"):
            return False
        if bar_title(line.text, "-") is None:
            return False
        if self._section == "summary" and bar_title(line.text, "-", session.width) and self._last_report:
            self._section = self._last_report
            self._follow(Block.under("", quote("header", line)))
        if self._block is not None:
            self._block.captured = True
        return True

    def _inside(self, session: Session, line: Line) -> None:
        text = line.text
        if self._section == "summary":
            if (entry := summary_entry(text)) is not None:
                session.names("summary", Named(*entry, quote("summary", line)))
            elif (placed := _PLACED_FILE.match(text)) is not None:
                session.saw(placed[1])
            elif text[0] in ".FE" and letters_in(text):
                session.failing = 0  # runs with -qq, of which none shows its end: what follows may be of the next one
        elif self._section in _FAILING:
            self._failing(session, line)
        elif (found := _DURATION.match(text)) is not None:
            session.saw(found[1])

    def _failing(self, session: Session, line: Line) -> None:
        if "hypothesis-seed=" in line.text or "@reproduce_failure(" in line.text:
            note_hypothesis(session, line.text)
        if self._block is not None:
            self._block.feed(line.text)
        elif (found := _CRASH_LINE.match(line.text)) is not None:
            place = f"{found[1]}:{found[2]}"
            session.names("crash_lines", Named("failed", place, found[3], quote("header", line)))

    def _outside(self, line: Line) -> None:
        """Take a line that belongs to no run: an excerpt may consist of nothing else."""
        loose, text = self.loose, line.text
        if self._block is not None:
            self._block.feed(text)
        if self._runs.outer is not None and goes_on(self._runs.outer, text) and (outer := self._resume()) is not None:
            self._progress.feed(outer, line)
            return
        if text[0] in ".FEsxXRp" and (letters := letters_in(text)):
            self._runs.letters(line, letters)
        if self._runs.sessions:
            return  # a log with runs is no excerpt
        if text[0] in "wsWS" and (crash := WORKER_CRASH.match(text)) is not None:
            loose.crashed(Crash(crash[2], None, text, (quote("crash", line),)))
        elif "::" in text:
            entry, running = summary_entry(text), progress_entry(text)
            named = entry[1] if entry else running[0] if running else ""
            if " " in named.partition("::")[0]:
                return  # outside of a run it is more likely a sentence than a folder's name
            if entry is not None:
                loose.names("summary", Named(*entry, quote("summary", line)))
            elif running is not None and running[1] in FAILING:
                loose.names("progress", Named(FAILING[running[1]], running[0], None, quote("progress", line)))
