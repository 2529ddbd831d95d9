"""Planted secrets do not survive; ordinary text does. Secrets are put together here so that none stands in the file."""

import pytest

from harness.domain.failing_test import Evidence, FailingTest
from harness.logs.excerpt import excerpt
from harness.logs.read import read_log
from harness.logs.redact import redact

WORD = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
KEY = ["-----BEGIN RSA PRIVATE " + "KEY-----", *[WORD * 2] * 4, "-----END RSA PRIVATE " + "KEY-----"]
PLANTED = {
    "github": ("token is ghp" + "_" + WORD, WORD),
    "github fine": ("github" + "_pat_" + WORD, WORD),
    "gitlab": ("glpat" + "-" + WORD[:20], WORD[:20]),
    "aws id": ("AK" + "IA" + "ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP"),
    "aws secret": ("aws_secret_access_key = " + WORD + "/xyz", WORD),
    "slack": ("xo" + "xb-123456789012-" + WORD, WORD),
    "slack hook": ("https://hooks.slack.com/services/" + WORD, WORD),
    "bearer": ("Authorization: Bearer " + WORD, WORD),
    "bearer in text": ("sent bearer " + WORD, WORD),
    "basic": ("'authorization': 'Basic " + WORD + "=='", WORD),
    "url": (f"git clone https://user:{WORD}@example.org/x.git", WORD),
    "url with @": (f"https://user:pa@{WORD}@example.org/x.git", WORD),
    "connection": (f"postgres://admin:{WORD}@db:5432/x", WORD),
    "jwt": ("eyJ" + WORD + "." + WORD + "." + WORD, WORD),
    "variable": (f"  DB_PASSWORD: {WORD}", WORD),
    "short password": ("  DB_PASSWORD: hunter2", "hunter2"),
    "quoted words": ('password="correct horse battery"', "battery"),
    "json": (f'{{"client_secret": "{WORD}"}}', WORD),
    "upper key": (f"SIGNING_KEY={WORD}", WORD),
    "connection string": (f"Server=x;AccountKey={WORD};", WORD),
    "mask": (f"::add-mask::{WORD}\nlater {WORD} again", WORD),
    "private key": ("\n".join(KEY), WORD),
    "private key, cut": ("\n".join(KEY[:3]), WORD),
    "private key, one line": (r"\n".join(KEY), WORD),
    "mail": ("by jane.doe+ci@example.org", "jane.doe"),
    "known": ("prefix correcthorse suffix", "correcthorse"),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_secret_is_gone_and_redacting_again_changes_nothing(case: str) -> None:
    text, secret = PLANTED[case]
    shown = redact(text, ["correcthorse", "ab"])
    assert secret not in shown
    assert redact(shown, ["correcthorse", "ab"]) == shown
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "E   AssertionError: assert 3 == 4",
        "FAILED tests/test_auth.py::test_token_expires[short] - KeyError: 'token'",
        "tests/test_keys.py:12: ValueError",
        "ssh://git@github.com:org/repo and git@github.com:org/repo.git",
        "max_tokens=100, tokenizer = AutoTokenizer.from_pretrained('x')",
        "Unexpected token: end of file",
        "password = None",
        "https://example.org/a?b=c",
        "commit 0123456789abcdef0123456789abcdef01234567",
        "GITHUB_TOKEN: ***",
        "@pytest.mark.parametrize('secret', [1])",
    ],
)
def test_ordinary_text_is_left(text: str) -> None:
    assert redact(text) == text


def test_text_after_a_private_key_is_kept() -> None:
    assert redact("\n".join([*KEY, "E   ValueError: bad key"])).endswith("\nE   ValueError: bad key")


def test_no_secret_reaches_a_reading_or_an_excerpt() -> None:
    secrets = (WORD, "hunter2", "maskedvalue")
    log = "\n".join(
        [
            "::add-mask::maskedvalue",
            "=" * 27 + " test session starts " + "=" * 32,
            "t/test_x.py::test_a FAILED",
            "=" * 35 + " FAILURES " + "=" * 35,
            "_" * 37 + " test_a " + "_" * 35,
            "    def test_a():",
            f'>       login("ghp_{WORD}")',
            *KEY,
            f"E       ValueError: maskedvalue, Bearer {WORD}",
            "",
            "t/test_x.py:3: ValueError",
            "DB_PASSWORD: hunter2",
            "=" * 34 + " 1 failed in 1.0s " + "=" * 28,
        ]
    )
    reading = read_log(log)
    shown = str(reading.to_json()) + excerpt(log, reading.failing)
    assert reading.failing[0].nodeid == "t/test_x.py::test_a"
    assert not [secret for secret in secrets if secret in shown]


def test_an_excerpt_shows_start_and_end_of_a_long_traceback_within_its_limit() -> None:
    log = "\n".join(
        ["_" * 9 + " test_a " + "_" * 9, *(f"line {n}" for n in range(500)), "E   ValueError: last", "=" * 80]
    )
    test = FailingTest("test_a", None, "call", None, None, None, (Evidence("header", 1, "x"),))
    shown = excerpt(log, [test], limit=60).splitlines()
    assert len([line for line in shown if line != "[...]"]) <= 60
    assert shown[0].split(None, 1)[0] == "1"
    assert "line 0" in shown[1]
    assert "[...]" in shown
    assert shown[-1].endswith("E   ValueError: last")


def test_an_excerpt_of_many_tests_has_a_part_of_each() -> None:
    lines = [text for n in range(10) for text in (f"____ test_{n} ____", *(f"{n}: line {k}" for k in range(50)))]
    tests = [
        FailingTest(f"test_{n}", None, "call", None, None, None, (Evidence("header", 51 * n + 1, "x"),))
        for n in range(10)
    ]
    shown = excerpt("\n".join(lines), tests)
    assert all(f" test_{n} " in shown for n in range(10))
    assert len(shown.splitlines()) <= 120 + 20
