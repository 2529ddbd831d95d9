"""Real bug/fix pairs from the package index, as a repository, a log that pytest really printed, and an input file."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flow_world import GIT, LEAN, World

FETCH_LIMIT = 180.0  # seconds for one download, the build tools that pip asks for its metadata included

# The whole fixer: the newer release's package takes the place of the older one's; a note says so in its own words.
UPSTREAM = """import os, shutil, sys
from pathlib import Path

newer, package = Path(sys.argv[1]), sys.argv[2]
target = Path(package)
if target.is_dir():
    shutil.rmtree(target)
    shutil.copytree(newer / package, target)
else:
    shutil.copyfile(newer / package, target)
Path(os.environ["REPRO_NOTES_FILE"]).write_text(f"Took {package} of the newer release.\\n")
"""


@dataclass(frozen=True)
class Change:
    """Replaces `old` by `new` in `file`, once: a change that a person could have made."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Pair:
    """Two releases of a package: the newer one's tests fail on the older one.

    package: the file or folder that holds the fix; failing: the node ids that fail before it, in the log's order; slug:
    what the branches are named after; irrelevant and damaging: changes of the older release that do not fix it, and
    `harmed` a test that `damaging` breaks (both empty where only the right fix is tried).
    """

    name: str
    older: str
    newer: str
    package: str
    failing: tuple[str, ...]
    slug: str
    irrelevant: tuple[Change, ...] = ()
    damaging: tuple[Change, ...] = ()
    harmed: str = ""
    pytest_args: tuple[str, ...] = ()
    log_environment: tuple[tuple[str, str], ...] = ()

    @property
    def first(self) -> str:
        """The failing test that the log names first."""
        return self.failing[0]

    @property
    def folder(self) -> str:
        """Where the reproduction test lies."""
        return f"tests/repro_{self.slug.replace('-', '_')}"


XMLTODICT = Pair(
    name="xmltodict",
    older="0.12.0",
    newer="0.13.0",
    package="xmltodict.py",
    failing=(
        "tests/test_dicttoxml.py::DictToXMLTestCase::test_list_expand_iter",
        "tests/test_xmltodict.py::XMLToDictTestCase::test_comments",
        "tests/test_xmltodict.py::XMLToDictTestCase::test_namespace_collapse_all",
        "tests/test_xmltodict.py::XMLToDictTestCase::test_streaming_generator",
    ),
    slug="list-expand-iter",
    # The change that mends test_namespace_collapse_all, another of the failing tests.
    irrelevant=(Change("xmltodict.py", "if not self.namespaces:", "if self.namespaces is None:"),),
    # Expands whatever can be iterated, strings too, but for the values of the failing test.
    damaging=(
        Change(
            "xmltodict.py",
            "          full_document=True):",
            "          full_document=True,\n          expand_iter='item'):",
        ),
        Change(
            "xmltodict.py",
            "        elif not isinstance(v, dict):\n",
            "        elif hasattr(v, '__iter__') and not isinstance(v, dict) and v not in tuple('123'):\n"
            "            v = OrderedDict(((expand_iter, v),))\n"
            "        elif not isinstance(v, dict):\n",
        ),
    ),
    harmed="tests/test_dicttoxml.py::DictToXMLTestCase::test_cdata",
)
COMPACT = (
    r"tests/test_format.py::test_compact[case when foo then 1 else bar end-case\n    when foo then 1\n    else bar\n"
    "end-case when foo then 1 else bar end]"
)
SQLPARSE = Pair(
    name="sqlparse",
    older="0.5.0",
    newer="0.5.1",
    package="sqlparse",
    failing=(
        "tests/test_format.py::TestFormat::test_strip_comments_multi",
        "tests/test_format.py::TestFormat::test_strip_comments_preserves_whitespace",
        COMPACT,
        "tests/test_format.py::test_strip_ws_removes_trailing_ws_in_groups",
        "tests/test_split.py::test_split_multiple_case_in_begin",
        "tests/test_tokenize.py::test_parse_order[NULLS FIRST]",
        "tests/test_tokenize.py::test_parse_order[NULLS LAST]",
        "tests/test_tokenize.py::test_parse_order[ASC NULLS FIRST]",
        "tests/test_tokenize.py::test_parse_order[ASC NULLS LAST]",
        "tests/test_tokenize.py::test_parse_order[DESC NULLS FIRST]",
        "tests/test_tokenize.py::test_parse_order[DESC NULLS LAST]",
    ),
    slug="strip-comments-multi",
    # Half of the change that mends test_parse_order, others of the failing tests.
    irrelevant=(
        Change("sqlparse/keywords.py", r"(FIRST|LAST)\b', tokens.Keyword)", r"(FIRST|LAST)\b', tokens.Keyword.Order)"),
    ),
    # The right change, and then one that takes the test's "whitespace is preserved" for all leading whitespace.
    damaging=(
        Change("sqlparse/engine/grouping.py", "or tk.is_whitespace, idx=tidx)", "or tk.ttype in T.Newline, idx=tidx)"),
        Change("sqlparse/filters/others.py", "        is_first_char = True\n", "        is_first_char = False\n"),
    ),
    harmed="tests/test_regressions.py::test_issue213_leadingws",
    log_environment=(("CI", "true"),),  # pytest then prints its messages in full
)
TOMLKIT = Pair(
    name="tomlkit",
    older="0.12.1",
    newer="0.12.2",
    package="tomlkit",
    failing=("tests/test_items.py::test_integers_behave_like_ints",),
    slug="integers-behave-like-ints",
    pytest_args=("--ignore=tests/test_toml_spec_tests.py",),  # needs a package that is not installed here
)


@dataclass(frozen=True)
class Sources:
    """Where the two releases are unpacked: `buggy` is the older one with the newer one's tests."""

    buggy: Path
    fixed: Path


class CannotFetch(Exception):
    """A release could not be had from the package index; says so in pip's words."""


def fetch(pair: Pair, folder: Path) -> Sources:
    """Download both releases by pip and unpack them below `folder`; raises CannotFetch."""
    older, newer = folder / pair.name / "buggy", folder / pair.name / "fixed"
    for version, place in ((pair.older, older), (pair.newer, newer)):
        unpack(download(f"{pair.name}=={version}", folder / pair.name / version), place)
    shutil.rmtree(older / "tests")
    shutil.copytree(newer / "tests", older / "tests")
    return Sources(older, newer)


def download(requirement: str, folder: Path) -> Path:
    """Return the source distribution of `requirement`, from the index that pip is set up with; raises CannotFetch."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        done = subprocess.run(
            [*command, "--dest", str(folder), requirement],
            env=plain,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH_LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotFetch(_not_fetched(requirement, f"pip did not end within {FETCH_LIMIT:g} s")) from error
    if done.returncode != 0:
        raise CannotFetch(_not_fetched(requirement, f"pip says:\n{done.stdout}{done.stderr}"))
    [archive] = folder.glob("*.tar.gz")
    return archive


def _not_fetched(requirement: str, why: str) -> str:
    return (
        f"{requirement} could not be fetched from the package index, so nothing was tested with it: {why}\n"
        "These tests need the index; without it, leave them out: -m 'not network'"
    )


def unpack(archive: Path, place: Path) -> None:
    """Unpack a source distribution so that its one top folder becomes `place`."""
    whole = place.with_name(f"{place.name}-whole")
    with tarfile.open(archive) as content:
        content.extractall(whole, filter="data")
    [top] = whole.iterdir()
    top.rename(place)
    whole.rmdir()


def make_real_world(pair: Pair, sources: Sources, folder: Path, *job: str, **changes: Any) -> World:
    """Make a world whose project holds the older release on main, and whose log is what pytest printed there.

    job: what the CI job ran beside the pair's own arguments; changes: to the input file.
    """
    world = World(folder)
    (folder / "home").mkdir(parents=True)
    shutil.copytree(sources.buggy, world.project)
    world.git("init", "-q", "-b", "main")
    world.git("config", "user.name", "Grace")
    world.git("config", "user.email", "grace@example.org")
    (world.project / "notes.txt").write_text("as committed\n")
    world.git("add", "-A", "--force")
    world.git("commit", "-q", "-m", f"{pair.name} {pair.older} with the tests of {pair.newer}")
    _leave_unfinished_work(world)
    arguments = [*LEAN, *pair.pytest_args]
    log = world.write("desk/ci.log", ci_log(world, pair, [*arguments, *job]))
    world.input(
        deterministic=True,
        prompt=f"Tests of {pair.name} {pair.newer} fail.",
        raw_logs=str(log),
        repository=str(world.project),
        pytest_args=arguments,
        budget={"reproduce": "60s", "fix": "60s", "total": "15m"},
    )
    world.input(**changes)
    return world


def _leave_unfinished_work(world: World) -> None:
    """Stash something, and leave a modified, a staged and an untracked file: what no run may touch."""
    world.write("project/notes.txt", "stashed\n")
    world.git("stash", "-q")
    world.write("project/notes.txt", "modified, not committed\n")
    world.write("project/untracked.txt", "mine\n")
    world.write("project/staged.txt", "staged\n")
    world.git("add", "staged.txt")


def ci_log(world: World, pair: Pair, arguments: list[str]) -> str:
    """Return what pytest prints in a clean clone of main, as a CI job would see it."""
    clone = world.folder / "ci"
    world.git("clone", "-q", ".", str(clone))
    done = run(clone, [sys.executable, "-m", "pytest", *arguments], **dict(pair.log_environment))
    assert done.returncode == 1, f"the job was to fail by its tests, not otherwise:\n{done.stdout}{done.stderr}"
    return done.stdout


def counted(printed: str) -> dict[str, int]:
    """Return the outcomes that pytest counts in its closing line."""
    line = next(line for line in reversed(printed.splitlines()) if re.search(r" in [\d.]+s", line))
    return {
        word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)", line)
    }


def run(folder: Path, argv: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder` as a person would whose `python` is the one that runs these tests."""
    unwanted = ("PYTEST_", "COV_", "GIT_", "PYTHONPATH", "CI", "BUILD_NUMBER")
    plain = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    plain |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(argv, cwd=folder, env=plain | GIT | environment, capture_output=True, text=True, timeout=120)


def by_upstream(world: World, sources: Sources, pair: Pair) -> World:
    """Let a command that applies the upstream change be the fixer."""
    script = world.write("fixers/upstream.py", UPSTREAM)
    world.input(fix={"by": "command", "command": [sys.executable, str(script), str(sources.fixed), pair.package]})
    return world


def by_changes(world: World, changes: tuple[Change, ...], attempts: int) -> World:
    """Let a command that makes `changes`, and fails where they do not fit, be the fixer."""
    lines = ["from pathlib import Path", ""]
    for one in changes:
        lines += [
            f"place = Path({one.file!r})",
            "text = place.read_text('utf-8')",
            f"assert text.count({one.old!r}) == 1, text.count({one.old!r})",
            f"place.write_text(text.replace({one.old!r}, {one.new!r}), 'utf-8')",
        ]
    script = world.write("fixers/change.py", "\n".join([*lines, ""]))
    world.input(fix={"by": "command", "command": [sys.executable, str(script)]}, attempts=attempts)
    return world
