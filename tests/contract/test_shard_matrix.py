"""The CI matrix of the how-to and our own: plan, shards and merge fit together, and their commands do what is said."""

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.cli.merge import merge
from pytest_repro.plugin import OPTIONS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "shard-over-ci-jobs.md"
OURS = ROOT / ".github" / "workflows" / "flakes.yml"
# Major versions that exist, with the inputs that are used.
ACTIONS = {
    "actions/checkout@v4": set[str](),
    "actions/setup-python@v5": {"python-version"},
    "actions/upload-artifact@v4": {"name", "path", "overwrite"},
    "actions/download-artifact@v4": {"path", "pattern", "merge-multiple"},
}
FLAKY = """
import random
def test_steady(): pass
def test_flaky(): assert random.random() < 0.8
"""


def shown() -> str:
    """The workflow of the how-to."""
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


WORKFLOWS = {"how-to": shown(), "ours": OURS.read_text(encoding="utf-8")}
every_workflow = pytest.mark.parametrize("text", WORKFLOWS.values(), ids=WORKFLOWS)


def jobs(text: str) -> dict[str, str]:
    """Return the text of each job."""
    parts = re.split(r"(?m)^  ([a-z]+):\n", text.partition("\njobs:\n")[2])
    return dict(zip(parts[1::2], parts[2::2], strict=True)) if not parts[0] else {}


def steps(job: str) -> list[str]:
    """Return the text of each step, dedented."""
    found = re.split(r"(?m)^      - ", job.partition("    steps:\n")[2])[1:]
    return [textwrap.dedent("        " + one) for one in found]


def scripts(job: str) -> list[str]:
    """Return what a job's steps run."""
    runs = [re.search(r"(?m)^run: (?:\|\n((?:  .*\n)+)|(.+))", step) for step in steps(job)]
    return [textwrap.dedent(run[1] or run[2]).strip() for run in runs if run]


@every_workflow
def test_three_jobs_wait_for_each_other_and_the_merge_runs_whatever_happened(text: str) -> None:
    found = jobs(text)

    assert list(found) == ["plan", "shards", "merge"]
    assert "    needs: plan\n" in found["shards"]
    assert "      fail-fast: false\n" in found["shards"]
    assert "        shard: ${{ fromJSON(needs.plan.outputs.shards) }}\n" in found["shards"]
    assert "    needs: [plan, shards]\n    if: always()\n" in found["merge"]
    uploads = [step for job in found.values() for step in steps(job) if "upload-artifact" in step]
    assert len(uploads) == 2
    assert all("\nif: always()\n" in step for step in uploads)


@every_workflow
def test_it_is_indented_by_two_blanks_and_asks_for_no_more_than_reading(text: str) -> None:
    assert "\t" not in text
    assert {(len(line) - len(line.lstrip())) % 2 for line in text.splitlines()} == {0}
    assert "permissions:\n  contents: read\njobs:" in text


@every_workflow
def test_the_actions_and_their_inputs_exist(text: str) -> None:
    for job in jobs(text).values():
        for step in steps(job):
            if used := re.search(r"uses: (\S+)", step):
                inputs = set(re.findall(r"(?m)^  ([a-z-]+):", step.partition("with:\n")[2]))
                assert inputs <= ACTIONS[used[1]], step


@every_workflow
def test_no_value_can_become_a_command(text: str) -> None:
    assert [script for job in jobs(text).values() for script in scripts(job) if "${{" in script] == []


@every_workflow
def test_what_is_used_of_another_job_is_handed_over_by_it(text: str) -> None:
    found = jobs(text)
    outputs = set(re.findall(r"(?m)^      ([a-z]+): \$\{\{ steps\.plan\.outputs\.\1 }}$", found["plan"]))

    assert outputs == set(re.findall(r"echo \"([a-z]+)=", found["plan"]))
    assert set(re.findall(r"needs\.plan\.outputs\.([a-z]+)", found["shards"])) == outputs


@every_workflow
def test_the_options_exist(text: str) -> None:
    ours = {f"--repro-{name}" for name, *_ in OPTIONS}
    merging = {option for parameter in merge.params for option in parameter.opts}
    [command] = [script for script in scripts(jobs(text)["merge"]) if script.startswith("repro merge ")]

    assert set(re.findall(r"--repro-[a-z]+", text)) <= ours
    assert set(re.findall(r"--[a-z]+", command)) <= merging


def test_ours_is_the_one_that_is_shown_but_for_what_is_installed_and_run() -> None:
    def common(text: str) -> list[str]:
        text = text[text.index("permissions:") :]
        return [line for line in text.splitlines() if "pip install" not in line and "pytest t" not in line]

    assert common(WORKFLOWS["how-to"]) == common(WORKFLOWS["ours"])


def sh(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    # As GitHub runs a step: bash -e; what this machine has set for pytest and repro is not meant for it.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("REPRO_", "PYTEST_", "GITHUB_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_repro.plugin"}  # other plugins cost time
    env: Mapping[str, str] = clean | alone | {"PATH": path, "COLUMNS": "120"} | variables
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def planned(folder: Path, shards: int) -> dict[str, str]:
    """Run the plan's script for so many shards and return its outputs."""
    [script] = scripts(jobs(shown())["plan"])
    done = sh(script.replace("count=4", f"count={shards}"), folder, GITHUB_OUTPUT="outputs")
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in (folder / "outputs").read_text().splitlines())


def test_the_plan_is_a_list_of_shards_and_a_seed(tmp_path: Path) -> None:
    plan = planned(tmp_path, 3)

    assert json.loads(plan["shards"]) == [1, 2, 3]
    assert plan["count"] == "3"
    assert 0 <= int(plan["seed"]) < 2**32


@pytest.mark.parametrize("gone", [0, 2], ids=["all there", "one gone"])
def test_the_commands_run_in_a_loop_give_what_one_big_run_gives(tmp_path: Path, gone: int) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(FLAKY)
    plan = planned(tmp_path, 3) | {"seed": "7"}  # a seed under which some iterations of each shard fail
    found = jobs(shown())
    [stress] = [script for script in scripts(found["shards"]) if script.startswith("pytest ")]
    [merging] = [script for script in scripts(found["merge"]) if script.startswith("repro merge ")]
    stress = stress.replace("=400", "=60")
    (tmp_path / "shards").mkdir()
    for shard in json.loads(plan["shards"]):
        if shard != gone:
            done = sh(stress, tmp_path, SHARD=str(shard), COUNT=plan["count"], SEED=plan["seed"])
            assert done.returncode == 1, done.stdout + done.stderr
            (tmp_path / f"shard-{shard}.jsonl").rename(tmp_path / "shards" / f"shard-{shard}.jsonl")

    done = sh(merging + " --json many.json", tmp_path, GITHUB_STEP_SUMMARY="summary.md")

    assert (done.returncode, done.stderr) == (1, "")
    assert ("shard 2/3 is missing: 40 iterations not run" in done.stdout) == bool(gone)
    assert "FLAKY" in (tmp_path / "summary.md").read_text()
    if not gone:
        one = stress.replace('--repro-shard="$SHARD/$COUNT"', "").replace("shard-$SHARD", "one")
        sh(f"{one} --repro-json=one.json", tmp_path, SEED=plan["seed"])
        assert told(tmp_path / "many.json") == told(tmp_path / "one.json")


def told(path: Path) -> object:
    """Return of a result what does not depend on time or place."""
    result = json.loads(path.read_text())
    return result["totals"], [
        (
            test["nodeid"],
            test["label"],
            test["asked"],
            test["rate"],
            [(one["digest"], one["count"]) for one in test["signatures"]],
        )
        for test in result["tests"]
    ]
