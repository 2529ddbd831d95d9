"""A class whose own setup raises says in every iteration what it says in a plain run."""

import pytest
from campaign import Lab, Run


@pytest.mark.parametrize("mode", ["auto", "fork", "none"])
@pytest.mark.parametrize(
    ("raised", "outcome"),
    [("unittest.SkipTest('no')", "skipped"), ("ValueError('no')", "error")],
    ids=["skip", "error"],
)
def test_a_class_set_up_that_raises_has_the_outcome_of_a_plain_run(
    lab: Lab, mode: str, raised: str, outcome: str
) -> None:
    lab.write(
        test_it=f"""
        import unittest
        class TestIt(unittest.TestCase):
            @classmethod
            def setUpClass(cls): raise {raised}
            def test_it(self): pass
    """
    )
    run = lab.run_process("--repro-stress=3", f"--repro-isolate={mode}")
    assert run.outcomes == {outcome: 3}
    assert "_instance" not in run.out


def test_a_setup_error_within_a_class_shows_the_projects_own_lines_only(lab: Lab) -> None:
    lab.write(
        test_it="""
        import unittest, pytest
        @pytest.fixture
        def broken(): raise ValueError("no")
        class TestIt:
            def test_it(self, broken): pass
        class TestOld(unittest.TestCase):
            @classmethod
            def setUpClass(cls): raise ValueError("no")
            def test_it(self): pass
    """
    )
    plain = lab.run()
    run = lab.run("--repro-stress=2", "--repro-isolate=none")
    assert errors_of(run) == errors_of(plain)
    for line in run.of_kind("signature"):
        assert line["traceback"] in "\n".join(errors_of(plain))


def errors_of(run: Run) -> list[str]:
    """What pytest shows of errors, with tracebacks."""
    lines = run.out.splitlines()
    start = next(number for number, line in enumerate(lines) if "= ERRORS =" in line)
    return lines[start : next(number for number, line in enumerate(lines) if number > start and line.startswith("==="))]
