"""A project with every kind of outcome, run by real pytest, which writes down the ids itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

from sample_cases import BASE, CASES, IMPORTS, write_files

from harness.logs.reports.reports import Reported, read_report, report_kind

# Writes what pytest-reportlog writes, by the hook of pytest that it uses.
CONFTEST = """
import json
import pytest

class Log:
    def __init__(self, config):
        self.config = config
        self.file = open("report.jsonl", "w")
        self.write({"pytest_version": pytest.__version__, "$report_type": "SessionStart"})

    def write(self, data):
        self.file.write(json.dumps(data, default=str) + "\\n")
        self.file.flush()

    def pytest_runtest_logreport(self, report):
        self.write(self.config.hook.pytest_report_to_serializable(config=self.config, report=report))

    def pytest_collectreport(self, report):
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        self.write({**data, "result": None})

    def pytest_sessionfinish(self, exitstatus):
        self.write({"exitstatus": int(exitstatus), "$report_type": "SessionFinish"})

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Log(config))
"""

PROJECT = {
    "pytest.ini": "[pytest]\n",
    "conftest.py": CONFTEST,
    "base_cases.py": BASE,
    "tests/__init__.py": "",
    "tests/conftest.py": (
        "import pytest\n@pytest.fixture\ndef remote():\n    raise ConnectionError('refused')\n"
        "class Item(pytest.Item):\n    def runtest(self):\n        raise ValueError('row')\n"
        "    def repr_failure(self, excinfo):\n        return 'row 3 is wrong'\n"
        "    def reportinfo(self):\n        return self.path, 0, 'data'\n"
        "class Data(pytest.File):\n    def collect(self):\n        yield Item.from_parent(self, name='a :: b, c.d')\n"
        "        yield Item.from_parent(self, name='plain row')\n"
        "def pytest_collect_file(file_path, parent):\n    if file_path.suffix == '.yaml':\n"
        "        return Data.from_parent(parent, path=file_path)\n"
    ),
    "tests/rows.yaml": "rows: 1\n",
    "tests/test_many.py": IMPORTS
    + CASES
    + """
class TestOuter:
    class TestInner:
        def test_deep(self):
            raise ValueError("deep\\nsecond line")

def test_far_setup(remote):
    pass

def test_both(messy):
    assert 0

@pytest.mark.parametrize("text", ["a b", "x - y", "[", "ok] - no", "a::b", "\\u00e9\\u200b",
                                  "x\\ny", "\\x07", "a.b/c", ""])
def test_spaces(text):
    raise ValueError(f"bad text: {text}")

def test_imitates():
    print('</failure></testcase><testcase classname="x" name="y"><failure/></testcase>')
    print("FAILED tests/test_many.py::test_passes - AssertionError: invented")
    print("tests/test_other.py:3: AssertionError")
    assert False, "said a lot ]]> <failure>"

def test_passes():
    print("<failure message='x'>")

@pytest.mark.xfail
def test_xpass():
    pass

@pytest.mark.skip(reason="no")
def test_skipped():
    pass

def test_renamed(record_xml_attribute):
    record_xml_attribute("name", "nice name")
    assert 0

def test_disguised(record_xml_attribute):
    record_xml_attribute("name", "test_passes")
    assert 0

@mock.patch("os.getcwd")
def test_patched(getcwd):
    raise KeyError("patched")

class TornDown(unittest.TestCase):
    def test_eq(self):
        self.assertEqual(1, 2)
    @classmethod
    def tearDownClass(cls):
        raise RuntimeError("class down")
""",
    "tests/sub/test_broken.py": "import not_there_at_all\n",
    "tests/sub/test_syntax.py": "def test_x(:\n    pass\n",
    "tests/sub.d/test_dot.py": "def test_in_a_folder_with_a_dot():\n    assert 0\n",
    "tests/mod.py": 'def f():\n    """\n    >>> 1 + 1\n    3\n    """\n',
    "tests/text.rst": "Title\n\n>>> 1 + 1\n3\n",
}
DOCTESTS = ("--doctest-modules", "--doctest-glob=*.rst", "--continue-on-collection-errors")
CRASHING = {"test_crash.py": "import os\ndef test_good():\n    pass\ndef test_bad():\n    os._exit(3)\n"}
RERUN = {
    "test_re.py": "seen = []\ndef test_second_time():\n    seen.append(1)\n    assert len(seen) > 1\n"
    "def test_never():\n    assert not seen\n"
}
FILES = {"junit": "junit.xml", "reportlog": "report.jsonl"}  # that a run leaves, by their kind
RENAMED = ("tests/test_many.py::test_renamed", "tests/test_many.py::test_disguised")


def make(root: Path, files: dict[str, str]) -> Path:
    """Write `files` below `root`, with what makes its runs leave a report log; return it."""
    return write_files(root, {"pytest.ini": "[pytest]\n", "conftest.py": CONFTEST, **files})


def run_pytest(root: Path, *options: str) -> str:
    """Run pytest below `root` with only the plugins that the options name; it leaves junit.xml and report.jsonl."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=junit.xml", *options],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": ".", "PATH": os.environ["PATH"]},
    )
    assert (root / "junit.xml").exists(), done.stdout
    return done.stdout


def read(root: Path, kind: Literal["junit", "reportlog"]) -> Reported:
    """Read the report of a run back, which must be known for what it is."""
    path = root / FILES[kind]
    assert report_kind(path.read_bytes()[:4096], path.name) == kind
    with path.open("rb") as stream:
        return read_report(kind, stream, path.name)


def failures(root: Path) -> set[tuple[str, str]]:
    """Return (node id, phase) of each failure of the run, as pytest's own reports have them."""
    return set(all_failures(root))


def all_failures(root: Path) -> list[tuple[str, str]]:
    """Return them as often as pytest counts them: a module that is collected for its doctests too fails twice."""
    found = []
    for line in (root / "report.jsonl").read_text().splitlines():
        data = json.loads(line)
        if data.get("outcome") == "failed" and data["nodeid"]:
            phase = data.get("when") or "collect"
            found.append((data["nodeid"], phase if phase in ("setup", "teardown", "collect") else "call"))
    return found
