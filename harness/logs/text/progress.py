"""The part of a pytest run before its report: header, collection, and a line or a letter for each test."""

import re
from typing import Final

from harness.domain.failing_test import Evidence
from harness.logs.dialects.lines import Line
from harness.logs.text.circumstances import note_circumstance
from harness.logs.text.node_text import FAILING, is_node_id, is_path, progress_entry
from harness.logs.text.quote import quote
from harness.logs.text.session import Crash, Named, Session

_LETTERS: Final = re.compile(r"([^\s:]{1,500}) ([.FEsxXRpPf]{1,4000})(?: +\[ *\d{1,3}%\])?$")
_LETTERS_ONLY: Final = re.compile(r"([.FEsxXR]{1,4000})(?: +\[ *\d{1,3}%\])$")
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


class Progress:
    """Reads progress lines into a session."""

    def __init__(self) -> None:
        self._path: str | None = None  # of the dots last seen

    def feed(self, session: Session, line: Line) -> None:
        """Take the next line of `session`."""
        text = line.text
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
            note_circumstance(session, text)

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
            name = name[: name.find(" ", name.find("::"))]  # the rest of the line is what the test printed
        session.running = None
        session.names("progress", Named(FAILING[word], name, None, quote("progress", line)))
        return True

    def _dots(self, session: Session, text: str) -> bool:
        if text[-1] not in ".FEsxXRpPf]":
            return False
        found = _LETTERS.match(text)
        if found and is_path(found[1]):
            self._path, letters = found[1], found[2]
            session.saw(found[1])
        elif (more := _LETTERS_ONLY.match(text)) is not None:
            letters = more[1]
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
        elif name or session.xdist:
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
