"""However text is cut, hinted at or known: redacting is the same, takes out each known value, and keeps the lines."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.logs.redact import Redactor, _clean, masked_values, redact
from harness.logs.secret.hints import risky_lines
from harness.logs.secret.keys import PrivateKeys

LONG = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
WORDS = st.sampled_from(
    [
        *("password", "token", "SECRET", "api_key", "X_KEY", "auth", "_auth", "Authorization", "cookie", "credentials"),
        *(
            "=",
            ": ",
            ":",
            " = ",
            "==",
            '"',
            "'",
            "\\",
            '\\"',
            " ",
            ", ",
            "(",
            "[",
            "]",
            "<",
            ">",
            "</",
            "-",
            " -p ",
            "/",
        ),
        *(
            "--token ",
            "curl -u a:",
            "docker login ",
            "mysql ",
            "://",
            "https://",
            "postgres://",
            "@",
            "a@b.de",
            "login ",
        ),
        *(
            "gh" + "p_",
            "gl" + "pat-",
            "AK" + "IA",
            "ey" + "J",
            "xo" + "xb-",
            "s" + "k-",
            "np" + "m_",
            "S" + "G.",
            "S" + "K",
        ),
        *(
            "bearer ",
            "basic ",
            "sig=",
            "hooks.slack.com/services/",
            "<redacted>",
            "<email>",
            "value",
            "name",
            "PWD",
            "pwd",
        ),
        *("-----BEGIN PRIVATE " + "KEY-----", "-----END PRIVATE " + "KEY-----", "LS0tLS1CR" + "UdJTi", "::add-mask::"),
        *(
            LONG,
            "abcd",
            "hunter2",
            "x",
            "é",
            "İ",
            "K",
            "ſecret",
            "😀",
            "\r",
            "\t",
            "\0",
            "tests/test_x.py::test_a[",
            "$A",
        ),
    ]
)
LINES = st.lists(st.lists(st.one_of(WORDS, st.text(max_size=4)), max_size=9).map("".join), max_size=8)
VALUES = st.lists(st.from_regex(r"[a-zA-Z0-9+/]{1,12}", fullmatch=True), max_size=3)


@given(LINES, VALUES, st.data())
@settings(max_examples=300, deadline=None)
def test_how_text_is_cut_into_lines_makes_no_difference(
    lines: list[str], known: list[str], data: st.DataObject
) -> None:
    lines = "\n".join(lines).split("\n")
    whole = redact("\n".join(lines), known)
    masks = (*known, *masked_values(lines))
    blocks, one_by_one = Redactor(masks), Redactor(masks)
    assert list(Redactor(masks).lines(lines)) == whole.split("\n")
    assert [one_by_one.line(line) for line in lines] == whole.split("\n")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(lines)), max_size=3)) | {0, len(lines)})
    parts = [lines[start:end] for start, end in itertools.pairwise(cuts)]
    assert "\n".join(blocks.block("\n".join(part)) for part in parts) == whole


@given(LINES)
@settings(max_examples=300, deadline=None)
def test_a_line_without_a_hint_holds_nothing_that_would_be_taken_out(lines: list[str]) -> None:
    text = "\n".join(lines)
    starts = set(risky_lines(text))
    at = 0
    for line in text.split("\n"):
        if at not in starts:
            assert PrivateKeys().line(_clean(line)) == line
        at += len(line) + 1


@given(LINES, VALUES)
@settings(max_examples=300, deadline=None)
def test_redacting_again_changes_nothing_and_no_known_value_is_left(lines: list[str], known: list[str]) -> None:
    text = "\n".join(lines)
    once = redact(text, known)
    assert redact(once, known) == once
    assert once.count("\n") == text.count("\n")
    left = once.replace("<redacted>", "\n").replace("<email>", "\n").replace("::add-mask::", "\n")
    assert not [value for value in known if len(value) >= 4 and value not in "<redacted><email>" and value in left]
