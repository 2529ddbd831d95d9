"""The command `repro` and its verbs, each loaded when it is called."""

import platform
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import click

from harness.adapters.own_distribution import own_version
from harness.cli.program import program
from pytest_repro.core.errors import ReproError

_VERBS: Final = {
    "analyze": "Say what broke in a CI log.",
    "run": "Go from a CI log to a verified fix.",
    "resume": "Continue a run that was paused, interrupted or killed.",
    "status": "Show where runs stand.",
    "validate": "Check an input file, the tools and the repository.",
    "merge": "Add up the journals of a campaign's shards.",
}


class _LazyGroup(click.Group):
    """Knows its verbs by name, so that --help imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [verb for verb in _VERBS if find_spec(f"harness.cli.{verb}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(import_module(f"harness.cli.{cmd_name}"), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"harness.cli.{cmd_name}.{cmd_name} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, _VERBS[verb]) for verb in self.list_commands(ctx)])


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 the asked-for result was not reached, 2 usage or input file, 3 expected error, "
    "70 bug in repro, 130 interrupted.",
)
@click.option("--version", is_flag=True, help="Show the version and exit.")
@click.pass_context
def app(ctx: click.Context, version: bool) -> None:
    """Reproduce a test failure from its CI log, fix it, and show by numbers that it is gone."""
    if version:
        click.echo(f"repro {own_version() or '(not installed)'}  (Python {platform.python_version()})")
        ctx.exit()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        ctx.exit(2)


def invoke(words: Sequence[str]) -> int:
    """Run the command line `words` and return its exit code; raises ReproError("usage") for a wrong one."""
    # Not click's own `main`: it turns a closed pipe into exit code 1, which here means something else.
    try:
        with app.make_context("repro", list(words)) as context:
            result = app.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        raise _usage(error) from None
    return result if isinstance(result, int) else 0


def _usage(error: click.ClickException) -> ReproError:
    context = error.ctx if isinstance(error, click.UsageError) else None
    verb = context.info_name if context and context.parent else ""
    return ReproError(error.format_message(), "usage", " ".join(filter(None, (program(), verb, "--help"))))
