"""Secrets of the environment in which a log is read are taken out of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.logs.redact import MARK
from harness.logs.secret.own import secrets_in

VALUE = "k3ttle/of+st3am"


@pytest.mark.parametrize(
    "name",
    ["DB_PASSWORD", "db_passwd", "GITHUB_TOKEN", "APITOKEN", "CLIENT_SECRET", "API_KEY", "AZURE_PAT", "DB_PASSWORD_CI"],
)
def test_the_value_of_a_variable_whose_name_says_secret_is_one(name: str) -> None:
    assert list(secrets_in({name: VALUE})) == [VALUE]


def test_the_password_in_an_address_is_one() -> None:
    assert list(secrets_in({"DATABASE_URL": "postgres://hob:k3ttle%2Fof+st3am@db/tea"})) == [VALUE]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOME", VALUE),
        ("PWD", "/home/hob/k3ttle"),
        ("POSTGRES_PASSWORD", "postgres"),
        ("DB_PASSWORD", "test_password"),
        ("DB_PASSWORD", "changeme12"),
        ("TOKEN_FILE", VALUE),
        ("SECRET_NAME", VALUE),
        ("API_KEY", "short1"),
        ("MONKEY", VALUE),
        ("MY_TOKEN", "12345678"),
        ("DATABASE_URL", "postgres://[broken"),
        ("DATABASE_URL", "postgres://db/tea"),
    ],
)
def test_plain_words_paths_and_other_variables_are_none(name: str, value: str) -> None:
    assert list(secrets_in({name: value})) == []


def test_a_log_is_shown_without_the_secrets_of_the_environment(tmp_path: Path) -> None:
    log = tmp_path / "ci.log"
    log.write_text(
        "=========================== short test summary info ============================\n"
        f"FAILED tests/test_tea.py::test_pour - OSError: refused for {VALUE}\n"
        "========================= 1 failed, 1 passed in 0.21s ==========================\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", "from harness.cli import main; main()", "analyze", str(log), "--json"],
        env={**os.environ, "TEA_SERVICE_PASSWORD": VALUE},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stderr
    assert f"refused for {MARK}" in done.stdout
    assert VALUE not in done.stdout
