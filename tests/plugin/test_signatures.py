"""What makes two failures the same one: the type, the words without what varies, the line, and all causes."""

import pytest
from campaign import Lab, Run

pytestmark = pytest.mark.usefixtures("in_one_process")

SAME = {
    "addresses": "raise ValueError(f'{object()!r} at {hex(id(object()) + number)}')",
    "long ids": "raise ValueError(f'request {number:x}c0ffee{number * 7919:x}ab12cd34 lost')",
    "uuids": "import uuid; raise ValueError(f'job {uuid.uuid4()}')",
    "temporary paths": "import tempfile; raise ValueError(f'no file {tempfile.mkdtemp()}/x.txt')",
    "pytest's folders": "raise FileNotFoundError(str(tmp_path / 'x'))",
    "times": "import datetime; raise ValueError(f'at {datetime.datetime.now() + datetime.timedelta(days=number)}')",
    "clock times": "raise ValueError(f'since 12:{number:02}:07.25 nothing')",
    "numbers": "raise ValueError(f'{number} of {number * 31.5} within -{number}e-{number} s')",
    "thread names": "import threading; raise ValueError(f'died in {threading.Thread().name}')",
    "counters in names": "raise ValueError(f'worker_{number} and tmp{number}')",
    "white space": "raise ValueError('a' + ' ' * number + 'b' + chr(10) * number + 'c')",
    "values in an assertion": "assert number == -1",
    "values in a list": "assert [number, 'x'] == [0, 'x']",
    "numbers in a cause": """
        try: int(f'x{number}')
        except ValueError as error: raise OSError(f'part {number}') from error""",
    "numbers in a group": "raise ExceptionGroup('g', [ValueError(f'{number}'), OSError(f'e{number}')])",
    "depth of a recursion": """
        def down(n): return down(n + 1)
        down(number)""",
}
OTHER = {
    "another line": """
        if number % 2: raise ValueError('x')
        raise ValueError('x')""",
    "another type": "raise (OSError if number % 2 else ValueError)('x')",
    "other words": "raise ValueError('left' if number % 2 else 'right')",
    "another cause": """
        try: raise (KeyError if number % 2 else IndexError)('inner')
        except LookupError as error: raise OSError('outer') from error""",
    "another context": """
        try: raise (KeyError if number % 2 else IndexError)('inner')
        except LookupError: raise OSError('outer')""",
    "a cause or none": """
        try: raise KeyError('inner')
        except KeyError as error: raise OSError('outer') from (error if number % 2 else None)""",
    "another member of a group": "raise ExceptionGroup('g', [ValueError(), KeyError() if number % 2 else OSError()])",
    "one member more": "raise ExceptionGroup('g', [ValueError('v')] * (1 + number % 2))",
    "another helper": """
        def one(): raise ValueError('x')
        def two(): raise ValueError('x')
        (one if number % 2 else two)()""",
    "the call or the teardown": """
        if number % 2: raise ValueError('x')
        def finish(): raise ValueError('x')
        request.addfinalizer(finish)""",
}


def run_fours(lab: Lab, bodies: list[str], *options: str) -> Run:
    """Run each body four times, as test_0, test_1 and so on; `number` counts from 1 in it."""
    source = "import itertools\n"
    for at, body in enumerate(bodies):
        lines = body.splitlines() if "\n" in body else [f"        {body}"]
        source += f"numbers_{at} = itertools.count(1)\ndef test_{at}(tmp_path, request):\n"
        source += f"    number = next(numbers_{at})\n" + "\n".join(line[4:] for line in lines) + "\n"
    lab.write(test_it=source)
    run = lab.run("--repro-stress=4", *options)
    failed = sum(count for outcome, count in run.outcomes.items() if outcome in ("failed", "error"))
    assert failed == 4 * len(bodies), run.out
    return run


def run_four(lab: Lab, body: str, *options: str) -> Run:
    """Run one body four times."""
    return run_fours(lab, [body], *options)


def kinds(run: Run, bodies: dict[str, str]) -> dict[str, int]:
    """How many different failures each body had."""
    found = {(line["nodeid"], line["signature"]) for line in run.iterations}
    return {name: sum(nodeid.endswith(f"::test_{at}") for nodeid, _ in found) for at, name in enumerate(bodies)}


@pytest.mark.parametrize("options", [[], ["--assert=plain"]], ids=["rewritten", "plain"])
def test_what_only_varies_does_not_split_a_failure(lab: Lab, options: list[str]) -> None:
    run = run_fours(lab, list(SAME.values()), *options)
    assert kinds(run, SAME) == dict.fromkeys(SAME, 1)


def test_what_differs_in_kind_is_another_failure(lab: Lab) -> None:
    run = run_fours(lab, list(OTHER.values()))
    assert kinds(run, OTHER) == dict.fromkeys(OTHER, 2)
    assert len(run.of_kind("signature")) == 2 * len(OTHER)


def test_an_exception_that_cannot_say_what_it_is_is_named_by_its_type(lab: Lab) -> None:
    run = run_four(
        lab,
        """
        class Mute(Exception):
            def __str__(self): raise RuntimeError('no words')
        raise Mute""",
    )
    assert run.signatures == 1
    assert run.iterations[0]["message"].endswith("Mute: <unprintable: RuntimeError>")


def test_an_exception_whose_notes_and_words_are_no_text_is_recorded(lab: Lab) -> None:
    run = run_four(
        lab,
        """
        error = OSError(); error.__notes__ = [1, None]
        raise error""",
    )
    assert run.signatures == 1


def test_an_exception_without_a_traceback_is_recorded(lab: Lab) -> None:
    lab.write(
        conftest="""
        import pytest
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_call(item):
            try: return (yield)
            except ValueError as error:
                error.__cause__ = OSError("never raised")
                raise
    """
    )
    run = run_four(lab, "raise ValueError('x')")
    (detail,) = run.of_kind("signature")
    assert detail["signature"]["nested"] == [{"exception": "OSError", "message": "never raised", "relation": "cause"}]


def test_causes_that_go_round_in_a_circle_end(lab: Lab) -> None:
    run = run_four(
        lab,
        """
        one, two = ValueError('one'), OSError('two')
        one.__cause__, two.__cause__ = two, one
        raise one""",
        "--tb=line",
    )
    assert run.signatures == 1


def test_a_failure_without_traceback_is_told_by_its_words(lab: Lab) -> None:
    run = run_four(
        lab,
        """
        import pytest
        pytest.fail('left' if number % 2 else 'right', pytrace=False)""",
    )
    assert run.signatures == 2
    assert {line["message"] for line in run.iterations} == {"Failed: left", "Failed: right"}


def test_failures_in_setup_and_teardown_have_their_own_place(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools, pytest
        numbers = itertools.count(1)
        @pytest.fixture
        def thing():
            number = next(numbers)
            if number % 2: raise OSError("setup")
            yield
            raise OSError("teardown")
        def test_it(thing): pass
    """
    )
    run = lab.run("--repro-stress=4")
    assert [line["phase"] for line in run.iterations] == ["setup", "teardown"] * 2
    assert run.signatures == 2
    assert {d["signature"]["function"] for d in run.of_kind("signature")} == {"thing"}


def test_the_place_is_in_the_project_and_not_in_the_library_that_raised(lab: Lab) -> None:
    run = run_four(
        lab,
        """
        import json
        json.loads('{')""",
    )
    (detail,) = run.of_kind("signature")
    assert detail["signature"]["path"] == "test_it.py"
    assert detail["signature"]["code"] == "json.loads('{')"
    assert detail["signature"]["exception"] == "json.decoder.JSONDecodeError"


def test_a_failure_in_a_member_of_a_group_shows_each_member(lab: Lab) -> None:
    run = run_four(lab, "raise ExceptionGroup('both', [ValueError('v'), ExceptionGroup('in', [KeyError('k')])])")
    (detail,) = run.of_kind("signature")
    members = detail["signature"]["nested"]
    assert [one["exception"] for one in members] == ["ValueError", "ExceptionGroup"]
    assert members[1]["nested"][0]["exception"] == "KeyError"


def test_lines_inserted_above_the_test_do_not_change_the_identity(lab: Lab) -> None:
    body = "raise ValueError('x')"
    before = run_four(lab, body)
    source = (lab.path / "test_it.py").read_text()
    (lab.path / "test_it.py").write_text("# one more line\n" * 3 + source)
    after = lab.run_process("--repro-stress=1")
    assert after.iterations[0]["signature"] == before.iterations[0]["signature"]
    assert after.of_kind("signature")[0]["line"] == before.of_kind("signature")[0]["line"] + 3


def test_a_test_that_changes_linecache_or_its_own_file_does_not_split_a_failure(lab: Lab) -> None:
    run = run_four(
        lab,
        """
        import linecache
        linecache.clearcache()
        raise ValueError('x')""",
    )
    assert run.signatures == 1
