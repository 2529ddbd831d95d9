"""What the whole test suite shares."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))  # what tests of several folders are made with

pytest_plugins = ["pytester"]

# What a developer or a CI job has set for repro is not meant for the runs that the tests start.
for _name in [name for name in os.environ if name.startswith("REPRO_")]:
    del os.environ[_name]
