"""What a fix may not touch."""

import pytest

from harness.domain.diff_guard import changed_counts, old_lines, pytest_settings, refusals, without_files

FOLDER = "tests/repro_x"
KNOWN = ("tests/test_a.py", "tests/check_b.py")
PYPROJECT = '[project]\nname = "a"\n[tool.pytest.ini_options]\naddopts = "-ra"\n'


def refused(
    *files: str, diff: str = "", before: dict[str, str] | None = None, after: dict[str, str] | None = None
) -> str:
    return "; ".join(refusals(files, diff, FOLDER, KNOWN, before or {}, after or {}))


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
    ],
)
def test_such_a_file_is_refused(file: str, why: str) -> None:
    assert f"{file} {why}" in refused("src/a.py", file)


@pytest.mark.parametrize(
    "file", ["src/a.py", "tests/test_new.py", "tests/repro_xy/notes.md", "docs/ci.md", "pyproject.toml"]
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
    ],
)
def test_settings_count_only_as_far_as_they_are_pytests(name: str, before: str, after: str, same: bool) -> None:
    assert (refused(name, before={name: before}, after={name: after}) == "") is same


def test_unreadable_settings_compare_as_text() -> None:
    assert pytest_settings("tox.ini", "no section\n") == "no section\n"


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
