"""`repro` through its real entry point, in a process of its own."""

import json
import os
import subprocess
import sys
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


def repro(folder, *arguments, **options):
    return run_code("from harness.cli import main; main()", folder, *arguments, **options)


def installed(folder: Path, version: str, origin: dict | None = None) -> dict[str, str]:
    """Return variables under which the running repro is an installed distribution of `version`."""
    info = folder / f"pytest_repro-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pytest-repro\nVersion: {version}\n")
    if origin:
        (info / "direct_url.json").write_text(json.dumps(origin))
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
