"""Seeds and replay tokens are promises: a golden value that changed here would break every replay ever printed."""

import pytest

from pytest_repro.core.errors import ReproError
from pytest_repro.core.seed import LARGEST_ROOT, derive_seed, parse_root_seed
from pytest_repro.core.token import ReplayToken, decode_token, digest_of

NODEID = "tests/test_pool.py::test_close_waits"
TOKEN = "r1-aaabzeqaaaaasz243ueqci2fm6tla"
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.mark.parametrize(
    ("inputs", "seed"),
    [
        ((7314, NODEID, 9), 11202268947825577617),
        ((0, "", 1), 8478345561528456464),
        ((7314, "t.py::test_ü[\udc80]", 2, "other"), 15098898614696113441),
    ],
)
def test_a_seed_is_the_same_on_every_machine_and_in_every_version(inputs: tuple[int, str, int], seed: int) -> None:
    assert derive_seed(*inputs) == seed


def test_each_input_of_a_seed_matters() -> None:
    seeds = {
        derive_seed(1, "a", 1),
        derive_seed(2, "a", 1),
        derive_seed(1, "b", 1),
        derive_seed(1, "a", 2),
        derive_seed(1, "a", 1, "shuffle"),
    }

    assert len(seeds) == 5


@pytest.mark.parametrize("text", ["0", "7314", str(LARGEST_ROOT)])
def test_a_root_seed_is_read(text: str) -> None:
    assert parse_root_seed(text) == int(text)


@pytest.mark.parametrize("text", ["", "-1", str(LARGEST_ROOT + 1), "1.5", "seven", "0x10", "9" * 5000])
def test_a_number_that_is_no_root_seed_is_refused(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        parse_root_seed(text)

    assert caught.value.slug == "bad-seed"


def test_a_token_of_version_1_is_written_as_ever() -> None:
    assert ReplayToken.for_failure(7314, NODEID, 9, "0123456789abcdef").encode() == TOKEN


def test_a_token_of_version_1_is_read_as_ever() -> None:
    assert decode_token(TOKEN) == ReplayToken(7314, 9, digest_of(NODEID), "01234567")


@pytest.mark.parametrize("text", [f" {TOKEN}\n", TOKEN.upper()])
def test_a_token_may_be_copied_with_blanks_or_shouted(text: str) -> None:
    assert decode_token(text) == decode_token(TOKEN)


@pytest.mark.parametrize("root", [0, 1, 7314, LARGEST_ROOT])
def test_any_single_changed_letter_is_refused(root: int) -> None:
    token = ReplayToken.for_failure(root, NODEID, root % 97 + 1, "fedcba9876543210").encode()
    for place in range(len("r1-"), len(token)):
        for letter in LETTERS.replace(token[place], ""):
            with pytest.raises(ReproError) as caught:
                decode_token(token[:place] + letter + token[place + 1 :])
            assert caught.value.slug == "bad-token"


def test_two_swapped_neighbours_are_refused() -> None:
    body = TOKEN.removeprefix("r1-")
    for place in range(len(body) - 1):
        if body[place] != body[place + 1]:
            with pytest.raises(ReproError):
                decode_token("r1-" + body[:place] + body[place + 1] + body[place] + body[place + 2 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "r1",
        "r1-",
        "r1-abc",
        TOKEN[:-1],
        TOKEN + "a",
        "x1-" + TOKEN[3:],
        "r-" + TOKEN[3:],
        "r²-abc",
        "r1-ßßßß",
        "--repro-replay=" + TOKEN,
        "r1-" + "1" * 29,
        "r" + "1" * 5000 + "-a",
    ],
)
def test_a_word_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(ReproError) as caught:
        decode_token(text)

    assert caught.value.slug == "bad-token"


def test_a_token_of_another_version_is_named_as_such() -> None:
    with pytest.raises(ReproError, match="of version r2, but this plugin reads version r1") as caught:
        decode_token("r2-" + TOKEN[3:])

    assert caught.value.slug == "token-version"
