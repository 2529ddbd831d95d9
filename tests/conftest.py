"""What the whole test suite shares."""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "support"))  # what tests of several folders are made with

pytest_plugins = ["pytester"]

# What a developer or a CI job has set for repro is not meant for the runs that the tests start.
for _name in [name for name in os.environ if name.startswith("REPRO_")]:
    del os.environ[_name]

# A shell starts what runs in the background deaf to Ctrl-C, and nohup deaf to a hang-up. Processes that a test starts
# and signals would inherit that; of a handler of ours they inherit nothing.
for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, lambda *_: None)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)
