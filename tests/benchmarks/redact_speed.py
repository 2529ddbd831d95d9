"""How fast log text is redacted, on one core: a generated log, real ones where they lie at hand, and hostile lines.

The generated log has the shape of a CI log: stamps, downloads, progress of tests, tracebacks, an environment with
secrets. Bars: 20 MB/s on each log, and no hostile line (hints of secrets, a megabyte of them) slower than 0.5 MB/s.
"""

import argparse
import random
import sys
import time
from pathlib import Path
from typing import Final

from harness.logs.redact import redact

BAR: Final = 20.0
BAR_HOSTILE: Final = 0.5
LOGS: Final = Path(__file__).resolve().parents[2].parent / "shared" / "ci-logs"
HOSTILE: Final = (
    *(
        "token ",
        "password=",
        "password: ",
        "eyJ",
        "eyJa.",
        "gh",
        "ghp_",
        "glpat-",
        "AKIA",
        "xox",
        "sk-",
        "SG.",
        "@",
        "a@",
    ),
    *("://", "a://b", "https://a@", "postgres://a:", "curl -u ", "login -p ", "mysql -p", "basic ", "bearer ", "sig="),
    *(
        "authorization:",
        "cookie: ",
        "secret\\",
        "'secret",
        '"token":',
        "_KEY",
        "A_KEY=",
        "DB_TOKEN",
        "auth=(",
        "_auth=",
    ),
    *(
        "<password>",
        "login a password ",
        "--token ",
        "name='token' value",
        "[",
        "test[",
        "-----BEGIN PRIVATE " + "KEY-----",
    ),
    *(
        "LS0tLS1CRUdJTi",
        "::add-mask::",
        "key",
        "a.",
        "A",
        "_",
        "-",
        " ",
        "token: a[",
        "password: a.a.a",
        "hooks/catch/",
    ),
)


def generated(size: int) -> str:
    """Return a CI log of about `size` characters."""
    rng = random.Random(7)
    lines: list[str] = []
    words = ["pool", "reader", "close", "waits", "parser", "index", "merge", "request", "session", "cache"]
    length = 0
    while length < size:
        kind = rng.random()
        name = "_".join(rng.choices(words, k=3))
        if kind < 0.62:
            number = rng.randrange(99)
            text = f"tests/unit/test_{name}.py::TestPool::test_{name}[{number}-x] PASSED [ {number}%]"
        elif kind < 0.75:
            text = f"  Downloading {name}-{rng.randrange(9)}.{rng.randrange(20)}.0-py3-none-any.whl (90 kB)"
        elif kind < 0.85:
            text = f"    result = self.{name}(first, second, timeout={rng.randrange(30)})"
        elif kind < 0.9:
            text = f"E       AssertionError: assert {rng.randrange(99)} == {rng.randrange(99)}"
        elif kind < 0.94:
            text = f"{rng.getrandbits(256):064x}  dist/{name}.tar.gz"
        elif kind < 0.96:
            text = f"src/{name}.py:{rng.randrange(900)}: KeyError: 'token'"
        elif kind < 0.98:
            text = f"author {name}@example.org"
        else:
            text = f"  DB_PASSWORD: {rng.getrandbits(64):x}"
        lines.append(f"2026-01-02T03:04:05.{rng.randrange(10**7):07}Z {text}")
        length += len(lines[-1]) + 1
    return "\n".join(lines)


def speed(text: str, rounds: int) -> float:
    """Return the megabytes a second at which `text` is redacted, the best of some rounds."""
    least = min(_seconds(text) for _ in range(rounds))
    return len(text.encode("utf-8", "replace")) / 1e6 / least


def _seconds(text: str) -> float:
    start = time.process_time()
    redact(text)
    return time.process_time() - start


def main() -> None:
    """Measure, print, conclude."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="exit with 1 below a bar")
    asked = parser.parse_args()
    found = {"generated": speed(generated(asked.megabytes * 10**6), asked.rounds)}
    if LOGS.is_dir():
        text = "\n".join(path.read_text("utf-8", errors="replace") for path in sorted(LOGS.glob("*.log")))
        found["real"] = speed(text, asked.rounds)
    for name, rate in found.items():
        print(f"{name:<28}{rate:8.1f} MB/s")
    slowest = {piece: speed(piece * (10**6 // len(piece)), 1) for piece in HOSTILE}
    for piece, rate in sorted(slowest.items(), key=lambda one: one[1])[:5]:
        print(f"a line of {piece!r:<18}{rate:8.1f} MB/s")
    if asked.check and (min(found.values()) < BAR or min(slowest.values()) < BAR_HOSTILE):
        sys.exit("below the bar")


if __name__ == "__main__":
    main()
