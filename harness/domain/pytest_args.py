"""Which pytest arguments a person may add, and why the others would break a run."""

import re
from collections.abc import Sequence
from typing import Final

_ENDS_EARLY: Final = "it ends a campaign at its first failure, and the rate needs the others"
_RUNS_NOTHING: Final = "with it pytest runs no test"
_OWN_PROCESSES: Final = "repro starts the processes itself"
_REMEMBERS: Final = "it picks tests by what an earlier run left in the cache"
_COUNTS: Final = "repetition is counted by --repro-stress, which repro sets"
_WAITS: Final = "it waits for a person at the keyboard"
_LONG: Final = (
    (r"--repro\b.*", "repro sets its plugin's options itself"),
    (r"--(numprocesses|dist|tx|maxprocesses|max-worker-restart|looponfail)", _OWN_PROCESSES),
    (
        r"--(collect-only|co|collectonly|setup-only|setup-plan|fixtures|funcargs|fixtures-per-test|markers)",
        _RUNS_NOTHING,
    ),
    (r"--(help|version|cache-show)", _RUNS_NOTHING),
    (r"--(exitfirst|maxfail)", _ENDS_EARLY),
    (r"--(lf|last-failed|ff|failed-first|nf|new-first|sw|stepwise)(-\w+)*|--sw-skip|--sw-reset", _REMEMBERS),
    (r"--(count|repeat-scope|flake-finder|flake-runs|reruns|reruns-delay|only-rerun|rerun-except)", _COUNTS),
    (r"--(pdb|trace|pdbcls)", _WAITS),
    (r"--basetemp", "processes that run at the same time would empty each other's folder"),
    (r"--disable-plugin-autoload", "pytest would not load pytest-repro"),
)
_SHORT: Final = {
    "x": _ENDS_EARLY,
    "n": _OWN_PROCESSES,
    "d": _OWN_PROCESSES,
    "f": _OWN_PROCESSES,
    "h": _RUNS_NOTHING,
    "V": _RUNS_NOTHING,
}
_TAKES_VALUE: Final = "kmpcorWE"  # short options whose value may be glued on: the rest of the word is no option
_PLUGIN_OFF: Final = re.compile(r"no:(pytest[-_])?repro\b.*")


def objection(args: Sequence[str], index: int) -> str | None:
    """Return why `args[index]` would break a run, or None."""
    word = args[index]
    follows_p = index > 0 and args[index - 1] == "-p"
    if _PLUGIN_OFF.fullmatch(word.removeprefix("-p")) and (word.startswith("-p") or follows_p):
        return "it switches pytest-repro off"
    if word.startswith("@"):
        return "pytest reads further arguments from such a file, which repro could not check"
    if word == "--":
        return "repro itself names the tests to run"
    if word.startswith("--"):
        name = word.partition("=")[0]
        return next((why for pattern, why in _LONG if re.fullmatch(pattern, name)), None)
    return _short_objection(word[1:]) if word.startswith("-") else None


def _short_objection(letters: str) -> str | None:
    for letter in letters:
        if letter in _SHORT:
            return f"-{letter}: {_SHORT[letter]}" if len(letters) > 1 else _SHORT[letter]
        if letter in _TAKES_VALUE:
            return None
    return None
