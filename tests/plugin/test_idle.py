"""A plain run with the plugin installed is a plain run."""

import pytest
from campaign import Lab

REPORT = """
    import sys
    def pytest_unconfigure():
        say(*sorted(name for name in sys.modules if name.partition(".")[0] in ("pytest_repro", "harness")))
"""


def test_a_plain_run_imports_two_modules_of_ours_and_prints_nothing(lab: Lab) -> None:
    lab.write(conftest=REPORT, test_it="def test_it(): pass")
    run = lab.run_process()
    assert run.code == 0
    assert run.events == ["pytest_repro pytest_repro.plugin"]
    assert "repro" not in (run.out + run.err).replace(str(lab.path), "")
    assert not (lab.path / ".pytest_cache" / "d").exists()


def test_a_green_campaign_imports_nothing_that_only_failures_and_other_ways_to_run_need(lab: Lab) -> None:
    lab.write(
        conftest="""
        import sys
        RARE = "engine.death", "engine.shared_fixtures", "modes.controller", "modes.isolator", "modes.resume"
        def pytest_unconfigure(): say("imported", *[name for name in RARE if f"pytest_repro.{name}" in sys.modules])
    """,
        test_it="def test_it(): pass",
    )
    assert lab.run_process("--repro-stress=2").events == ["imported"]


def test_the_installed_plugin_is_loaded_by_its_entry_point(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    lab.write(test_it="def test_it(): pass")
    out = lab.paste("python -m pytest --repro-stress=3 -p no:randomly").out
    assert "0/3" in out


@pytest.mark.parametrize("options", [["--repro-stress=50"], ["--repro-time=1s"]], ids=" ".join)
@pytest.mark.usefixtures("even_clock")
def test_collection_is_that_of_a_plain_run(lab: Lab, options: list[str]) -> None:
    lab.write(
        conftest="""
        def pytest_itemcollected(item): say("item", item.nodeid)
        def pytest_collectreport(report): say("report", report.nodeid, len(report.result))
        def pytest_collection_finish(session): say("selected", *[item.nodeid for item in session.items])
        def pytest_runtest_logstart(nodeid): say("start", nodeid)
        def pytest_runtest_logreport(report): say("log", report.nodeid, report.when)
        def pytest_runtest_logfinish(nodeid): say("finish", nodeid)
    """
    )
    lab.write(
        test_it="""
        import pytest
        @pytest.mark.parametrize("x", range(4))
        def test_it(x): pass
        class TestIt:
            def test_it(self): pass
    """
    )
    plain = lab.run()
    assert lab.run(*options).events == plain.events
    assert len([event for event in plain.events if event.startswith("item ")]) == 5


def test_the_cache_of_node_ids_is_that_of_a_plain_run(lab: Lab) -> None:
    lab.write(test_it="def test_it(): pass")
    lab.run()
    nodeids = (lab.path / ".pytest_cache/v/cache/nodeids").read_text()
    lab.run("--repro-stress=50")
    assert (lab.path / ".pytest_cache/v/cache/nodeids").read_text() == nodeids


def test_the_options_are_in_the_help_and_asking_for_it_writes_no_journal(lab: Lab) -> None:
    run = lab.run("--help", "--repro-stress=5")
    for name in ("stress", "time", "stop", "seed", "journal", "replay"):
        assert f"--repro-{name}=" in run.out
    assert lab.journals() == []
