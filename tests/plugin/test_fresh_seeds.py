"""Fresh processes give a project's own generators the seeds that forked ones give them."""

from campaign import Lab, Run


def test_a_generator_made_without_a_seed_has_the_same_values_in_fresh_processes(lab: Lab) -> None:
    lab.write(
        test_it="""
        import random
        mine, owned = random.Random(), random.Random(42)
        def test_it(): say(mine.random(), owned.random())
    """
    )

    def values(isolation: str) -> Run:
        return lab.run_process("--repro-stress=2", "--repro-seed=5", f"--repro-isolate={isolation}")

    fresh = values("fresh")
    assert fresh.code == 0
    assert len(set(fresh.events)) == 2
    assert fresh.events == values("fork").events
