"""What other people's files and scripts rely on stays as it is: a change here is a change of the interface."""

import re
import subprocess
import sys
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

import pytest_repro
from harness.cli import errors as cli_errors
from pytest_repro.core import record, token

OPTIONS = [
    "--repro-allocate", "--repro-confidence", "--repro-exclusive", "--repro-isolate", "--repro-jobs",
    "--repro-journal", "--repro-json", "--repro-prove", "--repro-replay", "--repro-resume", "--repro-seed",
    "--repro-shard", "--repro-stop", "--repro-stress", "--repro-summary", "--repro-time", "--repro-timeout",
    "--repro-watch",
]  # fmt: skip
KINDS = ["campaign", "test", "iteration", "signature", "probe", "sharing", "remark", "end"]
CORE = {
    "allocation": {"DurationOutliers", "Evidence", "shares"},
    "duration": {"format_duration", "parse_duration"},
    "errors": {"ReproError"},
    "fault_stack": {"FaultFrame", "FaultStack", "FaultThread", "frame_of_interest", "parse_fault_stack"},
    "interval": {
        "clean_runs_for_rate", "clean_runs_needed", "clopper_pearson", "fisher_one_sided", "rate_excluded"
    },
    "merge": {"merge", "merged_lines"},
    "merged": {"Merged", "shards_are"},
    "merged_plan": {"MergedPlan", "versions_told"},
    "message": {"normalise"},
    "number_set": {"NumberSet"},
    "parts": {"Parts", "all_of", "disjoint"},
    "proof": {"Proof", "Verdict", "parse_confidence", "parse_rate"},
    "rate": {"FailureRate", "bound", "percent"},
    "replay": {"replay_options"},
    "record": {
        "CampaignEnd", "CampaignHeader", "FailureDetail", "IterationRecord", "PlannedTest", "Probe", "Remark",
        "Sharing", "encode_line", "line_of", "read_lines",
    },
    "seed": {"derive_seed", "parse_root_seed"},
    "seen_outcomes": {"SeenOutcomes"},
    "shard": {"Shard", "parse_shard"},
    "sieve": {"SeenTest", "Sieve"},
    "signature": {"Signature", "matches_text"},
    "strip": {"Strip"},
    "tally": {"CampaignTally", "TestTally"},
    "todo": {"Todo", "todo_for"},
    "token": {"ReplayToken", "decode_token", "digest_of"},
}  # fmt: skip


@pytest.fixture(scope="module")
def help_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    command = [sys.executable, "-m", "pytest", "--help", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path_factory.mktemp("bare"), capture_output=True, text=True, check=True)
    return done.stdout


def test_the_package_says_its_version_and_nothing_else() -> None:
    assert pytest_repro.__all__ == ["__version__"]
    assert pytest_repro.__version__ == version("pytest-repro")


def test_the_options_are_these(help_text: str) -> None:
    assert sorted(set(re.findall(r"^ +(--repro-[a-z-]+)", help_text, re.MULTILINE))) == OPTIONS


def test_each_option_has_its_ini_twin(help_text: str) -> None:
    twins = sorted(set(re.findall(r"^ +(repro_[a-z_]+) \(", help_text, re.MULTILINE)))

    assert twins == [option.removeprefix("--").replace("-", "_") for option in OPTIONS]


def test_the_marker_is_registered(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--markers", "-p", "no:cacheprovider"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert "@pytest.mark.repro(stress=N, time=DURATION, seed=ROOT): " in text


def test_journal_and_token_have_the_published_versions() -> None:
    assert (record.SCHEMA, token.VERSION) == (1, 1)
    assert [kind.kind for kind in record._KINDS.values()] == KINDS


def test_the_exit_codes_of_the_console_script_are_these() -> None:
    names = ("DONE", "NOT_REACHED", "USAGE", "EXPECTED", "BUG", "INTERRUPTED")

    assert [getattr(cli_errors, name) for name in names] == [0, 1, 2, 3, 70, 130]


def test_the_verbs_of_the_console_script_are_these() -> None:
    done = subprocess.run([sys.executable, "-c", "from harness.cli import main; main(['--help'])"], capture_output=True)
    commands = done.stdout.decode().partition("Commands:")[2].partition("Exit codes")[0]

    verbs = ["analyze", "run", "resume", "status", "validate", "merge"]
    assert re.findall(r"^  ([a-z-]+) ", commands, re.MULTILINE) == verbs


def test_the_entry_points_are_these() -> None:
    ours = {(point.group, point.name, point.value) for point in distribution("pytest-repro").entry_points}

    assert ours == {
        ("console_scripts", "repro", "harness.cli:main"),
        ("console_scripts", "pytest-repro", "harness.cli:main"),
        ("pytest11", "repro", "pytest_repro.plugin"),
    }


@pytest.mark.parametrize("module", CORE)
def test_the_names_of_the_core_are_there(module: str) -> None:
    found = vars(__import__(f"pytest_repro.core.{module}", fromlist=["_"]))

    assert CORE[module] <= found.keys()


def test_every_module_of_the_core_is_pinned_here() -> None:
    folder = Path(record.__file__).parent

    assert {path.stem for path in folder.glob("[!_]*.py")} == CORE.keys()
