"""A forge, a second host that logs are redirected to, and somebody who fetches."""

from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import pytest
from fake_forge import FakeForge, running_forge
from fetch_desk import TOKEN, Desk


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of the usual authorities: reading all of them would take half of the time of every test."""
    whole = Path(certifi.where()).read_text(encoding="utf-8")
    start, end = whole.index("-----BEGIN"), whole.index("-----END CERTIFICATE-----")
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    path.write_text(f"{whole[start:end]}-----END CERTIFICATE-----\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, one_authority: Path) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))


@pytest.fixture
def forge() -> Iterator[FakeForge]:
    with running_forge() as running:
        yield running


@pytest.fixture
def storage() -> Iterator[FakeForge]:
    """The host to which a forge redirects for logs; it is not to see any token."""
    with running_forge() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, forge: FakeForge) -> Desk:
    return Desk(tmp_path, {"GITHUB_API_URL": forge.origin, "GH_TOKEN": TOKEN})


@pytest.fixture
def gh(tmp_path: Path) -> Callable[[str], str]:
    """Make a program `gh` of a shell script and return the PATH that has it."""

    def make(script: str) -> str:
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "gh"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return f"{folder}:/usr/bin:/bin"

    return make
