"""Entry point: options in, one mode object registered, and only if something of ours is on.

Every pytest run in the environment imports this file, so it imports nothing but pytest; the idle cost is measured.
"""

import os

import pytest

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
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add each option and its ini twin."""
    group = parser.getgroup("repro", "pytest-repro: repeat tests and measure how often they fail")
    for name, metavar, text in OPTIONS:
        group.addoption(f"--repro-{name}", metavar=metavar, dest=f"repro_{name}", default=None, help=text)
        parser.addini(f"repro_{name}", help=f"default for --repro-{name}", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mode that the options ask for."""
    config.addinivalue_line(
        "markers",
        "repro(stress=N, time=DURATION, seed=ROOT): repeat this test, also in a plain run, and measure its rate",
    )
    if hasattr(config, "workerinput") or config.getoption("dist", "no") != "no" or _asked(config):
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


@pytest.hookimpl(trylast=True)  # after every plugin that deselects or reorders
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Turn stress on when a selected test carries the `repro` marker and nothing has turned it on before."""
    if config.pluginmanager.hasplugin("repro-mode"):
        return
    if any(item.get_closest_marker("repro") for item in items):
        from pytest_repro.modes.select import register_marked_mode

        register_marked_mode(config, items)
