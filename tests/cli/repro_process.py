"""`repro` through its real entry point, in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEAST = {"deterministic": False, "prompt": "it fails", "raw-logs": "ci.log"}


def run_code(code, folder, *arguments, **options):
    # -P: the folder that one stands in is no place to import from, as with the console script.
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {})
    options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "check": False} | options
    if "input" in options:
        del options["stdin"]
    return subprocess.run([sys.executable, "-P", "-c", code, *arguments], cwd=folder, env=environment, **options)


class Forker:
    """Forks processes of `repro`; begun by the first one that is asked for."""

    def __init__(self):
        self.process = None
        self.python = {}

    def run(self, folder, arguments, variables, text):
        """Return what `subprocess.run` would; None where this needs an interpreter that is started for it."""
        python = {name: value for name, value in variables.items() if name.startswith(("PYTHON", "LC_", "LANG"))}
        if self.process is None:
            self.python = python
            command = [sys.executable, "-P", str(Path(__file__).with_name("repro_forker.py"))]
            self.process = subprocess.Popen(
                command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        elif python != self.python:
            return None
        with tempfile.TemporaryDirectory() as place:
            files = {name: os.path.join(place, name) for name in ("stdin", "stdout", "stderr")}
            for path in files.values():
                Path(path).write_text(text if path == files["stdin"] else "")
            order = {"argv": arguments, "cwd": str(folder), "env": variables, **files}
            print(json.dumps(order), file=self.process.stdin, flush=True)
            code = int(self.process.stdout.readline())
            out, err = (Path(files[name]).read_text() for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(["repro", *arguments], code, out, err)

    def end(self):
        """Let it end."""
        if self.process is not None:
            self.process.communicate()
            self.process = None


FORKER = Forker()


def repro(folder, *arguments, **options):
    if not options.keys() - {"env", "input"}:
        variables = os.environ | {"PYTHONPATH": str(ROOT)} | options.get("env", {})
        done = FORKER.run(folder, [*map(str, arguments)], dict(variables), options.get("input", ""))
        if done is not None:
            return done
    return run_code("from harness.cli import main; main()", folder, *arguments, **options)


def installed(folder: Path, version: str, origin: dict | None = None) -> dict[str, str]:
    """Return variables under which the running repro is an installed distribution of `version`."""
    info = folder / f"pytest_repro-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pytest-repro\nVersion: {version}\n")
    if origin:
        (info / "direct_url.json").write_text(json.dumps(origin))
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
