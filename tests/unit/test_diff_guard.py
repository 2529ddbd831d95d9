"""What a fix may not touch."""

import pytest

from harness.domain.diff_guard import (
    Judges,
    changed_counts,
    doctest_examples,
    doctest_files,
    folders_of_tests,
    judging_files,
    old_lines,
    pytest_settings,
    refusals,
    without_files,
)

FOLDER = "tests/repro_x"
KNOWN = frozenset({"tests/test_a.py", "tests/check_b.py", "pkg/test_x.py"})
HELPERS = frozenset({"tests/helpers.py", "tests/deep/expected.txt"})
NAMES = frozenset({"calc", "src", "tests", "pkg", "platform", "deep"})
PYPROJECT = '[project]\nname = "a"\n[tool.pytest.ini_options]\naddopts = "-ra"\n'


def refused(
    *files: str, diff: str = "", before: dict[str, str] | None = None, after: dict[str, str] | None = None
) -> str:
    judges = Judges(before or {}, KNOWN, HELPERS, frozenset({"tests"}), NAMES)
    return "; ".join(refusals(files, diff, FOLDER, judges, after or {}, {}))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("tests/repro_x/test_repro_x.py", "belongs to the reproduction test"),
        ("tests/test_a.py", "holds tests that judge the fix"),
        ("tests/check_b.py", "holds tests that judge the fix"),
        ("conftest.py", "steers every test"),
        ("tests/deep/conftest.py", "steers every test"),
        ("pytest.ini", "is pytest's configuration"),
        ("sub/.pytest.toml", "is pytest's configuration"),
        (".github/workflows/ci.yml", "steers CI"),
        (".gitlab-ci.yml", "steers CI"),
        (".gitmodules", "names submodules"),
        ("../other/a.py", "lies outside the project"),
        ("/etc/passwd", "lies outside the project"),
        (".git/hooks/pre-commit", "lies outside the project"),
        ("x-1.dist-info/entry_points.txt", "can load a plugin into pytest"),
        ("src/X.EGG-INFO/PKG-INFO", "can load a plugin into pytest"),
        ("lib/x.pth", "runs at every start of Python"),
        ("sitecustomize.py", "runs at every start of Python"),
        ("src/usercustomize/__init__.py", "runs at every start of Python"),
        ("pytest.py", "would be imported in place of pytest, which runs the tests"),
        ("src/_pytest/__init__.py", "would be imported in place of _pytest"),
        ("pluggy.cpython-311-x86_64-linux-gnu.so", "would be imported in place of pluggy"),
        ("pytest_timeout.py", "would be imported in place of pytest_timeout"),
        ("harness/__init__.py", "would be imported in place of harness"),
        ("random.py", "would be imported in place of Python's own random"),
        ("tests/helpers.py", "is used by tests that judge the fix"),
        ("tests/deep/expected.txt", "is used by tests that judge the fix"),
        ("tests/tox.ini", "may change pytest's settings"),
        ("tests/__init__.py", "runs before every test in its folder"),
        ("tests/deep/__init__.py", "runs before every test in its folder"),
        ("tests/calc.py", "hides calc from the tests"),
        ("tests/deep/calc/__init__.py", "hides calc from the tests"),
    ],
)
def test_such_a_file_is_refused(file: str, why: str) -> None:
    assert f"{file} {why}" in refused("src/a.py", file)


@pytest.mark.parametrize(
    "file",
    [
        "src/a.py",
        "tests/test_new.py",
        "tests/deep/test_new.py",
        "tests/new/__init__.py",
        "tests/new_data.json",
        "tests/repro_xy/notes.md",
        "docs/ci.md",
        "docs/pytest.md",
        "pyproject.toml",
        "pkg/x.py",
        "pkg/pytest.py",
        "platform.py",
    ],
)
def test_such_a_file_may_change(file: str) -> None:
    assert refused(file) == ""


@pytest.mark.parametrize(
    ("mode", "what"), [("new file mode 120000", "a symbolic link"), ("index 1..2 160000", "a submodule")]
)
def test_links_and_submodules_are_refused(mode: str, what: str) -> None:
    diff = f"diff --git a/x b/x\n{mode}\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+y\n"
    assert what in refused("x", diff=diff)


def test_a_line_of_content_that_looks_like_a_mode_is_no_link() -> None:
    assert refused("x", diff="diff --git a/x b/x\n+new file mode 120000\n new mode 160000\n") == ""


@pytest.mark.parametrize(
    ("name", "before", "after", "same"),
    [
        ("pyproject.toml", PYPROJECT, PYPROJECT.replace('"a"', '"b"'), True),
        ("pyproject.toml", PYPROJECT, PYPROJECT.replace("-ra", "--deselect t"), False),
        ("pyproject.toml", "", PYPROJECT, False),
        ("pyproject.toml", PYPROJECT, "[tool.pytest", False),
        ("tox.ini", "[tox]\nenvlist = a\n", "[tox]\nenvlist = b\n", True),
        ("tox.ini", "[tox]\n", "[tox]\n[pytest]\naddopts = -x\n", False),
        ("setup.cfg", "[tool:pytest]\naddopts = -x\n", "[tool:pytest]\naddopts = -v\n", False),
        ("setup.cfg", "[metadata]\nname = %(x)s\n", "[metadata]\nname = b\n", True),
        ("pkg/pyproject.toml", "", PYPROJECT, False),
        ("pkg/pyproject.toml", "", '[project]\nname = "a"\n', True),
        ("pkg/tox.ini", "", "[pytest]\naddopts = -x\n", False),
    ],
)
def test_settings_count_only_as_far_as_they_are_pytests(name: str, before: str, after: str, same: bool) -> None:
    assert (refused(name, before={name: before}, after={name: after}) == "") is same


def test_unreadable_settings_compare_as_text() -> None:
    assert pytest_settings("tox.ini", "no section\n") == "no section\n"


@pytest.mark.parametrize(
    ("files", "tests", "code", "folders"),
    [
        ({"tests/a/test_x.py", "x.py"}, {"tests/a/test_x.py"}, set(), {"tests"}),
        ({"pkg/Test/test_x.py"}, {"pkg/Test/test_x.py"}, set(), {"pkg/Test"}),
        ({"pkg/test_x.py", "pkg/x.py"}, {"pkg/test_x.py"}, set(), set()),
        ({"pkg/conftest.py", "pkg/test_x.py", "pkg/x.py"}, {"pkg/test_x.py"}, set(), set()),
        ({"pkg/conftest.py", "pkg/x_test.py", "pkg/x.py"}, {"pkg/x_test.py"}, set(), set()),
        ({"pkg/conftest.py", "pkg/test_all.py", "pkg/x.py"}, {"pkg/test_all.py"}, {"pkg"}, set()),
        ({"pkg/conftest.py", "pkg/x.py"}, {"pkg/sub/test_x.py"}, set(), set()),
        ({"e2e/conftest.py", "e2e/test_x.py", "e2e/tool.py"}, {"e2e/test_x.py"}, set(), {"e2e"}),
        ({"conftest.py", "test_x.py", "y.py"}, {"test_x.py"}, set(), set()),
    ],
)
def test_folders_of_tests_are_told_from_code_with_tests_beside_it(
    files: set[str], tests: set[str], code: set[str], folders: set[str]
) -> None:
    assert folders_of_tests(files, frozenset(tests), frozenset(code)) == folders


NODEIDS = (
    "src/p/m.py::p.m.f",
    "src/p/__init__.py::p",
    "tests/test_a.py::test_b[a.b]",
    "R.md::R.md",
    "pkg/x.py::test_y",
)


def test_a_source_file_with_doctests_alone_may_be_fixed() -> None:
    assert judging_files(NODEIDS) == {"tests/test_a.py", "R.md", "pkg/x.py"}
    assert doctest_files(NODEIDS) == {"src/p/m.py", "src/p/__init__.py"}
    assert "m.py" in judging_files(["m.py::m.f", "m.py::test_z"])


CODE = 'def f():\n    """Add.\n\n    >>> f()\n    2\n    """\n    return 1\n'


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        (CODE.replace("return 1", "return 2"), True),
        (CODE.replace("Add.", "Add two.").replace("    2\n", "    2\n    >>> 3\n    3\n"), True),
        (CODE.replace("    2\n", "    1\n"), False),
        (CODE.replace("f()\n    2", "f() # doctest: +SKIP\n    2"), False),
        ("def g():\n" + "".join(f"    {line}\n" for line in CODE.splitlines()), False),
        ("def f(:\n", False),
        ("", False),
    ],
)
def test_the_doctests_of_a_fixed_file_may_not_become_other_ones(after: str, kept: bool) -> None:
    before = Judges(doctests={"m.py": doctest_examples(CODE)})
    found = refusals(["m.py"], "", "", before, {}, {"m.py": doctest_examples(after)})
    assert found == (() if kept else ("m.py changes or drops doctests that judge the fix",))


def test_doctests_that_cannot_be_parsed_are_compared_as_text() -> None:
    wrong = CODE.replace("    2\n", "  2\n")
    assert doctest_examples(wrong) != doctest_examples(wrong.replace("  2\n", "  3\n"))


DIFF = """diff --git a/src/a.py b/src/a.py
index 1..2 100644
--- a/src/a.py
+++ b/src/a.py
@@ -4,4 +4,4 @@ def f():
 x = 1
-y = 2
+y = 3
 z = 4
diff --git a/new.py b/new.py
new file mode 100644
--- /dev/null
+++ b/new.py
@@ -0,0 +1 @@
+a
"""


def test_lines_are_counted_without_the_file_names() -> None:
    assert changed_counts(DIFF) == (2, 1)


def test_the_lines_to_blame_are_those_of_the_old_version() -> None:
    assert old_lines(DIFF) == {"src/a.py": [5]}


def test_files_are_left_out_of_a_difference_whole() -> None:
    kept = without_files(DIFF, frozenset({"new.py"}))
    assert kept == DIFF[: DIFF.index("diff --git a/new.py")]
    assert without_files(DIFF, frozenset()) == DIFF
    assert without_files(DIFF, frozenset({"new.py", "src/a.py"})) == ""
