"""Messages of one failure become equal; messages of different failures do not."""

import pytest

from pytest_repro.core import message
from pytest_repro.core.message import normalise

SAME = [
    ("an address", "<Pool object at 0x7f3a2c>", "<Pool object at 0x55D0FE11>"),
    ("a number", "assert 3 == 4", "assert 12 == 5"),
    ("a sign", "assert -1 > 0", "assert 1 > 0"),
    ("a float", "took 1.5 s", "took 12 s"),
    ("an exponent", "error 1e-09 too large", "error 0.25 too large"),
    ("grouped digits", "1_000 rows", "27 rows"),
    ("a number at the end of a sentence", "got 3.", "got 3.5."),
    ("arrays", "[1. 2. 3.]", "[1.5 2.25 3.]"),
    ("an Internet address and port", "refused by 10.0.0.1:80", "refused by 192.168.12.7:43121"),
    ("a version", "needs libfoo 1.2.3", "needs libfoo 1.12"),
    ("a UUID", "no job 6f1ed002-ab59-5c3a-9b6e-0b0ad3c1f0aa", "no job 00000000-0000-4000-8000-0123456789AB"),
    ("a hex id", "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904", "commit 9daeafb9864cf43055ae93beb0afd6c7d144bfa4"),
    ("a point in time", "late: 2026-11-20T16:40:11.123Z", "late: 2025-01-02 03:04:05+01:00"),
    ("a time of day", "at 16:40:11", "at 9:05:59.25"),
    ("a duration inside a word", "waited 5ms", "waited 120ms"),
    ("pytest's folder", "no /tmp/pytest-of-ann/pytest-1/test_a0/x.db", "no /tmp/pytest-of-bob/pytest-88/test_a0/x.db"),
    ("pytest's folder elsewhere", "no '/scratch/pytest-of-ann/pytest-1/x'", "no '/scratch/pytest-of-ann/pytest-2/x'"),
    ("a temporary file", "open('/tmp/tmpab12cd3x')", "open('/tmp/tmp_9zz0qqk')"),
    ("tempfile's name alone", "no file tmpab12cd3x here", "no file tmp9zz0qqk_ here"),
    ("the temporary folder of macOS", "no /private/var/folders/zz/a1/T/x", "no /var/folders/b7/q/T/y"),
    (
        "that of Windows",
        r"no C:\Users\ann\AppData\Local\Temp\tmp1\a.txt",
        r"no D:\Users\bob\AppData\Local\Temp\tmp22\b.txt",
    ),
    (
        "a Windows user with a blank in the name",
        r"no 'C:\\Users\\Ann Lee\\AppData\\Local\\Temp\\tmpx\\a'",
        r"no 'C:\\Users\\Bo Ng\\AppData\\Local\\Temp\\tmpy\\a'",
    ),
    ("another temporary folder of Windows", r"no C:\Windows\Temp\a", r"no C:\Windows\Temp\b"),
    ("a thread", "Thread-7 (work) died", "Thread-12 (work) died"),
    ("a worker", "gw0 and worker_1", "gw11 and worker_12"),
    ("white space", "a\n  b\tc", "a b c"),
    ("colours", "\x1b[31mred\x1b[0m 1", "red 2"),
]
DIFFERENT = [
    ("words", "expected 'a' got 'b'", "expected 'a' got 'c'"),
    ("keys", "KeyError: 'name'", "KeyError: 'id'"),
    ("truth", "assert True is None", "assert False is None"),
    ("no number at all", "assert nan == 1", "assert 2 == 1"),
    ("None and nought", "assert None == 1", "assert 0 == 1"),
    ("words made of hex letters", "facade", "decade"),
    ("a long word of hex letters", "deadbeefdead is up", "beefdeadbeef is up"),
    ("the project's own paths", "no /home/ann/app/users.py", "no /home/ann/app/teams.py"),
    ("a folder called tmp in the project", "no src/tmp/users.py", "no src/tmp/teams.py"),
    ("a folder that begins with tmp", "no /tmpl/users.html", "no /tmpl/teams.html"),
    ("names that begin with tmp", "tmp_pathname", "tmp_filename"),
    ("what stands behind a temporary path", "/tmp/x is busy", "/tmp/x is gone"),
    ("what stands behind a Windows path", r"C:\Windows\Temp\a is busy", r"C:\Windows\Temp\a is gone"),
    ("operators", "assert 3 < 4", "assert 3 > 4"),
    ("how many numbers there are", "[1, 2]", "[1, 2, 3]"),
    ("units", "5 ms", "5 kg"),
    ("case", "error in Pool", "error in pool"),
]


@pytest.mark.parametrize(("one", "other"), [pytest.param(a, b, id=name) for name, a, b in SAME])
def test_what_varies_is_masked(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [pytest.param(a, b, id=name) for name, a, b in DIFFERENT])
def test_what_tells_failures_apart_is_kept(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("text", [text for _, *pair in SAME + DIFFERENT for text in pair])
def test_masking_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_a_long_message_is_compared_by_its_head() -> None:
    head = "word " * 1000

    assert normalise(head + "one end") == normalise(head + "another end")
    assert len(normalise(head)) <= 4000


def test_the_width_of_a_number_does_not_decide_where_a_long_message_is_cut() -> None:
    assert normalise("7 rows: " + "abc " * 2000) == normalise("7654321 rows: " + "abc " * 2000)


def test_a_long_message_without_blanks_is_still_compared() -> None:
    assert normalise("x" * 5000) == "x" * 4000


@pytest.mark.parametrize(
    "unit",
    [
        "x",
        "a:\\",
        "0a",
        "1_",
        "1.",
        "a-",
        "/tmp",
        "/",
        "0x",
        "12:",
        "2026-",
        "\x1b[",
        "C:\\Users\\a ",
        "tmp1",
        "-",
        "e5",
    ],
)
@pytest.mark.timeout(20)  # a pattern that is quadratic takes minutes here, a linear one milliseconds
def test_the_time_grows_with_the_length_alone(unit: str) -> None:
    text = unit * (200_000 // len(unit))

    for pattern, mask in message._VARYING:
        pattern.sub(mask, text)
