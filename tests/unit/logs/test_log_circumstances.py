"""How and where the failing run was started, from what the log says before and in it."""

from read_log import read_log

from harness.domain.circumstances import Circumstances

STAMP = "2026-01-02T03:04:05.1234567Z "
SHA = "0123456789abcdef0123456789abcdef01234567"
START = " test session starts ".center(80, "=")


def circumstances(*lines: str) -> Circumstances:
    return read_log("\n".join(lines) + "\n").circumstances


RUN = [
    START,
    "platform linux -- Python 3.12.1, pytest-8.2.0, pluggy-1.5.0 -- /usr/bin/python",
    "rootdir: /ci/shop, configfile: pyproject.toml",
    "plugins: xdist-3.6.1, cov-5.0.0,",
    "hypothesis-6.100.1",
    "2 workers [4 items]",
    "",
    "[gw0] [ 25%] PASSED a/test_x.py::test_1",
    "[gw1] [ 50%] PASSED a/test_x.py::test_2",
    "[gw0] [ 75%] PASSED a/test_x.py::test_3",
    "[gw0] [100%] FAILED a/test_x.py::test_4",
    " FAILURES ".center(80, "="),
    " test_4 ".center(80, "_"),
    "E       assert 0",
    " Hypothesis ".center(80, "-"),
    "You can add @seed(5) to this test or run pytest with --hypothesis-seed=5 to reproduce this failure.",
    "You can reproduce this example by temporarily adding @reproduce_failure('6.100.1', b'AAEA') as a decorator",
    " 1 failed, 3 passed in 1.00s ".center(80, "="),
]
GITHUB = [
    "##[group]Run actions/checkout@v4",
    "env:",
    "  OLD: 1",
    "##[endgroup]",
    "[command]/usr/bin/git checkout --progress --force -B main refs/remotes/origin/main",
    "[command]/usr/bin/git log -1 --format='%H'",
    f"'{SHA}'",
    "##[group]Run pytest -n2 -v",
    "pytest -n2 -v",
    "shell: /usr/bin/bash -e {0}",
    "env:",
    "  TZ: Asia/Kolkata",
    "  PYTHONHASHSEED: 42",
    "  SHOP_TOKEN: ***",
    "  SHOP_PASSWORD: hunter2 hunter2",
    "  GITHUB_RUN_ATTEMPT: 3",
    "##[endgroup]",
]


def test_a_job_of_github_tells_all_of_it() -> None:
    told = circumstances(*(STAMP + line for line in GITHUB + RUN))
    assert told.command_line == "pytest -n2 -v"
    assert (told.python, told.platform, told.rootdir) == ("3.12.1", "linux", "/ci/shop")
    assert told.packages == {
        "pytest": "8.2.0",
        "pluggy": "1.5.0",
        "xdist": "3.6.1",
        "cov": "5.0.0",
        "hypothesis": "6.100.1",
    }
    assert (told.timezone, told.hash_seed, told.attempt) == ("Asia/Kolkata", "42", 3)
    assert told.environment["SHOP_TOKEN"] == ""
    assert "hunter2" not in str(told.environment)
    assert "OLD" not in told.environment
    assert (told.commit, told.branch, told.step) == (SHA, "main", "Run pytest -n2 -v")
    assert told.workers == 2
    assert told.worker_of == {"a/test_x.py::test_4": "gw0"}
    assert told.before == {"a/test_x.py::test_4": ("a/test_x.py::test_1", "a/test_x.py::test_3")}
    assert told.hypothesis == ("--hypothesis-seed=5", "@reproduce_failure('6.100.1', b'AAEA')")


def test_the_columns_of_gh_name_job_step_and_matrix_and_steps_of_a_job_belong_together() -> None:
    lines = [f"test (3.12, linux)\tCheckout\t{STAMP}{line}" for line in GITHUB[:7]]
    lines += [f"test (3.11, linux)\tCheckout\t{STAMP}HEAD is now at abcdef1 other"]
    lines += [f"test (3.12, linux)\tUNKNOWN STEP\t{STAMP}{line}" for line in RUN]
    told = circumstances(*lines)
    assert (told.job, told.step, told.commit) == ("test (3.12, linux)", "UNKNOWN STEP", SHA)
    assert told.matrix == {"1": "3.12", "2": "linux"}


def test_the_values_are_those_of_the_run_that_failed() -> None:
    passing = [START, "platform linux -- Python 3.11.0, pytest-8.2.0", " 1 passed in 1.00s ".center(80, "=")]
    told = circumstances("$ export TZ=UTC", *passing, "$ export TZ=Asia/Tokyo", *RUN, "$ export TZ=Europe/Berlin")
    assert (told.python, told.timezone) == ("3.12.1", "Asia/Tokyo")


def test_other_systems_name_commit_and_branch_in_their_own_words() -> None:
    told = circumstances(f"Checking out {SHA[:8]} as detached HEAD (ref is feature/till)...", *RUN)
    assert (told.commit, told.branch) == (SHA[:8], "feature/till")
    told = circumstances(f"Checking out Revision {SHA} (origin/main)", *RUN)
    assert (told.commit, told.branch) == (SHA, "main")
    told = circumstances(
        "$ git clone --depth=50 --branch=dev https://host/x.git x/x", f"$ git checkout -qf {SHA}", *RUN
    )
    assert (told.commit, told.branch) == (SHA, "dev")


def test_the_seed_that_tox_sets_is_the_hash_seed() -> None:
    assert circumstances("py312 run-test-pre: PYTHONHASHSEED='123'", *RUN).hash_seed == "123"


def test_an_old_header_names_its_packages_too() -> None:
    told = circumstances(START, "platform linux2 -- Python 2.7.18 -- py-1.4.30 -- pytest-2.7.2", "tests/x.py .")
    assert (told.platform, told.python) == ("linux2", "2.7.18")
    assert told.packages == {"py": "1.4.30", "pytest": "2.7.2"}
