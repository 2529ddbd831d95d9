"""Each way in which a test can end is recorded for what it is, and pytest counts the test once."""

import re

import pytest
from campaign import Lab, Run

pytestmark = pytest.mark.usefixtures("in_one_process")

KINDS = """
    import pytest, sys

    @pytest.mark.xfail(strict=True)
    def test_expected(): assert 0
    @pytest.mark.xfail(strict=True)
    def test_unexpected_strict(): pass
    @pytest.mark.xfail(strict=False)
    def test_unexpected(): pass
    @pytest.mark.xfail(raises=OSError)
    def test_expected_type(): raise OSError("as told")
    @pytest.mark.xfail(raises=OSError)
    def test_other_type(): raise ValueError("not as told")
    @pytest.mark.xfail(run=False)
    def test_not_to_be_run(): raise SystemExit("ran")
    def test_xfail_inside(): pytest.xfail("known")
    def test_skip_inside(): pytest.skip("no")
    @pytest.fixture
    def skipping(): pytest.skip("no")
    def test_skip_in_fixture(skipping): pass
    @pytest.mark.skip
    def test_skip_mark(): pass
    @pytest.mark.skipif(True, reason="yes")
    def test_skipif(): pass
    def test_importorskip(): pytest.importorskip("no_such_module")
    def test_pass(): pass
    def test_fail(): assert 0
    def test_quiet_fail(): pytest.fail("said", pytrace=False)
    def test_system_exit(): sys.exit("left")
    @pytest.fixture
    def broken(): raise OSError("setup")
    def test_setup_error(broken): pass
    @pytest.fixture
    def broken_later():
        yield
        raise OSError("teardown")
    def test_teardown_error(broken_later): pass
    def test_both(broken_later): assert 0
    def test_returns(): return None
"""
WANTED = {
    "test_expected": ("xfailed", ""),
    "test_unexpected_strict": ("failed", "call"),
    "test_unexpected": ("xpassed", ""),
    "test_expected_type": ("xfailed", ""),
    "test_other_type": ("failed", "call"),
    "test_not_to_be_run": ("xfailed", ""),
    "test_xfail_inside": ("xfailed", ""),
    "test_skip_inside": ("skipped", ""),
    "test_skip_in_fixture": ("skipped", ""),
    "test_skip_mark": ("skipped", ""),
    "test_skipif": ("skipped", ""),
    "test_importorskip": ("skipped", ""),
    "test_pass": ("passed", ""),
    "test_fail": ("failed", "call"),
    "test_quiet_fail": ("failed", "call"),
    "test_system_exit": ("failed", "call"),
    "test_setup_error": ("error", "setup"),
    "test_teardown_error": ("error", "teardown"),
    "test_both": ("failed", "call"),
    "test_returns": ("passed", ""),
}


@pytest.fixture
def kinds(lab: Lab) -> Run:
    """All kinds of endings, three iterations of each."""
    lab.write(test_kinds=KINDS)
    return lab.run("--repro-stress=3")


def test_every_ending_is_recorded_in_every_iteration(kinds: Run) -> None:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in kinds.iterations:
        name = line["nodeid"].partition("::")[2]
        found.setdefault(name, []).append((line["outcome"], line.get("phase", "")))
    assert found == {name: [outcome] * 3 for name, outcome in WANTED.items()}


def test_pytest_counts_each_test_once_and_as_in_a_plain_run(kinds: Run, lab: Lab) -> None:
    plain = lab.run()
    assert kinds.closing.partition(" in ")[0] == plain.closing.partition(" in ")[0]
    assert kinds.code == plain.code == 1


def test_endings_that_say_nothing_of_the_rate_are_told_apart(kinds: Run) -> None:
    assert kinds.line("XFAIL   test_kinds.py::test_expected ").endswith(
        "xfailed in all 3 iterations: says nothing of the rate"
    )
    assert kinds.line("SKIPPED test_kinds.py::test_skip_mark").endswith(
        "skipped in all 3 iterations: says nothing of the rate"
    )
    assert "0/3" in kinds.line("STABLE  test_kinds.py::test_unexpected ")
    assert "3/3" in kinds.line("FAILS   test_kinds.py::test_both")


def test_a_failure_outside_the_call_says_where(kinds: Run) -> None:
    assert kinds.line("3x  OSError: setup").endswith("(in setup)")
    assert kinds.line("3x  OSError: teardown").endswith("(in teardown)")


def test_skips_among_passes_are_left_out_of_the_rate_and_named(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools, pytest
        numbers = itertools.count()
        def test_it():
            if next(numbers) % 2: pytest.skip("odd")
    """
    )
    run = lab.run("--repro-stress=10")
    assert run.outcomes == {"passed": 5, "skipped": 5}
    assert "0/5" in run.line("STABLE")
    assert run.line("STABLE").endswith("(5 skipped or xfailed, not counted)")


def test_failures_among_passes_are_what_pytest_reports(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools
        numbers = itertools.count(1)
        def test_it(): assert next(numbers) != 4, "the fourth"
    """
    )
    run = lab.run("--repro-stress=10")
    assert run.code == 1
    assert run.closing.startswith("1 failed in")
    assert [line["iteration"] for line in run.iterations if line["outcome"] == "failed"] == [4]
    assert "AssertionError: the fourth" in run.out


SUBTESTS = """
    import itertools
    numbers = itertools.count(1)
    def test_it(subtests):
        number = next(numbers)
        for part in range(4):
            with subtests.test(part=part):
                assert number % 2 or part < 2
"""


def test_failures_in_subtests_count_once_an_iteration_and_do_not_flood(lab: Lab) -> None:
    pytest.importorskip("_pytest.subtests", reason="pytest 8 has no subtests")
    lab.write(test_it=SUBTESTS)
    run = lab.run("--repro-stress=20")
    assert run.outcomes == {"passed": 10, "failed": 10}
    assert run.signatures == 1
    assert "10/20" in run.line("FLAKY")
    assert run.out.count("SUBFAILED") <= 4  # two parts, in the progress and in the summary
    assert "contains 2 failed subtests" in run.out
    assert run.closing.startswith("3 failed") or run.closing.startswith("1 failed")


@pytest.mark.parametrize("mode", ["none", "auto", "fork"])
def test_subtests_are_named_as_in_a_plain_run(lab: Lab, mode: str) -> None:
    pytest.importorskip("_pytest.subtests", reason="pytest 8 has no subtests")
    lab.write(
        test_it="""
        def test_it(subtests):
            with subtests.test("size", number=0, name="it's"): assert False
    """
    )
    names = re.compile(r"SUBFAIL.*?\)")
    plain = names.findall(lab.run().out)
    assert plain
    assert set(names.findall(lab.run("--repro-stress=2", f"--repro-isolate={mode}").out)) == set(plain)


def test_subtests_of_unittest_count_once_an_iteration(lab: Lab) -> None:
    lab.write(
        test_it="""
        import itertools, unittest
        numbers = itertools.count(1)
        class TestIt(unittest.TestCase):
            def test_it(self):
                number = next(numbers)
                for part in range(4):
                    with self.subTest(part=part):
                        self.assertTrue(number % 2 or part < 2)
    """
    )
    run = lab.run("--repro-stress=10")
    assert run.outcomes == {"passed": 5, "failed": 5}
    assert run.signatures == 1
    assert len(run.out.splitlines()) < 80


def test_passing_subtests_print_nothing_for_each_iteration(lab: Lab) -> None:
    pytest.importorskip("_pytest.subtests", reason="pytest 8 has no subtests")
    lab.write(
        test_it="""
        def test_it(subtests):
            with subtests.test("one"):
                say("ran")
    """
    )
    run = lab.run("--repro-stress=30", "-v")
    assert run.counts == {"ran": 30}
    assert run.out.count("SUBPASS") <= 1


def test_a_doctest_is_repeated_with_its_own_names_each_time(lab: Lab) -> None:
    lab.write(
        thing='''
        import itertools
        numbers = itertools.count(1)
        def of():
            """
            >>> "left" in globals()
            False
            >>> left = next(numbers)
            >>> left != 2
            True
            """
    '''
    )
    run = lab.run("--doctest-modules", "--repro-stress=4", "thing.py")
    assert run.outcomes == {"passed": 3, "failed": 1}
    assert "1/4" in run.line("FLAKY   thing.py::thing.of")


def test_two_failing_examples_of_a_doctest_are_two_signatures(lab: Lab) -> None:
    lab.write(
        thing='''
        import itertools
        numbers = itertools.count(1)
        def of():
            """
            >>> number = next(numbers)
            >>> number % 4 == 2
            False
            >>> number % 4 == 3
            False
            """
    '''
    )
    run = lab.run("--doctest-modules", "--repro-stress=8", "thing.py")
    assert run.outcomes == {"passed": 4, "failed": 4}
    assert run.signatures == 2


def test_an_item_that_is_no_python_function_is_repeated(lab: Lab) -> None:
    lab.write(
        conftest="""
        import json, pytest
        def pytest_collect_file(parent, file_path):
            if file_path.suffix == ".json":
                return JsonFile.from_parent(parent, path=file_path)
        class JsonFile(pytest.File):
            def collect(self):
                for name, value in json.loads(self.path.read_text()).items():
                    yield JsonItem.from_parent(self, name=name, value=value)
        class Wrong(Exception): pass
        class JsonItem(pytest.Item):
            def __init__(self, *, value, **rest):
                super().__init__(**rest)
                self.value = value
            def setup(self): say("up", self.name, hasattr(self, "mine")); self.mine = 1
            def runtest(self):
                if self.value != 1: raise Wrong(self.name, self.value)
            def teardown(self): say("down", self.name)
            def repr_failure(self, excinfo): return f"{self.name} is wrong"
            def reportinfo(self): return self.path, 0, f"json: {self.name}"
    """
    )
    (lab.path / "test_it.json").write_text('{"good": 1, "bad": 2}')
    run = lab.run("--repro-stress=3")
    assert run.outcomes == {"passed": 3, "failed": 3}
    assert run.events == ["up good False", "down good"] * 3 + ["up bad False", "down bad"] * 3
    assert "bad is wrong" in run.out
    assert run.signatures == 1


def test_an_interrupt_ends_the_run_and_what_a_test_raises_itself_does_not(lab: Lab) -> None:
    lab.write(
        test_it="""
        import os, signal
        def test_a(): raise SystemExit(3)
        def test_b(): raise KeyboardInterrupt
        def test_c(): os.kill(os.getpid(), signal.SIGINT)
    """
    )
    run = lab.run_process("--repro-stress=3")
    assert run.code == 2
    assert run.outcomes == {"failed": 6}
    assert run.section[0] == "interrupted: 9 asked, 6 run, 2 not run, 1 lost"
