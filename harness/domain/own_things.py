"""Whether what is the user's stayed as it was while a run went on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

HEAD: Final = "HEAD"
STASH: Final = "stash"
FILE: Final = "file:"  # begins the key of a file, its path from the root of the work tree behind it
COUNT: Final = "files"  # how many files git named; a bare repository has no such key
_SHOWN: Final = 5
_BRANCH: Final = "refs/heads/"
_MADE: Final = ("refs/heads/repro/", "refs/heads/fix/")


@dataclass(frozen=True, slots=True)
class OwnThings:
    """changed: the refs and files that differ, in words, None where they could not be compared; bare: there are no
    files; unseen: how many files were too many to be looked at.
    """

    changed: tuple[str, ...] | None
    bare: bool = False
    unseen: int = 0

    @classmethod
    def between(
        cls,
        before: Mapping[str, str] | None,
        after: Mapping[str, str] | None,
        made: Collection[str],
        left_out: Collection[str],
    ) -> "OwnThings":
        """Compare two snapshots without the branches `made` by the run and the paths at or below those `left_out`.

        Branches below repro/ and fix/ that were not there before are left out too: another run may have made them.
        """
        if before is None or after is None:
            return cls(None)
        differ = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        found = [key for key in differ if key != COUNT and not _of_runs(key, before, made) and not _in(key, left_out)]
        looked = sum(key.startswith(FILE) for key in after)
        return cls(tuple(_label(key) for key in found), COUNT not in after, int(after.get(COUNT, looked)) - looked)

    @property
    def words(self) -> str:
        """What may be said of them, as the end of a sentence."""
        what = "your branches" if self.bare else "your branches and files"
        if self.changed is None:
            return f"whether {what} are as they were could not be looked up"
        if self.changed:
            return self.changed_words
        rest = f"; {self.unseen} further files that git names were too many to look at" if self.unseen else ""
        return f"{what} are as they were (compared before and after{rest})"

    @property
    def changed_words(self) -> str:
        """Which of them changed, the first five by name; "" where none did."""
        if not self.changed:
            return ""
        more = len(self.changed) - _SHOWN
        named = ", ".join(self.changed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"{len(self.changed)} of your refs and files changed while the run went on: {named}"


def _of_runs(key: str, before: Mapping[str, str], made: Collection[str]) -> bool:
    return key.removeprefix(_BRANCH) in made or (key.startswith(_MADE) and key not in before)


def _in(key: str, left_out: Collection[str]) -> bool:
    path = key.removeprefix(FILE).rstrip("/")
    return key.startswith(FILE) and any(path == one or path.startswith(f"{one}/") for one in left_out)


def _label(key: str) -> str:
    if key == STASH:
        return "the stash"
    name = f"the branch {key.removeprefix(_BRANCH)}" if key.startswith(_BRANCH) else key.removeprefix(FILE)
    return name if name.isprintable() else ascii(name)
