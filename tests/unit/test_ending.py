"""How a run ended decides its status, its exit code and whether it can go on."""

import pytest

from harness.domain.ending import Ending


@pytest.mark.parametrize(
    ("kind", "status", "code", "resumable"),
    [
        ("fixed", "success", 0, False),
        ("not fully shown", "partial", 1, False),
        ("partly fixed", "partial", 1, False),
        ("your turn", "partial", 1, True),
        ("not reproduced", "failed", 1, False),
        ("already fixed", "failed", 1, False),
        ("not fixed", "failed", 1, False),
        ("budget spent", "failed", 1, True),
        ("interrupted", "failed", 130, True),
        ("error", "failed", 3, True),
        ("bug", "failed", 70, True),
    ],
)
def test_each_kind_of_end(kind: str, status: str, code: int, resumable: bool) -> None:
    ending = Ending(kind, "verify", "seen")
    assert (ending.status, ending.exit_code, ending.resumable) == (status, code, resumable)


@pytest.mark.parametrize(
    ("slug", "resumable"),
    [
        ("unknown-revision", False),
        ("no-commit-yet", False),
        ("no-answer", False),
        ("existing-test-missing", False),
        ("plugin-missing", True),
        ("collection-failed", True),
    ],
)
def test_an_error_that_only_another_input_mends_is_not_resumed(slug: str, resumable: bool) -> None:
    ended = {"kind": "error", "step": "checkout", "seen": "seen", "advice": ["mend it"], "slug": slug}
    assert Ending.of(ended) == Ending("error", "checkout", "seen", ("mend it",), slug)
    assert Ending.of(ended).resumable is resumable


def test_the_end_of_a_run_of_an_earlier_version_is_still_read() -> None:
    assert Ending.of({"kind": "error", "step": "fix", "seen": "seen"}).resumable
