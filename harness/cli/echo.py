"""Styled lines on standard output."""

import os
import sys

import click

from harness.render.campaign_section import writable
from pytest_repro.sinks.terminal import StyledLine


def echo(line: StyledLine) -> None:
    """Print `line`, in colours on a terminal or where FORCE_COLOR asks for them, never where NO_COLOR is set."""
    text = writable(line.text, sys.stdout.encoding or "utf-8")
    colour = next((name for name in line.markup if name != "bold"), None)
    asked = False if os.environ.get("NO_COLOR") else True if os.environ.get("FORCE_COLOR") else None
    click.echo(click.style(text, fg=colour, bold=True if "bold" in line.markup else None), color=asked)
