"""`repro validate`, through the real entry point in processes of their own."""

import json
import shlex
import subprocess
import venv
from pathlib import Path

import pytest
from repro_process import LEAST, ROOT, installed, repro


def validate(folder, **changes):
    """Return (exit code, {check: line}, everything printed) of `repro validate` on the least file with `changes`."""
    data = {key.replace("_", "-"): value for key, value in changes.items()}
    (folder / "info.json").write_text(json.dumps(LEAST | data))
    done = repro(folder, "validate", "info.json")
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ok ", "missing "))]
    return done.returncode, {line.split()[1]: line for line in lines}, done.stdout


def remedy(output, check):
    """Return what stands below the line of `check`."""
    lines = output.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"missing {check} "))
    return lines[at + 1].strip()


def test_the_embedded_example_is_fine_as_it_stands(place):
    done = repro(place, "validate", str(ROOT / "info.json.example"))
    checks = [line.split()[:2] for line in done.stdout.splitlines() if line.startswith(("ok", "missing"))]
    # Whether the plugin is installed beside the tests is no matter of the example.
    assert [check for check in checks if check[0] != "ok" and check[1] != "target"] == []
    assert ["ok", "repository"] in checks
    assert not (place / "outputs").exists()


def test_a_bad_file_ends_with_2_and_all_problems_on_standard_error(place):
    (place / "info.json").write_text('{"deterministic": 1, "promt": "x"}')
    done = repro(place, "validate", "info.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error[bad-spec]: info.json: 4 problems\n")
    assert '  $.promt: unknown key; expected a known key; did you mean "prompt"?\n' in done.stderr
    assert "\nhint: " in done.stderr


def test_json_is_all_that_standard_output_gets(project):
    (project / "info.json").write_text('{"deterministic": 1}')
    done = repro(project, "validate", "--json", "info.json")
    assert done.returncode == 2
    data = json.loads(done.stdout)
    assert data["fine"] is False
    assert {problem["path"] for problem in data["problems"]} == {"$", "$.deterministic", "$.prompt"}
    (project / "info.json").write_text(json.dumps(LEAST | {"raw-logs": "gone.log"}))
    done = repro(project, "validate", "--json", "info.json")
    assert (done.returncode, done.stderr) == (1, "")
    data = json.loads(done.stdout)
    assert [check["name"] for check in data["checks"] if check["name"] == "log" and not check["fine"]] == ["log"]


def test_the_file_may_be_standard_input_but_not_together_with_the_log(project):
    done = repro(project, "validate", "-", input=json.dumps(LEAST))
    assert "ok      log         ci.log" in done.stdout
    done = repro(project, "validate", "-", input=json.dumps(LEAST | {"raw-logs": "-"}))
    assert done.returncode == 2
    assert "error[stdin-twice]" in done.stderr
    done = repro(project, "validate", "-", input="{")
    assert done.stderr.startswith("error[bad-spec]: standard input: 1 problem")


def test_a_missing_file_is_answered_with_one_that_is_there(place):
    (place / "my info.json").write_text("{}")
    done = repro(place, "validate", "info.jsn")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith("error[no-spec-file]: info.jsn: ")
    assert done.stderr.splitlines()[1].endswith(" validate 'my info.json'")


@pytest.mark.parametrize("content", [b"\xff\xfe{\x00}\x00", b'{"prompt": "\xe4"}', b"\x00\x01\x02"])
def test_a_file_that_is_no_text_is_refused_in_words(place, content):
    (place / "info.json").write_bytes(content)
    done = repro(place, "validate", "info.json")
    assert done.returncode == 2
    assert done.stderr.startswith("error[bad-spec]")
    assert "Traceback" not in done.stderr


def test_a_folder_as_input_file_is_refused_in_words(place):
    done = repro(place, "validate", ".")
    assert done.returncode == 2
    assert "Is a directory" in done.stderr


def test_a_sound_repository_is_fine_and_stays_as_it_was(project):
    (project / "info.json").write_text("")
    state = subprocess.run(["git", "status", "--porcelain"], cwd=project, capture_output=True, check=True).stdout
    before = {path: path.stat().st_mtime_ns for path in (project / ".git").rglob("*")}
    code, checks, output = validate(project, base="main", commit="HEAD")
    assert [line for name, line in checks.items() if not line.startswith("ok ") and name != "target"] == []
    assert code == (0 if checks["target"].startswith("ok ") else 1), output
    assert {path: path.stat().st_mtime_ns for path in (project / ".git").rglob("*")} == before
    after = subprocess.run(["git", "status", "--porcelain"], cwd=project, capture_output=True, check=True).stdout
    assert after == state


def test_a_folder_without_repository_is_mended_by_the_command_that_is_printed(place):
    _, checks, output = validate(place)
    assert "not inside a git repository" in checks["repository"]
    subprocess.run(remedy(output, "repository"), shell=True, check=True, capture_output=True)
    _, checks, _ = validate(place)
    assert checks["repository"].startswith("ok ")
    assert checks["commits"].startswith("ok ")


def test_a_repository_without_commit_is_mended_by_the_command_that_is_printed(place):
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=place, check=True)
    _, _, output = validate(place)
    subprocess.run(remedy(output, "commits"), shell=True, check=True, capture_output=True)
    _, checks, _ = validate(place)
    assert checks["commits"].startswith("ok ")
    assert checks["base"].startswith("ok      base        main is ")


@pytest.mark.parametrize("key", ["base", "commit"])
def test_a_revision_that_is_not_there_is_missing(project, key):
    code, checks, _ = validate(project, **{key: "v9.9"})
    assert code == 1
    assert checks[key].startswith("missing ")
    assert "v9.9" in checks[key]


@pytest.mark.parametrize(
    ("check", "changes", "words"),
    [
        ("log", {"raw_logs": "gone.log"}, "no such file"),
        ("log", {"raw_logs": "empty"}, "no *.log or *.txt"),
        ("log", {"raw_logs": "example:gone/ci.log"}, "no embedded example"),
        ("fix", {"fix": {"by": "patch", "patch": "gone.patch"}}, "gone.patch does not exist"),
        ("fix", {"fix": {"by": "command", "command": ["no-such-fixer", "-x"]}}, "no-such-fixer is not found"),
        ("fix", {"fix": {"by": "command", "command": ["./test_a.py"]}}, "not executable"),
        ("setup", {"setup": ["no-such-maker all"]}, "no-such-maker is not found"),
        ("test", {"existing_test_path": "test_b.py::test_b"}, "test_b.py does not exist"),
        ("repository", {"repository": "gone"}, "gone is no folder"),
        ("repository", {"repository": "example:gone"}, "no embedded example"),
        ("python", {"python": "gone/bin/python"}, "no such file"),
        ("python", {"python": "no-such-python"}, "no such command"),
        ("python", {"python": "./"}, "a folder"),
        ("python", {"python": "./ci.log"}, "not executable"),
        ("target", {"python": "false"}, "does not work as a Python interpreter"),
    ],
)
def test_what_is_missing_is_said_with_a_way_on(project, check, changes, words):
    (project / "empty").mkdir()
    code, checks, output = validate(project, **changes)
    assert code == 1
    assert checks[check].startswith("missing ")
    assert words in checks[check]
    assert remedy(output, check)
    assert "what mends it stands below each" in output


def test_what_is_there_is_found(project):
    script = project / "fixer.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (project / "p.patch").write_text("diff\n")
    _, checks, _ = validate(project, fix={"by": "command", "command": "./fixer.sh --go"}, setup=["git --version"])
    assert checks["fix"].startswith("ok ")
    assert checks["setup"].startswith("ok ")
    _, checks, _ = validate(project, fix={"by": "command", "command": ["{python}", "fixer.py"]})
    assert checks["fix"].startswith("ok ")
    _, checks, _ = validate(project, fix={"by": "patch", "patch": "p.patch"}, existing_test_path="test_a.py::test_a")
    assert checks["fix"].startswith("ok ")
    assert checks["test"].startswith("ok ")


def environment(folder: Path, **versions) -> Path:
    """Return the interpreter of a new virtual environment whose metadata says that `versions` are installed."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name, version in versions.items():
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n")
        if name == "pytest_repro":
            (info / "entry_points.txt").write_text("[pytest11]\nrepro = pytest_repro.plugin\n")
    return folder / "bin" / "python"


def target_check(project, python, running):
    # `env` of the spec takes the path away from the target that makes the running repro an installed one.
    data = LEAST | {"python": str(python), "env": {"PYTHONPATH": ""}}
    (project / "info.json").write_text(json.dumps(data))
    done = repro(project, "validate", "info.json", env=running)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    found = [(line, lines[i + 1].strip()) for i, line in enumerate(lines) if " target " in line]
    return done.returncode, found


def test_a_target_with_another_plugin_version_gets_both_versions_and_the_command(project, tmp_path):
    python = environment(tmp_path / "a target", pytest="9.0.0", pytest_repro="9.9.9")
    code, [(line, command)] = target_check(project, python, installed(tmp_path / "own", "0.4.2"))
    assert code == 1
    assert "has pytest-repro 9.9.9; expected 0.4.2" in line
    assert shlex.split(command)[-1] == "pytest-repro==0.4.2"
    assert str(python) in shlex.split(command)


def test_a_target_with_the_same_plugin_version_is_fine(project, tmp_path):
    python = environment(tmp_path / "target", pytest="8.4.0", pytest_repro="0.4.2")
    code, [(line, _)] = target_check(project, python, installed(tmp_path / "own", "0.4.2"))
    assert (code, line[:3]) == (0, "ok ")
    assert "pytest 8.4.0, pytest-repro 0.4.2" in line


def test_a_target_without_anything_gets_a_command_for_each(project, tmp_path):
    code, found = target_check(project, environment(tmp_path / "target"), installed(tmp_path / "own", "0.4.2"))
    assert code == 1
    assert ["has no pytest;" in line or "has no pytest-repro;" in line for line, _ in found] == [True, True]
    assert [shlex.split(command)[-1] for _, command in found] == ["pytest>=8.4", "pytest-repro==0.4.2"]


def test_a_target_with_an_old_pytest_is_told_so(project, tmp_path):
    python = environment(tmp_path / "target", pytest="7.4.4", pytest_repro="0.4.2")
    _, [(line, command)] = target_check(project, python, installed(tmp_path / "own", "0.4.2"))
    assert "has pytest 7.4.4; expected 8.4 or later" in line
    assert shlex.split(command)[-1] == "pytest>=8.4"


def test_an_old_interpreter_can_say_that_it_is_old(project, tmp_path):
    old = tmp_path / "old"
    old.write_text("""#!/bin/sh\necho 'pytest-repro-interpreter:{"version": "3.8.20"}'\n""")
    old.chmod(0o755)
    _, [(line, _)] = target_check(project, old, installed(tmp_path / "own", "0.4.2"))
    assert "is Python 3.8.20; expected 3.11 or later" in line
