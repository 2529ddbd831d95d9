"""`repro analyze`, through the real entry point in processes of their own."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import analysis_schema
import jsonschema
import pytest
from ci_logs import FAILING, PASSING, UNITTEST, WORDS, log_of, project
from repro_process import ROOT, repro, run_code
from type_schema import DOCS, as_text

VALIDATOR = jsonschema.Draft202012Validator(json.loads((DOCS / "analysis.schema.json").read_text()))
TOTAL = "tests/test_till.py::test_total"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a log of each kind."""
    folder = tmp_path / "stand here"
    folder.mkdir()
    for name, text in (("pass.log", PASSING), ("fail.log", FAILING), ("words.log", WORDS)):
        (folder / name).write_text(text)
    return folder


def test_a_passing_log_ends_with_0_and_says_no_failure(here):
    done = repro(here, "analyze", "pass.log")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("verdict   none: no failure, the job passed\n")
    assert "the summary says 2 passed" in done.stdout
    assert "next" not in done.stdout


def test_a_failing_log_ends_with_1_and_names_test_cause_and_command(here):
    done = repro(here, "analyze", "fail.log")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("verdict   test_failure")
    assert "\nfails     1 failing test, 1 cause\n" in done.stdout
    assert f"\n            {TOTAL}\n" in done.stdout
    assert "\nsummary   the summary says 1 failed, 1 passed; all that failed are named\n" in done.stdout
    assert f"\n          pytest {TOTAL} --repro-stress=100\n" in done.stdout


def test_a_log_that_does_not_say_why_ends_with_1_and_what_was_looked_at(here):
    done = repro(here, "analyze", "words.log")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("verdict   unknown: ")
    assert "2 lines of words.log" in done.stdout


@pytest.mark.parametrize("source", ["gone.log", "no such thing", "empty"])
def test_what_is_no_log_ends_with_3_and_a_way_on(here, source):
    (here / "empty").mkdir()
    done = repro(here, "analyze", source)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error[raw-logs-")
    assert "\nhint: " in done.stderr


def test_an_empty_log_is_no_log(here):
    (here / "empty.log").write_text("")
    done = repro(here, "analyze", "empty.log")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error[raw-logs-empty]: ")


@pytest.mark.parametrize("form", ["-", "text"])
def test_standard_input_and_the_text_itself_say_the_same_but_leave_no_log_to_run_from(here, form):
    given = repro(here, "analyze", "fail.log")
    done = repro(here, "analyze", "-", input=FAILING) if form == "-" else repro(here, "analyze", FAILING)

    assert (done.returncode, done.stderr) == (1, "")
    rest = given.stdout.splitlines()[:-2]
    assert done.stdout.splitlines() == rest
    assert given.stdout.splitlines()[-2] == "          # Go from this log to a verified fix"


@pytest.mark.parametrize(("log", "code"), [("pass.log", 0), ("fail.log", 1), ("words.log", 1)])
def test_json_is_all_that_standard_output_gets_and_keeps_to_its_schema(here, log, code):
    done = repro(here, "analyze", "--json", log)

    assert (done.returncode, done.stderr) == (code, "")
    data = json.loads(done.stdout)
    VALIDATOR.validate(data)
    assert (data["schema"], data["source"]) == (1, log)


def test_json_names_the_tests_with_the_lines_that_they_come_from_and_the_signature(here):
    data = json.loads(repro(here, "analyze", "--json", "fail.log").stdout)

    (test,), (cause,) = data["failing"], data["causes"]
    assert (test["nodeid"], test["exception"], test["message"]) == (TOTAL, "AssertionError", "assert 3 == 4")
    lines = FAILING.splitlines()
    assert [lines[item["line"] - 1] for item in test["evidence"]] == [item["text"] for item in test["evidence"]]
    assert cause["tests"] == [TOTAL]
    assert re.fullmatch("[0-9a-f]{16}", cause["signature"])
    assert data["checkout"] is None


@pytest.mark.slow
def test_the_same_failure_has_one_signature_whatever_the_verbosity(tmp_path):
    folder = project(tmp_path / "shop")
    found = []
    for number, options in enumerate(([], ["-vv"], ["-q", "--tb=short"], ["--tb=no"])):
        (tmp_path / f"{number}.log").write_text(log_of(folder, *options))
        data = json.loads(repro(tmp_path, "analyze", "--json", f"{number}.log").stdout)
        found.append({tuple(cause["tests"]): cause["signature"] for cause in data["causes"]})
    assert len(found[0]) == 2
    assert found == [found[0]] * len(found)


def test_markdown_is_all_that_standard_output_gets(here):
    done = repro(here, "analyze", "--markdown", "fail.log")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("# test\\_failure: fail.log\n")
    assert f"- `{TOTAL}`\n" in done.stdout


def test_markdown_is_fit_for_a_public_page_and_the_terminal_shows_what_one_needs(here):
    text = FAILING.replace("assert 3 == 4", "assert ping('10.1.2.3') == 'arn:aws:iam::123456789012:role/till'")
    public = repro(here, "analyze", "--markdown", text).stdout
    own = repro(here, "analyze", text).stdout
    assert f"- `{TOTAL}`\n" in public
    for told in ("10.1.2.3", "123456789012"):
        assert told not in public
        assert told in own
    assert "pytest" in public.partition("## Next")[2]


def test_the_printed_path_of_the_log_is_without_detours(here):
    (here / "deep").mkdir()
    done = repro(here / "deep", "analyze", "../fail.log")
    assert str((here / "fail.log").resolve()) in done.stdout
    assert f"{here.name}/deep/../" not in done.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["a", "b"], ["fail.log", "--json", "--markdown"], ["fail.log", "--python", "python3"]]
)
def test_a_wrong_command_line_ends_with_2(here, arguments):
    done = repro(here, "analyze", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error[usage]: ")


def test_a_checkout_that_is_no_folder_is_refused(here):
    done = repro(here, "analyze", "fail.log", "--checkout", "gone")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error[not-a-checkout]: ")


def test_nothing_that_a_log_says_is_obeyed_by_the_terminal(here):
    text = FAILING.replace("assert 3 == 4", "assert '\x1b[2J\x1b]0;owned\x07' == 4")
    done = repro(here, "analyze", text, env={"FORCE_COLOR": "1"})
    assert done.returncode == 1
    assert "owned" not in done.stdout
    assert set(re.findall(r"\x1b[^m]*m?", done.stdout)) <= {"\x1b[0m", "\x1b[1m", "\x1b[31m"}


def test_a_secret_of_the_log_is_in_no_form_of_the_result(here):
    token = "ghp_" + "a1B2" * 9
    (here / "fail.log").write_text(FAILING.replace("assert 3 == 4", f"assert '{token}' == 4"))
    for form in ([], ["--json"], ["--markdown"]):
        done = repro(here, "analyze", "fail.log", *form)
        assert done.returncode == 1
        assert token not in done.stdout
        assert "redacted" in done.stdout


def test_a_terminal_without_unicode_is_no_reason_to_fail(here):
    text = FAILING.replace("assert 3 == 4", "assert 'gr\u00fcn\u2026' == 4")
    for form in ([], ["--markdown"], ["--json"]):
        done = repro(here, "analyze", text, *form, env={"PYTHONIOENCODING": "ascii"})
        assert (done.returncode, done.stderr) == (1, "")


def test_a_closed_pipe_is_quiet(here):
    reading, writing = os.pipe()
    os.close(reading)
    done = repro(here, "analyze", "fail.log", capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_an_interrupt_while_the_log_is_read_ends_with_130(here):
    code = (
        "import os, signal\n"
        "from harness.cli import main\n"
        "from harness.logs.read import LogReader\n"
        "whole = LogReader.feed\n"
        "def feed(self, line):\n"
        "    whole(self, line)\n"
        "    if line.number == 5: os.kill(os.getpid(), signal.SIGINT)\n"
        "LogReader.feed = feed\n"
        "main()\n"
    )
    done = run_code(code, here, "analyze", "-", input=FAILING)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


class TestOneJob:
    COLUMNS = "".join(
        f"{job}\tRun tests\t2026-11-02T09:14:07.1234567Z {line}\n"
        for job, log in (("build (3.11)", PASSING), ("build (3.12)", FAILING))
        for line in log.splitlines()
    )

    @pytest.mark.parametrize(("job", "code"), [("build (3.11)", 0), ("BUILD  (3.12)", 1)])
    def test_is_looked_at_alone(self, here, job, code):
        assert repro(here, "analyze", "-", "--job", job, input=self.COLUMNS).returncode == code

    def test_that_is_not_there_is_answered_with_those_that_are(self, here):
        done = repro(here, "analyze", "-", "--job", "lint", input=self.COLUMNS)
        assert (done.returncode, done.stdout) == (3, "")
        assert "it holds build (3.11), build (3.12)\n" in done.stderr


def test_rules_of_your_own_decide_first_and_a_wrong_one_is_refused(here):
    rule = '[[tool.pytest-repro.rules]]\nname = "our-mirror"\nclass = "network_error"\npattern = "mirror answered 50"\n'
    log = (
        "##[group]Run make deps\n##[endgroup]\nthe mirror answered 503\n##[error]Process completed with exit code 2.\n"
    )
    (here / "rules.toml").write_text(rule)
    verdict = json.loads(repro(here, "analyze", log, "--json", "--rules", "rules.toml").stdout)["verdict"]
    assert (verdict["failure_class"], verdict["rule"], verdict["quoted"]["line"]) == ("network_error", "our-mirror", 3)

    (here / "pyproject.toml").write_text(rule)
    assert json.loads(repro(here, "analyze", log, "--json").stdout)["verdict"] == verdict

    (here / "pyproject.toml").write_text(rule.replace("network_error", "bad luck"))
    done = repro(here, "analyze", log)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error[bad-rule]: ")
    done = repro(here, "analyze", log, "--rules", "gone.toml")
    assert (done.returncode, done.stderr.partition(":")[0]) == (2, "error[usage]")


class TestInACheckout:
    def test_names_without_a_path_become_the_one_node_id_that_they_can_be(self, tmp_path):
        folder = project(tmp_path / "shop")
        log = "\n".join(
            line for line in log_of(folder).splitlines() if not line.startswith(("FAILED", "tests/test_till.py "))
        )
        (tmp_path / "ci.log").write_text(log + "\n")
        before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
        found = json.loads(
            repro(tmp_path, "analyze", "--json", "ci.log", "--checkout", "shop", "--python", sys.executable).stdout
        )

        VALIDATOR.validate(found)
        assert "tests/test_till.py::TestBasket::test_empty" in {test["nodeid"] for test in found["failing"]}
        assert found["checkout"]["missing"] == []
        assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before

    def test_a_name_that_fits_two_is_listed_and_one_that_is_gone_is_said(self, tmp_path):
        folder = project(tmp_path / "shop")
        (folder / "more").mkdir()
        (folder / "more" / "test_more.py").write_text((folder / "tests" / "test_till.py").read_text())
        log = re.sub(r"tests/test_till\.py(:\d+: |::)?", "", FAILING).replace("test_total", "TestBasket.test_empty")
        log = log.replace("FAILED TestBasket.test_empty", "FAILED tests/test_gone.py::test_gone")
        (tmp_path / "ci.log").write_text(log)
        done = repro(tmp_path, "analyze", "ci.log", "--checkout", "shop")
        words = " ".join(done.stdout.split())

        assert done.returncode == 1, done.stderr
        assert "tests/test_gone.py::test_gone is none of the 8 tests that collect in the checkout" in words


class TestThePrintedCommands:
    def run(self, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
        scripts = Path(sys.executable).parent
        ours = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_repro.plugin"}  # others cost time
        env = os.environ | {"PATH": f"{scripts}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)} | ours
        return subprocess.run(["sh", "-c", line], cwd=folder, env=env, capture_output=True, text=True, check=False)

    def command(self, done: subprocess.CompletedProcess[str], what: str) -> str:
        assert done.returncode == 1, done.stderr
        lines = [line.strip() for line in done.stdout.splitlines()]
        assert f"# {what}" in lines, done.stdout
        return lines[lines.index(f"# {what}") + 1]

    def test_show_the_failure_in_the_folder_of_the_project(self, tmp_path):
        folder = project(tmp_path / "the shop")
        (folder / "ci.log").write_text("TZ=Europe/Berlin\n" + log_of(folder))
        done = repro(folder, "analyze", "ci.log")
        command = self.command(done, "See how often it fails")
        shown = self.run(command, folder)

        assert shown.returncode == 1, shown.stdout + shown.stderr
        assert "100/100" in shown.stdout

    @pytest.mark.slow
    def test_show_the_failure_from_any_folder_where_a_checkout_was_named(self, tmp_path):
        folder = project(tmp_path / "the shop")
        (tmp_path / "ci.log").write_text(log_of(folder))
        done = repro(tmp_path, "analyze", "ci.log", "--checkout", "the shop")
        shown = self.run(self.command(done, "See how often it fails"), Path("/"))

        assert shown.returncode == 1, shown.stdout + shown.stderr
        assert "100/100" in shown.stdout

    @pytest.mark.slow
    @pytest.mark.parametrize("checkout", [[], ["--checkout", "."]])
    def test_show_a_doctest_that_only_the_command_line_of_the_ci_collects(self, tmp_path, checkout):
        folder = project(tmp_path / "the shop")
        (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\ntestpaths = ['tests']\n")
        (folder / "till.py").write_text('class Till:\n    """\n    >>> 1 + 1\n    3\n    """\n')
        (folder / "ci.log").write_text(log_of(folder, "--doctest-modules", "till.py"))
        done = repro(folder, "analyze", "ci.log", *checkout)
        shown = self.run(self.command(done, "See how often it fails"), folder)
        assert shown.returncode == 1, shown.stdout + shown.stderr
        assert "100/100" in shown.stdout

        spec = json.loads(shlex.split(self.command(done, "Go from this log to a verified fix"))[2])
        assert spec["pytest-args"] == ["--doctest-modules"]

    def test_feed_repro_run_with_an_input_that_it_takes(self, tmp_path):
        folder = project(tmp_path / "the shop")
        (folder / "ci.log").write_text(log_of(folder))
        done = repro(folder, "analyze", "ci.log")
        command = self.command(done, "Go from this log to a verified fix")
        words = shlex.split(command)
        (folder / "info.json").write_text(words[2])

        assert words[0] == "printf"
        checked = repro(folder, "validate", "info.json")
        assert "ok      input" in checked.stdout
        assert "ok      log" in checked.stdout
        again = self.run(command.replace(" run -", " validate -"), folder)
        assert "ok      input" in again.stdout, again.stderr

    def test_look_a_name_without_a_file_up_in_the_checkout_one_stands_in(self, tmp_path):
        folder = project(tmp_path / "the shop")
        (folder / "ci.log").write_text(UNITTEST)
        done = repro(folder, "analyze", "ci.log")
        command = self.command(done, "Look up the names that the log does not print in full")
        again = self.run(command, folder)
        assert "pytest tests/test_till.py::TestBasket::test_empty --repro-stress=100" in again.stdout, again.stderr

    def test_hold_no_name_that_pytest_or_the_shell_would_obey(self, here):
        for name in ("--collect-only/x.py::test_a", "../x.py::test_a", "/etc/x.py::test_a", "@x.py::test_a"):
            done = repro(here, "analyze", "-", input=FAILING.replace(TOTAL, name))
            assert "pytest -" not in done.stdout
            assert "--repro-stress" not in done.stdout
        name = "tests/test_till.py::test_total[$(touch owned); `touch owned`'\"]"
        done = repro(here, "analyze", "-", input=FAILING.replace(TOTAL, name))
        self.run(self.command(done, "See how often it fails"), here)
        assert not (here / "owned").exists()


def test_the_published_schema_is_that_of_the_types():
    published = (DOCS / "analysis.schema.json").read_text()
    assert published == as_text(analysis_schema.schema()), "python tests/support/analysis_schema.py writes it anew"


def test_the_reference_page_names_every_member_of_every_part_and_no_others():
    page = (DOCS / "analysis.md").read_text()
    sections = dict(re.findall(r"(?ms)^## ([a-z ]+)\n(.*?)(?=^##|\Z)", page))
    told = {
        name: sorted(
            member for row in re.findall(r"(?m)^\| (`\w.*?) \|", text) for member in re.findall(r"`(\w+)`", row)
        )
        for name, text in sections.items()
    }
    definitions = analysis_schema.schema()["$defs"]
    assert told == {name: sorted(part["properties"]) for name, part in definitions.items()}


def test_the_schema_refuses_what_is_no_analysis(here):
    good = json.loads(repro(here, "analyze", "--json", "fail.log").stdout)
    for change in ({"schema": 2}, {"failing": None}, {"causes": [{}]}, {"more": 1}):
        assert not VALIDATOR.is_valid(good | change)
