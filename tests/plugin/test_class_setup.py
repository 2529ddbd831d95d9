"""A class whose own setup raises says in every iteration what it says in a plain run."""

import pytest
from campaign import Lab


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
