"""CI services get the whole result: JUnit with Surefire's elements, a summary, annotations, one document."""

import json
import os
import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import result_schema
from campaign import Lab
from type_schema import DOCS, as_text

pytestmark = pytest.mark.usefixtures("in_one_process")

VALIDATOR = jsonschema.Draft202012Validator(json.loads((DOCS / "result.schema.json").read_text()))
MIXED = """
    import itertools, pytest
    numbers = itertools.count(1)
    def test_clean(): pass
    def test_flaky():
        number = next(numbers)
        if number in (9, 15): raise RuntimeError("pool is \\x07closed\\n::error::x")
        assert number != 12, "gone | `x` <b>"
    def test_broken(): assert 1 == 2
    @pytest.mark.parametrize("word", ["a::b", "[", "]x", "\\n<&"])
    class TestOdd:
        def test_it(self, word): assert next(numbers) % 2
    def test_skip(): pytest.skip("no")
    @pytest.fixture
    def bad(): raise OSError("setup")
    def test_setup(bad): pass
"""
TESTS = 9


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(name)


def cases(path: Path) -> dict[str, ET.Element]:
    return {case.attrib["name"]: case for case in ET.parse(path).getroot().iter("testcase")}


def properties(case: ET.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in case.findall("properties/property")}


def document(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text())
    VALIDATOR.validate(found)
    assert isinstance(found, dict)
    return found


# -- the published schema


def test_the_published_schema_is_that_of_the_types() -> None:
    published = (DOCS / "result.schema.json").read_text()
    assert published == as_text(result_schema.schema()), "python tests/support/result_schema.py writes it anew"


def test_the_reference_page_names_every_member_of_every_part_and_no_others() -> None:
    page = (DOCS / "outputs.md").read_text()
    parts = re.split(r"^### `(\w+)`", page, flags=re.MULTILINE)[1:]
    told = {
        name: re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) for name, text in zip(*[iter(parts)] * 2, strict=True)
    }
    definitions = result_schema.schema()["$defs"]
    assert told == {name: list(definitions[name]["properties"]) for name in result_schema.PARTS}


def test_the_schema_refuses_what_is_no_result() -> None:
    for wrong in ({}, {"schema": 2}, {"schema": 1, "campaign": None, "end": None, "totals": {}, "tests": []}):
        assert not VALIDATOR.is_valid(wrong)


# -- JUnit


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_every_testcase_has_the_counts_of_the_journal_and_pytests_verdict(lab: Lab, family: str) -> None:
    lab.write(test_it=MIXED)
    run = lab.run("--repro-stress=20", "--junitxml=out.xml", "-o", f"junit_family={family}", "--junitprefix=ci")
    found = cases(lab.path / "out.xml")

    assert run.code == 1
    assert len(found) == TESTS
    assert {case.attrib["classname"] for case in found.values()} == {"ci.test_it", "ci.test_it.TestOdd"}
    for case in found.values():
        assert properties(case)["repro.run"] == "20"
    failing = {
        name for name, case in found.items() if case.find("failure") is not None or case.find("error") is not None
    }
    assert failing == {name for name, case in found.items() if properties(case)["repro.failures"] != "0"}


def test_the_elements_say_what_pytests_one_testcase_cannot(lab: Lab) -> None:
    lab.write(test_it=MIXED)
    run = lab.run("--repro-stress=20", "--junitxml=out.xml", "-k", "flaky or broken or clean or setup")
    found = cases(lab.path / "out.xml")

    flaky = found["test_flaky"]
    assert [child.tag for child in flaky] == ["properties", "failure", "flakyFailure", "flakyFailure"]
    closed, gone = flaky.findall("flakyFailure")
    assert (closed.get("type"), gone.get("type")) == ("RuntimeError", "AssertionError")
    assert "pool is #x07closed" in (closed.findtext("stackTrace") or "")
    assert "def test_flaky" in (gone.findtext("stackTrace") or "")
    assert [child.tag for child in found["test_broken"]] == ["properties", "failure"]
    assert [child.tag for child in found["test_setup"]] == ["properties", "error"]
    assert [child.tag for child in found["test_clean"]] == ["properties"]
    counts = {line["signature"]: 0 for line in run.iterations if "test_flaky" in line["nodeid"] and "signature" in line}
    assert len(counts) == 2
    for digest in counts:
        expected = sum(line.get("signature") == digest for line in run.iterations)
        assert properties(flaky)[f"repro.signature.{digest}"] == str(expected)


def test_the_suites_counts_are_pytests_own(lab: Lab) -> None:
    lab.write(test_it=MIXED)
    lab.run("--repro-stress=5", "--junitxml=stressed.xml")
    (suite,) = ET.parse(lab.path / "stressed.xml").getroot()

    assert int(suite.attrib["tests"]) == TESTS == len(suite.findall("testcase"))
    assert int(suite.attrib["failures"]) + int(suite.attrib["errors"]) == len(
        suite.findall("testcase/failure") + suite.findall("testcase/error")
    )


def test_a_plain_run_leaves_pytests_file_alone(lab: Lab) -> None:
    lab.write(test_it="def test_a(): assert 0")
    lab.run("--junitxml=out.xml")
    text = (lab.path / "out.xml").read_text()

    assert "repro" not in text
    assert "flaky" not in text


def test_without_an_output_asked_for_none_is_there(lab: Lab) -> None:
    lab.write(test_it="def test_a(): assert 0")
    run = lab.run("--repro-stress=2")

    assert {path.suffix for path in lab.path.iterdir() if path.is_file()} <= {".py"}
    assert "::error" not in run.out


def test_properties_and_output_of_the_test_stay(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools
        numbers = itertools.count(1)
        def test_it(record_property):
            record_property("own", "1")
            print("said")
            assert next(numbers) != 2
    """
    )
    lab.run("--repro-stress=3", "--junitxml=out.xml", "-o", "junit_logging=all", "-o", "junit_family=xunit1")
    case = cases(lab.path / "out.xml")["test_it"]

    assert [child.tag for child in case] == ["properties", "failure", "flakyFailure", "system-out", "system-err"]
    assert properties(case)["own"] == "1"
    assert "said" in (case.findtext("system-out") or "")


def test_with_workers_one_file_tells_of_all_iterations(lab: Lab) -> None:
    lab.write(test_it=MIXED)
    run = lab.run_process(
        "--repro-stress=10",
        "-n2",
        "--junitxml=out.xml",
        "--repro-json=out.json",
        "--repro-summary=out.md",
        plugins=("xdist",),
    )
    found = cases(lab.path / "out.xml")

    assert run.code == 1
    assert len(found) == TESTS
    assert {properties(case)["repro.run"] for case in found.values()} == {"10"}
    assert document(lab.path / "out.json")["totals"]["run"] == 10 * TESTS
    assert (lab.path / "out.md").read_text().count("## pytest-repro:") == 1


def test_without_a_terminal_the_files_are_written_too(lab: Lab) -> None:
    lab.write(test_it="def test_a(): pass")
    outputs = ["--junitxml=out.xml", "--repro-json=out.json", "--repro-summary=out.md"]
    lab.run_process("--repro-stress=2", "-p", "no:terminal", *outputs)

    assert properties(cases(lab.path / "out.xml")["test_a"])["repro.run"] == "2"
    assert document(lab.path / "out.json")["totals"]["run"] == 2
    assert (lab.path / "out.md").exists()


def test_a_path_with_a_variable_is_read_as_pytest_reads_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTS", "made/here")
    lab.write(test_it="def test_a(): pass")
    lab.run("--repro-stress=2", "--junitxml=$REPORTS/out.xml")

    assert properties(cases(lab.path / "made/here/out.xml")["test_a"])["repro.run"] == "2"


# -- JSON


def test_the_document_is_valid_and_says_what_the_journal_says(lab: Lab) -> None:
    lab.write(test_it=MIXED)
    run = lab.run("--repro-stress=20", "--repro-seed=7", "--repro-json=out.json")
    found = document(lab.path / "out.json")

    assert found["campaign"]["root"] == 7
    assert found["totals"]["run"] == len(run.iterations) == 20 * TESTS
    assert found["totals"]["outcomes"] == run.outcomes
    assert [test["nodeid"] for test in found["tests"]] == [line["nodeid"] for line in run.of_kind("test")]
    assert found["end"]["reason"] == "complete"
    flaky = next(test for test in found["tests"] if "flaky" in test["nodeid"])
    assert flaky["replay"] in run.replays
    assert [one["count"] for one in flaky["signatures"]] == [2, 1]


def test_the_replay_of_each_signature_replays_that_one(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random
        def test_it():
            number = random.random()
            if number < 0.2: raise OSError("low")
            assert number < 0.8, "high"
    """
    )
    lab.run_process("--repro-stress=40", "--repro-seed=3", "--repro-json=out.json", "--tb=no")
    (test,) = document(lab.path / "out.json")["tests"]

    assert {one["exception"] for one in test["signatures"]} == {"OSError", "AssertionError"}
    for one in test["signatures"]:
        again = lab.paste(one["replay"])
        assert [line["signature"] for line in again.iterations] == [one["digest"]]


def test_an_interrupted_campaign_still_has_its_outputs(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools, os, signal
        numbers = itertools.count(1)
        def test_it():
            if next(numbers) == 3: os.kill(os.getpid(), signal.SIGINT)
        def test_other(): pass
    """
    )
    lab.run_process("--repro-stress=5", "--repro-isolate=none", "--repro-json=out.json", "--repro-summary=out.md")
    found = document(lab.path / "out.json")

    assert found["totals"]["run"] < found["totals"]["asked"] == 10
    assert "asked" in (lab.path / "out.md").read_text()


def test_no_selected_test_is_a_result_too(lab: Lab) -> None:
    lab.write(test_it="def test_a(): pass")
    run = lab.run("--repro-stress=5", "-k", "nothing", "--repro-json=out.json", "--repro-summary=out.md")

    assert run.code == 5
    assert document(lab.path / "out.json")["tests"] == []
    assert "no test was selected" in (lab.path / "out.md").read_text()


# -- Markdown


@pytest.mark.parametrize(
    "options",
    [
        ("--repro-journal=one", "--repro-json=./one"),
        ("--repro-journal=one", "--repro-summary=one"),
        ("--junitxml=one", "--repro-summary=one"),
        ("--repro-resume=one", "--repro-json=one"),
    ],
)
def test_one_file_for_two_outputs_is_refused_before_anything_is_lost(lab: Lab, options: tuple[str, ...]) -> None:
    lab.write(test_it="def test_a(): say('ran')")
    run = lab.run("--repro-stress=2", *options)

    assert run.code == 4, run.out
    assert "both name" in run.err
    assert not run.events
    assert not (lab.path / "one").exists()


def test_the_summary_goes_behind_what_is_there(lab: Lab) -> None:
    lab.write(test_it=MIXED)
    (lab.path / "out.md").write_text("# Build\n")
    run = lab.run("--repro-stress=20", "--repro-summary=out.md", "-k", "flaky or clean")
    text = (lab.path / "out.md").read_text()

    assert text.startswith("# Build\n\n\n## pytest-repro: 1 FLAKY, 1 STABLE\n")
    assert f"```sh\n{run.replays[0]}\n```" in text
    assert "gone | `x` <b>" in text


def test_the_file_stays_below_the_limit_with_what_was_there(lab: Lab) -> None:
    (lab.path / "out.md").write_text("x" * 1_040_000)
    lab.write(
        test_it="""
        import pytest
        @pytest.mark.parametrize("x", range(30))
        def test_it(x): raise ValueError(str(x) + "y" * 3000)
    """
    )
    lab.run("--repro-stress=1", "--repro-summary=out.md", "--tb=short")
    text = (lab.path / "out.md").read_text()

    assert len(text.encode()) < 1_048_576
    assert text.splitlines()[-1].startswith("**Left out, because a summary may hold 1 MiB:** ")


def test_a_file_without_room_is_told(lab: Lab) -> None:
    (lab.path / "out.md").write_text("x" * 1_048_570)
    lab.write(test_it="def test_a(): pass")
    run = lab.run("--repro-stress=1", "--repro-summary=out.md")

    assert (lab.path / "out.md").stat().st_size == 1_048_570
    assert run.line("repro: ").endswith(" bytes already, and 1048575 are the most")


# -- annotations


def test_a_github_job_gets_a_command_for_each_signature(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    lab.write(test_it=MIXED)
    run = lab.run("--repro-stress=20", "-k", "flaky or broken or clean", "--tb=no")
    commands = [line for line in run.section if line.startswith("::")]

    assert [command.partition(" ")[0] for command in commands] == ["::error"] * 3
    assert commands[0].startswith(
        "::error file=test_it.py,line=14,title=FAILS test_it.py%3A%3Atest_broken::AssertionError"
    )
    assert "%250A" not in commands[1]
    assert "\x07" not in "".join(commands).replace("pool is \x07closed", "")


@pytest.mark.parametrize("where", ["tests", "."])
def test_an_annotation_names_the_file_as_the_repository_does(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(lab.path))
    folder = lab.path / where
    folder.mkdir(exist_ok=True)
    (folder / "test_it.py").write_text("def test_a(): assert 0\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    run = lab.run_process("--repro-stress=1", "--tb=no", cwd=folder)

    (command,) = [line for line in run.out.splitlines() if line.startswith("::error")]
    expected = "test_it.py" if where == "." else f"{where}/test_it.py"
    assert command.startswith(f"::error file={expected},line=1,title=FAILS test_it.py%3A%3Atest_a::")


# -- files that cannot be written


@pytest.mark.parametrize("option", ["--repro-json", "--repro-summary"])
@pytest.mark.parametrize("path", ["missing/out", "."])
def test_a_file_that_cannot_be_written_is_told_before_the_first_iteration(lab: Lab, option: str, path: str) -> None:
    lab.write(test_it="def test_a(): say('ran')")
    run = lab.run("--repro-stress=2", f"{option}={path}")

    assert run.code == 4
    assert "cannot be written" in run.err
    assert run.events == []


def test_a_folder_that_goes_away_meanwhile_is_told_and_the_rest_is_written(lab: Lab) -> None:
    (lab.path / "gone").mkdir()
    lab.write(test_it="import shutil\ndef test_a(): shutil.rmtree('gone', ignore_errors=True)")
    run = lab.run("--repro-stress=2", "--repro-json=gone/out.json", "--repro-summary=out.md")

    assert re.search(r"gone/out\.json cannot be written: No such file", run.line("repro: "))
    assert (lab.path / "out.md").exists()


def test_what_is_no_ordinary_file_is_written_to(lab: Lab) -> None:
    lab.write(test_it="def test_a(): pass")
    os.mkfifo(lab.path / "pipe")
    options = "--repro-stress=2 --repro-json=pipe --repro-summary=/dev/stderr"
    command = f"cat pipe > copy & pytest -p pytest_repro.plugin {options}; wait"
    run = lab.paste(f"cd {shlex.quote(str(lab.path))} && {{ {command}; }}")

    assert document(lab.path / "copy")["totals"]["run"] == 2
    assert run.err.startswith("## pytest-repro: 1 STABLE\n")
