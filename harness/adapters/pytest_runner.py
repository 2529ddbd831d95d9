"""pytest in the target's own interpreter, with the plugin, counted from its journal and from nothing else."""

import json
import os
import re
import secrets
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.adapters.environment import assignments, child_environment, import_path
from harness.adapters.interpreter import inspect_interpreter, require_fit
from harness.adapters.kept_output import without_secrets
from harness.adapters.process import Command, run_group, run_groups
from harness.domain.diff_guard import SETTINGS_FILES
from harness.logs.redact import redact
from harness.ports import RunRequest, RunResult
from pytest_repro.core.errors import ReproError
from pytest_repro.core.record import read_lines
from pytest_repro.core.tally import CampaignTally

_COLLECT_LIMIT: Final = 120.0  # seconds; collection imports the target, which can be slow
_INSIDE: Final = Path(__file__).with_name("inside")
_WORKERS: Final = re.compile(
    r"(?:^|[\s\"'=])(?:-n[ ='\",]*(?:\d|auto|logical)|--numprocesses\b|--dist\b)", re.MULTILINE
)
_NOT_FOUND: Final = 4  # pytest's exit code for an argument that it cannot find, among other usage errors


@dataclass(slots=True)
class PytestRunner:
    """Runs tests by `python -m pytest`; journals go to the folder `journals`, nothing of ours into the tree.

    `env` is added to the outer environment, which is cleaned of its pytest, coverage and git settings and of forge
    tokens. The target's plugins and settings stay as they are, except that xdist is told to start no workers.
    """

    python: str
    pytest_args: tuple[str, ...]
    env: Mapping[str, str]
    journals: Path
    collect_limit: float = _COLLECT_LIMIT
    _fit: bool = field(default=False, init=False, repr=False)

    def _require_fit(self) -> None:
        """Check once that the interpreter has pytest and our plugin: without it, each run is a riddle of its own."""
        if not self._fit:
            require_fit(inspect_interpreter(self.python, child_environment(os.environ, self.env)))
            self._fit = True

    def collect(self, tree: Path, targets: Sequence[str]) -> tuple[str, ...]:
        """Return the node ids that pytest collects for `targets`; empty where it finds none.

        Of several targets the ones that do not exist are passed over. Raises ReproError("hostile-nodeid"), and
        ReproError("collection-failed") with pytest's words where it does not start, or fails without any test.
        """
        checked = [check_target(tree, one) for one in targets]
        code, found = self._collect(tree, checked)
        if found or code != _NOT_FOUND or len(checked) < 2:
            return found
        # pytest gives up on all targets when it cannot find one: ask for the files that exist, and choose ourselves.
        files = sorted({one.partition("::")[0] for one in checked})
        _, found = self._collect(tree, [one for one in files if (tree / one).exists()] or checked)
        return tuple(one for one in found if any(_belongs(one, wanted) for wanted in checked))

    def _collect(self, tree: Path, targets: Sequence[str]) -> tuple[int, tuple[str, ...]]:
        self._require_fit()
        with tempfile.TemporaryDirectory(prefix="repro-collect-") as folder:
            listed = Path(folder) / "nodeids"
            env = self._environment(tree, Path(folder)) | {"PYTEST_REPRO_COLLECT_TO": str(listed)}
            env["PYTHONPATH"] += f":{_INSIDE}"
            options = ("--collect-only", "-q", "-p", "repro_collect_nodeids")
            ended = run_group(self._argv(tree, targets, *options, *_cache(folder)), tree, env, self.collect_limit)
            lines = listed.read_text("ascii").splitlines() if listed.exists() else None
        found = tuple(dict.fromkeys(str(json.loads(line)) for line in lines or ()))
        if lines is None or ended.cut or (not found and ended.exit_code not in (0, _NOT_FOUND, 5)):
            why = "was cut at its limit" if ended.cut else f"ended with exit code {ended.exit_code}"
            raise ReproError(
                f"pytest --collect-only {why} in {tree}:\n{redact(_last(ended.output_tail))}",
                "collection-failed",
                f"cd {shlex.quote(str(tree))} && {self.command(targets, '--collect-only', tree=tree)}",
            )
        return ended.exit_code, found

    def run(self, requests: Sequence[RunRequest]) -> list[RunResult]:
        """Run the requests at the same time, one process each, and wait for all; results in the same order.

        Raises ReproError("hostile-nodeid"); ReproError("journal-schema") if the target's plugin writes another
        journal; what `require_fit` raises if the interpreter lacks pytest or the plugin.
        """
        self.journals.mkdir(parents=True, exist_ok=True)
        self._require_fit()
        journals = [self.journals / f"{secrets.token_hex(8)}.jsonl" for _ in requests]
        try:
            with ExitStack() as stack:
                folders = [stack.enter_context(tempfile.TemporaryDirectory(prefix="repro-run-")) for _ in requests]
                commands = [self._prepare(*one) for one in zip(requests, journals, folders, strict=True)]
                ended = run_groups(commands)
            return [
                RunResult(
                    exit_code=one.exit_code,
                    tally=read_journal(journal),
                    seconds=one.seconds,
                    cut=one.cut,
                    command=self.command(request.targets, *_plan(request), tree=request.tree),
                    output=redact(one.output_tail),
                )
                for request, journal, one in zip(requests, journals, ended, strict=True)
            ]
        finally:
            for journal in journals:
                without_secrets(journal)

    def _prepare(self, request: RunRequest, journal: Path, folder: str) -> Command:
        targets = [check_target(request.tree, one) for one in request.targets]
        options = (*_plan(request), f"--repro-journal={journal.resolve()}", *_cache(folder))
        argv = self._argv(request.tree, targets, *options)
        return Command(
            argv,
            request.tree,
            self._environment(request.tree, Path(folder)),
            request.limit,
            journal.with_suffix(".out"),
        )

    def _argv(self, tree: Path, targets: Sequence[str], *options: str) -> tuple[str, ...]:
        return (self.python, "-m", "pytest", *self.pytest_args, *self._fixed(tree), *targets, *options)

    def _fixed(self, tree: Path) -> tuple[str, ...]:
        """Return the options that runs in `tree` need: our plugin if autoload is off, -n0 if it asks for workers.

        One process is one sequence of iterations here; several processes are our own affair.
        """
        loaded = ("-p", "repro") if self.env.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") else ()
        return (*loaded, *(("-n0",) if asks_for_workers(tree, self.pytest_args) else ()))

    def command(self, targets: Sequence[str], *options: str, tree: Path | None = None) -> str:
        """Return the command, pasteable in a tree's root, that runs `targets` with `options`.

        With `tree`, it also says what that tree needs: its `src` folder on the import path, no xdist workers. A secret
        among the project's own arguments is left out: that command works for those who put it in again.
        """
        path = [".", "src", *filter(None, _given(self.env))]
        source = {"PYTHONPATH": ":".join(path)} if tree and (tree / "src").is_dir() else {}
        fixed = self._fixed(tree) if tree else ()
        own = redact(shlex.join(self.pytest_args))
        words = [shlex.join((self.python, "-m", "pytest")), own, shlex.join((*fixed, *targets, *options))]
        return " ".join([*assignments(dict(self.env) | source), *filter(None, words)])

    def _environment(self, tree: Path, scratch: Path) -> dict[str, str]:
        env = child_environment(os.environ, self.env)
        # No byte code: it would lie in the tree, and is stale when a fix of the same length lands in the same second.
        own = {
            "PYTHONPATH": import_path(tree, _given(env)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis"),
            "COVERAGE_FILE": str(scratch / "coverage"),
        }
        return env | own


def check_target(tree: Path, target: str) -> str:
    """Return `target`, a node id or path below `tree`; raises ReproError("hostile-nodeid") for anything else.

    Refused: what pytest would take for an option or for a file of options (`-`, `@`), a NUL, a path that leaves `tree`.
    `..` inside a parameter is harmless and stays. (`--` before the targets is no protection: pytest 9 still reads
    `-k` behind it as an option.)
    """
    path = target.partition("::")[0]
    bad = not target or target.startswith(("-", "@")) or "\0" in target or ".." in Path(path).parts
    if bad or not (tree / path).resolve().is_relative_to(tree.resolve()):
        raise ReproError(
            f"{target!r} is not run: it is no test below {tree}",
            "hostile-nodeid",
            "name the test as pytest does: path/to/test_file.py::test_name",
        )
    return target


def asks_for_workers(tree: Path, pytest_args: Sequence[str]) -> bool:
    """Whether the settings in `tree` or the arguments ask for xdist workers; -n0 elsewhere can be an unknown option."""
    texts = [(tree / name).read_text(errors="replace") for name in SETTINGS_FILES if (tree / name).is_file()]
    return any(_WORKERS.search(text) for text in (*texts, " ".join(pytest_args)))


def read_journal(journal: Path) -> CampaignTally:
    """Return the tally of a plugin's journal; empty where there is none, and what was written before a kill counts.

    Raises ReproError("journal-schema") or ("journal-damaged").
    """
    try:
        with journal.open("rb") as lines:
            return CampaignTally.of(read_lines(lines))
    except FileNotFoundError:
        return CampaignTally()
    except ReproError as error:
        hint = "install the same version of pytest-repro for the target and for the harness"
        raise ReproError(f"{journal}: {error.message}", error.slug, hint) from None


def _plan(request: RunRequest) -> tuple[str, ...]:
    """Return the plugin's options for `request`, without those that only say where to write."""
    options = [f"--repro-stress={request.stress}"]
    if request.seconds is not None:
        options.append(f"--repro-time={max(request.seconds, 0.001):.3f}".rstrip("0").rstrip(".") + "s")
    if request.stop is not None:
        options.append(f"--repro-stop={request.stop}")
    if request.root is not None:
        options.append(f"--repro-seed={request.root}")
    return tuple(options)


def _cache(folder: str) -> tuple[str, ...]:
    """Return the options that keep pytest's cache out of the tree; without the cache plugin, --lf would be unknown."""
    return ("-o", f"cache_dir={folder}/cache")


def _given(env: Mapping[str, str]) -> list[str]:
    return env.get("PYTHONPATH", "").split(":")


def _belongs(nodeid: str, wanted: str) -> bool:
    return nodeid == wanted or nodeid.startswith((f"{wanted}::", f"{wanted}[", f"{wanted.rstrip('/')}/"))


def _last(text: str, lines: int = 15) -> str:
    return "\n".join(text.rstrip().splitlines()[-lines:])
