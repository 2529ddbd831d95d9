"""The log reader on real logs, where the shared samples are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from read_log import read_log
from score_logs import compared, figures, scores

from harness.domain.ci_log import LogReading
from harness.logs.dialects.lines import normalised
from harness.logs.sources.source import read_source
from harness.steps.excerpt import write_excerpt

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "ci-logs"
TRUTH = SAMPLES / "truth.json"
LOGS: dict[str, Any] = json.loads(TRUTH.read_text(encoding="utf-8")) if TRUTH.is_file() else {}

pytestmark = pytest.mark.skipif(not LOGS, reason="no ../shared/ci-logs beside the repository: real logs are not in it")


@pytest.fixture(params=list(LOGS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_no_id_is_invented_and_each_stands_on_the_lines_it_cites(name: str) -> None:
    reading = read_log(str(SAMPLES / name))
    failing = LOGS[name]["failing"]
    if failing is not None:
        assert compared(reading, failing)[1] == ()
    if LOGS[name]["class"] == "none":
        assert reading.failing == ()
    _, raw_lines = read_source(str(SAMPLES / name))
    texts: dict[int, str] = {}
    for line in normalised(raw_lines):
        texts[line.number] = texts.get(line.number, "") + line.text
    for test in reading.failing:
        assert any(test.printed in texts[item.line] for item in test.evidence)


def test_readings_and_excerpts_are_fit_to_be_stored(name: str, tmp_path: Path) -> None:
    reading = read_log(str(SAMPLES / name))
    assert LogReading.from_json(json.loads(json.dumps(reading.to_json()))) == reading
    write_excerpt(str(SAMPLES / name), reading.failing, tmp_path / "excerpt")
    shown = (tmp_path / "excerpt").read_text().strip()
    assert len([line for line in shown.split("\n") if line != "  ..."]) <= 300
    assert bool(shown) == bool(reading.failing)


@pytest.mark.parametrize("name", [name for name in LOGS if name.startswith("gha-")])
def test_the_form_of_gh_run_view_gives_the_same_tests(name: str) -> None:
    raw = (SAMPLES / name).read_text(encoding="utf-8-sig")
    columns = "".join(f"build (3.9)\tUNKNOWN STEP\t{line}\n" for line in raw.split("\n"))
    plain, prefixed = read_log(raw), read_log(columns)
    assert [test.to_json() for test in prefixed.failing] == [test.to_json() for test in plain.failing]


def test_every_figure_but_the_speed_reaches_its_bar() -> None:
    found = scores(SAMPLES)
    told = [f"{item.name}: {item.complaints()}" for item in found if item.complaints()]
    assert [text for text, good in figures(found) if not good] == [], told


@pytest.mark.parametrize(
    "name", [name for name, entry in LOGS.items() if entry["failing"] and entry["extent"] == "full"]
)
def test_a_log_that_is_cut_anywhere_invents_nothing(name: str) -> None:
    lines = (SAMPLES / name).read_bytes().decode("utf-8-sig", "replace").split("\n")
    for at in range(1, 10):
        cut = len(lines) * at // 10
        for part in (lines[:cut], lines[cut:]):
            reading = read_log("\n".join(part) + "\n")
            assert compared(reading, LOGS[name]["failing"])[1] == (), (cut, len(part))
