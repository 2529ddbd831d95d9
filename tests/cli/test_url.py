"""A log by the address of its run: `repro analyze`, `validate` and `run` against a forge on loopback."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from fake_forge import LOG, Answer, as_json, as_text, github_job, github_run, running_forge, serve_github
from repro_process import LEAST, ROOT, repro

RUN = "https://github.com/hob/kettle/actions/runs/7"
TOKEN = "ghp_" + "k3tTle" * 6
REFILL = "tests/test_kettle.py::test_refill"
TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN", "GH_HOST", "GITHUB_SERVER_URL", "CI_SERVER_URL")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
ALONE = dict.fromkeys((*TOKENS, *PROXIES), "")


@pytest.fixture
def forge():
    with running_forge() as running:
        yield running


@pytest.fixture
def env(forge, tmp_path):
    """Variables under which github.com is the forge on loopback, and no other is asked."""
    (tmp_path / "bin").mkdir()  # without gh, which might be signed in
    (tmp_path / "bin" / "git").symlink_to(str(shutil.which("git")))
    return ALONE | {"GITHUB_API_URL": forge.origin, "GH_TOKEN": TOKEN, "PATH": str(tmp_path / "bin")}


def without_url(data):
    return {key: value for key, value in LEAST.items() if key != "raw-logs"} | data


class TestAnalyze:
    def test_names_the_tests_of_the_failed_job_and_what_the_forge_knows(self, place, forge, env):
        serve_github(forge, [github_job(1, "lint", "success"), github_job(2, "test")], {2: as_text(LOG)})
        done = repro(place, "analyze", RUN, env=env)

        assert (done.returncode, done.stderr) == (1, "")
        assert f"            {REFILL}\n" in done.stdout
        assert f"{'5eed' * 10} on steam" in done.stdout
        assert f'"url": "{RUN}"' in done.stdout
        assert TOKEN not in done.stdout
        assert "run.json" not in done.stdout

    def test_a_run_that_passed_ends_with_0(self, place, forge, env):
        serve_github(forge, [github_job(1, "lint", "success")], {}, github_run("success"))
        done = repro(place, "analyze", RUN, "--json", env=env)

        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["verdict"]["failure_class"] == "none"

    def test_one_job_can_be_chosen(self, place, forge, env):
        logs = {2: as_text(LOG), 3: as_text(LOG.replace("test_refill", "test_whistle"))}
        serve_github(forge, [github_job(2, "test (3.11)"), github_job(3, "test (3.12)")], logs)
        done = repro(place, "analyze", RUN, "--job", "test (3.12)", "--json", env=env)

        data = json.loads(done.stdout)
        assert [test["nodeid"] for test in data["failing"]] == ["tests/test_kettle.py::test_whistle"]
        assert data["circumstances"]["job"] == "test (3.12)"

    def test_a_refusal_ends_with_3_and_leaves_nothing_behind(self, place, forge, env, tmp_path):
        (tmp_path / "tmp").mkdir()
        forge.on("/repos/hob/kettle/actions/runs/7", as_json({"message": "Bad credentials"}, 401))
        done = repro(place, "analyze", RUN, env=env | {"TMPDIR": str(tmp_path / "tmp")})

        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("error[forge-token-refused]: ")
        assert list((tmp_path / "tmp").iterdir()) == []

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_a_job_that_is_cancelled_and_a_terminal_that_is_closed_leave_nothing_behind(
        self, place, forge, env, tmp_path, number
    ):
        (tmp_path / "tmp").mkdir()
        hold = threading.Event()
        serve_github(forge, [github_job(2, "test")], {2: Answer(200, LOG.encode(), {}, stop_after=200, hold=hold)})
        command = [sys.executable, "-P", "-c", "from harness.cli import main; main()", "analyze", RUN]
        variables = os.environ | {"PYTHONPATH": str(ROOT)} | env | {"TMPDIR": str(tmp_path / "tmp")}
        running = subprocess.Popen(command, cwd=place, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not any(path.endswith("/logs") for path in forge.paths()):
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(number)
        assert (running.communicate()[1], running.returncode) == (b"interrupted\n", 130)
        hold.set()
        assert list((tmp_path / "tmp").iterdir()) == []

    def test_an_address_of_no_run_ends_with_3_and_the_forms_that_are_known(self, place, env):
        done = repro(place, "analyze", "https://ci.example/jobs", env=env)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("error[url-not-a-run]: ")


class TestValidate:
    def line(self, project, env, url):
        (project / "info.json").write_text(json.dumps(without_url({"url": url})))
        done = repro(project, "validate", "info.json", env=env)
        (line,) = [line for line in done.stdout.splitlines() if line.split()[1:2] == ["log"]]
        return line

    def test_says_which_token_will_be_used_and_asks_nobody(self, project, forge, env):
        line = self.line(project, env, RUN)
        assert line.startswith("ok ")
        assert line.endswith("with the token from GH_TOKEN")
        assert forge.asked == []

    def test_misses_a_token_for_github_whose_logs_are_for_those_signed_in(self, project, env):
        line = self.line(project, env | {"GH_TOKEN": ""}, RUN)
        assert line.startswith("missing ")
        assert "of public repositories too" in line

    def test_misses_none_for_a_public_project_of_gitlab(self, project, env):
        line = self.line(project, env, "https://gitlab.com/hob/kettle/-/jobs/5")
        assert line.startswith("ok ")
        assert "without a token" in line

    def test_refuses_what_is_no_run(self, project, env):
        assert self.line(project, env, "https://ci.example/jobs/1042").startswith("missing ")


def test_run_fetches_the_log_and_keeps_a_redacted_excerpt_alone(project, forge, env):
    log = LOG.replace("assert 3 == 4", f"assert '{TOKEN}' == 4")
    serve_github(forge, [github_job(2, "test")], {2: as_text(log)})
    (project / "info.json").write_text(json.dumps(without_url({"url": RUN})))
    done = repro(project, "run", "info.json", env=env)

    assert done.returncode == 1, done.stderr
    assert "failed: no test to run." in done.stdout
    assert f"1 failing test in 11 lines: {REFILL}" in done.stdout
    kept = [path for path in (project / ".git" / "repro").rglob("*") if path.is_file()]
    assert any("test_refill" in path.read_text() for path in kept if path.name == "log.redacted.txt")
    assert not any(TOKEN in path.read_text() for path in kept)
    report = next((project / "outputs").glob("*.md")).read_text()
    assert "## The log" in report
    assert f"| log | `{RUN}` |" in report


def test_a_run_that_passed_ends_with_nothing_failed(project, forge, env):
    serve_github(forge, [github_job(1, "lint", "success")], {}, github_run("success"))
    (project / "info.json").write_text(json.dumps(without_url({"url": RUN})))
    done = repro(project, "run", "info.json", env=env)
    assert done.returncode == 1
    assert "failed: nothing failed." in done.stdout
    assert f"The run passed: {RUN}" in done.stdout
