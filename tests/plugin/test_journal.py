"""The journal holds every finished iteration, whatever happens, in the form that is published."""

import json
import os
import re
import signal

import journal_schema
import jsonschema
import pytest
from campaign import Lab, read_journal
from type_schema import DOCS, as_text

from pytest_repro.core.record import read_lines

pytestmark = pytest.mark.usefixtures("in_one_process")

VALIDATOR = jsonschema.Draft202012Validator(json.loads((DOCS / "journal.schema.json").read_text()))


def test_the_published_schema_is_that_of_the_record_classes() -> None:
    published = (DOCS / "journal.schema.json").read_text()
    assert published == as_text(journal_schema.schema()), "python tests/support/journal_schema.py writes it anew"


def test_the_reference_page_names_every_member_of_every_kind_and_no_others() -> None:
    page = (DOCS / "journal.md").read_text()
    parts = re.split(r"^## `(\w+)`", page, flags=re.MULTILINE)[1:]
    told = {
        kind: re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) for kind, text in zip(*[iter(parts)] * 2, strict=True)
    }
    definitions = journal_schema.schema()["$defs"]
    assert told == {
        kind.kind: [name for name in definitions[kind.kind]["properties"] if name != "kind"]
        for kind in journal_schema.KINDS
    }


MIXED = """
    import itertools, pytest, random
    from hypothesis import given, settings, strategies as st
    numbers = itertools.count(1)
    def test_it():
        try: assert next(numbers) % 3
        except AssertionError as e: raise ExceptionGroup("several", [ValueError("a"), OSError("b")]) from e
    def test_skip(): pytest.skip("no")
    @pytest.fixture
    def broken(): raise OSError
    def test_error(broken): pass
    @settings(max_examples=5, database=None, deadline=None)
    @given(st.integers(max_value=5))
    def test_hypothesis(i): assert i > 5
    @pytest.mark.repro(seed=3, time="5ms")
    def test_marked(): pass
"""


@pytest.mark.parametrize(
    "options",
    [["--repro-stress=4"], ["--repro-time=60ms"], ["--repro-stress=4", "-x"], ["--repro-stop=2", "--repro-stress=9"]],
    ids=" ".join,
)
def test_every_line_is_valid_under_the_published_schema(lab: Lab, options: list[str]) -> None:
    lab.write(test_it=MIXED)
    run = lab.run(*options, plugins=("hypothesis",))
    for line in run.journal:
        VALIDATOR.validate(line)
    assert [line["kind"] for line in run.journal][:6] == ["campaign", *["test"] * 5]
    assert run.journal[-1]["kind"] == "end"


def test_the_schema_refuses_what_is_no_line() -> None:
    for wrong in ({}, {"kind": "other"}, {"kind": "end", "reason": "complete", "seconds": 1, "more": 2}):
        assert not VALIDATOR.is_valid(wrong)


def test_the_records_number_the_iterations_and_stand_in_order(lab: Lab) -> None:
    lab.write(test_it="def test_a(): pass\ndef test_b(): pass")
    run = lab.run("--repro-stress=3", "--repro-seed=9")
    assert [(line["nodeid"][-1], line["iteration"]) for line in run.iterations] == [
        (name, number) for name in "ab" for number in (1, 2, 3)
    ]
    assert len({line["seed"] for line in run.iterations}) == 6
    assert run.of_kind("campaign")[0]["root"] == 9


@pytest.mark.parametrize("k", [1, 5])
def test_a_kill_in_iteration_k_leaves_the_records_of_those_before(lab: Lab, k: int) -> None:
    lab.write(
        test_it=f"""
        import itertools, os, signal
        numbers = itertools.count(1)
        def test_it():
            if next(numbers) == {k}: os.kill(os.getpid(), signal.SIGKILL)
    """
    )
    run = lab.run_process("--repro-stress=9")
    assert run.code == -signal.SIGKILL
    assert [line["iteration"] for line in run.iterations] == list(range(1, k))
    assert run.of_kind("end") == []


def test_a_full_disk_ends_the_run_with_a_clear_error_and_keeps_what_was_written(lab: Lab) -> None:
    lab.write(
        conftest="""
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    """
    )
    lab.write(test_it="def test_it(): pass")
    run = lab.run_process("--repro-stress=500", "--repro-journal=j.jsonl", "-p", "no:cacheprovider")
    assert run.code == 4
    assert "Traceback" not in run.out + run.err
    assert re.search(r"ERROR: the journal .*j\.jsonl cannot be written: ", run.out + run.err)
    assert "free some space" in run.out + run.err
    kept = read_journal(lab.path / "j.jsonl")
    assert len([line for line in kept if line["kind"] == "iteration"]) > 5
    assert run.section[0].startswith("broken off: 500 asked, ")
    with (lab.path / "j.jsonl").open("rb") as lines:
        assert len(list(read_lines(lines))) == len(kept)


def test_a_journal_that_a_test_closes_in_the_process_of_pytest_ends_the_run_with_a_clear_error(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os
        def test_before(): pass
        def test_it():
            for file in os.listdir("/proc/self/fd"):
                where = f"/proc/self/fd/{file}"
                if os.path.lexists(where) and os.readlink(where).endswith("/j.jsonl"): os.close(int(file))
    """
    )
    run = lab.run_process("--repro-stress=5", "--repro-journal=j.jsonl")
    assert run.code == 4
    assert "Traceback" not in run.out + run.err
    assert "cannot be written: a test has closed it" in run.out + run.err
    assert run.section[0] == "broken off: 10 asked, 5 run, 4 not run, 1 lost"


def test_a_disk_that_is_full_at_the_very_end_is_told_in_the_same_way(lab: Lab) -> None:
    lab.write(
        conftest="""
        import os, resource
        def pytest_runtest_logfinish(nodeid):
            size = os.stat("j.jsonl").st_size + 10
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    """
    )
    lab.write(test_it="def test_it(): pass")
    run = lab.run_process("--repro-stress=5", "--repro-journal=j.jsonl", "-p", "no:cacheprovider")
    assert run.code == 4
    assert "Traceback" not in run.out + run.err
    assert "cannot be written" in run.out + run.err
    assert len([line for line in read_journal(lab.path / "j.jsonl") if line["kind"] == "iteration"]) == 5


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("there.jsonl", "exists already"),
        ("folder", "cannot be written: it is a folder"),
        ("there.jsonl/j.jsonl", "cannot be written: "),
        ("/proc/nowhere/j.jsonl", "cannot be written: "),
    ],
)
def test_a_path_that_cannot_be_a_journal_is_a_usage_error(lab: Lab, path: str, message: str) -> None:
    (lab.path / "there.jsonl").write_text("mine\n")
    (lab.path / "folder").mkdir()
    lab.write(test_it="def test_it(): say('body')")
    run = lab.run("--repro-stress=2", f"--repro-journal={path}")
    assert run.code == 4
    assert re.match(rf"ERROR: the journal .*{re.escape(path)} {message}", run.err)
    assert "hint: name " in run.err
    assert run.events == []
    assert (lab.path / "there.jsonl").read_text() == "mine\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_a_usage_error(lab: Lab) -> None:
    (lab.path / "locked").mkdir(mode=0o500)
    lab.write(test_it="def test_it(): pass")
    run = lab.run("--repro-stress=2", "--repro-journal=locked/j.jsonl")
    assert run.code == 4
    assert "cannot be written: Permission denied" in run.err


def test_a_named_journal_is_made_with_its_folders(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    run = lab.run("--repro-stress=2", "--repro-journal=a/b/j.jsonl")
    assert run.section[-1].endswith("journal: a/b/j.jsonl")
    assert len(read_journal(lab.path / "a/b/j.jsonl")) == 5
    assert lab.journals() == []


def test_runs_of_one_seed_in_the_same_second_write_their_own_journals(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    for _ in range(6):
        assert lab.run("--repro-stress=2", "--repro-seed=1").code == 0
    assert len(lab.journals()) == 6
    assert all(len(read_journal(path)) == 5 for path in lab.journals())


def test_a_journal_in_the_cache_is_kept_out_of_version_control(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    lab.run("--repro-stress=2")
    assert (lab.path / ".pytest_cache" / ".gitignore").read_text().endswith("*\n")


def test_text_that_is_no_ascii_survives(lab: Lab) -> None:
    lab.write(
        test_it="""
        import pytest
        @pytest.mark.parametrize("x", [1], ids=["a b'\\"::[é]"])
        def test_it(x): raise OSError("caf\\u00e9 \\ud800 \\x00 \\U0001f600")
    """
    )
    run = lab.run("--repro-stress=2")
    assert run.iterations[0]["message"].startswith("OSError: café \ud800 \x00 😀")
    for line in run.journal:
        VALIDATOR.validate(line)


def test_the_journal_of_a_run_without_tests_has_a_beginning_and_an_end(lab: Lab) -> None:
    run = lab.run("--repro-stress=2")
    assert run.code == 5
    assert [line["kind"] for line in run.journal] == ["campaign", "end"]
