"""The part of a pytest run before its report: header, collection, and a line or a letter for each test."""

import re
from typing import Final

from harness.domain.failing_test import Evidence
from harness.logs.dialects.lines import Line
from harness.logs.text.circumstances import note_circumstance
from harness.logs.text.node_text import FAILING, OUTCOMES, is_node_id, is_path, progress_entry, without_print
from harness.logs.text.quote import quote
from harness.logs.text.session import Crash, Named, Session

_LETTERS: Final = re.compile(r"([^\s:]{1,500}) ([.FEsxXRpPf]{1,4000})(?: +\[ *\d{1,3}%\])?$")
_OUTCOME: Final = re.compile(r"([A-Za-z]{4,7})(?: +\[ *\d{1,3}%\])?$")
_COLLECTED: Final = re.compile(r"(?:collecting \.\.\. )?collected (\d{1,9}) items?(?: / (\d{1,9}) deselected)?(?: |$)")
_LETTERS_ONLY: Final = re.compile(r"([.FEsxXR]{1,4000})(?: +\[ *\d{1,3}%\])$")
_FINE: Final = OUTCOMES - FAILING.keys()
_FATAL: Final = "Fatal Python error: "
_TIMEOUT: Final = "+ Timeout +"
_KILLED: Final = re.compile(
    r"(?:\S.{0,400}: line \d{1,7}: +\d{1,9} )?"
    r"(?:Killed|Segmentation fault|Aborted|Bus error|Illegal instruction)(?: +\(core dumped\))?(?: {2,}\S.*)?$"
    r"|##\[error\]Process completed with exit code (?:124|13[2-9]|143)\.?$"
    r"|.{0,300}has exceeded the maximum execution time of "
    r"|No output has been received in the last \d"
)


def is_letters(text: str) -> bool:
    """Say whether `text` is nothing but the letters of tests, as quiet runs print them."""
    return _LETTERS_ONLY.match(text) is not None or not text.strip(".FEsxXRp")


def letters_in(text: str) -> int:
    """Return how many letters of tests `text` consists of, as quiet runs print them; 0 where it is anything else."""
    return len(text.partition(" ")[0]) if is_letters(text) else 0


def collected(text: str) -> int | None:
    """Return how many tests a run says to have collected, None where `text` does not say it."""
    found = _COLLECTED.match(text)
    return int(found[1]) - int(found[2] or 0) if found else None


def is_test(text: str) -> bool:
    """Say whether `text` may be what stands on the line of a test that runs, before anything that it prints."""
    return is_node_id(text) or is_path(text) or is_letters(text) or _LETTERS.match(text) is not None


def is_progress(text: str) -> bool:
    """Say whether `text` tells of a test that ran: letters, or a verbose line or the end of one."""
    return "::" in text or text.partition(" ")[0] in OUTCOMES or is_letters(text)


def goes_on(session: Session, text: str) -> bool:
    """Say whether `text` is a verbose line of the progress of `session`, and not one of any other run."""
    if "::" in text:
        entry = progress_entry(text)
        return entry is not None and entry[0].partition("::")[0] in session.files
    found = _OUTCOME.match(text) if session.running is not None else None
    return found is not None and found[1] in OUTCOMES


class Progress:
    """Reads progress lines into a session."""

    def __init__(self) -> None:
        self._path: str | None = None  # of the dots last seen

    def feed(self, session: Session, line: Line) -> None:
        """Take the next line of `session`."""
        text = line.text
        if "::" in text and self._passed(session, text):
            return
        if text[-1] == "+" and _TIMEOUT in text:
            self._timed_out(session, line)
        elif _FATAL in text:
            self._fatal(session, line)
        elif (entry := progress_entry(text)) is not None:
            self._progressed(session, line, *entry)
        elif self._bare_outcome(session, line) or self._dots(session, text):
            return
        else:
            if session.killed is None and _KILLED.match(text):
                session.killed = quote("crash", line)
                if is_path(text.partition(" ")[0]):
                    session.place = None  # on the line of a file whose dots cannot be told from what killed the run
            note_circumstance(session, text)

    @staticmethod
    def _passed(session: Session, text: str) -> bool:
        """Take what most lines of a long log are: a test of a known file that did not fail. Others are left.

        `tests/x.py::test PASSED [ 50%]`, `tests/x.py::test PASSED`, `[gw0] [ 50%] PASSED tests/x.py::test`.
        """
        worker = ""
        if text[:3] == "[gw":
            worker, _, rest = text[1:].partition("] ")
            outcome, _, name = (rest[7:] if rest[:1] == "[" and rest[4:7] == "%] " else rest).partition(" ")
        elif text[-2:] == "%]":
            name, _, outcome = text[:-7].rstrip().rpartition(" ")
            if text[-7:-5] != " [" or not text[-5:-2].lstrip(" ").isdecimal():
                return False
        else:
            name, _, outcome = text.rpartition(" ")
        path, _, test = name.partition("::")
        if (
            (outcome not in _FINE or path not in session.files)
            or (not test or test != test.strip() or " <- " in test or "()::" in test)
            or (worker and not worker[2:].isdecimal())
        ):
            return False
        if worker:
            session.xdist = True
            session.ends(worker, name, failing=False)
        session.running, session.finished = None, name
        return True

    @staticmethod
    def _progressed(session: Session, line: Line, name: str, outcome: str | None) -> None:
        path = name.partition("::")[0]
        if path not in session.files:
            session.saw(path)
        if line.text.startswith("[gw"):
            session.xdist = True
            session.ends(line.text[1 : line.text.index("]")], name, failing=outcome in FAILING)
        if outcome is None:
            session.running = (name, quote("progress", line))
            return
        session.running = None
        if outcome not in FAILING:
            session.finished = name
            return
        phase = "teardown" if FAILING[outcome] == "error" and session.finished == name else None
        session.names("progress", Named(FAILING[outcome], name, None, quote("progress", line), phase))
        session.saw(path, failing=True)

    @staticmethod
    def _bare_outcome(session: Session, line: Line) -> bool:
        """Handle an outcome on a line of its own, which follows live output of the running test."""
        word, _, rest = line.text.partition(" ")
        if word not in FAILING or session.running is None or session.xdist or (rest and rest.strip()[:1] != "["):
            return False
        name = session.running[0]
        if " " in name and not name.endswith("]"):
            name = without_print(name)
        session.running = None
        if not name:
            return True
        session.names("progress", Named(FAILING[word], name, None, quote("progress", line)))
        return True

    def _dots(self, session: Session, text: str) -> bool:
        if text[-1] not in ".FEsxXRpPf]":
            return False
        found = _LETTERS.match(text)
        if found and is_path(found[1]):
            self._path, letters = found[1], found[2]
            session.place = (found[1], len(letters))
            session.saw(found[1])
        elif (more := _LETTERS_ONLY.match(text)) is not None:
            letters = more[1]
            if session.place is not None:
                session.place = (session.place[0], session.place[1] + len(letters))
        else:
            return False
        failing = letters.count("F") + letters.count("E")
        session.letters += failing
        if failing and self._path:
            session.saw(self._path, failing=True)
        return True

    def _timed_out(self, session: Session, line: Line) -> None:
        """Handle the bar `+++ Timeout +++` of pytest-timeout, which may follow the running id on its line."""
        name = line.text.rstrip("+").removesuffix(" Timeout ").rstrip("+").strip()
        if is_node_id(name):
            session.running = (name, quote("crash", line))
        elif name:
            return
        self._crash(session, "Timeout", "the time limit of pytest-timeout was reached", quote("crash", line))

    def _fatal(self, session: Session, line: Line) -> None:
        before, _, what = line.text.partition(_FATAL)
        name = before.strip()
        if is_node_id(name):
            session.running = (name, quote("crash", line))
        elif name.endswith(".py") and is_path(name):
            session.place = (name, 0)  # it died during the first test of the file
        elif session.xdist or (name and not self._dots(session, name)):
            return
        self._crash(session, "Fatal Python error", what, quote("crash", line))

    @staticmethod
    def _crash(session: Session, exception: str, message: str, evidence: Evidence) -> None:
        if session.running is None:
            session.killed = session.killed or evidence
            return
        name, shown = session.running
        lines = (evidence,) if shown.line == evidence.line else (shown, evidence)
        session.crashed(Crash(name, exception, message, lines))
        session.running = None
