"""The shell around every command: help, usage, and how each kind of error ends."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from repro_process import LEAST, ROOT, installed, repro, run_code


def test_help_names_the_commands_and_loads_none_of_them(place):
    code = (
        "import sys; from harness.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "assert not {'pydantic', 'git', 'jinja2'} & sys.modules.keys()"
    )
    done = run_code(code, place)
    assert (done.returncode, done.stderr) == (0, "")
    assert "validate  Check an input file" in done.stdout


def test_the_version_is_printed(place):
    done = repro(place, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("repro ")


@pytest.mark.parametrize(
    "arguments", [["nope"], ["--nope"], ["validate"], ["validate", "--nope", "x"], ["validate", "a", "b"]]
)
def test_a_wrong_command_line_is_a_usage_error_with_a_command_that_helps(place, arguments):
    done = repro(place, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error[usage]: ")
    hint = done.stderr.splitlines()[-1].removeprefix("hint: ")
    assert subprocess.run(hint, shell=True, check=True, capture_output=True, cwd=place).stdout


def test_without_a_command_the_help_is_printed(place):
    done = repro(place)
    assert (done.returncode, done.stderr) == (2, "")
    assert "Usage: repro" in done.stdout


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ({"url": "file:///src/py%20repro", "dir_info": {}}, ["/src/py repro"]),
        ({"url": "file:///src/repro", "dir_info": {"editable": True}}, ["--editable", "/src/repro"]),
        (
            {"url": "file:///src/pytest_repro-1-py3-none-any.whl", "archive_info": {}},
            ["/src/pytest_repro-1-py3-none-any.whl"],
        ),
        (
            {"url": "https://forge.example/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            ["pytest-repro @ git+https://forge.example/r.git@abc"],
        ),
        (None, ["pytest-repro==0.4.2"]),
    ],
)
def test_the_plugin_is_installed_from_where_the_running_one_came(place, tmp_path, origin, words):
    code = "import sys; from harness.adapters.own_distribution import *; print(install_command(sys.argv[1], True))"
    done = run_code(code, place, "/a b/python", env=installed(tmp_path / "own", "0.4.2", origin))
    assert shlex.split(done.stdout) == ["/a b/python", "-m", "pip", "install", *words]


def guarded(place, body, *arguments, **options):
    code = f"import os, signal, sys\nfrom harness.cli.errors import guarded\nsys.exit(guarded({body}, sys.argv[1:]))"
    return run_code(code, place, *arguments, **options)


def test_a_bug_ends_with_70_and_a_log_that_holds_no_secret(place, tmp_path):
    secrets = {"MY_TOKEN": "hunter2hunter2", "HOME": str(place)}
    done = guarded(place, "lambda: 1 // 0", "run", "--with=hunter2hunter2", f"{place}/x", env=secrets)
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr.startswith("error[bug]: ZeroDivisionError")
    assert "Traceback" not in done.stderr
    log = Path(done.stderr.rstrip().rpartition(": ")[2])
    assert log.parent == tmp_path / "cache" / "bugs"
    text = log.read_text()
    assert "ZeroDivisionError: integer division" in text
    assert "command: repro run" in text
    assert f"python: {sys.version.split()[0]}" in text
    assert "pydantic " in text
    assert "hunter2" not in text
    assert str(place) not in text


def test_a_bug_is_logged_elsewhere_where_the_cache_cannot_be_written(place, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    done = guarded(place, "lambda: 1 // 0", env={"TMPDIR": str(tmp_path)})
    assert done.returncode == 70
    assert Path(done.stderr.rstrip().rpartition(": ")[2]).parent == tmp_path


def test_an_interrupt_ends_with_130_and_without_a_traceback(place):
    done = guarded(place, "lambda: os.kill(os.getpid(), signal.SIGINT)")
    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "interrupted\n")


def test_an_expected_error_ends_with_3_and_its_hint(place):
    body = "lambda: __import__('harness.adapters.interpreter', fromlist=['x']).find_interpreter('no-such')"
    done = guarded(place, body)
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        "error[no-interpreter]: python is 'no-such': no such command on PATH; expected an interpreter",
        "hint: name its path in `python`",
    ]


def test_a_closed_pipe_is_quiet(project):
    (project / "info.json").write_text(json.dumps(LEAST))
    reading, writing = os.pipe()
    os.close(reading)
    done = repro(project, "validate", "info.json", capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_a_terminal_without_unicode_and_hostile_text_are_no_reason_to_fail(project):
    (project / "info.json").write_text(json.dumps(LEAST | {"repository": "g\u00f6ne \x1b[2J"}))
    done = repro(project, "validate", "info.json", env={"PYTHONIOENCODING": "cp1251"})
    assert (done.returncode, done.stderr) == (1, "")
    assert "g\\xf6ne \\u001b[2J is no folder" in done.stdout
    body = "lambda: __import__('harness.adapters.interpreter', fromlist=['x']).find_interpreter('a\\x1b[2J/\\x07')"
    assert guarded(project, body).stderr.replace("\n", "").isprintable()


@pytest.mark.parametrize(("package", "arguments"), [("click", ["--help"]), ("pydantic", ["validate", "x"])])
def test_without_the_extra_the_command_that_installs_it_is_named(place, package, arguments):
    code = f"import sys; sys.modules[{package!r}] = None; from harness.cli import main; main()"
    done = run_code(code, place, *arguments)
    assert done.returncode == 3
    assert done.stderr.startswith(f"error[missing-extra]: repro needs {package}")
    assert shlex.split(done.stderr.splitlines()[1])[1:] == [
        sys.executable,
        "-m",
        "pip",
        "install",
        "pytest-repro[harness]",
    ]


@pytest.mark.parametrize(
    ("closed", "arguments", "code"),
    [
        (">&-", ["analyze", "ci.log"], 1),
        ("2>&-", ["analyze", "gone.log"], 3),
        (">&- 2>&-", ["analyze", "gone.log"], 3),
        ("<&-", ["analyze", "-"], 3),
        ("<&-", ["run", "-"], 2),
    ],
)
def test_a_stream_that_was_closed_before_the_start_is_no_bug_and_no_other_exit_code(place, closed, arguments, code):
    words = [sys.executable, "-P", "-c", "from harness.cli import main; main()", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *words]
    done = subprocess.run(shell, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "bug" in done.stderr) == (code, False)
