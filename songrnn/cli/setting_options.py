"""Settings as options of a command: name, type, default and help as they are declared."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from songrnn.config import Setting

F = TypeVar("F", bound=Callable[..., Any])


def setting_options(
    settings: Iterable[Setting], letters: Mapping[str, str] | None = None
) -> Callable[[F], F]:
    """A decorator that gives a command an option for each setting, called like its field.

    letters: field -> a letter that stands for its option. Bounds are left to the document the
    setting belongs to, which says what is wrong.
    """

    def decorate(command: F) -> F:
        for setting in reversed(list(settings)):
            letter = (letters or {}).get(setting.name)
            command = click.option(
                *([f"-{letter}"] if letter else []),
                f"--{setting.option}",
                setting.name,
                default=setting.default,
                show_default=setting.kind is not bool,
                help=setting.help,
                **_kind(setting),
            )(command)
        return command

    return decorate


def _kind(setting: Setting) -> dict[str, Any]:
    if setting.kind is bool:
        return {"is_flag": True}
    return {"type": click.Choice(setting.choices) if setting.choices else setting.kind}
