"""The reference says what `--help` says. To write docs/reference/cli.md anew, run this file as a script."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import Context, Group

from harness.cli.app import app
from pytest_repro.plugin import OPTIONS

DOCS = Path(__file__).parents[2] / "docs"
WIDTH = 100
HEAD = """# The command `repro`

`pytest-repro` is the same command under another name. This page is written by `--help` itself.
"""


def cli_reference() -> str:
    """Return docs/reference/cli.md as it must be."""
    blocks = [_block("repro", app, None)]
    assert isinstance(app, Group)
    context = Context(app, info_name="repro")
    blocks += [_block(f"repro {verb}", app.get_command(context, verb), context) for verb in app.list_commands(context)]
    return "\n".join([HEAD, *blocks])


def _block(title: str, command: object, parent: Context | None) -> str:
    name = title.rpartition(" ")[2]
    context = Context(command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH)
    return f"## `{title}`\n\n```text\n{context.command.get_help(context).rstrip()}\n```\n"


def test_the_cli_reference_is_what_help_prints() -> None:
    written = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    assert written == cli_reference(), "write it anew: run this file as a script"


@pytest.mark.parametrize("name", [name for name, _, _ in OPTIONS])
def test_every_option_of_the_plugin_stands_in_its_reference_with_its_twins(name: str) -> None:
    page = (DOCS / "reference" / "plugin.md").read_text(encoding="utf-8")
    metavar = next(metavar for known, metavar, _ in OPTIONS if known == name)
    option = f"--repro-{name}={metavar}" if metavar else f"--repro-{name}"
    row = next((line for line in page.splitlines() if line.startswith(f"| `{option}`")), "")
    assert f"`REPRO_{name.upper()}`" in row
    assert f"`repro_{name}`" in row


def test_the_plugin_reference_names_no_option_that_does_not_exist() -> None:
    page = (DOCS / "reference" / "plugin.md").read_text(encoding="utf-8")
    assert set(re.findall(r"--repro-([a-z]+)", page)) <= {name for name, _, _ in OPTIONS}


def links() -> Iterator[tuple[Path, str]]:
    """Yield each relative link of our documents with the page it stands on."""
    root = DOCS.parent
    for page in [root / "README.md", root / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                yield page, target


def test_every_link_between_the_documents_leads_somewhere() -> None:
    assert [f"{page.name}: {target}" for page, target in links() if not (page.parent / target).exists()] == []


if __name__ == "__main__":
    (DOCS / "reference" / "cli.md").write_text(cli_reference(), encoding="utf-8")
