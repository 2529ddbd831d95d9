"""What a job says outside of its test runs: environment, commit, branch, step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_RUN: Final = "##[group]Run "
_VARIABLE: Final = re.compile(r"  ([A-Za-z_]\w{0,100}): ?(.{0,1000})")
_EXPORT: Final = re.compile(r"(?:\$ |\++ ?|declare -x |export ){1,2}([A-Za-z_]\w{0,100})=(.{0,1000})")
_HASH_SEED: Final = re.compile(r"(?:\S{1,60} [\w-]{1,40}: )?PYTHONHASHSEED='(\d{1,10})'$")  # tox
_SHA: Final = re.compile(r"'?([0-9a-f]{40})'?$")
_COMMIT: Final = re.compile(
    r"(?:HEAD is now at |(?:\$ )?git checkout (?:-\S{1,20} ){0,3}|Checking out (?:Revision )?)([0-9a-f]{7,40})(?: |$)"
)
_BRANCH: Final = re.compile(
    r"Checking out [0-9a-f]{7,40} as detached HEAD \(ref is ([\w./-]{1,200})\)"  # GitLab
    r"|Checking out Revision [0-9a-f]{40} \((?:origin/|refs/remotes/origin/)?([\w./-]{1,200})\)"  # Jenkins
    r"|\$ git clone .{0,200}--branch=([\w./-]{1,200}) "  # Travis
    r"|\[command\]\S{0,100}git checkout .{0,60}-B ([\w./-]{1,200}) "  # actions/checkout
)
_REFS: Final = ("refs/heads/", "origin/")
TELLING: Final = frozenset("#$+HCgdepP'[ 0123456789abcf")  # characters that a telling line begins with
_EXPORTS: Final = frozenset("$+de")
_CHECKOUTS: Final = frozenset("HCg$[")
_MOST: Final = 200  # variables that are kept
_COMMITS: Final = ("GITHUB_SHA", "CI_COMMIT_SHA", "TRAVIS_COMMIT", "BUILD_SOURCEVERSION", "GIT_COMMIT", "CIRCLE_SHA1")
_BRANCHES: Final = ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "GITHUB_REF", "CI_COMMIT_REF_NAME", "TRAVIS_BRANCH")
_ATTEMPTS: Final = ("GITHUB_RUN_ATTEMPT", "SYSTEM_JOBATTEMPT")


@dataclass(slots=True)
class Surroundings:
    """The state at one point of a job. environment: of the step that runs, and what the shell exported."""

    environment: dict[str, str] = field(default_factory=dict)
    commit: str | None = None
    branch: str | None = None
    step: str | None = None
    _group: bool = False  # inside the group that shows how a step is run
    _listing: bool = False  # below its "env:"
    _asked: bool = False  # the line before ran `git log --format=%H`
    _kept: "Surroundings | None" = None  # the last copy, while it is true: a log may hold thousands of runs

    def feed(self, text: str) -> None:
        """Take the next line that stands outside of a run; it is not empty. One that begins otherwise than TELLING
        changes nothing.
        """
        if text[0] == "#":
            self._grouped(text)
        elif self._group:
            if self._listing and (variable := _VARIABLE.match(text)) is not None:
                self._store(variable[1], variable[2])
            elif text == "env:":
                self._listing = True
        else:
            self._told(text)

    def copy(self) -> "Surroundings":
        """Return the state as it is now; one that has not changed since is the same object, so do not write to it."""
        if self._kept is None:
            self._kept = Surroundings(dict(self.environment), self.commit, self.branch, self.step)
        return self._kept

    def _grouped(self, text: str) -> None:
        if text.startswith(_RUN):
            self.step, self._group, self._listing = text[9:309], True, False
            self.environment, self._kept = {}, None
        elif text.startswith("##[endgroup]"):
            self._group = self._listing = False

    def _told(self, text: str) -> None:
        first = text[0]
        if self._asked and (sha := _SHA.match(text)) is not None:
            self.commit, self._kept = sha[1], None
        self._asked = first in _CHECKOUTS and "git log" in text and "%H" in text
        if first in _EXPORTS and "=" in text and (export := _EXPORT.match(text)) is not None:
            self._store(export[1], export[2].strip("\"'"))
        elif first in _CHECKOUTS:
            self._checked_out(text)
        elif "PYTHONHASHSEED='" in text and (seed := _HASH_SEED.match(text)) is not None:
            self._store("PYTHONHASHSEED", seed[1])

    def _checked_out(self, text: str) -> None:
        if (found := _COMMIT.match(text)) is not None and not (self.commit or "").startswith(found[1]):
            self.commit, self._kept = found[1], None
        if (named := _BRANCH.match(text)) is not None:
            self.branch, self._kept = next(name for name in named.groups() if name), None

    def _store(self, name: str, value: str) -> None:
        if len(self.environment) < _MOST or name in self.environment:
            self.environment[name], self._kept = value, None


def told_commit(around: Surroundings) -> str | None:
    """Return the commit that was checked out, else the one that a variable of the CI names."""
    return around.commit or _first(around.environment, _COMMITS)


def told_branch(around: Surroundings) -> str | None:
    """Return the branch that a variable of the CI names, else the one that was checked out."""
    branch = _first(around.environment, _BRANCHES) or around.branch
    for prefix in _REFS:
        branch = branch.removeprefix(prefix) if branch else branch
    return branch


def told_attempt(around: Surroundings) -> int | None:
    """Return which attempt this is, from 1."""
    attempt = _first(around.environment, _ATTEMPTS)
    return int(attempt) if attempt and attempt.isdigit() and len(attempt) < 7 else None


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)
