"""The classes of real logs, and whether a confidence means what it says, where the shared samples are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.logs.analyze import analyze

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "ci-logs"
TRUTH = SAMPLES / "truth.json"
LOGS: dict[str, Any] = json.loads(TRUTH.read_text(encoding="utf-8")) if TRUTH.is_file() else {}
BAR = 0.9

pytestmark = pytest.mark.skipif(not LOGS, reason="no ../shared/ci-logs beside the repository: real logs are not in it")


def test_the_class_is_right_of_nine_full_logs_in_ten_and_of_what_is_called_sure() -> None:
    verdicts = {name: analyze(str(SAMPLES / name)).verdict for name in LOGS}
    right = {name: verdicts[name].failure_class == entry["class"] for name, entry in LOGS.items()}
    full = [name for name, entry in LOGS.items() if entry["extent"] == "full"]
    sure = [name for name in LOGS if verdicts[name].confidence >= BAR]
    assert sum(right[name] for name in full) >= BAR * len(full), [name for name in full if not right[name]]
    assert sum(right[name] for name in sure) >= BAR * len(sure), [name for name in sure if not right[name]]
    assert [name for name in LOGS if LOGS[name]["class"] == "none" and not right[name]] == []
    for name, verdict in verdicts.items():
        if verdict.quoted is not None:
            assert verdict.quoted.line >= 1, name
