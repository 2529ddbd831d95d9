"""Names of files in a folder or an archive: made fit to be shown, and put in the order of reading."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

LONGEST: Final = 200  # characters of a name
_ODD: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_DIGITS: Final = re.compile(r"(\d{1,300})")
_NUMBERED: Final = re.compile(r"-?\d{1,9}_(.{1,300})\.txt")
_RUNNER_OWN: Final = frozenset(("system.txt",))  # beside the steps; what the runner said of itself

Order = tuple[tuple[tuple[int, int, str], ...], ...]


def cleaned(name: str) -> str:
    """Return `name` as a relative path: no "..", root, drive, control character or half a character; never empty.

    Nothing is written by that name; it is what a person sees and what tells one stream from another.
    """
    steps = _ODD.sub("\ufffd", _DRIVE.sub("", name.replace("\\", "/"), count=1) if _DRIVE.match(name) else name)
    kept = "/".join(step for step in steps.replace("\\", "/").split("/") if step not in ("", ".", ".."))
    return (kept if len(kept) <= LONGEST else "..." + kept[3 - LONGEST :]) or "unnamed"


def natural(name: str) -> Order:
    """Return a key that sorts the numbers in `name` by value: 2 before 10. Files stand before folders."""
    *folders, file = name.split("/")
    return (*(((1, 0, ""), *_parts(folder)) for folder in folders), ((0, 0, ""), *_parts(file)))


def _parts(step: str) -> tuple[tuple[int, int, str], ...]:
    # A number is compared by its length and then its digits: one of 300 digits needs no arithmetic.
    return tuple(
        (0, len(part.lstrip("0")), part.lstrip("0")) if part.isdigit() else (1, 0, part)
        for part in _DIGITS.split(step)
        if part
    )


def reading_order(names: Iterable[str]) -> list[str]:
    """Return the names in their order, without the steps of a job whose whole log is there too.

    GitHub's and Azure's archives hold `<n>_<job>.txt` and, in a folder `<job>`, `<n>_<step>.txt`: the same text twice.
    """
    ordered = sorted(names, key=natural)
    jobs = [_squeezed(found[1]) for name in ordered if "/" not in name and (found := _NUMBERED.fullmatch(name))]
    if not jobs:
        return ordered
    told = _told(jobs, _step_folders(ordered))
    return [name for name in ordered if name.partition("/")[0] not in told or "/" not in name]


def _step_folders(names: Sequence[str]) -> list[str]:
    """Return the folders at the top that hold nothing but logs of steps."""
    folders: dict[str, bool] = {}
    for name in names:
        folder, slash, file = name.partition("/")
        if slash:
            is_step = bool(_NUMBERED.fullmatch(file)) or file in _RUNNER_OWN
            folders[folder] = folders.get(folder, True) and is_step
    return [folder for folder, only_steps in folders.items() if only_steps]


def _told(jobs: list[str], folders: list[str]) -> set[str]:
    """Return the folders whose job has a whole log: by name, which either side may have cut, else by number."""
    left = Counter(jobs)
    rest: list[str] = []
    for folder in folders:
        if left[_squeezed(folder)]:
            left[_squeezed(folder)] -= 1
        else:
            rest.append(folder)
    return set(folders) - set(rest) if len(rest) > left.total() else set(folders)


def _squeezed(name: str) -> str:
    """Return the letters and digits of `name`: what is no file name is replaced differently in files and folders."""
    return "".join(c for c in name.casefold() if c.isalnum())
