"""Entry point: options in, one mode object registered, and only if something of ours is on.

Every pytest run in the environment imports this file, so it imports nothing but pytest; the idle cost is measured.
"""

import os
import threading

import pytest

THREADS = pytest.StashKey[set[int]]()
OPTIONS = (
    (
        "stress",
        "N",
        "repeat each test N times ('inf': until --repro-time, -x or Ctrl-C ends it) and measure its failure rate",
    ),
    ("time", "DURATION", "end the campaign after DURATION (90s, 5m, 1h30m); without --repro-stress: as often as fits"),
    ("stop", "K", "stop repeating a test after K failing iterations; the others go on"),
    ("seed", "ROOT", "root seed of the campaign, 0 to 4294967295 (drawn and printed if not given)"),
    ("journal", "FILE", "write the journal (one JSON line per iteration) to FILE, which must not exist"),
    ("replay", "TOKEN", "run the iteration that TOKEN names again, under the seed that it had"),
    (
        "isolate",
        "HOW",
        "auto: loop in one process, and from a test's first failure on fork for each iteration (the default); "
        "none: only loop; fork: fork for each iteration; fresh: a new pytest process for each iteration",
    ),
    ("jobs", "K", "run K children at once, without xdist"),
    ("exclusive", None, "never run one test in two processes at once"),
    (
        "timeout",
        "SECONDS",
        "end an iteration after SECONDS (also 5m), with the stacks of all its threads in the record",
    ),
    ("allocate", "HOW", "with --repro-time: even, or adaptive (more time where failures or near failures were seen)"),
    ("shard", "I/N", "run part I of N of the campaign, with the same seed in all; 'repro merge' adds the journals up"),
    ("resume", "JOURNAL", "go on with an interrupted campaign, under its own plan"),
    ("prove", "RATE", "run until each test is shown to fail less often than RATE (0.01, 1%%), or is refuted"),
    ("confidence", "LEVEL", "confidence of --repro-prove, 0.95 if not given"),
    ("watch", "TOKEN", "with --repro-prove: only failures like the one that this replay token names refute it"),
    ("summary", "FILE", "append a Markdown summary to FILE, as for a CI job"),
    ("json", "FILE", "write the whole result to FILE as JSON"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add each option and its ini twin."""
    group = parser.getgroup("repro", "pytest-repro: repeat tests and measure how often they fail")
    for name, metavar, text in OPTIONS:
        kind = {"metavar": metavar} if metavar else {"action": "store_const", "const": "yes"}
        group.addoption(f"--repro-{name}", dest=f"repro_{name}", default=None, help=text, **kind)
        parser.addini(f"repro_{name}", help=f"default for --repro-{name}", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mode that the options ask for."""
    config.addinivalue_line(
        "markers",
        "repro(stress=N, time=DURATION, seed=ROOT): repeat this test, also in a plain run, and measure its rate",
    )
    if "PYTEST_REPRO_UNIT" in os.environ:  # one iteration of a campaign whose process waits for us
        from pytest_repro.modes.unit import register_unit

        register_unit(config)
    elif hasattr(config, "workerinput") or config.getoption("dist", "no") != "no" or _asked(config):
        from pytest_repro.modes.select import register_mode

        register_mode(config)


def _asked(config: pytest.Config) -> bool:
    return any(
        config.getoption(f"repro_{name}") is not None
        or os.environ.get(f"REPRO_{name.upper()}")
        or _in_ini(config, f"repro_{name}")
        for name, _, _ in OPTIONS
    )


def _in_ini(config: pytest.Config, name: str) -> bool:
    try:
        return bool(config.getini(name))
    except TypeError:  # a number in native TOML: reading the settings says so
        return True


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Take note of the threads that are there before any test was imported, for the case that a marker asks for us."""
    session.config.stash[THREADS] = {one.native_id for one in threading.enumerate() if one.native_id is not None}


@pytest.hookimpl(trylast=True)  # after every plugin that deselects or reorders
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Turn stress on when a selected test carries the `repro` marker and nothing has turned it on before."""
    if config.pluginmanager.hasplugin("repro-mode"):
        return
    if any(item.get_closest_marker("repro") for item in items):
        from pytest_repro.modes.select import register_marked_mode

        register_marked_mode(config, items, config.stash.get(THREADS, set()))
