"""The `songrnn` command: each subcommand parses, calls the package, and prints.

Errors meant for a person end it with one sentence on standard error and exit code 2.
"""

import importlib
import os
import sys

import click

import songrnn
from songrnn.errors import SongRNNError
from songrnn.plain_text import visible

# Subcommand -> the module that defines it, imported only when it is asked for.
COMMANDS = {
    "corpus": "corpus",
    "train": "train",
    "sweep": "sweep",
    "runs": "runs",
    "evaluate": "evaluate",
    "generate": "generate",
    "recall": "recall",
    "typicality": "typicality",
    "segment": "segment",
    "render": "render",
    "report": "report",
    "study-temperature": "study_temperature",
    "neurons": "neurons",
    "workspaces": "workspaces",
    "doctor": "doctor",
}


class _LazyGroup(click.Group):
    """A group whose subcommands live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"songrnn.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, COMMANDS[cmd_name])
        return command


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(songrnn.__version__, message="songrnn %(version)s")
def cli() -> None:
    """Train, compare, hear and inspect small recurrent networks that write folk tunes."""


def main() -> None:
    """Entry point; exit codes: 0 done, 1 a check failed, 2 bad input, 130 interrupted."""
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except SongRNNError as error:
        click.echo(f"Error: {visible(str(error), lines=True)}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output went away (`songrnn runs list | head`): nothing is wrong, but
        # Python would complain while flushing standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        click.echo(f"Error: {error.strerror or error}{place}.", err=True)
        sys.exit(2)
