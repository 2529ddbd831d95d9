"""Planted secrets do not survive; ordinary text does."""

import json
from pathlib import Path

import pytest
from planted_secrets import KNOWN, ORDINARY, PLANTED, key

from harness.logs.analyze import analyze
from harness.logs.redact import MARK, Redactor, masked_values, redact, redact_value
from harness.logs.secret.known import forms
from harness.steps.excerpt import write_excerpt


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_secret_is_gone_and_redacting_again_changes_nothing(case: str) -> None:
    text, secret, kept = PLANTED[case]
    shown = redact(text, KNOWN)
    assert secret not in shown
    assert kept in shown
    assert redact(shown, KNOWN) == shown
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "this is hunter2"),
        ("DB_PASSWORD", "none of your business"),
        ("DB_PASS", "x; y"),
        ("api_token", "is hunter2 secret"),
    ],
)
def test_all_of_what_a_secret_name_holds_is_gone_whatever_word_it_begins_with(name: str, value: str) -> None:
    assert redact_value(name, value) == MARK


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("DB_PASSWORD", word) for word in ("none", "true", "this", "required")),
        ("TOKEN_FILE", "/run/a b"),
        ("token_type", "bearer"),
        ("HOME", "/home/a b"),
    ],
)
def test_a_word_that_says_nothing_and_what_a_harmless_name_holds_are_left(name: str, value: str) -> None:
    assert redact_value(name, value) == value


def test_text_after_a_private_key_is_kept() -> None:
    assert redact("\n".join([*key(), "E   ValueError: bad key"])).endswith("\nE   ValueError: bad key")


@pytest.mark.parametrize("case", PLANTED)
def test_lines_redacted_one_by_one_are_those_of_the_whole_text(case: str) -> None:
    lines = PLANTED[case][0].split("\n")
    masks = (*KNOWN, *masked_values(lines))
    one_by_one = Redactor(masks)
    assert [one_by_one.line(line) for line in lines] == redact("\n".join(lines), KNOWN).split("\n")
    assert list(Redactor(masks).lines(lines)) == redact("\n".join(lines), KNOWN).split("\n")


def test_a_line_is_masked_from_its_mask_on() -> None:
    lines = ["its hushhush", "::add-mask::hushhush", "its hushhush"]
    assert list(Redactor().lines(lines)) == ["its hushhush", "::add-mask::<redacted>", "its <redacted>"]


@pytest.mark.parametrize(
    "printed",
    [
        "a pa ss/word+1 b",
        "a pa%20ss%2Fword%2B1 b",
        "a pa+ss%2Fword%2B1 b",
        *(f"a {encoded} b" for encoded in ("cGEgc3Mvd29yZCsx", "dTpwYSBzcy93b3JkKzE=", "dXM6cGEgc3Mvd29yZCsx")),
    ],
)
def test_a_known_value_is_gone_in_the_forms_in_which_it_is_printed(printed: str) -> None:
    shown = redact(printed, ["pa ss/word+1"])
    assert "<redacted>" in shown
    assert "word" not in shown
    assert not any(form in shown for form in forms("pa ss/word+1"))
    assert shown.startswith("a ")
    assert shown.endswith(" b")


def test_a_known_value_of_several_lines_is_gone_line_by_line_and_escaped() -> None:
    value = "first line of it\nsecond line of it\n"
    assert redact("x second line of it y", [value]) == "x <redacted> y"
    assert redact(r"x first line of it\nsecond line of it y", [value]) == "x <redacted> y"
    assert redact("::add-mask::first line of it%0Asecond line of it\nsecond line of it").endswith("\n<redacted>")


def test_of_known_values_the_longest_is_taken_out() -> None:
    assert redact("abcdef abcd", ["abcd", "abcdef"]) == "<redacted> <redacted>"


DIALECTS = {
    "bare": "{}",
    "github": "2026-01-02T03:04:05.1234567Z {}",
    "gh": "test (3.12)\tRun tests\t2026-01-02T03:04:05.1234567Z {}",
    "gitlab": "2026-01-02T03:04:05.123456Z 01O {}",
    "carriage": "{}\r",
}


WHOLE_LINES = ("variable with blanks", "shell variable with signs", "stamped variable")  # known by where they begin


def _log(dialect: str, planted: str, quoted: list[str]) -> str:
    """Return a CI log in which `planted` stands in the steps and in what a test printed, `quoted` in a traceback."""
    lines = [
        *planted.split("\n"),
        "=" * 27 + " test session starts " + "=" * 32,
        "collected 1 item",
        "t/test_x.py::test_a FAILED",
        "=" * 35 + " FAILURES " + "=" * 35,
        "_" * 37 + " test_a " + "_" * 35,
        "    def test_a():",
        *(f'>       login("""{line}""")' for line in quoted[:1]),
        f"E       ValueError: {quoted[0]}",
        *(f"E         {line}" for line in quoted[1:]),
        "",
        "t/test_x.py:3: ValueError",
        "-" * 28 + " Captured stdout call " + "-" * 30,
        *planted.split("\n"),
        "=" * 27 + " short test summary info " + "=" * 27,
        f"FAILED t/test_x.py::test_a - ValueError: {quoted[0]}",
        "=" * 34 + " 1 failed in 1.0s " + "=" * 28,
        *planted.split("\n"),
    ]
    return "\n".join(DIALECTS[dialect].format(line) for line in lines) + "\n"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("case", [case for case in PLANTED if case not in ("known", "mask after its value")])
def test_no_planted_secret_reaches_an_analysis_or_an_excerpt(case: str, dialect: str, tmp_path: Path) -> None:
    text, secret, _ = PLANTED[case]
    log = _log(dialect, text, ["nothing"] if case in WHOLE_LINES else text.split("\n"))
    found = analyze(log)
    shown = json.dumps(found.to_json())
    write_excerpt(log, found.reading.failing, tmp_path / "excerpt")
    assert [test.label for test in found.reading.failing] == ["t/test_x.py::test_a"]
    assert secret not in shown
    assert secret not in (tmp_path / "excerpt").read_text(encoding="utf-8")


def test_a_secret_in_the_path_of_a_traceback_is_gone_from_the_test_and_its_cause() -> None:
    path = "src/gl" + "pat-a1B2c3D4e5F6g7H8i9J0/quietvalue/x.py"
    log = _log("bare", "::add-mask::quietvalue", ["no"]).replace("t/test_x.py:3: ", f"{path}:3: ")

    found = analyze(log)

    assert [test.location for test in found.reading.failing] == [f"src/{MARK}/{MARK}/x.py:3"]
    assert "a1B2c3D4" not in json.dumps(found.to_json())


def test_many_masks_are_hidden_as_few_are() -> None:
    values = [f"steam{number:04d}k3ttle" for number in range(2000)]
    text = "\n".join(f"poured {value} and {value[:9]}, then {value}{value}" for value in values)

    shown = redact(text, values)

    assert shown == "\n".join(f"poured {MARK} and {value[:9]}, then {MARK}{MARK}" for value in values)
    assert redact(shown, values) == shown
    assert redact("steam0007k3ttle, steam0007k3ttle-long", [*values, "steam0007k3ttle-long"]) == f"{MARK}, {MARK}"


def test_a_mask_that_is_added_to_one_log_is_none_of_another() -> None:
    Redactor(["first-value"]).block("::add-mask::second-value")

    assert Redactor(["first-value"]).block("first-value second-value") == f"{MARK} second-value"
