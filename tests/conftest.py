"""What the whole test suite shares."""

import os

pytest_plugins = ["pytester"]

# What a developer or a CI job has set for repro is not meant for the runs that the tests start.
for _name in [name for name in os.environ if name.startswith("REPRO_")]:
    del os.environ[_name]
