"""The user's side of a real repository, and a picture of everything in it that is not ours to change."""

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path


def run_git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, f"git {args}: {done.stderr.decode()}"
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


@dataclass(frozen=True)
class User:
    """The user's side of a repository."""

    root: Path

    def git(self, *args: str) -> str:
        return run_git(self.root, *args)

    def commit(self, files: dict[str, str | bytes], message: str = "a change") -> str:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def picture(self) -> dict[str, object]:
        """Everything that must stay: status, HEAD, config, index, stash, untracked files, refs that are not ours."""
        index = self.root / ".git" / "index"
        before = hashlib.sha256(index.read_bytes()).hexdigest()  # first: reading the status may refresh the index
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname) %(symref)").splitlines()
        status = self.git("--no-optional-locks", "status", "--porcelain", "--untracked-files=all", "--ignored")
        return {
            "index": before,
            "status": status,
            "head": (self.root / ".git" / "HEAD").read_bytes(),
            "config": (self.root / ".git" / "config").read_bytes(),
            "stash": self.git("stash", "list"),
            "refs": [one for one in refs if not one.startswith(("refs/heads/repro/", "refs/heads/fix/"))],
            "files": {
                str(one.relative_to(self.root)): hashlib.sha256(one.read_bytes()).hexdigest()
                for one in sorted(self.root.rglob("*"))
                if one.is_file() and ".git" not in one.relative_to(self.root).parts
            },
            "hooks": sorted(one.name for one in (self.root / ".git" / "hooks").glob("*")),
        }
