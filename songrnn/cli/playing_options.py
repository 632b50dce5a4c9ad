"""How a tune is played, as options of a command."""

import functools
from collections.abc import Callable
from typing import Any

import click

from songrnn.notation.playing.backing import BACKINGS
from songrnn.notation.playing.choice import Playing
from songrnn.notation.playing.styles import STYLE_NAMES


def playing_options(*, instrument: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """A decorator that gives a command --style, --backing and --chords; it is called with `playing`.

    instrument: whether there is --instrument as well.
    """

    def decorate(command: Callable[..., Any]) -> Any:
        @functools.wraps(command)
        def called(*, style: Any, backing: Any, chords: bool, **others: Any) -> Any:
            on = others.pop("instrument", "fiddle") if instrument else "fiddle"
            playing = Playing(on, style, backing, chords)
            return command(playing=playing, **others)

        decorated: Any = called
        if instrument:
            decorated = click.option(
                "--instrument",
                default="fiddle",
                show_default=True,
                help="What plays the tune in MIDI and sound.",
            )(decorated)
        decorated = click.option(
            "--chords",
            is_flag=True,
            help="Let chord symbols sound in MIDI and WAV: bass and chords on a piano.",
        )(decorated)
        decorated = click.option(
            "--backing",
            type=click.Choice(BACKINGS),
            default="none",
            show_default=True,
            help="What accompanies the tune in MIDI and WAV. Piano, guitar and bouzouki play its chord "
            "symbols, and where it has none chords that suit it.",
        )(decorated)
        return click.option(
            "--style",
            type=click.Choice(STYLE_NAMES),
            default="musician",
            show_default=True,
            help="How MIDI and WAV are played: with the tempo, accents, swing and ornaments of the "
            "tune's dance, or plain, as written.",
        )(decorated)

    return decorate
