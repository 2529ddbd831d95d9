"""What the whole test suite shares."""

import os
import signal
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent / "support"))  # what tests of several folders are made with

pytest_plugins = ["pytester"]

# What a developer or a CI job has set for repro, pytest or the job itself is not meant for the runs that tests start.
_FOR_US = {"CI", "BUILD_NUMBER", "COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "PY_COLORS", "PYTEST_ADDOPTS"}
_OF_A_JOB = ("REPRO_", "GITHUB_", "GH_", "GITLAB_", "CI_", "PYTEST_THEME", "PYTEST_PLUGINS")
for _name in [name for name in os.environ if name in _FOR_US or name.startswith(_OF_A_JOB)]:
    del os.environ[_name]

# The same examples in every run, and no limit on the time of one: whether a change is right must depend neither on luck
# nor on how busy the machine is. `--hypothesis-profile=default` looks for new ones.
settings.register_profile(
    "steady", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

# A shell starts what runs in the background deaf to Ctrl-C, and nohup deaf to a hang-up. Processes that a test starts
# and signals would inherit that; of a handler of ours they inherit nothing.
for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, lambda *_: None)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)
