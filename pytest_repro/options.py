"""Options, environment and ini values as one checked Settings object."""

import os
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pytest

from pytest_repro.core.duration import parse_duration, parse_seconds
from pytest_repro.core.errors import ReproError
from pytest_repro.core.proof import Proof, parse_confidence, parse_rate
from pytest_repro.core.seed import parse_root_seed
from pytest_repro.core.shard import Shard, parse_shard
from pytest_repro.core.token import ReplayToken, decode_token

ENDLESS = "inf"
MOST_ITERATIONS: Final = 2**32 - 1  # of one test: what a seed and a replay token can hold
MOST_JOBS: Final = 120  # the ledger has room for twice as many processes: those that run, and those that wait

HOW_ISOLATED = ("auto", "none", "fork", "fresh")
NAMES = (
    "stress", "time", "stop", "seed", "journal", "replay", "isolate", "jobs", "exclusive", "timeout", "allocate",
    "shard",
    "resume", "prove", "confidence", "watch", "summary", "json",
)  # fmt: skip
ASKING = frozenset({"stress", "time", "replay", "resume", "prove"})  # options that ask for iterations


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person asked for. `stress` None: without a count; `explicit`: what a flag or the environment set."""

    stress: int | None = None
    seconds: float | None = None
    stop: int | None = None
    root: int = 0
    journal: str = ""
    replay: ReplayToken | None = None
    isolate: str = "auto"
    jobs: int = 1
    exclusive: bool = False
    timeout: float | None = None
    adaptive: bool = False
    shard: Shard | None = None
    resume: str = ""
    proof: Proof | None = None
    watch: str = ""  # the first 8 hex digits of the signature that a proof is about; empty: any failure
    summary: str = ""
    json: str = ""
    active: bool = False
    explicit: frozenset[str] = frozenset()


class ItemPlan(NamedTuple):
    """What is asked of one test: `asked` iterations (None: as many as fit), `seconds` of its own, seeds from `root`."""

    asked: int | None
    seconds: float | None
    root: int


def read_settings(config: pytest.Config) -> Settings:
    """Return the settings of this run; raises pytest.UsageError, naming every bad value at once."""
    texts, explicit = _gather(config)
    errors: list[str] = []

    def parsed(name: str, parse: Any, default: Any = None) -> Any:
        try:
            return parse(texts[name]) if name in texts else default
        except ReproError as error:
            errors.append(f"--repro-{name}: {error}")
            return default

    stress = parsed("stress", parse_stress)
    replay = parsed("replay", decode_token)
    root = parsed("seed", parse_root_seed)
    rate, confidence = parsed("prove", parse_rate), parsed("confidence", parse_confidence, 0.95)
    proof = Proof(rate, confidence) if rate is not None else None
    if proof is not None and "stress" not in texts and "time" not in texts:
        stress = proof.needed
    settings = Settings(
        stress=1 if replay and not (explicit & {"stress", "time"}) else stress,
        seconds=parsed("time", parse_duration),
        stop=parsed("stop", lambda text: _positive(text, "bad-stop")),
        root=replay.root if replay else secrets.randbelow(10**6) if root is None else root,
        journal=texts.get("journal", ""),
        replay=replay,
        # Runs of a proof must be independent of each other.
        isolate=parsed("isolate", lambda text: _one_of(text, HOW_ISOLATED), "fork" if proof is not None else "auto"),
        jobs=parsed("jobs", lambda text: _positive(text, "bad-jobs", MOST_JOBS), 1),
        exclusive=parsed("exclusive", _yes, False),
        timeout=parsed("timeout", parse_seconds),
        adaptive=parsed("allocate", lambda text: _one_of(text, ("even", "adaptive")), "even") == "adaptive",
        shard=parsed("shard", parse_shard) if replay is None else None,  # a replay is one iteration, whoever runs it
        resume=texts.get("resume", ""),
        proof=proof,
        watch=parsed("watch", _watched, ""),
        summary=texts.get("summary", ""),
        json=texts.get("json", ""),
        active=bool(texts.keys() & ASKING),
        explicit=explicit,
    )
    if "resume" in texts and not texts["resume"]:
        errors.append("--repro-resume names no journal")
    errors += _contradictions(settings, root)
    if errors:
        raise pytest.UsageError("\n".join(errors))
    return settings


def _contradictions(settings: Settings, root: int | None) -> list[str]:
    """Return what cannot be asked for together."""
    explicit, replay, found = settings.explicit, settings.replay, []
    if replay is not None and "seed" in explicit and root not in (None, replay.root):
        found.append("--repro-replay brings its own seed: leave --repro-seed out")
    if "confidence" in explicit and settings.proof is None:
        found.append("--repro-confidence belongs to --repro-prove: name the rate that is to be excluded")
    if "watch" in explicit and settings.proof is None:
        found.append("--repro-watch belongs to --repro-prove: name the rate that is to be excluded")
    if settings.shard is not None and root is None and not settings.resume and replay is None:
        seed = f"add for example --repro-seed={settings.root}"
        found.append(f"--repro-shard={settings.shard} needs a seed that all shards share: {seed}")
    other = {"replay"} if replay is not None else set()
    # What is set for every run, as by the environment, may say the same again.
    other |= {"journal"} if "journal" in explicit and settings.journal not in ("", settings.resume) else set()
    if settings.resume and other:
        names = ", ".join(f"--repro-{name}" for name in sorted(other))
        found.append(f"--repro-resume goes on with its own plan and journal: leave {names} out")
    return found


def _gather(config: pytest.Config) -> tuple[dict[str, str], frozenset[str]]:
    """Return every value that is set, and the names that a flag or the environment set: flag > environment > ini."""
    texts: dict[str, str] = {}
    explicit: set[str] = set()
    for name in NAMES:
        given = config.getoption(f"repro_{name}")
        given = os.environ.get(f"REPRO_{name.upper()}") or None if given is None else given
        if given is not None:
            explicit.add(name)
            if given or name != "journal":  # an empty name asks for the usual place
                texts[name] = given
        elif value := _ini(config, name):
            texts[name] = value
    return texts, frozenset(explicit)


def _ini(config: pytest.Config, name: str) -> str:
    try:
        return str(config.getini(f"repro_{name}"))
    except TypeError as error:  # a number in native TOML: pytest is strict about the type
        raise pytest.UsageError(f'{error}\n  hint: write it as text, for example repro_{name} = "100"') from None


def parse_stress(text: str) -> int | None:
    """Return the number of iterations, None for `inf`; raises ReproError("bad-stress")."""
    return None if text.strip().lower() == ENDLESS else _positive(text, "bad-stress", MOST_ITERATIONS)


def _one_of(text: str, words: tuple[str, ...]) -> str:
    if (word := text.strip().lower()) in words:
        return word
    expected = ", ".join(words[:-1]) + f" or {words[-1]}"
    raise ReproError(f"{text!r} is not known: expected {expected}", "bad-choice", f"write for example {words[0]}")


def _watched(text: str) -> str:
    """Return the head of the signature's digest that a replay token holds, or that is written out."""
    if re.fullmatch("[0-9a-f]{8,16}", text.strip().lower()):
        return text.strip().lower()[:8]
    return decode_token(text).signature


def _yes(text: str) -> bool:
    return _one_of(text, ("yes", "no", "true", "false", "1", "0")) in ("yes", "true", "1")


def _positive(text: str, slug: str, most: int | None = None) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        allowed = "a whole number from 1, or 'inf'" if slug == "bad-stress" else "a whole number from 1"
        raise ReproError(f"{text!r} is no count: expected {allowed}", slug, "write for example 100")
    if most is not None and number > most:
        raise ReproError(f"{number} is too many: expected at most {most}", slug, f"write at most {most}")
    return number


def plan_for(item: pytest.Item, settings: Settings) -> ItemPlan | None:
    """Return what is asked of `item`, or None where nothing is: flag > environment > marker > ini.

    Raises pytest.UsageError for a marker that says something else than stress, time and seed.
    """
    marker = item.get_closest_marker("repro")
    if settings.replay is not None or marker is None:
        return ItemPlan(settings.stress, None, settings.root) if settings.active else None
    marked = _read_marker(item, marker)
    root = settings.root if "seed" in settings.explicit else marked.get("seed", settings.root)
    if settings.explicit & {"stress", "time"} or not marked.keys() & {"stress", "time"}:
        return ItemPlan(settings.stress, None, root) if settings.active else None
    return ItemPlan(marked.get("stress"), marked.get("time"), root)


def _read_marker(item: pytest.Item, marker: pytest.Mark) -> dict[str, Any]:
    parsers = {"stress": parse_stress, "time": parse_duration, "seed": parse_root_seed}
    if marker.args or marker.kwargs.keys() - parsers.keys():
        wrong = ", ".join([*map(repr, marker.args), *(f"{k}=" for k in marker.kwargs.keys() - parsers.keys())])
        raise pytest.UsageError(
            f"{item.nodeid}: marker repro got {wrong}; expected repro(stress=N, time='90s', seed=ROOT), each by name"
        )
    try:
        return {name: parsers[name](str(value)) for name, value in marker.kwargs.items()}
    except ReproError as error:
        raise pytest.UsageError(f"{item.nodeid}: marker repro: {error}") from None
