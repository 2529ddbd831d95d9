"""Runs `repro` in a process of its own for each line that it reads, with everything imported already.

A process that starts anew spends nine tenths of its time on imports, and a test of what `repro` says asks no more of it
than its arguments, environment, folder and files. A line is {"argv", "cwd", "env", "stdin", "stdout", "stderr"}, the
last three paths of files; the answer is a line with the exit code.
"""

import atexit
import json
import os
import sys

import httpx  # noqa: F401  what a command imports when it needs it

import harness.cli.analyze
import harness.cli.merge
import harness.cli.run
import harness.cli.validate  # noqa: F401  as above
from harness.cli import main

ENCODING = sys.stdout.encoding


def become(order):
    """Make this process look like one that was just started."""
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["-c", *order["argv"]]
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        file = os.open(order[name], os.O_RDWR)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding=ENCODING, closefd=False)  # noqa: SIM115  until the end of the process
    sys.stdout = open(1, "w", encoding=ENCODING, closefd=False)  # noqa: SIM115  as above
    sys.stderr = open(2, "w", encoding=ENCODING, errors="backslashreplace", closefd=False)  # noqa: SIM115  as above


def code_of(program):
    """Return the exit code with which `program` ends; what it raises else is shown as Python does, and is 1."""
    try:
        program()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter does at the end of a program
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def leave(code):
    """End without taking all that was imported down, which would take as long as the imports."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w") as answers, os.fdopen(os.dup(0)) as orders:
        for line in orders:
            if not (child := os.fork()):
                become(json.loads(line))
                leave(code_of(main))
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)
