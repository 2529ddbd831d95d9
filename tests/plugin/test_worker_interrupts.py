"""A second signal to an xdist controller, as CI services and impatient people send it, takes nothing away."""

from xml.etree import ElementTree

import pytest
from campaign import Lab, read_journal


@pytest.mark.parametrize("second", ["SIGINT", "SIGTERM"])
def test_a_second_signal_while_workers_end_still_leaves_everything_complete(lab: Lab, second: str) -> None:
    lab.monkeypatch.setenv("SECOND", second)
    lab.write(
        conftest="""
        import os, signal, pytest
        os.environ.setdefault("CONTROLLER", str(os.getpid()))
        @pytest.hookimpl(trylast=True)
        def pytest_keyboard_interrupt():
            os.kill(os.getpid(), getattr(signal, os.environ["SECOND"]))
    """,
        test_it="""
        import os, pathlib, signal
        def test_it():
            if not pathlib.Path("sent").exists():  # once: a fourth signal ends everything at once
                pathlib.Path("sent").touch()
                os.kill(int(os.environ["CONTROLLER"]), signal.SIGINT)
    """,
    )
    process = lab.start("-n1", "--repro-stress=inf", "--repro-journal=j", "--repro-summary=summary.md",
                        "--junitxml=junit.xml", plugins=("xdist",))  # fmt: skip
    run = lab.finish(process)
    assert run.code == 2, run.out + run.err
    assert run.section[0].startswith("interrupted: ")
    assert read_journal(lab.path / "j")[-1]["reason"] == "interrupted"
    assert ElementTree.parse(lab.path / "junit.xml").getroot().tag == "testsuites"
    assert "interrupted" in (lab.path / "summary.md").read_text()
